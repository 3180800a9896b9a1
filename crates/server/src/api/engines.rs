//! 云引擎: which clouds there are, whether each works and what mends it.

use app::App;
use app::provisioning::engines::{self, EngineEdit, EngineForm, EnginePage, EngineView};
use axum::Json;
use axum::extract::State;
use domain::ids::EngineId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(edit)).routes(routes!(probe))
}

/// 云引擎列表.
#[utoipa::path(get, path = "/api/engines", tag = "engine", responses((status = OK, body = EnginePage)))]
async fn list(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<EnginePage>> {
    Ok(Json(engines::list(&app, &actor).await?))
}

/// 新增云引擎.
#[utoipa::path(post, path = "/api/engines", tag = "engine", request_body = EngineForm, responses((status = OK, body = EngineView)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(form): ApiJson<EngineForm>,
) -> ApiResult<Json<EngineView>> {
    Ok(Json(engines::create(&app, &actor, &meta, &form).await?))
}

/// 修改云引擎.
#[utoipa::path(put, path = "/api/engines/{id}", tag = "engine", params(("id" = String, Path)), request_body = EngineEdit, responses((status = OK, body = EngineView)))]
async fn edit(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<EngineId>,
    ApiJson(form): ApiJson<EngineEdit>,
) -> ApiResult<Json<EngineView>> {
    Ok(Json(engines::edit(&app, &actor, &meta, id, &form).await?))
}

/// 检测云引擎 now.
#[utoipa::path(post, path = "/api/engines/{id}/probe", tag = "engine", params(("id" = String, Path)), responses((status = OK, body = EngineView)))]
async fn probe(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<EngineId>,
) -> ApiResult<Json<EngineView>> {
    Ok(Json(engines::probe(&app, &actor, &meta, id).await?))
}
