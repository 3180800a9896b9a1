//! 费用: posting what opening, change and end cost, and explaining any figure posted.
//!
//! The account of a subscription is the auditor's own file (`charge_account.input`): each act adds to it, the
//! pure engine computes the whole year again, and only the new entries are appended. What was posted before
//! must come out the same, or the act is refused: a bill can always be recomputed by `liyun charge compute`.

use domain::application::pricing::{OrderLine, order_lines};
use domain::calendar::Date;
use domain::charge::{
    Change, Input, LineChange, Movement, OpeningLine, Posting, PriceInput, Run, Spare, Subscription, TerminationPolicy,
};
use domain::ids::SubscriptionId;
use domain::money::Fen;
use domain::price::PriceList;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::charge::{AccountRow, EntryRow, NewMovement};
use uuid::Uuid;

use crate::case::Case;
use crate::mechanism::Unit;
use crate::{App, AppError};

mod explain;
mod list;
mod register;

pub use explain::{Explanation, explain, explain_as_operator};
pub use list::{AccountView, Balance, CaseCharges, EntryView, MovementView, balances, of_case};
pub use register::{ChargeItem, ChargePage, Filter, page};

/// What was posted by one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub entries: usize,
    /// Net of this act: what the supplier is owed more, or less.
    pub net_fen: Fen,
    /// 调配池, where the service ended early.
    pub pool: Vec<Spare>,
}

/// 开通: the year and its fee begin on `on` (A10_5, D1). The lines are those the case was granted.
pub async fn post_opening(
    unit: &mut Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    on: Date,
) -> Result<Posted, AppError> {
    let lines = order_lines(&case.standing_form()?);
    let opening = lines.iter().map(|order| OpeningLine {
        line: order.line.clone(),
        sku: order.sku.clone(),
        quantity: i64::try_from(order.quantity).unwrap_or(i64::MAX),
    });
    let mut input = Input {
        prices: Vec::new(),
        subscription: Subscription { opened_on: on, lines: opening.collect() },
        changes: None,
        terminated_on: None,
        termination_policy: None,
        sharing: None,
    };
    add_prices(&unit.app().prices(), &mut input);
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    let account = account_row(subscription, case, &input, &run)?;
    store::charge::insert_account(&mut unit.tx, &account).await?;
    post(unit, case, subscription, ("opening", None), &run, &[]).await
}

/// 变更: what runs from `on` is what the case is now granted; each line that differs posts an entry (D7, D8).
pub async fn post_change(
    unit: &mut Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    on: Date,
) -> Result<Posted, AppError> {
    let (mut account, mut input, before) = load(unit, subscription).await?;
    let lines = differences(&before, &order_lines(&case.standing_form()?));
    if lines.is_empty() {
        return Ok(Posted { entries: 0, net_fen: Fen::ZERO, pool: Vec::new() });
    }
    input.changes.get_or_insert_default().push(Change { effective_on: on, lines });
    add_prices(&unit.app().prices(), &mut input);
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    renew(&mut account, &input, &run)?;
    store::charge::save_account(&mut unit.tx, &account).await?;
    post(unit, case, subscription, ("change", None), &run, &before.postings).await
}

/// What a change to `wanted` would post if it took effect on `on`; nothing is stored (D7, D8).
pub(crate) async fn preview_change(
    app: &App,
    subscription: SubscriptionId,
    on: Date,
    wanted: &[OrderLine],
) -> Result<Fen, AppError> {
    let account = store::charge::account(&app.store.pool, subscription.0).await?;
    let mut input: Input = serde_json::from_value(account.input).map_err(AppError::fault)?;
    let before = domain::charge::run(&input).map_err(AppError::Invalid)?;
    let lines = differences(&before, wanted);
    if lines.is_empty() {
        return Ok(Fen::ZERO);
    }
    input.changes.get_or_insert_default().push(Change { effective_on: on, lines });
    add_prices(&app.prices(), &mut input);
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    Fen::sum(run.postings[before.postings.len()..].iter().map(|posting| posting.fen)).map_err(AppError::fault)
}

/// 终止 with `on` as the last day of service. Nothing is refunded; the rest of the year is answered (D10).
pub async fn post_termination(
    unit: &mut Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    on: Date,
) -> Result<Vec<Spare>, AppError> {
    let (mut account, mut input, before) = load(unit, subscription).await?;
    let year = before.account.year();
    // A service that outlived its year (宽限, D12) ended with it, as far as this year's money goes.
    input.terminated_on = Some(on.clamp(year.from, year.to));
    input.termination_policy = Some(TerminationPolicy::NoRefundReallocate);
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    renew(&mut account, &input, &run)?;
    store::charge::save_account(&mut unit.tx, &account).await?;
    let posted = post(unit, case, subscription, ("termination", None), &run, &before.postings).await?;
    Ok(posted.pool)
}

/// 资金流水 of another stage: 预算安排, 指标调剂, 合同, 结算, 垫付. Balanced by construction.
pub async fn post_movement(
    unit: &mut Unit<'_>,
    case: &Case,
    movement: Movement,
    fen: Fen,
    reference: &str,
) -> Result<(), AppError> {
    if fen <= Fen::ZERO {
        return Ok(());
    }
    let on = unit.today();
    insert_movement(unit, case.row.id, movement, fen, (on, reference), (None, None)).await
}

/// The account with its file and what the file gives so far, locked.
async fn load(unit: &mut Unit<'_>, subscription: SubscriptionId) -> Result<(AccountRow, Input, Run), AppError> {
    let account = store::charge::lock_account(&mut unit.tx, subscription.0).await?;
    let input: Input = serde_json::from_value(account.input.clone()).map_err(AppError::fault)?;
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    Ok((account, input, run))
}

/// Completes the price lines of the file: every dated price of every product it names. Lines already there
/// stay as they are, so that a file never changes what it said.
fn add_prices(prices: &PriceList, input: &mut Input) {
    let opening = input.subscription.lines.iter().map(|line| line.sku.clone());
    let changed = input.changes().iter().flat_map(|change| change.lines.iter().filter_map(|line| line.sku.clone()));
    let skus: std::collections::BTreeSet<String> = opening.chain(changed).collect();
    for line in prices.lines().iter().filter(|line| skus.contains(&line.sku)) {
        let known = input.prices.iter().any(|price| price.sku == line.sku && price.version == line.version);
        if !known {
            input.prices.push(PriceInput {
                version: line.version.clone(),
                from: line.from,
                to: line.to,
                sku: line.sku.clone(),
                fen_per_year: line.fen_per_year,
                billing_basis: Some(line.basis),
            });
        }
    }
}

/// What must change so that the account's lines become `wanted`.
fn differences(before: &Run, wanted: &[OrderLine]) -> Vec<LineChange> {
    let present: Vec<(&str, &str, u64)> = before.account.lines().collect();
    let gone = present.iter().filter(|(line, ..)| !wanted.iter().any(|order| order.line == *line));
    let removed = gone.map(|(line, ..)| LineChange { line: (*line).to_owned(), sku: None, quantity: 0 });
    let differs = |order: &&OrderLine| !present.contains(&(order.line.as_str(), order.sku.as_str(), order.quantity));
    let changed = wanted.iter().filter(differs).map(|order| LineChange {
        line: order.line.clone(),
        sku: Some(order.sku.clone()),
        quantity: i64::try_from(order.quantity).unwrap_or(i64::MAX),
    });
    removed.chain(changed).collect()
}

fn account_row(subscription: SubscriptionId, case: &Case, input: &Input, run: &Run) -> Result<AccountRow, AppError> {
    let year = run.account.year();
    let mut account = AccountRow {
        subscription_id: subscription.0,
        application_id: case.row.id,
        opened_on: year.from.to_sqlx(),
        ends_on: year.to.to_sqlx(),
        input: json!(null),
        answer: json!(null),
        payable_fen: 0,
        saved_fen: 0,
    };
    renew(&mut account, input, run)?;
    Ok(account)
}

fn renew(account: &mut AccountRow, input: &Input, run: &Run) -> Result<(), AppError> {
    let answer = domain::charge::answer(run, input).map_err(AppError::Invalid)?;
    account.input = serde_json::to_value(input).map_err(AppError::fault)?;
    account.payable_fen = answer.payable_fen.0;
    account.saved_fen = answer.saved_fen.0;
    account.answer = serde_json::to_value(answer).map_err(AppError::fault)?;
    Ok(())
}

/// Appends the postings that are new, each with its movement. The step that caused them leaves the audit entry.
async fn post(
    unit: &mut Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    act: (&str, Option<Uuid>),
    run: &Run,
    before: &[Posting],
) -> Result<Posted, AppError> {
    let stored = store::charge::entries_of(&mut *unit.tx, &[subscription.0]).await?;
    if !run.postings.starts_with(before) || stored.len() != before.len() || !agree(&stored, before) {
        return Err(AppError::fault(format!("the charges of {subscription} do not come out as they were posted")));
    }
    let new = &run.postings[before.len()..];
    for (offset, posting) in new.iter().enumerate() {
        let row = entry_row(unit, case, subscription, act, (before.len() + offset + 1, posting))?;
        store::charge::insert_entry(&mut unit.tx, &row).await?;
        let movement = posting.kind.movement();
        let magnitude =
            if posting.fen < Fen::ZERO { posting.fen.negated().map_err(AppError::fault)? } else { posting.fen };
        if magnitude > Fen::ZERO {
            insert_movement(
                unit,
                case.row.id,
                movement,
                magnitude,
                (posting.on, ""),
                (Some(subscription), Some(row.id)),
            )
            .await?;
        }
    }
    let net_fen = Fen::sum(new.iter().map(|posting| posting.fen)).map_err(AppError::fault)?;
    Ok(Posted { entries: new.len(), net_fen, pool: run.pool.clone() })
}

fn agree(stored: &[EntryRow], computed: &[Posting]) -> bool {
    stored
        .iter()
        .zip(computed)
        .all(|(row, posting)| row.fen == posting.fen.0 && row.line == posting.line && row.kind == posting.kind.code())
}

fn entry_row(
    unit: &Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    (act, act_id): (&str, Option<Uuid>),
    (position, posting): (usize, &Posting),
) -> Result<EntryRow, AppError> {
    Ok(EntryRow {
        id: Uuid::now_v7(),
        subscription_id: subscription.0,
        application_id: case.row.id,
        position: i32::try_from(position).map_err(AppError::fault)?,
        act: act.to_owned(),
        act_id,
        effective_on: posting.on.to_sqlx(),
        line: posting.line.clone(),
        kind: posting.kind.code().to_owned(),
        fen: posting.fen.0,
        days: posting.days,
        clause: posting.clause.code.to_owned(),
        formula: posting.formula.clone(),
        sku: posting.sku.clone(),
        quantity: i64::try_from(posting.quantity).map_err(AppError::fault)?,
        versions: posting.versions.clone(),
        covers_from: posting.covers.0.to_sqlx(),
        covers_to: posting.covers.1.to_sqlx(),
        posted_at: unit.now().to_sqlx(),
    })
}

async fn insert_movement(
    unit: &mut Unit<'_>,
    application_id: Uuid,
    movement: Movement,
    fen: Fen,
    (on, reference): (Date, &str),
    (subscription, charge_id): (Option<SubscriptionId>, Option<Uuid>),
) -> Result<(), AppError> {
    let (debit, credit) = movement.accounts();
    let row = NewMovement {
        id: Uuid::now_v7(),
        kind: movement.code(),
        effective_on: on.to_sqlx(),
        application_id,
        subscription_id: subscription.map(|id| id.0),
        charge_id,
        reference,
        posted_at: unit.now().to_sqlx(),
        debit: debit.code(),
        credit: credit.code(),
        fen: fen.0,
    };
    Ok(store::charge::insert_movement(&mut unit.tx, &row).await?)
}
