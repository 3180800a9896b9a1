//! What a check of an input found: the field, the rule, the clause, in both languages.

use crate::clause::Clause;

/// 轻重: an error blocks submission, a warning asks for a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 必须改正.
    Error,
    /// 提示.
    Warning,
}

/// 校验结果 one fault in an input. `field` is the JSON path, e.g. `servers[2].memory_gib`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Finding {
    pub field: String,
    pub code: &'static str,
    pub clause: Option<Clause>,
    pub zh: String,
    pub en: String,
    pub severity: Severity,
}

impl Finding {
    /// A fault that must be mended before the form can be submitted.
    pub fn error(field: impl Into<String>, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { field: field.into(), code, clause: None, zh: zh.into(), en: en.into(), severity: Severity::Error }
    }

    /// A remark that does not block.
    pub fn warning(field: impl Into<String>, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(field, code, zh, en) }
    }

    /// The same finding, with the clause it rests on.
    pub fn under(mut self, clause: Clause) -> Self {
        self.clause = Some(clause);
        self
    }

    /// True where submission is blocked.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error
    }
}
