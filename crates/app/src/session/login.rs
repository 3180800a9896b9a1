//! 登录与退出: one answer for every failed log-in, a lock after five of them, a limit per address.

use domain::ids::{OrgId, PersonId};
use domain::org::must_change_password;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::session::{CredentialRow, NewSession};
use uuid::Uuid;

use super::password::verify_password;
use super::view::{DemoPerson, LastLogin};
use super::{Opened, Session, Stage, Visit, new_token, opened};
use crate::actor::Actor;
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// Failed log-ins from one address within [`ADDRESS_WINDOW_DEFAULT`] before it has to wait (E4; our figure: an office
/// behind one address has more than one forgetful person).
const ADDRESS_FAILURES_DEFAULT: i64 = 30;
/// The window of [`ADDRESS_FAILURES_DEFAULT`].
const ADDRESS_WINDOW_DEFAULT: SignedDuration = SignedDuration::from_mins(10);

/// 用户名与口令.
#[derive(Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(max_length = 64)]
    pub username: String,
    #[schema(max_length = 512)]
    pub password: String,
}

/// What the locked row decides.
enum Verdict {
    Wrong,
    Dormant,
    Right(Stage),
}

/// Checks user name and password. Every failure has the same answer and takes the same time, so that nobody learns
/// which names exist or which accounts are locked (E4).
pub async fn log_in(app: &App, form: Credentials, visit: &Visit) -> Result<Opened, AppError> {
    limit_address(app, visit).await?;
    let username = form.username.trim().to_lowercase();
    let known = store::session::credential(&app.store.pool, &username).await?;
    let right =
        verify_password(app, known.as_ref().map(|row| (row.person_id, row.hash_sealed.as_slice())), form.password)
            .await?;
    let actor = attempting(known.as_ref(), &username, visit);
    let meta = visit.meta();
    let mut unit = app.begin(&actor, &meta).await?;
    let Some(known) = known else {
        return refuse(unit, None, visit, "无此用户名").await;
    };
    // Locked now: failures counted meanwhile by parallel attempts weigh in.
    let row = store::session::lock_credential(&mut unit.tx, known.person_id).await?;
    match verdict(app, &row, right) {
        Verdict::Right(stage) => open(unit, &row, stage, visit).await,
        Verdict::Wrong => refuse(unit, Some(&row), visit, "口令不正确或账号不可用").await,
        Verdict::Dormant => disable_dormant(unit, &row, visit).await,
    }
}

fn verdict(app: &App, row: &CredentialRow, right: bool) -> Verdict {
    let locked = row.locked_until.is_some_and(|until| app.clock.instant() < until.to_jiff());
    if !right || locked || row.state != "active" {
        return Verdict::Wrong;
    }
    let limits = &app.regulation.limits;
    let today = app.clock.today();
    let last = app.clock.day_of(row.last_sign_at.to_jiff());
    let unused_days = last.until(today).map_or(0, |span| span.get_days());
    // The demonstration moves by years in minutes; its accounts do not fall asleep on the way.
    if !app.options.demo && unused_days > i32::from(limits.dormant_account.value.0) {
        return Verdict::Dormant;
    }
    let stale = row.must_change || must_change_password(row.changed_on.to_jiff(), today, limits);
    Verdict::Right(match (stale, row.second_factor) {
        (true, _) => Stage::ChangePassword,
        (false, true) => Stage::Verify,
        (false, false) => Stage::Enrol,
    })
}

async fn limit_address(app: &App, visit: &Visit) -> Result<(), AppError> {
    let Some(ip) = &visit.ip else { return Ok(()) };
    let now = app.clock.instant();
    let from = now.checked_sub(ADDRESS_WINDOW_DEFAULT).unwrap_or(Timestamp::MIN);
    let (count, earliest) = store::session::address_failures(&app.store.pool, ip, from.to_sqlx()).await?;
    if count < ADDRESS_FAILURES_DEFAULT {
        return Ok(());
    }
    let free_at = earliest.and_then(|at| at.to_jiff().checked_add(ADDRESS_WINDOW_DEFAULT).ok()).unwrap_or(now);
    let seconds = u32::try_from(free_at.duration_since(now).as_secs()).unwrap_or(0).max(1);
    Err(AppError::TooMany { retry_after_seconds: seconds })
}

/// Who tries: the known person without any role, or just the name that was typed.
fn attempting(known: Option<&CredentialRow>, username: &str, visit: &Visit) -> Actor {
    let name = known.map_or_else(|| username.chars().take(64).collect(), |row| row.name.clone());
    Actor {
        person: known.map(|row| PersonId(row.person_id)),
        name,
        org: known.map(|row| OrgId(row.org_id)),
        org_name: String::new(),
        county: None,
        grants: Vec::new(),
        session: None,
        ip: visit.ip.clone(),
        terminal: visit.terminal.clone(),
    }
}

async fn open(mut unit: Unit<'_>, row: &CredentialRow, stage: Stage, visit: &Visit) -> Result<Opened, AppError> {
    let app = unit.app();
    let (token, hash) = new_token()?;
    let id = Uuid::now_v7();
    let notice = serde_json::to_value(LastLogin::of(row)).map_err(AppError::fault)?;
    let new = NewSession {
        id,
        token_hash: &hash,
        person: row.person_id,
        stage: stage.code(),
        ip: visit.ip.as_deref(),
        terminal: visit.terminal.as_deref(),
        demo: false,
        notice: Some(&notice),
    };
    store::session::open(&mut unit.tx, &new, app.clock.instant().to_sqlx()).await?;
    unit.audit(Entry {
        action: "session.password_accepted",
        object: ("session", id.to_string()),
        case: None,
        clause: None,
        summary: format!("口令验证通过,待{}", stage.zh()),
        before: None,
        after: Some(json!({ "stage": stage.code() })),
    })
    .await?;
    unit.commit(()).await?;
    opened(app, token, visit).await
}

/// Counts the failure, locks where it is one too many, and answers as always.
async fn refuse<T>(mut unit: Unit<'_>, row: Option<&CredentialRow>, visit: &Visit, why: &str) -> Result<T, AppError> {
    let app = unit.app();
    note_failure(
        &mut unit,
        row.map(|row| (row.person_id, row.failures, row.locked_until.map(|until| until.to_jiff()))),
        visit,
    )
    .await?;
    unit.audit_refused(Entry {
        action: "session.refused",
        object: ("person", row.map(|row| row.person_id.to_string()).unwrap_or_default()),
        case: None,
        clause: None,
        summary: format!("登录失败:{why}"),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await?;
    Err(rejected(app))
}

/// One more failure of an account and of an address. A lock that has run out begins a new count.
pub(super) async fn note_failure(
    unit: &mut Unit<'_>,
    account: Option<(Uuid, i32, Option<Timestamp>)>,
    visit: &Visit,
) -> Result<(), AppError> {
    let app = unit.app();
    let now = app.clock.instant();
    let limits = &app.regulation.limits;
    if let Some((person, failures, locked_until)) = account {
        let ran_out = locked_until.is_some_and(|until| now >= until);
        let failures = if ran_out { 1 } else { failures.saturating_add(1) };
        let lock = i64::from(failures) >= i64::from(limits.lockout_attempts.value.0);
        let until =
            now.checked_add(SignedDuration::from_mins(i64::from(limits.lockout.value.0))).unwrap_or(Timestamp::MAX);
        // A failure during the lock does not prolong it: else anyone could keep a colleague out for ever.
        let until = if ran_out { lock.then_some(until) } else { locked_until.or(lock.then_some(until)) };
        store::session::note_failure(&mut unit.tx, person, failures, until.map(|until| until.to_sqlx())).await?;
    }
    if let Some(ip) = &visit.ip {
        let keep_from = now.checked_sub(ADDRESS_WINDOW_DEFAULT).unwrap_or(Timestamp::MIN);
        store::session::note_address_failure(&mut unit.tx, ip, now.to_sqlx(), keep_from.to_sqlx()).await?;
    }
    Ok(())
}

/// The one answer to every failed log-in.
fn rejected(app: &App) -> AppError {
    let limits = &app.regulation.limits;
    let (attempts, minutes) = (limits.lockout_attempts.value.0, limits.lockout.value.0);
    AppError::Unauthenticated(Reason::new(
        "session.rejected",
        format!("用户名或口令不正确,或账号暂不可用。连续失败 {attempts} 次,账号锁定 {minutes} 分钟"),
        format!(
            "wrong user name or password, or the account is not usable; {attempts} failures lock it for {minutes} minutes"
        ),
    ))
}

/// 久未登录 (E12): the account is disabled at this log-in; 安全保密管理员 activates it again.
async fn disable_dormant(mut unit: Unit<'_>, row: &CredentialRow, visit: &Visit) -> Result<Opened, AppError> {
    let app = unit.app();
    let now = unit.now().to_sqlx();
    store::person::set_state(&mut unit.tx, row.person_id, "disabled", None, now).await?;
    if let Some(ip) = &visit.ip {
        let now = app.clock.instant();
        let keep_from = now.checked_sub(ADDRESS_WINDOW_DEFAULT).unwrap_or(Timestamp::MIN);
        store::session::note_address_failure(&mut unit.tx, ip, now.to_sqlx(), keep_from.to_sqlx()).await?;
    }
    let days = app.regulation.limits.dormant_account.value.0;
    unit.audit_refused(Entry {
        action: "person.disable_dormant",
        object: ("person", row.person_id.to_string()),
        case: None,
        clause: None,
        summary: format!("账号超过 {days} 天未登录,自动停用"),
        before: Some(json!({ "state": "active" })),
        after: Some(json!({ "state": "disabled" })),
    })
    .await?;
    unit.commit(()).await?;
    Err(rejected(app))
}

/// Completes a log-in: earlier sessions of the person end (E1), the counters begin anew.
pub(super) async fn complete(
    unit: &mut Unit<'_>,
    person: PersonId,
    session: Uuid,
    visit: &Visit,
) -> Result<String, AppError> {
    let app = unit.app();
    let at = app.clock.instant().to_sqlx();
    let now = unit.now().to_sqlx();
    store::session::note_login(&mut unit.tx, person.0, visit.ip.as_deref(), now).await?;
    let ended = store::session::end_others(&mut unit.tx, person.0, Some(session), "superseded", at).await?;
    Ok(match ended.first() {
        None => "登录".to_owned(),
        Some((_, ip)) => format!("登录;先前在 {} 的登录已被结束", ip.as_deref().unwrap_or("别处")),
    })
}

/// Ends the session at once.
pub async fn log_out(app: &App, session: &Session, visit: &Visit) -> Result<(), AppError> {
    let meta = visit.meta();
    let mut unit = app.begin(&session.actor, &meta).await?;
    store::session::end(&mut unit.tx, session.id.0, "logged_out", app.clock.instant().to_sqlx()).await?;
    unit.audit(Entry {
        action: "session.end",
        object: ("session", session.id.to_string()),
        case: None,
        clause: None,
        summary: "退出登录".to_owned(),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await
}

/// 演示: everyone one can log in as. Only where served with `--demo`; otherwise there is no such thing.
pub async fn demo_people(app: &App) -> Result<Vec<DemoPerson>, AppError> {
    if !app.options.demo {
        return Err(AppError::NotFound);
    }
    Ok(store::person::for_demo(&app.store.pool).await?.into_iter().map(DemoPerson::of).collect())
}

/// 演示: signs in as `person` without a password. Only where served with `--demo`.
pub async fn demo_log_in(app: &App, person: PersonId, visit: &Visit) -> Result<Opened, AppError> {
    if !app.options.demo {
        return Err(AppError::NotFound);
    }
    let row = store::person::one(&app.store.pool, person.0).await?;
    if row.state != "active" {
        return Err(AppError::NotFound);
    }
    let (token, hash) = new_token()?;
    let id = Uuid::now_v7();
    let mut actor = attempting(None, &row.name, visit);
    (actor.person, actor.org) = (Some(person), Some(OrgId(row.org_id)));
    let meta = visit.meta();
    let mut unit = app.begin(&actor, &meta).await?;
    let new = NewSession {
        id,
        token_hash: &hash,
        person: person.0,
        stage: Stage::Full.code(),
        ip: visit.ip.as_deref(),
        terminal: visit.terminal.as_deref(),
        demo: true,
        notice: None,
    };
    store::session::open(&mut unit.tx, &new, app.clock.instant().to_sqlx()).await?;
    let now = unit.now().to_sqlx();
    store::session::note_login(&mut unit.tx, person.0, visit.ip.as_deref(), now).await?;
    unit.audit(Entry {
        action: "demo.log_in",
        object: ("session", id.to_string()),
        case: None,
        clause: None,
        summary: format!("演示登录:{}", row.name),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await?;
    opened(app, token, visit).await
}
