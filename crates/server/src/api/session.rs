//! 会话: signing in step by step, signing out, the first set-up, and the demonstration's list of people.
//!
//! The cookie is `HttpOnly; SameSite=Strict`, and `Secure` behind TLS. Whoever has a session sends its
//! `X-CSRF-Token` with every change; the three changes that begin without one ([`SameOrigin`]) must come from our page.

use app::App;
use app::session::{self, Code, Credentials, DemoPerson, Enrolment, Opened, PasswordChange, SessionEnvelope, SetUp};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use domain::ids::PersonId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::ApiJson;
use crate::signed::{Entering, From, MaybeEntering, SESSION_COOKIE, SameOrigin};
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show, sign_in, sign_out))
        .routes(routes!(change_password))
        .routes(routes!(enrolment, verify))
        .routes(routes!(set_up))
        .routes(routes!(demo_people))
        .routes(routes!(demo_sign_in))
}

/// 演示人员.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct DemoPeople {
    pub items: Vec<DemoPerson>,
}

/// Whom to become.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoChoice {
    #[schema(value_type = String, format = "uuid")]
    pub person_id: PersonId,
}

/// What a step of the log-in answers: the session as it now is, and its new cookie.
type Step = ApiResult<(CookieJar, Json<SessionEnvelope>)>;

/// A session cookie. It ends with the browser; how long it lasts at most is the server's affair.
fn cookie(state: &AppState, token: String) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.behind_tls)
        .build()
}

async fn stepped(state: &AppState, opened: Opened) -> Step {
    let envelope = session::envelope(&state.app, Some(&opened.session)).await?;
    Ok((CookieJar::new().add(cookie(state, opened.token)), Json(envelope)))
}

/// 当前会话; for anyone.
#[utoipa::path(get, path = "/api/session", tag = "session", security(()), responses((status = OK, body = SessionEnvelope)))]
async fn show(State(app): State<App>, MaybeEntering(session): MaybeEntering) -> ApiResult<Json<SessionEnvelope>> {
    Ok(Json(session::envelope(&app, session.as_ref()).await?))
}

/// 登录, first step: user name and password. Needs no CSRF token, but must come from our own page.
#[utoipa::path(post, path = "/api/session", tag = "session", security(()), request_body = Credentials,
    responses((status = OK, body = SessionEnvelope)))]
async fn sign_in(
    State(state): State<AppState>,
    _: SameOrigin,
    From(visit): From,
    ApiJson(form): ApiJson<Credentials>,
) -> Step {
    stepped(&state, session::log_in(&state.app, form, &visit).await?).await
}

/// 退出登录.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = NO_CONTENT)))]
async fn sign_out(
    State(state): State<AppState>,
    Entering(session): Entering,
    From(visit): From,
) -> ApiResult<(CookieJar, StatusCode)> {
    session::log_out(&state.app, &session, &visit).await?;
    let mut gone = cookie(&state, String::new());
    gone.make_removal();
    Ok((CookieJar::new().add(gone), StatusCode::NO_CONTENT))
}

/// 修改口令.
#[utoipa::path(post, path = "/api/session/password", tag = "session", request_body = PasswordChange,
    responses((status = OK, body = SessionEnvelope)))]
async fn change_password(
    State(state): State<AppState>,
    Entering(session): Entering,
    From(visit): From,
    ApiJson(form): ApiJson<PasswordChange>,
) -> Step {
    stepped(&state, session::change_password(&state.app, &session, form, &visit).await?).await
}

/// 绑定动态令牌: a fresh key each time it is asked for, until one is confirmed by its first code.
#[utoipa::path(get, path = "/api/session/second-factor", tag = "session", responses((status = OK, body = Enrolment)))]
async fn enrolment(
    State(app): State<App>,
    Entering(session): Entering,
    From(visit): From,
) -> ApiResult<Json<Enrolment>> {
    Ok(Json(session::enrolment(&app, &session, &visit).await?))
}

/// 验证动态令牌: completes the log-in, and confirms an enrolment.
#[utoipa::path(post, path = "/api/session/second-factor", tag = "session", request_body = Code,
    responses((status = OK, body = SessionEnvelope)))]
async fn verify(
    State(state): State<AppState>,
    Entering(session): Entering,
    From(visit): From,
    ApiJson(code): ApiJson<Code>,
) -> Step {
    stepped(&state, session::verify_code(&state.app, &session, code, &visit).await?).await
}

/// 初次设置, by the one-time link. Must come from our own page.
#[utoipa::path(post, path = "/api/setup", tag = "session", security(()), request_body = SetUp, responses((status = NO_CONTENT)))]
async fn set_up(
    State(app): State<App>,
    _: SameOrigin,
    From(visit): From,
    ApiJson(form): ApiJson<SetUp>,
) -> ApiResult<StatusCode> {
    session::set_up(&app, form, &visit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 演示人员; not found unless served with `--demo`.
#[utoipa::path(get, path = "/api/demo/people", tag = "demo", security(()), responses((status = OK, body = DemoPeople)))]
async fn demo_people(State(app): State<App>) -> ApiResult<Json<DemoPeople>> {
    Ok(Json(DemoPeople { items: session::demo_people(&app).await? }))
}

/// 演示登录, without a password; not found unless served with `--demo`. Must come from our own page.
#[utoipa::path(post, path = "/api/demo/session", tag = "demo", security(()), request_body = DemoChoice,
    responses((status = OK, body = SessionEnvelope)))]
async fn demo_sign_in(
    State(state): State<AppState>,
    _: SameOrigin,
    From(visit): From,
    ApiJson(choice): ApiJson<DemoChoice>,
) -> Step {
    stepped(&state, session::demo_log_in(&state.app, choice.person_id, &visit).await?).await
}
