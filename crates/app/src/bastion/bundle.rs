//! 跳板机配置: a ready-made set of files for an OpenSSH jump host, and the lists it fetches again and again.
//!
//! Nothing in the set is secret. The jump host's sshd runs as an account of its own, trusts our signing key, takes no
//! other way in, forwards nothing, and runs one program for everybody: `session`, which asks the platform first.

use std::fmt::Write as _;
use std::io::Write as _;

use domain::bastion::principal;
use domain::ids::JumpHostId;
use jiff_sqlx::ToSqlx;
use store::jump_host::JumpHostRow;

use super::krl;
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::{App, AppError};

/// Where the files lie on a jump host, unless the administrator says otherwise.
pub const PREFIX_DEFAULT: &str = "/etc/liyun-jump";
const PREFIX_MAX: usize = 200;

/// Name, content, whether it is a program.
const FILES: [(&str, &str, bool); 8] = [
    ("sshd_config", include_str!("jump/sshd_config"), false),
    ("ssh_config", include_str!("jump/ssh_config"), false),
    ("settings", include_str!("jump/settings"), false),
    ("session", include_str!("jump/session"), true),
    ("sync", include_str!("jump/sync"), true),
    ("install.sh", include_str!("jump/install.sh"), true),
    ("liyun-jump.service", include_str!("jump/liyun-jump.service"), false),
    ("liyun-jump-sync.service", include_str!("jump/liyun-jump-sync.service"), false),
];

domain::terms! {
    /// 名单: what a jump host fetches.
    pub enum Listing {
        Keys = "user_ca.pub", "签发密钥", "trusted signing keys";
        Principals = "principals", "登录名单", "servers that may be asked for";
        Revoked = "revoked.krl", "吊销名单", "revoked certificates";
        Hosts = "hosts.conf", "主机地址", "addresses of the servers";
    }
}

/// The set of files for one jump host, as a zip. `prefix`: where they will lie there.
pub async fn bundle(app: &App, actor: &Actor, id: JumpHostId, prefix: Option<&str>) -> Result<Vec<u8>, AppError> {
    authz::check(actor, Action::JumpHostView, &Target::city())?;
    let row = store::jump_host::one(&app.store.pool, id.0).await?;
    let prefix = checked(prefix.unwrap_or(PREFIX_DEFAULT))?;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, template, program) in FILES {
        let mode = if program { 0o755 } else { 0o644 };
        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
        zip.start_file(format!("liyun-jump/{name}"), options).map_err(AppError::fault)?;
        zip.write_all(filled(app, &row, prefix, template).as_bytes()).map_err(AppError::fault)?;
    }
    Ok(zip.finish().map_err(AppError::fault)?.into_inner())
}

fn filled(app: &App, row: &JumpHostRow, prefix: &str, template: &str) -> String {
    let limit = app.regulation.limits.session_record_max.value.0;
    template
        .replace("{prefix}", prefix)
        .replace("{login}", &row.login)
        .replace("{port}", &row.port.to_string())
        .replace("{platform}", &app.options.public_url)
        .replace("{limit_mib}", &limit.to_string())
}

/// It stands unquoted in scripts and configuration.
fn checked(prefix: &str) -> Result<&str, AppError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let fits = prefix.starts_with('/') && prefix.len() <= PREFIX_MAX && prefix.bytes().all(plain);
    if fits && !prefix.split('/').any(|part| part == "..") {
        return Ok(prefix.trim_end_matches('/'));
    }
    let (zh, en) = ("安装目录须为绝对路径,只含字母、数字和 . _ - /", "an absolute path of plain characters");
    Err(AppError::BadRequest(Reason::new("jump_host.prefix", zh, en)))
}

/// One of the lists, as it is now.
pub async fn listing(app: &App, listing: Listing) -> Result<Vec<u8>, AppError> {
    let pool = &app.store.pool;
    // Certificates hold in real time, whatever day a demonstration shows; what is over by our clock is left out.
    let now = app.clock.now();
    Ok(match listing {
        Listing::Keys => lines(store::bastion::trusted_keys(pool, now.to_sqlx()).await?),
        Listing::Revoked => krl::write(&store::bastion::revoked(pool, now.to_sqlx()).await?, now)?,
        Listing::Principals => {
            let hosts = store::bastion::open_hosts(pool).await?;
            lines(hosts.iter().map(|host| principal(&host.name, &host.case_number)))
        }
        Listing::Hosts => {
            let mut text = String::new();
            for host in store::bastion::open_hosts(pool).await? {
                // Addresses are what a cloud shows: nothing but an address is written into a configuration.
                let Some(address) = host.address.as_deref().and_then(address) else { continue };
                let _ = writeln!(text, "Host {}\n    HostName {address}", principal(&host.name, &host.case_number));
            }
            text.into_bytes()
        }
    })
}

fn address(text: &str) -> Option<std::net::IpAddr> {
    text.split(['/', ',', ' ']).next()?.parse().ok()
}

fn lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut text = String::new();
    for line in lines {
        text.push_str(line.as_ref());
        text.push('\n');
    }
    text.into_bytes()
}
