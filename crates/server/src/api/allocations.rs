//! 调配池与调配: the remainders, who could use them, giving them, and what was given.

use app::App;
use app::allocation::{self, AllocationPage, Asked, CandidatePage, Filter, ItemFilter, PoolPage, Request};
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::allocation::{Command, Quote, StateKind};
use domain::ids::{AllocationId, ApplicationId, ChangeId, PoolItemId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(pool))
        .routes(routes!(candidates))
        .routes(routes!(quote))
        .routes(routes!(reserve))
        .routes(routes!(list))
        .routes(routes!(command))
}

/// Filter and place of the pool.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PoolQuery {
    /// Part of a product's name or code, of a case's number or of the agency it came from.
    pub q: Option<String>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl PoolQuery {
    /// The filter as the use case takes it.
    pub fn filter(&self) -> ItemFilter {
        ItemFilter { text: self.q.clone() }
    }
}

/// 调配池.
#[utoipa::path(get, path = "/api/pool", tag = "allocation", params(PoolQuery), responses((status = OK, body = PoolPage)))]
async fn pool(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<PoolQuery>,
) -> ApiResult<Json<PoolPage>> {
    let limit = bounded(query.limit);
    Ok(Json(allocation::pool(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// Place of the candidates.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct CandidateQuery {
    cursor: Option<String>,
}

/// 可受配的办件.
#[utoipa::path(get, path = "/api/pool/{id}/candidates", tag = "allocation", params(("id" = String, Path), CandidateQuery),
    responses((status = OK, body = CandidatePage)))]
async fn candidates(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<PoolItemId>,
    ApiQuery(query): ApiQuery<CandidateQuery>,
) -> ApiResult<Json<CandidatePage>> {
    Ok(Json(allocation::candidates(&app, &actor, id, query.cursor.as_deref()).await?))
}

/// A quantity asked about.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct QuoteQuery {
    #[param(value_type = String)]
    case_id: ApplicationId,
    #[param(value_type = Option<String>)]
    change_id: Option<ChangeId>,
    line: String,
    quantity: u64,
}

/// 抵充测算.
#[utoipa::path(get, path = "/api/pool/{id}/quote", tag = "allocation", params(("id" = String, Path), QuoteQuery),
    responses((status = OK, body = Quote)))]
async fn quote(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<PoolItemId>,
    ApiQuery(query): ApiQuery<QuoteQuery>,
) -> ApiResult<Json<Quote>> {
    let QuoteQuery { case_id: case, change_id: change, line, quantity } = query;
    Ok(Json(allocation::quote(&app, &actor, id, &Asked { case, change, line, quantity }).await?))
}

/// 调配(预留).
#[utoipa::path(post, path = "/api/pool/{id}/allocations", tag = "allocation", params(("id" = String, Path)),
    request_body = Request, responses((status = OK, body = Answer)))]
async fn reserve(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PoolItemId>,
    ApiJson(request): ApiJson<Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(allocation::reserve(&app, &actor, &meta, id, request).await?))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of a number, a product's, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    /// Those of one remainder.
    #[param(value_type = Option<String>)]
    pub item_id: Option<Uuid>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ListQuery {
    /// The filter as the use case takes it.
    pub fn filter(&self) -> Filter {
        Filter { text: self.q.clone(), state: self.state.map(|state| state.code().to_owned()), item: self.item_id }
    }
}

/// 调配记录.
#[utoipa::path(get, path = "/api/allocations", tag = "allocation", params(ListQuery), responses((status = OK, body = AllocationPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<AllocationPage>> {
    let limit = bounded(query.limit);
    Ok(Json(allocation::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 撤销预留.
#[utoipa::path(post, path = "/api/allocations/{id}/commands", tag = "allocation", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<AllocationId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(allocation::execute(&app, &actor, &meta, id, version, command).await?))
}
