//! A word shown on screen: stable code, Chinese term of the law, English term of the field.

/// 用语 one value of an enumeration as the API sends it; the Chinese lives beside the enum.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Term {
    /// Stable identifier, snake_case.
    pub code: &'static str,
    /// 中文, as the regulation or the forms say it.
    pub zh: &'static str,
    /// English, for the language switch.
    pub en: &'static str,
}

/// The values of stored codes; those this version does not know are left out.
pub fn known<T: std::str::FromStr>(codes: &[String]) -> Vec<T> {
    codes.iter().filter_map(|code| code.parse().ok()).collect()
}

/// Declares a fieldless enum whose every value has its Chinese and English term.
///
/// Yields serde in snake_case, `ALL`, `term()`, `code()`, `zh()` and parsing from the code.
#[macro_export]
macro_rules! terms {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:tt, $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        $vis enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// Every value, in the order of the forms.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];
            /// Code, Chinese and English of this value.
            pub const fn term(self) -> $crate::term::Term {
                match self { $($name::$variant => $crate::term::Term { code: $code, zh: $zh, en: $en },)* }
            }
            /// Stable identifier: stored, sent, compared.
            pub const fn code(self) -> &'static str { self.term().code }
            /// 中文.
            pub const fn zh(self) -> &'static str { self.term().zh }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(code: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|v| v.code() == code).ok_or_else(|| format!("{}: {code}", stringify!($name)))
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.zh()) }
        }
    };
}
