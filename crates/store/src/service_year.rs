//! 服务年: which services near or passed the end of their year, and which reminders were sent.

use crate::{StoreError, Tx};
use jiff_sqlx::Date;
use sqlx::PgPool;
use uuid::Uuid;

/// A service whose year ends soon, or ended.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EndingRow {
    pub id: Uuid,
    pub opened_on: Date,
    pub ends_on: Date,
    /// The latest reminder: the least days before the end.
    pub reminded: Option<i32>,
}

/// Services in their year whose last day is `until` or earlier. Served by `subscription_ending`.
pub async fn ending(pool: &PgPool, until: Date) -> Result<Vec<EndingRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, s.opened_on, s.ends_on,
                (SELECT min(r.days_before) FROM subscription_reminder r WHERE r.subscription_id = s.id) AS reminded
         FROM subscription s WHERE s.ends_on <= $1 AND s.state_code NOT IN ('ended', 'lapsed')
         ORDER BY s.ends_on, s.id LIMIT 1000",
    )
    .bind(until)
    .fetch_all(pool)
    .await?)
}

/// Notes a reminder; false where it was sent before.
pub async fn remind(tx: &mut Tx, id: Uuid, days_before: i32, on: Date) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "INSERT INTO subscription_reminder (subscription_id, days_before, reminded_on) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(days_before)
    .bind(on)
    .execute(&mut **tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// The first day after `after` that lies one of `offsets` days from the end of a service's year.
pub async fn next_mark(pool: &PgPool, after: Date, offsets: &[i32]) -> Result<Option<Date>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT min(s.ends_on + n) FROM subscription s, unnest($2::integer[]) AS n
         WHERE s.state_code NOT IN ('ended', 'lapsed') AND s.ends_on + n > $1",
    )
    .bind(after)
    .bind(offsets)
    .fetch_one(pool)
    .await?)
}
