//! Who acts: a signed-in person with the roles they hold where, or the system itself.

use domain::ids::{OrgId, PersonId, SessionId};
use domain::org::Role;

/// 授权 one role held at one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub org: OrgId,
}

/// 操作人. Loaded afresh for every request, so a revoked role is gone at once.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `None` for the system (timers, outbox).
    pub person: Option<PersonId>,
    pub name: String,
    pub org: Option<OrgId>,
    pub org_name: String,
    /// 区划 of the actor's organisation, e.g. `450321`; scopes county roles.
    pub county: Option<String>,
    pub grants: Vec<Grant>,
    pub session: Option<SessionId>,
    /// Where the request came from, for the audit entry.
    pub ip: Option<String>,
    pub terminal: Option<String>,
}

impl Actor {
    /// The system acting by a timer or an outbox job; `name` says which.
    pub fn system(name: &str) -> Self {
        Self {
            person: None,
            name: format!("系统({name})"),
            org: None,
            org_name: "系统".to_owned(),
            county: None,
            grants: Vec::new(),
            session: None,
            ip: None,
            terminal: None,
        }
    }

    /// True for timers and outbox jobs, which act under the rules and not under a role.
    pub fn is_system(&self) -> bool {
        self.person.is_none()
    }

    /// True where the person holds `role` anywhere.
    pub fn holds(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// Codes of the roles held, for the audit entry.
    pub fn role_codes(&self) -> Vec<String> {
        self.grants.iter().map(|grant| grant.role.code().to_owned()).collect()
    }
}

/// What comes with a request besides its content.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// 幂等键 and the fingerprint of the request it belongs to.
    pub idempotency: Option<(String, String)>,
    /// Request id, for the log and the audit entry.
    pub request_id: Option<String>,
}
