//! 附件: the files of a case — handed in, checked, kept, given out again, taken back (A10_1, A32).
//!
//! A file is received to disk under a bound, inspected as a whole, and only then kept, in the same
//! transaction as its audit entry. What is refused leaves an entry too: a disguised program or a secret
//! paper is something the security officer must see.

use documents::inspection::{Format, Rejection};
use domain::application::State;
use domain::application::material::{self, MaterialKind};
use domain::clause;
use domain::finding::Finding;
use domain::ids::ApplicationId;
use domain::limits::Count;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::Tx;
use store::attachment::{AttachmentRow, NewAttachment};
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::case::{self, Case, refuse};
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

mod incoming;
mod outgoing;

pub use incoming::Incoming;
pub use outgoing::{Outgoing, content};

/// One file of a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub kind: Term,
    pub file_name: String,
    pub size_bytes: i64,
    /// SM3 of the content, in hexadecimal.
    pub sm3: String,
    pub uploaded_by: String,
    #[schema(value_type = String, format = "date-time")]
    pub uploaded_at: jiff::Timestamp,
    pub removable: bool,
}

/// Files of a case, in order of arrival; `may_remove` says that the asker may take some of them back.
pub async fn of_case(
    snapshot: &mut Tx,
    (case_id, state): (Uuid, &State),
    may_remove: bool,
) -> Result<Vec<AttachmentView>, AppError> {
    let rows = store::attachment::of_case(&mut **snapshot, case_id).await?;
    Ok(rows.iter().map(|row| view(row, may_remove && removable(row, state))).collect())
}

fn view(row: &AttachmentRow, removable: bool) -> AttachmentView {
    AttachmentView {
        id: row.id,
        kind: kind_of(row).term(),
        file_name: row.file_name.clone(),
        size_bytes: row.size_bytes,
        sm3: row.sm3.clone(),
        uploaded_by: row.uploaded_by_name.clone(),
        uploaded_at: row.uploaded_at.to_jiff(),
        removable,
    }
}

fn kind_of(row: &AttachmentRow) -> MaterialKind {
    row.kind.parse().unwrap_or(MaterialKind::Other)
}

/// What a step was taken upon stays: only while the form is open may its materials be taken back.
fn removable(row: &AttachmentRow, state: &State) -> bool {
    state.editable() && material::belongs_to_form(kind_of(row))
}

/// Whether `actor` may hand in a file now; asked before a large file travels for nothing.
pub async fn admit(app: &App, actor: &Actor, id: ApplicationId, kind: MaterialKind) -> Result<(), AppError> {
    let (_, target, state) = case::visible(&app.store.pool, actor, id).await?;
    authz::check(actor, Action::AttachmentAdd, &target)?;
    check_open(&state, kind)
}

fn check_open(state: &State, kind: MaterialKind) -> Result<(), AppError> {
    if material::may_add(kind, state) {
        return Ok(());
    }
    let zh = if material::belongs_to_form(kind) {
        "申请已提交,不能再增加或更换申请材料;如需补充,请由市信息中心通知补正"
    } else {
        "本件已办结,不能再增加材料"
    };
    Err(refuse("attachment.not_editable", zh, "files of this kind can no longer be added", clause::A10_1))
}

/// 上传: keeps what was received, after looking at all of it.
pub async fn add(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    case: ApplicationId,
    received: Incoming,
) -> Result<AttachmentView, AppError> {
    let (kind, given_name) = (received.kind(), received.given_name().to_owned());
    let looked = match received.inspect().await? {
        Ok(looked) => looked,
        Err(rejection) => return Err(refused(app, actor, meta, case, (&given_name, rejection)).await),
    };
    let mut unit = app.begin(actor, meta).await?;
    let person = actor.person.ok_or(AppError::NotFound)?;
    let row = AttachmentRow {
        id: Uuid::now_v7(),
        case_id: case.0,
        kind: kind.code().to_owned(),
        file_name: looked.name.clone(),
        format: looked.format.code().to_owned(),
        size_bytes: i64::try_from(looked.size).map_err(AppError::fault)?,
        sm3: looked.sm3.clone(),
        uploaded_by: person.0,
        uploaded_by_name: actor.name.clone(),
        // As the database keeps it: to the microsecond.
        uploaded_at: unit.now().round(jiff::Unit::Microsecond).map_err(AppError::fault)?.to_sqlx(),
    };
    keep(&mut unit, &row).await?;
    looked.pieces(&mut unit, row.id).await?;
    // Last, so that nobody saving the form waits while a large file is written.
    let (locked, opened): (Locked<State>, Case) =
        unit.lock_case(Table::Application, case.0, None, Action::AttachmentAdd).await?;
    check_open(&locked.state, kind)?;
    let Count(most) = app.regulation.limits.attachments_per_case.value;
    if store::attachment::count(&mut unit.tx, case.0).await? > i64::from(most) {
        return Err(refuse(
            "attachment.too_many",
            &format!("每件最多 {most} 个附件,请合并后上传"),
            "the case holds as many files as it may",
            clause::A10_1,
        ));
    }
    let summary = format!("上传{}:{}", kind.zh(), row.file_name);
    audit(&mut unit, &opened, (Action::AttachmentAdd, &row), summary).await?;
    let may_remove = authz::check(actor, Action::AttachmentRemove, &opened.target).is_ok();
    let view = view(&row, may_remove && removable(&row, &locked.state));
    unit.commit(view).await
}

async fn keep(unit: &mut Unit<'_>, row: &AttachmentRow) -> Result<(), AppError> {
    let new = NewAttachment {
        id: row.id,
        case_id: row.case_id,
        kind: &row.kind,
        file_name: &row.file_name,
        format: &row.format,
        size_bytes: row.size_bytes,
        sm3: &row.sm3,
        uploaded_by: row.uploaded_by,
        uploaded_by_name: &row.uploaded_by_name,
        uploaded_at: row.uploaded_at,
    };
    Ok(store::attachment::insert(&mut unit.tx, &new).await?)
}

/// An entry of its own for what was turned away, and the words for its sender.
async fn refused(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    case: ApplicationId,
    (name, rejection): (&str, Rejection),
) -> AppError {
    if let Rejection::Read(error) = rejection {
        return AppError::fault(error);
    }
    // Nothing was carried out, so a repetition is looked at anew: the key is not kept.
    let meta = Meta { idempotency: None, ..meta.clone() };
    match leave_refusal(app, actor, &meta, case, (name, &rejection)).await {
        Ok(()) => AppError::Invalid(vec![
            Finding::error("file", rejection.code(), rejection.zh(), rejection.to_string()).under(clause::A32),
        ]),
        Err(error) => error,
    }
}

async fn leave_refusal(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    case: ApplicationId,
    (name, rejection): (&str, &Rejection),
) -> Result<(), AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    unit.audit_refused(Entry {
        action: Action::AttachmentAdd.code(),
        object: ("attachment", name.clone()),
        case: Some(case.0),
        clause: Some(clause::A32),
        summary: format!("拒收附件「{name}」:{}", rejection.zh()),
        before: None,
        after: Some(json!({ "code": rejection.code() })),
    })
    .await?;
    unit.commit(()).await
}

/// 删除: the content goes, the row stays as a trace.
pub async fn remove(app: &App, actor: &Actor, meta: &Meta, id: Uuid) -> Result<(), AppError> {
    let row = visible(app, actor, id).await?;
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Application, row.case_id, None, Action::AttachmentRemove).await?;
    if !removable(&row, &locked.state) {
        return Err(refuse(
            "attachment.not_editable",
            "该材料已作为办理依据,不能删除",
            "a step was taken upon this file; it stays",
            clause::A10_1,
        ));
    }
    let (person, now) = (actor.person.ok_or(AppError::NotFound)?, unit.now().to_sqlx());
    if !store::attachment::remove(&mut unit.tx, id, person.0, now).await? {
        return Err(AppError::NotFound);
    }
    let summary = format!("删除{}:{}", kind_of(&row).zh(), row.file_name);
    audit(&mut unit, &case, (Action::AttachmentRemove, &row), summary).await?;
    unit.commit(()).await
}

async fn audit(
    unit: &mut Unit<'_>,
    case: &Case,
    (action, row): (Action, &AttachmentRow),
    summary: String,
) -> Result<(), AppError> {
    unit.audit(Entry {
        action: action.code(),
        object: ("attachment", row.id.to_string()),
        case: Some(case.row.id),
        clause: Some(clause::A10_1),
        summary,
        before: None,
        after: Some(json!({ "sm3": row.sm3, "size_bytes": row.size_bytes, "kind": row.kind })),
    })
    .await
}

/// The file, where the actor may see it.
async fn visible(app: &App, actor: &Actor, id: Uuid) -> Result<AttachmentRow, AppError> {
    let row = store::attachment::one(&app.store.pool, id).await?;
    let (_, target, _) = case::visible(&app.store.pool, actor, ApplicationId(row.case_id)).await?;
    authz::check_visible(actor, Action::AttachmentView, &target)?;
    Ok(row)
}

/// Content type of a stored format.
fn content_type(format: &str) -> &'static str {
    format.parse::<Format>().map_or("application/octet-stream", Format::content_type)
}
