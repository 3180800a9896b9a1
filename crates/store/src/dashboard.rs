//! 驾驶舱: a few sums over the city, each one query.

use crate::StoreError;
use jiff_sqlx::Date;
use sqlx::PgPool;
use uuid::Uuid;

/// The figures at the top.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Totals {
    pub agencies: i64,
    pub systems: i64,
    pub fee_fen: i64,
}

/// Agencies and systems in service, and their yearly fee.
pub async fn totals(pool: &PgPool) -> Result<Totals, StoreError> {
    Ok(sqlx::query_as(
        "SELECT count(DISTINCT a.agency_id) AS agencies, count(*) AS systems, coalesce(sum(a.fee_fen), 0)::bigint AS fee_fen
         FROM subscription s JOIN application a ON a.id = s.application_id WHERE s.state_code <> 'ended'",
    )
    .fetch_one(pool)
    .await?)
}

/// Cases by stage.
pub async fn by_stage(pool: &PgPool) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query_as("SELECT stage, count(*) FROM application WHERE state_code <> 'draft' GROUP BY stage")
        .fetch_all(pool)
        .await?)
}

/// Systems in service and yearly fee by county; the city's own under an empty code.
pub async fn by_county(pool: &PgPool) -> Result<Vec<(String, i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT coalesce(a.county, ''), count(*), coalesce(sum(a.fee_fen), 0)::bigint
         FROM subscription s JOIN application a ON a.id = s.application_id WHERE s.state_code <> 'ended' GROUP BY 1 ORDER BY 1",
    )
    .fetch_all(pool)
    .await?)
}

/// A late task.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Overdue {
    pub case_id: Uuid,
    pub number: String,
    pub system_name: String,
    pub kind: String,
    pub due_on: Date,
    pub timer: Option<String>,
}

/// Late tasks, latest first due first.
pub async fn overdue(pool: &PgPool, today: Date) -> Result<Vec<Overdue>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT t.case_id, a.number, a.system_name, t.kind, t.due_on, t.timer FROM task t JOIN application a ON a.id = t.case_id
         WHERE t.done_at IS NULL AND t.due_on < $1 ORDER BY t.due_on, t.id LIMIT 20",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// Due dates of all open tasks with their timers, grouped: for counting the lights.
pub async fn open_due_dates(pool: &PgPool) -> Result<Vec<(Date, Option<String>, i64)>, StoreError> {
    Ok(sqlx::query_as("SELECT due_on, timer, count(*) FROM task WHERE done_at IS NULL AND due_on IS NOT NULL GROUP BY due_on, timer LIMIT 5000")
        .fetch_all(pool)
        .await?)
}

/// Services opened and ended per month, `YYYY-MM`, the last twelve months up to `today`.
pub async fn months(pool: &PgPool, today: Date) -> Result<Vec<(String, i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT to_char(m, 'YYYY-MM'),
                (SELECT count(*) FROM subscription s WHERE s.opened_on >= m AND s.opened_on < m + interval '1 month'),
                (SELECT count(*) FROM subscription s WHERE s.state_code = 'ended'
                    AND (s.state ->> 'on')::date >= m AND (s.state ->> 'on')::date < m + interval '1 month')
         FROM generate_series(date_trunc('month', $1::date) - interval '11 months', date_trunc('month', $1::date), interval '1 month') AS m",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}
