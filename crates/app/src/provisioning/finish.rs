//! 收尾: an operation's end, good or bad, with what it means for the case, in one change.

use domain::clause;
use domain::ids::OperationId;
use domain::provisioning::{Desired, Observed, OperationKind, OperationState, Phase, copies_owed};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::operation::Standing;
use store::resource::NewErasure;
use uuid::Uuid;

use super::executor::{Worker, evidence_owed};
use super::trouble::Trouble;
use super::{fault, undo};
use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::{Entry, Unit};
use crate::outbox::Outcome;
use crate::{AppError, case_events};

impl Worker<'_> {
    /// The cloud is as desired: hands over, keeps the evidence, and lets the case go on.
    pub(super) async fn finish(&self, seen: &[(Desired, Observed)]) -> Result<Outcome, AppError> {
        if let Some(trouble) = missing_evidence(seen) {
            return self.stuck(trouble).await;
        }
        match self.conclude(seen).await {
            // A rule that forbids what follows is for a person to mend, not for the worker to run into again.
            Err(AppError::Refused(reason)) => self.stuck(Trouble::lasting(reason.zh, reason.en)).await,
            Err(error) => Err(error),
            Ok(()) => Ok(Outcome::Done),
        }
    }

    async fn conclude(&self, seen: &[(Desired, Observed)]) -> Result<(), AppError> {
        let (actor, meta) = (Actor::system("开通作业"), Meta::default());
        let mut unit = self.app.begin(&actor, &meta).await?;
        store::case::hold(&mut unit.tx, self.operation.case_id).await?;
        if !self.still_ours(&mut unit).await? {
            return Ok(());
        }
        let kind: OperationKind = self.operation.kind.parse().map_err(AppError::fault)?;
        let gone = |desired: &Desired| matches!(desired.phase, Phase::Erased { .. });
        let (erased, standing): (Vec<_>, Vec<_>) = seen.iter().partition(|(desired, _)| gone(desired));
        let ids = |of: &[&(Desired, Observed)]| of.iter().map(|(desired, _)| desired.resource.0).collect::<Vec<Uuid>>();
        let now = unit.now().to_sqlx();
        let evidence = self.keep_evidence(&mut unit, seen).await?;
        store::resource::mark_erased(&mut unit.tx, &ids(&erased), now).await?;
        store::resource::mark_opened(&mut unit.tx, &ids(&standing)).await?;
        let operation = (OperationId(self.operation.id), self.operation.case_id);
        case_events::copies_seen(&mut unit, operation, seen).await?;
        let done = Standing {
            state: OperationState::Done.code(),
            attempts: self.operation.attempts,
            undoing: false,
            error: None,
            finished_at: Some(now),
        };
        store::operation::stand(&mut unit.tx, self.operation.id, &done).await?;
        let summary = summary_of(kind, seen.len(), evidence);
        self.audit(&mut unit, (Action::OperationFinish, OperationState::Done), summary).await?;
        let goes_on = [OperationKind::OpenTrial, OperationKind::Resize, OperationKind::Reclaim, OperationKind::Copy];
        if goes_on.contains(&kind) {
            let done = (OperationId(self.operation.id), seen.len());
            case_events::operation_finished(&mut unit, self.operation.case_id, done).await?;
        }
        fault::boundary();
        unit.commit(()).await?;
        fault::boundary();
        // The report of differences is brought up to date at once; where that fails, the next patrol does it.
        let ids: Vec<Uuid> = seen.iter().map(|(desired, _)| desired.resource.0).collect();
        let driver = self.driver.as_ref();
        if let Err(error) = crate::drift::reconcile::servers(self.app, self.operation.engine_id, driver, &ids).await {
            tracing::warn!(operation = %self.operation.id, %error, "the report of differences waits for the next patrol");
        }
        Ok(())
    }

    /// Gives up: a person must look. What was stopped on the way is started again.
    pub(super) async fn give_up(&self, attempts: i32, trouble: &Trouble) -> Result<Outcome, AppError> {
        let (actor, meta) = (Actor::system("开通作业"), Meta::default());
        let mut unit = self.app.begin(&actor, &meta).await?;
        if !self.still_ours(&mut unit).await? {
            return Ok(Outcome::Done);
        }
        let kind: OperationKind = self.operation.kind.parse().map_err(AppError::fault)?;
        let undoing = kind.is_undone();
        let failed = Standing {
            state: OperationState::Failed.code(),
            attempts,
            undoing,
            error: Some((&trouble.zh, &trouble.en)),
            finished_at: None,
        };
        store::operation::stand(&mut unit.tx, self.operation.id, &failed).await?;
        let summary = format!("{}失败:{}", kind.zh(), trouble.zh);
        self.audit(&mut unit, (Action::OperationFail, OperationState::Failed), summary).await?;
        unit.commit(()).await?;
        fault::boundary();
        if undoing { undo::carry_out(self).await } else { Ok(Outcome::Done) }
    }

    /// Locks the operation and asks whether it is still this worker's.
    async fn still_ours(&self, unit: &mut Unit<'_>) -> Result<bool, AppError> {
        store::operation::lock(&mut unit.tx, self.operation.id).await?;
        Ok(store::operation::held(&mut *unit.tx, self.hold()).await?)
    }

    /// How many disks and how many copies were erased, by evidence that is new.
    async fn keep_evidence(
        &self,
        unit: &mut Unit<'_>,
        seen: &[(Desired, Observed)],
    ) -> Result<(usize, usize), AppError> {
        let mut kept = (0, 0);
        for (desired, observed) in seen {
            for erasure in observed.erasures.iter().chain(&observed.copies.erasures) {
                let new = NewErasure {
                    disk_id: erasure.disk.0,
                    copy_id: erasure.copy.map(|copy| copy.0),
                    resource_id: desired.resource.0,
                    case_id: self.operation.case_id,
                    operation_id: self.operation.id,
                    evidence: &json!(erasure),
                    at: unit.now().to_sqlx(),
                };
                let fresh = usize::from(store::resource::insert_erasure(&mut unit.tx, &new).await?);
                if erasure.copy.is_some() { kept.1 += fresh } else { kept.0 += fresh }
            }
        }
        Ok(kept)
    }

    async fn audit(
        &self,
        unit: &mut Unit<'_>,
        (action, state): (Action, OperationState),
        summary: String,
    ) -> Result<(), AppError> {
        unit.audit(Entry {
            action: action.code(),
            object: ("operation", self.operation.id.to_string()),
            case: Some(self.operation.case_id),
            clause: Some(clause::A10_4),
            summary,
            before: Some(json!(self.operation.state)),
            after: Some(json!(state.code())),
        })
        .await
    }
}

/// `回收并清除完成:云主机 2 台,清除云盘 4 块,删除快照、备份 3 份`.
fn summary_of(kind: OperationKind, servers: usize, (disks, copies): (usize, usize)) -> String {
    let mut text = format!("{}完成:云主机 {servers} 台", kind.zh());
    if disks > 0 {
        text += &format!(",清除云盘 {disks} 块");
    }
    if copies > 0 {
        text += &format!(",删除快照、备份 {copies} 份");
    }
    text
}

/// A disk or a copy that was there may not just be gone: its erasure must be shown (A28).
fn missing_evidence(seen: &[(Desired, Observed)]) -> Option<Trouble> {
    for (desired, observed) in seen {
        let shown = |id| observed.erasures.iter().any(|erasure| erasure.disk == id);
        if let Some(id) = evidence_owed(desired).into_iter().find(|id| !shown(*id)) {
            return Some(Trouble::lasting(
                format!("云主机 {} 的云盘 {id} 没有清除证据,不能确认回收;请查明去向", desired.name),
                format!("no evidence of the erasure of disk {id}"),
            ));
        }
        if let Some(id) = copies_owed(desired).into_iter().find(|id| observed.copies.erasure(*id).is_none()) {
            return Some(Trouble::lasting(
                format!(
                    "云主机 {} 的快照或备份 {id} 没有清除证据,不能确认删除;请查明去向,确已灭失的登记丢失后重试",
                    desired.name
                ),
                format!("no evidence of the deletion of copy {id}"),
            ));
        }
    }
    None
}
