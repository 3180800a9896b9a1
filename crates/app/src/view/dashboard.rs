//! 驾驶舱: real numbers of the city, each a query over what happened.

use domain::duty::Timer;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::{Colour, Light};
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::case::Stage;
use crate::{App, AppError};

/// 驾驶舱.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Dashboard {
    pub agencies: i64,
    /// Systems in service.
    pub systems: i64,
    pub servers: i64,
    pub vcpu: i64,
    pub memory_gib: i64,
    pub disk_gib: i64,
    pub fee_fen_per_year: i64,
    pub by_stage: Vec<StageCount>,
    pub by_county: Vec<CountyCount>,
    pub lights: Lights,
    pub overdue: Vec<OverdueItem>,
    pub months: Vec<Month>,
}

/// Cases in a stage.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct StageCount {
    pub stage: Term,
    pub count: i64,
}

/// A county's systems; the city's own under its code.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CountyCount {
    pub county: String,
    pub name: String,
    pub systems: i64,
    pub fee_fen: i64,
}

/// Open tasks by light.
#[derive(Clone, Debug, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Lights {
    pub green: i64,
    pub yellow: i64,
    pub red: i64,
}

/// A late task.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OverdueItem {
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub number: String,
    pub system_name: String,
    pub kind_zh: String,
    pub light: Light,
}

/// What one month opened and ended.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Month {
    pub month: String,
    pub activated: i64,
    pub ended: i64,
}

/// The figures of today.
pub async fn show(app: &App, actor: &Actor) -> Result<Dashboard, AppError> {
    authz::check(actor, Action::DashboardView, &Target::city())?;
    let pool = &app.store.pool;
    let today = app.clock.today();
    let totals = store::dashboard::totals(pool).await?;
    let capacity = crate::provisioning::capacity(app).await?;
    let stages = store::dashboard::by_stage(pool).await?;
    Ok(Dashboard {
        agencies: totals.agencies,
        systems: totals.systems,
        servers: capacity.servers,
        vcpu: capacity.vcpu,
        memory_gib: capacity.memory_mib / 1024,
        disk_gib: capacity.disk_gib,
        fee_fen_per_year: totals.fee_fen,
        by_stage: in_order(&stages),
        by_county: counties(app).await?,
        lights: lights(app).await?,
        overdue: overdue(app).await?,
        months: store::dashboard::months(pool, today.to_sqlx())
            .await?
            .into_iter()
            .map(|(month, activated, ended)| Month { month, activated, ended })
            .collect(),
    })
}

/// 七环节 in the order of the regulation, those without a case too.
fn in_order(stages: &[(String, i64)]) -> Vec<StageCount> {
    let count = |stage: &Stage| stages.iter().find(|(code, _)| code == stage.code()).map_or(0, |(_, count)| *count);
    Stage::ALL.iter().map(|stage| StageCount { stage: stage.term(), count: count(stage) }).collect()
}

async fn counties(app: &App) -> Result<Vec<CountyCount>, AppError> {
    let rows = store::dashboard::by_county(&app.store.pool).await?;
    let name = |code: &str| match app.regulation.division(code) {
        Some(division) => division.zh.clone(),
        None => "市本级".to_owned(),
    };
    Ok(rows
        .into_iter()
        .map(|(county, systems, fee_fen)| CountyCount { name: name(&county), county, systems, fee_fen })
        .collect())
}

async fn lights(app: &App) -> Result<Lights, AppError> {
    let mut lights = Lights::default();
    let (calendar, today) = (app.calendar(), app.clock.today());
    for (due, timer, count) in store::dashboard::open_due_dates(&app.store.pool).await? {
        let timer: Option<Timer> = timer.as_deref().and_then(|code| code.parse().ok());
        match Light::of(due.to_jiff(), timer, today, &calendar, &app.regulation.limits).colour {
            Colour::Green | Colour::Grey => lights.green += count,
            Colour::Yellow => lights.yellow += count,
            Colour::Red => lights.red += count,
        }
    }
    Ok(lights)
}

async fn overdue(app: &App) -> Result<Vec<OverdueItem>, AppError> {
    let (calendar, today) = (app.calendar(), app.clock.today());
    let rows = store::dashboard::overdue(&app.store.pool, today.to_sqlx()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let timer: Option<Timer> = row.timer.as_deref().and_then(|code| code.parse().ok());
            OverdueItem {
                case_id: row.case_id,
                number: row.number,
                system_name: row.system_name,
                kind_zh: domain::duty::kind_zh(&row.kind).to_owned(),
                light: Light::of(row.due_on.to_jiff(), timer, today, &calendar, &app.regulation.limits),
            }
        })
        .collect())
}
