//! 伸缩策略: listed, one with its load and its actions, the rows one may be set for, set and commanded.

use app::App;
use app::case::Answer;
use app::scaling::view::{self, Filter, GroupPage, PolicyDetail, PolicyPage};
use app::scaling::{self, Request};
use axum::Json;
use axum::extract::State;
use domain::ids::ScalingPolicyId;
use domain::scaling::{Command, StateKind};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(groups))
        .routes(routes!(one))
        .routes(routes!(command))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PolicyQuery {
    /// Part of a policy's or a case's number, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl PolicyQuery {
    /// The filter as the use case takes it.
    pub fn filter(&self) -> Filter {
        Filter { text: self.q.clone(), state: self.state.map(|state| state.code().to_owned()) }
    }
}

/// 伸缩策略列表.
#[utoipa::path(get, path = "/api/scaling-policies", tag = "scaling", params(PolicyQuery), responses((status = OK, body = PolicyPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<PolicyQuery>,
) -> ApiResult<Json<PolicyPage>> {
    let limit = bounded(query.limit);
    Ok(Json(view::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 可设置伸缩策略的云主机.
#[utoipa::path(get, path = "/api/scaling-policies/groups", tag = "scaling", responses((status = OK, body = GroupPage)))]
async fn groups(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<GroupPage>> {
    Ok(Json(view::groups(&app, &actor).await?))
}

/// 伸缩策略详情.
#[utoipa::path(get, path = "/api/scaling-policies/{id}", tag = "scaling", params(("id" = String, Path)), responses((status = OK, body = PolicyDetail)))]
async fn one(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ScalingPolicyId>,
) -> ApiResult<Json<PolicyDetail>> {
    Ok(Json(view::show(&app, &actor, id).await?))
}

/// 新建伸缩策略.
#[utoipa::path(post, path = "/api/scaling-policies", tag = "scaling", request_body = Request, responses((status = OK, body = Answer)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(request): ApiJson<Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(scaling::create(&app, &actor, &meta, request).await?))
}

/// 修改、启用、暂停、结束伸缩策略.
#[utoipa::path(post, path = "/api/scaling-policies/{id}/commands", tag = "scaling", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ScalingPolicyId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(scaling::execute(&app, &actor, &meta, id, version, command).await?))
}
