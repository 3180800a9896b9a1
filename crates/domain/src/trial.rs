//! 测试 (trial): from the centre's notice until the trial becomes production or ends.
//!
//! 《办法》第十条(四)(五). The notice starts five working days for the supplier; the period is 10–15
//! calendar days from the day after delivery; a passed trial becomes production by itself when the
//! period is over, provided plan and funds stand (D15).
//!
//! ```text
//! Notified ─acknowledge→ Preparing ─deliver→ Running ─report→ Reported ─approve_report→ Passed ─activate→ Activated
//!                                              ├─request_extension→ grant/refuse           └→ Failed ─report→ Reported
//!                                              └─expire→ Stopped ─exit→ Exited
//! ```
//!
//! Whoever handed in on time is not hurt by another's lateness: a report that awaits its approval and an
//! extension that awaits its decision outlive the end of the period; the servers stand still meanwhile.

use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::limits::Limits;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

/// 测试状态.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待签收.
    Notified { delivery_due: Date },
    /// 测试准备: meeting, deployment plan and resources are being made.
    Preparing { delivery_due: Date, opening: bool },
    /// 测试中, to the end of `until`.
    Running { period: Period },
    /// 延长待批. `kept_until`: the servers stand still already and are kept to the end of that day.
    ExtensionAsked {
        period: Period,
        days: u16,
        reason: Opinion,
        #[serde(default)]
        kept_until: Option<Date>,
    },
    /// 测试报告待单位审核.
    Reported { period: Period, report: Report },
    /// 测试通过: becomes production when the period is over.
    Passed { period: Period, report: Report },
    /// 测试未通过: mend and report again within the period, or leave.
    Failed { period: Period, report: Report },
    /// 期满停机: over without a passed report; kept to the end of `reclaim_on`, then reclaimed (D2, D3).
    /// A report handed in within the period may still be approved.
    Stopped {
        period: Period,
        reclaim_on: Date,
        #[serde(default)]
        report: Option<Report>,
    },
    /// 已转正式.
    Activated { on: Date },
    /// 已退出.
    Exited { on: Date },
}

/// 测试期.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Period {
    /// Day of delivery; not counted.
    pub delivered_on: Date,
    /// Last day, counted.
    pub until: Date,
    /// Extensions granted so far.
    pub extensions: u32,
}

/// 测试报告 (A10_4): three kinds of tests, each with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// 功能用例 executed and passed.
    pub function_cases: u32,
    pub function_passed: u32,
    pub performance_passed: bool,
    pub performance: Opinion,
    /// 漏洞扫描: high risks must be zero to pass.
    pub high_risks: u32,
    pub medium_risks: u32,
    pub low_risks: u32,
    pub security: Opinion,
    pub backup_verified: bool,
    pub passed: bool,
    pub opinion: Opinion,
}

/// 功能用例通过率 from which a trial may pass; our own decision.
const PASS_PERCENT_DEFAULT: u64 = 95;

impl Report {
    /// Holds a report that says "passed" to what its figures say.
    fn supports_its_verdict(&self) -> bool {
        let cases_ok = self.function_cases > 0
            && u64::from(self.function_passed) * 100 >= u64::from(self.function_cases) * PASS_PERCENT_DEFAULT;
        !self.passed || (cases_ok && self.performance_passed && self.high_risks == 0)
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// 签收测试通知.
    Acknowledge,
    /// 开通测试资源 on an engine: the servers are really opened.
    Open { engine: crate::ids::EngineId },
    /// 交付: meeting held, plan made, resources open; starts the period.
    Deliver {
        /// 对接纪要.
        minutes: Opinion,
        /// 迁移部署方案.
        deployment_plan: Opinion,
        /// 测试期 in calendar days, 10–15.
        days: u16,
    },
    /// 提交测试报告.
    Report { report: Report },
    /// 单位领导审核测试报告.
    ApproveReport { opinion: Opinion },
    /// 退回重测.
    ReturnReport { opinion: Opinion },
    /// 申请延长.
    RequestExtension { days: u16, reason: Opinion },
    /// 主管部门同意延长.
    GrantExtension { opinion: Opinion },
    /// 不同意延长.
    RefuseExtension { opinion: Opinion },
    /// 退出测试.
    Exit { reason: Opinion },
    /// 期满停机 (by the timer).
    Expire,
    /// 自动转正 (by the timer).
    Activate,
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Acknowledge = "acknowledge", "签收测试通知", "Sign for the notice";
        Open = "open", "开通测试资源", "Open the trial resources";
        Deliver = "deliver", "交付测试资源", "Deliver";
        Report = "report", "提交测试报告", "Submit the test report";
        ApproveReport = "approve_report", "审核测试报告", "Approve the report";
        ReturnReport = "return_report", "退回重测", "Return the report";
        RequestExtension = "request_extension", "申请延长试用", "Ask for an extension";
        GrantExtension = "grant_extension", "同意延长", "Grant the extension";
        RefuseExtension = "refuse_extension", "不同意延长", "Refuse the extension";
        Exit = "exit", "退出测试", "Leave the trial";
        Expire = "expire", "期满停机", "Stop at the end";
        Activate = "activate", "自动转为正式环境", "Turn into production";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "trial.out_of_order", Some(clause::A10_4), "测试当前为「{state}」,不能办理此步骤", "not possible while the trial is {state}";
        NotOpen = "trial.not_open", Some(clause::A10_4), "测试资源尚未全部开通,不能交付", "the trial resources are not all open";
        ServicesNotOpen = "trial.services_not_open", Some(clause::A10_4), "其他服务尚未全部登记开通,不能交付", "the other services are not all open";
        AlreadyOpening = "trial.already_opening", Some(clause::A10_4), "测试资源正在开通或已开通", "the resources are being opened or open";
        Days { min: u16, max: u16 } = "trial.days", Some(clause::A10_4), "测试期须为 {min}–{max} 天", "the trial lasts {min} to {max} days";
        ExtensionDays { max: u16 } = "trial.extension_days", Some(clause::A10_4), "每次延长不超过 {max} 天", "at most {max} days an extension";
        NoMoreExtensions = "trial.no_more_extensions", Some(clause::A10_4), "已达到延长次数上限", "no more extensions";
        CasesImpossible = "trial.cases_impossible", Some(clause::A10_4), "通过的用例数不能大于用例总数", "more cases passed than were run";
        VerdictUnsupported = "trial.verdict_unsupported", Some(clause::A10_4), "结论为通过须:功能用例通过率不低于 95%、性能达标、高危漏洞为 0", "a pass needs 95 % of cases, performance and no high risks";
        PeriodNotOver = "trial.period_not_over", Some(clause::A10_5), "测试期未满", "the period is not over";
        FundsMissing = "trial.funds_missing", Some(clause::A10_3), "计划未审定或资金未落实,暂不能转为正式环境", "plan or funds are missing";
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
            C::Acknowledge => K::Acknowledge,
            C::Open { .. } => K::Open,
            C::Deliver { .. } => K::Deliver,
            C::Report { .. } => K::Report,
            C::ApproveReport { .. } => K::ApproveReport,
            C::ReturnReport { .. } => K::ReturnReport,
            C::RequestExtension { .. } => K::RequestExtension,
            C::GrantExtension { .. } => K::GrantExtension,
            C::RefuseExtension { .. } => K::RefuseExtension,
            C::Exit { .. } => K::Exit,
            C::Expire => K::Expire,
            C::Activate => K::Activate,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        if self == Self::Activate { clause::A10_5 } else { clause::A10_4 }
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        let (code, zh, en) = match self {
            Self::Notified { .. } => ("notified", "测试通知待签收", "notified"),
            Self::Preparing { .. } => ("preparing", "测试准备", "preparing"),
            Self::Running { .. } => ("running", "测试中", "running"),
            Self::ExtensionAsked { .. } => ("extension_asked", "延长待批", "extension asked"),
            Self::Reported { .. } => ("reported", "测试报告待审核", "reported"),
            Self::Passed { .. } => ("passed", "测试通过", "passed"),
            Self::Failed { .. } => ("failed", "测试未通过", "failed"),
            Self::Stopped { .. } => ("stopped", "期满停机", "stopped"),
            Self::Activated { .. } => ("activated", "已转正式", "activated"),
            Self::Exited { .. } => ("exited", "已退出", "exited"),
        };
        Term { code, zh, en }
    }

    /// The period, in the states that have one.
    pub fn period(&self) -> Option<&Period> {
        match self {
            Self::Running { period }
            | Self::ExtensionAsked { period, .. }
            | Self::Reported { period, .. }
            | Self::Passed { period, .. }
            | Self::Failed { period, .. }
            | Self::Stopped { period, .. } => Some(period),
            _ => None,
        }
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        use Holder::{Agency, Office};
        match self {
            Self::Notified { delivery_due } => {
                vec![Duty::new("acknowledge", Office(Role::SupplierManager)).due(*delivery_due, Timer::T2)]
            }
            Self::Preparing { delivery_due, opening: false } => {
                vec![Duty::new("open_trial", Office(Role::SupplierEngineer)).due(*delivery_due, Timer::T2)]
            }
            Self::Preparing { delivery_due, opening: true } => {
                vec![Duty::new("deliver", Office(Role::SupplierManager)).due(*delivery_due, Timer::T2)]
            }
            Self::Running { period } | Self::Failed { period, .. } => {
                vec![Duty::new("report", Agency(Role::AgencyHandler)).due(period.until, Timer::T3)]
            }
            Self::ExtensionAsked { .. } => vec![Duty::new("decide_extension", Office(Role::AuthorityLead))],
            Self::Reported { period, .. } => {
                vec![Duty::new("approve_report", Agency(Role::AgencyLeader)).due(period.until, Timer::T3)]
            }
            Self::Stopped { reclaim_on, report: Some(_), .. } => {
                vec![Duty::new("approve_report", Agency(Role::AgencyLeader)).due(*reclaim_on, Timer::T3)]
            }
            Self::Stopped { reclaim_on, report: None, .. } => {
                vec![Duty::new("extend_or_exit", Agency(Role::AgencyHandler)).due(*reclaim_on, Timer::T3)]
            }
            Self::Passed { .. } | Self::Activated { .. } | Self::Exited { .. } => vec![],
        }
    }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Notified { .. } => matches!(kind, K::Acknowledge),
        S::Preparing { opening: true, .. } if kind == K::Open => return Err(Refusal::AlreadyOpening),
        S::Preparing { .. } => matches!(kind, K::Open | K::Deliver),
        S::Running { .. } => matches!(kind, K::Report | K::RequestExtension | K::Exit | K::Expire),
        S::ExtensionAsked { kept_until: None, .. } => {
            matches!(kind, K::GrantExtension | K::RefuseExtension | K::Expire)
        }
        S::ExtensionAsked { kept_until: Some(_), .. } => matches!(kind, K::GrantExtension | K::RefuseExtension),
        S::Reported { .. } => matches!(kind, K::ApproveReport | K::ReturnReport | K::Expire),
        S::Passed { .. } => matches!(kind, K::Activate),
        S::Failed { .. } => matches!(kind, K::Report | K::RequestExtension | K::Exit | K::Expire),
        S::Stopped { report: Some(_), .. } => {
            matches!(kind, K::ApproveReport | K::ReturnReport | K::RequestExtension | K::Exit)
        }
        S::Stopped { report: None, .. } => matches!(kind, K::RequestExtension | K::Exit),
        S::Activated { .. } | S::Exited { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// What the transition needs to know of the rest of the case.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub today: Date,
    pub calendar: &'a Calendar,
    pub limits: &'a Limits,
    /// All approved servers are open on the engine.
    pub resources_open: bool,
    /// All approved other services are open.
    pub services_open: bool,
    /// Plan ratified, funds and contract recorded (D15).
    pub funded: bool,
}

/// 下达测试通知: the supplier's five working days begin (A10_4).
pub fn notify(facts: &Facts<'_>) -> Result<State, Refusal> {
    Ok(State::Notified { delivery_due: facts.calendar.add(facts.today, facts.limits.trial_delivery.value)? })
}

/// First day on which what falls due at the end of the period is done: the first working day
/// after its last day. The period itself is not prolonged by weekends.
pub fn action_day(period: &Period, calendar: &Calendar) -> Result<Date, CalendarError> {
    calendar.first_working_day_on_or_after(period.until.saturating_add(1.day()))
}

/// The only way a trial changes state.
pub fn transition(from: State, command: Command, facts: &Facts<'_>) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Notified { delivery_due }, C::Acknowledge) => S::Preparing { delivery_due, opening: false },
        (S::Preparing { delivery_due, .. }, C::Open { .. }) => S::Preparing { delivery_due, opening: true },
        (S::Preparing { .. }, C::Deliver { days, .. }) => S::Running { period: begin(days, facts)? },
        (S::Running { period } | S::Failed { period, .. }, C::Report { report }) => reported(period, report)?,
        (S::Reported { period, report } | S::Stopped { period, report: Some(report), .. }, C::ApproveReport { .. }) => {
            if report.passed {
                S::Passed { period, report }
            } else {
                S::Failed { period, report }
            }
        }
        (S::Reported { period, .. }, C::ReturnReport { .. }) => S::Running { period },
        (S::Stopped { period, reclaim_on, .. }, C::ReturnReport { .. }) => {
            S::Stopped { period, reclaim_on, report: None }
        }
        (S::Running { period } | S::Failed { period, .. }, C::RequestExtension { days, reason }) => {
            may_be_extended(&period, days, facts.limits)?;
            S::ExtensionAsked { period, days, reason, kept_until: None }
        }
        (S::Stopped { period, reclaim_on, .. }, C::RequestExtension { days, reason }) => {
            may_be_extended(&period, days, facts.limits)?;
            S::ExtensionAsked { period, days, reason, kept_until: Some(reclaim_on) }
        }
        (S::ExtensionAsked { period, days, .. }, C::GrantExtension { .. }) => {
            S::Running { period: extended(period, days, facts.today) }
        }
        (S::ExtensionAsked { period, kept_until: Some(reclaim_on), .. }, C::RefuseExtension { .. }) => {
            S::Stopped { period, reclaim_on, report: None }
        }
        (S::ExtensionAsked { period, .. }, C::RefuseExtension { .. }) => S::Running { period },
        (from, C::Expire) => expired(from, facts)?,
        (S::Passed { period, .. }, C::Activate) => {
            over(&period, facts)?;
            if !facts.funded {
                return Err(Refusal::FundsMissing);
            }
            S::Activated { on: facts.today }
        }
        (_, C::Exit { .. }) => S::Exited { on: facts.today },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

fn over(period: &Period, facts: &Facts<'_>) -> Result<(), Refusal> {
    if facts.today < action_day(period, facts.calendar)? { Err(Refusal::PeriodNotOver) } else { Ok(()) }
}

fn reported(period: Period, report: Report) -> Result<State, Refusal> {
    if report.function_passed > report.function_cases {
        return Err(Refusal::CasesImpossible);
    }
    if !report.supports_its_verdict() {
        return Err(Refusal::VerdictUnsupported);
    }
    Ok(State::Reported { period, report })
}

fn may_be_extended(period: &Period, days: u16, limits: &Limits) -> Result<(), Refusal> {
    let max = limits.trial_extension_max_days.value.0;
    if days == 0 || days > max {
        return Err(Refusal::ExtensionDays { max });
    }
    if period.extensions >= limits.trial_extensions.value.0 {
        return Err(Refusal::NoMoreExtensions);
    }
    Ok(())
}

/// Of a trial that is over already, the days count from the grant: the wait for it costs nobody a day.
fn extended(period: Period, days: u16, today: Date) -> Period {
    let until = period.until.max(today).saturating_add(i64::from(days).days());
    Period { until, extensions: period.extensions + 1, ..period }
}

/// 期满停机 (D2, D3). What waits for somebody else goes on waiting.
fn expired(from: State, facts: &Facts<'_>) -> Result<State, Refusal> {
    let state = from.term().zh;
    let period = *from.period().ok_or(Refusal::OutOfOrder { state })?;
    over(&period, facts)?;
    let reclaim_on = facts.calendar.add(facts.today, facts.limits.trial_stop_grace.value)?;
    Ok(match from {
        State::ExtensionAsked { days, reason, .. } => {
            State::ExtensionAsked { period, days, reason, kept_until: Some(reclaim_on) }
        }
        State::Reported { report, .. } => State::Stopped { period, reclaim_on, report: Some(report) },
        _ => State::Stopped { period, reclaim_on, report: None },
    })
}

fn begin(days: u16, facts: &Facts<'_>) -> Result<Period, Refusal> {
    let (min, max) = (facts.limits.trial_min_days.value.0, facts.limits.trial_max_days.value.0);
    if !(min..=max).contains(&days) {
        return Err(Refusal::Days { min, max });
    }
    if !facts.resources_open {
        return Err(Refusal::NotOpen);
    }
    if !facts.services_open {
        return Err(Refusal::ServicesNotOpen);
    }
    let until = facts.today.saturating_add(i64::from(days).days());
    Ok(Period { delivered_on: facts.today, until, extensions: 0 })
}

#[cfg(test)]
mod tests;
