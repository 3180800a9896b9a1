//! Disks as qcow2 files whose names carry our ids; overwriting them before they are deleted.
//!
//! A qcow2 file holds every byte that was ever written to the disk, so overwriting the whole file overwrites all
//! of it. Three passes (ones, random, zeros), the last read back; the evidence is on disk before the file goes.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use domain::provisioning::{DiskId, Erasure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sm3::{Digest, Sm3};
use tokio::process::Command;

use super::layout::Layout;
use super::virsh;
use crate::shelf::write_whole;
use crate::{DriverError, Now};

const IMAGE_LIMIT: Duration = Duration::from_secs(60);
const BLOCK_BYTES: usize = 1 << 20;
const GIB: u64 = 1 << 30;

/// 清除方法, as the certificate says it.
pub const METHOD_ZH: &str = "逻辑覆写3次(全1、随机数、全0)并回读校验后删除";

/// Makes the disk under another name first, so that a file with the disk's name is always whole.
pub async fn create(layout: &Layout, disk: DiskId, size_gib: u32) -> Result<(), DriverError> {
    let path = layout.disk(disk);
    if path.exists() {
        return Ok(());
    }
    let beside = layout.images().join(format!(".making-{disk}"));
    qemu_img(&["create", "-q", "-f", "qcow2", &beside.to_string_lossy(), &format!("{size_gib}G")]).await?;
    std::fs::rename(&beside, &path).map_err(|cause| DriverError::file(&path, &cause))?;
    File::open(layout.images()).and_then(|dir| dir.sync_all()).map_err(|cause| DriverError::file(&path, &cause))
}

/// The file behind an adopted disk, which keeps the name it was found with; ours leads to it.
pub fn adopted_file(layout: &Layout, disk: DiskId) -> Option<std::path::PathBuf> {
    Some(layout.images().join(std::fs::read_link(layout.disk(disk)).ok()?))
}

/// Grows a disk that no guest is using.
pub async fn grow_offline(layout: &Layout, disk: DiskId, to_gib: u32) -> Result<(), DriverError> {
    grow_file(&layout.disk(disk), to_gib).await
}

/// Grows a disk's file that has no name of a disk yet.
pub async fn grow_file(path: &Path, to_gib: u32) -> Result<(), DriverError> {
    qemu_img(&["resize", "-q", "-f", "qcow2", &path.to_string_lossy(), &format!("{to_gib}G")]).await
}

/// Runs qemu-img for at most so long; what it answered is the caller's to judge.
pub async fn qemu_img_within(limit: Duration, arguments: &[&str]) -> Result<virsh::Output, DriverError> {
    let mut command = Command::new("qemu-img");
    command.args(arguments);
    virsh::run(command, "", limit).await
}

async fn qemu_img(arguments: &[&str]) -> Result<(), DriverError> {
    let output = qemu_img_within(IMAGE_LIMIT, arguments).await?;
    if output.ok {
        return Ok(());
    }
    Err(DriverError::retry("云盘文件处理失败", format!("qemu-img {}: {}", arguments[0], output.error)))
}

/// Size as the guest sees it, from the file's header: bytes 24 to 31. `None` where there is no such disk.
pub fn size_gib(layout: &Layout, disk: DiskId) -> Result<Option<u32>, DriverError> {
    let bytes = header(&layout.disk(disk))?
        .map(|header| u64::from_be_bytes(header[24..32].try_into().expect("eight bytes of a fixed array")));
    Ok(bytes.map(|bytes| u32::try_from(bytes / GIB).unwrap_or(u32::MAX)))
}

/// The size of a file somebody else made; `None` where it is no qcow2 or not there.
pub fn found_gib(path: &Path) -> Result<Option<u32>, DriverError> {
    let qcow2 = header(path)?.filter(|header| header.starts_with(b"QFI\xfb"));
    let bytes =
        qcow2.map(|header| u64::from_be_bytes(header[24..32].try_into().expect("eight bytes of a fixed array")));
    Ok(bytes.map(|bytes| u32::try_from(bytes / GIB).unwrap_or(u32::MAX)))
}

fn header(path: &Path) -> Result<Option<[u8; 32]>, DriverError> {
    let mut header = [0_u8; 32];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        // Not there any more, or shorter than any disk: somebody else's file.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(cause) => Err(DriverError::file(path, &cause)),
        Ok(()) => Ok(Some(header)),
    }
}

/// The evidence of a disk that was erased.
pub fn evidence(layout: &Layout, disk: DiskId) -> Result<Option<Erasure>, DriverError> {
    read_json(&layout.erasure(disk))
}

/// A note as it was kept; `None` where there is none.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DriverError> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(DriverError::bug),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(DriverError::file(path, &cause)),
    }
}

/// Keeps a note, whole or not at all.
pub fn keep_json(path: &Path, what: &impl Serialize) -> Result<(), DriverError> {
    let text = serde_json::to_vec_pretty(what).map_err(DriverError::bug)?;
    write_whole(path, &text).map_err(|cause| DriverError::file(path, &cause))
}

/// Overwrites a file, away from what must not wait; bytes of one pass, and SM3 of what was read back.
pub async fn overwritten(path: &Path) -> Result<(u64, String), DriverError> {
    let file = path.to_owned();
    let done = tokio::task::spawn_blocking(move || overwrite(&file)).await.map_err(DriverError::bug)?;
    done.map_err(|cause| DriverError::file(path, &cause))
}

/// The evidence of a file that was [`overwritten`].
pub fn erasure_of(path: &Path, disk: DiskId, size_gib: u32, (bytes, sm3): (u64, String), now: &Now) -> Erasure {
    Erasure {
        disk,
        copy: None,
        what: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        size_gib,
        bytes,
        method: METHOD_ZH.into(),
        passes: 3,
        at: now(),
        sm3_after: Some(sm3),
        attested_by: "libvirt".into(),
    }
}

/// Overwrites, checks, writes the evidence, deletes. Where a killed process had come to the end, its evidence.
pub async fn erase(layout: &Layout, disk: DiskId, now: &Now) -> Result<Option<Erasure>, DriverError> {
    let path = layout.disk(disk);
    let Some(size_gib) = erasable_size(layout, disk)? else {
        if path.is_symlink() {
            std::fs::remove_file(&path).map_err(|cause| DriverError::file(&path, &cause))?;
        }
        return evidence(layout, disk);
    };
    let erasure = erasure_of(&path, disk, size_gib, overwritten(&path).await?, now);
    keep_json(&layout.erasure(disk), &erasure)?;
    // An adopted disk is a file of another name behind ours; it goes first, so that a killed process leaves our name.
    if let Some(adopted) = adopted_file(layout, disk) {
        std::fs::remove_file(&adopted).map_err(|cause| DriverError::file(&adopted, &cause))?;
    }
    std::fs::remove_file(&path).map_err(|cause| DriverError::file(&path, &cause))?;
    Ok(Some(erasure))
}

/// The size to certify: from the header, or, where an earlier run was killed after it overwrote the header,
/// from the note it left first.
fn erasable_size(layout: &Layout, disk: DiskId) -> Result<Option<u32>, DriverError> {
    let Some(seen) = size_gib(layout, disk)? else { return Ok(None) };
    let note = layout.evidence().join(format!(".size-{disk}"));
    if let Ok(text) = std::fs::read_to_string(&note)
        && let Ok(noted) = text.parse()
    {
        return Ok(Some(noted));
    }
    write_whole(&note, seen.to_string().as_bytes()).map_err(|cause| DriverError::file(&note, &cause))?;
    Ok(Some(seen))
}

/// Three passes over the whole file, each on the medium before the next; bytes of one pass and SM3 of what is left.
pub fn overwrite(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let bytes = file.metadata()?.len();
    pass(&mut file, bytes, |block| {
        block.fill(0xff);
        Ok(())
    })?;
    let mut random = File::open("/dev/urandom")?;
    pass(&mut file, bytes, |block| random.read_exact(block))?;
    pass(&mut file, bytes, |block| {
        block.fill(0);
        Ok(())
    })?;
    Ok((bytes, read_back(&mut file, bytes)?))
}

fn pass(file: &mut File, bytes: u64, mut fill: impl FnMut(&mut [u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut block = vec![0_u8; BLOCK_BYTES];
    file.seek(SeekFrom::Start(0))?;
    let mut left = bytes;
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_BYTES);
        fill(&mut block[..now])?;
        file.write_all(&block[..now])?;
        left -= now as u64;
    }
    file.sync_all()
}

/// Reads everything again; anything but zeros is a failed erasure.
fn read_back(file: &mut File, bytes: u64) -> std::io::Result<String> {
    let mut block = vec![0_u8; BLOCK_BYTES];
    let mut digest = Sm3::new();
    file.seek(SeekFrom::Start(0))?;
    let mut left = bytes;
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_BYTES);
        file.read_exact(&mut block[..now])?;
        if block[..now].iter().any(|byte| *byte != 0) {
            return Err(std::io::Error::other("the disk is not zero after the last pass"));
        }
        digest.update(&block[..now]);
        left -= now as u64;
    }
    Ok(hex::encode(digest.finalize()))
}
