//! 堡垒机: the case's panel, certificates, accounts, sessions and their records.

use app::App;
use app::bastion::certificate::{self, Certificate, CertificateRequest};
use app::bastion::record::{self, SessionPage, SessionRecord};
use app::bastion::view::{self, CaseBastion};
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::bastion_account::Command;
use domain::ids::{ApplicationId, BastionAccountId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(panel))
        .routes(routes!(command))
        .routes(routes!(issue))
        .routes(routes!(issue_to_supplier))
        .routes(routes!(sessions))
        .routes(routes!(read))
}

/// 办件的堡垒机.
#[utoipa::path(get, path = "/api/cases/{id}/bastion", tag = "bastion", params(("id" = String, Path)), responses((status = OK, body = CaseBastion)))]
async fn panel(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ApplicationId>,
) -> ApiResult<Json<CaseBastion>> {
    Ok(Json(view::of_case(&app, &actor, id).await?))
}

/// 锁定、解锁、注销堡垒机账号.
#[utoipa::path(post, path = "/api/bastion-accounts/{id}/commands", tag = "bastion", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<BastionAccountId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::bastion_account::execute(&app, &actor, &meta, id, version, command).await?))
}

/// 签发堡垒机账号的登录证书.
#[utoipa::path(post, path = "/api/bastion-accounts/{id}/certificates", tag = "bastion", params(("id" = String, Path)),
    request_body = CertificateRequest, responses((status = OK, body = Certificate)))]
async fn issue(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<BastionAccountId>,
    ApiJson(request): ApiJson<CertificateRequest>,
) -> ApiResult<Json<Certificate>> {
    Ok(Json(certificate::for_account(&app, &actor, &meta, id, &request).await?))
}

/// 供应商在访问授权内索取登录证书.
#[utoipa::path(post, path = "/api/cases/{id}/access-certificates", tag = "bastion", params(("id" = String, Path)),
    request_body = CertificateRequest, responses((status = OK, body = Certificate)))]
async fn issue_to_supplier(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ApplicationId>,
    ApiJson(request): ApiJson<CertificateRequest>,
) -> ApiResult<Json<Certificate>> {
    Ok(Json(certificate::for_supplier(&app, &actor, &meta, id, &request).await?))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SessionQuery {
    /// Part of a name, a source, a server, a number, a system's or an agency's name.
    pub q: Option<String>,
    /// True: only those that were not let through; false: only those that were.
    pub barred: Option<bool>,
    /// True: suppliers under a grant; false: accounts.
    pub by_grant: Option<bool>,
    /// `ssh` or `sftp`.
    pub protocol: Option<String>,
    #[param(value_type = Option<String>)]
    pub case_id: Option<ApplicationId>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl SessionQuery {
    /// As `app` filters.
    pub fn filter(&self) -> record::Filter {
        record::Filter {
            text: self.q.clone(),
            barred: self.barred,
            by_grant: self.by_grant,
            protocol: self.protocol.clone(),
            case: self.case_id,
        }
    }
}

/// 运维会话列表.
#[utoipa::path(get, path = "/api/bastion-sessions", tag = "bastion", params(SessionQuery), responses((status = OK, body = SessionPage)))]
async fn sessions(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<SessionQuery>,
) -> ApiResult<Json<SessionPage>> {
    let limit = bounded(query.limit);
    Ok(Json(record::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 查看会话记录: it is written down who looked, so this is no GET.
#[utoipa::path(post, path = "/api/bastion-sessions/{id}/record", tag = "bastion", params(("id" = String, Path)), responses((status = OK, body = SessionRecord)))]
async fn read(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<Uuid>,
) -> ApiResult<Json<SessionRecord>> {
    Ok(Json(record::read(&app, &actor, &meta, id).await?))
}
