//! 项目: one for each agency, named by our id, with a quota equal to what was approved for it.
//!
//! The name is unique in its domain, so that two that make it at once end with one. A project stays when its last
//! network goes: empty, with nothing allowed, it is the agency's place for whatever is approved next.

use domain::ids::OrgId;
use domain::provisioning::DiskId;
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
        if !put_quota(cloud, (agency, id), approved).await? {
            return Ok(());
        }
    }
    Err(DriverError::retry("该单位的核定量正在变化,稍后继续", format!("the quota of {agency} does not come to rest")))
}

/// Makes room for a server that erases a disk: what it needs, and as much as is in use beyond what is approved, for an
/// order that has ended is allowed nothing any more while its disks are still there.
pub(super) async fn make_room(
    cloud: &Openstack,
    (agency, id): (OrgId, &str),
    disk: DiskId,
    needed: Allowance,
) -> Result<(), DriverError> {
    let home = cloud.session().home();
    let (compute, volume) = (format!("/os-quota-sets/{id}/detail"), format!("/os-quota-sets/{id}?usage=True"));
    let compute: InUse = home.get(Service::Compute, &compute, Some("quota_set")).await?;
    let volume: InUse = home.get(Service::Volume, &volume, Some("quota_set")).await?;
    let room = room(needed, cloud.places.approved_beside(agency, disk).await?, (&compute, &volume));
    cloud.places.make_room(agency, disk, room).await?;
    set_quota(cloud, agency, id).await
}

/// Takes that room back.
pub(super) async fn give_room_back(
    cloud: &Openstack,
    (agency, id): (OrgId, &str),
    disk: DiskId,
) -> Result<(), DriverError> {
    cloud.places.give_room_back(agency, disk).await?;
    set_quota(cloud, agency, id).await
}

/// What of each thing that a service counts is in use or reserved.
#[derive(Default, Deserialize)]
#[serde(default)]
struct InUse {
    instances: Counted,
    cores: Counted,
    ram: Counted,
    volumes: Counted,
    gigabytes: Counted,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counted {
    in_use: u64,
    reserved: u64,
}

fn room(needed: Allowance, approved: Allowance, (compute, volume): (&InUse, &InUse)) -> Allowance {
    let beyond = |counted: &Counted, approved: u64| (counted.in_use + counted.reserved).saturating_sub(approved);
    let copies = approved.copies;
    Allowance {
        servers: needed.servers + beyond(&compute.instances, approved.servers),
        vcpu: needed.vcpu + beyond(&compute.cores, approved.vcpu),
        memory_mib: needed.memory_mib + beyond(&compute.ram, approved.memory_mib),
        volumes: needed.volumes + beyond(&volume.volumes, approved.volumes + copies.beside),
        gib: needed.gib + beyond(&volume.gigabytes, approved.gib + copies.snapshot_gib + copies.beside_gib),
        ..Allowance::default()
    }
}

/// False where what an ended order still holds keeps it higher than it should be: then it is set again the next time.
async fn put_quota(cloud: &Openstack, (agency, id): (OrgId, &str), approved: Allowance) -> Result<bool, DriverError> {
    let (home, path, mut exact) = (cloud.session().home(), format!("/os-quota-sets/{id}"), true);
    for (service, mut quota) in quotas(approved) {
        let set = home.put(service, &path, Some(&json!({ "quota_set": quota }))).await;
        match set {
            // Cinder takes none below what is in use.
            Err(error) if service == Service::Volume && error.status() == Some(400) => {
                let used: Value = home.get(service, &format!("{path}?usage=True"), Some("quota_set")).await?;
                raise(&mut quota, &used);
                home.put(service, &path, Some(&json!({ "quota_set": quota }))).await?;
                exact = false;
            }
            other => other?,
        }
    }
    let body = json!({ "quota": network_quota(approved) });
    home.put(Service::Network, &format!("/quotas/{id}"), Some(&body)).await?;
    match exact {
        true => cloud.shelf.put(&quota_key(agency), &json!(approved)).await?,
        false => cloud.shelf.remove(&quota_key(agency)).await?,
    }
    Ok(exact)
}

/// Raises each figure to what is in use of it.
fn raise(quota: &mut Value, used: &Value) {
    for (thing, figure) in quota.as_object_mut().into_iter().flatten() {
        let used = used[thing]["in_use"].as_u64().unwrap_or(0) + used[thing]["reserved"].as_u64().unwrap_or(0);
        if figure.as_u64().is_some_and(|figure| figure < used) {
            *figure = json!(used);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasing_server_finds_room_beside_what_an_ended_order_still_holds() {
        let needed = Allowance { servers: 1, vcpu: 1, memory_mib: 512, volumes: 1, gib: 2, ..Allowance::default() };
        let of = |text: Value| serde_json::from_value::<InUse>(text).unwrap();
        let compute = of(json!({ "instances": { "in_use": 1, "reserved": 0, "limit": 0 }, "cores": { "in_use": 2 },
            "ram": { "in_use": 4096 }, "key_pairs": { "in_use": 0 } }));
        let volume = of(json!({ "volumes": { "in_use": 3, "reserved": 1 }, "gigabytes": { "in_use": 70 } }));
        let ended = room(needed, Allowance::default(), (&compute, &volume));
        assert_eq!((ended.servers, ended.vcpu, ended.memory_mib), (2, 3, 4608));
        assert_eq!((ended.volumes, ended.gib), (5, 72));
        let approved =
            Allowance { servers: 1, vcpu: 2, memory_mib: 4096, volumes: 9, gib: 900, ..Allowance::default() };
        assert_eq!(room(needed, approved, (&compute, &volume)), needed, "within what is approved only its own");
    }

    #[test]
    fn no_quota_falls_below_what_is_in_use() {
        let mut quota = json!({ "volumes": 0, "gigabytes": 9, "snapshots": 0 });
        let used = json!({ "volumes": { "in_use": 1, "reserved": 1 }, "gigabytes": { "in_use": 3, "reserved": 0 } });
        raise(&mut quota, &used);
        assert_eq!(quota, json!({ "volumes": 2, "gigabytes": 9, "snapshots": 0 }));
    }
}
