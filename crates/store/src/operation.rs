//! 开通作业 and their steps. Orders are changes and take a transaction; what the executor records while it works
//! is no decision of anybody, is kept at once and stands outside any change, like the leases of jobs.

use crate::visible::{ToVisible, Visible, visible_to_experts};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One operation as stored, with its case and engine.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OperationRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub engine_id: Uuid,
    pub engine_name: String,
    pub resource_id: Option<Uuid>,
    /// Of these servers only; absent: of all, or of the one.
    pub resources: Option<Vec<Uuid>>,
    pub kind: String,
    pub state: String,
    pub attempts: i32,
    pub undoing: bool,
    pub error_zh: Option<String>,
    pub error_en: Option<String>,
    /// Since when its cloud does not answer.
    pub away_since: Option<Timestamp>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// One recorded step.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StepRow {
    pub operation_id: Uuid,
    pub position: i32,
    pub resource_id: Uuid,
    pub resource_name: String,
    pub step: Value,
    pub state: String,
    pub report: Option<Value>,
    pub error_zh: Option<String>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT p.id, p.case_id, a.number AS case_number, a.system_name, p.engine_id, e.name AS engine_name,
                p.resource_id, p.resources, p.kind, p.state, p.attempts, p.undoing, p.error_zh, p.error_en, p.away_since,
                p.created_at, p.started_at, p.finished_at
             FROM operation p JOIN application a ON a.id = p.case_id JOIN engine e ON e.id = p.engine_id ",
            $($rest)*
        )
    };
}

/// One operation.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<OperationRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE p.id = $1")).bind(id).fetch_one(pool).await?)
}

/// One operation inside a change, locked.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<OperationRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE p.id = $1 FOR UPDATE OF p")).bind(id).fetch_one(&mut **tx).await?)
}

/// The last operations of a case, latest first.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid, most: i64) -> Result<Vec<OperationRow>, StoreError> {
    let sql = select!("WHERE p.case_id = $1 ORDER BY p.id DESC LIMIT $2");
    Ok(sqlx::query_as(sql).bind(case_id).bind(most).fetch_all(db).await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct OperationFilter {
    pub case_id: Option<Uuid>,
    pub state: Option<String>,
    /// Only those that are not over.
    pub open: bool,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &OperationFilter) -> Result<Vec<OperationRow>, StoreError> {
    let sql = select!(
        "JOIN org o ON o.id = a.agency_id
         WHERE ",
        visible_to_experts!("a"),
        " AND ($7::uuid IS NULL OR p.case_id = $7) AND ($8::text IS NULL OR p.state = $8)
           AND ($9::uuid IS NULL OR p.id < $9) AND (NOT $11 OR p.state NOT IN ('done', 'superseded'))
         ORDER BY p.id DESC LIMIT $10"
    );
    Ok(sqlx::query_as(sql)
        .to_visible_to_experts(seen)
        .bind(filter.case_id)
        .bind(&filter.state)
        .bind(filter.after)
        .bind(filter.limit)
        .bind(filter.open)
        .fetch_all(pool)
        .await?)
}

const STEPS: &str =
    "SELECT s.operation_id, s.position, s.resource_id, r.name AS resource_name, s.step, s.state, s.report,
        s.error_zh, s.started_at, s.finished_at
     FROM operation_step s JOIN resource r ON r.id = s.resource_id
     WHERE s.operation_id = ANY($1) ORDER BY s.operation_id, s.position";

/// Steps of several operations, in order.
pub async fn steps_of(db: impl PgExecutor<'_>, operations: &[Uuid]) -> Result<Vec<StepRow>, StoreError> {
    Ok(sqlx::query_as(STEPS).bind(operations).fetch_all(db).await?)
}

/// A new order.
pub struct NewOperation<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub engine_id: Uuid,
    pub resource_id: Option<Uuid>,
    pub resources: Option<&'a [Uuid]>,
    pub kind: &'a str,
    pub ordered_by: &'a str,
    pub at: Timestamp,
}

/// Inserts a queued operation; what was open of the case is superseded by it.
pub async fn insert(tx: &mut Tx, new: &NewOperation<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE operation SET state = 'superseded', undoing = false, finished_at = $2
         WHERE case_id = $1 AND state NOT IN ('done', 'superseded')",
    )
    .bind(new.case_id)
    .bind(new.at)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO operation (id, case_id, engine_id, resource_id, kind, state, ordered_by, created_at, resources)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.engine_id)
    .bind(new.resource_id)
    .bind(new.kind)
    .bind(new.ordered_by)
    .bind(new.at)
    .bind(new.resources)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The engine of the case's last operation.
pub async fn engine_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Option<Uuid>, StoreError> {
    Ok(sqlx::query_scalar("SELECT engine_id FROM operation WHERE case_id = $1 ORDER BY id DESC LIMIT 1")
        .bind(case_id)
        .fetch_optional(&mut **tx)
        .await?)
}

/// True where an operation of the case is not over.
pub async fn any_open(tx: &mut Tx, case_id: Uuid) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE case_id = $1 AND state NOT IN ('done', 'superseded'))",
    )
    .bind(case_id)
    .fetch_one(&mut **tx)
    .await?)
}

/// Kind and state of the one operation of a case that is not over, a failed one among them.
pub async fn open_one(tx: &mut Tx, case_id: Uuid) -> Result<Option<(String, String)>, StoreError> {
    Ok(sqlx::query_as("SELECT kind, state FROM operation WHERE case_id = $1 AND state NOT IN ('done', 'superseded')")
        .bind(case_id)
        .fetch_optional(&mut **tx)
        .await?)
}

/// True where the opening of the case is done and every server of it was handed over.
pub async fn all_open(tx: &mut Tx, case_id: Uuid) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE case_id = $1 AND kind = 'open_trial' AND state = 'done')
            AND NOT EXISTS (SELECT 1 FROM resource WHERE case_id = $1 AND phase <> 'erased' AND NOT opened)",
    )
    .bind(case_id)
    .fetch_one(&mut **tx)
    .await?)
}

/// What became of claiming an operation for a job.
pub enum Claim {
    /// Ours now, in state `running` (or still to be undone).
    Taken(Box<OperationRow>),
    /// Another worker is still at the case.
    Busy,
    /// Nothing is to be done: over, failed, or waiting for a person who has not reported.
    Idle,
}

/// Claims an operation for the job that works on it. The operation's row is locked first, so that of two jobs the
/// second sees the first; a worker at an earlier, superseded operation of the case is waited for too.
pub async fn claim(pool: &PgPool, id: Uuid, job: Uuid, now: Timestamp) -> Result<Claim, StoreError> {
    let mut tx = crate::begin(pool).await?;
    let sql = select!("WHERE p.id = $1 FOR UPDATE OF p");
    let row: OperationRow = sqlx::query_as(sql).bind(id).fetch_one(&mut *tx).await?;
    let reported: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operation_step WHERE operation_id = $1 AND state = 'waiting' AND report IS NOT NULL)",
    )
    .bind(id)
    .fetch_one(&mut *tx)
    .await?;
    let wanted = match row.state.as_str() {
        "queued" | "running" | "retrying" => true,
        "waiting" => reported,
        "failed" => row.undoing,
        _ => false,
    };
    if !wanted {
        return Ok(Claim::Idle);
    }
    let busy: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operation x JOIN job j ON j.id = x.worker
             WHERE x.case_id = $1 AND j.id <> $2 AND j.done_at IS NULL AND j.locked_until > clock_timestamp())",
    )
    .bind(row.case_id)
    .bind(job)
    .fetch_one(&mut *tx)
    .await?;
    if busy {
        return Ok(Claim::Busy);
    }
    sqlx::query(
        "UPDATE operation SET worker = $2, state = CASE WHEN undoing THEN state ELSE 'running' END,
             started_at = coalesce(started_at, $3) WHERE id = $1",
    )
    .bind(id)
    .bind(job)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Claim::Taken(Box::new(row)))
}

/// Whose work: the operation, the job, and which attempt of the job. Writes of a worker that lost its lease miss.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    pub operation: Uuid,
    pub job: Uuid,
    pub attempt: i32,
}

const HELD: &str = "SELECT EXISTS (SELECT 1 FROM operation p JOIN job j ON j.id = p.worker
     WHERE p.id = $1 AND j.id = $2 AND j.attempts = $3 AND (p.state = 'running' OR p.undoing))";

/// True while the operation is still this worker's to carry on.
pub async fn held(db: impl PgExecutor<'_>, hold: Hold) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(HELD).bind(hold.operation).bind(hold.job).bind(hold.attempt).fetch_one(db).await?)
}

/// A step to be recorded as planned.
pub struct NewStep<'a> {
    pub position: i32,
    pub resource_id: Uuid,
    pub step: &'a Value,
}

/// Records a new plan in place of the old: `found` happened although nobody wrote it down, `dropped` is no more
/// needed, `kept` is still to be done, `new` comes at the end.
pub async fn replan(
    pool: &PgPool,
    operation: Uuid,
    (found, dropped, kept): (&[i32], &[i32], &[i32]),
    new: &[NewStep<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = crate::begin(pool).await?;
    sqlx::query("UPDATE operation_step SET state = 'done', finished_at = $3, error_zh = NULL, error_en = NULL WHERE operation_id = $1 AND position = ANY($2)")
        .bind(operation)
        .bind(found)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM operation_step WHERE operation_id = $1 AND position = ANY($2)")
        .bind(operation)
        .bind(dropped)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE operation_step SET state = 'planned' WHERE operation_id = $1 AND position = ANY($2) AND state <> 'waiting'")
        .bind(operation)
        .bind(kept)
        .execute(&mut *tx)
        .await?;
    let positions: Vec<i32> = new.iter().map(|step| step.position).collect();
    let resources: Vec<Uuid> = new.iter().map(|step| step.resource_id).collect();
    let steps: Vec<&Value> = new.iter().map(|step| step.step).collect();
    sqlx::query(
        "INSERT INTO operation_step (operation_id, position, resource_id, step, state)
         SELECT $1, n.position, n.resource_id, n.step, 'planned'
         FROM unnest($2::integer[], $3::uuid[], $4::jsonb[]) AS n (position, resource_id, step)",
    )
    .bind(operation)
    .bind(positions)
    .bind(resources)
    .bind(steps)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// Records that a step is being done, if the operation is still this worker's; false where it is not.
pub async fn begin_step(pool: &PgPool, hold: Hold, position: i32, now: Timestamp) -> Result<bool, StoreError> {
    let begun = sqlx::query(
        "UPDATE operation_step s SET state = 'doing', started_at = coalesce(s.started_at, $5)
         FROM operation p JOIN job j ON j.id = p.worker
         WHERE s.operation_id = $1 AND s.position = $2 AND p.id = $1 AND p.state = 'running' AND j.id = $3 AND j.attempts = $4",
    )
    .bind(hold.operation)
    .bind(position)
    .bind(hold.job)
    .bind(hold.attempt)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Records how a step ended: `done`, `waiting`, `failed` or `undone`.
pub async fn end_step(
    pool: &PgPool,
    (operation, position): (Uuid, i32),
    state: &str,
    error: Option<(&str, &str)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (zh, en) = error.unzip();
    sqlx::query(
        "UPDATE operation_step SET state = $3, error_zh = $4, error_en = $5,
             finished_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE $6 END
         WHERE operation_id = $1 AND position = $2",
    )
    .bind(operation)
    .bind(position)
    .bind(state)
    .bind(zh)
    .bind(en)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// Keeps the report of a waiting step.
pub async fn keep_report(tx: &mut Tx, operation: Uuid, position: i32, report: &Value) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "UPDATE operation_step SET report = $3 WHERE operation_id = $1 AND position = $2 AND state = 'waiting' AND report IS NULL",
    )
    .bind(operation)
    .bind(position)
    .bind(report)
    .execute(&mut **tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// How the operation stands after a worker let go of it.
pub struct Standing<'a> {
    pub state: &'a str,
    pub attempts: i32,
    pub undoing: bool,
    pub error: Option<(&'a str, &'a str)>,
    pub finished_at: Option<Timestamp>,
}

/// Saves how the operation stands, inside a change.
pub async fn stand(tx: &mut Tx, id: Uuid, standing: &Standing<'_>) -> Result<(), StoreError> {
    let (zh, en) = standing.error.unzip();
    sqlx::query(
        "UPDATE operation SET state = $2, attempts = $3, undoing = $4, error_zh = $5, error_en = $6, finished_at = $7,
             away_since = NULL WHERE id = $1",
    )
    .bind(id)
    .bind(standing.state)
    .bind(standing.attempts)
    .bind(standing.undoing)
    .bind(zh)
    .bind(en)
    .bind(standing.finished_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What a running operation waits for.
#[derive(Default)]
pub struct Rest<'a> {
    pub state: &'a str,
    pub attempts: i32,
    pub error: Option<(&'a str, &'a str)>,
    pub away_since: Option<Timestamp>,
}

/// Lets a running operation wait, for another attempt, for its cloud or for a person, if it is still this worker's.
pub async fn rest(pool: &PgPool, hold: Hold, rest: &Rest<'_>) -> Result<(), StoreError> {
    let (zh, en) = rest.error.unzip();
    sqlx::query(
        "UPDATE operation p SET state = $4, attempts = $5, error_zh = $6, error_en = $7, away_since = $8 FROM job j
         WHERE p.id = $1 AND p.state = 'running' AND p.worker = $2 AND j.id = p.worker AND j.attempts = $3",
    )
    .bind(hold.operation)
    .bind(hold.job)
    .bind(hold.attempt)
    .bind(rest.state)
    .bind(rest.attempts)
    .bind(zh)
    .bind(en)
    .bind(rest.away_since)
    .execute(pool)
    .await?;
    Ok(())
}
