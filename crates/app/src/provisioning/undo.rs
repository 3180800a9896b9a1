//! 恢复: a change that was given up half-way leaves no service standing still. What it had stopped is brought back
//! by the undo of each step, latest first; disks that grew stay grown, and nothing is ever erased here.

use domain::ids::OperationId;
use domain::provisioning::{Ending, OperationState, Step, StepState};
use store::operation::{Standing, StepRow};
use uuid::Uuid;

use super::executor::Worker;
use super::fault;
use crate::AppError;
use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::Entry;
use crate::outbox::Outcome;

/// Undoes what is to be undone, then leaves the failed operation to a person. Tried until it succeeds or a person
/// orders otherwise: a service stands still meanwhile.
pub(super) async fn carry_out(worker: &Worker<'_>) -> Result<Outcome, AppError> {
    let pool = &worker.app.store.pool;
    let recorded = store::operation::steps_of(pool, &[worker.operation.id]).await?;
    let mut undone = 0;
    for (position, undo) in to_undo(&recorded, worker.operation.id)? {
        if !store::operation::held(pool, worker.hold()).await? {
            return Ok(Outcome::Done);
        }
        fault::boundary();
        if let Err(error) = worker.driver.carry_out(&undo).await {
            return Ok(Outcome::Again(format!("undoing {}: {error}", undo.kind().code())));
        }
        let at = (worker.operation.id, position);
        store::operation::end_step(pool, at, StepState::Undone.code(), None, worker.now()).await?;
        fault::boundary();
        undone += 1;
    }
    // What pages show is how it is now; a look that fails is made up for by the next patrol.
    let _ = worker.look().await?;
    conclude(worker, undone).await
}

/// The undo of every step from the stop of a server that was not started again, latest first.
fn to_undo(recorded: &[StepRow], operation: Uuid) -> Result<Vec<(i32, Step)>, AppError> {
    let ending = Ending::Abandoned { operation: OperationId(operation) };
    let mut servers: Vec<Uuid> = recorded.iter().map(|row| row.resource_id).collect();
    servers.sort_unstable();
    servers.dedup();
    let mut undos = Vec::new();
    for server in servers {
        let mut since_stop = Vec::new();
        let own = recorded.iter().filter(|row| row.resource_id == server);
        // An undone step still shows where a crash has left the undoing.
        for row in own.filter(|row| row.state == StepState::Done.code()) {
            let step: Step = serde_json::from_value(row.step.clone()).map_err(AppError::fault)?;
            match step {
                Step::Stop { .. } => since_stop = vec![(row.position, step)],
                Step::Start { .. } => since_stop.clear(),
                Step::Resize { .. } | Step::Mark { .. } | Step::DetachDisk { .. } if !since_stop.is_empty() => {
                    since_stop.push((row.position, step));
                }
                _ => {}
            }
        }
        undos.extend(since_stop.iter().rev().filter_map(|(at, step)| Some((*at, step.undo(ending)?))));
    }
    Ok(undos)
}

async fn conclude(worker: &Worker<'_>, undone: usize) -> Result<Outcome, AppError> {
    let (actor, meta) = (Actor::system("开通作业"), Meta::default());
    let mut unit = worker.app.begin(&actor, &meta).await?;
    let row = store::operation::lock(&mut unit.tx, worker.operation.id).await?;
    if !row.undoing || !store::operation::held(&mut *unit.tx, worker.hold()).await? {
        return Ok(Outcome::Done);
    }
    let error = row.error_zh.as_deref().zip(row.error_en.as_deref());
    let failed = Standing {
        state: OperationState::Failed.code(),
        attempts: row.attempts,
        undoing: false,
        error,
        finished_at: None,
    };
    store::operation::stand(&mut unit.tx, row.id, &failed).await?;
    unit.audit(Entry {
        action: Action::OperationFail.code(),
        object: ("operation", row.id.to_string()),
        case: Some(row.case_id),
        clause: None,
        summary: if undone == 0 {
            "无须恢复:服务未受影响".to_owned()
        } else {
            format!("已恢复原状:撤回 {undone} 步")
        },
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await?;
    Ok(Outcome::Done)
}
