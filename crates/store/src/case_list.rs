//! 办件列表 and the four boxes of the work list. Keyset pages, indexed filters, no look-ups per row.

use crate::StoreError;
use crate::visible::{ToVisible, Visible, visible_to_experts};
use jiff_sqlx::{Date, Timestamp};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// Filters of the list of cases; absent ones do not filter.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Part of number, system name or agency name.
    pub text: Option<String>,
    pub stage: Option<String>,
    pub state: Option<String>,
    pub agency_id: Option<Uuid>,
    pub county: Option<String>,
    /// Creation and id of the last row of the page before.
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// One case in the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CaseRow {
    pub id: Uuid,
    pub number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub county: Option<String>,
    pub stage: String,
    pub state_code: String,
    pub state_zh: String,
    pub mode: Option<String>,
    pub fee_fen: i64,
    pub created_on: Date,
    pub created_at: Timestamp,
    /// Earliest due date still open.
    pub due_on: Option<Date>,
    pub timer: Option<String>,
}

/// One page, newest first. Served by `application_recent`, `_agency`, `_county`, `_stage`.
pub async fn page(pool: &PgPool, visible: &Visible, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
    let (after_at, after_id) = filter.after.unzip();
    Ok(sqlx::query_as(concat!(
        "SELECT a.id, a.number, a.system_name, a.agency_id, o.name AS agency_name, a.county, a.stage, a.state_code, a.state_zh,
                a.mode, a.fee_fen, a.created_on, a.created_at, due.due_on, due.timer
         FROM application a JOIN org o ON o.id = a.agency_id
         LEFT JOIN LATERAL (SELECT t.due_on, t.timer FROM task t
             WHERE t.case_id = a.id AND t.done_at IS NULL AND t.due_on IS NOT NULL ORDER BY t.due_on LIMIT 1) due ON true
         WHERE ",
        visible_to_experts!("a"),
        " AND (a.state_code <> 'draft' OR a.agency_id = ANY($2) OR o.path && $3)
           AND ($7::text IS NULL OR strpos(a.number, $7) > 0 OR strpos(a.system_name, $7) > 0 OR strpos(o.name, $7) > 0)
           AND ($8::text IS NULL OR a.stage = $8) AND ($9::text IS NULL OR a.state_code = $9)
           AND ($10::uuid IS NULL OR a.agency_id = $10) AND ($11::text IS NULL OR a.county = $11)
           AND ($12::timestamptz IS NULL OR (a.created_at, a.id) < ($12, $13))
         ORDER BY a.created_at DESC, a.id DESC LIMIT $14"
    ))
    .to_visible_to_experts(visible)
    .bind(&filter.text)
    .bind(&filter.stage)
    .bind(&filter.state)
    .bind(filter.agency_id)
    .bind(&filter.county)
    .bind(after_at)
    .bind(after_id)
    .bind(filter.limit)
    .fetch_all(pool)
    .await?)
}

/// Whose tasks: the roles held, where, and who.
#[derive(Clone, Debug)]
pub struct Desk {
    pub roles: Vec<String>,
    /// Organisation of each role, in the same order.
    pub orgs: Vec<Uuid>,
    pub county: Option<String>,
    pub person: Uuid,
}

/// One item of a box.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WorkRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub room: String,
    pub number: String,
    pub system_name: String,
    pub agency_name: String,
    pub kind: String,
    /// Product of the service instance the task is about, where it is about one.
    #[sqlx(default)]
    pub sku: Option<String>,
    pub role: Option<String>,
    pub state_code: String,
    pub state_zh: String,
    pub due_on: Option<Date>,
    pub timer: Option<String>,
    pub at: Timestamp,
}

/// 待办: open tasks of the desk, most urgent first. Served by `task_open_by_role`.
pub async fn todo(
    pool: &PgPool,
    desk: &Desk,
    after: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<WorkRow>, StoreError> {
    let (after_due, after_id) = after.unzip();
    Ok(sqlx::query_as(
        "SELECT t.id, t.case_id, t.room, coalesce(a.number, u.number, '') AS number,
                coalesce(nullif(a.system_name, ''), CASE WHEN u.id IS NOT NULL THEN u.year || '年度云服务使用计划' END, '(未命名)') AS system_name,
                coalesce(o.name, '') AS agency_name, t.kind, s.sku, t.role, coalesce(a.state_code, u.state_code, '') AS state_code,
                coalesce(a.state_zh, '') AS state_zh, t.due_on, t.timer, t.opened_at AS at
         FROM task t LEFT JOIN application a ON a.id = t.case_id LEFT JOIN org o ON o.id = a.agency_id
         LEFT JOIN usage_plan u ON u.id = t.case_id LEFT JOIN service_instance s ON s.id = t.subject_id
         WHERE t.done_at IS NULL AND t.role = ANY($1)
           AND EXISTS (SELECT 1 FROM unnest($1::text[], $2::uuid[]) AS held (role, org)
               WHERE held.role = t.role
                 AND (t.agency_id IS NULL OR t.agency_id = held.org OR (t.role = 'consolidator' AND held.org = ANY(o.path)))
                 AND (left(t.role, 9) <> 'supplier_' OR a.supplier_id = held.org)
                 AND (t.county IS NULL OR t.county = $3) AND (t.person_id IS NULL OR t.person_id = $4))
           AND ($5::date IS NULL OR (coalesce(t.due_on, DATE '9999-12-31'), t.id) > ($5, $6))
         ORDER BY coalesce(t.due_on, DATE '9999-12-31'), t.id LIMIT $7",
    )
    .bind(&desk.roles)
    .bind(&desk.orgs)
    .bind(&desk.county)
    .bind(desk.person)
    .bind(after_due)
    .bind(after_id)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// 已办: what this person has done, latest first. Served by `task_done_by`.
pub async fn done(
    pool: &PgPool,
    person: Uuid,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<WorkRow>, StoreError> {
    let (after_at, after_id) = after.unzip();
    Ok(sqlx::query_as(
        "SELECT t.id, t.case_id, t.room, coalesce(a.number, u.number, '') AS number,
                coalesce(nullif(a.system_name, ''), CASE WHEN u.id IS NOT NULL THEN u.year || '年度云服务使用计划' END, '(未命名)') AS system_name,
                coalesce(o.name, '') AS agency_name, t.kind, s.sku, t.role, coalesce(a.state_code, u.state_code, '') AS state_code,
                coalesce(a.state_zh, '') AS state_zh, NULL::date AS due_on, NULL::text AS timer, t.done_at AS at
         FROM task t LEFT JOIN application a ON a.id = t.case_id LEFT JOIN org o ON o.id = a.agency_id
         LEFT JOIN usage_plan u ON u.id = t.case_id LEFT JOIN service_instance s ON s.id = t.subject_id
         WHERE t.done_by = $1 AND t.done_at IS NOT NULL AND ($2::timestamptz IS NULL OR (t.done_at, t.id) < ($2, $3))
         ORDER BY t.done_at DESC, t.id DESC LIMIT $4",
    )
    .bind(person)
    .bind(after_at)
    .bind(after_id)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// 我发起: cases this person drew up, latest first. Served by `application_creator`.
pub async fn mine(
    pool: &PgPool,
    person: Uuid,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<WorkRow>, StoreError> {
    let (after_at, after_id) = after.unzip();
    Ok(sqlx::query_as(
        "SELECT a.id, a.id AS case_id, 'application' AS room, a.number, coalesce(nullif(a.system_name, ''), '(未命名)') AS system_name,
                o.name AS agency_name, 'mine' AS kind, NULL::text AS role, a.state_code, a.state_zh, due.due_on, due.timer, a.created_at AS at
         FROM application a JOIN org o ON o.id = a.agency_id
         LEFT JOIN LATERAL (SELECT t.due_on, t.timer FROM task t
             WHERE t.case_id = a.id AND t.done_at IS NULL AND t.due_on IS NOT NULL ORDER BY t.due_on LIMIT 1) due ON true
         WHERE a.created_by = $1
           -- A draft prepared for another agency is that agency's own business.
           AND (a.stage <> 'application' OR a.state_code <> 'draft' OR a.agency_id IN (SELECT r.org_id FROM person_role r WHERE r.person_id = $1))
           AND ($2::timestamptz IS NULL OR (a.created_at, a.id) < ($2, $3))
         ORDER BY a.created_at DESC, a.id DESC LIMIT $4",
    )
    .bind(person)
    .bind(after_at)
    .bind(after_id)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// 待阅: copies not read yet, latest first. Served by `copy_inbox`.
pub async fn unread(
    pool: &PgPool,
    desk: &Desk,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<WorkRow>, StoreError> {
    let (after_at, after_id) = after.unzip();
    Ok(sqlx::query_as(
        "SELECT c.id, c.case_id, 'copy' AS room, a.number, c.subject AS system_name, o.name AS agency_name, 'read' AS kind, c.role,
                a.state_code, a.state_zh, NULL::date AS due_on, NULL::text AS timer, c.sent_at AS at
         FROM copy c JOIN application a ON a.id = c.case_id JOIN org o ON o.id = a.agency_id
         WHERE c.read_at IS NULL AND c.role = ANY($1) AND (c.county IS NULL OR c.county = $2)
           AND (c.agency_id IS NULL OR c.agency_id = ANY($6))
           AND ($3::timestamptz IS NULL OR (c.sent_at, c.id) < ($3, $4))
         ORDER BY c.sent_at DESC, c.id DESC LIMIT $5",
    )
    .bind(&desk.roles)
    .bind(&desk.county)
    .bind(after_at)
    .bind(after_id)
    .bind(limit)
    .bind(&desk.orgs)
    .fetch_all(pool)
    .await?)
}

/// How many copies wait to be read, counting no further than `bound`.
pub async fn count_unread(pool: &PgPool, desk: &Desk, bound: i64) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM copy c
         WHERE c.read_at IS NULL AND c.role = ANY($1) AND (c.county IS NULL OR c.county = $2)
           AND (c.agency_id IS NULL OR c.agency_id = ANY($4)) LIMIT $3) bounded",
    )
    .bind(&desk.roles)
    .bind(&desk.county)
    .bind(bound)
    .bind(&desk.orgs)
    .fetch_one(pool)
    .await?)
}

/// Marks a copy read; answers its case, or nothing where it is not this desk's or was read before.
pub async fn read_copy(tx: &mut crate::Tx, id: Uuid, desk: &Desk, now: Timestamp) -> Result<Option<Uuid>, StoreError> {
    let found: Option<(Uuid,)> = sqlx::query_as(
        "UPDATE copy SET read_at = $4, read_by = $5 WHERE id = $1 AND read_at IS NULL AND role = ANY($2)
             AND (county IS NULL OR county = $3) AND (agency_id IS NULL OR agency_id = ANY($6)) RETURNING case_id",
    )
    .bind(id)
    .bind(&desk.roles)
    .bind(&desk.county)
    .bind(now)
    .bind(desk.person)
    .bind(&desk.orgs)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.map(|(case_id,)| case_id))
}

/// Who holds a case now: its open tasks.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HolderRow {
    pub kind: String,
    pub role: String,
    pub person_name: Option<String>,
    pub due_on: Option<Date>,
    pub timer: Option<String>,
}

/// The open tasks of a case.
pub async fn holders(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<HolderRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT t.kind, t.role, p.name AS person_name, t.due_on, t.timer FROM task t LEFT JOIN person p ON p.id = t.person_id
         WHERE t.case_id = $1 AND t.done_at IS NULL ORDER BY t.due_on NULLS LAST, t.id LIMIT 50",
    )
    .bind(case_id)
    .fetch_all(db)
    .await?)
}
