//! 跳板机: registered, set up, and what they fetch and report with a credential of their own.

use app::App;
use app::bastion::bundle::{self, Listing};
use app::bastion::refusal::{self, Place, ReadUntil};
use app::bastion::session::{self, Admitted, SessionBegin, SessionFinish};
use app::bastion::{self, KeyView};
use app::jump_host::{self, JumpHostChange, JumpHostForm, JumpHostView};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ids::JumpHostId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::download;
use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta};
use crate::machine::JumpHost;
use crate::signed::Signed;
use crate::state::AppState;

/// Largest piece of log taken at once.
const LOG_PIECE_BYTES: usize = 512 * 1024;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    let log = OpenApiRouter::new().routes(routes!(log)).layer(DefaultBodyLimit::max(LOG_PIECE_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(edit))
        .routes(routes!(set_up))
        .routes(routes!(keys, rotate))
        .routes(routes!(file))
        .routes(routes!(begin))
        .routes(routes!(finish))
        .merge(log)
}

/// 跳板机列表.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct JumpHostPage {
    pub items: Vec<JumpHostView>,
}

/// 签发密钥, newest first.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct KeyPage {
    pub items: Vec<KeyView>,
}

/// 跳板机列表.
#[utoipa::path(get, path = "/api/jump-hosts", tag = "jump_host", responses((status = OK, body = JumpHostPage)))]
async fn list(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<JumpHostPage>> {
    Ok(Json(JumpHostPage { items: jump_host::list(&app, &actor).await? }))
}

/// 登记跳板机.
#[utoipa::path(post, path = "/api/jump-hosts", tag = "jump_host", request_body = JumpHostForm, responses((status = OK, body = JumpHostView)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(form): ApiJson<JumpHostForm>,
) -> ApiResult<Json<JumpHostView>> {
    Ok(Json(jump_host::create(&app, &actor, &meta, &form).await?))
}

/// 停用、启用跳板机,更换机器凭据.
#[utoipa::path(put, path = "/api/jump-hosts/{id}", tag = "jump_host", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = JumpHostChange, responses((status = OK, body = JumpHostView)))]
async fn edit(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<JumpHostId>,
    ApiJson(change): ApiJson<JumpHostChange>,
) -> ApiResult<Json<JumpHostView>> {
    Ok(Json(jump_host::edit(&app, &actor, &meta, (id, version), &change).await?))
}

/// Where the files will lie.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BundleQuery {
    /// `/etc/liyun-jump` where absent.
    pub prefix: Option<String>,
}

/// 下载跳板机配置.
#[utoipa::path(get, path = "/api/jump-hosts/{id}/bundle.zip", tag = "jump_host", params(("id" = String, Path), BundleQuery),
    responses((status = OK, content_type = "application/zip", body = Vec<u8>)))]
async fn set_up(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<JumpHostId>,
    ApiQuery(query): ApiQuery<BundleQuery>,
) -> ApiResult<Response> {
    let bytes = bundle::bundle(&app, &actor, id, query.prefix.as_deref()).await?;
    Ok(download::attachment("liyun-jump.zip", "application/zip", bytes))
}

/// 签发密钥.
#[utoipa::path(get, path = "/api/bastion-keys", tag = "jump_host", responses((status = OK, body = KeyPage)))]
async fn keys(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<KeyPage>> {
    Ok(Json(KeyPage { items: bastion::keys(&app, &actor).await? }))
}

/// 更换签发密钥.
#[utoipa::path(post, path = "/api/bastion-keys", tag = "jump_host", responses((status = OK, body = KeyView)))]
async fn rotate(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
) -> ApiResult<Json<KeyView>> {
    Ok(Json(bastion::rotate(&app, &actor, &meta).await?))
}

/// 名单 for the jump host that asks.
#[utoipa::path(get, path = "/api/jump/files/{name}", tag = "jump", params(("name" = String, Path)),
    responses((status = OK, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn file(State(app): State<App>, _: JumpHost, ApiPath(name): ApiPath<Listing>) -> ApiResult<Response> {
    let bytes = bundle::listing(&app, name).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// 会话开始: whether it may.
#[utoipa::path(post, path = "/api/jump/sessions", tag = "jump", request_body = SessionBegin, responses((status = OK, body = Admitted)))]
async fn begin(
    State(app): State<App>,
    JumpHost(machine): JumpHost,
    ApiJson(report): ApiJson<SessionBegin>,
) -> ApiResult<Json<Admitted>> {
    Ok(Json(session::begin(&app, &machine, &report).await?))
}

/// 会话结束.
#[utoipa::path(post, path = "/api/jump/sessions/{id}/end", tag = "jump", params(("id" = String, Path)),
    request_body = SessionFinish, responses((status = NO_CONTENT)))]
async fn finish(
    State(app): State<App>,
    JumpHost(machine): JumpHost,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson(report): ApiJson<SessionFinish>,
) -> ApiResult<StatusCode> {
    session::finish(&app, &machine, (id, &report)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where in which log the piece stood.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Tells one log file from the next, at most 40 characters.
    pub file: String,
    /// Byte offset of the piece in it.
    pub from: u32,
}

/// 上报 sshd 日志.
#[utoipa::path(post, path = "/api/jump/log", tag = "jump", params(LogQuery),
    request_body(content = String, content_type = "text/plain"), responses((status = OK, body = ReadUntil)))]
async fn log(
    State(app): State<App>,
    JumpHost(machine): JumpHost,
    ApiQuery(query): ApiQuery<LogQuery>,
    text: Bytes,
) -> ApiResult<Json<ReadUntil>> {
    let place = Place { file: query.file.chars().take(40).collect(), from: query.from.into() };
    Ok(Json(refusal::take(&app, &machine, (&place, &text)).await?))
}
