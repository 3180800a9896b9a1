//! 会话列表, and one session with what its terminal showed: the agency's own (A28), and who looked is written down.

use domain::application::form::BastionProtocol;
use domain::bastion::transfer::{self, FileAct};
use domain::bastion::{Barred, Cut};
use domain::clause;
use domain::ids::ApplicationId;
use domain::term::Term;
use store::jump_host::{SessionFilter, SessionRow};
use uuid::Uuid;

use super::session::{command_context, record_context};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::error::Reason;
use crate::mechanism::Entry;
use crate::view::filled_in;
use crate::{App, AppError, cursor};

/// 运维会话.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SessionItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub jump_host: String,
    pub serial: i64,
    pub key_id: String,
    /// Number of the account or the grant; absent where the certificate is none of ours.
    pub basis_number: Option<String>,
    /// True for a supplier under a grant.
    pub by_grant: bool,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub system_name: Option<String>,
    pub agency_name: Option<String>,
    pub person_name: String,
    pub source: String,
    pub host: String,
    pub protocol: Term,
    /// True where one command was run and no terminal opened.
    pub single_command: bool,
    /// Why it was not let through.
    pub barred: Option<Term>,
    #[schema(value_type = String, format = "date-time")]
    pub started_at: jiff::Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub ended_at: Option<jiff::Timestamp>,
    /// Why the jump host ended it; absent where it ended by itself.
    pub cut: Option<Term>,
    pub exit_code: Option<i32>,
    pub record_bytes: Option<i32>,
    pub truncated: bool,
}

/// One page of sessions.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SessionPage {
    pub items: Vec<SessionItem>,
    pub next_cursor: Option<String>,
}

/// 会话记录.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SessionRecord {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// The one command that was run.
    pub command: Option<String>,
    /// What the terminal showed, control characters left out; absent until it has ended.
    pub record: Option<String>,
    /// What was done with files, read out of the record of a file transfer.
    pub files: Vec<FileLine>,
    pub truncated: bool,
}

/// 文件传输记录, one line of it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FileLine {
    /// Time of the jump host, `2026-03-06 10:00:00`.
    pub at: String,
    pub operation: Term,
    pub path: String,
    /// The new name, where it was renamed or linked.
    pub to: Option<String>,
    /// Bytes that went; absent of what carries none, and where nobody said.
    pub bytes: Option<u64>,
    pub outcome: Term,
}

impl From<FileAct> for FileLine {
    fn from(act: FileAct) -> Self {
        let FileAct { at, operation, path, to, bytes, outcome } = act;
        Self { at, operation: operation.term(), path, to, bytes, outcome: outcome.term() }
    }
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub barred: Option<bool>,
    pub by_grant: Option<bool>,
    pub protocol: Option<String>,
    pub case: Option<ApplicationId>,
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<SessionPage, AppError> {
    let visible = authz::visible(actor, Action::BastionView)?.to_store();
    let place = |text: &str| text.parse::<i64>().map_err(|_| bad_cursor());
    let filter = SessionFilter {
        text: filled_in(filter.text),
        barred: filter.barred,
        by_grant: filter.by_grant,
        protocol: filled_in(filter.protocol),
        case_id: filter.case.map(|case| case.0),
        after: after.filter(|text| !text.is_empty()).map(place).transpose()?,
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::jump_host::sessions(&app.store.pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.seq.to_string());
    Ok(SessionPage { items: rows.iter().map(item).collect(), next_cursor })
}

fn bad_cursor() -> AppError {
    AppError::BadRequest(Reason::new("list.bad_cursor", "翻页参数无效,请从第一页重新查询", "the cursor is malformed"))
}

fn protocol(row: &SessionRow) -> BastionProtocol {
    row.protocol.parse().unwrap_or(BastionProtocol::Ssh)
}

fn item(row: &SessionRow) -> SessionItem {
    SessionItem {
        id: row.id,
        jump_host: row.jump_host.clone(),
        serial: row.serial,
        key_id: row.key_id.clone(),
        basis_number: row.basis_number.clone(),
        by_grant: row.by_grant,
        case_id: row.case_id,
        case_number: row.case_number.clone(),
        system_name: row.system_name.clone(),
        agency_name: row.agency_name.clone(),
        person_name: row.person_name.clone(),
        source: row.source.clone(),
        host: row.host.clone(),
        protocol: protocol(row).term(),
        single_command: row.command.is_some(),
        barred: row.barred.as_deref().map(|code| code.parse::<Barred>().unwrap_or_default().term()),
        started_at: row.started_at.to_jiff(),
        ended_at: row.ended_at.map(|at| at.to_jiff()),
        cut: row.cut.as_deref().and_then(|code| code.parse::<Cut>().ok()).map(Cut::term),
        exit_code: row.exit_code,
        record_bytes: row.record_bytes,
        truncated: row.truncated.unwrap_or(false),
    }
}

/// 查看会话记录. What a terminal showed are the agency's data, so only its own people read it.
pub async fn read(app: &App, actor: &Actor, meta: &Meta, id: Uuid) -> Result<SessionRecord, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let row = store::jump_host::session_in(&mut unit.tx, id).await?;
    let target = match row.case_id {
        Some(case) => crate::case::target_of(&store::case::one(&mut *unit.tx, case).await?),
        None => authz::Target::city(),
    };
    authz::check_visible(actor, Action::BastionView, &target)?;
    authz::check(actor, Action::BastionReadRecord, &target)?;
    let keys = app.keys()?;
    let command = row.command.as_ref().map(|sealed| keys.sealer().open(&command_context(id), sealed)).transpose()?;
    let record = store::jump_host::record(&mut unit.tx, id).await?;
    let record = record.map(|sealed| keys.sealer().open(&record_context(id), &sealed)).transpose()?;
    unit.audit(Entry {
        action: Action::BastionReadRecord.code(),
        object: ("bastion_session", id.to_string()),
        case: row.case_id,
        clause: Some(clause::A19),
        summary: format!("查看运维会话记录:{} 登录 {}", row.person_name, row.host),
        before: None,
        after: None,
    })
    .await?;
    let record = record.map(|bytes| plain(&bytes));
    let files = record.as_deref().filter(|_| protocol(&row) == BastionProtocol::Sftp).map(transfer::read);
    let answer = SessionRecord {
        id,
        command: command.map(|bytes| plain(&bytes)),
        files: files.into_iter().flatten().map(FileLine::from).collect(),
        record,
        truncated: row.truncated.unwrap_or(false),
    };
    unit.commit(answer).await
}

/// What a person reads of a terminal's bytes: escape sequences and control characters are left out.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (mut shown, mut chars) = (String::with_capacity(text.len()), text.chars().peekable());
    while let Some(next) = chars.next() {
        match next {
            '\u{1b}' => skip_escape(&mut chars),
            '\n' | '\t' => shown.push(next),
            control if control.is_control() => {}
            other => shown.push(other),
        }
    }
    shown
}

/// `ESC [ … letter`, `ESC ] … BEL` or `ESC x`.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some('[') => while chars.next().is_some_and(|next| !('@'..='~').contains(&next)) {},
        Some(']') => {
            while chars.peek().is_some_and(|next| !matches!(next, '\u{7}' | '\u{1b}')) {
                chars.next();
            }
            chars.next_if(|next| *next == '\u{7}');
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a19_a_record_is_read_without_what_would_steer_the_readers_terminal() {
        let typed = b"\x1b]0;title\x07\x1b[01;32mops@app\x1b[0m:~$ ls\r\n\x1b[?2004l\ra.txt\x08\n";
        assert_eq!(plain(typed), "ops@app:~$ ls\na.txt\n");
        assert_eq!(plain("文件\t1\n".as_bytes()), "文件\t1\n");
        assert_eq!(plain(b"\x1b["), "");
    }
}
