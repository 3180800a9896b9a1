//! 政务云资源申请表 (附件2) with 服务器资源需求表 (附件2-1) and 堡垒机账号需求表 (附件2-2).

use super::{Amount, Field, Group, OpinionBox, PricedLine};
use domain::calendar::Date;
use serde::{Deserialize, Serialize};

/// The whole form as printed. Filled by [`crate::fill::application_form`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationForm {
    /// 一 申请单位.
    pub applicant: Vec<Field>,
    /// 二 to 五: people, kind of request, system, deployment, funding.
    pub groups: Vec<Group>,
    /// Heading of the priced list, with its number.
    pub resources_title: String,
    pub lines: Vec<PricedLine>,
    pub total: Amount,
    pub price_version: String,
    /// 达到10万元/年 (A10_1).
    pub estimate_required: bool,
    /// 测算方案, section by section; empty where none was made.
    pub estimate: Vec<Field>,
    pub materials: Vec<Material>,
    /// 使用承诺, blank while not given.
    pub commitment: String,
    pub opinions: Vec<OpinionBox>,
    pub servers: Vec<ServerRow>,
    pub accounts: Vec<AccountRow>,
}

/// 材料 one due attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Material {
    pub name: String,
    /// Blank while missing.
    pub file: String,
    /// SM3 in hexadecimal.
    pub digest: String,
}

/// 附件2-1 one row, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerRow {
    pub role: String,
    pub host_name: String,
    pub zone: String,
    pub architecture: String,
    pub vcpu: u64,
    pub memory_gib: u64,
    pub operating_system: String,
    pub system_disk: String,
    pub data_disks: String,
    pub quantity: u64,
    pub public_network: String,
    pub ports: String,
    pub basis: String,
}

/// 附件2-2 one row, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    pub user_name: String,
    pub user_kind: String,
    pub organisation: String,
    /// Masked: first 3 and last 4 characters. The full number never enters a snapshot.
    pub id_number: String,
    /// Masked: first 3 and last 4 digits.
    pub mobile: String,
    pub protocols: String,
    pub hosts: String,
    pub source: String,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    pub confidentiality_signed: bool,
}
