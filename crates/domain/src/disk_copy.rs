//! 快照与备份 (disk copy): a copy of a disk, from its order to its end, within what was approved.
//!
//! 《办法》第四条(弹性块存储、云备份)、第十条(三)、第二十八条、第三十一条“做好数据备份,建立数据恢复机制”. The agency takes,
//! restores and deletes; the supplier tests that a backup restores. What is done to a cloud is planned in
//! `provisioning` and carried out by operations; their ends come back here as commands by rule.
//!
//! ```text
//! Ordered ─taken→ Ready ─restore→ Restoring ─restored, give_up→ Ready
//!    │              ├───prove──→ Proving ──proven, give_up──→ Ready
//!    └─drop→ Dropping ←─drop─┤                                  └─write_off→ Lost
//!               └─dropped→ Dropped      dropped follows from any open state: with its disk, or with its order
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::Duty;
use crate::fulfilment::{Ability, Row};
use crate::ids::{DiskCopyId, RestoreId};
use crate::opinion::Opinion;
use crate::provisioning::{CopyKind, Desired, DesiredCopy, DiskId, Ending, Observed};
use crate::service_instance;
use crate::term::Term;

pub mod schedule;

/// 演练结论 of the last restore test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    pub on: Date,
    pub passed: bool,
}

/// 已制作: when, of how much, and whether it is known to restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub at: Timestamp,
    pub size_gib: u32,
    pub proven: Option<Proven>,
}

/// 副本状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 制作中: ordered, not there yet. `size_gib`: of its disk on that day.
    Ordered { size_gib: u32 },
    /// 可用.
    Ready { taken: Taken },
    /// 恢复中: the disk's content is being replaced by it.
    Restoring { taken: Taken, restore: RestoreId },
    /// 演练中.
    Proving { taken: Taken, restore: RestoreId },
    /// 删除中; `taken` is absent where it never came into being.
    Dropping { taken: Option<Taken> },
    /// 已删除, final.
    Dropped { on: Date },
    /// 已登记丢失, final: the cloud has it no more and nobody had it deleted.
    Lost { taken: Taken, on: Date, reason: Opinion },
}

/// What someone asks to happen, or an operation's end brings about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = DiskCopyCommand)]
pub enum Command {
    /// 恢复云盘: `confirm` is the name of the server, typed by whoever asks (A28).
    Restore { confirm: String },
    /// 恢复演练.
    Prove,
    /// 删除.
    Drop,
    /// 放弃 what could not be carried out.
    GiveUp,
    /// 登记丢失.
    WriteOff {
        #[schema(value_type = String)]
        reason: Opinion,
    },
    /// 制作完成 (by the operation).
    Taken {
        #[schema(value_type = String, format = "date-time")]
        at: Timestamp,
        size_gib: u32,
    },
    /// 恢复完成 (by the operation).
    Restored,
    /// 演练完成 (by the operation).
    Proven { passed: bool },
    /// 删除完成 (by the operation).
    Dropped,
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Restore = "restore", "恢复云盘", "Put back into the disk";
        Prove = "prove", "恢复演练", "Test the restore";
        Drop = "drop", "删除", "Delete";
        GiveUp = "give_up", "放弃", "Give up";
        WriteOff = "write_off", "登记丢失", "Note as lost";
        Taken = "taken", "制作完成", "Taken";
        Restored = "restored", "恢复完成", "Restored";
        Proven = "proven", "演练完成", "Tested";
        Dropped = "dropped", "删除完成", "Deleted";
    }
}

crate::refusals! {
    /// Why a command changes nothing, or a copy is not taken.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "disk_copy.out_of_order", Some(clause::A28), "该副本当前为「{state}」,不能办理此步骤", "not possible while the copy is {state}";
        NothingApproved { kind: &'static str } = "disk_copy.nothing_approved", Some(clause::A10_3), "本系统没有核定且已开通的{kind}容量;请先申请或办理变更", "no capacity for a {kind} is approved and open";
        BeyondApproved { wanted: u64, used: u64, approved: u64 } = "disk_copy.beyond_approved", Some(clause::A10_3), "需要 {wanted} GB,已用 {used} GB,超出核定的 {approved} GB;请删除不再需要的副本,或先办理变更", "{wanted} GB more than the {used} GB in use go beyond the approved {approved} GB";
        CannotCopy { kind: &'static str } = "disk_copy.cannot_copy", Some(clause::A4), "该云引擎不能制作{kind},请按其他服务以工单办理", "this engine takes no {kind}";
        NoDisk = "disk_copy.no_disk", Some(clause::A10_3), "该云主机没有此云盘", "the server has no such disk";
        NotOpen = "disk_copy.not_open", Some(clause::A10_4), "云盘尚未交付或已停用、清除,不能制作副本", "the disk is not open";
        NotConfirmed { name: String } = "disk_copy.not_confirmed", Some(clause::A28), "恢复将覆盖云盘现有内容且不能撤回;请输入云主机名称「{name}」确认", "type the name of the server, {name}, to confirm";
        NotOpenForRestore = "disk_copy.not_restorable", Some(clause::A10_4), "云主机已停用或清除,不能恢复其云盘", "the server is not open any more";
        OnlyBackups = "disk_copy.only_backups", Some(clause::A31), "快照与云盘在同一存储,不作恢复演练;请对备份演练", "a snapshot lies with its disk; test a backup";
        StillThere = "disk_copy.still_there", Some(clause::A31), "最近一次核对时云上仍有该副本,不能登记丢失", "the cloud still shows it";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Restore { .. } => K::Restore,
            C::Prove => K::Prove,
            C::Drop => K::Drop,
            C::GiveUp => K::GiveUp,
            C::WriteOff { .. } => K::WriteOff,
            C::Taken { .. } => K::Taken,
            C::Restored => K::Restored,
            C::Proven { .. } => K::Proven,
            C::Dropped => K::Dropped,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Restore | Self::Drop | Self::Dropped => clause::A28,
            Self::Prove | Self::Proven | Self::Restored | Self::Taken | Self::WriteOff | Self::GiveUp => clause::A31,
        }
    }

    /// True where an operation's end brings it about; nobody may ask for it.
    pub fn follows(self) -> bool {
        matches!(self, Self::Taken | Self::Restored | Self::Proven | Self::Dropped)
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        self.kind().term()
    }

    /// The state without its data.
    pub fn kind(&self) -> StateKind {
        match self {
            Self::Ordered { .. } => StateKind::Ordered,
            Self::Ready { .. } => StateKind::Ready,
            Self::Restoring { .. } => StateKind::Restoring,
            Self::Proving { .. } => StateKind::Proving,
            Self::Dropping { .. } => StateKind::Dropping,
            Self::Dropped { .. } => StateKind::Dropped,
            Self::Lost { .. } => StateKind::Lost,
        }
    }

    /// When it was taken and of how much, where it was.
    pub fn taken(&self) -> Option<&Taken> {
        match self {
            Self::Ready { taken }
            | Self::Restoring { taken, .. }
            | Self::Proving { taken, .. }
            | Self::Lost { taken, .. } => Some(taken),
            Self::Dropping { taken } => taken.as_ref(),
            Self::Ordered { .. } | Self::Dropped { .. } => None,
        }
    }

    /// GiB it holds of what was approved; nothing once it is gone.
    pub fn holds_gib(&self) -> u32 {
        match self {
            Self::Ordered { size_gib } => *size_gib,
            Self::Dropped { .. } | Self::Lost { .. } => 0,
            other => other.taken().map_or(0, |taken| taken.size_gib),
        }
    }

    /// What it waits for: only ever an engine, which needs no reminding.
    pub fn duties(&self) -> Vec<Duty> {
        Vec::new()
    }

    /// As the plan of its server wants it.
    pub fn desired(&self, id: DiskCopyId, (disk, kind): (DiskId, CopyKind)) -> DesiredCopy {
        let given_up = matches!(self, Self::Dropping { .. } | Self::Dropped { .. });
        DesiredCopy {
            id,
            disk,
            kind,
            taken: self.taken().is_some(),
            lost: matches!(self, Self::Lost { .. }),
            ended: given_up.then_some(Ending::Copy { copy: id }),
            restore: if let Self::Restoring { restore, .. } = self { Some(*restore) } else { None },
            proof: if let Self::Proving { restore, .. } = self { Some(*restore) } else { None },
        }
    }
}

crate::terms! {
    /// 副本状态 as stored, filtered and shown.
    pub enum StateKind {
        Ordered = "ordered", "制作中", "being taken";
        Ready = "ready", "可用", "ready";
        Restoring = "restoring", "恢复中", "being put back";
        Proving = "proving", "演练中", "being tested";
        Dropping = "dropping", "删除中", "being deleted";
        Dropped = "dropped", "已删除", "deleted";
        Lost = "lost", "已登记丢失", "noted as lost";
    }
}

/// 引擎能力 that takes copies of this kind; its products say how much of them was approved.
pub fn ability(kind: CopyKind) -> Ability {
    match kind {
        CopyKind::Snapshot => Ability::Snapshot,
        CopyKind::Backup => Ability::Backup,
    }
}

/// 容量 of one kind in one case, in GB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CopyCapacity)]
pub struct Capacity {
    pub approved_gib: u64,
    pub used_gib: u64,
}

/// How much of a kind the open lines of a case allow. A line that is being reduced allows what it will be reduced to,
/// one that waits to be opened or taken back nothing.
pub fn approved_gib<'a>(
    kind: CopyKind,
    lines: impl IntoIterator<Item = (&'a Row, &'a service_instance::State)>,
) -> u64 {
    use service_instance::State as S;
    let open = |state: &S| match state {
        S::Trial { quantity, .. } | S::Production { quantity } => *quantity,
        S::Changing { from, to, .. } => *from.min(to),
        S::Ordered { .. } | S::Ending { .. } | S::Ended { .. } => 0,
    };
    let of_kind = lines.into_iter().filter(|(row, _)| row.is_by_driver(ability(kind)));
    of_kind.map(|(_, state)| u64::from(open(state))).sum()
}

/// What is known when a copy is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub kind: CopyKind,
    /// Of the disk now.
    pub size_gib: u32,
    /// The disk was handed over, and its server is in trial or production.
    pub open: bool,
    /// The engine takes copies of this kind.
    pub able: bool,
    pub capacity: Capacity,
}

/// May a copy be taken here? Refuses what the engine cannot do and what goes beyond the approved.
pub fn orderable(place: &Place) -> Result<(), Refusal> {
    let Place { kind, size_gib, open, able, capacity: Capacity { approved_gib, used_gib } } = *place;
    if !open {
        return Err(Refusal::NotOpen);
    }
    if !able {
        return Err(Refusal::CannotCopy { kind: kind.zh() });
    }
    if approved_gib == 0 {
        return Err(Refusal::NothingApproved { kind: kind.zh() });
    }
    let wanted = u64::from(size_gib);
    if used_gib + wanted > approved_gib {
        return Err(Refusal::BeyondApproved { wanted, used: used_gib, approved: approved_gib });
    }
    Ok(())
}

/// 制作: a copy is ordered.
pub fn order(place: &Place) -> Result<State, Refusal> {
    orderable(place).map(|()| State::Ordered { size_gib: place.size_gib })
}

/// What a command is decided on, besides the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    pub kind: CopyKind,
    /// Name of the server.
    pub server: &'a str,
    /// The server is in trial or production.
    pub open: bool,
    /// The last look at the cloud showed the copy.
    pub seen: bool,
    /// The id of the restoring or the restore test that begins.
    pub restore: RestoreId,
    pub today: Date,
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Ordered { .. } => matches!(kind, K::Drop | K::Taken | K::Dropped),
        S::Ready { .. } => matches!(kind, K::Restore | K::Prove | K::Drop | K::WriteOff | K::Dropped),
        S::Restoring { .. } => matches!(kind, K::Restored | K::GiveUp | K::Dropped),
        S::Proving { .. } => matches!(kind, K::Proven | K::GiveUp | K::Dropped),
        S::Dropping { taken: Some(_) } => matches!(kind, K::WriteOff | K::Dropped),
        S::Dropping { taken: None } => matches!(kind, K::Dropped),
        S::Dropped { .. } | S::Lost { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// May it follow, as far as is known before anybody has typed anything? What a button shows.
pub fn offered(state: &State, kind: CommandKind, facts: &Facts<'_>) -> Result<(), Refusal> {
    permits(state, kind)?;
    match kind {
        CommandKind::Restore if !facts.open => Err(Refusal::NotOpenForRestore),
        CommandKind::Prove if facts.kind == CopyKind::Snapshot => Err(Refusal::OnlyBackups),
        CommandKind::WriteOff if facts.seen => Err(Refusal::StillThere),
        _ => Ok(()),
    }
}

/// The only way a copy changes state.
pub fn transition(from: State, command: Command, facts: &Facts<'_>) -> Result<State, Refusal> {
    use {Command as C, State as S};
    offered(&from, command.kind(), facts)?;
    let (on, restore) = (facts.today, facts.restore);
    Ok(match (from, command) {
        (S::Ordered { .. }, C::Taken { at, size_gib }) => S::Ready { taken: Taken { at, size_gib, proven: None } },
        (S::Ordered { .. }, C::Drop) => S::Dropping { taken: None },
        (S::Ready { .. }, C::Restore { confirm }) if confirm.trim() != facts.server => {
            return Err(Refusal::NotConfirmed { name: facts.server.to_owned() });
        }
        (S::Ready { taken }, C::Restore { .. }) => S::Restoring { taken, restore },
        (S::Ready { taken }, C::Prove) => S::Proving { taken, restore },
        (S::Ready { taken }, C::Drop) => S::Dropping { taken: Some(taken) },
        (S::Restoring { taken, .. }, C::Restored | C::GiveUp) | (S::Proving { taken, .. }, C::GiveUp) => {
            S::Ready { taken }
        }
        (S::Proving { taken, .. }, C::Proven { passed }) => {
            S::Ready { taken: Taken { proven: Some(Proven { on, passed }), ..taken } }
        }
        (S::Ready { taken } | S::Dropping { taken: Some(taken) }, C::WriteOff { reason }) => {
            S::Lost { taken, on, reason }
        }
        (
            S::Ordered { .. } | S::Ready { .. } | S::Restoring { .. } | S::Proving { .. } | S::Dropping { .. },
            C::Dropped,
        ) => S::Dropped { on },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

/// What a look at the cloud means for a copy once an operation of its server has ended; `None` where nothing.
/// A copy that was there is deleted only by its evidence, never by its absence (A28).
pub fn settled(id: DiskCopyId, state: &State, desired: &Desired, observed: &Observed) -> Option<Command> {
    let (wanted, seen) = (desired.copies.iter().find(|copy| copy.id == id)?, &observed.copies);
    if desired.gives_up(wanted) && seen.copy(id).is_none() && (!wanted.taken || seen.erasure(id).is_some()) {
        return permits(state, CommandKind::Dropped).is_ok().then_some(Command::Dropped);
    }
    match state {
        State::Ordered { .. } => seen.copy(id).map(|copy| Command::Taken {
            at: copy.taken_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            size_gib: copy.size_gib,
        }),
        State::Restoring { restore, .. } => seen.has_restored(*restore).then_some(Command::Restored),
        State::Proving { restore, .. } => seen.proof(*restore).map(|proof| Command::Proven { passed: proof.passed }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
