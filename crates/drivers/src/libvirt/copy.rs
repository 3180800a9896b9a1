//! 快照 and 备份 as whole qcow2 files apart from the disk: taken, put back, tested, overwritten and deleted.
//!
//! A running guest's disk is copied by libvirt's backup job, which shows one instant of it; a stopped one's by qemu-img.
//! Beside each copy lies what it is, with the SM3 it had: only with that note does a copy count, so that none is seen
//! half. Snapshots and backups have a folder each, and another medium may be mounted for the backups.
//!
//! What is still being worked on is named by its disk (`.making-…`, `.proving-…`, `.restoring-…`, `.replaced-…`), so that
//! whatever a killed process left goes with the disk at the latest.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::ids::{DiskCopyId, ResourceId, RestoreId};
use domain::provisioning::{
    CopiesSeen, CopyAct, CopyKind, CopyProof, CopyStep, Desired, DiskId, Erasure, Found, ObservedCopy, Restored,
};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use super::disk::{self, adopted_file, keep_json, overwritten, qemu_img_within, read_json};
use super::layout::Layout;
use super::server;
use super::virsh::Virsh;
use crate::{DriverError, Now};

/// How long copying, restoring or comparing one disk may take.
const COPY_LIMIT: Duration = Duration::from_secs(1800);
const LOOK_AGAIN: Duration = Duration::from_millis(300);
const GIB: u64 = 1 << 30;

/// What lies beside a copy.
#[derive(Serialize, Deserialize)]
struct Note {
    #[serde(flatten)]
    copy: ObservedCopy,
    sm3: String,
}

/// Every copy of a kind, by its file; what is in the making is not listed. `copy_of` is told by the note beside it.
pub fn listed(layout: &Layout, kind: CopyKind) -> Result<Vec<Found>, DriverError> {
    let folder = layout.copies(kind);
    let entries = std::fs::read_dir(&folder).map_err(fault(&folder))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found = Vec::new();
    for name in names.filter(|name| !name.starts_with('.') && !name.ends_with(".json")) {
        let id = name.strip_prefix("ly-").and_then(|rest| rest.strip_suffix(".qcow2"));
        let copy: Option<DiskCopyId> = id.and_then(|id| id.parse().ok());
        let note = copy.map(|copy| read_json::<Note>(&layout.copy_note(kind, copy))).transpose()?.flatten();
        let size = disk::found_gib(&folder.join(&name))?;
        found.push(Found {
            kind: kind.code().into(),
            external_name: name,
            copy,
            copy_of: note.map(|note| note.copy.disk),
            disks_gib: size.into_iter().collect(),
            ..Found::default()
        });
    }
    Ok(found)
}

/// One engine's copies.
pub struct Copies<'a> {
    pub virsh: &'a Virsh,
    pub layout: &'a Layout,
    pub now: &'a Now,
}

fn inside(path: &Path) -> String {
    let mut parts = path.iter().rev();
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("/var/lib/libvirt/{}/{}", folder.to_string_lossy(), name.to_string_lossy())
}

fn fault(path: &Path) -> impl Fn(std::io::Error) -> DriverError + '_ {
    move |cause| DriverError::file(path, &cause)
}

/// SM3 of a whole file.
async fn sm3_of(path: &Path) -> Result<String, DriverError> {
    let file = path.to_owned();
    let digest = move || -> std::io::Result<String> {
        let (mut file, mut digest, mut block) = (File::open(file)?, Sm3::new(), vec![0_u8; 1 << 20]);
        loop {
            match file.read(&mut block)? {
                0 => return Ok(hex::encode(digest.finalize())),
                n => digest.update(&block[..n]),
            }
        }
    };
    tokio::task::spawn_blocking(digest).await.map_err(DriverError::bug)?.map_err(fault(path))
}

/// Overwrites a file three times and deletes it.
async fn destroy(path: &Path) -> Result<(), DriverError> {
    overwritten(path).await?;
    std::fs::remove_file(path).map_err(fault(path))
}

async fn destroy_if_there(path: &Path) -> Result<(), DriverError> {
    if path.exists() { destroy(path).await } else { Ok(()) }
}

impl Layout {
    /// Copies of a kind. Guests write theirs here while they run.
    pub fn copies(&self, kind: CopyKind) -> PathBuf {
        let folder = match kind {
            CopyKind::Snapshot => "lib/snapshots",
            CopyKind::Backup => "lib/backups",
        };
        self.root().join(folder)
    }

    /// The file of a copy; its name carries our id.
    pub fn copy(&self, kind: CopyKind, copy: DiskCopyId) -> PathBuf {
        self.copies(kind).join(format!("ly-{copy}.qcow2"))
    }

    fn copy_note(&self, kind: CopyKind, copy: DiskCopyId) -> PathBuf {
        self.copies(kind).join(format!("ly-{copy}.json"))
    }

    fn copy_evidence(&self, what: &str, id: impl std::fmt::Display) -> PathBuf {
        self.evidence().join(format!("{what}-{id}.json"))
    }

    /// Files in the making and left-overs of one disk.
    fn unfinished(&self, disk: DiskId) -> Result<Vec<PathBuf>, DriverError> {
        let mut found = Vec::new();
        for folder in [self.images(), self.copies(CopyKind::Snapshot), self.copies(CopyKind::Backup)] {
            let entries = match std::fs::read_dir(&folder) {
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries.map_err(fault(&folder))?,
            };
            let ours = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let mark = disk.to_string();
                ["making", "proving", "restoring", "replaced"]
                    .iter()
                    .any(|what| name.strip_prefix(&format!(".{what}-")).is_some_and(|rest| rest.starts_with(&mark)))
            };
            found.extend(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(ours));
        }
        Ok(found)
    }
}

impl Copies<'_> {
    /// What there is of a resource's copies, and the evidence of what went.
    pub fn look(&self, desired: &Desired) -> Result<CopiesSeen, DriverError> {
        let mut seen = CopiesSeen::default();
        for copy in &desired.copies {
            match self.note(copy.kind, copy.id)? {
                Some(note) => seen.there.push(note.copy),
                None => seen.erasures.extend(read_json(&self.layout.copy_evidence("copy", copy.id))?),
            }
            if let Some(restore) = copy.proof {
                seen.proofs.extend(read_json(&self.layout.copy_evidence("proof", restore))?);
            }
        }
        let mut disks: Vec<DiskId> =
            desired.copies.iter().filter(|copy| copy.restore.is_some()).map(|copy| copy.disk).collect();
        disks.dedup();
        for disk in disks {
            seen.restored.extend(read_json::<Restored>(&self.layout.copy_evidence("restored", disk))?);
        }
        Ok(seen)
    }

    /// The note of a whole copy.
    fn note(&self, kind: CopyKind, id: DiskCopyId) -> Result<Option<Note>, DriverError> {
        if !self.layout.copy(kind, id).exists() {
            return Ok(None);
        }
        read_json(&self.layout.copy_note(kind, id))
    }

    /// One step about a copy.
    pub async fn carry_out(&self, step: &CopyStep) -> Result<Option<Erasure>, DriverError> {
        match step.act {
            CopyAct::Take => self.take(step).await.map(|()| None),
            CopyAct::Restore { restore } => self.restore(step, restore).await.map(|()| None),
            CopyAct::Prove { restore } => self.prove(step, restore).await.map(|()| None),
            CopyAct::Drop { .. } => self.drop(step).await,
        }
    }

    async fn take(&self, step: &CopyStep) -> Result<(), DriverError> {
        if self.note(step.kind, step.copy)?.is_some() {
            return Ok(());
        }
        let size = disk::size_gib(self.layout, step.disk)?;
        let size_gib = size.ok_or_else(|| DriverError::gone(format!("disk {}", step.disk)))?;
        let folder = self.layout.copies(step.kind);
        std::fs::create_dir_all(&folder).map_err(fault(&folder))?;
        let making = folder.join(format!(".making-{}-{}.qcow2", step.disk, step.copy));
        let taken_at = (self.now)();
        if server::uses_disk(self.virsh, step.resource, step.disk).await? {
            self.push(step.resource, step.disk, &making).await?;
        } else {
            destroy_if_there(&making).await?;
            convert(&self.layout.disk(step.disk), &making).await?;
        }
        let sm3 = sm3_of(&making).await?;
        let whole = self.layout.copy(step.kind, step.copy);
        File::open(&making).and_then(|file| file.sync_all()).map_err(fault(&making))?;
        std::fs::rename(&making, &whole).map_err(fault(&whole))?;
        let copy = ObservedCopy { id: step.copy, disk: step.disk, kind: step.kind, size_gib, taken_at };
        keep_json(&self.layout.copy_note(step.kind, step.copy), &Note { copy, sm3 })
    }

    /// One instant of a running guest's disk, by libvirt's backup job. A job that a killed process left is ended first.
    async fn push(&self, resource: ResourceId, disk: DiskId, making: &Path) -> Result<(), DriverError> {
        let domain = resource.to_string();
        if self.is_busy(&domain).await? {
            self.virsh.call(&["domjobabort", &domain]).await?;
            self.idle(&domain).await?;
        }
        destroy_if_there(making).await?;
        let (_, now) = server::read(self.virsh, resource).await?;
        let disks: String = now
            .disks
            .iter()
            .map(|(id, target)| match *id == disk {
                true => format!(
                    "<disk name='{target}' backup='yes' type='file'><driver type='qcow2'/><target file='{}'/></disk>",
                    inside(making)
                ),
                false => format!("<disk name='{target}' backup='no'/>"),
            })
            .collect();
        let others: String = now
            .targets
            .iter()
            .filter(|target| !now.disks.iter().any(|(_, known)| known == *target))
            .map(|target| format!("<disk name='{target}' backup='no'/>"))
            .collect();
        let xml = format!("<domainbackup mode='push'><disks>{disks}{others}</disks></domainbackup>");
        self.virsh.call_with(&["backup-begin", &domain, "--backupxml", "/dev/stdin"], &xml).await?;
        self.idle(&domain).await?;
        let ended = self.virsh.call(&["domjobinfo", &domain, "--completed"]).await?;
        if ended.lines().any(|line| line.starts_with("Job type:") && line.contains("Completed")) {
            return Ok(());
        }
        Err(DriverError::retry("云盘复制未完成", format!("the backup job of {domain} ended otherwise: {ended}")))
    }

    async fn is_busy(&self, domain: &str) -> Result<bool, DriverError> {
        let info = self.virsh.call(&["domjobinfo", domain]).await?;
        Ok(!info.lines().any(|line| line.starts_with("Job type:") && line.contains("None")))
    }

    async fn idle(&self, domain: &str) -> Result<(), DriverError> {
        let look = async {
            while self.is_busy(domain).await? {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        let late = |_| DriverError::retry("云盘仍在复制,稍后继续", format!("the job of {domain} goes on"));
        tokio::time::timeout(COPY_LIMIT, look).await.map_err(late)?
    }

    /// The copy's note, where the file still is what was taken.
    async fn sound(&self, step: &CopyStep) -> Result<(Note, bool), DriverError> {
        let note = self.note(step.kind, step.copy)?.ok_or_else(|| DriverError::gone(format!("copy {}", step.copy)))?;
        let same = sm3_of(&self.layout.copy(step.kind, step.copy)).await? == note.sm3;
        Ok((note, same))
    }

    /// Puts the copy in the disk's place in one rename, then overwrites what was there.
    async fn restore(&self, step: &CopyStep, restore: RestoreId) -> Result<(), DriverError> {
        let mark = self.layout.copy_evidence("restored", step.disk);
        if read_json::<Restored>(&mark)?.is_some_and(|done| done.restore == restore) {
            return Ok(());
        }
        if server::uses_disk(self.virsh, step.resource, step.disk).await? {
            return Err(DriverError::retry("云主机运行中,须先关机再恢复云盘", "stop the server before restoring"));
        }
        let (note, same) = self.sound(step).await?;
        if !same {
            let en = format!("copy {} is not what was taken", step.copy);
            return Err(DriverError::refused("副本文件与制作时的校验值不一致,不能恢复", en));
        }
        let place = adopted_file(self.layout, step.disk).unwrap_or_else(|| self.layout.disk(step.disk));
        let beside = |what: &str| self.layout.images().join(format!(".{what}-{}-{restore}", step.disk));
        let (new, old) = (beside("restoring"), beside("replaced"));
        if !old.exists() || is_same_file(&old, &place)? {
            destroy_if_there(&new).await?;
            convert(&self.layout.copy(step.kind, step.copy), &new).await?;
            if note.copy.size_gib < step.size_gib {
                disk::grow_file(&new, step.size_gib).await?;
            }
            if !old.exists() {
                std::fs::hard_link(&place, &old).map_err(fault(&old))?;
            }
            std::fs::rename(&new, &place).map_err(fault(&place))?;
            File::open(self.layout.images()).and_then(|dir| dir.sync_all()).map_err(fault(&place))?;
        }
        destroy(&old).await?;
        keep_json(&mark, &Restored { disk: step.disk, copy: step.copy, restore })
    }

    /// Restores into a scratch disk, compares block by block, and overwrites the scratch disk.
    async fn prove(&self, step: &CopyStep, restore: RestoreId) -> Result<(), DriverError> {
        let kept = self.layout.copy_evidence("proof", restore);
        if kept.exists() {
            return Ok(());
        }
        let (note, same) = self.sound(step).await?;
        let copy = self.layout.copy(step.kind, step.copy);
        let scratch = self.layout.copies(step.kind).join(format!(".proving-{}-{restore}", step.disk));
        destroy_if_there(&scratch).await?;
        convert(&copy, &scratch).await?;
        let [a, b] = [&copy, &scratch].map(|path| path.to_string_lossy().into_owned());
        let equal = qemu_img_within(COPY_LIMIT, &["compare", "-q", "-f", "qcow2", "-F", "qcow2", &a, &b]).await?.ok;
        destroy(&scratch).await?;
        let compared = match (same, equal) {
            (true, true) => "备份的 SM3 与制作时一致;恢复出的临时云盘与备份逐块比对一致;临时云盘已覆写删除",
            (false, _) => "备份的 SM3 与制作时不一致;临时云盘已覆写删除",
            (true, false) => "恢复出的临时云盘与备份逐块比对不一致;临时云盘已覆写删除",
        };
        let proof = CopyProof {
            what: format!("ly-{}.qcow2", step.copy),
            size_gib: note.copy.size_gib,
            bytes: u64::from(note.copy.size_gib) * GIB,
            compared: compared.into(),
            passed: same && equal,
            sm3: Some(if same { note.sm3 } else { sm3_of(&copy).await? }),
            at: (self.now)(),
            attested_by: "libvirt".into(),
            ..step.proof(restore)
        };
        keep_json(&kept, &proof)
    }

    /// Overwrites and deletes the copy; its evidence is there before the file goes.
    async fn drop(&self, step: &CopyStep) -> Result<Option<Erasure>, DriverError> {
        let (path, note) = (self.layout.copy(step.kind, step.copy), self.layout.copy_note(step.kind, step.copy));
        let kept = self.layout.copy_evidence("copy", step.copy);
        if path.exists() {
            let size_gib = read_json::<Note>(&note)?.map_or(step.size_gib, |note| note.copy.size_gib);
            let of_file = disk::erasure_of(&path, step.disk, size_gib, overwritten(&path).await?, self.now);
            let erasure = Erasure { copy: Some(step.copy), ..of_file };
            keep_json(&kept, &erasure)?;
            std::fs::remove_file(&path).map_err(fault(&path))?;
        }
        match std::fs::remove_file(&note) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(DriverError::file(&note, &cause)),
            _ => read_json(&kept),
        }
    }

    /// With a disk goes whatever of it was being worked on when a process was killed or somebody gave up.
    pub async fn sweep(&self, disk: DiskId) -> Result<(), DriverError> {
        let own = self.layout.disk(disk);
        for path in self.layout.unfinished(disk)? {
            // Another name of the disk itself, which is overwritten with its evidence.
            if own.exists() && is_same_file(&path, &own)? {
                std::fs::remove_file(&path).map_err(fault(&path))?;
            } else {
                destroy(&path).await?;
            }
        }
        Ok(())
    }
}

fn is_same_file(a: &Path, b: &Path) -> Result<bool, DriverError> {
    let of = |path: &Path| std::fs::metadata(path).map(|data| (data.dev(), data.ino())).map_err(fault(path));
    Ok(of(a)? == of(b)?)
}

/// Copies all that was ever written to a disk that nobody is writing to.
async fn convert(from: &Path, to: &Path) -> Result<(), DriverError> {
    let [from, to] = [from, to].map(|path| path.to_string_lossy().into_owned());
    let done = qemu_img_within(COPY_LIMIT, &["convert", "-q", "-f", "qcow2", "-O", "qcow2", &from, &to]).await?;
    if done.ok {
        Ok(())
    } else {
        Err(DriverError::retry("云盘文件复制失败", format!("qemu-img convert: {}", done.error)))
    }
}
