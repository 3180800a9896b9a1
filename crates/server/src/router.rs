//! Every endpoint, grouped by who uses it. Each room gives its own `routes()`.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;
use crate::{api, layers, web_assets};

/// The document's head; paths and schemas come from the rooms.
#[derive(OpenApi)]
#[openapi(
    info(title = "漓云 Liyun", description = "政务云业务管理系统。错误一律为 application/problem+json。"),
    components(schemas(
        crate::error::Problem,
        app::view::work_list::Inbox,
        domain::org::OrgKind,
        domain::org::Level,
        domain::org::Office,
        domain::org::PersonState,
        app::audit::Outcome,
        domain::calendar::DaySource
    ))
)]
struct Document;

/// The rooms, without layers and page.
fn rooms() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        // Anyone, without a session
        .merge(api::health::routes())
        .merge(api::session::routes())
        // A case through the seven stages
        .merge(api::applications::routes())
        .merge(api::usage_plans::routes())
        .merge(api::trials::routes())
        .merge(api::subscriptions::routes())
        .merge(api::changes::routes())
        .merge(api::terminations::routes())
        .merge(api::cases::routes())
        .merge(api::attachments::routes())
        .merge(api::documents::routes())
        .merge(api::server_table::routes())
        .merge(api::exports::routes())
        // Organisations, people and what they may do
        .merge(api::orgs::routes())
        .merge(api::people::routes())
        .merge(api::roles::routes())
        .merge(api::audit::routes())
        // What runs on which cloud
        .merge(api::resources::routes())
        .merge(api::service_instances::routes())
        .merge(api::scaling_policies::routes())
        .merge(api::drift::routes())
        .merge(api::engines::routes())
        .merge(api::operations::routes())
        // Who gets onto it: accounts, grants, alarms, jump hosts
        .merge(api::bastion::routes())
        .merge(api::access_grants::routes())
        .merge(api::disk_copies::routes())
        .merge(api::access_alarms::routes())
        .merge(api::jump_hosts::routes())
        // Law, prices, money
        .merge(api::regulation::routes())
        .merge(api::prices::routes())
        .merge(api::charges::routes())
        .merge(api::allocations::routes())
        // The demonstration; not found elsewhere
        .merge(api::demo::routes())
}

/// The server: rooms, page, layers.
pub fn router(state: AppState) -> Router {
    let (router, _) = rooms().split_for_parts();
    let router =
        router.fallback(web_assets::serve).method_not_allowed_fallback(method_not_allowed).with_state(state.clone());
    layers::wrap(router, &state)
}

async fn method_not_allowed() -> crate::error::Problem {
    let reason =
        app::error::Reason::new("method_not_allowed", "该地址不支持此操作", "this address does not take this method");
    crate::error::Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, reason)
}

/// The API as an OpenAPI document: `liyun openapi`, and `openapi.json` in this crate.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut document) = rooms().split_for_parts();
    // The version of the program would say to anyone which faults it has.
    document.info.version = "1".to_owned();
    document
}
