//! 操作日志: who may read it, sealing it into a chain, and checking the chain (A19, E13–E16).
//!
//! Entries are appended by the mechanism in the transaction of their change. Sealing follows a few seconds later and
//! by its own: it is not a change, leaves no entry, and may be done by any instance. Nobody reads about oneself here.

use domain::clause::Clause;
use domain::ids::{OrgId, PersonId};
use domain::org::Role;
use domain::term::Term;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use store::audit_chain::{AuditFilter, ListedRow};
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::error::Reason;
use crate::view::filled_in;
use crate::{App, AppError, cursor};

mod chain;
mod verify;

pub use chain::{ChainState, LastAnchor, Sealing, chain, seal, work};
pub use verify::{LastCheck, Range, Verification, range_of_days, verify, verify_as_operator};

domain::terms! {
    /// 结果 of what an entry tells.
    pub enum Outcome {
        Done = "done", "成功", "done";
        Refused = "refused", "未获准", "refused";
        Failed = "failed", "失败", "failed";
    }
}

/// 日志条目 with its place in the chain.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AuditItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// `None` until it is sealed.
    pub position: Option<i64>,
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    pub actor_name: String,
    pub org_name: Option<String>,
    /// Roles held at that moment, in Chinese.
    pub roles: Vec<String>,
    pub ip: Option<String>,
    pub terminal: Option<String>,
    pub request_id: Option<String>,
    pub action: String,
    pub action_zh: String,
    pub object_kind: String,
    pub object_id: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<Uuid>,
    pub clause: Option<Clause>,
    pub outcome: Option<Term>,
    pub summary: String,
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    pub hash: Option<String>,
}

/// One page, newest first.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AuditPage {
    pub items: Vec<AuditItem>,
    pub next_cursor: Option<String>,
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the summary or the actor's name, or a whole object id.
    pub text: Option<String>,
    /// Whole code, or a room followed by a dot.
    pub action: Option<String>,
    pub actor: Option<PersonId>,
    /// An object's id, or its kind and id with a colon between.
    pub object: Option<String>,
    pub outcome: Option<Outcome>,
    pub from: Option<Date>,
    /// Inclusive.
    pub to: Option<Date>,
}

/// One page of what `actor` may read.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<AuditPage, AppError> {
    let filter = AuditFilter {
        after: cursor::instant(after)?,
        limit: i64::from(limit) + 1,
        ..stored_filter(app, actor, filter)?
    };
    let mut rows = store::audit_chain::list(&app.store.pool, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |last| cursor::of_instant(last.entry.at, last.entry.id));
    Ok(AuditPage { items: rows.into_iter().map(item).collect(), next_cursor })
}

fn stored_filter(app: &App, actor: &Actor, filter: Filter) -> Result<AuditFilter, AppError> {
    let seen = authz::visible(actor, Action::AuditView)?;
    if !seen.all && seen.agencies.is_empty() {
        return Err(AppError::NotFound);
    }
    let (object_kind, object_id) = match filled_in(filter.object) {
        None => (None, None),
        Some(object) => match object.split_once([':', ' ']) {
            Some((kind, id)) => (Some(kind.to_owned()), Some(id.trim().to_owned())),
            None => (None, Some(object)),
        },
    };
    let day_after = |day: Date| day.tomorrow().map_err(|_| bad_day());
    Ok(AuditFilter {
        from: filter.from.map(|day| app.clock.start_of(day).to_sqlx()),
        to: filter.to.map(day_after).transpose()?.map(|day| app.clock.start_of(day).to_sqlx()),
        actor: filter.actor.map(|person| person.0),
        action: filled_in(filter.action),
        object_kind,
        object_id,
        case: None,
        outcome: filter.outcome.map(|outcome| outcome.code().to_owned()),
        text: filled_in(filter.text),
        not_by: actor.person.map(|person| person.0),
        orgs: seen.agencies.iter().map(|OrgId(id)| *id).collect(),
        after: None,
        limit: 0,
    })
}

fn bad_day() -> AppError {
    AppError::BadRequest(Reason::new("audit.day", "日期超出范围", "the day is out of range"))
}

fn item(row: ListedRow) -> AuditItem {
    let entry = row.entry;
    AuditItem {
        id: entry.id,
        position: row.position,
        at: entry.at.to_jiff(),
        actor_name: entry.actor_name,
        org_name: row.org_name,
        roles: entry.roles.iter().map(|code| role_zh(code)).collect(),
        ip: entry.ip,
        terminal: entry.terminal,
        request_id: entry.request_id,
        action_zh: action_zh(&entry.action),
        action: entry.action,
        object_kind: entry.object_kind,
        object_id: entry.object_id,
        case_id: entry.case_id,
        clause: entry.clause.and_then(|code| code.parse().ok()),
        outcome: entry.outcome.parse::<Outcome>().ok().map(Outcome::term),
        summary: entry.summary,
        before: entry.before,
        after: entry.after,
        hash: row.hash.map(hex::encode),
    }
}

fn role_zh(code: &str) -> String {
    code.parse::<Role>().map_or_else(|_| code.to_owned(), |role| role.zh().to_owned())
}

/// The action's name. Steps of the log-in and of the system itself are no actions of the table.
fn action_zh(code: &str) -> String {
    if let Some(action) = Action::ALL.iter().find(|action| action.code() == code) {
        return action.zh().to_owned();
    }
    let zh = match code {
        "session.password_accepted" => "口令验证通过",
        "session.open" => "登录",
        "session.end" => "退出登录",
        "session.refused" => "登录失败",
        "password.change" => "修改口令",
        "second_factor.propose" => "生成动态令牌密钥",
        "person.disable_dormant" => "久未登录停用",
        "setup.complete" => "初次设置",
        "demo.log_in" => "演示登录",
        "demo.begin" => "布置演示城市",
        "calendar.move_due" => "时限重算",
        other => other,
    };
    zh.to_owned()
}
