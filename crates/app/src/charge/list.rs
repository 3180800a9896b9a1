//! 费用页签: the charges of a case, its sums, accruals and movements; and the balances of the whole ledger.

use domain::charge::{Kind, LedgerAccount, Movement};
use domain::clause::Clause;
use domain::ids::{ApplicationId, ChargeId, SubscriptionId};
use domain::term::Term;
use jiff::civil::Date;
use serde_json::Value;
use store::Tx;
use store::charge::{AccountRow, EntryRow, MovementRow};

use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::{App, AppError};

/// 费用明细 as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EntryView {
    pub id: ChargeId,
    #[schema(value_type = String, format = "date")]
    pub on: Date,
    pub line: String,
    pub sku: String,
    /// 产品名称 in the city's catalogue; the code where it is no longer listed.
    pub name: String,
    pub quantity: i64,
    pub kind: Term,
    pub fen: i64,
    pub days: i32,
    pub clause: Clause,
    pub formula: String,
}

/// 一个服务年的费用.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AccountView {
    pub subscription_id: SubscriptionId,
    #[schema(value_type = String, format = "date")]
    pub opened_on: Date,
    #[schema(value_type = String, format = "date")]
    pub ends_on: Date,
    pub payable_fen: i64,
    pub saved_fen: i64,
    /// 调配受益: covered by what another agency has paid for (D10).
    pub benefit_fen: i64,
    /// 权责口径, 分担 and 调配池 as computed: `{period, total_fen, accruals, shares, pool, …}`.
    #[schema(value_type = domain::charge::Answer)]
    pub answer: Value,
    pub entries: Vec<EntryView>,
}

/// 资金流水 as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MovementView {
    #[schema(value_type = String, format = "date")]
    pub on: Date,
    pub kind: Term,
    pub debit: Term,
    pub credit: Term,
    pub fen: i64,
    pub reference: String,
    pub charge_id: Option<ChargeId>,
}

/// 办件的费用.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseCharges {
    pub accounts: Vec<AccountView>,
    pub movements: Vec<MovementView>,
}

/// 账户余额.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Balance {
    pub account: Term,
    pub debit_fen: i64,
    pub credit_fen: i64,
}

/// The charges of one case, as part of a page begun for somebody who may see its money.
pub async fn of_case(app: &App, snapshot: &mut Tx, id: ApplicationId) -> Result<CaseCharges, AppError> {
    let rows = store::charge::accounts_of_case(&mut **snapshot, id.0).await?;
    let ids: Vec<_> = rows.iter().map(|account| account.subscription_id).collect();
    let entries = store::charge::entries_of(&mut **snapshot, &ids).await?;
    let mut accounts = Vec::new();
    for account in rows {
        let subscription = account.subscription_id;
        let own = entries.iter().filter(move |entry| entry.subscription_id == subscription);
        accounts.push(account_view(app, account, own)?);
    }
    let movements = store::charge::movements_of_case(&mut **snapshot, id.0).await?;
    Ok(CaseCharges { accounts, movements: movements.iter().map(movement_view).collect::<Result<_, _>>()? })
}

/// The balance of every account of the ledger; debits and credits tie.
pub async fn balances(app: &App, actor: &Actor) -> Result<Vec<Balance>, AppError> {
    authz::check(actor, Action::ChargeView, &Target::city())?;
    let view = |row: store::charge::BalanceRow| {
        let account: LedgerAccount = row.account.parse().map_err(AppError::fault)?;
        Ok(Balance { account: account.term(), debit_fen: row.debit_fen, credit_fen: row.credit_fen })
    };
    store::charge::balances(&app.store.pool).await?.into_iter().map(view).collect()
}

fn account_view<'a>(
    app: &App,
    account: AccountRow,
    entries: impl Iterator<Item = &'a EntryRow>,
) -> Result<AccountView, AppError> {
    Ok(AccountView {
        subscription_id: SubscriptionId(account.subscription_id),
        opened_on: account.opened_on.to_jiff(),
        ends_on: account.ends_on.to_jiff(),
        payable_fen: account.payable_fen,
        saved_fen: account.saved_fen,
        benefit_fen: account.benefit_fen,
        answer: account.answer,
        entries: entries.map(|row| entry_view(app, row)).collect::<Result<_, _>>()?,
    })
}

pub(super) fn entry_view(app: &App, row: &EntryRow) -> Result<EntryView, AppError> {
    let kind: Kind = row.kind.parse().map_err(AppError::fault)?;
    Ok(EntryView {
        id: ChargeId(row.id),
        on: row.effective_on.to_jiff(),
        line: row.line.clone(),
        name: app.regulation.product_zh(&row.sku),
        sku: row.sku.clone(),
        quantity: row.quantity,
        kind: kind.term(),
        fen: row.fen,
        days: row.days,
        clause: row.clause.parse().map_err(AppError::fault)?,
        formula: row.formula.clone(),
    })
}

fn movement_view(row: &MovementRow) -> Result<MovementView, AppError> {
    let movement: Movement = row.kind.parse().map_err(AppError::fault)?;
    let (debit, credit) = movement.accounts();
    Ok(MovementView {
        on: row.effective_on.to_jiff(),
        kind: movement.term(),
        debit: debit.term(),
        credit: credit.term(),
        fen: row.fen,
        reference: row.reference.clone(),
        charge_id: row.charge_id.map(ChargeId),
    })
}
