//! 堡垒机账号: opened with the case's servers, amended by a change, locked and revoked by hand, ended with the case or its
//! validity (附件2-2, A10_4, A10_7, A28).
//!
//! [`follow`] makes the accounts of a case what its standing form and its servers call for, and may run at any time and
//! again: it is called where the engine has finished, and from the outbox where a step takes servers away.

use domain::application::form::{BastionHours, BastionLine, Form};
use domain::bastion_account::{self, Cause, Command, State};
use domain::change::{AccountChange, Refusal};
use domain::ids::BastionAccountId;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::bastion_account::{AccountRow, NewAccount, TermsRow};
use store::job::JobRow;
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::case::{Answer, Case, action_of};
use crate::mechanism::Unit;
use crate::outbox::Outcome;
use crate::secrecy::mask_mobile;
use crate::{App, AppError, access_grant};

/// Kind of the outbox jobs that call [`follow`].
pub(crate) const JOB_KIND: &str = "bastion";

/// Has the accounts of a case follow soon after the step that is being taken.
pub(crate) async fn follow_soon(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let case = case.row.id;
    unit.enqueue(JOB_KIND, &json!({ "case": case }), Some(&format!("{JOB_KIND}/{case}"))).await
}

/// The outbox's worker.
pub(crate) async fn work(app: &App, job: &JobRow) -> Result<Outcome, AppError> {
    let case = crate::outbox::id_of(&job.payload, "case")?;
    let (actor, meta) = (Actor::system("堡垒机"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    if follow(&mut unit, case).await? {
        unit.commit(()).await?;
    }
    Ok(Outcome::Done)
}

/// Opens, amends and ends accounts as the form and the servers now are. Answers whether anything was to be done.
pub(crate) async fn follow(unit: &mut Unit<'_>, case_id: Uuid) -> Result<bool, AppError> {
    let unit = &mut *unit.by_rule();
    let case = unit.case_for(case_id, Action::BastionAccountOpen).await?;
    let mut rows = store::bastion_account::lock_of_case(&mut unit.tx, case_id).await?;
    rows.retain(|row| row.state["state"] != "closed");
    if !store::bastion::any_left(&mut unit.tx, case_id).await? {
        let ended = access_grant::end_all(unit, &case).await?;
        return Ok(end(unit, &case, &rows, Cause::ServiceEnded).await? || ended);
    }
    let wanted = wanted(&case.standing_form()?);
    let (kept, given_up): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| wanted.iter().any(|one| same(row, one)));
    let mut done = end(unit, &case, &given_up, Cause::Change).await?;
    done |= amend(unit, &case, &kept, &wanted).await?;
    let any_open = !store::bastion::open_of_case(&mut *unit.tx, case_id).await?.is_empty();
    let over = unit.today();
    let fresh =
        wanted.iter().filter(|one| any_open && one.1.valid_to >= over && !kept.iter().any(|row| same(row, one)));
    Ok(open(unit, &case, &fresh.collect::<Vec<_>>()).await? || done)
}

/// A line of the form by its place, complete enough to be an account.
type Line = (i32, TermsRow);

fn wanted(form: &Form) -> Vec<Line> {
    let lines = form.bastion_accounts.iter().enumerate();
    lines.filter_map(|(at, line)| Some((i32::try_from(at).ok()?, terms(line)?))).collect()
}

/// What a row asks for; one that was given up has no servers left and asks for nothing.
fn terms(line: &BastionLine) -> Option<TermsRow> {
    if line.hosts.is_empty() {
        return None;
    }
    Some(TermsRow {
        user_name: line.user_name.clone(),
        user_kind: line.user_kind?.code().to_owned(),
        organisation: line.organisation.clone(),
        mobile: mask_mobile(&line.mobile),
        protocols: line.protocols.iter().map(|protocol| protocol.code().to_owned()).collect(),
        transfers: line.transfers.iter().map(|transfer| transfer.code().to_owned()).collect(),
        hosts: line.hosts.clone(),
        source: line.source.clone(),
        hours: line.hours.unwrap_or(BastionHours::Office).code().to_owned(),
        valid_from: line.valid_from?,
        valid_to: line.valid_to?,
    })
}

/// Ended because its time was over, and for no other reason.
fn is_over(row: &AccountRow) -> bool {
    row.state["cause"] == Cause::Expired.code()
}

/// Refuses rows of 附件2-2 whose account was revoked or given up: a change does not bring it back.
pub(crate) async fn refuse_ended(unit: &mut Unit<'_>, case: Uuid, changes: &[AccountChange]) -> Result<(), AppError> {
    if changes.is_empty() {
        return Ok(());
    }
    let accounts = store::bastion_account::of_case(&mut *unit.tx, case).await?;
    let ended = |change: &&AccountChange| {
        let last = accounts.iter().rfind(|row| row.line == i32::from(change.index));
        last.is_some_and(|row| row.state["state"] == "closed" && !is_over(row))
    };
    match changes.iter().find(ended) {
        Some(change) => Err(AppError::refused(&Refusal::AccountGivenUp { index: change.index.saturating_add(1) })),
        None => Ok(()),
    }
}

/// The same account of the same person.
fn same(row: &AccountRow, (line, terms): &Line) -> bool {
    (row.line, &row.user_name, &row.mobile) == (*line, &terms.user_name, &terms.mobile)
}

async fn open(unit: &mut Unit<'_>, case: &Case, lines: &[&Line]) -> Result<bool, AppError> {
    // An account that was revoked stays revoked: its line does not open another one. One whose time was over does,
    // where a change has given its line more.
    let before = store::bastion_account::lock_of_case(&mut unit.tx, case.row.id).await?;
    let mut told = Vec::new();
    for (line, terms) in lines.iter().filter(|line| !before.iter().any(|row| same(row, line) && !is_over(row))) {
        let (id, number) = (Uuid::now_v7(), unit.next_number("ZH").await?);
        let new = NewAccount {
            id,
            case_id: case.row.id,
            agency_id: case.row.agency_id,
            number: &number,
            line: *line,
            terms,
            state: &serde_json::to_value(State::Active).map_err(AppError::fault)?,
            created_at: unit.now().to_sqlx(),
        };
        store::bastion_account::insert(&mut unit.tx, &new).await?;
        told.push(format!("{number} {}", terms.user_name));
    }
    tell(unit, case, Action::BastionAccountOpen, &told).await
}

async fn amend(unit: &mut Unit<'_>, case: &Case, rows: &[AccountRow], wanted: &[Line]) -> Result<bool, AppError> {
    let mut told = Vec::new();
    for row in rows {
        let Some((_, terms)) = wanted.iter().find(|one| same(row, one)) else { continue };
        if row.terms() == *terms {
            continue;
        }
        step(unit, case, row, Command::Amend).await?;
        store::bastion_account::amend(&mut unit.tx, row.id, terms).await?;
        // What was issued says the former servers and days.
        shut(unit, row.id, "账号随变更调整").await?;
        told.push(format!("{} {}", row.number, row.user_name));
    }
    tell(unit, case, Action::BastionAccountAmend, &told).await
}

async fn end(unit: &mut Unit<'_>, case: &Case, rows: &[AccountRow], cause: Cause) -> Result<bool, AppError> {
    let mut told = Vec::new();
    for row in rows {
        step(unit, case, row, Command::End { cause }).await?;
        told.push(format!("{} {}({})", row.number, row.user_name, cause.zh()));
    }
    tell(unit, case, Action::BastionAccountEnd, &told).await
}

/// One entry for all.
async fn tell(unit: &mut Unit<'_>, case: &Case, action: Action, told: &[String]) -> Result<bool, AppError> {
    if told.is_empty() {
        return Ok(false);
    }
    let under = action.clause().unwrap_or(domain::clause::ANNEX_2_2);
    let summary = format!("{} {} 个:{}", action.zh(), told.len(), told.join(";"));
    unit.audit_step(case, (action.code(), under), ("case", case.row.id), summary, (json!(null), json!(told))).await?;
    Ok(true)
}

async fn step(unit: &mut Unit<'_>, case: &Case, row: &AccountRow, command: Command) -> Result<Answer, AppError> {
    let from: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let words = command.kind().zh();
    let state = bastion_account::transition(from, command, row.valid_to.to_jiff(), unit.today())
        .map_err(|refusal| AppError::refused(&refusal))?;
    let place = (case, row.id, row.version);
    let answer = unit.settle(Table::BastionAccount, place, &state, &state.term(), &state.duties()).await?;
    if state.is_shut() {
        shut(unit, row.id, words).await?;
    }
    Ok(answer)
}

/// Certificates lose their force at once.
async fn shut(unit: &mut Unit<'_>, id: Uuid, reason: &str) -> Result<u64, AppError> {
    let now = unit.now().to_sqlx();
    Ok(store::bastion::revoke(&mut unit.tx, id, reason, now).await?)
}

/// Locks an account for `action`. Who may not see accounts of its agency finds none; a stale caller is refused last.
pub(crate) async fn lock(
    unit: &mut Unit<'_>,
    id: BastionAccountId,
    expected: Option<i32>,
    action: Action,
) -> Result<(Locked<State>, Case), AppError> {
    let locked: Locked<State> = store::lifecycle::lock(&mut unit.tx, Table::BastionAccount, id.0).await?;
    let row = store::case::one(&mut *unit.tx, locked.case_id).await?;
    let case = Case { target: crate::case::target_of(&row), row };
    if !unit.follows_by_rule() {
        authz::check_visible(unit.actor(), Action::BastionView, &case.target)?;
        authz::check(unit.actor(), action, &case.target)?;
    }
    match expected {
        Some(version) if version != locked.version => Err(AppError::Stale { current: locked.version }),
        _ => Ok((locked, case)),
    }
}

/// Carries out one command of an account's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: BastionAccountId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

async fn carry_out(
    unit: &mut Unit<'_>,
    id: BastionAccountId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let action = action_of("bastion_account", kind.code())?;
    let (locked, case) = lock(unit, id, version, action).await?;
    let row = store::bastion_account::one_in(&mut unit.tx, id.0).await?;
    let words = command.words().map(|words| format!(":{words}")).unwrap_or_default();
    let before = locked.state.term();
    let answer = step(unit, &case, &row, command).await?;
    let summary = format!("{}堡垒机账号 {} {}{words}", kind.zh(), row.number, row.user_name);
    let codes = (json!(before.code), json!(answer.state.code));
    unit.audit_step(&case, (action.code(), kind.clause()), ("bastion_account", id.0), summary, codes).await?;
    Ok(answer)
}

/// The timer: what is past its last day ends. Idempotent.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut done = Vec::new();
    for id in store::bastion_account::over(&app.store.pool, app.clock.today().to_sqlx()).await? {
        let mut unit = app.begin(&actor, &meta).await?;
        match carry_out(&mut unit, BastionAccountId(id), None, Command::Expire).await {
            Ok(answer) => {
                unit.commit(answer).await?;
                done.push("堡垒机账号到期注销".to_owned());
            }
            // Ended by somebody else at the same moment.
            Err(AppError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
