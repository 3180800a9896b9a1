//! What a handler takes from a request. Every rejection is a problem with code and field, never bare text.

use app::AppError;
use app::actor::Meta;
use app::error::Reason;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, Problem};
use crate::request_id;

/// A JSON body. Use `#[serde(deny_unknown_fields)]` on its type, so that a misspelt field is refused.
#[derive(Debug, Clone)]
pub struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await.map_err(of_bytes)?;
        // No text of ours holds a NUL, and PostgreSQL keeps none: said here, it never comes back as a fault.
        if holds_nul(&bytes) {
            let reason = Reason::new("body.nul", "提交内容含有空字符(\\u0000)", "the body holds a NUL character");
            return Err(Problem::new(StatusCode::BAD_REQUEST, reason));
        }
        // serde would take a list for a form, field by field in the order of its source.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            let reason = Reason::new("body.malformed", "提交内容应为 JSON 对象", "the body must be a JSON object");
            return Err(Problem::new(StatusCode::BAD_REQUEST, reason));
        }
        match axum::Json::<T>::from_request(Request::from_parts(parts, bytes.into()), state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(of_json(&rejection)),
        }
    }
}

fn of_bytes(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    let reason = Reason::new("body.unreadable", "提交内容未能读取", "the body could not be read");
    Problem::new(rejection.status(), reason)
}

/// True of JSON with the escape `\u0000` in one of its strings; a backslash that is itself escaped begins none.
fn holds_nul(json: &[u8]) -> bool {
    json.windows(6).enumerate().filter(|(_, window)| window == b"\\u0000").any(|(at, _)| {
        let before = json[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        before % 2 == 0
    })
}

/// Query parameters.
#[derive(Debug, Clone)]
pub struct ApiQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            let reason =
                Reason::new("query.malformed", "查询参数含有空字符", "a query parameter holds a NUL character");
            return Err(Problem::new(StatusCode::BAD_REQUEST, reason));
        }
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(of_query(&rejection)),
        }
    }
}

/// Rows of a page: 1 to 100, 20 where the caller does not say.
pub fn bounded(limit: Option<u16>) -> u16 {
    limit.unwrap_or(20).clamp(1, 100)
}

/// Path parameters. A malformed id is a 404: nothing can be there.
#[derive(Debug, Clone)]
pub struct ApiPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found()),
            Err(_) => Err(Problem::fault()),
        }
    }
}

/// `If-Match: "<version>"`: the version the caller looked at. Required where it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i32);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(axum::http::header::IF_MATCH) else {
            let reason = Reason::new(
                "if_match.missing",
                "缺少 If-Match 请求头，请刷新页面后再操作",
                "this update needs If-Match with the version you saw",
            );
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, reason).at("If-Match"));
        };
        let text = value.to_str().unwrap_or_default().trim();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        bare.parse().map(Self).map_err(|_| {
            let reason =
                Reason::new("if_match.malformed", "If-Match 格式应为 \"数字\"", "If-Match must be \"<version>\"");
            Problem::new(StatusCode::BAD_REQUEST, reason).at("If-Match")
        })
    }
}

/// The fingerprint of a request with an `Idempotency-Key`; put there by [`fingerprint_layer`].
#[derive(Clone, Debug)]
struct Fingerprint(String);

/// 幂等键 and request id, as `app` wants them.
#[derive(Debug, Clone)]
pub struct RequestMeta(pub Meta);

impl<S: Send + Sync> FromRequestParts<S> for RequestMeta {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = idempotency_key(parts).map_err(|problem| *problem)?;
        let fingerprint = parts.extensions.get::<Fingerprint>().map(|print| print.0.clone());
        Ok(Self(Meta { idempotency: key.zip(fingerprint), request_id: request_id::current() }))
    }
}

/// The `Idempotency-Key`, 8 to 200 visible characters; `None` where the caller sent none.
fn idempotency_key(parts: &Parts) -> Result<Option<String>, Box<Problem>> {
    let Some(value) = parts.headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Ok(key) if (8..=200).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            let reason = Reason::new(
                "idempotency.key_malformed",
                "Idempotency-Key 应为 8 至 200 个字符",
                "Idempotency-Key must have 8 to 200 characters",
            );
            Err(Box::new(Problem::new(StatusCode::BAD_REQUEST, reason).at("Idempotency-Key")))
        }
    }
}

/// Largest body that is read whole to fingerprint it; an upload is told by its length instead.
const FINGERPRINT_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Computes method + address + body as SM3, for requests that carry an `Idempotency-Key`.
pub async fn fingerprint_layer(request: Request, next: axum::middleware::Next) -> Response {
    if !request.headers().contains_key("idempotency-key") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let content_type = parts.headers.get(axum::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_upload = content_type.is_some_and(|value| value.starts_with("multipart/"));
    let mut hash = SmHash::begin(&[parts.method.as_str(), &parts.uri.to_string()]);
    let body = if is_upload {
        let length = parts.headers.get(axum::http::header::CONTENT_LENGTH).map(|value| value.as_bytes().to_owned());
        hash.add(&length.unwrap_or_default());
        body
    } else {
        match axum::body::to_bytes(body, FINGERPRINT_BODY_BYTES).await {
            Ok(bytes) => {
                hash.add(&bytes);
                axum::body::Body::from(bytes)
            }
            Err(_) => return too_large().into_response(),
        }
    };
    parts.extensions.insert(Fingerprint(hash.hex()));
    next.run(Request::from_parts(parts, body)).await
}

/// SM3 over length-prefixed parts.
struct SmHash(sm3::Sm3);

impl SmHash {
    fn begin(parts: &[&str]) -> Self {
        use sm3::Digest;
        let mut hash = Self(sm3::Sm3::new());
        for part in parts {
            hash.add(part.as_bytes());
        }
        hash
    }

    fn add(&mut self, bytes: &[u8]) {
        use sm3::Digest;
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn hex(self) -> String {
        use sm3::Digest;
        hex::encode(self.0.finalize())
    }
}

fn of_json(rejection: &JsonRejection) -> Problem {
    let status = rejection.status();
    let problem = |code: &str, zh: &str, en: String| Problem::new(status, Reason::new(code, zh, en));
    match rejection {
        JsonRejection::JsonDataError(error) => {
            let text = innermost(error);
            let problem = problem("body.malformed", &format!("提交内容不符合要求：{text}"), text.clone());
            let problem = Problem { status: StatusCode::BAD_REQUEST.as_u16(), title: "Bad Request".into(), ..problem };
            match blamed_field(&error.body_text(), &text) {
                Some(field) => problem.at(field),
                None => problem,
            }
        }
        JsonRejection::JsonSyntaxError(error) => problem("body.not_json", "提交内容不是有效的 JSON", innermost(error)),
        JsonRejection::MissingJsonContentType(_) => problem(
            "body.content_type",
            "请求头 Content-Type 应为 application/json",
            "expected Content-Type: application/json".to_owned(),
        )
        .at("Content-Type"),
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => problem("body.unreadable", "提交内容未能读取", "the body could not be read".to_owned()),
    }
}

/// 413, for a body over the limit.
pub fn too_large() -> Problem {
    let reason = Reason::new("body.too_large", "提交内容过大", "the body is too large");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, reason)
}

fn of_query(rejection: &QueryRejection) -> Problem {
    let text = innermost(rejection);
    let reason = Reason::new("query.malformed", format!("查询参数不符合要求：{text}"), text.clone());
    let problem = Problem::new(StatusCode::BAD_REQUEST, reason);
    match blamed_field(&rejection.body_text(), &text) {
        Some(field) => problem.at(field),
        None => problem,
    }
}

/// The innermost error: serde's own words ("missing field `name`"), which name the input and nothing of ours.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// The field serde blames: the path axum prints before the first colon, or the name in back quotes.
fn blamed_field(body_text: &str, text: &str) -> Option<String> {
    let quoted = || {
        let named = ["missing field `", "unknown field `", "duplicate field `"];
        let rest = named.iter().find_map(|marker| text.split_once(marker)).map(|(_, rest)| rest)?;
        Some(rest.split_once('`')?.0.to_owned())
    };
    let path = body_text
        .rsplit_once("target type: ")
        .or_else(|| body_text.rsplit_once("query string: "))
        .and_then(|(_, rest)| rest.split_once(": "))
        .map(|(path, _)| path.to_owned())
        .filter(|path| !path.contains(' '));
    match (path, quoted()) {
        (Some(path), Some(name)) if path != "." && !path.ends_with(&name) => Some(format!("{path}.{name}")),
        (Some(path), _) if path != "." => Some(path),
        (_, name) => name,
    }
}

/// For handlers that check something themselves: a 400 that names the field.
pub fn bad_request(field: &str, code: &str, zh: &str, en: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, Reason::new(code, zh, en)).at(field)
}

/// A problem where a handler wants an `ApiError`.
impl From<Reason> for ApiError {
    fn from(reason: Reason) -> Self {
        Self(AppError::BadRequest(reason))
    }
}

#[cfg(test)]
mod tests;
