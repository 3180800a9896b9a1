//! 变更 (change): more or less of what runs, with its money.
//!
//! 《办法》第十条(六). Five working days for the centre's review, five for the supplier. What becomes
//! dearer needs its source of funds; what becomes cheaper stays with the treasury (D7, D8). The result is
//! copied to 工信局 and 财政局, and for a county's agency to the county's offices too.
//!
//! ```text
//! Draft ─submit→ UnitReview ─unit_approve→ Submitted ─approve→ Approved ─implement→ Implementing ─implemented→ Done
//!                    └─unit_return→ Draft      └─decline→ Declined
//! ```

use serde::{Deserialize, Serialize};

use crate::application::form::{BastionLine, Estimate, Form, ServerLine};
use crate::application::{check, size};
use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::limits::Limits;
use crate::money::Fen;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

pub mod accounts;

pub use accounts::AccountChange;

/// 变更状态.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Draft,
    UnitReview,
    /// 待审核 (T4).
    Submitted {
        review_due: Date,
    },
    /// 不同意变更, final.
    Declined {
        opinion: Opinion,
    },
    /// 待实施 (T5).
    Approved {
        implement_due: Date,
    },
    /// 实施中: the engine works.
    Implementing {
        implement_due: Date,
    },
    /// 已完成, final.
    Done {
        on: Date,
    },
    /// 已撤回, final.
    Withdrawn,
}

/// 变更内容: new figures of one row of servers; absent figures stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerChange {
    /// Row of 附件2-1, from 0.
    pub index: u16,
    #[serde(default)]
    pub vcpu: Option<u16>,
    #[serde(default)]
    pub memory_gib: Option<u16>,
    /// New sizes of the row's data disks, each by its place; disks grow, never shrink.
    #[serde(default)]
    pub data_disks_gib: Vec<u16>,
}

/// 变更内容: a new quantity of one row of other services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceChange {
    /// Row of 其他服务, from 0.
    pub index: u16,
    /// 0–100,000 in the product's unit; 0 gives the row up.
    pub quantity: u32,
}

/// 变更申请 as filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub servers: Vec<ServerChange>,
    #[serde(default)]
    pub services: Vec<ServiceChange>,
    /// 堡垒机账号 that change or are given up.
    #[serde(default)]
    pub accounts: Vec<AccountChange>,
    /// 新增堡垒机账号. Identity numbers are encrypted at rest.
    #[serde(default)]
    pub new_accounts: Vec<BastionLine>,
    pub reason: Opinion,
    /// 业务影响与回退方案.
    pub fallback: Opinion,
    /// 资金来源, due where it becomes dearer.
    #[serde(default)]
    pub fund_source: String,
    /// 资源测算方案 as it will stand, due where the change makes the service dearer and its yearly fee reaches the
    /// bound (D14). Absent: the one of the form stays.
    #[serde(default)]
    pub estimate: Option<Estimate>,
}

/// 费用影响 in fen a year, at the prices of the day the change was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Yearly fee after minus before.
    pub dearer_by: Fen,
    /// Yearly fee after.
    pub fee_after: Fen,
    /// 调配池 covers all that it would cost in this service year: nothing is left to pay, so no funds are asked for (D10).
    pub covered: bool,
}

impl Impact {
    /// 须编制测算方案: a dearer change that reaches the bound, the sum itself included (第十条(一), D14).
    pub fn needs_estimate(self, limits: &Limits) -> bool {
        self.dearer_by > Fen(0) && self.fee_after >= limits.estimate_from.value
    }
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
    /// 实施: the driver resizes.
    Implement,
    /// 完成 (by the finished operation).
    Implemented,
    Withdraw {
        opinion: Opinion,
    },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Submit = "submit", "提交变更申请", "Submit the change";
        UnitApprove = "unit_approve", "单位领导同意变更", "Approve within the agency";
        UnitReturn = "unit_return", "退回修改", "Return";
        Approve = "approve", "同意变更", "Approve the change";
        Decline = "decline", "不同意变更", "Decline the change";
        Implement = "implement", "实施变更", "Implement";
        Implemented = "implemented", "变更完成", "Implemented";
        Withdraw = "withdraw", "撤回变更", "Withdraw";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "change.out_of_order", Some(clause::A10_6), "变更当前为「{state}」,不能办理此步骤", "not possible while the change is {state}";
        FundSourceMissing = "change.fund_source_missing", Some(clause::A10_6), "变更后费用增加,须填写资金来源", "dearer: the source of funds is required";
        EstimateMissing { section: &'static str } = "change.estimate_missing", Some(clause::A10_1), "变更后年费达到须编制测算方案的数额,须填写「{section}」", "dearer and at the bound: the estimate must be complete";
        EstimateTooLong { section: &'static str } = "change.estimate_too_long", Some(clause::A10_1), "测算方案「{section}」过长", "a section of the estimate is too long";
        Nothing = "change.nothing", Some(clause::A10_6), "变更内容与现状相同", "nothing would change";
        NoSuchLine { index: u16 } = "change.no_such_line", Some(clause::A10_6), "没有第 {index} 行服务器", "there is no row {index}";
        NoSuchDisk { index: u16 } = "change.no_such_disk", Some(clause::A10_6), "第 {index} 行服务器没有这么多数据盘", "row {index} has fewer data disks";
        NoSuchService { index: u16 } = "change.no_such_service", Some(clause::A10_6), "没有第 {index} 行其他服务", "there is no row {index} of other services";
        NoSuchAccount { index: u16 } = "change.no_such_account", Some(clause::ANNEX_2_2), "附件2-2 没有第 {index} 行", "annex 2-2 has no row {index}";
        AccountGivenUp { index: u16 } = "change.account_given_up", Some(clause::ANNEX_2_2), "附件2-2 第 {index} 行的账号已注销或到期,不能恢复,请新增账号", "the account of row {index} has ended; add another one";
        ServiceQuantity = "change.service_quantity", Some(clause::A10_6), "其他服务变更后的数量不超过 100000,已退还的服务不能恢复", "at most 100000, and what was given up stays so";
        NothingLeft = "change.nothing_left", Some(clause::A10_7), "变更后没有任何资源,请申请终止", "nothing would be left; ask for termination";
        DiskShrinks = "change.disk_shrinks", Some(clause::A10_6), "数据盘只能扩容", "disks only grow";
        Malformed = "change.malformed", Some(clause::ANNEX_2_1), "变更后的规格不符合填报要求(vCPU 档位、内存 1:1–1:8、数据盘不超过 32768 GB)", "the new size is not on offer";
        NotRunning = "change.not_running", Some(clause::A10_6), "服务不在运行中,不能变更", "the service is not running";
        AnotherOpen = "change.another_open", Some(clause::A10_6), "该系统已有在途变更或终止", "another change or a termination is open";
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
            C::Implement => K::Implement,
            C::Implemented => K::Implemented,
            C::Withdraw { .. } => K::Withdraw,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        clause::A10_6
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        let (code, zh, en) = match self {
            Self::Draft => ("draft", "变更草稿", "draft"),
            Self::UnitReview => ("unit_review", "变更单位审核", "agency review"),
            Self::Submitted { .. } => ("submitted", "变更待审核", "awaiting review"),
            Self::Declined { .. } => ("declined", "不同意变更", "declined"),
            Self::Approved { .. } => ("approved", "变更待实施", "approved"),
            Self::Implementing { .. } => ("implementing", "变更实施中", "implementing"),
            Self::Done { .. } => ("done", "变更完成", "done"),
            Self::Withdrawn => ("withdrawn", "变更已撤回", "withdrawn"),
        };
        Term { code, zh, en }
    }

    /// True while it blocks another change of the same system.
    pub fn open(&self) -> bool {
        !matches!(self, Self::Declined { .. } | Self::Done { .. } | Self::Withdrawn)
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        use Holder::{Agency, Office};
        match self {
            Self::Draft => vec![Duty::new("draft_change", Agency(Role::AgencyHandler))],
            Self::UnitReview => vec![Duty::new("unit_review", Agency(Role::AgencyLeader))],
            Self::Submitted { review_due } => {
                vec![Duty::new("review_change", Office(Role::CenterReviewer)).due(*review_due, Timer::T4)]
            }
            Self::Approved { implement_due } | Self::Implementing { implement_due } => {
                vec![Duty::new("implement_change", Office(Role::SupplierEngineer)).due(*implement_due, Timer::T5)]
            }
            Self::Declined { .. } | Self::Done { .. } | Self::Withdrawn => vec![],
        }
    }
}

/// The form as it will stand after the change.
pub fn changed(form: &Form, request: &Request) -> Result<Form, Refusal> {
    let mut after = form.clone();
    for change in &request.servers {
        let shown = change.index.saturating_add(1);
        let line = after.servers.get_mut(usize::from(change.index)).ok_or(Refusal::NoSuchLine { index: shown })?;
        line.vcpu = change.vcpu.or(line.vcpu);
        line.memory_gib = change.memory_gib.or(line.memory_gib);
        grow(line, &change.data_disks_gib, shown)?;
        if !size::on_offer(line.vcpu.unwrap_or(0), line.memory_gib.unwrap_or(0)) {
            return Err(Refusal::Malformed);
        }
    }
    change_services(&mut after, &request.services)?;
    accounts::apply(&mut after, request)?;
    if after == *form {
        return Err(Refusal::Nothing);
    }
    if after.servers.is_empty() && after.services.iter().all(|line| line.quantity.unwrap_or(0) == 0) {
        return Err(Refusal::NothingLeft);
    }
    if let Some(estimate) = &request.estimate {
        if let Some((_, section, _)) = estimate.sections().into_iter().find(|(_, _, text)| check::too_long(text)) {
            return Err(Refusal::EstimateTooLong { section });
        }
        after.estimate = estimate.clone();
    }
    Ok(after)
}

/// New quantities of other services. A row given up keeps its place, so that the rows after it keep theirs; its
/// instance has ended, so it does not come back.
fn change_services(after: &mut Form, changes: &[ServiceChange]) -> Result<(), Refusal> {
    for change in changes {
        let shown = change.index.saturating_add(1);
        let line = after.services.get_mut(usize::from(change.index)).ok_or(Refusal::NoSuchService { index: shown })?;
        let given_up = line.quantity == Some(0);
        if change.quantity > SERVICE_QUANTITY_MAX || (given_up && change.quantity > 0) {
            return Err(Refusal::ServiceQuantity);
        }
        line.quantity = Some(change.quantity);
    }
    Ok(())
}

/// Most of one product, as in the form.
const SERVICE_QUANTITY_MAX: u32 = 100_000;

/// 扩容 of the row's data disks, each by its place: a disk grows or stays, and none is added here.
fn grow(line: &mut ServerLine, sizes_gib: &[u16], shown: u16) -> Result<(), Refusal> {
    if sizes_gib.len() > line.data_disks.len() {
        return Err(Refusal::NoSuchDisk { index: shown });
    }
    for (disk, size) in line.data_disks.iter_mut().zip(sizes_gib) {
        if disk.size_gib.is_some_and(|before| *size < before) {
            return Err(Refusal::DiskShrinks);
        }
        if *size > size::DATA_DISK_GIB.1 {
            return Err(Refusal::Malformed);
        }
        disk.size_gib = Some(*size);
    }
    Ok(())
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Draft => matches!(kind, K::Submit | K::Withdraw),
        S::UnitReview => matches!(kind, K::UnitApprove | K::UnitReturn | K::Withdraw),
        S::Submitted { .. } => matches!(kind, K::Approve | K::Decline | K::Withdraw),
        S::Approved { .. } => matches!(kind, K::Implement),
        S::Implementing { .. } => matches!(kind, K::Implemented),
        S::Declined { .. } | S::Done { .. } | S::Withdrawn => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// What must be there before a change goes to the leader: its source of funds, its estimate.
fn complete(request: &Request, impact: Impact, limits: &Limits) -> Result<(), Refusal> {
    if impact.dearer_by > Fen(0) && !impact.covered && request.fund_source.trim().is_empty() {
        return Err(Refusal::FundSourceMissing);
    }
    let blank = Estimate::default();
    let estimate = request.estimate.as_ref().unwrap_or(&blank);
    match estimate.sections().into_iter().find(|(_, _, text)| text.trim().is_empty()) {
        Some((_, section, _)) if impact.needs_estimate(limits) => Err(Refusal::EstimateMissing { section }),
        _ => Ok(()),
    }
}

/// The only way a change changes state. `request` carries the estimate as it will stand.
pub fn transition(
    from: State,
    command: Command,
    (request, impact): (&Request, Impact),
    today: Date,
    calendar: &Calendar,
    limits: &Limits,
) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Draft, C::Submit) => {
            complete(request, impact, limits)?;
            S::UnitReview
        }
        (S::UnitReview, C::UnitApprove { .. }) => {
            S::Submitted { review_due: calendar.add(today, limits.change_review.value)? }
        }
        (S::UnitReview, C::UnitReturn { .. }) => S::Draft,
        (S::Submitted { .. }, C::Approve { .. }) => {
            S::Approved { implement_due: calendar.add(today, limits.change_implementation.value)? }
        }
        (S::Submitted { .. }, C::Decline { opinion }) => S::Declined { opinion },
        (S::Approved { implement_due }, C::Implement) => S::Implementing { implement_due },
        (S::Implementing { .. }, C::Implemented) => S::Done { on: today },
        (_, C::Withdraw { .. }) => S::Withdrawn,
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
