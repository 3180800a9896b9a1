//! Why a call to the cloud failed, and what that means for a step.

use crate::DriverError;

/// 云平台调用失败. `call` names method, service and path; neither bodies nor tokens ever get in here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CloudError {
    /// No whole answer came. `sent`: the request may have been carried out.
    #[error("{call}: {cause}")]
    Unreachable { call: String, cause: String, sent: bool },
    /// The cloud answered with an error.
    #[error("{call}: HTTP {status}: {message} (request {request_id})")]
    Answer { call: String, status: u16, message: String, request_id: String },
    /// An answer came that is not what the API promises, or is too long.
    #[error("{call}: unreadable answer: {cause} (request {request_id})")]
    Garbled { call: String, cause: String, request_id: String },
    /// Keystone does not take the user name and password.
    #[error("the cloud refuses the credentials: {message}")]
    Credentials { message: String },
    /// No connection can be opened at all: the configured CA is none.
    #[error("no client: {cause}")]
    NoClient { cause: String },
    /// The catalogue does not offer the service there.
    #[error("no {service} service in the catalogue for region {region:?}, interface {interface:?}")]
    NoService { service: &'static str, region: String, interface: String },
}

impl CloudError {
    /// HTTP status of the cloud's answer, where there was one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Turns "not there" into `None`.
pub(super) fn found<T>(result: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Turns "is there already" into success.
pub(super) fn there(result: Result<(), CloudError>) -> Result<(), CloudError> {
    match result {
        Err(error) if error.status() == Some(409) => Ok(()),
        other => other,
    }
}

impl From<CloudError> for DriverError {
    fn from(error: CloudError) -> Self {
        let en = error.to_string();
        let zh = match &error {
            CloudError::Unreachable { sent: false, .. } => return Self::away("云平台接口无法连接", en),
            CloudError::Unreachable { sent: true, .. } => return Self::retry("云平台接口未及时应答或中断了应答", en),
            CloudError::Garbled { .. } => return Self::retry("云平台接口的应答不完整或无法识别", en),
            CloudError::Credentials { .. } => "云平台不接受所配置的账号口令",
            CloudError::NoClient { .. } => "所配置的 CA 证书无法识别",
            CloudError::NoService { .. } => "云平台服务目录中缺少所需的服务",
            CloudError::Answer { status, message, .. } => match status {
                401 => "云平台不接受所配置的账号口令",
                404 => return Self::gone(en),
                // A gateway with nobody behind it.
                502 | 503 => return Self::away("云平台接口暂停服务", en),
                409 | 429 | 500.. => return Self::retry("云平台繁忙或暂时出错", en),
                403 | 413 if is_about_quota(message) => "超出该单位在云平台上的配额(与核定量相等)",
                403 => "所配置的账号在云平台上权限不足",
                413 => "超出该单位在云平台上的配额(与核定量相等)",
                _ => "云平台不接受该请求",
            },
        };
        Self::refused(zh, en)
    }
}

fn is_about_quota(message: &str) -> bool {
    message.to_lowercase().contains("quota")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, message: &str) -> DriverError {
        let call = "POST compute /servers".into();
        CloudError::Answer { call, status, message: message.into(), request_id: "req-1".into() }.into()
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_refused() {
        for (status, message, code) in [
            (400, "bad", "refused"),
            (401, "who", "refused"),
            (403, "Quota exceeded for cores", "refused"),
            (404, "no", "gone"),
            (409, "busy", "retry"),
            (413, "VolumeSizeExceedsAvailableQuota", "refused"),
            (429, "slow down", "retry"),
            (500, "ours", "retry"),
            (502, "bad gateway", "away"),
            (503, "away", "away"),
            (504, "gateway timeout: it may have been done", "retry"),
        ] {
            assert_eq!(answer(status, message).code(), code, "{status}");
        }
        assert!(answer(403, "Quota exceeded").zh().contains("配额"));
        assert!(answer(403, "policy").zh().contains("权限"));
        assert!(answer(503, "away").to_string().contains("req-1"), "the operator can find it in the cloud's log");
        let of = |sent| DriverError::from(CloudError::Unreachable { call: String::new(), cause: String::new(), sent });
        assert_eq!((of(false).code(), of(true).code()), ("away", "retry"), "what was sent may have been done");
    }
}
