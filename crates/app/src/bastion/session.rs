//! 运维会话: a jump host asks before it lets anyone through, and reports the end with what the terminal showed (A19, A28).
//!
//! The platform decides anew at that moment, so a revocation holds at once and not with the next list. What was not let
//! through is kept all the same, and raises an alarm. A repeated report of the same session changes nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::access_alarm::Kind;
use domain::access_grant;
use domain::application::form::{BastionProtocol, FileTransfer};
use domain::bastion::{Asked, Barred, Basis, Cut, admit};
use domain::bastion_account;
use domain::clause;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::bastion::CertificateRow;
use store::jump_host::{JumpHostRow, NewSession, SessionEnd};
use uuid::Uuid;

use super::certificate::{basis_of, basis_of_grant, granted_hosts, open_hosts};
use super::{issued, now, principals};
use crate::access_alarm::{self, Attempt};
use crate::actor::Meta;
use crate::authz::Action;
use crate::case::Case;
use crate::error::Reason;
use crate::jump_host::Machine;
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// 会话开始 as reported.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBegin {
    /// Given by the jump host; a repetition names the same.
    #[schema(value_type = String, format = "uuid")]
    pub session: Uuid,
    /// 证书序号, as sshd verified it.
    pub serial: i64,
    #[schema(max_length = 200)]
    pub key_id: String,
    /// Where the person connects from.
    #[schema(max_length = 100)]
    pub source: String,
    /// A principal of the certificate, or whatever was typed.
    #[schema(max_length = 200)]
    pub host: String,
    /// 登录方式; a terminal or a command where it is not said.
    #[serde(default = "ssh")]
    pub protocol: BastionProtocol,
    /// The command, in base64; empty where a terminal is asked for.
    #[serde(default)]
    #[schema(max_length = 16384)]
    pub command: String,
}

fn ssh() -> BastionProtocol {
    BastionProtocol::Ssh
}

/// 会话结束 as reported.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionFinish {
    pub exit_code: i32,
    /// What the terminal showed, in base64.
    pub record: String,
    /// True where the record was longer than is kept.
    pub truncated: bool,
    /// Why the jump host ended it; absent where it ended by itself.
    #[serde(default)]
    pub cut: Option<Cut>,
}

/// 放行.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Admitted {
    pub admitted: bool,
    /// Which way files may go.
    pub transfers: Vec<FileTransfer>,
}

/// Longest text taken of a jump host.
const TEXT_MAX: usize = 200;
/// Longest command, in base64.
const COMMAND_MAX: usize = 16 * 1024;

/// What a certificate rests on: whose it is, and until when.
struct Ground {
    case: Case,
    person_name: String,
    /// `None` where account or grant are no longer in force.
    basis: Option<Basis>,
    /// Principals of servers that are open now and granted.
    open: Vec<String>,
}

/// 会话开始. Refuses with 403 what may not begin.
pub async fn begin(app: &App, machine: &Machine, report: &SessionBegin) -> Result<Admitted, AppError> {
    let jump = &machine.row;
    let texts = [&report.key_id, &report.source, &report.host];
    if texts.iter().any(|text| text.len() > TEXT_MAX) || report.command.len() > COMMAND_MAX {
        return Err(malformed());
    }
    let command = STANDARD.decode(report.command.trim()).map_err(|_| malformed())?;
    let meta = Meta::default();
    let mut unit = app.begin(&machine.actor, &meta).await?;
    store::jump_host::hold(&mut unit.tx, report.session).await?;
    let certificate = store::bastion::certificate(&mut unit.tx, report.serial).await?;
    let certificate = certificate.filter(|row| row.key_id == report.key_id);
    let ground = match &certificate {
        Some(row) => Some(ground(&mut unit, row).await?),
        None => None,
    };
    if let Some(known) = store::jump_host::reported(&mut unit.tx, (jump.id, report.session)).await? {
        return known.map_or(Ok(admitted(ground.as_ref())), |code| Err(barred(code.parse().unwrap_or_default())));
    }
    let asked = Asked {
        serial: report.serial,
        key_id: report.key_id.clone(),
        source: report.source.clone(),
        host: report.host.clone(),
        protocol: report.protocol,
    };
    let known = certificate.as_ref().map(|row| issued(&app.clock, row));
    let (basis, open) = ground.as_ref().map_or((None, &[][..]), |one| (one.basis.as_ref(), &one.open[..]));
    let day = (now(&app.clock), &*app.calendar(), &app.regulation.limits);
    let outcome = admit(&asked, known.as_ref(), basis, open, day);
    keep(&mut unit, jump, report, &command, (certificate.as_ref(), ground.as_ref()), outcome.err()).await?;
    unit.commit(()).await?;
    outcome.map(|()| admitted(ground.as_ref())).map_err(barred)
}

fn admitted(ground: Option<&Ground>) -> Admitted {
    let basis = ground.and_then(|ground| ground.basis.as_ref());
    Admitted { admitted: true, transfers: basis.map(|basis| basis.ways.transfers.clone()).unwrap_or_default() }
}

/// Looks up what stands behind a certificate.
async fn ground(unit: &mut Unit<'_>, certificate: &CertificateRow) -> Result<Ground, AppError> {
    let row = store::case::one(&mut *unit.tx, certificate.case_id).await?;
    let case = Case { target: crate::case::target_of(&row), row };
    let number = case.row.number.clone();
    if let Some(id) = certificate.account_id {
        let row = store::bastion_account::one_in(&mut unit.tx, id).await?;
        let state: bastion_account::State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
        let names = open_hosts(unit, &case, &row).await?;
        let basis = if state.is_shut() { None } else { Some(basis_of(&row)?) };
        return Ok(Ground { case, person_name: row.user_name.clone(), basis, open: principals(&names, &number) });
    }
    let id = certificate.grant_id.ok_or_else(|| AppError::fault("a certificate rests on an account or a grant"))?;
    let row = store::access_grant::one_in(&mut unit.tx, id).await?;
    let state: access_grant::State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let names = granted_hosts(unit, &case, &row).await?;
    let granted = matches!(state, access_grant::State::Granted { .. });
    Ok(Ground {
        case,
        person_name: format!("{}({})", row.person_name, row.org_name),
        basis: granted.then(|| basis_of_grant(unit.app(), &row)),
        open: principals(&names, &number),
    })
}

async fn keep(
    unit: &mut Unit<'_>,
    jump: &JumpHostRow,
    report: &SessionBegin,
    command: &[u8],
    (certificate, ground): (Option<&CertificateRow>, Option<&Ground>),
    why: Option<Barred>,
) -> Result<(), AppError> {
    let person = ground.map_or("无法识别", |ground| ground.person_name.as_str());
    let sealed = match command {
        [] => None,
        bytes => Some(unit.app().keys()?.sealer().seal(&command_context(report.session), bytes)?),
    };
    let new = NewSession {
        id: report.session,
        jump_host_id: jump.id,
        serial: report.serial,
        key_id: &report.key_id,
        account_id: certificate.and_then(|row| row.account_id),
        grant_id: certificate.and_then(|row| row.grant_id),
        case_id: certificate.map(|row| row.case_id),
        agency_id: ground.map(|ground| ground.case.row.agency_id),
        person_name: person,
        source: &report.source,
        host: &report.host,
        protocol: report.protocol.code(),
        command: sealed.as_deref(),
        barred: why.map(Barred::code),
        started_at: unit.now().to_sqlx(),
    };
    store::jump_host::insert_session(&mut unit.tx, &new).await?;
    let told = format!("{person} 自 {} 以 {} 登录 {}", report.source, report.protocol.zh(), report.host);
    let entry = |summary| Entry {
        action: Action::BastionReport.code(),
        object: ("bastion_session", report.session.to_string()),
        case: certificate.map(|row| row.case_id),
        clause: Some(clause::A19),
        summary,
        before: None,
        after: Some(json!({ "serial": report.serial, "key_id": report.key_id, "barred": why.map(Barred::code) })),
    };
    let Some(why) = why else { return unit.audit(entry(format!("运维会话:{told}"))).await };
    unit.audit_refused(entry(format!("运维会话未放行({}):{told}", why.zh()))).await?;
    let attempt = Attempt {
        kind: Kind::SessionBarred,
        subject: format!("{}/{}", report.key_id, why.code()),
        person_name: person.to_owned(),
        source: report.source.clone(),
        host: report.host.clone(),
        detail: format!("跳板机 {} 请求登录未放行:{}", jump.name, why.zh()),
        session: Some(report.session),
    };
    access_alarm::raise(unit, ground.map(|ground| &ground.case), &attempt).await
}

pub(super) fn command_context(session: Uuid) -> String {
    format!("bastion_session.command/{session}")
}

pub(super) fn record_context(session: Uuid) -> String {
    format!("bastion_session.record/{session}")
}

/// 会话结束: the record is sealed and kept, cut off at the city's limit.
pub async fn finish(app: &App, machine: &Machine, (session, report): (Uuid, &SessionFinish)) -> Result<(), AppError> {
    let mut record = STANDARD.decode(report.record.trim()).map_err(|_| malformed())?;
    let most = usize::try_from(app.regulation.limits.session_record_max.value.bytes()).map_err(AppError::fault)?;
    let truncated = report.truncated || record.len() > most;
    record.truncate(most);
    let meta = Meta::default();
    let mut unit = app.begin(&machine.actor, &meta).await?;
    let known = store::jump_host::reported(&mut unit.tx, (machine.row.id, session)).await?;
    if !matches!(known, Some(None)) {
        return Err(AppError::NotFound);
    }
    let sealed = app.keys()?.sealer().seal(&record_context(session), &record)?;
    let end = SessionEnd {
        session_id: session,
        exit_code: report.exit_code,
        record: &sealed,
        record_bytes: i32::try_from(record.len()).map_err(AppError::fault)?,
        truncated,
        cut: report.cut.map(Cut::code),
        ended_at: unit.now().to_sqlx(),
    };
    if !store::jump_host::insert_end(&mut unit.tx, &end).await? {
        return Ok(());
    }
    unit.audit(Entry {
        action: Action::BastionReport.code(),
        object: ("bastion_session", session.to_string()),
        case: None,
        clause: Some(clause::A19),
        summary: ended(report, record.len()),
        before: None,
        after: Some(json!({ "bytes": record.len(), "truncated": truncated, "cut": report.cut })),
    })
    .await?;
    unit.commit(()).await
}

fn ended(report: &SessionFinish, bytes: usize) -> String {
    let why = report.cut.map_or("运维会话结束".to_owned(), |cut| format!("运维会话结束({})", cut.zh()));
    format!("{why},退出码 {},记录 {bytes} 字节", report.exit_code)
}

fn malformed() -> AppError {
    AppError::BadRequest(Reason::new("bastion.malformed", "上报内容格式不正确", "the report is malformed"))
}

fn barred(why: Barred) -> AppError {
    let zh = format!("未放行:{};本次请求已记录", why.zh());
    let en = format!("not let through: {}", why.term().en);
    AppError::Forbidden(Reason::new(format!("bastion.barred_{}", why.code()), zh, en).under(clause::A28))
}
