//! 执行: carries an operation out, as far as it goes now.
//!
//! Each round looks at the cloud, plans from what it shows, records the plan and does it step by step, until a look
//! finds nothing left to do. So whatever was killed when, the next worker begins with what really is there. A step is
//! recorded before it is begun and after it ended; what our record calls begun and the cloud shows done was done.
//!
//! One worker at a case: the job's lease is the worker's, `store::operation::claim` sees to it, and every record of
//! a worker that lost its lease misses.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::provisioning::{
    ATTEMPTS_MAX_DEFAULT, Desired, DiskId, Observed, OperationKind, OperationState, Step, StepState, back_off_seconds,
    copying, plan, restoration, seconds_to_next_look,
};
use domain::refusal::Refuse;
use drivers::{Driver, DriverError, Report};
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use store::job::JobRow;
use store::operation::{Claim, Hold, OperationRow, Rest};
use uuid::Uuid;

use super::trouble::{Again, Trouble};
use super::{fault, look, undo};
use crate::outbox::{LEASE_SECONDS, Outcome, id_of};
use crate::{App, AppError};

/// More rounds than any plan needs: two, and one for each thing that changed under our hands.
const ROUNDS_MAX_DEFAULT: usize = 6;
/// How soon a worker looks again whether another one has left the case.
const BUSY_SECONDS: i32 = 1;
/// How soon an instance that cannot reach an engine looks again for one that can.
const ELSEWHERE_SECONDS: i32 = 2;
/// Before a look at what the cloud is at work on (ours).
const UNDERWAY_SECONDS: i32 = 30;

/// Where a worker came to.
enum Ended {
    /// The cloud is as desired; what it showed last.
    Converged(Vec<(Desired, Observed)>),
    /// A person must do the next step.
    Waiting,
    /// The operation is another's now, or superseded.
    Lost,
    Stuck(Trouble),
}

/// A worker at one operation.
pub(super) struct Worker<'a> {
    pub app: &'a App,
    pub job: &'a JobRow,
    pub operation: OperationRow,
    pub driver: Arc<dyn Driver>,
}

/// Carries one operation as far as it goes now.
pub async fn work(app: &App, job: &JobRow) -> Result<Outcome, AppError> {
    let id = id_of(&job.payload, "operation")?;
    let engine = store::operation::one(&app.store.pool, id).await?.engine_id;
    let Some(driver) = app.driver(engine).await?.here else {
        return Ok(Outcome::Later { reason: "the engine is another instance's".into(), seconds: ELSEWHERE_SECONDS });
    };
    let operation = match store::operation::claim(&app.store.pool, id, job.id, app.clock.now().to_sqlx()).await? {
        Claim::Idle => return Ok(Outcome::Done),
        Claim::Busy => return Ok(Outcome::Later { reason: "another worker".into(), seconds: BUSY_SECONDS }),
        Claim::Taken(row) => *row,
    };
    let worker = Worker { app, job, operation, driver };
    if worker.operation.undoing {
        return worker.prolonging(undo::carry_out(&worker)).await;
    }
    match worker.prolonging(worker.converge()).await? {
        Ended::Converged(seen) => worker.finish(&seen).await,
        Ended::Waiting => {
            let attempts = worker.operation.attempts;
            let rest = Rest { state: OperationState::Waiting.code(), attempts, ..Rest::default() };
            store::operation::rest(&app.store.pool, worker.hold(), &rest).await?;
            Ok(Outcome::Done)
        }
        // The next look tells whose it is. That it is over is never concluded from a write that missed.
        Ended::Lost => Ok(Outcome::Later { reason: "another's, or superseded".into(), seconds: BUSY_SECONDS }),
        Ended::Stuck(trouble) => worker.stuck(trouble).await,
    }
}

/// One step of a plan, with where it is recorded.
struct Planned {
    position: i32,
    resource: Uuid,
    step: Step,
    /// By hand: waiting, and what the engineer reported.
    waiting: bool,
    report: Option<Value>,
}

/// How a step or a round of them ended.
enum Way {
    Done,
    Waiting,
    Lost,
    Failed(Box<Step>, DriverError),
}

impl Worker<'_> {
    pub fn hold(&self) -> Hold {
        Hold { operation: self.operation.id, job: self.job.id, attempt: self.job.attempts }
    }

    pub fn now(&self) -> jiff_sqlx::Timestamp {
        self.app.clock.now().to_sqlx()
    }

    /// Does the work and keeps the job's lease meanwhile.
    async fn prolonging<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let pause = Duration::from_secs(u64::from(LEASE_SECONDS.unsigned_abs() / 4));
        loop {
            tokio::select! {
                done = &mut work => return done,
                // A lease that cannot be prolonged is noticed at the next step.
                () = tokio::time::sleep(pause) => drop(store::job::prolong(&self.app.store.pool, self.job, LEASE_SECONDS).await),
            }
        }
    }

    /// Rounds of looking, planning and doing, until nothing is left to do.
    async fn converge(&self) -> Result<Ended, AppError> {
        let mut refused: Option<Box<Step>> = None;
        for _ in 0..ROUNDS_MAX_DEFAULT {
            let seen = match self.look().await? {
                Ok(seen) => seen,
                Err(trouble) => return Ok(Ended::Stuck(trouble)),
            };
            let steps = match self.plan(&seen) {
                Ok(steps) => steps,
                Err(trouble) => return Ok(Ended::Stuck(trouble)),
            };
            let planned = self.record(steps).await?;
            if planned.is_empty() {
                return Ok(Ended::Converged(seen));
            }
            match self.carry_out(&planned).await? {
                Way::Done | Way::Failed(_, DriverError::Gone { .. }) => {}
                Way::Waiting => return Ok(Ended::Waiting),
                Way::Lost => return Ok(Ended::Lost),
                // A refusal is believed when a fresh look at the cloud still wants the step.
                Way::Failed(step, DriverError::Refused { .. }) if refused.as_ref() != Some(&step) => {
                    refused = Some(step);
                }
                Way::Failed(_, error) => return Ok(Ended::Stuck(error.into())),
            }
        }
        let zh = "多次执行后云上仍与登记不一致";
        Ok(Ended::Stuck(Trouble {
            zh: zh.into(),
            en: "the cloud does not become as planned".into(),
            again: Again::Counted,
        }))
    }

    /// What the cloud shows of every server the operation is about; kept for the pages.
    pub async fn look(&self) -> Result<Result<Vec<(Desired, Observed)>, Trouble>, AppError> {
        let pool = &self.app.store.pool;
        let mut rows = store::resource::of_case(pool, self.operation.case_id).await?;
        let operation = &self.operation;
        let among = |id: Uuid| operation.resources.as_ref().is_none_or(|only| only.contains(&id));
        let about = |id: Uuid| operation.resource_id.is_none_or(|only| only == id) && among(id);
        rows.retain(|row| row.erased_at.is_none() && about(row.id));
        let seen = look::observe_all(self.app, self.driver.as_ref(), &rows).await?;
        Ok(seen.map(|(desired, observed)| desired.into_iter().zip(observed).collect()).map_err(Trouble::from))
    }

    /// The steps of all servers, one after the other. Servers on one network share the steps about it.
    fn plan(&self, seen: &[(Desired, Observed)]) -> Result<Vec<(Uuid, Step)>, Trouble> {
        let able = self.driver.capabilities();
        // What a report of differences, a person or a policy sets going may take nothing away, whatever the cloud shows.
        // An order for copies mends nothing else.
        let plan = match self.operation.kind.parse() {
            Ok(OperationKind::Copy) => copying,
            Ok(kind) if OperationKind::takes_nothing_away(kind) => restoration,
            _ => plan,
        };
        let mut steps: Vec<(Uuid, Step)> = Vec::new();
        for (desired, observed) in seen {
            let own = plan(desired, observed, &able)
                .map_err(|refusal| Trouble::lasting(refusal.zh(), refusal.to_string()))?;
            for step in own {
                let shared = matches!(step, Step::EnsureNetwork { .. } | Step::RemoveNetwork { .. });
                if !(shared && steps.iter().any(|(_, known)| *known == step)) {
                    steps.push((desired.resource.0, step));
                }
            }
        }
        Ok(steps)
    }

    /// Records the plan beside what was recorded before: a step once begun and wanted no more has happened.
    async fn record(&self, steps: Vec<(Uuid, Step)>) -> Result<Vec<Planned>, AppError> {
        let pool = &self.app.store.pool;
        let recorded = store::operation::steps_of(pool, &[self.operation.id]).await?;
        let mut next = recorded.last().map_or(1, |row| row.position + 1);
        let open =
            recorded.into_iter().filter(|row| !matches!(state_of(&row.state), StepState::Done | StepState::Undone));
        let mut open: Vec<_> = open.collect();
        let (mut planned, mut kept, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for (resource, step) in steps {
            let json = serde_json::to_value(&step).map_err(AppError::fault)?;
            let known = open.iter().position(|row| row.resource_id == resource && row.step == json);
            let (position, waiting, report) = match known.map(|at| open.remove(at)) {
                Some(row) => {
                    kept.push(row.position);
                    (row.position, state_of(&row.state) == StepState::Waiting, row.report)
                }
                None => {
                    new.push((next, resource, json));
                    next += 1;
                    (next - 1, false, None)
                }
            };
            planned.push(Planned { position, resource, step, waiting, report });
        }
        let (dropped, found): (Vec<_>, Vec<_>) =
            open.iter().partition(|row| state_of(&row.state) == StepState::Planned);
        let positions = |rows: Vec<&store::operation::StepRow>| rows.iter().map(|row| row.position).collect::<Vec<_>>();
        let new: Vec<_> = new
            .iter()
            .map(|(position, resource_id, step)| store::operation::NewStep {
                position: *position,
                resource_id: *resource_id,
                step,
            })
            .collect();
        let old = (&*positions(found), &*positions(dropped), &*kept);
        store::operation::replan(pool, self.operation.id, old, &new, self.now()).await?;
        Ok(planned)
    }

    /// Does the steps, server by server. Where one waits for a person, the others still go on.
    async fn carry_out(&self, planned: &[Planned]) -> Result<Way, AppError> {
        let mut waits: Option<Uuid> = None;
        for one in planned {
            if waits == Some(one.resource) {
                continue;
            }
            match self.step(one).await? {
                Way::Done => {}
                Way::Waiting => waits = Some(one.resource),
                other => return Ok(other),
            }
        }
        Ok(if waits.is_some() { Way::Waiting } else { Way::Done })
    }

    async fn step(&self, one: &Planned) -> Result<Way, AppError> {
        let pool = &self.app.store.pool;
        if one.waiting && one.report.is_none() {
            return Ok(Way::Waiting);
        }
        if !store::operation::begin_step(pool, self.hold(), one.position, self.now()).await? {
            return Ok(Way::Lost);
        }
        fault::boundary();
        let outcome = match &one.report {
            Some(report) => {
                let report: Report = serde_json::from_value(report.clone()).map_err(AppError::fault)?;
                self.driver.report(&one.step, &report).await
            }
            None => self.driver.carry_out(&one.step).await,
        };
        fault::boundary();
        let at = (self.operation.id, one.position);
        let (state, way) = match outcome {
            Ok(drivers::Outcome::Done { .. }) => (StepState::Done, Way::Done),
            Ok(drivers::Outcome::Waiting) => (StepState::Waiting, Way::Waiting),
            Err(error) => (StepState::Failed, Way::Failed(Box::new(one.step.clone()), error)),
        };
        let words = if let Way::Failed(_, error) = &way { Some((error.zh(), error.to_string())) } else { None };
        let error = words.as_ref().map(|(zh, en)| (zh.as_str(), en.as_str()));
        store::operation::end_step(pool, at, state.code(), error, self.now()).await?;
        fault::boundary();
        Ok(way)
    }

    /// Tries again later, or gives up and leaves it to a person.
    pub(super) async fn stuck(&self, trouble: Trouble) -> Result<Outcome, AppError> {
        let (before, now) = (self.operation.attempts, self.app.clock.now());
        let away_since =
            (trouble.again == Again::Awaited).then(|| self.operation.away_since.map_or(now, |at| at.to_jiff()));
        let (attempts, seconds) = match trouble.again {
            Again::Uncounted => (before, UNDERWAY_SECONDS),
            Again::Awaited => (before, seconds_to_next_look(away_since.map_or(0, |since| (now - since).get_seconds()))),
            Again::Counted | Again::Never => (before + 1, back_off_seconds(before + 1)),
        };
        tracing::warn!(operation = %self.operation.id, attempts, again = ?trouble.again, error = trouble.en, "operation is stuck");
        if trouble.again == Again::Never || attempts >= ATTEMPTS_MAX_DEFAULT {
            return self.give_up(attempts, &trouble).await;
        }
        let rest = Rest {
            state: OperationState::Retrying.code(),
            attempts,
            error: Some((&trouble.zh, &trouble.en)),
            away_since: away_since.map(ToSqlx::to_sqlx),
        };
        store::operation::rest(&self.app.store.pool, self.hold(), &rest).await?;
        Ok(Outcome::Later { reason: trouble.en, seconds })
    }
}

/// What an erased disk must show: everything that was handed over, of which the order has ended.
pub(super) fn evidence_owed(desired: &Desired) -> Vec<DiskId> {
    use domain::provisioning::Phase;
    // What was given back as it was found was never erased.
    if desired.is_returned() {
        return Vec::new();
    }
    let erased = matches!(desired.phase, Phase::Erased { .. });
    let system = (erased && desired.opened).then(|| DiskId::system_of(desired.resource));
    let data = desired.data_disks.iter().filter(|disk| disk.opened && (erased || disk.ended.is_some()));
    system.into_iter().chain(data.map(|disk| disk.id)).collect()
}

fn state_of(code: &str) -> StepState {
    code.parse().unwrap_or(StepState::Planned)
}
