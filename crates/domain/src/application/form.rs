//! 《政务云资源申请表》(附件2) with 服务器资源需求表 (附件2-1) and 堡垒机账号需求表 (附件2-2) as one form.
//!
//! A draft is saved half-filled, so every field may be absent or blank here; `check` says what is missing.
//! Field by field as in the city's forms; money is not asked but computed from the price version.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;

crate::terms! {
    /// 申请方式 (A10_1). 专项 is 第十三条's 分散申请.
    pub enum Mode {
        Consolidated = "consolidated", "集中申请", "consolidated";
        Special = "special", "专项(分散)申请", "special";
    }
}
crate::terms! {
    /// 专项理由.
    pub enum SpecialReason {
        MajorTask = "major_task", "上级部署重大任务", "major task assigned";
        Emergency = "emergency", "应急", "emergency";
        NewDuty = "new_duty", "新增职能", "new duty";
        Other = "other", "其他", "other";
    }
}
crate::terms! {
    /// 建设性质: decides which attachments are due (A10_1).
    pub enum Construction {
        New = "new", "新建", "new";
        Expansion = "expansion", "改扩建", "expansion";
        Migration = "migration", "现有系统迁移", "migration";
        Renewal = "renewal", "续用", "renewal";
        Adoption = "adoption", "纳管", "adoption";
    }
}
crate::terms! {
    /// 紧急程度.
    pub enum Urgency {
        Critical = "critical", "特急", "critical";
        Urgent = "urgent", "急", "urgent";
        Normal = "normal", "一般", "normal";
    }
}
crate::terms! {
    /// 系统类别.
    pub enum SystemCategory {
        Portal = "portal", "门户网站", "portal";
        PublicService = "public_service", "政务服务", "public service";
        Approval = "approval", "行政审批", "approval";
        Office = "office", "办公", "office";
        Enforcement = "enforcement", "监管执法", "enforcement";
        DataSharing = "data_sharing", "数据共享", "data sharing";
        Foundation = "foundation", "基础支撑", "foundation";
        Other = "other", "其他", "other";
    }
}
crate::terms! {
    /// 服务对象.
    pub enum Audience {
        Internal = "internal", "单位内部", "internal";
        Public = "public", "企业群众", "public";
        CrossDepartment = "cross_department", "跨部门", "cross-department";
    }
}
crate::terms! {
    /// 网络安全等级保护定级.
    pub enum ProtectionLevel {
        Ungraded = "ungraded", "未定级", "ungraded";
        One = "one", "一级", "level 1";
        Two = "two", "二级", "level 2";
        Three = "three", "三级", "level 3";
        Four = "four", "四级", "level 4";
    }
}
crate::terms! {
    /// 个人信息规模.
    pub enum PersonalInformation {
        None = "none", "不含", "none";
        UnderTenThousand = "under_10k", "1万人以下", "under 10,000";
        UnderHundredThousand = "under_100k", "1万–10万人", "10,000–100,000";
        UnderMillion = "under_1m", "10万–100万人", "100,000–1,000,000";
        MillionOrMore = "over_1m", "100万人以上", "1,000,000 or more";
    }
}
crate::terms! {
    /// 云区 (A3): 专有云 for the offices' own business, 公共云 for the public.
    pub enum Zone {
        Private = "private", "专有云", "private zone";
        Public = "public", "公共云", "public zone";
    }
}
crate::terms! {
    /// 网络区.
    pub enum Network {
        Government = "government", "政务外网区", "government network";
        Internet = "internet", "互联网区", "internet zone";
        Dmz = "dmz", "DMZ区", "DMZ";
    }
}
crate::terms! {
    /// 用途/角色 of a server.
    pub enum ServerRole {
        Web = "web", "Web", "web";
        App = "app", "应用", "application";
        Database = "database", "数据库", "database";
        Middleware = "middleware", "中间件", "middleware";
        Cache = "cache", "缓存", "cache";
        File = "file", "文件", "file";
        Backup = "backup", "备份", "backup";
        Management = "management", "管理", "management";
        Other = "other", "其他", "other";
    }
}
crate::terms! {
    /// CPU 架构.
    pub enum Architecture {
        X86 = "x86", "x86", "x86";
        Arm = "arm", "ARM(信创)", "ARM (domestic)";
    }
}
crate::terms! {
    /// 类型 of a server: whether others share its host. 专享云主机 run on 专享宿主机 of the same application.
    pub enum Tenancy {
        Shared = "shared", "弹性云主机", "shared host";
        Dedicated = "dedicated", "专享云主机", "dedicated host";
    }
}
crate::terms! {
    /// 操作系统.
    pub enum OperatingSystem {
        Kylin = "kylin_v10", "麒麟V10", "Kylin V10";
        Uos = "uos_20", "统信UOS 20", "UOS 20";
        OpenEuler = "openeuler_2203", "openEuler 22.03", "openEuler 22.03";
        Anolis = "anolis_8", "Anolis 8", "Anolis 8";
        Windows2019 = "windows_2019", "Windows Server 2019", "Windows Server 2019";
        Windows2022 = "windows_2022", "Windows Server 2022", "Windows Server 2022";
        OwnImage = "own_image", "自带镜像", "own image";
    }
}
crate::terms! {
    /// 磁盘类型.
    pub enum DiskKind {
        Ordinary = "ordinary", "普通IO", "ordinary";
        GeneralSsd = "general_ssd", "通用型SSD", "general SSD";
        HighIo = "high_io", "超高IO", "high IO";
        FastSsd = "fast_ssd", "极速型SSD", "fast SSD";
    }
}
crate::terms! {
    /// 资金来源.
    pub enum FundSource {
        DepartmentBudget = "department_budget", "部门预算", "department budget";
        ProjectFunds = "project_funds", "已落实项目资金", "project funds";
        CountyFinance = "county_finance", "县级财政", "county finance";
        StateFunds = "state_funds", "中央或自治区资金", "state funds";
        Shared = "shared", "共同负担", "shared";
    }
}
crate::terms! {
    /// 人员类别 of a bastion account's user.
    pub enum BastionUserKind {
        Agency = "agency", "本单位", "agency";
        Developer = "developer", "开发单位", "developer";
        Operator = "operator", "运维单位", "operator";
    }
}
crate::terms! {
    /// 堡垒机协议.
    pub enum BastionProtocol {
        Ssh = "ssh", "SSH", "SSH";
        Rdp = "rdp", "RDP", "RDP";
        Sftp = "sftp", "SFTP", "SFTP";
        Database = "database", "数据库", "database";
    }
}

crate::terms! {
    /// 文件传输 of a bastion account: which way files may go.
    pub enum FileTransfer {
        /// Makes folders, renames and removes, too.
        Upload = "upload", "文件上传", "upload";
        Download = "download", "文件下载", "download";
    }
}

crate::terms! {
    /// 允许时段 of a bastion account.
    pub enum BastionHours {
        Office = "office", "工作时间", "office hours";
        Always = "always", "7×24 小时", "around the clock";
    }
}

/// 申请表 the whole form. Blank text and absent values are allowed while it is a draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Form {
    pub contact: Contact,
    pub request: Request,
    pub system: System,
    pub deployment: Deployment,
    /// 附件2-1: at most 200 rows.
    pub servers: Vec<ServerLine>,
    /// 其他服务行: products ordered besides servers.
    pub services: Vec<ServiceLine>,
    /// 附件2-2: at most 200 rows.
    pub bastion_accounts: Vec<BastionLine>,
    pub funding: Funding,
    /// 资源测算方案, due from 10万元/年.
    pub estimate: Estimate,
    /// 使用承诺 (A8, A32) confirmed.
    pub commitment: bool,
}

/// 二 人员.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// 统一社会信用代码 of the agency, checked by GB 32100.
    pub credit_code: String,
    /// 单位负责人.
    pub head: String,
    /// 分管领导.
    pub deputy: String,
    /// 经办人.
    pub handler: String,
    pub mobile: String,
    pub landline: String,
    pub email: String,
    /// 三员 (A29): three different people.
    pub system_admin: String,
    pub security_admin: String,
    pub audit_admin: String,
}

/// 三 申请类型.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    pub mode: Option<Mode>,
    pub special_reason: Option<SpecialReason>,
    pub construction: Option<Construction>,
    pub urgency: Option<Urgency>,
}

/// 四 业务应用系统.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct System {
    /// ≤ 100 characters, unique within the agency.
    pub name: String,
    pub short_name: String,
    pub category: Option<SystemCategory>,
    pub audience: Option<Audience>,
    /// 50–2000 characters.
    pub overview: String,
    pub is_website: bool,
    pub domain_name: String,
    /// ICP备案号, due for websites (A29).
    pub icp_number: String,
    /// 公安备案号, due for websites (A29).
    pub police_number: String,
    pub registered_users: Option<u32>,
    pub daily_active_users: Option<u32>,
    pub peak_concurrency: Option<u32>,
    pub developer: String,
    pub operator: String,
    /// 是否非涉密 (A3): must be true.
    pub unclassified: Option<bool>,
    /// 是否处理工作秘密 (A8, A32): must be false.
    pub work_secrets: Option<bool>,
    pub personal_information: Option<PersonalInformation>,
    pub protection_level: Option<ProtectionLevel>,
    pub protection_number: String,
    pub assessed_on: Option<Date>,
    /// 数据共享范围 (A10_3).
    pub sharing_scope: String,
    /// 政务云应用软件能否满足 (A7).
    pub cloud_software_suffices: Option<bool>,
    pub cloud_software_reason: String,
}

/// 五 部署.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    pub zones: Vec<Zone>,
    /// 可用性要求, in hundredths of a percent: 9950, 9990, 9995.
    pub availability_basis_points: Option<u16>,
    pub backup_requirement: String,
    /// 信创要求: why not domestic, where an x86 server is asked for.
    pub not_domestic_reason: String,
    /// Why the zone does not fit the business, where it does not (A3).
    pub zone_reason: String,
}

/// 附件2-1 one row: a group of like servers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLine {
    pub role: Option<ServerRole>,
    /// `^[a-z0-9-]{2,63}$`; servers of the row are named `name-1`, `name-2` … where there are several.
    pub host_name: String,
    /// 云上名称 of the server that is adopted (纳管); blank for one that is to be made.
    pub external_name: String,
    /// 类型; 弹性云主机 where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenancy: Option<Tenancy>,
    pub zone: Option<Zone>,
    pub network: Option<Network>,
    pub architecture: Option<Architecture>,
    /// 1, 2, 4, 8, 16, 32 or 64.
    pub vcpu: Option<u16>,
    /// 1–512, between 1 and 8 for each vCPU.
    pub memory_gib: Option<u16>,
    pub operating_system: Option<OperatingSystem>,
    /// 40–500.
    pub system_disk_gib: Option<u16>,
    pub system_disk_kind: Option<DiskKind>,
    pub data_disks: Vec<DataDisk>,
    /// 1–200 servers of this kind.
    pub quantity: Option<u16>,
    pub public_address: bool,
    /// 0–1000 Mbps, only in the internet zone.
    pub bandwidth_mbps: Option<u16>,
    pub ports: Vec<OpenPort>,
    /// 测算依据.
    pub basis: String,
    pub remark: String,
}

/// 数据盘 of each server of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DataDisk {
    /// 10–32768.
    pub size_gib: Option<u16>,
    pub kind: Option<DiskKind>,
    /// 1–16 disks of this size on each server.
    pub quantity: Option<u16>,
}

/// 开放端口.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpenPort {
    pub port: Option<u16>,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// CIDR, or `0.0.0.0/0` for the internet.
    pub source: String,
    pub purpose: String,
}

/// 其他服务 one product of the catalogue and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceLine {
    pub sku: String,
    /// 1–100000, in the product's unit.
    pub quantity: Option<u32>,
    pub basis: String,
}

/// 附件2-2 one row: one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BastionLine {
    pub user_name: String,
    pub user_kind: Option<BastionUserKind>,
    pub organisation: String,
    /// 身份证号 by GB 11643. Encrypted at rest; shown as first 3 and last 4.
    pub id_number: String,
    pub mobile: String,
    pub protocols: Vec<BastionProtocol>,
    /// 文件传输 by SFTP; due with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<FileTransfer>,
    /// Host names of 附件2-1 this account may reach.
    pub hosts: Vec<String>,
    /// CIDR of the place of work.
    pub source: String,
    /// 允许时段; office hours where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<BastionHours>,
    pub valid_from: Option<Date>,
    /// At most one year after `valid_from`.
    pub valid_to: Option<Date>,
    pub confidentiality_signed: bool,
    pub reason: String,
}

/// 七 资金.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Funding {
    pub source: Option<FundSource>,
    /// 预算项目名称或编码.
    pub budget_item: String,
    /// 预计开通日期, after today.
    pub expected_activation: Option<Date>,
}

/// 资源测算方案 (A10_1): the six sections the clause names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Estimate {
    /// 基本情况.
    pub situation: String,
    /// 网络架构.
    pub architecture: String,
    /// 资金来源.
    pub funding: String,
    /// 系统功能指标.
    pub functions: String,
    /// 信息量指标.
    pub volume: String,
    /// 性能指标.
    pub performance: String,
}

impl Estimate {
    /// The sections with their JSON names, Chinese titles and texts.
    pub fn sections(&self) -> [(&'static str, &'static str, &str); 6] {
        [
            ("situation", "基本情况", &self.situation),
            ("architecture", "网络架构", &self.architecture),
            ("funding", "资金来源", &self.funding),
            ("functions", "系统功能指标", &self.functions),
            ("volume", "信息量指标", &self.volume),
            ("performance", "性能指标", &self.performance),
        ]
    }
}
