//! 价格版本 and their lines: inserted whole, read whole, never changed.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use sqlx::PgPool;

/// 价格版本 as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub code: String,
    pub valid_from: Date,
    pub valid_to: Date,
    pub official: bool,
    pub ratified_number: Option<String>,
    pub note: String,
    pub file_name: String,
    pub imported_at: Timestamp,
    pub imported_by_name: String,
}

/// 价格行 as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LineRow {
    pub version: String,
    pub position: i32,
    pub sku: String,
    pub category: String,
    pub category_zh: String,
    pub class: Option<String>,
    pub zh: String,
    pub en: String,
    pub unit_zh: String,
    pub basis: String,
    pub source: String,
    pub note: String,
    pub spec: serde_json::Value,
    pub price_fen: i64,
}

/// Lets one import run at a time; held to the end of the transaction.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('price_version'))").execute(&mut **tx).await?;
    Ok(())
}

/// How many versions there are: grows with every import, so it tells whether a copy is stale.
pub async fn count(pool: &PgPool) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM price_version").fetch_one(pool).await?)
}

/// Every version, oldest first.
pub async fn versions(pool: &PgPool) -> Result<Vec<VersionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT code, valid_from, valid_to, official, ratified_number, note, file_name, imported_at, imported_by_name
         FROM price_version ORDER BY valid_from, code",
    )
    .fetch_all(pool)
    .await?)
}

/// Every line of every version, in the order of the files.
pub async fn lines(pool: &PgPool) -> Result<Vec<LineRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT version, position, sku, category, category_zh, class, zh, en, unit_zh, basis, source, note, spec, price_fen
         FROM price_line ORDER BY version, position",
    )
    .fetch_all(pool)
    .await?)
}

/// Inserts a version with its lines. A constraint refuses a product priced twice on one day.
pub async fn insert(tx: &mut Tx, version: &VersionRow, lines: &[LineRow]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO price_version (code, valid_from, valid_to, official, ratified_number, note, file_name, imported_at, imported_by_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&version.code)
    .bind(version.valid_from)
    .bind(version.valid_to)
    .bind(version.official)
    .bind(&version.ratified_number)
    .bind(&version.note)
    .bind(&version.file_name)
    .bind(version.imported_at)
    .bind(&version.imported_by_name)
    .execute(&mut **tx)
    .await?;
    for line in lines {
        insert_line(tx, &version.code, line).await?;
    }
    Ok(())
}

async fn insert_line(tx: &mut Tx, version: &str, line: &LineRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO price_line (version, position, sku, category, category_zh, class, zh, en, unit_zh, basis, source, note, spec, price_fen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(version)
    .bind(line.position)
    .bind(&line.sku)
    .bind(&line.category)
    .bind(&line.category_zh)
    .bind(&line.class)
    .bind(&line.zh)
    .bind(&line.en)
    .bind(&line.unit_zh)
    .bind(&line.basis)
    .bind(&line.source)
    .bind(&line.note)
    .bind(&line.spec)
    .bind(line.price_fen)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
