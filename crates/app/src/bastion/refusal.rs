//! 登录被拒: a jump host sends what its sshd wrote; every refused log-in is kept once, and raises an alarm (A19, A28).

use domain::access_alarm::Kind;
use domain::bastion::sshd_log::{self, Refused};
use domain::clause;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::jump_host::{JumpHostRow, NewRefusal};

use crate::access_alarm::{self, Attempt};
use crate::actor::Meta;
use crate::authz::Action;
use crate::case::Case;
use crate::jump_host::Machine;
use crate::mechanism::{Entry, Unit};
use crate::{App, AppError};

/// Where in which log the text stood.
#[derive(Clone, Debug)]
pub struct Place {
    /// Tells one log file from the next: its inode number.
    pub file: String,
    /// Byte offset of the text in it.
    pub from: i64,
}

/// 已读到.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ReadUntil {
    /// Bytes of the text that need not be sent again: whole lines.
    pub read: i64,
}

/// Keeps the refusals of a piece of log. A piece that was sent before changes nothing.
pub async fn take(app: &App, machine: &Machine, (place, text): (&Place, &[u8])) -> Result<ReadUntil, AppError> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // sshd writes ASCII; what a client smuggled in besides is replaced byte by byte, so that offsets stay true.
    let clean: String =
        text[..whole].iter().map(|byte| if byte.is_ascii() && *byte != 0 { char::from(*byte) } else { '?' }).collect();
    let refused = sshd_log::read(&clean);
    if !refused.is_empty() {
        let (jump, meta) = (&machine.row, Meta::default());
        let mut unit = app.begin(&machine.actor, &meta).await?;
        let mut fresh = 0;
        for one in &refused {
            fresh += usize::from(keep(&mut unit, jump, place, one).await?);
        }
        if fresh > 0 {
            unit.audit(entry(jump, fresh)).await?;
            unit.commit(()).await?;
        }
    }
    Ok(ReadUntil { read: i64::try_from(whole).map_err(AppError::fault)? })
}

fn entry(jump: &JumpHostRow, count: usize) -> Entry<'static> {
    Entry {
        action: Action::BastionReport.code(),
        object: ("jump_host", jump.id.to_string()),
        case: None,
        clause: Some(clause::A19),
        summary: format!("跳板机 {} 上报登录被拒 {count} 次", jump.name),
        before: None,
        after: Some(json!({ "count": count })),
    }
}

async fn keep(unit: &mut Unit<'_>, jump: &JumpHostRow, place: &Place, one: &Refused) -> Result<bool, AppError> {
    let new = NewRefusal {
        jump_host_id: jump.id,
        log_file: &place.file,
        position: place.from + i64::try_from(one.offset).map_err(AppError::fault)?,
        serial: one.serial,
        key_id: one.key_id.as_deref(),
        source: &one.source,
        login: &one.login,
        barred: one.why.code(),
        line: &one.line,
        reported_at: unit.now().to_sqlx(),
    };
    if !store::jump_host::insert_refusal(&mut unit.tx, &new).await? {
        return Ok(false);
    }
    alarm(unit, jump, one).await?;
    Ok(true)
}

/// Whose certificate it was is believed only where serial and key id are what was issued: anybody may write a number.
async fn alarm(unit: &mut Unit<'_>, jump: &JumpHostRow, one: &Refused) -> Result<(), AppError> {
    let certificate = match one.serial {
        Some(serial) => store::bastion::certificate(&mut unit.tx, serial).await?,
        None => None,
    };
    let certificate = certificate.filter(|row| Some(&row.key_id) == one.key_id.as_ref());
    let (mut case, mut person) = (None, format!("无法识别(账号 {})", one.login));
    if let Some(row) = &certificate {
        let found = store::case::one(&mut *unit.tx, row.case_id).await?;
        case = Some(Case { target: crate::case::target_of(&found), row: found });
        person = match (row.account_id, row.grant_id) {
            (Some(id), _) => store::bastion_account::one_in(&mut unit.tx, id).await?.user_name,
            (None, Some(id)) => {
                let grant = store::access_grant::one_in(&mut unit.tx, id).await?;
                format!("{}({})", grant.person_name, grant.org_name)
            }
            (None, None) => person,
        };
    }
    let subject = match &certificate {
        Some(row) => format!("{}/{}", row.key_id, one.why.code()),
        None => format!("source/{}", one.source),
    };
    let attempt = Attempt {
        kind: Kind::LoginRefused,
        subject,
        person_name: person,
        source: one.source.clone(),
        host: String::new(),
        detail: format!("跳板机 {} 拒绝登录:{}", jump.name, one.why.zh()),
        session: None,
    };
    access_alarm::raise(unit, case.as_ref(), &attempt).await
}
