//! 服务实例.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::service_instance::view::{self, Filter, InstanceItem};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 服务实例列表 as filtered.
pub async fn service_instances(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = view::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "服务实例列表".to_owned(),
        columns: columns([
            ("实例编号", 24),
            ("产品", 32),
            ("服务种类", 16),
            ("使用单位", 30),
            ("系统名称", 36),
            ("办件单号", 24),
            ("状态", 10),
            ("现有数量", 10),
            ("核定数量", 10),
            ("计量单位", 14),
            ("开通方式", 28),
            ("云引擎", 24),
            ("时限", 18),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &InstanceItem) -> Vec<Cell> {
    let instance = &item.instance;
    // What a simulated engine plays must not be taken for real on paper either.
    let engine = instance
        .engine_name
        .as_ref()
        .map(|name| if instance.simulated { format!("{name}(模拟)") } else { name.clone() });
    vec![
        (&instance.number).into(),
        (&instance.name).into(),
        (&instance.category_zh).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        (&item.case_number).into(),
        instance.state.zh.into(),
        Cell::Number(instance.quantity),
        Cell::Number(instance.approved_quantity),
        (&instance.unit).into(),
        (&instance.way).into(),
        engine.as_ref().into(),
        instance.light.as_ref().map(|light| light.zh.as_str()).into(),
    ]
}
