//! 机构: entering and changing organisations, the list and the tree (A2, A6).

use domain::finding::Finding;
use domain::ids::OrgId;
use domain::org::{Level, Office, OrgForm, OrgKind, check_parent};
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::StoreError;
use store::org::{NodeRow, OrgFilter, OrgRow, SaveOrg};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::{Entry, Unit};
use crate::view::filled_in;
use crate::{App, AppError, cursor};

mod import;

pub use import::{OrgsImported, import};

/// Counting stops here: nobody pages further.
pub const COUNT_BOUND: i64 = 10_000;

/// 机构.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Org {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub short_name: String,
    pub kind: Option<Term>,
    pub level: Option<Term>,
    pub office: Option<Term>,
    pub credit_code: String,
    pub county: Option<String>,
    pub county_name: Option<String>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Uuid>,
    pub parent_name: Option<String>,
    pub budget_code: String,
    pub address: String,
    pub active: bool,
    pub version: i32,
    /// Whether the asking person may change it.
    pub may_edit: bool,
}

/// One page of organisations.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OrgPage {
    pub items: Vec<Org>,
    pub next_cursor: Option<String>,
    /// How many there are, counted up to 10,000.
    pub count: i64,
}

/// 机构树节点, parents before children.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OrgNode {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Uuid>,
    pub name: String,
    pub short_name: String,
    pub kind: Option<Term>,
    pub level: Option<Term>,
    pub office: Option<Term>,
    pub county: Option<String>,
    pub active: bool,
    /// Accounts in use.
    pub people: i64,
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub kind: Option<OrgKind>,
    pub level: Option<Level>,
    pub office: Option<Office>,
    pub county: Option<String>,
    pub under: Option<OrgId>,
    pub active: Option<bool>,
}

/// One page, by name.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<OrgPage, AppError> {
    authz::visible(actor, Action::OrgView)?;
    let filter = OrgFilter {
        text: filled_in(filter.text),
        kind: filter.kind.map(|kind| kind.code().to_owned()),
        level: filter.level.map(|level| level.code().to_owned()),
        office: filter.office.map(|office| office.code().to_owned()),
        county: filter.county,
        under: filter.under.map(|org| org.0),
        active: filter.active,
        after: cursor::text(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::org::list(pool, &filter).await?;
    let count = store::org::count(pool, &filter, COUNT_BOUND).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |last| cursor::of_text(&last.name, last.id));
    Ok(OrgPage { items: rows.into_iter().map(|row| view(app, actor, row)).collect(), next_cursor, count })
}

/// The whole tree.
pub async fn tree(app: &App, actor: &Actor) -> Result<Vec<OrgNode>, AppError> {
    authz::visible(actor, Action::OrgView)?;
    Ok(store::org::tree(&app.store.pool).await?.into_iter().map(node).collect())
}

/// One organisation.
pub async fn get(app: &App, actor: &Actor, id: OrgId) -> Result<Org, AppError> {
    authz::check_visible(actor, Action::OrgView, &Target::city())?;
    let row = store::org::one(&app.store.pool, id.0).await?;
    Ok(view(app, actor, row))
}

/// The target by which `authz` judges the records of an agency.
pub async fn target(app: &App, agency: OrgId) -> Result<Target, AppError> {
    let row = store::org::one(&app.store.pool, agency.0).await?;
    Ok(Target::agency(agency, row.path.into_iter().map(OrgId).collect(), row.county))
}

/// 机构建档. Refuses kinds that may not use the cloud (第二条), a ring in the tree, a second office of a kind.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, form: OrgForm) -> Result<Org, AppError> {
    authz::check(actor, Action::OrgCreate, &Target::city())?;
    let form = tidied(form);
    AppError::if_blocking(form.check(&app.regulation.divisions))?;
    let id = Uuid::now_v7();
    let mut unit = app.begin(actor, meta).await?;
    let path = path_under(&mut unit, id, form.parent_id).await?;
    let at = unit.now().to_sqlx();
    store::org::insert(&mut unit.tx, &save_of(id, &form, &path), at).await.map_err(taken)?;
    let after = serde_json::to_value(&form).map_err(AppError::fault)?;
    unit.audit(entry("org.create", id, format!("机构建档:{}", form.name), None, Some(after))).await?;
    let row = store::org::lock(&mut unit.tx, id).await?;
    let answer = view(app, actor, row);
    unit.commit(answer).await
}

/// Changes an organisation; everything below moves with it. `active: false` keeps it and its past, and offers it no more.
pub async fn edit(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (id, version): (OrgId, i32),
    (form, active): (OrgForm, bool),
) -> Result<Org, AppError> {
    authz::check(actor, Action::OrgEdit, &Target::city())?;
    let form = tidied(form);
    AppError::if_blocking(form.check(&app.regulation.divisions))?;
    let mut unit = app.begin(actor, meta).await?;
    let before = store::org::lock(&mut unit.tx, id.0).await?;
    if before.version != version {
        return Err(AppError::Stale { current: before.version });
    }
    let path = path_under(&mut unit, id.0, form.parent_id).await?;
    store::org::update(&mut unit.tx, &save_of(id.0, &form, &path), version, active).await.map_err(taken)?;
    let after = json!({ "form": serde_json::to_value(&form).map_err(AppError::fault)?, "active": active });
    unit.audit(entry("org.edit", id.0, format!("修改机构:{}", form.name), Some(before_of(&before)), Some(after)))
        .await?;
    let row = store::org::lock(&mut unit.tx, id.0).await?;
    let answer = view(app, actor, row);
    unit.commit(answer).await
}

fn tidied(form: OrgForm) -> OrgForm {
    OrgForm {
        name: form.name.trim().to_owned(),
        short_name: form.short_name.trim().to_owned(),
        credit_code: form.credit_code.trim().to_uppercase(),
        ..form
    }
}

async fn path_under(unit: &mut Unit<'_>, id: Uuid, parent: Option<OrgId>) -> Result<Vec<Uuid>, AppError> {
    let Some(parent) = parent else { return Ok(vec![id]) };
    let row = store::org::lock(&mut unit.tx, parent.0).await.map_err(|error| match error {
        StoreError::NotFound => AppError::Invalid(vec![Finding::error(
            "parent_id",
            "org.no_parent",
            "没有这个主管单位",
            "no such superior",
        )]),
        other => other.into(),
    })?;
    let above: Vec<OrgId> = row.path.iter().rev().skip(1).copied().map(OrgId).collect();
    check_parent(OrgId(id), parent, &above).map_err(|finding| AppError::Invalid(vec![*finding]))?;
    Ok(row.path.into_iter().chain([id]).collect())
}

/// A name or an office that is taken is the caller's to mend, not a fault.
fn taken(error: StoreError) -> AppError {
    let finding = match &error {
        StoreError::Constraint { constraint, .. } if constraint == "org_name_key" => {
            Finding::error("name", "org.name_taken", "已有同名机构", "the name is taken")
        }
        StoreError::Constraint { constraint, .. } if constraint.starts_with("org_one_") => {
            Finding::error("office", "org.office_taken", "该职能机构已存在", "there is one already")
        }
        _ => return error.into(),
    };
    AppError::Invalid(vec![finding])
}

/// As `store` saves it.
pub(crate) fn save_of<'a>(id: Uuid, form: &'a OrgForm, path: &'a [Uuid]) -> SaveOrg<'a> {
    SaveOrg {
        id,
        name: &form.name,
        short_name: &form.short_name,
        kind: form.kind.code(),
        level: form.level.code(),
        office: form.office.code(),
        credit_code: &form.credit_code,
        county: form.county.as_deref(),
        parent_id: form.parent_id.map(|parent| parent.0),
        path,
        budget_code: &form.budget_code,
        address: &form.address,
    }
}

fn before_of(row: &OrgRow) -> serde_json::Value {
    json!({
        "name": row.name, "short_name": row.short_name, "kind": row.kind, "level": row.level, "office": row.office,
        "credit_code": row.credit_code, "county": row.county, "parent_id": row.parent_id, "active": row.active,
        "budget_code": row.budget_code, "address": row.address,
    })
}

fn entry(
    action: &'static str,
    id: Uuid,
    summary: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
) -> Entry<'static> {
    Entry {
        action,
        object: ("org", id.to_string()),
        case: None,
        clause: Some(domain::clause::A2),
        summary,
        before,
        after,
    }
}

fn view(app: &App, actor: &Actor, row: OrgRow) -> Org {
    let county_name =
        row.county.as_deref().and_then(|code| app.regulation.division(code)).map(|division| division.zh.clone());
    Org {
        id: row.id,
        name: row.name,
        short_name: row.short_name,
        kind: row.kind.parse::<OrgKind>().ok().map(OrgKind::term),
        level: row.level.parse::<Level>().ok().map(Level::term),
        office: row.office.parse::<Office>().ok().map(Office::term),
        credit_code: row.credit_code,
        county: row.county,
        county_name,
        parent_id: row.parent_id,
        parent_name: row.parent_name,
        budget_code: row.budget_code,
        address: row.address,
        active: row.active,
        version: row.version,
        may_edit: authz::may(actor, Action::OrgEdit),
    }
}

fn node(row: NodeRow) -> OrgNode {
    OrgNode {
        id: row.id,
        parent_id: row.parent_id,
        name: row.name,
        short_name: row.short_name,
        kind: row.kind.parse::<OrgKind>().ok().map(OrgKind::term),
        level: row.level.parse::<Level>().ok().map(Level::term),
        office: row.office.parse::<Office>().ok().map(Office::term),
        county: row.county,
        active: row.active,
        people: row.people,
    }
}
