//! 授权 by 安全保密管理员: which roles a person holds where, and what excludes what (E9, E10, A29).

use domain::finding::Finding;
use domain::ids::{OrgId, PersonId};
use domain::org::{AccountAct, Office, Role, check_roles};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::StoreError;
use store::org::OrgRow;

use super::{PersonView, lock, note, view_in};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Unit;
use crate::{App, AppError};

/// 授予角色.
#[derive(Clone, Copy, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantForm {
    pub role: Role,
    /// Where the role is held: the person's own organisation, or one below it.
    pub org_id: OrgId,
}

/// Grants a role. Refuses a role out of place, one that excludes another held, and granting to oneself.
pub async fn grant(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: PersonId,
    form: GrantForm,
) -> Result<PersonView, AppError> {
    authz::check(actor, Action::RoleGrant, &Target::city())?;
    let mut unit = app.begin(actor, meta).await?;
    let (row, account) = lock(&mut unit, id).await?;
    account.permits(AccountAct::Grant, actor.person).map_err(|refusal| AppError::refused(&refusal))?;
    let org = place(&mut unit, form, row.org_id).await?;
    let held: Vec<Role> = domain::term::known(&row.roles);
    check_roles(&held, form.role).map_err(|exclusion| AppError::refused(&exclusion))?;
    let now = unit.now().to_sqlx();
    let granted = (id.0, form.role.code(), form.org_id.0);
    store::person::grant(&mut unit.tx, granted, actor.person.map(Into::into), now).await.map_err(held_already)?;
    let summary = format!("授予{}角色「{}」({})", row.name, form.role.zh(), org.name);
    let mut entry = note(Action::RoleGrant, &row, summary);
    entry.after = Some(json!({ "role": form.role.code(), "org_id": form.org_id }));
    unit.audit(entry).await?;
    let answer = view_in(&mut unit, id).await?;
    unit.commit(answer).await
}

/// Takes a role back; it gives nothing from the next request on.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: PersonId,
    form: GrantForm,
) -> Result<PersonView, AppError> {
    authz::check(actor, Action::RoleRevoke, &Target::city())?;
    let mut unit = app.begin(actor, meta).await?;
    let (row, account) = lock(&mut unit, id).await?;
    let permitted =
        account.permits(AccountAct::Revoke, actor.person).and_then(|()| account.permits_revoking(form.role));
    permitted.map_err(|refusal| AppError::refused(&refusal))?;
    let now = unit.now().to_sqlx();
    let revoked = (id.0, form.role.code(), form.org_id.0);
    if !store::person::revoke(&mut unit.tx, revoked, actor.person.map(Into::into), now).await? {
        return Err(AppError::NotFound);
    }
    let summary = format!("收回{}角色「{}」", row.name, form.role.zh());
    let mut entry = note(Action::RoleRevoke, &row, summary);
    entry.before = Some(json!({ "role": form.role.code(), "org_id": form.org_id }));
    unit.audit(entry).await?;
    let answer = view_in(&mut unit, id).await?;
    unit.commit(answer).await
}

/// The organisation, where the role may be held there by somebody of `home`. A small agency's officer may be provided
/// by its superior (第二十九条), so organisations below one's own count too.
async fn place(unit: &mut Unit<'_>, form: GrantForm, home: uuid::Uuid) -> Result<OrgRow, AppError> {
    let refuse = |code, zh: String, en: &str| AppError::Invalid(vec![Finding::error("org_id", code, zh, en)]);
    let org = match store::org::lock(&mut unit.tx, form.org_id.0).await {
        Ok(row) if row.active => row,
        Ok(_) | Err(StoreError::NotFound) => {
            let zh = "没有这个机构,或机构已停用".to_owned();
            return Err(refuse("role.org_unknown", zh, "no such organisation in use"));
        }
        Err(other) => return Err(other.into()),
    };
    if !org.path.contains(&home) {
        let zh = "角色只能在本人所在机构或其下属机构担任".to_owned();
        return Err(refuse("role.other_org", zh, "a role is held at one's own organisation or below it"));
    }
    let office: Office = org.office.parse().map_err(AppError::fault)?;
    if !form.role.may_be_held_at(office) {
        let zh = format!("「{}」不能在{}担任", form.role.zh(), office.zh());
        return Err(refuse("role.wrong_office", zh, "the role does not exist at this kind of organisation"));
    }
    Ok(org)
}

fn held_already(error: StoreError) -> AppError {
    match &error {
        StoreError::Constraint { constraint, .. } if constraint == "person_role_once" => {
            let zh = "已任此角色";
            AppError::Invalid(vec![Finding::error("role", "role.held_already", zh, "the role is held already")])
        }
        _ => error.into(),
    }
}
