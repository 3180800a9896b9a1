//! 签发证书: for a bastion account, and for a supplier's engineer within a grant. Everything it says is taken from the form
//! or the grant; only the public key is the asker's.

use domain::access_alarm::Kind;
use domain::access_grant;
use domain::application::form::{BastionHours, BastionProtocol};
use domain::bastion::{self, Basis, Refusal, Ways, minute};
use domain::bastion_account::{self, CommandKind};
use domain::clause::{self, Clause};
use domain::ids::{ApplicationId, BastionAccountId};
use domain::term::{Term, known};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::access_grant::GrantRow;
use store::bastion::CertificateRow;
use store::bastion_account::AccountRow;
use store::jump_host::JumpHostRow;
use uuid::Uuid;

use super::authority::{self, Ask};
use super::{now, principals};
use crate::access_alarm::{self, Attempt};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::case::Case;
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// 签发申请: the public key, as it stands in the `.pub` file.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    #[schema(max_length = 16384)]
    pub public_key: String,
}

/// 登录证书 as handed out.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Certificate {
    pub serial: i64,
    pub key_id: String,
    /// To be saved under `file_name`, beside the private key.
    pub certificate: String,
    pub file_name: String,
    pub fingerprint: String,
    /// Servers by name, as typed behind the command.
    pub hosts: Vec<String>,
    pub source: String,
    #[schema(value_type = String, format = "date-time")]
    pub valid_before: jiff::Timestamp,
    /// For every jump host in use, one command for each way.
    pub commands: Vec<JumpCommand>,
}

/// What to type.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct JumpCommand {
    pub jump_host: String,
    pub protocol: Term,
    pub command: String,
}

/// What a certificate rests on, whoever asks.
struct Ground<'a> {
    account: Option<Uuid>,
    grant: Option<Uuid>,
    number: &'a str,
    basis: Basis,
    hosts: Vec<String>,
    source: &'a str,
    action: Action,
    clause: Clause,
}

/// Longest text that is read as a public key.
const KEY_CHARS_MAX: usize = 16 * 1024;

/// 签发证书 for a bastion account.
pub async fn for_account(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: BastionAccountId,
    request: &CertificateRequest,
) -> Result<Certificate, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case) = crate::bastion_account::lock(&mut unit, id, None, Action::BastionAccountIssue).await?;
    bastion_account::permits(&locked.state, CommandKind::Issue).map_err(|refusal| AppError::refused(&refusal))?;
    let row = store::bastion_account::one_in(&mut unit.tx, id.0).await?;
    let hosts = open_hosts(&mut unit, &case, &row).await?;
    let ground = Ground {
        account: Some(row.id),
        grant: None,
        number: &row.number,
        basis: basis_of(&row)?,
        hosts,
        source: &row.source,
        action: Action::BastionAccountIssue,
        clause: clause::ANNEX_2_2,
    };
    let answer = issue(&mut unit, &case, &ground, request).await?;
    unit.commit(answer).await
}

/// The days and hours of an account.
pub(super) fn basis_of(row: &AccountRow) -> Result<Basis, AppError> {
    let hours: BastionHours = row.hours.parse().map_err(AppError::fault)?;
    Ok(Basis::of_account((row.valid_from.to_jiff(), row.valid_to.to_jiff()), hours, ways_of(row)))
}

/// How an account opens the way; codes this version does not know are left out.
pub(super) fn ways_of(row: &AccountRow) -> Ways {
    Ways { protocols: known(&row.protocols), transfers: known(&row.transfers) }
}

/// The minutes of a grant.
pub(super) fn basis_of_grant(app: &App, row: &GrantRow) -> Basis {
    let at = |time: jiff_sqlx::Timestamp| app.clock.civil_of(time.to_jiff());
    Basis::of_grant((at(row.from_at), at(row.until_at)), known(&row.transfers))
}

/// Servers of the account that are open now, by name. The account names rows of 附件2-1; a row may be several servers.
pub(super) async fn open_hosts(unit: &mut Unit<'_>, case: &Case, row: &AccountRow) -> Result<Vec<String>, AppError> {
    let form = case.standing_form()?;
    let open = store::bastion::open_of_case(&mut *unit.tx, case.row.id).await?;
    let named = |line: i32| {
        let server = usize::try_from(line).ok().and_then(|at| form.servers.get(at));
        server.is_some_and(|server| row.hosts.contains(&server.host_name))
    };
    Ok(open.into_iter().filter(|(line, _)| named(*line)).map(|(_, name)| name).collect())
}

/// Servers of the grant that are open now. A grant names servers, not rows.
pub(super) async fn granted_hosts(unit: &mut Unit<'_>, case: &Case, row: &GrantRow) -> Result<Vec<String>, AppError> {
    let open = store::bastion::open_of_case(&mut *unit.tx, case.row.id).await?;
    Ok(open.into_iter().map(|(_, name)| name).filter(|name| row.hosts.contains(name)).collect())
}

/// 签发证书 for the supplier's engineer who asks. Without a grant of the agency that is in force now, none is issued and
/// an alarm is raised (A28).
pub async fn for_supplier(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    case: ApplicationId,
    request: &CertificateRequest,
) -> Result<Certificate, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let case = unit.case_for(case.0, Action::AccessGrantIssue).await?;
    let person = actor.person.ok_or(AppError::NotFound)?.0;
    let now = unit.now().to_sqlx();
    let Some(row) = store::access_grant::in_force(&mut unit.tx, (case.row.id, person), now).await? else {
        drop(unit);
        return without_grant(app, actor, meta, &case).await;
    };
    let hosts = granted_hosts(&mut unit, &case, &row).await?;
    let ground = Ground {
        account: None,
        grant: Some(row.id),
        number: &row.number,
        basis: basis_of_grant(app, &row),
        hosts,
        source: &row.source,
        action: Action::AccessGrantIssue,
        clause: clause::A28,
    };
    let answer = issue(&mut unit, &case, &ground, request).await?;
    unit.commit(answer).await
}

/// The attempt is kept although it is refused, so it has a change of its own; and no key, for a repetition is another
/// attempt.
async fn without_grant<T>(app: &App, actor: &Actor, meta: &Meta, case: &Case) -> Result<T, AppError> {
    let meta = Meta { idempotency: None, ..meta.clone() };
    let mut unit = app.begin(actor, &meta).await?;
    let refusal = access_grant::Refusal::NoGrant;
    unit.audit_refused(Entry {
        action: Action::AccessGrantIssue.code(),
        object: ("case", case.row.id.to_string()),
        case: Some(case.row.id),
        clause: Some(clause::A28),
        summary: format!("{}({})未经授权索取登录证书", actor.name, actor.org_name),
        before: None,
        after: None,
    })
    .await?;
    let attempt = Attempt {
        kind: Kind::CertificateWithoutGrant,
        subject: format!("{}/{}", case.row.id, actor.person.map(|id| id.to_string()).unwrap_or_default()),
        person_name: format!("{}({})", actor.name, actor.org_name),
        source: actor.ip.clone().unwrap_or_default(),
        host: String::new(),
        detail: "没有在此时段的访问授权,仍向平台索取登录证书".to_owned(),
        session: None,
    };
    access_alarm::raise(&mut unit, Some(case), &attempt).await?;
    unit.commit(()).await?;
    Err(AppError::refused(&refusal))
}

async fn issue(
    unit: &mut Unit<'_>,
    case: &Case,
    ground: &Ground<'_>,
    request: &CertificateRequest,
) -> Result<Certificate, AppError> {
    let refused = |refusal: Refusal| AppError::refused(&refusal);
    if request.public_key.len() > KEY_CHARS_MAX {
        return Err(refused(Refusal::BadKey));
    }
    bastion::reachable(&ground.basis.ways, ground.hosts.len()).map_err(refused)?;
    let key = authority::public_key(&request.public_key).map_err(refused)?;
    let app = unit.app();
    let window = ground.basis.certificate(now(&app.clock), &app.calendar(), &app.regulation.limits).map_err(refused)?;
    let serial = store::number::next(&mut unit.tx, "bastion_certificate", 0).await?;
    let key_id = format!("{}/{serial}", ground.number);
    let principals = principals(&ground.hosts, &case.row.number);
    let ask = Ask {
        serial: serial.into(),
        key_id: &key_id,
        principals: &principals,
        source: ground.source,
        from: app.clock.instant_of(window.from),
        until: app.clock.instant_of(window.until),
    };
    let (ca_version, certificate) = authority::sign(unit, &key, &ask).await?;
    let row = CertificateRow {
        serial: ask.serial,
        ca_version,
        account_id: ground.account,
        grant_id: ground.grant,
        case_id: case.row.id,
        key_id: key_id.clone(),
        principals: principals.clone(),
        source: ground.source.to_owned(),
        fingerprint: key.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
        certificate: certificate.to_openssh().map_err(AppError::fault)?,
        valid_after: ask.from.to_sqlx(),
        valid_before: ask.until.to_sqlx(),
        issued_by: unit.actor().name.clone(),
        issued_at: unit.now().to_sqlx(),
        revoked_at: None,
    };
    store::bastion::insert_certificate(&mut unit.tx, &row).await?;
    let summary = format!("签发登录证书 {key_id},可登录 {},至 {}", ground.hosts.join("、"), minute(window.until));
    let object = ("bastion_certificate", case.row.id);
    let told = json!({ "serial": serial, "fingerprint": row.fingerprint, "principals": principals });
    unit.audit_step(case, (ground.action.code(), ground.clause), object, summary, (json!(null), told)).await?;
    answer(unit, row, ground).await
}

async fn answer(unit: &mut Unit<'_>, row: CertificateRow, ground: &Ground<'_>) -> Result<Certificate, AppError> {
    let jumps = store::jump_host::all(&unit.app().store.pool).await?;
    let host = ground.hosts.first().map_or("", String::as_str);
    let in_use = jumps.iter().filter(|jump| jump.active);
    let of = |jump| ground.basis.ways.served().map(move |protocol| command(jump, protocol, host));
    Ok(Certificate {
        serial: row.serial,
        file_name: format!("liyun-{}-cert.pub", row.serial),
        key_id: row.key_id,
        certificate: row.certificate,
        fingerprint: row.fingerprint,
        hosts: ground.hosts.clone(),
        source: row.source,
        valid_before: row.valid_before.to_jiff(),
        commands: in_use.flat_map(of).collect(),
    })
}

/// What to type for one way. A jump host is told the server as a command: SFTP takes one that has a stroke in it.
fn command(jump: &JumpHostRow, protocol: BastionProtocol, host: &str) -> JumpCommand {
    let (port, keys) = (jump.port, "-i 私钥文件 -o CertificateFile=证书文件");
    let place = format!("{}@{}", jump.login, jump.address);
    let command = match protocol {
        BastionProtocol::Sftp => format!("sftp -P {port} {keys} -s '{host} /sftp' {place}"),
        _ => format!("ssh -t -p {port} {keys} {place} {host}"),
    };
    JumpCommand { jump_host: jump.name.clone(), protocol: protocol.term(), command }
}

/// Whether `actor` may ask for a certificate of an account at all, for its button.
pub(super) fn may_issue(actor: &Actor, target: &authz::Target) -> bool {
    authz::check(actor, Action::BastionAccountIssue, target).is_ok()
}
