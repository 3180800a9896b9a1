//! Why a command changes nothing: one value per violated rule, in words for the person and the operator.

use crate::clause::Clause;

/// 不予办理的理由. Each room's `Refusal` enum implements it; the API answers 409 with these four.
pub trait Refuse: std::error::Error {
    /// Stable code, `room.rule` in snake_case.
    fn code(&self) -> &'static str;
    /// The clause the rule comes from; `None` where it is our own decision.
    fn clause(&self) -> Option<Clause>;
    /// 中文: what is missing and what to do.
    fn zh(&self) -> String;
    /// The same in English.
    fn en(&self) -> String {
        self.to_string()
    }
}
