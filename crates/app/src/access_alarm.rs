//! 访问告警: raised by an attempt without leave, counted while alike ones follow, handled by the agency's 安全保密员 or the
//! city's 安全保密管理员 (A28).

use domain::access_alarm::{self, Command, CommandKind, Kind, State, permits};
use domain::clause;
use domain::ids::{AccessAlarmId, OrgId};
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::access_alarm::{AlarmFilter, AlarmRow, NewAlarm};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{Answer, Case, action_of};
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::view::{ActionView, Light, filled_in};
use crate::{App, AppError, cursor};

/// What happened.
pub(crate) struct Attempt {
    pub kind: Kind,
    /// What alike attempts have in common.
    pub subject: String,
    pub person_name: String,
    pub source: String,
    pub host: String,
    pub detail: String,
    pub session: Option<Uuid>,
}

/// 发出告警, or counts the attempt in the one that is open. `case`: whose servers they are, where that is known.
pub(crate) async fn raise(unit: &mut Unit<'_>, case: Option<&Case>, attempt: &Attempt) -> Result<(), AppError> {
    let id = Uuid::now_v7();
    let new = NewAlarm {
        id,
        kind: attempt.kind.code(),
        subject: &attempt.subject,
        case_id: case.map(|case| case.row.id),
        agency_id: case.map(|case| case.row.agency_id),
        person_name: &attempt.person_name,
        source: &attempt.source,
        host: &attempt.host,
        detail: &attempt.detail,
        session_id: attempt.session,
        at: unit.now().to_sqlx(),
    };
    if store::access_alarm::count_in(&mut unit.tx, &new).await?.is_some() {
        return Ok(());
    }
    let app = unit.app();
    let state = access_alarm::raise(unit.today(), &app.calendar(), &app.regulation.limits);
    let number = unit.next_number("GJ").await?;
    let json = serde_json::to_value(&state).map_err(AppError::fault)?;
    if !store::access_alarm::insert(&mut unit.tx, &new, &number, &json).await? {
        return Ok(());
    }
    if let Some(case) = case {
        let wanted = crate::case::wanted(case, &state.duties());
        unit.synchronise_tasks((case.row.id, "access_alarm", id), &wanted).await?;
    }
    unit.audit(Entry {
        action: Action::AccessAlarmRaise.code(),
        object: ("access_alarm", id.to_string()),
        case: case.map(|case| case.row.id),
        clause: Some(clause::A28),
        summary: format!("访问告警 {number}:{},{}", attempt.kind.zh(), attempt.detail),
        before: None,
        after: Some(json!({ "kind": attempt.kind.code(), "person": attempt.person_name, "source": attempt.source })),
    })
    .await
}

/// 处置告警.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: AccessAlarmId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let kind = command.kind();
    let action = action_of("access_alarm", kind.code())?;
    let row = store::access_alarm::lock(&mut unit.tx, id.0).await?;
    let target = target(&mut unit, &row).await?;
    authz::check_visible(actor, Action::BastionView, &target)?;
    authz::check(actor, action, &target)?;
    if row.version != version {
        return Err(AppError::Stale { current: row.version });
    }
    let from: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let Command::Handle { opinion } = &command;
    let words = opinion.as_str().to_owned();
    let before = from.term();
    let state = access_alarm::transition(from, command, unit.today()).map_err(|refusal| AppError::refused(&refusal))?;
    let json = serde_json::to_value(&state).map_err(AppError::fault)?;
    let version = store::access_alarm::save(&mut unit.tx, id.0, row.version, &json).await?;
    if let Some(case) = row.case_id {
        unit.synchronise_tasks((case, "access_alarm", id.0), &[]).await?;
    }
    unit.audit(Entry {
        action: action.code(),
        object: ("access_alarm", id.to_string()),
        case: row.case_id,
        clause: Some(kind.clause()),
        summary: format!("{} {}:{words}", kind.zh(), row.number),
        before: Some(json!(before.code)),
        after: Some(json!(state.term().code)),
    })
    .await?;
    unit.commit(Answer { id: id.0, version, state: state.term() }).await
}

async fn target(unit: &mut Unit<'_>, row: &AlarmRow) -> Result<Target, AppError> {
    match row.case_id {
        Some(case) => Ok(crate::case::target_of(&store::case::one(&mut *unit.tx, case).await?)),
        None => Ok(Target::city()),
    }
}

/// 访问告警 as listed.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AlarmItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub kind: Term,
    pub state: Term,
    /// Absent where the attempt named none of ours.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    pub agency_name: Option<String>,
    pub person_name: String,
    pub source: String,
    pub host: String,
    pub detail: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub session_id: Option<Uuid>,
    pub occurrences: i32,
    #[schema(value_type = String, format = "date-time")]
    pub first_at: jiff::Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub last_at: jiff::Timestamp,
    /// What was found and done.
    pub opinion: Option<String>,
    pub light: Option<Light>,
    pub actions: Vec<ActionView>,
}

/// One page of alarms.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AlarmPage {
    pub items: Vec<AlarmItem>,
    pub next_cursor: Option<String>,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub state: Option<String>,
    pub kind: Option<String>,
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<AlarmPage, AppError> {
    let visible = authz::visible(actor, Action::BastionView)?.to_store();
    let filter = AlarmFilter {
        text: filled_in(filter.text),
        state: filter.state,
        kind: filter.kind,
        after: cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::access_alarm::page(&app.store.pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.id.to_string());
    Ok(AlarmPage { items: rows.iter().map(|row| item(app, actor, row)).collect::<Result<_, _>>()?, next_cursor })
}

fn item(app: &App, actor: &Actor, row: &AlarmRow) -> Result<AlarmItem, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let kind: Kind = row.kind.parse().map_err(AppError::fault)?;
    let target = row.agency_id.map_or_else(Target::city, |agency| Target::agency(OrgId(agency), vec![], None));
    let due = state.duties().into_iter().find_map(|duty| duty.due);
    let light = |(due, timer)| Light::of(due, Some(timer), app.clock.today(), &app.calendar(), &app.regulation.limits);
    let button = |command: &CommandKind| {
        let refusal = permits(&state, *command).err().map(|refusal| Reason::of(&refusal));
        let subject = ("access_alarm", row.id, row.version);
        ActionView::of(actor, subject, (command.term(), command.clause()), &target, refusal).filter(|one| one.allowed)
    };
    Ok(AlarmItem {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        kind: kind.term(),
        state: state.term(),
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_name: row.agency_name.clone(),
        person_name: row.person_name.clone(),
        source: row.source.clone(),
        host: row.host.clone(),
        detail: row.detail.clone(),
        session_id: row.session_id,
        occurrences: row.occurrences,
        first_at: row.first_at.to_jiff(),
        last_at: row.last_at.to_jiff(),
        opinion: if let State::Handled { opinion, .. } = &state { Some(opinion.as_str().to_owned()) } else { None },
        light: due.map(light),
        actions: CommandKind::ALL.iter().filter_map(button).collect(),
    })
}
