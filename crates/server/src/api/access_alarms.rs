//! 访问告警: listed and handled.

use app::App;
use app::access_alarm::{self, AlarmPage, Filter};
use app::case::Answer;
use axum::Json;
use axum::extract::State;
use domain::access_alarm::{Command, Kind, StateKind};
use domain::ids::AccessAlarmId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::{ApiJson, ApiPath, ApiQuery, IfMatch, RequestMeta, bounded};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(command))
}

/// Filters and place of the list.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AlarmQuery {
    /// Part of a number, a name, a source, a server, a case's number, a system's or an agency's name.
    pub q: Option<String>,
    #[param(value_type = Option<String>)]
    pub state: Option<StateKind>,
    #[param(value_type = Option<String>)]
    pub kind: Option<Kind>,
    pub cursor: Option<String>,
    /// 1–100, 20 where absent.
    pub limit: Option<u16>,
}

impl AlarmQuery {
    /// As `app` filters.
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            state: self.state.map(|state| state.code().to_owned()),
            kind: self.kind.map(|kind| kind.code().to_owned()),
        }
    }
}

/// 访问告警列表.
#[utoipa::path(get, path = "/api/access-alarms", tag = "bastion", params(AlarmQuery), responses((status = OK, body = AlarmPage)))]
async fn list(
    State(app): State<App>,
    Signed(actor): Signed,
    ApiQuery(query): ApiQuery<AlarmQuery>,
) -> ApiResult<Json<AlarmPage>> {
    let limit = bounded(query.limit);
    Ok(Json(access_alarm::page(&app, &actor, query.filter(), query.cursor.as_deref(), limit).await?))
}

/// 处置访问告警.
#[utoipa::path(post, path = "/api/access-alarms/{id}/commands", tag = "bastion", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Command, responses((status = OK, body = Answer)))]
async fn command(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    IfMatch(version): IfMatch,
    ApiPath(id): ApiPath<AccessAlarmId>,
    ApiJson(command): ApiJson<Command>,
) -> ApiResult<Json<Answer>> {
    Ok(Json(access_alarm::execute(&app, &actor, &meta, id, version, command).await?))
}
