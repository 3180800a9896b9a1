//! 动态令牌 (E3): TOTP of RFC 6238, six digits, thirty seconds; the secret is sealed, a code is good once.

use domain::finding::Finding;
use jiff_sqlx::ToSqlx;
use qrcode::QrCode;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use uuid::Uuid;

use super::login::{complete, note_failure};
use super::{Opened, Session, Stage, Visit, new_token, opened};
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::secrecy::random;
use crate::{App, AppError};

/// Steps before and after the present one that are accepted: phones' clocks run apart.
const SKEW_STEPS: u16 = 1;

/// 绑定动态令牌: what an authenticator application needs.
#[derive(Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// For typing in, in groups of four.
    pub secret: String,
    pub otpauth_url: String,
    /// The same as a QR code, an SVG image.
    pub qr_svg: String,
}

/// 动态口令, six digits.
#[derive(Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// A fresh secret to enrol. Asking again makes another, until one is confirmed by its first code.
pub async fn enrolment(app: &App, session: &Session, visit: &Visit) -> Result<Enrolment, AppError> {
    session.must_be(Stage::Enrol)?;
    let person = session.person()?.0;
    let secret: [u8; 20] = random()?;
    let sealed = app.keys()?.sealer().seal(&context(person), &secret)?;
    let meta = visit.meta();
    let mut unit = app.begin(&session.actor, &meta).await?;
    store::session::propose_second_factor(&mut unit.tx, person, &sealed).await?;
    unit.audit(entry("second_factor.propose", person, "生成动态令牌密钥")).await?;
    unit.commit(()).await?;
    enrolment_of(&secret, &session.username)
}

fn enrolment_of(secret: &[u8], username: &str) -> Result<Enrolment, AppError> {
    let secret = Secret::from(secret.to_vec()).to_base32();
    let otpauth_url =
        format!("otpauth://totp/Liyun:{username}?secret={secret}&issuer=Liyun&algorithm=SHA1&digits=6&period=30");
    let qr = QrCode::new(otpauth_url.as_bytes()).map_err(AppError::fault)?;
    let qr_svg = qr.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    let groups: Vec<&str> = secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(Enrolment { secret: groups.join(" "), otpauth_url, qr_svg })
}

fn totp(secret: Vec<u8>) -> Result<Totp, AppError> {
    let builder =
        Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30).with_skew(SKEW_STEPS);
    builder.with_secret(Secret::from(secret)).build().map_err(AppError::fault)
}

/// Takes the code: the log-in is complete. A wrong code counts like a wrong password; a code used before is wrong.
pub async fn verify_code(app: &App, session: &Session, form: Code, visit: &Visit) -> Result<Opened, AppError> {
    if session.stage != Stage::Enrol {
        session.must_be(Stage::Verify)?;
    }
    let person = session.person()?;
    let meta = visit.meta();
    let mut unit = app.begin(&session.actor, &meta).await?;
    let account = store::session::lock_credential(&mut unit.tx, person.0).await?;
    let now = app.clock.instant();
    let locked = account.locked_until.is_some_and(|until| now < until.to_jiff());
    let step = if locked { None } else { fitting_step(&mut unit, person.0, &form.code).await? };
    let Some(step) = step else {
        let failed = (person.0, account.failures, account.locked_until.map(|until| until.to_jiff()));
        return refuse(unit, failed, session, visit).await;
    };
    store::session::use_step(&mut unit.tx, person.0, step, now.to_sqlx()).await?;
    let (token, hash) = new_token()?;
    if !store::session::advance(&mut unit.tx, session.id.0, Stage::Full.code(), &hash, now.to_sqlx()).await? {
        return Err(super::over("ended"));
    }
    let mut summary = complete(&mut unit, person, session.id.0, visit).await?;
    if session.stage == Stage::Enrol {
        summary.push_str(";已绑定动态令牌");
    }
    unit.audit(Entry { object: ("session", session.id.to_string()), ..entry("session.open", person.0, &summary) })
        .await?;
    unit.commit(()).await?;
    opened(app, token, visit).await
}

/// The time step the code belongs to, if it is right and newer than the last one used.
async fn fitting_step(unit: &mut Unit<'_>, person: Uuid, code: &str) -> Result<Option<i64>, AppError> {
    let app = unit.app();
    let Some(factor) = store::session::lock_second_factor(&mut unit.tx, person).await? else { return Ok(None) };
    let secret = app.keys()?.sealer().open(&context(person), &factor.secret_sealed)?;
    let seconds = u64::try_from(app.clock.instant().as_second()).unwrap_or(0);
    let step = totp(secret)?.check(code.trim(), seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > factor.last_step))
}

async fn refuse<T>(
    mut unit: Unit<'_>,
    failed: (Uuid, i32, Option<jiff::Timestamp>),
    session: &Session,
    visit: &Visit,
) -> Result<T, AppError> {
    let app = unit.app();
    let limit = i64::from(app.regulation.limits.lockout_attempts.value.0);
    let locks = i64::from(failed.1) + 1 >= limit;
    note_failure(&mut unit, Some(failed), visit).await?;
    if locks {
        store::session::end(&mut unit.tx, session.id.0, "ended", app.clock.instant().to_sqlx()).await?;
    }
    let mut refused = entry("session.refused", failed.0, "动态口令不正确或已使用");
    refused.object = ("session", session.id.to_string());
    unit.audit_refused(refused).await?;
    unit.commit(()).await?;
    if locks {
        let zh = "连续失败次数过多,账号已锁定";
        return Err(AppError::Unauthenticated(Reason::new(
            "session.locked",
            zh,
            "too many failures; the account is locked",
        )));
    }
    let finding = Finding::error(
        "code",
        "second_factor.wrong",
        "动态口令不正确或已使用,请等待下一个",
        "wrong code, or used before",
    );
    Err(AppError::Invalid(vec![finding]))
}

fn context(person: Uuid) -> String {
    format!("second_factor/{person}")
}

fn entry(action: &'static str, person: Uuid, summary: &str) -> Entry<'static> {
    let object = ("person", person.to_string());
    Entry { action, object, case: None, clause: None, summary: summary.to_owned(), before: None, after: None }
}
