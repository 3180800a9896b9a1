//! 伸缩策略.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::scaling::view::{self, Filter, PolicyView};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 伸缩策略列表 as filtered.
pub async fn scaling_policies(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = view::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "伸缩策略列表".to_owned(),
        columns: columns([
            ("策略编号", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("办件单号", 24),
            ("主机名", 20),
            ("云引擎", 24),
            ("状态", 16),
            ("核定台数", 10),
            ("运行台数", 10),
            ("策略停用台数", 14),
            ("指标", 14),
            ("扩展", 24),
            ("收缩", 24),
            ("运行下限", 10),
            ("运行上限", 10),
            ("步长", 8),
            ("冷却(分钟)", 12),
            ("最近判定", 60),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &PolicyView) -> Vec<Cell> {
    let engine = if item.simulated { format!("{}(模拟)", item.engine_name) } else { item.engine_name.clone() };
    let state = item.cause.as_ref().map_or_else(|| item.state.zh.to_owned(), |cause| cause.zh.to_owned());
    let policy = &item.policy;
    let held = |sign: &str, percent: u8, minutes: u16| format!("{sign} {percent}% 持续 {minutes} 分钟");
    vec![
        (&item.number).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        (&item.case_number).into(),
        (&item.host_name).into(),
        engine.into(),
        state.into(),
        item.approved.into(),
        item.running.into(),
        item.resting.into(),
        item.metric.zh.into(),
        held("≥", policy.out_percent, policy.out_minutes).into(),
        held("≤", policy.in_percent, policy.in_minutes).into(),
        i64::from(policy.lower).into(),
        i64::from(policy.upper).into(),
        i64::from(policy.step).into(),
        i64::from(policy.cooldown_minutes).into(),
        item.decision_zh.as_ref().into(),
    ]
}
