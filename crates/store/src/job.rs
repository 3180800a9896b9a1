//! 后台作业: the outbox. Enqueued with the change, taken with a lease, done at least once.

use crate::{StoreError, Tx};
use sqlx::PgPool;
use uuid::Uuid;

/// A job taken by a worker.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempts: i32,
}

/// Adds a job to the change. With a `dedup_key` that already waits, nothing is added.
pub async fn enqueue(
    tx: &mut Tx,
    id: Uuid,
    kind: &str,
    payload: &serde_json::Value,
    dedup_key: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO job (id, kind, payload, dedup_key) VALUES ($1, $2, $3, $4)
         ON CONFLICT (dedup_key) WHERE done_at IS NULL AND dedup_key IS NOT NULL DO NOTHING",
    )
    .bind(id)
    .bind(kind)
    .bind(payload)
    .bind(dedup_key)
    .execute(&mut **tx)
    .await?;
    sqlx::query("SELECT pg_notify('job', $1)").bind(kind).execute(&mut **tx).await?;
    Ok(())
}

/// Takes the next waiting job under a lease of `lease_seconds`; a worker that dies lets go of it by time.
pub async fn take(pool: &PgPool, lease_seconds: i32) -> Result<Option<JobRow>, StoreError> {
    Ok(sqlx::query_as(
        "UPDATE job SET locked_until = clock_timestamp() + make_interval(secs => $1), attempts = attempts + 1
         WHERE id = (SELECT id FROM job
                     WHERE done_at IS NULL AND run_at <= clock_timestamp()
                       AND (locked_until IS NULL OR locked_until < clock_timestamp())
                     ORDER BY run_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
         RETURNING id, kind, payload, attempts",
    )
    .bind(f64::from(lease_seconds))
    .fetch_optional(pool)
    .await?)
}

/// Prolongs the lease of a job that is still being worked on in this attempt; false where another has taken it.
pub async fn prolong(pool: &PgPool, job: &JobRow, lease_seconds: i32) -> Result<bool, StoreError> {
    let prolonged = sqlx::query(
        "UPDATE job SET locked_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND attempts = $2 AND done_at IS NULL",
    )
    .bind(job.id)
    .bind(job.attempts)
    .bind(f64::from(lease_seconds))
    .execute(pool)
    .await?;
    Ok(prolonged.rows_affected() == 1)
}

/// Marks a job done, unless another worker has taken it meanwhile.
pub async fn done(pool: &PgPool, job: &JobRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE job SET done_at = clock_timestamp(), locked_until = NULL, last_error = NULL WHERE id = $1 AND attempts = $2",
    )
    .bind(job.id)
    .bind(job.attempts)
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts a failed job back, to be tried again after `delay_seconds`, unless another worker has taken it meanwhile.
pub async fn put_back(pool: &PgPool, job: &JobRow, error: &str, delay_seconds: i32) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE job SET locked_until = NULL, last_error = $3,
                run_at = clock_timestamp() + make_interval(secs => $4) WHERE id = $1 AND attempts = $2",
    )
    .bind(job.id)
    .bind(job.attempts)
    .bind(error)
    .bind(f64::from(delay_seconds))
    .execute(pool)
    .await?;
    Ok(())
}

/// Lets go of every lease: called at the start of a single-instance server, whose dead
/// predecessor's jobs need not wait for their leases to run out.
pub async fn release_all(pool: &PgPool) -> Result<(), StoreError> {
    sqlx::query("UPDATE job SET locked_until = NULL WHERE done_at IS NULL AND locked_until IS NOT NULL")
        .execute(pool)
        .await?;
    Ok(())
}

/// How many jobs wait (for the engine page and for tests that wait for quiet).
pub async fn waiting(pool: &PgPool) -> Result<i64, StoreError> {
    let (n,): (i64,) = sqlx::query_as("SELECT count(*) FROM job WHERE done_at IS NULL").fetch_one(pool).await?;
    Ok(n)
}
