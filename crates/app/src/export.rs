//! 导出: what a list shows, filtered as on the page, as a workbook with the name of who took it (A34, E13, E36).
//!
//! A row is taken from the same query as the page, so nobody exports what they may not see. Each export leaves
//! its entry.

use documents::sheet::{Cell, Column, Sheet};
use domain::clause;
use serde_json::json;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Entry;
use crate::{App, AppError};

mod allocation;
mod audit;
mod bastion;
mod cases;
mod charges;
mod drift;
mod people;
mod prices;
mod resources;
mod scaling;
mod service_instances;

pub use allocation::{allocations, pool};
pub use audit::log;
pub use bastion::{access_alarms, access_grants, bastion_sessions};
pub use cases::{cases, usage_plan, work_list};
pub use charges::charges;
pub use drift::drift;
pub use people::{orgs, people};
pub use prices::prices;
pub use resources::resources;
pub use scaling::scaling_policies;
pub use service_instances::service_instances;

/// Most rows of one export.
pub const ROWS_MAX: u16 = 10_000;

/// A workbook and the name to save it under.
pub struct Exported {
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// A list about to be exported. `more`: the filter matches further rows.
struct List {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    more: bool,
}

/// Columns from titles and widths.
fn columns<const N: usize>(columns: [(&str, u16); N]) -> Vec<Column> {
    columns.into_iter().map(|(title, width)| Column::new(title, width)).collect()
}

/// Asked before the rows are read.
fn permit(actor: &Actor) -> Result<(), AppError> {
    if authz::may(actor, Action::ExportList) {
        Ok(())
    } else {
        authz::check(actor, Action::ExportList, &Target::city())
    }
}

/// Writes the workbook and leaves the entry.
async fn finish(app: &App, actor: &Actor, meta: &Meta, list: List) -> Result<Exported, AppError> {
    let (title, count, more) = (list.title.clone(), list.rows.len(), list.more);
    let bytes = write(actor, list, &app.clock.minute_of(app.clock.now())).await?;
    let mut unit = app.begin(actor, meta).await?;
    unit.audit(Entry {
        action: Action::ExportList.code(),
        object: ("list", title.clone()),
        case: None,
        clause: Some(clause::A34),
        summary: format!("导出{title} {count} 行"),
        before: None,
        after: Some(json!({ "rows": count, "more": more })),
    })
    .await?;
    unit.commit(()).await?;
    Ok(Exported { file_name: format!("{title}-{}.xlsx", app.clock.today()), bytes })
}

async fn write(actor: &Actor, list: List, at: &str) -> Result<Vec<u8>, AppError> {
    let cut = if list.more {
        format!("(结果超过 {ROWS_MAX} 行,只导出前 {ROWS_MAX} 行,请缩小筛选范围)")
    } else {
        String::new()
    };
    // Name, office, time and the end of the address: a leaked file names its source.
    let address = actor.ip.as_deref().and_then(|ip| ip.rsplit(['.', ':']).next()).map(|end| format!(" …{end}"));
    let mark = format!(
        "{} {} {at}{} 导出,共 {} 行{cut}",
        actor.org_name,
        actor.name,
        address.unwrap_or_default(),
        list.rows.len()
    );
    let sheet = Sheet { title: list.title, columns: list.columns, rows: list.rows, mark };
    let written = tokio::task::spawn_blocking(move || documents::sheet::write(&sheet)).await;
    written.map_err(AppError::fault)?.map_err(AppError::fault)
}
