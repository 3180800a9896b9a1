//! 文书: issued in the transaction of the step they tell of; number, code and words are fixed there.
//!
//! The PDF is set at its first reading, and kept: from then on the bytes never change. Most documents of a busy
//! day are never opened, and setting one takes a third of a second of a core. What is printed of a form that is
//! still being filled in is a copy with the printer's name, no document.

use documents::model::{Kind, Printing, Snapshot};
use domain::calendar::Date;
use domain::clause;
use domain::ids::ApplicationId;
use domain::term::Term;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::Tx;
use store::document::DocumentRow;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::mechanism::Entry;
use crate::{App, AppError, case};

mod application_form;
mod change;
mod closing;
mod issue;
mod notices;
mod opening;
mod review;

pub(crate) use application_form::issue as issue_application_form;
pub(crate) use change::{Decided as DecidedChange, issue as issue_change_opinion};
pub(crate) use closing::{Certified as CertifiedEnd, issue as issue_closing};
pub(crate) use notices::{issue_acceptance, issue_refusal, issue_supplement};
pub(crate) use opening::{issue_activation, issue_trial};
pub(crate) use review::issue as issue_review_opinion;

/// As many documents are set at once; the others wait without holding a thread.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// One document of a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub kind: Term,
    pub number: String,
    pub verification_code: String,
    #[schema(value_type = String, format = "date")]
    pub issued_on: Date,
}

/// 验真结果: what anyone may learn who holds the paper.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Verified {
    pub valid: bool,
    pub kind: Term,
    pub number: String,
    #[schema(value_type = String, format = "date")]
    pub issued_on: Date,
    pub case_number: String,
    pub agency_name: String,
    pub system_name: String,
    /// SM3 of what the document says; its first digits stand in the footer.
    pub sm3: String,
}

/// A PDF and the name to save it under.
pub struct Pdf {
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Documents of a case, in order of issue.
pub async fn of_case(snapshot: &mut Tx, case_id: Uuid) -> Result<Vec<DocumentView>, AppError> {
    let rows = store::document::of_case(&mut **snapshot, case_id).await?;
    rows.into_iter().map(view).collect()
}

fn view(row: DocumentRow) -> Result<DocumentView, AppError> {
    Ok(DocumentView {
        id: row.id,
        kind: kind_of(&row.kind)?.term(),
        number: row.number,
        verification_code: issue::grouped(&row.verification_code),
        issued_on: row.issued_on.to_jiff(),
    })
}

fn kind_of(code: &str) -> Result<Kind, AppError> {
    code.parse().map_err(AppError::fault)
}

/// The issued document: always the same bytes.
pub async fn pdf(app: &App, actor: &Actor, meta: &Meta, id: Uuid) -> Result<Pdf, AppError> {
    let row = store::document::one(&app.store.pool, id).await?;
    let (_, target, _) = case::visible(&app.store.pool, actor, ApplicationId(row.case_id)).await?;
    authz::check_visible(actor, Action::DocumentView, &target)?;
    let bytes = set_once(app, id).await?;
    let kind = kind_of(&row.kind)?;
    log_reading(app, actor, meta, (id.to_string(), format!("查看{} {}", kind.zh(), row.number)), row.case_id).await?;
    Ok(Pdf { file_name: format!("{}{}.pdf", kind.zh(), row.number), bytes })
}

/// 政务云资源申请表 as it stands, with the printer's name and the time in its footer.
pub async fn application_pdf(app: &App, actor: &Actor, meta: &Meta, id: ApplicationId) -> Result<Pdf, AppError> {
    let (row, target, _) = case::visible(&app.store.pool, actor, id).await?;
    authz::check_visible(actor, Action::DocumentView, &target)?;
    let number = row.number.clone();
    let snapshot = application_form::as_it_stands(app, case::Case { row, target }).await?;
    let printing = Printing::copy(format!("{} {}", actor.org_name, actor.name), app.clock.minute_of(app.clock.now()));
    let bytes = on_a_press(move || documents::render_copy(&snapshot, &printing)).await?;
    log_reading(app, actor, meta, (id.to_string(), format!("打印申请表 {number}")), id.0).await?;
    Ok(Pdf { file_name: format!("{}{number}.pdf", Kind::ApplicationForm.zh()), bytes })
}

/// Printing is logged (E13), and is no step of the case.
async fn log_reading(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (id, summary): (String, String),
    case_id: Uuid,
) -> Result<(), AppError> {
    let mut unit = app.begin(actor, meta).await?;
    unit.audit(Entry {
        action: Action::DocumentView.code(),
        object: ("document", id),
        case: None,
        clause: Some(clause::A10),
        summary,
        before: None,
        after: Some(json!({ "case_id": case_id })),
    })
    .await?;
    unit.commit(()).await
}

/// 验真: the code as printed, with or without its hyphens, in any case.
pub async fn verify(app: &App, code: &str) -> Result<Verified, AppError> {
    let code = issue::bare(code).ok_or(AppError::NotFound)?;
    let row = store::document::verify(&app.store.pool, &code).await?.ok_or(AppError::NotFound)?;
    Ok(Verified {
        valid: true,
        kind: kind_of(&row.kind)?.term(),
        number: row.number,
        issued_on: row.issued_on.to_jiff(),
        case_number: row.case_number,
        agency_name: row.agency_name,
        system_name: row.system_name,
        sm3: row.sm3,
    })
}

/// The PDF as kept; set now where it was not yet. Of two who set it at once the first one's stays.
async fn set_once(app: &App, id: Uuid) -> Result<Vec<u8>, AppError> {
    let (data, kept) = store::document::content(&app.store.pool, id).await?;
    if let Some(pdf) = kept {
        return Ok(pdf);
    }
    let snapshot: Snapshot = read(data)?;
    let pdf = on_a_press(move || documents::render(&snapshot)).await?;
    store::document::set_pdf(&app.store.pool, id, &pdf).await?;
    let (_, kept) = store::document::content(&app.store.pool, id).await?;
    kept.ok_or_else(|| AppError::fault("a PDF just set is there"))
}

/// Setting takes up to some 300 ms of a core: on a thread of its own, two at once.
async fn on_a_press(
    set: impl FnOnce() -> Result<Vec<u8>, documents::DocumentError> + Send + 'static,
) -> Result<Vec<u8>, AppError> {
    let _press = PRESSES.acquire().await.map_err(AppError::fault)?;
    tokio::task::spawn_blocking(set).await.map_err(AppError::fault)?.map_err(AppError::fault)
}

fn read<T: DeserializeOwned>(json: Value) -> Result<T, AppError> {
    serde_json::from_value(json).map_err(AppError::fault)
}
