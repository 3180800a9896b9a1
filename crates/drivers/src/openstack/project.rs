//! 项目: one for each agency, named by our id, with a quota equal to what was approved for it.
//!
//! The name is unique in its domain, so that two that make it at once end with one. A project stays when its last
//! network goes: empty, with nothing allowed, it is the agency's place for whatever is approved next.

use domain::ids::OrgId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Openstack;
use super::calls::At;
use super::fault::{CloudError, there};
use super::place::Allowance;
use super::session::{Scope, Service};
use crate::DriverError;

/// The role our account has in an agency's project: enough to use it, not to administer it.
const ROLE: &str = "member";
/// The mark by which all projects of ours are found.
const TAG: &str = "liyun";
/// Security groups beyond one a server: the project's default one, and one for each network segment.
const NETWORK_PARTS: u64 = 20;
/// What was approved changes between two looks only while another order is being written down.
const QUOTA_LOOKS_MAX: usize = 5;

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The name in the cloud, with our id.
pub(super) fn name_of(agency: OrgId) -> String {
    format!("ly-{agency}")
}

/// The agency's project by the cloud's id; `None` where there is none.
pub(super) async fn find(cloud: &Openstack, agency: OrgId) -> Result<Option<String>, DriverError> {
    if let Some(id) = cloud.projects.lock().await.get(&agency) {
        return Ok(Some(id.clone()));
    }
    let home = cloud.session().home();
    let domain = &home.token().await?.domain_id;
    let query = format!("name={}&domain_id={domain}", name_of(agency));
    let found: Vec<Named> = home.list(Service::Identity, "/projects", &query, "projects").await?;
    Ok(found.into_iter().next().map(|project| project.id))
}

/// Calls inside the agency's project. `None` where it has none, or one in which a killed process left us without a
/// role and so without anything of ours.
pub(super) async fn enter(cloud: &Openstack, agency: OrgId) -> Result<Option<At<'_>>, DriverError> {
    let Some(id) = find(cloud, agency).await? else { return Ok(None) };
    let scope = Scope::Project(id.clone());
    match cloud.session().token(&scope).await {
        Ok(_) => {
            cloud.projects.lock().await.insert(agency, id);
            Ok(Some(cloud.session().at(scope)))
        }
        Err(CloudError::Credentials { .. }) if is_locked_out(cloud, &id).await? => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// True where our account has no role in the project. Asked as administrator, so that refused credentials are an error
/// and never look like an empty project.
async fn is_locked_out(cloud: &Openstack, project: &str) -> Result<bool, DriverError> {
    let home = cloud.session().home();
    let user = &home.token().await?.user_id;
    let query = format!("user.id={user}&scope.project.id={project}");
    let roles: Vec<Value> = home.list(Service::Identity, "/role_assignments", &query, "role_assignments").await?;
    Ok(roles.is_empty())
}

/// Makes the project where there is none, lets our account in, and sets the quota.
pub(super) async fn ensure(cloud: &Openstack, agency: OrgId) -> Result<At<'_>, DriverError> {
    let id = match find(cloud, agency).await? {
        Some(id) => id,
        None => create(cloud, agency).await?,
    };
    if !cloud.projects.lock().await.contains_key(&agency) {
        let_in(cloud, &id).await?;
        cloud.projects.lock().await.insert(agency, id.clone());
    }
    set_quota(cloud, agency, &id).await?;
    Ok(cloud.session().at(Scope::Project(id)))
}

/// Lets our account into a project.
pub(super) async fn let_in(cloud: &Openstack, id: &str) -> Result<(), DriverError> {
    let path = role_in(cloud, id).await?;
    Ok(cloud.session().home().put(Service::Identity, &path, None).await?)
}

/// Takes our account out of a project again.
pub(super) async fn let_out(cloud: &Openstack, id: &str) -> Result<(), DriverError> {
    let path = role_in(cloud, id).await?;
    Ok(cloud.session().home().delete(Service::Identity, &path).await?)
}

async fn role_in(cloud: &Openstack, id: &str) -> Result<String, DriverError> {
    let home = cloud.session().home();
    let roles: Vec<Named> = home.list(Service::Identity, "/roles", &format!("name={ROLE}"), "roles").await?;
    let role = roles
        .first()
        .ok_or_else(|| DriverError::refused("云平台缺少 member 角色", format!("Keystone has no role {ROLE:?}")))?;
    let user = &home.token().await?.user_id;
    Ok(format!("/projects/{id}/users/{user}/roles/{}", role.id))
}

/// Where the quota lies that was last set.
fn quota_key(agency: OrgId) -> String {
    format!("quota/{agency}")
}

async fn create(cloud: &Openstack, agency: OrgId) -> Result<String, DriverError> {
    cloud.shelf.remove(&quota_key(agency)).await?;
    let home = cloud.session().home();
    let domain = home.token().await?.domain_id.clone();
    let project = json!({
        "name": name_of(agency), "domain_id": domain, "tags": [TAG],
        "description": "liyun: one agency's servers; its quota is what was approved",
    });
    let body = json!({ "project": project });
    match home.post::<Named>(Service::Identity, "/projects", &body, Some("project")).await {
        Ok(project) => Ok(project.id),
        // Another was faster.
        Err(error) if error.status() == Some(409) => {
            find(cloud, agency).await?.ok_or_else(|| DriverError::retry("项目名称被占用", error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Sets the quota of an agency's project where it was last set otherwise. One at a time: of two that add up what was
/// approved, the slower one would put the smaller sum back. Another process may still do that, so it is looked at again
/// until it is the sum.
pub(super) async fn set_quota(cloud: &Openstack, agency: OrgId, id: &str) -> Result<(), DriverError> {
    let _turn = cloud.quotas.lock().await;
    for _ in 0..QUOTA_LOOKS_MAX {
        let approved = cloud.places.approved_for(agency).await?;
        if cloud.shelf.get(&quota_key(agency)).await? == Some(json!(approved)) {
            return Ok(());
        }
        put_quota(cloud, (agency, id), approved).await?;
    }
    Err(DriverError::retry("该单位的核定量正在变化,稍后继续", format!("the quota of {agency} does not come to rest")))
}

async fn put_quota(cloud: &Openstack, (agency, id): (OrgId, &str), approved: Allowance) -> Result<(), DriverError> {
    let home = cloud.session().home();
    for (service, quota) in quotas(approved) {
        let body = json!({ "quota_set": quota });
        home.put(service, &format!("/os-quota-sets/{id}"), Some(&body)).await?;
    }
    let body = json!({ "quota": network_quota(approved) });
    home.put(Service::Network, &format!("/quotas/{id}"), Some(&body)).await?;
    cloud.shelf.put(&quota_key(agency), &json!(approved)).await
}

/// `force`: a quota may fall below what is in use, when an order ended and its servers are still being removed.
fn quotas(approved: Allowance) -> [(Service, Value); 2] {
    let Allowance { servers, vcpu, memory_mib, volumes, gib, copies, .. } = approved;
    let volume = json!({
        "volumes": volumes + copies.beside,
        "gigabytes": gib + copies.snapshot_gib + copies.beside_gib,
        "snapshots": copies.snapshots,
        "backups": copies.backups,
        "backup_gigabytes": copies.backup_gib,
    });
    [
        (Service::Compute, json!({ "instances": servers, "cores": vcpu, "ram": memory_mib, "force": true })),
        (Service::Volume, volume),
    ]
}

/// Public addresses exactly as approved. Groups and their rules with room for those of the networks and for the two
/// that each group is born with: they let nothing in by themselves.
fn network_quota(approved: Allowance) -> Value {
    let groups = approved.access.security_groups + NETWORK_PARTS;
    json!({
        "floatingip": approved.access.public_addresses,
        "security_group": groups,
        "security_group_rule": approved.access.ports + 4 * groups,
    })
}

/// The ids of all projects of ours, for the list of everything the cloud holds.
pub(super) async fn all(cloud: &Openstack) -> Result<Vec<String>, DriverError> {
    let home = cloud.session().home();
    let found: Vec<Named> = home.list(Service::Identity, "/projects", &format!("tags={TAG}"), "projects").await?;
    Ok(found.into_iter().map(|project| project.id).collect())
}

/// Lets our projects use a private flavor.
pub(super) async fn let_use(cloud: &Openstack, flavor: &str, project: &str) -> Result<(), DriverError> {
    let body = json!({ "addTenantAccess": { "tenant": project } });
    let home = cloud.session().home();
    Ok(there(home.act(Service::Compute, &format!("/flavors/{flavor}/action"), &body).await)?)
}
