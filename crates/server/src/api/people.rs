//! 人员: list, one, entering and changing, what the officers do to an account, roles.

use app::App;
use app::person::{
    self, Filter, GrantForm, Numbers, OneTimePassword, PersonChange, PersonForm, PersonPage, PersonView,
};
use axum::Json;
use axum::extract::State;
use domain::ids::{OrgId, PersonId};
use domain::org::{PersonState, Role};
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
        .routes(routes!(one, edit))
        .routes(routes!(numbers))
        .routes(routes!(activate))
        .routes(routes!(disable))
        .routes(routes!(unlock))
        .routes(routes!(reset_password))
        .routes(routes!(reset_second_factor))
        .routes(routes!(end_sessions))
        .routes(routes!(grant))
        .routes(routes!(revoke))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PersonQuery {
    /// Beginning of the user name, or part of the name.
    pub q: Option<String>,
    #[param(value_type = Option<String>, format = "uuid")]
    pub org_id: Option<OrgId>,
    pub role: Option<Role>,
    pub state: Option<PersonState>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl PersonQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter { text: self.q.clone(), org: self.org_id, role: self.role, state: self.state }
    }
}

/// 人员列表.
#[utoipa::path(get, path = "/api/people", tag = "people", params(PersonQuery), responses((status = OK, body = PersonPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<PersonQuery>,
) -> ApiResult<Json<PersonPage>> {
    Ok(Json(person::page(&app, &actor, query.filter(), query.cursor.as_deref(), bounded(query.limit)).await?))
}

/// 人员详情.
#[utoipa::path(get, path = "/api/people/{id}", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn one(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::get(&app, &actor, id).await?))
}

/// 人员建档.
#[utoipa::path(post, path = "/api/people", tag = "people", request_body = PersonForm, responses((status = OK, body = PersonView)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(form): ApiJson<PersonForm>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::create(&app, &actor, &meta, form).await?))
}

/// 修改人员.
#[utoipa::path(put, path = "/api/people/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = PersonChange, responses((status = OK, body = PersonView)))]
async fn edit(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<PersonId>,
    ApiJson(change): ApiJson<PersonChange>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::edit(&app, &actor, &meta, (id, version), change).await?))
}

/// 查看个人号码, which leaves an entry; hence no GET.
#[utoipa::path(post, path = "/api/people/{id}/numbers", tag = "people", params(("id" = String, Path)), responses((status = OK, body = Numbers)))]
async fn numbers(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<Numbers>> {
    Ok(Json(person::numbers(&app, &actor, &meta, id).await?))
}

/// 激活账号.
#[utoipa::path(post, path = "/api/people/{id}/activate", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn activate(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::activate(&app, &actor, &meta, id).await?))
}

/// 停用账号.
#[utoipa::path(post, path = "/api/people/{id}/disable", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn disable(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::disable(&app, &actor, &meta, id).await?))
}

/// 解锁账号.
#[utoipa::path(post, path = "/api/people/{id}/unlock", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn unlock(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::unlock(&app, &actor, &meta, id).await?))
}

/// 重置口令: the one-time password is shown here once and kept nowhere.
#[utoipa::path(post, path = "/api/people/{id}/reset-password", tag = "people", params(("id" = String, Path)), responses((status = OK, body = OneTimePassword)))]
async fn reset_password(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<OneTimePassword>> {
    Ok(Json(person::reset_password(&app, &actor, &meta, id).await?))
}

/// 重置动态令牌.
#[utoipa::path(post, path = "/api/people/{id}/reset-second-factor", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn reset_second_factor(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::reset_second_factor(&app, &actor, &meta, id).await?))
}

/// 强制下线.
#[utoipa::path(post, path = "/api/people/{id}/end-sessions", tag = "people", params(("id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn end_sessions(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::end_sessions(&app, &actor, &meta, id).await?))
}

/// 授予角色.
#[utoipa::path(post, path = "/api/people/{id}/roles", tag = "people", params(("id" = String, Path)), request_body = GrantForm,
    responses((status = OK, body = PersonView)))]
async fn grant(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<PersonId>,
    ApiJson(form): ApiJson<GrantForm>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::grant(&app, &actor, &meta, id, form).await?))
}

/// 收回角色.
#[utoipa::path(delete, path = "/api/people/{id}/roles/{role}/{org_id}", tag = "people",
    params(("id" = String, Path), ("role" = String, Path), ("org_id" = String, Path)), responses((status = OK, body = PersonView)))]
async fn revoke(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath((id, role, org_id)): ApiPath<(PersonId, Role, OrgId)>,
) -> ApiResult<Json<PersonView>> {
    Ok(Json(person::revoke(&app, &actor, &meta, id, GrantForm { role, org_id }).await?))
}
