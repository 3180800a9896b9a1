//! 调配池: remainders of services that ended early (A10_7, D10).

use domain::calendar::Date;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::{App, AppError};

/// One remainder.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    pub unit: String,
    pub quantity: i64,
    #[schema(value_type = String, format = "date")]
    pub until: Date,
    #[schema(value_type = String, format = "uuid")]
    pub from_case_id: Uuid,
    pub from_number: String,
    pub from_agency: String,
}

/// What may be given to others today.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolPage {
    pub items: Vec<PoolItem>,
}

/// Remainders whose year still runs.
pub async fn page(app: &App, actor: &Actor) -> Result<PoolPage, AppError> {
    authz::visible(actor, Action::PoolView)?;
    let rows = store::stage::pool(&app.store.pool, app.clock.today().to_sqlx()).await?;
    let items = rows.into_iter().map(|row| {
        let product = app.regulation.product(&row.sku);
        PoolItem {
            id: row.id,
            name: product.map_or_else(|| row.sku.clone(), |line| line.product.zh.clone()),
            unit: product.map(|line| line.product.unit_zh.clone()).unwrap_or_default(),
            sku: row.sku,
            quantity: row.quantity,
            until: row.until.to_jiff(),
            from_case_id: row.application_id,
            from_number: row.number,
            from_agency: row.agency_name,
        }
    });
    Ok(PoolPage { items: items.collect() })
}
