//! 会话: from user name and password to a signed-in actor (E1–E6).
//!
//! ```text
//! log_in ─ change_password? ─ enrol | verify ─→ full
//! ```
//! A session exists from the right password on, but only `full` opens anything besides these steps. The cookie is
//! random, only its SM3 is stored, and it changes with every step. Times here are real minutes (`Clock::instant`);
//! a password's age counts in the city's days.

use domain::ids::{OrgId, PersonId, SessionId};
use domain::limits::Limits;
use domain::org::Role;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use store::session::SessionRow;
use uuid::Uuid;

use crate::actor::{Actor, Grant, Meta};
use crate::error::Reason;
use crate::secrecy::{random_token, sm3};
use crate::{App, AppError};

mod login;
mod password;
mod second_factor;
mod setup;
mod view;

pub use login::{Credentials, demo_log_in, demo_people, log_in, log_out};
pub use password::{PasswordChange, change_password, credential_context};
pub(crate) use password::{generate_password, hash_password};
pub use second_factor::{Code, Enrolment, enrolment, verify_code};
pub use setup::{OfficerForm, SetUp, SetUpOrg, set_up, setup_link, setup_needed};
pub(crate) use setup::{mobile_fault, username_fault};
pub use view::{DemoPerson, HeldRole, LastLogin, SessionEnvelope, SessionView, Viewer, envelope};

/// A touch is written at most this often: reading must not become writing.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(30);

domain::terms! {
    /// 登录步骤: what a session still waits for.
    pub enum Stage {
        ChangePassword = "change_password", "修改口令", "change the password";
        Enrol = "enrol", "绑定动态令牌", "enrol a second factor";
        Verify = "verify", "验证动态令牌", "verify the second factor";
        Full = "full", "已登录", "signed in";
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    pub ip: Option<String>,
    /// 终端: the browser's own description, cut to 200 characters.
    pub terminal: Option<String>,
    pub request_id: Option<String>,
}

impl Visit {
    /// Without an idempotency key: the answers to these steps are secrets and are not kept.
    fn meta(&self) -> Meta {
        Meta { idempotency: None, request_id: self.request_id.clone() }
    }
}

/// 会话 as loaded for one request.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub stage: Stage,
    pub actor: Actor,
    /// What mutating requests must send back in `X-CSRF-Token`.
    pub csrf_token: String,
    pub username: String,
    pub office: String,
    /// Opened from the demonstration's list.
    pub demo: bool,
    /// Until when it lasts at most.
    pub expires_at: Timestamp,
    pub notice: Option<LastLogin>,
}

/// A session with its new cookie.
#[derive(Clone, Debug)]
pub struct Opened {
    /// For the cookie alone: in no log, no table, no body.
    pub token: String,
    pub session: Session,
}

impl Session {
    /// The actor, once signed in fully.
    pub fn full(&self) -> Result<&Actor, AppError> {
        if self.stage == Stage::Full { Ok(&self.actor) } else { Err(unfinished(self.stage)) }
    }

    fn must_be(&self, stage: Stage) -> Result<(), AppError> {
        if self.stage == stage {
            return Ok(());
        }
        let zh = format!("当前登录步骤为「{}」", self.stage.zh());
        Err(AppError::Refused(Reason::new("session.other_step", zh, "another step of the log-in is due")))
    }

    fn person(&self) -> Result<PersonId, AppError> {
        self.actor.person.ok_or_else(|| AppError::fault("a session belongs to a person"))
    }
}

/// Loads the session of a cookie. Refuses what is unknown, ended, idle too long or too old; says which of these,
/// for the person was signed in and may know.
pub async fn load(app: &App, token: &str, visit: &Visit) -> Result<Session, AppError> {
    let row = store::session::by_token(&app.store.pool, &sm3(token.as_bytes())).await?.ok_or_else(nobody)?;
    let now = app.clock.instant();
    if let Some(why) = &row.ended_why {
        return Err(over(why));
    }
    let limits = &app.regulation.limits;
    if now >= expiry(&row, limits) {
        return Err(over("expired"));
    }
    let idle = SignedDuration::from_mins(i64::from(limits.session_idle.value.0));
    let since = now.duration_since(row.last_seen_at.to_jiff());
    if since >= idle {
        return Err(over("idle"));
    }
    if row.person_state != "active" {
        return Err(over("disabled"));
    }
    if since >= TOUCH_EVERY {
        store::session::touch(&app.store.pool, row.id, now.to_sqlx()).await?;
    }
    session_of(app, row, visit)
}

fn expiry(row: &SessionRow, limits: &Limits) -> Timestamp {
    let absolute = SignedDuration::from_hours(i64::from(limits.session_absolute.value.0));
    row.created_at.to_jiff().checked_add(absolute).unwrap_or(Timestamp::MAX)
}

fn session_of(app: &App, row: SessionRow, visit: &Visit) -> Result<Session, AppError> {
    let stage: Stage = row.stage.parse().map_err(AppError::fault)?;
    let expires_at = expiry(&row, &app.regulation.limits);
    let id = SessionId(row.id);
    let grants = if stage == Stage::Full { grants(&row) } else { Vec::new() };
    let actor = Actor {
        person: Some(PersonId(row.person_id)),
        name: row.name,
        org: Some(OrgId(row.org_id)),
        org_name: row.org_name,
        county: row.county,
        grants,
        session: Some(id),
        ip: visit.ip.clone(),
        terminal: visit.terminal.clone(),
    };
    Ok(Session {
        id,
        stage,
        actor,
        csrf_token: app.keys()?.mac(&format!("csrf/{}/{}", row.id, row.stage)),
        username: row.username,
        office: row.org_office,
        demo: row.demo,
        expires_at,
        notice: row.notice.and_then(|notice| serde_json::from_value(notice).ok()),
    })
}

/// A role code that the program no longer knows gives nothing.
fn grants(row: &SessionRow) -> Vec<Grant> {
    let known = |(code, org): (&String, &Uuid)| Some(Grant { role: code.parse::<Role>().ok()?, org: OrgId(*org) });
    row.roles.iter().zip(&row.role_orgs).filter_map(known).collect()
}

/// A fresh cookie and its hash.
fn new_token() -> Result<(String, [u8; 32]), AppError> {
    let token = random_token()?;
    let hash = sm3(token.as_bytes());
    Ok((token, hash))
}

/// Loads what was just opened, for the answer of the same request.
async fn opened(app: &App, token: String, visit: &Visit) -> Result<Opened, AppError> {
    let session = load(app, &token, visit).await?;
    Ok(Opened { token, session })
}

fn nobody() -> AppError {
    AppError::Unauthenticated(Reason::new("session.none", "请先登录", "please sign in"))
}

fn unfinished(stage: Stage) -> AppError {
    let zh = format!("登录尚未完成:{}", stage.zh());
    AppError::Unauthenticated(Reason::new(
        "session.unfinished",
        zh,
        format!("the log-in still waits: {}", stage.term().en),
    ))
}

fn over(why: &str) -> AppError {
    let (code, zh, en) = match why {
        "idle" => ("session.idle", "长时间未操作,已自动退出,请重新登录", "signed out after being idle"),
        "expired" => ("session.expired", "本次登录已达最长时间,请重新登录", "the session has lasted its full time"),
        "superseded" => {
            ("session.superseded", "您的账号已在别处登录,本次登录已退出", "signed out by a later log-in elsewhere")
        }
        "disabled" => ("session.disabled", "账号已停用", "the account is disabled"),
        "kicked" => ("session.kicked", "您已被安全保密管理员强制下线", "signed out by the security administrator"),
        _ => ("session.ended", "已退出登录,请重新登录", "signed out"),
    };
    AppError::Unauthenticated(Reason::new(code, zh, en))
}
