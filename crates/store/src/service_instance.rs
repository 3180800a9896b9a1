//! 服务实例: what was approved and what runs of every line of 其他服务; the evidence of each report.

use crate::visible::{ToVisible, Visible, visible_to_experts};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One instance as stored, with its case and engine. The engine is absent until the trial chose one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InstanceRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub engine_name: Option<String>,
    pub engine_kind: Option<String>,
    pub number: String,
    pub line: i32,
    pub sku: String,
    pub state: Value,
    pub version: i32,
    pub quantity: i64,
    pub approved_quantity: i64,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT i.id, i.case_id, a.number AS case_number, a.system_name, i.agency_id, o.name AS agency_name,
                e.name AS engine_name, e.kind AS engine_kind, i.number, i.line, i.sku, i.state, i.version, i.quantity,
                i.approved_quantity
             FROM service_instance i JOIN application a ON a.id = i.case_id JOIN org o ON o.id = i.agency_id
                LEFT JOIN engine e ON e.id = i.engine_id ",
            $($rest)*
        )
    };
}

/// Instances of a case, in the order of its form.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<InstanceRow>, StoreError> {
    let sql = select!("WHERE i.case_id = $1 ORDER BY i.line, i.id");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// Instances that wait to be taken back.
pub async fn to_reclaim(pool: &PgPool) -> Result<Vec<InstanceRow>, StoreError> {
    let sql = select!("WHERE i.state_code = 'ending' ORDER BY i.id");
    Ok(sqlx::query_as(sql).fetch_all(pool).await?)
}

/// Instances of a case inside a change, locked.
pub async fn lock_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<InstanceRow>, StoreError> {
    let sql = select!("WHERE i.case_id = $1 ORDER BY i.line, i.id FOR UPDATE OF i");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(&mut **tx).await?)
}

/// Holds the case of an instance until the end of the change, like [`crate::case::hold`].
pub async fn hold_case_of(tx: &mut Tx, id: Uuid) -> Result<Uuid, StoreError> {
    let sql =
        "SELECT a.id FROM application a JOIN service_instance i ON i.case_id = a.id WHERE i.id = $1 FOR UPDATE OF a";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut **tx).await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct InstanceFilter {
    /// Part of a number, a product's code, a case's number, a system's or an agency's name.
    pub text: Option<String>,
    /// Products the text names.
    pub skus: Vec<String>,
    pub agency_id: Option<Uuid>,
    pub engine_id: Option<Uuid>,
    pub state: Option<String>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &InstanceFilter) -> Result<Vec<InstanceRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible_to_experts!("i"),
        " AND ($7::text IS NULL OR strpos(i.number, $7) > 0 OR strpos(i.sku, $7) > 0 OR i.sku = ANY($8)
                OR strpos(a.number, $7) > 0 OR strpos(a.system_name, $7) > 0 OR strpos(o.name, $7) > 0)
           AND ($9::uuid IS NULL OR i.agency_id = $9) AND ($10::uuid IS NULL OR i.engine_id = $10)
           AND ($11::text IS NULL OR i.state_code = $11) AND ($12::uuid IS NULL OR i.id < $12)
         ORDER BY i.id DESC LIMIT $13"
    );
    Ok(sqlx::query_as(sql)
        .to_visible_to_experts(seen)
        .bind(&filter.text)
        .bind(&filter.skus)
        .bind(filter.agency_id)
        .bind(filter.engine_id)
        .bind(&filter.state)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// How many the filter matches, counted no further than `most`.
pub async fn count(pool: &PgPool, seen: &Visible, filter: &InstanceFilter, most: i64) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(concat!(
        "SELECT count(*) FROM (SELECT 1
         FROM service_instance i JOIN application a ON a.id = i.case_id JOIN org o ON o.id = i.agency_id
         WHERE ",
        visible_to_experts!("i"),
        " AND ($7::text IS NULL OR strpos(i.number, $7) > 0 OR strpos(i.sku, $7) > 0 OR i.sku = ANY($8)
                OR strpos(a.number, $7) > 0 OR strpos(a.system_name, $7) > 0 OR strpos(o.name, $7) > 0)
           AND ($9::uuid IS NULL OR i.agency_id = $9) AND ($10::uuid IS NULL OR i.engine_id = $10)
           AND ($11::text IS NULL OR i.state_code = $11) LIMIT $12) counted"
    ))
    .to_visible_to_experts(seen)
    .bind(&filter.text)
    .bind(&filter.skus)
    .bind(filter.agency_id)
    .bind(filter.engine_id)
    .bind(&filter.state)
    .bind(most)
    .fetch_one(pool)
    .await?)
}

/// An instance that an approved line becomes.
pub struct NewInstance<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub agency_id: Uuid,
    pub number: &'a str,
    pub line: i32,
    pub sku: &'a str,
    pub state: &'a Value,
    pub approved_quantity: i64,
    pub created_at: Timestamp,
}

/// Inserts an instance of which nothing is open yet.
pub async fn insert(tx: &mut Tx, new: &NewInstance<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO service_instance (id, case_id, agency_id, number, line, sku, state_code, state, approved_quantity, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7->>'state', $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.number)
    .bind(new.line)
    .bind(new.sku)
    .bind(new.state)
    .bind(new.approved_quantity)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What runs and what is approved, as the state just saved has them.
pub async fn set_quantities(tx: &mut Tx, id: Uuid, (quantity, approved): (i64, i64)) -> Result<(), StoreError> {
    sqlx::query("UPDATE service_instance SET quantity = $2, approved_quantity = $3 WHERE id = $1")
        .bind(id)
        .bind(quantity)
        .bind(approved)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The engine the case was opened on.
pub async fn set_engine(tx: &mut Tx, case_id: Uuid, engine: Uuid) -> Result<(), StoreError> {
    sqlx::query("UPDATE service_instance SET engine_id = $2 WHERE case_id = $1")
        .bind(case_id)
        .bind(engine)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// 凭证 of one report as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EvidenceRow {
    pub instance_id: Uuid,
    pub act: String,
    pub operation_id: Option<Uuid>,
    pub evidence: Value,
    pub reported_by: String,
    pub reported_at: Timestamp,
}

/// Keeps the evidence of one report.
pub async fn insert_evidence(tx: &mut Tx, case_id: Uuid, new: &EvidenceRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO service_evidence (id, instance_id, case_id, act, operation_id, evidence, reported_by, reported_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(Uuid::now_v7())
    .bind(new.instance_id)
    .bind(case_id)
    .bind(&new.act)
    .bind(new.operation_id)
    .bind(&new.evidence)
    .bind(&new.reported_by)
    .bind(new.reported_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

const EVIDENCE: &str = "SELECT instance_id, act, operation_id, evidence, reported_by, reported_at FROM service_evidence
     WHERE case_id = $1 ORDER BY reported_at, id";

/// Evidence of a case, in order of time.
pub async fn evidence_of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<EvidenceRow>, StoreError> {
    Ok(sqlx::query_as(EVIDENCE).bind(case_id).fetch_all(db).await?)
}
