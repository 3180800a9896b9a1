//! 恢复时替换下的云硬盘: the volume that a restoring has put another one in the place of (see `copy`).
//!
//! It keeps its data until the server runs again, so that nobody waits for its clearance, and longer where snapshots hang
//! on it. Then it is overwritten as a disk is at its end, where the engine has an image for that, and deleted. The disk's
//! own certificate names it.
//!
//! Key: `replaced/<disk>`: those that were cleared, each written down before it goes.

use domain::ids::{ResourceId, RestoreId};
use domain::provisioning::{DiskId, Replaced};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Openstack;
use super::calls::At;
use super::disk::{self, REPLACED, Volume};
use super::eraser::Eraser;
use super::overwriting::Target;
use crate::DriverError;

/// One that was cleared or is being cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cleared {
    pub volume: String,
    pub encrypted: bool,
    /// 0: not overwritten.
    pub bytes: u64,
}

impl Cleared {
    /// The cloud's id, and what was done to it: no more than that.
    pub(super) fn zh(&self) -> String {
        let done = match self {
            Self { encrypted: true, .. } => "加密,密钥随之销毁",
            Self { bytes: 0, .. } => "未覆写",
            _ => "已覆写",
        };
        format!("{}({done})", self.volume)
    }
}

/// The name in the cloud.
pub(super) fn name_of(restore: RestoreId) -> String {
    format!("{REPLACED}{restore}")
}

/// As the plan sees it; `None` of any other volume.
pub(super) fn seen(volume: &Volume) -> Option<Replaced> {
    let restore = volume.name.as_deref()?.strip_prefix(REPLACED)?.parse().ok()?;
    Some(Replaced { disk: volume.belongs_to()?, restore, size_gib: volume.size })
}

fn key(disk: DiskId) -> String {
    format!("replaced/{disk}")
}

/// Those of a disk that were cleared.
pub(super) async fn of_disk(cloud: &Openstack, disk: DiskId) -> Result<Vec<Cleared>, DriverError> {
    let noted = cloud.shelf.get(&key(disk)).await?;
    noted.map_or_else(|| Ok(Vec::new()), |noted| serde_json::from_value(noted).map_err(DriverError::bug))
}

/// Overwrites and deletes it; where it is gone already, nothing.
pub(super) async fn erase(
    cloud: &Openstack,
    at: &At<'_>,
    (resource, disk): (ResourceId, DiskId),
    restore: RestoreId,
) -> Result<(), DriverError> {
    let Some(volume) = disk::named(at, &name_of(restore)).await? else { return Ok(()) };
    let mut cleared = of_disk(cloud, disk).await?;
    let place = cleared.iter().position(|one| one.volume == volume.id).unwrap_or(cleared.len());
    if place == cleared.len() {
        cleared.push(Cleared { volume: volume.id.clone(), encrypted: volume.encrypted, bytes: 0 });
        cloud.shelf.put(&key(disk), &json!(cleared)).await?;
    }
    let eraser = Eraser { cloud, at, resource, disk };
    if let Some(image) = cloud.session().settings.eraser_image.as_ref().filter(|_| !volume.encrypted) {
        while cleared[place].bytes == 0 {
            // An earlier attempt may have begun with another one: what it did is written down, and this one comes next.
            let target = Target { volume: volume.id.clone(), size_gib: volume.size };
            for done in eraser.overwrite(image, &[target]).await? {
                let own = cleared.iter_mut().find(|one| one.volume == done.volume);
                own.into_iter().for_each(|one| one.bytes = done.bytes);
            }
            cloud.shelf.put(&key(disk), &json!(cleared)).await?;
            eraser.leave().await?;
        }
    }
    eraser.leave().await?;
    disk::delete(at, &volume.id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str) -> Volume {
        let disk = DiskId(uuid::Uuid::from_u128(7));
        let metadata = json!({ disk::DISK: disk.to_string() });
        let shown = json!({ "id": "v", "name": name, "status": "available", "size": 3, "metadata": metadata });
        serde_json::from_value(shown).unwrap()
    }

    #[test]
    fn only_what_was_replaced_is_seen_as_that() {
        let restore = RestoreId(uuid::Uuid::from_u128(9));
        let shown = seen(&volume(&name_of(restore))).expect("it is one");
        assert_eq!((shown.restore, shown.size_gib, shown.disk.0.as_u128()), (restore, 3, 7));
        for other in [format!("ly-new-{restore}"), format!("ly-{restore}"), "ly-old-".into(), "ly-old-x".into()] {
            assert_eq!(seen(&volume(&other)), None, "{other}");
        }
    }

    #[test]
    fn the_certificate_says_of_each_what_was_done_to_it() {
        let of = |encrypted, bytes| Cleared { volume: "v".into(), encrypted, bytes }.zh();
        assert_eq!(of(false, 1 << 30), "v(已覆写)");
        assert_eq!(of(false, 0), "v(未覆写)");
        assert_eq!(of(true, 0), "v(加密,密钥随之销毁)");
    }
}
