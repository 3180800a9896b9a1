//! 伸缩动作: what a policy decided becomes an operation, with the policy and its figures in the case's record.
//!
//! The decision was made from what was read a moment ago; here the rows are locked, and whatever has changed meanwhile
//! lets it be. The next minute decides anew.

use domain::ids::ScalingPolicyId;
use domain::provisioning::rest::{RestCommand, transition};
use domain::provisioning::{OperationKind, Rest};
use domain::scaling::{Decision, Group, Member, State, StateKind, chosen};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use store::resource::ResourceRow;
use store::scaling::NewAction;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::action_of;
use crate::mechanism::{Entry, Unit};
use crate::provisioning::{is_in_use, queue_for, rest_of, unfinished};
use crate::{App, AppError};

/// What is done, and to which servers.
struct Move<'a> {
    command: RestCommand,
    operation: OperationKind,
    servers: Vec<&'a ResourceRow>,
    from: Group,
    to_running: u16,
}

/// Orders it; false where something has changed since it was decided. `acted_at`: the last action the decision knew.
pub(super) async fn act(
    app: &App,
    id: ScalingPolicyId,
    acted_at: Option<Timestamp>,
    decision: &Decision,
) -> Result<bool, AppError> {
    let (actor, meta) = (Actor::system("弹性伸缩"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let row = store::scaling::one(&mut *unit.tx, id.0).await?;
    store::case::hold(&mut unit.tx, row.case_id).await?;
    let locked: Locked<State> = store::lifecycle::lock(&mut unit.tx, Table::ScalingPolicy, id.0).await?;
    let since = store::scaling::acted_at(&mut unit.tx, id.0).await?.map(|at| at.to_jiff());
    let stale = locked.state.kind() != StateKind::Active || since != acted_at;
    if stale || unfinished(&mut unit, row.case_id).await? {
        return Ok(false);
    }
    let mut rows = store::resource::lock_of_case(&mut unit.tx, row.case_id).await?;
    rows.retain(|server| server.line == row.line && is_in_use(server));
    let Some(wanted) = plan(&rows, decision)? else { return Ok(false) };
    let words = format!("伸缩策略 {}:{}", row.number, decision.zh(locked.state.policy().metric));
    order(&mut unit, &wanted, (id, row.case_id), (&words, decision)).await?;
    unit.commit(true).await
}

/// Which servers move; `None` where none fits any more.
fn plan<'a>(rows: &'a [ResourceRow], decision: &Decision) -> Result<Option<Move<'a>>, AppError> {
    let member = |row: &ResourceRow| {
        let ordinal = u16::try_from(row.ordinal).map_err(AppError::fault)?;
        Ok(Member { resource: row.id.into(), ordinal, rest: rest_of(row)? })
    };
    let members = rows.iter().map(member).collect::<Result<Vec<_>, AppError>>()?;
    let ids: Vec<Uuid> = chosen(&members, decision).into_iter().map(|id| id.0).collect();
    let (command, operation) = match decision {
        Decision::Out { .. } => (RestCommand::ScaleOut, OperationKind::ScaleOut),
        _ => (RestCommand::ScaleIn, OperationKind::ScaleIn),
    };
    let (from, count) = (Group::of(&members), u16::try_from(ids.len()).map_err(AppError::fault)?);
    let to_running = match operation {
        OperationKind::ScaleOut => from.running.saturating_add(count),
        _ => from.running.saturating_sub(count),
    };
    let servers: Vec<&ResourceRow> = rows.iter().filter(|row| ids.contains(&row.id)).collect();
    Ok((!servers.is_empty()).then_some(Move { command, operation, servers, from, to_running }))
}

async fn order(
    unit: &mut Unit<'_>,
    wanted: &Move<'_>,
    (policy, case_id): (ScalingPolicyId, Uuid),
    (words, decision): (&str, &Decision),
) -> Result<(), AppError> {
    let Some(first) = wanted.servers.first() else { return Ok(()) };
    let after = transition(rest_of(first)?, &wanted.command, true).map_err(|refusal| AppError::refused(&refusal))?;
    let now = unit.now().to_sqlx();
    let ids: Vec<Uuid> = wanted.servers.iter().map(|row| row.id).collect();
    let since = after.map(|_| now);
    store::resource::set_rest(&mut unit.tx, &ids, after.map(|rest: Rest| (rest.code(), words)), since).await?;
    let operation = queue_for(unit, case_id, wanted.operation, (first.engine_id, &ids)).await?;
    let servers: Vec<String> = wanted.servers.iter().map(|row| row.name.clone()).collect();
    let (from, to, available) = (wanted.from.running, wanted.to_running, wanted.from.available);
    let new = NewAction {
        id: Uuid::now_v7(),
        policy_id: policy.0,
        case_id,
        at: now,
        decision: &json!(decision),
        from_running: from.into(),
        to_running: to.into(),
        available: available.into(),
        servers: &servers,
        operation_id: operation.0,
    };
    store::scaling::insert_action(&mut unit.tx, &new).await?;
    let action: Action = action_of("resource", wanted.command.kind().code())?;
    let named = servers.join("、");
    unit.audit(Entry {
        action: action.code(),
        object: ("scaling_policy", policy.to_string()),
        case: Some(case_id),
        clause: Some(wanted.command.kind().clause()),
        summary: format!("{words}({named});运行 {from} → {to} 台,核定可用 {available} 台"),
        before: Some(json!({ "running": from })),
        after: Some(json!({ "running": to, "servers": servers, "decision": decision })),
    })
    .await
}
