//! 调配池 and 调配.

use documents::sheet::Cell;

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::allocation::{self, AllocationItem, Filter, ItemFilter, PoolItem};
use crate::{App, AppError};

/// 调配池 as filtered.
pub async fn pool(app: &App, actor: &Actor, meta: &Meta, filter: ItemFilter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = allocation::pool(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "调配池".to_owned(),
        columns: columns([
            ("编码", 18),
            ("服务与规格", 36),
            ("数量", 10),
            ("已调配", 10),
            ("尚余", 10),
            ("单位", 14),
            ("可用至", 13),
            ("来源单号", 24),
            ("原使用单位", 30),
            ("数据清除", 12),
        ]),
        rows: page.items.iter().map(item).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn item(item: &PoolItem) -> Vec<Cell> {
    vec![
        (&item.sku).into(),
        (&item.name).into(),
        item.quantity.into(),
        item.allocated.into(),
        item.left.into(),
        (&item.unit).into(),
        item.until.into(),
        (&item.from_number).into(),
        (&item.from_agency).into(),
        if item.erased { "已出具证明" } else { "未办结" }.into(),
    ]
}

/// 调配记录 as filtered.
pub async fn allocations(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = allocation::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "调配记录".to_owned(),
        columns: columns([
            ("调配单号", 24),
            ("服务与规格", 36),
            ("数量", 10),
            ("单位", 14),
            ("受配单位", 30),
            ("受配系统", 36),
            ("受配办件", 24),
            ("抵充行", 18),
            ("状态", 10),
            ("生效日", 13),
            ("抵充至", 13),
            ("调配受益(元)", 18),
            ("来源单号", 24),
            ("原使用单位", 30),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &AllocationItem) -> Vec<Cell> {
    let given = &item.allocation;
    vec![
        (&given.number).into(),
        (&given.name).into(),
        Cell::Number(i64::try_from(given.quantity).unwrap_or(i64::MAX)),
        (&given.unit).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        (&item.case_number).into(),
        (&given.row_zh).into(),
        given.state.zh.into(),
        given.since.into(),
        given.until.into(),
        given.benefit_fen.map_or(Cell::Blank, Cell::Fen),
        (&given.from_number).into(),
        (&given.from_agency).into(),
    ]
}
