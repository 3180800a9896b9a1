//! What one room of a case means for the others: documents issued at milestones, finished engine work
//! carried back into the lifecycle. Rooms may not call later rooms; what looks onward is an event here.

use domain::application::{CommandKind as ApplicationCommand, State as ApplicationState};
use domain::change::{self, CommandKind as ChangeCommand};
use domain::ids::{ChangeId, TerminationId};
use domain::money::Fen;
use domain::opinion::Opinion;
use domain::subscription::Year;
use domain::termination::{self, CommandKind as TerminationCommand};
use uuid::Uuid;

use crate::AppError;
use crate::case::Case;
use crate::mechanism::Unit;

/// An application took a step: acceptance, supplement, refusal and signature issue their documents.
pub(crate) async fn application_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    kind: ApplicationCommand,
    state: &ApplicationState,
) -> Result<(), AppError> {
    let _ = (unit, case, kind, state);
    Ok(())
}

/// 测试通知单 to the supplier.
pub(crate) async fn trial_notified(unit: &mut Unit<'_>, case: &Case, number: &str) -> Result<(), AppError> {
    let _ = (unit, case, number);
    Ok(())
}

/// 开通确认单.
pub(crate) async fn activated(unit: &mut Unit<'_>, case: &Case, (number, year): (&str, Year)) -> Result<(), AppError> {
    let _ = (unit, case, number, year);
    Ok(())
}

/// A change took a step: 变更审核意见 on approval and refusal.
pub(crate) async fn change_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    (number, request): (&str, &change::Request),
    (kind, dearer_by): (ChangeCommand, Fen),
) -> Result<(), AppError> {
    let _ = (unit, case, number, request, kind, dearer_by);
    Ok(())
}

/// A termination took a step: 移交清单 and 数据清除证明 when it is certified (`witness`, `handed_over`).
pub(crate) async fn termination_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    (number, request): (&str, &termination::Request),
    (kind, certified): (TerminationCommand, Option<(Opinion, Opinion)>),
) -> Result<(), AppError> {
    let _ = (unit, case, number, request, kind, certified);
    Ok(())
}

/// The engine finished its work on a case: an implementing change is implemented, a reclaiming
/// termination is reclaimed. Called within the unit that records the operation's end; safe to repeat.
pub async fn operation_finished(unit: &mut Unit<'_>, case_id: Uuid) -> Result<(), AppError> {
    let (change, termination) = store::stage::working_requests(&mut unit.tx, case_id).await?;
    let unit = &mut *unit.by_rule();
    if let Some(id) = change {
        crate::change::carry_out(unit, ChangeId(id), None, change::Command::Implemented).await?;
    }
    if let Some(id) = termination {
        crate::termination::carry_out(unit, TerminationId(id), None, termination::Command::Reclaimed).await?;
    }
    Ok(())
}
