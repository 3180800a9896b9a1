//! 文书: the printed form, issued documents, and 验真 for anyone.

use app::App;
use app::document::Verified;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::ids::ApplicationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::download;
use crate::error::ApiResult;
use crate::extract::{ApiPath, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(application_pdf)).routes(routes!(pdf)).routes(routes!(verify))
}

/// 政务云资源申请表 as it stands, with 附件2-1 and 附件2-2.
#[utoipa::path(get, path = "/api/cases/{id}/application.pdf", tag = "document", params(("id" = String, Path)),
    responses((status = OK, content_type = "application/pdf", body = Vec<u8>)))]
async fn application_pdf(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ApplicationId>,
) -> ApiResult<Response> {
    let pdf = app::document::application_pdf(&app, &actor, &meta, id).await?;
    Ok(download::inline_pdf(&pdf.file_name, pdf.bytes))
}

/// An issued document: always the same bytes.
#[utoipa::path(get, path = "/api/documents/{id}/pdf", tag = "document", params(("id" = String, Path)),
    responses((status = OK, content_type = "application/pdf", body = Vec<u8>)))]
async fn pdf(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<Uuid>,
) -> ApiResult<Response> {
    let pdf = app::document::pdf(&app, &actor, &meta, id).await?;
    Ok(download::inline_pdf(&pdf.file_name, pdf.bytes))
}

/// 验真, open to anyone who holds the paper. 404 where the code is unknown.
#[utoipa::path(get, path = "/api/verify/{code}", tag = "document", params(("code" = String, Path)), responses((status = OK, body = Verified)))]
async fn verify(State(app): State<App>, ApiPath(code): ApiPath<String>) -> ApiResult<Json<Verified>> {
    Ok(Json(app::document::verify(&app, &code).await?))
}
