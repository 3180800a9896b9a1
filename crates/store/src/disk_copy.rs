//! 快照与备份: copies of disks, and what their restore tests found.

use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// One copy as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CopyRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub resource_id: Uuid,
    pub disk_id: Uuid,
    pub kind: String,
    pub number: String,
    pub state: Value,
    pub version: i32,
    pub ordered_by: String,
    /// By a schedule, which removes it in its turn.
    pub scheduled: bool,
    pub created_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.case_id, c.resource_id, c.disk_id, c.kind, c.number, c.state, c.version, c.ordered_by,
                c.scheduled, c.created_at FROM disk_copy c ",
            $rest
        )
    };
}

/// Copies of several servers that are not deleted, as their plans want them.
pub async fn of_resources(db: impl PgExecutor<'_>, resources: &[Uuid]) -> Result<Vec<CopyRow>, StoreError> {
    let sql = select!("WHERE c.resource_id = ANY($1) AND c.state_code <> 'dropped' ORDER BY c.resource_id, c.id");
    Ok(sqlx::query_as(sql).bind(resources).fetch_all(db).await?)
}

/// The newest copies of one server, those deleted among them.
pub async fn newest_of(db: impl PgExecutor<'_>, resource: Uuid, most: i64) -> Result<Vec<CopyRow>, StoreError> {
    let sql = select!("WHERE c.resource_id = $1 ORDER BY c.id DESC LIMIT $2");
    Ok(sqlx::query_as(sql).bind(resource).bind(most).fetch_all(db).await?)
}

/// Copies of a case that are not deleted.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<CopyRow>, StoreError> {
    let sql = select!("WHERE c.case_id = $1 AND c.state_code <> 'dropped' ORDER BY c.id");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// The same inside a change, locked.
pub async fn lock_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<CopyRow>, StoreError> {
    let sql = select!("WHERE c.case_id = $1 AND c.state_code <> 'dropped' ORDER BY c.id FOR UPDATE");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(&mut **tx).await?)
}

/// One copy inside a change.
pub async fn one_in(tx: &mut Tx, id: Uuid) -> Result<CopyRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE c.id = $1")).bind(id).fetch_one(&mut **tx).await?)
}

/// Holds the case of a copy until the end of the change, like [`crate::case::hold`].
pub async fn hold_case_of(tx: &mut Tx, id: Uuid) -> Result<Uuid, StoreError> {
    let sql = "SELECT a.id FROM application a JOIN disk_copy c ON c.case_id = a.id WHERE c.id = $1 FOR UPDATE OF a";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut **tx).await?)
}

/// A copy to insert.
pub struct NewCopy<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub resource_id: Uuid,
    pub disk_id: Uuid,
    pub kind: &'a str,
    pub number: &'a str,
    pub state: &'a Value,
    pub ordered_by: &'a str,
    pub scheduled: bool,
    pub created_at: Timestamp,
}

/// Inserts an ordered copy.
pub async fn insert(tx: &mut Tx, new: &NewCopy<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO disk_copy (id, case_id, resource_id, disk_id, kind, number, state_code, state, ordered_by, scheduled,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7->>'state', $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.resource_id)
    .bind(new.disk_id)
    .bind(new.kind)
    .bind(new.number)
    .bind(new.state)
    .bind(new.ordered_by)
    .bind(new.scheduled)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The result of a restore test.
pub struct NewProof<'a> {
    pub restore_id: Uuid,
    pub copy_id: Uuid,
    pub disk_id: Uuid,
    pub operation_id: Uuid,
    pub evidence: &'a Value,
    pub at: Timestamp,
}

/// Keeps a result; what is kept already stays as it is.
pub async fn insert_proof(tx: &mut Tx, new: &NewProof<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO disk_copy_proof (restore_id, copy_id, disk_id, operation_id, evidence, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (restore_id) DO NOTHING",
    )
    .bind(new.restore_id)
    .bind(new.copy_id)
    .bind(new.disk_id)
    .bind(new.operation_id)
    .bind(new.evidence)
    .bind(new.at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The last result of each of these copies. Served by `disk_copy_proof_copy`.
pub async fn last_proofs(db: impl PgExecutor<'_>, copies: &[Uuid]) -> Result<Vec<(Uuid, Value)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT DISTINCT ON (copy_id) copy_id, evidence FROM disk_copy_proof WHERE copy_id = ANY($1)
         ORDER BY copy_id, recorded_at DESC",
    )
    .bind(copies)
    .fetch_all(db)
    .await?)
}

/// The newest backup of each disk of which no backup was tested since `before`, on whose case nobody works. A disk that
/// was never tested counts from its first backup. Served by `disk_copy_newest` and `disk_copy_proof_disk`.
pub async fn untested(pool: &PgPool, before: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT newest.id FROM (SELECT DISTINCT ON (disk_id) id, disk_id, case_id FROM disk_copy
             WHERE kind = 'backup' AND state_code = 'ready' ORDER BY disk_id, id DESC) newest
         WHERE coalesce((SELECT max(p.recorded_at) FROM disk_copy_proof p WHERE p.disk_id = newest.disk_id),
                 (SELECT min(c.created_at) FROM disk_copy c WHERE c.disk_id = newest.disk_id AND c.kind = 'backup')) <= $1
             AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.case_id = newest.case_id
                 AND o.state NOT IN ('done', 'superseded'))
         ORDER BY newest.id LIMIT 200",
    )
    .bind(before)
    .fetch_all(pool)
    .await?)
}
