//! 偏差 (drift): what was approved, what we recorded, what the cloud really has.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::copy;
use super::observed::{Mark, Observed};
use super::resource::{Dedicated, Desired, DiskId, Phase};

/// One figure that is not the same in all three columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// Stable name, e.g. `vcpu`, `disk.<id>`.
    pub field: String,
    /// 中文.
    pub zh: String,
    /// 核定.
    pub approved: Option<String>,
    /// 登记.
    pub recorded: Option<String>,
    /// 实际.
    pub real: Option<String>,
}

/// Every difference of one resource; empty when paper and cloud agree.
///
/// Less than the approved is allowed and no difference: only recorded ≠ real and recorded > approved are.
pub fn differences(desired: &Desired, observed: &Observed) -> Vec<Difference> {
    let mut found = Vec::new();
    if let Phase::Erased { .. } = desired.phase {
        leftovers(desired, observed, &mut found);
        return found;
    }
    let Some(server) = &observed.server else {
        found.push(difference("server", "云主机", None, Some(desired.name.to_string()), None));
        return found;
    };
    let approved = &desired.approved;
    figure("vcpu", "vCPU", approved.shape.vcpu, desired.shape.vcpu, server.shape.vcpu, &mut found);
    let memory = (approved.shape.memory_mib, desired.shape.memory_mib, server.shape.memory_mib);
    figure("memory_mib", "内存(MiB)", memory.0, memory.1, memory.2, &mut found);
    let system = observed.disk(DiskId::system_of(desired.resource)).map_or(0, |disk| disk.size_gib);
    figure("system_disk_gib", "系统盘(GiB)", approved.system_disk_gib, desired.system_disk_gib, system, &mut found);
    data_disks(desired, observed, &mut found);
    disk_kinds(desired, observed, &mut found);
    if let Some(Dedicated { hosts, .. }) = desired.dedicated {
        figure("dedicated_hosts", "专享宿主机(台)", hosts, hosts, observed.hosts, &mut found);
    }
    for copy in copy::gone(desired, observed) {
        let (field, recorded) = (format!("copy.{}", copy.id), Some(format!("{} {}", copy.kind.zh(), copy.id)));
        found.push(difference(&field, "快照、备份", None, recorded, None));
    }
    let must_run = desired.must_run();
    if observed.is_running() != must_run {
        let wanted = if must_run { "运行中" } else { "已关机" };
        found.push(difference("power", "运行状态", None, Some(wanted.into()), Some(server.power.zh().into())));
    }
    let mark = match desired.phase {
        Phase::Trial => Some(Mark::Trial),
        Phase::Production => Some(Mark::Production),
        _ => server.mark,
    };
    if let Some(real) = server.access.as_ref().filter(|real| **real != desired.access) {
        let (wanted, real) = (Some(desired.access.zh()), Some(real.zh()));
        found.push(difference("access", "网络开放", wanted.clone(), wanted, real));
    }
    if mark != server.mark {
        let text = |mark: Option<Mark>| mark.map(|mark| mark.zh().to_owned());
        found.push(difference("mark", "阶段标记", None, text(mark), text(server.mark)));
    }
    found
}

fn figure<T: Ord + ToString>(field: &str, zh: &str, approved: T, recorded: T, real: T, found: &mut Vec<Difference>) {
    if recorded != real || recorded > approved {
        let text = |value: T| Some(value.to_string());
        found.push(difference(field, zh, text(approved), text(recorded), text(real)));
    }
}

/// Sizes and attachment of what is kept; what is in the cloud under the server's name and not on paper.
fn data_disks(desired: &Desired, observed: &Observed, found: &mut Vec<Difference>) {
    for disk in desired.kept_disks() {
        let real = observed.disk(disk.id).filter(|seen| seen.attached).map(|seen| seen.size_gib);
        if real != Some(disk.size_gib) {
            let real = real.map(|size| size.to_string());
            let recorded = Some(disk.size_gib.to_string());
            found.push(difference(&format!("disk.{}", disk.id), "数据盘(GiB)", None, recorded, real));
        }
    }
    let known: Vec<DiskId> =
        desired.kept_disks().map(|disk| disk.id).chain([DiskId::system_of(desired.resource)]).collect();
    for seen in observed.disks.iter().filter(|seen| !known.contains(&seen.id)) {
        let real = Some(seen.size_gib.to_string());
        found.push(difference(&format!("disk.{}", seen.id), "多出的数据盘(GiB)", None, None, real));
    }
}

/// 磁盘类型 where paper and engine both tell. It is what a year of the disk is paid for.
fn disk_kinds(desired: &Desired, observed: &Observed, found: &mut Vec<Difference>) {
    for seen in &observed.disks {
        let (recorded, real) = (desired.disk_kind(seen.id), seen.kind);
        if let (Some(recorded), Some(real)) = (recorded, real)
            && recorded != real
        {
            let (wanted, real) = (Some(recorded.zh().to_owned()), Some(real.zh().to_owned()));
            found.push(difference(&format!("disk_kind.{}", seen.id), "磁盘类型", wanted.clone(), wanted, real));
        }
    }
}

/// What an erased resource still has in the cloud.
fn leftovers(desired: &Desired, observed: &Observed, found: &mut Vec<Difference>) {
    let recorded = Some(desired.phase.kind().zh().to_owned());
    if let Some(server) = &observed.server {
        found.push(difference("server", "云主机", None, recorded.clone(), Some(server.external_name.clone())));
    }
    for seen in &observed.disks {
        let real = Some(seen.size_gib.to_string());
        found.push(difference(&format!("disk.{}", seen.id), "云盘(GiB)", None, recorded.clone(), real));
    }
    for seen in &observed.copies.there {
        let real = Some(format!("{} {} GiB", seen.kind.zh(), seen.size_gib));
        found.push(difference(&format!("copy.{}", seen.id), "快照、备份", None, recorded.clone(), real));
    }
}

fn difference(
    field: &str,
    zh: &str,
    approved: Option<String>,
    recorded: Option<String>,
    real: Option<String>,
) -> Difference {
    Difference { field: field.to_owned(), zh: zh.to_owned(), approved, recorded, real }
}
