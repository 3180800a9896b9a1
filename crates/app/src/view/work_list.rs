//! 工作台: 待办, 已办, 我发起, 待阅.

use domain::duty::{self, Timer};
use domain::org::Role;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use store::case_list::{Desk, WorkRow};
use uuid::Uuid;

use super::Light;
use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::Entry;
use crate::{App, AppError, cursor};

domain::terms! {
    /// 栏目.
    pub enum Inbox {
        Todo = "todo", "待办", "to do";
        Done = "done", "已办", "done";
        Mine = "mine", "我发起", "mine";
        Unread = "unread", "待阅", "unread";
    }
}

/// One item of a box.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct WorkItem {
    /// Task or copy.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    /// `usage_plan` items open the plan, all others the case.
    pub room: String,
    pub number: String,
    pub system_name: String,
    pub agency_name: String,
    pub kind: String,
    pub kind_zh: String,
    pub role_zh: Option<&'static str>,
    pub state: StateView,
    pub light: Option<Light>,
    #[schema(value_type = String, format = "date-time")]
    pub at: jiff::Timestamp,
}

/// A state as stored beside a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct StateView {
    pub code: String,
    pub zh: String,
}

/// One page of a box.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct WorkPage {
    pub items: Vec<WorkItem>,
    pub next_cursor: Option<String>,
}

/// The roles of the actor as the queries want them.
pub fn desk(actor: &Actor) -> Result<Desk, AppError> {
    Ok(Desk {
        roles: actor.role_codes(),
        orgs: actor.grants.iter().map(|grant| grant.org.0).collect(),
        county: actor.county.clone(),
        person: actor.person.ok_or(AppError::NotFound)?.0,
    })
}

/// One page of `inbox`.
pub async fn page(
    app: &App,
    actor: &Actor,
    inbox: Inbox,
    after: Option<&str>,
    limit: u16,
) -> Result<WorkPage, AppError> {
    let desk = desk(actor)?;
    let pool = &app.store.pool;
    let ask = i64::from(limit) + 1;
    let mut rows = match inbox {
        Inbox::Todo => store::case_list::todo(pool, &desk, cursor::date(after)?, ask).await?,
        Inbox::Done => store::case_list::done(pool, desk.person, cursor::instant(after)?, ask).await?,
        Inbox::Mine => store::case_list::mine(pool, desk.person, cursor::instant(after)?, ask).await?,
        Inbox::Unread => store::case_list::unread(pool, &desk, cursor::instant(after)?, ask).await?,
    };
    let next_cursor = cursor::cut(&mut rows, limit, |row| match inbox {
        Inbox::Todo => cursor::of_date(row.due_on, row.id),
        _ => cursor::of_instant(row.at, row.id),
    });
    Ok(WorkPage { items: rows.iter().map(|row| item(app, row)).collect(), next_cursor })
}

fn item(app: &App, row: &WorkRow) -> WorkItem {
    let timer: Option<Timer> = row.timer.as_deref().and_then(|code| code.parse().ok());
    let today = app.clock.today();
    WorkItem {
        id: row.id,
        case_id: row.case_id,
        room: row.room.clone(),
        number: row.number.clone(),
        system_name: row.system_name.clone(),
        agency_name: row.agency_name.clone(),
        kind_zh: what_zh(app, row),
        kind: row.kind.clone(),
        role_zh: row.role.as_deref().and_then(|code| code.parse::<Role>().ok()).map(Role::zh),
        state: StateView { code: row.state_code.clone(), zh: row.state_zh.clone() },
        light: row.due_on.map(|due| Light::of(due.to_jiff(), timer, today, &app.calendar(), &app.regulation.limits)),
        at: row.at.to_jiff(),
    }
}

/// 登记服务开通:Web应用防火墙; without a product just the kind.
fn what_zh(app: &App, row: &WorkRow) -> String {
    let kind = kind_zh(&row.kind);
    let Some(sku) = &row.sku else { return kind.to_owned() };
    let name = app.regulation.product(sku).map_or(sku.as_str(), |line| &line.product.zh);
    format!("{kind}:{name}")
}

fn kind_zh(kind: &str) -> &'static str {
    match kind {
        "mine" => "我发起",
        "read" => "抄送",
        other => duty::kind_zh(other),
    }
}

/// 签收抄送.
pub async fn read_copy(app: &App, actor: &Actor, meta: &Meta, id: Uuid) -> Result<(), AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let desk = desk(actor)?;
    let now = unit.now().to_sqlx();
    let case = store::case_list::read_copy(&mut unit.tx, id, &desk, now).await?.ok_or(AppError::NotFound)?;
    unit.audit(Entry {
        action: Action::CopyRead.code(),
        object: ("copy", id.to_string()),
        case: Some(case),
        clause: Some(domain::clause::A10_6),
        summary: format!("{}签收抄送", actor.org_name),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await
}

/// A term of a stored code, where the enum is known.
pub fn stored_term(code: &str, zh: &str) -> StateView {
    StateView { code: code.to_owned(), zh: zh.to_owned() }
}

/// The stage of a stored code.
pub fn stage_term(code: &str) -> Term {
    code.parse::<crate::case::Stage>().unwrap_or(crate::case::Stage::Application).term()
}
