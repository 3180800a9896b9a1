//! 弹性伸缩: the agency sets how many servers of an approved row run; once a minute the policies in force are asked.
//!
//! A policy stands on an open 弹性伸缩 service (S02) of its case and ends with it. What it decides is `domain::scaling`;
//! [`turn`] measures, decides and orders, by operations like any other. It opens nothing and charges nothing: it lets
//! approved servers rest and wakes them again.

use domain::clause::Clause;
use domain::ids::{ApplicationId, EngineId, ScalingPolicyId};
use domain::provisioning::{OperationKind, OperationRefusal, Rest};
use domain::scaling::{self, Command, CommandKind, Ground, Policy, State};
use domain::service_instance::StateKind as ServiceState;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::lifecycle::{Locked, Table};
use store::resource::ResourceRow;
use store::scaling::NewPolicy;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, action_of};
use crate::mechanism::Unit;
use crate::provisioning::{is_in_use, rest_of};
use crate::{App, AppError, provisioning};

mod act;
mod turn;
pub mod view;

pub use turn::turn;

/// 弹性伸缩服务 in the catalogue.
const CATEGORY: &str = "S02";

/// 新建伸缩策略.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScalingRequest)]
pub struct Request {
    /// 办件.
    pub case_id: ApplicationId,
    /// Row of 附件2-1, from 0.
    pub line: u16,
    pub policy: Policy,
}

/// Products of the category.
fn products(app: &App) -> Vec<String> {
    let lines = app.regulation.catalogue.iter().map(|line| &line.product);
    lines.filter(|product| product.category == CATEGORY).map(|product| product.sku.clone()).collect()
}

/// What a policy of this row stands on now, and the engine of its servers.
async fn ground(unit: &mut Unit<'_>, case_id: Uuid, line: i32) -> Result<(Ground, Option<EngineId>), AppError> {
    let skus = products(unit.app());
    let mut groups = 0;
    for row in store::service_instance::lock_of_case(&mut unit.tx, case_id).await? {
        let state: domain::service_instance::State = serde_json::from_value(row.state).map_err(AppError::fault)?;
        let open = matches!(state.kind(), ServiceState::Trial | ServiceState::Production | ServiceState::Changing);
        if open && skus.contains(&row.sku) {
            groups += state.quantity();
        }
    }
    let rows = store::resource::lock_of_case(&mut unit.tx, case_id).await?;
    let own: Vec<&ResourceRow> = rows.iter().filter(|row| row.line == line && is_in_use(row)).collect();
    let servers = u16::try_from(own.len()).map_err(AppError::fault)?;
    let Some(engine) = own.first().map(|row| row.engine_id) else {
        return Ok((Ground { groups, servers, measures: Vec::new(), by_hand: false }, None));
    };
    let able = unit.app().capabilities(&mut *unit.tx, engine).await?;
    Ok((Ground { groups, servers, measures: able.measures, by_hand: able.by_hand }, Some(EngineId(engine))))
}

fn refused(refusal: scaling::Refusal) -> AppError {
    AppError::refused(&refusal)
}

/// A draft of a policy.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, request: Request) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let action = Action::ScalingDraft;
    let case = unit.case_for(request.case_id.0, action).await?;
    store::case::hold(&mut unit.tx, case.row.id).await?;
    let line = i32::from(request.line);
    let (ground, engine) = ground(&mut unit, case.row.id, line).await?;
    let others = store::scaling::open_of_case(&mut unit.tx, case.row.id).await?;
    let taken = others.iter().any(|(_, of)| *of == line);
    let count = u32::try_from(others.len()).map_err(AppError::fault)?;
    let figures = request.policy.clone();
    let state = scaling::draft(request.policy, &ground, count, taken).map_err(refused)?;
    AppError::if_blocking(scaling::check(&figures, &ground, &app.regulation.limits))?;
    let engine = engine.ok_or_else(|| refused(scaling::Refusal::NoServers))?;
    let (id, number) = (Uuid::now_v7(), unit.next_number("SS").await?);
    let new = NewPolicy {
        id,
        case_id: case.row.id,
        agency_id: case.row.agency_id,
        engine_id: engine.0,
        number: &number,
        line,
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        created_at: unit.now().to_sqlx(),
    };
    store::scaling::insert(&mut unit.tx, &new).await?;
    let summary = format!("新建伸缩策略 {number}:{}", figures_zh(&figures));
    let step = (action.code(), domain::clause::A4);
    unit.audit_step(&case, step, ("scaling_policy", id), summary, (json!(null), json!(figures))).await?;
    unit.commit(Answer { id, version: 1, state: state.term() }).await
}

/// The figures in one line, for the log.
fn figures_zh(policy: &Policy) -> String {
    format!(
        "{}≥{}%持续{}分钟扩展,≤{}%持续{}分钟收缩,运行{}–{}台,每次{}台,冷却{}分钟",
        policy.metric.zh(),
        policy.out_percent,
        policy.out_minutes,
        policy.in_percent,
        policy.in_minutes,
        policy.lower,
        policy.upper,
        policy.step,
        policy.cooldown_minutes
    )
}

/// Carries out one command of a policy's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ScalingPolicyId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

async fn carry_out(
    unit: &mut Unit<'_>,
    id: ScalingPolicyId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let action = action_of("scaling", kind.code())?;
    let row = store::scaling::one(&mut *unit.tx, id.0).await?;
    store::case::hold(&mut unit.tx, row.case_id).await?;
    let (locked, case): (Locked<State>, Case) = unit.lock_case(Table::ScalingPolicy, id.0, version, action).await?;
    scaling::permits(&locked.state, kind).map_err(refused)?;
    let (ground, _) = ground(unit, case.row.id, row.line).await?;
    let figures = match &command {
        Command::Amend { policy } => Some(policy.clone()),
        // What was set as a draft may have become too much meanwhile.
        Command::Activate => Some(locked.state.policy().clone()),
        _ => None,
    };
    if let Some(figures) = &figures {
        AppError::if_blocking(scaling::check(figures, &ground, &unit.app().regulation.limits))?;
    }
    let words = command.words().map(|words| format!(":{words}")).unwrap_or_default();
    let words = figures.as_ref().map_or(words, |figures| format!(":{}", figures_zh(figures)));
    let before = json!(locked.state);
    let today = unit.today();
    let state = scaling::transition(locked.state, command, &ground, today).map_err(refused)?;
    let place = (&case, id.0, locked.version);
    let answer = unit.settle(Table::ScalingPolicy, place, &state, &state.term(), &state.duties()).await?;
    let summary = format!("{} {}{words}", kind.zh(), row.number);
    let under: (&str, Clause) = (action.code(), kind.clause());
    unit.audit_step(&case, under, ("scaling_policy", id.0), summary, (before, json!(state))).await?;
    if matches!(state, State::Ended { .. }) {
        wake_all(unit, case.row.id, row.line, kind).await?;
    }
    Ok(answer)
}

/// Nothing rests by a policy that has ended. Where the agency ended it, an operation wakes the servers; where their
/// service ended, the operation that is ordered with that does, or takes them away.
async fn wake_all(unit: &mut Unit<'_>, case_id: Uuid, line: i32, kind: CommandKind) -> Result<(), AppError> {
    let rows = store::resource::lock_of_case(&mut unit.tx, case_id).await?;
    let mut resting: Vec<&ResourceRow> = Vec::new();
    for row in rows.iter().filter(|row| row.line == line) {
        if rest_of(row)? == Some(Rest::Scaled) {
            resting.push(row);
        }
    }
    let Some(engine) = resting.first().map(|row| row.engine_id) else { return Ok(()) };
    let ids: Vec<Uuid> = resting.iter().map(|row| row.id).collect();
    store::resource::set_rest(&mut unit.tx, &ids, None, None).await?;
    if kind == CommandKind::Close {
        return Ok(());
    }
    if provisioning::unfinished(unit, case_id).await? {
        return Err(AppError::refused(&OperationRefusal::AnotherOpen));
    }
    provisioning::queue_for(unit, case_id, OperationKind::ScaleOut, (engine, &ids)).await.map(drop)
}

/// Services of the case are being taken back: policies for which no group is left end.
pub(crate) async fn follow(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let open = store::scaling::open_of_case(&mut unit.tx, case.row.id).await?;
    let Some((_, line)) = open.first() else { return Ok(()) };
    let left = usize::try_from(ground(unit, case.row.id, *line).await?.0.groups).map_err(AppError::fault)?;
    // The oldest stay where only some groups are given up.
    for (id, _) in open.iter().skip(left) {
        carry_out(unit, ScalingPolicyId(*id), None, Command::Close).await?;
    }
    Ok(())
}
