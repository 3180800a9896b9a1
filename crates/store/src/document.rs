//! 文书: kept as issued. The PDF is set once from the data and then never changes; the database sees to it.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// A document about to be issued.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub room: &'a str,
    pub subject: &'a str,
    pub kind: &'a str,
    pub number: &'a str,
    pub verification_code: &'a str,
    pub issued_on: Date,
    pub issued_at: Timestamp,
    pub issued_by: Option<Uuid>,
    pub data: &'a Value,
    pub sm3: &'a str,
}

/// One document in the list of a case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DocumentRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub kind: String,
    pub number: String,
    pub verification_code: String,
    pub issued_on: Date,
}

/// What anyone may learn who holds the code printed on a document.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VerifiedRow {
    pub kind: String,
    pub number: String,
    pub issued_on: Date,
    pub case_number: String,
    pub agency_name: String,
    pub system_name: String,
    pub sm3: String,
}

/// Issues a document.
pub async fn insert(tx: &mut Tx, new: &NewDocument<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO document (id, case_id, room, subject, kind, number, verification_code, issued_on, issued_at, issued_by, data, sm3)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.room)
    .bind(new.subject)
    .bind(new.kind)
    .bind(new.number)
    .bind(new.verification_code)
    .bind(new.issued_on)
    .bind(new.issued_at)
    .bind(new.issued_by)
    .bind(new.data)
    .bind(new.sm3)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Documents of a case, in order of issue. Served by `document_case`.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<DocumentRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, case_id, kind, number, verification_code, issued_on
         FROM document WHERE case_id = $1 ORDER BY issued_at, id LIMIT 500",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}

/// One document without its data.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<DocumentRow, StoreError> {
    Ok(sqlx::query_as("SELECT id, case_id, kind, number, verification_code, issued_on FROM document WHERE id = $1")
        .bind(id)
        .fetch_one(pool)
        .await?)
}

/// The data of a document and its PDF, where that was set already.
pub async fn content(pool: &PgPool, id: Uuid) -> Result<(Value, Option<Vec<u8>>), StoreError> {
    Ok(sqlx::query_as("SELECT data, pdf FROM document WHERE id = $1").bind(id).fetch_one(pool).await?)
}

/// Sets the PDF where there is none yet. Whoever comes second changes nothing.
pub async fn set_pdf(pool: &PgPool, id: Uuid, pdf: &[u8]) -> Result<(), StoreError> {
    sqlx::query("UPDATE document SET pdf = $2 WHERE id = $1 AND pdf IS NULL").bind(id).bind(pdf).execute(pool).await?;
    Ok(())
}

/// The document with this code. Names are those in the document, not those of today.
pub async fn verify(pool: &PgPool, code: &str) -> Result<Option<VerifiedRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT kind, number, issued_on, data #>> '{head,case_number}' AS case_number,
                data #>> '{head,agency}' AS agency_name, data #>> '{head,system}' AS system_name, sm3
         FROM document WHERE verification_code = $1",
    )
    .bind(code)
    .fetch_optional(pool)
    .await?)
}
