//! 填报校验: what must be mended before an application can be submitted, field by field.
//!
//! An error blocks the submission, a warning asks for a second look. One file a part of the form:
//! `system` 业务应用系统, `servers` 附件2-1 and other services, `bastion` 附件2-2; the rest stands here.

use super::dedicated::HostSize;
use super::form::{Architecture, Form, Mode, ServerLine};
use super::material::{self, MaterialKind};
use crate::calendar::Date;
use crate::clause;
use crate::finding::Finding;
use crate::identifiers;
use crate::limits::Limits;
use crate::money::Fen;

mod bastion;
mod servers;
mod system;

pub use bastion::{ChangedRow, changed_accounts};
pub use servers::FORBIDDEN_INTERNET_PORTS;

/// What the check needs besides the form.
pub struct Context<'a> {
    pub today: Date,
    pub limits: &'a Limits,
    /// 年费 at the current prices, existing lines of the same system included (D14).
    pub fee_per_year: Fen,
    /// Kinds of attachments already there.
    pub attached: &'a [MaterialKind],
    /// SKUs in force today.
    pub known_sku: &'a dyn Fn(&str) -> bool,
    /// SKUs an engine opens with the rows of 附件2-1 and only so (`fulfilment`).
    pub opened_with_servers: &'a dyn Fn(&str) -> bool,
    /// 整机规格 of a 专享宿主机, by SKU.
    pub host_size: &'a dyn Fn(&str) -> Option<HostSize>,
}

/// Most rows of each table.
pub const MAX_ROWS: usize = 200;
/// Most characters of a name, a number or another short entry.
const SHORT_TEXT: usize = 100;
/// Most characters of a paragraph.
const LONG_TEXT: usize = 2000;
/// Most characters of one section of the 测算方案.
const SECTION_TEXT: usize = 5000;
/// 可用性要求 on offer, in hundredths of a percent.
pub const AVAILABILITY_BASIS_POINTS: [u16; 3] = [9950, 9990, 9995];

/// Longer than a section of the estimate may be.
pub fn too_long(section: &str) -> bool {
    section.chars().count() > SECTION_TEXT
}

/// All findings, in the order of the form.
pub fn check(form: &Form, context: &Context<'_>) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    contact(form, &mut found);
    request(form, &mut found);
    system::check(form, &mut found);
    deployment(form, &mut found);
    servers::check(form, context, &mut found);
    bastion::check(form, context, &mut found);
    funding(form, context, &mut found);
    estimate(form, context, &mut found);
    materials(form, context, &mut found);
    if !form.commitment {
        found.error(
            "commitment",
            "form.commitment",
            "须确认使用承诺书",
            "the commitment must be confirmed",
            clause::A8,
        );
    }
    found.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, field: impl Into<String>, code: &'static str, zh: &str, en: &str, under: clause::Clause) {
        self.0.push(Finding::error(field, code, zh, en).under(under));
    }

    fn warn(&mut self, field: impl Into<String>, code: &'static str, zh: &str, en: &str, under: clause::Clause) {
        self.0.push(Finding::warning(field, code, zh, en).under(under));
    }

    fn require(&mut self, field: impl Into<String>, given: bool, label: &str) {
        let field = field.into();
        if !given {
            let en = format!("{field} is required");
            self.0.push(Finding::error(field, "form.required", format!("请填写{label}"), en).under(clause::ANNEX_2));
        }
    }

    fn text(&mut self, field: impl Into<String>, text: &str, max_chars: usize, label: &str) {
        let field = field.into();
        self.require(&*field, !text.trim().is_empty(), label);
        self.short_enough(field, text, max_chars, label);
    }

    /// Of a text that may be absent: only its length.
    fn short_enough(&mut self, field: impl Into<String>, text: &str, max_chars: usize, label: &str) {
        if text.chars().count() > max_chars {
            let zh = format!("{label}不超过 {max_chars} 字");
            self.0.push(
                Finding::error(field, "form.too_long", zh, format!("at most {max_chars} characters"))
                    .under(clause::ANNEX_2),
            );
        }
    }

    /// Of a table of the form: no more rows than it holds.
    fn fits(&mut self, table: &str, rows: usize, under: clause::Clause) {
        if rows > MAX_ROWS {
            let (zh, en) = (format!("每张表最多 {MAX_ROWS} 行"), format!("at most {MAX_ROWS} rows a table"));
            self.error(table, "form.too_many_rows", &zh, &en, under);
        }
    }

    fn within(&mut self, field: impl Into<String>, value: Option<u32>, range: (u32, u32), label: &str) {
        if !value.is_some_and(|v| (range.0..=range.1).contains(&v)) {
            let zh = format!("{label}须在 {}–{} 之间", range.0, range.1);
            let en = format!("must lie between {} and {}", range.0, range.1);
            self.0.push(Finding::error(field, "form.out_of_range", zh, en).under(clause::ANNEX_2_1));
        }
    }
}

fn contact(form: &Form, found: &mut Findings) {
    let c = &form.contact;
    if !identifiers::is_credit_code(&c.credit_code) {
        found.error(
            "contact.credit_code",
            "form.credit_code",
            "统一社会信用代码校验不通过(GB 32100)",
            "not a valid unified social credit code",
            clause::ANNEX_2,
        );
    }
    for (field, text, label) in [
        ("contact.head", &c.head, "单位负责人"),
        ("contact.deputy", &c.deputy, "分管领导"),
        ("contact.handler", &c.handler, "经办人"),
    ] {
        found.text(field, text, 50, label);
    }
    found.short_enough("contact.landline", &c.landline, 20, "座机");
    found.text("contact.email", &c.email, SHORT_TEXT, "邮箱");
    if !c.email.trim().is_empty() && !identifiers::is_email(&c.email) {
        found.error("contact.email", "form.email", "邮箱格式不正确", "not an e-mail address", clause::ANNEX_2);
    }
    if !identifiers::is_mobile(&c.mobile) {
        found.error(
            "contact.mobile",
            "form.mobile",
            "手机号码应为 11 位,以 1 开头",
            "not a mobile number",
            clause::ANNEX_2,
        );
    }
    let officers = [&c.system_admin, &c.security_admin, &c.audit_admin];
    for (field, text, label) in [
        ("contact.system_admin", officers[0], "系统管理员"),
        ("contact.security_admin", officers[1], "安全保密员"),
        ("contact.audit_admin", officers[2], "安全审计员"),
    ] {
        found.text(field, text, 50, label);
    }
    let same = |a: &str, b: &str| !a.trim().is_empty() && a.trim() == b.trim();
    if same(officers[0], officers[1]) || same(officers[1], officers[2]) || same(officers[0], officers[2]) {
        found.error(
            "contact.audit_admin",
            "form.officers_differ",
            "系统管理员、安全保密员、安全审计员须为三个不同的人",
            "the three officers must be three different people",
            clause::A29,
        );
    }
}

fn request(form: &Form, found: &mut Findings) {
    let r = &form.request;
    found.require("request.mode", r.mode.is_some(), "申请方式");
    found.require("request.construction", r.construction.is_some(), "建设性质");
    found.require("request.urgency", r.urgency.is_some(), "紧急程度");
    if r.mode == Some(Mode::Special) && r.special_reason.is_none() {
        found.error(
            "request.special_reason",
            "form.special_reason",
            "专项申请须选择理由",
            "a special request needs its reason",
            clause::A10_1_2,
        );
    }
}

fn deployment(form: &Form, found: &mut Findings) {
    let d = &form.deployment;
    found.require("deployment.zones", !d.zones.is_empty(), "云区");
    if d.availability_basis_points.is_some_and(|points| !AVAILABILITY_BASIS_POINTS.contains(&points)) {
        found.error(
            "deployment.availability_basis_points",
            "form.availability",
            "可用性要求须为 99.5%、99.9% 或 99.95%",
            "availability is 99.5, 99.9 or 99.95 percent",
            clause::ANNEX_2,
        );
    }
    for (field, text, label) in [
        ("deployment.backup_requirement", &d.backup_requirement, "备份要求"),
        ("deployment.not_domestic_reason", &d.not_domestic_reason, "不采用信创的理由"),
        ("deployment.zone_reason", &d.zone_reason, "云区说明"),
    ] {
        found.short_enough(field, text, LONG_TEXT, label);
    }
    let domestic = |line: &ServerLine| line.architecture != Some(Architecture::X86);
    if !form.servers.iter().all(domestic) && d.not_domestic_reason.trim().is_empty() {
        found.warn(
            "deployment.not_domestic_reason",
            "form.not_domestic",
            "申请了 x86 服务器,请说明不采用信创的理由",
            "say why x86 servers are asked for",
            clause::A33,
        );
    }
}

fn funding(form: &Form, context: &Context<'_>, found: &mut Findings) {
    found.require("funding.source", form.funding.source.is_some(), "资金来源");
    found.text("funding.budget_item", &form.funding.budget_item, 100, "预算项目");
    match form.funding.expected_activation {
        Some(day) if day > context.today => {}
        _ => found.error(
            "funding.expected_activation",
            "form.expected_activation",
            "预计开通日期须晚于今天",
            "must be after today",
            clause::ANNEX_2,
        ),
    }
}

fn estimate(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for (name, label, text) in form.estimate.sections() {
        found.short_enough(format!("estimate.{name}"), text, SECTION_TEXT, label);
    }
    if context.fee_per_year < context.limits.estimate_from.value {
        return;
    }
    for (name, label, text) in form.estimate.sections() {
        if text.trim().is_empty() {
            let zh = format!("云服务费达到 10 万元/年,测算方案须填写「{label}」");
            found.error(
                format!("estimate.{name}"),
                "form.estimate",
                &zh,
                "required from 100,000 yuan a year",
                clause::A10_1,
            );
        }
    }
}

fn materials(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for kind in material::required(form) {
        if !context.attached.contains(&kind) {
            let zh = format!("缺少材料:{}", kind.zh());
            found.error(
                format!("attachments.{}", kind.code()),
                "form.material_missing",
                &zh,
                "a required attachment is missing",
                clause::A10_1,
            );
        }
    }
}

#[cfg(test)]
mod tests;
