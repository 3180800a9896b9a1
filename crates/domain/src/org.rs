//! 单位、县区、角色: who takes part, what each may be, and which duties exclude each other.
//!
//! 《办法》第二条 (who may use the cloud), 第六条 (the counties), 第九条 (the duties), 第二十九条 (three officers).
//! Pure. Who may do what is `app::authz`; log-ins and sessions are `app::session`.

use serde::{Deserialize, Serialize};

use crate::clause::{A2, A6, A10_1_1};
use crate::finding::Finding;
use crate::identifiers;
use crate::ids::OrgId;
use crate::regulation::Division;

mod account;
mod exclusion;
mod password;
mod role;

pub use account::{Account, AccountAct, AccountRefusal, PersonState};
pub use exclusion::{Exclusion, check_roles, exclusive};
pub use password::{PasswordContext, check_password, is_weak, must_change_password};
pub use role::{Domain, Office, Role};

crate::terms! {
    /// 机构类型. The first eight are the whitelist of 第二条; the rest can only be supplier or third party.
    pub enum OrgKind {
        Party = "party", "党委部门", "party committee department";
        Congress = "congress", "人大机关", "people's congress";
        Government = "government", "政府部门", "government department";
        Consultative = "cppcc", "政协机关", "consultative conference";
        Court = "court", "法院", "court";
        Procuratorate = "procuratorate", "检察院", "procuratorate";
        Branch = "field_office", "派出机构", "field office";
        Institution = "institution", "事业单位", "public institution";
        StateEnterprise = "state_enterprise", "国有企业", "state-owned enterprise";
        Company = "company", "其他企业", "company";
        Association = "association", "社会团体", "association";
    }
}

impl OrgKind {
    /// 第二条: whether such an organisation may use the government cloud.
    pub const fn may_be_agency(self) -> bool {
        !matches!(self, Self::StateEnterprise | Self::Company | Self::Association)
    }
}

crate::terms! {
    /// 预算级次: whose budget pays, and so who consolidates and who settles (第十条(一)1, 第十三、十四条).
    pub enum Level {
        National = "national", "国家", "national";
        Regional = "regional", "自治区", "autonomous region";
        City = "city", "市本级", "city";
        County = "county", "县级", "county";
    }
}

/// 机构 as entered or changed: what the record office fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgForm {
    /// 全称, 2–100 characters, unique.
    pub name: String,
    /// 简称, at most 30 characters; blank is the full name.
    #[serde(default)]
    pub short_name: String,
    pub kind: OrgKind,
    pub level: Level,
    /// 职能: what the organisation does in the regulation.
    pub office: Office,
    /// 统一社会信用代码, 18 characters.
    pub credit_code: String,
    /// 区划代码 of the county; needed at county level, absent otherwise.
    #[serde(default)]
    pub county: Option<String>,
    /// 主管(汇总)单位: the superior that consolidates its applications.
    #[serde(default)]
    pub parent_id: Option<OrgId>,
    /// 单位预算编码.
    #[serde(default)]
    pub budget_code: String,
    #[serde(default)]
    pub address: String,
}

impl OrgForm {
    /// Everything wrong with the entry, in the order of the form.
    pub fn check(&self, divisions: &[Division]) -> Vec<Finding> {
        let mut found = Vec::new();
        self.check_names(&mut found);
        self.check_nature(&mut found);
        self.check_place(divisions, &mut found);
        found
    }

    fn check_names(&self, found: &mut Vec<Finding>) {
        let chars = self.name.trim().chars().count();
        if !(2..=100).contains(&chars) {
            found.push(Finding::error(
                "name",
                "org.name",
                "机构全称应为 2–100 个字",
                "the name has 2 to 100 characters",
            ));
        }
        for (field, text, most) in [
            ("short_name", &self.short_name, 30),
            ("budget_code", &self.budget_code, 30),
            ("address", &self.address, 200),
        ] {
            if text.chars().count() > most {
                let zh = format!("不超过 {most} 个字");
                found.push(Finding::error(field, "form.too_long", zh, format!("at most {most} characters")));
            }
        }
        if !identifiers::is_credit_code(&self.credit_code) {
            found.push(Finding::error(
                "credit_code",
                "form.credit_code",
                "统一社会信用代码校验不通过(GB 32100)",
                "not a valid unified social credit code",
            ));
        }
    }

    fn check_nature(&self, found: &mut Vec<Finding>) {
        let private = matches!(self.office, Office::Supplier | Office::ThirdParty);
        if !private && !self.kind.may_be_agency() {
            let zh = format!("{}不属于政务云使用单位范围,不能建档为使用单位", self.kind.zh());
            let finding = Finding::error(
                "kind",
                "org.not_an_agency",
                zh,
                "this kind of organisation may not use the government cloud",
            );
            found.push(finding.under(A2));
        }
        if self.office == Office::Supplier && self.kind.may_be_agency() {
            found.push(Finding::error("kind", "org.supplier_kind", "供应商应为企业", "a supplier is a company"));
        }
    }

    fn check_place(&self, divisions: &[Division], found: &mut Vec<Finding>) {
        let at_county = self.level == Level::County;
        match &self.county {
            Some(code) if at_county && !is_county(divisions, code) => {
                let finding =
                    Finding::error("county", "org.unknown_county", "没有这个区划代码", "no such division code");
                found.push(finding.under(A6));
            }
            None if at_county => {
                let finding = Finding::error(
                    "county",
                    "org.county_missing",
                    "县级机构须选择所属县(市、区)",
                    "a county organisation names its county",
                );
                found.push(finding.under(A6));
            }
            Some(_) if !at_county => {
                found.push(Finding::error(
                    "county",
                    "org.county_excess",
                    "非县级机构不填所属县(市、区)",
                    "only county organisations name a county",
                ));
            }
            _ => {}
        }
        if self.office.is_county() != at_county && self.office != Office::Agency {
            let zh = format!("{}的级次不符", self.office.zh());
            found.push(Finding::error("level", "org.office_level", zh, "the office does not exist at this level"));
        }
    }
}

/// 用户名: 3–32 lower-case letters, digits, `_`, `.` or `-`, beginning with a letter.
pub fn is_username(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    (3..=32).contains(&text.len()) && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(fits)
}

/// True for the present code of a county-level division.
fn is_county(divisions: &[Division], code: &str) -> bool {
    divisions.iter().any(|division| division.code == code && division.kind != "city")
}

/// 机构树的一个节点, as far as the tree's rules need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: OrgId,
    pub parent: Option<OrgId>,
}

/// Deepest tree we carry: 国家 → 自治区 → 市 → 县 → 二级单位 → 三级单位.
pub const TREE_DEPTH_DEFAULT: usize = 6;

/// Whether `child` may hang under `parent`: no ring, not too deep. `ancestors` of the parent, nearest first.
pub fn check_parent(child: OrgId, parent: OrgId, ancestors_of_parent: &[OrgId]) -> Result<(), Box<Finding>> {
    if child == parent || ancestors_of_parent.contains(&child) {
        let finding = Finding::error(
            "parent_id",
            "org.ring",
            "主管单位不能是本单位或其下属",
            "the superior may not be the organisation itself or below it",
        );
        return Err(Box::new(finding.under(A10_1_1)));
    }
    if ancestors_of_parent.len() + 2 > TREE_DEPTH_DEFAULT {
        return Err(Box::new(Finding::error("parent_id", "org.too_deep", "机构层级过深", "the tree is too deep")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
