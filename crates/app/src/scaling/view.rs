//! What pages show of policies: the list, one with its recent load and its actions, and the rows one may be set for.

use std::collections::HashMap;

use domain::ids::{OrgId, ScalingPolicyId};
use domain::limits::Limits;
use domain::provisioning::{Capabilities, EngineKind, Metric, OperationState, Power, Rest};
use domain::scaling::{CommandKind, Decision, Policy, State, permits};
use domain::term::Term;
use store::scaling::{ActionRow, GroupRow, PolicyFilter, PolicyRow};
use uuid::Uuid;

use super::products;
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::provisioning::engines::capabilities_of;
use crate::provisioning::{is_in_use, rest_of};
use crate::view::{ActionView, filled_in};
use crate::{App, AppError, cursor};

/// Actions shown of one policy.
const ACTIONS_SHOWN: i64 = 100;
/// Samples of the chart: the last two hours.
const SAMPLES_SHOWN: i64 = 120;

/// 伸缩策略.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    /// Why it ended, where it has.
    pub cause: Option<Term>,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
    /// Row of 附件2-1, from 0, and its host name.
    pub line: i32,
    pub host_name: String,
    pub policy: Policy,
    pub metric: Term,
    /// 核定: servers of the row. Never more can run.
    pub approved: i64,
    pub running: i64,
    /// Resting by the policy.
    pub resting: i64,
    /// Suspended by hand: not counted and not touched.
    pub suspended: i64,
    pub engine_name: String,
    pub simulated: bool,
    /// The engine measures nothing: the supplier's engineer carries the policy out.
    pub by_hand: bool,
    /// What was decided last, in words, and when.
    pub decision_zh: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub decided_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub acted_at: Option<jiff::Timestamp>,
    /// 修改, 启用, 暂停, 结束, for whom they are meant.
    pub actions: Vec<ActionView>,
}

/// One page of policies.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyPage {
    pub items: Vec<PolicyView>,
    pub next_cursor: Option<String>,
}

/// 采样.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SampleView {
    #[schema(value_type = String, format = "date-time")]
    pub at: jiff::Timestamp,
    pub percent: i16,
    pub running: i32,
}

/// 伸缩动作.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ScalingActionView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    #[schema(value_type = String, format = "date-time")]
    pub at: jiff::Timestamp,
    /// True where servers were woken.
    pub out: bool,
    /// Why, with the figures.
    pub zh: String,
    pub from_running: i32,
    pub to_running: i32,
    pub available: i32,
    pub servers: Vec<String>,
    #[schema(value_type = String, format = "uuid")]
    pub operation_id: Uuid,
    pub operation_state: Term,
}

/// A server of the group.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GroupServer {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    /// 停用原因, where it rests.
    pub rest: Option<Term>,
    /// As last looked at.
    pub power: Option<Term>,
}

/// 伸缩策略 with everything about it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyDetail {
    #[serde(flatten)]
    pub policy: PolicyView,
    pub measures: Vec<Term>,
    pub bounds: FigureBounds,
    pub servers: Vec<GroupServer>,
    /// Oldest first.
    pub samples: Vec<SampleView>,
    /// Latest first.
    pub taken: Vec<ScalingActionView>,
}

/// Bounds of the figures, as the form says them.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FigureBounds {
    pub gap_percent: u32,
    pub hold_minutes_min: u32,
    pub hold_minutes_max: u32,
    pub cooldown_minutes_min: u32,
    pub cooldown_minutes_max: u32,
    pub step_max: u32,
}

/// A row of 附件2-1 that a policy may be set for.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GroupView {
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub line: i32,
    pub host_name: String,
    pub servers: i64,
    pub engine_name: String,
    pub simulated: bool,
    pub measures: Vec<Term>,
    pub by_hand: bool,
}

/// The rows, and the bounds of the figures.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GroupPage {
    pub items: Vec<GroupView>,
    pub bounds: FigureBounds,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub state: Option<String>,
}

fn bounds(limits: &Limits) -> FigureBounds {
    FigureBounds {
        gap_percent: limits.scaling_gap.value.0,
        hold_minutes_min: limits.scaling_hold_min.value.0,
        hold_minutes_max: limits.scaling_hold_max.value.0,
        cooldown_minutes_min: limits.scaling_cooldown_min.value.0,
        cooldown_minutes_max: limits.scaling_cooldown_max.value.0,
        step_max: limits.scaling_step_max.value.0,
    }
}

fn target_of(row: &PolicyRow) -> Target {
    let path = row.path.iter().copied().map(OrgId).collect();
    let target = Target::agency(OrgId(row.agency_id), path, row.county.clone());
    match row.supplier_id {
        Some(supplier) => target.served_by(OrgId(supplier)),
        None => target,
    }
}

fn view(actor: &Actor, row: &PolicyRow) -> Result<PolicyView, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let decision: Option<Decision> =
        row.decision.clone().map(serde_json::from_value).transpose().map_err(AppError::fault)?;
    let target = target_of(row);
    let button = |kind: &CommandKind| {
        let refusal = permits(&state, *kind).err().map(|refusal| Reason::of(&refusal));
        let subject = ("scaling", row.id, row.version);
        ActionView::of(actor, subject, (kind.term(), kind.clause()), &target, refusal)
    };
    let policy = state.policy().clone();
    let active = matches!(state, State::Active { .. });
    Ok(PolicyView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        cause: if let State::Ended { cause, .. } = &state { Some(cause.term()) } else { None },
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_name: row.agency_name.clone(),
        line: row.line,
        host_name: row.host_name.clone(),
        metric: policy.metric.term(),
        approved: row.running + row.resting + row.suspended,
        running: row.running,
        resting: row.resting,
        suspended: row.suspended,
        engine_name: row.engine_name.clone(),
        simulated: row.engine_kind == EngineKind::Simulated.code(),
        by_hand: row.engine_kind == EngineKind::WorkOrder.code(),
        decision_zh: decision.filter(|_| active).map(|decision| decision.zh(policy.metric)),
        decided_at: row.looked_at.filter(|_| active).map(|at| at.to_jiff()),
        acted_at: row.acted_at.map(|at| at.to_jiff()),
        actions: CommandKind::BUTTONS.iter().filter_map(button).filter(|action| action.allowed).collect(),
        policy,
    })
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<PolicyPage, AppError> {
    let visible = authz::visible(actor, Action::ScalingView)?.to_store();
    let filter = PolicyFilter {
        text: filled_in(filter.text),
        state: filter.state,
        after: cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::scaling::page(&app.store.pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.id.to_string());
    Ok(PolicyPage { items: rows.iter().map(|row| view(actor, row)).collect::<Result<_, _>>()?, next_cursor })
}

/// One policy as `actor` may see it.
pub async fn show(app: &App, actor: &Actor, id: ScalingPolicyId) -> Result<PolicyDetail, AppError> {
    let pool = &app.store.pool;
    let row = store::scaling::one(pool, id.0).await?;
    authz::check_visible(actor, Action::ScalingView, &target_of(&row))?;
    let policy = view(actor, &row)?;
    let samples = store::scaling::samples_of(pool, id.0, SAMPLES_SHOWN).await?;
    let actions = store::scaling::actions_of(pool, id.0, ACTIONS_SHOWN).await?;
    let metric = policy.policy.metric;
    Ok(PolicyDetail {
        policy,
        measures: app
            .driver(row.engine_id)
            .await?
            .driver
            .capabilities()
            .measures
            .into_iter()
            .map(Metric::term)
            .collect(),
        bounds: bounds(&app.regulation.limits),
        servers: servers(app, &row).await?,
        samples: samples
            .into_iter()
            .map(|row| SampleView { at: row.at.to_jiff(), percent: row.percent, running: row.running })
            .collect(),
        taken: actions.into_iter().map(|row| action_view(row, metric)).collect::<Result<_, _>>()?,
    })
}

async fn servers(app: &App, policy: &PolicyRow) -> Result<Vec<GroupServer>, AppError> {
    let rows = store::resource::of_case(&app.store.pool, policy.case_id).await?;
    let own = rows.iter().filter(|row| row.line == policy.line && is_in_use(row));
    let server = |row: &store::resource::ResourceRow| {
        let power = row.observed.as_ref().and_then(|seen| seen["server"]["power"].as_str());
        Ok(GroupServer {
            id: row.id,
            name: row.name.clone(),
            rest: rest_of(row)?.map(Rest::term),
            power: power.map(|code| code.parse::<Power>().map_err(AppError::fault)).transpose()?.map(Power::term),
        })
    };
    own.map(server).collect()
}

fn action_view(row: ActionRow, metric: Metric) -> Result<ScalingActionView, AppError> {
    let decision: Decision = serde_json::from_value(row.decision).map_err(AppError::fault)?;
    let state: OperationState = row.operation_state.parse().map_err(AppError::fault)?;
    Ok(ScalingActionView {
        id: row.id,
        at: row.at.to_jiff(),
        out: matches!(decision, Decision::Out { .. }),
        zh: decision.zh(metric),
        from_running: row.from_running,
        to_running: row.to_running,
        available: row.available,
        servers: row.servers,
        operation_id: row.operation_id,
        operation_state: state.term(),
    })
}

/// Rows of the actor's own agency that a policy may be set for.
pub async fn groups(app: &App, actor: &Actor) -> Result<GroupPage, AppError> {
    let visible = authz::visible(actor, Action::ScalingDraft)?.to_store();
    let rows = store::scaling::groups(&app.store.pool, &visible, &products(app)).await?;
    let engines = store::engine::all(&app.store.pool).await?;
    let able = engines.iter().map(|engine| Ok((engine.id, capabilities_of(app, engine)?)));
    let able: HashMap<Uuid, Capabilities> = able.collect::<Result<_, AppError>>()?;
    let items = rows.into_iter().filter_map(|row| Some(group_view(able.get(&row.engine_id)?, row))).collect();
    Ok(GroupPage { items, bounds: bounds(&app.regulation.limits) })
}

fn group_view(able: &Capabilities, row: GroupRow) -> GroupView {
    GroupView {
        case_id: row.case_id,
        case_number: row.case_number,
        system_name: row.system_name,
        line: row.line,
        host_name: row.host_name,
        servers: row.servers,
        engine_name: row.engine_name,
        simulated: row.engine_kind == EngineKind::Simulated.code(),
        measures: able.measures.iter().copied().map(Metric::term).collect(),
        by_hand: able.by_hand,
    }
}
