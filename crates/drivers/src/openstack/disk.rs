//! 云盘: volumes in the agency's project. Each carries its disk's id in its name, and whose it is in its metadata.
//!
//! A system disk is a volume too, made from the image: so it outlives its server, grows and is erased as any other,
//! and carries the definition of its server while that is not running (see `definition`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::application::form::DiskKind;
use domain::ids::ResourceId;
use domain::provisioning::{Desired, DiskId, ObservedDisk, OpenstackSettings, Platform};
use serde::Deserialize;
use serde_json::json;

use super::calls::{At, encoded};
use super::fault::found;
use super::session::Service;
use super::wait::until;
use super::{LONG, Openstack, image};
use crate::DriverError;

/// Metadata: whose disk it is.
pub(super) const RESOURCE: &str = "liyun_resource";
/// Metadata: which disk.
pub(super) const DISK: &str = "liyun_disk";
/// Metadata: `yes` once it was whole. Until then it does not count, and may be made anew.
const WHOLE: &str = "liyun_whole";
/// Metadata: `yes` on a data disk that belongs into its server when that is created.
const PLUGGED: &str = "liyun_plugged";

/// Names of volumes that a restoring or a restore test makes of a disk, or leaves by it (see `copy`), and of the system
/// disk of a server that erases it.
const BESIDE: [&str; 4] = ["ly-new-", REPLACED, "ly-test-", ERASER];
/// How names begin of what a restoring has replaced (see `replaced`).
pub(super) const REPLACED: &str = "ly-old-";
/// How names begin of a server that erases a disk, and of its own system disk (see `eraser`).
pub(super) const ERASER: &str = "ly-erase-";

/// 卷 as Cinder shows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Volume {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    pub status: String,
    pub size: u32,
    #[serde(default)]
    pub encrypted: bool,
    #[serde(default)]
    pub metadata: HashMap<String, String>,
    /// Its kind of storage.
    #[serde(rename = "volume_type", default)]
    pub kind: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Clone, Debug, Deserialize)]
struct Attachment {
    server_id: Option<String>,
    #[serde(default)]
    device: Option<String>,
}

impl Volume {
    /// Our id of it, where it is the disk and not something made of it or left by it.
    pub(super) fn disk(&self) -> Option<DiskId> {
        let name = self.name.as_deref().unwrap_or_default();
        self.belongs_to().filter(|_| !BESIDE.iter().any(|prefix| name.starts_with(prefix)))
    }

    /// The disk it is, was replaced as, or is being restored for.
    pub(super) fn belongs_to(&self) -> Option<DiskId> {
        self.metadata.get(DISK)?.parse().ok().map(DiskId)
    }

    /// True where a server holds it.
    pub(super) fn is_held(&self) -> bool {
        self.is_held_by_other_than(&[])
    }

    /// True where a server holds it that is none of these.
    pub(super) fn is_held_by_other_than(&self, servers: &[String]) -> bool {
        let known = |holder: &String| servers.contains(holder);
        self.attachments.iter().any(|attachment| !attachment.server_id.as_ref().is_some_and(known))
    }

    /// True where this server holds it.
    pub(super) fn is_held_by(&self, server: &str) -> bool {
        self.holders().any(|holder| holder == server)
    }

    /// The servers that hold it.
    pub(super) fn holders(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().filter_map(|attachment| attachment.server_id.as_deref())
    }

    /// As which device this server holds it.
    pub(super) fn device_in(&self, server: &str) -> Option<&str> {
        let plug = self.attachments.iter().find(|attachment| attachment.server_id.as_deref() == Some(server));
        plug?.device.as_deref()
    }

    /// True where it belongs into its server when that is created.
    pub(super) fn is_plugged(&self) -> bool {
        self.metadata.get(PLUGGED).is_some_and(|value| value == "yes")
    }

    /// True once it was whole.
    pub(super) fn is_whole(&self) -> bool {
        self.metadata.get(WHOLE).is_some_and(|value| value == "yes")
    }

    /// As the plan sees it. `kind`: what the settings say of its type.
    pub(super) fn observed(
        &self,
        (settings, desired): (&OpenstackSettings, &Desired),
        attached: bool,
    ) -> Option<ObservedDisk> {
        let id = self.disk()?;
        let kind = settings.disk_kind_of(self.kind.as_deref(), desired.disk_kind(id));
        Some(ObservedDisk { id, size_gib: self.size, kind, attached })
    }
}

/// The name in the cloud, with our id.
pub(super) fn name_of(disk: DiskId) -> String {
    format!("ly-{disk}")
}

/// Every disk of a resource, those not whole yet among them.
pub(super) async fn of_resource(at: &At<'_>, resource: ResourceId) -> Result<Vec<Volume>, DriverError> {
    Ok(the_disks(all_of_resource(at, resource).await?))
}

/// The same with what was made of them or left by them.
pub(super) async fn all_of_resource(at: &At<'_>, resource: ResourceId) -> Result<Vec<Volume>, DriverError> {
    noted(at, RESOURCE, &resource.to_string()).await
}

/// Every volume that carries this note. Not every Cinder filters by it.
async fn noted(at: &At<'_>, key: &str, value: &str) -> Result<Vec<Volume>, DriverError> {
    let query = format!("metadata={}", encoded(&format!("{{'{key}':'{value}'}}")));
    let mut all: Vec<Volume> = at.list(Service::Volume, "/volumes/detail", &query, "volumes").await?;
    all.retain(|volume| volume.metadata.get(key).is_some_and(|own| own == value));
    Ok(all)
}

/// Of a resource's volumes those that are its disks, one of each.
pub(super) fn the_disks(mut volumes: Vec<Volume>) -> Vec<Volume> {
    newest_first(&mut volumes);
    let mut known = Vec::new();
    volumes.retain(|volume| {
        let first = volume.disk().is_some() && !known.contains(&volume.disk());
        known.push(volume.disk());
        first
    });
    volumes
}

/// One disk; `None` where the cloud has none of this id. An adopted one has another name, and our notes.
pub(super) async fn find(at: &At<'_>, disk: DiskId) -> Result<Option<Volume>, DriverError> {
    match named(at, &name_of(disk)).await? {
        None if at.is_adopted() => {
            Ok(noted(at, DISK, &disk.to_string()).await?.into_iter().find(|volume| volume.disk() == Some(disk)))
        }
        found => Ok(found),
    }
}

/// The notes of a disk that is there and belongs into its server.
pub(super) fn own_notes(resource: ResourceId, disk: DiskId) -> serde_json::Value {
    json!({ RESOURCE: resource.to_string(), DISK: disk.to_string(), WHOLE: "yes", PLUGGED: "yes" })
}

/// While a restoring changes the volume behind a disk, two may have its name: the newer one is the disk.
fn newest_first(volumes: &mut [Volume]) {
    volumes.sort_by(|a, b| b.created_at.cmp(&a.created_at));
}

/// The newest volume of this name.
pub(super) async fn named(at: &At<'_>, name: &str) -> Result<Option<Volume>, DriverError> {
    Ok(all_named(at, name).await?.into_iter().next())
}

/// Every volume of this name, the newest first.
pub(super) async fn all_named(at: &At<'_>, name: &str) -> Result<Vec<Volume>, DriverError> {
    let query = format!("name={name}");
    let mut all: Vec<Volume> = at.list(Service::Volume, "/volumes/detail", &query, "volumes").await?;
    all.retain(|volume| volume.name.as_deref() == Some(name));
    newest_first(&mut all);
    Ok(all)
}

/// Volumes that a restoring or a restore test has made of this disk, or left by it.
pub(super) async fn beside(at: &At<'_>, disk: DiskId) -> Result<Vec<Volume>, DriverError> {
    let mut all = noted(at, DISK, &disk.to_string()).await?;
    let of_eraser = |volume: &Volume| volume.name.as_deref().is_some_and(|name| name.starts_with(ERASER));
    all.retain(|volume| volume.belongs_to() == Some(disk) && volume.disk().is_none() && !of_eraser(volume));
    Ok(all)
}

/// One disk that must be there and whole.
pub(super) async fn need(at: &At<'_>, disk: DiskId) -> Result<Volume, DriverError> {
    let found = find(at, disk).await?.filter(Volume::is_whole);
    found.ok_or_else(|| DriverError::gone(format!("disk {disk}")))
}

/// One by the cloud's id.
pub(super) async fn get(at: &At<'_>, id: &str) -> Result<Option<Volume>, DriverError> {
    Ok(found(at.get(Service::Volume, &format!("/volumes/{id}"), Some("volume")).await)?)
}

/// Looks until the volume is in one of `wanted`; a state of failure is refused at once.
pub(super) async fn settle(at: &At<'_>, id: &str, wanted: &[&str]) -> Result<Volume, DriverError> {
    until(&format!("volume {id} becoming {}", wanted.join(" or ")), LONG, || async {
        let volume = get(at, id).await?.ok_or_else(|| DriverError::gone(format!("volume {id}")))?;
        if volume.status.starts_with("error") {
            let zh = format!("云硬盘处于异常状态({}),请在云平台上查明", volume.status);
            return Err(DriverError::refused(zh, format!("volume {id} is {}", volume.status)));
        }
        Ok(wanted.contains(&volume.status.as_str()).then_some(volume))
    })
    .await
}

/// Sets metadata, leaving the other keys as they are.
pub(super) async fn note(at: &At<'_>, id: &str, notes: &serde_json::Value) -> Result<(), DriverError> {
    let path = format!("/volumes/{id}/metadata");
    Ok(at.act(Service::Volume, &path, &json!({ "metadata": notes })).await?)
}

/// Notes whether a data disk belongs into its server.
pub(super) async fn plug(at: &At<'_>, volume: &Volume, plugged: bool) -> Result<(), DriverError> {
    if volume.is_plugged() == plugged {
        return Ok(());
    }
    note(at, &volume.id, &json!({ PLUGGED: if plugged { "yes" } else { "no" } })).await
}

/// What a disk is made as.
#[derive(Clone, Copy)]
pub(super) struct Make {
    pub size_gib: u32,
    pub kind: Option<DiskKind>,
    /// Of a system disk: what it boots.
    pub platform: Option<Platform>,
}

/// Makes the disk: the system disk from the image of its platform, a data disk blank, each of the type of its kind.
pub(super) async fn ensure(
    cloud: &Openstack,
    at: &At<'_>,
    (resource, disk): (ResourceId, DiskId),
    make: Make,
) -> Result<(), DriverError> {
    let mut volume = find(at, disk).await?;
    if volume.as_ref().is_some_and(Volume::is_whole) {
        return Ok(());
    }
    // One that never became whole holds nothing.
    if let Some(failed) = volume.take_if(|volume| volume.status == "error") {
        delete(at, &failed.id).await?;
    }
    let volume = match volume {
        Some(volume) => volume,
        None => create(cloud, at, (resource, disk), make).await?,
    };
    match settle(at, &volume.id, &["available"]).await {
        Err(error @ DriverError::Refused { .. }) => {
            delete(at, &volume.id).await?;
            Err(error)
        }
        Err(error) => Err(error),
        Ok(_) => note(at, &volume.id, &json!({ WHOLE: "yes" })).await,
    }
}

async fn create(
    cloud: &Openstack,
    at: &At<'_>,
    (resource, disk): (ResourceId, DiskId),
    make: Make,
) -> Result<Volume, DriverError> {
    let mut spec = json!({
        "name": name_of(disk), "size": make.size_gib, "description": "liyun",
        "metadata": { RESOURCE: resource.to_string(), DISK: disk.to_string() },
    });
    if disk == DiskId::system_of(resource) {
        spec["imageRef"] = json!(image::of(cloud, make.platform).await?);
    }
    if let Some(kind) = cloud.session().settings.volume_type_for(make.kind) {
        spec["volume_type"] = json!(kind);
    }
    Ok(at.post(Service::Volume, "/volumes", &json!({ "volume": spec }), Some("volume")).await?)
}

/// Grows a disk that no server holds.
pub(super) async fn extend(at: &At<'_>, volume: &Volume, to_gib: u32) -> Result<(), DriverError> {
    let volume = settle(at, &volume.id, &["available"]).await?;
    if volume.size >= to_gib {
        return Ok(());
    }
    let body = json!({ "os-extend": { "new_size": to_gib } });
    at.act(Service::Volume, &format!("/volumes/{}/action", volume.id), &body).await?;
    until("the volume's growth", LONG, || async {
        let volume = settle(at, &volume.id, &["available"]).await?;
        Ok((volume.size >= to_gib).then_some(()))
    })
    .await
}

/// Deletes a volume and looks until it is gone.
pub(super) async fn delete(at: &At<'_>, id: &str) -> Result<(), DriverError> {
    let asked = AtomicBool::new(false);
    until("the volume's deletion", LONG, || async {
        let Some(volume) = get(at, id).await? else { return Ok(Some(())) };
        if volume.status == "error_deleting" && asked.load(Ordering::Relaxed) {
            let zh = "云平台删除云硬盘失败,请在云平台上查明";
            return Err(DriverError::refused(zh, format!("volume {id} is error_deleting")));
        }
        if volume.status == "deleting" {
            return Ok(None);
        }
        match at.delete(Service::Volume, &format!("/volumes/{id}")).await {
            Ok(()) => asked.store(true, Ordering::Relaxed),
            // In use a moment longer: its server, or a snapshot of it, is still going.
            Err(error) if matches!(error.status(), Some(400 | 409)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    })
    .await
}
