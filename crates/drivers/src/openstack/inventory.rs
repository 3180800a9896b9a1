//! 清点: everything in the cloud that is ours by name, asked in three lists for all projects at once.

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Found};
use serde::Deserialize;

use super::definition::Definition;
use super::disk::{self, Volume};
use super::session::Service;
use super::{Openstack, nova, project};
use crate::DriverError;

#[derive(Deserialize)]
struct Named {
    name: String,
    tenant_id: String,
}

/// Servers, disks and networks in the projects of our agencies. A server that is only defined counts as one.
pub(super) async fn list(cloud: &Openstack) -> Result<Vec<Found>, DriverError> {
    let home = cloud.session().home();
    let projects = project::all(cloud).await?;
    let mut found = Vec::new();
    let servers: Vec<Named> = home.list(Service::Compute, "/servers/detail", "all_tenants=1", "servers").await?;
    for server in servers.into_iter().filter(|server| projects.contains(&server.tenant_id)) {
        let resource = server.name.strip_prefix("ly-").and_then(|id| id.parse().ok());
        found.push(Found { kind: "server".into(), external_name: server.name, resource, ..Found::default() });
    }
    let volumes: Vec<OwnedVolume> = home.list(Service::Volume, "/volumes/detail", "all_tenants=1", "volumes").await?;
    for volume in volumes.into_iter().filter(|volume| projects.contains(&volume.project)) {
        found.extend(of_volume(&volume.volume, &found));
    }
    let networks: Vec<Named> = home.list(Service::Network, "/networks", "", "networks").await?;
    for network in networks.into_iter().filter(|network| projects.contains(&network.tenant_id)) {
        found.push(Found { kind: "network".into(), external_name: network.name, ..Found::default() });
    }
    Ok(found)
}

#[derive(Deserialize)]
struct OwnedVolume {
    #[serde(rename = "os-vol-tenant-attr:tenant_id", default)]
    project: String,
    #[serde(flatten)]
    volume: Volume,
}

/// The disk, and before it the server that is only defined on it.
fn of_volume(volume: &Volume, found: &[Found]) -> Vec<Found> {
    let resource: Option<ResourceId> = volume.metadata.get(disk::RESOURCE).and_then(|id| id.parse().ok());
    let id: Option<DiskId> = volume.disk();
    let mut list = Vec::new();
    let made = |resource| found.iter().any(|thing| thing.kind == "server" && thing.resource == Some(resource));
    if let Some(resource) = resource.filter(|resource| Definition::on(volume).is_some() && !made(*resource)) {
        let external_name = nova::name_of(resource);
        list.push(Found { kind: "server".into(), external_name, resource: Some(resource), ..Found::default() });
    }
    let external_name = volume.name.clone().unwrap_or_else(|| volume.id.clone());
    list.push(Found { kind: "disk".into(), external_name, disk: id, disks_gib: vec![volume.size], ..Found::default() });
    list
}
