//! 待办 and 待阅: what waits for whom. Kept in step with the states by `app::mechanism`.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;

/// A task that should be open after the change.
#[derive(Clone, Debug)]
pub struct WantedTask {
    pub kind: &'static str,
    pub role: &'static str,
    pub agency_id: Option<Uuid>,
    pub county: Option<String>,
    pub person_id: Option<Uuid>,
    pub due_on: Option<Date>,
    pub timer: Option<&'static str>,
    pub statutory: bool,
}

/// Whose change it is and when: written into tasks that are opened or closed by it.
#[derive(Clone, Debug)]
pub struct TaskMoment<'a> {
    pub now: Timestamp,
    pub today: Date,
    pub actor: Option<Uuid>,
    pub calendar_version: &'a str,
}

/// Makes the open tasks of `subject_id` equal to `wanted`: closes what is no longer waited for,
/// opens what is new, moves changed due dates.
pub async fn synchronise(
    tx: &mut Tx,
    (case_id, room, subject_id): (Uuid, &str, Uuid),
    wanted: &[WantedTask],
    at: &TaskMoment<'_>,
) -> Result<(), StoreError> {
    let keys: Vec<String> = wanted.iter().map(key).collect();
    sqlx::query(
        "UPDATE task SET done_at = $3, done_on = $4, done_by = $5
         WHERE subject_id = $1 AND done_at IS NULL
           AND NOT (kind || '/' || role || '/' || coalesce(person_id::text, '') = ANY($2))",
    )
    .bind(subject_id)
    .bind(&keys)
    .bind(at.now)
    .bind(at.today)
    .bind(at.actor)
    .execute(&mut **tx)
    .await?;
    for task in wanted {
        open(tx, (case_id, room, subject_id), task, at).await?;
    }
    Ok(())
}

fn key(task: &WantedTask) -> String {
    format!("{}/{}/{}", task.kind, task.role, task.person_id.map(|p| p.to_string()).unwrap_or_default())
}

async fn open(
    tx: &mut Tx,
    (case_id, room, subject_id): (Uuid, &str, Uuid),
    task: &WantedTask,
    at: &TaskMoment<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO task (id, case_id, room, subject_id, kind, role, agency_id, county, person_id, opened_on,
             opened_at, due_on, timer, statutory, calendar_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (subject_id, kind, role, coalesce(person_id, '00000000-0000-0000-0000-000000000000'::uuid))
             WHERE done_at IS NULL
         DO UPDATE SET due_on = EXCLUDED.due_on, timer = EXCLUDED.timer",
    )
    .bind(Uuid::now_v7())
    .bind(case_id)
    .bind(room)
    .bind(subject_id)
    .bind(task.kind)
    .bind(task.role)
    .bind(task.agency_id)
    .bind(&task.county)
    .bind(task.person_id)
    .bind(at.today)
    .bind(at.now)
    .bind(task.due_on)
    .bind(task.timer)
    .bind(task.statutory)
    .bind(task.due_on.map(|_| at.calendar_version))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A copy (抄送) to be read by an office.
#[derive(Clone, Debug)]
pub struct NewCopy<'a> {
    pub case_id: Uuid,
    pub role: &'a str,
    pub county: Option<&'a str>,
    pub agency_id: Option<Uuid>,
    pub subject: &'a str,
    pub clause: &'a str,
    pub sent_at: Timestamp,
}

/// Sends a copy, in the transaction of the result it tells of.
pub async fn send_copy(tx: &mut Tx, copy: &NewCopy<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO copy (id, case_id, role, county, agency_id, subject, clause, sent_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(Uuid::now_v7())
    .bind(copy.case_id)
    .bind(copy.role)
    .bind(copy.county)
    .bind(copy.agency_id)
    .bind(copy.subject)
    .bind(copy.clause)
    .bind(copy.sent_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The earliest due date still open, on or after nothing: the demonstration's "next due date".
pub async fn earliest_open_due(pool: &PgPool, after: Date) -> Result<Option<Date>, StoreError> {
    let (due,): (Option<Date>,) = sqlx::query_as("SELECT min(due_on) FROM task WHERE done_at IS NULL AND due_on > $1")
        .bind(after)
        .fetch_one(pool)
        .await?;
    Ok(due)
}

/// A limit that runs out on a day, for the demonstration's words.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DueRow {
    pub number: String,
    pub system_name: String,
    pub kind: String,
    pub role: String,
}

/// Open tasks whose last day is `day`.
pub async fn due_on(pool: &PgPool, day: Date) -> Result<Vec<DueRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.number, a.system_name, t.kind, t.role FROM task t JOIN application a ON a.id = t.case_id
         WHERE t.done_at IS NULL AND t.due_on = $1 ORDER BY a.number, t.kind LIMIT 100",
    )
    .bind(day)
    .fetch_all(pool)
    .await?)
}
