//! 清点: everything in the cloud that is ours, asked in six lists for all projects at once.

use std::collections::{HashMap, HashSet};

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Found};
use serde::Deserialize;

use super::definition::Definition;
use super::disk::{self, Volume};
use super::listed::{self, Ours};
use super::nova::Server;
use super::session::Service;
use super::{Openstack, adopt, eraser, nova, project};
use crate::DriverError;

#[derive(Deserialize)]
struct Network {
    name: String,
    tenant_id: String,
}

/// Servers, disks, networks, copies and idle public addresses in the projects of our agencies, a server that is only
/// defined among them; and every server elsewhere, with the disks of those that were adopted.
pub(super) async fn list(cloud: &Openstack) -> Result<Vec<Found>, DriverError> {
    let home = cloud.session().home();
    let projects: HashSet<String> = project::all(cloud).await?.into_iter().collect();
    let servers: Vec<Server> = home.list(Service::Compute, "/servers/detail", "all_tenants=1", "servers").await?;
    let volumes: Vec<OwnedVolume> = home.list(Service::Volume, "/volumes/detail", "all_tenants=1", "volumes").await?;
    let networks: Vec<Network> = home.list(Service::Network, "/networks", "", "networks").await?;
    let disks: HashMap<String, DiskId> =
        volumes.iter().filter_map(|one| Some((one.volume.id.clone(), one.volume.belongs_to()?))).collect();
    let held = Ours { projects: &projects, disks: &disks };
    let (copies, addresses) = (listed::copies(&home, &held).await?, listed::addresses(&home, &held).await?);
    let (ours, others): (Vec<_>, Vec<_>) = servers.into_iter().partition(|server| projects.contains(&server.project));
    let mut found: Vec<Found> = ours.into_iter().map(of_server).collect();
    let made: HashSet<ResourceId> = found.iter().filter_map(|thing| thing.resource).collect();
    let (ours, elsewhere): (Vec<_>, Vec<_>) = volumes.into_iter().partition(|one| projects.contains(&one.project));
    found.extend(ours.iter().flat_map(|one| of_volume(&one.volume, &made)));
    let elsewhere: Vec<Volume> = elsewhere.into_iter().map(|one| one.volume).collect();
    found.extend(elsewhere.iter().filter(|volume| volume.disk().is_some()).map(of_disk));
    found.extend(adopt::strangers(others, &elsewhere));
    for network in networks.into_iter().filter(|network| projects.contains(&network.tenant_id)) {
        found.push(Found { kind: "network".into(), external_name: network.name, ..Found::default() });
    }
    found.extend(copies.into_iter().chain(addresses));
    Ok(found)
}

fn of_server(server: Server) -> Found {
    if let Some(found) = eraser::found(&server) {
        return found;
    }
    let resource = server.name.strip_prefix("ly-").and_then(|id| id.parse().ok());
    Found { kind: "server".into(), external_name: server.name, resource, ..Found::default() }
}

#[derive(Deserialize)]
struct OwnedVolume {
    #[serde(rename = "os-vol-tenant-attr:tenant_id", default)]
    project: String,
    #[serde(flatten)]
    volume: Volume,
}

/// The disk, and before it the server that is only defined on it.
fn of_volume(volume: &Volume, made: &HashSet<ResourceId>) -> Vec<Found> {
    let resource: Option<ResourceId> = volume.metadata.get(disk::RESOURCE).and_then(|id| id.parse().ok());
    let mut list = Vec::new();
    let defines = volume.disk().is_some() && Definition::on(volume).is_some();
    if let Some(resource) = resource.filter(|resource| defines && !made.contains(resource)) {
        let external_name = nova::name_of(resource);
        list.push(Found { kind: "server".into(), external_name, resource: Some(resource), ..Found::default() });
    }
    list.push(of_disk(volume));
    list
}

fn of_disk(volume: &Volume) -> Found {
    let external_name = volume.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| volume.id.clone());
    let (disk, disks_gib) = (volume.belongs_to(), vec![volume.size]);
    Found { kind: "disk".into(), external_name, disk, disks_gib, ..Found::default() }
}
