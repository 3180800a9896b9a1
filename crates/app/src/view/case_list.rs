//! 办件列表.

use domain::application::form::Mode;
use domain::calendar::Date;
use domain::duty::Timer;
use domain::term::Term;
use store::case_list::{CaseFilter, CaseRow};
use uuid::Uuid;

use super::Light;
use super::work_list::{StateView, stage_term, stored_term};
use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::{App, AppError, cursor};

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub stage: Option<String>,
    pub state: Option<String>,
    pub agency_id: Option<Uuid>,
    pub county: Option<String>,
}

/// One case in the list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub system_name: String,
    #[schema(value_type = String, format = "uuid")]
    pub agency_id: Uuid,
    pub agency_name: String,
    pub county: Option<String>,
    pub stage: Term,
    pub state: StateView,
    pub mode: Option<Term>,
    pub fee_fen_per_year: i64,
    pub light: Option<Light>,
    #[schema(value_type = String, format = "date")]
    pub created_on: Date,
}

/// One page of cases.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CasePage {
    pub items: Vec<CaseItem>,
    pub next_cursor: Option<String>,
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<CasePage, AppError> {
    let visible = authz::visible(actor, Action::CaseView)?.to_store();
    let filter = CaseFilter {
        text: filter.text.filter(|text| !text.trim().is_empty()),
        stage: filter.stage,
        state: filter.state,
        agency_id: filter.agency_id,
        county: filter.county,
        after: cursor::instant(after)?,
        limit: i64::from(limit) + 1,
    };
    let rows = store::case_list::page(&app.store.pool, &visible, &filter).await?;
    let shown = &rows[..rows.len().min(usize::from(limit))];
    let next_cursor = shown
        .last()
        .filter(|_| rows.len() > usize::from(limit))
        .map(|last| cursor::of_instant(last.created_at, last.id));
    let calendar = app.calendar();
    let item = |row: &CaseRow| CaseItem {
        id: row.id,
        number: row.number.clone(),
        system_name: row.system_name.clone(),
        agency_id: row.agency_id,
        agency_name: row.agency_name.clone(),
        county: row.county.clone(),
        stage: stage_term(&row.stage),
        state: stored_term(&row.state_code, &row.state_zh),
        mode: row.mode.as_deref().and_then(|code| code.parse::<Mode>().ok()).map(Mode::term),
        fee_fen_per_year: row.fee_fen,
        light: row.due_on.map(|due| {
            let timer: Option<Timer> = row.timer.as_deref().and_then(|code| code.parse().ok());
            Light::of(due.to_jiff(), timer, app.clock.today(), &calendar, &app.regulation.limits)
        }),
        created_on: row.created_on.to_jiff(),
    };
    Ok(CasePage { items: shown.iter().map(item).collect(), next_cursor })
}
