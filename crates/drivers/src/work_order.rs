//! 人工工单: where a cloud has no interface, the supplier's engineer does the steps and reports with evidence.
//!
//! A step stays `Waiting` until its report; then the paper shows what the person says was done. The paper is all
//! we can observe: drift against the real machine is found by inspection, not here.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::ResourceId;
use domain::provisioning::{
    Capabilities, Desired, Erasure, Found, Manner, Observed, Phase, Power, Shape, Step, Unowned,
};

use crate::shelf::Shelf;
use crate::simulated::{PaperWorld, Told, erased_by};
use crate::{ConsoleText, Driver, DriverError, EngineKind, Health, Outcome, Report};

/// The engineer behind a work order.
pub struct WorkOrder {
    world: PaperWorld,
}

impl WorkOrder {
    /// Keeps what was reported on `shelf`.
    pub fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self { world: PaperWorld::new(shelf) }
    }
}

/// A server that is to be adopted is seen by the engineer and not by us: it counts as being there as it was approved,
/// until the report says so or the engineer finds otherwise and reports nothing.
fn as_ordered(desired: &Desired, mut seen: Observed) -> Observed {
    let waits = seen.server.is_none() && seen.unowned.is_none() && !matches!(desired.phase, Phase::Erased { .. });
    if let Some(name) = desired.adopts.as_ref().filter(|_| waits) {
        let data = desired.kept_disks().map(|disk| disk.size_gib);
        let disks_gib = std::iter::once(desired.system_disk_gib).chain(data).collect();
        seen.unowned = Some(as_reported(name, desired.shape, disks_gib, None));
    }
    seen
}

fn as_reported(name: &str, shape: Shape, disks_gib: Vec<u32>, address: Option<String>) -> Unowned {
    Unowned { external_name: name.to_owned(), power: Power::Running, shape, disks_gib, address }
}

#[async_trait]
impl Driver for WorkOrder {
    fn kind(&self) -> EngineKind {
        EngineKind::WorkOrder
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resize: Manner::Live,
            attach: Manner::Live,
            grow: Manner::Live,
            access: true,
            console: false,
            adopts: true,
            measures: Vec::new(),
            snapshots: true,
            backups: true,
            dedicated: true,
            by_hand: true,
            real: true,
            erasure_zh: "由工程师清除并出具证明".into(),
            isolation_zh: "由工程师按单隔离".into(),
        }
    }

    async fn health(&self) -> Health {
        Health::well()
    }

    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        Ok(as_ordered(desired, self.world.observe(desired).await?))
    }

    async fn observe_all(&self, desired: &[Desired]) -> Result<Vec<Observed>, DriverError> {
        let seen = self.world.observe_all(desired).await?;
        Ok(desired.iter().zip(seen).map(|(desired, seen)| as_ordered(desired, seen)).collect())
    }

    async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        self.world.inventory().await
    }

    async fn carry_out(&self, _step: &Step) -> Result<Outcome, DriverError> {
        Ok(Outcome::Waiting)
    }

    async fn report(&self, step: &Step, report: &Report) -> Result<Outcome, DriverError> {
        if report.evidence.trim().is_empty() || report.by.trim().is_empty() {
            return Err(DriverError::refused("完工报告须写明经办人和凭据", "a report needs a name and evidence"));
        }
        let erasure = match erased_by(step) {
            Some((disk, copy, size_gib)) => {
                let Some(method) = report.erasure_method.clone().filter(|method| !method.trim().is_empty()) else {
                    return Err(DriverError::refused("须写明数据清除方法", "the method of erasure is missing"));
                };
                Some(Erasure {
                    disk,
                    copy,
                    what: copy.map_or_else(|| disk.to_string(), |copy| copy.to_string()),
                    size_gib,
                    bytes: u64::from(size_gib) << 30,
                    method,
                    passes: 0,
                    at: report.at.clone(),
                    sm3_after: None,
                    attested_by: format!("{}({})", report.by, report.evidence),
                })
            }
            None => None,
        };
        if let Step::Adopt { server, external_name, disks } = step {
            let disks_gib = disks.iter().map(|disk| disk.size_gib).collect();
            let found = as_reported(external_name, server.shape, disks_gib, report.address.clone());
            self.world.find(server.resource, &found).await?;
        }
        let (at, by) = (report.at.clone(), format!("{}({})", report.by, report.evidence));
        let told = Told { at, by, compared: report.evidence.trim().to_owned(), erasure };
        let erasure = self.world.apply(step, told).await?;
        if let (Step::DefineServer { server }, Some(address)) = (step, &report.address) {
            self.world.set_address(server.resource, address).await?;
        }
        Ok(Outcome::Done { erasure })
    }

    async fn console(&self, _resource: ResourceId, _from: u64) -> Result<ConsoleText, DriverError> {
        Err(DriverError::refused("人工工单没有控制台日志", "a work order has no console log"))
    }
}
