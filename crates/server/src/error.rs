//! Errors as RFC 9457 `application/problem+json`, in both languages.
//!
//! What the client reads is built here from [`AppError`]; what the operator reads is the cause chain,
//! logged here once, with the request id that the client sees too. The two never mix.

use app::AppError;
use app::error::Reason;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::clause::Clause;
use domain::finding::Finding;

use crate::request_id;

/// 问题 the body of every answer that is not a success.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:liyun:problem:<code>`.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// Stable code, `room.rule`.
    pub code: String,
    /// 依据, where a clause stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
    /// 中文.
    pub zh: String,
    pub en: String,
    /// The field to blame, where there is exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Everything found wrong with the input (422).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The present version, where the caller's was stale (412).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i32>,
    /// Names this request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of `status` with the words of `reason`.
    pub fn new(status: StatusCode, reason: Reason) -> Self {
        Self {
            r#type: format!("urn:liyun:problem:{}", reason.code),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: reason.code,
            clause: reason.clause,
            zh: reason.zh,
            en: reason.en,
            field: None,
            findings: Vec::new(),
            current_version: None,
            request_id: request_id::current(),
        }
    }

    /// The same, blaming one field.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// 404 for anything that is not there or not visible.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            Reason::new("not_found", "没有这个内容，或您无权查看", "not found or not visible to you"),
        )
    }

    /// The opaque 500.
    pub fn fault() -> Self {
        let reason = Reason::new(
            "fault",
            "系统内部错误，请把编号告知管理员",
            "internal error; tell the administrator the request id",
        );
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, reason)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// What a handler returns where it does not succeed: `Result<Json<T>, ApiError>` and `?` do the rest.
#[derive(Debug)]
pub struct ApiError(pub AppError);

/// A handler's answer.
pub type ApiResult<T> = Result<T, ApiError>;

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self.0 {
            // Carried out before under the same key: the first answer again, which is no error.
            AppError::Repeated(answer) => axum::Json(answer).into_response(),
            AppError::TooMany { retry_after_seconds } => {
                let mut response = too_many(retry_after_seconds).into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
                response
            }
            AppError::Unavailable(cause) => {
                tracing::warn!(error = format!("{cause:#}"), "a part is away");
                let mut response = unavailable().into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
                response
            }
            AppError::Fault(cause) => {
                tracing::error!(error = format!("{cause:#}"), "fault");
                Problem::fault().into_response()
            }
            other => problem(other).into_response(),
        }
    }
}

/// The errors that are the caller's to mend.
fn problem(error: AppError) -> Problem {
    match error {
        AppError::Invalid(findings) => invalid(findings),
        AppError::BadRequest(reason) => Problem::new(StatusCode::BAD_REQUEST, reason),
        AppError::Refused(reason) => Problem::new(StatusCode::CONFLICT, reason),
        AppError::Stale { current } => {
            let reason = Reason::new(
                "stale_version",
                "内容已被他人更新，请刷新后再操作",
                "someone changed this meanwhile; reload and try again",
            );
            Problem { current_version: Some(current), ..Problem::new(StatusCode::PRECONDITION_FAILED, reason) }
        }
        AppError::Forbidden(reason) => Problem::new(StatusCode::FORBIDDEN, reason),
        AppError::Unauthenticated(reason) => Problem::new(StatusCode::UNAUTHORIZED, reason),
        AppError::TooLarge(reason) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, reason),
        AppError::NotFound => Problem::not_found(),
        AppError::TooMany { .. } | AppError::Unavailable(_) | AppError::Repeated(_) | AppError::Fault(_) => {
            Problem::fault()
        }
    }
}

fn invalid(findings: Vec<Finding>) -> Problem {
    let reason = Reason::new(
        "invalid_input",
        format!("填报内容有 {} 处需要改正", findings.len()),
        format!("{} field(s) need correction", findings.len()),
    );
    let field = match findings.as_slice() {
        [only] => Some(only.field.clone()),
        _ => None,
    };
    let clause = match findings.as_slice() {
        [only] => only.clause,
        _ => None,
    };
    Problem { field, clause, findings, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, reason) }
}

fn too_many(seconds: u32) -> Problem {
    let reason = Reason::new(
        "too_many_attempts",
        format!("尝试过于频繁，请 {seconds} 秒后再试"),
        format!("too many attempts; retry after {seconds} s"),
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, reason)
}

fn unavailable() -> Problem {
    let reason = Reason::new("unavailable", "系统暂时不可用，请稍后再试", "temporarily unavailable; try again shortly");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason)
}
