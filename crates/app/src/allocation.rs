//! 调配: what unfinished years left is promised to another agency's case, takes effect with it, and ends (A10_7, D10).
//!
//! The information centre reserves ([`reserve`]) and takes a promise back ([`execute`]); everything else follows from the
//! recipient's own case ([`follow`]) and from the day. Locks are always taken in one order: the case, the allocation, the
//! item. Of two people who give of one item the second therefore sees what the first gave.

use domain::allocation::{self, Command, CommandKind, Need, Offer, Refusal, State};
use domain::calendar::Date;
use domain::clause;
use domain::ids::{AllocationId, ApplicationId, ChangeId, OrgId, PoolItemId};
use domain::opinion::Opinion;
use domain::org::Role;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::allocation::{AllocationRow, ItemRow, NewAllocation};
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{Answer, Case, action_of};
use crate::mechanism::Unit;
use crate::{App, AppError};

mod candidate;
mod follow;
mod pool;
mod recipient;
mod view;

pub use candidate::{Asked, Candidate, CandidatePage, candidates, quote};
pub use follow::run_timer;
pub(crate) use follow::{
    benefits_of_opening, covers_all, covers_of, let_go, service_ended, take_effect_of_change, trim,
};
pub use pool::{ItemFilter, PoolItem, PoolPage, keep, pool};
use recipient::Recipient;
pub use view::{AllocationItem, AllocationPage, AllocationView, Built, Filter, of_case, page};

/// 调配 as asked for: so much of an item for one line of a case.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AllocationRequest)]
pub struct Request {
    pub case_id: ApplicationId,
    /// 变更 that is covered; absent where it is for the opening.
    #[serde(default)]
    pub change_id: Option<ChangeId>,
    /// Charged line: `s1.vcpu`, `v3`.
    pub line: String,
    /// In the product's unit, at least 1.
    pub quantity: u64,
    pub opinion: Opinion,
}

/// 预留: promises so much of an item to a case of another agency.
pub async fn reserve(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    item: PoolItemId,
    request: Request,
) -> Result<Answer, AppError> {
    permit(actor)?;
    let mut unit = app.begin(actor, meta).await?;
    // The case first, then the item: an opening takes them in this order too.
    store::case::hold(&mut unit.tx, request.case_id.0).await?;
    let case = unit.case_for(request.case_id.0, Action::PoolAllocate).await?;
    let row = store::allocation::lock_item(&mut unit.tx, item.0).await?;
    let recipient = Recipient::of_case(&mut unit.tx, request.case_id.0).await?;
    let need = recipient.need(request.change_id, (&request.line, &row.sku))?;
    let today = unit.today();
    let state = allocation::reserve(request.quantity, &offer(&row), &need, today)
        .map_err(|refusal| AppError::refused(&refusal))?;
    let (id, number) = (Uuid::now_v7(), unit.next_number("TP").await?);
    let new = NewAllocation {
        id,
        number: &number,
        item: item.0,
        case_id: case.row.id,
        change_id: request.change_id.map(|change| change.0),
        line: &request.line,
        sku: &row.sku,
        reserved: i64::try_from(request.quantity).map_err(AppError::fault)?,
        until: row.until,
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        created_by: actor.person.ok_or(AppError::NotFound)?.0,
        created_on: today.to_sqlx(),
        created_at: unit.now().to_sqlx(),
    };
    store::allocation::insert(&mut unit.tx, &new).await?;
    let what =
        format!("{} ×{} 抵充 {}", app.regulation.product_zh(&row.sku), request.quantity, view::row_zh(&request.line));
    let what = format!("{what},{}", money_zh(app, &recipient, (&row, request.quantity), today)?);
    tell_agency(&mut unit, &case, &format!("调配池预留:{what}")).await?;
    let from = format!("来自{}({})", row.agency_name, row.number);
    let summary = format!("预留 {number}:{what},{from}。{}", request.opinion.as_str());
    let step = (Action::PoolAllocate.code(), clause::A10_7);
    unit.audit_step(&case, step, ("allocation", id), summary, (json!(null), json!(state.term().code))).await?;
    unit.commit(Answer { id, version: 1, state: state.term() }).await
}

/// Both figures, as whoever reserves and whoever receives are told: what it saves and what is left to pay.
fn money_zh(
    app: &App,
    recipient: &Recipient,
    (row, quantity): (&ItemRow, u64),
    today: Date,
) -> Result<String, AppError> {
    let until = row.until.to_jiff();
    let quote = recipient.quote(app, (&row.sku, quantity), until, today)?;
    Ok(format!(
        "可用至 {until};若于 {} 生效,本服务年抵充 {} 元,另须支付 {} 元",
        quote.on, quote.benefit_fen, quote.to_pay_fen
    ))
}

/// Who may give: whoever does not see the pool learns nothing of an item.
fn permit(actor: &Actor) -> Result<(), AppError> {
    if !authz::may(actor, Action::PoolView) {
        return Err(AppError::NotFound);
    }
    authz::check(actor, Action::PoolAllocate, &Target::city())
}

/// What an item offers.
fn offer(row: &ItemRow) -> Offer {
    Offer {
        agency: OrgId(row.agency_id),
        until: row.until.to_jiff(),
        left: u64::try_from(row.quantity - row.allocated).unwrap_or(0),
        erased: row.erased,
    }
}

/// Why nothing at all may be given of an item now, whoever it were for.
fn unoffered(row: &ItemRow, today: Date) -> Option<Refusal> {
    let anyone = Need { agency: OrgId(Uuid::nil()), line: String::new(), under_way: true, wanted: 1, covered: 0 };
    allocation::reserve(1, &offer(row), &anyone, today).err()
}

/// Carries out one command of an allocation's lifecycle: the centre takes a promise back.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: AllocationId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    store::allocation::hold_case_of(&mut unit.tx, id.0).await?;
    let action = action_of("allocation", command.kind().code())?;
    let (_, case): (Locked<State>, Case) = unit.lock_case(Table::Allocation, id.0, Some(version), action).await?;
    let row = store::allocation::one_in(&mut unit.tx, id.0).await?;
    if command.kind() == CommandKind::Release {
        refuse_unfunded(&mut unit, &row).await?;
    }
    let answer = step(&mut unit, &case, &row, command).await?;
    unit.commit(answer).await
}

/// A change past its draft that states no funds relies on the pool.
async fn refuse_unfunded(unit: &mut Unit<'_>, row: &AllocationRow) -> Result<(), AppError> {
    let recipient = Recipient::of_case(&mut unit.tx, row.case_id).await?;
    if recipient.relies_on_the_pool(row.change_id.map(ChangeId)) {
        return Err(AppError::refused(&Refusal::FundsUnstated));
    }
    Ok(())
}

fn state_of(row: &AllocationRow) -> Result<State, AppError> {
    serde_json::from_value(row.state.clone()).map_err(AppError::fault)
}

/// One step of one locked allocation: rule, state, what counts against the item, the log, and who is told.
async fn step(unit: &mut Unit<'_>, case: &Case, row: &AllocationRow, command: Command) -> Result<Answer, AppError> {
    let kind = command.kind();
    let from = state_of(row)?;
    let (before, until) = (from.term(), row.until.to_jiff());
    let words = match &command {
        Command::Release { opinion } => format!("。{}", opinion.as_str()),
        _ => String::new(),
    };
    let state =
        allocation::transition(from, command, until, unit.today()).map_err(|refusal| AppError::refused(&refusal))?;
    let answer =
        unit.settle(Table::Allocation, (case, row.id, row.version), &state, &state.term(), &state.duties()).await?;
    let held = i64::try_from(state.held()).map_err(AppError::fault)?;
    store::allocation::set_held(&mut unit.tx, row.id, held).await?;
    let told = told(unit.app(), row, &state);
    let summary = format!("{} {}:{told}{words}", kind.zh(), row.number);
    let codes = (json!(before.code), json!(state.term().code));
    let action = format!("allocation.{}", kind.code());
    unit.audit_step(case, (&action, kind.clause()), ("allocation", row.id), summary, codes).await?;
    tell_agency(unit, case, &format!("{}:{told}", state.term().zh)).await?;
    if matches!(kind, CommandKind::TakeEffect | CommandKind::Shrink | CommandKind::End) {
        tell_treasury(unit, case, &format!("{}({}){}:{told}", case.row.system_name, case.row.number, kind.zh()))
            .await?;
    }
    Ok(answer)
}

/// What an allocation has come to, and from when the price applies.
fn told(app: &App, row: &AllocationRow, state: &State) -> String {
    let what =
        format!("{} ×{} 抵充 {}", app.regulation.product_zh(&row.sku), state.quantity(), view::row_zh(&row.line));
    let until = row.until.to_jiff();
    let after = |day: Date| day.tomorrow().unwrap_or(day);
    match state {
        State::Reserved { .. } => format!("{what},可用至 {until}"),
        State::Effective { since, .. } => {
            format!("{what},{since} 至 {until} 由调配池抵充,自 {} 起按价计费", after(until))
        }
        State::Ended { on, why, .. } => format!("{what}({}),抵充至 {on},自 {} 起按价计费", why.zh(), after(*on)),
        State::Released { why, .. } => format!("{what}({}),仍按价计费", why.zh()),
    }
}

async fn tell_agency(unit: &mut Unit<'_>, case: &Case, subject: &str) -> Result<(), AppError> {
    unit.tell_agency(case, Role::AgencyHandler, subject, clause::A10_7).await
}

/// 财政: the city's, and for a county's agency the county's too (A13).
async fn tell_treasury(unit: &mut Unit<'_>, case: &Case, subject: &str) -> Result<(), AppError> {
    unit.send_copy(case, Role::Finance, None, subject, clause::A10_7).await?;
    if let Some(county) = case.row.county.clone() {
        unit.send_copy(case, Role::CountyFinance, Some(&county), subject, clause::A10_7).await?;
    }
    Ok(())
}
