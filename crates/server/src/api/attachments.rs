//! 附件: upload, download, take back.

use app::App;
use app::attachment::AttachmentView;
use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::ids::ApplicationId;
use futures::TryStreamExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::download;
use crate::error::ApiResult;
use crate::extract::{ApiPath, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;
use crate::upload::{ATTACHMENT_BODY_BYTES, Upload};

/// The routes of this room. Only the upload takes large bodies.
pub fn routes() -> OpenApiRouter<AppState> {
    let upload = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(ATTACHMENT_BODY_BYTES));
    OpenApiRouter::new().routes(routes!(remove)).routes(routes!(content)).merge(upload)
}

/// The parts of an upload, in this order.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only described to readers of the API document")]
struct UploadForm {
    /// MaterialKind.
    kind: String,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// 上传材料, as large as `attachment_max` of the limits: pdf, ofd, docx, xlsx, jpg, png, zip.
#[utoipa::path(post, path = "/api/cases/{id}/attachments", tag = "attachment", params(("id" = String, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = OK, body = AttachmentView)))]
async fn upload(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<ApplicationId>,
    mut upload: Upload,
) -> ApiResult<Json<AttachmentView>> {
    let kind = upload.material_kind().await?;
    if let Err(refusal) = app::attachment::admit(&app, &actor, id, kind).await {
        upload.drain().await;
        return Err(refusal.into());
    }
    let received = upload.attachment(&app, kind).await?;
    Ok(Json(app::attachment::add(&app, &actor, &meta, id, received).await?))
}

/// 删除材料.
#[utoipa::path(delete, path = "/api/attachments/{id}", tag = "attachment", params(("id" = String, Path)), responses((status = NO_CONTENT)))]
async fn remove(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<Uuid>,
) -> ApiResult<StatusCode> {
    app::attachment::remove(&app, &actor, &meta, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 下载材料.
#[utoipa::path(get, path = "/api/attachments/{id}/content", tag = "attachment", params(("id" = String, Path)),
    responses((status = OK, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn content(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<Uuid>,
) -> ApiResult<Response> {
    let file = app::attachment::content(&app, &actor, &meta, id).await?;
    let (name, content_type, size) = (file.file_name.clone(), file.content_type, file.size_bytes);
    let pieces = file.pieces().inspect_err(|error| tracing::warn!(%error, "a download broke off"));
    let mut response = download::attachment(&name, content_type, Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}
