//! 最高限价: the dated price lists, and importing one.

use app::App;
use app::price::{self, CatalogImport, CatalogImported, PriceFilter, PricePage, VersionView};
use axum::Json;
use axum::extract::State;
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(versions)).routes(routes!(import))
}

/// All versions.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct PriceVersions {
    pub items: Vec<VersionView>,
}

/// How to take the file. Blank and absent are the same.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// Check only; nothing is stored.
    #[serde(default)]
    pub dry_run: bool,
    /// Absent: the file's name, e.g. `2027A.csv`.
    pub version: Option<String>,
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// 审定文号; makes it the official 附件3.
    pub ratified_number: Option<String>,
}

/// 价格目录.
#[utoipa::path(get, path = "/api/prices", tag = "price", params(PriceFilter), responses((status = OK, body = PricePage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(filter): ApiQuery<PriceFilter>,
) -> ApiResult<Json<PricePage>> {
    Ok(Json(price::list(&app, &actor, &filter).await?))
}

/// 价格版本.
#[utoipa::path(get, path = "/api/price-versions", tag = "price", responses((status = OK, body = PriceVersions)))]
async fn versions(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<PriceVersions>> {
    Ok(Json(PriceVersions { items: price::versions(&app, &actor).await? }))
}

/// 导入价格版本: a CSV in the field `file`; all of it or nothing.
#[utoipa::path(post, path = "/api/prices/import", tag = "price", params(ImportQuery),
    request_body(content = crate::upload::CsvForm, content_type = "multipart/form-data"), responses((status = OK, body = CatalogImported)))]
async fn import(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<ImportQuery>,
    mut upload: Upload,
) -> ApiResult<Json<CatalogImported>> {
    let (file_name, text) = upload.csv().await?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (version, ratified_number) = (given(&query.version), given(&query.ratified_number));
    let import = CatalogImport {
        file_name: &file_name,
        text: &text,
        version: version.as_deref(),
        from: query.from,
        to: query.to,
        ratified_number: ratified_number.as_deref(),
        dry_run: query.dry_run,
    };
    Ok(Json(price::import(&app, &actor, &meta, &import).await?))
}
