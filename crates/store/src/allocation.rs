//! 调配池 and 调配: what unfinished years left, how much of it is given, and to whom.

use crate::visible::{ToVisible, Visible, visible};
use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// A remainder of an unfinished year (D10).
pub struct NewPoolItem<'a> {
    pub case_id: Uuid,
    pub line: &'a str,
    pub sku: &'a str,
    pub quantity: i64,
    pub until: Date,
    pub on: Date,
}

/// Puts a remainder into the pool.
pub async fn insert_item(tx: &mut Tx, item: &NewPoolItem<'_>) -> Result<(), StoreError> {
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

/// A remainder with where it came from. `erased`: the certificate of its first agency's data is issued.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ItemRow {
    pub id: Uuid,
    pub application_id: Uuid,
    pub number: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub line: String,
    pub sku: String,
    pub quantity: i64,
    pub allocated: i64,
    pub until: Date,
    pub erased: bool,
}

macro_rules! select_item {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.application_id, a.number, a.agency_id, o.name AS agency_name, i.line, i.sku, i.quantity,
                i.allocated, i.until,
                EXISTS (SELECT 1 FROM termination t WHERE t.application_id = i.application_id AND t.state_code = 'closed') AS erased
             FROM pool_item i JOIN application a ON a.id = i.application_id JOIN org o ON o.id = a.agency_id ",
            $rest
        )
    };
}

/// Filters of the pool.
#[derive(Clone, Debug)]
pub struct ItemFilter {
    /// Part of a product's code, of the number or the agency it came from.
    pub text: Option<String>,
    /// Products the text names.
    pub skus: Vec<String>,
    pub today: Date,
    /// Last day and id of the last row of the page before.
    pub after: Option<(Date, Uuid)>,
    pub limit: i64,
}

/// One page of the remainders whose year still runs, those that run out first at its head. Served by `pool_item_until`.
pub async fn items(pool: &PgPool, filter: &ItemFilter) -> Result<Vec<ItemRow>, StoreError> {
    let sql = select_item!(
        "WHERE i.until >= $1 AND ($2::date IS NULL OR (i.until, i.id) > ($2, $3))
           AND ($4::text IS NULL OR strpos(i.sku, $4) > 0 OR i.sku = ANY($5) OR strpos(a.number, $4) > 0 OR strpos(o.name, $4) > 0)
         ORDER BY i.until, i.id LIMIT $6"
    );
    let (after_day, after_id) = filter.after.unzip();
    Ok(sqlx::query_as(sql)
        .bind(filter.today)
        .bind(after_day)
        .bind(after_id)
        .bind(&filter.text)
        .bind(&filter.skus)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// One remainder.
pub async fn item(db: impl PgExecutor<'_>, id: Uuid) -> Result<ItemRow, StoreError> {
    Ok(sqlx::query_as(select_item!("WHERE i.id = $1")).bind(id).fetch_one(db).await?)
}

/// One remainder, locked: of two people who give of it the second sees what the first gave.
pub async fn lock_item(tx: &mut Tx, id: Uuid) -> Result<ItemRow, StoreError> {
    Ok(sqlx::query_as(select_item!("WHERE i.id = $1 FOR UPDATE OF i")).bind(id).fetch_one(&mut **tx).await?)
}

/// An allocation that is promised.
pub struct NewAllocation<'a> {
    pub id: Uuid,
    pub number: &'a str,
    pub item: Uuid,
    pub case_id: Uuid,
    pub change_id: Option<Uuid>,
    pub line: &'a str,
    pub sku: &'a str,
    pub reserved: i64,
    pub until: Date,
    pub state: &'a Value,
    pub created_by: Uuid,
    pub created_on: Date,
    pub created_at: Timestamp,
}

/// Inserts a promise and counts it against its item.
pub async fn insert(tx: &mut Tx, new: &NewAllocation<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO allocation (id, number, pool_item_id, case_id, change_id, line, sku, reserved, held, until, state_code, state,
             created_by, created_on, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10->>'state', $10, $11, $12, $13)",
    )
    .bind(new.id)
    .bind(new.number)
    .bind(new.item)
    .bind(new.case_id)
    .bind(new.change_id)
    .bind(new.line)
    .bind(new.sku)
    .bind(new.reserved)
    .bind(new.until)
    .bind(new.state)
    .bind(new.created_by)
    .bind(new.created_on)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    set_held(tx, new.id, new.reserved).await
}

/// What counts against the item from now on; the item's sum moves by the difference. Refused by the database where the
/// item has less.
pub async fn set_held(tx: &mut Tx, id: Uuid, held: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE pool_item i SET allocated = i.allocated + $2 - l.held FROM allocation l WHERE l.id = $1 AND i.id = l.pool_item_id",
    )
    .bind(id)
    .bind(held)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE allocation SET held = $2 WHERE id = $1").bind(id).bind(held).execute(&mut **tx).await?;
    Ok(())
}

/// An allocation with its case, where it came from, and what it has saved.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AllocationRow {
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Value,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub change_id: Option<Uuid>,
    pub line: String,
    pub sku: String,
    pub reserved: i64,
    pub until: Date,
    pub from_case_id: Uuid,
    pub from_number: String,
    pub from_agency: String,
    /// 调配受益 as posted; 0 before it takes effect.
    pub benefit_fen: i64,
    pub created_on: Date,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT l.id, l.number, l.version, l.state, l.case_id, a.number AS case_number, a.system_name, a.agency_id,
                o.name AS agency_name, l.change_id, l.line, l.sku, l.reserved, l.until, i.application_id AS from_case_id,
                f.number AS from_number, fo.name AS from_agency, l.created_on,
                (SELECT coalesce(-sum(e.fen), 0)::bigint FROM charge_entry e WHERE e.allocation = l.number) AS benefit_fen
             FROM allocation l JOIN application a ON a.id = l.case_id JOIN org o ON o.id = a.agency_id
                JOIN pool_item i ON i.id = l.pool_item_id JOIN application f ON f.id = i.application_id
                JOIN org fo ON fo.id = f.agency_id ",
            $($rest)*
        )
    };
}

/// What a case was promised and given, in order of time.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<AllocationRow>, StoreError> {
    let sql = select!("WHERE l.case_id = $1 ORDER BY l.id LIMIT 500");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// The same inside a change, locked, as far as it is not over.
pub async fn lock_open(tx: &mut Tx, case_id: Uuid) -> Result<Vec<AllocationRow>, StoreError> {
    let sql =
        select!("WHERE l.case_id = $1 AND l.state_code IN ('reserved', 'effective') ORDER BY l.id FOR UPDATE OF l");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(&mut **tx).await?)
}

/// One allocation inside a change.
pub async fn one_in(tx: &mut Tx, id: Uuid) -> Result<AllocationRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE l.id = $1")).bind(id).fetch_one(&mut **tx).await?)
}

/// The allocation of a number.
pub async fn numbered(pool: &PgPool, number: &str) -> Result<AllocationRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE l.number = $1")).bind(number).fetch_one(pool).await?)
}

/// Holds the case of an allocation until the end of the change, like [`crate::case::hold`].
pub async fn hold_case_of(tx: &mut Tx, id: Uuid) -> Result<Uuid, StoreError> {
    let sql = "SELECT a.id FROM application a JOIN allocation l ON l.case_id = a.id WHERE l.id = $1 FOR UPDATE OF a";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut **tx).await?)
}

/// Those whose item was over before `today` and that are not. Served by `allocation_running`.
pub async fn over(pool: &PgPool, today: Date) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM allocation WHERE until < $1 AND state_code IN ('reserved', 'effective') ORDER BY until, id LIMIT 1000",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// The earliest last day of what is not over, for the demonstration's clock.
pub async fn next_end(pool: &PgPool, from: Date) -> Result<Option<Date>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT min(until) FROM allocation WHERE until >= $1 AND state_code IN ('reserved', 'effective')",
    )
    .bind(from)
    .fetch_one(pool)
    .await?)
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct AllocationFilter {
    /// Part of a number, a product's code, a system's or an agency's name.
    pub text: Option<String>,
    /// Products the text names.
    pub skus: Vec<String>,
    pub state: Option<String>,
    pub item: Option<Uuid>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen of the recipients' cases, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &AllocationFilter) -> Result<Vec<AllocationRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible!("a"),
        " AND ($6::text IS NULL OR strpos(l.number, $6) > 0 OR strpos(l.sku, $6) > 0 OR l.sku = ANY($7)
                OR strpos(a.number, $6) > 0 OR strpos(a.system_name, $6) > 0 OR strpos(o.name, $6) > 0 OR strpos(fo.name, $6) > 0)
           AND ($8::text IS NULL OR l.state_code = $8) AND ($9::uuid IS NULL OR l.pool_item_id = $9)
           AND ($10::uuid IS NULL OR l.id < $10)
         ORDER BY l.id DESC LIMIT $11"
    );
    Ok(sqlx::query_as(sql)
        .to_visible(seen)
        .bind(&filter.text)
        .bind(&filter.skus)
        .bind(&filter.state)
        .bind(filter.item)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// A case as a recipient: what it asks for, and where it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RecipientRow {
    pub id: Uuid,
    pub number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub state_zh: String,
    pub state: Value,
    /// As granted, else as asked.
    pub form: Value,
    pub trial: Option<Value>,
    pub change_id: Option<Uuid>,
    pub change: Option<Value>,
    pub request: Option<Value>,
    pub dearer_by_fen: Option<i64>,
    pub opened_on: Option<Date>,
    pub ends_on: Option<Date>,
}

macro_rules! select_recipient {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.number, a.system_name, a.agency_id, o.name AS agency_name, a.state_zh, a.state,
                coalesce(a.granted, a.form) AS form, t.state AS trial, c.id AS change_id, c.state AS change, c.request,
                c.dearer_by_fen, s.opened_on, s.ends_on
             FROM application a JOIN org o ON o.id = a.agency_id
                LEFT JOIN trial t ON t.application_id = a.id LEFT JOIN subscription s ON s.application_id = a.id
                LEFT JOIN change c ON c.application_id = a.id AND c.state_code NOT IN ('declined', 'done', 'withdrawn') ",
            $rest
        )
    };
}

/// One case as a recipient.
pub async fn recipient(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<RecipientRow, StoreError> {
    Ok(sqlx::query_as(select_recipient!("WHERE a.id = $1")).bind(case_id).fetch_one(db).await?)
}

/// Cases of other agencies that are between acceptance and opening or have a dearer change under way, oldest first.
/// Served by `application_under_way` and `change_dearer`.
pub async fn recipients(
    pool: &PgPool,
    agency: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<RecipientRow>, StoreError> {
    let sql = select_recipient!(
        "WHERE a.id IN (
               SELECT id FROM application WHERE stage IN ('review', 'trial') AND state_code NOT IN ('rejected', 'exited')
               UNION ALL
               SELECT application_id FROM change
               WHERE state_code NOT IN ('declined', 'done', 'withdrawn') AND dearer_by_fen > 0)
           AND a.agency_id <> $1 AND ($2::uuid IS NULL OR a.id > $2)
         ORDER BY a.id LIMIT $3"
    );
    Ok(sqlx::query_as(sql).bind(agency).bind(after).bind(limit).fetch_all(pool).await?)
}

/// How much of a line is promised already.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReservedRow {
    pub case_id: Uuid,
    pub change_id: Option<Uuid>,
    pub line: String,
    pub quantity: i64,
}

/// What is promised to several cases and has not taken effect, by line.
pub async fn reserved(db: impl PgExecutor<'_>, cases: &[Uuid]) -> Result<Vec<ReservedRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT case_id, change_id, line, sum(held)::bigint AS quantity FROM allocation
         WHERE case_id = ANY($1) AND state_code = 'reserved' GROUP BY case_id, change_id, line",
    )
    .bind(cases)
    .fetch_all(db)
    .await?)
}

/// What of a recipient's own came of an allocation: a server of its row, or a service instance.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BuiltRow {
    pub case_id: Uuid,
    /// `s1` for the first row of 附件2-1, `v1` for the first of 其他服务.
    pub row: String,
    pub id: Uuid,
    pub name: String,
}

/// Servers and instances of several cases, as they stand.
pub async fn built(db: impl PgExecutor<'_>, cases: &[Uuid]) -> Result<Vec<BuiltRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT case_id, 's' || (line + 1) AS row, id, name FROM resource WHERE case_id = ANY($1) AND phase <> 'erased'
         UNION ALL
         SELECT case_id, 'v' || (line + 1), id, number FROM service_instance WHERE case_id = ANY($1) AND state_code <> 'ended'
         ORDER BY 1, 2, 4",
    )
    .bind(cases)
    .fetch_all(db)
    .await?)
}
