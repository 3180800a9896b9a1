//! 跳板机: the hosts people come in by, the sessions they report and the log-ins they turned away.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

/// One jump host.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JumpHostRow {
    pub id: Uuid,
    pub name: String,
    pub address: String,
    pub port: i32,
    pub login: String,
    pub active: bool,
    pub version: i32,
    pub created_at: Timestamp,
    pub seen_at: Option<Timestamp>,
}

const COLUMNS: &str = "SELECT id, name, address, port, login, active, version, created_at, seen_at FROM jump_host ";

/// All of them, by name.
pub async fn all(pool: &PgPool) -> Result<Vec<JumpHostRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY name"))).fetch_all(pool).await?)
}

/// One of them.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<JumpHostRow, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"))).bind(id).fetch_one(pool).await?)
}

/// The active one whose credential has this code.
pub async fn by_token(pool: &PgPool, mac: &str) -> Result<Option<JumpHostRow>, StoreError> {
    let sql = format!("{COLUMNS} WHERE token_mac = $1 AND active");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(mac).fetch_optional(pool).await?)
}

/// Registers a jump host; false where the name is taken.
pub async fn insert(tx: &mut Tx, row: &JumpHostRow, mac: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO jump_host (id, name, address, port, login, token_mac, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING",
    )
    .bind(row.id)
    .bind(&row.name)
    .bind(&row.address)
    .bind(row.port)
    .bind(&row.login)
    .bind(mac)
    .bind(row.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Switches it on or off over `version`, with a new credential where one is given.
pub async fn update(
    tx: &mut Tx,
    (id, version): (Uuid, i32),
    active: bool,
    mac: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE jump_host SET active = $3, token_mac = coalesce($4, token_mac), version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(active)
    .bind(mac)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It was heard of.
pub async fn seen(pool: &PgPool, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE jump_host SET seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(pool).await?;
    Ok(())
}

/// 运维会话 to keep.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    pub id: Uuid,
    pub jump_host_id: Uuid,
    pub serial: i64,
    pub key_id: &'a str,
    pub account_id: Option<Uuid>,
    pub grant_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
    pub person_name: &'a str,
    pub source: &'a str,
    pub host: &'a str,
    pub protocol: &'a str,
    pub command: Option<&'a [u8]>,
    pub barred: Option<&'a str>,
    pub started_at: Timestamp,
}

/// Keeps a session's beginning.
pub async fn insert_session(tx: &mut Tx, new: &NewSession<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO bastion_session (id, jump_host_id, serial, key_id, account_id, grant_id, case_id, agency_id,
             person_name, source, host, protocol, command, barred, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(new.id)
    .bind(new.jump_host_id)
    .bind(new.serial)
    .bind(new.key_id)
    .bind(new.account_id)
    .bind(new.grant_id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.person_name)
    .bind(new.source)
    .bind(new.host)
    .bind(new.protocol)
    .bind(new.command)
    .bind(new.barred)
    .bind(new.started_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Has reports of one session wait for each other until the end of the transaction.
pub async fn hold(tx: &mut Tx, session: Uuid) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))").bind(session).execute(&mut **tx).await?;
    Ok(())
}

/// What a session that was reported before came to: `Some(None)` where it was let through.
pub async fn reported(tx: &mut Tx, (jump, id): (Uuid, Uuid)) -> Result<Option<Option<String>>, StoreError> {
    let sql = "SELECT barred FROM bastion_session WHERE id = $1 AND jump_host_id = $2";
    Ok(sqlx::query_scalar(sql).bind(id).bind(jump).fetch_optional(&mut **tx).await?)
}

/// 会话结束.
pub struct SessionEnd<'a> {
    pub session_id: Uuid,
    pub exit_code: i32,
    pub record: &'a [u8],
    pub record_bytes: i32,
    pub truncated: bool,
    pub cut: Option<&'a str>,
    pub ended_at: Timestamp,
}

/// Keeps a session's end; false where it was reported before.
pub async fn insert_end(tx: &mut Tx, end: &SessionEnd<'_>) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO bastion_session_end (session_id, exit_code, record, record_bytes, truncated, cut, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (session_id) DO NOTHING",
    )
    .bind(end.session_id)
    .bind(end.exit_code)
    .bind(end.record)
    .bind(end.record_bytes)
    .bind(end.truncated)
    .bind(end.cut)
    .bind(end.ended_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One session as listed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    pub id: Uuid,
    pub seq: i64,
    pub jump_host: String,
    pub serial: i64,
    pub key_id: String,
    pub basis_number: Option<String>,
    pub by_grant: bool,
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    pub agency_id: Option<Uuid>,
    pub agency_name: Option<String>,
    pub person_name: String,
    pub source: String,
    pub host: String,
    pub protocol: String,
    pub command: Option<Vec<u8>>,
    pub barred: Option<String>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub cut: Option<String>,
    pub exit_code: Option<i32>,
    pub record_bytes: Option<i32>,
    pub truncated: Option<bool>,
}

macro_rules! sessions {
    ($($rest:tt)*) => {
        concat!(
            "SELECT s.id, s.seq, j.name AS jump_host, s.serial, s.key_id, coalesce(b.number, g.number) AS basis_number,
                s.grant_id IS NOT NULL AS by_grant, s.case_id, a.number AS case_number, a.system_name, s.agency_id,
                o.name AS agency_name, s.person_name, s.source, s.host, s.protocol, s.command, s.barred, s.started_at,
                e.ended_at, e.cut, e.exit_code, e.record_bytes, e.truncated
             FROM bastion_session s JOIN jump_host j ON j.id = s.jump_host_id
                LEFT JOIN bastion_session_end e ON e.session_id = s.id
                LEFT JOIN bastion_account b ON b.id = s.account_id LEFT JOIN access_grant g ON g.id = s.grant_id
                LEFT JOIN application a ON a.id = s.case_id LEFT JOIN org o ON o.id = s.agency_id ",
            $($rest)*
        )
    };
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Part of a name, a source, a server, a case's number, a system's or an agency's name, an account's number.
    pub text: Option<String>,
    /// True: only those that were not let through; false: only those that were.
    pub barred: Option<bool>,
    /// True: suppliers under a grant; false: accounts.
    pub by_grant: Option<bool>,
    pub protocol: Option<String>,
    pub case_id: Option<Uuid>,
    /// Place of the last row of the page before.
    pub after: Option<i64>,
    pub limit: i64,
}

/// One page of what may be seen, newest first. What names no case is the city's alone.
pub async fn sessions(pool: &PgPool, seen: &Visible, filter: &SessionFilter) -> Result<Vec<SessionRow>, StoreError> {
    let sql = sessions!(
        "WHERE ",
        visible!("s"),
        " AND ($6::text IS NULL OR strpos(s.person_name, $6) > 0 OR strpos(s.source, $6) > 0 OR strpos(s.host, $6) > 0
                OR strpos(a.number, $6) > 0 OR strpos(a.system_name, $6) > 0 OR strpos(o.name, $6) > 0
                OR strpos(coalesce(b.number, g.number), $6) > 0)
           AND ($7::bool IS NULL OR (s.barred IS NOT NULL) = $7)
           AND ($8::bool IS NULL OR (s.grant_id IS NOT NULL) = $8)
           AND ($9::text IS NULL OR s.protocol = $9) AND ($10::uuid IS NULL OR s.case_id = $10)
           AND ($11::bigint IS NULL OR s.seq < $11)
         ORDER BY s.seq DESC LIMIT $12"
    );
    Ok(sqlx::query_as(sql)
        .to_visible(seen)
        .bind(&filter.text)
        .bind(filter.barred)
        .bind(filter.by_grant)
        .bind(&filter.protocol)
        .bind(filter.case_id)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// One session inside a change.
pub async fn session_in(tx: &mut Tx, id: Uuid) -> Result<SessionRow, StoreError> {
    Ok(sqlx::query_as(sessions!("WHERE s.id = $1")).bind(id).fetch_one(&mut **tx).await?)
}

/// The sealed record of a session that has ended.
pub async fn record(tx: &mut Tx, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT record FROM bastion_session_end WHERE session_id = $1";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_optional(&mut **tx).await?)
}

/// 被拒登录 to keep.
pub struct NewRefusal<'a> {
    pub jump_host_id: Uuid,
    pub log_file: &'a str,
    pub position: i64,
    pub serial: Option<i64>,
    pub key_id: Option<&'a str>,
    pub source: &'a str,
    pub login: &'a str,
    pub barred: &'a str,
    pub line: &'a str,
    pub reported_at: Timestamp,
}

/// Keeps a refused log-in; false where the line was reported before.
pub async fn insert_refusal(tx: &mut Tx, new: &NewRefusal<'_>) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO bastion_refusal (jump_host_id, log_file, position, serial, key_id, source, login, barred, line,
             reported_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(new.jump_host_id)
    .bind(new.log_file)
    .bind(new.position)
    .bind(new.serial)
    .bind(new.key_id)
    .bind(new.source)
    .bind(new.login)
    .bind(new.barred)
    .bind(new.line)
    .bind(new.reported_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
