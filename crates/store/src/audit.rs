//! 操作日志: appending entries and reading the time line of a case.

use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::PgExecutor;
use uuid::Uuid;

/// One audit entry as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditRow {
    pub id: Uuid,
    pub at: Timestamp,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub roles: Vec<String>,
    pub org_id: Option<Uuid>,
    pub ip: Option<String>,
    pub terminal: Option<String>,
    pub request_id: Option<String>,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub case_id: Option<Uuid>,
    pub clause: Option<String>,
    pub outcome: String,
    pub summary: String,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// Appends one entry in the transaction of the change it tells of.
pub async fn append(tx: &mut Tx, row: &AuditRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_entry (id, at, actor_id, actor_name, roles, org_id, ip, terminal, request_id,
             action, object_kind, object_id, case_id, clause, outcome, summary, before, after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(row.id)
    .bind(row.at)
    .bind(row.actor_id)
    .bind(&row.actor_name)
    .bind(&row.roles)
    .bind(row.org_id)
    .bind(&row.ip)
    .bind(&row.terminal)
    .bind(&row.request_id)
    .bind(&row.action)
    .bind(&row.object_kind)
    .bind(&row.object_id)
    .bind(row.case_id)
    .bind(&row.clause)
    .bind(&row.outcome)
    .bind(&row.summary)
    .bind(&row.before)
    .bind(&row.after)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

const OF_CASE: &str =
    "SELECT id, at, actor_id, actor_name, roles, org_id, ip, terminal, request_id, action, object_kind,
        object_id, case_id, clause, outcome, summary, before, after
     FROM audit_entry WHERE case_id = $1 AND outcome = 'done' ORDER BY at, id LIMIT 500";

/// 流转记录 of one case, oldest first. A case has tens of entries, never thousands; 500 bounds it.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<AuditRow>, StoreError> {
    Ok(sqlx::query_as(OF_CASE).bind(case_id).fetch_all(db).await?)
}

/// When the case last took one of these steps.
pub async fn last_step(tx: &mut Tx, case_id: Uuid, actions: &[&str]) -> Result<Option<Timestamp>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT at FROM audit_entry WHERE case_id = $1 AND action = ANY($2) AND outcome = 'done' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(case_id)
    .bind(actions)
    .fetch_optional(&mut **tx)
    .await?)
}
