//! Servers: define, resize, mark, start, stop, attach, detach, remove. Each looks first whether it is done.

use std::time::{Duration, Instant};

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Mark, ServerSpec, Shape};

use super::disk;
use super::domain_xml::{self, Seen, name_of_server};
use super::guest::Boot;
use super::layout::Layout;
use super::network;
use super::virsh::Virsh;
use crate::DriverError;

/// How long a guest may take to end in order after its power button was pressed.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// True where libvirt has a server of this id. By listing, so that "not there" is an answer and no error.
pub async fn exists(virsh: &Virsh, resource: ResourceId) -> Result<bool, DriverError> {
    let id = resource.to_string();
    Ok(virsh.names(&["list", "--all", "--uuid"]).await?.contains(&id))
}

/// True while it runs; also while it is going down, is paused or has just crashed but holds its disks.
pub async fn is_running(virsh: &Virsh, resource: ResourceId) -> Result<bool, DriverError> {
    let id = resource.to_string();
    Ok(virsh.names(&["list", "--uuid"]).await?.contains(&id))
}

/// True where its lasting definition says that it is ours: our own servers from the start, adopted ones from then on.
pub async fn is_owned(virsh: &Virsh, resource: ResourceId) -> Result<bool, DriverError> {
    if !exists(virsh, resource).await? {
        return Ok(false);
    }
    let lasting = virsh.call(&["dumpxml", "--inactive", &resource.to_string()]).await?;
    Ok(domain_xml::read(&lasting)?.owner == Some(resource))
}

/// The lasting definition, and what the running guest has now.
pub async fn read(virsh: &Virsh, resource: ResourceId) -> Result<(Seen, Seen), DriverError> {
    let id = resource.to_string();
    let lasting = domain_xml::read(&virsh.call(&["dumpxml", "--inactive", &id]).await?)?;
    let now = domain_xml::read(&virsh.call(&["dumpxml", &id]).await?)?;
    Ok((lasting, now))
}

/// Defines the server, stopped, with its fixed address.
pub async fn define(virsh: &Virsh, layout: &Layout, spec: &ServerSpec, boot: &Boot) -> Result<(), DriverError> {
    network::join(virsh, layout, &spec.network, spec.resource).await?;
    if exists(virsh, spec.resource).await? {
        return Ok(());
    }
    let xml = domain_xml::domain(spec, boot);
    virsh.call_with(&["define", "/dev/stdin", "--validate"], &xml).await.map(drop)
}

/// Gives it another shape. Only while it is stopped.
pub async fn resize(virsh: &Virsh, resource: ResourceId, to: Shape) -> Result<(), DriverError> {
    if is_running(virsh, resource).await? {
        return Err(DriverError::retry("云主机运行中,须先关机再调整规格", "the server runs; stop it before resizing"));
    }
    let xml = virsh.call(&["dumpxml", "--inactive", &resource.to_string()]).await?;
    virsh.call_with(&["define", "/dev/stdin"], &domain_xml::reshaped(&xml, to)?).await.map(drop)
}

/// Changes the mark in its metadata, in place.
pub async fn mark(virsh: &Virsh, resource: ResourceId, to: Mark) -> Result<(), DriverError> {
    let id = resource.to_string();
    let text = domain_xml::remarked(&virsh.call(&["dumpxml", "--inactive", &id]).await?, to)?;
    let mut arguments = vec!["metadata", &id, domain_xml::METADATA_URI, "--key", "liyun", "--set", &text, "--config"];
    if is_running(virsh, resource).await? {
        arguments.push("--live");
    }
    virsh.call(&arguments).await.map(drop)
}

/// Starts it, and has it started again after a reboot of the machine.
pub async fn start(virsh: &Virsh, resource: ResourceId) -> Result<(), DriverError> {
    let id = resource.to_string();
    virsh.call(&["autostart", &id]).await?;
    if !is_running(virsh, resource).await? {
        virsh.call(&["start", &id]).await?;
    }
    Ok(())
}

/// Presses the power button, waits, then cuts the power.
pub async fn stop(virsh: &Virsh, resource: ResourceId) -> Result<(), DriverError> {
    let id = resource.to_string();
    virsh.call(&["autostart", "--disable", &id]).await?;
    if !is_running(virsh, resource).await? {
        return Ok(());
    }
    let until = Instant::now() + SHUTDOWN_GRACE;
    // A guest that is still booting does not hear the button: press again every two seconds.
    let mut presses = 0;
    while Instant::now() < until {
        if presses % 10 == 0 {
            // Fails when the guest ended meanwhile, which the next look shows.
            let _ = virsh.call(&["shutdown", &id, "--mode", "acpi"]).await;
        }
        presses += 1;
        tokio::time::sleep(LOOK_AGAIN).await;
        if !is_running(virsh, resource).await? {
            return Ok(());
        }
    }
    match virsh.call(&["destroy", &id]).await {
        Err(error) if is_running(virsh, resource).await? => Err(error),
        _ => Ok(()),
    }
}

/// Attaches a disk, live where it runs and for good.
pub async fn attach(virsh: &Virsh, resource: ResourceId, id: DiskId) -> Result<(), DriverError> {
    let server = resource.to_string();
    let running = is_running(virsh, resource).await?;
    let (lasting, now) = read(virsh, resource).await?;
    let has = |seen: &Seen| seen.disks.iter().find(|(known, _)| *known == id).map(|(_, target)| target.clone());
    let taken = [lasting.targets.clone(), now.targets.clone()].concat();
    let target = match has(&lasting).or_else(|| has(&now)) {
        Some(target) => target,
        None => domain_xml::free_target(&taken)?,
    };
    let xml = domain_xml::disk(id, &target);
    let mut arguments = vec!["attach-device", &server, "/dev/stdin"];
    if has(&lasting).is_none() {
        arguments.push("--config");
    }
    if running && has(&now).is_none() {
        arguments.push("--live");
    }
    if arguments.len() == 3 {
        return Ok(());
    }
    virsh.call_with(&arguments, &xml).await.map(drop)
}

/// Detaches a disk. Live, the guest lets go of it in its own time, so it is looked at until it has.
pub async fn detach(virsh: &Virsh, resource: ResourceId, id: DiskId) -> Result<(), DriverError> {
    let server = resource.to_string();
    let until = Instant::now() + SHUTDOWN_GRACE;
    loop {
        let running = is_running(virsh, resource).await?;
        let (lasting, now) = read(virsh, resource).await?;
        let has = |seen: &Seen| seen.disks.iter().find(|(known, _)| *known == id).map(|(_, target)| target.clone());
        if let Some(target) = has(&lasting) {
            virsh.call(&["detach-disk", &server, &target, "--config"]).await?;
        }
        match has(&now).filter(|_| running) {
            None => return Ok(()),
            Some(target) if Instant::now() < until => {
                // Refused while an earlier request is still pending; the next look decides.
                let _ = virsh.call(&["detach-disk", &server, &target, "--live"]).await;
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Some(_) => return Err(DriverError::retry("云主机未释放云盘", "the guest does not let go of the disk")),
        }
    }
}

/// Grows a disk: through the guest's QEMU where it runs, in the file otherwise.
pub async fn grow(
    virsh: &Virsh,
    layout: &Layout,
    resource: ResourceId,
    id: DiskId,
    to_gib: u32,
) -> Result<(), DriverError> {
    if disk::size_gib(layout, id)?.is_some_and(|has| has >= to_gib) {
        return Ok(());
    }
    if exists(virsh, resource).await? && is_running(virsh, resource).await? {
        let (_, now) = read(virsh, resource).await?;
        if let Some((_, target)) = now.disks.iter().find(|(known, _)| *known == id) {
            let size = format!("{to_gib}GiB");
            return virsh.call(&["blockresize", &resource.to_string(), target, &size]).await.map(drop);
        }
    }
    disk::grow_offline(layout, id, to_gib).await
}

/// Forgets the server. Its disks stay; its address goes after it, and its console log is overwritten.
pub async fn remove(virsh: &Virsh, layout: &Layout, spec: &ServerSpec) -> Result<(), DriverError> {
    let id = spec.resource.to_string();
    if exists(virsh, spec.resource).await? {
        if is_running(virsh, spec.resource).await? {
            virsh.call(&["destroy", &id]).await?;
        }
        virsh.call(&["undefine", &id]).await?;
    }
    network::leave(virsh, layout, &spec.network, spec.resource).await?;
    let log = layout.console(spec.resource);
    for path in [0, 1, 2].map(|n| log.with_extension(format!("log.{n}"))).into_iter().chain([log]) {
        if path.exists() {
            disk::overwrite(&path)
                .and_then(|_| std::fs::remove_file(&path))
                .map_err(|c| DriverError::file(&path, &c))?;
        }
    }
    Ok(())
}

/// True while a running server has the disk open.
pub async fn uses_disk(virsh: &Virsh, resource: ResourceId, id: DiskId) -> Result<bool, DriverError> {
    if !exists(virsh, resource).await? || !is_running(virsh, resource).await? {
        return Ok(false);
    }
    let (_, now) = read(virsh, resource).await?;
    Ok(now.disks.iter().any(|(known, _)| *known == id))
}

/// The name shown as the cloud's own.
pub fn external_name(resource: ResourceId) -> String {
    name_of_server(resource)
}
