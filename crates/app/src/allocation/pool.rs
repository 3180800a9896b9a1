//! 调配池: remainders of services that ended early (A10_7, D10).

use domain::calendar::Date;
use domain::charge::Spare;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use store::allocation::{ItemRow, NewPoolItem};
use uuid::Uuid;

use super::unoffered;
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::case::Case;
use crate::error::Reason;
use crate::mechanism::Unit;
use crate::view::{ActionView, filled_in};
use crate::{App, AppError, cursor};

/// One remainder.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    pub unit: String,
    /// As it came to the pool.
    pub quantity: i64,
    /// Promised or given.
    pub allocated: i64,
    /// Neither.
    pub left: i64,
    #[schema(value_type = String, format = "date")]
    pub until: Date,
    #[schema(value_type = String, format = "uuid")]
    pub from_case_id: Uuid,
    pub from_number: String,
    pub from_agency: String,
    /// 数据清除证明 of its first agency is issued.
    pub erased: bool,
    /// 调配, for whom it is meant; disabled with its reason.
    pub allocate: Option<ActionView>,
}

/// One page of what may be given to others.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolPage {
    pub items: Vec<PoolItem>,
    pub next_cursor: Option<String>,
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    pub text: Option<String>,
}

/// What is left of a year that ended goes into the pool.
pub async fn keep(unit: &mut Unit<'_>, case: &Case, left: &[Spare]) -> Result<(), AppError> {
    for spare in left {
        let item = NewPoolItem {
            case_id: case.row.id,
            line: &spare.line,
            sku: &spare.sku,
            quantity: i64::try_from(spare.quantity).map_err(AppError::fault)?,
            until: spare.until.to_sqlx(),
            on: unit.today().to_sqlx(),
        };
        store::allocation::insert_item(&mut unit.tx, &item).await?;
    }
    Ok(())
}

/// Remainders whose year still runs, those that run out first at the head.
pub async fn pool(
    app: &App,
    actor: &Actor,
    filter: ItemFilter,
    after: Option<&str>,
    limit: u16,
) -> Result<PoolPage, AppError> {
    authz::visible(actor, Action::PoolView)?;
    let text = filled_in(filter.text);
    let filter = store::allocation::ItemFilter {
        skus: text.as_deref().map(|text| app.regulation.products_named(text)).unwrap_or_default(),
        text,
        today: app.clock.today().to_sqlx(),
        after: cursor::date(after)?,
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::allocation::items(&app.store.pool, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| cursor::of_date(Some(row.until), row.id));
    Ok(PoolPage { items: rows.into_iter().map(|row| item(app, actor, row)).collect(), next_cursor })
}

fn item(app: &App, actor: &Actor, row: ItemRow) -> PoolItem {
    let product = app.regulation.product(&row.sku);
    let refusal = unoffered(&row, app.clock.today()).map(|refusal| Reason::of(&refusal));
    let term = Term { code: "allocate", zh: "调配", en: "Allocate" };
    let allocate = ActionView::of(actor, ("pool", row.id, 0), (term, domain::clause::A10_7), &Target::city(), refusal);
    PoolItem {
        id: row.id,
        name: app.regulation.product_zh(&row.sku),
        unit: product.map(|line| line.product.unit_zh.clone()).unwrap_or_default(),
        sku: row.sku,
        quantity: row.quantity,
        allocated: row.allocated,
        left: row.quantity - row.allocated,
        until: row.until.to_jiff(),
        from_case_id: row.application_id,
        from_number: row.number,
        from_agency: row.agency_name,
        erased: row.erased,
        allocate,
    }
}
