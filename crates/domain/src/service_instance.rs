//! 服务实例 (service instance): one approved line of 其他服务, from the supplier's notice to its end.
//!
//! 《办法》第四条、第十条(四)至(七)、第二十八条. What a server is to the rows of 附件2-1, an instance is to a line of other
//! services: a WAF, a bucket, a carrier's line. Who opens it and what must be shown is `fulfilment`. A work order
//! (待办) of the supplier's engineer is open while an instance waits for a report.
//!
//! ```text
//! Ordered ─open→ Trial ─promote→ Production ─order_change→ Changing ─change→ Production
//!    │             └───────────────────┴─order_end→ Ending ─reclaim→ Ended
//!    └─order_end→ Ended
//! ```
//!
//! Commands that begin with `order_`, and `promote`, follow from the case's own steps; nobody presses them.
//! `follow_servers` stands for a report where the engine has done it with the servers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::fulfilment::{self, Act, Evidence, EvidenceKind};
use crate::ids::OperationId;
use crate::org::Role;
use crate::provisioning::Ending;
use crate::term::Term;

/// 服务实例状态. Quantities are in the product's unit, 1–100,000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待开通 (T2).
    Ordered { quantity: u32, open_due: Date },
    /// 测试中: open, nothing is owed for it yet.
    Trial { quantity: u32, opened_on: Date },
    /// 正式运行.
    Production { quantity: u32 },
    /// 变更中 (T5): `from` runs until the engineer reports `to`.
    Changing { from: u32, to: u32, change_due: Date },
    /// 待回收. `reclaim_due` is T7, or T5 where a change gives it up.
    Ending { quantity: u32, ending: Ending, reclaim_due: Date },
    /// 已回收, final. `quantity`: what was approved last.
    Ended { quantity: u32, ending: Ending, on: Date },
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ServiceInstanceCommand)]
pub enum Command {
    /// 登记开通: how much was opened, and the evidence.
    Open { quantity: u32, evidence: Evidence },
    /// 转为正式 (with the trial).
    Promote,
    /// 下达变更 (with the change that is carried out): the new quantity, at least 1.
    OrderChange {
        to: u32,
        #[schema(value_type = String, format = "date")]
        due: Date,
    },
    /// 登记变更: how much runs now, and the evidence.
    Change { quantity: u32, evidence: Evidence },
    /// 下达回收 (with the order that ended).
    OrderEnd {
        ending: Ending,
        #[schema(value_type = String, format = "date")]
        due: Date,
    },
    /// 登记回收.
    Reclaim { evidence: Evidence },
    /// 随云主机办理: the engine has done it with the servers.
    FollowServers { operation: OperationId },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Open = "open", "登记开通", "Report as opened";
        Promote = "promote", "转为正式", "Turn into production";
        OrderChange = "order_change", "下达变更", "Order the change";
        Change = "change", "登记变更", "Report as changed";
        OrderEnd = "order_end", "下达回收", "Order the end";
        Reclaim = "reclaim", "登记回收", "Report as reclaimed";
        FollowServers = "follow_servers", "随云主机办理", "Done with the servers";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "service_instance.out_of_order", Some(clause::A10), "服务实例当前为「{state}」,不能办理此步骤", "not possible while the instance is {state}";
        BeyondApproved { reported: u32, approved: u32 } = "service_instance.beyond_approved", Some(clause::A10_3), "登记数量 {reported} 超出核定的 {approved};多开的部分须先办理变更", "{reported} is beyond the approved {approved}";
        Short { reported: u32, ordered: u32 } = "service_instance.short", Some(clause::A10_4), "登记数量 {reported} 少于下达的 {ordered},请全部办完后再登记", "{reported} of {ordered} is not all of it";
        EvidenceMissing { what: String } = "service_instance.evidence_missing", Some(clause::A10_4), "凭证不齐:{what}", "evidence is missing: {what}";
        NothingOrdered = "service_instance.nothing_ordered", Some(clause::A10_6), "变更后的数量须大于 0 且与现有数量不同", "the new quantity must be above 0 and another one";
        Unfinished { count: usize } = "service_instance.unfinished", Some(clause::A10), "尚有 {count} 项其他服务未登记办完,系统将在登记齐全后自动办理此步骤", "{count} services are not reported yet; this step follows by itself";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Open { .. } => K::Open,
            C::Promote => K::Promote,
            C::OrderChange { .. } => K::OrderChange,
            C::Change { .. } => K::Change,
            C::OrderEnd { .. } => K::OrderEnd,
            C::Reclaim { .. } => K::Reclaim,
            C::FollowServers { .. } => K::FollowServers,
        }
    }

    /// What a report shows, with the act it is of; `None` where nobody reports.
    pub fn report(&self) -> Option<(Act, &Evidence)> {
        match self {
            Self::Open { evidence, .. } => Some((Act::Open, evidence)),
            Self::Change { evidence, .. } => Some((Act::Change, evidence)),
            Self::Reclaim { evidence } => Some((Act::Reclaim, evidence)),
            _ => None,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Open | Self::FollowServers => clause::A10_4,
            Self::Promote => clause::A10_5,
            Self::OrderChange | Self::Change => clause::A10_6,
            Self::OrderEnd => clause::A10_7,
            Self::Reclaim => clause::A28,
        }
    }

    /// The act an engineer reports by it.
    pub fn act(self) -> Option<Act> {
        match self {
            Self::Open => Some(Act::Open),
            Self::Change => Some(Act::Change),
            Self::Reclaim => Some(Act::Reclaim),
            _ => None,
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
            Self::Ordered { .. } => StateKind::Ordered,
            Self::Trial { .. } => StateKind::Trial,
            Self::Production { .. } => StateKind::Production,
            Self::Changing { .. } => StateKind::Changing,
            Self::Ending { .. } => StateKind::Ending,
            Self::Ended { .. } => StateKind::Ended,
        }
    }

    /// How much runs now: 0 before it is opened and after it was reclaimed.
    pub fn quantity(&self) -> u32 {
        match self {
            Self::Ordered { .. } | Self::Ended { .. } => 0,
            Self::Trial { quantity, .. } | Self::Production { quantity } | Self::Ending { quantity, .. } => *quantity,
            Self::Changing { from, .. } => *from,
        }
    }

    /// 核定 the most that may run: while it changes, the larger of the two.
    pub fn approved(&self) -> u32 {
        match self {
            Self::Ordered { quantity, .. } | Self::Ended { quantity, .. } => *quantity,
            Self::Changing { from, to, .. } => *from.max(to),
            other => other.quantity(),
        }
    }

    /// The act a report is waited for, while one is.
    pub fn awaited(&self) -> Option<Act> {
        match self {
            Self::Ordered { .. } => Some(Act::Open),
            Self::Changing { .. } => Some(Act::Change),
            Self::Ending { .. } => Some(Act::Reclaim),
            Self::Trial { .. } | Self::Production { .. } | Self::Ended { .. } => None,
        }
    }

    /// True while a report is waited for.
    pub fn is_waiting(&self) -> bool {
        self.awaited().is_some()
    }

    /// The quantity the next report is to name; `None` where it names none.
    pub fn ordered(&self) -> Option<u32> {
        match self {
            Self::Ordered { quantity, .. } => Some(*quantity),
            Self::Changing { to, .. } => Some(*to),
            _ => None,
        }
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        let engineer = Holder::Office(Role::SupplierEngineer);
        match self {
            Self::Ordered { open_due, .. } => vec![Duty::new("open_service", engineer).due(*open_due, Timer::T2)],
            Self::Changing { change_due, .. } => {
                vec![Duty::new("change_service", engineer).due(*change_due, Timer::T5)]
            }
            Self::Ending { reclaim_due, ending, .. } => {
                let timer = if matches!(ending, Ending::Change { .. }) { Timer::T5 } else { Timer::T7 };
                vec![Duty::new("reclaim_service", engineer).due(*reclaim_due, timer)]
            }
            Self::Trial { .. } | Self::Production { .. } | Self::Ended { .. } => vec![],
        }
    }
}

crate::terms! {
    /// 服务实例状态 as stored, filtered and shown.
    pub enum StateKind {
        Ordered = "ordered", "待开通", "ordered";
        Trial = "trial", "测试中", "on trial";
        Production = "production", "正式运行", "in production";
        Changing = "changing", "变更中", "changing";
        Ending = "ending", "待回收", "to be reclaimed";
        Ended = "ended", "已回收", "reclaimed";
    }
}

/// 下达: an approved line becomes an instance, to be opened by the end of `due`.
pub fn order(quantity: u32, due: Date) -> State {
    State::Ordered { quantity, open_due: due }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Ordered { .. } => matches!(kind, K::Open | K::FollowServers | K::OrderEnd),
        S::Trial { .. } => matches!(kind, K::Promote | K::OrderEnd),
        S::Production { .. } => matches!(kind, K::OrderChange | K::OrderEnd),
        S::Changing { .. } => matches!(kind, K::Change | K::FollowServers),
        S::Ending { .. } => matches!(kind, K::Reclaim | K::FollowServers),
        S::Ended { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way an instance changes state. `required`: what a report of the command's act must show.
pub fn transition(from: State, command: Command, required: &[EvidenceKind], today: Date) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    if let Some((act, evidence)) = command.report() {
        shown(evidence, act, required)?;
    }
    Ok(match (from, command) {
        (S::Ordered { quantity, .. }, C::Open { quantity: reported, .. }) => {
            whole(reported, quantity)?;
            S::Trial { quantity, opened_on: today }
        }
        (S::Ordered { quantity, .. }, C::FollowServers { .. }) => S::Trial { quantity, opened_on: today },
        // Never opened, so nothing is there to be taken back.
        (S::Ordered { quantity, .. }, C::OrderEnd { ending, .. }) => S::Ended { quantity, ending, on: today },
        (S::Trial { quantity, .. }, C::Promote) => S::Production { quantity },
        (S::Production { quantity: from }, C::OrderChange { to, due }) => {
            if to == 0 || to == from {
                return Err(Refusal::NothingOrdered);
            }
            S::Changing { from, to, change_due: due }
        }
        (S::Changing { to, .. }, C::Change { quantity: reported, .. }) => {
            whole(reported, to)?;
            S::Production { quantity: to }
        }
        (S::Changing { to, .. }, C::FollowServers { .. }) => S::Production { quantity: to },
        (S::Trial { quantity, .. } | S::Production { quantity }, C::OrderEnd { ending, due }) => {
            S::Ending { quantity, ending, reclaim_due: due }
        }
        (S::Ending { quantity, ending, .. }, C::Reclaim { .. } | C::FollowServers { .. }) => {
            S::Ended { quantity, ending, on: today }
        }
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

/// All of what was ordered, and not one more.
fn whole(reported: u32, ordered: u32) -> Result<(), Refusal> {
    match reported.cmp(&ordered) {
        std::cmp::Ordering::Greater => Err(Refusal::BeyondApproved { reported, approved: ordered }),
        std::cmp::Ordering::Less => Err(Refusal::Short { reported, ordered }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

fn shown(evidence: &Evidence, act: Act, required: &[EvidenceKind]) -> Result<(), Refusal> {
    match fulfilment::check(evidence, act, required).first() {
        Some(finding) => Err(Refusal::EvidenceMissing { what: finding.zh.clone() }),
        None => Ok(()),
    }
}

/// Refuses where instances of a case still wait for a report: a change or a termination is not done then.
pub fn refuse_unfinished<'a>(states: impl IntoIterator<Item = &'a State>) -> Result<(), Refusal> {
    match states.into_iter().filter(|state| state.is_waiting()).count() {
        0 => Ok(()),
        count => Err(Refusal::Unfinished { count }),
    }
}

#[cfg(test)]
mod tests;
