//! 费用: the register, the explanation of a figure, the balances of the ledger.

use app::App;
use app::charge::{self, Balance, ChargePage, Explanation, Filter};
use axum::Json;
use axum::extract::State;
use domain::ids::{ApplicationId, ChargeId, OrgId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiPath, ApiQuery, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(explanation)).routes(routes!(ledger))
}

/// Filters and place of the register.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ChargeQuery {
    #[param(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<ApplicationId>,
    #[param(value_type = Option<String>, format = "uuid")]
    pub agency_id: Option<OrgId>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ChargeQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter { case: self.case_id, agency: self.agency_id }
    }
}

/// The balances; debits and credits tie.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Ledger {
    pub items: Vec<Balance>,
}

/// 费用台账, newest first.
#[utoipa::path(get, path = "/api/charges", tag = "charge", params(ChargeQuery), responses((status = OK, body = ChargePage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ChargeQuery>,
) -> ApiResult<Json<ChargePage>> {
    Ok(Json(charge::page(&app, &actor, query.filter(), query.cursor.as_deref(), bounded(query.limit)).await?))
}

/// 费用算式: formula, inputs and clause, computed again on the spot.
#[utoipa::path(get, path = "/api/charges/{id}/explanation", tag = "charge", params(("id" = String, Path)), responses((status = OK, body = Explanation)))]
async fn explanation(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ChargeId>,
) -> ApiResult<Json<Explanation>> {
    Ok(Json(charge::explain(&app, &actor, id).await?))
}

/// 总账余额.
#[utoipa::path(get, path = "/api/ledger", tag = "charge", responses((status = OK, body = Ledger)))]
async fn ledger(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Ledger>> {
    Ok(Json(Ledger { items: charge::balances(&app, &actor).await? }))
}
