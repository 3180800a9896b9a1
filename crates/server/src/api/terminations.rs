//! 终止: 第十条(七)的环节.

use app::App;
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::ids::TerminationId;
use domain::termination::{Command, Request};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(command)).routes(routes!(edit))
}

/// 办理一个环节.
#[utoipa::path(post, path = "/api/terminations/{id}/commands", tag = "termination", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<TerminationId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::termination::execute(&app, &actor, &meta, id, version, command).await?))
}

/// 修改草稿.
#[utoipa::path(put, path = "/api/terminations/{id}", tag = "termination", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Request, responses((status = OK, body = Answer)))]
async fn edit(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<TerminationId>,
    ApiJson(request): ApiJson<Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::termination::edit(&app, &actor, &meta, id, version, request).await?))
}
