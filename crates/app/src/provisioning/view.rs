//! What pages show: resources of a case and of the city, one resource with its three columns, engines on offer.

use domain::application::form::DiskKind;
use domain::ids::ResourceId;
use domain::provisioning::{
    Access, Capabilities, Difference, EngineKind, Erasure, Health, Observed, OperationKind, OperationState, PhaseKind,
    Rest, Step, StepState, differences, restoration,
};
use domain::term::Term;
use drivers::DriverError;
use store::operation::{OperationRow, StepRow};
use store::resource::{DiskRow, ResourceFilter, ResourceRow};
use store::{PgExecutor, Tx};
use uuid::Uuid;

use super::desired::{desired, figure, rest, with_copies};
use super::engines::{health_of, reasons_zh};
use super::{Capacity, EngineChoice, OperationView, ResourceView, SpecView, StepView};
use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::error::Reason;
use crate::view::{ActionView, filled_in};
use crate::{App, AppError, case};

/// Operations the case page shows.
const OPERATIONS_SHOWN: i64 = 20;
/// Rows are counted no further than this.
const COUNT_MAX: i64 = 10_000;

/// 云资源 in the city's list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ResourceItem {
    #[serde(flatten)]
    pub resource: ResourceView,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    #[schema(value_type = String, format = "uuid")]
    pub agency_id: Uuid,
    pub agency_name: String,
}

/// One page of resources.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ResourcePage {
    pub items: Vec<ResourceItem>,
    pub next_cursor: Option<String>,
    /// How many the filter matches, at most 10,000; on the first page only.
    pub count: Option<i64>,
}

/// 云资源详情: 核定, 登记, 实际 side by side.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ResourceDetail {
    #[serde(flatten)]
    pub item: ResourceItem,
    pub approved: SpecView,
    pub recorded: SpecView,
    /// 操作系统 and CPU 架构 it was made with; absent where they were not recorded yet.
    pub operating_system: Option<Term>,
    pub architecture: Option<Term>,
    /// 磁盘类型 of the system disk; absent as above.
    pub system_disk_kind: Option<Term>,
    /// 专享宿主机(台) it runs on; absent where others share its host.
    pub dedicated_hosts: Option<i32>,
    /// 网络开放 as granted, in words.
    pub access_zh: String,
    /// The same as the cloud has it; absent where the engine opens nothing.
    pub access_real_zh: Option<String>,
    pub observed: Option<Observed>,
    pub differences: Vec<Difference>,
    pub erasures: Vec<Erasure>,
    /// Why it rests and since when, where it does.
    pub rest_reason: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub rested_at: Option<jiff::Timestamp>,
    /// 伸缩策略 of its row, where there is one.
    pub policy: Option<PolicyLink>,
    /// 挂起, 恢复, for whom they are meant.
    pub actions: Vec<ActionView>,
    /// The actor may read its console log.
    pub may_console: bool,
}

/// 伸缩策略 a server belongs to.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyLink {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub state: Term,
}

/// A piece of a console log.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ConsoleView {
    pub text: String,
    /// Pass it as `from` to read on; smaller than before where the log was rotated.
    pub next: u64,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub agency_id: Option<Uuid>,
    pub engine_id: Option<Uuid>,
    pub phase: Option<String>,
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<ResourcePage, AppError> {
    let visible = authz::visible(actor, Action::ResourceView)?.to_store();
    let filter = ResourceFilter {
        text: filled_in(filter.text),
        agency_id: filter.agency_id,
        engine_id: filter.engine_id,
        phase: filter.phase,
        after: crate::cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::resource::page(pool, &visible, &filter).await?;
    let next_cursor = crate::cursor::cut(&mut rows, limit, |row| row.id.to_string());
    let count = match filter.after {
        None => Some(store::resource::count(pool, &visible, &filter, COUNT_MAX).await?),
        Some(_) => None,
    };
    Ok(ResourcePage { items: items(pool, &rows).await?, next_cursor, count })
}

async fn items(db: impl PgExecutor<'_>, rows: &[ResourceRow]) -> Result<Vec<ResourceItem>, AppError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let disks = store::resource::disks_of(db, &ids).await?;
    rows.iter().map(|row| item(row, &disks)).collect()
}

fn item(row: &ResourceRow, disks: &[DiskRow]) -> Result<ResourceItem, AppError> {
    Ok(ResourceItem {
        resource: resource_view(row, disks)?,
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_id: row.agency_id,
        agency_name: row.agency_name.clone(),
    })
}

fn resource_view(row: &ResourceRow, disks: &[DiskRow]) -> Result<ResourceView, AppError> {
    let phase: PhaseKind = row.phase.parse().map_err(AppError::fault)?;
    let server = observed(row)?.and_then(|seen| seen.server);
    let power = server.as_ref().map(|server| server.power.term());
    let public_address = server.and_then(|server| server.public_address).filter(|_| phase != PhaseKind::Erased);
    Ok(ResourceView {
        id: row.id,
        name: row.name.clone(),
        kind: "server".to_owned(),
        spec: recorded(row, disks)?,
        phase: if is_returned(row)? { returned() } else { phase.term() },
        power,
        rest: resting(row, phase)?.map(Rest::term),
        engine_id: row.engine_id,
        engine_name: row.engine_name.clone(),
        engine_kind: row.engine_kind.clone(),
        simulated: row.engine_kind == EngineKind::Simulated.code(),
        address: row.address.clone().filter(|_| phase != PhaseKind::Erased),
        public_address,
        observed_at: row.observed_at.map(|at| at.to_jiff()),
    })
}

/// Why a server in service or on trial does not run.
fn resting(row: &ResourceRow, phase: PhaseKind) -> Result<Option<Rest>, AppError> {
    Ok(rest(row)?.filter(|_| matches!(phase, PhaseKind::Trial | PhaseKind::Production)))
}

fn access_zh(row: &ResourceRow) -> Result<String, AppError> {
    let access: Access = serde_json::from_value(row.access.clone()).map_err(AppError::fault)?;
    Ok(access.zh())
}

/// An adopted server whose trial came to nothing was not erased, and is not said to be.
fn is_returned(row: &ResourceRow) -> Result<bool, AppError> {
    Ok(row.adopts.is_some() && desired(row, &[])?.is_returned())
}

fn returned() -> Term {
    Term { code: "erased", zh: "已退回(未清除)", en: "given back, not erased" }
}

fn observed(row: &ResourceRow) -> Result<Option<Observed>, AppError> {
    row.observed.clone().map(serde_json::from_value).transpose().map_err(AppError::fault)
}

/// The system disk first, then the data disks that are kept.
fn recorded(row: &ResourceRow, disks: &[DiskRow]) -> Result<SpecView, AppError> {
    let kept = disks.iter().filter(|disk| disk.resource_id == row.id && disk.ended.is_none());
    let sizes = std::iter::once(row.system_disk_gib).chain(kept.map(|disk| disk.size_gib));
    Ok(SpecView {
        vcpu: figure(row.vcpu)?,
        memory_mib: figure(row.memory_mib)?,
        disks_gib: sizes.map(figure).collect::<Result<_, _>>()?,
    })
}

fn approved(row: &ResourceRow) -> Result<SpecView, AppError> {
    let sizes = std::iter::once(&row.approved_system_disk_gib).chain(&row.approved_disks_gib);
    Ok(SpecView {
        vcpu: figure(row.approved_vcpu)?,
        memory_mib: figure(row.approved_memory_mib)?,
        disks_gib: sizes.map(|size| figure(*size)).collect::<Result<_, _>>()?,
    })
}

/// One resource as `actor` may see it.
pub async fn show(app: &App, actor: &Actor, id: ResourceId) -> Result<ResourceDetail, AppError> {
    let pool = &app.store.pool;
    let row = store::resource::one(pool, id.0).await?;
    let target = case::target_of(&store::case::one(pool, row.case_id).await?);
    authz::check_visible(actor, Action::ResourceView, &target)?;
    let disks = store::resource::disks_of(pool, &[row.id]).await?;
    let observed = observed(&row)?;
    let mut wanted = desired(&row, &disks)?;
    with_copies(&mut wanted, &store::disk_copy::of_resources(pool, &[row.id]).await?)?;
    let differences = match &observed {
        Some(observed) => differences(&wanted, observed),
        None => vec![],
    };
    let seen = observed.as_ref().and_then(|observed| observed.server.as_ref());
    let evidence = store::resource::erasures_of(pool, row.id).await?;
    let resting = resting(&row, row.phase.parse().map_err(AppError::fault)?)?;
    let policy = super::rest::policy_of(pool, &row).await?;
    Ok(ResourceDetail {
        item: item(&row, &disks)?,
        approved: approved(&row)?,
        recorded: recorded(&row, &disks)?,
        operating_system: wanted.platform.map(|platform| platform.operating_system.term()),
        architecture: wanted.platform.map(|platform| platform.architecture.term()),
        system_disk_kind: wanted.system_disk_kind.map(DiskKind::term),
        dedicated_hosts: row.dedicated_hosts,
        access_zh: access_zh(&row)?,
        access_real_zh: seen.and_then(|server| server.access.as_ref()).map(Access::zh),
        observed,
        differences,
        erasures: evidence
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()
            .map_err(AppError::fault)?,
        rest_reason: row.rest_reason.clone().filter(|_| resting.is_some()),
        rested_at: row.rested_at.filter(|_| resting.is_some()).map(|at| at.to_jiff()),
        actions: super::rest::actions(actor, &target, &row, policy.as_ref())?,
        policy: policy.map(|(id, number, state)| PolicyLink { id, number, state: state.term() }),
        may_console: authz::check(actor, Action::ResourceConsoleLog, &target).is_ok(),
    })
}

/// Why a server cannot be brought back to what was approved, as it was seen last; `None` where it can.
pub(crate) fn restorable(
    row: &ResourceRow,
    disks: &[DiskRow],
    able: &Capabilities,
) -> Result<Option<Reason>, AppError> {
    let Some(observed) = observed(row)? else { return Ok(None) };
    Ok(restoration(&desired(row, disks)?, &observed, able).err().map(|refusal| Reason::of(&refusal)))
}

/// The console log from byte `from`.
pub async fn console(app: &App, actor: &Actor, id: ResourceId, from: u64) -> Result<ConsoleView, AppError> {
    let row = store::resource::one(&app.store.pool, id.0).await?;
    let target = case::target_of(&store::case::one(&app.store.pool, row.case_id).await?);
    authz::check_visible(actor, Action::ResourceView, &target)?;
    authz::check(actor, Action::ResourceConsoleLog, &target)?;
    let elsewhere = || AppError::Unavailable(anyhow::anyhow!("the engine is another instance's"));
    let driver = app.driver(row.engine_id).await?.here.ok_or_else(elsewhere)?;
    match driver.console(id, from).await {
        Ok(piece) => Ok(ConsoleView { text: piece.text, next: piece.next }),
        Err(DriverError::Gone { .. }) => Ok(ConsoleView { text: String::new(), next: 0 }),
        Err(error @ DriverError::Refused { .. }) => {
            Err(AppError::Refused(Reason::new("resource.no_console", error.zh(), error.to_string())))
        }
        Err(error @ (DriverError::Retry { .. } | DriverError::Away { .. } | DriverError::Underway { .. })) => {
            Err(AppError::Unavailable(error.into()))
        }
        Err(error @ DriverError::Bug { .. }) => Err(AppError::Fault(error.into())),
    }
}

/// Resources of a case.
pub async fn resources_of(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ResourceView>, AppError> {
    let rows = store::resource::of_case(&mut **tx, case_id).await?;
    Ok(items(&mut **tx, &rows).await?.into_iter().map(|item| item.resource).collect())
}

/// The last operations of a case, latest first.
pub async fn operations_of(tx: &mut Tx, actor: &Actor, case_id: Uuid) -> Result<Vec<OperationView>, AppError> {
    let rows = store::operation::of_case(&mut **tx, case_id, OPERATIONS_SHOWN).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let steps = store::operation::steps_of(&mut **tx, &ids).await?;
    rows.iter().map(|row| operation_view(actor, row, &steps)).collect()
}

/// An operation with its own of `steps`.
pub(super) fn operation_view(actor: &Actor, row: &OperationRow, steps: &[StepRow]) -> Result<OperationView, AppError> {
    let looks_after = authz::may(actor, Action::OperationView);
    let kind: OperationKind = row.kind.parse().map_err(AppError::fault)?;
    let state: OperationState = row.state.parse().map_err(AppError::fault)?;
    let own = steps.iter().filter(|step| step.operation_id == row.id);
    Ok(OperationView {
        id: row.id,
        kind: kind.term(),
        state: state.term(),
        attempts: row.attempts,
        error_zh: row.error_zh.clone().filter(|_| !state.is_over()),
        error_en: row.error_en.clone().filter(|_| looks_after && !state.is_over()),
        away_since: row.away_since.filter(|_| state == OperationState::Retrying).map(|at| at.to_jiff()),
        may_retry: domain::provisioning::permits(state, domain::provisioning::OperationCommand::Retry).is_ok(),
        created_at: row.created_at.to_jiff(),
        started_at: row.started_at.map(|at| at.to_jiff()),
        finished_at: row.finished_at.map(|at| at.to_jiff()),
        steps: own.map(step_view).collect::<Result<_, _>>()?,
    })
}

fn step_view(row: &StepRow) -> Result<StepView, AppError> {
    let step: Step = serde_json::from_value(row.step.clone()).map_err(AppError::fault)?;
    let state: StepState = row.state.parse().map_err(AppError::fault)?;
    Ok(StepView {
        position: row.position,
        resource_name: row.resource_name.clone(),
        kind: step.kind().term(),
        zh: step.zh(),
        state: state.term(),
        error_zh: row.error_zh.clone(),
        reported: row.report.is_some(),
        needs_method: super::operations::erases(&step),
        started_at: row.started_at.map(|at| at.to_jiff()),
        finished_at: row.finished_at.map(|at| at.to_jiff()),
    })
}

/// Engines a trial may be opened on, with why one is not to be had.
pub async fn engines_offered(snapshot: &mut Tx) -> Result<Vec<EngineChoice>, AppError> {
    let rows = store::engine::all(&mut **snapshot).await?;
    let offered = rows.iter().filter(|row| row.enabled).map(|row| {
        let kind: EngineKind = row.kind.parse().map_err(AppError::fault)?;
        let health = health_of(row)?;
        Ok(EngineChoice {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind.clone(),
            healthy: health.ok,
            zh: words(kind, &health),
        })
    });
    offered.collect()
}

fn words(kind: EngineKind, health: &Health) -> String {
    match kind {
        _ if !health.ok => reasons_zh(health),
        EngineKind::Simulated => "模拟:不产生真实云主机".to_owned(),
        EngineKind::WorkOrder => "由供应商工程师人工开通并填报".to_owned(),
        EngineKind::Libvirt | EngineKind::Openstack => {
            health.remarks.first().map_or_else(|| "正常".to_owned(), |remark| remark.zh.clone())
        }
    }
}

/// What runs in the city.
pub async fn capacity(app: &App) -> Result<Capacity, AppError> {
    let (servers, vcpu, memory_mib, disk_gib) = store::resource::capacity(&app.store.pool).await?;
    Ok(Capacity { servers, vcpu, memory_mib, disk_gib })
}
