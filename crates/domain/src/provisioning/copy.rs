//! 云盘副本 (copies of disks): 快照 and 备份, how they are planned, and what a driver shows of them.
//!
//! 《办法》第四条(弹性块存储、云备份)、第二十八条、第三十一条“做好数据备份,建立数据恢复机制”. A snapshot lies with its
//! disk, a backup apart from it. A copy is taken once: what is gone is a loss to report and is never made again under its
//! id, for it would show another day's data. Erasing a disk drops its copies first, each with evidence of its own.
//!
//! Restoring (恢复) writes over the disk and has no undo; whoever wants one takes a snapshot first. A restore test
//! (恢复演练) restores a backup into a scratch disk, compares, and deletes the scratch disk: the service notices nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::engine::Capabilities;
use super::observed::{Erasure, Observed};
use super::plan::Refusal;
use super::resource::{Desired, DiskId, Ending, Phase};
use super::step::{Step, StepKind};
use crate::ids::{DiskCopyId, ResourceId, RestoreId};

crate::terms! {
    /// 副本种类.
    pub enum CopyKind {
        Snapshot = "snapshot", "快照", "snapshot";
        Backup = "backup", "备份", "backup";
    }
}

impl Capabilities {
    /// True where the engine can take copies of this kind.
    pub fn copies(&self, kind: CopyKind) -> bool {
        match kind {
            CopyKind::Snapshot => self.snapshots,
            CopyKind::Backup => self.backups,
        }
    }
}

/// 副本 as desired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DesiredCopy {
    pub id: DiskCopyId,
    pub disk: DiskId,
    pub kind: CopyKind,
    /// Was there once: from then on its absence is a loss.
    pub taken: bool,
    /// Known and noted as lost: its absence is owed no evidence.
    pub lost: bool,
    /// Who gave it up; a disk or a server that ended gives up its copies with itself.
    pub ended: Option<Ending>,
    /// 恢复: it is to be put back into its disk, once under each id.
    pub restore: Option<RestoreId>,
    /// 恢复演练, once under each id.
    pub proof: Option<RestoreId>,
}

/// 副本实况: a whole one; what is still being made is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservedCopy {
    pub id: DiskCopyId,
    pub disk: DiskId,
    pub kind: CopyKind,
    pub size_gib: u32,
    /// RFC 3339.
    pub taken_at: String,
}

/// 恢复标记: which copy was put back into the disk last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restored {
    pub disk: DiskId,
    pub copy: DiskCopyId,
    pub restore: RestoreId,
}

/// 恢复时替换下的云盘: the medium a restoring has put another one in the place of. Shown once no snapshot needs it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replaced {
    pub disk: DiskId,
    pub restore: RestoreId,
    pub size_gib: u32,
}

/// 恢复演练结果: what was restored, what was compared, and whether it was the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopyProof {
    pub restore: RestoreId,
    pub copy: DiskCopyId,
    pub disk: DiskId,
    /// What the cloud called backup and scratch disk.
    pub what: String,
    pub size_gib: u32,
    /// Bytes that were compared; 0 where the cloud lets nobody read them.
    pub bytes: u64,
    /// 比对内容, in Chinese.
    pub compared: String,
    pub passed: bool,
    /// SM3 of the backup as it was found; absent where it cannot be read.
    pub sm3: Option<String>,
    /// When the comparison ended, RFC 3339.
    pub at: String,
    pub attested_by: String,
}

/// What a cloud shows of the copies of a resource. Proofs and evidence are kept after scratch disk and copy are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CopiesSeen {
    pub there: Vec<ObservedCopy>,
    pub restored: Vec<Restored>,
    /// Of engines that restore into a new medium and keep the old one until it is cleared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    pub proofs: Vec<CopyProof>,
    pub erasures: Vec<Erasure>,
}

impl CopiesSeen {
    /// The copy with this id, where the cloud has it.
    pub fn copy(&self, id: DiskCopyId) -> Option<&ObservedCopy> {
        self.there.iter().find(|copy| copy.id == id)
    }

    /// True where this restoring is done.
    pub fn has_restored(&self, restore: RestoreId) -> bool {
        self.restored.iter().any(|mark| mark.restore == restore)
    }

    /// The result of a restore test.
    pub fn proof(&self, restore: RestoreId) -> Option<&CopyProof> {
        self.proofs.iter().find(|proof| proof.restore == restore)
    }

    /// The evidence of a copy that was deleted.
    pub fn erasure(&self, id: DiskCopyId) -> Option<&Erasure> {
        self.erasures.iter().find(|erasure| erasure.copy == Some(id))
    }

    /// True where there is nothing to show; left out of what is stored then.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// 步骤 about one copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopyStep {
    pub resource: ResourceId,
    pub disk: DiskId,
    pub copy: DiskCopyId,
    pub kind: CopyKind,
    /// Of the disk when it is taken or restored, of the copy otherwise.
    pub size_gib: u32,
    #[serde(flatten)]
    pub act: CopyAct,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum CopyAct {
    /// 制作.
    Take,
    /// 恢复: the disk's content becomes the copy's. Only while no server runs on it.
    Restore { restore: RestoreId },
    /// 恢复演练.
    Prove { restore: RestoreId },
    /// 删除, with evidence.
    Drop { ending: Ending },
}

impl CopyStep {
    /// Which kind of step.
    pub(super) fn step_kind(&self) -> StepKind {
        match self.act {
            CopyAct::Take => StepKind::TakeCopy,
            CopyAct::Restore { .. } => StepKind::RestoreCopy,
            CopyAct::Prove { .. } => StepKind::ProveCopy,
            CopyAct::Drop { .. } => StepKind::DropCopy,
        }
    }

    /// 中文, with the figures.
    pub(super) fn zh(&self) -> String {
        let (act, kind, size) = (self.step_kind().zh(), self.kind.zh(), self.size_gib);
        match self.act {
            CopyAct::Take | CopyAct::Drop { .. } => format!("{act}{kind} {size} GiB"),
            CopyAct::Restore { .. } => format!("{act} {size} GiB:从{kind}恢复,覆盖现有内容"),
            CopyAct::Prove { .. } => format!("{act}:{kind} {size} GiB 恢复到临时云盘并比对"),
        }
    }

    /// Restoring writes over what was on the disk, and a copy that is deleted does not come back.
    pub(super) fn takes_away(&self) -> bool {
        matches!(self.act, CopyAct::Restore { .. } | CopyAct::Drop { .. })
    }

    /// Only a copy that was taken can be given up again; a restore test leaves nothing behind to undo.
    pub(super) fn undo(&self, ending: Ending) -> Option<Step> {
        match self.act {
            CopyAct::Take => Some(Step::Copy { copy: Self { act: CopyAct::Drop { ending }, ..self.clone() } }),
            CopyAct::Restore { .. } | CopyAct::Prove { .. } | CopyAct::Drop { .. } => None,
        }
    }

    /// The world afterwards. Times, proofs and evidence are the driver's to add.
    pub(super) fn apply(&self, world: &mut Observed) {
        let seen = &mut world.copies;
        match self.act {
            CopyAct::Take if seen.copy(self.copy).is_none() => seen.there.push(ObservedCopy {
                id: self.copy,
                disk: self.disk,
                kind: self.kind,
                size_gib: self.size_gib,
                taken_at: String::new(),
            }),
            CopyAct::Take => {}
            CopyAct::Restore { restore } => {
                seen.restored.retain(|mark| mark.disk != self.disk);
                seen.restored.push(Restored { disk: self.disk, copy: self.copy, restore });
            }
            CopyAct::Prove { restore } => {
                if seen.proof(restore).is_none() {
                    seen.proofs.push(self.proof(restore));
                }
            }
            CopyAct::Drop { .. } => seen.there.retain(|copy| copy.id != self.copy),
        }
    }

    /// A proof in which the driver fills in what it compared.
    pub fn proof(&self, restore: RestoreId) -> CopyProof {
        CopyProof {
            restore,
            copy: self.copy,
            disk: self.disk,
            what: String::new(),
            size_gib: self.size_gib,
            bytes: 0,
            compared: String::new(),
            passed: false,
            sm3: None,
            at: String::new(),
            attested_by: String::new(),
        }
    }
}

impl Desired {
    /// True where the copy is to go: by itself, with its disk or with its server.
    pub fn gives_up(&self, copy: &DesiredCopy) -> bool {
        ending_of(self, copy).is_some()
    }
}

/// What gave the copy up: somebody who may, or the order behind its disk or its server.
fn ending_of(desired: &Desired, copy: &DesiredCopy) -> Option<Ending> {
    let whole = if let Phase::Erased { ending } = desired.phase { Some(ending) } else { None };
    let disk = desired.data_disks.iter().find(|disk| disk.id == copy.disk).and_then(|disk| disk.ended);
    copy.ended.or(disk).or(whole)
}

fn step(desired: &Desired, copy: &DesiredCopy, size_gib: u32, act: CopyAct) -> Step {
    let DesiredCopy { id, disk, kind, .. } = *copy;
    Step::Copy { copy: CopyStep { resource: desired.resource, disk, copy: id, kind, size_gib, act } }
}

/// The size the disk is to have, where it is to stay.
fn kept_size(desired: &Desired, id: DiskId) -> Option<u32> {
    let system = (id == DiskId::system_of(desired.resource)).then_some(desired.system_disk_gib);
    system.or_else(|| desired.kept_disks().find(|disk| disk.id == id).map(|disk| disk.size_gib))
}

/// Copies to take, to put back and to test, in this order, so that a snapshot taken before a restoring holds what is
/// lost by it. `Err` where an engine is asked for what it cannot do, or a copy to restore is gone.
pub(super) fn kept(desired: &Desired, observed: &Observed, able: &Capabilities) -> Result<Vec<Step>, Refusal> {
    let (mut takes, mut restores, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
    for copy in desired.copies.iter().filter(|copy| ending_of(desired, copy).is_none() && !copy.lost) {
        let Some(disk_gib) = kept_size(desired, copy.disk) else { continue };
        let seen = observed.copies.copy(copy.id);
        if seen.is_none() && !copy.taken {
            if !able.copies(copy.kind) {
                return Err(Refusal::CannotCopy { kind: copy.kind });
            }
            takes.push(step(desired, copy, disk_gib, CopyAct::Take));
        }
        let size_gib = seen.map_or(disk_gib, |seen| seen.size_gib);
        let owed = copy.restore.filter(|restore| !observed.copies.has_restored(*restore));
        restores.extend(owed.map(|restore| step(desired, copy, disk_gib, CopyAct::Restore { restore })));
        let test = copy.proof.filter(|restore| observed.copies.proof(*restore).is_none());
        proofs.extend(test.map(|restore| step(desired, copy, size_gib, CopyAct::Prove { restore })));
        if copy.taken && seen.is_none() && (owed.is_some() || test.is_some()) {
            return Err(Refusal::Lost {
                what: format!("云主机 {} 的{} {}", desired.name, copy.kind.zh(), copy.id)
            });
        }
    }
    Ok([takes, restores, proofs].concat())
}

/// What restorings have replaced, to be cleared once the service runs again: data of before the restoring stays on no
/// medium (A28). An erased disk takes its own with it.
pub(super) fn replaced(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let resource = desired.resource;
    let clear =
        |one: &Replaced| Step::EraseReplaced { resource, disk: one.disk, restore: one.restore, size_gib: one.size_gib };
    let stays = |one: &&Replaced| kept_size(desired, one.disk).is_some();
    observed.copies.replaced.iter().filter(stays).map(clear).collect()
}

/// Copies to delete: of everything that ended, wherever the cloud still has them.
pub(super) fn drops(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let drop = |copy: &DesiredCopy| {
        let (ending, seen) = (ending_of(desired, copy)?, observed.copies.copy(copy.id)?);
        Some(step(desired, copy, seen.size_gib, CopyAct::Drop { ending }))
    };
    desired.copies.iter().filter_map(drop).collect()
}

/// Copies whose deletion must be shown: all that were taken and are given up (A28).
pub fn copies_owed(desired: &Desired) -> Vec<DiskCopyId> {
    let owed = |copy: &&DesiredCopy| copy.taken && !copy.lost && ending_of(desired, copy).is_some();
    desired.copies.iter().filter(owed).map(|copy| copy.id).collect()
}

/// Copies that were there and are gone, though nobody gave them up.
pub(super) fn gone<'d>(desired: &'d Desired, observed: &'d Observed) -> impl Iterator<Item = &'d DesiredCopy> {
    let missing = |copy: &&DesiredCopy| {
        let kept = copy.taken && !copy.lost && ending_of(desired, copy).is_none();
        kept && observed.copies.copy(copy.id).is_none()
    };
    desired.copies.iter().filter(missing)
}

#[cfg(test)]
mod tests;
