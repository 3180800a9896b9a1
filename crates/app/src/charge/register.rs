//! 费用台账: every entry posted, newest first, as far as the actor may see money.

use domain::ids::{ApplicationId, OrgId};
use jiff_sqlx::ToSqlx;
use store::charge::{RegisterFilter, RegisterRow};

use super::list::{EntryView, entry_view};
use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::{App, AppError, cursor};

/// 费用明细 with its case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ChargeItem {
    #[serde(flatten)]
    pub entry: EntryView,
    pub case_id: ApplicationId,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
    #[schema(value_type = String, format = "date-time")]
    pub posted_at: jiff::Timestamp,
}

/// One page.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ChargePage {
    pub items: Vec<ChargeItem>,
    pub next_cursor: Option<String>,
}

/// Filters of the register.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub case: Option<ApplicationId>,
    pub agency: Option<OrgId>,
}

/// One page of the entries `actor` may see.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<ChargePage, AppError> {
    let seen = authz::visible(actor, Action::ChargeView)?.to_store();
    let filter = RegisterFilter {
        case: filter.case.map(|case| case.0),
        agency: filter.agency.map(|agency| agency.0),
        after: cursor::instant(after)?.map(|(at, id)| (at.to_jiff().to_sqlx(), id)),
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::charge::register(&app.store.pool, &seen, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| cursor::of_instant(row.entry.posted_at, row.entry.id));
    Ok(ChargePage { items: rows.into_iter().map(|row| item(app, row)).collect::<Result<_, _>>()?, next_cursor })
}

fn item(app: &App, row: RegisterRow) -> Result<ChargeItem, AppError> {
    Ok(ChargeItem {
        entry: entry_view(app, &row.entry)?,
        case_id: ApplicationId(row.entry.application_id),
        case_number: row.case_number,
        system_name: row.system_name,
        agency_name: row.agency_name,
        posted_at: row.entry.posted_at.to_jiff(),
    })
}
