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

/// Declares a room's `Refusal`: each variant with its code, clause, Chinese and English.
/// Named fields may stand in both texts as `{field}`.
#[macro_export]
macro_rules! refusals {
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$vdoc:meta])* $variant:ident $({ $($field:ident: $type:ty),* })? = $code:literal, $clause:expr, $zh:literal, $en:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name { $($(#[$vdoc])* $variant $({ $($field: $type),* })?,)* }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$variant $({ $($field),* })? => { $($(let _ = $field;)*)? write!(f, $en) })* }
            }
        }
        impl std::error::Error for $name {}
        impl $crate::refusal::Refuse for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant $({ $($field: _),* })? => $code,)* }
            }
            fn clause(&self) -> Option<$crate::clause::Clause> {
                match self { $(Self::$variant $({ $($field: _),* })? => $clause,)* }
            }
            fn zh(&self) -> String {
                match self { $(Self::$variant $({ $($field),* })? => { $($(let _ = $field;)*)? format!($zh) })* }
            }
        }
    };
}
