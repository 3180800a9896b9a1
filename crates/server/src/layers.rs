//! What wraps every request: the panic net, security headers, caching, compression, body limit.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::error::Problem;
use crate::state::AppState;
use crate::{extract, request_id};

/// Largest JSON body. Uploads set their own limit at their route.
pub const BODY_LIMIT_BYTES: usize = 2 * 1024 * 1024;
/// Answers below this size are sent as they are: compressing them costs more than it saves.
const COMPRESS_FROM_BYTES: u16 = 4096;

/// Only our own origin, no inline script, no plug-in, never inside another page.
/// Images may be `data:` (QR codes) and frames `blob:` (previews of documents already fetched).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob:; \
     manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Wraps the whole router.
pub fn wrap(router: Router, state: &AppState) -> Router {
    let behind_tls = state.behind_tls;
    wrap_plain(router)
        .layer(middleware::from_fn(move |request: Request, next: Next| security_headers(behind_tls, request, next)))
}

/// The layers that need no state. Read from below: a request passes the last line first.
pub fn wrap_plain(router: Router) -> Router {
    let compressible = SizeAbove::new(COMPRESS_FROM_BYTES)
        .and(NotForContentType::const_new("application/pdf"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/vnd.openxmlformats-officedocument"))
        .and(NotForContentType::IMAGES);
    router
        .layer(middleware::from_fn(extract::fingerprint_layer))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(|_| {
            // The panic hook has logged what and where; the span names the request.
            tracing::error!("a handler panicked");
            Problem::fault().into_response()
        }))
        .layer(CompressionLayer::new().gzip(true).compress_when(compressible))
        .layer(middleware::from_fn(request_id::layer))
}

/// The headers every answer carries; a handler's own `Cache-Control` stands.
async fn security_headers(behind_tls: bool, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if behind_tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}
