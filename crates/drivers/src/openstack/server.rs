//! 云主机: the steps about servers. Each looks first whether it is done, and leaves off where it can be taken up.

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Mark, Power, ServerSpec, Shape};
use serde_json::json;

use super::calls::At;
use super::definition::{self, Definition};
use super::disk::{self, Volume};
use super::nova::{self, Server};
use super::session::Service;
use super::{Openstack, adopt, dedicated, definition::mark_note, flavor, keypair, network, project};
use crate::DriverError;

/// From this microversion on a server's host name can differ from its name.
const WITH_HOSTNAME: &str = "2.90";

/// How a server stands in the cloud.
pub(super) enum Standing {
    /// Nova has it.
    Made(Server),
    /// Its definition lies on its system disk.
    Defined(Definition, Volume),
}

/// The server, however it stands; `None` where there is none.
pub(super) async fn find(at: &At<'_>, resource: ResourceId) -> Result<Option<Standing>, DriverError> {
    if let Some(server) = nova::find(at, resource).await? {
        return Ok(Some(Standing::Made(server)));
    }
    let system = disk::find(at, DiskId::system_of(resource)).await?;
    Ok(system.and_then(|volume| Definition::on(&volume).map(|definition| Standing::Defined(definition, volume))))
}

async fn need(at: &At<'_>, resource: ResourceId) -> Result<Standing, DriverError> {
    find(at, resource).await?.ok_or_else(|| DriverError::gone(format!("server {resource}")))
}

/// Defines the server with its port and address. Nova creates it at its first start.
pub(super) async fn define(cloud: &Openstack, spec: &ServerSpec) -> Result<(), DriverError> {
    let at = project::ensure(cloud, spec.network.agency).await?;
    if find(&at, spec.resource).await?.is_some() {
        return Ok(());
    }
    let system = disk::need(&at, DiskId::system_of(spec.resource)).await?;
    network::join(cloud, &at, &spec.network, spec.resource).await?;
    Definition::of(spec).write(&at, &system).await
}

/// Starts it; creates it where it is only defined.
pub(super) async fn start(cloud: &Openstack, at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    let server = match need(at, resource).await? {
        Standing::Defined(definition, system) => return create(cloud, at, resource, &definition, &system).await,
        Standing::Made(server) => nova::settle(at, &server.id).await?,
    };
    let action = match server.status.as_str() {
        "ACTIVE" => None,
        "PAUSED" => Some(json!({ "unpause": null })),
        "SUSPENDED" => Some(json!({ "resume": null })),
        "SHELVED" | "SHELVED_OFFLOADED" => Some(json!({ "unshelve": null })),
        "ERROR" => Some(json!({ "reboot": { "type": "HARD" } })),
        _ => Some(json!({ "os-start": null })),
    };
    if let Some(action) = action {
        nova::bring(at, &server.id, &action, "ACTIVE").await?;
    }
    // Left by a process that was killed after it had created the server.
    match disk::find(at, DiskId::system_of(resource)).await? {
        Some(system) => definition::clear(at, &system).await,
        None => Ok(()),
    }
}

/// Creates the server in Nova, with its port and all its disks. Neither can be held twice, so no second one of the
/// same server can come into being, whoever asks at the same time.
async fn create(
    cloud: &Openstack,
    at: &At<'_>,
    resource: ResourceId,
    definition: &Definition,
    system: &Volume,
) -> Result<(), DriverError> {
    nova::make_way(at, resource).await?;
    let project = at.token().await?.project_id.clone();
    project::set_quota(cloud, definition.network.agency, &project).await?;
    let port = network::join(cloud, at, &definition.network, resource).await?;
    dedicated::reserve(cloud).await?;
    let flavor = flavor::ensure(cloud, definition.shape, definition.hosts.as_deref(), &project).await?;
    let key = keypair::ensure(cloud, at).await?;
    let mut metadata = definition.notes();
    metadata[disk::RESOURCE] = json!(resource.to_string());
    let mut spec = json!({
        "name": nova::name_of(resource),
        "flavorRef": flavor,
        "networks": [{ "port": port.id }],
        "block_device_mapping_v2": block_devices(at, resource, system).await?,
        "metadata": metadata,
    });
    if let Some(key) = key {
        spec["key_name"] = json!(key);
    }
    if cloud.newest_compute(at).await? >= minor(WITH_HOSTNAME) {
        spec["hostname"] = json!(definition.name.as_str());
    }
    let server = born(at, &spec).await?;
    if server.status != "ACTIVE" {
        let error = nova::no_room(&server);
        if server.is_stillborn() {
            nova::delete(at, &server.id).await?;
        }
        return Err(error);
    }
    if let Some(hosts) = &definition.hosts
        && let Err(elsewhere) = dedicated::verify(cloud, hosts, &server.id).await
    {
        nova::delete(at, &server.id).await?;
        return Err(elsewhere);
    }
    definition::clear(at, system).await
}

/// Creates it and looks until it runs, or until that has failed.
async fn born(at: &At<'_>, spec: &serde_json::Value) -> Result<Server, DriverError> {
    #[derive(serde::Deserialize)]
    struct Made {
        id: String,
    }
    let usual = Service::Compute.version().unwrap_or("2.1");
    let version = if spec.get("hostname").is_some() { WITH_HOSTNAME } else { usual };
    let body = json!({ "server": spec });
    let made: Made = at.post_as((Service::Compute, version), "/servers", &body, Some("server")).await?;
    nova::settle(at, &made.id).await
}

/// The minor number of a microversion; 0 where it is none.
pub(super) fn minor(version: &str) -> u32 {
    version.split_once('.').and_then(|(_, minor)| minor.parse().ok()).unwrap_or(0)
}

/// The system disk first, then the data disks that belong into it, oldest first.
async fn block_devices(
    at: &At<'_>,
    resource: ResourceId,
    system: &Volume,
) -> Result<Vec<serde_json::Value>, DriverError> {
    let mut data = disk::of_resource(at, resource).await?;
    data.retain(|volume| volume.id != system.id && volume.is_plugged());
    data.sort_by_key(Volume::disk);
    let mut devices = Vec::with_capacity(data.len() + 1);
    for (index, volume) in std::iter::once(system).chain(&data).enumerate() {
        // A disk that its former server is still letting go of would be refused.
        let volume = disk::settle(at, &volume.id, &["available"]).await?;
        devices.push(json!({
            "uuid": volume.id, "source_type": "volume", "destination_type": "volume", "delete_on_termination": false,
            "boot_index": if index == 0 { 0 } else { -1 },
        }));
    }
    Ok(devices)
}

/// Has the guest shut down; Nova cuts its power when it takes too long.
pub(super) async fn stop(at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    let Standing::Made(server) = need(at, resource).await? else { return Ok(()) };
    let server = nova::settle(at, &server.id).await?;
    match server.status.as_str() {
        "ACTIVE" => nova::bring(at, &server.id, &json!({ "os-stop": null }), "SHUTOFF").await,
        // Nova stops only what is active.
        "PAUSED" => {
            nova::bring(at, &server.id, &json!({ "unpause": null }), "ACTIVE").await?;
            nova::bring(at, &server.id, &json!({ "os-stop": null }), "SHUTOFF").await
        }
        _ => Ok(()),
    }
}

/// Gives it another shape.
pub(super) async fn resize(cloud: &Openstack, at: &At<'_>, resource: ResourceId, to: Shape) -> Result<(), DriverError> {
    let server = match need(at, resource).await? {
        Standing::Defined(definition, system) => {
            return Definition { shape: to, ..definition }.write(at, &system).await;
        }
        Standing::Made(server) => nova::settle(at, &server.id).await?,
    };
    if server.shape() == to {
        return Ok(());
    }
    if server.power() == Power::Running {
        return Err(DriverError::retry("云主机运行中,须先关机再调整规格", "the server runs; stop it before resizing"));
    }
    let project = at.token().await?.project_id.clone();
    let hosts = Definition::read(&server.metadata).and_then(|definition| definition.hosts);
    let flavor = flavor::ensure(cloud, to, hosts.as_deref(), &project).await?;
    nova::resize(at, &server, to, &flavor).await
}

/// Changes its mark in place.
pub(super) async fn mark(at: &At<'_>, resource: ResourceId, to: Mark) -> Result<(), DriverError> {
    match need(at, resource).await? {
        Standing::Made(server) => nova::note(at, &server.id, &mark_note(to)).await,
        Standing::Defined(_, system) => disk::note(at, &system.id, &mark_note(to)).await,
    }
}

/// Attaches a data disk; to a server that is only defined, it is noted.
pub(super) async fn attach(at: &At<'_>, resource: ResourceId, id: DiskId) -> Result<(), DriverError> {
    let standing = need(at, resource).await?;
    let volume = disk::need(at, id).await?;
    disk::plug(at, &volume, true).await?;
    let Standing::Made(server) = standing else { return Ok(()) };
    nova::settle(at, &server.id).await?;
    let volume = disk::settle(at, &volume.id, &["available", "in-use"]).await?;
    if volume.is_held_by(&server.id) {
        return Ok(());
    }
    let body = json!({ "volumeAttachment": { "volumeId": volume.id } });
    at.act(Service::Compute, &format!("/servers/{}/os-volume_attachments", server.id), &body)
        .await
        .map_err(DriverError::from)?;
    disk::settle(at, &volume.id, &["in-use"]).await.map(drop)
}

/// Detaches a data disk. A running guest lets go of it in its own time; Nova asks it again and again.
pub(super) async fn detach(at: &At<'_>, resource: ResourceId, id: DiskId) -> Result<(), DriverError> {
    let Some(volume) = disk::find(at, id).await? else { return Ok(()) };
    disk::plug(at, &volume, false).await?;
    match nova::find(at, resource).await? {
        Some(server) => unplug(at, &server, &volume).await,
        None => Ok(()),
    }
}

async fn unplug(at: &At<'_>, server: &Server, volume: &Volume) -> Result<(), DriverError> {
    nova::settle(at, &server.id).await?;
    let volume = disk::settle(at, &volume.id, &["available", "in-use"]).await?;
    if volume.is_held_by(&server.id) {
        let path = format!("/servers/{}/os-volume_attachments/{}", server.id, volume.id);
        at.delete(Service::Compute, &path).await?;
    }
    disk::settle(at, &volume.id, &["available"]).await.map(drop)
}

/// Grows a disk while its server is stopped. Not every cloud can grow a volume that a server holds, and a failed
/// attempt leaves it in a state only an administrator mends; so the disk is taken out first: a data disk by
/// detaching it, the system disk by taking its server back to its definition.
pub(super) async fn grow(at: &At<'_>, resource: ResourceId, id: DiskId, to_gib: u32) -> Result<(), DriverError> {
    let volume = disk::need(at, id).await?;
    if volume.size >= to_gib {
        return Ok(());
    }
    let Some(server) = nova::find(at, resource).await? else { return disk::extend(at, &volume, to_gib).await };
    let server = nova::settle(at, &server.id).await?;
    if server.power() == Power::Running && volume.is_held() {
        return Err(DriverError::retry(
            "云主机运行中,须先关机再扩容",
            "the server runs; stop it before growing a disk",
        ));
    }
    if id == DiskId::system_of(resource) {
        if adopt::is_adopted(&server) {
            let zh = "纳管的云主机不能由系统扩容系统盘,请新增数据盘,或在云平台上扩容后重新核对";
            return Err(DriverError::refused(zh, "the system disk of an adopted server is not grown here"));
        }
        take_back(at, resource, &server, &volume).await?;
        return disk::extend(at, &volume, to_gib).await;
    }
    unplug(at, &server, &volume).await?;
    disk::extend(at, &volume, to_gib).await?;
    attach(at, resource, id).await
}

/// Frees the disks of a stopped server: it is taken back to its definition.
pub(super) async fn set_aside(at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    let Some(server) = nova::find(at, resource).await? else { return Ok(()) };
    let server = nova::settle(at, &server.id).await?;
    if server.power() == Power::Running {
        return Err(DriverError::retry("云主机运行中,须先关机再恢复云盘", "the server runs; stop it before restoring"));
    }
    let system = disk::need(at, DiskId::system_of(resource)).await?;
    take_back(at, resource, &server, &system).await
}

/// Takes a stopped server out of Nova and leaves its definition, with the disks it held noted for its next start.
async fn take_back(at: &At<'_>, resource: ResourceId, server: &Server, system: &Volume) -> Result<(), DriverError> {
    let noted = Definition::read(&server.metadata);
    let noted = noted.ok_or_else(|| DriverError::refused("云主机缺少标识信息", "the server lost its metadata"))?;
    for volume in disk::of_resource(at, resource).await? {
        if volume.id != system.id && volume.is_held_by(&server.id) {
            disk::plug(at, &volume, true).await?;
        }
    }
    Definition { shape: server.shape(), ..noted }.write(at, system).await?;
    nova::delete(at, &server.id).await
}

/// Removes the server, its port and the floating addresses on it. Its disks stay.
pub(super) async fn remove(cloud: &Openstack, spec: &ServerSpec) -> Result<(), DriverError> {
    let Some(at) = cloud.at_if_there(spec.resource).await? else { return Ok(()) };
    for server in nova::all_named(&at, spec.resource).await? {
        nova::delete(&at, &server.id).await?;
    }
    for volume in disk::of_resource(&at, spec.resource).await? {
        if volume.disk() == Some(DiskId::system_of(spec.resource)) {
            definition::clear(&at, &volume).await?;
        } else {
            disk::plug(&at, &volume, false).await?;
        }
    }
    network::leave(&at, spec.resource).await
}
