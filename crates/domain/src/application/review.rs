//! 会审: the opinions the clause names, each independent, and what is still missing (A10_3).

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::opinion::Opinion;
use crate::org::Role;

crate::terms! {
    /// 会审部门: police, finance, secrecy and an expert; all four are heard for every application.
    pub enum Department {
        Police = "police", "公安", "police";
        Finance = "finance", "财政", "finance";
        Secrecy = "secrecy", "保密", "secrecy";
        Expert = "expert", "专家", "expert";
    }
}

crate::terms! {
    /// 意见结论.
    pub enum Verdict {
        Agree = "agree", "同意", "agree";
        AgreeWithCuts = "agree_with_cuts", "核减后同意", "agree after cuts";
        Revise = "revise", "修改后再审", "revise and resubmit";
        Disagree = "disagree", "不同意", "disagree";
    }
}

/// One department's opinion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentOpinion {
    pub department: Department,
    pub verdict: Verdict,
    pub opinion: Opinion,
    /// 专家七维评分 out of 100, for the expert only.
    #[serde(default)]
    pub score: Option<u8>,
    /// Who gave it and when: filled in by the server, whatever was sent.
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub on: Option<Date>,
}

impl Department {
    /// Whose people speak for it.
    pub fn role(self) -> Role {
        match self {
            Self::Police => Role::Police,
            Self::Finance => Role::Finance,
            Self::Secrecy => Role::SecrecyOffice,
            Self::Expert => Role::Expert,
        }
    }
}

/// Departments not heard yet, in the order of the clause.
pub fn missing(opinions: &[DepartmentOpinion]) -> Vec<Department> {
    Department::ALL.iter().copied().filter(|d| opinions.iter().all(|given| given.department != *d)).collect()
}
