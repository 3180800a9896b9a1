//! What one room of a case means for the others: documents issued at milestones, finished engine work
//! carried back into the lifecycle. Rooms may not call later rooms; what looks onward is an event here.

use domain::application::{Command as ApplicationCommand, State as ApplicationState};
use domain::ids::{ChangeId, OperationId, SubscriptionId, TerminationId};
use domain::money::Fen;
use domain::opinion::Opinion;
use domain::provisioning::{Desired, Observed};
use domain::subscription::Year;
use domain::{change, termination, trial};
use uuid::Uuid;

use crate::case::Case;
use crate::mechanism::Unit;
use crate::{AppError, allocation, bastion_account, disk_copy, document, provisioning, scaling, service_instance};

/// An application took a step: reporting keeps the form as it was; acceptance, supplement, refusal and
/// signature issue their documents.
pub(crate) async fn application_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    told: &ApplicationCommand,
    state: &ApplicationState,
) -> Result<(), AppError> {
    use {ApplicationCommand as C, ApplicationState as S};
    if let S::Rejected { .. } | S::Declined { .. } | S::Withdrawn = state {
        allocation::let_go(unit, case, None).await?;
    }
    match (told, state) {
        (C::UnitApprove { .. } | C::Consolidate { .. } | C::Supplement, S::Submitted { .. }) => {
            document::issue_application_form(unit, case).await
        }
        (C::Accept { checklist, opinion }, S::UnderReview { review_due, .. }) => {
            document::issue_acceptance(unit, case, (checklist, opinion), Some(*review_due)).await
        }
        (C::RequestSupplement { missing }, _) => document::issue_supplement(unit, case, missing).await,
        (C::Decline { reason, opinion }, _) => document::issue_refusal(unit, case, (*reason, opinion)).await,
        (C::Sign { opinion }, S::Approved { conclusion } | S::Rejected { conclusion }) => {
            document::issue_review_opinion(unit, case, conclusion, opinion.as_str()).await
        }
        _ => Ok(()),
    }
}

/// 测试通知单 to the supplier.
pub(crate) async fn trial_notified(
    unit: &mut Unit<'_>,
    case: &Case,
    number: &str,
    state: &trial::State,
) -> Result<(), AppError> {
    match state {
        trial::State::Notified { delivery_due } => document::issue_trial(unit, case, number, *delivery_due).await,
        _ => Ok(()),
    }
}

/// 开通确认单.
pub(crate) async fn activated(unit: &mut Unit<'_>, case: &Case, (number, year): (&str, Year)) -> Result<(), AppError> {
    document::issue_activation(unit, case, number, year).await
}

/// A change took a step: 变更审核意见 on approval and refusal; what was promised to one that is over is the pool's again.
pub(crate) async fn change_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    (id, subscription): (ChangeId, SubscriptionId),
    (number, request, dearer_by): (&str, &change::Request, Fen),
    (told, state): (&change::Command, &change::State),
) -> Result<(), AppError> {
    if let change::State::Declined { .. } | change::State::Withdrawn = state {
        allocation::let_go(unit, case, Some(id)).await?;
    }
    let (change::Command::Approve { opinion } | change::Command::Decline { opinion }) = told else { return Ok(()) };
    let year = service_year(unit, subscription).await?;
    let decided = document::DecidedChange { number, request, state, opinion: opinion.as_str(), dearer_by, year };
    document::issue_change_opinion(unit, case, &decided).await
}

/// A termination took a step: 移交清单 and 数据清除证明 when it is certified (`witness`, `handed_over`).
pub(crate) async fn termination_moved(
    unit: &mut Unit<'_>,
    case: &Case,
    subscription: SubscriptionId,
    (number, request): (&str, &termination::Request),
    certified: Option<(Opinion, Opinion)>,
) -> Result<(), AppError> {
    let Some((witness, handed_over)) = certified else { return Ok(()) };
    let year = service_year(unit, subscription).await?;
    let certified = document::CertifiedEnd { number, request, witness: &witness, handed_over: &handed_over, year };
    document::issue_closing(unit, case, &certified).await
}

async fn service_year(unit: &mut Unit<'_>, subscription: SubscriptionId) -> Result<Year, AppError> {
    let (from, to) = store::stage::subscription_year(&mut unit.tx, subscription.0).await?;
    Ok(Year { from: from.to_jiff(), to: to.to_jiff() })
}

/// The engine finished its work on a case: what comes with the servers follows, the bastion accounts of its people, and
/// the case goes on. `servers`: how many the operation was about. Called within the unit that records the operation's end; safe to repeat.
pub async fn operation_finished(
    unit: &mut Unit<'_>,
    case_id: Uuid,
    done: (OperationId, usize),
) -> Result<(), AppError> {
    let crowded = disk_copy::crowded(unit, case_id).await?;
    service_instance::follow_servers(&mut unit.by_rule(), case_id, done, &crowded).await?;
    work_done(unit, case_id).await?;
    bastion_account::follow(unit, case_id).await.map(drop)
}

/// An operation has ended: what it shows of copies settles them.
pub(crate) async fn copies_seen(
    unit: &mut Unit<'_>,
    (operation, case_id): (OperationId, Uuid),
    seen: &[(Desired, Observed)],
) -> Result<(), AppError> {
    disk_copy::settle(&mut unit.by_rule(), (operation, case_id), seen).await
}

/// A step of the case takes its servers away: nobody gets onto them any more.
pub(crate) async fn servers_go(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    bastion_account::follow_soon(unit, case).await
}

/// Services of the case are to be taken back: a scaling policy that stood on one of them decides nothing any more.
pub(crate) async fn services_end(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    scaling::follow(&mut unit.by_rule(), case).await
}

/// A piece of the supplier's work is done. Once nothing of it is left, neither at the engine nor with the engineer, an
/// implementing change is implemented and a reclaiming termination is reclaimed. The caller holds the case
/// ([`store::case::hold`]), so that of two last pieces one sees the other.
pub(crate) async fn work_done(unit: &mut Unit<'_>, case_id: Uuid) -> Result<(), AppError> {
    let idle = !provisioning::unfinished(unit, case_id).await?;
    if !idle || !service_instance::all_done(unit, case_id).await? {
        return Ok(());
    }
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
