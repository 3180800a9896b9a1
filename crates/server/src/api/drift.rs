//! 偏差核对: the report and what is done about a row.

use app::App;
use app::case::Answer;
use app::drift::view::{self, DriftPage, Filter};
use axum::Json;
use axum::extract::State;
use domain::drift::{Command, DriftKind, StateKind};
use domain::ids::DriftId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(command))
}

/// Filters and place of the list. Without a state: what is not over.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of a name, a case's number, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub kind: Option<DriftKind>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    #[param(value_type = Option<String>)]
    pub engine_id: Option<Uuid>,
    #[param(value_type = Option<String>)]
    pub agency_id: Option<Uuid>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl ListQuery {
    /// The filter as the use case takes it.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            kind: self.kind.map(|kind| kind.code().to_owned()),
            state: self.state.map(|state| state.code().to_owned()),
            engine_id: self.engine_id,
            agency_id: self.agency_id,
        }
    }
}

/// 偏差核对.
#[utoipa::path(get, path = "/api/drift", tag = "drift", params(ListQuery), responses((status = OK, body = DriftPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<DriftPage>> {
    let limit = bounded(query.limit);
    Ok(Json(view::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 重新核对、恢复到核定、纳管、登记处理.
#[utoipa::path(post, path = "/api/drift/{id}/commands", tag = "drift", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<DriftId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(app::drift::execute(&app, &actor, &meta, id, version, command).await?))
}
