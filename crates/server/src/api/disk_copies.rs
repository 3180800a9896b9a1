//! 快照与备份: of one server listed and ordered; put back, tested, deleted.

use app::App;
use app::case::Answer;
use app::disk_copy::view::{self, CopiesView};
use app::disk_copy::{self, Order};
use axum::Json;
use axum::extract::State;
use domain::disk_copy::Command;
use domain::ids::{DiskCopyId, ResourceId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, order)).routes(routes!(command))
}

/// 一台云主机的快照与备份.
#[utoipa::path(get, path = "/api/resources/{id}/copies", tag = "disk_copy", params(("id" = String, Path)), responses((status = OK, body = CopiesView)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ResourceId>,
) -> ApiResult<Json<CopiesView>> {
    Ok(Json(view::of_resource(&app, &actor, id).await?))
}

/// 制作快照、备份.
#[utoipa::path(post, path = "/api/resources/{id}/copies", tag = "disk_copy", params(("id" = String, Path)),
    request_body = Order, responses((status = OK, body = Answer)))]
async fn order(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ResourceId>,
    ApiJson(form): ApiJson<Order>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(disk_copy::order(&app, &actor, &meta, id, &form).await?))
}

/// 恢复、演练、删除、放弃、登记丢失.
#[utoipa::path(post, path = "/api/disk-copies/{id}/commands", tag = "disk_copy", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<DiskCopyId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(disk_copy::execute(&app, &actor, &meta, id, version, command).await?))
}
