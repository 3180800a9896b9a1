//! 终止: check-list, review, reclaim by the engine, certificate, remainder into the pool (A10_7, A28, D10).

use domain::clause;
use domain::ids::{SubscriptionId, TerminationId};
use domain::provisioning::Ending;
use domain::subscription::State as SubscriptionState;
use domain::termination::{self, Command, CommandKind, Request, State};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use store::stage::{NewPoolItem, NewRequest};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, Stage, action_of};
use crate::mechanism::Unit;
use crate::{App, AppError, case_events, charge, provisioning, service_instance};

/// 新建终止 of a service; refused while a change or another termination is open.
pub async fn create(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    subscription: SubscriptionId,
    request: Request,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<SubscriptionState>, Case) =
        unit.lock_case(Table::Subscription, subscription.0, None, Action::TerminationDraft).await?;
    if matches!(locked.state, SubscriptionState::Ended { .. }) {
        return Err(AppError::refused(&termination::Refusal::NotRunning));
    }
    if store::stage::request_open(&mut unit.tx, subscription.0).await? {
        return Err(AppError::refused(&termination::Refusal::AnotherOpen));
    }
    let id = Uuid::now_v7();
    let number = unit.next_number("ZZ").await?;
    let state = State::Draft;
    let new = NewRequest {
        id,
        case_id: case.row.id,
        subscription_id: subscription.0,
        number: &number,
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        request: &serde_json::to_value(&request).map_err(AppError::fault)?,
        created_by: actor.person.ok_or(AppError::NotFound)?.0,
        created_on: unit.today().to_sqlx(),
    };
    store::stage::insert_termination(&mut unit.tx, &new).await?;
    unit.synchronise_tasks((case.row.id, "termination", id), &crate::case::wanted(&case, &state.duties())).await?;
    unit.audit_step(
        &case,
        (Action::TerminationDraft.code(), clause::A10_7),
        ("termination", id),
        format!("新建终止 {number}"),
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
    id: TerminationId,
    version: i32,
    request: Request,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Termination, id.0, Some(version), Action::TerminationEdit).await?;
    if locked.state != State::Draft {
        return Err(AppError::refused(&termination::Refusal::OutOfOrder { state: locked.state.term().zh }));
    }
    let json = serde_json::to_value(&request).map_err(AppError::fault)?;
    store::stage::set_termination_request(&mut unit.tx, id.0, &json).await?;
    let term = locked.state.term();
    let answer =
        unit.settle(Table::Termination, (&case, id.0, version), &locked.state, &term, &locked.state.duties()).await?;
    unit.audit_step(
        &case,
        (Action::TerminationEdit.code(), clause::A10_7),
        ("termination", id.0),
        format!("填报终止 {}", locked.number),
        (json!(null), json),
    )
    .await?;
    unit.commit(answer).await
}

/// Carries out one command of the termination's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: TerminationId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

pub(crate) async fn carry_out(
    unit: &mut Unit<'_>,
    id: TerminationId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Termination, id.0, version, action_of("termination", kind.code())?).await?;
    termination::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    if kind == CommandKind::Reclaimed {
        provisioning::refuse_unfinished(unit, locked.case_id).await?;
        service_instance::refuse_unfinished(unit, locked.case_id).await?;
    }
    if kind == CommandKind::UnitApprove {
        unit.refuse_same_person(&case, Action::TerminationSubmit).await?;
    }
    let (request, subscription) = store::stage::termination_request(&mut unit.tx, id.0).await?;
    let request: Request = serde_json::from_value(request).map_err(AppError::fault)?;
    let before = locked.state.term();
    let words = words_of(&command);
    let certified = if let Command::Certify { witness, handed_over } = &command {
        Some((witness.clone(), handed_over.clone()))
    } else {
        None
    };
    let calendar = unit.app().calendar();
    let state = termination::transition(
        locked.state,
        command,
        &request,
        unit.today(),
        &calendar,
        &unit.app().regulation.limits,
    )
    .map_err(|refusal| AppError::refused(&refusal))?;
    let term = state.term();
    let answer = unit.settle(Table::Termination, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    match state {
        State::Draft | State::Declined { .. } | State::Withdrawn => {
            unit.place(&case, Stage::Service, &SubscriptionState::Running.term()).await?
        }
        _ => unit.place(&case, Stage::Termination, &term).await?,
    }
    let summary = format!("{}{}", kind.zh(), words.map(|text| format!(":{text}")).unwrap_or_default());
    unit.audit_step(
        &case,
        (&format!("termination.{}", kind.code()), kind.clause()),
        ("termination", id.0),
        summary,
        (json!(before.code), json!(term.code)),
    )
    .await?;
    match state {
        State::Reclaiming { reclaim_due } => {
            provisioning::reclaim(unit, &case).await?;
            case_events::servers_go(unit, &case).await?;
            let ending = Ending::Termination { termination: id };
            service_instance::order_ends(unit, &case, ending, reclaim_due).await?;
        }
        State::Reclaimed { .. } => end_service(unit, &case, SubscriptionId(subscription)).await?,
        _ => {}
    }
    let service = SubscriptionId(subscription);
    case_events::termination_moved(unit, &case, service, (&locked.number, &request), certified).await?;
    Ok(answer)
}

/// The service ends with its resources; what is left of the year goes into the pool (D10).
async fn end_service(unit: &mut Unit<'_>, case: &Case, subscription: SubscriptionId) -> Result<(), AppError> {
    let on = unit.today();
    crate::subscription::carry_out(&mut unit.by_rule(), subscription, None, domain::subscription::Command::End).await?;
    // The case shows the termination until its certificate is there.
    unit.place(case, Stage::Termination, &State::Reclaimed { on, reclaim_due: on }.term()).await?;
    for spare in charge::post_termination(unit, case, subscription, on).await? {
        let item = NewPoolItem {
            case_id: case.row.id,
            line: &spare.line,
            sku: &spare.sku,
            quantity: i64::try_from(spare.quantity).map_err(AppError::fault)?,
            until: spare.until.to_sqlx(),
            on: on.to_sqlx(),
        };
        store::stage::insert_pool_item(&mut unit.tx, &item).await?;
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
        Command::Certify { handed_over, .. } => Some(handed_over.as_str().to_owned()),
        _ => None,
    }
}
