//! 快照 and 备份: snapshots and backups of Cinder, named by our id as volumes are.
//!
//! Restoring makes a new volume from the copy and gives it the disk's name and notes: until then the old volume is as it
//! was, so that a restoring that fails has changed nothing, and no back end has to write into a volume that snapshots
//! hang on. The old volume is cleared by a step of its own (see `replaced`). A restore test makes such a volume too,
//! looks at it and deletes it; what is in it an OpenStack cloud lets nobody read.
//!
//! | ours                          | in the cloud                                      |
//! |-------------------------------|---------------------------------------------------|
//! | 快照, 备份                     | snapshot or backup `ly-<copy>`                     |
//! | what a restoring is making    | volume `ly-new-<restore>`                         |
//! | what it has replaced          | volume `ly-old-<restore>`                         |
//! | 恢复演练                       | volume `ly-test-<restore>`                        |
//!
//! Keys: `dropping/<copy>` before a copy is deleted, `dropped/<copy>` when it is gone, `proof/<restore>`.

use std::collections::HashMap;

use domain::ids::{DiskCopyId, RestoreId};
use domain::provisioning::{
    CopiesSeen, CopyAct, CopyKind, CopyProof, CopyStep, Desired, DiskId, Erasure, ObservedCopy, Replaced, Restored,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::calls::At;
use super::disk::{self, Volume};
use super::erasure;
use super::session::Service;
use super::wait::until;
use super::{LONG, Openstack, replaced, server};
use crate::DriverError;

/// Metadata of a disk's volume: the restoring it came from, and the copy, with a space between.
const RESTORED: &str = "liyun_restored";

/// 清除方法 of a copy.
const METHOD_ZH: &str = "经云平台接口删除并核实已不存在;未覆写介质,空间由云平台回收";

/// A snapshot or a backup as Cinder shows it.
#[derive(Clone, Debug, Deserialize)]
struct Piece {
    id: String,
    #[serde(default)]
    name: Option<String>,
    status: String,
    size: u32,
    #[serde(default)]
    created_at: Option<String>,
    volume_id: String,
}

impl Piece {
    fn is_whole(&self) -> bool {
        !matches!(self.status.as_str(), "creating" | "error")
    }
}

/// What is being deleted.
#[derive(Serialize, Deserialize)]
struct Dropping {
    disk: DiskId,
    kind: CopyKind,
    id: String,
    size_gib: u32,
}

/// `snapshots` or `backups`, and the key of one.
fn words(kind: CopyKind) -> (&'static str, &'static str) {
    match kind {
        CopyKind::Snapshot => ("snapshots", "snapshot"),
        CopyKind::Backup => ("backups", "backup"),
    }
}

fn name_of(copy: DiskCopyId) -> String {
    format!("ly-{copy}")
}

async fn pieces(at: &At<'_>, kind: CopyKind, query: &str) -> Result<Vec<Piece>, DriverError> {
    let (list, _) = words(kind);
    Ok(at.list(Service::Volume, &format!("/{list}/detail"), query, list).await?)
}

async fn find(at: &At<'_>, kind: CopyKind, copy: DiskCopyId) -> Result<Option<Piece>, DriverError> {
    let name = name_of(copy);
    let all = pieces(at, kind, &format!("name={name}")).await?;
    Ok(all.into_iter().find(|piece| piece.name.as_deref() == Some(&name)))
}

async fn need(at: &At<'_>, step: &CopyStep) -> Result<Piece, DriverError> {
    let found = find(at, step.kind, step.copy).await?.filter(Piece::is_whole);
    found.ok_or_else(|| DriverError::gone(format!("{} {}", step.kind.code(), step.copy)))
}

/// Cinder writes its times in UTC and without saying so.
fn instant(text: Option<&str>) -> String {
    text.map(|text| format!("{}Z", text.trim_end_matches('Z'))).unwrap_or_default()
}

/// Snapshots and backups of a project, as far as anybody asks for them.
#[derive(Default)]
pub(super) struct Held {
    snapshots: Vec<Piece>,
    backups: Vec<Piece>,
}

impl Held {
    /// Reads the lists of the kinds that these servers have copies of. `volumes`: of these servers; on those that were
    /// replaced snapshots may hang that nobody of ours has taken.
    pub(super) async fn of(
        at: &At<'_>,
        desired: &[&Desired],
        mut volumes: impl Iterator<Item = &Volume>,
    ) -> Result<Self, DriverError> {
        let asked = |kind| desired.iter().any(|one| one.copies.iter().any(|copy| copy.kind == kind));
        let mut held = Self::default();
        if asked(CopyKind::Snapshot) || volumes.any(|volume| replaced::seen(volume).is_some()) {
            held.snapshots = pieces(at, CopyKind::Snapshot, "").await?;
        }
        if asked(CopyKind::Backup) {
            held.backups = pieces(at, CopyKind::Backup, "").await?;
        }
        Ok(held)
    }

    /// What there is of a resource's copies. `volumes`: its disks.
    pub(super) fn seen(&self, desired: &Desired, volumes: &[Volume]) -> CopiesSeen {
        let mut seen = CopiesSeen::default();
        for copy in &desired.copies {
            let (name, kind) = (name_of(copy.id), copy.kind);
            let all = if kind == CopyKind::Snapshot { &self.snapshots } else { &self.backups };
            let there = all.iter().find(|piece| piece.is_whole() && piece.name.as_deref() == Some(&name));
            seen.there.extend(there.map(|piece| ObservedCopy {
                id: copy.id,
                disk: copy.disk,
                kind,
                size_gib: piece.size,
                taken_at: instant(piece.created_at.as_deref()),
            }));
        }
        seen.restored.extend(volumes.iter().filter_map(restored));
        seen
    }

    /// Of these volumes those that a restoring has replaced and no snapshot hangs on.
    pub(super) fn replaced(&self, volumes: &[Volume]) -> Vec<Replaced> {
        let is_free = |volume: &&Volume| !self.snapshots.iter().any(|piece| piece.volume_id == volume.id);
        volumes.iter().filter(is_free).filter_map(replaced::seen).collect()
    }
}

fn restored(volume: &Volume) -> Option<Restored> {
    let (restore, copy) = volume.metadata.get(RESTORED)?.split_once(' ')?;
    Some(Restored { disk: volume.disk()?, restore: restore.parse().ok()?, copy: copy.parse().ok()? })
}

/// Proofs and evidence, which lie with us and outlive what they are of.
pub(super) async fn kept(cloud: &Openstack, desired: &Desired, seen: &mut CopiesSeen) -> Result<(), DriverError> {
    for copy in &desired.copies {
        if seen.copy(copy.id).is_none() {
            seen.erasures.extend(evidence(cloud, copy.id).await?);
        }
        if let Some(restore) = copy.proof {
            let kept = cloud.shelf.get(&format!("proof/{restore}")).await?;
            seen.proofs.extend(kept.map(serde_json::from_value::<CopyProof>).transpose().map_err(DriverError::bug)?);
        }
    }
    Ok(())
}

/// One step about a copy.
pub(super) async fn carry_out(cloud: &Openstack, step: &CopyStep) -> Result<Option<Erasure>, DriverError> {
    match step.act {
        CopyAct::Take => take(&cloud.at_approved(step.resource).await?, step).await.map(|()| None),
        CopyAct::Restore { restore } => {
            put_back(&cloud.at_approved(step.resource).await?, step, restore).await.map(|()| None)
        }
        CopyAct::Prove { restore } => {
            prove(cloud, &cloud.at_approved(step.resource).await?, step, restore).await.map(|()| None)
        }
        CopyAct::Drop { .. } => match cloud.at_if_there(step.resource).await? {
            Some(at) => drop(cloud, &at, step).await,
            None => evidence(cloud, step.copy).await,
        },
    }
}

async fn take(at: &At<'_>, step: &CopyStep) -> Result<(), DriverError> {
    let volume = disk::need(at, step.disk).await?;
    let ((list, key), name) = (words(step.kind), name_of(step.copy));
    let mut found = find(at, step.kind, step.copy).await?;
    if let Some(failed) = found.take_if(|piece| piece.status == "error") {
        erasure::delete(at, list, &failed.id).await?;
    }
    let id = match found {
        Some(piece) => piece.id,
        None => {
            let mut spec = json!({ "volume_id": volume.id, "name": name, "force": true });
            spec["description"] = json!(format!("liyun: disk {} of {}", step.disk, step.resource));
            let made: Made = at.post(Service::Volume, &format!("/{list}"), &json!({ key: spec }), Some(key)).await?;
            made.id
        }
    };
    until(&format!("the {key} {name}"), LONG, || async {
        let piece: Piece = at.get(Service::Volume, &format!("/{list}/{id}"), Some(key)).await?;
        if piece.status == "error" {
            let zh = format!("云平台制作{}失败,请在云平台上查明", step.kind.zh());
            return Err(DriverError::refused(zh, format!("{key} {id} is in error")));
        }
        Ok((piece.status == "available").then_some(()))
    })
    .await
}

#[derive(Deserialize)]
struct Made {
    id: String,
}

/// A volume of its own with what is in the copy, made once under this name.
async fn volume_from(
    at: &At<'_>,
    step: &CopyStep,
    (name, size_gib): (&str, u32),
) -> Result<Result<Volume, String>, DriverError> {
    let piece = need(at, step).await?;
    let source = disk::find(at, step.disk).await?;
    let volume = match disk::named(at, name).await? {
        Some(volume) => volume,
        None => {
            let mut spec = json!({ "name": name, "size": size_gib.max(piece.size), "description": "liyun" });
            spec["metadata"] = json!({ disk::RESOURCE: step.resource.to_string(), disk::DISK: step.disk.to_string() });
            if let Some(kind) = source.as_ref().and_then(|volume| volume.kind.as_ref()) {
                spec["volume_type"] = json!(kind);
            }
            if step.kind == CopyKind::Snapshot {
                spec["snapshot_id"] = json!(piece.id);
            }
            at.post(Service::Volume, "/volumes", &json!({ "volume": spec }), Some("volume")).await?
        }
    };
    let volume = settled(at, &volume.id).await?;
    if step.kind == CopyKind::Snapshot || volume.status != "available" {
        return Ok(whole(volume));
    }
    // A blank one: the backup is written into it. Written twice, it holds the same.
    let body = json!({ "restore": { "volume_id": volume.id } });
    at.act(Service::Volume, &format!("/backups/{}/restore", piece.id), &body).await?;
    until(&format!("the backup {} being read", piece.id), LONG, || async {
        let piece: Piece = at.get(Service::Volume, &format!("/backups/{}", piece.id), Some("backup")).await?;
        Ok((piece.status != "restoring").then_some(()))
    })
    .await?;
    Ok(whole(settled(at, &volume.id).await?))
}

fn whole(volume: Volume) -> Result<Volume, String> {
    if volume.status == "available" { Ok(volume) } else { Err(volume.status) }
}

/// The volume once the cloud is done with it, well or not.
async fn settled(at: &At<'_>, id: &str) -> Result<Volume, DriverError> {
    until(&format!("volume {id} coming to rest"), LONG, || async {
        let volume: Volume = at.get(Service::Volume, &format!("/volumes/{id}"), Some("volume")).await?;
        let busy = matches!(volume.status.as_str(), "creating" | "restoring-backup" | "downloading" | "backing-up");
        Ok((!busy).then_some(volume))
    })
    .await
}

/// 恢复: a new volume takes the disk's name and notes. Two have the name for a moment, and the newer one is the disk.
async fn put_back(at: &At<'_>, step: &CopyStep, restore: RestoreId) -> Result<(), DriverError> {
    if at.is_adopted() {
        let zh = "纳管的云主机由其所在项目管理,系统不替换其云硬盘;请在云平台上恢复";
        return Err(DriverError::refused(zh, "an adopted server is not taken out of its cloud to change its disk"));
    }
    let new_name = format!("ly-new-{restore}");
    let mark = format!("{restore} {}", step.copy);
    let current = disk::need(at, step.disk).await?;
    if current.metadata.get(RESTORED) != Some(&mark) {
        server::set_aside(at, step.resource).await?;
        let size = step.size_gib.max(current.size);
        let new = match volume_from(at, step, (&new_name, size)).await? {
            Ok(volume) => volume,
            Err(status) => {
                let zh = format!("云平台未能从{}恢复({status}),原云盘未改动;请在云平台上查明", step.kind.zh());
                return Err(DriverError::refused(zh, format!("restoring {} ended {status}", step.copy)));
            }
        };
        let current = disk::need(at, step.disk).await?;
        let mut notes: HashMap<String, String> = current.metadata.clone();
        notes.insert(RESTORED.into(), mark);
        let path = format!("/volumes/{}", new.id);
        at.put(Service::Volume, &format!("{path}/metadata"), Some(&json!({ "metadata": notes }))).await?;
        rename(at, &new.id, &disk::name_of(step.disk)).await?;
    }
    let current = disk::need(at, step.disk).await?;
    for older in disk::all_named(at, &disk::name_of(step.disk)).await?.iter().filter(|one| one.id != current.id) {
        rename(at, &older.id, &replaced::name_of(restore)).await?;
    }
    Ok(())
}

async fn rename(at: &At<'_>, id: &str, name: &str) -> Result<(), DriverError> {
    let body = json!({ "volume": { "name": name } });
    Ok(at.put(Service::Volume, &format!("/volumes/{id}"), Some(&body)).await?)
}

/// 恢复演练: what can be seen from outside of a volume restored from the backup.
async fn prove(cloud: &Openstack, at: &At<'_>, step: &CopyStep, restore: RestoreId) -> Result<(), DriverError> {
    let key = format!("proof/{restore}");
    if cloud.shelf.get(&key).await?.is_some() {
        return Ok(());
    }
    let (piece, name) = (need(at, step).await?, format!("ly-test-{restore}"));
    let result = volume_from(at, step, (&name, piece.size)).await?;
    let (passed, compared) = match &result {
        Ok(volume) if volume.size == piece.size => (
            true,
            "恢复出的临时云硬盘状态正常、容量与备份一致;云平台不提供读取云硬盘内容的接口,未逐字节比对;临时云硬盘已删除并核实".to_owned(),
        ),
        Ok(volume) => (false, format!("恢复出的临时云硬盘为 {} GB,备份为 {} GB;临时云硬盘已删除", volume.size, piece.size)),
        Err(status) => (false, format!("云平台未能恢复出临时云硬盘(状态 {status});临时云硬盘已删除")),
    };
    let scratch = disk::named(at, &name).await?;
    if let Some(volume) = &scratch {
        disk::delete(at, &volume.id).await?;
    }
    let scratch = scratch.map_or_else(String::new, |volume| format!(";临时云硬盘 {}", volume.id));
    let proof = CopyProof {
        what: format!("备份 {}{scratch}", piece.id),
        size_gib: piece.size,
        compared,
        passed,
        at: (cloud.now)(),
        attested_by: format!("OpenStack {}", cloud.session().settings.region),
        ..step.proof(restore)
    };
    cloud.shelf.put(&key, &json!(proof)).await
}

async fn drop(cloud: &Openstack, at: &At<'_>, step: &CopyStep) -> Result<Option<Erasure>, DriverError> {
    let Some(piece) = find(at, step.kind, step.copy).await? else { return evidence(cloud, step.copy).await };
    let noted = Dropping { disk: step.disk, kind: step.kind, id: piece.id.clone(), size_gib: piece.size };
    cloud.shelf.put(&format!("dropping/{}", step.copy), &json!(noted)).await?;
    erasure::delete(at, words(step.kind).0, &piece.id).await?;
    evidence(cloud, step.copy).await
}

/// The evidence of a copy the cloud has no more.
async fn evidence(cloud: &Openstack, copy: DiskCopyId) -> Result<Option<Erasure>, DriverError> {
    let keys = (format!("dropped/{copy}"), format!("dropping/{copy}"));
    let of = |Dropping { disk, kind, id, size_gib }| {
        let what = format!("{} {id}", kind.zh());
        Erasure { copy: Some(copy), ..erasure::deleted(cloud, disk, (what, size_gib), METHOD_ZH) }
    };
    erasure::kept_or_made(cloud, keys, of).await
}
