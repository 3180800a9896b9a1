//! 访问告警: one open alarm for alike attempts, counted.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// One alarm as stored; the case is absent where the attempt named none of ours.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AlarmRow {
    pub id: Uuid,
    pub kind: String,
    pub number: String,
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    pub agency_id: Option<Uuid>,
    pub agency_name: Option<String>,
    pub person_name: String,
    pub source: String,
    pub host: String,
    pub detail: String,
    pub session_id: Option<Uuid>,
    pub occurrences: i32,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub state: Value,
    pub version: i32,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT w.id, w.kind, w.number, w.case_id, a.number AS case_number, a.system_name, w.agency_id,
                o.name AS agency_name, w.person_name, w.source, w.host, w.detail, w.session_id, w.occurrences,
                w.first_at, w.last_at, w.state, w.version
             FROM access_alarm w LEFT JOIN application a ON a.id = w.case_id LEFT JOIN org o ON o.id = w.agency_id ",
            $($rest)*
        )
    };
}

/// Locks one alarm.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<AlarmRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE w.id = $1 FOR UPDATE OF w")).bind(id).fetch_one(&mut **tx).await?)
}

/// Saves the state over `version`; answers the new version.
pub async fn save(tx: &mut Tx, id: Uuid, version: i32, state: &Value) -> Result<i32, StoreError> {
    let done = sqlx::query(
        "UPDATE access_alarm SET state = $3, state_code = $3->>'state', version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(state)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 1 { Ok(version + 1) } else { Err(StoreError::NotFound) }
}

/// What happened, to be kept as an alarm.
pub struct NewAlarm<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub subject: &'a str,
    pub case_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
    pub person_name: &'a str,
    pub source: &'a str,
    pub host: &'a str,
    pub detail: &'a str,
    pub session_id: Option<Uuid>,
    pub at: Timestamp,
}

/// Counts the attempt in the open alarm of its kind and subject; `None` where there is none.
pub async fn count_in(tx: &mut Tx, new: &NewAlarm<'_>) -> Result<Option<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE access_alarm SET occurrences = occurrences + 1, last_at = $3, detail = $4, source = $5
         WHERE kind = $1 AND subject = $2 AND state_code = 'open' RETURNING id",
    )
    .bind(new.kind)
    .bind(new.subject)
    .bind(new.at)
    .bind(new.detail)
    .bind(new.source)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Inserts an alarm; false where an alike one was opened at the same moment.
pub async fn insert(tx: &mut Tx, new: &NewAlarm<'_>, number: &str, state: &Value) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "INSERT INTO access_alarm (id, kind, subject, number, case_id, agency_id, person_name, source, host, detail,
             session_id, first_at, last_at, state_code, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13->>'state', $13)
         ON CONFLICT (kind, subject) WHERE state_code = 'open'
         DO UPDATE SET occurrences = access_alarm.occurrences + 1, last_at = EXCLUDED.last_at
         RETURNING (xmax = 0)",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(new.subject)
    .bind(number)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.person_name)
    .bind(new.source)
    .bind(new.host)
    .bind(new.detail)
    .bind(new.session_id)
    .bind(new.at)
    .bind(state)
    .fetch_one(&mut **tx)
    .await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct AlarmFilter {
    /// Part of a number, a name, a source, a server, a case's number, a system's or an agency's name.
    pub text: Option<String>,
    pub state: Option<String>,
    pub kind: Option<String>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first. What names no case is the city's alone.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &AlarmFilter) -> Result<Vec<AlarmRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible!("w"),
        " AND ($6::text IS NULL OR strpos(w.number, $6) > 0 OR strpos(w.person_name, $6) > 0 OR strpos(w.source, $6) > 0
                OR strpos(w.host, $6) > 0 OR strpos(a.number, $6) > 0 OR strpos(a.system_name, $6) > 0 OR strpos(o.name, $6) > 0)
           AND ($7::text IS NULL OR w.state_code = $7) AND ($8::text IS NULL OR w.kind = $8)
           AND ($9::uuid IS NULL OR w.id < $9)
         ORDER BY w.id DESC LIMIT $10"
    );
    Ok(sqlx::query_as(sql)
        .to_visible(seen)
        .bind(&filter.text)
        .bind(&filter.state)
        .bind(&filter.kind)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}
