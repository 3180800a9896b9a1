//! 开通作业 by hand: looking through them, trying again, reporting a work order.

use domain::ids::OperationId;
use domain::provisioning::{
    OperationCommand, OperationKind, OperationRefusal, OperationState, Step, StepKind, StepState, permits,
};
use domain::refusal::Refuse;
use drivers::Report;
use serde_json::json;
use store::operation::{OperationFilter, OperationRow, Standing, StepRow};
use uuid::Uuid;

use super::order::enqueue;
use super::view::operation_view;
use super::{OperationView, order};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::case;
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// 开通作业 in the list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OperationItem {
    #[serde(flatten)]
    pub operation: OperationView,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub engine_name: String,
}

/// One page of operations.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OperationPage {
    pub items: Vec<OperationItem>,
    pub next_cursor: Option<String>,
}

/// One page of what the actor may see, newest first. Asked for no case and no state: those that are not over.
pub async fn page(
    app: &App,
    actor: &Actor,
    (case_id, state): (Option<Uuid>, Option<OperationState>),
    after: Option<&str>,
    limit: u16,
) -> Result<OperationPage, AppError> {
    let visible = authz::visible(actor, Action::OperationView)?.to_store();
    let filter = OperationFilter {
        case_id,
        state: state.map(|state| state.code().to_owned()),
        open: case_id.is_none() && state.is_none(),
        after: crate::cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::operation::page(pool, &visible, &filter).await?;
    let next_cursor = crate::cursor::cut(&mut rows, limit, |row| row.id.to_string());
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let steps = store::operation::steps_of(pool, &ids).await?;
    let item = |row: &OperationRow| {
        Ok(OperationItem {
            operation: operation_view(actor, row, &steps)?,
            case_id: row.case_id,
            case_number: row.case_number.clone(),
            system_name: row.system_name.clone(),
            engine_name: row.engine_name.clone(),
        })
    };
    Ok(OperationPage { items: rows.iter().map(item).collect::<Result<_, AppError>>()?, next_cursor })
}

/// Locks an operation that `actor` may see and on which it may do `action`.
async fn lock_for(unit: &mut Unit<'_>, id: OperationId, action: Action) -> Result<OperationRow, AppError> {
    let row = store::operation::lock(&mut unit.tx, id.0).await?;
    let target = case::target_of(&store::case::one(&mut *unit.tx, row.case_id).await?);
    authz::check_visible(unit.actor(), Action::OperationView, &target)?;
    authz::check(unit.actor(), action, &target)?;
    Ok(row)
}

async fn audit(unit: &mut Unit<'_>, row: &OperationRow, action: Action, summary: String) -> Result<(), AppError> {
    unit.audit(Entry {
        action: action.code(),
        object: ("operation", row.id.to_string()),
        case: Some(row.case_id),
        clause: action.clause(),
        summary,
        before: Some(json!(row.state)),
        after: None,
    })
    .await
}

pub(super) async fn answer(mut unit: Unit<'_>, id: Uuid) -> Result<OperationView, AppError> {
    let row = store::operation::lock(&mut unit.tx, id).await?;
    let steps = store::operation::steps_of(&mut *unit.tx, &[id]).await?;
    let view = operation_view(unit.actor(), &row, &steps)?;
    unit.commit(view).await
}

/// 重试: plans again from what the cloud shows now.
pub async fn retry(app: &App, actor: &Actor, meta: &Meta, id: OperationId) -> Result<OperationView, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let row = lock_for(&mut unit, id, Action::OperationRetry).await?;
    let state: OperationState = row.state.parse().map_err(AppError::fault)?;
    permits(state, OperationCommand::Retry).map_err(|refusal| AppError::refused(&refusal))?;
    let error = row.error_zh.as_deref().zip(row.error_en.as_deref());
    let queued =
        Standing { state: OperationState::Queued.code(), attempts: 0, undoing: false, error, finished_at: None };
    store::operation::stand(&mut unit.tx, row.id, &queued).await?;
    enqueue(&mut unit, row.id).await?;
    let kind: OperationKind = row.kind.parse().map_err(AppError::fault)?;
    audit(&mut unit, &row, Action::OperationRetry, format!("重试:{}", kind.zh())).await?;
    answer(unit, id.0).await
}

/// 完工报告 as filled in.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportForm {
    /// What was done, and which document shows it; 1–2000 characters.
    pub evidence: String,
    /// Address of the server that was opened.
    #[serde(default)]
    pub address: Option<String>,
    /// 数据清除方法; due where disks were erased.
    #[serde(default)]
    pub erasure_method: Option<String>,
}

/// Longest evidence or method.
const TEXT_MAX: usize = 2000;
/// Longest address: an IPv6 address with its length.
const ADDRESS_MAX: usize = 64;

/// 完成工单: the engineer reports one waiting step. The worker notes it and goes on.
pub async fn report(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (id, position): (OperationId, i32),
    form: &ReportForm,
) -> Result<OperationView, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let row = lock_for(&mut unit, id, Action::OperationFulfil).await?;
    let state: OperationState = row.state.parse().map_err(AppError::fault)?;
    permits(state, OperationCommand::Fulfil).map_err(|refusal| AppError::refused(&refusal))?;
    let steps = store::operation::steps_of(&mut *unit.tx, &[row.id]).await?;
    let step: &StepRow = steps.iter().find(|step| step.position == position).ok_or(AppError::NotFound)?;
    if step.state != StepState::Waiting.code() {
        return Err(AppError::refused(&OperationRefusal::StepNotWaiting));
    }
    let what: Step = serde_json::from_value(step.step.clone()).map_err(AppError::fault)?;
    let report = checked(&what, form, (&actor.name, unit.now().to_string()))?;
    if !store::operation::keep_report(&mut unit.tx, row.id, position, &json!(report)).await? {
        return Err(AppError::refused(&OperationRefusal::StepNotWaiting));
    }
    enqueue(&mut unit, row.id).await?;
    let summary = format!("完成工单:{} {};{}", step.resource_name, what.zh(), report.evidence);
    audit(&mut unit, &row, Action::OperationFulfil, summary).await?;
    answer(unit, id.0).await
}

/// True where the report must say how data was erased: of a disk, or of a copy of one.
pub(super) fn erases(step: &Step) -> bool {
    matches!(step.kind(), StepKind::EraseDisk | StepKind::DropCopy)
}

fn checked(step: &Step, form: &ReportForm, (by, at): (&str, String)) -> Result<Report, AppError> {
    let kept =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (evidence, address, method) = (form.evidence.trim(), kept(&form.address), kept(&form.erasure_method));
    let mut findings = Vec::new();
    let mut at_fault = |field: &str, refusal: OperationRefusal| {
        let finding = domain::finding::Finding::error(field, refusal.code(), refusal.zh(), refusal.en());
        findings.push(refusal.clause().map_or(finding.clone(), |clause| finding.under(clause)));
    };
    if evidence.is_empty() {
        at_fault("evidence", OperationRefusal::EvidenceMissing);
    }
    if erases(step) && method.is_none() {
        at_fault("erasure_method", OperationRefusal::MethodMissing);
    }
    let too_long = |text: &str, most: usize| text.chars().count() > most;
    if too_long(evidence, TEXT_MAX) || method.as_deref().is_some_and(|text| too_long(text, TEXT_MAX)) {
        findings.push(domain::finding::Finding::error("evidence", "form.too_long", "内容过长", "the text is too long"));
    }
    if address.as_deref().is_some_and(|text| too_long(text, ADDRESS_MAX)) {
        findings.push(domain::finding::Finding::error(
            "address",
            "form.too_long",
            "地址过长",
            "the address is too long",
        ));
    }
    AppError::if_blocking(findings)?;
    Ok(Report { by: by.to_owned(), evidence: evidence.to_owned(), address, erasure_method: method, at })
}

/// Refuses a step that only a finished operation may take: the engine tells, not a person.
pub(crate) async fn refuse_unfinished(unit: &mut Unit<'_>, case_id: Uuid) -> Result<(), AppError> {
    if order::unfinished(unit, case_id).await? { Err(AppError::refused(&OperationRefusal::Unfinished)) } else { Ok(()) }
}
