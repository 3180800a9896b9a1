//! 服务器资源需求表 (附件2-1) as a workbook: the template, and reading it back.

use app::App;
use app::server_table::{LARGEST_BYTES, ServerTable};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::download;
use crate::error::ApiResult;
use crate::signed::Signed;
use crate::state::AppState;
use crate::upload::Upload;

/// The routes of this room. Reading takes a workbook and what a form wraps around it.
pub fn routes() -> OpenApiRouter<AppState> {
    let read = OpenApiRouter::new().routes(routes!(read)).layer(DefaultBodyLimit::max(2 * LARGEST_BYTES));
    OpenApiRouter::new().routes(routes!(template)).merge(read)
}

/// 模板 with drop-downs and an example.
#[utoipa::path(get, path = "/api/server-table/template.xlsx", tag = "application",
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn template(Signed(actor): Signed) -> ApiResult<Response> {
    let bytes = app::server_table::template(&actor).await?;
    Ok(download::workbook("服务器资源需求表-模板.xlsx", bytes))
}

/// The file, alone.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only described to readers of the API document")]
struct TableForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// 回读: rows for the form, and faults by row and column. Nothing is saved.
#[utoipa::path(post, path = "/api/server-table/read", tag = "application",
    request_body(content = TableForm, content_type = "multipart/form-data"), responses((status = OK, body = ServerTable)))]
async fn read(State(app): State<App>, Signed(actor): Signed, mut upload: Upload) -> ApiResult<Json<ServerTable>> {
    let bytes = upload.small_file(LARGEST_BYTES).await?;
    Ok(Json(app::server_table::read(&app, &actor, bytes).await?))
}
