//! 工作日历 in versions, and the open due dates that a new version moves.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One import.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub number: i32,
    pub source: String,
    pub years: Vec<i32>,
    pub file_name: String,
    pub imported_at: Timestamp,
    pub imported_by_name: String,
}

/// One day of one version.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DayRow {
    pub date: Date,
    pub source: String,
    pub kind: String,
    pub name: String,
}

/// Lets one import run at a time; held to the end of the transaction.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('calendar_version'))").execute(&mut **tx).await?;
    Ok(())
}

/// The newest version's number; 0 where nothing was imported yet.
pub async fn latest(db: impl PgExecutor<'_>) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM calendar_version").fetch_one(db).await?)
}

/// Every import, newest first.
pub async fn versions(pool: &PgPool) -> Result<Vec<VersionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT number, source, years, file_name, imported_at, imported_by_name FROM calendar_version ORDER BY number DESC LIMIT 200",
    )
    .fetch_all(pool)
    .await?)
}

const DAYS: &str = "SELECT date, source, kind, name FROM calendar_day WHERE version = $1 ORDER BY date, source";

/// All days of a version.
pub async fn days(db: impl PgExecutor<'_>, version: i32) -> Result<Vec<DayRow>, StoreError> {
    Ok(sqlx::query_as(DAYS).bind(version).fetch_all(db).await?)
}

/// Inserts a version with all its days.
pub async fn insert(tx: &mut Tx, version: &VersionRow, days: &[DayRow]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO calendar_version (number, source, years, file_name, imported_at, imported_by_name)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(version.number)
    .bind(&version.source)
    .bind(&version.years)
    .bind(&version.file_name)
    .bind(version.imported_at)
    .bind(&version.imported_by_name)
    .execute(&mut **tx)
    .await?;
    for day in days {
        sqlx::query("INSERT INTO calendar_day (version, date, source, kind, name) VALUES ($1, $2, $3, $4, $5)")
            .bind(version.number)
            .bind(day.date)
            .bind(&day.source)
            .bind(&day.kind)
            .bind(&day.name)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// An open task with a limit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenLimit {
    pub task_id: Uuid,
    pub case_id: Uuid,
    pub room: String,
    pub subject_id: Uuid,
    pub kind: String,
    pub timer: String,
    pub opened_on: Date,
    pub due_on: Date,
}

/// Open tasks due on or after `from`, locked until the change is committed.
pub async fn open_limits(tx: &mut Tx, from: Date) -> Result<Vec<OpenLimit>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id AS task_id, case_id, room, subject_id, kind, timer, opened_on, due_on FROM task
         WHERE done_at IS NULL AND due_on >= $1 AND timer IS NOT NULL ORDER BY id FOR UPDATE",
    )
    .bind(from)
    .fetch_all(&mut **tx)
    .await?)
}

/// Moves one due date: of the task, and in the state that holds it.
pub async fn move_due(tx: &mut Tx, limit: &OpenLimit, due_on: Date, version: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE task SET due_on = $2, calendar_version = $3 WHERE id = $1")
        .bind(limit.task_id)
        .bind(due_on)
        .bind(version)
        .execute(&mut **tx)
        .await?;
    if let Some(sql) = move_in_state(&limit.room) {
        sqlx::query(sql).bind(limit.subject_id).bind(limit.due_on).bind(due_on).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Rewrites the dates of a state that are named `…_due` and hold the old day; one statement a lifecycle table.
fn move_in_state(room: &str) -> Option<&'static str> {
    Some(match room {
        "application" => {
            "UPDATE application SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        "trial" => {
            "UPDATE trial SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        "subscription" => {
            "UPDATE subscription SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        "change" => {
            "UPDATE change SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        "service_instance" => {
            "UPDATE service_instance SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        "termination" => {
            "UPDATE termination SET version = version + 1, state = (SELECT jsonb_object_agg(key,
                 CASE WHEN key LIKE '%_due' AND value = to_jsonb($2::date) THEN to_jsonb($3::date) ELSE value END) FROM jsonb_each(state))
             WHERE id = $1"
        }
        _ => return None,
    })
}
