//! 费用: the account of each subscription, its entries, and the ledger every report is read from.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// 费用账户: the auditor's file as it stands, with its answer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    pub subscription_id: Uuid,
    pub application_id: Uuid,
    pub opened_on: Date,
    pub ends_on: Date,
    pub input: Value,
    pub answer: Value,
    pub payable_fen: i64,
    pub saved_fen: i64,
    pub benefit_fen: i64,
}

/// 费用明细 as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryRow {
    pub id: Uuid,
    pub subscription_id: Uuid,
    pub application_id: Uuid,
    pub position: i32,
    pub act: String,
    pub act_id: Option<Uuid>,
    pub effective_on: Date,
    pub line: String,
    pub kind: String,
    pub fen: i64,
    pub days: i32,
    pub clause: String,
    pub formula: String,
    pub sku: String,
    pub quantity: i64,
    pub versions: Vec<String>,
    pub covers_from: Date,
    pub covers_to: Date,
    pub posted_at: Timestamp,
    /// 调配单号, of a benefit.
    pub allocation: Option<String>,
}

/// 资金流水 to be posted: one amount from one account to another.
#[derive(Clone, Debug)]
pub struct NewMovement<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub effective_on: Date,
    pub application_id: Uuid,
    pub subscription_id: Option<Uuid>,
    pub charge_id: Option<Uuid>,
    pub reference: &'a str,
    pub posted_at: Timestamp,
    pub debit: &'a str,
    pub credit: &'a str,
    /// Positive.
    pub fen: i64,
}

const ACCOUNT: &str =
    "SELECT subscription_id, application_id, opened_on, ends_on, input, answer, payable_fen, saved_fen, benefit_fen
     FROM charge_account WHERE subscription_id = $1";

/// The account of a subscription, locked for the change.
pub async fn lock_account(tx: &mut Tx, subscription_id: Uuid) -> Result<AccountRow, StoreError> {
    Ok(sqlx::query_as(
        "SELECT subscription_id, application_id, opened_on, ends_on, input, answer, payable_fen, saved_fen, benefit_fen
         FROM charge_account WHERE subscription_id = $1 FOR UPDATE",
    )
    .bind(subscription_id)
    .fetch_one(&mut **tx)
    .await?)
}

/// The account of a subscription.
pub async fn account(pool: &PgPool, subscription_id: Uuid) -> Result<AccountRow, StoreError> {
    Ok(sqlx::query_as(ACCOUNT).bind(subscription_id).fetch_one(pool).await?)
}

/// The accounts of a case, oldest first.
pub async fn accounts_of_case(db: impl PgExecutor<'_>, application_id: Uuid) -> Result<Vec<AccountRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT subscription_id, application_id, opened_on, ends_on, input, answer, payable_fen, saved_fen, benefit_fen
         FROM charge_account WHERE application_id = $1 ORDER BY opened_on, subscription_id",
    )
    .bind(application_id)
    .fetch_all(db)
    .await?)
}

/// Opens an account.
pub async fn insert_account(tx: &mut Tx, account: &AccountRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO charge_account (subscription_id, application_id, opened_on, ends_on, input, answer, payable_fen, saved_fen, benefit_fen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account.subscription_id)
    .bind(account.application_id)
    .bind(account.opened_on)
    .bind(account.ends_on)
    .bind(&account.input)
    .bind(&account.answer)
    .bind(account.payable_fen)
    .bind(account.saved_fen)
    .bind(account.benefit_fen)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves the file and answer of a locked account.
pub async fn save_account(tx: &mut Tx, account: &AccountRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE charge_account SET input = $2, answer = $3, payable_fen = $4, saved_fen = $5, benefit_fen = $6
         WHERE subscription_id = $1",
    )
    .bind(account.subscription_id)
    .bind(&account.input)
    .bind(&account.answer)
    .bind(account.payable_fen)
    .bind(account.saved_fen)
    .bind(account.benefit_fen)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Appends an entry.
pub async fn insert_entry(tx: &mut Tx, entry: &EntryRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO charge_entry (id, subscription_id, application_id, position, act, act_id, effective_on, line, kind, fen, days,
             clause, formula, sku, quantity, versions, covers_from, covers_to, posted_at, allocation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(entry.id)
    .bind(entry.subscription_id)
    .bind(entry.application_id)
    .bind(entry.position)
    .bind(&entry.act)
    .bind(entry.act_id)
    .bind(entry.effective_on)
    .bind(&entry.line)
    .bind(&entry.kind)
    .bind(entry.fen)
    .bind(entry.days)
    .bind(&entry.clause)
    .bind(&entry.formula)
    .bind(&entry.sku)
    .bind(entry.quantity)
    .bind(&entry.versions)
    .bind(entry.covers_from)
    .bind(entry.covers_to)
    .bind(entry.posted_at)
    .bind(&entry.allocation)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

const ENTRIES: &str =
    "SELECT id, subscription_id, application_id, position, act, act_id, effective_on, line, kind, fen, days, clause,
        formula, sku, quantity, versions, covers_from, covers_to, posted_at, allocation
     FROM charge_entry WHERE subscription_id = ANY($1) ORDER BY subscription_id, position";

/// The entries of several subscriptions, each in the order of posting.
pub async fn entries_of(db: impl PgExecutor<'_>, subscriptions: &[Uuid]) -> Result<Vec<EntryRow>, StoreError> {
    Ok(sqlx::query_as(ENTRIES).bind(subscriptions).fetch_all(db).await?)
}

/// One entry.
pub async fn entry(pool: &PgPool, id: Uuid) -> Result<EntryRow, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, subscription_id, application_id, position, act, act_id, effective_on, line, kind, fen, days, clause,
             formula, sku, quantity, versions, covers_from, covers_to, posted_at, allocation
         FROM charge_entry WHERE id = $1",
    )
    .bind(id)
    .fetch_one(pool)
    .await?)
}

/// Filters of the register; absent ones do not filter.
#[derive(Clone, Debug, Default)]
pub struct RegisterFilter {
    pub case: Option<Uuid>,
    pub agency: Option<Uuid>,
    /// Instant and id of the last row of the page before.
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// An entry with its case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RegisterRow {
    #[sqlx(flatten)]
    pub entry: EntryRow,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
}

/// One page of what is visible, newest first.
pub async fn register(pool: &PgPool, seen: &Visible, filter: &RegisterFilter) -> Result<Vec<RegisterRow>, StoreError> {
    let (after_at, after_id) = filter.after.unzip();
    Ok(sqlx::query_as(concat!(
        "SELECT e.id, e.subscription_id, e.application_id, e.position, e.act, e.act_id, e.effective_on, e.line, e.kind, e.fen,
                e.days, e.clause, e.formula, e.sku, e.quantity, e.versions, e.covers_from, e.covers_to, e.posted_at, e.allocation,
                a.number AS case_number, a.system_name, o.name AS agency_name
         FROM charge_entry e JOIN application a ON a.id = e.application_id JOIN org o ON o.id = a.agency_id
         WHERE ",
        visible!("a"),
        " AND ($6::uuid IS NULL OR e.application_id = $6) AND ($7::uuid IS NULL OR a.agency_id = $7)
           AND ($8::timestamptz IS NULL OR (e.posted_at, e.id) < ($8, $9))
         ORDER BY e.posted_at DESC, e.id DESC LIMIT $10"
    ))
    .to_visible(seen)
    .bind(filter.case)
    .bind(filter.agency)
    .bind(after_at)
    .bind(after_id)
    .bind(filter.limit)
    .fetch_all(pool)
    .await?)
}

/// Posts a movement with its two legs. Refused at commit where they do not balance.
pub async fn insert_movement(tx: &mut Tx, movement: &NewMovement<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ledger_movement (id, kind, effective_on, application_id, subscription_id, charge_id, reference, posted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(movement.id)
    .bind(movement.kind)
    .bind(movement.effective_on)
    .bind(movement.application_id)
    .bind(movement.subscription_id)
    .bind(movement.charge_id)
    .bind(movement.reference)
    .bind(movement.posted_at)
    .execute(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO ledger_leg (movement_id, account, fen) VALUES ($1, $2, $4), ($1, $3, -$4)")
        .bind(movement.id)
        .bind(movement.debit)
        .bind(movement.credit)
        .bind(movement.fen)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// 资金流水 as listed for a case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MovementRow {
    pub id: Uuid,
    pub kind: String,
    pub effective_on: Date,
    pub charge_id: Option<Uuid>,
    pub reference: String,
    pub fen: i64,
    pub posted_at: Timestamp,
}

/// The movements of a case, in the order of posting.
pub async fn movements_of_case(db: impl PgExecutor<'_>, application_id: Uuid) -> Result<Vec<MovementRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT m.id, m.kind, m.effective_on, m.charge_id, m.reference, l.fen, m.posted_at
         FROM ledger_movement m JOIN ledger_leg l ON l.movement_id = m.id AND l.fen > 0
         WHERE m.application_id = $1 ORDER BY m.posted_at, m.id LIMIT 1000",
    )
    .bind(application_id)
    .fetch_all(db)
    .await?)
}

/// One account's sums.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BalanceRow {
    pub account: String,
    pub debit_fen: i64,
    pub credit_fen: i64,
}

/// The balance of every account; the sums tie to zero.
pub async fn balances(pool: &PgPool) -> Result<Vec<BalanceRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT account, coalesce(sum(fen) FILTER (WHERE fen > 0), 0)::bigint AS debit_fen,
                coalesce(-sum(fen) FILTER (WHERE fen < 0), 0)::bigint AS credit_fen
         FROM ledger_leg GROUP BY account ORDER BY account",
    )
    .fetch_all(pool)
    .await?)
}
