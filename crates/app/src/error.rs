//! What a use case may answer instead of a result. Free of HTTP; `server` maps it to problem+json.

use domain::clause::Clause;
use domain::finding::Finding;
use domain::refusal::Refuse;
use store::StoreError;

/// The words of a refusal, for the person and the log; nothing internal stands in it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable code, `room.rule`.
    pub code: String,
    /// 依据; absent where the rule is our own decision.
    pub clause: Option<Clause>,
    pub zh: String,
    pub en: String,
}

impl Reason {
    /// A reason without a clause.
    pub fn new(code: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.into(), clause: None, zh: zh.into(), en: en.into() }
    }

    /// The same, resting on a clause.
    pub fn under(mut self, clause: Clause) -> Self {
        self.clause = Some(clause);
        self
    }

    /// The words of a room's refusal.
    pub fn of(refusal: &dyn Refuse) -> Self {
        Self { code: refusal.code().to_owned(), clause: refusal.clause(), zh: refusal.zh(), en: refusal.en() }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The input does not hold; each finding names its field (422).
    #[error("invalid input: {} finding(s)", .0.len())]
    Invalid(Vec<Finding>),
    /// The request itself is malformed (400).
    #[error("malformed request: {}", .0.code)]
    BadRequest(Reason),
    /// A rule forbids it in the present state (409).
    #[error("refused: {}", .0.code)]
    Refused(Reason),
    /// The caller looked at an older version (412); `current` is the present one.
    #[error("stale version, current is {current}")]
    Stale { current: i32 },
    /// Not there, or not visible to the caller (404).
    #[error("not found")]
    NotFound,
    /// Visible, but not this caller's to do (403).
    #[error("forbidden: {}", .0.code)]
    Forbidden(Reason),
    /// No valid session (401).
    #[error("unauthenticated: {}", .0.code)]
    Unauthenticated(Reason),
    /// More than may be sent at once (413).
    #[error("too large: {}", .0.code)]
    TooLarge(Reason),
    /// Too many attempts; retry after so many seconds (429).
    #[error("too many attempts")]
    TooMany { retry_after_seconds: u32 },
    /// The database or another part is away for the moment (503).
    #[error("temporarily unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// Not an error: this request was carried out before under the same `Idempotency-Key`;
    /// the first answer is given again (200).
    #[error("already carried out")]
    Repeated(serde_json::Value),
    /// A fault of ours (500). The cause goes to the log, never to the client.
    #[error("internal fault")]
    Fault(#[source] anyhow::Error),
}

impl AppError {
    /// A room's refusal.
    pub fn refused(refusal: &dyn Refuse) -> Self {
        Self::Refused(Reason::of(refusal))
    }

    /// A fault of ours, described for the operator.
    pub fn fault(text: impl std::fmt::Display) -> Self {
        Self::Fault(anyhow::anyhow!("{text}"))
    }

    /// Refuses where any finding blocks.
    pub fn if_blocking(findings: Vec<Finding>) -> Result<(), Self> {
        let blocking: Vec<Finding> = findings.into_iter().filter(Finding::blocks).collect();
        if blocking.is_empty() { Ok(()) } else { Err(Self::Invalid(blocking)) }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Unavailable(_) | StoreError::Repeat(_) => Self::Unavailable(error.into()),
            _ => Self::Fault(error.into()),
        }
    }
}

impl From<domain::calendar::CalendarError> for AppError {
    fn from(error: domain::calendar::CalendarError) -> Self {
        Self::Refused(Reason::new(
            "calendar.year_missing",
            format!("工作日历缺少相应年度,无法计算时限,请先导入:{error}"),
            error.to_string(),
        ))
    }
}
