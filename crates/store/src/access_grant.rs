//! 供应商运维访问授权: asked for, granted or not, ended.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One grant as stored, with its case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GrantRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub number: String,
    pub person_id: Uuid,
    pub person_name: String,
    pub org_name: String,
    pub hosts: Vec<String>,
    /// 文件传输, by code.
    pub transfers: Vec<String>,
    pub source: String,
    pub from_at: Timestamp,
    pub until_at: Timestamp,
    pub purpose: String,
    pub decided_by: Option<String>,
    pub state: Value,
    pub version: i32,
    pub requested_at: Timestamp,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT g.id, g.case_id, a.number AS case_number, a.system_name, g.agency_id, o.name AS agency_name, g.number,
                g.person_id, g.person_name, g.org_name, g.hosts, g.transfers, g.source, g.from_at, g.until_at,
                g.purpose, g.decided_by, g.state, g.version, g.requested_at
             FROM access_grant g JOIN application a ON a.id = g.case_id JOIN org o ON o.id = g.agency_id ",
            $($rest)*
        )
    };
}

/// Grants of a case, newest first.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<GrantRow>, StoreError> {
    let sql = select!("WHERE g.case_id = $1 ORDER BY g.id DESC LIMIT 200");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// One grant inside a change.
pub async fn one_in(tx: &mut Tx, id: Uuid) -> Result<GrantRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE g.id = $1")).bind(id).fetch_one(&mut **tx).await?)
}

/// A person's grant on a case that is in force at `now`, the longest one.
pub async fn in_force(
    tx: &mut Tx,
    (case_id, person): (Uuid, Uuid),
    now: Timestamp,
) -> Result<Option<GrantRow>, StoreError> {
    let sql = select!(
        "WHERE g.case_id = $1 AND g.person_id = $2 AND g.state_code = 'granted' AND g.from_at <= $3 AND g.until_at > $3
         ORDER BY g.until_at DESC LIMIT 1"
    );
    Ok(sqlx::query_as(sql).bind(case_id).bind(person).bind(now).fetch_optional(&mut **tx).await?)
}

/// Open ones of a case: requested or granted.
pub async fn open_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM access_grant WHERE case_id = $1 AND state_code IN ('requested', 'granted') ORDER BY id",
    )
    .bind(case_id)
    .fetch_all(&mut **tx)
    .await?)
}

/// Those whose time is over. Served by `access_grant_ending`.
pub async fn over(pool: &PgPool, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM access_grant WHERE until_at <= $1 AND state_code IN ('requested', 'granted')
         ORDER BY until_at, id LIMIT 1000",
    )
    .bind(now)
    .fetch_all(pool)
    .await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// Part of a number, an engineer's name, a case's number, a system's or an agency's name.
    pub text: Option<String>,
    pub state: Option<String>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &GrantFilter) -> Result<Vec<GrantRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible!("g"),
        " AND ($6::text IS NULL OR strpos(g.number, $6) > 0 OR strpos(g.person_name, $6) > 0
                OR strpos(a.number, $6) > 0 OR strpos(a.system_name, $6) > 0 OR strpos(o.name, $6) > 0)
           AND ($7::text IS NULL OR g.state_code = $7) AND ($8::uuid IS NULL OR g.id < $8)
         ORDER BY g.id DESC LIMIT $9"
    );
    Ok(sqlx::query_as(sql)
        .to_visible(seen)
        .bind(&filter.text)
        .bind(&filter.state)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// A request to insert.
pub struct NewGrant<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub agency_id: Uuid,
    pub number: &'a str,
    pub person: (Uuid, &'a str),
    pub org_name: &'a str,
    pub hosts: &'a [String],
    pub transfers: &'a [String],
    pub source: &'a str,
    pub from_at: Timestamp,
    pub until_at: Timestamp,
    pub purpose: &'a str,
    pub state: &'a Value,
    pub requested_at: Timestamp,
}

/// Inserts a request.
pub async fn insert(tx: &mut Tx, new: &NewGrant<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO access_grant (id, case_id, agency_id, number, person_id, person_name, org_name, hosts,
             transfers, source, from_at, until_at, purpose, state_code, state, requested_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14->>'state', $14, $15)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.number)
    .bind(new.person.0)
    .bind(new.person.1)
    .bind(new.org_name)
    .bind(new.hosts)
    .bind(new.transfers)
    .bind(new.source)
    .bind(new.from_at)
    .bind(new.until_at)
    .bind(new.purpose)
    .bind(new.state)
    .bind(new.requested_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Who decided.
pub async fn set_decided_by(tx: &mut Tx, id: Uuid, name: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE access_grant SET decided_by = $2 WHERE id = $1").bind(id).bind(name).execute(&mut **tx).await?;
    Ok(())
}
