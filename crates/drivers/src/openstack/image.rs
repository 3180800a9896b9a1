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
    let query = format!("name={}&status=active&sort=created_at:desc", encoded(name));
    let images: Vec<Image> = cloud.session().home().list(Service::Image, "/images", &query, "images").await?;
    images.into_iter().next().map(|image| image.id).ok_or_else(|| {
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
    use super::*;

    #[test]
    fn an_image_of_a_server_names_its_snapshots_and_any_other_says_nothing() {
        let of = |mapping: Option<&str>| Image { id: "i".into(), block_device_mapping: mapping.map(str::to_owned) };
        let mapping = r#"[{"boot_index": 0, "snapshot_id": "s-1", "volume_id": null}, {"snapshot_id": null}]"#;
        assert_eq!(of(Some(mapping)).stands_for(), Some(vec!["s-1".to_owned()]));
        assert_eq!(of(None).stands_for(), None, "uploaded from a volume, or from anywhere");
        assert_eq!(of(Some("{")).stands_for(), None);
    }
}
