//! 偏差核对 (drift): what was approved, what is charged and what the cloud really has, where they do not agree.
//!
//! 《办法》第九条(一)、第十条(三)(七)、第十一条. One row is one server that differs, or one object in a cloud that is on no
//! paper; what it is worth a year stands in [`valuation`]. A look at a cloud finds rows, changes and closes them; a
//! person says what is to be done. Nothing here removes or erases: a row is a question, and the answers are
//! [`CommandKind`].
//!
//! ```text
//! Open ─note→ Noted ─change→ Open          what differs now is not what was noted
//!   ├─adopt→ Adopting ─note→ Noted         the agency files an application of the kind 纳管
//!   └──────────┴─settle→ Closed            the next look finds no difference
//! ```
//! `observe` and `restore` leave the state: whether they helped, the next look says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::ids::{ApplicationId, OrgId};
use crate::opinion::Opinion;
use crate::term::Term;

mod valuation;

pub use valuation::{Assessment, Books, Charging, Item, assess, charged_items, worth_of_found};

crate::terms! {
    /// 差异种类. The first that applies; the list's order is that of urgency.
    pub enum DriftKind {
        Leftover = "leftover", "已终止、云上仍在", "ended, and still in the cloud";
        Missing = "missing", "账上有、云上无", "on paper, and not in the cloud";
        Unowned = "unowned", "云上有、账上无", "in the cloud, and on no paper";
        Beyond = "beyond", "实际超出核定", "more than was approved";
        Short = "short", "实际少于核定", "less than was approved";
        Charged = "charged", "计费与核定不符", "charged otherwise than approved";
        Standing = "standing", "运行、标记或开放不符", "power, mark or access differs";
    }
}
impl DriftKind {
    /// 怎么办, in one sentence.
    pub fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Leftover => ("在办件中重试回收作业;清除完成后自动消除", "retry the operation that reclaims it"),
            Self::Missing => (
                "向供应商查明去向:找回后重新核对;确已灭失的,登记供应商责任,由使用单位办理变更或终止",
                "find out from the supplier where it went; what is lost is noted, and changed or terminated by its agency",
            ),
            Self::Unowned => (
                "查明是谁的:属政务系统的办理纳管;不属于的登记责任,由供应商清退",
                "find out whose it is: adopt it, or note it for the supplier to take away",
            ),
            Self::Beyond => ("恢复到核定,或由使用单位办理变更", "restore it, or let its agency file a change"),
            Self::Short => ("恢复到核定;不再需要的由使用单位办理变更", "restore it, or let its agency file a change"),
            Self::Charged => ("核对费用明细与核定表;登记有误的写明原因", "compare the charges with what was approved"),
            Self::Standing => ("恢复到核定;有意停机的由使用单位关机", "restore it, or let its agency shut it down"),
        }
    }
}
crate::terms! {
    /// 责任归属 of a row that a person has looked into.
    pub enum Responsible {
        Supplier = "supplier", "供应商责任", "the supplier's";
        Agency = "agency", "使用单位责任", "the agency's";
        Center = "center", "登记有误", "our books are wrong";
        Nobody = "nobody", "已核实,无须处理", "verified, nothing to do";
    }
}

/// 核对状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待处理.
    Open,
    /// 已登记: whose it is and why, for what differed on that day.
    Noted { responsible: Responsible, opinion: Opinion, on: Date },
    /// 纳管办理中: the agency's application is the way.
    Adopting { agency: OrgId, application: ApplicationId },
    /// 已消除, final.
    Closed { on: Date },
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = DriftCommand)]
pub enum Command {
    /// 重新核对: looks at the cloud now.
    Observe,
    /// 恢复到核定, by an ordinary operation. The reason goes into the case's record.
    Restore { opinion: Opinion },
    /// 登记处理.
    Note { responsible: Responsible, opinion: Opinion },
    /// 纳管: into a system of this agency. `application` is the draft that is made for it.
    Adopt {
        agency: OrgId,
        #[serde(default, skip_deserializing)]
        #[schema(ignore)]
        application: Option<ApplicationId>,
    },
    /// 差异变化: a look finds another difference than before.
    Change,
    /// 消除: a look finds none any more.
    Settle,
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Observe = "observe", "重新核对", "Compare again";
        Restore = "restore", "恢复到核定", "Restore";
        Adopt = "adopt", "纳管", "Adopt";
        Note = "note", "登记处理", "Note";
        Change = "change", "差异变化", "Changed";
        Settle = "settle", "消除", "Settled";
    }
}
crate::terms! {
    /// 核对状态 as stored, filtered and shown.
    pub enum StateKind {
        Open = "open", "待处理", "open";
        Noted = "noted", "已登记", "noted";
        Adopting = "adopting", "纳管办理中", "being adopted";
        Closed = "closed", "已消除", "closed";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "drift.out_of_order", Some(clause::A9_1), "该差异当前为「{state}」,不能办理此步骤", "not possible while the row is {state}";
        NobodysServer = "drift.nobodys", Some(clause::A10_1), "该对象不属于任何办件,没有核定可以恢复;请纳管或登记处理", "it belongs to no case, so nothing was approved to restore; adopt or note it";
        Ended = "drift.ended", Some(clause::A10_7), "该资源的办件已终止或退出,应由回收作业清除;请在办件中重试回收作业,核对页面不办理清除", "its order has ended; the operation that reclaims it erases, not this page";
        NothingToMend = "drift.nothing_to_mend", Some(clause::A11), "云上与核定一致,差异只在计费;请核对费用", "the cloud is as approved; only the charge differs";
        HasOwner = "drift.has_owner", Some(clause::A10_1), "该云主机已有归属,无须纳管", "it has an owner already";
        NotAServer = "drift.not_a_server", Some(clause::A10_1), "只有云主机可以纳管,云盘随其云主机办理", "only servers are adopted, with their disks";
        NothingTold = "drift.shape_unknown", Some(clause::A10_3), "云引擎未报告该云主机的规格,不能据以填报;请重新核对", "the engine does not tell its size; compare again";
    }
}

/// What a row is about, as far as it decides what may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub kind: DriftKind,
    /// A server, as against a disk or a network.
    pub is_server: bool,
    /// The engine tells its size.
    pub is_told: bool,
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Observe => CommandKind::Observe,
            Self::Restore { .. } => CommandKind::Restore,
            Self::Note { .. } => CommandKind::Note,
            Self::Adopt { .. } => CommandKind::Adopt,
            Self::Change => CommandKind::Change,
            Self::Settle => CommandKind::Settle,
        }
    }
}

impl CommandKind {
    /// What a person may press; the others are what a look finds.
    pub const BUTTONS: [Self; 4] = [Self::Observe, Self::Restore, Self::Adopt, Self::Note];

    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Observe | Self::Note | Self::Change | Self::Settle => clause::A9_1,
            Self::Restore => clause::A10_3,
            Self::Adopt => clause::A10_1,
        }
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
            Self::Open => StateKind::Open,
            Self::Noted { .. } => StateKind::Noted,
            Self::Adopting { .. } => StateKind::Adopting,
            Self::Closed { .. } => StateKind::Closed,
        }
    }
}

/// May this command follow this state, for such a subject?
pub fn permits(state: &State, kind: CommandKind, subject: Subject) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Open | S::Noted { .. } => true,
        S::Adopting { .. } => kind != K::Adopt,
        S::Closed { .. } => false,
    };
    if !in_order {
        return Err(Refusal::OutOfOrder { state: state.term().zh });
    }
    match (kind, subject.kind) {
        (K::Restore, DriftKind::Unowned) => Err(Refusal::NobodysServer),
        (K::Restore, DriftKind::Leftover) => Err(Refusal::Ended),
        (K::Restore, DriftKind::Charged) => Err(Refusal::NothingToMend),
        (K::Adopt, DriftKind::Unowned) if !subject.is_server => Err(Refusal::NotAServer),
        (K::Adopt, DriftKind::Unowned) if !subject.is_told => Err(Refusal::NothingTold),
        (K::Adopt, kind) if kind != DriftKind::Unowned => Err(Refusal::HasOwner),
        _ => Ok(()),
    }
}

/// The only way a row changes state.
pub fn transition(from: State, command: Command, subject: Subject, today: Date) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind(), subject)?;
    Ok(match (from, command) {
        (from, C::Observe | C::Restore { .. }) => from,
        (_, C::Note { responsible, opinion }) => S::Noted { responsible, opinion, on: today },
        (_, C::Adopt { agency, application: Some(application) }) => S::Adopting { agency, application },
        (from, C::Adopt { application: None, .. }) => from,
        // An application under way is not undone by what the cloud shows; the opening checks it against the approved.
        (from @ S::Adopting { .. }, C::Change) => from,
        (_, C::Change) => S::Open,
        (_, C::Settle) => S::Closed { on: today },
    })
}

#[cfg(test)]
mod tests;
