//! 伸缩策略: the policies, what was measured for them, what they decided and did.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One policy as stored, with its case, its row and how many servers of it there are.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PolicyRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub path: Vec<Uuid>,
    pub county: Option<String>,
    pub supplier_id: Option<Uuid>,
    pub engine_id: Uuid,
    pub engine_name: String,
    pub engine_kind: String,
    pub number: String,
    pub line: i32,
    /// 主机名称 of the row, as the form has it.
    pub host_name: String,
    pub state: Value,
    pub version: i32,
    pub acted_at: Option<Timestamp>,
    pub looked_at: Option<Timestamp>,
    pub decision: Option<Value>,
    pub running: i64,
    pub resting: i64,
    pub suspended: i64,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT p.id, p.case_id, a.number AS case_number, a.system_name, p.agency_id, o.name AS agency_name, o.path,
                a.county, a.supplier_id, p.engine_id, e.name AS engine_name, e.kind AS engine_kind, p.number, p.line,
                coalesce(coalesce(a.granted, a.form) -> 'servers' -> p.line ->> 'host_name', '') AS host_name,
                p.state, p.version, p.acted_at, p.looked_at, p.decision, n.running, n.resting, n.suspended
             FROM scaling_policy p JOIN application a ON a.id = p.case_id JOIN org o ON o.id = p.agency_id
                JOIN engine e ON e.id = p.engine_id
                CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE r.rest IS NULL) AS running,
                           count(*) FILTER (WHERE r.rest = 'scaled') AS resting,
                           count(*) FILTER (WHERE r.rest = 'suspended') AS suspended
                    FROM resource r WHERE r.case_id = p.case_id AND r.line = p.line
                        AND r.phase IN ('trial', 'production') AND r.opened) n ",
            $($rest)*
        )
    };
}

/// One policy.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> Result<PolicyRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE p.id = $1")).bind(id).fetch_one(db).await?)
}

/// The policy that governs a row of a case, in force or not, and its number; `None` where there is none or it has ended.
pub async fn of_line(
    db: impl PgExecutor<'_>,
    case_id: Uuid,
    line: i32,
) -> Result<Option<(Uuid, String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, number, state_code FROM scaling_policy WHERE case_id = $1 AND line = $2 AND state_code <> 'ended'",
    )
    .bind(case_id)
    .bind(line)
    .fetch_optional(db)
    .await?)
}

/// Policies of a case that have not ended: id and row.
pub async fn open_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<(Uuid, i32)>, StoreError> {
    Ok(sqlx::query_as("SELECT id, line FROM scaling_policy WHERE case_id = $1 AND state_code <> 'ended' ORDER BY id")
        .bind(case_id)
        .fetch_all(&mut **tx)
        .await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct PolicyFilter {
    /// Part of a policy's or a case's number, a system's or an agency's name.
    pub text: Option<String>,
    pub state: Option<String>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &PolicyFilter) -> Result<Vec<PolicyRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible!("p"),
        " AND ($6::text IS NULL OR strpos(p.number, $6) > 0 OR strpos(a.number, $6) > 0
                OR strpos(a.system_name, $6) > 0 OR strpos(o.name, $6) > 0)
           AND ($7::text IS NULL OR p.state_code = $7) AND ($8::uuid IS NULL OR p.id < $8)
         ORDER BY p.id DESC LIMIT $9"
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

/// A row of 附件2-1 that a policy may be set for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GroupRow {
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub line: i32,
    pub host_name: String,
    pub servers: i64,
    pub engine_id: Uuid,
    pub engine_name: String,
    pub engine_kind: String,
}

/// Rows with open servers, without a policy, of cases whose service of one of these products is open.
pub async fn groups(pool: &PgPool, seen: &Visible, skus: &[String]) -> Result<Vec<GroupRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT r.case_id, a.number AS case_number, a.system_name, r.line,
                coalesce(coalesce(a.granted, a.form) -> 'servers' -> r.line ->> 'host_name', '') AS host_name,
                count(*) AS servers, e.id AS engine_id, e.name AS engine_name, e.kind AS engine_kind
         FROM service_instance i JOIN application a ON a.id = i.case_id JOIN org o ON o.id = i.agency_id
            JOIN resource r ON r.case_id = i.case_id AND r.phase IN ('trial', 'production') AND r.opened
            JOIN engine e ON e.id = r.engine_id
         WHERE i.sku = ANY($5) AND i.state_code IN ('trial', 'production', 'changing')
           AND ($1 OR i.agency_id = ANY($2) OR o.path && $3 OR a.county = ANY($4))
           AND NOT EXISTS (SELECT 1 FROM scaling_policy p
                           WHERE p.case_id = r.case_id AND p.line = r.line AND p.state_code <> 'ended')
         GROUP BY r.case_id, a.id, r.line, e.id ORDER BY r.case_id DESC, r.line LIMIT 200",
    )
    .bind(seen.all)
    .bind(&seen.agencies)
    .bind(&seen.trees)
    .bind(&seen.counties)
    .bind(skus)
    .fetch_all(pool)
    .await?)
}

/// A policy to insert.
pub struct NewPolicy<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub agency_id: Uuid,
    pub engine_id: Uuid,
    pub number: &'a str,
    pub line: i32,
    pub state: &'a Value,
    pub created_at: Timestamp,
}

/// Inserts a draft.
pub async fn insert(tx: &mut Tx, new: &NewPolicy<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO scaling_policy (id, case_id, agency_id, engine_id, number, line, state_code, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7->>'state', $7, $8)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.engine_id)
    .bind(new.number)
    .bind(new.line)
    .bind(new.state)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes this minute's turn of an engine that has a policy in force; false where another instance has it. A turn far
/// ahead was taken before the demonstration's clock went round.
pub async fn take_turn(pool: &PgPool, engine: Uuid, now: Timestamp, before: Timestamp) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE engine SET scaled_at = $2 WHERE id = $1 AND (scaled_at IS NULL OR scaled_at <= $3 OR scaled_at > $2 + interval '10 minutes')
           AND EXISTS (SELECT 1 FROM scaling_policy WHERE engine_id = $1 AND state_code = 'active')",
    )
    .bind(engine)
    .bind(now)
    .bind(before)
    .execute(pool)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// A server of a group whose policy is in force.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MemberRow {
    pub policy_id: Uuid,
    pub case_id: Uuid,
    pub line: i32,
    pub state: Value,
    pub acted_at: Option<Timestamp>,
    /// An operation of its case is not over.
    pub busy: bool,
    /// Absent where the row has no open server.
    pub resource_id: Option<Uuid>,
    pub ordinal: Option<i32>,
    pub rest: Option<String>,
}

/// All policies in force on an engine with all their servers, policy by policy.
pub async fn members(pool: &PgPool, engine: Uuid) -> Result<Vec<MemberRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT p.id AS policy_id, p.case_id, p.line, p.state, p.acted_at,
                EXISTS (SELECT 1 FROM operation x WHERE x.case_id = p.case_id AND x.state NOT IN ('done', 'superseded')) AS busy,
                r.id AS resource_id, r.ordinal, r.rest
         FROM scaling_policy p LEFT JOIN resource r ON r.case_id = p.case_id AND r.line = p.line
            AND r.phase IN ('trial', 'production') AND r.opened
         WHERE p.engine_id = $1 AND p.state_code = 'active' ORDER BY p.id, r.ordinal",
    )
    .bind(engine)
    .fetch_all(pool)
    .await?)
}

/// What was measured for the policies in force on an engine since then, newest first within each.
pub async fn samples(pool: &PgPool, engine: Uuid, since: Timestamp) -> Result<Vec<(Uuid, Timestamp, i16)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.policy_id, s.at, s.percent FROM scaling_policy p JOIN scaling_sample s ON s.policy_id = p.id
         WHERE p.engine_id = $1 AND p.state_code = 'active' AND s.at >= $2 ORDER BY s.policy_id, s.at DESC",
    )
    .bind(engine)
    .bind(since)
    .fetch_all(pool)
    .await?)
}

/// One sample of the chart.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SampleRow {
    pub at: Timestamp,
    pub percent: i16,
    pub running: i32,
}

/// The last samples of a policy, oldest first.
pub async fn samples_of(pool: &PgPool, policy: Uuid, most: i64) -> Result<Vec<SampleRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT * FROM (SELECT at, percent, running FROM scaling_sample WHERE policy_id = $1 ORDER BY at DESC LIMIT $2) s
         ORDER BY at",
    )
    .bind(policy)
    .bind(most)
    .fetch_all(pool)
    .await?)
}

/// A sample to keep.
pub struct NewSample {
    pub policy_id: Uuid,
    pub percent: i16,
    pub running: i32,
}

/// Keeps what was measured at a moment, and removes what is too old. A measurement: outside any change.
pub async fn keep_samples(
    pool: &PgPool,
    new: &[NewSample],
    at: Timestamp,
    too_old: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO scaling_sample (policy_id, at, percent, running)
         SELECT n.policy_id, $4, n.percent, n.running FROM unnest($1::uuid[], $2::smallint[], $3::integer[]) AS n (policy_id, percent, running)
         ON CONFLICT (policy_id, at) DO NOTHING",
    )
    .bind(new.iter().map(|one| one.policy_id).collect::<Vec<_>>())
    .bind(new.iter().map(|one| one.percent).collect::<Vec<_>>())
    .bind(new.iter().map(|one| one.running).collect::<Vec<_>>())
    .bind(at)
    .execute(pool)
    .await?;
    sqlx::query("DELETE FROM scaling_sample WHERE at < $1").bind(too_old).execute(pool).await?;
    Ok(())
}

/// Keeps what was decided at a moment, for the page. What is done about it is a change of its own.
pub async fn keep_decisions(pool: &PgPool, decided: &[(Uuid, Value)], at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE scaling_policy p SET decision = n.decision, looked_at = $3
         FROM unnest($1::uuid[], $2::jsonb[]) AS n (id, decision) WHERE p.id = n.id AND p.state_code = 'active'",
    )
    .bind(decided.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(decided.iter().map(|(_, decision)| decision).collect::<Vec<_>>())
    .bind(at)
    .execute(pool)
    .await?;
    Ok(())
}

/// An action to keep.
pub struct NewAction<'a> {
    pub id: Uuid,
    pub policy_id: Uuid,
    pub case_id: Uuid,
    pub at: Timestamp,
    pub decision: &'a Value,
    pub from_running: i32,
    pub to_running: i32,
    pub available: i32,
    pub servers: &'a [String],
    pub operation_id: Uuid,
}

/// Keeps an action, from which the cool-down counts.
pub async fn insert_action(tx: &mut Tx, new: &NewAction<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO scaling_action (id, policy_id, case_id, at, decision, from_running, to_running, available, servers, operation_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.policy_id)
    .bind(new.case_id)
    .bind(new.at)
    .bind(new.decision)
    .bind(new.from_running)
    .bind(new.to_running)
    .bind(new.available)
    .bind(new.servers)
    .bind(new.operation_id)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE scaling_policy SET acted_at = $2 WHERE id = $1")
        .bind(new.policy_id)
        .bind(new.at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// When the policy last acted, inside a change.
pub async fn acted_at(tx: &mut Tx, id: Uuid) -> Result<Option<Timestamp>, StoreError> {
    Ok(sqlx::query_scalar("SELECT acted_at FROM scaling_policy WHERE id = $1").bind(id).fetch_one(&mut **tx).await?)
}

/// 伸缩动作 as stored, with how its operation stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActionRow {
    pub id: Uuid,
    pub at: Timestamp,
    pub decision: Value,
    pub from_running: i32,
    pub to_running: i32,
    pub available: i32,
    pub servers: Vec<String>,
    pub operation_id: Uuid,
    pub operation_state: String,
}

/// The last actions of a policy, latest first.
pub async fn actions_of(pool: &PgPool, policy: Uuid, most: i64) -> Result<Vec<ActionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT x.id, x.at, x.decision, x.from_running, x.to_running, x.available, x.servers, x.operation_id,
                o.state AS operation_state
         FROM scaling_action x JOIN operation o ON o.id = x.operation_id
         WHERE x.policy_id = $1 ORDER BY x.id DESC LIMIT $2",
    )
    .bind(policy)
    .bind(most)
    .fetch_all(pool)
    .await?)
}
