//! What pages show of service instances: on the case page with its buttons, and in the list of resources.

use domain::fulfilment::{Act, Evidence, EvidenceKind};
use domain::provisioning::EngineKind;
use domain::service_instance::{CommandKind, State, permits};
use domain::term::Term;
use store::Tx;
use store::service_instance::{EvidenceRow, InstanceFilter, InstanceRow};
use uuid::Uuid;

use super::table::way_zh;
use super::way_of;
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::view::{ActionView, Light, filled_in};
use crate::{App, AppError, cursor};

/// Rows are counted no further than this.
const COUNT_MAX: i64 = 10_000;

/// 服务实例.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct InstanceView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    /// Row of 其他服务, from 0.
    pub line: i32,
    pub sku: String,
    pub name: String,
    /// 计量单位.
    pub unit: String,
    pub category_zh: String,
    pub state: Term,
    /// What runs now.
    pub quantity: i64,
    /// 核定 the most that may run.
    pub approved_quantity: i64,
    /// What the engineer is to report the next time, where a report is waited for.
    pub ordered_quantity: Option<u32>,
    /// Absent until the trial chose an engine.
    pub engine_name: Option<String>,
    /// True where a simulated engine plays the cloud.
    pub simulated: bool,
    /// 开通方式 on that engine.
    pub way: String,
    pub light: Option<Light>,
}

/// 凭证 of one report.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EvidenceView {
    pub act: Term,
    pub items: Vec<EvidenceItem>,
    /// Set where the engine did it with the servers; there are no items then.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub operation_id: Option<Uuid>,
    pub reported_by: String,
    #[schema(value_type = String, format = "date-time")]
    pub reported_at: jiff::Timestamp,
}

/// One entry of it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EvidenceItem {
    pub code: String,
    pub zh: String,
    pub text: String,
    /// It says how data were erased.
    pub erases: bool,
}

/// 服务实例 on the case page.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseInstance {
    #[serde(flatten)]
    pub instance: InstanceView,
    pub evidence: Vec<EvidenceView>,
    /// What the report that is waited for must show.
    pub required: Vec<EvidenceKind>,
    /// 登记开通, 登记变更, 登记回收, for whom they are meant.
    pub actions: Vec<ActionView>,
}

/// 服务实例 in the city's list.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct InstanceItem {
    #[serde(flatten)]
    pub instance: InstanceView,
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    #[schema(value_type = String, format = "uuid")]
    pub agency_id: Uuid,
    pub agency_name: String,
}

/// One page of instances.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct InstancePage {
    pub items: Vec<InstanceItem>,
    pub next_cursor: Option<String>,
    /// How many the filter matches, at most 10,000; on the first page only.
    pub count: Option<i64>,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub agency_id: Option<Uuid>,
    pub engine_id: Option<Uuid>,
    pub state: Option<String>,
}

/// Instances of a case, with evidence and buttons.
pub async fn of_case(
    app: &App,
    snapshot: &mut Tx,
    (actor, target): (&Actor, &Target),
    case_id: Uuid,
) -> Result<Vec<CaseInstance>, AppError> {
    let rows = store::service_instance::of_case(&mut **snapshot, case_id).await?;
    let evidence = store::service_instance::evidence_of_case(&mut **snapshot, case_id).await?;
    rows.iter().map(|row| case_instance(app, actor, target, row, &evidence)).collect()
}

fn case_instance(
    app: &App,
    actor: &Actor,
    target: &Target,
    row: &InstanceRow,
    evidence: &[EvidenceRow],
) -> Result<CaseInstance, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let own = evidence.iter().filter(|one| one.instance_id == row.id);
    let required = app.regulation.fulfilment_of(&row.sku).zip(state.awaited());
    let reports = CommandKind::ALL.iter().filter(|kind| kind.act().is_some());
    let button = |kind: &CommandKind| {
        let refusal = permits(&state, *kind).err().map(|refusal| Reason::of(&refusal));
        let subject = ("service_instance", row.id, row.version);
        ActionView::of(actor, subject, (kind.term(), kind.clause()), target, refusal)
    };
    Ok(CaseInstance {
        instance: instance(app, row, &state),
        evidence: own.map(|one| evidence_view(app, &row.sku, one)).collect::<Result<_, _>>()?,
        required: required.map(|(fulfilment, act)| fulfilment.required(act).to_vec()).unwrap_or_default(),
        actions: reports.filter_map(button).collect(),
    })
}

fn instance(app: &App, row: &InstanceRow, state: &State) -> InstanceView {
    let product = app.regulation.product(&row.sku).map(|line| &line.product);
    let way = app.regulation.fulfilment_of(&row.sku).and_then(|fulfilment| way_of(row, fulfilment));
    let duty = state.duties().into_iter().find_map(|duty| duty.due);
    let light = |(due, timer)| Light::of(due, Some(timer), app.clock.today(), &app.calendar(), &app.regulation.limits);
    InstanceView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        line: row.line,
        sku: row.sku.clone(),
        name: app.regulation.product_zh(&row.sku),
        unit: product.map(|product| product.unit_zh.clone()).unwrap_or_default(),
        category_zh: product.map(|product| product.category_zh.clone()).unwrap_or_default(),
        state: state.term(),
        quantity: row.quantity,
        approved_quantity: row.approved_quantity,
        ordered_quantity: state.ordered(),
        engine_name: row.engine_name.clone(),
        simulated: row.engine_kind.as_deref() == Some(EngineKind::Simulated.code()),
        way: way.map_or_else(|| "待选择云引擎".to_owned(), |way| way_zh(app, way)),
        light: duty.map(light),
    }
}

/// 凭证 as kept, with the words of the table.
pub(crate) fn evidence_view(app: &App, sku: &str, row: &EvidenceRow) -> Result<EvidenceView, AppError> {
    let act: Act = row.act.parse().map_err(AppError::fault)?;
    let evidence: Evidence = serde_json::from_value(row.evidence.clone()).map_err(AppError::fault)?;
    let kinds = app.regulation.fulfilment_of(sku).map(|fulfilment| fulfilment.required(act)).unwrap_or_default();
    Ok(EvidenceView {
        act: act.term(),
        items: items(kinds, &evidence),
        operation_id: row.operation_id,
        reported_by: row.reported_by.clone(),
        reported_at: row.reported_at.to_jiff(),
    })
}

/// The entries in the table's order; one the table no longer asks for keeps its code.
pub(super) fn items(kinds: &[EvidenceKind], evidence: &Evidence) -> Vec<EvidenceItem> {
    let asked = kinds.iter().filter_map(|kind| Some((kind, evidence.get(&kind.code)?)));
    let asked = asked.map(|(kind, text)| EvidenceItem {
        code: kind.code.clone(),
        zh: kind.zh.clone(),
        text: text.trim().to_owned(),
        erases: kind.erases,
    });
    let other = evidence.iter().filter(|(code, _)| !kinds.iter().any(|kind| kind.code == **code));
    let other = other.map(|(code, text)| EvidenceItem {
        code: code.clone(),
        zh: code.clone(),
        text: text.trim().to_owned(),
        erases: false,
    });
    asked.chain(other).collect()
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<InstancePage, AppError> {
    let visible = authz::visible(actor, Action::ResourceView)?.to_store();
    let text = filled_in(filter.text);
    let filter = InstanceFilter {
        skus: text.as_deref().map(|text| app.regulation.products_named(text)).unwrap_or_default(),
        text,
        agency_id: filter.agency_id,
        engine_id: filter.engine_id,
        state: filter.state,
        after: cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::service_instance::page(pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.id.to_string());
    let count = match filter.after {
        None => Some(store::service_instance::count(pool, &visible, &filter, COUNT_MAX).await?),
        Some(_) => None,
    };
    Ok(InstancePage { items: rows.iter().map(|row| item(app, row)).collect::<Result<_, _>>()?, next_cursor, count })
}

fn item(app: &App, row: &InstanceRow) -> Result<InstanceItem, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    Ok(InstanceItem {
        instance: instance(app, row, &state),
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_id: row.agency_id,
        agency_name: row.agency_name.clone(),
    })
}
