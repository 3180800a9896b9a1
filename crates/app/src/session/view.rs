//! What the page knows of the signed-in person.

use domain::org::{Office, Role};
use domain::term::Term;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::person::DemoPersonRow;
use store::session::CredentialRow;
use uuid::Uuid;

use super::{Session, Stage};
use crate::authz::{self, Action};
use crate::{App, AppError};

/// 上次登录提示 (E6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LastLogin {
    /// `None` at the first log-in.
    pub at: Option<Timestamp>,
    pub ip: Option<String>,
    /// Failed attempts since then.
    pub failures: i32,
}

impl LastLogin {
    pub(super) fn of(row: &CredentialRow) -> Self {
        Self {
            at: row.last_login_at.map(|at| at.to_jiff()),
            ip: row.last_login_ip.clone(),
            failures: row.failures_shown,
        }
    }
}

/// 当前用户.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Viewer {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub username: String,
    pub name: String,
    #[schema(value_type = String, format = "uuid")]
    pub org_id: Uuid,
    pub org_name: String,
    pub office: Option<Term>,
    pub county: Option<String>,
}

/// 所任角色.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HeldRole {
    pub role: Term,
    #[schema(value_type = String, format = "uuid")]
    pub org_id: Uuid,
}

/// 会话 as the page sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// What the log-in still waits for; `full` once signed in.
    pub stage: Term,
    pub person: Viewer,
    /// Empty until signed in fully.
    pub roles: Vec<HeldRole>,
    /// Codes of the actions the roles give over anything: decides menus, never rights.
    pub actions: Vec<&'static str>,
    /// To be sent in `X-CSRF-Token` with every change.
    pub csrf_token: String,
    pub last_login: Option<LastLogin>,
    pub expires_at: Timestamp,
    pub idle_minutes: u32,
    /// The city's day: the demonstration date where served with `--demo`.
    #[schema(value_type = String, format = "date")]
    pub today: Date,
    /// Served with `--demo`.
    pub demo: bool,
    /// 待阅: copies not read yet, counted up to 1,000.
    pub unread: i64,
}

/// 会话 as anyone may ask for it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum SessionEnvelope {
    /// A session, at whatever step.
    Session {
        /// Always true.
        signed_in: bool,
        /// Always false.
        setup_required: bool,
        #[serde(flatten)]
        session: Box<SessionView>,
    },
    /// Nobody.
    Nobody {
        /// Always false.
        signed_in: bool,
        /// Nobody exists yet: the one-time link of the first start is waiting.
        setup_required: bool,
        demo: bool,
        #[schema(value_type = String, format = "date")]
        today: Date,
    },
}

/// Counting unread copies stops here.
const UNREAD_BOUND: i64 = 1000;

/// What the page learns first: who is signed in, or what to offer where nobody is.
pub async fn envelope(app: &App, session: Option<&Session>) -> Result<SessionEnvelope, AppError> {
    let Some(session) = session else {
        return Ok(SessionEnvelope::Nobody {
            signed_in: false,
            setup_required: super::setup_needed(app).await?,
            demo: app.options.demo,
            today: app.clock.today(),
        });
    };
    let unread = match session.full() {
        Ok(actor) => {
            let desk = crate::view::work_list::desk(actor)?;
            store::case_list::count_unread(&app.store.pool, &desk, UNREAD_BOUND).await?
        }
        Err(_) => 0,
    };
    let session = Box::new(SessionView::of(app, session, unread)?);
    Ok(SessionEnvelope::Session { signed_in: true, setup_required: false, session })
}

impl SessionView {
    /// What `session` shows now.
    fn of(app: &App, session: &Session, unread: i64) -> Result<Self, AppError> {
        let actor = &session.actor;
        let full = session.stage == Stage::Full;
        let held = |grant: &crate::actor::Grant| HeldRole { role: grant.role.term(), org_id: grant.org.0 };
        let may = |action: &&Action| full && authz::may(actor, **action);
        Ok(Self {
            stage: session.stage.term(),
            person: Viewer {
                id: session.person()?.0,
                username: session.username.clone(),
                name: actor.name.clone(),
                org_id: actor.org.map_or_else(Uuid::nil, |org| org.0),
                org_name: actor.org_name.clone(),
                office: session.office.parse::<Office>().ok().map(Office::term),
                county: actor.county.clone(),
            },
            roles: actor.grants.iter().map(held).collect(),
            actions: Action::ALL.iter().filter(may).map(|action| action.code()).collect(),
            csrf_token: session.csrf_token.clone(),
            last_login: session.notice.clone(),
            expires_at: session.expires_at,
            idle_minutes: app.regulation.limits.session_idle.value.0,
            today: app.clock.today(),
            demo: app.options.demo,
            unread,
        })
    }
}

/// 演示人员: one line of the list to log in from.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DemoPerson {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub org_name: String,
    pub office: Option<Term>,
    pub roles: Vec<Term>,
}

impl DemoPerson {
    pub(super) fn of(row: DemoPersonRow) -> Self {
        Self {
            id: row.id,
            username: row.username,
            name: row.name,
            org_name: row.org_name,
            office: row.office.parse::<Office>().ok().map(Office::term),
            roles: row.roles.iter().filter_map(|code| code.parse::<Role>().ok()).map(Role::term).collect(),
        }
    }
}
