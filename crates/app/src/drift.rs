//! 偏差核对: what a person does about a row of the report. The rows themselves are found by [`reconcile`].
//!
//! Nothing here removes or erases anything in a cloud: 恢复 is an ordinary operation whose plan may take nothing away
//! (`domain::provisioning::restoration`), 纳管 is an application of the agency, 登记 is words.

use domain::application::form::{Construction, DataDisk, DiskKind, Form, Request, ServerLine};
use domain::drift::{self, Command, CommandKind, DriftKind, State, Subject};
use domain::ids::{ApplicationId, DriftId, OrgId};
use domain::org::Office;
use domain::provisioning::{Found, OperationRefusal};
use serde_json::json;
use store::drift::DriftRow;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{Answer, action_of, refuse};
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::provisioning;
use crate::{App, AppError, application};

mod papers;
pub mod reconcile;
pub mod view;

/// Longest name of a server that a form takes.
const NAME_CHARS_MAX: usize = 63;

/// What a row is about, as far as it decides what may be done.
pub(crate) fn subject_of(row: &DriftRow) -> Result<Subject, AppError> {
    let kind: DriftKind = row.kind.parse().map_err(AppError::fault)?;
    let found = found_of(row)?;
    let is_server = row.subject.starts_with("server/");
    Ok(Subject { kind, is_server, is_told: found.is_some_and(|found| found.shape.is_some()) })
}

/// What the cloud told of an object that is on no paper; `None` for a server of ours.
pub(crate) fn found_of(row: &DriftRow) -> Result<Option<Found>, AppError> {
    let object = row.found.get("object").filter(|value| !value.is_null());
    object.map(|value| serde_json::from_value(value.clone()).map_err(AppError::fault)).transpose()
}

/// Carries out one command on a row.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: DriftId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    authz::check_visible(actor, Action::DriftView, &Target::city())?;
    authz::check(actor, action_of("drift", kind.code())?, &Target::city())?;
    if kind == CommandKind::Observe {
        let row = store::drift::one(&app.store.pool, id.0).await?;
        permitted(&row, version, kind)?;
        reconcile::again(app, &row).await?;
    }
    let mut unit = app.begin(actor, meta).await?;
    let row = store::drift::lock(&mut unit.tx, id.0).await?;
    let answer = match kind {
        // The look has changed the row by itself, where there was anything to change.
        CommandKind::Observe => Answer { id: row.id, version: row.version, state: state_of(&row)?.term() },
        _ => step(&mut unit, &row, version, command.clone()).await?,
    };
    audit(&mut unit, &row, &command, &answer).await?;
    unit.commit(answer).await
}

fn state_of(row: &DriftRow) -> Result<State, AppError> {
    serde_json::from_value(row.state.clone()).map_err(AppError::fault)
}

fn permitted(row: &DriftRow, version: i32, kind: CommandKind) -> Result<(), AppError> {
    if row.version != version {
        return Err(AppError::Stale { current: row.version });
    }
    drift::permits(&state_of(row)?, kind, subject_of(row)?).map_err(|refusal| AppError::refused(&refusal))
}

async fn step(unit: &mut Unit<'_>, row: &DriftRow, version: i32, command: Command) -> Result<Answer, AppError> {
    permitted(row, version, command.kind())?;
    let command = match command {
        Command::Restore { opinion } => {
            restore(unit, row).await?;
            Command::Restore { opinion }
        }
        Command::Adopt { agency, .. } => {
            Command::Adopt { agency, application: Some(draft_for(unit, row, agency).await?) }
        }
        other => other,
    };
    let state = drift::transition(state_of(row)?, command, subject_of(row)?, unit.today())
        .map_err(|refusal| AppError::refused(&refusal))?;
    let saved = (row.id, row.version, serde_json::to_value(&state).map_err(AppError::fault)?);
    if store::drift::save_states(&mut unit.tx, &[saved]).await? != 1 {
        return Err(AppError::Stale { current: row.version });
    }
    Ok(Answer { id: row.id, version: row.version + 1, state: state.term() })
}

/// 恢复到核定: an operation of this one server. Whether it can be planned is asked here, with what was seen last; the
/// worker asks again with what it sees.
async fn restore(unit: &mut Unit<'_>, row: &DriftRow) -> Result<(), AppError> {
    let (Some(resource), Some(case_id)) = (row.resource_id, row.case_id) else {
        return Err(AppError::refused(&drift::Refusal::NobodysServer));
    };
    store::case::hold(&mut unit.tx, case_id).await?;
    if store::operation::any_open(&mut unit.tx, case_id).await? {
        return Err(AppError::refused(&OperationRefusal::AnotherOpen));
    }
    let server = store::resource::one(&mut *unit.tx, resource).await?;
    let disks = store::resource::disks_of(&mut *unit.tx, &[resource]).await?;
    let able = unit.app().capabilities(&mut *unit.tx, row.engine_id).await?;
    if let Some(reason) = provisioning::restorable(&server, &disks, &able)? {
        return Err(AppError::Refused(reason));
    }
    provisioning::restore(unit, &server).await
}

/// 纳管: a draft of the agency's own, with the server as the cloud tells it. The agency completes and submits it, and
/// it takes the way of every application (A10_1).
async fn draft_for(unit: &mut Unit<'_>, row: &DriftRow, agency: OrgId) -> Result<ApplicationId, AppError> {
    let found = found_of(row)?.ok_or_else(|| AppError::refused(&drift::Refusal::HasOwner))?;
    let able = unit.app().capabilities(&mut *unit.tx, row.engine_id).await?;
    if !able.adopts {
        return Err(cannot_adopt());
    }
    let org = store::org::one(&mut *unit.tx, agency.0).await?;
    if org.office != Office::Agency.code() || !org.active {
        let zh = format!("「{}」不是使用单位或已停用,不能纳管云主机", org.name);
        return Err(refuse("drift.no_agency", &zh, "only an active agency takes a server", domain::clause::A2));
    }
    let request = Request { construction: Some(Construction::Adoption), ..Request::default() };
    let form = Form { request, servers: vec![line_of(&found)], ..Form::default() };
    let drafted = application::draft(unit, (agency, org.county.as_deref()), form).await?;
    Ok(ApplicationId(drafted.id))
}

/// Why an engine adopts nothing.
fn cannot_adopt_reason() -> Reason {
    let zh = "该云引擎不支持纳管现有云主机,请登记处理";
    let reason = Reason::new("drift.engine_cannot_adopt", zh, "this engine adopts no servers; note it instead");
    reason.under(domain::clause::A10_1)
}

pub(crate) fn cannot_adopt() -> AppError {
    AppError::Refused(cannot_adopt_reason())
}

/// The row of 附件2-1 as the cloud tells it; what a cloud cannot tell the agency fills in.
fn line_of(found: &Found) -> ServerLine {
    let figure = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    let mut sizes = found.disks_gib.iter().copied().map(figure);
    let lower = found.external_name.to_lowercase();
    let host_name: String =
        lower.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(NAME_CHARS_MAX).collect();
    ServerLine {
        host_name,
        external_name: found.external_name.clone(),
        vcpu: found.shape.map(|shape| shape.vcpu),
        memory_gib: found.shape.map(|shape| figure(shape.memory_mib.div_ceil(1024))),
        system_disk_gib: sizes.next(),
        system_disk_kind: Some(DiskKind::Ordinary),
        data_disks: sizes
            .map(|size| DataDisk { size_gib: Some(size), kind: Some(DiskKind::Ordinary), quantity: Some(1) })
            .collect(),
        quantity: Some(1),
        ..ServerLine::default()
    }
}

async fn audit(unit: &mut Unit<'_>, row: &DriftRow, command: &Command, answer: &Answer) -> Result<(), AppError> {
    let kind = command.kind();
    let words = match command {
        Command::Restore { opinion } => format!(":{}", opinion.as_str()),
        Command::Note { responsible, opinion } => format!(":{},{}", responsible.zh(), opinion.as_str()),
        _ => String::new(),
    };
    // What is done to a case's own server stands in its record; what the centre looks into does not.
    let case: Option<Uuid> = row.case_id.filter(|_| kind == CommandKind::Restore);
    unit.audit(Entry {
        action: action_of("drift", kind.code())?.code(),
        object: ("drift", row.id.to_string()),
        case,
        clause: Some(kind.clause()),
        summary: format!("{} {}{words}", kind.zh(), row.name),
        before: Some(json!(state_of(row)?.term().code)),
        after: Some(json!(answer.state.code)),
    })
    .await
}
