//! sshd 日志: log-ins an OpenSSH server turned away, read out of its own words (`LogLevel VERBOSE`).
//!
//! A line `Failed publickey for …` says who was refused; the line before it, where there is one, says why. The client
//! that is refused its certificate tries the bare key next, so of two failures on one connection the first is kept.

use super::Barred;

/// 被拒登录.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Offset of its line in what was read.
    pub offset: usize,
    pub line: String,
    /// Absent where no certificate was shown.
    pub serial: Option<i64>,
    pub key_id: Option<String>,
    pub source: String,
    /// Port of the connection: with the source it tells two attempts apart.
    pub port: u16,
    pub login: String,
    pub why: Barred,
}

/// Longest line that is read; what is beyond it is cut off.
const LINE_MAX: usize = 1000;

/// Reads every refusal out of whole lines.
pub fn read(text: &str) -> Vec<Refused> {
    let mut found: Vec<Refused> = Vec::new();
    let (mut offset, mut why) = (0, None);
    for whole in text.split_inclusive('\n') {
        let at = offset;
        offset += whole.len();
        let line = cut(whole.trim_end());
        if let Some(reason) = reason(line) {
            why = Some(reason);
        } else if let Some(mut refused) = failed(line) {
            let same = |one: &&Refused| (&one.source, one.port) == (&refused.source, refused.port);
            if found.last().filter(same).is_none() {
                refused.offset = at;
                refused.why = why.unwrap_or_default();
                found.push(refused);
            }
            why = None;
        }
    }
    found
}

fn cut(line: &str) -> &str {
    let end = line.char_indices().nth(LINE_MAX).map_or(line.len(), |(at, _)| at);
    &line[..end]
}

fn reason(line: &str) -> Option<Barred> {
    [
        ("Certificate invalid: expired", Barred::Expired),
        ("Certificate invalid: not yet valid", Barred::Expired),
        ("Certificate does not contain an authorized principal", Barred::Host),
        ("not from a permitted source address", Barred::Source),
        ("revoked by file", Barred::Revoked),
    ]
    .into_iter()
    .find_map(|(words, why)| line.contains(words).then_some(why))
}

/// `Failed publickey for liyun from 10.1.2.3 port 50022 ssh2: ED25519-CERT SHA256:… ID ZH-1/7 (serial 7) CA …`; an
/// unknown name stands as `invalid user NAME`.
fn failed(line: &str) -> Option<Refused> {
    let (_, rest) = line.split_once("Failed publickey for ").or_else(|| line.split_once("Failed none for "))?;
    let (login, rest) = rest.split_once(" from ")?;
    let (source, rest) = rest.split_once(" port ")?;
    let (port, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let id = rest.split_once(" ID ").map(|(_, rest)| rest);
    let (key_id, serial) = id
        .and_then(|rest| rest.split_once(" (serial "))
        .and_then(|(id, rest)| Some((id.to_owned(), rest.split_once(')')?.0.parse::<i64>().ok()?)))
        .unzip();
    source.parse::<std::net::IpAddr>().ok()?;
    Some(Refused {
        offset: 0,
        line: line.to_owned(),
        serial,
        key_id,
        source: source.to_owned(),
        port: port.parse().ok()?,
        login: login.trim_start_matches("invalid user ").to_owned(),
        why: Barred::Unknown,
    })
}
