//! 供应商运维访问授权: asked for, granted or not, listed.

use app::App;
use app::access_grant::view::GrantPage;
use app::access_grant::{self, Filter};
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::access_grant::{Command, Request, StateKind};
use domain::ids::{AccessGrantId, ApplicationId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(create)).routes(routes!(command))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct GrantQuery {
    /// Part of a number, an engineer's name, a case's number, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl GrantQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter { text: self.q.clone(), state: self.state.map(|state| state.code().to_owned()) }
    }
}

/// 访问授权列表.
#[utoipa::path(get, path = "/api/access-grants", tag = "bastion", params(GrantQuery), responses((status = OK, body = GrantPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<GrantQuery>,
) -> ApiResult<Json<GrantPage>> {
    let limit = bounded(query.limit);
    Ok(Json(access_grant::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 申请访问授权.
#[utoipa::path(post, path = "/api/cases/{id}/access-grants", tag = "bastion", params(("id" = String, Path)),
    request_body = Request, responses((status = OK, body = Answer)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ApplicationId>,
    ApiJson(request): ApiJson<Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(access_grant::create(&app, &actor, &meta, id, request).await?))
}

/// 同意、不同意、撤回、收回访问授权.
#[utoipa::path(post, path = "/api/access-grants/{id}/commands", tag = "bastion", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<AccessGrantId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(access_grant::execute(&app, &actor, &meta, id, version, command).await?))
}
