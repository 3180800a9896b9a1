//! 备份计划 of servers, and what they are to order and to remove.

use jiff_sqlx::Timestamp;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// One schedule as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ScheduleRow {
    pub resource_id: Uuid,
    pub every_days: i16,
    pub hour: i16,
    pub keep: i16,
    pub due_at: Timestamp,
    pub trouble: Option<String>,
    pub version: i32,
    pub set_by: String,
    pub set_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.resource_id, s.every_days, s.hour, s.keep, s.due_at, s.trouble, s.version, s.set_by, s.set_at
             FROM backup_schedule s ",
            $rest
        )
    };
}

/// The schedule of a server.
pub async fn of_resource(db: impl PgExecutor<'_>, resource: Uuid) -> Result<Option<ScheduleRow>, StoreError> {
    Ok(sqlx::query_as(select!("WHERE s.resource_id = $1")).bind(resource).fetch_optional(db).await?)
}

/// Sets the schedule of a server whose case is held; the version grows.
pub async fn set(tx: &mut Tx, row: &ScheduleRow) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar(
        "INSERT INTO backup_schedule (resource_id, every_days, hour, keep, due_at, set_by, set_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (resource_id) DO UPDATE SET every_days = $2, hour = $3, keep = $4, due_at = $5, trouble = NULL,
             set_by = $6, set_at = $7, version = backup_schedule.version + 1
         RETURNING version",
    )
    .bind(row.resource_id)
    .bind(row.every_days)
    .bind(row.hour)
    .bind(row.keep)
    .bind(row.due_at)
    .bind(&row.set_by)
    .bind(row.set_at)
    .fetch_one(&mut **tx)
    .await?)
}

/// Ends the schedule of a server.
pub async fn remove(tx: &mut Tx, resource: Uuid) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM backup_schedule WHERE resource_id = $1").bind(resource).execute(&mut **tx).await?;
    Ok(())
}

/// Its backups were ordered: when it is due next. What the agency set is as it was, and so is the version.
pub async fn ordered(tx: &mut Tx, resource: Uuid, due_at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE backup_schedule SET due_at = $2, trouble = NULL WHERE resource_id = $1")
        .bind(resource)
        .bind(due_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// They could not be ordered: why, and when that is tried again.
pub async fn put_off(pool: &PgPool, resource: Uuid, trouble: &str, due_at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE backup_schedule SET due_at = $2, trouble = $3 WHERE resource_id = $1")
        .bind(resource)
        .bind(due_at)
        .bind(trouble)
        .execute(pool)
        .await?;
    Ok(())
}

/// Servers in use whose backups are due, on whose case nobody works, with their cases; those due longest first. Work on
/// copies that has failed is replaced by the new.
/// Served by `backup_schedule_due`.
pub async fn due(pool: &PgPool, now: Timestamp) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT r.id, r.case_id FROM backup_schedule s JOIN resource r ON r.id = s.resource_id
         WHERE s.due_at <= $1 AND r.opened AND r.phase IN ('trial', 'production')
             AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.case_id = r.case_id
                 AND o.state NOT IN ('done', 'superseded') AND NOT (o.kind = 'copy' AND o.state = 'failed'))
         ORDER BY s.due_at LIMIT 200",
    )
    .bind(now)
    .fetch_all(pool)
    .await?)
}

/// Backups that schedules have ordered and that are more than stay, the oldest first, with their servers; only where
/// nobody works on the case. Served by `disk_copy_scheduled`.
pub async fn surplus(pool: &PgPool) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT k.resource_id, k.id FROM (
             SELECT c.resource_id, c.case_id, c.id, s.keep,
                 row_number() OVER (PARTITION BY c.resource_id, c.disk_id ORDER BY c.id DESC) AS nth
             FROM disk_copy c JOIN backup_schedule s ON s.resource_id = c.resource_id
             WHERE c.scheduled AND c.state_code = 'ready') k
         WHERE k.nth > k.keep AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.case_id = k.case_id
             AND o.state NOT IN ('done', 'superseded'))
         ORDER BY k.resource_id, k.id LIMIT 200",
    )
    .fetch_all(pool)
    .await?)
}
