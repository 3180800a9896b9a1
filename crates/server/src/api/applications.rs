//! 申请: drafts, their form, the commands of 第十条(一)–(三), and the notice that begins the trial.

use app::App;
use app::application::Saved;
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::application::Command;
use domain::application::form::Form;
use domain::ids::ApplicationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, IfMatch, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(own_form, save_form))
        .routes(routes!(command))
        .routes(routes!(notify))
}

/// 新建申请草稿.
#[utoipa::path(post, path = "/api/applications", tag = "application", responses((status = OK, body = Answer)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::application::create(&app, &actor, &meta).await?))
}

/// 本单位草稿, personal numbers readable.
#[utoipa::path(get, path = "/api/applications/{id}/form", tag = "application", params(("id" = String, Path)), responses((status = OK, body = Form)))]
async fn own_form(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ApplicationId>,
) -> ApiResult<Json<Form>> {
    Ok(Json(app::application::own_form(&app, &actor, id).await?))
}

/// 保存草稿: answers the live price and the live findings.
#[utoipa::path(put, path = "/api/applications/{id}/form", tag = "application", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Form, responses((status = OK, body = Saved)))]
async fn save_form(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ApplicationId>,
    ApiJson(form): ApiJson<Form>,
) -> ApiResult<Json<Saved>> {
    Ok(Json(app::application::save_form(&app, &actor, &meta, id, version, form).await?))
}

/// 办理一个环节.
#[utoipa::path(post, path = "/api/applications/{id}/commands", tag = "application", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<ApplicationId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::application::execute(&app, &actor, &meta, id, version, command).await?))
}

/// 下达测试通知.
#[utoipa::path(post, path = "/api/applications/{id}/trial", tag = "trial", params(("id" = String, Path)), responses((status = OK, body = Answer)))]
async fn notify(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ApplicationId>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::trial::notify(&app, &actor, &meta, id).await?))
}
