//! What the report shows: rows with their three columns, what each is worth a year both ways, and what may be done.

use std::collections::HashMap;

use domain::drift::{self, CommandKind, DriftKind, Item, State};
use domain::provisioning::{Capabilities, Difference, EngineKind, Found};
use domain::term::Term;
use serde_json::Value;
use store::drift::{DriftFilter, DriftRow};
use store::resource::{DiskRow, ResourceRow};
use uuid::Uuid;

use super::{found_of, state_of, subject_of};
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::view::{ActionView, filled_in};
use crate::{App, AppError, cursor, provisioning};

/// 一列 of the report: products, and what they cost a year.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ColumnView {
    pub items: Vec<ItemView>,
    pub fen_per_year: i64,
}

/// 计价项 with its name.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ItemView {
    pub sku: String,
    pub name: String,
    pub unit: String,
    pub quantity: u64,
    pub fen_per_year: i64,
}

/// 登记处理 as it stands.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct NoteView {
    pub responsible: Term,
    pub opinion: String,
    #[schema(value_type = String, format = "date")]
    pub on: domain::calendar::Date,
}

/// 差异 one row of the report.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DriftItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub version: i32,
    pub kind: Term,
    pub state: Term,
    /// 怎么办, in a sentence.
    pub advice_zh: &'static str,
    pub advice_en: &'static str,
    pub name: String,
    #[schema(value_type = String, format = "uuid")]
    pub engine_id: Uuid,
    pub engine_name: String,
    /// True where no real server stands behind it.
    pub simulated: bool,
    /// Absent for what is on no paper, as case and agency.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub resource_id: Option<Uuid>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency_id: Option<Uuid>,
    pub agency_name: Option<String>,
    /// Figures that are not the same on paper, in the books and in the cloud.
    pub differences: Vec<Difference>,
    /// 核定, at the prices of the day it was looked at; absent for what is on no paper.
    pub approved: Option<ColumnView>,
    /// 计费, at locked prices; absent while nothing is charged.
    pub charged: Option<ColumnView>,
    /// 实际.
    pub real: Option<ColumnView>,
    /// What the cloud told of an object that is on no paper.
    pub object: Option<Found>,
    /// 计费而云上没有, a year.
    pub paid_fen: i64,
    /// 云上有而未计费, a year.
    pub unpaid_fen: i64,
    #[schema(value_type = String, format = "date-time")]
    pub first_seen_at: jiff::Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub seen_at: jiff::Timestamp,
    pub note: Option<NoteView>,
    /// What may be done, for whom it is meant.
    pub actions: Vec<ActionView>,
}

/// 合计 of what is filtered: how many rows, and yearly fen each way.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DriftSums {
    pub count: i64,
    pub paid_count: i64,
    pub paid_fen: i64,
    pub unpaid_count: i64,
    pub unpaid_fen: i64,
}

/// One page of the report, the dearest first.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DriftPage {
    pub items: Vec<DriftItem>,
    pub next_cursor: Option<String>,
    /// How many the filter matches; on the first page only, as the sums.
    pub count: Option<i64>,
    pub sums: Option<DriftSums>,
}

/// What the report may be filtered by. Without a state: what is not over.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub kind: Option<String>,
    pub state: Option<String>,
    pub engine_id: Option<Uuid>,
    pub agency_id: Option<Uuid>,
}

/// One page of the report.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<DriftPage, AppError> {
    authz::check(actor, Action::DriftView, &Target::city())?;
    let filter = DriftFilter {
        text: filled_in(filter.text),
        kind: filter.kind,
        state: filter.state,
        engine_id: filter.engine_id,
        agency_id: filter.agency_id,
        after: cursor::fen(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::drift::page(pool, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| cursor::of_fen(row.yearly_fen, row.id));
    let sums = match filter.after {
        None => Some(sums(store::drift::sums(pool, &filter).await?)),
        Some(_) => None,
    };
    let servers = Servers::of(app, &rows).await?;
    let items = rows.iter().map(|row| item(app, actor, row, &servers)).collect::<Result<_, AppError>>()?;
    Ok(DriftPage { items, next_cursor, count: sums.map(|sums| sums.count), sums })
}

fn sums(row: store::drift::DriftSums) -> DriftSums {
    DriftSums {
        count: row.count,
        paid_count: row.paid_count,
        paid_fen: row.paid_fen,
        unpaid_count: row.unpaid_count,
        unpaid_fen: row.unpaid_fen,
    }
}

/// What the buttons of a page are computed from, read in one go.
struct Servers {
    rows: HashMap<Uuid, ResourceRow>,
    disks: Vec<DiskRow>,
    able: HashMap<Uuid, Capabilities>,
}

impl Servers {
    async fn of(app: &App, rows: &[DriftRow]) -> Result<Self, AppError> {
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.resource_id).collect();
        let pool = &app.store.pool;
        let servers = store::resource::some(pool, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let mut able = HashMap::new();
        for row in store::engine::all(pool).await? {
            able.insert(row.id, provisioning::engines::capabilities_of(app, &row)?);
        }
        Ok(Self { rows: servers, disks: store::resource::disks_of(pool, &ids).await?, able })
    }

    /// Why a command that the state permits still cannot be carried out.
    fn refusal(&self, row: &DriftRow, kind: CommandKind) -> Result<Option<Reason>, AppError> {
        let Some(able) = self.able.get(&row.engine_id) else { return Ok(None) };
        match (kind, row.resource_id.and_then(|id| self.rows.get(&id))) {
            (CommandKind::Restore, Some(server)) => provisioning::restorable(server, &self.disks, able),
            (CommandKind::Adopt, _) if !able.adopts => Ok(Some(super::cannot_adopt_reason())),
            _ => Ok(None),
        }
    }
}

fn item(app: &App, actor: &Actor, row: &DriftRow, servers: &Servers) -> Result<DriftItem, AppError> {
    let kind: DriftKind = row.kind.parse().map_err(AppError::fault)?;
    let state = state_of(row)?;
    let (advice_zh, advice_en) = kind.advice();
    Ok(DriftItem {
        id: row.id,
        version: row.version,
        kind: kind.term(),
        state: state.term(),
        advice_zh,
        advice_en,
        name: row.name.clone(),
        engine_id: row.engine_id,
        engine_name: row.engine_name.clone(),
        simulated: row.engine_kind == EngineKind::Simulated.code(),
        resource_id: row.resource_id,
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_id: row.agency_id,
        agency_name: row.agency_name.clone(),
        differences: part(row, "differences")?.unwrap_or_default(),
        approved: column(app, part(row, "approved")?),
        charged: column(app, part(row, "charged")?),
        real: column(app, part(row, "real")?),
        object: found_of(row)?,
        paid_fen: row.paid_fen,
        unpaid_fen: row.unpaid_fen,
        first_seen_at: row.first_seen_at.to_jiff(),
        seen_at: row.seen_at.to_jiff(),
        actions: actions(actor, row, &state, servers)?,
        note: note(state),
    })
}

/// A part of what was found; absent where the row has none.
fn part<T: serde::de::DeserializeOwned>(row: &DriftRow, name: &str) -> Result<Option<T>, AppError> {
    let value: Option<&Value> = row.found.get(name).filter(|value| !value.is_null());
    value.map(|value| serde_json::from_value(value.clone()).map_err(AppError::fault)).transpose()
}

fn column(app: &App, items: Option<Vec<Item>>) -> Option<ColumnView> {
    let items: Vec<ItemView> = items?.into_iter().map(|item| named(app, item)).collect();
    let fen_per_year = items.iter().map(|item| item.fen_per_year).sum();
    Some(ColumnView { items, fen_per_year })
}

fn named(app: &App, item: Item) -> ItemView {
    let product = app.regulation.product(&item.sku).map(|line| &line.product);
    ItemView {
        name: product.map_or_else(|| item.sku.clone(), |product| product.zh.clone()),
        unit: product.map(|product| product.unit_zh.clone()).unwrap_or_default(),
        sku: item.sku,
        quantity: item.quantity,
        fen_per_year: item.fen_per_year.0,
    }
}

fn note(state: State) -> Option<NoteView> {
    match state {
        State::Noted { responsible, opinion, on } => {
            Some(NoteView { responsible: responsible.term(), opinion: opinion.into(), on })
        }
        _ => None,
    }
}

fn actions(actor: &Actor, row: &DriftRow, state: &State, servers: &Servers) -> Result<Vec<ActionView>, AppError> {
    let (subject, target) = (subject_of(row)?, Target::city());
    let mut buttons = Vec::new();
    for kind in CommandKind::BUTTONS {
        let refusal = match drift::permits(state, kind, subject) {
            Err(refusal) => Some(Reason::of(&refusal)),
            Ok(()) => servers.refusal(row, kind)?,
        };
        let place = ("drift", row.id, row.version);
        buttons.extend(ActionView::of(actor, place, (kind.term(), kind.clause()), &target, refusal));
    }
    Ok(buttons)
}
