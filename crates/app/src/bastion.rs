//! 堡垒机: short-lived SSH certificates for the accounts of 附件2-2 and the supplier's grants (A28), and the sessions that
//! jump hosts report (A19).
//!
//! `authority` holds the signing key, `certificate` decides and issues, `krl` writes what is revoked, `bundle` is what a
//! jump host is set up with, `session` and `refusal` take what it reports, `view` is the case page's panel. The
//! lifecycles are the rooms `bastion_account`, `access_grant` and `access_alarm`; the hosts themselves `jump_host`.

use domain::bastion::{Issued, Window, principal};
use jiff::civil::DateTime;
use store::bastion::CertificateRow;

use crate::clock::Clock;

mod authority;
pub mod bundle;
pub mod certificate;
mod krl;
pub mod record;
pub mod refusal;
pub mod session;
pub mod view;

pub use authority::{KeyView, keys, rotate};

/// A certificate's clock may be behind ours by so much.
const SKEW_SECONDS_DEFAULT: i64 = 60;

/// What was issued, in the city's time.
fn issued(clock: &Clock, row: &CertificateRow) -> Issued {
    let at = |time: jiff_sqlx::Timestamp| clock.civil_of(time.to_jiff());
    Issued {
        key_id: row.key_id.clone(),
        principals: row.principals.clone(),
        source: row.source.clone(),
        window: Window { from: at(row.valid_after), until: at(row.valid_before) },
        revoked: row.revoked_at.is_some(),
    }
}

/// The city's time now.
fn now(clock: &Clock) -> DateTime {
    clock.civil_of(clock.now())
}

/// 登录名单名 of servers of a case.
fn principals(hosts: &[String], case_number: &str) -> Vec<String> {
    hosts.iter().map(|host| principal(host, case_number)).collect()
}
