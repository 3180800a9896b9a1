//! 服务: confirming the opening, and asking for a change or the end.

use app::App;
use app::case::Answer;
use app::change::ChangeQuote;
use axum::Json;
use axum::extract::State;
use domain::ids::SubscriptionId;
use domain::subscription::Command;
use domain::{change, termination};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(command))
        .routes(routes!(start_change))
        .routes(routes!(quote_change))
        .routes(routes!(start_termination))
}

/// 办理一个环节.
#[utoipa::path(post, path = "/api/subscriptions/{id}/commands", tag = "subscription", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::subscription::execute(&app, &actor, &meta, id, version, command).await?))
}

/// 申请变更: a draft.
#[utoipa::path(post, path = "/api/subscriptions/{id}/changes", tag = "change", params(("id" = String, Path)),
    request_body = change::Request, responses((status = OK, body = Answer)))]
async fn start_change(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(request): ApiJson<change::Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::change::create(&app, &actor, &meta, id, request).await?))
}

/// 变更报价: what the change would come to; nothing is stored.
#[utoipa::path(post, path = "/api/subscriptions/{id}/changes/quote", tag = "change", params(("id" = String, Path)),
    request_body = change::Request, responses((status = OK, body = ChangeQuote)))]
async fn quote_change(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(request): ApiJson<change::Request>,
) -> ApiResult<Json<ChangeQuote>> {
    Ok(Json(app::change::preview(&app, &actor, id, request).await?))
}

/// 申请终止: a draft.
#[utoipa::path(post, path = "/api/subscriptions/{id}/terminations", tag = "termination", params(("id" = String, Path)),
    request_body = termination::Request, responses((status = OK, body = Answer)))]
async fn start_termination(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(request): ApiJson<termination::Request>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::termination::create(&app, &actor, &meta, id, request).await?))
}
