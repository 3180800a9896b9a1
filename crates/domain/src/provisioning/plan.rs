//! The planner: desired and observed in, steps out.

use super::copy::{self, CopyAct, CopyKind, CopyStep};
use super::engine::{Capabilities, Manner};
use super::observed::{Mark, Observed, ObservedDisk, Power, Unowned};
use super::resource::{Dedicated, Desired, DesiredDisk, DiskId, Ending, Phase};
use super::step::{ServerSpec, Step};
use crate::clause::{A4, A9_1, A10_3, A10_6, Clause};
use crate::refusal::Refuse;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 超出核定.
    #[error("{field}: {wanted} is beyond the approved {approved}")]
    BeyondApproved { field: &'static str, wanted: u64, approved: u64 },
    /// 云盘不能缩小.
    #[error("disk {disk} has {has_gib} GiB and cannot shrink to {wanted_gib} GiB")]
    WouldShrink { disk: DiskId, has_gib: u32, wanted_gib: u32 },
    /// 已交付的资源在云上不见了.
    #[error("{what} was handed over and is missing in the cloud")]
    Lost { what: String },
    /// 待纳管的云主机不在云上,或已有归属.
    #[error("no server {name} without an owner is in the cloud")]
    NothingToAdopt { name: String },
    /// 待纳管的云主机与核定不同.
    #[error("{name}: {field} is {found} in the cloud and {approved} as approved; it is adopted as it is or not at all")]
    AdoptedOtherwise { name: String, field: &'static str, found: String, approved: String },
    /// 恢复不得删除.
    #[error("restoring would take something away: {step}")]
    WouldTakeAway { step: String },
    /// 引擎不能制作此类副本.
    #[error("this engine takes no {}", kind.code())]
    CannotCopy { kind: CopyKind },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::BeyondApproved { .. } => "provisioning.beyond_approved",
            Self::WouldShrink { .. } => "provisioning.would_shrink",
            Self::Lost { .. } => "provisioning.lost",
            Self::NothingToAdopt { .. } => "provisioning.nothing_to_adopt",
            Self::AdoptedOtherwise { .. } => "provisioning.adopted_otherwise",
            Self::WouldTakeAway { .. } => "provisioning.would_take_away",
            Self::CannotCopy { .. } => "provisioning.cannot_copy",
        }
    }

    fn clause(&self) -> Option<Clause> {
        match self {
            Self::BeyondApproved { .. } | Self::AdoptedOtherwise { .. } => Some(A10_3),
            Self::WouldShrink { .. } => Some(A10_6),
            Self::NothingToAdopt { .. } | Self::WouldTakeAway { .. } => Some(A9_1),
            Self::CannotCopy { .. } => Some(A4),
            Self::Lost { .. } => None,
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::BeyondApproved { field, wanted, approved } => {
                format!("{field} 为 {wanted},超出核定的 {approved};请先办理变更")
            }
            Self::WouldShrink { has_gib, wanted_gib, .. } => {
                format!("云盘现为 {has_gib} GiB,不能缩小到 {wanted_gib} GiB;请新增小盘、迁移数据后退还大盘")
            }
            Self::Lost { what } => format!("{what}已交付使用,但云上已找不到;请先查明去向,系统不会擅自重建空白资源"),
            Self::NothingToAdopt { name } => {
                format!("云上没有名为 {name} 的无主云主机,或已有归属;请重新核对后办理")
            }
            Self::AdoptedOtherwise { name, field, found, approved } => format!(
                "{name} 的{field}实际为 {found},核定为 {approved};纳管不改动云主机,请按实际规格核定,或先在云上调整"
            ),
            Self::CannotCopy { kind } => format!("该云引擎不能制作{},请按其他服务以工单办理", kind.zh()),
            Self::WouldTakeAway { step } => format!("恢复需要「{step}」;核对页面不办理任何清除,请按终止或变更办理"),
        }
    }
}

/// What is to be done, in order; empty when the cloud already is as desired.
///
/// Executing any prefix and planning again leads to the same end.
pub fn plan(desired: &Desired, observed: &Observed, able: &Capabilities) -> Result<Vec<Step>, Refusal> {
    if desired.is_returned() {
        return Ok(returned(desired, observed));
    }
    if let Phase::Erased { ending } = desired.phase {
        return Ok(clearance(desired, observed, ending));
    }
    within_approved(desired)?;
    if let Some(name) = desired.adopts.as_deref().filter(|_| !desired.opened && observed.server.is_none()) {
        return adoption(desired, name, observed.unowned.as_ref());
    }
    nothing_lost(desired, observed)?;
    let mut work = keeping(desired, observed, able)?;
    let running = observed.is_running();
    let must_run = desired.must_run();
    if running && (!must_run || work.needs_stop) {
        work.before.push(Step::Stop { resource: desired.resource });
    }
    if must_run && (!running || work.needs_stop) {
        work.after.push(Step::Start { resource: desired.resource });
    }
    Ok([work.before, work.steps, work.after, work.releases].concat())
}

/// 恢复到核定: the same plan, refused where it would take anything away. What a cloud shows never does that; a disk
/// that a change gave up is erased by that change's own operation.
pub fn restoration(desired: &Desired, observed: &Observed, able: &Capabilities) -> Result<Vec<Step>, Refusal> {
    let steps = plan(desired, observed, able)?;
    match steps.iter().find(|step| step.takes_away()) {
        Some(step) => Err(Refusal::WouldTakeAway { step: step.zh() }),
        None => Ok(steps),
    }
}

/// 快照与备份 of one server and nothing else: what else differs in the cloud is not this order's to mend. A server that
/// was stopped for a restoring is started again.
pub fn copying(desired: &Desired, observed: &Observed, able: &Capabilities) -> Result<Vec<Step>, Refusal> {
    if let Phase::Erased { .. } = desired.phase {
        return plan(desired, observed, able);
    }
    nothing_lost(desired, observed)?;
    let mut steps = copy::kept(desired, observed, able)?;
    let (running, must_run) = (observed.is_running(), desired.must_run());
    let stops = running && steps.iter().any(writes_over);
    if stops {
        steps.insert(0, Step::Stop { resource: desired.resource });
    }
    if must_run && (stops || !running) {
        steps.push(Step::Start { resource: desired.resource });
    }
    steps.extend(copy::drops(desired, observed));
    steps.extend(copy::replaced(desired, observed));
    Ok(steps)
}

/// 纳管: what runs and belongs to nobody becomes the desired server, as it is. A difference is refused and not mended:
/// mending would stop a service whose agency has not been asked.
fn adoption(desired: &Desired, name: &str, unowned: Option<&Unowned>) -> Result<Vec<Step>, Refusal> {
    let found = unowned.ok_or_else(|| Refusal::NothingToAdopt { name: name.to_owned() })?;
    let system = (DiskId::system_of(desired.resource), desired.system_disk_gib);
    let disks = std::iter::once(system).chain(desired.kept_disks().map(|disk| (disk.id, disk.size_gib)));
    let observed = |(id, size_gib)| ObservedDisk { id, size_gib, kind: None, attached: true };
    let disks: Vec<ObservedDisk> = disks.map(observed).collect();
    let wanted: Vec<u32> = disks.iter().map(|disk| disk.size_gib).collect();
    let list = |sizes: &[u32]| sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("、");
    for (field, found, approved) in [
        ("vCPU", found.shape.vcpu.to_string(), desired.shape.vcpu.to_string()),
        ("内存(MiB)", found.shape.memory_mib.to_string(), desired.shape.memory_mib.to_string()),
        ("云盘(GiB)", list(&found.disks_gib), list(&wanted)),
    ] {
        if found != approved {
            return Err(Refusal::AdoptedOtherwise { name: name.to_owned(), field, found, approved });
        }
    }
    let adopt = Step::Adopt { server: spec_of(desired), external_name: found.external_name.clone(), disks };
    let start = Step::Start { resource: desired.resource };
    let stopped = found.power == Power::Stopped && desired.must_run();
    Ok(if stopped { vec![adopt, start] } else { vec![adopt] })
}

/// 退回: only our id is taken off, and our copies of its disks go.
fn returned(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let mut steps = copy::drops(desired, observed);
    if let Some(name) = desired.adopts.as_ref().filter(|_| observed.server.is_some() || !observed.disks.is_empty()) {
        steps.push(Step::Release { resource: desired.resource, external_name: name.clone() });
    }
    steps
}

/// The parts of a plan for a server that is to stay.
#[derive(Default)]
struct Work {
    before: Vec<Step>,
    steps: Vec<Step>,
    after: Vec<Step>,
    /// Irreversible steps come last.
    releases: Vec<Step>,
    needs_stop: bool,
}

/// Network, disks, server, in the order in which each needs the one before.
fn keeping(desired: &Desired, observed: &Observed, able: &Capabilities) -> Result<Work, Refusal> {
    let mut work = Work::default();
    // An adopted server stays on the network it was found on.
    if !observed.network && desired.adopts.is_none() {
        work.steps.push(Step::EnsureNetwork { network: desired.network.clone() });
    }
    set_hosts(desired, observed, able, &mut work);
    let system = DesiredDisk {
        id: DiskId::system_of(desired.resource),
        size_gib: desired.system_disk_gib,
        kind: desired.system_disk_kind,
        opened: desired.opened,
        ended: None,
    };
    size_disk(&system, desired, observed, able, &mut work)?;
    for disk in desired.kept_disks() {
        size_disk(disk, desired, observed, able, &mut work)?;
    }
    shape_server(desired, observed, able, &mut work);
    for disk in desired.kept_disks() {
        if !observed.disk(disk.id).is_some_and(|seen| seen.attached) {
            work.needs_stop |= able.attach == Manner::Cold;
            work.steps.push(Step::AttachDisk { resource: desired.resource, disk: disk.id });
        }
    }
    // How an adopted server is reached stays as it was found, too.
    if able.access && desired.adopts.is_none() {
        open_ports(desired, observed, &mut work);
    }
    let copies = copy::kept(desired, observed, able)?;
    work.needs_stop |= copies.iter().any(writes_over);
    work.steps.extend(copies);
    release_disks(desired, observed, able, &mut work);
    Ok(work)
}

/// A disk is written over only while no server runs on it.
fn writes_over(step: &Step) -> bool {
    matches!(step, Step::Copy { copy: CopyStep { act: CopyAct::Restore { .. }, .. } })
}

/// Gives the case its dedicated hosts before anything is put on them, and takes back what it pays for no more when all
/// else is done.
fn set_hosts(desired: &Desired, observed: &Observed, able: &Capabilities, work: &mut Work) {
    let Some(hosts) = desired.dedicated.filter(|hosts| able.dedicated && hosts.hosts != observed.hosts) else { return };
    let step = Step::SetHosts { resource: desired.resource, from: observed.hosts, hosts };
    let steps = if hosts.hosts > observed.hosts { &mut work.steps } else { &mut work.releases };
    steps.push(step);
}

/// Creates the disk or grows it.
fn size_disk(
    disk: &DesiredDisk,
    desired: &Desired,
    observed: &Observed,
    able: &Capabilities,
    work: &mut Work,
) -> Result<(), Refusal> {
    let resource = desired.resource;
    match observed.disk(disk.id) {
        None => work.steps.push(Step::EnsureDisk {
            resource,
            disk: disk.id,
            size_gib: disk.size_gib,
            kind: disk.kind,
            platform: desired.platform.filter(|_| disk.id == DiskId::system_of(resource)),
        }),
        Some(seen) if seen.size_gib > disk.size_gib => {
            return Err(Refusal::WouldShrink { disk: disk.id, has_gib: seen.size_gib, wanted_gib: disk.size_gib });
        }
        Some(seen) if seen.size_gib < disk.size_gib => {
            work.needs_stop |= able.grow == Manner::Cold;
            work.steps.push(Step::GrowDisk { resource, disk: disk.id, from_gib: seen.size_gib, to_gib: disk.size_gib });
        }
        Some(_) => {}
    }
    Ok(())
}

/// Defines the server, or resizes and marks the one there is.
fn shape_server(desired: &Desired, observed: &Observed, able: &Capabilities, work: &mut Work) {
    let resource = desired.resource;
    let Some(server) = &observed.server else {
        work.steps.push(Step::DefineServer { server: spec_of(desired) });
        return;
    };
    if server.shape != desired.shape {
        work.needs_stop |= able.resize == Manner::Cold;
        work.steps.push(Step::Resize { resource, from: server.shape, to: desired.shape });
    }
    if let Some(mark) = mark_of(desired.phase)
        && server.mark != Some(mark)
    {
        work.steps.push(Step::Mark { resource, from: server.mark, to: mark });
    }
}

/// Opens what was granted and shuts what was not. A server comes into being shut.
fn open_ports(desired: &Desired, observed: &Observed, work: &mut Work) {
    let from = observed.server.as_ref().and_then(|server| server.access.clone()).unwrap_or_default();
    if from != desired.access {
        work.steps.push(Step::SetAccess { resource: desired.resource, from, to: desired.access.clone() });
    }
}

/// Detaches and erases the data disks that a change gave up, after the copies that were given up or go with them.
fn release_disks(desired: &Desired, observed: &Observed, able: &Capabilities, work: &mut Work) {
    let resource = desired.resource;
    work.releases.extend(copy::drops(desired, observed));
    work.releases.extend(copy::replaced(desired, observed));
    for disk in &desired.data_disks {
        let (Some(ending), Some(seen)) = (disk.ended, observed.disk(disk.id)) else { continue };
        if seen.attached {
            work.needs_stop |= able.attach == Manner::Cold;
            work.steps.push(Step::DetachDisk { resource, disk: disk.id });
        }
        work.releases.push(Step::EraseDisk { resource, disk: disk.id, size_gib: seen.size_gib, ending });
    }
}

/// 回收: stop, remove, delete every copy, erase every disk of the order, and the network when nobody else is on it.
/// The server goes first, so that nothing can write to a disk while it is being overwritten.
fn clearance(desired: &Desired, observed: &Observed, ending: Ending) -> Vec<Step> {
    let resource = desired.resource;
    let mut steps = Vec::new();
    if let Some(server) = &observed.server {
        if server.power == Power::Running {
            steps.push(Step::Stop { resource });
        }
        let shown = ServerSpec { shape: server.shape, mark: server.mark.unwrap_or(Mark::Trial), ..spec_of(desired) };
        steps.push(Step::RemoveServer { server: shown, ending });
    }
    steps.extend(copy::drops(desired, observed));
    for id in desired.disk_ids() {
        if let Some(seen) = observed.disk(id) {
            steps.push(Step::EraseDisk { resource, disk: id, size_gib: seen.size_gib, ending });
        }
    }
    if observed.network && observed.network_others == 0 && desired.adopts.is_none() {
        steps.push(Step::RemoveNetwork { network: desired.network.clone(), ending });
    }
    if let Some(hosts) = desired.dedicated.filter(|_| observed.hosts > 0 && observed.hosts_others == 0) {
        let none = Dedicated { hosts: 0, ..hosts };
        steps.push(Step::SetHosts { resource, from: observed.hosts, hosts: none });
    }
    steps
}

fn spec_of(desired: &Desired) -> ServerSpec {
    ServerSpec {
        resource: desired.resource,
        name: desired.name.clone(),
        agency_code: desired.agency_code.clone(),
        network: desired.network.clone(),
        shape: desired.shape,
        mark: mark_of(desired.phase).unwrap_or(Mark::Trial),
        dedicated: desired.dedicated,
    }
}

/// A stopped or erased server keeps the mark it has.
fn mark_of(phase: Phase) -> Option<Mark> {
    match phase {
        Phase::Trial => Some(Mark::Trial),
        Phase::Production => Some(Mark::Production),
        Phase::Stopped | Phase::Erased { .. } => None,
    }
}

/// Refuses the first figure that is beyond the approved one. Disks are compared largest with largest.
fn within_approved(desired: &Desired) -> Result<(), Refusal> {
    let approved = &desired.approved;
    let check = |field, wanted: u64, approved: u64| {
        if wanted > approved { Err(Refusal::BeyondApproved { field, wanted, approved }) } else { Ok(()) }
    };
    check("vCPU", desired.shape.vcpu.into(), approved.shape.vcpu.into())?;
    check("内存(MiB)", desired.shape.memory_mib.into(), approved.shape.memory_mib.into())?;
    check("系统盘(GiB)", desired.system_disk_gib.into(), approved.system_disk_gib.into())?;
    let mut wanted: Vec<u32> = desired.kept_disks().map(|disk| disk.size_gib).collect();
    let mut allowed = approved.data_disks_gib.clone();
    check("数据盘(块)", wanted.len() as u64, allowed.len() as u64)?;
    wanted.sort_unstable_by(|a, b| b.cmp(a));
    allowed.sort_unstable_by(|a, b| b.cmp(a));
    for (wanted, allowed) in wanted.iter().zip(&allowed) {
        check("数据盘(GiB)", (*wanted).into(), (*allowed).into())?;
    }
    Ok(())
}

/// What was handed over must still be there: making a blank one anew would hide the loss of its data.
fn nothing_lost(desired: &Desired, observed: &Observed) -> Result<(), Refusal> {
    let lost = |what: String| Err(Refusal::Lost { what });
    if desired.opened && observed.server.is_none() {
        return lost(format!("云主机 {}", desired.name));
    }
    if desired.opened && observed.disk(DiskId::system_of(desired.resource)).is_none() {
        return lost(format!("云主机 {} 的系统盘", desired.name));
    }
    match desired.kept_disks().find(|disk| disk.opened && observed.disk(disk.id).is_none()) {
        Some(disk) => lost(format!("云主机 {} 的数据盘 {}", desired.name, disk.id)),
        None => Ok(()),
    }
}
