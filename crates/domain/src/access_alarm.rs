//! 访问告警 (access alarm): somebody tried to get onto an agency's servers without its leave.
//!
//! 第二十八条、第十九条. Raised by the platform when a certificate is asked for without a grant, and by what a jump host
//! reports; nobody can raise or delete one by hand. Alike attempts that follow while it is open are counted in it.
//!
//! ```text
//! Open ─handle→ Handled
//! ```

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::{Calendar, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::limits::Limits;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

crate::terms! {
    /// 告警种类.
    pub enum Kind {
        CertificateWithoutGrant = "certificate_without_grant", "无授权索取证书", "certificate asked for without a grant";
        SessionBarred = "session_barred", "授权外会话", "session outside what was granted";
        LoginRefused = "login_refused", "登录被拒", "log-in refused by a jump host";
    }
}

/// 告警状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待处置 (T17). Without a day where the year's calendar is not published: an alarm is raised all the same.
    Open { handle_due: Option<Date> },
    /// 已处置, final.
    Handled { on: Date, opinion: Opinion },
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AccessAlarmCommand)]
pub enum Command {
    /// 处置: what it was, and what was done.
    Handle {
        #[schema(value_type = String)]
        opinion: Opinion,
    },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Handle = "handle", "处置告警", "Handle";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "access_alarm.out_of_order", Some(clause::A28), "告警{state},不能办理此步骤", "not possible while the alarm is {state}";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Handle { .. } => CommandKind::Handle,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        clause::A28
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
            Self::Open { .. } => StateKind::Open,
            Self::Handled { .. } => StateKind::Handled,
        }
    }

    /// The agency whose servers they are, and the city's 安全保密管理员; who is first closes it for both.
    pub fn duties(&self) -> Vec<Duty> {
        let Self::Open { handle_due } = self else { return vec![] };
        [Holder::Agency(Role::AgencySecurity), Holder::Office(Role::SecurityAdmin)]
            .map(|holder| Duty::new("handle_alarm", holder))
            .map(|duty| if let Some(due) = handle_due { duty.due(*due, Timer::T17) } else { duty })
            .into()
    }
}

crate::terms! {
    /// 告警状态 as stored, filtered and shown.
    pub enum StateKind {
        Open = "open", "待处置", "open";
        Handled = "handled", "已处置", "handled";
    }
}

/// 发出告警.
pub fn raise(today: Date, calendar: &Calendar, limits: &Limits) -> State {
    State::Open { handle_due: calendar.add(today, limits.alarm_handling.value).ok() }
}

/// May this command follow this state at all?
pub fn permits(state: &State, _: CommandKind) -> Result<(), Refusal> {
    match state {
        State::Open { .. } => Ok(()),
        State::Handled { .. } => Err(Refusal::OutOfOrder { state: state.term().zh }),
    }
}

/// The only way an alarm changes state.
pub fn transition(from: State, command: Command, today: Date) -> Result<State, Refusal> {
    permits(&from, command.kind())?;
    let Command::Handle { opinion } = command;
    Ok(State::Handled { on: today, opinion })
}

#[cfg(test)]
mod tests;
