//! 演示日期, kept so that a restart finds the same day, and whether the city behind it is complete.

use crate::{StoreError, Tx};
use jiff_sqlx::Date;
use sqlx::PgPool;

/// What is known of the demonstration city.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct CityRow {
    pub today: Date,
    /// Its history is complete.
    pub ready: bool,
}

/// The demonstration city; `None` where there never was one.
pub async fn city(pool: &PgPool) -> Result<Option<CityRow>, StoreError> {
    Ok(sqlx::query_as("SELECT today, ready FROM demo_clock").fetch_optional(pool).await?)
}

/// Marks that a city is being laid out: until [`set`], whatever is found is half of it.
pub async fn begin(tx: &mut Tx, today: Date) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO demo_clock (today, ready) VALUES ($1, false)").bind(today).execute(&mut **tx).await?;
    Ok(())
}

/// Moves the date of a complete city.
pub async fn set(tx: &mut Tx, today: Date) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO demo_clock (today, ready) VALUES ($1, true)
         ON CONFLICT (only_row) DO UPDATE SET today = EXCLUDED.today, ready = true",
    )
    .bind(today)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
