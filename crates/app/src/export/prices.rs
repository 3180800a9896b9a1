//! 价格表.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::price::{self, PriceFilter, PriceRow};
use crate::{App, AppError};
use documents::sheet::Cell;

/// Rows asked for at once.
const AT_ONCE: usize = 500;

/// 最高限价表 as filtered.
pub async fn prices(app: &App, actor: &Actor, meta: &Meta, mut filter: PriceFilter) -> Result<Exported, AppError> {
    permit(actor)?;
    (filter.limit, filter.cursor) = (Some(AT_ONCE), None);
    let mut rows = Vec::new();
    let more = loop {
        let page = price::list(app, actor, &filter).await?;
        rows.extend(page.items.iter().map(row));
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() || rows.len() >= usize::from(ROWS_MAX) {
            break filter.cursor.is_some();
        }
    };
    let list = List {
        title: "最高限价表".to_owned(),
        columns: columns([
            ("价格版本", 12),
            ("编码", 20),
            ("类别", 20),
            ("产品与规格", 40),
            ("计量单位", 16),
            ("计费方式", 14),
            ("最高限价(元)", 18),
            ("价格来源", 16),
            ("有效期起", 13),
            ("有效期止", 13),
            ("说明", 40),
        ]),
        rows,
        more,
    };
    finish(app, actor, meta, list).await
}

fn row(item: &PriceRow) -> Vec<Cell> {
    vec![
        (&item.version).into(),
        (&item.product.sku).into(),
        (&item.product.category_zh).into(),
        (&item.product.zh).into(),
        (&item.product.unit_zh).into(),
        item.basis_term.zh.into(),
        Cell::Fen(item.price_fen.0),
        item.source_term.zh.into(),
        item.from.into(),
        item.to.into(),
        (&item.product.note).into(),
    ]
}
