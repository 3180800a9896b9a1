//! What pages show of allocations: the list, and on the recipient's case with its buttons.

use domain::allocation::{CommandKind, State, permits};
use domain::calendar::Date;
use domain::ids::{AllocationId, ApplicationId, ChangeId};
use domain::term::Term;
use store::Tx;
use store::allocation::{AllocationFilter, AllocationRow, BuiltRow};
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::view::{ActionView, filled_in};
use crate::{App, AppError, cursor};

/// A server or a service instance of the recipient that came of an allocation.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Built {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// True for a server, false for a service instance.
    pub is_server: bool,
    /// 主机名称 or 实例编号.
    pub name: String,
}

/// 调配.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AllocationView {
    pub id: AllocationId,
    pub number: String,
    pub version: i32,
    pub state: Term,
    /// Why it is over; absent while it is not.
    pub why: Option<Term>,
    pub change_id: Option<ChangeId>,
    pub line: String,
    /// Where the line stands: 附件2-1 第 1 行.
    pub row_zh: String,
    pub sku: String,
    pub name: String,
    pub unit: String,
    /// As promised.
    pub reserved: i64,
    /// What is promised, covers, or covered last.
    pub quantity: u64,
    /// First day it costs nothing; absent before it takes effect.
    #[schema(value_type = Option<String>, format = "date")]
    pub since: Option<Date>,
    /// Last day it costs nothing.
    #[schema(value_type = String, format = "date")]
    pub until: Date,
    /// 调配受益 as posted so far; absent where the money of the case is not the reader's.
    pub benefit_fen: Option<i64>,
    pub from_number: String,
    pub from_agency: String,
    #[schema(value_type = String, format = "date")]
    pub created_on: Date,
    /// What of the recipient's own stands on this line. It was built anew: nothing of the first agency's is in it.
    pub built: Vec<Built>,
    /// 撤销预留, for whom it is meant.
    pub actions: Vec<ActionView>,
}

/// 调配 in the list, with its recipient.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AllocationItem {
    #[serde(flatten)]
    pub allocation: AllocationView,
    pub case_id: ApplicationId,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
}

/// One page of allocations.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AllocationPage {
    pub items: Vec<AllocationItem>,
    pub next_cursor: Option<String>,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub state: Option<String>,
    pub item: Option<Uuid>,
}

/// One page of what the actor may see: the city's offices all, an agency what it received.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<AllocationPage, AppError> {
    let visible = authz::visible(actor, Action::PoolView)?.to_store();
    let text = filled_in(filter.text);
    let filter = AllocationFilter {
        skus: text.as_deref().map(|text| app.regulation.products_named(text)).unwrap_or_default(),
        text,
        state: filter.state,
        item: filter.item,
        after: cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::allocation::page(pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.id.to_string());
    let mut cases: Vec<Uuid> = rows.iter().map(|row| row.case_id).collect();
    cases.dedup();
    let built = store::allocation::built(pool, &cases).await?;
    let money = authz::may(actor, Action::ChargeView);
    let item = |row: &AllocationRow| {
        Ok(AllocationItem {
            // Every button here is the centre's, which acts over the whole city.
            allocation: view(app, (actor, &Target::city()), (row, money), &built)?,
            case_id: ApplicationId(row.case_id),
            case_number: row.case_number.clone(),
            system_name: row.system_name.clone(),
            agency_name: row.agency_name.clone(),
        })
    };
    Ok(AllocationPage { items: rows.iter().map(item).collect::<Result<_, AppError>>()?, next_cursor })
}

/// What one case was promised and given, as part of a page begun for somebody who may see it.
pub async fn of_case(
    app: &App,
    snapshot: &mut Tx,
    (actor, target): (&Actor, &Target),
    case_id: Uuid,
) -> Result<Vec<AllocationView>, AppError> {
    let rows = store::allocation::of_case(&mut **snapshot, case_id).await?;
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let built = store::allocation::built(&mut **snapshot, &[case_id]).await?;
    let money = authz::check(actor, Action::ChargeView, target).is_ok();
    rows.iter().map(|row| view(app, (actor, target), (row, money), &built)).collect()
}

fn view(
    app: &App,
    (actor, target): (&Actor, &Target),
    (row, money): (&AllocationRow, bool),
    built: &[BuiltRow],
) -> Result<AllocationView, AppError> {
    let state = super::state_of(row)?;
    let product = app.regulation.product(&row.sku);
    let since = match &state {
        State::Effective { since, .. } | State::Ended { since, .. } => Some(*since),
        State::Reserved { .. } | State::Released { .. } => None,
    };
    let until = if let State::Ended { on, .. } = &state { *on } else { row.until.to_jiff() };
    let shows = matches!(state, State::Effective { .. } | State::Ended { .. });
    let own = built.iter().filter(|one| shows && one.case_id == row.case_id && stands_on(&row.line, &one.row));
    Ok(AllocationView {
        id: AllocationId(row.id),
        number: row.number.clone(),
        version: row.version,
        why: state.why(),
        change_id: row.change_id.map(ChangeId),
        line: row.line.clone(),
        row_zh: row_zh(&row.line),
        sku: row.sku.clone(),
        name: app.regulation.product_zh(&row.sku),
        unit: product.map(|line| line.product.unit_zh.clone()).unwrap_or_default(),
        reserved: row.reserved,
        quantity: state.quantity(),
        since,
        until,
        benefit_fen: money.then_some(row.benefit_fen),
        from_number: row.from_number.clone(),
        from_agency: row.from_agency.clone(),
        created_on: row.created_on.to_jiff(),
        built: own
            .map(|one| Built { id: one.id, is_server: one.row.starts_with('s'), name: one.name.clone() })
            .collect(),
        actions: actions(actor, target, row, &state),
        state: state.term(),
    })
}

/// `s1.vcpu` stands on row `s1`.
fn stands_on(line: &str, row: &str) -> bool {
    line.split('.').next() == Some(row)
}

/// 撤销预留 while it can still be taken back.
fn actions(actor: &Actor, target: &Target, row: &AllocationRow, state: &State) -> Vec<ActionView> {
    let kind = CommandKind::Release;
    if permits(state, kind).is_err() {
        return vec![];
    }
    let refusal: Option<Reason> = None;
    let button =
        ActionView::of(actor, ("allocation", row.id, row.version), (kind.term(), kind.clause()), target, refusal);
    button.into_iter().collect()
}

/// Where a charged line stands on the form: `s1.vcpu` → 附件2-1 第 1 行, `v3` → 其他服务第 3 行.
pub(crate) fn row_zh(line: &str) -> String {
    let row = line.split('.').next().unwrap_or(line);
    match (row.strip_prefix('s'), row.strip_prefix('v')) {
        (Some(number), _) => format!("附件2-1 第 {number} 行"),
        (_, Some(number)) => format!("其他服务第 {number} 行"),
        _ => line.to_owned(),
    }
}
