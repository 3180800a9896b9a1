//! 云引擎驱动: the only crate that speaks to clouds. A driver does one step and says what it sees.
//!
//! It decides nothing: `domain::provisioning::plan` says which steps, `app::provisioning` records them and
//! tries again. Every verb is idempotent by our own ids, which every cloud object carries, so the cloud itself
//! answers whether a step happened. What drivers differ in is data ([`Capabilities`]), not methods that fail.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::ResourceId;
use domain::provisioning::{Capabilities, Desired, Erasure, Found, Observed, Step};
use serde::{Deserialize, Serialize};

mod console;
pub mod fault;
pub mod libvirt;
pub mod openstack;
pub mod shelf;
pub mod simulated;
pub mod tls;
pub mod work_order;

pub use domain::provisioning::{EngineKind, Health, Reason};
pub use fault::DriverError;

/// Reads the time for evidence, RFC 3339. Handed in, so that the demonstration's clock holds here too.
pub type Now = Arc<dyn Fn() -> String + Send + Sync>;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or found done. Erasing brings its evidence.
    Done { erasure: Option<Erasure> },
    /// A person must do it and report.
    Waiting,
}

impl Outcome {
    /// Done, and nothing to show for it.
    pub const PLAIN: Self = Self::Done { erasure: None };
}

/// 控制台 a piece of a console log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleText {
    pub text: String,
    /// Where to read on: pass it as `from`. Smaller than before when the log was rotated.
    pub next: u64,
}

/// 完工报告 by the engineer who did the steps by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the engineer.
    pub by: String,
    /// What was done, and which document or attachment shows it. Not blank.
    pub evidence: String,
    /// Address of the server that was opened.
    pub address: Option<String>,
    /// How disks were erased, where any were.
    pub erasure_method: Option<String>,
    /// When, RFC 3339.
    pub at: String,
}

/// 引擎驱动 one cloud.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Which kind.
    fn kind(&self) -> EngineKind;

    /// What it can do and how; what the plan takes into account.
    fn capabilities(&self) -> Capabilities;

    /// Whether it works now, and if not why and what mends it. Never fails and starts nothing twice.
    async fn health(&self) -> Health;

    /// What the cloud shows of this resource, its network and its evidence.
    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError>;

    /// The same of many, in their order; a driver that can list asks its cloud less often than once a server.
    async fn observe_all(&self, desired: &[Desired]) -> Result<Vec<Observed>, DriverError> {
        let mut seen = Vec::with_capacity(desired.len());
        for one in desired {
            seen.push(self.observe(one).await?);
        }
        Ok(seen)
    }

    /// Everything in the cloud that is ours by name, and every server that is nobody's, for the drift report.
    async fn inventory(&self) -> Result<Vec<Found>, DriverError>;

    /// Does one step. Done twice is done once; killed half-way it can be done again.
    async fn carry_out(&self, step: &Step) -> Result<Outcome, DriverError>;

    /// Notes that a person did the step. Refused by drivers that act themselves.
    async fn report(&self, step: &Step, report: &Report) -> Result<Outcome, DriverError> {
        let _ = (step, report);
        Err(DriverError::refused("该引擎自动执行,不接受人工报告", "this engine acts by itself and takes no reports"))
    }

    /// The console log from byte `from`, at most 64 KiB. Refused where there is none.
    async fn console(&self, resource: ResourceId, from: u64) -> Result<ConsoleText, DriverError>;
}
