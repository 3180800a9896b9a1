//! 使用计划 and its rows.

use crate::visible::Visible;
use crate::{StoreError, Tx};
use jiff_sqlx::Date;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// One plan.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PlanRow {
    pub id: Uuid,
    pub number: String,
    pub year: i32,
    pub state: Value,
    pub version: i32,
    pub created_on: Date,
    pub rows: i64,
    pub total_fen: i64,
}

/// One application in a plan, or one that may be listed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PlanApplication {
    pub application_id: Uuid,
    pub number: String,
    pub system_name: String,
    pub agency_name: String,
    pub urgency: String,
    pub fee_fen: i64,
    pub version: i32,
}

/// Inserts a plan.
pub async fn insert(tx: &mut Tx, id: Uuid, number: &str, year: i32, state: &Value, on: Date) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO usage_plan (id, number, year, state_code, state, created_on) VALUES ($1, $2, $3, $4->>'state', $4, $5)")
        .bind(id)
        .bind(number)
        .bind(year)
        .bind(state)
        .bind(on)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Locks a plan; the aggregate columns count its rows.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<PlanRow, StoreError> {
    sqlx::query("SELECT 1 FROM usage_plan WHERE id = $1 FOR UPDATE").bind(id).fetch_one(&mut **tx).await?;
    Ok(sqlx::query_as(ONE).bind(id).fetch_one(&mut **tx).await?)
}

const ONE: &str = "SELECT p.id, p.number, p.year, p.state, p.version, p.created_on,
        (SELECT count(*) FROM usage_plan_row r WHERE r.plan_id = p.id) AS rows,
        (SELECT coalesce(sum(r.fee_fen), 0)::bigint FROM usage_plan_row r WHERE r.plan_id = p.id) AS total_fen
     FROM usage_plan p WHERE p.id = $1";

/// Reads a plan.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<PlanRow, StoreError> {
    Ok(sqlx::query_as(ONE).bind(id).fetch_one(pool).await?)
}

/// Plans with the rows that are `seen`, newest first; a city has a few a year. Who sees not all sees the plans that
/// have rows for them, and the sums of those.
pub async fn all(pool: &PgPool, seen: &Visible) -> Result<Vec<PlanRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT p.id, p.number, p.year, p.state, p.version, p.created_on, count(r.application_id) AS rows,
                coalesce(sum(r.fee_fen), 0)::bigint AS total_fen
         FROM usage_plan p LEFT JOIN (
             SELECT r.plan_id, r.application_id, r.fee_fen
             FROM usage_plan_row r JOIN application a ON a.id = r.application_id JOIN org o ON o.id = a.agency_id
             WHERE $1 OR a.agency_id = ANY($2) OR o.path && $3 OR a.county = ANY($4)
         ) r ON r.plan_id = p.id
         GROUP BY p.id HAVING $1 OR count(r.application_id) > 0 ORDER BY p.year DESC, p.number DESC LIMIT 200",
    )
    .bind(seen.all)
    .bind(&seen.agencies)
    .bind(&seen.trees)
    .bind(&seen.counties)
    .fetch_all(pool)
    .await?)
}

/// The applications of a plan that are `seen`, most urgent first.
pub async fn rows(pool: &PgPool, id: Uuid, seen: &Visible) -> Result<Vec<PlanApplication>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.id AS application_id, a.number, a.system_name, o.name AS agency_name, r.urgency, r.fee_fen, a.version
         FROM usage_plan_row r JOIN application a ON a.id = r.application_id JOIN org o ON o.id = a.agency_id
         WHERE r.plan_id = $1 AND ($2 OR a.agency_id = ANY($3) OR o.path && $4 OR a.county = ANY($5))
         ORDER BY array_position(ARRAY['critical', 'urgent', 'normal'], r.urgency), a.number LIMIT 2000",
    )
    .bind(id)
    .bind(seen.all)
    .bind(&seen.agencies)
    .bind(&seen.trees)
    .bind(&seen.counties)
    .fetch_all(pool)
    .await?)
}

/// Ids of the applications of a plan, inside the change that ratifies them.
pub async fn row_ids(tx: &mut Tx, id: Uuid) -> Result<Vec<(Uuid,)>, StoreError> {
    Ok(sqlx::query_as("SELECT application_id FROM usage_plan_row WHERE plan_id = $1 ORDER BY application_id")
        .bind(id)
        .fetch_all(&mut **tx)
        .await?)
}

/// Approved applications that stand in no plan yet.
pub async fn candidates(pool: &PgPool) -> Result<Vec<PlanApplication>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.id AS application_id, a.number, a.system_name, o.name AS agency_name,
                coalesce(a.state #>> '{conclusion,urgency}', 'normal') AS urgency, a.fee_fen, a.version
         FROM application a JOIN org o ON o.id = a.agency_id
         WHERE a.stage = 'review' AND a.state_code = 'approved' ORDER BY a.created_at LIMIT 500",
    )
    .fetch_all(pool)
    .await?)
}

/// Lists an application in a plan at its granted fee.
pub async fn add_row(
    tx: &mut Tx,
    plan: Uuid,
    application: Uuid,
    urgency: &str,
    fee_fen: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO usage_plan_row (plan_id, application_id, urgency, fee_fen) VALUES ($1, $2, $3, $4)")
        .bind(plan)
        .bind(application)
        .bind(urgency)
        .bind(fee_fen)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Saves the plan's state under its version.
pub async fn save(tx: &mut Tx, id: Uuid, version: i32, state: &Value) -> Result<i32, StoreError> {
    let saved = sqlx::query("UPDATE usage_plan SET state = $3, state_code = $3->>'state', version = version + 1 WHERE id = $1 AND version = $2")
        .bind(id)
        .bind(version)
        .bind(state)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if saved == 1 { Ok(version + 1) } else { Err(StoreError::NotFound) }
}
