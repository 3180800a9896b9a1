//! 角色 and 职能: the roles people hold, and at which kind of office each may be held.

crate::terms! {
    /// 角色 (domain matrix). There is no role that may do everything.
    pub enum Role {
        AuthorityOfficer = "authority_officer", "市工信局经办", "authority officer";
        AuthorityLead = "authority_lead", "市工信局领导", "authority lead";
        CenterAcceptor = "center_acceptor", "信息中心受理岗", "information centre acceptor";
        CenterReviewer = "center_reviewer", "信息中心审核岗", "information centre reviewer";
        CenterResources = "center_resources", "信息中心资源岗", "information centre resources";
        CenterLead = "center_lead", "信息中心负责人", "information centre lead";
        Government = "government", "市人民政府", "city government";
        Finance = "finance", "市财政局", "city finance";
        CyberspaceOffice = "cyberspace_office", "市委网信办", "cyberspace office";
        SecrecyOffice = "secrecy_office", "市委保密办", "secrecy office";
        Police = "police", "市公安局", "police";
        CountyGovernment = "county_government", "县政府汇总员", "county consolidator";
        CountyData = "county_data", "县大数据主管", "county data office";
        CountyFinance = "county_finance", "县财政", "county finance";
        Consolidator = "consolidator", "主管单位汇总员", "superior's consolidator";
        AgencyHandler = "agency_handler", "使用单位经办人", "agency handler";
        AgencyLeader = "agency_leader", "使用单位审核领导", "agency leader";
        AgencySysadmin = "agency_sysadmin", "单位系统管理员", "agency system administrator";
        AgencySecurity = "agency_security", "单位安全保密员", "agency security officer";
        AgencyAuditor = "agency_auditor", "单位安全审计员", "agency audit officer";
        SupplierManager = "supplier_manager", "供应商项目经理", "supplier project manager";
        SupplierEngineer = "supplier_engineer", "供应商运维", "supplier engineer";
        SupplierSecurity = "supplier_security", "供应商安全", "supplier security";
        SupplierFinance = "supplier_finance", "供应商商务结算", "supplier settlement";
        Expert = "expert", "专家", "expert";
        ThirdParty = "third_party", "第三方机构", "third party";
        Auditor = "auditor", "审计/纪检", "external auditor";
        SystemAdmin = "system_admin", "系统管理员", "system administrator";
        SecurityAdmin = "security_admin", "安全保密管理员", "security administrator";
        AuditAdmin = "audit_admin", "安全审计员", "audit administrator";
    }
}

crate::terms! {
    /// 职能: what an organisation does in the regulation, besides using the cloud (第九条).
    pub enum Office {
        Agency = "agency", "使用单位", "agency";
        Authority = "authority", "市工信局(大数据发展局)", "authority";
        InfoCenter = "info_center", "市信息中心", "information centre";
        CityGovernment = "city_government", "市人民政府", "city government";
        CityFinance = "city_finance", "市财政局", "city finance";
        Cyberspace = "cyberspace", "市委网信办", "cyberspace office";
        Secrecy = "secrecy", "市委保密办", "secrecy office";
        Police = "police", "市公安局", "police";
        CountyGovernment = "county_government", "县(市、区)人民政府", "county government";
        CountyData = "county_data", "县大数据主管部门", "county data office";
        CountyFinance = "county_finance", "县财政部门", "county finance";
        Supervision = "supervision", "审计、纪检监察机关", "audit and discipline";
        Supplier = "supplier", "政务云服务供应商", "supplier";
        ThirdParty = "third_party", "第三方机构", "third party";
    }
}

crate::terms! {
    /// 认证域: supplier and government accounts never mix.
    pub enum Domain {
        Government = "government", "政府", "government";
        Supplier = "supplier", "供应商", "supplier";
        Outside = "outside", "外部", "outside";
        System = "system", "系统", "system";
    }
}

impl Office {
    /// Offices that exist once per county.
    pub const fn is_county(self) -> bool {
        matches!(self, Self::CountyGovernment | Self::CountyData | Self::CountyFinance)
    }
}

impl Role {
    /// 三员 of the system itself.
    pub const OFFICERS: [Self; 3] = [Self::SystemAdmin, Self::SecurityAdmin, Self::AuditAdmin];

    /// 三员: may hold no business role (E9).
    pub const fn is_officer(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }

    /// Its line in `regulations/<city>/roles.csv`, where the city's own name, may and must-not stand.
    pub const fn matrix_code(self) -> &'static str {
        match self {
            Self::AuthorityOfficer => "GXJ-JB",
            Self::AuthorityLead => "GXJ-LD",
            Self::CenterAcceptor => "XX-SL",
            Self::CenterReviewer => "XX-SH",
            Self::CenterResources => "XX-ZY",
            Self::CenterLead => "XX-LD",
            Self::Government => "ZF",
            Self::Finance => "CZJ",
            Self::CyberspaceOffice => "WXB",
            Self::SecrecyOffice => "BMB",
            Self::Police => "GAJ",
            Self::CountyGovernment => "QX-ZF",
            Self::CountyData => "QX-DSJ",
            Self::CountyFinance => "QX-CZ",
            Self::Consolidator => "ZG-HZ",
            Self::AgencyHandler => "SY-JB",
            Self::AgencyLeader => "SY-LD",
            Self::AgencySysadmin => "SY-XG",
            Self::AgencySecurity => "SY-AB",
            Self::AgencyAuditor => "SY-SJ",
            Self::SupplierManager => "GYS-XM",
            Self::SupplierEngineer => "GYS-YW",
            Self::SupplierSecurity => "GYS-AQ",
            Self::SupplierFinance => "GYS-JS",
            Self::Expert => "ZJ",
            Self::ThirdParty => "DSF",
            Self::Auditor => "SJ-WB",
            Self::SystemAdmin => "SYS-A",
            Self::SecurityAdmin => "SYS-S",
            Self::AuditAdmin => "SYS-U",
        }
    }

    /// Which accounts it belongs among.
    pub const fn domain(self) -> Domain {
        match self {
            Self::SupplierManager | Self::SupplierEngineer | Self::SupplierSecurity | Self::SupplierFinance => {
                Domain::Supplier
            }
            Self::Expert | Self::ThirdParty => Domain::Outside,
            Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin => Domain::System,
            _ => Domain::Government,
        }
    }

    /// The office at which alone the role is held; `None` where any public organisation will do.
    pub const fn office(self) -> Option<Office> {
        Some(match self {
            Self::AuthorityOfficer | Self::AuthorityLead => Office::Authority,
            Self::CenterAcceptor | Self::CenterReviewer | Self::CenterResources | Self::CenterLead => {
                Office::InfoCenter
            }
            Self::Government => Office::CityGovernment,
            Self::Finance => Office::CityFinance,
            Self::CyberspaceOffice => Office::Cyberspace,
            Self::SecrecyOffice => Office::Secrecy,
            Self::Police => Office::Police,
            Self::CountyGovernment => Office::CountyGovernment,
            Self::CountyData => Office::CountyData,
            Self::CountyFinance => Office::CountyFinance,
            Self::SupplierManager | Self::SupplierEngineer | Self::SupplierSecurity | Self::SupplierFinance => {
                Office::Supplier
            }
            Self::ThirdParty => Office::ThirdParty,
            Self::Auditor => Office::Supervision,
            Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin => Office::InfoCenter,
            Self::Consolidator
            | Self::AgencyHandler
            | Self::AgencyLeader
            | Self::AgencySysadmin
            | Self::AgencySecurity
            | Self::AgencyAuditor
            | Self::Expert => return None,
        })
    }

    /// Whether the role may be held at an organisation of this office.
    ///
    /// Every public body may use the cloud, so agency roles are held anywhere but at a supplier or
    /// third party; experts come from anywhere but the supplier, whom they would judge.
    pub fn may_be_held_at(self, office: Office) -> bool {
        match self.office() {
            Some(only) => only == office,
            None if self == Self::Expert => office != Office::Supplier,
            None => !matches!(office, Office::Supplier | Office::ThirdParty),
        }
    }
}
