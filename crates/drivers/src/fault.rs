//! Why a step did not happen: six kinds, by what is to be done next.

/// 驱动错误. Two texts each: Chinese for the case page, English with the cause for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// 稍后重试: the cloud is busy or slow. Trying again may help.
    #[error("retry: {en}")]
    Retry { zh: String, en: String },
    /// 失联: nobody answers at the cloud's interface, and the request did not get there. Nothing is wrong with the order; it
    /// goes on when the cloud is back.
    #[error("away: {en}")]
    Away { zh: String, en: String },
    /// 进行中: the cloud is at work on it and comes along. Looking again is no further attempt; the driver itself sees to
    /// it that this ends.
    #[error("underway: {en}")]
    Underway { zh: String, en: String },
    /// 引擎拒绝: trying again does not help, a person must change something.
    #[error("refused: {en}")]
    Refused { zh: String, en: String },
    /// 对象不存在: the plan is stale; plan again.
    #[error("gone: {what}")]
    Gone { what: String },
    /// 程序错误: ours.
    #[error("bug: {en}")]
    Bug { en: String },
}

impl DriverError {
    /// The cloud is busy or slow.
    pub fn retry(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Retry { zh: zh.into(), en: en.into() }
    }

    /// Nobody answers.
    pub fn away(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Away { zh: zh.into(), en: en.into() }
    }

    /// The cloud is at work on it.
    pub fn underway(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Underway { zh: zh.into(), en: en.into() }
    }

    /// A person must change something.
    pub fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused { zh: zh.into(), en: en.into() }
    }

    /// The object is not there.
    pub fn gone(what: impl Into<String>) -> Self {
        Self::Gone { what: what.into() }
    }

    /// What must not happen.
    pub fn bug(cause: impl std::fmt::Display) -> Self {
        Self::Bug { en: cause.to_string() }
    }

    /// Reading or writing a file of the engine failed.
    pub fn file(path: &std::path::Path, cause: &std::io::Error) -> Self {
        Self::retry("引擎的数据目录读写失败", format!("{}: {cause}", path.display()))
    }

    /// `retry`, `away`, `underway`, `refused`, `gone` or `bug`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Away { .. } => "away",
            Self::Underway { .. } => "underway",
            Self::Refused { .. } => "refused",
            Self::Gone { .. } => "gone",
            Self::Bug { .. } => "bug",
        }
    }

    /// 中文 for the case page; never the cause.
    pub fn zh(&self) -> String {
        match self {
            Self::Retry { zh, .. } | Self::Away { zh, .. } | Self::Underway { zh, .. } | Self::Refused { zh, .. } => {
                zh.clone()
            }
            Self::Gone { .. } => "云上对象已不存在,将重新核对".into(),
            Self::Bug { .. } => "系统内部错误,请联系运维人员".into(),
        }
    }
}
