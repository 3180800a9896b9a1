//! One step of a plan: recorded before and after it is done, with what would undo it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Access;
use super::copy::CopyStep;
use super::observed::{Mark, Observed, ObservedDisk, ObservedServer, Power, Unowned};
use super::resource::{Dedicated, DiskId, Ending, HostName, NetworkKey, Platform, Shape};
use crate::application::form::DiskKind;
use crate::ids::{ResourceId, RestoreId};

crate::terms! {
    /// 步骤种类.
    pub enum StepKind {
        EnsureNetwork = "ensure_network", "建立隔离网络", "set up the isolated network";
        EnsureDisk = "ensure_disk", "创建云盘", "create the disk";
        DefineServer = "define_server", "定义云主机", "define the server";
        AttachDisk = "attach_disk", "挂载云盘", "attach the disk";
        SetAccess = "set_access", "设置网络开放", "open and shut ports";
        DetachDisk = "detach_disk", "卸载云盘", "detach the disk";
        GrowDisk = "grow_disk", "扩容云盘", "grow the disk";
        Resize = "resize", "调整规格", "resize the server";
        Mark = "mark", "标记阶段", "mark the phase";
        Start = "start", "启动云主机", "start the server";
        Stop = "stop", "关闭云主机", "stop the server";
        RemoveServer = "remove_server", "删除云主机", "remove the server";
        EraseDisk = "erase_disk", "覆写清除云盘", "overwrite and delete the disk";
        EraseReplaced = "erase_replaced", "清除恢复时替换下的云盘", "clear what a restoring has replaced";
        RemoveNetwork = "remove_network", "拆除隔离网络", "remove the isolated network";
        Adopt = "adopt", "纳管云主机", "adopt the server";
        Release = "release", "退回云主机", "give the server back";
        SetHosts = "set_hosts", "配备专享宿主机", "give dedicated hosts";
        TakeCopy = "take_copy", "制作", "take a copy of";
        RestoreCopy = "restore_copy", "恢复云盘", "put a copy back into its disk";
        ProveCopy = "prove_copy", "恢复演练", "restore the backup into a scratch disk and compare";
        DropCopy = "drop_copy", "删除", "delete a copy of";
    }
}

/// 云主机定义: what a driver needs to define the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerSpec {
    pub resource: ResourceId,
    pub name: HostName,
    pub agency_code: String,
    pub network: NetworkKey,
    pub shape: Shape,
    pub mark: Mark,
    /// 专享宿主机 it runs on; absent: a host that others share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<Dedicated>,
}

/// 步骤. Each is idempotent: done twice is done once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    EnsureNetwork {
        network: NetworkKey,
    },
    EnsureDisk {
        resource: ResourceId,
        disk: DiskId,
        size_gib: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<DiskKind>,
        /// What a system disk is made from; a data disk is blank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        platform: Option<Platform>,
    },
    DefineServer {
        server: ServerSpec,
    },
    AttachDisk {
        resource: ResourceId,
        disk: DiskId,
    },
    SetAccess {
        resource: ResourceId,
        from: Access,
        to: Access,
    },
    DetachDisk {
        resource: ResourceId,
        disk: DiskId,
    },
    /// Disks only grow: shrinking would cut off data.
    GrowDisk {
        resource: ResourceId,
        disk: DiskId,
        from_gib: u32,
        to_gib: u32,
    },
    Resize {
        resource: ResourceId,
        from: Shape,
        to: Shape,
    },
    Mark {
        resource: ResourceId,
        from: Option<Mark>,
        to: Mark,
    },
    Start {
        resource: ResourceId,
    },
    Stop {
        resource: ResourceId,
    },
    RemoveServer {
        server: ServerSpec,
        ending: Ending,
    },
    EraseDisk {
        resource: ResourceId,
        disk: DiskId,
        size_gib: u32,
        ending: Ending,
    },
    /// Clears what a restoring has replaced; the disk itself stays. What was on it was given up with the restoring.
    EraseReplaced {
        resource: ResourceId,
        disk: DiskId,
        restore: RestoreId,
        size_gib: u32,
    },
    RemoveNetwork {
        network: NetworkKey,
        ending: Ending,
    },
    /// Puts our ids on a server that runs already and on its disks. It is not stopped and nothing is written to it.
    Adopt {
        server: ServerSpec,
        external_name: String,
        /// Its disks as they will be seen, in its own order, the system disk first.
        disks: Vec<ObservedDisk>,
    },
    /// Takes our ids off again. It runs on.
    Release {
        resource: ResourceId,
        external_name: String,
    },
    /// Gives the case as many 专享宿主机 as `hosts` says; 0 takes them all back. One that a server is on is not taken.
    SetHosts {
        resource: ResourceId,
        from: u32,
        hosts: Dedicated,
    },
    /// 快照、备份: take, put back, test, delete.
    Copy {
        copy: CopyStep,
    },
}

impl Step {
    /// Which kind of step, with its Chinese.
    pub fn kind(&self) -> StepKind {
        match self {
            Self::EnsureNetwork { .. } => StepKind::EnsureNetwork,
            Self::EnsureDisk { .. } => StepKind::EnsureDisk,
            Self::DefineServer { .. } => StepKind::DefineServer,
            Self::AttachDisk { .. } => StepKind::AttachDisk,
            Self::SetAccess { .. } => StepKind::SetAccess,
            Self::DetachDisk { .. } => StepKind::DetachDisk,
            Self::GrowDisk { .. } => StepKind::GrowDisk,
            Self::Resize { .. } => StepKind::Resize,
            Self::Mark { .. } => StepKind::Mark,
            Self::Start { .. } => StepKind::Start,
            Self::Stop { .. } => StepKind::Stop,
            Self::RemoveServer { .. } => StepKind::RemoveServer,
            Self::EraseDisk { .. } => StepKind::EraseDisk,
            Self::EraseReplaced { .. } => StepKind::EraseReplaced,
            Self::RemoveNetwork { .. } => StepKind::RemoveNetwork,
            Self::Adopt { .. } => StepKind::Adopt,
            Self::Release { .. } => StepKind::Release,
            Self::SetHosts { .. } => StepKind::SetHosts,
            Self::Copy { copy } => copy.step_kind(),
        }
    }

    /// True where something is taken away that no later step brings back as it was, or taken out of our hands.
    pub fn takes_away(&self) -> bool {
        match self {
            Self::Copy { copy } => copy.takes_away(),
            Self::RemoveServer { .. } | Self::EraseDisk { .. } | Self::RemoveNetwork { .. } | Self::Release { .. } => {
                true
            }
            _ => false,
        }
    }

    /// 中文, with the figures: what the progress list and the time line say.
    pub fn zh(&self) -> String {
        let kind = self.kind().zh();
        match self {
            Self::EnsureDisk { resource, disk, size_gib, kind, platform } => {
                let which = if *disk == DiskId::system_of(*resource) { "系统盘" } else { "数据盘" };
                let known = [kind.map(|kind| kind.zh().to_owned()), platform.map(Platform::zh)];
                let known: Vec<String> = known.into_iter().flatten().collect();
                let known = if known.is_empty() { String::new() } else { format!("({})", known.join(",")) };
                format!("创建{which} {size_gib} GiB{known}")
            }
            Self::DefineServer { server } => {
                let Shape { vcpu, memory_mib } = server.shape;
                let dedicated = if server.dedicated.is_some() { ",专享宿主机" } else { "" };
                format!("{kind} {} ({vcpu} vCPU / {memory_mib} MiB{dedicated})", server.name)
            }
            Self::GrowDisk { from_gib, to_gib, .. } => format!("{kind} {from_gib} → {to_gib} GiB"),
            Self::Resize { from, to, .. } => format!(
                "{kind} {} vCPU / {} MiB → {} vCPU / {} MiB",
                from.vcpu, from.memory_mib, to.vcpu, to.memory_mib
            ),
            Self::SetAccess { to, .. } => format!("{kind}:{}", to.zh()),
            Self::Mark { to, .. } => format!("{kind}:{}", to.zh()),
            Self::EraseDisk { size_gib, .. } | Self::EraseReplaced { size_gib, .. } => format!("{kind} {size_gib} GiB"),
            Self::Adopt { external_name, .. } | Self::Release { external_name, .. } => {
                format!("{kind} {external_name}")
            }
            Self::SetHosts { from, hosts, .. } => {
                format!("{kind} {from} → {} 台({})", hosts.hosts, hosts.architecture.zh())
            }
            Self::Copy { copy } => copy.zh(),
            _ => kind.to_owned(),
        }
    }

    /// What would undo it. `None`: nothing can. `ending` is the basis for what the undo removes.
    pub fn undo(&self, ending: Ending) -> Option<Step> {
        Some(match self.clone() {
            Self::EnsureNetwork { network } => Self::RemoveNetwork { network, ending },
            Self::EnsureDisk { resource, disk, size_gib, .. } => Self::EraseDisk { resource, disk, size_gib, ending },
            Self::DefineServer { server } => Self::RemoveServer { server, ending },
            Self::AttachDisk { resource, disk } => Self::DetachDisk { resource, disk },
            Self::SetAccess { resource, from, to } => Self::SetAccess { resource, from: to, to: from },
            Self::DetachDisk { resource, disk } => Self::AttachDisk { resource, disk },
            Self::Resize { resource, from, to } => Self::Resize { resource, from: to, to: from },
            Self::Mark { resource, from: Some(from), to } => Self::Mark { resource, from: Some(to), to: from },
            Self::Start { resource } => Self::Stop { resource },
            Self::Stop { resource } => Self::Start { resource },
            Self::RemoveServer { server, .. } => Self::DefineServer { server },
            Self::RemoveNetwork { network, .. } => Self::EnsureNetwork { network },
            Self::Adopt { server, external_name, .. } => Self::Release { resource: server.resource, external_name },
            Self::SetHosts { resource, from, hosts } => {
                Self::SetHosts { resource, from: hosts.hosts, hosts: Dedicated { hosts: from, ..hosts } }
            }
            Self::Copy { copy } => return copy.undo(ending),
            Self::GrowDisk { .. }
            | Self::Mark { from: None, .. }
            | Self::EraseDisk { .. }
            | Self::EraseReplaced { .. }
            | Self::Release { .. } => return None,
        })
    }

    /// The world after this step: the meaning every driver must have, and the simulated one is.
    /// Evidence of an erasure is the driver's to add.
    pub fn apply(&self, world: &mut Observed) {
        match self {
            Self::EnsureNetwork { .. } => world.network = true,
            Self::RemoveNetwork { .. } => world.network = false,
            Self::EnsureDisk { resource, disk, size_gib, kind, .. } => {
                if world.disk(*disk).is_none() {
                    // A system disk belongs to its server from the start: it is defined with it.
                    let attached = *disk == DiskId::system_of(*resource) && world.server.is_some();
                    world.disks.push(ObservedDisk { id: *disk, size_gib: *size_gib, kind: *kind, attached });
                }
            }
            Self::DefineServer { server } => define(world, server),
            Self::RemoveServer { .. } => {
                world.server = None;
                world.disks.iter_mut().for_each(|disk| disk.attached = false);
            }
            Self::EraseDisk { disk, .. } => world.disks.retain(|seen| seen.id != *disk),
            Self::EraseReplaced { restore, .. } => world.copies.replaced.retain(|seen| seen.restore != *restore),
            Self::AttachDisk { disk, .. } => on_disk(world, *disk, |seen| seen.attached = true),
            Self::DetachDisk { disk, .. } => on_disk(world, *disk, |seen| seen.attached = false),
            Self::GrowDisk { disk, to_gib, .. } => on_disk(world, *disk, |seen| seen.size_gib = *to_gib),
            Self::Resize { to, .. } => on_server(world, |server| server.shape = *to),
            Self::Mark { to, .. } => on_server(world, |server| server.mark = Some(*to)),
            Self::SetAccess { to, .. } => on_server(world, |server| server.access = Some(to.clone())),
            Self::Start { .. } => on_server(world, |server| server.power = Power::Running),
            Self::Stop { .. } => on_server(world, |server| server.power = Power::Stopped),
            Self::Adopt { server, disks, .. } => adopt(world, server, disks),
            Self::Release { .. } => release(world),
            Self::SetHosts { hosts, .. } => world.hosts = hosts.hosts,
            Self::Copy { copy } => copy.apply(world),
        }
    }
}

/// What was nobody's is ours as it stands: only ids and mark are new.
fn adopt(world: &mut Observed, spec: &ServerSpec, disks: &[ObservedDisk]) {
    let Some(unowned) = world.unowned.take() else { return };
    world.server = Some(ObservedServer {
        external_name: unowned.external_name,
        power: unowned.power,
        shape: unowned.shape,
        mark: Some(spec.mark),
        address: unowned.address,
        access: None,
        public_address: None,
    });
    world.disks = disks.to_vec();
}

fn release(world: &mut Observed) {
    let Some(server) = world.server.take() else { return };
    let disks_gib = std::mem::take(&mut world.disks).into_iter().map(|disk| disk.size_gib).collect();
    world.unowned = Some(Unowned {
        external_name: server.external_name,
        power: server.power,
        shape: server.shape,
        disks_gib,
        address: server.address,
    });
}

/// A server comes into being stopped, with its system disk. One that is there already stays as it is.
fn define(world: &mut Observed, spec: &ServerSpec) {
    if world.server.is_some() {
        return;
    }
    world.server = Some(ObservedServer {
        external_name: format!("ly-{}", spec.resource),
        power: Power::Stopped,
        shape: spec.shape,
        mark: Some(spec.mark),
        address: None,
        access: Some(Access::default()),
        public_address: None,
    });
    on_disk(world, DiskId::system_of(spec.resource), |disk| disk.attached = true);
}

fn on_server(world: &mut Observed, change: impl FnOnce(&mut ObservedServer)) {
    if let Some(server) = &mut world.server {
        change(server);
    }
}

fn on_disk(world: &mut Observed, id: DiskId, change: impl FnOnce(&mut ObservedDisk)) {
    if let Some(disk) = world.disks.iter_mut().find(|disk| disk.id == id) {
        change(disk);
    }
}
