//! 服务 (subscription): the year of a system in production, from its opening to its end.
//!
//! 《办法》第十条(五). The year and the charge begin on the day of opening (D1, D4); neither the agency's
//! confirmation nor a dispute moves them.
//!
//! ```text
//! AwaitingConfirmation ─confirm→ Running ─lapse→ Lapsed ─end→ Ended
//!        └─dispute→ Disputed ─resolve→ AwaitingConfirmation
//! ```
//! A year that is over without a renewal lapses (D12): the service goes on through a grace and beyond, in red light,
//! until somebody ends it. Nothing is ever erased by itself.

use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::limits::Limits;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

/// 服务状态.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 已开通待确认. No tacit confirmation: it is only reminded of.
    AwaitingConfirmation { confirm_due: Date },
    /// 有异议.
    Disputed { differences: Opinion, resolve_due: Date },
    /// 运行中.
    Running,
    /// 到期待续 (D12): the year is over and no renewal stands.
    Lapsed { grace_until: Date },
    /// 已终止.
    Ended { on: Date },
}

/// 服务年 from the day of opening to the day before its anniversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Year {
    pub from: Date,
    pub to: Date,
}

impl Year {
    /// D4: opening day + 1 year − 1 day; opened on 29 February it ends on 28 February.
    pub fn opened_on(day: Date) -> Self {
        let leap_day = day.month() == 2 && day.day() == 29;
        let anniversary = day.saturating_add(1.year());
        // 2/29 has no anniversary: counted as 1 March, so the year ends on 28 February (D4).
        let to = if leap_day { anniversary } else { anniversary.saturating_sub(1.day()) };
        Self { from: day, to }
    }

    /// N: 365 or 366 days.
    pub fn days(&self) -> i32 {
        self.from.until(self.to).map_or(0, |span| span.get_days() + 1)
    }

    /// Days left from `day` (counted) to the last day.
    pub fn remaining_days(&self, day: Date) -> i32 {
        if day > self.to { 0 } else { day.until(self.to).map_or(0, |span| span.get_days() + 1) }
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// 确认正式开通.
    Confirm { opinion: Opinion },
    /// 提出异议.
    Dispute { differences: Opinion },
    /// 处理异议.
    Resolve { opinion: Opinion },
    /// 到期 (by the timer), with the last day of the year that is over.
    Lapse { ended_on: Date },
    /// 终止 (by a termination).
    End,
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Confirm = "confirm", "确认正式开通", "Confirm the activation";
        Dispute = "dispute", "提出异议", "Dispute";
        Resolve = "resolve", "异议已处理", "Resolve the dispute";
        Lapse = "lapse", "服务到期", "Lapse at the end of the year";
        End = "end", "终止服务", "End the service";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "subscription.out_of_order", Some(clause::A10_5), "服务当前为「{state}」,不能办理此步骤", "not possible while the service is {state}";
        YearNotOver = "subscription.year_not_over", Some(clause::A10_5), "服务年未满", "the year is not over";
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
        match self {
            Self::Confirm { .. } => CommandKind::Confirm,
            Self::Dispute { .. } => CommandKind::Dispute,
            Self::Resolve { .. } => CommandKind::Resolve,
            Self::Lapse { .. } => CommandKind::Lapse,
            Self::End => CommandKind::End,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        if self == Self::End { clause::A10_7 } else { clause::A10_5 }
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        let (code, zh, en) = match self {
            Self::AwaitingConfirmation { .. } => ("awaiting_confirmation", "已开通待确认", "awaiting confirmation"),
            Self::Disputed { .. } => ("disputed", "开通有异议", "disputed"),
            Self::Running => ("running", "运行中", "running"),
            Self::Lapsed { .. } => ("lapsed", "到期待续", "lapsed"),
            Self::Ended { .. } => ("ended", "已终止", "ended"),
        };
        Term { code, zh, en }
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        match self {
            Self::AwaitingConfirmation { confirm_due } => {
                vec![Duty::new("confirm", Holder::Agency(Role::AgencyHandler)).due(*confirm_due, Timer::T10)]
            }
            Self::Disputed { resolve_due, .. } => {
                vec![Duty::new("resolve", Holder::Office(Role::CenterResources)).due(*resolve_due, Timer::T10)]
            }
            Self::Lapsed { grace_until } => vec![
                Duty::new("renew", Holder::Agency(Role::AgencyHandler)).due(*grace_until, Timer::T14),
                Duty::new("urge_renewal", Holder::Office(Role::CenterResources)).due(*grace_until, Timer::T14),
            ],
            Self::Running | Self::Ended { .. } => vec![],
        }
    }
}

/// 续用提醒 (D12): days before the last day of the year on which the agency is reminded, longest first.
pub fn reminders(limits: &Limits) -> [u16; 3] {
    [&limits.renewal_first_reminder, &limits.renewal_second_reminder, &limits.renewal_last_reminder]
        .map(|limit| limit.value.0)
}

/// 续用: what the agency owes from the first reminder on.
pub fn renewal(year: &Year) -> Duty {
    Duty::new("renew", Holder::Agency(Role::AgencyHandler)).due(year.to, Timer::T14)
}

/// The state a subscription opens in.
pub fn open(today: Date, calendar: &Calendar, limits: &Limits) -> Result<State, Refusal> {
    Ok(State::AwaitingConfirmation { confirm_due: calendar.add(today, limits.confirmation.value)? })
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::AwaitingConfirmation { .. } => matches!(kind, K::Confirm | K::Dispute | K::Lapse | K::End),
        S::Disputed { .. } => matches!(kind, K::Resolve | K::Lapse | K::End),
        S::Running => matches!(kind, K::Lapse | K::End),
        S::Lapsed { .. } => matches!(kind, K::End),
        S::Ended { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way a subscription changes state.
pub fn transition(
    from: State,
    command: Command,
    today: Date,
    calendar: &Calendar,
    limits: &Limits,
) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::AwaitingConfirmation { .. }, C::Confirm { .. }) => S::Running,
        (S::AwaitingConfirmation { .. }, C::Dispute { differences }) => {
            S::Disputed { differences, resolve_due: calendar.add(today, limits.confirmation.value)? }
        }
        (S::Disputed { .. }, C::Resolve { .. }) => open(today, calendar, limits)?,
        (_, C::Lapse { ended_on }) if today <= ended_on => return Err(Refusal::YearNotOver),
        (_, C::Lapse { ended_on }) => {
            S::Lapsed { grace_until: ended_on.saturating_add(i64::from(limits.renewal_grace.value.0).days()) }
        }
        (_, C::End) => S::Ended { on: today },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
