//! 演示城市的云引擎, and the engineer who reports what was done by hand.

use std::collections::BTreeMap;

use domain::ids::{EngineId, OperationId, ResourceId};
use domain::org::Role;
use domain::provisioning::{OperationState, PhaseKind, Power, Shape, Step, StepState, Unowned};
use drivers::EngineKind;
use jiff_sqlx::ToSqlx;
use serde_json::json;

use super::play::{Engines, Play};
use crate::provisioning::engines::establish;
use crate::provisioning::figure;
use crate::provisioning::operations::{ReportForm, report};
use crate::{App, AppError, outbox};

/// Reports until nothing waits; more rounds than any work order has steps.
const ROUNDS_MAX_DEFAULT: usize = 200;

/// The engines of every installation, and the simulated one, on which most of the history runs.
pub(super) async fn enter(app: &App) -> Result<Engines, AppError> {
    establish(app, true).await?;
    let rows = store::engine::all(&app.store.pool).await?;
    let by_kind: BTreeMap<&str, EngineId> = rows.iter().map(|row| (row.kind.as_str(), EngineId(row.id))).collect();
    let of = |kind: EngineKind| {
        by_kind.get(kind.code()).copied().ok_or_else(|| AppError::fault(format!("no engine {}", kind.code())))
    };
    Ok(Engines { simulated: of(EngineKind::Simulated)?, work_order: of(EngineKind::WorkOrder)? })
}

/// What did not go by the book, for the report of differences: a server that nobody applied for, and one that was given
/// more than was approved.
pub(super) async fn differ(app: &App, engine: EngineId) -> Result<(), AppError> {
    let portal = Unowned {
        external_name: "gl-old-portal".to_owned(),
        power: Power::Running,
        shape: Shape { vcpu: 4, memory_mib: 8192 },
        disks_gib: vec![100, 200],
        address: Some("10.66.3.17".to_owned()),
    };
    let pool = &app.store.pool;
    store::engine::shelf_put(pool, engine.0, "unowned/gl-old-portal", &json!(portal)).await?;
    let rows = store::resource::stalest(pool, engine.0, jiff::Timestamp::MAX.to_sqlx(), 200).await?;
    let served = rows.iter().find(|row| row.phase == PhaseKind::Production.code());
    if let (Some(row), Some(driver)) = (served, app.driver(engine.0).await?.here) {
        let from = Shape { vcpu: figure(row.vcpu)?, memory_mib: figure(row.memory_mib)? };
        let to = Shape { vcpu: from.vcpu * 2, ..from };
        driver.carry_out(&Step::Resize { resource: ResourceId(row.id), from, to }).await.map_err(AppError::fault)?;
    }
    Ok(())
}

impl Play<'_> {
    /// 完成工单: the supplier's engineer reports every step that waits, unless the case is to be found in that state.
    pub(super) async fn fulfil(&self, index: usize) -> Result<(), AppError> {
        let (app, case) = (self.app, &self.city.cases[index]);
        let Some(id) = self.cases[index].filter(|_| case.has("manual") && !self.at_work.contains(&index)) else {
            return Ok(());
        };
        let engineer = self.holder(Role::SupplierEngineer, None, index)?;
        for round in 0..ROUNDS_MAX_DEFAULT {
            let operations = store::operation::of_case(&app.store.pool, id, 20).await?;
            let Some(waits) = operations.iter().find(|row| row.state == OperationState::Waiting.code()) else { break };
            let steps = store::operation::steps_of(&app.store.pool, &[waits.id]).await?;
            let Some(step) = steps.iter().find(|step| step.state == StepState::Waiting.code()) else { break };
            let form = ReportForm {
                evidence: format!("已按工单完成,记录见运维台账第 {} 页", index * 10 + round),
                address: Some(format!("10.88.{}.{}", index + 10, round % 200 + 11)),
                erasure_method: Some("全盘覆写三遍后校验".to_owned()),
            };
            report(app, &engineer, &self.meta, (OperationId(waits.id), step.position), &form).await?;
            outbox::drain(app).await?;
        }
        Ok(())
    }

    /// Whatever the morning's timers have asked of the engineer.
    pub(super) async fn fulfil_all(&self) -> Result<(), AppError> {
        for index in 0..self.city.cases.len() {
            self.fulfil(index).await?;
        }
        Ok(())
    }
}
