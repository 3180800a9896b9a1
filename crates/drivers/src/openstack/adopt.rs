//! 纳管: a server that somebody made in the cloud becomes one of ours where it is, without being stopped.
//!
//! Nova moves no server between projects, so it stays in its own, on its network and its ports; our account is let
//! into that project as long as anything of ours is there. Its Nova id is the id the resource is given. Only metadata
//! is written: on each of its volumes, and last on the server. With it the server is ours, and without it it is not.
//!
//! Key: `project/<resource>`, written before the first note, so that a killed process finds what it began.

use std::collections::HashMap;

use domain::ids::ResourceId;
use domain::provisioning::{Desired, Found, Observed, ObservedDisk, ServerSpec, Unowned};
use serde::Deserialize;
use serde_json::json;

use super::calls::At;
use super::copy::Held;
use super::definition::Definition;
use super::disk::{self, Volume};
use super::nova::{self, Server};
use super::session::{Scope, Service};
use super::{Openstack, eraser, look, project};
use crate::DriverError;

/// Metadata of an adopted server: `yes`.
const ADOPTED: &str = "liyun_adopted";
/// Size of a disk that is no volume: nothing of ours can grow or erase it, and no approved figure equals it.
const NO_VOLUME_GIB: u32 = 0;

/// True of a server that was there before us.
pub(super) fn is_adopted(server: &Server) -> bool {
    server.metadata.get(ADOPTED).is_some_and(|value| value == "yes")
}

/// What the cloud shows of a server that an order wants to adopt, or has adopted.
pub(super) async fn observe(cloud: &Openstack, desired: &Desired, name: &str) -> Result<Observed, DriverError> {
    let mut seen = Observed::default();
    if let Some(project) = cloud.places.project_of(desired.resource).await? {
        let at = cloud.session().at(Scope::Adopted(project));
        let server = nova::find(&at, desired.resource).await?;
        let volumes = disk::of_resource(&at, desired.resource).await?;
        seen.copies = Held::of(&at, &[desired], volumes.iter()).await?.seen(desired, &volumes);
        for volume in volumes {
            let attached = server.as_ref().is_some_and(|server| volume.is_held_by(&server.id));
            seen.disks.extend(volume.observed((&cloud.session().settings, desired), attached));
        }
        look::in_order(&mut seen, &desired.disk_ids());
        seen.server = server.map(|server| {
            let address = server.address();
            let mut shown = look::of_nova(&server);
            (shown.external_name, shown.address) = (name.to_owned(), address);
            shown
        });
    }
    if seen.server.is_none() {
        seen.unowned = unowned(cloud, desired.resource, name).await?;
        // Notes of ours that a killed process has left on its disks: they are its disks still.
        if seen.unowned.is_some() {
            seen.disks.clear();
        }
    }
    Ok(seen)
}

/// The server by its own id, in whatever project it is. Asked as administrator.
async fn anywhere(cloud: &Openstack, resource: ResourceId) -> Result<Option<Server>, DriverError> {
    nova::get(&cloud.session().home(), &resource.to_string()).await
}

async fn unowned(cloud: &Openstack, resource: ResourceId, name: &str) -> Result<Option<Unowned>, DriverError> {
    let stranger = anywhere(cloud, resource).await?.filter(|server| !server.metadata.contains_key(disk::RESOURCE));
    let Some(server) = stranger else { return Ok(None) };
    let volumes = volumes_of(&cloud.session().home(), &server).await?;
    Ok(Some(Unowned {
        external_name: name.to_owned(),
        power: server.power(),
        shape: server.shape(),
        disks_gib: sizes(&server, volumes.iter().map(|volume| volume.size)),
        address: server.address(),
    }))
}

fn sizes(server: &Server, volumes: impl Iterator<Item = u32>) -> Vec<u32> {
    server.has_local_root().then_some(NO_VOLUME_GIB).into_iter().chain(volumes).collect()
}

/// Its volumes in the order of its devices, the system disk first.
async fn volumes_of(at: &At<'_>, server: &Server) -> Result<Vec<Volume>, DriverError> {
    #[derive(Deserialize)]
    struct Plug {
        #[serde(rename = "volumeId")]
        volume: String,
        #[serde(default)]
        device: Option<String>,
    }
    let path = format!("/servers/{}/os-volume_attachments", server.id);
    let mut plugs: Vec<Plug> = at.list(Service::Compute, &path, "", "volumeAttachments").await?;
    plugs.sort_by_key(|plug| in_device_order(plug.device.as_deref()));
    let mut volumes = Vec::with_capacity(plugs.len());
    for plug in plugs {
        volumes.extend(disk::get(at, &plug.volume).await?);
    }
    Ok(volumes)
}

/// vda before vdb, and vdz before vdaa.
fn in_device_order(device: Option<&str>) -> (usize, String) {
    let device = device.unwrap_or_default();
    (device.len(), device.to_owned())
}

/// Puts our ids on the server and its disks.
pub(super) async fn adopt(
    cloud: &Openstack,
    spec: &ServerSpec,
    (name, disks): (&str, &[ObservedDisk]),
) -> Result<(), DriverError> {
    let server = anywhere(cloud, spec.resource).await?.ok_or_else(|| DriverError::gone(name))?;
    let own = spec.resource.to_string();
    match server.metadata.get(disk::RESOURCE) {
        Some(owner) if *owner == own => return Ok(()),
        Some(owner) => {
            let zh = format!("云主机 {name} 已有归属");
            return Err(DriverError::refused(zh, format!("{name} belongs to {owner} already")));
        }
        None => {}
    }
    let volumes = volumes_of(&cloud.session().home(), &server).await?;
    if server.has_local_root() || volumes.len() != disks.len() {
        let zh = "云主机的云硬盘与核定不同,或系统盘不是云硬盘,不能纳管";
        return Err(DriverError::refused(zh, "other volumes than approved, or a system disk that is none"));
    }
    project::let_in(cloud, &server.project).await?;
    cloud.places.note_project(spec.resource, &server.project).await?;
    let at = cloud.session().at(Scope::Adopted(server.project.clone()));
    for (volume, known) in volumes.iter().zip(disks) {
        disk::note(&at, &volume.id, &disk::own_notes(spec.resource, known.id)).await?;
    }
    let mut notes = Definition::of(spec).notes();
    (notes[ADOPTED], notes[disk::RESOURCE]) = (json!("yes"), json!(own));
    nova::note(&at, &server.id, &notes).await
}

/// Takes our ids off again, the server's last: as long as they are there, this is to be done again.
pub(super) async fn release(cloud: &Openstack, resource: ResourceId) -> Result<(), DriverError> {
    let Some(project) = cloud.places.project_of(resource).await? else { return Ok(()) };
    let at = cloud.session().at(Scope::Adopted(project));
    for volume in disk::of_resource(&at, resource).await? {
        forget(&at, Service::Volume, &format!("/volumes/{}", volume.id), volume.metadata.keys()).await?;
    }
    if let Some(server) = nova::find(&at, resource).await? {
        // The note by which it is found goes last.
        let mut keys: Vec<&String> = server.metadata.keys().collect();
        keys.sort_by_key(|key| *key == disk::RESOURCE);
        forget(&at, Service::Compute, &format!("/servers/{}", server.id), keys).await?;
    }
    leave(cloud, resource).await
}

/// Removes the notes that are ours and leaves the others.
async fn forget(
    at: &At<'_>,
    service: Service,
    path: &str,
    keys: impl IntoIterator<Item = &String>,
) -> Result<(), DriverError> {
    for key in keys.into_iter().filter(|key| key.starts_with("liyun_")) {
        at.delete(service, &format!("{path}/metadata/{key}")).await?;
    }
    Ok(())
}

/// After the last thing of ours has gone from it: our account leaves the project.
pub(super) async fn leave(cloud: &Openstack, resource: ResourceId) -> Result<(), DriverError> {
    let Some(project) = cloud.places.project_of(resource).await? else { return Ok(()) };
    if cloud.places.is_last_in(resource, &project).await? {
        project::let_out(cloud, &project).await?;
    }
    cloud.places.forget_project(resource).await
}

/// Leaves where no disk of the resource is left.
pub(super) async fn leave_if_empty(cloud: &Openstack, at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    if at.is_adopted() && disk::of_resource(at, resource).await?.is_empty() {
        leave(cloud, resource).await?;
    }
    Ok(())
}

/// Every server outside our agencies' projects. One that carries our id is ours; all others are nobody's, with what
/// the centre must know to judge them. Of several of one name each is told apart by its id.
pub(super) fn strangers(servers: Vec<Server>, volumes: &[Volume]) -> Vec<Found> {
    let mut bearers: HashMap<String, usize> = HashMap::new();
    for server in &servers {
        *bearers.entry(server.name.clone()).or_default() += 1;
    }
    let mut held: HashMap<&str, Vec<&Volume>> = HashMap::new();
    for volume in volumes {
        for server in volume.holders() {
            held.entry(server).or_default().push(volume);
        }
    }
    let of = |server: Server| {
        let (alone, own) = (bearers[&server.name] == 1, held.remove(server.id.as_str()).unwrap_or_default());
        stranger(server, alone, own)
    };
    servers.into_iter().map(of).collect()
}

fn stranger(server: Server, alone: bool, mut own: Vec<&Volume>) -> Found {
    if let Some(found) = eraser::found(&server) {
        return found;
    }
    if let Some(owner) = server.metadata.get(disk::RESOURCE) {
        let resource = owner.parse().ok();
        return Found { kind: "server".into(), external_name: server.name, resource, ..Found::default() };
    }
    own.sort_by_key(|volume| in_device_order(volume.device_in(&server.id)));
    let short: String = server.id.chars().take(8).collect();
    Found {
        kind: "server".into(),
        external_name: if alone { server.name.clone() } else { format!("{} ({short})", server.name) },
        shape: Some(server.shape()),
        power: Some(server.power()),
        disks_gib: sizes(&server, own.iter().map(|volume| volume.size)),
        native_id: server.id.parse().ok(),
        ..Found::default()
    }
}
