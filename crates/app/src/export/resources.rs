//! 云资源.

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::provisioning::view::{self, Filter, ResourceItem};
use crate::{App, AppError};
use documents::sheet::Cell;

/// 云资源列表 as filtered.
pub async fn resources(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = view::page(app, actor, filter, None, ROWS_MAX).await?;
    let list = List {
        title: "云资源列表".to_owned(),
        columns: columns([
            ("名称", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("办件单号", 24),
            ("vCPU(核)", 10),
            ("内存(GB)", 10),
            ("系统盘(GB)", 11),
            ("数据盘(GB)", 18),
            ("阶段", 10),
            ("运行状态", 10),
            ("地址", 18),
            ("云引擎", 24),
            ("实例标识", 40),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

fn row(item: &ResourceItem) -> Vec<Cell> {
    let resource = &item.resource;
    let (system, data) = match resource.spec.disks_gib.split_first() {
        Some((system, data)) => (Cell::Number(i64::from(*system)), data),
        None => (Cell::Blank, &[][..]),
    };
    let data: Vec<String> = data.iter().map(u32::to_string).collect();
    // A simulated server must not be taken for a real one on paper either.
    let engine =
        if resource.simulated { format!("{}(模拟)", resource.engine_name) } else { resource.engine_name.clone() };
    vec![
        (&resource.name).into(),
        (&item.agency_name).into(),
        (&item.system_name).into(),
        (&item.case_number).into(),
        Cell::Number(resource.spec.vcpu.into()),
        Cell::Number((resource.spec.memory_mib / 1024).into()),
        system,
        data.join("、").into(),
        resource.phase.zh.into(),
        resource.power.as_ref().map(|power| power.zh).into(),
        resource.addresses_zh().into(),
        engine.into(),
        resource.id.to_string().into(),
    ]
}
