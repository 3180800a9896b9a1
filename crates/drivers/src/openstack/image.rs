//! 镜像: what servers boot, and what was made of a disk behind our back.

use domain::provisioning::Platform;
use serde::Deserialize;
use serde_json::Value;

use super::calls::{At, encoded};
use super::session::Service;
use super::wait::gone;
use super::{Openstack, SHORT};
use crate::DriverError;

#[derive(Deserialize)]
struct Image {
    id: String,
    /// Of an image that Nova made of a server on volumes: the snapshots it stands for, as JSON in a text.
    #[serde(default)]
    block_device_mapping: Option<String>,
    /// What it says it needs, in GiB and MiB; 0 where it says nothing.
    #[serde(default)]
    min_disk: u32,
    #[serde(default)]
    min_ram: u32,
    /// Bytes of the disk in it; older clouds do not know.
    #[serde(default)]
    virtual_size: Option<u64>,
    /// Bytes of the file.
    #[serde(default)]
    size: Option<u64>,
}

/// An image with what a server needs to boot it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bootable {
    pub id: String,
    pub disk_gib: u32,
    /// Absent where the image does not say.
    pub memory_mib: Option<u32>,
}

/// The id of the image that a server of this platform boots: public, or of our own account's project.
pub(super) async fn of(cloud: &Openstack, platform: Option<Platform>) -> Result<String, DriverError> {
    let name = cloud.session().settings.image_for(platform).ok_or_else(|| {
        let of = platform.map(Platform::zh).unwrap_or_default();
        DriverError::refused(format!("云引擎没有配置“{of}”的镜像"), format!("no image is named for {platform:?}"))
    })?;
    named(cloud, name).await
}

/// The id of the newest usable image of this name.
pub(super) async fn named(cloud: &Openstack, name: &str) -> Result<String, DriverError> {
    newest(cloud, name).await.map(|image| image.id)
}

/// The same, with what it needs.
pub(super) async fn bootable(cloud: &Openstack, name: &str) -> Result<Bootable, DriverError> {
    newest(cloud, name).await.map(Image::bootable)
}

async fn newest(cloud: &Openstack, name: &str) -> Result<Image, DriverError> {
    let query = format!("name={}&status=active&sort=created_at:desc", encoded(name));
    let images: Vec<Image> = cloud.session().home().list(Service::Image, "/images", &query, "images").await?;
    images.into_iter().next().ok_or_else(|| {
        DriverError::refused(format!("云平台上没有可用的镜像“{name}”"), format!("no active image named {name:?}"))
    })
}

/// Images of an agency's own project: those that stand for one of these snapshots, and those of which the cloud does
/// not say what they were made of.
pub(super) async fn made_of(at: &At<'_>, snapshots: &[String]) -> Result<(Vec<String>, Vec<String>), DriverError> {
    let project = at.token().await?.project_id.clone();
    let query = format!("owner={project}");
    let all: Vec<Image> = at.list(Service::Image, "/images", &query, "images").await?;
    let (mut ours, mut unknown) = (Vec::new(), Vec::new());
    for image in all {
        match image.stands_for() {
            None => unknown.push(image.id),
            Some(made_of) if made_of.iter().any(|snapshot| snapshots.contains(snapshot)) => ours.push(image.id),
            Some(_) => {}
        }
    }
    Ok((ours, unknown))
}

impl Image {
    fn bootable(self) -> Bootable {
        let bytes = self.virtual_size.or(self.size).unwrap_or(0);
        let whole_gib = u32::try_from(bytes.div_ceil(1 << 30)).unwrap_or(u32::MAX);
        let memory_mib = Some(self.min_ram).filter(|mib| *mib > 0);
        Bootable { id: self.id, disk_gib: whole_gib.max(self.min_disk).max(1), memory_mib }
    }

    /// The snapshots it stands for; `None` where it says nothing of that.
    fn stands_for(&self) -> Option<Vec<String>> {
        let devices: Vec<Value> = serde_json::from_str(self.block_device_mapping.as_deref()?).ok()?;
        let snapshot = |device: &Value| device["snapshot_id"].as_str().map(str::to_owned);
        Some(devices.iter().filter_map(snapshot).collect())
    }
}

/// Deletes an image.
pub(super) async fn delete(at: &At<'_>, id: &str) -> Result<(), DriverError> {
    gone(at, Service::Image, &format!("/images/{id}"), SHORT).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_gets_the_room_that_its_image_needs() {
        let of = |more: Value| {
            let mut image = json!({ "id": "i", "min_disk": 0, "min_ram": 0, "size": 13_000_000 });
            image.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let image: Image = serde_json::from_value(image).unwrap();
            let Bootable { disk_gib, memory_mib, .. } = image.bootable();
            (disk_gib, memory_mib)
        };
        assert_eq!(of(json!({})), (1, None));
        assert_eq!(of(json!({ "virtual_size": null, "size": null })), (1, None), "still being uploaded");
        assert_eq!(of(json!({ "virtual_size": (2_u64 << 30) + 1, "min_ram": 512 })), (3, Some(512)));
        assert_eq!(of(json!({ "virtual_size": 2_u64 << 30, "min_disk": 10 })), (10, None));
    }

    #[test]
    fn an_image_of_a_server_names_its_snapshots_and_any_other_says_nothing() {
        let of = |mapping: Option<&str>| -> Image {
            serde_json::from_value(json!({ "id": "i", "block_device_mapping": mapping })).unwrap()
        };
        let mapping = r#"[{"boot_index": 0, "snapshot_id": "s-1", "volume_id": null}, {"snapshot_id": null}]"#;
        assert_eq!(of(Some(mapping)).stands_for(), Some(vec!["s-1".to_owned()]));
        assert_eq!(of(None).stands_for(), None, "uploaded from a volume, or from anywhere");
        assert_eq!(of(Some("{")).stands_for(), None);
    }
}
