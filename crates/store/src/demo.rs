//! 演示日期, kept so that a restart finds the same day.

use crate::{StoreError, Tx};
use jiff_sqlx::Date;
use sqlx::PgPool;

/// The stored demonstration date.
pub async fn today(pool: &PgPool) -> Result<Option<Date>, StoreError> {
    Ok(sqlx::query_scalar("SELECT today FROM demo_clock").fetch_optional(pool).await?)
}

/// Moves it.
pub async fn set(tx: &mut Tx, today: Date) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO demo_clock (today) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET today = EXCLUDED.today",
    )
    .bind(today)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
