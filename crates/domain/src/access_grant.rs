//! 供应商运维访问授权 (access grant): the agency lets a named engineer onto named servers, from then to then.
//!
//! 第二十八条: “未经使用单位授权,任何单位和工作人员不得随意进入云主机、云数据库、云存储空间等用户资源”. The engineer asks,
//! the agency's 安全保密员 decides, with a date. Only within what was granted is a certificate issued (`bastion`).
//!
//! ```text
//! Requested ─grant→ Granted ─revoke, expire, end→ Ended
//!     ├─refuse→ Refused
//!     └─withdraw, expire, end→ Ended
//! ```
//!
//! `expire` and `end` follow from the calendar and the case; nobody presses them.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::application::form::FileTransfer;
use crate::bastion::minute;
use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder, Timer};
use crate::identifiers;
use crate::limits::Limits;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

/// 授权申请 as the engineer makes it. Times are the city's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessRequest)]
pub struct Request {
    /// Names of servers of the case.
    pub hosts: Vec<String>,
    #[schema(value_type = String, example = "2026-01-05T09:00")]
    pub from: DateTime,
    #[schema(value_type = String, example = "2026-01-05T18:00")]
    pub until: DateTime,
    /// 事由.
    #[schema(value_type = String)]
    pub purpose: Opinion,
    /// 文件传输, where files must go there or come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<FileTransfer>,
    /// 来源地址 of the engineer's place of work: a network, or one address.
    pub source: String,
}

/// 授权状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 待授权 (T16).
    Requested { decide_due: Date },
    /// 已授权.
    Granted { on: Date, opinion: Opinion },
    /// 不同意, final.
    Refused { on: Date, opinion: Opinion },
    /// 已结束, final.
    Ended { on: Date, cause: Cause },
}

crate::terms! {
    /// 结束原因.
    pub enum Cause {
        Withdrawn = "withdrawn", "申请人撤回", "withdrawn";
        Revoked = "revoked", "单位收回", "taken back by the agency";
        Expired = "expired", "授权期满", "its time is over";
        ServiceEnded = "service_ended", "服务终止", "the service has ended";
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AccessGrantCommand)]
pub enum Command {
    /// 同意授权.
    Grant {
        #[schema(value_type = String)]
        opinion: Opinion,
    },
    /// 不同意.
    Refuse {
        #[schema(value_type = String)]
        opinion: Opinion,
    },
    /// 撤回申请.
    Withdraw,
    /// 收回授权: at once.
    Revoke {
        #[schema(value_type = String)]
        reason: Opinion,
    },
    /// 期满.
    Expire,
    /// 随办件结束.
    End,
}

crate::terms! {
    /// The commands by name; 签发证书 changes no state and has its own address.
    pub enum CommandKind {
        Issue = "issue", "签发证书", "Issue a certificate";
        Grant = "grant", "同意授权", "Grant";
        Refuse = "refuse", "不同意", "Refuse";
        Withdraw = "withdraw", "撤回申请", "Withdraw";
        Revoke = "revoke", "收回授权", "Revoke";
        Expire = "expire", "授权期满", "Expire";
        End = "end", "随办件结束", "End with the case";
    }
}

crate::refusals! {
    /// Why a command changes nothing, or a request is not taken.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "access_grant.out_of_order", Some(clause::A28), "访问授权当前为「{state}」,不能办理此步骤", "not possible while the grant is {state}";
        Past { until: String } = "access_grant.past", Some(clause::A28), "授权时段已于 {until} 结束,请重新申请", "its time ended at {until}";
        Backwards = "access_grant.backwards", Some(clause::A28), "结束时间须晚于开始时间", "it must end after it begins";
        TooLong { days: u16 } = "access_grant.too_long", Some(clause::A28), "一次授权最长 {days} 天,请分次申请", "at most {days} days at a time";
        NoHosts = "access_grant.no_hosts", Some(clause::A28), "请选择要登录的云主机", "name the servers";
        UnknownHost { host: String } = "access_grant.unknown_host", Some(clause::A28), "「{host}」不是本系统已开通的云主机", "{host} is no open server of this case";
        BadSource = "access_grant.bad_source", Some(clause::A28), "来源地址须为办公网段或地址,如 10.1.2.0/24,不得为整个互联网", "the source must be a network of an office";
        StillOpen { until: String } = "access_grant.still_open", Some(clause::A28), "授权时段至 {until},尚未期满", "open until {until}";
        NoGrant = "access_grant.none", Some(clause::A28), "没有使用单位在此时段的访问授权,不得进入用户资源;本次请求已记录并告警", "the agency has granted no access at this time; the attempt was recorded";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Grant { .. } => K::Grant,
            C::Refuse { .. } => K::Refuse,
            C::Withdraw => K::Withdraw,
            C::Revoke { .. } => K::Revoke,
            C::Expire => K::Expire,
            C::End => K::End,
        }
    }

    /// What was said, for the log.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Grant { opinion } | Self::Refuse { opinion } => Some(opinion.as_str()),
            Self::Revoke { reason } => Some(reason.as_str()),
            _ => None,
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
            Self::Requested { .. } => StateKind::Requested,
            Self::Granted { .. } => StateKind::Granted,
            Self::Refused { .. } => StateKind::Refused,
            Self::Ended { .. } => StateKind::Ended,
        }
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        match self {
            Self::Requested { decide_due } => {
                vec![Duty::new("decide_access", Holder::Agency(Role::AgencySecurity)).due(*decide_due, Timer::T16)]
            }
            _ => vec![],
        }
    }
}

crate::terms! {
    /// 授权状态 as stored, filtered and shown.
    pub enum StateKind {
        Requested = "requested", "待授权", "requested";
        Granted = "granted", "已授权", "granted";
        Refused = "refused", "不同意", "refused";
        Ended = "ended", "已结束", "ended";
    }
}

/// 提出申请. `open`: the servers of the case that are open now.
pub fn request(
    request: &Request,
    open: &[String],
    now: DateTime,
    (calendar, limits): (&Calendar, &Limits),
) -> Result<Result<State, Refusal>, CalendarError> {
    if let Err(refusal) = check(request, open, now, limits) {
        return Ok(Err(refusal));
    }
    let decide_due = calendar.add(now.date(), limits.access_decision.value)?;
    Ok(Ok(State::Requested { decide_due }))
}

fn check(request: &Request, open: &[String], now: DateTime, limits: &Limits) -> Result<(), Refusal> {
    let days = limits.access_grant_days.value.0;
    if request.hosts.is_empty() {
        return Err(Refusal::NoHosts);
    }
    if let Some(host) = request.hosts.iter().find(|host| !open.contains(host)) {
        return Err(Refusal::UnknownHost { host: host.clone() });
    }
    if request.until <= request.from {
        return Err(Refusal::Backwards);
    }
    if request.until <= now {
        return Err(Refusal::Past { until: minute(request.until) });
    }
    if request.from.duration_until(request.until) > jiff::SignedDuration::from_hours(i64::from(days) * 24) {
        return Err(Refusal::TooLong { days });
    }
    if !identifiers::is_cidr(&request.source) || identifiers::is_open_network(&request.source) {
        return Err(Refusal::BadSource);
    }
    Ok(())
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Requested { .. } => matches!(kind, K::Grant | K::Refuse | K::Withdraw | K::Expire | K::End),
        S::Granted { .. } => matches!(kind, K::Issue | K::Revoke | K::Expire | K::End),
        S::Refused { .. } | S::Ended { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way a grant changes state. `until`: the end of the time asked for.
pub fn transition(from: State, command: Command, until: DateTime, now: DateTime) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    let on = now.date();
    Ok(match (from, command) {
        // A word after the time is over would open nothing and only look like leave given afterwards.
        (S::Requested { .. }, C::Grant { .. }) if now >= until => return Err(Refusal::Past { until: minute(until) }),
        (S::Requested { .. }, C::Grant { opinion }) => S::Granted { on, opinion },
        (S::Requested { .. }, C::Refuse { opinion }) => S::Refused { on, opinion },
        (S::Requested { .. }, C::Withdraw) => S::Ended { on, cause: Cause::Withdrawn },
        (S::Granted { .. }, C::Revoke { .. }) => S::Ended { on, cause: Cause::Revoked },
        (_, C::Expire) if now < until => return Err(Refusal::StillOpen { until: minute(until) }),
        (S::Requested { .. } | S::Granted { .. }, C::Expire) => S::Ended { on, cause: Cause::Expired },
        (S::Requested { .. } | S::Granted { .. }, C::End) => S::Ended { on, cause: Cause::ServiceEnded },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
