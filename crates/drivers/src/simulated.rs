//! 模拟引擎: a cloud that is only on paper. For tests and the demonstration; every screen says so.
//!
//! Its world is what [`Step::apply`] says, kept on a [`Shelf`], so that it survives a killed process. It can be
//! told to fail and to be slow by a note on the same shelf ([`Trouble`]), from the outside of the process too.

mod hosts;
mod load;
mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::ResourceId;
use domain::provisioning::{Capabilities, Desired, Erasure, Found, Manner, Metric, Observed, Step, StepKind, Usage};
use serde::{Deserialize, Serialize};

use crate::shelf::Shelf;
use crate::{ConsoleText, Driver, DriverError, EngineKind, Health, Now, Outcome};
pub use load::{Load, load_key};
pub(crate) use world::{PaperWorld, Told, erased_by};

/// Where [`Trouble`] lies on the shelf.
pub const TROUBLE_KEY: &str = "trouble";

/// 故障设定 what the simulated cloud is told to suffer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trouble {
    /// Each step takes this long.
    pub delay_ms: u64,
    /// Steps that fail, each as often as it says.
    pub failures: Vec<Failure>,
}

/// One kind of step that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub step: StepKind,
    /// How often it still fails.
    pub times: u32,
    pub how: FailureKind,
}

/// 失败方式.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// May succeed later.
    Retry,
    /// Nobody answers.
    Away,
    /// The cloud is at work on it.
    Underway,
    /// Refused for good.
    Refused,
    /// Done, but reported as failed.
    AfterDoing,
}

/// The simulated cloud.
pub struct Simulated {
    shelf: Arc<dyn Shelf>,
    world: PaperWorld,
    now: Now,
}

impl Simulated {
    /// A cloud whose world lies on `shelf`.
    pub fn new(shelf: Arc<dyn Shelf>, now: Now) -> Self {
        Self { world: PaperWorld::new(shelf.clone()), shelf, now }
    }

    /// Tells it what to suffer from now on.
    pub async fn suffer(&self, trouble: &Trouble) -> Result<(), DriverError> {
        self.shelf.put(TROUBLE_KEY, &serde_json::to_value(trouble).map_err(DriverError::bug)?).await
    }

    /// Waits if told to; the failure due for this step, counted down.
    async fn trouble(&self, kind: StepKind) -> Result<Option<FailureKind>, DriverError> {
        let Some(value) = self.shelf.get(TROUBLE_KEY).await? else { return Ok(None) };
        let mut trouble: Trouble = serde_json::from_value(value).map_err(DriverError::bug)?;
        tokio::time::sleep(Duration::from_millis(trouble.delay_ms)).await;
        let Some(due) = trouble.failures.iter_mut().find(|due| due.step == kind && due.times > 0) else {
            return Ok(None);
        };
        due.times -= 1;
        let how = due.how;
        self.suffer(&trouble).await?;
        Ok(Some(how))
    }

    fn erasure(&self, step: &Step) -> Option<Erasure> {
        let (disk, copy, size_gib) = erased_by(step)?;
        Some(Erasure {
            disk,
            copy,
            what: copy.map_or_else(|| format!("sim-{disk}"), |copy| format!("sim-{copy}")),
            size_gib,
            bytes: 0,
            method: "模拟清除(无真实数据)".into(),
            passes: 0,
            at: (self.now)(),
            sm3_after: None,
            attested_by: "模拟引擎".into(),
        })
    }
}

#[async_trait]
impl Driver for Simulated {
    fn kind(&self) -> EngineKind {
        EngineKind::Simulated
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resize: Manner::Cold,
            attach: Manner::Live,
            grow: Manner::Live,
            access: true,
            console: true,
            adopts: true,
            measures: Metric::ALL.to_vec(),
            snapshots: true,
            backups: true,
            dedicated: true,
            by_hand: false,
            real: false,
            erasure_zh: "模拟清除(无真实数据)".into(),
            isolation_zh: "模拟网络".into(),
        }
    }

    async fn health(&self) -> Health {
        Health::well()
    }

    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        self.world.observe(desired).await
    }

    async fn observe_all(&self, desired: &[Desired]) -> Result<Vec<Observed>, DriverError> {
        self.world.observe_all(desired).await
    }

    async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        self.world.inventory().await
    }

    async fn usage(&self, resources: &[ResourceId]) -> Result<Vec<Usage>, DriverError> {
        load::usage(self.shelf.as_ref(), &self.world, resources, &(self.now)()).await
    }

    async fn carry_out(&self, step: &Step) -> Result<Outcome, DriverError> {
        let trouble = self.trouble(step.kind()).await?;
        let said = || format!("told to fail at {}", step.kind().code());
        match trouble {
            Some(FailureKind::Retry) => return Err(DriverError::retry("模拟引擎按设定暂时失败", said())),
            Some(FailureKind::Away) => return Err(DriverError::away("模拟引擎按设定失联", said())),
            Some(FailureKind::Underway) => return Err(DriverError::underway("模拟引擎按设定仍在执行", said())),
            Some(FailureKind::Refused) => return Err(DriverError::refused("模拟引擎按设定拒绝", said())),
            Some(FailureKind::AfterDoing) | None => {}
        }
        let told = Told {
            at: (self.now)(),
            by: "模拟引擎".into(),
            compared: "模拟演练(无真实数据),未作比对".into(),
            erasure: self.erasure(step),
        };
        let erasure = self.world.apply(step, told).await?;
        match trouble {
            Some(_) => Err(DriverError::retry("模拟引擎按设定:已执行但回报失败", said())),
            None => Ok(Outcome::Done { erasure }),
        }
    }

    async fn console(&self, resource: ResourceId, from: u64) -> Result<ConsoleText, DriverError> {
        let server = self.world.server(resource).await?.ok_or_else(|| DriverError::gone(resource.to_string()))?;
        let text = format!(
            "[模拟引擎] {} {} {} vCPU {} MiB\n",
            server.external_name,
            server.power.zh(),
            server.shape.vcpu,
            server.shape.memory_mib
        );
        let next = text.len() as u64;
        let text = if from < next { text } else { String::new() };
        Ok(ConsoleText { text, next })
    }
}
