//! 办件: applications and what hangs from them. Reading for the case page, inserting, placing in a stage.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

/// One application as stored, with its agency.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApplicationRow {
    pub id: Uuid,
    pub number: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub agency_credit_code: Option<String>,
    pub county: Option<String>,
    pub system_name: String,
    pub mode: Option<String>,
    pub stage: String,
    pub state_code: String,
    pub state_zh: String,
    pub state: Value,
    pub version: i32,
    pub form: Value,
    pub granted: Option<Value>,
    /// 审核 as signed: conclusion and opinions.
    pub review: Option<Value>,
    pub fee_fen: i64,
    pub supplier_id: Option<Uuid>,
    /// The agency and its superiors.
    pub path: Vec<Uuid>,
    /// People the application was assigned to.
    pub experts: Vec<Uuid>,
    pub created_by: Uuid,
    pub created_by_name: String,
    pub created_on: Date,
    pub created_at: Timestamp,
}

const ONE: &str = "SELECT a.id, a.number, a.agency_id, o.name AS agency_name, o.credit_code AS agency_credit_code, a.county,
        a.system_name, a.mode, a.stage, a.state_code, a.state_zh, a.state, a.version, a.form, a.granted, a.review, a.fee_fen,
        a.supplier_id, o.path, ARRAY(SELECT e.person_id FROM application_expert e WHERE e.application_id = a.id) AS experts, a.created_by, p.name AS created_by_name, a.created_on, a.created_at
     FROM application a JOIN org o ON o.id = a.agency_id JOIN person p ON p.id = a.created_by
     WHERE a.id = $1";

/// Reads one application.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> Result<ApplicationRow, StoreError> {
    Ok(sqlx::query_as(ONE).bind(id).fetch_one(db).await?)
}

/// Holds the case until the end of the change: of two that may be its last step the second sees the first.
pub async fn hold(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    sqlx::query("SELECT 1 FROM application WHERE id = $1 FOR UPDATE").bind(id).fetch_one(&mut **tx).await?;
    Ok(())
}

/// A new application.
pub struct NewApplication<'a> {
    pub id: Uuid,
    pub number: &'a str,
    pub agency_id: Uuid,
    pub county: Option<&'a str>,
    pub state: &'a Value,
    pub form: &'a Value,
    pub created_by: Uuid,
    pub created_on: Date,
    pub created_at: Timestamp,
}

/// Inserts a draft.
pub async fn insert(tx: &mut Tx, new: &NewApplication<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO application (id, number, agency_id, county, stage, state_code, state_zh, state, form, created_by, created_on, created_at)
         VALUES ($1, $2, $3, $4, 'application', 'draft', '草稿', $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.number)
    .bind(new.agency_id)
    .bind(new.county)
    .bind(new.state)
    .bind(new.form)
    .bind(new.created_by)
    .bind(new.created_on)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves the form of a draft under its version.
pub async fn save_form(
    tx: &mut Tx,
    id: Uuid,
    version: i32,
    form: &Value,
    (system_name, mode, fee_fen): (&str, Option<&str>, i64),
) -> Result<i32, StoreError> {
    let saved = sqlx::query(
        "UPDATE application SET form = $3, system_name = $4, mode = $5, fee_fen = $6, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(form)
    .bind(system_name)
    .bind(mode)
    .bind(fee_fen)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if saved == 1 { Ok(version + 1) } else { Err(StoreError::NotFound) }
}

/// Saves what the review granted, or what a change made of it.
pub async fn save_granted(tx: &mut Tx, id: Uuid, granted: &Value, fee_fen: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE application SET granted = $2, fee_fen = $3 WHERE id = $1")
        .bind(id)
        .bind(granted)
        .bind(fee_fen)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps the review as it was signed.
pub async fn save_review(tx: &mut Tx, id: Uuid, review: &Value) -> Result<(), StoreError> {
    sqlx::query("UPDATE application SET review = $2 WHERE id = $1").bind(id).bind(review).execute(&mut **tx).await?;
    Ok(())
}

/// Places the case in a stage, with the state shown for the whole case.
pub async fn place(tx: &mut Tx, id: Uuid, stage: &str, state_code: &str, state_zh: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE application SET stage = $2, state_code = $3, state_zh = $4 WHERE id = $1")
        .bind(id)
        .bind(stage)
        .bind(state_code)
        .bind(state_zh)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// True where another live case of the agency bears this system name (同单位唯一).
pub async fn system_name_taken(tx: &mut Tx, agency_id: Uuid, name: &str, except: Uuid) -> Result<bool, StoreError> {
    let (taken,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM application WHERE agency_id = $1 AND system_name = $2 AND id <> $3
             AND state_code NOT IN ('draft', 'declined', 'rejected', 'withdrawn', 'exited', 'closed'))",
    )
    .bind(agency_id)
    .bind(name)
    .bind(except)
    .fetch_one(&mut **tx)
    .await?;
    Ok(taken)
}

/// One child of a case: trial, subscription, change or termination.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChildRow {
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Value,
    /// The request (change, termination) or null.
    pub request: Option<Value>,
    /// Yearly fee after minus before (change) or null.
    pub dearer_by_fen: Option<i64>,
    /// Day of notice, opening or creation.
    pub on: Date,
    /// Last day (trial period, subscription) or null.
    pub until: Option<Date>,
}

/// The trial of a case, if it came to one.
pub async fn trial(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Option<ChildRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, number, version, state, NULL::jsonb AS request, NULL::bigint AS dearer_by_fen, notified_on AS \"on\", until
         FROM trial WHERE application_id = $1",
    )
    .bind(case_id)
    .fetch_optional(db)
    .await?)
}

/// The subscription of a case, if it came to one.
pub async fn subscription(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Option<ChildRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, number, version, state, NULL::jsonb AS request, NULL::bigint AS dearer_by_fen, opened_on AS \"on\", ends_on AS until
         FROM subscription WHERE application_id = $1",
    )
    .bind(case_id)
    .fetch_optional(db)
    .await?)
}

/// The changes of a case, oldest first.
pub async fn changes(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<ChildRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, number, version, state, request, dearer_by_fen, created_on AS \"on\", NULL::date AS until
         FROM change WHERE application_id = $1 ORDER BY created_on, number LIMIT 200",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}

/// The terminations of a case, oldest first.
pub async fn terminations(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<ChildRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, number, version, state, request, NULL::bigint AS dearer_by_fen, created_on AS \"on\", NULL::date AS until
         FROM termination WHERE application_id = $1 ORDER BY created_on, number LIMIT 200",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}

/// 回避 considered: the expert outside the agency with the fewest open opinions; `None` where the city has none.
pub async fn least_busy_expert(tx: &mut Tx, agency_id: Uuid) -> Result<Option<Uuid>, StoreError> {
    let found: Option<(Uuid,)> = sqlx::query_as(
        "SELECT p.id FROM person p JOIN person_role r ON r.person_id = p.id AND r.role = 'expert' AND r.revoked_at IS NULL
         LEFT JOIN task t ON t.person_id = p.id AND t.done_at IS NULL
         WHERE p.org_id <> $1 AND p.state = 'active'
         GROUP BY p.id ORDER BY count(t.id), p.id LIMIT 1",
    )
    .bind(agency_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.map(|(id,)| id))
}

/// Assigns an expert to an application.
pub async fn assign_expert(tx: &mut Tx, id: Uuid, person: Uuid) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO application_expert (application_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(person)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The supplier of the city: the contract's party. `None` where no organisation of that kind is registered.
pub async fn supplier(tx: &mut Tx) -> Result<Option<Uuid>, StoreError> {
    let found: Option<(Uuid,)> = sqlx::query_as("SELECT id FROM org WHERE office = 'supplier' ORDER BY id LIMIT 1")
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Says which supplier serves the case.
pub async fn set_supplier(tx: &mut Tx, id: Uuid, supplier: Uuid) -> Result<(), StoreError> {
    sqlx::query("UPDATE application SET supplier_id = $2 WHERE id = $1")
        .bind(id)
        .bind(supplier)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Who last carried out `action` on the case, for 岗位分离.
pub async fn last_actor(tx: &mut Tx, case_id: Uuid, action: &str) -> Result<Option<Uuid>, StoreError> {
    let found: Option<(Option<Uuid>,)> = sqlx::query_as(
        "SELECT actor_id FROM audit_entry WHERE case_id = $1 AND action = $2 AND outcome = 'done' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(case_id)
    .bind(action)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.and_then(|(id,)| id))
}
