//! 口令: Argon2id, sealed once more with SM4; the last five may not come again (E2, E25).

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use domain::finding::Finding;
use domain::org::{PasswordContext, check_password};
use jiff_sqlx::ToSqlx;
use std::sync::OnceLock;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Opened, Session, Stage, Visit, new_token, opened};
use crate::mechanism::Entry;
use crate::secrecy::random;
use crate::{App, AppError};

/// Each hash takes 19 MiB and 35 ms of a core: no more at once than this, so that a flood of log-ins leaves the
/// machine to those who are signed in.
const HASHES_AT_ONCE: usize = 2;

static HASHING: Semaphore = Semaphore::const_new(HASHES_AT_ONCE);

/// 修改口令.
#[derive(Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    #[schema(max_length = 512)]
    pub current: String,
    #[schema(max_length = 512)]
    pub password: String,
}

/// Hashes a password and seals the hash for `person`.
pub(crate) async fn hash_password(app: &App, person: Uuid, password: String) -> Result<Vec<u8>, AppError> {
    let hash =
        hashing(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await?;
    let hash = hash.map_err(|error| AppError::fault(format!("hashing failed: {error}")))?;
    Ok(app.keys()?.seal_text(&credential_context(person), &hash)?)
}

/// Whether `password` is the one behind the sealed hash. Without an account the same work is done on a hash of
/// nothing, so that the time tells no name.
pub(super) async fn verify_password(
    app: &App,
    account: Option<(Uuid, &[u8])>,
    password: String,
) -> Result<bool, AppError> {
    let hash = match account {
        Some((person, sealed)) => Some(app.keys()?.open_text(&credential_context(person), sealed)?),
        None => None,
    };
    hashing(move || match hash {
        Some(hash) => verifies(&hash, &password),
        None => {
            verifies(nobodys_hash(), &password);
            false
        }
    })
    .await
}

fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Argon2::default().hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default())
}

fn verifies(hash: &str, password: &str) -> bool {
    // A password of a megabyte is no password; it would only cost time.
    let fits = password.len() <= 512;
    PasswordHash::new(hash)
        .is_ok_and(|hash| fits && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    let _permit = HASHING.acquire().await.map_err(AppError::fault)?;
    tokio::task::spawn_blocking(work).await.map_err(AppError::fault)
}

/// What a person's password hash is sealed for: a hash copied to another person does not open.
pub fn credential_context(person: Uuid) -> String {
    format!("credential/{person}")
}

/// Changes the password of the session's person: at a log-in that asks for it, or at will. Other sessions end, the
/// cookie changes.
pub async fn change_password(
    app: &App,
    session: &Session,
    form: PasswordChange,
    visit: &Visit,
) -> Result<Opened, AppError> {
    if !matches!(session.stage, Stage::ChangePassword | Stage::Full) {
        session.must_be(Stage::ChangePassword)?;
    }
    let person = session.person()?.0;
    let findings = faults(app, session, &form);
    AppError::if_blocking(findings)?;
    let new_hash = hash_password(app, person, form.password.clone()).await?;
    let meta = visit.meta();
    let mut unit = app.begin(&session.actor, &meta).await?;
    let row = store::session::lock_credential(&mut unit.tx, person).await?;
    let history = i64::from(app.regulation.limits.password_history.value.0);
    let earlier = store::session::password_history(&mut unit.tx, person, history).await?;
    // The row stays locked while hashes are compared, so that parallel tries cannot outrun the count.
    if !verify_password(app, Some((person, &row.hash_sealed)), form.current).await? {
        let account = (person, row.failures, row.locked_until.map(|until| until.to_jiff()));
        super::login::note_failure(&mut unit, Some(account), visit).await?;
        refused_change(&mut unit, person).await?;
        unit.commit(()).await?;
        return Err(wrong_current());
    }
    for hash in earlier {
        if verify_password(app, Some((person, &hash)), form.password.clone()).await? {
            return Err(used_before(history));
        }
    }
    let (today, now) = (unit.today().to_sqlx(), unit.now().to_sqlx());
    store::session::set_password(&mut unit.tx, person, &new_hash, (today, false), now).await?;
    let stage = match (session.stage, row.second_factor) {
        (Stage::Full, _) => Stage::Full,
        (_, true) => Stage::Verify,
        (_, false) => Stage::Enrol,
    };
    let (token, hash) = new_token()?;
    let at = app.clock.instant().to_sqlx();
    store::session::advance(&mut unit.tx, session.id.0, stage.code(), &hash, at).await?;
    store::session::end_others(&mut unit.tx, person, Some(session.id.0), "superseded", at).await?;
    unit.audit(entry("password.change", person, "修改口令")).await?;
    unit.commit(()).await?;
    opened(app, token, visit).await
}

fn faults(app: &App, session: &Session, form: &PasswordChange) -> Vec<Finding> {
    let limits = &app.regulation.limits;
    let context = PasswordContext { username: &session.username, person_name: &session.actor.name, limits };
    check_password(&form.password, context)
}

fn wrong_current() -> AppError {
    AppError::Invalid(vec![Finding::error(
        "current",
        "password.wrong",
        "当前口令不正确",
        "the present password is wrong",
    )])
}

fn used_before(history: i64) -> AppError {
    let zh = format!("不得与最近 {history} 次口令相同");
    let en = format!("must differ from the last {history} passwords");
    AppError::Invalid(vec![Finding::error("password", "password.used_before", zh, en)])
}

async fn refused_change(unit: &mut crate::mechanism::Unit<'_>, person: Uuid) -> Result<(), AppError> {
    unit.audit_refused(entry("password.change", person, "修改口令失败:当前口令不正确")).await
}

fn entry(action: &'static str, person: Uuid, summary: &str) -> Entry<'static> {
    let object = ("person", person.to_string());
    Entry { action, object, case: None, clause: None, summary: summary.to_owned(), before: None, after: None }
}

/// A first password, shown once to the officer who hands it over: 16 characters of all four kinds, none that is
/// misread.
pub(crate) fn generate_password() -> Result<String, AppError> {
    const KINDS: [&[u8]; 4] = [b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"abcdefghijkmnpqrstuvwxyz", b"23456789", b"-_+=@#%"];
    let dice: [u8; 17] = random()?;
    let pick = |kind: &[u8], die: u8| char::from(kind[usize::from(die) % kind.len()]);
    // The kinds take turns, so that all four are there; which comes first is random.
    let first = usize::from(dice[16]);
    Ok((0..16).map(|at| pick(KINDS[(first + at) % 4], dice[at])).collect())
}
