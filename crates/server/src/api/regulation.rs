//! 法规与时限: working days, limits, divisions, and the words forms choose from.

use app::App;
use app::calendar::{self, CalendarImport, CalendarImported, CalendarView, DueView};
use app::form_options::FormOptions;
use axum::Json;
use axum::extract::State;
use domain::calendar::DaySource;
use domain::limits::LimitRow;
use domain::regulation::Division;
use jiff::civil::Date;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiQuery, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;
use crate::upload::Upload;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(year))
        .routes(routes!(due))
        .routes(routes!(import))
        .routes(routes!(limits))
        .routes(routes!(divisions))
        .routes(routes!(form_options))
}

/// Which year.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct YearQuery {
    /// Today's where absent.
    pub year: Option<i16>,
}

/// A period.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DueQuery {
    /// The day of the act, which is not counted.
    #[param(value_type = String, format = "date")]
    pub from: Date,
    /// 1–366.
    pub working_days: u16,
}

/// How to take the file.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    /// Whose arrangement it is.
    pub source: DaySource,
    /// Check only; nothing is stored.
    #[serde(default)]
    pub dry_run: bool,
}

/// All limits.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Limits {
    pub items: Vec<LimitRow>,
}

/// All divisions.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Divisions {
    pub items: Vec<Division>,
}

/// 工作日历 of a year.
#[utoipa::path(get, path = "/api/calendar", tag = "regulation", params(YearQuery), responses((status = OK, body = CalendarView)))]
async fn year(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<YearQuery>,
) -> ApiResult<Json<CalendarView>> {
    Ok(Json(calendar::view(&app, &actor, query.year).await?))
}

/// 时限推算.
#[utoipa::path(get, path = "/api/calendar/due", tag = "regulation", params(DueQuery), responses((status = OK, body = DueView)))]
async fn due(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<DueQuery>,
) -> ApiResult<Json<DueView>> {
    Ok(Json(calendar::due(&app, &actor, query.from, query.working_days).await?))
}

/// 导入工作日历: a CSV in the field `file`; open limits are computed again.
#[utoipa::path(post, path = "/api/calendar/import", tag = "regulation", params(CalendarQuery),
    request_body(content = crate::upload::CsvForm, content_type = "multipart/form-data"), responses((status = OK, body = CalendarImported)))]
async fn import(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<CalendarQuery>,
    mut upload: Upload,
) -> ApiResult<Json<CalendarImported>> {
    let (file_name, text) = upload.csv().await?;
    let import = CalendarImport { file_name: &file_name, text: &text, source: query.source, dry_run: query.dry_run };
    Ok(Json(calendar::import(&app, &actor, &meta, &import).await?))
}

/// 时限与限额.
#[utoipa::path(get, path = "/api/limits", tag = "regulation", responses((status = OK, body = Limits)))]
async fn limits(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Limits>> {
    Ok(Json(Limits { items: calendar::limits(&app, &actor)? }))
}

/// 行政区划.
#[utoipa::path(get, path = "/api/divisions", tag = "regulation", responses((status = OK, body = Divisions)))]
async fn divisions(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<Divisions>> {
    Ok(Json(Divisions { items: calendar::divisions(&app, &actor)? }))
}

/// 表单与筛选的选项.
#[utoipa::path(get, path = "/api/form-options", tag = "regulation", responses((status = OK, body = FormOptions)))]
async fn form_options(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<FormOptions>> {
    Ok(Json(app::form_options::form_options(&app, &actor)?))
}
