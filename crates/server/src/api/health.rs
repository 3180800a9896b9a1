//! 健康检查: for the proxy and the watch. Says nothing of versions.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiResult, Problem};
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health))
}

/// 状态 of the server.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`; anything else is a problem with status 503.
    pub status: &'static str,
}

/// Whether requests can be served: the database answers.
#[utoipa::path(get, path = "/api/health", tag = "system", security(()),
    responses((status = OK, body = Health), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn health(State(state): State<AppState>) -> ApiResult<Json<Health>> {
    state.app.ping().await?;
    Ok(Json(Health { status: "ok" }))
}
