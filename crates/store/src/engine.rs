//! 云引擎: the rows, their last seen health, and the shelf of drivers that have no cloud of their own.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One engine as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EngineRow {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub zone: Option<String>,
    pub place: Option<Uuid>,
    pub enabled: bool,
    /// What it must be told about its cloud, where it has one to be told of.
    pub settings: Option<Value>,
    pub sealed_password: Option<Vec<u8>>,
    pub health: Option<Value>,
    pub checked_at: Option<Timestamp>,
    /// Servers on it that are not erased.
    pub resources: i64,
    /// Operations on it that are not over.
    pub open_operations: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.name, e.kind, e.zone, e.place, e.enabled, e.settings, e.sealed_password, e.health, e.checked_at,
                (SELECT count(*) FROM resource r WHERE r.engine_id = e.id AND r.erased_at IS NULL) AS resources,
                (SELECT count(*) FROM operation o WHERE o.engine_id = e.id AND o.state NOT IN ('done', 'superseded'))
                    AS open_operations
             FROM engine e ",
            $rest
        )
    };
}

/// Every engine, oldest first.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<EngineRow>, StoreError> {
    Ok(sqlx::query_as(select!("ORDER BY e.created_at, e.id")).fetch_all(db).await?)
}

/// One engine.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> Result<EngineRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE e.id = $1")).bind(id).fetch_one(db).await?)
}

/// A new engine.
pub struct NewEngine<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub kind: &'a str,
    pub place: Option<Uuid>,
    /// Settings and sealed password.
    pub account: Option<(&'a Value, &'a [u8])>,
    pub created_at: Timestamp,
}

/// Inserts an engine; false where one of that name, or of that place, is there.
pub async fn insert(tx: &mut Tx, new: &NewEngine<'_>) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO engine (id, name, kind, place, settings, sealed_password, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(new.id)
    .bind(new.name)
    .bind(new.kind)
    .bind(new.place)
    .bind(new.account.map(|(settings, _)| settings))
    .bind(new.account.map(|(_, sealed)| sealed))
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Renames, enables or disables, and keeps settings and sealed password as they are now.
pub async fn save(
    tx: &mut Tx,
    id: Uuid,
    (name, enabled): (&str, bool),
    account: Option<(&Value, &[u8])>,
) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE engine SET name = $2, enabled = $3, settings = $4, sealed_password = $5 WHERE id = $1")
            .bind(id)
            .bind(name)
            .bind(enabled)
            .bind(account.map(|(settings, _)| settings))
            .bind(account.map(|(_, sealed)| sealed))
            .execute(&mut **tx)
            .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Keeps what a look at the engine showed. No decision of anybody: outside any change.
pub async fn keep_health(pool: &PgPool, id: Uuid, health: &Value, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE engine SET health = $2, checked_at = $3 WHERE id = $1")
        .bind(id)
        .bind(health)
        .bind(at)
        .execute(pool)
        .await?;
    Ok(())
}

/// A value of the shelf.
pub async fn shelf_get(pool: &PgPool, engine: Uuid, key: &str) -> Result<Option<Value>, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM engine_shelf WHERE engine_id = $1 AND key = $2")
        .bind(engine)
        .bind(key)
        .fetch_optional(pool)
        .await?)
}

/// Those of the keys that are on the shelf, with their values.
pub async fn shelf_get_all(pool: &PgPool, engine: Uuid, keys: &[String]) -> Result<Vec<(String, Value)>, StoreError> {
    Ok(sqlx::query_as("SELECT key, value FROM engine_shelf WHERE engine_id = $1 AND key = ANY($2)")
        .bind(engine)
        .bind(keys)
        .fetch_all(pool)
        .await?)
}

/// Stores or replaces a value of the shelf; durable when it returns.
pub async fn shelf_put(pool: &PgPool, engine: Uuid, key: &str, value: &Value) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO engine_shelf (engine_id, key, value) VALUES ($1, $2, $3)
         ON CONFLICT (engine_id, key) DO UPDATE SET value = excluded.value",
    )
    .bind(engine)
    .bind(key)
    .bind(value)
    .execute(pool)
    .await?;
    Ok(())
}

/// Removes a value of the shelf.
pub async fn shelf_remove(pool: &PgPool, engine: Uuid, key: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM engine_shelf WHERE engine_id = $1 AND key = $2")
        .bind(engine)
        .bind(key)
        .execute(pool)
        .await?;
    Ok(())
}

/// All values of the shelf whose key begins with `prefix`, sorted.
pub async fn shelf_list(pool: &PgPool, engine: Uuid, prefix: &str) -> Result<Vec<(String, Value)>, StoreError> {
    // Keys are ASCII and sorted by bytes, so everything with the prefix lies between it and it with a last byte.
    Ok(sqlx::query_as(
        "SELECT key, value FROM engine_shelf WHERE engine_id = $1 AND key >= $2 AND key < $3 ORDER BY key",
    )
    .bind(engine)
    .bind(prefix)
    .bind(format!("{prefix}\u{7f}"))
    .fetch_all(pool)
    .await?)
}

/// A part of [`shelf_list`]: at most `most` keys that come after `after`.
pub async fn shelf_page(
    pool: &PgPool,
    engine: Uuid,
    (prefix, after): (&str, &str),
    most: i64,
) -> Result<Vec<(String, Value)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT key, value FROM engine_shelf WHERE engine_id = $1 AND key >= $2 AND key < $3 AND key > $4
         ORDER BY key LIMIT $5",
    )
    .bind(engine)
    .bind(prefix)
    .bind(format!("{prefix}\u{7f}"))
    .bind(after)
    .bind(most)
    .fetch_all(pool)
    .await?)
}
