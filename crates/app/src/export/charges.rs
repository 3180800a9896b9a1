//! 费用台账.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::charge::{self, ChargeItem, Filter};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 费用台账 as filtered, with the formula of each figure.
pub async fn charges(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = charge::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "费用台账".to_owned(),
        columns: columns([
            ("日期", 13),
            ("办件单号", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("类型", 12),
            ("编码", 18),
            ("服务与规格", 32),
            ("数量", 10),
            ("天数", 8),
            ("金额(元)", 18),
            ("算式", 50),
            ("依据", 16),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &ChargeItem) -> Vec<Cell> {
    let entry = &item.entry;
    vec![
        entry.on.into(),
        (&item.case_number).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        entry.kind.zh.into(),
        (&entry.sku).into(),
        (&entry.name).into(),
        entry.quantity.into(),
        Cell::Number(entry.days.into()),
        Cell::Fen(entry.fen),
        (&entry.formula).into(),
        entry.clause.cite.into(),
    ]
}
