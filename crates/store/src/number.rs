//! Gap-free numbers per kind and year, given inside the transaction of the change.

use crate::{StoreError, Tx};

/// Takes the next number of `kind` in `year`, starting at 1. The row lock orders concurrent takers;
/// a rollback gives the number back.
pub async fn next(tx: &mut Tx, kind: &str, year: i16) -> Result<i32, StoreError> {
    let (last,): (i32,) = sqlx::query_as(
        "INSERT INTO number_sequence (kind, year, last) VALUES ($1, $2, 1)
         ON CONFLICT (kind, year) DO UPDATE SET last = number_sequence.last + 1
         RETURNING last",
    )
    .bind(kind)
    .bind(i32::from(year))
    .fetch_one(&mut **tx)
    .await?;
    Ok(last)
}
