//! 使用计划: listing approved applications, reporting them, and the government's ratification by two people.

use domain::application::State as ApplicationState;
use domain::application::form::Urgency;
use domain::clause;
use domain::duty::Holder;
use domain::ids::{ApplicationId, UsagePlanId};
use domain::term::Term;
use domain::usage_plan::{self, Command, CommandKind, Ratification, State};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::task::WantedTask;
use store::usage_plan::{PlanApplication, PlanRow};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{Answer, action_of};
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::view::ActionView;
use crate::{App, AppError};

/// A plan in the list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PlanSummary {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub year: i32,
    pub version: i32,
    pub state: Term,
    pub rows: i64,
    pub total_fen: i64,
}

/// A plan with its applications.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PlanView {
    #[serde(flatten)]
    pub summary: PlanSummary,
    pub ratification: Option<Ratification>,
    pub applications: Vec<PlanLine>,
    /// Approved applications in no plan yet; empty unless the plan is being drafted.
    pub candidates: Vec<PlanLine>,
    pub actions: Vec<ActionView>,
}

/// One application in or for a plan.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PlanLine {
    #[schema(value_type = String, format = "uuid")]
    pub application_id: Uuid,
    pub number: String,
    pub system_name: String,
    pub agency_name: String,
    pub urgency: Term,
    pub fee_fen_per_year: i64,
}

/// All plans; a county and a consolidating office see their own rows and the sums of those.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<PlanSummary>, AppError> {
    let seen = authz::visible(actor, Action::UsagePlanView)?.to_store();
    store::usage_plan::all(&app.store.pool, &seen).await?.iter().map(summary).collect()
}

/// One plan, of the rows that are the actor's to see.
pub async fn one(app: &App, actor: &Actor, id: UsagePlanId) -> Result<PlanView, AppError> {
    let seen = authz::visible(actor, Action::UsagePlanView)?.to_store();
    let mut row = store::usage_plan::one(&app.store.pool, id.0).await?;
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let applications = store::usage_plan::rows(&app.store.pool, id.0, &seen).await?;
    if !seen.all {
        if applications.is_empty() {
            return Err(AppError::NotFound);
        }
        row.rows = i64::try_from(applications.len()).map_err(AppError::fault)?;
        row.total_fen = applications.iter().map(|line| line.fee_fen).sum();
    }
    let candidates = match state {
        State::Drafting if authz::may(actor, Action::UsagePlanAdd) => {
            store::usage_plan::candidates(&app.store.pool).await?
        }
        _ => vec![],
    };
    let ratification = match &state {
        State::RatificationEntered { ratification, .. } | State::Ratified { ratification } => {
            Some(ratification.clone())
        }
        _ => None,
    };
    Ok(PlanView {
        summary: summary(&row)?,
        ratification,
        applications: applications.iter().map(line).collect(),
        candidates: candidates.iter().map(line).collect(),
        actions: actions(actor, &row, &state),
    })
}

/// 编制: a new plan of `year`.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, year: i16) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    authz::check(actor, Action::UsagePlanDraft, &Target::city())?;
    let this_year = unit.today().year();
    if !(this_year - 1..=this_year + 2).contains(&year) {
        return Err(AppError::BadRequest(Reason::new(
            "usage_plan.year",
            "计划年度应为去年至后年之间",
            "the year must lie between last year and the year after next",
        )));
    }
    let id = Uuid::now_v7();
    let number = unit.next_number("JH").await?;
    let state = State::Drafting;
    let (json, today) = (serde_json::to_value(&state).map_err(AppError::fault)?, unit.today().to_sqlx());
    store::usage_plan::insert(&mut unit.tx, id, &number, year.into(), &json, today).await?;
    tasks(&mut unit, id, &state).await?;
    audit(&mut unit, Action::UsagePlanDraft.code(), id, format!("编制 {year} 年度使用计划 {number}"), None).await?;
    unit.commit(Answer { id, version: 1, state: state.term() }).await
}

/// Carries out one command of the plan's lifecycle, and what it means for its applications.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: UsagePlanId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let kind = command.kind();
    authz::check(actor, action_of("usage_plan", kind.code())?, &Target::city())?;
    let row = store::usage_plan::lock(&mut unit.tx, id.0).await?;
    if row.version != version {
        return Err(AppError::Stale { current: row.version });
    }
    let before: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let was = before.term();
    let listed = if let Command::Add { application } = &command { Some(*application) } else { None };
    let rows = usize::try_from(row.rows).unwrap_or(0);
    let state = usage_plan::transition(before, command, rows, actor.person, unit.today())
        .map_err(|refusal| AppError::refused(&refusal))?;
    if let Some(application) = listed {
        list_application(&mut unit, id, application).await?;
    }
    if matches!(state, State::Ratified { .. }) {
        for (application,) in store::usage_plan::row_ids(&mut unit.tx, id.0).await? {
            crate::application::carry_out(
                &mut unit.by_rule(),
                ApplicationId(application),
                None,
                domain::application::Command::Ratify,
            )
            .await?;
        }
    }
    let json = serde_json::to_value(&state).map_err(AppError::fault)?;
    let version = store::usage_plan::save(&mut unit.tx, id.0, version, &json).await?;
    tasks(&mut unit, id.0, &state).await?;
    audit(
        &mut unit,
        &format!("usage_plan.{}", kind.code()),
        id.0,
        format!("{} {}", kind.zh(), row.number),
        Some((was.code, state.term().code)),
    )
    .await?;
    unit.commit(Answer { id: id.0, version, state: state.term() }).await
}

async fn list_application(unit: &mut Unit<'_>, plan: UsagePlanId, application: ApplicationId) -> Result<(), AppError> {
    let row = store::case::one(&mut *unit.tx, application.0).await?;
    let state: ApplicationState = serde_json::from_value(row.state).map_err(AppError::fault)?;
    let urgency = match &state {
        ApplicationState::Approved { conclusion } => conclusion.urgency,
        _ => Urgency::Normal,
    };
    crate::application::carry_out(unit, application, None, domain::application::Command::List { plan }).await?;
    Ok(store::usage_plan::add_row(&mut unit.tx, plan.0, application.0, urgency.code(), row.fee_fen).await?)
}

async fn tasks(unit: &mut Unit<'_>, id: Uuid, state: &State) -> Result<(), AppError> {
    let wanted: Vec<WantedTask> = state
        .duties()
        .iter()
        .filter_map(|duty| match duty.holder {
            Holder::Office(role) => Some(WantedTask {
                kind: duty.kind,
                role: role.code(),
                agency_id: None,
                county: None,
                person_id: None,
                due_on: None,
                timer: None,
                statutory: false,
            }),
            _ => None,
        })
        .collect();
    unit.synchronise_tasks((id, "usage_plan", id), &wanted).await
}

async fn audit(
    unit: &mut Unit<'_>,
    action: &str,
    id: Uuid,
    summary: String,
    states: Option<(&str, &str)>,
) -> Result<(), AppError> {
    unit.audit(Entry {
        action,
        object: ("usage_plan", id.to_string()),
        case: None,
        clause: Some(clause::A10_3),
        summary,
        before: states.map(|(before, _)| json!(before)),
        after: states.map(|(_, after)| json!(after)),
    })
    .await
}

fn summary(row: &PlanRow) -> Result<PlanSummary, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    Ok(PlanSummary {
        id: row.id,
        number: row.number.clone(),
        year: row.year,
        version: row.version,
        state: state.term(),
        rows: row.rows,
        total_fen: row.total_fen,
    })
}

fn line(row: &PlanApplication) -> PlanLine {
    PlanLine {
        application_id: row.application_id,
        number: row.number.clone(),
        system_name: row.system_name.clone(),
        agency_name: row.agency_name.clone(),
        urgency: row.urgency.parse::<Urgency>().unwrap_or(Urgency::Normal).term(),
        fee_fen_per_year: row.fee_fen,
    }
}

fn actions(actor: &Actor, row: &PlanRow, state: &State) -> Vec<ActionView> {
    CommandKind::ALL
        .iter()
        .filter_map(|kind| {
            let refusal = usage_plan::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
            ActionView::of(
                actor,
                ("usage_plan", row.id, row.version),
                (kind.term(), kind.clause()),
                &Target::city(),
                refusal,
            )
        })
        .collect()
}
