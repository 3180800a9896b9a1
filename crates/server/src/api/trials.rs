//! 测试: 第十条(四)的环节.

use app::App;
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::ids::TrialId;
use domain::trial::Command;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(command))
}

/// 办理一个环节.
#[utoipa::path(post, path = "/api/trials/{id}/commands", tag = "trial", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<TrialId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::trial::execute(&app, &actor, &meta, id, version, command).await?))
}
