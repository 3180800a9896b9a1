//! What pages show of grants.

use domain::access_grant::{CommandKind, State, permits};
use domain::application::form::FileTransfer;
use domain::ids::OrgId;
use domain::term::{Term, known};
use store::access_grant::GrantRow;
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::Target;
use crate::error::Reason;
use crate::view::{ActionView, Light};
use crate::{App, AppError};

/// 访问授权.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GrantView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    /// Why it ended, where it has.
    pub cause: Option<Term>,
    pub person_name: String,
    pub org_name: String,
    pub hosts: Vec<String>,
    /// 文件传输: which way files may go; none where it is a terminal only.
    pub transfers: Vec<Term>,
    pub source: String,
    #[schema(value_type = String, format = "date-time")]
    pub from: jiff::Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub until: jiff::Timestamp,
    pub purpose: String,
    #[schema(value_type = String, format = "date-time")]
    pub requested_at: jiff::Timestamp,
    pub decided_by: Option<String>,
    /// The agency's day and words.
    #[schema(value_type = Option<String>, format = "date")]
    pub decided_on: Option<domain::calendar::Date>,
    pub opinion: Option<String>,
    /// True while it lets its engineer in.
    pub in_force: bool,
    pub light: Option<Light>,
    /// 同意, 不同意, 撤回, 收回, for whom they are meant.
    pub actions: Vec<ActionView>,
}

/// 访问授权 in the city's list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GrantItem {
    #[serde(flatten)]
    pub grant: GrantView,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
}

/// One page of grants.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GrantPage {
    pub items: Vec<GrantItem>,
    pub next_cursor: Option<String>,
}

impl GrantView {
    /// A grant as `actor` sees it; `target`: its case.
    pub(crate) fn of(app: &App, actor: &Actor, target: &Target, row: &GrantRow) -> Result<Self, AppError> {
        let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
        let now = app.clock.now();
        let (decided_on, opinion) = match &state {
            State::Granted { on, opinion } | State::Refused { on, opinion } => {
                (Some(*on), Some(opinion.as_str().to_owned()))
            }
            _ => (None, None),
        };
        let due = state.duties().into_iter().find_map(|duty| duty.due);
        let light =
            |(due, timer)| Light::of(due, Some(timer), app.clock.today(), &app.calendar(), &app.regulation.limits);
        let mine = actor.person.is_some_and(|person| person.0 == row.person_id);
        let pressed = CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Issue);
        let button = |kind: &CommandKind| {
            permits(&state, *kind).ok()?;
            (*kind != CommandKind::Withdraw || mine).then_some(())?;
            let subject = ("access_grant", row.id, row.version);
            ActionView::of(actor, subject, (kind.term(), kind.clause()), target, None::<Reason>)
        };
        Ok(Self {
            id: row.id,
            number: row.number.clone(),
            version: row.version,
            state: state.term(),
            cause: if let State::Ended { cause, .. } = &state { Some(cause.term()) } else { None },
            person_name: row.person_name.clone(),
            org_name: row.org_name.clone(),
            hosts: row.hosts.clone(),
            transfers: known(&row.transfers).into_iter().map(FileTransfer::term).collect(),
            source: row.source.clone(),
            from: row.from_at.to_jiff(),
            until: row.until_at.to_jiff(),
            purpose: row.purpose.clone(),
            requested_at: row.requested_at.to_jiff(),
            decided_by: row.decided_by.clone(),
            decided_on,
            opinion,
            in_force: matches!(state, State::Granted { .. })
                && row.from_at.to_jiff() <= now
                && now < row.until_at.to_jiff(),
            light: due.map(light),
            actions: pressed.filter_map(button).collect(),
        })
    }
}

impl GrantItem {
    pub(crate) fn of(app: &App, actor: &Actor, row: &GrantRow) -> Result<Self, AppError> {
        // The agency decides and takes back; the supplier withdraws its own, which the list offers on the case's page.
        let target = Target::agency(OrgId(row.agency_id), vec![OrgId(row.agency_id)], None);
        Ok(Self {
            grant: GrantView::of(app, actor, &target, row)?,
            case_id: row.case_id,
            case_number: row.case_number.clone(),
            system_name: row.system_name.clone(),
            agency_name: row.agency_name.clone(),
        })
    }
}
