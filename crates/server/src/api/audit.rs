//! 操作日志: the list, the state of its chain, and checking it.

use app::App;
use app::audit::{self, AuditPage, ChainState, Filter, Outcome, Range, Verification};
use axum::Json;
use axum::extract::State;
use domain::ids::PersonId;
use jiff::civil::Date;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiQuery, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(chain)).routes(routes!(verify))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Part of the summary or the actor's name, or a whole object id.
    pub q: Option<String>,
    /// Whole code, or a room followed by a dot.
    pub action: Option<String>,
    #[param(value_type = Option<String>, format = "uuid")]
    pub actor_id: Option<PersonId>,
    /// An object's id, or its kind and id with a colon between.
    pub object: Option<String>,
    pub outcome: Option<Outcome>,
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Inclusive.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl AuditQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            action: self.action.clone(),
            actor: self.actor_id,
            object: self.object.clone(),
            outcome: self.outcome,
            from: self.from,
            to: self.to,
        }
    }
}

/// 操作日志, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(AuditQuery), responses((status = OK, body = AuditPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> ApiResult<Json<AuditPage>> {
    Ok(Json(audit::page(&app, &actor, query.filter(), query.cursor.as_deref(), bounded(query.limit)).await?))
}

/// 日志链状态.
#[utoipa::path(get, path = "/api/audit/chain", tag = "audit", responses((status = OK, body = ChainState)))]
async fn chain(State(app): State<App>, Signed(actor): Signed) -> ApiResult<Json<ChainState>> {
    Ok(Json(audit::chain(&app, &actor).await?))
}

/// 校验日志链.
#[utoipa::path(post, path = "/api/audit/verify", tag = "audit", request_body = Range, responses((status = OK, body = Verification)))]
async fn verify(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiJson(range): ApiJson<Range>,
) -> ApiResult<Json<Verification>> {
    Ok(Json(audit::verify(&app, &actor, &meta, range).await?))
}
