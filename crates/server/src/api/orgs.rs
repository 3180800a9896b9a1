//! 机构: list, tree, one, entering and changing.

use app::App;
use app::org::{Filter, Org, OrgNode, OrgPage};
use axum::Json;
use axum::extract::State;
use domain::ids::OrgId;
use domain::org::{Level, Office, OrgForm, OrgKind};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(tree)).routes(routes!(one, edit))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct OrgQuery {
    /// Part of the name or short name.
    pub q: Option<String>,
    pub kind: Option<OrgKind>,
    pub level: Option<Level>,
    pub office: Option<Office>,
    /// 区划代码.
    pub county: Option<String>,
    /// This organisation and all below it.
    #[param(value_type = Option<String>, format = "uuid")]
    pub under: Option<OrgId>,
    pub active: Option<bool>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl OrgQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            kind: self.kind,
            level: self.level,
            office: self.office,
            county: self.county.clone(),
            under: self.under,
            active: self.active,
        }
    }
}

/// The tree as a list, parents before children.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct OrgTree {
    pub items: Vec<OrgNode>,
}

/// 机构修改: the whole entry, and whether it is still in use.
#[derive(serde::Deserialize, utoipa::ToSchema)]
pub struct OrgChange {
    #[serde(flatten)]
    pub form: OrgForm,
    pub active: bool,
}

/// 机构列表.
#[utoipa::path(get, path = "/api/orgs", tag = "people", params(OrgQuery), responses((status = OK, body = OrgPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<OrgQuery>,
) -> ApiResult<Json<OrgPage>> {
    Ok(Json(app::org::page(&app, &actor, query.filter(), query.cursor.as_deref(), bounded(query.limit)).await?))
}

/// 机构树.
#[utoipa::path(get, path = "/api/orgs/tree", tag = "people", responses((status = OK, body = OrgTree)))]
async fn tree(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<OrgTree>> {
    Ok(Json(OrgTree { items: app::org::tree(&app, &actor).await? }))
}

/// 一个机构.
#[utoipa::path(get, path = "/api/orgs/{id}", tag = "people", params(("id" = String, Path)), responses((status = OK, body = Org)))]
async fn one(State(app): State<App>, Signed(actor): Signed, ApiPath(id): ApiPath<OrgId>) -> ApiResult<Json<Org>> {
    Ok(Json(app::org::get(&app, &actor, id).await?))
}

/// 机构建档.
#[utoipa::path(post, path = "/api/orgs", tag = "people", request_body = OrgForm, responses((status = OK, body = Org)))]
async fn create(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(form): ApiJson<OrgForm>,
) -> ApiResult<Json<Org>> {
    Ok(Json(app::org::create(&app, &actor, &meta, form).await?))
}

/// 修改机构.
#[utoipa::path(put, path = "/api/orgs/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = OrgChange, responses((status = OK, body = Org)))]
async fn edit(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<OrgId>,
    ApiJson(change): ApiJson<OrgChange>,
) -> ApiResult<Json<Org>> {
    Ok(Json(app::org::edit(&app, &actor, &meta, (id, version), (change.form, change.active)).await?))
}
