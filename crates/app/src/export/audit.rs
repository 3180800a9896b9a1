//! 操作日志: for those who read it, with its place in the chain so that a printed line can be checked.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::audit::{self, AuditItem, Filter};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 操作日志 as filtered.
pub async fn log(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = audit::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "操作日志".to_owned(),
        columns: columns([
            ("序号", 10),
            ("时间", 18),
            ("操作人", 14),
            ("单位", 28),
            ("角色", 30),
            ("来源地址", 18),
            ("操作", 22),
            ("结果", 10),
            ("摘要", 50),
            ("依据", 16),
            ("对象", 44),
            ("请求编号", 38),
            ("链上校验值", 66),
        ]),
        rows: page.items.iter().map(|item| row(app, item)).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(app: &App, item: &AuditItem) -> Vec<Cell> {
    vec![
        item.position.into(),
        app.clock.minute_of(item.at).into(),
        (&item.actor_name).into(),
        item.org_name.as_ref().into(),
        item.roles.join("、").into(),
        item.ip.as_ref().into(),
        (&item.action_zh).into(),
        item.outcome.as_ref().map(|outcome| outcome.zh).into(),
        (&item.summary).into(),
        item.clause.map(|clause| clause.cite).into(),
        format!("{}:{}", item.object_kind, item.object_id).into(),
        item.request_id.as_ref().into(),
        item.hash.as_ref().into(),
    ]
}
