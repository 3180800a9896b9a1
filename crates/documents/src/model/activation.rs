//! 开通确认单: what was opened, from when it is charged, and the agency's word that it is so (A10_5).

use super::{Amount, Field, OpinionBox, PricedLine};
use domain::calendar::Date;
use serde::{Deserialize, Serialize};

/// 开通确认单.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivationConfirmation {
    pub summary: Vec<Field>,
    /// 开通日 = 计费起日.
    pub opened_on: Date,
    pub ends_on: Date,
    pub resources: Vec<ResourceRow>,
    pub lines: Vec<PricedLine>,
    pub total: Amount,
    pub price_version: String,
    /// 差异表; empty where what is there is what was granted.
    pub differences: Vec<Difference>,
    pub opinions: Vec<OpinionBox>,
}

/// 资源实例.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceRow {
    pub name: String,
    pub identifier: String,
    pub address: String,
    pub specification: String,
    pub zone: String,
}

/// 核定 against 实际.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub item: String,
    pub expected: String,
    pub actual: String,
}
