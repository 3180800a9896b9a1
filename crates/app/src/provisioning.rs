//! 资源: desired resources of a case, the operations that bring them about, what the page shows of them.
//!
//! A lifecycle orders ([`open_trial`], [`resize`], [`reclaim`] …): desired rows and a queued operation, in its own
//! change. The outbox carries it out ([`work`]): look, plan, record, do, look again. When the cloud is as desired the
//! operation ends and tells the case, in one change. `domain::provisioning` decides, `drivers` know how.

use domain::provisioning::Erasure;
use domain::term::Term;
use uuid::Uuid;

use crate::AppError;
use crate::mechanism::Unit;

mod account;
pub(crate) mod dedicated;
mod desired;
pub mod engines;
mod executor;
mod fault;
mod finish;
mod look;
pub mod operations;
mod order;
pub mod rest;
mod shelf;
mod trouble;
mod undo;
pub mod view;

pub(crate) use desired::{figure, rest as rest_of};
pub use engines::Drivers;
pub use executor::work;
pub use look::Extent;
pub(crate) use look::observe_all;
pub(crate) use operations::refuse_unfinished;
pub(crate) use order::{copy, queue_for, restore, unfinished};
pub use order::{open_trial, promote, reclaim, resize, resume, stop};
pub(crate) use rest::is_in_use;
pub(crate) use view::restorable;
pub use view::{capacity, engines_offered, operations_of, resources_of};

/// One resource on the case page and in the list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ResourceView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub spec: SpecView,
    pub phase: Term,
    /// Running or stopped, as last looked at.
    pub power: Option<Term>,
    /// 停用原因, where it rests by wish.
    pub rest: Option<Term>,
    #[schema(value_type = String, format = "uuid")]
    pub engine_id: Uuid,
    pub engine_name: String,
    pub engine_kind: String,
    /// True where no real server stands behind it.
    pub simulated: bool,
    pub address: Option<String>,
    /// 公网地址, where it has one.
    pub public_address: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub observed_at: Option<jiff::Timestamp>,
}

impl ResourceView {
    /// 地址 as lists and documents print it, e.g. `10.224.3.7、203.0.113.9(公网)`.
    pub fn addresses_zh(&self) -> String {
        let public = self.public_address.as_ref().map(|address| format!("{address}(公网)"));
        self.address.iter().cloned().chain(public).collect::<Vec<_>>().join("、")
    }
}

/// 规格. The system disk is the first of the disks.
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
    /// Attempts that did not succeed.
    pub attempts: i32,
    /// Why it is stuck, while it is.
    pub error_zh: Option<String>,
    /// The same as the cloud says it, for those who look after operations.
    pub error_en: Option<String>,
    /// Since when its cloud does not answer; it goes on by itself when the cloud is back.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub away_since: Option<jiff::Timestamp>,
    pub may_retry: bool,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: jiff::Timestamp,
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
    pub resource_name: String,
    pub kind: Term,
    pub zh: String,
    pub state: Term,
    pub error_zh: Option<String>,
    /// By hand: the engineer's report is there.
    pub reported: bool,
    /// By hand: the report must say how data was erased.
    pub needs_method: bool,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub started_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub finished_at: Option<jiff::Timestamp>,
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

/// True where every approved resource of the case is open.
pub async fn all_open(unit: &mut Unit<'_>, case_id: Uuid) -> Result<bool, AppError> {
    Ok(store::operation::all_open(&mut unit.tx, case_id).await?)
}

/// 清除证据 of a case: name of the server and evidence of each of its disks, for the certificate (A28).
pub async fn erasures_of_case(unit: &mut Unit<'_>, case_id: Uuid) -> Result<Vec<(String, Erasure)>, AppError> {
    let rows = store::resource::erasures_of_case(&mut unit.tx, case_id).await?;
    let read = |(_, name, json)| Ok((name, serde_json::from_value(json).map_err(AppError::fault)?));
    rows.into_iter().map(read).collect()
}
