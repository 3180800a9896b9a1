//! 四 业务应用系统: what it is, what it may not hold, and whether the cloud's own software would do.

use super::{Findings, LONG_TEXT, SHORT_TEXT};
use crate::application::form::{Audience, Form, ProtectionLevel, System, Zone};
use crate::clause;
use crate::identifiers;

/// Least characters of the overview.
const OVERVIEW_LEAST: usize = 50;

pub(super) fn check(form: &Form, found: &mut Findings) {
    let system = &form.system;
    identity(system, found);
    secrecy(system, found);
    protection(system, found);
    software(system, found);
    if system.is_website {
        website(system, found);
    }
    zone(form, found);
}

fn identity(s: &System, found: &mut Findings) {
    found.text("system.name", &s.name, 100, "系统名称");
    found.require("system.category", s.category.is_some(), "系统类别");
    found.require("system.audience", s.audience.is_some(), "服务对象");
    found.text("system.overview", &s.overview, LONG_TEXT, "系统概述");
    if (1..OVERVIEW_LEAST).contains(&s.overview.trim().chars().count()) {
        found.error(
            "system.overview",
            "form.too_short",
            "系统概述不少于 50 字",
            "at least 50 characters",
            clause::ANNEX_2,
        );
    }
    found.require("system.registered_users", s.registered_users.is_some(), "注册用户数");
    found.require("system.peak_concurrency", s.peak_concurrency.is_some(), "峰值并发");
    for (field, text, label) in [
        ("system.short_name", &s.short_name, "系统简称"),
        ("system.developer", &s.developer, "开发单位"),
        ("system.operator", &s.operator, "运维单位"),
        ("system.protection_number", &s.protection_number, "等保备案号"),
    ] {
        found.short_enough(field, text, SHORT_TEXT, label);
    }
}

/// 第三条、第八条、第三十二条: neither state nor work secrets.
fn secrecy(s: &System, found: &mut Findings) {
    if s.unclassified != Some(true) {
        found.error(
            "system.unclassified",
            "form.classified",
            "政务云只承载非涉密系统,涉密系统不得申请",
            "classified systems may not use the government cloud",
            clause::A3,
        );
    }
    if s.work_secrets != Some(false) {
        found.error(
            "system.work_secrets",
            "form.work_secrets",
            "不得在政务云处理工作秘密",
            "work secrets may not be processed",
            clause::A32,
        );
    }
    found.require("system.personal_information", s.personal_information.is_some(), "个人信息规模");
    found.text("system.sharing_scope", &s.sharing_scope, 500, "数据共享范围");
}

fn protection(s: &System, found: &mut Findings) {
    found.require("system.protection_level", s.protection_level.is_some(), "等保定级");
    if s.protection_level == Some(ProtectionLevel::Three) && s.assessed_on.is_none() {
        found.warn(
            "system.assessed_on",
            "form.assessment_due",
            "三级系统须每年测评,请填写测评日期",
            "level 3 systems are assessed every year",
            clause::A9_4,
        );
    }
}

/// 第七条: the cloud's own software first.
fn software(s: &System, found: &mut Findings) {
    found.require("system.cloud_software_suffices", s.cloud_software_suffices.is_some(), "政务云应用软件能否满足");
    found.short_enough("system.cloud_software_reason", &s.cloud_software_reason, LONG_TEXT, "不能满足的理由");
    if s.cloud_software_suffices == Some(false) && s.cloud_software_reason.trim().is_empty() {
        found.error(
            "system.cloud_software_reason",
            "form.software_reason",
            "请说明政务云应用软件不能满足的理由",
            "say why the cloud's software does not suffice",
            clause::A7,
        );
    }
}

/// 第二十九条: a website is registered before it is put up.
fn website(s: &System, found: &mut Findings) {
    for (field, text, label) in [
        ("system.domain_name", &s.domain_name, "域名"),
        ("system.icp_number", &s.icp_number, "ICP备案号"),
        ("system.police_number", &s.police_number, "公安备案号"),
    ] {
        if text.trim().is_empty() {
            let zh = format!("网站类系统须填写{label}");
            found.error(field, "form.website", &zh, "required for websites", clause::A29);
        }
        found.short_enough(field, text, 253, label);
    }
    if !s.domain_name.trim().is_empty() && !identifiers::is_domain_name(&s.domain_name) {
        found.error(
            "system.domain_name",
            "form.domain_name",
            "域名格式不正确,如 www.example.gov.cn",
            "not a domain name",
            clause::A29,
        );
    }
}

/// 第三条: 公共云 for the public. A remark only: the reviewer weighs the reason.
fn zone(form: &Form, found: &mut Findings) {
    let zones = &form.deployment.zones;
    let misfit = form.system.audience == Some(Audience::Public) && !zones.is_empty() && !zones.contains(&Zone::Public);
    if misfit && form.deployment.zone_reason.trim().is_empty() {
        found.warn(
            "deployment.zone_reason",
            "form.zone_misfit",
            "面向公众的业务宜部署在公共云,请说明理由",
            "public business belongs in the public zone",
            clause::A3,
        );
    }
}
