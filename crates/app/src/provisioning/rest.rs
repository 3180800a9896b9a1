//! 挂起与恢复: one approved server is kept and does not run, or runs again. The rule is `domain::provisioning::rest`.
//!
//! The charge is not touched: services are charged by the year (A10_5, A11).

use domain::ids::ResourceId;
use domain::provisioning::rest::{self, RestCommand, RestKind, RestRefusal};
use domain::provisioning::{OperationKind, OperationRefusal, PhaseKind, Rest};
use domain::scaling::StateKind;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::PgExecutor;
use store::resource::ResourceRow;
use uuid::Uuid;

use super::OperationView;
use super::desired::rest as rest_of;
use super::operations::answer;
use super::order::queue;
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{self, action_of};
use crate::error::Reason;
use crate::mechanism::Entry;
use crate::view::ActionView;
use crate::{App, AppError};

/// 伸缩策略 of the server's row: id, number, state.
pub(super) async fn policy_of(
    db: impl PgExecutor<'_>,
    row: &ResourceRow,
) -> Result<Option<(Uuid, String, StateKind)>, AppError> {
    let found = store::scaling::of_line(db, row.case_id, row.line).await?;
    found.map(|(id, number, state)| Ok((id, number, state.parse().map_err(AppError::fault)?))).transpose()
}

fn governs(policy: Option<&(Uuid, String, StateKind)>) -> bool {
    policy.is_some_and(|(.., state)| *state == StateKind::Active)
}

/// True of a server that was handed over and is in service or on trial.
pub(crate) fn is_in_use(row: &ResourceRow) -> bool {
    row.opened && row.phase.parse().is_ok_and(|phase| matches!(phase, PhaseKind::Trial | PhaseKind::Production))
}

/// Only what is in use is let rest.
fn operable(row: &ResourceRow) -> Result<(), AppError> {
    let phase: PhaseKind = row.phase.parse().map_err(AppError::fault)?;
    if is_in_use(row) { Ok(()) } else { Err(AppError::refused(&RestRefusal::NotOperable { phase: phase.zh() })) }
}

/// 挂起, 恢复 as the page offers them: the one that may follow, for whom it is meant.
pub(super) fn actions(
    actor: &Actor,
    target: &Target,
    row: &ResourceRow,
    policy: Option<&(Uuid, String, StateKind)>,
) -> Result<Vec<ActionView>, AppError> {
    let now = rest_of(row)?;
    if operable(row).is_err() {
        return Ok(Vec::new());
    }
    let button = |kind: &RestKind| {
        let refusal = match rest::permits(now, *kind, governs(policy)) {
            Err(RestRefusal::OutOfOrder { .. }) => return None,
            other => other.err().map(|refusal| Reason::of(&refusal)),
        };
        ActionView::of(actor, ("resource", row.id, 1), (kind.term(), kind.clause()), target, refusal)
    };
    Ok(RestKind::BUTTONS.iter().filter_map(button).collect())
}

/// Carries out one command on a server: it is written down, and an operation brings it about.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ResourceId,
    command: &RestCommand,
) -> Result<OperationView, AppError> {
    let kind = command.kind();
    let mut unit = app.begin(actor, meta).await?;
    let found = store::resource::one(&mut *unit.tx, id.0).await?;
    let target = case::target_of(&store::case::one(&mut *unit.tx, found.case_id).await?);
    authz::check_visible(actor, Action::ResourceView, &target)?;
    let action = action_of("resource", kind.code())?;
    authz::check(actor, action, &target)?;
    store::case::hold(&mut unit.tx, found.case_id).await?;
    let rows = store::resource::lock_of_case(&mut unit.tx, found.case_id).await?;
    let row = rows.iter().find(|row| row.id == id.0).ok_or(AppError::NotFound)?;
    operable(row)?;
    if store::operation::any_open(&mut unit.tx, row.case_id).await? {
        return Err(AppError::refused(&OperationRefusal::AnotherOpen));
    }
    let before = rest_of(row)?;
    let governed = governs(policy_of(&mut *unit.tx, row).await?.as_ref());
    let after = rest::transition(before, command, governed).map_err(|refusal| AppError::refused(&refusal))?;
    let words = command.words().unwrap_or_default();
    let since = after.map(|_| unit.now().to_sqlx());
    store::resource::set_rest(&mut unit.tx, &[row.id], after.map(|rest| (rest.code(), words)), since).await?;
    let operation = operation_of(after);
    let operation = queue(&mut unit, row.case_id, operation, (row.engine_id, Some(row.id))).await?;
    unit.audit(Entry {
        action: action.code(),
        object: ("resource", row.id.to_string()),
        case: Some(row.case_id),
        clause: Some(kind.clause()),
        summary: format!("{}云主机 {}:{words}", kind.zh(), row.name),
        before: Some(json!(rest::term(before).code)),
        after: Some(json!(rest::term(after).code)),
    })
    .await?;
    answer(unit, operation.0).await
}

fn operation_of(after: Option<Rest>) -> OperationKind {
    if after.is_some() { OperationKind::Suspend } else { OperationKind::Resume }
}
