//! 上传 of files as multipart/form-data, read part by part in the order sent.

use app::error::Reason;
use app::{App, AppError};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use domain::application::material::MaterialKind;

use crate::error::ApiError;

/// What may follow after the largest file before a connection is cut instead of answered.
const DRAIN_BYTES: usize = 32 * 1024 * 1024;
/// Largest body of a route that takes attachments: whatever the city's limits allow a file, a request stops here.
pub const ATTACHMENT_BODY_BYTES: usize = 256 * 1024 * 1024;

/// Largest CSV to import.
const CSV_BYTES: usize = 2 * 1024 * 1024;

/// The one part of a CSV upload.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only described to readers of the API document")]
pub struct CsvForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A multipart body.
pub struct Upload(Multipart);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Multipart::from_request(request, state).await.map(Self).map_err(|_| {
            malformed("upload.not_multipart", "上传请求的格式应为 multipart/form-data", "expected multipart/form-data")
        })
    }
}

impl Upload {
    /// The field `kind`, which comes first: what the file is.
    pub async fn material_kind(&mut self) -> Result<MaterialKind, ApiError> {
        let text = self.part("kind").await?.text().await.map_err(|error| unreadable(&error))?;
        text.parse().map_err(|_| {
            let reason = Reason::new("upload.kind", "请选择材料种类", "unknown kind of material");
            ApiError(AppError::BadRequest(reason))
        })
    }

    /// The field `file`, as an attachment being received.
    pub async fn attachment(&mut self, app: &App, kind: MaterialKind) -> Result<app::attachment::Incoming, ApiError> {
        let received = self.receive(app, kind).await;
        if received.is_err() {
            self.drain().await;
        }
        received
    }

    async fn receive(&mut self, app: &App, kind: MaterialKind) -> Result<app::attachment::Incoming, ApiError> {
        let mut part = self.part("file").await?;
        let name = part.file_name().unwrap_or_default().to_owned();
        let mut incoming = app::attachment::Incoming::begin(app, kind, &name).await?;
        while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
            if let Err(error) = incoming.push(&chunk).await {
                drain(&mut part).await;
                return Err(error.into());
            }
        }
        Ok(incoming)
    }

    /// The field `file` whole, for files that are small by nature.
    pub async fn small_file(&mut self, largest_bytes: usize) -> Result<Vec<u8>, ApiError> {
        let mut part = self.part("file").await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > largest_bytes {
                drain(&mut part).await;
                return Err(too_large());
            }
        }
        Ok(bytes)
    }

    /// The field `file` as text, with its name: a CSV of at most 2 MiB in UTF-8.
    pub async fn csv(&mut self) -> Result<(String, String), ApiError> {
        let mut part = self.part("file").await?;
        let name = part.file_name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > CSV_BYTES {
                drain(&mut part).await;
                return Err(too_large());
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            let zh = "文件应为 UTF-8 编码的 CSV(在 Excel 中另存为“CSV UTF-8”)";
            malformed("upload.not_utf8", zh, "the file is not CSV in UTF-8")
        })?;
        Ok((name, text.trim_start_matches('\u{feff}').to_owned()))
    }

    /// Reads what is still under way, so that a browser hears the answer instead of a cut connection.
    pub async fn drain(&mut self) {
        while let Ok(Some(mut part)) = self.0.next_field().await {
            drain(&mut part).await;
        }
    }

    async fn part(&mut self, name: &str) -> Result<Field<'_>, ApiError> {
        match self.0.next_field().await {
            Ok(Some(field)) if field.name() == Some(name) => Ok(field),
            Ok(_) => {
                Err(malformed("upload.field_missing", "上传内容缺少必要的字段", "a field is missing or out of order"))
            }
            Err(error) => Err(unreadable(&error)),
        }
    }
}

async fn drain(part: &mut Field<'_>) {
    let mut left = DRAIN_BYTES;
    while let Ok(Some(chunk)) = part.chunk().await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            return;
        }
    }
}

fn malformed(code: &str, zh: &str, en: &str) -> ApiError {
    ApiError(AppError::BadRequest(Reason::new(code, zh, en)))
}

fn unreadable(error: &MultipartError) -> ApiError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    malformed("upload.unreadable", "上传中断或内容不完整,请重新上传", "the upload broke off or is malformed")
}

fn too_large() -> ApiError {
    ApiError(AppError::TooLarge(Reason::new("body.too_large", "提交内容过大", "the body is too large")))
}
