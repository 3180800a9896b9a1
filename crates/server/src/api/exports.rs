//! 导出: every list as a workbook, filtered as on its page.

use app::App;
use app::export::{self, Exported};
use app::price::PriceFilter;
use axum::extract::State;
use axum::response::Response;
use domain::ids::UsagePlanId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    access_alarms, access_grants, allocations, audit, bastion, cases, charges, drift, orgs, people, resources,
    scaling_policies, service_instances,
};
use crate::download;
use crate::error::ApiResult;
use crate::extract::{ApiPath, ApiQuery, RequestMeta};
use crate::signed::Signed;
use crate::state::AppState;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(case_list))
        .routes(routes!(work_list))
        .routes(routes!(pool))
        .routes(routes!(allocation_list))
        .routes(routes!(usage_plan))
        .routes(routes!(resource_list))
        .routes(routes!(service_instance_list))
        .routes(routes!(org_list))
        .routes(routes!(person_list))
        .routes(routes!(price_list))
        .routes(routes!(audit_log))
        .routes(routes!(charge_register))
        .routes(routes!(session_list))
        .routes(routes!(grant_list))
        .routes(routes!(alarm_list))
        .routes(routes!(drift_report))
        .routes(routes!(policy_list))
}

fn file(exported: Exported) -> Response {
    download::workbook(&exported.file_name, exported.bytes)
}

/// 导出办件列表.
#[utoipa::path(get, path = "/api/cases/export.xlsx", tag = "export", params(cases::ListQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn case_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<cases::ListQuery>,
) -> ApiResult<Response> {
    Ok(file(export::cases(&app, &actor, &meta, query.filter()).await?))
}

/// 导出工作台.
#[utoipa::path(get, path = "/api/work-list/export.xlsx", tag = "export", params(cases::BoxQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn work_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<cases::BoxQuery>,
) -> ApiResult<Response> {
    Ok(file(export::work_list(&app, &actor, &meta, query.inbox).await?))
}

/// 导出调配池.
#[utoipa::path(get, path = "/api/pool/export.xlsx", tag = "export", params(allocations::PoolQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn pool(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<allocations::PoolQuery>,
) -> ApiResult<Response> {
    Ok(file(export::pool(&app, &actor, &meta, query.filter()).await?))
}

/// 导出调配记录.
#[utoipa::path(get, path = "/api/allocations/export.xlsx", tag = "export", params(allocations::ListQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn allocation_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<allocations::ListQuery>,
) -> ApiResult<Response> {
    Ok(file(export::allocations(&app, &actor, &meta, query.filter()).await?))
}

/// 导出使用计划.
#[utoipa::path(get, path = "/api/usage-plans/{id}/export.xlsx", tag = "export", params(("id" = String, Path)),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn usage_plan(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiPath(id): ApiPath<UsagePlanId>,
) -> ApiResult<Response> {
    Ok(file(export::usage_plan(&app, &actor, &meta, id).await?))
}

/// 导出云资源列表.
#[utoipa::path(get, path = "/api/resources/export.xlsx", tag = "export", params(resources::ListQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn resource_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<resources::ListQuery>,
) -> ApiResult<Response> {
    Ok(file(export::resources(&app, &actor, &meta, query.filter()).await?))
}

/// 导出服务实例列表.
#[utoipa::path(get, path = "/api/service-instances/export.xlsx", tag = "export", params(service_instances::ListQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn service_instance_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<service_instances::ListQuery>,
) -> ApiResult<Response> {
    Ok(file(export::service_instances(&app, &actor, &meta, query.filter()).await?))
}

/// 导出机构列表.
#[utoipa::path(get, path = "/api/orgs/export.xlsx", tag = "export", params(orgs::OrgQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn org_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<orgs::OrgQuery>,
) -> ApiResult<Response> {
    Ok(file(export::orgs(&app, &actor, &meta, query.filter()).await?))
}

/// 导出人员列表.
#[utoipa::path(get, path = "/api/people/export.xlsx", tag = "export", params(people::PersonQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn person_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<people::PersonQuery>,
) -> ApiResult<Response> {
    Ok(file(export::people(&app, &actor, &meta, query.filter()).await?))
}

/// 导出价格表.
#[utoipa::path(get, path = "/api/prices/export.xlsx", tag = "export", params(PriceFilter),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn price_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(filter): ApiQuery<PriceFilter>,
) -> ApiResult<Response> {
    Ok(file(export::prices(&app, &actor, &meta, filter).await?))
}

/// 导出操作日志.
#[utoipa::path(get, path = "/api/audit/export.xlsx", tag = "export", params(audit::AuditQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn audit_log(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<audit::AuditQuery>,
) -> ApiResult<Response> {
    Ok(file(export::log(&app, &actor, &meta, query.filter()).await?))
}

/// 导出费用台账.
#[utoipa::path(get, path = "/api/charges/export.xlsx", tag = "export", params(charges::ChargeQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn charge_register(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<charges::ChargeQuery>,
) -> ApiResult<Response> {
    Ok(file(export::charges(&app, &actor, &meta, query.filter()).await?))
}

/// 导出运维会话列表.
#[utoipa::path(get, path = "/api/bastion-sessions/export.xlsx", tag = "export", params(bastion::SessionQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn session_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<bastion::SessionQuery>,
) -> ApiResult<Response> {
    Ok(file(export::bastion_sessions(&app, &actor, &meta, query.filter()).await?))
}

/// 导出访问授权列表.
#[utoipa::path(get, path = "/api/access-grants/export.xlsx", tag = "export", params(access_grants::GrantQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn grant_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<access_grants::GrantQuery>,
) -> ApiResult<Response> {
    Ok(file(export::access_grants(&app, &actor, &meta, query.filter()).await?))
}

/// 导出访问告警列表.
#[utoipa::path(get, path = "/api/access-alarms/export.xlsx", tag = "export", params(access_alarms::AlarmQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn alarm_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<access_alarms::AlarmQuery>,
) -> ApiResult<Response> {
    Ok(file(export::access_alarms(&app, &actor, &meta, query.filter()).await?))
}

/// 导出偏差核对.
#[utoipa::path(get, path = "/api/drift/export.xlsx", tag = "export", params(drift::ListQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn drift_report(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<drift::ListQuery>,
) -> ApiResult<Response> {
    Ok(file(export::drift(&app, &actor, &meta, query.filter()).await?))
}

/// 导出伸缩策略列表.
#[utoipa::path(get, path = "/api/scaling-policies/export.xlsx", tag = "export", params(scaling_policies::PolicyQuery),
    responses((status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn policy_list(
    State(app): State<App>,
    Signed(actor): Signed,
    RequestMeta(meta): RequestMeta,
    ApiQuery(query): ApiQuery<scaling_policies::PolicyQuery>,
) -> ApiResult<Response> {
    Ok(file(export::scaling_policies(&app, &actor, &meta, query.filter()).await?))
}
