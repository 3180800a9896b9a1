//! 开通与服务年: the trial turned into production, the agency's word on it.

use domain::calendar::Date;
use domain::ids::SubscriptionId;
use domain::subscription::{self, Command, State, Year};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::case::{Answer, Case, Stage, action_of};
use crate::mechanism::Unit;
use crate::{App, AppError, case_events, charge, provisioning};

/// 正式开通: the year and the charge begin on this day (A10_5, D1, D4). Follows a trial's activation.
pub(crate) async fn open(unit: &mut Unit<'_>, case: &Case, on: Date) -> Result<(), AppError> {
    let calendar = unit.app().calendar();
    let state = subscription::open(on, &calendar, &unit.app().regulation.limits)
        .map_err(|refusal| AppError::refused(&refusal))?;
    let year = Year::opened_on(on);
    let id = Uuid::now_v7();
    let number = unit.next_number("KT").await?;
    let json = serde_json::to_value(&state).map_err(AppError::fault)?;
    store::stage::insert_subscription(
        &mut unit.tx,
        id,
        case.row.id,
        &number,
        &json,
        (year.from.to_sqlx(), year.to.to_sqlx()),
    )
    .await?;
    unit.synchronise_tasks((case.row.id, "subscription", id), &crate::case::wanted(case, &state.duties())).await?;
    unit.place(case, Stage::Service, &state.term()).await?;
    provisioning::promote(unit, case).await?;
    charge::post_opening(unit, case, SubscriptionId(id), on).await?;
    case_events::activated(unit, case, (&number, year)).await
}

/// Carries out one command of the subscription's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: SubscriptionId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

pub(crate) async fn carry_out(
    unit: &mut Unit<'_>,
    id: SubscriptionId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Subscription, id.0, version, action_of("subscription", kind.code())?).await?;
    subscription::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    let before = locked.state.term();
    let words = match &command {
        Command::Confirm { opinion } | Command::Resolve { opinion } => Some(opinion.as_str().to_owned()),
        Command::Dispute { differences } => Some(differences.as_str().to_owned()),
        Command::End => None,
    };
    let calendar = unit.app().calendar();
    let state = subscription::transition(locked.state, command, unit.today(), &calendar, &unit.app().regulation.limits)
        .map_err(|refusal| AppError::refused(&refusal))?;
    let term = state.term();
    let answer =
        unit.settle(Table::Subscription, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    let stage = if matches!(state, State::Ended { .. }) { Stage::Termination } else { Stage::Service };
    unit.place(&case, stage, &term).await?;
    let summary = format!("{}{}", kind.zh(), words.map(|text| format!(":{text}")).unwrap_or_default());
    unit.audit_step(
        &case,
        (&format!("subscription.{}", kind.code()), kind.clause()),
        ("subscription", id.0),
        summary,
        (json!(before.code), json!(term.code)),
    )
    .await?;
    Ok(answer)
}
