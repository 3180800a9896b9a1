//! 开通作业: the list, trying again, reporting a step that was done by hand.

use app::App;
use app::provisioning::OperationView;
use app::provisioning::operations::{self, OperationPage, ReportForm};
use axum::Json;
use axum::extract::State;
use domain::ids::OperationId;
use domain::provisioning::OperationState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry)).routes(routes!(report))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[param(value_type = Option<String>)]
    pub case_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub state: Option<OperationState>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

/// 开通作业列表.
#[utoipa::path(get, path = "/api/operations", tag = "operation", params(ListQuery), responses((status = OK, body = OperationPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<OperationPage>> {
    let filter = (query.case_id, query.state);
    let limit = query.limit.unwrap_or(20).clamp(1, 100);
    Ok(Json(operations::page(&app, &actor, filter, query.cursor.as_deref(), limit).await?))
}

/// 重试.
#[utoipa::path(post, path = "/api/operations/{id}/retry", tag = "operation", params(("id" = String, Path)), responses((status = OK, body = OperationView)))]
async fn retry(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<OperationId>,
) -> ApiResult<Json<OperationView>> {
    Ok(Json(operations::retry(&app, &actor, &meta, id).await?))
}

/// 完成工单的一个步骤.
#[utoipa::path(post, path = "/api/operations/{id}/steps/{position}/report", tag = "operation",
    params(("id" = String, Path), ("position" = i32, Path)), request_body = ReportForm, responses((status = OK, body = OperationView)))]
async fn report(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath((id, position)): ApiPath<(OperationId, i32)>,
    ApiJson(form): ApiJson<ReportForm>,
) -> ApiResult<Json<OperationView>> {
    Ok(Json(operations::report(&app, &actor, &meta, (id, position), &form).await?))
}
