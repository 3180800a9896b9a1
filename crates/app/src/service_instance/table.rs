//! 开通方式表 for the engine page: every kind of service, how it is fulfilled on each kind of engine, what must be shown.

use domain::clause::{self, Clause};
use domain::fulfilment::{Ability, Act, Column, EvidenceKind, Row, Way};
use domain::term::Term;

use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::{App, AppError};

/// 开通方式表.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FulfilmentView {
    /// 引擎类型, the columns in order.
    pub columns: Vec<Term>,
    pub rows: Vec<FulfilmentRow>,
    /// 第四条 names the kinds; how each is fulfilled is our own decision.
    pub clause: Clause,
}

/// One row of it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FulfilmentRow {
    pub category: String,
    pub category_zh: String,
    /// Products whose code begins so; empty for the rest of the category.
    pub sku_prefix: String,
    /// 方式 in Chinese, one a column.
    pub ways: Vec<String>,
    pub open: Vec<EvidenceKind>,
    pub change: Vec<EvidenceKind>,
    pub reclaim: Vec<EvidenceKind>,
}

/// The table as the city has it.
pub fn table(app: &App, actor: &Actor) -> Result<FulfilmentView, AppError> {
    authz::check(actor, Action::EngineView, &Target::city())?;
    let rows = app.regulation.fulfilment.rows().iter().map(|row| view(app, row)).collect();
    Ok(FulfilmentView { columns: Column::ALL.iter().map(|column| column.term()).collect(), rows, clause: clause::A4 })
}

fn view(app: &App, row: &Row) -> FulfilmentRow {
    let shown = |act| row.required(act).to_vec();
    FulfilmentRow {
        category: row.category.clone(),
        category_zh: category_zh(app, &row.category),
        sku_prefix: row.sku_prefix.clone(),
        ways: Column::ALL.iter().map(|column| way_zh(app, row.way(*column))).collect(),
        open: shown(Act::Open),
        change: shown(Act::Change),
        reclaim: shown(Act::Reclaim),
    }
}

/// 方式 in words.
pub(super) fn way_zh(app: &App, way: &Way) -> String {
    match way {
        Way::Driver(Ability::Scaling) => "云引擎(弹性伸缩),随云主机开通,策略由使用单位设定".to_owned(),
        Way::Driver(ability @ (Ability::Snapshot | Ability::Backup)) => {
            format!("云引擎({}),作业完成即开通", ability.zh())
        }
        Way::Driver(ability) => format!("云引擎({}),随附件2-1 开通", ability.zh()),
        Way::Included(category) => format!("随{}一并开通", category_zh(app, category)),
        Way::WorkOrder => "工单,凭证登记".to_owned(),
    }
}

fn category_zh(app: &App, code: &str) -> String {
    let found = app.regulation.categories.iter().find(|one| one.code == code && one.sku_prefix.is_empty());
    found.map_or_else(|| code.to_owned(), |one| one.zh.clone())
}
