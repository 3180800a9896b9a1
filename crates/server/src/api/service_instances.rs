//! 服务实例: the list, the engineer's report, and how each kind of service is fulfilled.

use app::App;
use app::case::Answer;
use app::service_instance::table::FulfilmentView;
use app::service_instance::view::{self, Filter, InstancePage};
use axum::Json;
use axum::extract::State;
use domain::ids::ServiceInstanceId;
use domain::service_instance::{Command, StateKind};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(command)).routes(routes!(fulfilment))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of a number, a product's, a case's, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub agency_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub engine_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ListQuery {
    /// The filter as the use case takes it.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            agency_id: self.agency_id,
            engine_id: self.engine_id,
            state: self.state.map(|state| state.code().to_owned()),
        }
    }
}

/// 服务实例列表.
#[utoipa::path(get, path = "/api/service-instances", tag = "service_instance", params(ListQuery), responses((status = OK, body = InstancePage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<InstancePage>> {
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    Ok(Json(view::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 登记开通、变更、回收.
#[utoipa::path(post, path = "/api/service-instances/{id}/commands", tag = "service_instance", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ServiceInstanceId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::service_instance::execute(&app, &actor, &meta, id, version, command).await?))
}

/// 服务开通方式.
#[utoipa::path(get, path = "/api/fulfilment", tag = "service_instance", responses((status = OK, body = FulfilmentView)))]
async fn fulfilment(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<FulfilmentView>> {
    Ok(Json(app::service_instance::table::table(&app, &actor)?))
}
