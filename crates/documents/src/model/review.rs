//! 审核意见书: each department's opinion, what was granted line by line, the conclusion (A10_3).

use super::{Amount, Field, OpinionBox};
use serde::{Deserialize, Serialize};

/// 审核意见书.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewOpinion {
    pub summary: Vec<Field>,
    pub opinions: Vec<OpinionBox>,
    pub lines: Vec<GrantedLine>,
    /// Yearly fee as asked.
    pub asked: Amount,
    /// Yearly fee as granted.
    pub approved: Amount,
    pub price_version: String,
    /// 同意, 核减后同意, 不同意 …
    pub conclusion: String,
    pub text: String,
    /// 特急, 急, 一般; blank where not granted.
    pub priority: String,
}

/// 核定 one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantedLine {
    pub name: String,
    pub asked: u64,
    /// At most `asked`.
    pub approved: u64,
    pub annual_fen: i64,
    /// 核减理由, blank where nothing was cut.
    pub reason: String,
}
