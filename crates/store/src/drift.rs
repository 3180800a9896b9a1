//! 偏差核对: the rows of what differs, and the papers a difference is valued by.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// One row with its engine, case and agency. The last two are absent for what is on no paper.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DriftRow {
    pub id: Uuid,
    pub engine_id: Uuid,
    pub engine_name: String,
    pub engine_kind: String,
    pub subject: String,
    pub resource_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    pub agency_id: Option<Uuid>,
    pub agency_name: Option<String>,
    pub name: String,
    pub kind: String,
    pub found: Value,
    pub paid_fen: i64,
    pub unpaid_fen: i64,
    pub yearly_fen: i64,
    pub state: Value,
    pub version: i32,
    pub first_seen_at: Timestamp,
    pub seen_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.engine_id, e.name AS engine_name, e.kind AS engine_kind, d.subject, d.resource_id, d.case_id,
                a.number AS case_number, a.system_name, d.agency_id, o.name AS agency_name, d.name, d.kind, d.found,
                d.paid_fen, d.unpaid_fen, d.yearly_fen, d.state, d.version, d.first_seen_at, d.seen_at
             FROM drift d JOIN engine e ON e.id = d.engine_id LEFT JOIN application a ON a.id = d.case_id
                LEFT JOIN org o ON o.id = d.agency_id ",
            $rest
        )
    };
}

/// One row.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<DriftRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE d.id = $1")).bind(id).fetch_one(pool).await?)
}

/// One row inside a change, locked.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<DriftRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE d.id = $1 FOR UPDATE OF d")).bind(id).fetch_one(&mut **tx).await?)
}

/// Filters of the list. Rows that are over are listed only where their state is asked for.
#[derive(Clone, Debug, Default)]
pub struct DriftFilter {
    /// Part of a name, a case's number, a system's or an agency's name.
    pub text: Option<String>,
    pub kind: Option<String>,
    pub state: Option<String>,
    pub engine_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
    /// Yearly fen and id of the last row of the page before.
    pub after: Option<(i64, Uuid)>,
    pub limit: i64,
}

/// The condition of list and sums, over `$1` to `$5`.
macro_rules! filtered {
    ($head:literal, $rest:literal) => {
        concat!(
            $head,
            " WHERE ($1::text IS NULL OR strpos(d.name, $1) > 0 OR strpos(a.number, $1) > 0
                 OR strpos(a.system_name, $1) > 0 OR strpos(o.name, $1) > 0)
               AND ($2::text IS NULL OR d.kind = $2)
               AND (CASE WHEN $3::text IS NULL THEN d.state_code <> 'closed' ELSE d.state_code = $3 END)
               AND ($4::uuid IS NULL OR d.engine_id = $4) AND ($5::uuid IS NULL OR d.agency_id = $5) ",
            $rest
        )
    };
}

/// One page, the dearest first.
pub async fn page(pool: &PgPool, filter: &DriftFilter) -> Result<Vec<DriftRow>, StoreError> {
    let (after_fen, after_id) = filter.after.unzip();
    let sql = concat!(
        select!(""),
        filtered!(
            "",
            "AND ($6::bigint IS NULL OR (d.yearly_fen, d.id) < ($6, $7)) ORDER BY d.yearly_fen DESC, d.id DESC LIMIT $8"
        )
    );
    Ok(sqlx::query_as(sql)
        .bind(&filter.text)
        .bind(&filter.kind)
        .bind(&filter.state)
        .bind(filter.engine_id)
        .bind(filter.agency_id)
        .bind(after_fen)
        .bind(after_id)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// 合计 of what the filter matches.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct DriftSums {
    pub count: i64,
    /// Rows charged for more than is there, and by how much a year.
    pub paid_count: i64,
    pub paid_fen: i64,
    /// Rows with more there than is charged, and by how much a year.
    pub unpaid_count: i64,
    pub unpaid_fen: i64,
}

/// Counts and sums both ways.
pub async fn sums(pool: &PgPool, filter: &DriftFilter) -> Result<DriftSums, StoreError> {
    let sql = filtered!(
        "SELECT count(*) AS count, count(*) FILTER (WHERE d.paid_fen > 0) AS paid_count,
             coalesce(sum(d.paid_fen), 0)::bigint AS paid_fen, count(*) FILTER (WHERE d.unpaid_fen > 0) AS unpaid_count,
             coalesce(sum(d.unpaid_fen), 0)::bigint AS unpaid_fen
         FROM drift d LEFT JOIN application a ON a.id = d.case_id LEFT JOIN org o ON o.id = d.agency_id",
        ""
    );
    Ok(sqlx::query_as(sql)
        .bind(&filter.text)
        .bind(&filter.kind)
        .bind(&filter.state)
        .bind(filter.engine_id)
        .bind(filter.agency_id)
        .fetch_one(pool)
        .await?)
}

/// A row that stands, as far as a look compares with it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StandingRow {
    pub id: Uuid,
    pub subject: String,
    pub kind: String,
    pub found: Value,
    pub paid_fen: i64,
    pub unpaid_fen: i64,
    pub state: Value,
    pub version: i32,
}

/// The rows that stand of these subjects.
pub async fn standing(pool: &PgPool, engine: Uuid, subjects: &[String]) -> Result<Vec<StandingRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, subject, kind, found, paid_fen, unpaid_fen, state, version FROM drift
         WHERE engine_id = $1 AND subject = ANY($2) AND state_code <> 'closed'",
    )
    .bind(engine)
    .bind(subjects)
    .fetch_all(pool)
    .await?)
}

/// The subjects of rows that stand and came from the list of what the cloud holds.
pub async fn listed_subjects(pool: &PgPool, engine: Uuid) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT subject FROM drift WHERE engine_id = $1 AND subject NOT LIKE 'resource/%' AND state_code <> 'closed'",
    )
    .bind(engine)
    .fetch_all(pool)
    .await?)
}

/// A row as a look leaves it: new, or with another difference than before.
pub struct SeenRow<'a> {
    pub id: Uuid,
    pub subject: &'a str,
    pub resource_id: Option<Uuid>,
    pub case_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
    pub name: &'a str,
    pub kind: &'a str,
    pub found: Value,
    pub paid_fen: i64,
    pub unpaid_fen: i64,
    pub state: Value,
    /// Of the row it is to replace; 0 for a new one.
    pub version: i32,
}

/// Inserts the new ones in one statement. What another instance was quicker to find stays as it is.
pub async fn insert(tx: &mut Tx, engine: Uuid, rows: &[SeenRow<'_>], at: Timestamp) -> Result<u64, StoreError> {
    let sql = "INSERT INTO drift (id, engine_id, subject, resource_id, case_id, agency_id, name, kind, found, paid_fen,
             unpaid_fen, state_code, state, first_seen_at, seen_at)
         SELECT n.id, $1, n.subject, n.resource_id, n.case_id, n.agency_id, n.name, n.kind, n.found, n.paid_fen,
             n.unpaid_fen, n.state ->> 'state', n.state, $12, $12
         FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::jsonb[],
             $10::bigint[], $11::bigint[], $13::jsonb[])
             AS n (id, subject, resource_id, case_id, agency_id, name, kind, found, paid_fen, unpaid_fen, state)
         ON CONFLICT (engine_id, subject) WHERE state_code <> 'closed' DO NOTHING";
    let done = sqlx::query(sql)
        .bind(engine)
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.subject))
        .bind(column(rows, |row| row.resource_id))
        .bind(column(rows, |row| row.case_id))
        .bind(column(rows, |row| row.agency_id))
        .bind(column(rows, |row| row.name))
        .bind(column(rows, |row| row.kind))
        .bind(column(rows, |row| row.found.clone()))
        .bind(column(rows, |row| row.paid_fen))
        .bind(column(rows, |row| row.unpaid_fen))
        .bind(at)
        .bind(column(rows, |row| row.state.clone()))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

/// Keeps another difference of rows that stand, if they are still as they were read.
pub async fn renew(tx: &mut Tx, rows: &[SeenRow<'_>], at: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE drift d SET kind = n.kind, found = n.found, paid_fen = n.paid_fen, unpaid_fen = n.unpaid_fen,
             state_code = n.state ->> 'state', state = n.state, version = d.version + 1, seen_at = $8
         FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::jsonb[], $5::bigint[], $6::bigint[], $7::jsonb[])
             AS n (id, version, kind, found, paid_fen, unpaid_fen, state)
         WHERE d.id = n.id AND d.version = n.version",
    )
    .bind(column(rows, |row| row.id))
    .bind(column(rows, |row| row.version))
    .bind(column(rows, |row| row.kind))
    .bind(column(rows, |row| row.found.clone()))
    .bind(column(rows, |row| row.paid_fen))
    .bind(column(rows, |row| row.unpaid_fen))
    .bind(column(rows, |row| row.state.clone()))
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

fn column<'a, T>(rows: &'a [SeenRow<'_>], of: impl Fn(&'a SeenRow<'_>) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// New states of rows that stand: id, version read, state. Answers how many were still as they were read.
pub async fn save_states(tx: &mut Tx, rows: &[(Uuid, i32, Value)]) -> Result<u64, StoreError> {
    let (mut ids, mut versions, mut states) = (Vec::new(), Vec::new(), Vec::new());
    for (id, version, state) in rows {
        ids.push(*id);
        versions.push(*version);
        states.push(state);
    }
    let done = sqlx::query(
        "UPDATE drift d SET state_code = n.state ->> 'state', state = n.state, version = d.version + 1
         FROM unnest($1::uuid[], $2::integer[], $3::jsonb[]) AS n (id, version, state)
         WHERE d.id = n.id AND d.version = n.version",
    )
    .bind(ids)
    .bind(versions)
    .bind(states)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Notes that rows were seen again as they are. A measurement, outside any change.
pub async fn touch(pool: &PgPool, ids: &[Uuid], at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE drift SET seen_at = $2 WHERE id = ANY($1)").bind(ids).bind(at).execute(pool).await?;
    Ok(())
}

/// What a row that was assigned to a case says of the server it names: what the cloud told of it.
pub async fn assigned(tx: &mut Tx, engine: Uuid, case_id: Uuid, name: &str) -> Result<Option<Value>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT found FROM drift WHERE engine_id = $1 AND subject = 'server/' || $3 AND state_code = 'adopting'
             AND state ->> 'application' = $2::text",
    )
    .bind(engine)
    .bind(case_id)
    .bind(name)
    .fetch_optional(&mut **tx)
    .await?)
}

/// 账 of one case: the rows of servers as granted, and the file of the account that runs or ran last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PaperRow {
    pub case_id: Uuid,
    pub servers: Option<Value>,
    pub account: Option<Value>,
}

/// The papers of several cases.
pub async fn papers(pool: &PgPool, cases: &[Uuid]) -> Result<Vec<PaperRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.id AS case_id, coalesce(a.granted, a.form) -> 'servers' AS servers,
             (SELECT c.input FROM charge_account c WHERE c.application_id = a.id
              ORDER BY c.opened_on DESC, c.subscription_id DESC LIMIT 1) AS account
         FROM application a WHERE a.id = ANY($1)",
    )
    .bind(cases)
    .fetch_all(pool)
    .await?)
}
