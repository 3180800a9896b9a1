//! 云资源: the list, one with its three columns, its console, starting and stopping.

use app::App;
use app::provisioning::OperationView;
use app::provisioning::operations;
use app::provisioning::view::{self, ConsoleView, Filter, ResourceDetail, ResourcePage};
use axum::Json;
use axum::extract::State;
use domain::ids::ResourceId;
use domain::provisioning::{PhaseKind, Power};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(console)).routes(routes!(power))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of a name, an address, a case's number, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub agency_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub engine_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub phase: Option<PhaseKind>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ListQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            agency_id: self.agency_id,
            engine_id: self.engine_id,
            phase: self.phase.map(|phase| phase.code().to_owned()),
        }
    }
}

/// Where to read on.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ConsoleQuery {
    /// Byte to begin at: `next` of the piece before; 0 where absent.
    pub from: Option<u64>,
}

/// Whether it is to run.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerForm {
    pub power: Power,
}

/// 云资源列表.
#[utoipa::path(get, path = "/api/resources", tag = "resource", params(ListQuery), responses((status = OK, body = ResourcePage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ResourcePage>> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    Ok(Json(view::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 云资源详情.
#[utoipa::path(get, path = "/api/resources/{id}", tag = "resource", params(("id" = String, Path)), responses((status = OK, body = ResourceDetail)))]
async fn one(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ResourceId>,
) -> ApiResult<Json<ResourceDetail>> {
    Ok(Json(view::show(&app, &actor, id).await?))
}

/// 控制台日志.
#[utoipa::path(get, path = "/api/resources/{id}/console", tag = "resource", params(("id" = String, Path), ConsoleQuery), responses((status = OK, body = ConsoleView)))]
async fn console(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ResourceId>,
    ApiQuery(query): ApiQuery<ConsoleQuery>,
) -> ApiResult<Json<ConsoleView>> {
    Ok(Json(view::console(&app, &actor, id, query.from.unwrap_or(0)).await?))
}

/// 启停云主机.
#[utoipa::path(post, path = "/api/resources/{id}/power", tag = "resource", params(("id" = String, Path)), request_body = PowerForm, responses((status = OK, body = OperationView)))]
async fn power(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ResourceId>,
    ApiJson(form): ApiJson<PowerForm>,
) -> ApiResult<Json<OperationView>> {
    Ok(Json(operations::power(&app, &actor, &meta, id, form.power).await?))
}
