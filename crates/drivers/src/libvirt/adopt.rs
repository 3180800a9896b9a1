//! 纳管: a server somebody defined by hand in our libvirtd becomes one of ours, without being stopped.
//!
//! Its UUID is the id the resource is given, so that every other step finds it as it finds ours. Its disks keep their
//! files; a name of ours leads to each. Our metadata comes last: with it the server is ours, and without it it is not.

use std::path::{Path, PathBuf};

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Found, ObservedDisk, Power, ServerSpec, Unowned};
use uuid::Uuid;

use super::disk;
use super::domain_xml::{self, METADATA_URI, Seen};
use super::layout::Layout;
use super::server;
use super::virsh::Virsh;
use crate::DriverError;

/// The folder of disks as libvirtd sees it.
const IMAGES_INSIDE: &str = "/var/lib/libvirt/images/";

/// A server of this name that carries no metadata of ours; `None` where there is none.
pub async fn unowned(virsh: &Virsh, layout: &Layout, name: &str) -> Result<Option<(Uuid, Unowned)>, DriverError> {
    if !virsh.names(&["list", "--all", "--name"]).await?.iter().any(|known| known == name) {
        return Ok(None);
    }
    let id: Uuid = virsh.call(&["domuuid", name]).await?.trim().parse().map_err(DriverError::bug)?;
    let seen = domain_xml::read(&virsh.call(&["dumpxml", "--inactive", name]).await?)?;
    if seen.owner.is_some() {
        return Ok(None);
    }
    let running = server::is_running(virsh, ResourceId(id)).await?;
    let unowned = Unowned {
        external_name: name.to_owned(),
        power: if running { Power::Running } else { Power::Stopped },
        shape: seen.shape,
        disks_gib: sizes(layout, &seen)?,
        address: None,
    };
    Ok(Some((id, unowned)))
}

/// Whose a server of another name than ours is, and what it looks like to the list.
pub async fn found(virsh: &Virsh, layout: &Layout, name: &str) -> Result<(Found, Vec<String>), DriverError> {
    let seen = domain_xml::read(&virsh.call(&["dumpxml", "--inactive", name]).await?)?;
    let id: Uuid = virsh.call(&["domuuid", name]).await?.trim().parse().map_err(DriverError::bug)?;
    let running = server::is_running(virsh, ResourceId(id)).await?;
    let found = Found {
        kind: "server".into(),
        external_name: name.to_owned(),
        resource: seen.owner,
        shape: Some(seen.shape),
        power: Some(if running { Power::Running } else { Power::Stopped }),
        disks_gib: sizes(layout, &seen)?,
        native_id: Some(id),
        ..Found::default()
    };
    let files = seen.files.iter().filter_map(|file| Some(file.strip_prefix(IMAGES_INSIDE)?.to_owned()));
    Ok((found, files.collect()))
}

/// Sizes of its disks; 0 for one that is no qcow2 of ours to grow and to erase, which no approved figure equals.
fn sizes(layout: &Layout, seen: &Seen) -> Result<Vec<u32>, DriverError> {
    let size = |file: &String| match outside(layout, file) {
        Some(path) => disk::found_gib(&path).map(|size| size.unwrap_or(0)),
        None => Ok(0),
    };
    seen.files.iter().map(size).collect()
}

/// A file as we see it; `None` where it lies elsewhere.
fn outside(layout: &Layout, file: &str) -> Option<PathBuf> {
    let name = file.strip_prefix(IMAGES_INSIDE).filter(|name| !name.contains('/'))?;
    Some(layout.images().join(name))
}

/// Puts our ids on it: a name of ours for each disk, then the metadata, on the running guest too.
pub async fn adopt(
    virsh: &Virsh,
    layout: &Layout,
    spec: &ServerSpec,
    (name, disks): (&str, &[ObservedDisk]),
) -> Result<(), DriverError> {
    if server::is_owned(virsh, spec.resource).await? {
        return Ok(());
    }
    let Some((id, _)) = unowned(virsh, layout, name).await? else { return Err(DriverError::gone(name)) };
    if id != spec.resource.0 {
        let zh = format!("云主机 {name} 已不是登记时的那一台");
        return Err(DriverError::refused(zh, format!("{name} has the UUID {id}, not {}", spec.resource)));
    }
    let seen = domain_xml::read(&virsh.call(&["dumpxml", "--inactive", name]).await?)?;
    if seen.files.len() != disks.len() {
        return Err(DriverError::refused("云主机的云盘数量与核定不同", "another number of disks than was approved"));
    }
    let mut adopted = Vec::new();
    for (file, disk) in seen.files.iter().zip(disks) {
        let path = outside(layout, file).ok_or_else(|| {
            let zh = format!("云盘文件 {file} 不在云平台的云盘目录中,不能纳管");
            DriverError::refused(zh, format!("{file} is outside the folder of disks"))
        })?;
        lead_to(layout, disk.id, &path)?;
        adopted.push((file.clone(), disk.id));
    }
    set_metadata(virsh, spec.resource, Some(&domain_xml::adopting(spec, &adopted))).await
}

/// Our name for a disk, leading to the file it was found as. Relative, so that it leads there for libvirtd too.
fn lead_to(layout: &Layout, id: DiskId, file: &Path) -> Result<(), DriverError> {
    let (link, name) = (layout.disk(id), file.file_name().unwrap_or_default());
    match std::os::unix::fs::symlink(name, &link) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(|cause| DriverError::file(&link, &cause)),
    }
}

/// Takes our ids off again, its metadata last: as long as it is there, this is to be done again.
pub async fn release(virsh: &Virsh, layout: &Layout, resource: ResourceId) -> Result<(), DriverError> {
    if !server::is_owned(virsh, resource).await? {
        return Ok(());
    }
    let seen = domain_xml::read(&virsh.call(&["dumpxml", "--inactive", &resource.to_string()]).await?)?;
    for link in seen.disks.iter().map(|(id, _)| layout.disk(*id)).filter(|link| link.is_symlink()) {
        std::fs::remove_file(&link).map_err(|cause| DriverError::file(&link, &cause))?;
    }
    set_metadata(virsh, resource, None).await
}

async fn set_metadata(virsh: &Virsh, resource: ResourceId, text: Option<&str>) -> Result<(), DriverError> {
    let id = resource.to_string();
    let mut arguments = vec!["metadata", &id, METADATA_URI];
    match text {
        Some(text) => arguments.extend(["--key", "liyun", "--set", text]),
        None => arguments.push("--remove"),
    }
    if server::is_running(virsh, resource).await? {
        arguments.push("--live");
    }
    arguments.push("--config");
    virsh.call(&arguments).await.map(drop)
}
