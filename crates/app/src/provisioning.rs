//! 资源: desired resources of a case, the operations that bring them about, what the page shows of them.

use domain::application::form::Form;
use domain::ids::{EngineId, OperationId};
use domain::term::Term;
use uuid::Uuid;

use crate::case::Case;
use crate::mechanism::Unit;
use crate::{App, AppError};

/// One resource on the case page and in the list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ResourceView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub spec: SpecView,
    pub phase: Term,
    pub engine_name: String,
    pub engine_kind: String,
    /// True where no real server stands behind it.
    pub simulated: bool,
    pub address: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub observed_at: Option<jiff::Timestamp>,
}

/// 规格.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SpecView {
    pub vcpu: u16,
    pub memory_mib: u32,
    pub disks_gib: Vec<u32>,
}

/// One run of the executor.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OperationView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub kind: Term,
    pub state: Term,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub started_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub finished_at: Option<jiff::Timestamp>,
    pub steps: Vec<StepView>,
}

/// One recorded step.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct StepView {
    pub position: i32,
    pub zh: String,
    pub state: Term,
    pub error_zh: Option<String>,
}

/// An engine a trial may be opened on.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EngineChoice {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub healthy: bool,
    /// Why it is not healthy, or that it simulates.
    pub zh: String,
}

/// What runs in the city.
#[derive(Clone, Copy, Debug, Default)]
pub struct Capacity {
    pub servers: i64,
    pub vcpu: i64,
    pub memory_mib: i64,
    pub disk_gib: i64,
}

/// Opens every server of the case's standing form on `engine`, as trial.
pub async fn open_trial(unit: &mut Unit<'_>, case: &Case, engine: EngineId) -> Result<OperationId, AppError> {
    let _ = (unit, case, engine);
    Err(AppError::fault("the executor is not wired"))
}

/// Turns the trial's resources into production, in place.
pub async fn promote(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let _ = (unit, case);
    Err(AppError::fault("the executor is not wired"))
}

/// Stops a trial's servers (D2).
pub async fn stop(unit: &mut Unit<'_>, case: &Case) -> Result<OperationId, AppError> {
    let _ = (unit, case);
    Err(AppError::fault("the executor is not wired"))
}

/// Brings the case's servers to the figures of `after`.
pub async fn resize(unit: &mut Unit<'_>, case: &Case, after: &Form) -> Result<OperationId, AppError> {
    let _ = (unit, case, after);
    Err(AppError::fault("the executor is not wired"))
}

/// Erases everything of the case and keeps the evidence.
pub async fn reclaim(unit: &mut Unit<'_>, case: &Case) -> Result<OperationId, AppError> {
    let _ = (unit, case);
    Err(AppError::fault("the executor is not wired"))
}

/// True where every approved resource of the case is open.
pub async fn all_open(unit: &mut Unit<'_>, case_id: Uuid) -> Result<bool, AppError> {
    let _ = (unit, case_id);
    Ok(false)
}

/// Resources of a case.
pub async fn resources_of(app: &App, case_id: Uuid) -> Result<Vec<ResourceView>, AppError> {
    let _ = (app, case_id);
    Ok(vec![])
}

/// Operations of a case, latest first.
pub async fn operations_of(app: &App, case_id: Uuid) -> Result<Vec<OperationView>, AppError> {
    let _ = (app, case_id);
    Ok(vec![])
}

/// Engines a trial may be opened on.
pub async fn engines_offered(app: &App) -> Result<Vec<EngineChoice>, AppError> {
    let _ = app;
    Ok(vec![])
}

/// What runs in the city.
pub async fn capacity(app: &App) -> Result<Capacity, AppError> {
    let _ = app;
    Ok(Capacity::default())
}

/// Carries one operation as far as it goes now.
pub async fn work(app: &App, payload: &serde_json::Value) -> Result<crate::outbox::Outcome, AppError> {
    let _ = (app, payload);
    Err(AppError::fault("the executor is not wired"))
}

/// 清除证据 of a case: name of the server and evidence of each of its disks, for the certificate (A28).
pub async fn erasures_of_case(
    unit: &mut Unit<'_>,
    case_id: Uuid,
) -> Result<Vec<(String, domain::provisioning::Erasure)>, AppError> {
    let _ = (unit, case_id);
    Ok(vec![])
}
