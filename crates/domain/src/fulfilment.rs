//! 开通方式 (fulfilment): by whom each kind of service of 第四条 is opened, changed and taken back, on each kind of
//! engine, and what must be shown for it.
//!
//! The table is the city's data (`regulations/<city>/fulfilment.toml`) and our own decision, not the regulation's.
//! It is read once, strictly: all kinds are covered, and no line names an ability no driver has.
//!
//! - `driver`: the engine opens it. With the rows of 附件2-1 where every engine does: such a product is not ordered as
//!   another service. Otherwise it is a capacity (快照、备份) or an ability (弹性伸缩) that is open as soon as the engine's
//!   operation has ended.
//! - `included`: it comes with another kind; when the engine has opened that, it is open too.
//! - `work_order`: the supplier's engineer does it and reports with the evidence listed.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clause;
use crate::finding::Finding;
use crate::provisioning::EngineKind;

mod reading;
pub use reading::FulfilmentError;

crate::terms! {
    /// 引擎类型: the columns of the table.
    pub enum Column {
        OpenStack = "openstack", "OpenStack", "OpenStack";
        Libvirt = "libvirt", "本机虚拟化(libvirt/QEMU)", "libvirt/QEMU on this machine";
        WorkOrder = "work_order", "人工工单", "work order to the supplier's engineer";
    }
}

impl Column {
    /// The column an engine is read from. A simulated engine plays the part of libvirt.
    pub fn of(kind: EngineKind) -> Self {
        match kind {
            EngineKind::Libvirt | EngineKind::Simulated => Self::Libvirt,
            EngineKind::Openstack => Self::OpenStack,
            EngineKind::WorkOrder => Self::WorkOrder,
        }
    }
}

crate::terms! {
    /// 引擎能力 a driver has: what its steps bring about.
    pub enum Ability {
        Server = "server", "云主机", "server";
        Disk = "disk", "云盘", "disk";
        Network = "network", "隔离网络", "isolated network";
        Scaling = "scaling", "弹性伸缩", "scaling";
        Snapshot = "snapshot", "云盘快照", "snapshots of disks";
        Backup = "backup", "云盘备份", "backups of disks";
        DedicatedHost = "dedicated_host", "专享宿主机", "dedicated hosts";
    }
}

/// 方式: how one kind is fulfilled on one kind of engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// 随附件2-1 由引擎开通: a row of it, or what the engine can do with its servers.
    Driver(Ability),
    /// 随另一类服务开通; the code of that category.
    Included(String),
    /// 工单.
    WorkOrder,
}

crate::terms! {
    /// 办理事项: what the engineer reports.
    pub enum Act {
        Open = "open", "开通", "opening";
        Change = "change", "变更", "change";
        Reclaim = "reclaim", "回收", "reclaim";
    }
}

/// 凭证种类: a field of the engineer's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EvidenceKind {
    /// Stable name, e.g. `line`.
    pub code: String,
    pub zh: String,
    /// What is to be written there.
    pub hint: String,
    /// True where it says how data were erased: it goes into 清除证明.
    pub erases: bool,
}

/// 开通方式表的一行: a category, or the part of it whose products begin with `sku_prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `S01`…`S22`.
    pub category: String,
    /// Empty for the whole category.
    pub sku_prefix: String,
    pub ways: BTreeMap<Column, Way>,
    /// What each act must show; empty only where the driver does it everywhere.
    pub evidence: BTreeMap<Act, Vec<EvidenceKind>>,
}

impl Row {
    /// How it is fulfilled on this kind of engine.
    pub fn way(&self, column: Column) -> &Way {
        // Reading the table refuses a row without one of the columns.
        self.ways.get(&column).unwrap_or(&Way::WorkOrder)
    }

    /// What a report of `act` must show.
    pub fn required(&self, act: Act) -> &[EvidenceKind] {
        self.evidence.get(&act).map_or(&[], Vec::as_slice)
    }

    /// True where this ability of some engine's driver brings it about.
    pub fn is_by_driver(&self, ability: Ability) -> bool {
        self.ways.values().any(|way| *way == Way::Driver(ability))
    }

    /// True where engines open it with the rows of 附件2-1, whatever the engine.
    pub fn only_by_driver(&self) -> bool {
        self.ways.values().all(|way| matches!(way, Way::Driver(_)))
    }
}

/// 开通方式表.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fulfilment {
    rows: Vec<Row>,
}

impl Fulfilment {
    /// All rows, in the order of the categories.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of a product: the longest prefix of its category wins. `None` for an unknown category only.
    pub fn of(&self, category: &str, sku: &str) -> Option<&Row> {
        self.rows
            .iter()
            .filter(|row| row.category == category && sku.starts_with(&row.sku_prefix))
            .max_by_key(|row| row.sku_prefix.len())
    }
}

/// 凭证 as reported: the code of its kind and what was written. One of each kind.
pub type Evidence = BTreeMap<String, String>;

/// Most characters of one entry of the evidence.
const EVIDENCE_MAX_CHARS: usize = 500;

/// What a report lacks or says too much, field by field (`evidence.<code>`).
///
/// Refuses a required entry that is missing or blank, one nobody asked for, and one over 500 characters.
pub fn check(evidence: &Evidence, act: Act, required: &[EvidenceKind]) -> Vec<Finding> {
    let under = match act {
        Act::Open => clause::A10_4,
        Act::Change => clause::A10_6,
        Act::Reclaim => clause::A28,
    };
    let mut found = Vec::new();
    for kind in required {
        let text = evidence.get(&kind.code).map_or("", |text| text.trim());
        let field = format!("evidence.{}", kind.code);
        if text.is_empty() {
            let zh = format!("登记{}须填写「{}」", act.zh(), kind.zh);
            let en = format!("the report of the {} lacks {}", act.term().en, kind.code);
            found.push(Finding::error(field, "service_instance.evidence_missing", zh, en).under(under));
        } else if text.chars().count() > EVIDENCE_MAX_CHARS {
            let zh = format!("「{}」不超过 {EVIDENCE_MAX_CHARS} 字", kind.zh);
            found.push(Finding::error(field, "form.too_long", zh, "the text is too long").under(under));
        }
    }
    for code in evidence.keys().filter(|code| !required.iter().any(|kind| kind.code == **code)) {
        let zh = format!("此服务的{}不需要凭证「{code}」", act.zh());
        let en = format!("no {code} is asked for here");
        found
            .push(Finding::error(format!("evidence.{code}"), "service_instance.evidence_unknown", zh, en).under(under));
    }
    found
}

#[cfg(test)]
mod tests;
