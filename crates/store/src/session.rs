//! 会话与鉴别: credentials, second factors, sessions, failed attempts. Hashes and sealed bytes only.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;

/// What a log-in is checked against.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CredentialRow {
    pub person_id: Uuid,
    pub username: String,
    pub name: String,
    pub org_id: Uuid,
    pub state: String,
    pub hash_sealed: Vec<u8>,
    pub changed_on: Date,
    pub must_change: bool,
    pub failures: i32,
    pub failures_shown: i32,
    pub locked_until: Option<Timestamp>,
    pub last_login_at: Option<Timestamp>,
    pub last_login_ip: Option<String>,
    /// Last log-in, activation or entry: from here an unused account is counted (E12).
    pub last_sign_at: Timestamp,
    pub second_factor: bool,
}

macro_rules! credential {
    () => {
        "SELECT p.id AS person_id, p.username, p.name, p.org_id, p.state, c.hash_sealed, c.changed_on, c.must_change, c.failures,
                c.failures_shown, c.locked_until, p.last_login_at, p.last_login_ip,
                greatest(p.last_login_at, p.activated_at, p.created_at) AS last_sign_at,
                coalesce(f.confirmed_at IS NOT NULL, false) AS second_factor
         FROM person p JOIN credential c ON c.person_id = p.id LEFT JOIN second_factor f ON f.person_id = p.id"
    };
}

/// The credential of a user name, if there is one.
pub async fn credential(pool: &PgPool, username: &str) -> Result<Option<CredentialRow>, StoreError> {
    const SQL: &str = concat!(credential!(), " WHERE p.username = $1");
    Ok(sqlx::query_as(SQL).bind(username).fetch_optional(pool).await?)
}

/// The credential of a person, locked for the change.
pub async fn lock_credential(tx: &mut Tx, person: Uuid) -> Result<CredentialRow, StoreError> {
    const SQL: &str = concat!(credential!(), " WHERE p.id = $1 FOR UPDATE OF c");
    Ok(sqlx::query_as(SQL).bind(person).fetch_one(&mut **tx).await?)
}

/// Sets a password: the old hash goes to the history, the counters begin anew.
pub async fn set_password(
    tx: &mut Tx,
    person: Uuid,
    hash_sealed: &[u8],
    (changed_on, must_change): (Date, bool),
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO credential (person_id, hash_sealed, changed_on, must_change) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id) DO UPDATE SET hash_sealed = EXCLUDED.hash_sealed, changed_on = EXCLUDED.changed_on,
             must_change = EXCLUDED.must_change, failures = 0, locked_until = NULL",
    )
    .bind(person)
    .bind(hash_sealed)
    .bind(changed_on)
    .bind(must_change)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO credential_history (person_id, hash_sealed, set_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(person)
    .bind(hash_sealed)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The latest hashes, newest first.
pub async fn password_history(tx: &mut Tx, person: Uuid, count: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT hash_sealed FROM credential_history WHERE person_id = $1 ORDER BY set_at DESC LIMIT $2",
    )
    .bind(person)
    .bind(count)
    .fetch_all(&mut **tx)
    .await?)
}

/// Records a failure on an account: the new count, and the lock where it has come to that.
pub async fn note_failure(
    tx: &mut Tx,
    person: Uuid,
    failures: i32,
    locked_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE credential SET failures = $2, locked_until = $3, failures_shown = failures_shown + 1 WHERE person_id = $1")
        .bind(person)
        .bind(failures)
        .bind(locked_until)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes a lock off and the count back.
pub async fn clear_failures(tx: &mut Tx, person: Uuid) -> Result<(), StoreError> {
    sqlx::query("UPDATE credential SET failures = 0, locked_until = NULL WHERE person_id = $1")
        .bind(person)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Records a completed log-in.
pub async fn note_login(tx: &mut Tx, person: Uuid, ip: Option<&str>, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE person SET last_login_at = $3, last_login_ip = $2 WHERE id = $1")
        .bind(person)
        .bind(ip)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE credential SET failures = 0, failures_shown = 0, locked_until = NULL WHERE person_id = $1")
        .bind(person)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Records a failed attempt from an address, and forgets those older than `keep_from`.
pub async fn note_address_failure(
    tx: &mut Tx,
    ip: &str,
    at: Timestamp,
    keep_from: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO login_failure (ip, at) VALUES ($1, $2)").bind(ip).bind(at).execute(&mut **tx).await?;
    sqlx::query("DELETE FROM login_failure WHERE ip = $1 AND at < $2")
        .bind(ip)
        .bind(keep_from)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Failed attempts from an address since `from`, and the earliest of them.
pub async fn address_failures(
    pool: &PgPool,
    ip: &str,
    from: Timestamp,
) -> Result<(i64, Option<Timestamp>), StoreError> {
    Ok(sqlx::query_as("SELECT count(*), min(at) FROM login_failure WHERE ip = $1 AND at >= $2")
        .bind(ip)
        .bind(from)
        .fetch_one(pool)
        .await?)
}

/// A second factor as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SecondFactorRow {
    pub secret_sealed: Vec<u8>,
    pub confirmed_at: Option<Timestamp>,
    pub last_step: i64,
}

/// The second factor of a person, locked for the change.
pub async fn lock_second_factor(tx: &mut Tx, person: Uuid) -> Result<Option<SecondFactorRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT secret_sealed, confirmed_at, last_step FROM second_factor WHERE person_id = $1 FOR UPDATE",
    )
    .bind(person)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Puts down a secret to be confirmed; a confirmed one is left alone.
pub async fn propose_second_factor(tx: &mut Tx, person: Uuid, secret_sealed: &[u8]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO second_factor (person_id, secret_sealed) VALUES ($1, $2)
         ON CONFLICT (person_id) DO UPDATE SET secret_sealed = EXCLUDED.secret_sealed, last_step = 0
             WHERE second_factor.confirmed_at IS NULL",
    )
    .bind(person)
    .bind(secret_sealed)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses up a time step, confirming the secret the first time.
pub async fn use_step(tx: &mut Tx, person: Uuid, step: i64, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE second_factor SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE person_id = $1",
    )
    .bind(person)
    .bind(step)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets a second factor: the next log-in enrols a new one.
pub async fn remove_second_factor(tx: &mut Tx, person: Uuid) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM second_factor WHERE person_id = $1").bind(person).execute(&mut **tx).await?;
    Ok(())
}

/// A session with its person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub username: String,
    pub name: String,
    pub person_state: String,
    pub org_id: Uuid,
    pub org_name: String,
    pub org_office: String,
    pub county: Option<String>,
    pub stage: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ip: Option<String>,
    pub terminal: Option<String>,
    pub demo: bool,
    pub notice: Option<serde_json::Value>,
    pub ended_at: Option<Timestamp>,
    pub ended_why: Option<String>,
    /// Parallel lists: role codes and where they are held.
    pub roles: Vec<String>,
    pub role_orgs: Vec<Uuid>,
}

/// The session of a cookie's hash, ended or not.
pub async fn by_token(pool: &PgPool, token_hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, s.person_id, p.username, p.name, p.state AS person_state, p.org_id, o.name AS org_name,
                o.office AS org_office, o.county, s.stage, s.created_at, s.last_seen_at, s.ip, s.terminal, s.demo, s.notice,
                s.ended_at, s.ended_why, coalesce(g.roles, '{}') AS roles, coalesce(g.orgs, '{}') AS role_orgs
         FROM session s JOIN person p ON p.id = s.person_id JOIN org o ON o.id = p.org_id
         LEFT JOIN LATERAL (SELECT array_agg(r.role ORDER BY r.id) AS roles, array_agg(r.org_id ORDER BY r.id) AS orgs
                            FROM person_role r WHERE r.person_id = p.id AND r.revoked_at IS NULL) g ON true
         WHERE s.token_hash = $1",
    )
    .bind(token_hash)
    .fetch_optional(pool)
    .await?)
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    pub id: Uuid,
    pub token_hash: &'a [u8],
    pub person: Uuid,
    pub stage: &'a str,
    pub ip: Option<&'a str>,
    pub terminal: Option<&'a str>,
    pub demo: bool,
    pub notice: Option<&'a serde_json::Value>,
}

/// Opens a session.
pub async fn open(tx: &mut Tx, new: &NewSession<'_>, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO session (id, token_hash, person_id, stage, created_at, last_seen_at, ip, terminal, demo, notice)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.token_hash)
    .bind(new.person)
    .bind(new.stage)
    .bind(at)
    .bind(new.ip)
    .bind(new.terminal)
    .bind(new.demo)
    .bind(new.notice)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves a session a step on, under a new cookie; false where it has ended meanwhile.
pub async fn advance(tx: &mut Tx, id: Uuid, stage: &str, token_hash: &[u8], at: Timestamp) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "UPDATE session SET stage = $2, token_hash = $3, last_seen_at = $4 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id)
    .bind(stage)
    .bind(token_hash)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Notes that a session is in use.
pub async fn touch(pool: &PgPool, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(id)
        .bind(at)
        .execute(pool)
        .await?;
    Ok(())
}

/// Ends one session; false where it had ended before.
pub async fn end(tx: &mut Tx, id: Uuid, why: &str, at: Timestamp) -> Result<bool, StoreError> {
    let ended = sqlx::query("UPDATE session SET ended_at = $3, ended_why = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(id)
        .bind(why)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends every other open session of a person; their ids and addresses, for the audit entry.
pub async fn end_others(
    tx: &mut Tx,
    person: Uuid,
    except: Option<Uuid>,
    why: &str,
    at: Timestamp,
) -> Result<Vec<(Uuid, Option<String>)>, StoreError> {
    Ok(sqlx::query_as(
        "UPDATE session SET ended_at = $4, ended_why = $3
         WHERE person_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2 RETURNING id, ip",
    )
    .bind(person)
    .bind(except)
    .bind(why)
    .bind(at)
    .fetch_all(&mut **tx)
    .await?)
}

/// Puts down the one-time link of the first start, in place of an unused earlier one.
pub async fn put_setup_link(pool: &PgPool, token_hash: &[u8], at: Timestamp) -> Result<bool, StoreError> {
    let put = sqlx::query(
        "INSERT INTO setup_link (token_hash, created_at) VALUES ($1, $2)
         ON CONFLICT (only_row) DO UPDATE SET token_hash = EXCLUDED.token_hash, created_at = EXCLUDED.created_at
             WHERE setup_link.used_at IS NULL",
    )
    .bind(token_hash)
    .bind(at)
    .execute(pool)
    .await?;
    Ok(put.rows_affected() == 1)
}

/// Uses the link up; false where it is another one or was used before.
pub async fn use_setup_link(tx: &mut Tx, token_hash: &[u8], at: Timestamp) -> Result<bool, StoreError> {
    let used = sqlx::query("UPDATE setup_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL")
        .bind(token_hash)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(used.rows_affected() == 1)
}
