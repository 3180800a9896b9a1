//! 办件: the list, the page, the work list, copies, the pool, the dashboard.

use app::App;
use app::view::case_list::{CasePage, Filter};
use app::view::case_page::CaseView;
use app::view::dashboard::Dashboard;
use app::view::pool::PoolPage;
use app::view::work_list::{Inbox, WorkPage};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::ApplicationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiPath, ApiQuery, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(work_list))
        .routes(routes!(read_copy))
        .routes(routes!(pool))
        .routes(routes!(dashboard))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of number, system or agency name.
    pub q: Option<String>,
    pub stage: Option<String>,
    pub state: Option<String>,
    #[param(value_type = Option<String>)]
    pub agency_id: Option<Uuid>,
    pub county: Option<String>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ListQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            stage: self.stage.clone(),
            state: self.state.clone(),
            agency_id: self.agency_id,
            county: self.county.clone(),
        }
    }
}

/// Which box, and where in it.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BoxQuery {
    #[serde(rename = "box")]
    pub inbox: Inbox,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

/// 办件列表.
#[utoipa::path(get, path = "/api/cases", tag = "case", params(ListQuery), responses((status = OK, body = CasePage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<CasePage>> {
    Ok(Json(
        app::view::case_list::page(&app, &actor, query.filter(), query.cursor.as_deref(), bounded(query.limit)).await?,
    ))
}

/// 办件页.
#[utoipa::path(get, path = "/api/cases/{id}", tag = "case", params(("id" = String, Path)), responses((status = OK, body = CaseView)))]
async fn one(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiPath(id): ApiPath<ApplicationId>,
) -> ApiResult<Json<CaseView>> {
    Ok(Json(app::view::case_page::show(&app, &actor, id).await?))
}

/// 工作台.
#[utoipa::path(get, path = "/api/work-list", tag = "case", params(BoxQuery), responses((status = OK, body = WorkPage)))]
async fn work_list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<BoxQuery>,
) -> ApiResult<Json<WorkPage>> {
    Ok(Json(
        app::view::work_list::page(&app, &actor, query.inbox, query.cursor.as_deref(), bounded(query.limit)).await?,
    ))
}

/// 签收抄送.
#[utoipa::path(post, path = "/api/copies/{id}/read", tag = "case", params(("id" = String, Path)), responses((status = NO_CONTENT)))]
async fn read_copy(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<Uuid>,
) -> ApiResult<StatusCode> {
    app::view::work_list::read_copy(&app, &actor, &meta, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 调配池.
#[utoipa::path(get, path = "/api/pool", tag = "case", responses((status = OK, body = PoolPage)))]
async fn pool(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<PoolPage>> {
    Ok(Json(app::view::pool::page(&app, &actor).await?))
}

/// 驾驶舱.
#[utoipa::path(get, path = "/api/dashboard", tag = "case", responses((status = OK, body = Dashboard)))]
async fn dashboard(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Dashboard>> {
    Ok(Json(app::view::dashboard::show(&app, &actor).await?))
}
