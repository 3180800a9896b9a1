//! 验链: every link computed again from what stands in the database, and every anchor checked against its signature.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::audit::AuditRow;
use store::audit_chain::LinkRow;
use uuid::Uuid;

use super::chain::{GENESIS, Sealing, anchor_message, content, seal};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Entry;
use crate::secrecy::sm3_chain;
use crate::{App, AppError};

/// Links read at once.
const BATCH: i64 = 500;
/// The object of the entries that checks leave.
const OBJECT: (&str, &str) = ("audit_chain", "chain");

/// Which positions to check; all where absent.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// First position, from 1.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub from: Option<i64>,
    /// Last position, inclusive.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub to: Option<i64>,
}

/// 验链结果.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Verification {
    pub ok: bool,
    /// Links that were computed again.
    pub checked: i64,
    /// The first position that does not hold; `None` also where the fault has no position.
    pub first_bad: Option<i64>,
    /// The entry concerned, where it is known.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub entry_id: Option<Uuid>,
    pub why_zh: Option<String>,
}

/// The last check made from the page.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LastCheck {
    pub ok: bool,
    pub checked: i64,
    pub first_bad: Option<i64>,
    #[serde(default)]
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

/// What is wrong where.
struct Fault {
    position: Option<i64>,
    entry: Option<Uuid>,
    why: String,
}

impl Fault {
    fn at(position: i64, entry: Option<Uuid>, why: impl Into<String>) -> Self {
        Self { position: Some(position), entry, why: why.into() }
    }
}

/// Seals what waits, checks the chain, and leaves an entry with the result.
pub async fn verify(app: &App, actor: &Actor, meta: &Meta, range: Range) -> Result<Verification, AppError> {
    authz::check(actor, Action::AuditVerify, &Target::city())?;
    seal(app, Sealing::Closing).await?;
    let result = check(app, range).await?;
    let mut unit = app.begin(actor, meta).await?;
    let summary = match (&result.why_zh, result.ok) {
        (Some(why), false) => format!("校验日志链:不一致,{why}"),
        _ => format!("校验日志链:{} 条一致", result.checked),
    };
    unit.audit(Entry {
        action: Action::AuditVerify.code(),
        object: (OBJECT.0, OBJECT.1.to_owned()),
        case: None,
        clause: Action::AuditVerify.clause(),
        summary,
        before: None,
        after: Some(json!({ "ok": result.ok, "checked": result.checked, "first_bad": result.first_bad })),
    })
    .await?;
    unit.commit(result).await
}

/// The same for the operator at the machine (`liyun audit verify`): reads only, so that a copy can be checked too.
pub async fn verify_as_operator(app: &App, range: Range) -> Result<Verification, AppError> {
    check(app, range).await
}

/// The positions of the entries of some days, for whoever thinks in days; `None` where there are none.
pub async fn range_of_days(app: &App, from: Option<Date>, to: Option<Date>) -> Result<Option<Range>, AppError> {
    let start = from.map(|day| app.clock.start_of(day).to_sqlx());
    let end = to.and_then(|day| day.tomorrow().ok()).map(|day| app.clock.start_of(day).to_sqlx());
    let span = store::audit_chain::span(&app.store.pool, start, end).await?;
    Ok(span.map(|(first, last)| Range { from: from.map(|_| first), to: to.map(|_| last) }))
}

/// What the last check from the page found.
pub(super) async fn last_check(app: &App) -> Result<Option<LastCheck>, AppError> {
    let found = store::audit_chain::latest_of_object(&app.store.pool, OBJECT.0, OBJECT.1).await?;
    let Some(entry) = found else { return Ok(None) };
    let read = entry.after.and_then(|after| serde_json::from_value::<LastCheck>(after).ok());
    Ok(read.map(|check| LastCheck { at: entry.at.to_jiff(), ..check }))
}

async fn check(app: &App, range: Range) -> Result<Verification, AppError> {
    let pool = &app.store.pool;
    let last = store::audit_chain::ends(pool).await?.last_position;
    let from = range.from.unwrap_or(1).max(1);
    let to = range.to.unwrap_or(i64::MAX).min(last);
    let mut checked = 0;
    let mut fault = None;
    let mut previous = before(app, from).await?;
    let mut position = from - 1;
    while fault.is_none() && position < to {
        let links = store::audit_chain::links(pool, position, to, BATCH).await?;
        let upto = links.last().map_or(to, |link| link.position);
        fault = check_links(app, (position, upto), &mut previous, &links, &mut checked).await?;
        position = upto;
    }
    if fault.is_none() && range.to.is_none() {
        fault = check_end(app, last).await?;
    }
    let (first_bad, entry_id, why_zh) =
        fault.map_or((None, None, None), |fault| (fault.position, fault.entry, Some(fault.why)));
    Ok(Verification { ok: why_zh.is_none(), checked, first_bad, entry_id, why_zh })
}

/// The hash the first link must follow.
async fn before(app: &App, from: i64) -> Result<Vec<u8>, AppError> {
    if from == 1 {
        return Ok(GENESIS.to_vec());
    }
    let links = store::audit_chain::links(&app.store.pool, from - 2, from - 1, 1).await?;
    Ok(links.into_iter().next().map_or_else(Vec::new, |link| link.hash))
}

async fn check_links(
    app: &App,
    (after, upto): (i64, i64),
    previous: &mut Vec<u8>,
    links: &[LinkRow],
    checked: &mut i64,
) -> Result<Option<Fault>, AppError> {
    let ids: Vec<Uuid> = links.iter().map(|link| link.entry_id).collect();
    let entries = store::audit_chain::entries(&app.store.pool, &ids).await?;
    let entries: BTreeMap<Uuid, AuditRow> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
    let mut expected = after + 1;
    for link in links {
        if let Some(fault) = check_link(link, expected, previous, entries.get(&link.entry_id)) {
            return Ok(Some(fault));
        }
        previous.clone_from(&link.hash);
        expected += 1;
        *checked += 1;
    }
    if expected <= upto {
        return Ok(Some(Fault::at(expected, None, format!("第 {expected} 条缺失"))));
    }
    check_anchors(app, (after + 1, upto), links).await
}

fn check_link(link: &LinkRow, expected: i64, previous: &[u8], entry: Option<&AuditRow>) -> Option<Fault> {
    if link.position != expected {
        return Some(Fault::at(expected, None, format!("第 {expected} 条缺失")));
    }
    let fault = |why: &str| Some(Fault::at(expected, Some(link.entry_id), format!("第 {expected} 条{why}")));
    let Some(entry) = entry else { return fault("的日志内容已不存在") };
    if link.prev_hash != previous {
        return fault("与上一条不衔接");
    }
    if sm3_chain(previous, &content(entry)).as_slice() != link.hash {
        return fault("的内容与封存时不一致");
    }
    None
}

async fn check_anchors(app: &App, (from, to): (i64, i64), links: &[LinkRow]) -> Result<Option<Fault>, AppError> {
    for anchor in store::audit_chain::anchors(&app.store.pool, from, to).await? {
        let link = links.iter().find(|link| link.position == anchor.position);
        let at = anchor.anchored_at.to_jiff();
        let message = anchor_message(anchor.position, &anchor.hash, at);
        let version = u32::try_from(anchor.key_version).unwrap_or(0);
        let signed = app.keys()?.signer().verify(version, &message, &anchor.signature);
        if !signed || link.is_none_or(|link| link.hash != anchor.hash) {
            let why = format!("第 {} 条处的签名锚点不符", anchor.position);
            return Ok(Some(Fault::at(anchor.position, None, why)));
        }
    }
    Ok(None)
}

/// What no single link shows: a cut tail, and entries that were never in line.
async fn check_end(app: &App, last: i64) -> Result<Option<Fault>, AppError> {
    let pool = &app.store.pool;
    if store::audit_chain::ends(pool).await?.last_anchor > last {
        let why = format!("第 {} 条起的尾部已被删除(签名锚点在其后)", last + 1);
        return Ok(Some(Fault::at(last + 1, None, why)));
    }
    let stray = store::audit_chain::stray_entry(pool).await?;
    Ok(stray.map(|id| Fault { position: None, entry: Some(id), why: format!("条目 {id} 未进入日志链") }))
}
