//! 授权: who may do what, over which records. One table, printed as `docs/proofs/authz.md` (E9, E10).
//!
//! A role gives an action over a [`Scope`]; a person holds roles at organisations; a [`Target`] says whose
//! record it is. `check` answers for one record, `visible` for a list. What is not in the table is forbidden.
//! Acts that exclude each other within one case (受理 ≠ 审核) are asked for by [`distinct`].

use domain::ids::{OrgId, PersonId};
use uuid::Uuid;

use crate::AppError;
use crate::actor::Actor;
use crate::error::Reason;

mod action;
mod roles;
mod table;

pub use action::Action;
pub use roles::{RoleAction, RoleRow, roles};
pub use table::{proof, scope};

domain::terms! {
    /// 数据域: over which records a role's action reaches. Later ones reach further.
    pub enum Scope {
        Nothing = "none", "—", "nothing";
        Assigned = "assigned", "被派", "assigned to the person";
        Own = "own", "本单位", "the own organisation";
        OrgTree = "org_tree", "本单位及下属", "the organisation and those below it";
        County = "county", "本县", "the own county";
        Supplier = "supplier", "供应商侧", "what the supplier serves";
        All = "all", "全局", "everything";
    }
}

/// 对象 whose record is acted on. What is unknown or does not apply stays empty and then matches nobody but `All`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The agency the record belongs to.
    pub agency: Option<OrgId>,
    /// The agency and its superiors (`org.path`), for `OrgTree`.
    pub path: Vec<OrgId>,
    /// 区划 of the agency, where it is a county's.
    pub county: Option<String>,
    /// People it was assigned to: experts.
    pub assigned: Vec<PersonId>,
    /// The supplier that serves it.
    pub supplier: Option<OrgId>,
}

impl Target {
    /// A thing of the whole city (a price list, the calendar): only `All` reaches it.
    pub fn city() -> Self {
        Self::default()
    }

    /// A record of one agency. `path` as stored with the organisation, itself included.
    pub fn agency(agency: OrgId, path: Vec<OrgId>, county: Option<String>) -> Self {
        Self { agency: Some(agency), path, county, ..Self::default() }
    }

    /// The same, served by a supplier.
    pub fn served_by(mut self, supplier: OrgId) -> Self {
        self.supplier = Some(supplier);
        self
    }

    /// The same, assigned to people.
    pub fn assigned_to(mut self, people: impl IntoIterator<Item = PersonId>) -> Self {
        self.assigned.extend(people);
        self
    }
}

/// What of a list an actor sees: the union of what the roles give. `store` turns it into a predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visibility {
    /// Everything; the rest is then empty.
    pub all: bool,
    /// Records of exactly these organisations.
    pub agencies: Vec<OrgId>,
    /// Records of these organisations and all below them.
    pub trees: Vec<OrgId>,
    /// Records of these counties.
    pub counties: Vec<String>,
    /// Records these suppliers serve.
    pub suppliers: Vec<OrgId>,
    /// Records assigned to this person.
    pub person: Option<PersonId>,
}

impl Visibility {
    /// Sees nothing at all: the list is forbidden rather than empty.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// As bound by `store`.
    pub fn to_store(&self) -> store::visible::Visible {
        let raw = |ids: &[OrgId]| ids.iter().map(|id| id.0).collect::<Vec<Uuid>>();
        store::visible::Visible {
            all: self.all,
            agencies: raw(&self.agencies),
            trees: raw(&self.trees),
            counties: self.counties.clone(),
            suppliers: raw(&self.suppliers),
            person: self.person.map(|id| id.0),
        }
    }
}

/// Whether `actor` may do `action` on `target`.
///
/// The system (timers, outbox) acts under the rules and not under a role, and passes. Whoever could not even
/// look at the record gets 404, not 403, so that its existence stays unknown: the caller asks `check` with
/// the viewing action first.
pub fn check(actor: &Actor, action: Action, target: &Target) -> Result<(), AppError> {
    if actor.is_system()
        || actor.grants.iter().any(|grant| reaches(actor, scope(action, grant.role), grant.org, target))
    {
        return Ok(());
    }
    Err(AppError::Forbidden(reason(action)))
}

/// Like [`check`], for looking: what may not be seen is not found.
pub fn check_visible(actor: &Actor, action: Action, target: &Target) -> Result<(), AppError> {
    check(actor, action, target).map_err(|_| AppError::NotFound)
}

/// True where `actor` has `action` as one of the agency's own people or of its superiors, and not as an office.
pub fn is_of_agency(actor: &Actor, action: Action, target: &Target) -> bool {
    actor.is_system()
        || actor.grants.iter().any(|grant| match scope(action, grant.role) {
            reach @ (Scope::Own | Scope::OrgTree) => reaches(actor, reach, grant.org, target),
            _ => false,
        })
}

/// Whether any role of the actor gives `action` over anything: decides menus and list routes.
pub fn may(actor: &Actor, action: Action) -> bool {
    actor.is_system() || actor.grants.iter().any(|grant| scope(action, grant.role) != Scope::Nothing)
}

/// What of a list `actor` sees under the viewing `action`. Refuses who sees nothing.
pub fn visible(actor: &Actor, action: Action) -> Result<Visibility, AppError> {
    let mut seen = Visibility { all: actor.is_system(), ..Visibility::default() };
    for grant in &actor.grants {
        match scope(action, grant.role) {
            Scope::Nothing => {}
            Scope::Assigned => seen.person = actor.person,
            Scope::Own => push(&mut seen.agencies, grant.org),
            Scope::OrgTree => push(&mut seen.trees, grant.org),
            Scope::County => seen.counties.extend(actor.county.clone().filter(|code| !seen.counties.contains(code))),
            Scope::Supplier => push(&mut seen.suppliers, grant.org),
            Scope::All => seen.all = true,
        }
    }
    if seen.all {
        return Ok(Visibility { all: true, ..Visibility::default() });
    }
    if seen.is_nothing() { Err(AppError::Forbidden(reason(action))) } else { Ok(seen) }
}

/// 同一单回避: `actor` must not be the one who acted before (受理 ≠ 审核, 经办 ≠ 领导, 录入 ≠ 复核).
pub fn distinct(actor: &Actor, before: Option<PersonId>, earlier: &str) -> Result<(), AppError> {
    match (actor.person, before) {
        (Some(now), Some(then)) if now == then => Err(AppError::Refused(Reason::new(
            "duty.same_person",
            format!("您已办理本单的「{earlier}」,按岗位分离要求须由他人办理本步骤"),
            "whoever took the earlier step of this case may not take this one",
        ))),
        _ => Ok(()),
    }
}

fn push(list: &mut Vec<OrgId>, id: OrgId) {
    if !list.contains(&id) {
        list.push(id);
    }
}

fn reaches(actor: &Actor, scope: Scope, at: OrgId, target: &Target) -> bool {
    match scope {
        Scope::Nothing => false,
        Scope::Assigned => actor.person.is_some_and(|person| target.assigned.contains(&person)),
        Scope::Own => target.agency == Some(at),
        Scope::OrgTree => target.agency == Some(at) || target.path.contains(&at),
        Scope::County => actor.county.is_some() && actor.county == target.county,
        Scope::Supplier => target.supplier == Some(at),
        Scope::All => true,
    }
}

fn reason(action: Action) -> Reason {
    let reason = Reason::new(
        "authz.forbidden",
        format!("您的角色无权办理「{}」", action.zh()),
        format!("your roles do not give {}", action.code()),
    );
    action.clause().map_or(reason.clone(), |clause| reason.under(clause))
}

#[cfg(test)]
mod tests;
