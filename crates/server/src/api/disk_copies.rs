//! 快照与备份: of one server listed and ordered; put back, tested, deleted; and its 备份计划.

use app::App;
use app::case::Answer;
use app::disk_copy::schedule::{self, ScheduleView};
use app::disk_copy::view::{self, CopiesView};
use app::disk_copy::{self, Order};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::disk_copy::Command;
use domain::disk_copy::schedule::Schedule;
use domain::ids::{DiskCopyId, ResourceId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, order))
        .routes(routes!(command))
        .routes(routes!(set_schedule, remove_schedule))
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

/// 设置备份计划. Version 0 where there is none yet.
#[utoipa::path(put, path = "/api/resources/{id}/backup-schedule", tag = "disk_copy", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Schedule, responses((status = OK, body = ScheduleView)))]
async fn set_schedule(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ResourceId>,
    ApiJson(wanted): ApiJson<Schedule>,
) -> ApiResult<Json<ScheduleView>> {
    Ok(Json(schedule::set(&app, &actor, &meta, id, (version, wanted)).await?))
}

/// 停用备份计划.
#[utoipa::path(delete, path = "/api/resources/{id}/backup-schedule", tag = "disk_copy", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = NO_CONTENT)))]
async fn remove_schedule(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ResourceId>,
) -> ApiResult<StatusCode> {
    schedule::remove(&app, &actor, &meta, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
