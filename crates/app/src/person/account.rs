//! 账号操作: activating, disabling, unlocking, and what is handed out anew.

use domain::ids::PersonId;
use domain::org::{Account, AccountAct, PersonState};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::person::PersonRow;

use super::{PersonView, end_all_sessions, lock, note, view_in};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Unit;
use crate::session::{generate_password, hash_password};
use crate::{App, AppError};

/// 一次性口令: shown once, kept nowhere; must be changed at the first log-in.
#[derive(Clone, serde::Serialize, utoipa::ToSchema)]
pub struct OneTimePassword {
    pub one_time_password: String,
}

/// Begins an act: who may, then the locked person, then whether the account permits it.
async fn begin<'a>(
    app: &'a App,
    (actor, meta): (&'a Actor, &'a Meta),
    id: PersonId,
    (action, act): (Action, AccountAct),
) -> Result<(Unit<'a>, PersonRow, Account), AppError> {
    authz::check(actor, action, &Target::city())?;
    let mut unit = app.begin(actor, meta).await?;
    let (row, account) = lock(&mut unit, id).await?;
    account.permits(act, actor.person).map_err(|refusal| AppError::refused(&refusal))?;
    Ok((unit, row, account))
}

/// Leaves the entry, and answers the person as they now are.
async fn finish(
    mut unit: Unit<'_>,
    action: Action,
    before: &PersonRow,
    summary: String,
) -> Result<PersonView, AppError> {
    let row = store::person::lock(&mut unit.tx, before.id).await?;
    let mut entry = note(action, &row, summary);
    if before.state != row.state {
        entry.before = Some(json!({ "state": before.state }));
        entry.after = Some(json!({ "state": row.state }));
    }
    unit.audit(entry).await?;
    let answer = view_in(&mut unit, PersonId(row.id)).await?;
    unit.commit(answer).await
}

/// 激活, by another officer than the one who entered the account (E9).
pub async fn activate(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<PersonView, AppError> {
    let action = Action::PersonActivate;
    let (mut unit, row, _) = begin(app, (actor, meta), id, (action, AccountAct::Activate)).await?;
    let now = unit.now().to_sqlx();
    let active = PersonState::Active.code();
    store::person::set_state(&mut unit.tx, id.0, active, actor.person.map(Into::into), now).await?;
    let summary = format!("激活账号:{}({})", row.name, row.username);
    finish(unit, action, &row, summary).await
}

/// 停用; open sessions end at once. The account and its past stay.
pub async fn disable(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<PersonView, AppError> {
    let action = Action::PersonDisable;
    let (mut unit, row, _) = begin(app, (actor, meta), id, (action, AccountAct::Disable)).await?;
    let now = unit.now().to_sqlx();
    store::person::set_state(&mut unit.tx, id.0, PersonState::Disabled.code(), None, now).await?;
    end_all_sessions(&mut unit, id.0, "disabled").await?;
    let summary = format!("停用账号:{}({})", row.name, row.username);
    finish(unit, action, &row, summary).await
}

/// 解锁 before the lock runs out.
pub async fn unlock(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<PersonView, AppError> {
    let action = Action::PersonUnlock;
    let (mut unit, row, _) = begin(app, (actor, meta), id, (action, AccountAct::Unlock)).await?;
    store::session::clear_failures(&mut unit.tx, id.0).await?;
    let summary = format!("解锁账号:{}({})", row.name, row.username);
    finish(unit, action, &row, summary).await
}

/// 重置口令: a one-time password for the officer to hand over; open sessions end.
///
/// The answer is a secret and is not kept for a repetition: a second press hands out another password.
pub async fn reset_password(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<OneTimePassword, AppError> {
    let action = Action::PersonResetPassword;
    let meta = Meta { idempotency: None, ..meta.clone() };
    let (mut unit, row, _) = begin(app, (actor, &meta), id, (action, AccountAct::ResetPassword)).await?;
    let password = generate_password()?;
    let hash = hash_password(app, id.0, password.clone()).await?;
    let (today, now) = (unit.today().to_sqlx(), unit.now().to_sqlx());
    store::session::set_password(&mut unit.tx, id.0, &hash, (today, true), now).await?;
    end_all_sessions(&mut unit, id.0, "kicked").await?;
    let given = if row.has_password { "重置" } else { "发放" };
    unit.audit(note(action, &row, format!("{given}一次性口令:{}({})", row.name, row.username))).await?;
    unit.commit(()).await?;
    Ok(OneTimePassword { one_time_password: password })
}

/// 重置动态令牌: the next log-in enrols a new one; open sessions end.
pub async fn reset_second_factor(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<PersonView, AppError> {
    let action = Action::PersonResetSecondFactor;
    let (mut unit, row, _) = begin(app, (actor, meta), id, (action, AccountAct::ResetSecondFactor)).await?;
    store::session::remove_second_factor(&mut unit.tx, id.0).await?;
    end_all_sessions(&mut unit, id.0, "kicked").await?;
    let summary = format!("重置动态令牌:{}({})", row.name, row.username);
    finish(unit, action, &row, summary).await
}

/// 强制下线.
pub async fn end_sessions(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<PersonView, AppError> {
    let action = Action::PersonEndSessions;
    let (mut unit, row, _) = begin(app, (actor, meta), id, (action, AccountAct::EndSessions)).await?;
    let ended = end_all_sessions(&mut unit, id.0, "kicked").await?;
    let summary = format!("强制下线:{}({}),结束 {ended} 个会话", row.name, row.username);
    finish(unit, action, &row, summary).await
}
