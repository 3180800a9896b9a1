//! 机构: the organisations and their tree.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One organisation as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrgRow {
    pub id: Uuid,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    pub level: String,
    pub office: String,
    pub credit_code: String,
    pub county: Option<String>,
    pub parent_id: Option<Uuid>,
    pub parent_name: Option<String>,
    pub path: Vec<Uuid>,
    pub budget_code: String,
    pub address: String,
    pub active: bool,
    pub version: i32,
    pub created_at: Timestamp,
}

/// An organisation to be inserted or changed.
#[derive(Clone, Debug)]
pub struct SaveOrg<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub short_name: &'a str,
    pub kind: &'a str,
    pub level: &'a str,
    pub office: &'a str,
    pub credit_code: &'a str,
    pub county: Option<&'a str>,
    pub parent_id: Option<Uuid>,
    pub path: &'a [Uuid],
    pub budget_code: &'a str,
    pub address: &'a str,
}

const ONE: &str = "SELECT o.id, o.name, o.short_name, o.kind, o.level, o.office, o.credit_code, o.county, o.parent_id,
        p.name AS parent_name, o.path, o.budget_code, o.address, o.active, o.version, o.created_at
     FROM org o LEFT JOIN org p ON p.id = o.parent_id WHERE o.id = $1";

/// Reads one organisation.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> Result<OrgRow, StoreError> {
    Ok(sqlx::query_as(ONE).bind(id).fetch_one(db).await?)
}

/// Name of the active organisation that holds a city office; the first where there are several (suppliers).
pub async fn name_of_office(tx: &mut Tx, office: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT name FROM org WHERE office = $1 AND active ORDER BY id LIMIT 1")
        .bind(office)
        .fetch_optional(&mut **tx)
        .await?)
}

/// Reads one organisation inside the change and locks it.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<OrgRow, StoreError> {
    sqlx::query("SELECT 1 FROM org WHERE id = $1 FOR UPDATE").bind(id).fetch_one(&mut **tx).await?;
    Ok(sqlx::query_as(ONE).bind(id).fetch_one(&mut **tx).await?)
}

/// The path of an organisation, itself last.
pub async fn path(pool: &PgPool, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar("SELECT path FROM org WHERE id = $1").bind(id).fetch_one(pool).await?)
}

/// Path and county of an agency: what `authz` needs of it.
pub async fn reach(tx: &mut Tx, id: Uuid) -> Result<(Vec<Uuid>, Option<String>), StoreError> {
    Ok(sqlx::query_as("SELECT path, county FROM org WHERE id = $1").bind(id).fetch_one(&mut **tx).await?)
}

/// Filters of the list; absent ones do not filter.
#[derive(Clone, Debug, Default)]
pub struct OrgFilter {
    /// Part of name or short name.
    pub text: Option<String>,
    pub kind: Option<String>,
    pub level: Option<String>,
    pub office: Option<String>,
    pub county: Option<String>,
    /// The organisation and all below it.
    pub under: Option<Uuid>,
    pub active: Option<bool>,
    /// Name and id of the last row of the page before.
    pub after: Option<(String, Uuid)>,
    pub limit: i64,
}

/// One page, by name.
pub async fn list(pool: &PgPool, filter: &OrgFilter) -> Result<Vec<OrgRow>, StoreError> {
    let (after_name, after_id) = filter.after.clone().unzip();
    Ok(sqlx::query_as(
        "SELECT o.id, o.name, o.short_name, o.kind, o.level, o.office, o.credit_code, o.county, o.parent_id,
                p.name AS parent_name, o.path, o.budget_code, o.address, o.active, o.version, o.created_at
         FROM org o LEFT JOIN org p ON p.id = o.parent_id
         WHERE ($1::text IS NULL OR strpos(o.name, $1) > 0 OR strpos(o.short_name, $1) > 0)
           AND ($2::text IS NULL OR o.kind = $2) AND ($3::text IS NULL OR o.level = $3)
           AND ($4::text IS NULL OR o.office = $4) AND ($5::text IS NULL OR o.county = $5)
           AND ($6::uuid IS NULL OR o.path @> ARRAY[$6]) AND ($7::boolean IS NULL OR o.active = $7)
           AND ($8::text IS NULL OR (o.name, o.id) > ($8, $9))
         ORDER BY o.name, o.id LIMIT $10",
    )
    .bind(&filter.text)
    .bind(&filter.kind)
    .bind(&filter.level)
    .bind(&filter.office)
    .bind(&filter.county)
    .bind(filter.under)
    .bind(filter.active)
    .bind(after_name)
    .bind(after_id)
    .bind(filter.limit)
    .fetch_all(pool)
    .await?)
}

/// How many the filter finds, counting no further than `bound`.
pub async fn count(pool: &PgPool, filter: &OrgFilter, bound: i64) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM org o
         WHERE ($1::text IS NULL OR strpos(o.name, $1) > 0 OR strpos(o.short_name, $1) > 0)
           AND ($2::text IS NULL OR o.kind = $2) AND ($3::text IS NULL OR o.level = $3)
           AND ($4::text IS NULL OR o.office = $4) AND ($5::text IS NULL OR o.county = $5)
           AND ($6::uuid IS NULL OR o.path @> ARRAY[$6]) AND ($7::boolean IS NULL OR o.active = $7)
         LIMIT $8) bounded",
    )
    .bind(&filter.text)
    .bind(&filter.kind)
    .bind(&filter.level)
    .bind(&filter.office)
    .bind(&filter.county)
    .bind(filter.under)
    .bind(filter.active)
    .bind(bound)
    .fetch_one(pool)
    .await?)
}

/// A node of the tree, with how many people stand there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NodeRow {
    pub id: Uuid,
    pub parent_id: Option<Uuid>,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    pub level: String,
    pub office: String,
    pub county: Option<String>,
    pub active: bool,
    pub people: i64,
}

/// The whole tree, parents before children; 10,000 bounds it.
pub async fn tree(pool: &PgPool) -> Result<Vec<NodeRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT o.id, o.parent_id, o.name, o.short_name, o.kind, o.level, o.office, o.county, o.active, coalesce(n.people, 0) AS people
         FROM org o LEFT JOIN (SELECT org_id, count(*) AS people FROM person WHERE state <> 'disabled' GROUP BY org_id) n ON n.org_id = o.id
         ORDER BY array_length(o.path, 1), o.county NULLS FIRST, o.name LIMIT 10000",
    )
    .fetch_all(pool)
    .await?)
}

/// Inserts an organisation.
pub async fn insert(tx: &mut Tx, org: &SaveOrg<'_>, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO org (id, name, short_name, kind, level, office, credit_code, county, parent_id, path, budget_code, address, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(org.id)
    .bind(org.name)
    .bind(org.short_name)
    .bind(org.kind)
    .bind(org.level)
    .bind(org.office)
    .bind(org.credit_code)
    .bind(org.county)
    .bind(org.parent_id)
    .bind(org.path)
    .bind(org.budget_code)
    .bind(org.address)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves a changed organisation under its version; moves everything below it where the path changed.
pub async fn update(tx: &mut Tx, org: &SaveOrg<'_>, version: i32, active: bool) -> Result<bool, StoreError> {
    let saved = sqlx::query(
        "UPDATE org SET name = $2, short_name = $3, kind = $4, level = $5, office = $6, credit_code = $7, county = $8,
                parent_id = $9, budget_code = $10, address = $11, active = $12, version = version + 1
         WHERE id = $1 AND version = $13",
    )
    .bind(org.id)
    .bind(org.name)
    .bind(org.short_name)
    .bind(org.kind)
    .bind(org.level)
    .bind(org.office)
    .bind(org.credit_code)
    .bind(org.county)
    .bind(org.parent_id)
    .bind(org.budget_code)
    .bind(org.address)
    .bind(active)
    .bind(version)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    sqlx::query("UPDATE org SET path = $2 || path[array_position(path, $1):] WHERE path @> ARRAY[$1] AND $3")
        .bind(org.id)
        .bind(&org.path[..org.path.len() - 1])
        .bind(saved == 1)
        .execute(&mut **tx)
        .await?;
    Ok(saved == 1)
}
