//! 使用计划: drafting, reporting, ratification.

use app::App;
use app::case::Answer;
use app::usage_plan::{PlanSummary, PlanView};
use axum::Json;
use axum::extract::State;
use domain::ids::UsagePlanId;
use domain::usage_plan::Command;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(command)).routes(routes!(list, create)).routes(routes!(one))
}

/// 办理一个环节.
#[utoipa::path(post, path = "/api/usage-plans/{id}/commands", tag = "usage_plan", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<UsagePlanId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::usage_plan::execute(&app, &actor, &meta, id, version, command).await?))
}

/// All plans.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Plans {
    pub items: Vec<PlanSummary>,
}

/// Which year to plan.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// 计划年度, last year to the year after next.
    pub year: i16,
}

/// 使用计划列表.
#[utoipa::path(get, path = "/api/usage-plans", tag = "usage_plan", responses((status = OK, body = Plans)))]
async fn list(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Plans>> {
    Ok(Json(Plans { items: app::usage_plan::list(&app, &actor).await? }))
}

/// 一份使用计划.
#[utoipa::path(get, path = "/api/usage-plans/{id}", tag = "usage_plan", params(("id" = String, Path)), responses((status = OK, body = PlanView)))]
async fn one(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<UsagePlanId>,
) -> ApiResult<Json<PlanView>> {
    Ok(Json(app::usage_plan::one(&app, &actor, id).await?))
}

/// 编制新计划.
#[utoipa::path(post, path = "/api/usage-plans", tag = "usage_plan", request_body = NewPlan, responses((status = OK, body = Answer)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(new): ApiJson<NewPlan>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::usage_plan::create(&app, &actor, &meta, new.year).await?))
}
