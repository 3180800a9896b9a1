//! From the lines of an approved form to desired servers, and from stored rows to what the plan compares.

use domain::application::dedicated;
use domain::application::form::{DataDisk, DiskKind, Form, ServerLine};
use domain::clause;
use domain::disk_copy;
use domain::ids::{DiskCopyId, OrgId, ResourceId};
use domain::provisioning::{
    Access, Approved, Dedicated, Desired, DesiredDisk, DiskId, Ending, HostName, NetworkKey, Phase, Platform, Rest,
    Segment, Shape,
};
use serde_json::Value;
use store::disk_copy::CopyRow;
use store::resource::{DiskRow, ResourceRow};

use crate::AppError;
use crate::case::refuse;

/// One server as a line of 附件2-1 wants it.
pub(super) struct Wanted {
    pub line: i32,
    /// Which server of the line, from 1.
    pub ordinal: i32,
    pub name: HostName,
    pub segment: Segment,
    pub vcpu: i32,
    pub memory_mib: i32,
    pub platform: Option<Platform>,
    pub system_disk_gib: i32,
    pub system_disk_kind: Option<DiskKind>,
    /// 专享宿主机(台) of its architecture; absent of one that shares its host.
    pub dedicated_hosts: Option<i32>,
    pub disks: Vec<WantedDisk>,
    pub access: Access,
    /// 纳管: its name in the cloud.
    pub adopts: Option<String>,
}

/// One data disk as a line of 附件2-1 wants it.
#[derive(Clone, Copy)]
pub(super) struct WantedDisk {
    pub size_gib: i32,
    pub kind: Option<DiskKind>,
}

impl Wanted {
    pub(super) fn disks_gib(&self) -> Vec<i32> {
        self.disks.iter().map(|disk| disk.size_gib).collect()
    }
}

/// Longest host name (附件2-1).
const NAME_MAX: usize = 63;

/// Every server of the form, in its order. Refuses a line without figures: none was approved then.
pub(super) fn wanted(form: &Form) -> Result<Vec<Wanted>, AppError> {
    let mut all = Vec::new();
    for (index, line) in form.servers.iter().enumerate() {
        let quantity = line.quantity.unwrap_or(0);
        for ordinal in 1..=quantity {
            let server = one(form, index, (ordinal, quantity)).ok_or_else(|| incomplete(index + 1))?;
            all.push(server);
        }
    }
    Ok(all)
}

fn one(form: &Form, index: usize, (ordinal, quantity): (u16, u16)) -> Option<Wanted> {
    let line = form.servers.get(index)?;
    Some(Wanted {
        line: i32::try_from(index).ok()?,
        ordinal: i32::from(ordinal),
        name: name(&line.host_name, ordinal, quantity)?,
        segment: format!("{}-{}", line.zone?.code(), line.network?.code()).parse().ok()?,
        vcpu: i32::from(line.vcpu?),
        memory_mib: i32::from(line.memory_gib?) * 1024,
        platform: platform(line),
        system_disk_gib: i32::from(line.system_disk_gib?),
        system_disk_kind: line.system_disk_kind,
        dedicated_hosts: dedicated_hosts(form, line),
        disks: disks(&line.data_disks)?,
        access: Access::granted(line)?,
        adopts: Some(line.external_name.trim()).filter(|name| !name.is_empty()).map(str::to_owned),
    })
}

fn dedicated_hosts(form: &Form, line: &ServerLine) -> Option<i32> {
    let hosts = dedicated::hosts(form, line.architecture.filter(|_| dedicated::is_dedicated(line))?);
    i32::try_from(hosts).ok()
}

fn platform(line: &ServerLine) -> Option<Platform> {
    let (operating_system, architecture) = line.operating_system.zip(line.architecture)?;
    Some(Platform { operating_system, architecture })
}

/// `web`, or `web-1`, `web-2` … where the line asks for several.
fn name(base: &str, ordinal: u16, quantity: u16) -> Option<HostName> {
    if quantity == 1 {
        return base.parse().ok();
    }
    let suffix = format!("-{ordinal}");
    let kept: String = base.chars().take(NAME_MAX - suffix.len()).collect();
    format!("{kept}{suffix}").parse().ok()
}

fn disks(lines: &[DataDisk]) -> Option<Vec<WantedDisk>> {
    let mut all = Vec::new();
    for line in lines {
        let disk = WantedDisk { size_gib: i32::from(line.size_gib?), kind: line.kind };
        all.extend(std::iter::repeat_n(disk, usize::from(line.quantity.unwrap_or(1))));
    }
    Some(all)
}

fn incomplete(line: usize) -> AppError {
    refuse(
        "provisioning.line_incomplete",
        &format!("核定表第 {line} 行服务器的名称、网络、规格或开放端口不完整,不能开通"),
        "a line of the approved form lacks name, network, figures or ports",
        clause::A10_3,
    )
}

/// A stored server as the plan wants it. `disks`: its own rows.
pub(super) fn desired(row: &ResourceRow, disks: &[DiskRow]) -> Result<Desired, AppError> {
    let data_disks = disks.iter().filter(|disk| disk.resource_id == row.id).map(|disk| {
        Ok(DesiredDisk {
            id: DiskId(disk.id),
            size_gib: figure(disk.size_gib)?,
            kind: code(disk.kind.as_deref())?,
            opened: disk.opened,
            ended: disk.ended.as_ref().map(ending).transpose()?,
        })
    });
    let agency = OrgId(row.agency_id);
    Ok(Desired {
        resource: ResourceId(row.id),
        name: row.name.parse().map_err(AppError::fault)?,
        agency_code: row.agency_code.clone(),
        network: NetworkKey { agency, segment: row.segment.parse().map_err(AppError::fault)? },
        shape: Shape { vcpu: figure(row.vcpu)?, memory_mib: figure(row.memory_mib)? },
        platform: stored_platform(row)?,
        system_disk_gib: figure(row.system_disk_gib)?,
        system_disk_kind: code(row.system_disk_kind.as_deref())?,
        data_disks: data_disks.collect::<Result<_, AppError>>()?,
        dedicated: stored_hosts(row)?,
        access: serde_json::from_value(row.access.clone()).map_err(AppError::fault)?,
        phase: phase(row)?,
        rest: rest(row)?,
        opened: row.opened,
        approved: Approved {
            shape: Shape { vcpu: figure(row.approved_vcpu)?, memory_mib: figure(row.approved_memory_mib)? },
            system_disk_gib: figure(row.approved_system_disk_gib)?,
            data_disks_gib: row.approved_disks_gib.iter().map(|size| figure(*size)).collect::<Result<_, _>>()?,
        },
        adopts: row.adopts.clone(),
        copies: Vec::new(),
    })
}

fn stored_hosts(row: &ResourceRow) -> Result<Option<Dedicated>, AppError> {
    let Some((hosts, architecture)) = row.dedicated_hosts.zip(row.architecture.as_deref()) else { return Ok(None) };
    let architecture = architecture.parse().map_err(AppError::fault)?;
    Ok(Some(Dedicated { case: row.case_id.into(), architecture, hosts: figure(hosts)? }))
}

fn stored_platform(row: &ResourceRow) -> Result<Option<Platform>, AppError> {
    let known = code(row.operating_system.as_deref())?.zip(code(row.architecture.as_deref())?);
    Ok(known.map(|(operating_system, architecture)| Platform { operating_system, architecture }))
}

/// A stored code of a vocabulary.
fn code<T: std::str::FromStr<Err: std::fmt::Display>>(stored: Option<&str>) -> Result<Option<T>, AppError> {
    stored.map(|code| code.parse().map_err(AppError::fault)).transpose()
}

/// 停用原因 as stored.
pub(crate) fn rest(row: &ResourceRow) -> Result<Option<Rest>, AppError> {
    code(row.rest.as_deref())
}

/// Adds the copies of its disks, as far as they are not deleted. `rows`: also those of other servers.
pub(super) fn with_copies(desired: &mut Desired, rows: &[CopyRow]) -> Result<(), AppError> {
    for row in rows.iter().filter(|row| row.resource_id == desired.resource.0) {
        let state: disk_copy::State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
        let kind = row.kind.parse().map_err(AppError::fault)?;
        desired.copies.push(state.desired(DiskCopyId(row.id), (DiskId(row.disk_id), kind)));
    }
    Ok(())
}

fn phase(row: &ResourceRow) -> Result<Phase, AppError> {
    Ok(match row.phase.as_str() {
        "erased" => {
            let order = row.ending.as_ref().ok_or_else(|| AppError::fault("an erased server without its order"))?;
            Phase::Erased { ending: ending(order)? }
        }
        "stopped" => Phase::Stopped,
        "trial" => Phase::Trial,
        "production" => Phase::Production,
        other => return Err(AppError::fault(format!("unknown phase {other}"))),
    })
}

fn ending(json: &Value) -> Result<Ending, AppError> {
    serde_json::from_value(json.clone()).map_err(AppError::fault)
}

/// A stored figure as the domain types it.
pub(crate) fn figure<T: TryFrom<i32>>(stored: i32) -> Result<T, AppError> {
    T::try_from(stored).map_err(|_| AppError::fault(format!("{stored} is no figure of a server")))
}
