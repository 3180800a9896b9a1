//! 账号 (E1, E9, E12): the life of a log-in account, and what one officer may not do alone.
//!
//! ```text
//! recorded ─activate→ active ⇄ disabled
//! ```
//! Entered by 系统管理员, activated by 安全保密管理员: never the same person. Nobody acts on the own account here;
//! a person's own password and token are changed in the own session.

use crate::clause::A29;
use crate::ids::PersonId;
use crate::org::Role;

crate::terms! {
    /// 账号状态.
    pub enum PersonState {
        Recorded = "recorded", "待激活", "to be activated";
        Active = "active", "在用", "active";
        Disabled = "disabled", "已停用", "disabled";
    }
}

crate::terms! {
    /// 账号操作: what an officer does to somebody's account.
    pub enum AccountAct {
        Edit = "edit", "修改", "edit";
        Activate = "activate", "激活", "activate";
        Disable = "disable", "停用", "disable";
        Unlock = "unlock", "解锁", "unlock";
        ResetPassword = "reset_password", "重置口令", "reset password";
        ResetSecondFactor = "reset_second_factor", "重置动态令牌", "reset second factor";
        EndSessions = "end_sessions", "强制下线", "end sessions";
        Grant = "grant", "授予角色", "grant a role";
        Revoke = "revoke", "收回角色", "revoke a role";
    }
}

/// What the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: PersonId,
    pub state: PersonState,
    /// Locked after too many failures, at this moment.
    pub locked: bool,
    pub second_factor: bool,
    /// Who entered it.
    pub created_by: Option<PersonId>,
    /// 三员 role of which this person is the last active holder.
    pub last_officer: Option<Role>,
}

crate::refusals! {
    /// Why nothing is done to an account.
    pub enum AccountRefusal {
        Own = "account.own", Some(A29), "不能对本人账号办理此操作,须由另一名管理员办理", "another officer must do this; nobody does it to the own account";
        SameOfficer = "account.same_officer", Some(A29), "录入与激活须由两人分别办理:该账号由您建档", "whoever entered an account does not activate it";
        AlreadyActive = "account.already_active", Some(A29), "该账号已在用", "the account is active already";
        NotActive = "account.not_active", Some(A29), "该账号不在用", "the account is not active";
        AlreadyDisabled = "account.already_disabled", Some(A29), "该账号已停用", "the account is disabled already";
        NotLocked = "account.not_locked", Some(A29), "该账号未被锁定", "the account is not locked";
        NoSecondFactor = "account.no_second_factor", Some(A29), "该账号尚未绑定动态令牌", "no second factor is enrolled";
        LastOfficer { zh: &'static str, en: &'static str } = "account.last_officer", Some(A29), "这是唯一在用的「{zh}」,请先另设一人", "the last active {en} stays until there is another";
    }
}

impl Account {
    /// Whether `actor` may do `act` to this account now. Who may act at all is settled before, in `app::authz`.
    pub fn permits(&self, act: AccountAct, actor: Option<PersonId>) -> Result<(), AccountRefusal> {
        use {AccountAct as A, AccountRefusal as R, PersonState as S};
        if act != A::Edit && actor == Some(self.id) {
            return Err(R::Own);
        }
        match act {
            A::Edit | A::Grant | A::ResetPassword => Ok(()),
            A::Activate if self.state == S::Active => Err(R::AlreadyActive),
            A::Activate if actor.is_some() && actor == self.created_by => Err(R::SameOfficer),
            A::Activate => Ok(()),
            A::Disable if self.state == S::Disabled => Err(R::AlreadyDisabled),
            A::Disable => self.leaves_an_officer(),
            A::Unlock if !self.locked => Err(R::NotLocked),
            A::ResetSecondFactor if !self.second_factor => Err(R::NoSecondFactor),
            A::EndSessions if self.state != S::Active => Err(R::NotActive),
            A::Unlock | A::ResetSecondFactor | A::EndSessions | A::Revoke => Ok(()),
        }
    }

    /// Whether taking back `role` leaves every officer's post filled.
    pub fn permits_revoking(&self, role: Role) -> Result<(), AccountRefusal> {
        if self.last_officer == Some(role) { self.leaves_an_officer() } else { Ok(()) }
    }

    fn leaves_an_officer(&self) -> Result<(), AccountRefusal> {
        let stays = |role: Role| AccountRefusal::LastOfficer { zh: role.zh(), en: role.term().en };
        self.last_officer.map_or(Ok(()), |role| Err(stays(role)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refuse;
    use uuid::Uuid;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn account(state: PersonState) -> Account {
        Account {
            id: person(1),
            state,
            locked: false,
            second_factor: false,
            created_by: Some(person(2)),
            last_officer: None,
        }
    }

    fn code(account: Account, act: AccountAct, actor: u128) -> &'static str {
        account.permits(act, Some(person(actor))).map_or_else(|refusal| refusal.code(), |()| "ok")
    }

    #[test]
    fn e9_whoever_entered_an_account_does_not_activate_it() {
        let entered = account(PersonState::Recorded);
        assert_eq!(code(entered, AccountAct::Activate, 2), "account.same_officer");
        assert_eq!(code(entered, AccountAct::Activate, 3), "ok");
        assert_eq!(code(account(PersonState::Disabled), AccountAct::Activate, 3), "ok");
        assert_eq!(code(account(PersonState::Active), AccountAct::Activate, 3), "account.already_active");
    }

    #[test]
    fn e9_nobody_acts_on_the_own_account() {
        for act in AccountAct::ALL.iter().copied().filter(|act| *act != AccountAct::Edit) {
            assert_eq!(code(account(PersonState::Active), act, 1), "account.own", "{act}");
        }
    }

    #[test]
    fn e9_the_last_officer_of_a_kind_stays() {
        let last = Account { last_officer: Some(Role::AuditAdmin), ..account(PersonState::Active) };
        assert_eq!(code(last, AccountAct::Disable, 3), "account.last_officer");
        assert!(last.permits_revoking(Role::AuditAdmin).is_err());
        assert!(last.permits_revoking(Role::SystemAdmin).is_ok(), "another role of theirs");
        assert_eq!(code(account(PersonState::Active), AccountAct::Disable, 3), "ok");
    }

    #[test]
    fn e4_only_what_is_locked_is_unlocked() {
        let locked = Account { locked: true, ..account(PersonState::Active) };
        assert_eq!(code(locked, AccountAct::Unlock, 3), "ok");
        assert_eq!(code(account(PersonState::Active), AccountAct::Unlock, 3), "account.not_locked");
        assert_eq!(code(account(PersonState::Recorded), AccountAct::EndSessions, 3), "account.not_active");
    }
}
