//! Trials, subscriptions, changes and terminations: making them, and what only they store.

use crate::{StoreError, Tx};
use jiff_sqlx::Date;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// Inserts a trial at the centre's notice.
pub async fn insert_trial(
    tx: &mut Tx,
    id: Uuid,
    case_id: Uuid,
    number: &str,
    state: &Value,
    on: Date,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO trial (id, application_id, number, state_code, state, notified_on) VALUES ($1, $2, $3, $4->>'state', $4, $5)",
    )
    .bind(id)
    .bind(case_id)
    .bind(number)
    .bind(state)
    .bind(on)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps the last day of the period beside the state, for the timer's index.
pub async fn set_trial_until(tx: &mut Tx, id: Uuid, until: Option<Date>) -> Result<(), StoreError> {
    sqlx::query("UPDATE trial SET until = $2 WHERE id = $1").bind(id).bind(until).execute(&mut **tx).await?;
    Ok(())
}

/// Keeps which engine the trial was opened on.
pub async fn set_trial_engine(tx: &mut Tx, id: Uuid, engine: Uuid) -> Result<(), StoreError> {
    sqlx::query("UPDATE trial SET engine_id = $2 WHERE id = $1").bind(id).bind(engine).execute(&mut **tx).await?;
    Ok(())
}

/// Trials whose period ended before `today` and that still wait for the timer.
pub async fn trials_over(pool: &PgPool, today: Date) -> Result<Vec<(Uuid, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, state_code FROM trial
         WHERE until < $1 AND state_code IN ('running', 'extension_asked', 'reported', 'passed', 'failed')
           AND state->>'kept_until' IS NULL
         ORDER BY until, id LIMIT 1000",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// Stopped trials whose last day of being kept has gone by (D2).
pub async fn trials_kept_long_enough(pool: &PgPool, today: Date) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM trial WHERE state_code = 'stopped' AND (state->>'reclaim_on')::date < $1 ORDER BY id LIMIT 1000",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// Inserts the subscription that a passed trial becomes.
pub async fn insert_subscription(
    tx: &mut Tx,
    id: Uuid,
    case_id: Uuid,
    number: &str,
    state: &Value,
    (from, to): (Date, Date),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO subscription (id, application_id, number, state_code, state, opened_on, ends_on)
         VALUES ($1, $2, $3, $4->>'state', $4, $5, $6)",
    )
    .bind(id)
    .bind(case_id)
    .bind(number)
    .bind(state)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A draft change or termination of a subscription.
pub struct NewRequest<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub subscription_id: Uuid,
    pub number: &'a str,
    pub state: &'a Value,
    pub request: &'a Value,
    pub created_by: Uuid,
    pub created_on: Date,
}

/// 费用影响 of a change, in fen a year.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct ImpactRow {
    pub dearer_by_fen: i64,
    pub fee_after_fen: i64,
}

/// What a change asks for, of which service, and what it comes to.
#[derive(Debug, sqlx::FromRow)]
pub struct ChangeRequestRow {
    pub request: Value,
    pub subscription_id: Uuid,
    #[sqlx(flatten)]
    pub impact: ImpactRow,
}

/// Inserts a change; the unique index refuses a second open one.
pub async fn insert_change(tx: &mut Tx, new: &NewRequest<'_>, impact: ImpactRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO change (id, application_id, subscription_id, number, state_code, state, request, dearer_by_fen, fee_after_fen, created_by, created_on)
         VALUES ($1, $2, $3, $4, $5->>'state', $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.subscription_id)
    .bind(new.number)
    .bind(new.state)
    .bind(new.request)
    .bind(impact.dearer_by_fen)
    .bind(impact.fee_after_fen)
    .bind(new.created_by)
    .bind(new.created_on)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Inserts a termination; the unique index refuses a second open one.
pub async fn insert_termination(tx: &mut Tx, new: &NewRequest<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO termination (id, application_id, subscription_id, number, state_code, state, request, created_by, created_on)
         VALUES ($1, $2, $3, $4, $5->>'state', $5, $6, $7, $8)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.subscription_id)
    .bind(new.number)
    .bind(new.state)
    .bind(new.request)
    .bind(new.created_by)
    .bind(new.created_on)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What a change asks for.
pub async fn change_request(tx: &mut Tx, id: Uuid) -> Result<ChangeRequestRow, StoreError> {
    Ok(sqlx::query_as("SELECT request, subscription_id, dearer_by_fen, fee_after_fen FROM change WHERE id = $1")
        .bind(id)
        .fetch_one(&mut **tx)
        .await?)
}

/// Rewrites the request of a draft change.
pub async fn set_change_request(tx: &mut Tx, id: Uuid, request: &Value, impact: ImpactRow) -> Result<(), StoreError> {
    sqlx::query("UPDATE change SET request = $2, dearer_by_fen = $3, fee_after_fen = $4 WHERE id = $1")
        .bind(id)
        .bind(request)
        .bind(impact.dearer_by_fen)
        .bind(impact.fee_after_fen)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What a termination asks for.
pub async fn termination_request(tx: &mut Tx, id: Uuid) -> Result<(Value, Uuid), StoreError> {
    Ok(sqlx::query_as("SELECT request, subscription_id FROM termination WHERE id = $1")
        .bind(id)
        .fetch_one(&mut **tx)
        .await?)
}

/// Rewrites the request of a draft termination.
pub async fn set_termination_request(tx: &mut Tx, id: Uuid, request: &Value) -> Result<(), StoreError> {
    sqlx::query("UPDATE termination SET request = $2 WHERE id = $1").bind(id).bind(request).execute(&mut **tx).await?;
    Ok(())
}

/// True where a change or termination of the subscription is open.
pub async fn request_open(tx: &mut Tx, subscription_id: Uuid) -> Result<bool, StoreError> {
    let (open,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM change WHERE subscription_id = $1 AND state_code NOT IN ('declined', 'done', 'withdrawn'))
             OR EXISTS (SELECT 1 FROM termination WHERE subscription_id = $1 AND state_code NOT IN ('declined', 'closed', 'withdrawn'))",
    )
    .bind(subscription_id)
    .fetch_one(&mut **tx)
    .await?;
    Ok(open)
}

/// First and last day of a subscription.
pub async fn subscription_year(tx: &mut Tx, id: Uuid) -> Result<(Date, Date), StoreError> {
    Ok(sqlx::query_as("SELECT opened_on, ends_on FROM subscription WHERE id = $1")
        .bind(id)
        .fetch_one(&mut **tx)
        .await?)
}

/// Ids of the trial and the subscription of a case.
pub async fn children_of(tx: &mut Tx, case_id: Uuid) -> Result<(Option<Uuid>, Option<Uuid>), StoreError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT id FROM trial WHERE application_id = $1), (SELECT id FROM subscription WHERE application_id = $1)",
    )
    .bind(case_id)
    .fetch_one(&mut **tx)
    .await?)
}

/// The open change and termination that an engine's operation carries out, by case.
pub async fn working_requests(tx: &mut Tx, case_id: Uuid) -> Result<(Option<Uuid>, Option<Uuid>), StoreError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT id FROM change WHERE application_id = $1 AND state_code = 'implementing'),
                (SELECT id FROM termination WHERE application_id = $1 AND state_code = 'reclaiming')",
    )
    .bind(case_id)
    .fetch_one(&mut **tx)
    .await?)
}

/// A remainder of an unfinished year (D10).
pub struct NewPoolItem<'a> {
    pub case_id: Uuid,
    pub line: &'a str,
    pub sku: &'a str,
    pub quantity: i64,
    pub until: Date,
    pub on: Date,
}

/// Puts a remainder into the reallocation pool.
pub async fn insert_pool_item(tx: &mut Tx, item: &NewPoolItem<'_>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO pool_item (id, application_id, line, sku, quantity, until, created_on) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(Uuid::now_v7())
        .bind(item.case_id)
        .bind(item.line)
        .bind(item.sku)
        .bind(item.quantity)
        .bind(item.until)
        .bind(item.on)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One row of the pool list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PoolRow {
    pub id: Uuid,
    pub application_id: Uuid,
    pub number: String,
    pub agency_name: String,
    pub line: String,
    pub sku: String,
    pub quantity: i64,
    pub until: Date,
}

/// What may be given to others: remainders whose year still runs.
pub async fn pool(pool: &PgPool, today: Date) -> Result<Vec<PoolRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT i.id, i.application_id, a.number, o.name AS agency_name, i.line, i.sku, i.quantity, i.until
         FROM pool_item i JOIN application a ON a.id = i.application_id JOIN org o ON o.id = a.agency_id
         WHERE i.until >= $1 ORDER BY i.created_on DESC, i.id DESC LIMIT 500",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// The earliest end of a trial period that still waits for the timer.
pub async fn earliest_period_end(pool: &PgPool) -> Result<Option<Date>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT min(until) FROM trial WHERE state_code IN ('running', 'extension_asked', 'reported', 'passed', 'failed')",
    )
    .fetch_one(pool)
    .await?)
}

/// Number and system of a trial's case, for the timer's words.
pub async fn trial_label(tx: &mut Tx, id: Uuid) -> Result<(String, String), StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.number, a.system_name FROM trial t JOIN application a ON a.id = t.application_id WHERE t.id = $1",
    )
    .bind(id)
    .fetch_one(&mut **tx)
    .await?)
}

/// Number and system of a service's case, for the timer's words.
pub async fn subscription_label(tx: &mut Tx, id: Uuid) -> Result<(String, String), StoreError> {
    Ok(sqlx::query_as(
        "SELECT a.number, a.system_name FROM subscription s JOIN application a ON a.id = s.application_id WHERE s.id = $1",
    )
    .bind(id)
    .fetch_one(&mut **tx)
    .await?)
}
