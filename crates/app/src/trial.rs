//! 测试: notice, opening on an engine, delivery, report, extension, and the timers that end or activate it.

use domain::application::State as ApplicationState;
use domain::clause;
use domain::ids::{ApplicationId, EngineId, TrialId};
use domain::opinion::Opinion;
use domain::provisioning::Ending;
use domain::trial::{self, Command, CommandKind, Facts, State};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, Stage, action_of, refuse};
use crate::mechanism::Unit;
use crate::{App, AppError, case_events, provisioning, service_instance};

/// 下达测试通知: the supplier's five working days begin (T2).
pub async fn notify(app: &App, actor: &Actor, meta: &Meta, application: ApplicationId) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, mut case): (Locked<ApplicationState>, Case) =
        unit.lock_case(Table::Application, application.0, None, Action::TrialNotify).await?;
    if !matches!(locked.state, ApplicationState::Contracted { .. }) {
        return Err(refuse(
            "trial.not_contracted",
            "资金与合同未落实,不能下达测试通知",
            "funds and contract are missing",
            clause::A10_4,
        ));
    }
    if store::stage::children_of(&mut unit.tx, application.0).await?.0.is_some() {
        return Err(refuse("trial.notified", "测试通知已下达", "the notice was given", clause::A10_4));
    }
    let supplier = store::case::supplier(&mut unit.tx).await?;
    let supplier = supplier
        .ok_or_else(|| refuse("trial.no_supplier", "尚未登记供应商", "no supplier is registered", clause::A9_7))?;
    store::case::set_supplier(&mut unit.tx, application.0, supplier).await?;
    case.target.supplier = Some(domain::ids::OrgId(supplier));
    let calendar = unit.app().calendar();
    let facts = Facts {
        today: unit.today(),
        calendar: &calendar,
        limits: &app.regulation.limits,
        resources_open: false,
        services_open: false,
        funded: true,
    };
    let state = trial::notify(&facts).map_err(|refusal| AppError::refused(&refusal))?;
    let id = Uuid::now_v7();
    let number = unit.next_number("CS").await?;
    let json = serde_json::to_value(&state).map_err(AppError::fault)?;
    store::stage::insert_trial(&mut unit.tx, id, application.0, &number, &json, facts.today.to_sqlx()).await?;
    // The application waits no more; the trial does.
    unit.synchronise_tasks((application.0, "application", application.0), &[]).await?;
    unit.synchronise_tasks((application.0, "trial", id), &crate::case::wanted(&case, &state.duties())).await?;
    let term = state.term();
    unit.place(&case, Stage::Trial, &term).await?;
    unit.audit_step(
        &case,
        (Action::TrialNotify.code(), clause::A10_4),
        ("trial", id),
        format!("下达测试通知 {number}"),
        (json!(null), json!(term.code)),
    )
    .await?;
    if let State::Notified { delivery_due } = &state {
        service_instance::order(&mut unit, &case, *delivery_due).await?;
    }
    case_events::trial_notified(&mut unit, &case, &number, &state).await?;
    unit.commit(Answer { id, version: 1, state: term }).await
}

/// Carries out one command of the trial's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: TrialId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

pub(crate) async fn carry_out(
    unit: &mut Unit<'_>,
    id: TrialId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Trial, id.0, version, action_of("trial", kind.code())?).await?;
    trial::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    if kind == CommandKind::ApproveReport {
        unit.refuse_same_person(&case, Action::TrialReport).await?;
    }
    let calendar = unit.app().calendar();
    let facts = Facts {
        today: unit.today(),
        calendar: &calendar,
        limits: &unit.app().regulation.limits,
        resources_open: provisioning::all_open(unit, locked.case_id).await?,
        services_open: service_instance::all_done(unit, locked.case_id).await?,
        funded: true, // a trial is notified only for a contracted application (D15)
    };
    let before = locked.state.term();
    let words = words_of(&command);
    let engine = if let Command::Open { engine } = &command { Some(*engine) } else { None };
    let state = trial::transition(locked.state, command, &facts).map_err(|refusal| AppError::refused(&refusal))?;
    let term = state.term();
    let answer = unit.settle(Table::Trial, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    store::stage::set_trial_until(&mut unit.tx, id.0, state.period().map(|period| period.until.to_sqlx())).await?;
    unit.place(&case, Stage::Trial, &term).await?;
    let summary = format!("{}{}", kind.zh(), words.map(|text| format!(":{text}")).unwrap_or_default());
    unit.audit_step(
        &case,
        (&format!("trial.{}", kind.code()), kind.clause()),
        ("trial", id.0),
        summary,
        (json!(before.code), json!(term.code)),
    )
    .await?;
    follow(unit, &case, (id, engine), (kind, &state)).await?;
    Ok(answer)
}

async fn follow(
    unit: &mut Unit<'_>,
    case: &Case,
    (id, engine): (TrialId, Option<EngineId>),
    (kind, state): (CommandKind, &State),
) -> Result<(), AppError> {
    match (kind, state) {
        (CommandKind::Open, _) => {
            if let Some(engine) = engine {
                store::stage::set_trial_engine(&mut unit.tx, id.0, engine.0).await?;
                provisioning::open_trial(unit, case, engine).await?;
                service_instance::place_on(unit, case, engine).await?;
            }
        }
        (CommandKind::Expire, _) => provisioning::stop(unit, case).await.map(drop)?,
        // An extension of a trial that had been stopped starts its servers again.
        (CommandKind::GrantExtension, _) => provisioning::resume(unit, case).await?,
        // D2: what left the trial is taken back, like after a termination.
        (CommandKind::Exit, _) => {
            provisioning::reclaim(unit, case).await?;
            case_events::servers_go(unit, case).await?;
            let app = unit.app();
            let due = app.calendar().add(unit.today(), app.regulation.limits.reclaim.value)?;
            service_instance::order_ends(unit, case, Ending::Trial { trial: id }, due).await?;
        }
        (_, State::Activated { on }) => crate::subscription::open(unit, case, *on).await?,
        _ => {}
    }
    Ok(())
}

fn words_of(command: &Command) -> Option<String> {
    use Command as C;
    match command {
        C::Deliver { days, .. } => Some(format!("测试期 {days} 天")),
        C::Report { report } => Some(format!(
            "功能 {}/{},高危漏洞 {},结论{}",
            report.function_passed,
            report.function_cases,
            report.high_risks,
            if report.passed { "通过" } else { "不通过" }
        )),
        C::ApproveReport { opinion }
        | C::ReturnReport { opinion }
        | C::GrantExtension { opinion }
        | C::RefuseExtension { opinion } => Some(opinion.as_str().to_owned()),
        C::RequestExtension { days, reason } => Some(format!("{days} 天,{}", reason.as_str())),
        C::Exit { reason } => Some(reason.as_str().to_owned()),
        _ => None,
    }
}

/// The timer of trials: activates what passed, stops what did not, and takes back what was kept long
/// enough (A10_5, D2, D3). Idempotent; answers what was done, in words.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let today = app.clock.today().to_sqlx();
    let mut done = Vec::new();
    for (id, code) in store::stage::trials_over(&app.store.pool, today).await? {
        let command = if code == "passed" { Command::Activate } else { Command::Expire };
        done.extend(by_timer(app, TrialId(id), command).await?);
    }
    let reason = Opinion::new("停机保留期满,未转为正式环境").map_err(AppError::fault)?;
    for id in store::stage::trials_kept_long_enough(&app.store.pool, today).await? {
        done.extend(by_timer(app, TrialId(id), Command::Exit { reason: reason.clone() }).await?);
    }
    Ok(done)
}

/// One step of one trial in a transaction of its own. `None` where it is refused for now: a period that
/// ends before a day of rest waits for the first working day.
async fn by_timer(app: &App, id: TrialId, command: Command) -> Result<Option<String>, AppError> {
    let zh = command.kind().zh();
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let (number, system) = store::stage::trial_label(&mut unit.tx, id.0).await?;
    match carry_out(&mut unit, id, None, command).await {
        Ok(answer) => unit.commit(answer).await.map(|_| Some(format!("{number} {system}:{zh}"))),
        Err(AppError::Refused(_)) => Ok(None),
        // One trial whose products have no price that day must not hold up the others.
        Err(AppError::Invalid(findings)) => {
            tracing::warn!(trial = %id, ?findings, "a trial cannot take its step today");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
