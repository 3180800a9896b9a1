//! 办理意见: a text that is never blank and at most 500 characters.

/// 办理意见. Made only by [`Opinion::new`], so whoever holds one holds a real sentence.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 500)]
pub struct Opinion(String);

/// Most characters an opinion may have (forms, domain convention).
pub const OPINION_MAX_CHARS: usize = 500;

impl Opinion {
    /// Trims; refuses blank text and more than 500 characters.
    pub fn new(text: impl Into<String>) -> Result<Self, OpinionError> {
        let text = text.into().trim().to_owned();
        match text.chars().count() {
            0 => Err(OpinionError::Blank),
            n if n > OPINION_MAX_CHARS => Err(OpinionError::TooLong),
            _ => Ok(Self(text)),
        }
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not an opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpinionError {
    #[error("意见不能为空 (an opinion may not be blank)")]
    Blank,
    #[error("意见不超过 500 字 (an opinion has at most 500 characters)")]
    TooLong,
}

impl TryFrom<String> for Opinion {
    type Error = OpinionError;
    fn try_from(text: String) -> Result<Self, OpinionError> {
        Self::new(text)
    }
}

impl From<Opinion> for String {
    fn from(opinion: Opinion) -> String {
        opinion.0
    }
}
