//! 云引擎: what kinds there are, what each can do, and whether it works. All of it data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::usage::Metric;

crate::terms! {
    /// 引擎种类.
    pub enum EngineKind {
        Libvirt = "libvirt", "本机虚拟化(libvirt/QEMU)", "libvirt/QEMU on this machine";
        Openstack = "openstack", "OpenStack", "OpenStack";
        WorkOrder = "work_order", "人工工单", "work order to the supplier's engineer";
        Simulated = "simulated", "模拟引擎", "simulated";
    }
}
crate::terms! {
    /// 方式: whether a step can be done to a running server.
    pub enum Manner {
        Live = "live", "在线", "live";
        Cold = "cold", "须关机", "only while stopped";
    }
}

/// 引擎能力 as data, so that the plan knows and no method has to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capabilities {
    pub resize: Manner,
    pub attach: Manner,
    pub grow: Manner,
    /// 开放端口 and 公网地址 can be set; where not, a server is reached from its own network only.
    pub access: bool,
    /// The console log can be read.
    pub console: bool,
    /// 纳管: a server that runs already can be given our ids.
    pub adopts: bool,
    /// 可测指标: what it can tell of a server's use; empty where it measures nothing.
    pub measures: Vec<Metric>,
    /// 快照 of disks can be taken and put back.
    pub snapshots: bool,
    /// 备份 can be taken, put back and tested.
    pub backups: bool,
    /// 专享宿主机 can be given to a case.
    #[serde(default)]
    pub dedicated: bool,
    /// A person carries out the steps and reports with evidence.
    pub by_hand: bool,
    /// False for the simulated engine: every screen that shows its resources says so.
    pub real: bool,
    /// 清除方法 in Chinese.
    pub erasure_zh: String,
    /// 网络隔离 in Chinese.
    pub isolation_zh: String,
}

/// 不可用原因.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    pub zh: String,
    pub en: String,
    /// What an operator types to mend it; absent where no single command does.
    pub mend_command: Option<String>,
}

impl Reason {
    /// A reason with its mending command.
    pub fn new(zh: impl Into<String>, en: impl Into<String>, mend_command: Option<&str>) -> Self {
        Self { zh: zh.into(), en: en.into(), mend_command: mend_command.map(str::to_owned) }
    }
}

/// 引擎健康. `ok` means a server could be opened now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    pub ok: bool,
    /// Why not; empty when `ok`.
    pub reasons: Vec<Reason>,
    /// Worth knowing though it works, e.g. software emulation.
    pub remarks: Vec<Reason>,
}

impl Health {
    /// Works, with nothing to remark.
    pub fn well() -> Self {
        Self { ok: true, reasons: Vec::new(), remarks: Vec::new() }
    }

    /// Does not work, for these reasons; works when there are none.
    pub fn of(reasons: Vec<Reason>, remarks: Vec<Reason>) -> Self {
        Self { ok: reasons.is_empty(), reasons, remarks }
    }

    /// All reasons in one line, for a log or a skipped test.
    pub fn summary(&self) -> String {
        self.reasons.iter().map(|reason| reason.en.as_str()).collect::<Vec<_>>().join("; ")
    }
}
