//! 填报校验: what must be mended before an application can be submitted, field by field.

use super::form::{
    Audience, BastionLine, BastionUserKind, Form, Mode, Network, ProtectionLevel, ServerLine, ServerRole, Zone,
};
use super::material::{self, MaterialKind};
use crate::calendar::Date;
use crate::clause;
use crate::finding::Finding;
use crate::identifiers;
use crate::limits::Limits;
use crate::money::Fen;

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
}

/// vCPU sizes on offer.
pub const VCPU_SIZES: [u16; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Ports that may never be open to the internet.
pub const FORBIDDEN_INTERNET_PORTS: [u16; 5] = [22, 3389, 3306, 1521, 6379];
/// Most rows of each table.
pub const MAX_ROWS: usize = 200;

/// All findings, in the order of the form.
pub fn check(form: &Form, context: &Context<'_>) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    contact(form, &mut found);
    request(form, &mut found);
    system(form, &mut found);
    found.require("deployment.zones", !form.deployment.zones.is_empty(), "云区");
    servers(form, &mut found);
    services(form, context, &mut found);
    for (at, line) in form.bastion_accounts.iter().take(MAX_ROWS).enumerate() {
        bastion(form, at, line, context, &mut found);
    }
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
        if text.chars().count() > max_chars {
            let zh = format!("{label}不超过 {max_chars} 字");
            self.0.push(
                Finding::error(field, "form.too_long", zh, format!("at most {max_chars} characters"))
                    .under(clause::ANNEX_2),
            );
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
        ("contact.email", &c.email, "邮箱"),
    ] {
        found.text(field, text, 50, label);
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

fn system(form: &Form, found: &mut Findings) {
    let s = &form.system;
    found.text("system.name", &s.name, 100, "系统名称");
    found.require("system.category", s.category.is_some(), "系统类别");
    found.require("system.audience", s.audience.is_some(), "服务对象");
    found.text("system.overview", &s.overview, 2000, "系统概述");
    if (1..50).contains(&s.overview.trim().chars().count()) {
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
    found.require("system.protection_level", s.protection_level.is_some(), "等保定级");
    found.text("system.sharing_scope", &s.sharing_scope, 500, "数据共享范围");
    if s.protection_level == Some(ProtectionLevel::Three) && s.assessed_on.is_none() {
        found.warn(
            "system.assessed_on",
            "form.assessment_due",
            "三级系统须每年测评,请填写测评日期",
            "level 3 systems are assessed every year",
            clause::A9_4,
        );
    }
    if s.cloud_software_suffices.is_none() {
        found.require("system.cloud_software_suffices", false, "政务云应用软件能否满足");
    } else if s.cloud_software_suffices == Some(false) && s.cloud_software_reason.trim().is_empty() {
        found.error(
            "system.cloud_software_reason",
            "form.software_reason",
            "请说明政务云应用软件不能满足的理由",
            "say why the cloud's software does not suffice",
            clause::A7,
        );
    }
    if s.is_website {
        for (field, text, label) in [
            ("system.domain_name", &s.domain_name, "域名"),
            ("system.icp_number", &s.icp_number, "ICP备案号"),
            ("system.police_number", &s.police_number, "公安备案号"),
        ] {
            if text.trim().is_empty() {
                found.error(
                    field,
                    "form.website",
                    &format!("网站类系统须填写{label}"),
                    "required for websites",
                    clause::A29,
                );
            }
        }
    }
    let zone_misfit = s.audience == Some(Audience::Public)
        && !form.deployment.zones.is_empty()
        && !form.deployment.zones.contains(&Zone::Public);
    if zone_misfit && form.deployment.zone_reason.trim().is_empty() {
        found.warn(
            "deployment.zone_reason",
            "form.zone_misfit",
            "面向公众的业务宜部署在公共云,请说明理由",
            "public business belongs in the public zone",
            clause::A3,
        );
    }
}

fn servers(form: &Form, found: &mut Findings) {
    if form.servers.is_empty() && form.services.is_empty() {
        found.error(
            "servers",
            "form.nothing_asked",
            "请至少填写一行服务器或其他服务",
            "ask for at least one server or service",
            clause::ANNEX_2_1,
        );
    }
    if form.servers.len() > MAX_ROWS || form.services.len() > MAX_ROWS || form.bastion_accounts.len() > MAX_ROWS {
        found.error(
            "servers",
            "form.too_many_rows",
            "每张表最多 200 行",
            "at most 200 rows a table",
            clause::ANNEX_2_1,
        );
    }
    for (at, line) in form.servers.iter().take(MAX_ROWS).enumerate() {
        server(form, at, line, found);
    }
    let total: u32 = form.servers.iter().map(|line| u32::from(line.quantity.unwrap_or(0))).sum();
    if total > 10 && form.estimate.performance.trim().is_empty() {
        found.error(
            "estimate.performance",
            "form.argue_size",
            "单系统超过 10 台服务器,须在测算方案中论证",
            "more than ten servers must be argued for",
            clause::A10_1,
        );
    }
}

fn server(form: &Form, at: usize, line: &ServerLine, found: &mut Findings) {
    let field = |name: &str| format!("servers[{at}].{name}");
    found.require(field("role"), line.role.is_some(), "用途");
    if !identifiers::is_host_name(&line.host_name) {
        found.error(
            field("host_name"),
            "form.host_name",
            "主机名为 2–63 位小写字母、数字或连字符",
            "2–63 lower-case letters, digits or hyphens",
            clause::ANNEX_2_1,
        );
    } else if form.servers[..at].iter().any(|other| other.host_name == line.host_name) {
        found.error(
            field("host_name"),
            "form.host_name_twice",
            "主机名重复",
            "host name used twice",
            clause::ANNEX_2_1,
        );
    }
    for (name, given, label) in [
        ("zone", line.zone.is_some(), "云区"),
        ("network", line.network.is_some(), "网络区"),
        ("architecture", line.architecture.is_some(), "CPU 架构"),
        ("operating_system", line.operating_system.is_some(), "操作系统"),
    ] {
        found.require(field(name), given, label);
    }
    if !line.vcpu.is_some_and(|n| VCPU_SIZES.contains(&n)) {
        found.error(
            field("vcpu"),
            "form.vcpu",
            "vCPU 须为 1、2、4、8、16、32 或 64",
            "vCPU must be 1, 2, 4, 8, 16, 32 or 64",
            clause::ANNEX_2_1,
        );
    }
    found.within(field("memory_gib"), line.memory_gib.map(u32::from), (1, 512), "内存(GB)");
    if let (Some(vcpu), Some(memory)) = (line.vcpu, line.memory_gib) {
        if memory < vcpu || memory > vcpu.saturating_mul(8) {
            found.error(
                field("memory_gib"),
                "form.ratio",
                "vCPU 与内存之比须在 1:1 至 1:8 之间",
                "memory must be 1 to 8 GB for each vCPU",
                clause::ANNEX_2_1,
            );
        }
        if vcpu > 16 || memory > 64 {
            found.require(field("basis"), line.basis.trim().chars().count() >= 20, "大规格服务器的论证(不少于 20 字)");
        }
    }
    found.within(field("system_disk_gib"), line.system_disk_gib.map(u32::from), (40, 500), "系统盘(GB)");
    found.require(field("system_disk_kind"), line.system_disk_kind.is_some(), "系统盘类型");
    for (disk_at, disk) in line.data_disks.iter().enumerate() {
        found.within(
            field(&format!("data_disks[{disk_at}].size_gib")),
            disk.size_gib.map(u32::from),
            (10, 32768),
            "数据盘(GB)",
        );
        found.within(
            field(&format!("data_disks[{disk_at}].quantity")),
            disk.quantity.map(u32::from),
            (1, 16),
            "数据盘块数",
        );
    }
    found.within(field("quantity"), line.quantity.map(u32::from), (1, 200), "数量");
    found.text(field("basis"), &line.basis, 1000, "测算依据");
    exposure(at, line, found);
}

fn exposure(at: usize, line: &ServerLine, found: &mut Findings) {
    let field = |name: &str| format!("servers[{at}].{name}");
    let online = line.network == Some(Network::Internet);
    if line.bandwidth_mbps.unwrap_or(0) > 0 && !online {
        found.error(
            field("bandwidth_mbps"),
            "form.bandwidth_zone",
            "仅互联网区可申请公网带宽",
            "bandwidth only in the internet zone",
            clause::ANNEX_2_1,
        );
    }
    if line.bandwidth_mbps.is_some() {
        found.within(field("bandwidth_mbps"), line.bandwidth_mbps.map(u32::from), (0, 1000), "公网带宽(Mbps)");
    }
    if online && line.role == Some(ServerRole::Database) {
        found.warn(
            field("network"),
            "form.database_exposed",
            "互联网区不得部署数据库",
            "databases do not belong in the internet zone",
            clause::A29,
        );
    }
    for (port_at, port) in line.ports.iter().enumerate() {
        let field = field(&format!("ports[{port_at}]"));
        if port.port.is_none_or(|n| n == 0)
            || !matches!(port.protocol.as_str(), "tcp" | "udp")
            || !identifiers::is_cidr(&port.source)
        {
            found.error(
                &*field,
                "form.port",
                "端口、协议(tcp/udp)或来源网段不正确",
                "bad port, protocol or source",
                clause::ANNEX_2_1,
            );
        } else if port.source == "0.0.0.0/0" && port.port.is_some_and(|n| FORBIDDEN_INTERNET_PORTS.contains(&n)) {
            found.error(
                &*field,
                "form.forbidden_port",
                "22、3389、3306、1521、6379 端口不得对互联网开放",
                "this port may not be open to the internet",
                clause::A29,
            );
        }
    }
}

fn services(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for (at, line) in form.services.iter().take(MAX_ROWS).enumerate() {
        if !(context.known_sku)(&line.sku) {
            found.error(
                format!("services[{at}].sku"),
                "form.unknown_sku",
                "目录中没有此产品",
                "no such product in the catalogue",
                clause::ANNEX_3,
            );
        }
        found.within(format!("services[{at}].quantity"), line.quantity, (1, 100_000), "数量");
    }
}

fn bastion(form: &Form, at: usize, line: &BastionLine, context: &Context<'_>, found: &mut Findings) {
    let field = |name: &str| format!("bastion_accounts[{at}].{name}");
    found.text(field("user_name"), &line.user_name, 50, "使用人姓名");
    found.require(field("user_kind"), line.user_kind.is_some(), "人员类别");
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
    found.require(field("protocols"), !line.protocols.is_empty(), "协议");
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
    }
    let longest = i64::from(context.limits.bastion_account_days.value.0);
    let valid = line
        .valid_from
        .zip(line.valid_to)
        .is_some_and(|(from, to)| from <= to && from.until(to).is_ok_and(|span| i64::from(span.get_days()) < longest));
    if !valid {
        found.error(
            field("valid_to"),
            "form.validity",
            "有效期起止须完整且不超过一年",
            "validity must be whole and at most a year",
            clause::ANNEX_2_2,
        );
    }
    if line.user_kind.is_some_and(|kind| kind != BastionUserKind::Agency) && !line.confidentiality_signed {
        found.error(
            field("confidentiality_signed"),
            "form.confidentiality",
            "外单位人员须签订保密协议",
            "outside staff must sign a confidentiality agreement",
            clause::A28,
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
