//! 偏差核对.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::drift::view::{self, ColumnView, DriftItem, Filter};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 偏差核对 as filtered.
pub async fn drift(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = view::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "偏差核对".to_owned(),
        columns: columns([
            ("差异", 20),
            ("名称", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("办件单号", 24),
            ("云引擎", 24),
            ("核定", 40),
            ("计费", 40),
            ("实际", 40),
            ("计费而云上没有(元/年)", 20),
            ("云上有而未计费(元/年)", 20),
            ("状态", 12),
            ("登记处理", 40),
            ("怎么办", 60),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &DriftItem) -> Vec<Cell> {
    let engine = if item.simulated { format!("{}(模拟)", item.engine_name) } else { item.engine_name.clone() };
    let note = item.note.as_ref().map(|note| format!("{}:{}", note.responsible.zh, note.opinion));
    vec![
        item.kind.zh.into(),
        (&item.name).into(),
        item.agency_name.as_ref().into(),
        item.system_name.as_ref().into(),
        item.case_number.as_ref().into(),
        engine.into(),
        words(item.approved.as_ref()).into(),
        words(item.charged.as_ref()).into(),
        words(item.real.as_ref()).into(),
        Cell::Fen(item.paid_fen),
        Cell::Fen(item.unpaid_fen),
        item.state.zh.into(),
        note.into(),
        item.advice_zh.into(),
    ]
}

/// `通用vCPU 2 核、…`, one product after the other.
fn words(column: Option<&ColumnView>) -> Option<String> {
    let items = column?.items.iter().map(|item| format!("{} ×{}", item.name, item.quantity));
    Some(items.collect::<Vec<_>>().join(";"))
}
