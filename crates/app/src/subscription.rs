//! 开通与服务年: the trial turned into production, the agency's word on it.

use domain::application::pricing::order_lines;
use domain::calendar::Date;
use domain::ids::SubscriptionId;
use domain::subscription::{self, Command, State, Year};
use jiff::ToSpan;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, Stage, action_of};
use crate::mechanism::Unit;
use crate::{App, AppError, allocation, case_events, charge, provisioning, service_instance};

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
    service_instance::promote(unit, case).await?;
    let lines = order_lines(&case.standing_form()?);
    let benefits = allocation::benefits_of_opening(unit, case, &lines).await?;
    charge::post_opening(unit, case, SubscriptionId(id), on, benefits).await?;
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
        Command::Lapse { .. } | Command::End => None,
    };
    let calendar = unit.app().calendar();
    let state = subscription::transition(locked.state, command, unit.today(), &calendar, &unit.app().regulation.limits)
        .map_err(|refusal| AppError::refused(&refusal))?;
    let term = state.term();
    let answer =
        unit.settle(Table::Subscription, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    let stage = if matches!(state, State::Ended { .. }) { Stage::Termination } else { Stage::Service };
    // A lapse does not hide that a change or the end is on its way.
    let hidden = matches!(state, State::Lapsed { .. }) && store::stage::request_open(&mut unit.tx, id.0).await?;
    if !hidden {
        unit.place(&case, stage, &term).await?;
    }
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

/// The timer of service years (D12): reminders before the last day, the lapse after it. Idempotent; answers what
/// was done, in words.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let today = app.clock.today();
    let reminders = subscription::reminders(&app.regulation.limits);
    let horizon = today.saturating_add(i64::from(reminders[0]).days());
    let mut done = Vec::new();
    for row in store::service_year::ending(&app.store.pool, horizon.to_sqlx()).await? {
        let year = Year { from: row.opened_on.to_jiff(), to: row.ends_on.to_jiff() };
        let id = SubscriptionId(row.id);
        if year.to < today {
            done.push(lapse(app, id, year).await?);
            continue;
        }
        let left = year.remaining_days(today) - 1;
        let due = reminders.iter().copied().map(i32::from).filter(|days| left <= *days).min();
        if let Some(days) = due.filter(|days| row.reminded.is_none_or(|sent| sent > *days)) {
            done.extend(remind(app, id, year, (days, left)).await?);
        }
    }
    Ok(done)
}

async fn lapse(app: &App, id: SubscriptionId, year: Year) -> Result<String, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let answer = carry_out(&mut unit, id, None, Command::Lapse { ended_on: year.to }).await?;
    let (number, system) = store::stage::subscription_label(&mut unit.tx, id.0).await?;
    unit.commit(answer).await?;
    Ok(format!("{number} {system}:服务年已于 {} 届满,到期待续", year.to))
}

/// 续用提醒: `days` is the reminder's, `left` what really remains.
async fn remind(
    app: &App,
    id: SubscriptionId,
    year: Year,
    (days, left): (i32, i32),
) -> Result<Option<String>, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Subscription, id.0, None, Action::SubscriptionLapse).await?;
    let today = unit.today().to_sqlx();
    if !store::service_year::remind(&mut unit.tx, id.0, days, today).await? {
        return Ok(None);
    }
    let mut duties = locked.state.duties();
    duties.push(subscription::renewal(&year));
    unit.synchronise_tasks((case.row.id, "subscription", id.0), &crate::case::wanted(&case, &duties)).await?;
    let words = format!("续用提醒:服务年于 {} 届满,还有 {left} 天", year.to);
    let before = (json!(null), json!({ "days_before": days }));
    let step = (Action::SubscriptionRemind.code(), domain::clause::A10_5);
    unit.audit_step(&case, step, ("subscription", id.0), words.clone(), before).await?;
    unit.commit(Some(format!("{} {}:{words}", case.row.number, case.row.system_name))).await
}
