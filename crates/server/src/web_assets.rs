//! 网页: the built page, embedded in the program. Any path that is no file is the page itself.
//!
//! Files under `assets/` have their content's hash in the name, so they never change; everything
//! else is revalidated by its ETag. Building needs no Node: without `web/dist` a page says so.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Shown where the program was built without the page.
const NOT_BUILT: &str = include_str!("web_not_built.html");

/// The fallback of the router: a file, the page, or a problem for an unknown API path.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::not_found().into_response();
    }
    // Written beside the files by the build: the same content, already compressed.
    if accepts_gzip(&headers)
        && let Some(file) = Dist::get(&format!("{path}.gz"))
    {
        return answer(path, &file, true, &headers);
    }
    if let Some(file) = Dist::get(path) {
        return answer(path, &file, false, &headers);
    }
    // A hashed file that is gone belongs to an older page: the page must not be given in its place.
    if path.starts_with("assets/") {
        return Problem::not_found().into_response();
    }
    match Dist::get("index.html") {
        Some(page) => answer("index.html", &page, false, &headers),
        None => not_built(),
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| coding.trim().starts_with("gzip"))
}

fn answer(path: &str, file: &EmbeddedFile, gzipped: bool, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let builder = Response::builder().header(header::ETAG, &etag).header(header::CACHE_CONTROL, cache);
    let builder = builder.header(header::VARY, "accept-encoding");
    let response = if seen.is_some_and(|seen| seen.contains(&etag)) {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let builder = builder.header(header::CONTENT_TYPE, content_type(path));
        let builder = if gzipped { builder.header(header::CONTENT_ENCODING, "gzip") } else { builder };
        builder.body(Body::from(file.data.clone()))
    };
    response.unwrap_or_else(|_| Problem::fault().into_response())
}

/// By the few endings our build writes; anything else is bytes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_built() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}
