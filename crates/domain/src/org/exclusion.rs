//! 互斥 (separation of duties): which roles one person may not hold together.
//!
//! Exclusions within one case (受理 ≠ 审核, 经办 ≠ 领导, 录入 ≠ 复核) are no matter of roles held but of who
//! acted before; `app::authz::distinct` asks for them where the act is done.

use super::role::{Domain, Role};
use crate::clause::{A25, A29, A34, Clause};
use crate::refusal::Refuse;

/// 互斥理由: why one person may not hold both roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exclusion {
    /// 三员互斥 (等保三级 8.1.5).
    #[error("{} and {} are held by different people", .0.term().en, .1.term().en)]
    Officers(Role, Role),
    /// 三员不得兼任业务角色.
    #[error("{} holds no business role such as {}", .0.term().en, .1.term().en)]
    OfficerWithBusiness(Role, Role),
    /// 单位三员须为三个不同的人 (第二十九条).
    #[error("{} and {} of an agency are different people", .0.term().en, .1.term().en)]
    AgencyOfficers(Role, Role),
    /// 供应商与政府账号分认证域.
    #[error("supplier and government accounts never mix: {} and {}", .0.term().en, .1.term().en)]
    Domains(Role, Role),
    /// 审计监督只读.
    #[error("{} only reads and holds no other role such as {}", .0.term().en, .1.term().en)]
    AuditorWrites(Role, Role),
    /// 单位审计员不写业务.
    #[error("{} writes no business as {} does", .0.term().en, .1.term().en)]
    AgencyAuditorWrites(Role, Role),
    /// 使用单位经办与审核分设; one holding both could approve what they filled in.
    #[error("{} and {} of an agency are different people", .0.term().en, .1.term().en)]
    HandlerAndLeader(Role, Role),
}

impl Exclusion {
    fn pair(&self) -> (Role, Role) {
        use Exclusion as X;
        match *self {
            X::Officers(a, b)
            | X::OfficerWithBusiness(a, b)
            | X::AgencyOfficers(a, b)
            | X::Domains(a, b)
            | X::AuditorWrites(a, b)
            | X::AgencyAuditorWrites(a, b)
            | X::HandlerAndLeader(a, b) => (a, b),
        }
    }
}

impl Refuse for Exclusion {
    fn code(&self) -> &'static str {
        match self {
            Self::Officers(..) => "role.officers_exclusive",
            Self::OfficerWithBusiness(..) => "role.officer_with_business",
            Self::AgencyOfficers(..) => "role.agency_officers_exclusive",
            Self::Domains(..) => "role.domains_exclusive",
            Self::AuditorWrites(..) => "role.auditor_reads_only",
            Self::AgencyAuditorWrites(..) => "role.agency_auditor_reads_only",
            Self::HandlerAndLeader(..) => "role.handler_and_leader",
        }
    }

    fn clause(&self) -> Option<Clause> {
        match self {
            Self::AgencyOfficers(..) | Self::AgencyAuditorWrites(..) => Some(A29),
            Self::Domains(..) => Some(A25),
            Self::AuditorWrites(..) => Some(A34),
            _ => None,
        }
    }

    fn zh(&self) -> String {
        let (a, b) = self.pair();
        let (a, b) = (a.zh(), b.zh());
        match self {
            Self::Officers(..) => format!("系统三员互斥:「{a}」与「{b}」不得由同一人担任"),
            Self::OfficerWithBusiness(..) => format!("「{a}」不得兼任业务角色「{b}」"),
            Self::AgencyOfficers(..) => format!("单位三员须为三个不同的人:「{a}」与「{b}」不得兼任"),
            Self::Domains(..) => format!("供应商账号与政府账号分开管理:「{a}」与「{b}」不得兼任"),
            Self::AuditorWrites(..) => format!("「{a}」只查不办,不得兼任「{b}」"),
            Self::AgencyAuditorWrites(..) => format!("「{a}」不办理业务,不得兼任「{b}」"),
            Self::HandlerAndLeader(..) => format!("填报与审核分设:「{a}」与「{b}」不得由同一人担任"),
        }
    }
}

/// Why one person may not hold both; `None` where they may. Symmetric.
pub fn exclusive(a: Role, b: Role) -> Option<Exclusion> {
    if a == b {
        return None;
    }
    ordered(a, b).or_else(|| ordered(b, a))
}

fn ordered(a: Role, b: Role) -> Option<Exclusion> {
    use Exclusion as X;
    use Role as R;
    let agency_officer = |role| matches!(role, R::AgencySysadmin | R::AgencySecurity | R::AgencyAuditor);
    let agency_business = |role| matches!(role, R::AgencyHandler | R::AgencyLeader | R::Consolidator);
    if a.is_officer() {
        return Some(if b.is_officer() { X::Officers(a, b) } else { X::OfficerWithBusiness(a, b) });
    }
    if b.is_officer() {
        return None;
    }
    match (a, b) {
        (R::Auditor, _) => Some(X::AuditorWrites(a, b)),
        (_, R::Auditor) => None,
        _ if a.domain() == Domain::Supplier && b.domain() != Domain::Supplier => Some(X::Domains(a, b)),
        _ if agency_officer(a) && agency_officer(b) => Some(X::AgencyOfficers(a, b)),
        (R::AgencyAuditor, _) if agency_business(b) => Some(X::AgencyAuditorWrites(a, b)),
        (R::AgencyHandler, R::AgencyLeader) => Some(X::HandlerAndLeader(a, b)),
        _ => None,
    }
}

/// Checks that `added` can join `held`.
pub fn check_roles(held: &[Role], added: Role) -> Result<(), Exclusion> {
    held.iter().find_map(|role| exclusive(*role, added)).map_or(Ok(()), Err)
}
