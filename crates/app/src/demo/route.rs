//! 演示办件的路线: which steps a case takes, in order, until it stops where its line says.

use domain::application::form::Mode;
use domain::application::review::Department;

use super::tables::{Afterwards, CaseLine, What};

/// One step of somebody, or of the rules (`Listed`, `Ratified`, `Expired`, `Activated`: nobody is asked for them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Submit,
    UnitReturn,
    UnitApprove,
    ConsolidateReturn,
    Consolidate,
    RequestSupplement,
    Supplement,
    Accept,
    Decline,
    Opinion(Department),
    Conclude,
    SignReturn,
    Sign,
    Listed,
    Ratified,
    Fund,
    Contract,
    Notify,
    Acknowledge,
    Open,
    Deliver,
    RequestExtension,
    GrantExtension,
    ReportFailure,
    Report,
    ApproveReport,
    Exit,
    Expired,
    Activated,
    Confirm,
    Dispute,
    Resolve,
    Withdraw,
    /// A step of the `usize`-th change or termination.
    After(usize, Request),
}

/// Steps of a change or a termination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Draft,
    Submit,
    UnitApprove,
    Approve,
    Decline,
    /// 实施 or 回收: the engine's work begins.
    Work,
    Certify,
    Withdraw,
}

/// The steps up to the state the line stops in. `None` where it names no such state.
pub(super) fn head(case: &CaseLine) -> Option<Vec<Step>> {
    let mut steps = submission(case);
    match case.until.as_str() {
        "withdrawn" => {
            steps.push(Step::Withdraw);
            return Some(steps);
        }
        "declined" => {
            if case.has("decline_after_supplement") {
                steps.push(Step::RequestSupplement);
            }
            steps.push(Step::Decline);
            return Some(steps);
        }
        "supplementing" => {
            steps.push(Step::RequestSupplement);
            return Some(steps);
        }
        _ => {}
    }
    if case.has("supplement") {
        steps.extend([Step::RequestSupplement, Step::Supplement]);
    }
    if case.until == "submitted" {
        return Some(steps);
    }
    if let Some(last) = early_end(case) {
        let at = steps.iter().position(|step| *step == last)?;
        steps.truncate(at + 1);
        return Some(steps);
    }
    steps.push(Step::Accept);
    steps.extend(Department::ALL.iter().map(|department| Step::Opinion(*department)));
    if case.until == "under_review" {
        let given: usize =
            case.twists.iter().find_map(|twist| twist.strip_prefix("opinions")?.parse().ok()).unwrap_or(0);
        steps.truncate(steps.len() - Department::ALL.len() + given);
        return Some(steps);
    }
    steps.push(Step::Conclude);
    if case.has("sign_return") {
        steps.extend([Step::SignReturn, Step::Conclude]);
    }
    steps.extend([Step::Sign, Step::Listed, Step::Ratified, Step::Fund, Step::Contract]);
    steps.extend(trial(case));
    let last = last_step(&case.until)?;
    let at = steps.iter().rposition(|step| *step == last)?;
    steps.truncate(at + 1);
    Some(steps)
}

/// From the blank form to the centre's desk.
fn submission(case: &CaseLine) -> Vec<Step> {
    let mut steps = vec![Step::Create, Step::Submit];
    if case.has("return") {
        steps.extend([Step::UnitReturn, Step::Submit]);
    }
    steps.push(Step::UnitApprove);
    if case.mode == Mode::Consolidated {
        if case.has("consolidate_return") {
            steps.extend([Step::ConsolidateReturn, Step::Submit, Step::UnitApprove]);
        }
        steps.push(Step::Consolidate);
    }
    steps
}

/// Where the case stops before it reaches the centre.
fn early_end(case: &CaseLine) -> Option<Step> {
    match case.until.as_str() {
        "draft" => Some(Step::Create),
        "unit_review" => Some(Step::Submit),
        "awaiting_consolidation" => Some(Step::UnitApprove),
        _ => None,
    }
}

/// From the notice to the confirmed service, or to the end of the trial.
fn trial(case: &CaseLine) -> Vec<Step> {
    let mut steps = vec![Step::Notify, Step::Acknowledge, Step::Open, Step::Deliver];
    match case.until.as_str() {
        "stopped" => steps.push(Step::Expired),
        "exited" => steps.push(Step::Exit),
        "failed" => steps.extend([Step::ReportFailure, Step::ApproveReport]),
        "extension_asked" => steps.push(Step::RequestExtension),
        _ => {
            if case.has("fail") {
                steps.extend([Step::ReportFailure, Step::ApproveReport]);
            }
            if case.has("extension") {
                steps.extend([Step::RequestExtension, Step::GrantExtension]);
            }
            steps.extend([Step::Report, Step::ApproveReport, Step::Activated]);
            if case.has("dispute") || case.until == "disputed" {
                steps.extend([Step::Dispute, Step::Resolve]);
            }
            steps.push(Step::Confirm);
        }
    }
    steps
}

fn last_step(until: &str) -> Option<Step> {
    Some(match until {
        "awaiting_signature" => Step::Conclude,
        "approved" | "rejected" => Step::Sign,
        "listed" => Step::Listed,
        "ratified" => Step::Ratified,
        "funded" => Step::Fund,
        "contracted" => Step::Contract,
        "notified" => Step::Notify,
        "preparing" => Step::Acknowledge,
        "opening" => Step::Open,
        "trial" => Step::Deliver,
        "extension_asked" => Step::RequestExtension,
        "reported" => Step::Report,
        "passed" | "failed" => Step::ApproveReport,
        "stopped" => Step::Expired,
        "exited" => Step::Exit,
        "awaiting_confirmation" => Step::Activated,
        "disputed" => Step::Dispute,
        "running" => Step::Confirm,
        _ => return None,
    })
}

/// The steps of what came after, up to the state it stops in.
pub(super) fn after(index: usize, request: &Afterwards) -> Option<Vec<Step>> {
    use Request as R;
    let mut way = vec![R::Draft, R::Submit, R::UnitApprove];
    match request.until.as_str() {
        "declined" => way.push(R::Decline),
        "withdrawn" => way.push(R::Withdraw),
        until => {
            way.extend([R::Approve, R::Work, R::Certify]);
            let last = match (request.what, until) {
                (_, "draft") => R::Draft,
                (_, "unit_review") => R::Submit,
                (_, "submitted") => R::UnitApprove,
                (_, "approved") => R::Approve,
                (What::Up | What::Down, "implementing" | "done") => R::Work,
                (What::End, "reclaiming" | "reclaimed") => R::Work,
                (What::End, "closed") => R::Certify,
                _ => return None,
            };
            let at = way.iter().position(|step| *step == last)?;
            way.truncate(at + 1);
        }
    }
    Some(way.into_iter().map(|step| Step::After(index, step)).collect())
}
