//! 堡垒机: the signing key, certificates by serial, what was revoked, jump hosts and what they fetch.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// 签发密钥.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CaRow {
    pub version: i32,
    pub public_key: String,
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub created_by: String,
}

/// Signing keys, newest first.
pub async fn keys(pool: &PgPool) -> Result<Vec<CaRow>, StoreError> {
    let sql = "SELECT version, public_key, sealed, created_at, created_by FROM bastion_ca ORDER BY version DESC";
    Ok(sqlx::query_as(sql).fetch_all(pool).await?)
}

/// The newest key inside a change. Whoever finds none makes the first, one at a time.
pub async fn newest_key(tx: &mut Tx) -> Result<Option<CaRow>, StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('bastion_ca'))").execute(&mut **tx).await?;
    let sql =
        "SELECT version, public_key, sealed, created_at, created_by FROM bastion_ca ORDER BY version DESC LIMIT 1";
    Ok(sqlx::query_as(sql).fetch_optional(&mut **tx).await?)
}

/// Keeps a new signing key.
pub async fn insert_key(tx: &mut Tx, key: &CaRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO bastion_ca (version, public_key, sealed, created_at, created_by) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(key.version)
    .bind(&key.public_key)
    .bind(&key.sealed)
    .bind(key.created_at)
    .bind(&key.created_by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Public keys to be trusted at `now`: the newest, and those whose certificates are not all over.
pub async fn trusted_keys(pool: &PgPool, now: Timestamp) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT k.public_key FROM bastion_ca k
         WHERE k.version = (SELECT max(version) FROM bastion_ca)
            OR EXISTS (SELECT 1 FROM bastion_certificate c WHERE c.valid_before > $1 AND c.ca_version = k.version)
         ORDER BY k.version DESC",
    )
    .bind(now)
    .fetch_all(pool)
    .await?)
}

/// 登录证书.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CertificateRow {
    pub serial: i64,
    pub ca_version: i32,
    pub account_id: Option<Uuid>,
    pub grant_id: Option<Uuid>,
    pub case_id: Uuid,
    pub key_id: String,
    pub principals: Vec<String>,
    pub source: String,
    pub fingerprint: String,
    pub certificate: String,
    pub valid_after: Timestamp,
    pub valid_before: Timestamp,
    pub issued_by: String,
    pub issued_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

macro_rules! certificates {
    ($rest:literal) => {
        concat!(
            "SELECT c.serial, c.ca_version, c.account_id, c.grant_id, c.case_id, c.key_id, c.principals, c.source,
                c.fingerprint, c.certificate, c.valid_after, c.valid_before, c.issued_by, c.issued_at, r.revoked_at
             FROM bastion_certificate c LEFT JOIN bastion_revocation r ON r.serial = c.serial ",
            $rest
        )
    };
}

/// One certificate inside a change.
pub async fn certificate(tx: &mut Tx, serial: i64) -> Result<Option<CertificateRow>, StoreError> {
    Ok(sqlx::query_as(certificates!("WHERE c.serial = $1")).bind(serial).fetch_optional(&mut **tx).await?)
}

/// The last certificate of each account and grant of these that is still valid at `now`.
pub async fn standing(
    db: impl PgExecutor<'_>,
    bases: &[Uuid],
    now: Timestamp,
) -> Result<Vec<CertificateRow>, StoreError> {
    let sql = certificates!(
        "WHERE (c.account_id = ANY($1) OR c.grant_id = ANY($1)) AND c.valid_before > $2 AND r.serial IS NULL
         ORDER BY c.serial DESC LIMIT 1000"
    );
    Ok(sqlx::query_as(sql).bind(bases).bind(now).fetch_all(db).await?)
}

/// Keeps a certificate as issued.
pub async fn insert_certificate(tx: &mut Tx, row: &CertificateRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO bastion_certificate (serial, ca_version, account_id, grant_id, case_id, key_id, principals, source,
             fingerprint, certificate, valid_after, valid_before, issued_by, issued_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(row.serial)
    .bind(row.ca_version)
    .bind(row.account_id)
    .bind(row.grant_id)
    .bind(row.case_id)
    .bind(&row.key_id)
    .bind(&row.principals)
    .bind(&row.source)
    .bind(&row.fingerprint)
    .bind(&row.certificate)
    .bind(row.valid_after)
    .bind(row.valid_before)
    .bind(&row.issued_by)
    .bind(row.issued_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Revokes what is still valid of an account or a grant; answers how many.
pub async fn revoke(tx: &mut Tx, basis: Uuid, reason: &str, now: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO bastion_revocation (serial, reason, revoked_at)
         SELECT c.serial, $2, $3 FROM bastion_certificate c
         WHERE (c.account_id = $1 OR c.grant_id = $1) AND c.valid_before > $3
         ON CONFLICT (serial) DO NOTHING",
    )
    .bind(basis)
    .bind(reason)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// 吊销名单: signing key and serials of what is revoked and would otherwise still be valid at `now`.
pub async fn revoked(pool: &PgPool, now: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT k.public_key, c.serial FROM bastion_certificate c JOIN bastion_revocation r ON r.serial = c.serial
            JOIN bastion_ca k ON k.version = c.ca_version
         WHERE c.valid_before > $1 ORDER BY k.version, c.serial",
    )
    .bind(now)
    .fetch_all(pool)
    .await?)
}

/// A server that is open now, as a jump host reaches it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenHost {
    pub name: String,
    pub case_number: String,
    pub address: Option<String>,
}

/// Every open server of the city. Served by `resource_phase`.
pub async fn open_hosts(pool: &PgPool) -> Result<Vec<OpenHost>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT r.name, a.number AS case_number, r.address FROM resource r JOIN application a ON a.id = r.case_id
         WHERE r.phase IN ('trial', 'production') AND r.opened ORDER BY a.number, r.name",
    )
    .fetch_all(pool)
    .await?)
}

/// Open servers of a case: row of 附件2-1 and name.
pub async fn open_of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<(i32, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT line, name FROM resource
         WHERE case_id = $1 AND phase IN ('trial', 'production') AND opened ORDER BY line, ordinal, id",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}

/// Whether any server of the case is left, be it stopped.
pub async fn any_left(tx: &mut Tx, case_id: Uuid) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM resource WHERE case_id = $1 AND phase <> 'erased')";
    Ok(sqlx::query_scalar(sql).bind(case_id).fetch_one(&mut **tx).await?)
}
