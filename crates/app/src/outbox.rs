//! 后台作业: carries out what changes have put into the outbox, at least once each.
//!
//! Any number of workers and instances may run: a job is taken under a lease, and every kind is idempotent.

use std::time::Duration;

use serde_json::Value;
use store::job::JobRow;

use crate::{App, AppError};

/// A worker that dies lets go of its job after this long.
pub(crate) const LEASE_SECONDS: i32 = 120;
/// Longest wait between two attempts.
const LONGEST_DELAY_SECONDS: i32 = 300;
/// How often an idle worker looks even without being woken.
const IDLE: Duration = Duration::from_millis(500);

/// What a job came to.
pub enum Outcome {
    Done,
    /// To be tried again, for this reason; the words go to the log and the engine page.
    Again(String),
    /// To be taken up again after so many seconds, for this reason.
    Later {
        reason: String,
        seconds: i32,
    },
}

/// Takes and carries out one job; false where none is waiting.
pub async fn step(app: &App) -> Result<bool, AppError> {
    let Some(job) = store::job::take(&app.store.pool, LEASE_SECONDS).await? else { return Ok(false) };
    let outcome = match carry_out(app, &job).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts, %error, "job failed");
            Outcome::Again(error.to_string())
        }
    };
    match outcome {
        Outcome::Done => store::job::done(&app.store.pool, &job).await?,
        Outcome::Again(reason) => {
            store::job::put_back(&app.store.pool, &job, &reason, delay_seconds(job.attempts)).await?
        }
        Outcome::Later { reason, seconds } => store::job::put_back(&app.store.pool, &job, &reason, seconds).await?,
    }
    Ok(true)
}

/// Carries out everything that is waiting now; what fails is left for later. Answers how many were taken.
pub async fn drain(app: &App) -> Result<usize, AppError> {
    let mut taken = 0;
    while step(app).await? {
        taken += 1;
    }
    Ok(taken)
}

/// One worker of a running server; ends between two jobs once `stop` says so.
pub async fn work(app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        let pause = match step(&app).await {
            Ok(true) => continue,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read, to be tried again");
                IDLE * 4
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// 1, 2, 4 … seconds, at most five minutes.
fn delay_seconds(attempts: i32) -> i32 {
    1_i32
        .checked_shl(attempts.clamp(1, 9).unsigned_abs() - 1)
        .unwrap_or(LONGEST_DELAY_SECONDS)
        .min(LONGEST_DELAY_SECONDS)
}

async fn carry_out(app: &App, job: &JobRow) -> Result<Outcome, AppError> {
    match job.kind.as_str() {
        crate::bastion_account::JOB_KIND => crate::bastion_account::work(app, job).await,
        "provisioning" => crate::provisioning::work(app, job).await,
        other => Err(AppError::fault(format!("no worker for jobs of kind {other}"))),
    }
}

/// One id out of a payload.
pub fn id_of(payload: &Value, field: &str) -> Result<uuid::Uuid, AppError> {
    let text = payload
        .get(field)
        .and_then(Value::as_str)
        .ok_or_else(|| AppError::fault(format!("job payload without {field}")))?;
    text.parse().map_err(AppError::fault)
}
