//! 清除: a volume with its snapshots, backups and images is deleted, each looked for afterwards, and that is written down.
//!
//! An image that Nova made of a server names the snapshots it stands for, so it is followed. One that was uploaded from
//! a volume names nothing: it is not taken for the agency's disk on a guess, but the certificate says that it is there.
//!
//! A volume that is not encrypted is overwritten before by an erasing server (`eraser`), where the engine has an image for
//! it. The certificate claims it only where it was done; it says of an encrypted volume that the cloud destroyed its key,
//! which Cinder does when it deletes the volume.
//!
//! Keys: `erasing/<disk>` before anything is deleted, `erasure/<disk>` when all is gone.

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Erasure, OpenstackSettings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::calls::At;
use super::disk::{self, Volume};
use super::eraser::Eraser;
use super::overwriting::{Overwritten, Target};
use super::replaced::{self, Cleared};
use super::session::Service;
use super::wait::gone;
use super::{LONG, Openstack, image, network, nova};
use crate::DriverError;

/// 清除方法 of a volume, as the certificate says it.
const PLAIN_ZH: &str = "经云平台接口删除云硬盘及其快照、备份、镜像,逐项核实已不存在;未覆写介质,空间由云平台回收";
/// 清除方法 of a volume that an erasing server has overwritten.
const OVERWRITTEN_ZH: &str = "抹除机以零覆写云硬盘全盘1遍并全盘读回核对一致,再经云平台接口删除云硬盘及其快照、备份、镜像,逐项核实已不存在;快照、备份、镜像不覆写,空间由云平台回收";
/// 清除方法 of an encrypted volume.
const ENCRYPTED_ZH: &str =
    "加密云硬盘:经云平台接口删除云硬盘及其快照、备份、镜像,云平台随之销毁卷密钥;逐项核实已不存在";

/// 清除方法 as the engine's page says it.
pub(super) fn method_zh(settings: &OpenstackSettings) -> &'static str {
    match settings.eraser_image {
        Some(_) => {
            "经云平台接口删除云硬盘、快照、备份和镜像并逐项核实;加密云硬盘由云平台随之销毁密钥,未加密的云硬盘先由抹除机以零覆写全盘1遍并读回核对"
        }
        None => "经云平台接口删除云硬盘、快照、备份和镜像并逐项核实;加密云硬盘由云平台随之销毁密钥,未加密的不覆写介质",
    }
}

/// What is being erased; written down before the first deletion, so that a killed process loses nothing of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Erasing {
    volume: String,
    size_gib: u32,
    encrypted: bool,
    snapshots: Vec<String>,
    backups: Vec<String>,
    /// Images that stand for the snapshots.
    #[serde(default)]
    images: Vec<String>,
    /// Images in the project of which the cloud does not say what they were made of; they stay.
    #[serde(default)]
    unknown_images: Vec<String>,
    /// Volumes that a restoring has replaced, or a killed process left of one.
    #[serde(default)]
    beside: Vec<String>,
    /// What an erasing server has overwritten of the disk's volume and of those.
    #[serde(default)]
    overwritten: Vec<Overwritten>,
    /// Volumes that restorings had replaced and that were cleared before.
    #[serde(default)]
    cleared: Vec<Cleared>,
}

impl Erasing {
    fn is_overwritten(&self, volume: &str) -> bool {
        self.overwritten.iter().any(|one| one.volume == volume)
    }

    /// Bytes overwritten, passes and 清除方法: no more than was done.
    fn claim(&self) -> (u64, u8, &'static str) {
        let bytes = self.overwritten.iter().map(|one| one.bytes).sum();
        match self.encrypted {
            true => (bytes, 0, ENCRYPTED_ZH),
            false if self.is_overwritten(&self.volume) => (bytes, 1, OVERWRITTEN_ZH),
            false => (bytes, 0, PLAIN_ZH),
        }
    }
}

#[derive(Deserialize)]
struct Piece {
    id: String,
}

/// Erases the disk; where it is gone already, its evidence. Refused while a server holds it.
pub(super) async fn erase(
    cloud: &Openstack,
    at: &At<'_>,
    resource: ResourceId,
    id: DiskId,
) -> Result<Option<Erasure>, DriverError> {
    let Some(volume) = disk::find(at, id).await? else { return evidence(cloud, id).await };
    let eraser = Eraser { cloud, at, resource, disk: id };
    if volume.is_held_by_other_than(&eraser.standing().await?) && nova::find(at, resource).await?.is_some() {
        return Err(DriverError::refused("云主机仍占用该云盘,不能清除", "the disk is in use"));
    }
    if id == DiskId::system_of(resource) {
        // Left by a process that was killed between the server's end and its port's.
        network::leave(at, resource).await?;
    }
    let mut erasing = begin(cloud, at, id, &volume).await?;
    for image in &erasing.images {
        image::delete(at, image).await?;
    }
    for backup in &erasing.backups {
        delete(at, "backups", backup).await?;
    }
    for snapshot in &erasing.snapshots {
        delete(at, "snapshots", snapshot).await?;
    }
    // What never was whole was never anybody's.
    if volume.is_whole() {
        overwrite(&eraser, &mut erasing).await?;
    }
    eraser.leave().await?;
    for left in &erasing.beside {
        disk::delete(at, left).await?;
    }
    disk::delete(at, &volume.id).await?;
    evidence(cloud, id).await
}

/// Has overwritten what is not yet, and writes down what was, before the eraser goes.
async fn overwrite(eraser: &Eraser<'_>, erasing: &mut Erasing) -> Result<(), DriverError> {
    let Some(image) = &eraser.cloud.session().settings.eraser_image else { return Ok(()) };
    loop {
        let targets = targets(eraser.at, erasing).await?;
        if targets.is_empty() {
            return Ok(());
        }
        erasing.overwritten.extend(eraser.overwrite(image, &targets).await?);
        eraser.cloud.shelf.put(&key(eraser.disk), &json!(erasing)).await?;
        eraser.leave().await?;
    }
}

/// The disk's volumes that are there, not encrypted and not overwritten. One beside it that never was whole can be
/// attached to nothing and is only deleted; the certificate says so.
async fn targets(at: &At<'_>, erasing: &Erasing) -> Result<Vec<Target>, DriverError> {
    let mut targets = Vec::new();
    if erasing.encrypted {
        return Ok(targets);
    }
    for volume in std::iter::once(&erasing.volume).chain(&erasing.beside).filter(|id| !erasing.is_overwritten(id)) {
        let there = disk::get(at, volume).await?;
        let broken = |there: &Volume| *volume != erasing.volume && there.status.starts_with("error");
        let whole = there.filter(|there| there.status != "deleting" && !broken(there));
        targets.extend(whole.map(|there| Target { volume: there.id, size_gib: there.size }));
    }
    Ok(targets)
}

/// Where is noted what is being erased.
fn key(id: DiskId) -> String {
    format!("erasing/{id}")
}

/// Writes down what is to go, together with what an earlier attempt has written down.
async fn begin(cloud: &Openstack, at: &At<'_>, id: DiskId, volume: &Volume) -> Result<Erasing, DriverError> {
    let mut erasing = match cloud.shelf.get(&key(id)).await? {
        Some(noted) => serde_json::from_value(noted).map_err(DriverError::bug)?,
        None => Erasing {
            volume: volume.id.clone(),
            size_gib: volume.size,
            encrypted: volume.encrypted,
            snapshots: Vec::new(),
            backups: Vec::new(),
            images: Vec::new(),
            unknown_images: Vec::new(),
            beside: Vec::new(),
            overwritten: Vec::new(),
            cleared: Vec::new(),
        },
    };
    if erasing.volume != volume.id {
        // A restoring has changed it since the first attempt: what is claimed is claimed of the one that is the disk.
        let replaced = std::mem::replace(&mut erasing.volume, volume.id.clone());
        note_once(&mut erasing.beside, replaced);
    }
    for left in disk::beside(at, id).await? {
        note_once(&mut erasing.beside, left.id);
    }
    erasing.cleared = replaced::of_disk(cloud, id).await?;
    erasing.cleared.retain(|one| !erasing.beside.contains(&one.volume));
    let volumes: Vec<String> = std::iter::once(&volume.id).chain(&erasing.beside).cloned().collect();
    for volume in volumes {
        for (kind, list) in [("snapshots", &mut erasing.snapshots), ("backups", &mut erasing.backups)] {
            let query = format!("volume_id={volume}");
            let pieces: Vec<Piece> = at.list(Service::Volume, &format!("/{kind}/detail"), &query, kind).await?;
            pieces.into_iter().for_each(|piece| note_once(list, piece.id));
        }
    }
    let (images, unknown) = image::made_of(at, &erasing.snapshots).await?;
    images.into_iter().for_each(|image| note_once(&mut erasing.images, image));
    // Of the project of an adopted server other things are others'.
    erasing.unknown_images = if at.is_adopted() { Vec::new() } else { unknown };
    cloud.shelf.put(&key(id), &json!(erasing)).await?;
    Ok(erasing)
}

fn note_once(list: &mut Vec<String>, id: String) {
    if !list.contains(&id) {
        list.push(id);
    }
}

/// Deletes a snapshot or a backup.
pub(super) async fn delete(at: &At<'_>, kind: &str, id: &str) -> Result<(), DriverError> {
    gone(at, Service::Volume, &format!("/{kind}/{id}"), LONG).await
}

/// The evidence of a disk the cloud has no more.
pub(super) async fn evidence(cloud: &Openstack, id: DiskId) -> Result<Option<Erasure>, DriverError> {
    let of = |erasing: Erasing| {
        let (bytes, passes, method) = erasing.claim();
        Erasure { bytes, passes, ..deleted(cloud, id, (what(&erasing), erasing.size_gib), method) }
    };
    kept_or_made(cloud, (format!("erasure/{id}"), key(id)), of).await
}

/// Evidence as kept, or made now where a process was killed before it could. `keys`: where it lies, and where lies what
/// was noted before the first deletion.
pub(super) async fn kept_or_made<T: DeserializeOwned>(
    cloud: &Openstack,
    (kept, begun): (String, String),
    of: impl FnOnce(T) -> Erasure,
) -> Result<Option<Erasure>, DriverError> {
    if let Some(kept) = cloud.shelf.get(&kept).await? {
        return serde_json::from_value(kept).map(Some).map_err(DriverError::bug);
    }
    let Some(noted) = cloud.shelf.get(&begun).await? else { return Ok(None) };
    let erasure = of(serde_json::from_value(noted).map_err(DriverError::bug)?);
    cloud.shelf.put(&kept, &json!(erasure)).await?;
    Ok(Some(erasure))
}

/// Deleted through the cloud's interface, and nothing overwritten.
pub(super) fn deleted(cloud: &Openstack, disk: DiskId, (what, size_gib): (String, u32), method: &str) -> Erasure {
    Erasure {
        disk,
        copy: None,
        what,
        size_gib,
        bytes: 0,
        method: method.into(),
        passes: 0,
        at: (cloud.now)(),
        sm3_after: None,
        attested_by: format!("OpenStack {}", cloud.session().settings.region),
    }
}

/// Every object that went, by the cloud's ids.
fn what(erasing: &Erasing) -> String {
    let mut text = format!("云硬盘 {}", erasing.volume);
    for (zh, list) in [
        ("快照", &erasing.snapshots),
        ("备份", &erasing.backups),
        ("镜像", &erasing.images),
        ("恢复时替换下的云硬盘", &erasing.beside),
    ] {
        if !list.is_empty() {
            text.push_str(&format!(";{zh} {}", list.join("、")));
        }
    }
    if !erasing.cleared.is_empty() {
        let list: Vec<String> = erasing.cleared.iter().map(Cleared::zh).collect();
        text.push_str(&format!(";此前已清除的恢复时替换下的云硬盘 {}", list.join("、")));
    }
    let only_deleted = |volume: &&String| !erasing.is_overwritten(volume);
    let only_deleted: Vec<&str> = erasing.beside.iter().filter(only_deleted).map(String::as_str).collect();
    if erasing.is_overwritten(&erasing.volume) && !only_deleted.is_empty() {
        text.push_str(&format!(";其中 {} 未覆写", only_deleted.join("、")));
    }
    if !erasing.unknown_images.is_empty() {
        let list = erasing.unknown_images.join("、");
        text.push_str(&format!(";项目中另有来源不明的镜像 {list},未删除,请人工核实"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasing(more: serde_json::Value) -> Erasing {
        let mut noted = json!({ "volume": "v", "size_gib": 2, "encrypted": false, "snapshots": [], "backups": [] });
        noted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(noted).unwrap()
    }

    #[test]
    fn the_certificate_claims_what_was_done_and_no_more() {
        let of = |volume: &str| json!({ "volume": volume, "bytes": 2_u64 << 30 });
        let plain = erasing(json!({}));
        assert_eq!(plain.claim(), (0, 0, PLAIN_ZH), "as it was noted before there was any eraser");
        assert_eq!(erasing(json!({ "encrypted": true })).claim(), (0, 0, ENCRYPTED_ZH));
        let both = erasing(json!({ "beside": ["old"], "overwritten": [of("v"), of("old")] }));
        assert_eq!(both.claim(), (4 << 30, 1, OVERWRITTEN_ZH));
        assert!(!what(&both).contains("未覆写"), "{}", what(&both));
        let one = erasing(json!({ "beside": ["old"], "overwritten": [of("v")] }));
        assert!(what(&one).contains(";其中 old 未覆写"), "{}", what(&one));
        let half = erasing(json!({ "beside": ["old"], "overwritten": [of("old")] }));
        assert_eq!(half.claim(), (2 << 30, 0, PLAIN_ZH), "the disk itself was not");
        let before = erasing(json!({ "cleared": [{ "volume": "gone", "encrypted": false, "bytes": 9 }] }));
        assert!(what(&before).ends_with(";此前已清除的恢复时替换下的云硬盘 gone(已覆写)"), "{}", what(&before));
    }
}
