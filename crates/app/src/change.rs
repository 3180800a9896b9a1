//! 变更: asked, reviewed, implemented by the engine, paid or saved, copied to the offices (A10_6, D7, D8).

use domain::application::form::Form;
use domain::application::pricing::order_lines;
use domain::change::{self, Command, CommandKind, Impact, Request, State, accounts};
use domain::clause;
use domain::ids::{ChangeId, SubscriptionId};
use domain::money::Fen;
use domain::org::Role;
use domain::subscription::State as SubscriptionState;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::lifecycle::{Locked, Table};
use store::stage::{ImpactRow, NewRequest};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::application::seal_accounts;
use crate::authz::Action;
use crate::case::{Answer, Case, Stage, action_of};
use crate::mechanism::Unit;
use crate::pricing::quote;
use crate::{App, AppError, allocation, bastion_account, case_events, charge, provisioning, service_instance};

mod quote;

pub use quote::{ChangeQuote, preview};

/// 新建变更 of a running service; refused while another change or a termination is open.
pub async fn create(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    subscription: SubscriptionId,
    mut request: Request,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<SubscriptionState>, Case) =
        unit.lock_case(Table::Subscription, subscription.0, None, Action::ChangeDraft).await?;
    if !matches!(locked.state, SubscriptionState::Running) {
        return Err(AppError::refused(&change::Refusal::NotRunning));
    }
    if store::stage::request_open(&mut unit.tx, subscription.0).await? {
        return Err(AppError::refused(&change::Refusal::AnotherOpen));
    }
    let (impact, json) = impact(&mut unit, &case, &mut request).await?;
    let id = Uuid::now_v7();
    let number = unit.next_number("BG").await?;
    let state = State::Draft;
    let new = NewRequest {
        id,
        case_id: case.row.id,
        subscription_id: subscription.0,
        number: &number,
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        request: &json,
        created_by: actor.person.ok_or(AppError::NotFound)?.0,
        created_on: unit.today().to_sqlx(),
    };
    store::stage::insert_change(&mut unit.tx, &new, impact).await?;
    unit.synchronise_tasks((case.row.id, "change", id), &crate::case::wanted(&case, &state.duties())).await?;
    unit.audit_step(
        &case,
        (Action::ChangeDraft.code(), clause::A10_6),
        ("change", id),
        format!("新建变更 {number}"),
        (json!(null), json!("draft")),
    )
    .await?;
    unit.commit(Answer { id, version: 1, state: state.term() }).await
}

/// Rewrites a draft.
pub async fn edit(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ChangeId,
    version: i32,
    mut request: Request,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Change, id.0, Some(version), Action::ChangeEdit).await?;
    if locked.state != State::Draft {
        return Err(AppError::refused(&change::Refusal::OutOfOrder { state: locked.state.term().zh }));
    }
    let (impact, json) = impact(&mut unit, &case, &mut request).await?;
    store::stage::set_change_request(&mut unit.tx, id.0, &json, impact).await?;
    let term = locked.state.term();
    let answer =
        unit.settle(Table::Change, (&case, id.0, version), &locked.state, &term, &locked.state.duties()).await?;
    unit.audit_step(
        &case,
        (Action::ChangeEdit.code(), clause::A10_6),
        ("change", id.0),
        format!("填报变更 {}", locked.number),
        (json!(null), json),
    )
    .await?;
    unit.commit(answer).await
}

/// What the change comes to at today's prices, and the request as it is kept: personal numbers encrypted (E25). Where it
/// brings no estimate, the form's own stays.
async fn impact(unit: &mut Unit<'_>, case: &Case, request: &mut Request) -> Result<(ImpactRow, Value), AppError> {
    let before: Form = case.standing_form()?;
    request.estimate.get_or_insert_with(|| before.estimate.clone());
    let after = change::changed(&before, request).map_err(|refusal| AppError::refused(&refusal))?;
    bastion_account::refuse_ended(unit, case.row.id, &request.accounts).await?;
    let app = unit.app();
    AppError::if_blocking(accounts::findings(&after, request, (unit.today(), &app.regulation.limits)))?;
    seal_accounts(app, &mut request.new_accounts)?;
    provisioning::dedicated::suffice(app, &after)?;
    let fee = |form: &Form| {
        quote(form, unit.today(), &app.prices(), &app.regulation).map(|quote| Fen(quote.fee_fen_per_year))
    };
    let (before, after) = (fee(&before)?, fee(&after)?);
    let dearer_by = after.minus(before).map_err(AppError::fault)?;
    let kept = serde_json::to_value(&*request).map_err(AppError::fault)?;
    Ok((ImpactRow { dearer_by_fen: dearer_by.0, fee_after_fen: after.0 }, kept))
}

/// Carries out one command of the change's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ChangeId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

pub(crate) async fn carry_out(
    unit: &mut Unit<'_>,
    id: ChangeId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let (locked, mut case): (Locked<State>, Case) =
        unit.lock_case(Table::Change, id.0, version, action_of("change", kind.code())?).await?;
    change::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    if kind == CommandKind::Implemented {
        provisioning::refuse_unfinished(unit, locked.case_id).await?;
        service_instance::refuse_unfinished(unit, locked.case_id).await?;
    }
    if kind == CommandKind::UnitApprove {
        unit.refuse_same_person(&case, Action::ChangeSubmit).await?;
    }
    let row = store::stage::change_request(&mut unit.tx, id.0).await?;
    let request: Request = serde_json::from_value(row.request).map_err(AppError::fault)?;
    let service = SubscriptionId(row.subscription_id);
    let covered = kind == CommandKind::Submit && covered_by_pool(unit, &case, (id, service), &request).await?;
    let (dearer_by, fee_after) = (Fen(row.impact.dearer_by_fen), Fen(row.impact.fee_after_fen));
    let impact = Impact { dearer_by, fee_after, covered };
    let before = locked.state.term();
    let (words, told) = (words_of(&command), command.clone());
    let calendar = unit.app().calendar();
    let state = change::transition(
        locked.state,
        command,
        (&request, impact),
        unit.today(),
        &calendar,
        &unit.app().regulation.limits,
    )
    .map_err(|refusal| AppError::refused(&refusal))?;
    let term = state.term();
    let answer = unit.settle(Table::Change, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    show(unit, &case, &state).await?;
    let summary = format!("{}{}", kind.zh(), words.map(|text| format!(":{text}")).unwrap_or_default());
    unit.audit_step(
        &case,
        (&format!("change.{}", kind.code()), clause::A10_6),
        ("change", id.0),
        summary,
        (json!(before.code), json!(term.code)),
    )
    .await?;
    follow(unit, &mut case, (id, service), (&request, &state)).await?;
    let moved = (locked.number.as_str(), &request, impact.dearer_by);
    case_events::change_moved(unit, &case, (id, service), moved, (&told, &state)).await?;
    Ok(answer)
}

/// True where the pool covers all that the change would cost in this service year: nothing is left to find funds for.
async fn covered_by_pool(
    unit: &mut Unit<'_>,
    case: &Case,
    (id, service): (ChangeId, SubscriptionId),
    request: &Request,
) -> Result<bool, AppError> {
    let before = case.standing_form()?;
    // What cannot be carried out is refused by the rule itself.
    let Ok(after) = change::changed(&before, request) else { return Ok(false) };
    let (from, to) = store::stage::subscription_year(&mut unit.tx, service.0).await?;
    let on = unit.today().clamp(from.to_jiff(), to.to_jiff());
    let lines = (&*order_lines(&before), order_lines(&after), on);
    let benefits = allocation::covers_of(&mut *unit.tx, case.row.id, Some(id), lines).await?;
    if benefits.is_empty() {
        return Ok(false);
    }
    let preview = charge::preview_change(unit.app(), service, on, (&order_lines(&after), benefits.clone())).await?;
    Ok(allocation::covers_all(&benefits, preview.to_pay()?))
}

/// The case stands in 变更 while a submitted change is open, and in 开通 otherwise.
async fn show(unit: &mut Unit<'_>, case: &Case, state: &State) -> Result<(), AppError> {
    let running = SubscriptionState::Running.term();
    match state {
        State::Draft | State::Declined { .. } | State::Done { .. } | State::Withdrawn => {
            unit.place(case, Stage::Service, &running).await
        }
        open => unit.place(case, Stage::Change, &open.term()).await,
    }
}

async fn follow(
    unit: &mut Unit<'_>,
    case: &mut Case,
    (id, subscription): (ChangeId, SubscriptionId),
    (request, state): (&Request, &State),
) -> Result<(), AppError> {
    match state {
        State::Implementing { implement_due } => {
            let after =
                change::changed(&case.standing_form()?, request).map_err(|refusal| AppError::refused(&refusal))?;
            provisioning::resize(unit, case, &after).await?;
            service_instance::order_changes(unit, case, &after, (id, *implement_due)).await
        }
        State::Done { on } => {
            let after =
                change::changed(&case.standing_form()?, request).map_err(|refusal| AppError::refused(&refusal))?;
            let lines = (&*order_lines(&case.standing_form()?), order_lines(&after));
            let benefits = allocation::take_effect_of_change(unit, case, id, lines).await?;
            let app = unit.app();
            let fee = quote(&after, *on, &app.prices(), &app.regulation)?.fee_fen_per_year;
            let json = serde_json::to_value(&after).map_err(AppError::fault)?;
            store::case::save_granted(&mut unit.tx, case.row.id, &json, fee).await?;
            case.row.granted = Some(json);
            case.row.fee_fen = fee;
            let posted = charge::post_change(unit, case, subscription, *on, benefits).await?;
            allocation::trim(unit, case, &posted.covered).await?;
            send_copies(unit, case).await
        }
        _ => Ok(()),
    }
}

/// 抄送 工信局 and 财政局; for a county's agency also the county's 大数据主管 and 财政 (A10_6).
async fn send_copies(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let subject = format!("{}({})变更结果", case.row.system_name, case.row.number);
    unit.send_copy(case, Role::AuthorityOfficer, None, &subject, clause::A10_6).await?;
    unit.send_copy(case, Role::Finance, None, &subject, clause::A10_6).await?;
    if let Some(county) = case.row.county.clone() {
        unit.send_copy(case, Role::CountyData, Some(&county), &subject, clause::A10_6).await?;
        unit.send_copy(case, Role::CountyFinance, Some(&county), &subject, clause::A10_6).await?;
    }
    Ok(())
}

fn words_of(command: &Command) -> Option<String> {
    match command {
        Command::UnitApprove { opinion }
        | Command::UnitReturn { opinion }
        | Command::Approve { opinion }
        | Command::Decline { opinion }
        | Command::Withdraw { opinion } => Some(opinion.as_str().to_owned()),
        _ => None,
    }
}
