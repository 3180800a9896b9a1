//! What an order desires of a cloud: one server with its disks, on its agency's own network.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Access;
use super::copy::DesiredCopy;
use super::rest::Rest;
use crate::application::form::{Architecture, DiskKind, OperatingSystem};
use crate::ids::{ApplicationId, ChangeId, DiskCopyId, OperationId, OrgId, ResourceId, TerminationId, TrialId};

/// 云盘 one disk; the cloud carries this id in the disk's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = "uuid")]
pub struct DiskId(pub Uuid);

impl DiskId {
    /// 系统盘: a server has exactly one, so it needs no id of its own.
    pub fn system_of(resource: ResourceId) -> Self {
        Self(resource.0)
    }
}

impl std::fmt::Display for DiskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// 主机名称: 2–63 of `a-z 0-9 -`, as in 附件2-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9-]{2,63}$")]
pub struct HostName(String);

/// 网络分区: which of an agency's networks, e.g. `private-government`. 1–40 of `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9-]{1,40}$")]
pub struct Segment(String);

/// True for `least..=most` characters of `a-z 0-9 -`.
fn is_label(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! label {
    ($name:ident, $least:literal, $most:literal) => {
        impl $name {
            /// The label as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                if is_label(&text, $least, $most) {
                    Ok(Self(text))
                } else {
                    Err(format!("{}: {text:?}", stringify!($name)))
                }
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::try_from(text.to_owned())
            }
        }
        impl From<$name> for String {
            fn from(label: $name) -> String {
                label.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
label!(HostName, 2, 63);
label!(Segment, 1, 40);

impl Segment {
    /// True for the parts of the cloud that face the internet (互联网区、DMZ区). All others have no way out.
    pub fn faces_internet(&self) -> bool {
        self.0.ends_with("-internet") || self.0.ends_with("-dmz")
    }
}

/// 隔离网络 of one agency in one segment; servers of different agencies never share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct NetworkKey {
    pub agency: OrgId,
    pub segment: Segment,
}

/// 规格: 1–64 vCPU, memory in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shape {
    pub vcpu: u16,
    pub memory_mib: u32,
}

/// 系统平台 of a server: what its system disk is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Platform {
    pub operating_system: OperatingSystem,
    pub architecture: Architecture,
}

impl Platform {
    /// `麒麟V10 · x86`.
    pub fn zh(self) -> String {
        format!("{} · {}", self.operating_system.zh(), self.architecture.zh())
    }
}

/// 专享宿主机 that the 专享云主机 of a case run on, and nobody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dedicated {
    pub case: ApplicationId,
    pub architecture: Architecture,
    /// As many as the case pays for.
    pub hosts: u32,
}

impl Dedicated {
    /// What marks the hosts in a cloud: `x86-<case>`. Those of one architecture apart from those of another.
    pub fn mark(&self) -> String {
        format!("{}-{}", self.architecture.code(), self.case)
    }
}

/// 核定规格: the most that may be opened, as the review left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approved {
    pub shape: Shape,
    pub system_disk_gib: u32,
    /// One size for each data disk.
    pub data_disks_gib: Vec<u32>,
}

/// 终结依据: the order that ended. Nothing is ever removed or erased without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Ending {
    /// 终止 (A10_7).
    Termination { termination: TerminationId },
    /// 测试未通过或到期未转正 (A10_4).
    Trial { trial: TrialId },
    /// 变更减少 (A10_6).
    Change { change: ChangeId },
    /// 开通中途放弃: an opening that was never handed over.
    Abandoned { operation: OperationId },
    /// 使用单位删除快照、备份 (A28): ends that copy and nothing else.
    Copy { copy: DiskCopyId },
}

/// 期望阶段.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// 测试: running, marked as a trial.
    Trial,
    /// 正式: running, in place, with everything it held as a trial.
    Production,
    /// 停机保留: kept with its disks, not running.
    Stopped,
    /// 已清除: nothing left but the evidence.
    Erased { ending: Ending },
}

crate::terms! {
    /// 阶段 without what ended it: as stored, filtered and shown.
    pub enum PhaseKind {
        Trial = "trial", "测试", "trial";
        Production = "production", "正式", "production";
        Stopped = "stopped", "停机保留", "stopped and kept";
        Erased = "erased", "已清除", "erased";
    }
}

impl Phase {
    /// Which phase, without the ending.
    pub fn kind(self) -> PhaseKind {
        match self {
            Self::Trial => PhaseKind::Trial,
            Self::Production => PhaseKind::Production,
            Self::Stopped => PhaseKind::Stopped,
            Self::Erased { .. } => PhaseKind::Erased,
        }
    }
}

/// 数据盘 as desired. `ended`: the change that gave it up; it is then detached and erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DesiredDisk {
    pub id: DiskId,
    pub size_gib: u32,
    /// 磁盘类型; absent of disks made before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DiskKind>,
    /// Handed over once: from then on its absence is a loss.
    pub opened: bool,
    pub ended: Option<Ending>,
}

/// 期望 one server as an order wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Desired {
    pub resource: ResourceId,
    pub name: HostName,
    /// Shown in the cloud beside the ids, for the supplier's engineer.
    pub agency_code: String,
    pub network: NetworkKey,
    pub shape: Shape,
    /// Absent of servers opened before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    pub system_disk_gib: u32,
    /// 磁盘类型 of the system disk; absent as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_disk_kind: Option<DiskKind>,
    pub data_disks: Vec<DesiredDisk>,
    /// 专享宿主机 it is to run on; absent: a host that others share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<Dedicated>,
    /// As granted; engines that cannot set it leave the server shut.
    pub access: Access,
    pub phase: Phase,
    /// 挂起 or 伸缩停用: kept as approved and not running, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
    /// Handed over once: from then on its absence is a loss.
    pub opened: bool,
    pub approved: Approved,
    /// 纳管: the name of the server in the cloud that becomes this one instead of a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopts: Option<String>,
    /// 快照 and 备份 of its disks, as many as the order ever had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<DesiredCopy>,
}

impl Desired {
    /// True where it is to run: in service or on trial, and not resting.
    pub fn must_run(&self) -> bool {
        matches!(self.phase, Phase::Trial | Phase::Production) && self.rest.is_none()
    }

    /// The data disks that are to stay.
    pub fn kept_disks(&self) -> impl Iterator<Item = &DesiredDisk> {
        self.data_disks.iter().filter(|disk| disk.ended.is_none())
    }

    /// 退回: an adopted server whose trial came to nothing runs on as it was found, and only loses our id. It was
    /// there before the order, so the order's end erases nothing.
    pub fn is_returned(&self) -> bool {
        let came_to_nothing =
            matches!(self.phase, Phase::Erased { ending: Ending::Trial { .. } | Ending::Abandoned { .. } });
        self.adopts.is_some() && came_to_nothing
    }

    /// 磁盘类型 of one of its disks; `None` where it was never recorded, or of a disk that is not its.
    pub fn disk_kind(&self, id: DiskId) -> Option<DiskKind> {
        if id == DiskId::system_of(self.resource) {
            return self.system_disk_kind;
        }
        self.data_disks.iter().find(|disk| disk.id == id)?.kind
    }

    /// Every disk the order ever had, the system disk first.
    pub fn disk_ids(&self) -> Vec<DiskId> {
        let data = self.data_disks.iter().map(|disk| disk.id);
        std::iter::once(DiskId::system_of(self.resource)).chain(data).collect()
    }
}
