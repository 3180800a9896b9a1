//! 幂等: a request repeated under the same key gets the first answer and changes nothing.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use uuid::Uuid;

/// What is known of a key.
pub enum Claim {
    /// First use: the change may go on.
    First,
    /// The same request was answered before.
    Repeated { response: serde_json::Value },
    /// The key was used for another request.
    Foreign,
}

/// Claims `key`. A concurrent holder of the same key is waited for (unique index), so of two
/// simultaneous copies of one request exactly one acts.
pub async fn claim(
    tx: &mut Tx,
    actor: Uuid,
    key: &str,
    fingerprint: &str,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO idempotency (actor_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(actor)
    .bind(key)
    .bind(fingerprint)
    .bind(now)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if inserted == 1 {
        return Ok(Claim::First);
    }
    let (known, response): (String, Option<serde_json::Value>) =
        sqlx::query_as("SELECT fingerprint, response FROM idempotency WHERE actor_id = $1 AND key = $2")
            .bind(actor)
            .bind(key)
            .fetch_one(&mut **tx)
            .await?;
    Ok(match response {
        Some(response) if known == fingerprint => Claim::Repeated { response },
        _ => Claim::Foreign,
    })
}

/// Keeps the answer, in the same transaction as the change.
pub async fn keep(tx: &mut Tx, actor: Uuid, key: &str, response: &serde_json::Value) -> Result<(), StoreError> {
    sqlx::query("UPDATE idempotency SET response = $3 WHERE actor_id = $1 AND key = $2")
        .bind(actor)
        .bind(key)
        .bind(response)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
