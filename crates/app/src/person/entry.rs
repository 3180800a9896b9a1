//! 人员建档与修改, by 系统管理员. A fresh account waits for the other officer and holds no password yet.

use domain::finding::Finding;
use domain::identifiers;
use domain::ids::{OrgId, PersonId};
use domain::org::{PersonState, is_username};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::StoreError;
use store::person::{NewPerson, Sealed};
use uuid::Uuid;

use super::{PersonView, id_number_context, mobile_context, note, view_in};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Unit;
use crate::secrecy::{mask_id_number, mask_mobile};
use crate::session::{mobile_fault, username_fault};
use crate::{App, AppError};

/// 人员建档.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonForm {
    /// 3–32 characters; never given to anyone else again (E1).
    pub username: String,
    pub name: String,
    /// 所在机构.
    pub org_id: Option<OrgId>,
    pub mobile: String,
    /// 证件号码, optional.
    #[serde(default)]
    pub id_number: String,
    #[serde(default)]
    pub email: String,
}

/// What can be changed later. A blank number is left as it is.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    pub name: String,
    /// 所在机构.
    pub org_id: Option<OrgId>,
    #[serde(default)]
    pub mobile: String,
    #[serde(default)]
    pub id_number: String,
    #[serde(default)]
    pub email: String,
}

impl PersonForm {
    fn rest(self) -> PersonChange {
        let Self { name, org_id, mobile, id_number, email, .. } = self;
        PersonChange { name, org_id, mobile, id_number, email }
    }
}

impl PersonChange {
    fn tidied(self) -> Self {
        Self {
            name: self.name.trim().to_owned(),
            org_id: self.org_id,
            mobile: self.mobile.trim().to_owned(),
            id_number: self.id_number.trim().to_uppercase(),
            email: self.email.trim().to_owned(),
        }
    }

    fn faults(&self, mobile_required: bool) -> Vec<Finding> {
        let mut found = Vec::new();
        if !(1..=50).contains(&self.name.chars().count()) {
            let zh = "请填写姓名(50 字以内)";
            found.push(Finding::error("name", "person.name", zh, "a name of at most 50 characters"));
        }
        if self.org_id.is_none() {
            found.push(no_org());
        }
        if (mobile_required || !self.mobile.is_empty()) && !identifiers::is_mobile(&self.mobile) {
            found.push(mobile_fault());
        }
        if !self.id_number.is_empty() && !identifiers::is_id_number(&self.id_number) {
            let zh = "身份证号码校验不通过(GB 11643)";
            found.push(Finding::error("id_number", "form.id_number", zh, "not a valid ID number"));
        }
        if !self.email.is_empty() && !identifiers::is_email(&self.email) {
            found.push(Finding::error("email", "form.email", "电子邮箱格式不正确", "not an e-mail address"));
        }
        found
    }
}

fn no_org() -> Finding {
    Finding::error("org_id", "person.org", "请选择所在机构", "choose an organisation")
}

/// A number sealed for its person, with its mask.
struct Kept {
    bytes: Vec<u8>,
    mask: String,
}

impl Kept {
    fn of(app: &App, context: &str, number: &str, mask: fn(&str) -> String) -> Result<Option<Self>, AppError> {
        if number.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { bytes: app.keys()?.seal_text(context, number)?, mask: mask(number) }))
    }

    fn as_stored(&self) -> Sealed<'_> {
        Sealed { bytes: Some(&self.bytes), mask: &self.mask }
    }
}

/// 人员建档: the account waits for activation.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, form: PersonForm) -> Result<PersonView, AppError> {
    authz::check(actor, Action::PersonCreate, &Target::city())?;
    let (username, form) = (form.username.trim().to_owned(), form.rest().tidied());
    let mut faults = form.faults(true);
    if !is_username(&username) {
        faults.insert(0, username_fault());
    }
    AppError::if_blocking(faults)?;
    let org = form.org_id.ok_or_else(|| AppError::Invalid(vec![no_org()]))?;
    let mut unit = app.begin(actor, meta).await?;
    active_org(&mut unit, org).await?;
    let id = Uuid::now_v7();
    let mobile = Kept::of(app, &mobile_context(id), &form.mobile, mask_mobile)?;
    let id_number = Kept::of(app, &id_number_context(id), &form.id_number, mask_id_number)?;
    let new = NewPerson {
        id,
        org_id: org.0,
        username: &username,
        name: &form.name,
        mobile: mobile.as_ref().map(Kept::as_stored).unwrap_or_default(),
        id_number: id_number.as_ref().map(Kept::as_stored).unwrap_or_default(),
        email: &form.email,
        state: PersonState::Recorded.code(),
        created_by: actor.person.map(Into::into),
        activated_by: None,
    };
    let now = unit.now().to_sqlx();
    store::person::insert(&mut unit.tx, &new, now).await.map_err(taken)?;
    let row = store::person::lock(&mut unit.tx, id).await?;
    let mut entry = note(Action::PersonCreate, &row, format!("人员建档:{}({username})", form.name));
    entry.after = Some(json!({ "username": username, "name": form.name, "org_id": org, "mobile": row.mobile_mask }));
    unit.audit(entry).await?;
    let answer = view_in(&mut unit, PersonId(row.id)).await?;
    unit.commit(answer).await
}

/// Changes name, organisation, address and numbers. Whoever still holds roles moves only once they are taken back.
pub async fn edit(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (id, version): (PersonId, i32),
    form: PersonChange,
) -> Result<PersonView, AppError> {
    authz::check(actor, Action::PersonEdit, &Target::city())?;
    let form = form.tidied();
    AppError::if_blocking(form.faults(false))?;
    let org = form.org_id.ok_or_else(|| AppError::Invalid(vec![no_org()]))?;
    let mut unit = app.begin(actor, meta).await?;
    let before = store::person::lock(&mut unit.tx, id.0).await?;
    if before.version != version {
        return Err(AppError::Stale { current: before.version });
    }
    if before.org_id != org.0 {
        if !before.roles.is_empty() {
            let zh = "该人员在原机构仍任角色,请先由安全保密管理员收回,再调动";
            let finding = Finding::error("org_id", "person.moves_with_roles", zh, "take the roles back before moving");
            return Err(AppError::Invalid(vec![finding]));
        }
        active_org(&mut unit, org).await?;
    }
    let mobile = Kept::of(app, &mobile_context(id.0), &form.mobile, mask_mobile)?;
    let id_number = Kept::of(app, &id_number_context(id.0), &form.id_number, mask_id_number)?;
    let fields = (org.0, form.name.as_str(), form.email.as_str());
    let numbers = (mobile.as_ref().map(Kept::as_stored), id_number.as_ref().map(Kept::as_stored));
    store::person::update(&mut unit.tx, (id.0, version), fields, numbers.0, numbers.1).await?;
    let row = store::person::lock(&mut unit.tx, id.0).await?;
    let mut entry = note(Action::PersonEdit, &row, format!("修改人员:{}", form.name));
    entry.before = Some(shown(&before));
    entry.after = Some(shown(&row));
    unit.audit(entry).await?;
    let answer = view_in(&mut unit, PersonId(row.id)).await?;
    unit.commit(answer).await
}

/// What the entry shows of a person: masks only.
fn shown(row: &store::person::PersonRow) -> serde_json::Value {
    json!({
        "name": row.name, "org_id": row.org_id, "email": row.email,
        "mobile": row.mobile_mask, "id_number": row.id_number_mask,
    })
}

async fn active_org(unit: &mut Unit<'_>, org: OrgId) -> Result<(), AppError> {
    let unknown = || {
        let zh = "没有这个机构,或机构已停用";
        AppError::Invalid(vec![Finding::error("org_id", "person.org_unknown", zh, "no such organisation in use")])
    };
    match store::org::lock(&mut unit.tx, org.0).await {
        Ok(row) if row.active => Ok(()),
        Ok(_) | Err(StoreError::NotFound) => Err(unknown()),
        Err(other) => Err(other.into()),
    }
}

fn taken(error: StoreError) -> AppError {
    match &error {
        StoreError::Constraint { constraint, .. } if constraint == "person_username_key" => {
            let zh = "该用户名已被使用(用户名一经使用不再另给他人)";
            AppError::Invalid(vec![Finding::error(
                "username",
                "person.username_taken",
                zh,
                "the name was given before",
            )])
        }
        _ => error.into(),
    }
}
