//! What a cloud shows of one resource, asked anew before every plan.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Access;
use super::copy::CopiesSeen;
use super::resource::{DiskId, Shape};
use crate::application::form::DiskKind;
use crate::ids::{DiskCopyId, ResourceId};

crate::terms! {
    /// 运行状态.
    pub enum Power {
        Running = "running", "运行中", "running";
        Stopped = "stopped", "已关机", "stopped";
    }
}
crate::terms! {
    /// 阶段标记 a server carries in the cloud.
    pub enum Mark {
        Trial = "trial", "测试", "trial";
        Production = "production", "正式", "production";
    }
}

/// 实况 of one resource. Lists hold only what carries our ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Observed {
    /// The agency's network is there and up.
    pub network: bool,
    /// Servers of others on that network: it stays while there are any.
    pub network_others: u32,
    /// 专享宿主机 that its case has of its architecture.
    #[serde(default)]
    pub hosts: u32,
    /// Servers of other orders on them.
    #[serde(default)]
    pub hosts_others: u32,
    pub server: Option<ObservedServer>,
    pub disks: Vec<ObservedDisk>,
    /// Kept by the cloud after the disk is gone, so that a crash loses no evidence.
    pub erasures: Vec<Erasure>,
    /// What the order wants to adopt, as long as nobody owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unowned: Option<Unowned>,
    /// 快照 and 备份 of its disks.
    #[serde(skip_serializing_if = "CopiesSeen::is_empty")]
    pub copies: CopiesSeen,
}

/// 待纳管的云主机: a server that runs in the cloud and carries nobody's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unowned {
    /// How the cloud calls it.
    pub external_name: String,
    pub power: Power,
    pub shape: Shape,
    /// The system disk first.
    pub disks_gib: Vec<u32>,
    pub address: Option<String>,
}

/// 云主机实况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservedServer {
    /// How the cloud calls it.
    pub external_name: String,
    pub power: Power,
    pub shape: Shape,
    pub mark: Option<Mark>,
    pub address: Option<String>,
    /// 网络开放 as the cloud has it; absent where the engine sets none.
    #[serde(default)]
    pub access: Option<Access>,
    /// 公网地址 that leads to it.
    #[serde(default)]
    pub public_address: Option<String>,
}

/// 云盘实况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservedDisk {
    pub id: DiskId,
    pub size_gib: u32,
    /// 磁盘类型 it has in the cloud; absent where the engine does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DiskKind>,
    pub attached: bool,
}

/// 清除证据 of one disk or one copy of it: what was overwritten, how, when, and how that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Erasure {
    pub disk: DiskId,
    /// The copy of the disk that went; absent where it was the disk itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<DiskCopyId>,
    /// What the cloud called it.
    pub what: String,
    pub size_gib: u32,
    /// Bytes overwritten in each pass: all that had ever been written to the disk.
    pub bytes: u64,
    /// 清除方法, in Chinese, as it goes into the certificate.
    pub method: String,
    pub passes: u8,
    /// When the last pass was checked, RFC 3339.
    pub at: String,
    /// SM3 of what was read back after the last pass; absent where a person reports by document.
    pub sm3_after: Option<String>,
    /// Who or what attests: the driver, or the engineer and the document.
    pub attested_by: String,
}

/// 云上对象 found while listing a cloud, for the drift report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Found {
    /// `server`, `disk`, `network`, `snapshot`, `backup` or `address`.
    pub kind: String,
    pub external_name: String,
    /// Ours, where the object carries an id.
    pub resource: Option<ResourceId>,
    pub disk: Option<DiskId>,
    /// Of a snapshot or a backup that was taken here, its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<DiskCopyId>,
    /// Of a snapshot or a backup, the disk of ours it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<DiskId>,
    /// Of a server, where the cloud can tell in its list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
    /// Of a disk or a copy; of a server all of its disks, the system disk first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disks_gib: Vec<u32>,
    /// The cloud's own id of the object, where it is one of this form and stays when the object is adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub native_id: Option<uuid::Uuid>,
}

impl Observed {
    /// The disk with this id, where the cloud has it.
    pub fn disk(&self, id: DiskId) -> Option<&ObservedDisk> {
        self.disks.iter().find(|disk| disk.id == id)
    }

    /// True while the server runs.
    pub fn is_running(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.power == Power::Running)
    }

    /// Nothing of the resource is left in the cloud, its evidence and other people's network apart.
    pub fn is_clear(&self) -> bool {
        self.server.is_none() && self.disks.is_empty() && self.copies.there.is_empty()
    }
}
