//! 初次设置 (E8): no default password. The first start prints a link that makes the three officers, once.

use domain::finding::Finding;
use domain::identifiers;
use domain::org::{Level, Office, OrgForm, OrgKind, PasswordContext, Role, check_password, is_username};
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use serde_json::json;
use store::person::{NewPerson, Sealed};
use uuid::Uuid;

use super::{Visit, hash_password};
use crate::actor::Actor;
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::secrecy::{mask_mobile, random_token, sm3};
use crate::{App, AppError};

/// 初次设置: the information centre and its three officers, three different people.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The token of the printed link.
    #[schema(max_length = 100)]
    pub token: String,
    pub organisation: SetUpOrg,
    pub system_admin: OfficerForm,
    pub security_admin: OfficerForm,
    pub audit_admin: OfficerForm,
}

/// 市信息中心, where the officers stand.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpOrg {
    pub name: String,
    pub credit_code: String,
}

/// One officer.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerForm {
    pub username: String,
    pub name: String,
    pub mobile: String,
    /// A first password, to be changed at the first log-in.
    #[schema(max_length = 512)]
    pub password: String,
}

/// Whether nobody exists yet.
pub async fn setup_needed(app: &App) -> Result<bool, AppError> {
    Ok(!store::person::any(&app.store.pool).await?)
}

/// The path of the one-time link, where nobody exists yet; replaces an unused earlier one. `serve` prints it.
pub async fn setup_link(app: &App) -> Result<Option<String>, AppError> {
    if !setup_needed(app).await? {
        return Ok(None);
    }
    let token = random_token()?;
    let put =
        store::session::put_setup_link(&app.store.pool, &sm3(token.as_bytes()), app.clock.instant().to_sqlx()).await?;
    Ok(put.then(|| format!("/setup?token={token}")))
}

/// Makes the three officers. Refuses a wrong or used link before anything else is looked at.
pub async fn set_up(app: &App, form: SetUp, visit: &Visit) -> Result<(), AppError> {
    let actor = Actor { ip: visit.ip.clone(), terminal: visit.terminal.clone(), ..Actor::system("初次设置") };
    let meta = visit.meta();
    let mut unit = app.begin(&actor, &meta).await?;
    let hash = sm3(form.token.trim().as_bytes());
    if !store::session::use_setup_link(&mut unit.tx, &hash, app.clock.instant().to_sqlx()).await? {
        return Err(AppError::Forbidden(Reason::new(
            "setup.link",
            "设置链接无效或已使用",
            "the link is wrong or was used",
        )));
    }
    let org = organisation(&form.organisation);
    let officers = officers(&form);
    AppError::if_blocking(faults(app, &org, &officers))?;
    let org_id = insert_org(&mut unit, &org).await?;
    for (role, _, officer) in &officers {
        insert_officer(&mut unit, org_id, *role, officer).await?;
    }
    unit.audit(Entry {
        action: "setup.complete",
        object: ("org", org_id.to_string()),
        case: None,
        clause: None,
        summary: format!(
            "初次设置:{},系统三员 {}、{}、{}",
            org.name, form.system_admin.name, form.security_admin.name, form.audit_admin.name
        ),
        before: None,
        after: Some(json!({ "org": org.name, "usernames": officers.map(|(_, _, officer)| officer.username.clone()) })),
    })
    .await?;
    unit.commit(()).await
}

type Officer<'a> = (Role, &'static str, &'a OfficerForm);

fn officers(form: &SetUp) -> [Officer<'_>; 3] {
    [
        (Role::SystemAdmin, "system_admin", &form.system_admin),
        (Role::SecurityAdmin, "security_admin", &form.security_admin),
        (Role::AuditAdmin, "audit_admin", &form.audit_admin),
    ]
}

fn organisation(form: &SetUpOrg) -> OrgForm {
    OrgForm {
        name: form.name.trim().to_owned(),
        short_name: String::new(),
        kind: OrgKind::Institution,
        level: Level::City,
        office: Office::InfoCenter,
        credit_code: form.credit_code.trim().to_uppercase(),
        county: None,
        parent_id: None,
        budget_code: String::new(),
        address: String::new(),
    }
}

fn faults(app: &App, org: &OrgForm, officers: &[Officer<'_>; 3]) -> Vec<Finding> {
    let under = |place: &str, finding: Finding| Finding { field: format!("{place}.{}", finding.field), ..finding };
    let mut found: Vec<Finding> =
        org.check(&app.regulation.divisions).into_iter().map(|finding| under("organisation", finding)).collect();
    for (at, (_, place, officer)) in officers.iter().enumerate() {
        if !is_username(&officer.username) {
            found.push(under(place, username_fault()));
        }
        if officer.name.trim().is_empty() || officer.name.chars().count() > 50 {
            found.push(under(
                place,
                Finding::error("name", "person.name", "请填写姓名(50 字以内)", "a name of at most 50 characters"),
            ));
        }
        if !identifiers::is_mobile(&officer.mobile) {
            found.push(under(place, mobile_fault()));
        }
        let context =
            PasswordContext { username: &officer.username, person_name: &officer.name, limits: &app.regulation.limits };
        found.extend(check_password(&officer.password, context).into_iter().map(|finding| under(place, finding)));
        let twin = officers[..at]
            .iter()
            .any(|(_, _, other)| other.username == officer.username || other.mobile == officer.mobile);
        if twin {
            let zh = "系统三员须为三个不同的人(用户名、手机号各不相同)";
            found.push(under(place, Finding::error("username", "setup.three_people", zh, "three different people")));
        }
    }
    found
}

pub(crate) fn username_fault() -> Finding {
    let zh = "用户名为 3–32 位小写字母、数字、_ . -,以字母开头";
    Finding::error("username", "person.username", zh, "3 to 32 lower-case letters, digits, _ . -, a letter first")
}

pub(crate) fn mobile_fault() -> Finding {
    Finding::error("mobile", "form.mobile", "手机号码应为 11 位,以 1 开头", "not a mobile number")
}

async fn insert_org(unit: &mut Unit<'_>, org: &OrgForm) -> Result<Uuid, AppError> {
    let id = Uuid::now_v7();
    let at = unit.now().to_sqlx();
    store::org::insert(&mut unit.tx, &crate::org::save_of(id, org, &[id]), at).await?;
    Ok(id)
}

async fn insert_officer(unit: &mut Unit<'_>, org_id: Uuid, role: Role, form: &OfficerForm) -> Result<(), AppError> {
    let app = unit.app();
    let (now, today) = (unit.now().to_sqlx(), unit.today().to_sqlx());
    let id = Uuid::now_v7();
    let sealed = app.keys()?.seal_text(&crate::person::mobile_context(id), &form.mobile)?;
    let mask = mask_mobile(&form.mobile);
    let new = NewPerson {
        id,
        org_id,
        username: &form.username,
        name: form.name.trim(),
        mobile: Sealed { bytes: Some(&sealed), mask: &mask },
        id_number: Sealed::default(),
        email: "",
        state: "active",
        created_by: None,
        activated_by: None,
    };
    store::person::insert(&mut unit.tx, &new, now).await?;
    let hash = hash_password(app, id, form.password.clone()).await?;
    store::session::set_password(&mut unit.tx, id, &hash, (today, true), now).await?;
    Ok(store::person::grant(&mut unit.tx, (id, role.code(), org_id), None, now).await?)
}
