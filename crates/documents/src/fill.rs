//! Filling documents from the domain: the application form in words, as it will be printed.
//!
//! Pure. Which organisation, which prices, which files: the caller knows and passes in.

use domain::application::form::{
    Architecture, BastionLine, DataDisk, Deployment, Form, OpenPort, ServerLine, ServiceLine, System, Tenancy,
};
use domain::bastion::Ways;
use domain::calendar::Date;
use domain::money::Fen;

use crate::model::application::{AccountRow, ApplicationForm, Material, ServerRow};
use crate::model::{Amount, Field, Group, OpinionBox, PricedLine};

/// What the form itself does not hold.
pub struct Given {
    /// 申请单位: name, credit code, kind, level, division, superior.
    pub applicant: Vec<Field>,
    /// Priced by the version in force.
    pub lines: Vec<PricedLine>,
    pub total: Fen,
    pub price_version: String,
    /// 达到10万元/年 (A10_1).
    pub estimate_required: bool,
    pub materials: Vec<Material>,
    /// 意见栏, given or blank, in the order of the form.
    pub opinions: Vec<OpinionBox>,
}

/// 使用承诺, word for word (A8, A32).
pub const COMMITMENT: &str = "本单位承诺：申请内容真实；严格按照批准用途使用政务云资源；不以任何形式将涉密计算机、涉密存储设备、涉密信息系统与政务云连接，不在政务云上存储、处理、传输国家秘密和工作秘密；落实网络安全主体责任。";

/// 附件2 with its annexes, from a form that may still be half-filled.
pub fn application_form(form: &Form, given: Given) -> ApplicationForm {
    ApplicationForm {
        applicant: given.applicant,
        groups: vec![people(form), request(form), system(&form.system), deployment(&form.deployment), funding(form)],
        resources_title: "七、资源汇总".to_owned(),
        lines: given.lines,
        total: given.total.into(),
        price_version: given.price_version,
        estimate_required: given.estimate_required,
        estimate: estimate(form),
        materials: given.materials,
        commitment: if form.commitment { COMMITMENT.to_owned() } else { String::new() },
        opinions: given.opinions,
        servers: form.servers.iter().map(server_row).collect(),
        accounts: form.bastion_accounts.iter().map(account_row).collect(),
    }
}

/// One priced line; `None` where the product of price and quantity is beyond what money can hold.
pub fn priced_line(sku: &str, name: &str, unit: &str, quantity: u64, unit_price: Fen) -> Option<PricedLine> {
    let annual = unit_price.times(quantity).ok()?;
    Some(PricedLine {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity,
        unit: unit.to_owned(),
        unit_price_fen: unit_price.0,
        annual_fen: annual.0,
    })
}

/// The amount with its 大写.
pub fn amount(fen: Fen) -> Amount {
    fen.into()
}

fn people(form: &Form) -> Group {
    let c = &form.contact;
    Group {
        title: "二、人员".to_owned(),
        fields: vec![
            Field::new("单位负责人", &c.head),
            Field::new("分管领导", &c.deputy),
            Field::new("经办人", &c.handler),
            Field::new("手机", &c.mobile),
            Field::new("座机", &c.landline),
            Field::new("邮箱", &c.email),
            Field::new("系统管理员", &c.system_admin),
            Field::new("安全保密员", &c.security_admin),
            Field::new("安全审计员", &c.audit_admin),
        ],
    }
}

fn request(form: &Form) -> Group {
    let r = &form.request;
    Group {
        title: "三、申请类型".to_owned(),
        fields: vec![
            Field::new("申请方式", r.mode.map_or("", |v| v.zh())),
            Field::new("专项理由", r.special_reason.map_or("", |v| v.zh())),
            Field::new("建设性质", r.construction.map_or("", |v| v.zh())),
            Field::new("紧急程度", r.urgency.map_or("", |v| v.zh())),
        ],
    }
}

fn system(s: &System) -> Group {
    let mut fields = vec![
        Field::new("系统名称", &s.name),
        Field::new("系统简称", &s.short_name),
        Field::new("系统类别", s.category.map_or("", |v| v.zh())),
        Field::new("服务对象", s.audience.map_or("", |v| v.zh())),
        Field::new("注册用户", count(s.registered_users, "人")),
        Field::new("日活用户", count(s.daily_active_users, "人")),
        Field::new("峰值并发", count(s.peak_concurrency, "")),
        Field::new("个人信息", s.personal_information.map_or("", |v| v.zh())),
        Field::wide("系统概述", &s.overview),
        Field::new("开发单位", &s.developer),
        Field::new("运维单位", &s.operator),
        Field::new("等保定级", s.protection_level.map_or("", |v| v.zh())),
        Field::new("等保备案号", &s.protection_number),
        Field::new("测评日期", s.assessed_on.map(|day| day.to_string()).unwrap_or_default()),
        Field::new("非涉密系统", flag(s.unclassified)),
        Field::new("处理工作秘密", flag(s.work_secrets)),
        Field::new("应用软件可满足", flag(s.cloud_software_suffices)),
        Field::wide("不能替代理由", &s.cloud_software_reason),
        Field::wide("数据共享范围", &s.sharing_scope),
    ];
    if s.is_website {
        fields.push(Field::new("域名", &s.domain_name));
        fields.push(Field::new("ICP备案号", &s.icp_number));
        fields.push(Field::new("公安备案号", &s.police_number));
    }
    Group { title: "四、业务应用系统".to_owned(), fields }
}

fn deployment(d: &Deployment) -> Group {
    let zones = d.zones.iter().map(|zone| zone.zh()).collect::<Vec<_>>().join("、");
    let availability =
        d.availability_basis_points.map(|points| format!("{}.{:02}%", points / 100, points % 100)).unwrap_or_default();
    Group {
        title: "五、部署要求".to_owned(),
        fields: vec![
            Field::new("云区", zones),
            Field::new("可用性", availability),
            Field::wide("备份要求", &d.backup_requirement),
            Field::wide("非信创理由", &d.not_domestic_reason),
            Field::wide("云区选择理由", &d.zone_reason),
        ],
    }
}

fn funding(form: &Form) -> Group {
    let f = &form.funding;
    Group {
        title: "六、资金".to_owned(),
        fields: vec![
            Field::new("资金来源", f.source.map_or("", |v| v.zh())),
            Field::new("预算项目", &f.budget_item),
            Field::new("预计开通", f.expected_activation.map(|day| day.to_string()).unwrap_or_default()),
            Field::new("使用期限", "1年"),
        ],
    }
}

/// Nothing where no section was written.
fn estimate(form: &Form) -> Vec<Field> {
    let sections = form.estimate.sections();
    if sections.iter().all(|(_, _, text)| text.trim().is_empty()) {
        return Vec::new();
    }
    sections.iter().map(|(_, title, text)| Field::wide(*title, *text)).collect()
}

fn count(number: Option<u32>, unit: &str) -> String {
    number.map(|number| format!("{number}{unit}")).unwrap_or_default()
}

fn flag(value: Option<bool>) -> &'static str {
    match value {
        None => "",
        Some(true) => "是",
        Some(false) => "否",
    }
}

/// 附件2-1 one row in words.
pub fn server_row(line: &ServerLine) -> ServerRow {
    let zone = line.zone.map_or("", |v| v.zh());
    let network = line.network.map_or("", |v| v.zh());
    ServerRow {
        role: role(line),
        host_name: line.host_name.clone(),
        zone: [zone, network].join("\n").trim().to_owned(),
        architecture: line.architecture.map_or("", Architecture::zh).to_owned(),
        vcpu: line.vcpu.unwrap_or(0).into(),
        memory_gib: line.memory_gib.unwrap_or(0).into(),
        operating_system: line.operating_system.map_or("", |v| v.zh()).to_owned(),
        system_disk: disk(line.system_disk_gib, line.system_disk_kind.map_or("", |v| v.zh())),
        data_disks: line.data_disks.iter().map(data_disk).collect::<Vec<_>>().join("\n"),
        quantity: line.quantity.unwrap_or(0).into(),
        public_network: public_network(line),
        ports: line.ports.iter().map(port).collect::<Vec<_>>().join("\n"),
        basis: [line.basis.as_str(), line.remark.as_str()].join("\n").trim().to_owned(),
    }
}

/// 用途, and the type of one that does not share its host.
fn role(line: &ServerLine) -> String {
    let tenancy = line.tenancy.filter(|tenancy| *tenancy != Tenancy::Shared).map_or("", Tenancy::zh);
    [line.role.map_or("", |v| v.zh()), tenancy].join("\n").trim().to_owned()
}

fn disk(size_gib: Option<u16>, kind: &str) -> String {
    size_gib.map(|size| format!("{size} GB {kind}").trim().to_owned()).unwrap_or_default()
}

fn data_disk(data: &DataDisk) -> String {
    format!("{}×{}", disk(data.size_gib, data.kind.map_or("", |v| v.zh())), data.quantity.unwrap_or(1))
}

fn public_network(line: &ServerLine) -> String {
    match (line.public_address, line.bandwidth_mbps.unwrap_or(0)) {
        (false, 0) => String::new(),
        (false, mbps) => format!("{mbps} Mbps"),
        (true, mbps) => format!("公网IP\n{mbps} Mbps"),
    }
}

fn port(port: &OpenPort) -> String {
    format!("{}/{} {}", port.protocol, port.port.map(|number| number.to_string()).unwrap_or_default(), port.source)
}

/// 附件2-2 one row in words, with the personal numbers masked.
pub fn account_row(line: &BastionLine) -> AccountRow {
    AccountRow {
        user_name: line.user_name.clone(),
        user_kind: line.user_kind.map_or("", |v| v.zh()).to_owned(),
        organisation: line.organisation.clone(),
        id_number: masked(&line.id_number),
        mobile: masked(&line.mobile),
        protocols: protocols(line),
        hosts: line.hosts.join("、"),
        source: line.source.clone(),
        valid_from: line.valid_from,
        valid_to: line.valid_to,
        confidentiality_signed: line.confidentiality_signed,
    }
}

/// What an account may do in one line: `app;SSH、SFTP、文件上传;自 2026-03-01 至 2027-02-28`. Without servers it is given up.
pub fn account_terms(line: &BastionLine) -> String {
    if line.hosts.is_empty() {
        return "注销".to_owned();
    }
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (hosts, protocols) = (line.hosts.join("、"), protocols(line));
    format!("{hosts};{protocols};{};自 {} 至 {}", line.source, day(line.valid_from), day(line.valid_to))
}

/// `SSH、SFTP、文件上传`.
fn protocols(line: &BastionLine) -> String {
    Ways::of_line(line).terms().iter().map(|term| term.zh).collect::<Vec<_>>().join("、")
}

/// First 3 and last 4 characters; a text too short to hide anything that way is hidden whole.
pub fn masked(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    if characters.len() < 10 {
        return "*".repeat(characters.len());
    }
    let hidden = "*".repeat(characters.len() - 7);
    let start: String = characters[..3].iter().collect();
    let end: String = characters[characters.len() - 4..].iter().collect();
    format!("{start}{hidden}{end}")
}

/// One line of a trial notice: a group of like servers.
pub fn server_specification(line: &ServerLine) -> String {
    let row = server_row(line);
    let mut parts = vec![format!("{}核{}GB", row.vcpu, row.memory_gib), row.architecture, row.operating_system];
    parts.push(format!("系统盘 {}", row.system_disk));
    if !row.data_disks.is_empty() {
        parts.push(format!("数据盘 {}", row.data_disks.replace('\n', "、")));
    }
    if !row.public_network.is_empty() {
        parts.push(row.public_network.replace('\n', " "));
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join("，")
}

/// Products ordered besides servers, in words: `NET-BW-A × 5`.
pub fn service_specification(line: &ServiceLine) -> String {
    format!("{} × {}", line.sku, line.quantity.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_numbers_keep_three_and_four_and_short_ones_nothing() {
        assert_eq!(masked("45030219900101001X"), "450***********001X");
        assert_eq!(masked("13800001234"), "138****1234");
        assert_eq!(masked("12345678"), "********");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn the_full_identity_number_never_enters_a_snapshot() {
        let line = BastionLine {
            id_number: "45030219900101001X".to_owned(),
            mobile: "13800001234".to_owned(),
            ..BastionLine::default()
        };
        let form = Form { bastion_accounts: vec![line], ..Form::default() };
        let printed = application_form(&form, given());
        let json = serde_json::to_string(&printed).expect("plain data");
        assert!(!json.contains("19900101"), "the date of birth is hidden");
        assert!(!json.contains("13800001234"));
        assert_eq!(printed.accounts[0].id_number, "450***********001X");
    }

    #[test]
    fn a_blank_form_prints_without_an_estimate() {
        assert!(application_form(&Form::default(), given()).estimate.is_empty());
    }

    fn given() -> Given {
        Given {
            applicant: vec![],
            lines: vec![],
            total: Fen(0),
            price_version: String::new(),
            estimate_required: false,
            materials: vec![],
            opinions: vec![],
        }
    }
}
