//! 弹性伸缩 (scaling): how many servers of one approved row run, by a policy the agency has set.
//!
//! 《办法》第四条“弹性伸缩服务”, 第十条(六)“动态弹性调整”. The N approved servers of one row of 附件2-1 are the group. A policy
//! lets some of them rest and wakes them again; it opens none, so more than what was approved and funded never runs, and
//! the charge by the year (包年) stays as it is. What a policy decides is [`decide`]; the figures are [`Policy`].
//!
//! ```text
//! Draft ─activate→ Active ⇄ Paused           amend: in all three
//!    └───────────────┴────────┴─end, close→ Ended
//! ```
//!
//! `close` follows from the case: its 弹性伸缩 service has ended. Nobody presses it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::Duty;
use crate::opinion::Opinion;
use crate::provisioning::Metric;
use crate::term::Term;

mod decide;
mod policy;

pub use decide::{Cause as DecisionCause, Decision, Group, Hold, Member, Sample, chosen, decide};
pub use policy::{Policy, check};

/// 策略状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 草稿: decides nothing yet.
    Draft { policy: Policy },
    /// 生效中.
    Active { policy: Policy, since: Date },
    /// 已暂停: servers stay as they are.
    Paused { policy: Policy, on: Date, reason: Opinion },
    /// 已结束, final. What rested runs again, unless its order has ended too.
    Ended { policy: Policy, on: Date, cause: Cause },
}

crate::terms! {
    /// 结束原因.
    pub enum Cause {
        Agency = "agency", "使用单位结束", "ended by the agency";
        ServiceEnded = "service_ended", "弹性伸缩服务已回收", "its service has ended";
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ScalingCommand)]
pub enum Command {
    /// 修改策略.
    Amend { policy: Policy },
    /// 启用.
    Activate,
    /// 暂停.
    Pause { reason: Opinion },
    /// 结束.
    End { reason: Opinion },
    /// 随服务结束.
    Close,
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Amend = "amend", "修改策略", "Amend";
        Activate = "activate", "启用策略", "Activate";
        Pause = "pause", "暂停策略", "Pause";
        End = "end", "结束策略", "End";
        Close = "close", "随服务结束", "Close with its service";
    }
}
crate::terms! {
    /// 策略状态 as stored, filtered and shown.
    pub enum StateKind {
        Draft = "draft", "草稿", "draft";
        Active = "active", "生效中", "in force";
        Paused = "paused", "已暂停", "paused";
        Ended = "ended", "已结束", "ended";
    }
}

crate::refusals! {
    /// Why a command changes nothing, or a policy is not taken.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "scaling.out_of_order", Some(clause::A4), "伸缩策略当前为「{state}」,不能办理此步骤", "not possible while the policy is {state}";
        NoService = "scaling.no_service", Some(clause::A4), "本系统没有核定并已开通的弹性伸缩服务(AS-GROUP),请先申请或变更", "no auto-scaling service was approved and opened for this system";
        NoGroupLeft { approved: u32 } = "scaling.no_group_left", Some(clause::A10_3), "核定的伸缩组共 {approved} 组,均已设置策略", "all {approved} approved groups have a policy";
        LineTaken = "scaling.line_taken", Some(clause::A4), "该行云主机已有伸缩策略,请修改原策略", "this row has a policy already; amend that one";
        NoServers = "scaling.no_servers", Some(clause::A10_3), "该行没有已开通的云主机,不能设置伸缩策略", "no server of this row is open";
    }
}

/// 依托: what a policy stands on, as the case is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Approved groups whose service is open: on trial or in service.
    pub groups: u32,
    /// Open servers of the row, N.
    pub servers: u16,
    /// What the engine measures.
    pub measures: Vec<Metric>,
    /// 人工工单: the supplier's engineer carries the policy out; nothing is measured.
    pub by_hand: bool,
}

impl Ground {
    /// Refuses where a policy would stand on nothing.
    fn carries(&self) -> Result<(), Refusal> {
        match (self.groups, self.servers) {
            (0, _) => Err(Refusal::NoService),
            (_, 0) => Err(Refusal::NoServers),
            _ => Ok(()),
        }
    }
}

/// 新建: a draft. `others`: policies of the case that have not ended; `taken`: one of them is of this row.
pub fn draft(policy: Policy, ground: &Ground, others: u32, taken: bool) -> Result<State, Refusal> {
    ground.carries()?;
    if taken {
        return Err(Refusal::LineTaken);
    }
    if others >= ground.groups {
        return Err(Refusal::NoGroupLeft { approved: ground.groups });
    }
    Ok(State::Draft { policy })
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Amend { .. } => CommandKind::Amend,
            Self::Activate => CommandKind::Activate,
            Self::Pause { .. } => CommandKind::Pause,
            Self::End { .. } => CommandKind::End,
            Self::Close => CommandKind::Close,
        }
    }

    /// What was said, for the log.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Pause { reason } | Self::End { reason } => Some(reason.as_str()),
            _ => None,
        }
    }
}

impl CommandKind {
    /// What a person may press.
    pub const BUTTONS: [Self; 4] = [Self::Amend, Self::Activate, Self::Pause, Self::End];

    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Amend | Self::Activate | Self::Pause | Self::End => clause::A4,
            Self::Close => clause::A10_7,
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
            Self::Draft { .. } => StateKind::Draft,
            Self::Active { .. } => StateKind::Active,
            Self::Paused { .. } => StateKind::Paused,
            Self::Ended { .. } => StateKind::Ended,
        }
    }

    /// The figures, as they stand or last stood.
    pub fn policy(&self) -> &Policy {
        match self {
            Self::Draft { policy } => policy,
            Self::Active { policy, .. } | Self::Paused { policy, .. } | Self::Ended { policy, .. } => policy,
        }
    }

    /// Nobody is waited for: a policy acts by itself or not at all.
    pub fn duties(&self) -> Vec<Duty> {
        Vec::new()
    }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Draft { .. } | S::Paused { .. } => matches!(kind, K::Amend | K::Activate | K::End | K::Close),
        S::Active { .. } => matches!(kind, K::Amend | K::Pause | K::End | K::Close),
        S::Ended { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way a policy changes state. Its figures are [`check`]ed before.
pub fn transition(from: State, command: Command, ground: &Ground, today: Date) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Draft { .. }, C::Amend { policy }) => S::Draft { policy },
        (S::Active { since, .. }, C::Amend { policy }) => S::Active { policy, since },
        (S::Paused { on, reason, .. }, C::Amend { policy }) => S::Paused { policy, on, reason },
        (S::Draft { policy } | S::Paused { policy, .. }, C::Activate) => {
            ground.carries()?;
            S::Active { policy, since: today }
        }
        (S::Active { policy, .. }, C::Pause { reason }) => S::Paused { policy, on: today, reason },
        (from, C::End { .. }) => S::Ended { policy: from.policy().clone(), on: today, cause: Cause::Agency },
        (from, C::Close) => S::Ended { policy: from.policy().clone(), on: today, cause: Cause::ServiceEnded },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
