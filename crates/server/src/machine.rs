//! 机器凭据: a jump host that asks by itself, with `Authorization: Bearer …`. No person's session, no cookie, so no CSRF.

use app::AppError;
use app::error::Reason;
use app::jump_host::Machine;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::error::ApiError;
use crate::signed;
use crate::state::AppState;

/// The registered jump host that asks.
#[derive(Debug, Clone)]
pub struct JumpHost(pub Machine);

impl FromRequestParts<AppState> for JumpHost {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = sent.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim).unwrap_or_default();
        if token.is_empty() {
            let (zh, en) = ("需要机器凭据", "a machine's credential is needed");
            return Err(ApiError(AppError::Unauthenticated(Reason::new("jump_host.credential", zh, en))));
        }
        Ok(Self(app::jump_host::authenticate(&state.app, token, signed::visit(parts, state).ip).await?))
    }
}
