//! Letters: 受理通知书, 补正通知书, 不予受理意见书 (A10_2) and 测试通知单 (A10_4).

use super::Field;
use domain::calendar::Date;
use serde::{Deserialize, Serialize};

/// 受理通知书.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptanceNotice {
    pub submitted_on: Date,
    pub accepted_on: Date,
    pub review_due: Option<Date>,
    pub checks: Vec<Check>,
    pub note: String,
}

/// 核对清单 one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub item: String,
    /// 齐全, 缺 …
    pub result: String,
    pub note: String,
}

/// 补正通知书: asked for once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SupplementNotice {
    pub submitted_on: Date,
    pub deficiencies: Vec<Deficiency>,
    pub answer_due: Option<Date>,
    pub note: String,
}

/// What is missing and how to mend it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deficiency {
    pub item: String,
    pub problem: String,
    pub mend: String,
}

/// 不予受理意见书.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusalNotice {
    pub submitted_on: Date,
    pub reasons: Vec<Reason>,
    /// 救济说明.
    pub remedy: String,
}

/// 理由码 in words, and the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub title: String,
    pub text: String,
}

/// 测试通知单 to the supplier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialNotice {
    pub open_due: Date,
    /// Working days to open in.
    pub delivery_days: u16,
    /// Calendar days a trial may take, from and to.
    pub trial_days_from: u16,
    pub trial_days_to: u16,
    pub contacts: Vec<Field>,
    pub lines: Vec<TrialLine>,
    pub deliverables: Vec<String>,
    pub note: String,
}

/// One group of servers or services to be opened for the trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialLine {
    pub name: String,
    pub specification: String,
    pub zone: String,
    pub quantity: u64,
}
