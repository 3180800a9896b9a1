//! 堡垒机 (bastion): for how long, from where and to which servers one certificate opens the way.
//!
//! 附件2-2、第二十八条. A bastion account or a supplier's grant says who may reach which servers; a certificate is the
//! short-lived proof of it that a jump host asks for. Its lifecycles are `bastion_account` and `access_grant`; what
//! comes of an attempt without one is `access_alarm`. Days and minutes are the city's own.

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

use crate::application::form::{BastionHours, BastionProtocol, FileTransfer};
use crate::calendar::{Calendar, Date};
use crate::clause;
use crate::limits::Limits;

pub mod sshd_log;
pub mod transfer;
mod ways;

pub use ways::Ways;

/// Most servers one certificate may name; OpenSSH takes no more principals.
pub const HOSTS_MAX: usize = 256;

crate::refusals! {
    /// Why no certificate is issued.
    pub enum Refusal {
        NotServed = "bastion.not_served", Some(clause::ANNEX_2_2), "该账号未申请 SSH,也未申请 SFTP 及文件传输方向,不能签发登录证书", "neither SSH nor SFTP with a direction is among the account's protocols";
        NoHosts = "bastion.no_hosts", Some(clause::A28), "授权的云主机均未开通、已停机或已回收,无处可登录", "none of the servers is open";
        TooManyHosts { most: usize } = "bastion.too_many_hosts", None, "一张证书最多可登录 {most} 台云主机,请按用途分设账号", "more than {most} servers";
        NotYet { from: String } = "bastion.not_yet", Some(clause::ANNEX_2_2), "有效期自 {from} 起,尚未开始", "valid from {from}";
        Over { until: String } = "bastion.over", Some(clause::ANNEX_2_2), "有效期至 {until},已经结束", "valid until {until}";
        OutOfHours { hours: String } = "bastion.out_of_hours", Some(clause::ANNEX_2_2), "该账号仅限工作日 {hours} 使用,现在不能签发证书", "only on working days, {hours}";
        BadKey = "bastion.bad_key", None, "不是可用的 SSH 公钥:请粘贴 .pub 文件的全部内容(ed25519,或 3072 位以上的 RSA),勿粘贴私钥", "not an SSH public key of a kind that is taken";
        PrivateKey = "bastion.private_key", Some(clause::A29), "您粘贴的是私钥。私钥不得外传,本系统未保存;请立即停用该密钥并重新生成,只粘贴 .pub 公钥", "that is a private key; it was not kept";
    }
}

/// 可登录时段: from when to when something opens the way, in the city's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime,
    pub until: DateTime,
}

/// What stands behind a certificate, whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    pub window: Window,
    pub hours: BastionHours,
    pub ways: Ways,
}

impl Basis {
    /// Of an account: its first day's morning to its last day's midnight.
    pub fn of_account((from, to): (Date, Date), hours: BastionHours, ways: Ways) -> Self {
        let until = to.saturating_add(1.day()).to_datetime(Time::midnight());
        Self { window: Window { from: from.to_datetime(Time::midnight()), until }, hours, ways }
    }

    /// Of a supplier's grant: its minutes as the agency gave them.
    pub fn of_grant((from, until): (DateTime, DateTime), transfers: Vec<FileTransfer>) -> Self {
        Self { window: Window { from, until }, hours: BastionHours::Always, ways: Ways::of_grant(transfers) }
    }

    /// Whether the way is open at `now`, and if so until when; never beyond the basis itself.
    pub fn open_at(&self, now: DateTime, calendar: &Calendar, limits: &Limits) -> Result<DateTime, Refusal> {
        if now < self.window.from {
            return Err(Refusal::NotYet { from: minute(self.window.from) });
        }
        if now >= self.window.until {
            return Err(Refusal::Over { until: minute(self.window.until) });
        }
        Ok(match self.hours {
            BastionHours::Always => self.window.until,
            BastionHours::Office => office_end(now, calendar, limits)?.min(self.window.until),
        })
    }

    /// 证书有效期 of a certificate issued at `now`: so many hours (our decision), and never beyond what is granted.
    pub fn certificate(&self, now: DateTime, calendar: &Calendar, limits: &Limits) -> Result<Window, Refusal> {
        let end = self.open_at(now, calendar, limits)?;
        let shift = i64::from(limits.bastion_certificate_hours.value.0);
        Ok(Window { from: now, until: end.min(now.saturating_add(shift.hours())) })
    }
}

/// 下班 of the working day `now` falls into; refuses outside of it. A year without a calendar has no working days.
fn office_end(now: DateTime, calendar: &Calendar, limits: &Limits) -> Result<DateTime, Refusal> {
    let (from, until) = (limits.office_opens.value.0, limits.office_closes.value.0);
    let refused = || Refusal::OutOfHours { hours: format!("{from:02}:00–{until:02}:00") };
    let at = |hour: u32| now.date().to_datetime(Time::midnight()).saturating_add(i64::from(hour).hours());
    let known = calendar.years().any(|year| year == now.date().year());
    let within = known && calendar.is_working_day(now.date()) && now >= at(from) && now < at(until);
    if within { Ok(at(until)) } else { Err(refused()) }
}

/// `2026-01-05 09:30`.
pub fn minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Refuses what no certificate can be issued for: no way a jump host serves, no server, too many.
pub fn reachable(ways: &Ways, hosts: usize) -> Result<(), Refusal> {
    if ways.served().next().is_none() {
        return Err(Refusal::NotServed);
    }
    match hosts {
        0 => Err(Refusal::NoHosts),
        hosts if hosts > HOSTS_MAX => Err(Refusal::TooManyHosts { most: HOSTS_MAX }),
        _ => Ok(()),
    }
}

/// 登录名单名 of a server: its name with the case's number behind it, for two agencies may both have an `app`.
pub fn principal(host: &str, case_number: &str) -> String {
    format!("{host}.{}", case_number.to_ascii_lowercase())
}

/// Whether an address lies in a network of the form (`10.1.2.0/24`, or one address). False of anything unreadable.
pub fn source_holds(network: &str, address: &str) -> bool {
    let (base, prefix) = network.split_once('/').unwrap_or((network, ""));
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else { return false };
    let prefix = |whole: u32| if prefix.is_empty() { Some(whole) } else { prefix.parse().ok().filter(|p| *p <= whole) };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => prefix(32).is_some_and(|prefix| {
            let rest = u32::MAX.checked_shr(prefix).unwrap_or(0);
            base.to_bits() | rest == address.to_bits() | rest
        }),
        (IpAddr::V6(base), IpAddr::V6(address)) => prefix(128).is_some_and(|prefix| {
            let rest = u128::MAX.checked_shr(prefix).unwrap_or(0);
            base.to_bits() | rest == address.to_bits() | rest
        }),
        _ => false,
    }
}

crate::terms! {
    /// 未放行的原因: why a log-in or a session was not let through.
    #[derive(Default)]
    pub enum Barred {
        #[default]
        Unknown = "unknown", "无证书或证书不可信", "no certificate of ours";
        Revoked = "revoked", "证书已吊销", "revoked";
        Expired = "expired", "证书不在有效期内", "outside its validity";
        Source = "source", "来源地址不符", "from another address";
        Host = "host", "主机不在授权范围", "a server that was not granted";
        Mismatch = "mismatch", "证书与签发记录不符", "differs from what was issued";
        NoBasis = "no_basis", "账号或授权已失效", "the account or the grant is no longer in force";
        Hours = "hours", "不在可用时段", "out of hours";
        Protocol = "protocol", "登录方式不在授权范围", "a protocol that was not granted";
    }
}

crate::terms! {
    /// 断开原因: why a session ended that its holder did not end.
    pub enum Cut {
        Revoked = "revoked", "证书吊销,已断开", "cut off: the certificate was revoked";
        Expired = "expired", "证书到期,已断开", "cut off: the certificate was over";
        Lost = "lost", "会话中断", "the jump host lost it";
    }
}

/// 一次会话请求 as a jump host reports it before it lets anyone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// 证书序号, as sshd verified it.
    pub serial: i64,
    pub key_id: String,
    /// Where the person connects from.
    pub source: String,
    /// The server asked for: a principal of the certificate, or whatever was typed.
    pub host: String,
    pub protocol: BastionProtocol,
}

/// What was issued under the serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub key_id: String,
    pub principals: Vec<String>,
    pub source: String,
    pub window: Window,
    pub revoked: bool,
}

/// 放行: whether a session may begin. `basis` is the account or grant where it is still in force, `open` the principals
/// of servers that are open now. What the certificate says is asked again here, for a jump host may lag behind.
pub fn admit(
    asked: &Asked,
    issued: Option<&Issued>,
    basis: Option<&Basis>,
    open: &[String],
    (now, calendar, limits): (DateTime, &Calendar, &Limits),
) -> Result<(), Barred> {
    let issued = issued.ok_or(Barred::Unknown)?;
    let barred = [
        (issued.key_id != asked.key_id, Barred::Mismatch),
        (issued.revoked, Barred::Revoked),
        (now >= issued.window.until, Barred::Expired),
        (!source_holds(&issued.source, &asked.source), Barred::Source),
        (!issued.principals.contains(&asked.host), Barred::Host),
        (!open.contains(&asked.host), Barred::NoBasis),
    ];
    if let Some((_, why)) = barred.into_iter().find(|(is_so, _)| *is_so) {
        return Err(why);
    }
    let basis = basis.ok_or(Barred::NoBasis)?;
    match basis.open_at(now, calendar, limits) {
        Ok(_) if !basis.ways.carries(asked.protocol) => Err(Barred::Protocol),
        Ok(_) => Ok(()),
        Err(Refusal::OutOfHours { .. }) => Err(Barred::Hours),
        Err(_) => Err(Barred::NoBasis),
    }
}

#[cfg(test)]
mod tests;
