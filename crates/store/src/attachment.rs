//! 附件: the files of a case.

use crate::{StoreError, Tx};
use uuid::Uuid;

/// Kinds of the files a case holds, inside the change that checks them.
pub async fn kinds(tx: &mut Tx, case_id: Uuid) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT DISTINCT kind FROM attachment WHERE case_id = $1")
        .bind(case_id)
        .fetch_all(&mut **tx)
        .await?)
}
