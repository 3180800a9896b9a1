//! 角色与权限表.

use app::App;
use app::authz::RoleRow;
use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// All roles.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Roles {
    pub items: Vec<RoleRow>,
}

/// 角色、互斥与可办动作.
#[utoipa::path(get, path = "/api/roles", tag = "people", responses((status = OK, body = Roles)))]
async fn list(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Roles>> {
    Ok(Json(Roles { items: app::authz::roles(&app, &actor)? }))
}
