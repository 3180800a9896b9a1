//! 服务器资源需求表 (附件2-1) filled in as a workbook: read, checked like the form, put back on the page. Nothing
//! is saved here.

use documents::server_table::{self, Column, Read, ReadError};
use domain::application::form::{Form, ServerLine};
use domain::clause;
use domain::finding::Finding;
use tokio::sync::Semaphore;

use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::{App, AppError, application, pricing};

/// Largest workbook taken; 200 rows need a hundredth of it.
pub const LARGEST_BYTES: usize = 5 * 1024 * 1024;
/// As many are read at once.
static READERS: Semaphore = Semaphore::const_new(2);

/// What was read. Rows with faults are there too, to be mended on the page.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ServerTable {
    pub servers: Vec<ServerLine>,
    pub errors: Vec<CellFault>,
}

/// One fault, where it stands in the workbook.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CellFault {
    /// As Excel counts.
    pub row: u32,
    /// 表头.
    pub column: &'static str,
    pub zh: String,
    pub en: String,
}

/// 模板, for anyone.
pub async fn template(actor: &Actor) -> Result<Vec<u8>, AppError> {
    authz::visible(actor, Action::RegulationView)?;
    tokio::task::spawn_blocking(server_table::template).await.map_err(AppError::fault)?.map_err(AppError::fault)
}

/// 回读.
pub async fn read(app: &App, actor: &Actor, bytes: Vec<u8>) -> Result<ServerTable, AppError> {
    authz::visible(actor, Action::ApplicationEdit)?;
    let _reader = READERS.acquire().await.map_err(AppError::fault)?;
    let read = tokio::task::spawn_blocking(move || server_table::read(&bytes)).await;
    // A workbook made to break its reader is a damaged one, and no fault of ours.
    let read = read.unwrap_or(Err(ReadError::NotAWorkbook)).map_err(unreadable)?;
    let mut errors: Vec<CellFault> =
        read.errors.iter().map(|error| fault(error.row, error.column, &error.zh, &error.en)).collect();
    for found in checked(app, &read)? {
        // One word about a cell is enough: the first says why it could not be read.
        if errors.iter().all(|told| (told.row, told.column) != (found.row, found.column)) {
            errors.push(found);
        }
    }
    errors.sort_by_key(|error| error.row);
    Ok(ServerTable { servers: read.servers.into_iter().map(|(_, line)| line).collect(), errors })
}

/// What the form's own check says of these rows.
fn checked(app: &App, read: &Read) -> Result<Vec<CellFault>, AppError> {
    let form = Form { servers: read.servers.iter().map(|(_, line)| line.clone()).collect(), ..Form::default() };
    let today = app.clock.today();
    let quote = pricing::quote(&form, today, &app.prices(), &app.regulation)?;
    let findings = application::form_findings(app, today, &form, &quote, &[]);
    Ok(findings.iter().filter(|finding| finding.blocks()).filter_map(|finding| in_table(read, finding)).collect())
}

/// `servers[2].vcpu` → the row it was read from and its column.
fn in_table(read: &Read, finding: &Finding) -> Option<CellFault> {
    let (index, rest) = finding.field.strip_prefix("servers[")?.split_once(']')?;
    let (row, _) = read.servers.get(index.parse::<usize>().ok()?)?;
    let column = Column::of_field(rest.trim_start_matches('.')).unwrap_or(Column::Serial);
    Some(fault(*row, column, &finding.zh, &finding.en))
}

fn fault(row: u32, column: Column, zh: &str, en: &str) -> CellFault {
    CellFault { row, column: column.zh(), zh: zh.to_owned(), en: en.to_owned() }
}

fn unreadable(error: ReadError) -> AppError {
    let code = match error {
        ReadError::NotAWorkbook => "server_table.not_a_workbook",
        ReadError::TooLarge => "server_table.too_large",
        ReadError::NoSheet => "server_table.no_sheet",
        ReadError::NoHead => "server_table.no_head",
    };
    AppError::Invalid(vec![Finding::error("file", code, error.zh(), error.to_string()).under(clause::ANNEX_2_1)])
}
