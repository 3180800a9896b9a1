//! 终止 (termination): the end of a service, its resources taken back and erased, with proof.
//!
//! 《办法》第十条(七)、第二十八条. Five working days for the review, three for the supplier to take back.
//! What is left of an unfinished year goes into the reallocation pool (D10).
//!
//! ```text
//! Draft ─submit→ UnitReview ─unit_approve→ Submitted ─approve→ Approved ─reclaim→ Reclaiming ─reclaimed→ Reclaimed ─certify→ Closed
//!                    └─unit_return→ Draft      └─decline→ Declined
//! ```

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::limits::Limits;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

/// 终止状态.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Draft,
    UnitReview,
    /// 待审核 (T6).
    Submitted {
        review_due: Date,
    },
    /// 不同意终止, final.
    Declined {
        opinion: Opinion,
    },
    /// 待回收 (T7).
    Approved {
        reclaim_due: Date,
    },
    /// 回收中: the engine erases.
    Reclaiming {
        reclaim_due: Date,
    },
    /// 已回收, awaiting the hand-over list and the certificate.
    Reclaimed {
        on: Date,
        reclaim_due: Date,
    },
    /// 已终止, final: certificate issued.
    Closed {
        on: Date,
    },
    /// 已撤回, final.
    Withdrawn,
}

crate::terms! {
    /// 终止原因.
    pub enum Reason {
        Offline = "offline", "系统下线", "taken offline";
        Merged = "merged", "系统整合", "merged";
        MovedOut = "moved_out", "迁出", "moved out";
        AgencyAbolished = "agency_abolished", "机构撤并", "agency abolished";
        Other = "other", "其他", "other";
    }
}
crate::terms! {
    /// 数据处置方式.
    pub enum DataDisposal {
        HandToAgency = "hand_to_agency", "移交本单位", "hand to the agency";
        HandToOther = "hand_to_other", "移交其他单位", "hand to another agency";
        Destroy = "destroy", "销毁", "destroy";
    }
}

/// 终止前检查与申请内容 (第十条(七)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub reason: Reason,
    pub offline_on: Date,
    /// 业务应用系统已下线.
    pub system_offline: bool,
    /// 数据迁移备份已完成.
    pub data_backed_up: bool,
    /// 备份位置与校验值.
    pub backup_place: Opinion,
    /// 堡垒机、VPN 账号已列入回收清单.
    pub accounts_listed: bool,
    pub disposal: DataDisposal,
    pub remark: String,
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    Submit,
    UnitApprove {
        opinion: Opinion,
    },
    UnitReturn {
        opinion: Opinion,
    },
    Approve {
        opinion: Opinion,
    },
    Decline {
        opinion: Opinion,
    },
    /// 回收: the driver erases.
    Reclaim,
    /// 回收完成 (by the finished operation).
    Reclaimed,
    /// 出具移交清单与清除证明.
    Certify {
        /// 监督人.
        witness: Opinion,
        /// 移交内容.
        handed_over: Opinion,
    },
    Withdraw {
        opinion: Opinion,
    },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Submit = "submit", "提交终止申请", "Submit the termination";
        UnitApprove = "unit_approve", "单位领导确认终止", "Confirm within the agency";
        UnitReturn = "unit_return", "退回修改", "Return";
        Approve = "approve", "同意终止", "Approve the termination";
        Decline = "decline", "不同意终止", "Decline the termination";
        Reclaim = "reclaim", "回收资源", "Reclaim";
        Reclaimed = "reclaimed", "回收完成", "Reclaimed";
        Certify = "certify", "出具清除证明", "Certify the erasure";
        Withdraw = "withdraw", "撤回终止申请", "Withdraw";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "termination.out_of_order", Some(clause::A10_7), "终止当前为「{state}」,不能办理此步骤", "not possible while the termination is {state}";
        NotOffline = "termination.not_offline", Some(clause::A10_7), "须先做好业务应用系统下线", "the system must be offline first";
        NotBackedUp = "termination.not_backed_up", Some(clause::A10_7), "须先完成数据迁移备份", "data must be moved or backed up first";
        AccountsUnlisted = "termination.accounts_unlisted", Some(clause::A28), "须列出应回收的堡垒机与VPN账号", "accounts to be withdrawn must be listed";
        OfflineInFuture = "termination.offline_in_future", Some(clause::A10_7), "系统下线日期不能晚于今天", "the day offline may not lie ahead";
        NotRunning = "termination.not_running", Some(clause::A10_7), "服务已终止或尚未开通", "the service is not running";
        AnotherOpen = "termination.another_open", Some(clause::A10_7), "该系统有在途变更或终止,请先办结", "a change or termination is open";
        NoCalendar = "calendar.year_missing", None, "工作日历缺少相应年度,请先导入", "the calendar does not reach far enough";
    }
}

impl From<CalendarError> for Refusal {
    fn from(_: CalendarError) -> Self {
        Self::NoCalendar
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Submit => K::Submit,
            C::UnitApprove { .. } => K::UnitApprove,
            C::UnitReturn { .. } => K::UnitReturn,
            C::Approve { .. } => K::Approve,
            C::Decline { .. } => K::Decline,
            C::Reclaim => K::Reclaim,
            C::Reclaimed => K::Reclaimed,
            C::Certify { .. } => K::Certify,
            C::Withdraw { .. } => K::Withdraw,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        if self == Self::Certify { clause::A28 } else { clause::A10_7 }
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        let (code, zh, en) = match self {
            Self::Draft => ("draft", "终止草稿", "draft"),
            Self::UnitReview => ("unit_review", "终止单位审核", "agency review"),
            Self::Submitted { .. } => ("submitted", "终止待审核", "awaiting review"),
            Self::Declined { .. } => ("declined", "不同意终止", "declined"),
            Self::Approved { .. } => ("approved", "待回收", "awaiting reclaim"),
            Self::Reclaiming { .. } => ("reclaiming", "回收中", "reclaiming"),
            Self::Reclaimed { .. } => ("reclaimed", "已回收待证明", "reclaimed"),
            Self::Closed { .. } => ("closed", "已终止", "closed"),
            Self::Withdrawn => ("withdrawn", "终止已撤回", "withdrawn"),
        };
        Term { code, zh, en }
    }

    /// True while it blocks changes of the same system.
    pub fn open(&self) -> bool {
        !matches!(self, Self::Declined { .. } | Self::Closed { .. } | Self::Withdrawn)
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        use Holder::{Agency, Office};
        match self {
            Self::Draft => vec![Duty::new("draft_termination", Agency(Role::AgencyHandler))],
            Self::UnitReview => vec![Duty::new("unit_review", Agency(Role::AgencyLeader))],
            Self::Submitted { review_due } => {
                vec![Duty::new("review_termination", Office(Role::CenterReviewer)).due(*review_due, Timer::T6)]
            }
            Self::Approved { reclaim_due } | Self::Reclaiming { reclaim_due } => {
                vec![Duty::new("reclaim", Office(Role::SupplierEngineer)).due(*reclaim_due, Timer::T7)]
            }
            Self::Reclaimed { reclaim_due, .. } => {
                vec![Duty::new("certify", Office(Role::SupplierManager)).due(*reclaim_due, Timer::T7)]
            }
            Self::Declined { .. } | Self::Closed { .. } | Self::Withdrawn => vec![],
        }
    }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Draft => matches!(kind, K::Submit | K::Withdraw),
        S::UnitReview => matches!(kind, K::UnitApprove | K::UnitReturn | K::Withdraw),
        S::Submitted { .. } => matches!(kind, K::Approve | K::Decline | K::Withdraw),
        S::Approved { .. } => matches!(kind, K::Reclaim),
        S::Reclaiming { .. } => matches!(kind, K::Reclaimed),
        S::Reclaimed { .. } => matches!(kind, K::Certify),
        S::Declined { .. } | S::Closed { .. } | S::Withdrawn => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way a termination changes state.
pub fn transition(
    from: State,
    command: Command,
    request: &Request,
    today: Date,
    calendar: &Calendar,
    limits: &Limits,
) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Draft, C::Submit) => {
            ready(request, today)?;
            S::UnitReview
        }
        (S::UnitReview, C::UnitApprove { .. }) => {
            S::Submitted { review_due: calendar.add(today, limits.termination_review.value)? }
        }
        (S::UnitReview, C::UnitReturn { .. }) => S::Draft,
        (S::Submitted { .. }, C::Approve { .. }) => {
            S::Approved { reclaim_due: calendar.add(today, limits.reclaim.value)? }
        }
        (S::Submitted { .. }, C::Decline { opinion }) => S::Declined { opinion },
        (S::Approved { reclaim_due }, C::Reclaim) => S::Reclaiming { reclaim_due },
        (S::Reclaiming { reclaim_due }, C::Reclaimed) => S::Reclaimed { on: today, reclaim_due },
        (S::Reclaimed { .. }, C::Certify { .. }) => S::Closed { on: today },
        (_, C::Withdraw { .. }) => S::Withdrawn,
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

/// 终止前检查清单.
fn ready(request: &Request, today: Date) -> Result<(), Refusal> {
    if !request.system_offline {
        return Err(Refusal::NotOffline);
    }
    if request.offline_on > today {
        return Err(Refusal::OfflineInFuture);
    }
    if !request.data_backed_up {
        return Err(Refusal::NotBackedUp);
    }
    if !request.accounts_listed {
        return Err(Refusal::AccountsUnlisted);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
