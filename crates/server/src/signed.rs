//! 会话 of a request: who is signed in, and that a change was meant (CSRF token).

use app::AppError;
use app::actor::Actor;
use app::error::Reason;
use app::session::{self, Session, Visit};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum_extra::extract::CookieJar;
use std::net::SocketAddr;
use subtle::ConstantTimeEq;

use crate::error::ApiError;
use crate::request_id;
use crate::state::AppState;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "liyun_session";

/// 已登录的人, fully signed in; a change must carry the session's `X-CSRF-Token`.
#[derive(Debug, Clone)]
pub struct Signed(pub Actor);

/// A session at any step of the log-in; a change must carry its `X-CSRF-Token`.
#[derive(Debug, Clone)]
pub struct Entering(pub Session);

/// The session of the cookie where there is one that holds; no refusal where there is none. For reading only.
#[derive(Debug, Clone)]
pub struct MaybeEntering(pub Option<Session>);

/// 同源: a change that begins without a session, so without a CSRF token (signing in, setting up), comes from a page of
/// ours. Browsers say so in `Sec-Fetch-Site`, and over plain HTTP in `Origin`; a program that sends neither has no
/// browser whose log-in another site could borrow.
#[derive(Debug, Clone, Copy)]
pub struct SameOrigin;

/// Where the request comes from. Behind TLS the proxy's last `X-Forwarded-For` entry is believed, else the peer.
#[derive(Debug, Clone)]
pub struct From(pub Visit);

impl FromRequestParts<AppState> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        Ok(Self(visit(parts, state)))
    }
}

impl FromRequestParts<AppState> for Entering {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let session = load(parts, state).await?;
        if !is_reading(&parts.method) && !token_matches(&parts.headers, &session.csrf_token) {
            return Err(foreign_request());
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Entering(session) = Entering::from_request_parts(parts, state).await?;
        Ok(Self(session.full()?.clone()))
    }
}

impl FromRequestParts<AppState> for MaybeEntering {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match load(parts, state).await {
            Ok(session) => Ok(Self(Some(session))),
            Err(ApiError(AppError::Unauthenticated(_))) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

impl FromRequestParts<AppState> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if is_same_origin(&parts.headers, state.behind_tls) { Ok(Self) } else { Err(other_site()) }
    }
}

/// The session of the cookie, where there is one that holds.
pub async fn load(parts: &Parts, state: &AppState) -> Result<Session, ApiError> {
    let jar = CookieJar::from_headers(&parts.headers);
    let token = jar.get(SESSION_COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    Ok(session::load(&state.app, &token, &visit(parts, state)).await?)
}

/// Where a request comes from, as the log has it.
pub(crate) fn visit(parts: &Parts, state: &AppState) -> Visit {
    let forwarded = parts.headers.get("x-forwarded-for").filter(|_| state.behind_tls);
    let forwarded =
        forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next().map(|last| last.trim().to_owned()));
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let terminal = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Visit {
        ip: forwarded.or(peer),
        terminal: terminal.map(|text| text.chars().take(200).collect()),
        request_id: request_id::current(),
    }
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn token_matches(headers: &HeaderMap, expected: &str) -> bool {
    let sent = headers.get("x-csrf-token").map(|value| value.as_bytes()).unwrap_or_default();
    sent.ct_eq(expected.as_bytes()).into()
}

fn is_same_origin(headers: &HeaderMap, behind_tls: bool) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return true };
    let origin = origin.split_once("://").map(|(_, authority)| authority).unwrap_or_default();
    let forwarded = text("x-forwarded-host").filter(|_| behind_tls);
    let host = forwarded.or_else(|| text("host")).unwrap_or_default();
    !origin.is_empty() && origin.eq_ignore_ascii_case(host)
}

fn other_site() -> ApiError {
    let zh = "请求来自其他网站,已拒绝";
    ApiError(AppError::Forbidden(Reason::new("origin.foreign", zh, "this request comes from another site")))
}

fn foreign_request() -> ApiError {
    let zh = "请求校验未通过,请刷新页面后重试";
    ApiError(AppError::Forbidden(Reason::new(
        "csrf.mismatch",
        zh,
        "the X-CSRF-Token header does not match the session",
    )))
}
