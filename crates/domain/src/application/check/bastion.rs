//! 附件2-2: who may reach which servers, from where, for how long.

use super::{Context, Findings, LONG_TEXT, MAX_ROWS, SHORT_TEXT};
use crate::application::form::{BastionLine, BastionProtocol, BastionUserKind, Form};
use crate::calendar::Date;
use crate::clause;
use crate::finding::Finding;
use crate::identifiers;
use crate::limits::Limits;

pub(super) fn check(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for (at, line) in form.bastion_accounts.iter().take(MAX_ROWS).enumerate() {
        let row = format!("bastion_accounts[{at}]");
        person(&row, line, found);
        reach(form, &row, line, found);
        validity(&row, line, context.limits, found);
    }
}

/// A row of 附件2-2 that a change alters or adds.
pub struct ChangedRow {
    /// Its place in the form as the change leaves it.
    pub at: usize,
    /// What it is called in the change: `accounts[0]`.
    pub name: String,
    /// Added: its person is checked, too.
    pub new: bool,
}

/// Findings on the rows of 附件2-2 that a change of the running service alters or adds; `form` as it leaves it.
pub fn changed_accounts(form: &Form, rows: &[ChangedRow], (today, limits): (Date, &Limits)) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    found.fits("new_accounts", form.bastion_accounts.len(), clause::ANNEX_2_2);
    for row in rows {
        let Some(line) = form.bastion_accounts.get(row.at) else { continue };
        if row.new {
            person(&row.name, line, &mut found);
        }
        reach(form, &row.name, line, &mut found);
        validity(&row.name, line, limits, &mut found);
        if line.valid_to.is_some_and(|to| to < today) {
            let field = format!("{}.valid_to", row.name);
            let (zh, en) = ("有效期止日已过", "the last day is over");
            found.error(field, "form.validity_over", zh, en, clause::ANNEX_2_2);
        }
    }
    found.0
}

fn person(row: &str, line: &BastionLine, found: &mut Findings) {
    let field = |name: &str| format!("{row}.{name}");
    found.text(field("user_name"), &line.user_name, 50, "使用人姓名");
    found.require(field("user_kind"), line.user_kind.is_some(), "人员类别");
    found.short_enough(field("organisation"), &line.organisation, SHORT_TEXT, "所属单位");
    found.short_enough(field("reason"), &line.reason, LONG_TEXT, "申请理由");
    if !identifiers::is_id_number(&line.id_number) {
        found.error(
            field("id_number"),
            "form.id_number",
            "身份证号校验不通过(GB 11643)",
            "not a valid ID number",
            clause::ANNEX_2_2,
        );
    }
    if !identifiers::is_mobile(&line.mobile) {
        found.error(
            field("mobile"),
            "form.mobile",
            "手机号码应为 11 位,以 1 开头",
            "not a mobile number",
            clause::ANNEX_2_2,
        );
    }
    let outside = line.user_kind.is_some_and(|kind| kind != BastionUserKind::Agency);
    if outside && !line.confidentiality_signed {
        found.error(
            field("confidentiality_signed"),
            "form.confidentiality",
            "外单位人员须签订保密协议",
            "outside staff must sign a confidentiality agreement",
            clause::A28,
        );
    }
}

fn reach(form: &Form, row: &str, line: &BastionLine, found: &mut Findings) {
    let field = |name: &str| format!("{row}.{name}");
    found.require(field("protocols"), !line.protocols.is_empty(), "协议");
    if line.protocols.contains(&BastionProtocol::Sftp) {
        found.require(field("transfers"), !line.transfers.is_empty(), "文件传输");
    }
    if line.protocols.iter().any(|protocol| matches!(protocol, BastionProtocol::Rdp | BastionProtocol::Database)) {
        found.warn(
            field("protocols"),
            "form.protocol_not_served",
            "平台跳板机只提供 SSH 和 SFTP;RDP、数据库协议须与供应商另行商定",
            "the jump hosts serve SSH and SFTP only",
            clause::ANNEX_2_2,
        );
    }
    let known = |host: &String| form.servers.iter().any(|server| server.host_name == *host);
    if line.hosts.is_empty() || !line.hosts.iter().all(known) {
        found.error(
            field("hosts"),
            "form.bastion_hosts",
            "授权资产须为附件2-1中的主机",
            "hosts must stand in annex 2-1",
            clause::ANNEX_2_2,
        );
    }
    if !identifiers::is_cidr(&line.source) {
        found.error(
            field("source"),
            "form.cidr",
            "来源IP须为网段,如 10.1.2.0/24",
            "the source must be a CIDR",
            clause::ANNEX_2_2,
        );
    } else if identifiers::is_open_network(&line.source) {
        found.error(
            field("source"),
            "form.source_open",
            "来源IP须为办公网段,不得为整个互联网",
            "the source may not be the whole internet",
            clause::ANNEX_2_2,
        );
    }
}

fn validity(row: &str, line: &BastionLine, limits: &Limits, found: &mut Findings) {
    let longest = i64::from(limits.bastion_account_days.value.0);
    let days =
        line.valid_from.zip(line.valid_to).and_then(|(from, to)| from.until(to).ok()).map(|span| span.get_days());
    if !days.is_some_and(|days| days >= 0 && i64::from(days) < longest) {
        found.error(
            format!("{row}.valid_to"),
            "form.validity",
            "有效期起止须完整且不超过一年",
            "validity must be whole and at most a year",
            clause::ANNEX_2_2,
        );
    }
}
