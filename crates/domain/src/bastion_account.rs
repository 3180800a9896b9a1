//! 堡垒机账号 (bastion account): one line of 附件2-2, from the day its servers are open until it ends.
//!
//! 附件2-2、第十条(四)(七)、第二十八条、第二十九条. The review has approved the line, so an account needs no second
//! approval: it follows the case. Nobody logs in by it as such; it is what a certificate rests on (`bastion`).
//!
//! ```text
//! Active ─lock→ Locked ─unlock→ Active
//!    ├─amend→ Active (with an approved change; a locked one stays locked)
//!    └─revoke, expire, end→ Closed   (from Locked too)
//! ```
//!
//! `amend`, `expire` and `end` follow from the case and the calendar; nobody presses them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::Duty;
use crate::opinion::Opinion;
use crate::term::Term;

/// 堡垒机账号状态.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 在用.
    Active,
    /// 已锁定: no certificate is issued, those that were are revoked; it can be unlocked.
    Locked { on: Date, reason: Opinion },
    /// 已注销, final.
    Closed { on: Date, cause: Cause },
}

crate::terms! {
    /// 注销原因.
    pub enum Cause {
        Expired = "expired", "有效期满", "its validity is over";
        Change = "change", "变更取消", "given up by a change";
        ServiceEnded = "service_ended", "服务终止", "the service has ended";
        Revoked = "revoked", "单位注销", "revoked by the agency";
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = BastionAccountCommand)]
pub enum Command {
    /// 锁定: at once, until it is unlocked.
    Lock {
        #[schema(value_type = String)]
        reason: Opinion,
    },
    /// 解锁.
    Unlock {
        #[schema(value_type = String)]
        opinion: Opinion,
    },
    /// 注销: at once and for good.
    Revoke {
        #[schema(value_type = String)]
        reason: Opinion,
    },
    /// 随变更调整: servers or validity as the form now has them.
    Amend,
    /// 到期注销.
    Expire,
    /// 随办件注销.
    End { cause: Cause },
}

crate::terms! {
    /// The commands by name; 签发证书 changes no state and has its own address.
    pub enum CommandKind {
        Issue = "issue", "签发证书", "Issue a certificate";
        Lock = "lock", "锁定", "Lock";
        Unlock = "unlock", "解锁", "Unlock";
        Revoke = "revoke", "注销", "Revoke";
        Amend = "amend", "随变更调整", "Amend";
        Expire = "expire", "到期注销", "Expire";
        End = "end", "随办件注销", "End with the case";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "bastion_account.out_of_order", Some(clause::ANNEX_2_2), "堡垒机账号{state},不能办理此步骤", "not possible while the account is {state}";
        StillValid { to: Date } = "bastion_account.still_valid", Some(clause::ANNEX_2_2), "账号有效期至 {to},尚未到期", "valid until {to}";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Lock { .. } => K::Lock,
            C::Unlock { .. } => K::Unlock,
            C::Revoke { .. } => K::Revoke,
            C::Amend => K::Amend,
            C::Expire => K::Expire,
            C::End { .. } => K::End,
        }
    }

    /// What was given as reason, for the log.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Lock { reason } | Self::Revoke { reason } => Some(reason.as_str()),
            Self::Unlock { opinion } => Some(opinion.as_str()),
            Self::End { cause } => Some(cause.zh()),
            Self::Amend | Self::Expire => None,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Issue | Self::Expire => clause::ANNEX_2_2,
            Self::Lock | Self::Unlock | Self::Revoke => clause::A29,
            Self::Amend => clause::A10_6,
            Self::End => clause::A28,
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
            Self::Active => StateKind::Active,
            Self::Locked { .. } => StateKind::Locked,
            Self::Closed { .. } => StateKind::Closed,
        }
    }

    /// An account waits for nobody.
    pub fn duties(&self) -> Vec<Duty> {
        vec![]
    }

    /// True where certificates that were issued lose their force: the way is shut at once.
    pub fn is_shut(&self) -> bool {
        !matches!(self, Self::Active)
    }
}

crate::terms! {
    /// 堡垒机账号状态 as stored, filtered and shown.
    pub enum StateKind {
        Active = "active", "在用", "active";
        Locked = "locked", "已锁定", "locked";
        Closed = "closed", "已注销", "closed";
    }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Active => matches!(kind, K::Issue | K::Lock | K::Revoke | K::Amend | K::Expire | K::End),
        S::Locked { .. } => matches!(kind, K::Unlock | K::Revoke | K::Amend | K::Expire | K::End),
        S::Closed { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way an account changes state. `valid_to`: its last day.
pub fn transition(from: State, command: Command, valid_to: Date, today: Date) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Active, C::Lock { reason }) => S::Locked { on: today, reason },
        (S::Locked { .. }, C::Unlock { .. }) => S::Active,
        (S::Active | S::Locked { .. }, C::Revoke { .. }) => S::Closed { on: today, cause: Cause::Revoked },
        (state, C::Amend) => state,
        (_, C::Expire) if today <= valid_to => return Err(Refusal::StillValid { to: valid_to }),
        (S::Active | S::Locked { .. }, C::Expire) => S::Closed { on: today, cause: Cause::Expired },
        (S::Active | S::Locked { .. }, C::End { cause }) => S::Closed { on: today, cause },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
