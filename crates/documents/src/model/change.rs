//! 变更审核意见书: before and after, what it costs or saves, who must know (A10_6).

use super::Field;
use domain::calendar::Date;
use serde::{Deserialize, Serialize};

/// 变更审核意见书.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeOpinion {
    pub summary: Vec<Field>,
    pub lines: Vec<ChangedLine>,
    /// 增加的费用, of the agency's own funds.
    pub increase_fen: i64,
    /// 减少的费用, left with 财政.
    pub saving_fen: i64,
    pub remaining_days: u32,
    pub price_version: String,
    pub funding: String,
    pub conclusion: String,
    pub text: String,
    pub supplier: String,
    pub supplier_due: Option<Date>,
    /// 抄送.
    pub copies: Vec<String>,
}

/// One resource, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedLine {
    pub name: String,
    pub before: String,
    pub after: String,
    /// Difference of the yearly fee.
    pub difference_fen: i64,
}
