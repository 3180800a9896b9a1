//! 附件: the files of a case. Content is kept in pieces and read piece by piece.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// Size of a piece; the last one of a file may be shorter.
pub const PIECE_BYTES: usize = 1024 * 1024;

/// One file of a case, without its content.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AttachmentRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub kind: String,
    pub file_name: String,
    pub format: String,
    pub size_bytes: i64,
    pub sm3: String,
    pub uploaded_by: Uuid,
    pub uploaded_by_name: String,
    pub uploaded_at: Timestamp,
}

/// A file about to be kept.
#[derive(Clone, Debug)]
pub struct NewAttachment<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub kind: &'a str,
    pub file_name: &'a str,
    pub format: &'a str,
    pub size_bytes: i64,
    pub sm3: &'a str,
    pub uploaded_by: Uuid,
    pub uploaded_by_name: &'a str,
    pub uploaded_at: Timestamp,
}

/// Kinds of the files a case holds, inside the change that checks them.
pub async fn kinds(tx: &mut Tx, case_id: Uuid) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT DISTINCT kind FROM attachment WHERE case_id = $1 AND removed_at IS NULL")
        .bind(case_id)
        .fetch_all(&mut **tx)
        .await?)
}

/// How many files a case holds.
pub async fn count(tx: &mut Tx, case_id: Uuid) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM attachment WHERE case_id = $1 AND removed_at IS NULL")
        .bind(case_id)
        .fetch_one(&mut **tx)
        .await?)
}

/// Keeps a file's description; its pieces follow.
pub async fn insert(tx: &mut Tx, new: &NewAttachment<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO attachment (id, case_id, kind, file_name, format, size_bytes, sm3, uploaded_by, uploaded_by_name, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.kind)
    .bind(new.file_name)
    .bind(new.format)
    .bind(new.size_bytes)
    .bind(new.sm3)
    .bind(new.uploaded_by)
    .bind(new.uploaded_by_name)
    .bind(new.uploaded_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps one piece of a file's content.
pub async fn insert_piece(tx: &mut Tx, id: Uuid, position: i32, bytes: &[u8]) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO attachment_piece (attachment_id, position, bytes) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(position)
        .bind(bytes)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Files of a case, in order of arrival. Served by `attachment_case`.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<AttachmentRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, case_id, kind, file_name, format, size_bytes, sm3, uploaded_by, uploaded_by_name, uploaded_at
         FROM attachment WHERE case_id = $1 AND removed_at IS NULL ORDER BY uploaded_at, id",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}

/// One file that is still there.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<AttachmentRow, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, case_id, kind, file_name, format, size_bytes, sm3, uploaded_by, uploaded_by_name, uploaded_at
         FROM attachment WHERE id = $1 AND removed_at IS NULL",
    )
    .bind(id)
    .fetch_one(pool)
    .await?)
}

/// One piece of a file; `None` past its end.
pub async fn piece(pool: &PgPool, id: Uuid, position: i32) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar("SELECT bytes FROM attachment_piece WHERE attachment_id = $1 AND position = $2")
        .bind(id)
        .bind(position)
        .fetch_optional(pool)
        .await?)
}

/// Marks a file removed and lets its content go; false where somebody was faster.
pub async fn remove(tx: &mut Tx, id: Uuid, by: Uuid, at: Timestamp) -> Result<bool, StoreError> {
    let removed =
        sqlx::query("UPDATE attachment SET removed_at = $2, removed_by = $3 WHERE id = $1 AND removed_at IS NULL")
            .bind(id)
            .bind(at)
            .bind(by)
            .execute(&mut **tx)
            .await?
            .rows_affected();
    sqlx::query("DELETE FROM attachment_piece WHERE attachment_id = $1").bind(id).execute(&mut **tx).await?;
    Ok(removed == 1)
}
