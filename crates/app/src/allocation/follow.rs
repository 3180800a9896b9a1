//! What follows for allocations from the recipient's own case, and from the day after an item's last one.

use domain::allocation::{Command, EndReason, ReleaseReason, State};
use domain::application::pricing::OrderLine;
use domain::calendar::Date;
use domain::charge::{Benefit, Covered};
use domain::ids::ChangeId;
use jiff_sqlx::ToSqlx;
use store::allocation::AllocationRow;
use uuid::Uuid;

use super::recipient::added;
use super::{state_of, step};
use crate::actor::{Actor, Meta};
use crate::case::Case;
use crate::mechanism::Unit;
use crate::{App, AppError};

/// A case opens: what was promised to it takes effect, as far as its lines have come to so much.
pub(crate) async fn benefits_of_opening(
    unit: &mut Unit<'_>,
    case: &Case,
    lines: &[OrderLine],
) -> Result<Vec<Benefit>, AppError> {
    take_effect(unit, case, None, lines).await
}

/// A change is carried out: the same, of what it adds.
pub(crate) async fn take_effect_of_change(
    unit: &mut Unit<'_>,
    case: &Case,
    change: ChangeId,
    (before, after): (&[OrderLine], Vec<OrderLine>),
) -> Result<Vec<Benefit>, AppError> {
    take_effect(unit, case, Some(change), &added(before, after)).await
}

async fn take_effect(
    unit: &mut Unit<'_>,
    case: &Case,
    change: Option<ChangeId>,
    lines: &[OrderLine],
) -> Result<Vec<Benefit>, AppError> {
    let rows = store::allocation::lock_open(&mut unit.tx, case.row.id).await?;
    let today = unit.today();
    let mut benefits = Vec::new();
    for (row, fits) in fitting(&rows, change, lines)? {
        let command = match fits {
            _ if row.until.to_jiff() < today => Command::LetGo { why: ReleaseReason::ItemOver },
            0 => Command::LetGo { why: ReleaseReason::NotNeeded },
            quantity => Command::TakeEffect { quantity },
        };
        if let Command::TakeEffect { quantity } = command {
            benefits.push(benefit(row, quantity)?);
        }
        step(unit, case, row, command).await?;
    }
    Ok(benefits)
}

/// The promises to an opening or a change, each with how much of it the lines take, those given first first.
fn fitting<'r>(
    rows: &'r [AllocationRow],
    change: Option<ChangeId>,
    lines: &[OrderLine],
) -> Result<Vec<(&'r AllocationRow, u64)>, AppError> {
    let mut room: Vec<OrderLine> = lines.to_vec();
    let mut fitting = Vec::new();
    for row in rows.iter().filter(|row| row.change_id == change.map(|change| change.0)) {
        let state = state_of(row)?;
        let State::Reserved { quantity } = state else { continue };
        let line = room.iter_mut().find(|order| order.line == row.line && order.sku == row.sku);
        let fits = line.map_or(0, |order| {
            let fits = quantity.min(order.quantity);
            order.quantity -= fits;
            fits
        });
        fitting.push((row, fits));
    }
    Ok(fitting)
}

fn benefit(row: &AllocationRow, quantity: u64) -> Result<Benefit, AppError> {
    let quantity = i64::try_from(quantity).map_err(AppError::fault)?;
    let (allocation, line) = (row.number.clone(), row.line.clone());
    Ok(Benefit { allocation, line, quantity, until: row.until.to_jiff() })
}

/// What the promises to a change would cover if it took effect on `on`; nothing is written.
pub(crate) async fn covers_of(
    db: impl store::PgExecutor<'_>,
    case_id: Uuid,
    change: Option<ChangeId>,
    (before, after, on): (&[OrderLine], Vec<OrderLine>, Date),
) -> Result<Vec<Benefit>, AppError> {
    let rows = store::allocation::of_case(db, case_id).await?;
    let standing: Vec<AllocationRow> = rows.into_iter().filter(|row| row.until.to_jiff() >= on).collect();
    let fitting = fitting(&standing, change, &added(before, after))?;
    fitting.into_iter().filter(|(_, fits)| *fits > 0).map(|(row, fits)| benefit(row, fits)).collect()
}

/// True where a change that is to be paid for would cost nothing in this service year (资金来源 of a dearer change).
pub(crate) fn covers_all(benefits: &[Benefit], to_pay: domain::money::Fen) -> bool {
    !benefits.is_empty() && to_pay <= domain::money::Fen::ZERO
}

/// A change was carried out: what of the recipient's lines it gave up is the pool's again.
pub(crate) async fn trim(unit: &mut Unit<'_>, case: &Case, covered: &[Covered]) -> Result<(), AppError> {
    let today = unit.today();
    for row in store::allocation::lock_open(&mut unit.tx, case.row.id).await? {
        let state = state_of(&row)?;
        let State::Effective { quantity, .. } = state else { continue };
        let kept = covered.iter().find(|one| one.allocation == row.number).map_or(0, |one| one.quantity);
        let command = match kept {
            _ if kept == quantity => continue,
            _ if row.until.to_jiff() < today => Command::End { why: EndReason::ItemOver },
            0 => Command::End { why: EndReason::GivenUp },
            quantity => Command::Shrink { quantity },
        };
        step(unit, case, &row, command).await?;
    }
    Ok(())
}

/// The case, or its change, has come to nothing: what was promised to it is the pool's again.
pub(crate) async fn let_go(unit: &mut Unit<'_>, case: &Case, change: Option<ChangeId>) -> Result<(), AppError> {
    for row in store::allocation::lock_open(&mut unit.tx, case.row.id).await? {
        let state = state_of(&row)?;
        if matches!(state, State::Reserved { .. }) && row.change_id == change.map(|change| change.0) {
            step(unit, case, &row, Command::LetGo { why: ReleaseReason::CaseOver }).await?;
        }
    }
    Ok(())
}

/// The recipient's service has ended: its own remainder goes to the pool, and what it was given is part of it.
pub(crate) async fn service_ended(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let today = unit.today();
    for row in store::allocation::lock_open(&mut unit.tx, case.row.id).await? {
        let state = state_of(&row)?;
        let command = match state {
            State::Reserved { .. } => Command::LetGo { why: ReleaseReason::CaseOver },
            _ if row.until.to_jiff() < today => Command::End { why: EndReason::ItemOver },
            _ => Command::End { why: EndReason::ServiceEnded },
        };
        step(unit, case, &row, command).await?;
    }
    Ok(())
}

/// The timer: the day after an item's last one what it covers has ended, and what it was promised to gets nothing of it.
/// Idempotent; answers what was done, in words.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut done = Vec::new();
    for id in store::allocation::over(&app.store.pool, app.clock.today().to_sqlx()).await? {
        let mut unit = app.begin(&actor, &meta).await?;
        let case_id = store::allocation::hold_case_of(&mut unit.tx, id).await?;
        let rows = store::allocation::lock_open(&mut unit.tx, case_id).await?;
        // Ended with its case by somebody else at the same moment.
        let Some(row) = rows.iter().find(|row| row.id == id) else { continue };
        let case = Case::of(store::case::one(&mut *unit.tx, case_id).await?);
        let state = state_of(row)?;
        let command = match state {
            State::Reserved { .. } => Command::LetGo { why: ReleaseReason::ItemOver },
            _ => Command::End { why: EndReason::ItemOver },
        };
        let answer = step(&mut unit, &case, row, command).await?;
        unit.commit(answer).await?;
        let until = row.until.to_jiff();
        done.push(format!("{} {}:调配 {} 的余量已于 {until} 到期", row.case_number, row.system_name, row.number));
    }
    Ok(done)
}
