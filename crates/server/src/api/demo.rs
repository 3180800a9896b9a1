//! 演示日期: reading it and moving it forward. Only under `--demo`; otherwise nothing is found here.

use app::App;
use app::demo::{Advance, Day, Moved};
use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(today, advance))
}

/// 演示日期.
#[utoipa::path(get, path = "/api/demo/clock", tag = "demo", responses((status = OK, body = Day)))]
async fn today(State(app): State<App>, Signed(_actor): Signed) -> ApiResult<Json<Day>> {
    Ok(Json(app::demo::day(&app)?))
}

/// 推进演示日期, running what falls due on the way.
#[utoipa::path(post, path = "/api/demo/clock", tag = "demo", request_body = Advance, responses((status = OK, body = Moved)))]
async fn advance(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(step): ApiJson<Advance>,
) -> ApiResult<Json<Moved>> {
    Ok(Json(app::demo::advance(&app, &actor, &meta, step).await?))
}
