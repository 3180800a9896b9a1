//! 人工工单: where a cloud has no interface, the supplier's engineer does the steps and reports with evidence.
//!
//! A step stays `Waiting` until its report; then the paper shows what the person says was done. The paper is all
//! we can observe: drift against the real machine is found by inspection, not here.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::ResourceId;
use domain::provisioning::{Capabilities, Desired, Erasure, Found, Manner, Observed, Step};

use crate::shelf::Shelf;
use crate::simulated::PaperWorld;
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
        self.world.observe(desired.resource, &desired.network).await
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
        let erasure = match step {
            Step::EraseDisk { disk, size_gib, .. } => {
                let Some(method) = report.erasure_method.clone().filter(|method| !method.trim().is_empty()) else {
                    return Err(DriverError::refused("须写明数据清除方法", "the method of erasure is missing"));
                };
                Some(Erasure {
                    disk: *disk,
                    what: disk.to_string(),
                    size_gib: *size_gib,
                    bytes: u64::from(*size_gib) << 30,
                    method,
                    passes: 0,
                    at: report.at.clone(),
                    sm3_after: None,
                    attested_by: format!("{}({})", report.by, report.evidence),
                })
            }
            _ => None,
        };
        let erasure = self.world.apply(step, erasure).await?;
        if let (Step::DefineServer { server }, Some(address)) = (step, &report.address) {
            self.world.set_address(server.resource, address).await?;
        }
        Ok(Outcome::Done { erasure })
    }

    async fn console(&self, _resource: ResourceId, _from: u64) -> Result<ConsoleText, DriverError> {
        Err(DriverError::refused("人工工单没有控制台日志", "a work order has no console log"))
    }
}
