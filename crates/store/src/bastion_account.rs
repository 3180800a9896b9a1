//! 堡垒机账号: lines of 附件2-2 whose servers are open.

use crate::{StoreError, Tx};
use jiff_sqlx::{Date, Timestamp};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One account as stored, with its case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub agency_id: Uuid,
    pub number: String,
    pub line: i32,
    pub user_name: String,
    pub user_kind: String,
    pub organisation: String,
    pub mobile: String,
    pub protocols: Vec<String>,
    pub transfers: Vec<String>,
    pub hosts: Vec<String>,
    pub source: String,
    pub hours: String,
    pub valid_from: Date,
    pub valid_to: Date,
    pub state: Value,
    pub version: i32,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.case_id, a.number AS case_number, b.agency_id, b.number, b.line, b.user_name, b.user_kind,
                b.organisation, b.mobile, b.protocols, b.transfers, b.hosts, b.source, b.hours, b.valid_from, b.valid_to,
                b.state, b.version
             FROM bastion_account b JOIN application a ON a.id = b.case_id ",
            $rest
        )
    };
}

/// Accounts of a case, in the order of its form, the ended ones too.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<AccountRow>, StoreError> {
    let sql = select!("WHERE b.case_id = $1 ORDER BY b.line, b.id");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// The same inside a change, locked.
pub async fn lock_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<AccountRow>, StoreError> {
    let sql = select!("WHERE b.case_id = $1 ORDER BY b.line, b.id FOR UPDATE OF b");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(&mut **tx).await?)
}

/// One account inside a change.
pub async fn one_in(tx: &mut Tx, id: Uuid) -> Result<AccountRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE b.id = $1")).bind(id).fetch_one(&mut **tx).await?)
}

/// Accounts whose last day is before `today`, of all cases. Served by `bastion_account_ending`.
pub async fn over(pool: &PgPool, today: Date) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT id FROM bastion_account WHERE valid_to < $1 AND state_code <> 'closed' ORDER BY valid_to, id LIMIT 1000",
    )
    .bind(today)
    .fetch_all(pool)
    .await?)
}

/// An account that a line of the form becomes, or what an approved change makes of it.
pub struct NewAccount<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub agency_id: Uuid,
    pub number: &'a str,
    pub line: i32,
    pub terms: &'a TermsRow,
    pub state: &'a Value,
    pub created_at: Timestamp,
}

/// What the form says of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsRow {
    pub user_name: String,
    pub user_kind: String,
    pub organisation: String,
    pub mobile: String,
    pub protocols: Vec<String>,
    /// 文件传输, by code.
    pub transfers: Vec<String>,
    pub hosts: Vec<String>,
    pub source: String,
    pub hours: String,
    pub valid_from: jiff::civil::Date,
    pub valid_to: jiff::civil::Date,
}

impl AccountRow {
    /// What it says now.
    pub fn terms(&self) -> TermsRow {
        TermsRow {
            user_name: self.user_name.clone(),
            user_kind: self.user_kind.clone(),
            organisation: self.organisation.clone(),
            mobile: self.mobile.clone(),
            protocols: self.protocols.clone(),
            transfers: self.transfers.clone(),
            hosts: self.hosts.clone(),
            source: self.source.clone(),
            hours: self.hours.clone(),
            valid_from: self.valid_from.to_jiff(),
            valid_to: self.valid_to.to_jiff(),
        }
    }
}

/// Inserts an account.
pub async fn insert(tx: &mut Tx, new: &NewAccount<'_>) -> Result<(), StoreError> {
    use jiff_sqlx::ToSqlx;
    let terms = new.terms;
    sqlx::query(
        "INSERT INTO bastion_account (id, case_id, agency_id, number, line, user_name, user_kind, organisation, mobile,
             protocols, transfers, hosts, source, hours, valid_from, valid_to, state_code, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17->>'state', $17, $18)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.number)
    .bind(new.line)
    .bind(&terms.user_name)
    .bind(&terms.user_kind)
    .bind(&terms.organisation)
    .bind(&terms.mobile)
    .bind(&terms.protocols)
    .bind(&terms.transfers)
    .bind(&terms.hosts)
    .bind(&terms.source)
    .bind(&terms.hours)
    .bind(terms.valid_from.to_sqlx())
    .bind(terms.valid_to.to_sqlx())
    .bind(new.state)
    .bind(new.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Servers, source, hours and validity as an approved change left them.
pub async fn amend(tx: &mut Tx, id: Uuid, terms: &TermsRow) -> Result<(), StoreError> {
    use jiff_sqlx::ToSqlx;
    sqlx::query(
        "UPDATE bastion_account SET protocols = $2, transfers = $3, hosts = $4, source = $5, hours = $6, valid_from = $7,
             valid_to = $8
         WHERE id = $1",
    )
    .bind(id)
    .bind(&terms.protocols)
    .bind(&terms.transfers)
    .bind(&terms.hosts)
    .bind(&terms.source)
    .bind(&terms.hours)
    .bind(terms.valid_from.to_sqlx())
    .bind(terms.valid_to.to_sqlx())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
