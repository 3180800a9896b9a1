//! 办件, 工作台, 调配池, 使用计划.

use domain::ids::UsagePlanId;

use super::{Exported, List, ROWS_MAX, columns, finish, permit};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::view::case_list::{self, Filter};
use crate::view::work_list::{self, Inbox};
use crate::view::{Light, pool as pool_view};
use crate::{App, AppError, usage_plan as plans};
use documents::sheet::Cell;

/// 办件列表. The fee is for those who may see money.
pub async fn cases(app: &App, actor: &Actor, meta: &Meta, filter: Filter) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = case_list::page(app, actor, filter, None, ROWS_MAX).await?;
    let money = authz::may(actor, Action::ChargeView);
    let row = |item: &case_list::CaseItem| {
        let county = item.county.as_deref().and_then(|code| app.regulation.division(code));
        vec![
            (&item.number).into(),
            (&item.system_name).into(),
            (&item.agency_name).into(),
            county.map_or("市本级", |division| &division.zh).into(),
            item.stage.zh.into(),
            (&item.state.zh).into(),
            item.mode.as_ref().map(|mode| mode.zh).into(),
            if money { Cell::Fen(item.fee_fen_per_year) } else { Cell::Blank },
            due(item.light.as_ref()),
            light(item.light.as_ref()),
            item.created_on.into(),
        ]
    };
    let list = List {
        title: "办件列表".to_owned(),
        columns: columns([
            ("单号", 24),
            ("系统名称", 36),
            ("使用单位", 30),
            ("区划", 14),
            ("环节", 10),
            ("状态", 14),
            ("申请方式", 16),
            ("年费(元)", 18),
            ("到期日", 13),
            ("时限", 20),
            ("创建日期", 13),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

/// 工作台 one box.
pub async fn work_list(app: &App, actor: &Actor, meta: &Meta, inbox: Inbox) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = work_list::page(app, actor, inbox, None, ROWS_MAX).await?;
    let row = |item: &work_list::WorkItem| {
        vec![
            (&item.number).into(),
            (&item.system_name).into(),
            (&item.agency_name).into(),
            (&item.kind_zh).into(),
            item.role_zh.into(),
            (&item.state.zh).into(),
            due(item.light.as_ref()),
            light(item.light.as_ref()),
            app.clock.minute_of(item.at).into(),
        ]
    };
    let list = List {
        title: format!("工作台-{}", inbox.zh()),
        columns: columns([
            ("单号", 24),
            ("系统名称", 36),
            ("使用单位", 30),
            ("事项", 20),
            ("岗位", 20),
            ("状态", 14),
            ("到期日", 13),
            ("时限", 20),
            ("时间", 18),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: page.next_cursor.is_some(),
    };
    finish(app, actor, meta, list).await
}

/// 调配池.
pub async fn pool(app: &App, actor: &Actor, meta: &Meta) -> Result<Exported, AppError> {
    permit(actor)?;
    let page = pool_view::page(app, actor).await?;
    let row = |item: &pool_view::PoolItem| {
        vec![
            (&item.sku).into(),
            (&item.name).into(),
            item.quantity.into(),
            (&item.unit).into(),
            item.until.into(),
            (&item.from_number).into(),
            (&item.from_agency).into(),
        ]
    };
    let list = List {
        title: "调配池".to_owned(),
        columns: columns([
            ("编码", 18),
            ("服务与规格", 36),
            ("数量", 10),
            ("单位", 14),
            ("可用至", 13),
            ("来源单号", 24),
            ("原使用单位", 30),
        ]),
        rows: page.items.iter().map(row).collect(),
        more: false,
    };
    finish(app, actor, meta, list).await
}

/// 年度云服务使用计划 one plan with its sum.
pub async fn usage_plan(app: &App, actor: &Actor, meta: &Meta, id: UsagePlanId) -> Result<Exported, AppError> {
    permit(actor)?;
    let plan = plans::one(app, actor, id).await?;
    let mut rows: Vec<Vec<Cell>> = (1..)
        .zip(&plan.applications)
        .map(|(serial, line)| {
            vec![
                Cell::Number(serial),
                (&line.number).into(),
                (&line.agency_name).into(),
                (&line.system_name).into(),
                line.urgency.zh.into(),
                Cell::Fen(line.fee_fen_per_year),
            ]
        })
        .collect();
    let blank = || Cell::Blank;
    rows.push(vec!["合计".into(), blank(), blank(), blank(), blank(), Cell::Fen(plan.summary.total_fen)]);
    let list = List {
        title: format!("{}年度云服务使用计划", plan.summary.year),
        columns: columns([
            ("序号", 8),
            ("申请单号", 24),
            ("使用单位", 30),
            ("系统名称", 36),
            ("优先级", 10),
            ("核定年费(元)", 18),
        ]),
        rows,
        more: false,
    };
    finish(app, actor, meta, list).await
}

fn due(light: Option<&Light>) -> Cell {
    light.map(|light| light.due_on).into()
}

fn light(light: Option<&Light>) -> Cell {
    light.map(|light| &light.zh).into()
}
