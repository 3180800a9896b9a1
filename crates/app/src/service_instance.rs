//! 服务实例: every approved line of 其他服务 is ordered, opened, changed and ended, with evidence (A4, A10_4–A10_7, A28).
//!
//! A lifecycle of a case orders ([`order`], [`promote`], [`order_changes`], [`order_ends`]) in its own change, as it
//! orders servers in `provisioning::order`. The supplier's engineer reports ([`execute`]); what comes with the servers
//! follows the engine's operation ([`follow_servers`]). The last report lets the case go on (`case_events`).

use domain::application::form::Form;
use domain::calendar::Date;
use domain::fulfilment::{self, Ability, Column, EvidenceKind, Row, Way};
use domain::ids::{ChangeId, EngineId, OperationId, ServiceInstanceId};
use domain::provisioning::{Ending, EngineKind};
use domain::service_instance::{self, Command, CommandKind, State};
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::lifecycle::{Locked, Table};
use store::service_instance::{EvidenceRow, InstanceRow, NewInstance};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, action_of};
use crate::mechanism::Unit;
use crate::{App, AppError, case_events};

pub(crate) mod paper;
pub mod table;
pub mod view;

/// A line of the form that is more than nothing: its place and quantity.
fn lines(form: &Form) -> impl Iterator<Item = (usize, &str, u32)> {
    let lines = form.services.iter().enumerate();
    lines.filter_map(|(at, line)| Some((at, line.sku.as_str(), line.quantity.filter(|quantity| *quantity > 0)?)))
}

/// 下达: every line of the granted form becomes an instance that waits for the engineer until the end of `open_due`.
pub(crate) async fn order(unit: &mut Unit<'_>, case: &Case, open_due: Date) -> Result<(), AppError> {
    let mut told = Vec::new();
    for (line, sku, quantity) in lines(&case.standing_form()?) {
        let id = Uuid::now_v7();
        let number = unit.next_number("FW").await?;
        let state = service_instance::order(quantity, open_due);
        let new = NewInstance {
            id,
            case_id: case.row.id,
            agency_id: case.row.agency_id,
            number: &number,
            line: i32::try_from(line).map_err(AppError::fault)?,
            sku,
            state: &serde_json::to_value(&state).map_err(AppError::fault)?,
            approved_quantity: state.approved().into(),
            created_at: unit.now().to_sqlx(),
        };
        store::service_instance::insert(&mut unit.tx, &new).await?;
        let wanted = crate::case::wanted(case, &state.duties());
        unit.synchronise_tasks((case.row.id, "service_instance", id), &wanted).await?;
        told.push(format!("{number} {} ×{quantity}", unit.app().regulation.product_zh(sku)));
    }
    audit_batch(unit, case, Action::ServiceInstanceOrder, "下达服务开通", &told).await
}

/// The engine the trial was opened on: from now on it is known what comes with the servers.
pub(crate) async fn place_on(unit: &mut Unit<'_>, case: &Case, engine: EngineId) -> Result<(), AppError> {
    Ok(store::service_instance::set_engine(&mut unit.tx, case.row.id, engine.0).await?)
}

/// 转为正式, with the trial.
pub(crate) async fn promote(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    each(unit, case, CommandKind::Promote, |_| Some(Command::Promote)).await
}

/// 下达变更 to every instance whose quantity the approved change alters; what it gives up is ended by it.
pub(crate) async fn order_changes(
    unit: &mut Unit<'_>,
    case: &Case,
    after: &Form,
    (change, due): (ChangeId, Date),
) -> Result<(), AppError> {
    let to = |row: &InstanceRow| {
        let line = usize::try_from(row.line).ok().and_then(|at| after.services.get(at));
        line.and_then(|line| line.quantity).unwrap_or(0)
    };
    each(unit, case, CommandKind::OrderChange, |row| {
        let (now, to) = (row.quantity, to(row));
        (to > 0 && i64::from(to) != now).then_some(Command::OrderChange { to, due })
    })
    .await?;
    let ending = Ending::Change { change };
    each(unit, case, CommandKind::OrderEnd, |row| (to(row) == 0).then_some(Command::OrderEnd { ending, due })).await
}

/// 下达回收 of all instances of a case, under the order that ended.
pub(crate) async fn order_ends(unit: &mut Unit<'_>, case: &Case, ending: Ending, due: Date) -> Result<(), AppError> {
    each(unit, case, CommandKind::OrderEnd, |_| Some(Command::OrderEnd { ending, due })).await
}

/// 随云主机办理: the engine has finished an operation of the case. What comes with its servers has come, changed or
/// gone with them; without a server nothing comes with it. A capacity of the engine is there with them too, and given
/// back only when no more is in it than stays approved: `crowded` are those of which more is.
pub(crate) async fn follow_servers(
    unit: &mut Unit<'_>,
    case_id: Uuid,
    (operation, servers): (OperationId, usize),
    crowded: &[Ability],
) -> Result<(), AppError> {
    if servers == 0 {
        return Ok(());
    }
    let case = unit.case_for(case_id, Action::ServiceInstanceFollowServers).await?;
    let city = unit.app().regulation.clone();
    each(unit, &case, CommandKind::FollowServers, |row| {
        let follows = match way_of(row, city.fulfilment_of(&row.sku)?)? {
            Way::Included(_) => true,
            Way::Driver(ability) => !crowded.contains(ability),
            Way::WorkOrder => false,
        };
        follows.then_some(Command::FollowServers { operation })
    })
    .await
}

/// The way an instance is fulfilled on its case's engine; `None` until there is one.
fn way_of<'r>(row: &InstanceRow, fulfilment: &'r Row) -> Option<&'r Way> {
    let kind: EngineKind = row.engine_kind.as_deref()?.parse().ok()?;
    Some(fulfilment.way(Column::of(kind)))
}

/// Gives the instances a command that follows from the case, and leaves one entry for all. Those in whose state it
/// cannot follow are passed over: they have ended, or wait for a report already.
async fn each(
    unit: &mut Unit<'_>,
    case: &Case,
    kind: CommandKind,
    command: impl Fn(&InstanceRow) -> Option<Command>,
) -> Result<(), AppError> {
    let mut told = Vec::new();
    for row in store::service_instance::lock_of_case(&mut unit.tx, case.row.id).await? {
        let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
        let Some(command) = command(&row).filter(|_| service_instance::permits(&state, kind).is_ok()) else { continue };
        step(unit, case, &row, state, command).await?;
        told.push(format!("{} {}", row.number, unit.app().regulation.product_zh(&row.sku)));
    }
    let action = action_of("service_instance", kind.code())?;
    audit_batch(unit, case, action, kind.zh(), &told).await?;
    if kind == CommandKind::OrderEnd && !told.is_empty() { case_events::services_end(unit, case).await } else { Ok(()) }
}

async fn audit_batch(
    unit: &mut Unit<'_>,
    case: &Case,
    action: Action,
    what: &str,
    told: &[String],
) -> Result<(), AppError> {
    if told.is_empty() {
        return Ok(());
    }
    let summary = format!("{what} {} 项:{}", told.len(), told.join(";"));
    let under = action.clause().unwrap_or(domain::clause::A10);
    unit.audit_step(case, (action.code(), under), ("case", case.row.id), summary, (json!(null), json!(told))).await
}

/// Carries out one command of an instance's lifecycle: the engineer's report.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ServiceInstanceId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let kind = command.kind();
    // Of two last reports, or a report and an operation's end, the second sees the first.
    store::service_instance::hold_case_of(&mut unit.tx, id.0).await?;
    let (locked, case): (Locked<State>, Case) = unit
        .lock_case(Table::ServiceInstance, id.0, Some(version), action_of("service_instance", kind.code())?)
        .await?;
    let rows = store::service_instance::lock_of_case(&mut unit.tx, case.row.id).await?;
    let row = rows.iter().find(|row| row.id == id.0).ok_or(AppError::NotFound)?;
    let before = locked.state.term();
    let told = words_of(app, row, &command);
    let (answer, state) = step(&mut unit, &case, row, locked.state, command).await?;
    let summary = format!("{}:{} {}{told}", kind.zh(), row.number, app.regulation.product_zh(&row.sku));
    let step = (&*format!("service_instance.{}", kind.code()), kind.clause());
    let codes = (json!(before.code), json!(state.term().code));
    unit.audit_step(&case, step, ("service_instance", id.0), summary, codes).await?;
    case_events::work_done(&mut unit, case.row.id).await?;
    unit.commit(answer).await
}

/// One step of one locked instance: rule, state, quantities, evidence, tasks.
async fn step(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &InstanceRow,
    from: State,
    command: Command,
) -> Result<(Answer, State), AppError> {
    let kind = command.kind();
    service_instance::permits(&from, kind).map_err(|refusal| AppError::refused(&refusal))?;
    let required = required(unit.app(), &row.sku, kind);
    if let Some((act, evidence)) = command.report() {
        AppError::if_blocking(fulfilment::check(evidence, act, &required))?;
    }
    let evidence = evidence_of(unit, row, &from, &command)?;
    let state = service_instance::transition(from, command, &required, unit.today())
        .map_err(|refusal| AppError::refused(&refusal))?;
    let place = (case, row.id, row.version);
    let answer = unit.settle(Table::ServiceInstance, place, &state, &state.term(), &state.duties()).await?;
    let quantities = (state.quantity().into(), state.approved().into());
    store::service_instance::set_quantities(&mut unit.tx, row.id, quantities).await?;
    if let Some(evidence) = evidence {
        store::service_instance::insert_evidence(&mut unit.tx, case.row.id, &evidence).await?;
    }
    Ok((answer, state))
}

/// What a report of this command must show for this product.
fn required(app: &App, sku: &str, kind: CommandKind) -> Vec<EvidenceKind> {
    let row = app.regulation.fulfilment_of(sku);
    row.zip(kind.act()).map(|(row, act)| row.required(act).to_vec()).unwrap_or_default()
}

/// The row to keep: the engineer's words, trimmed, or the operation that did it.
fn evidence_of(
    unit: &Unit<'_>,
    row: &InstanceRow,
    from: &State,
    command: &Command,
) -> Result<Option<EvidenceRow>, AppError> {
    let (act, operation_id, evidence): (_, _, Value) = match (command.report(), command) {
        (Some((act, evidence)), _) => {
            let trimmed: fulfilment::Evidence =
                evidence.iter().map(|(code, text)| (code.clone(), text.trim().to_owned())).collect();
            (act, None, serde_json::to_value(trimmed).map_err(AppError::fault)?)
        }
        (None, Command::FollowServers { operation }) => match from.awaited() {
            Some(act) => (act, Some(operation.0), json!({})),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(EvidenceRow {
        instance_id: row.id,
        act: act.code().to_owned(),
        operation_id,
        evidence,
        reported_by: unit.actor().name.clone(),
        reported_at: unit.now().to_sqlx(),
    }))
}

/// ` ×2;线路编号 GX-1` for the 流转记录.
fn words_of(app: &App, row: &InstanceRow, command: &Command) -> String {
    let quantity = match command {
        Command::Open { quantity, .. } | Command::Change { quantity, .. } => format!(" ×{quantity}"),
        _ => String::new(),
    };
    let kinds = required(app, &row.sku, command.kind());
    let shown = command.report().map(|(_, evidence)| view::items(&kinds, evidence)).unwrap_or_default();
    shown.iter().fold(quantity, |text, item| format!("{text};{} {}", item.zh, item.text))
}

async fn states(unit: &mut Unit<'_>, case_id: Uuid) -> Result<Vec<State>, AppError> {
    let rows = store::service_instance::lock_of_case(&mut unit.tx, case_id).await?;
    rows.into_iter().map(|row| serde_json::from_value(row.state).map_err(AppError::fault)).collect()
}

/// True where no instance of the case waits for a report, also where there is none.
pub(crate) async fn all_done(unit: &mut Unit<'_>, case_id: Uuid) -> Result<bool, AppError> {
    Ok(!states(unit, case_id).await?.iter().any(State::is_waiting))
}

/// Refuses a step that only the last report may take.
pub(crate) async fn refuse_unfinished(unit: &mut Unit<'_>, case_id: Uuid) -> Result<(), AppError> {
    let states = states(unit, case_id).await?;
    service_instance::refuse_unfinished(&states).map_err(|refusal| AppError::refused(&refusal))
}
