//! One HTTP call to the cloud: bounded in time and size, tried again only where that is safe.

use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::CloudError;

/// Longest answer that is read, in bytes. A page of 1000 servers with all details is about 3 MiB.
const BODY_BYTES_MAX: usize = 32 << 20;
/// As much of an error's text as is kept, in characters.
const MESSAGE_CHARS_MAX: usize = 400;
/// Longest wait that a cloud's `Retry-After` is granted.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);

/// 耐心: how long a call may take and how often it is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To open a connection.
    pub connect: Duration,
    /// From asking to the last byte.
    pub whole: Duration,
    /// Times a call is tried in all, where trying again is safe.
    pub tries: u32,
    /// Before the second try; doubles for each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(60),
            tries: 4,
            pause: Duration::from_millis(250),
        }
    }
}

/// What is asked.
pub(super) struct Ask<'a> {
    pub method: Method,
    pub url: String,
    /// Method, service and path: how errors name it.
    pub call: String,
    pub token: Option<&'a str>,
    /// `OpenStack-API-Version`.
    pub version: Option<String>,
    pub body: Option<&'a Value>,
}

/// What was answered, whole.
pub(super) struct Answer {
    pub call: String,
    pub status: u16,
    pub request_id: String,
    /// `X-Subject-Token`: where Keystone puts a new token.
    pub subject_token: Option<String>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    /// The body as what the API promises.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, CloudError> {
        serde_json::from_slice(&self.body).map_err(|cause| self.garbled(cause))
    }

    /// An answer that cannot be understood.
    pub(super) fn garbled(&self, cause: impl std::fmt::Display) -> CloudError {
        CloudError::Garbled { call: self.call.clone(), cause: cause.to_string(), request_id: self.request_id.clone() }
    }

    fn error(&self) -> CloudError {
        CloudError::Answer {
            call: self.call.clone(),
            status: self.status,
            message: message_of(&self.body),
            request_id: self.request_id.clone(),
        }
    }
}

/// The text of an error, whatever key a service wraps it in: `{"forbidden": {"message": …}}`, `{"message": …}`.
fn message_of(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(json) => {
            let inner = json.as_object().and_then(|map| map.values().find(|value| value.is_object()));
            let of = |value: &Value| value.get("message").and_then(Value::as_str).map(str::to_owned);
            inner.and_then(of).or_else(|| of(&json)).unwrap_or_else(|| json.to_string())
        }
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE_CHARS_MAX).collect()
}

/// The connections to one cloud.
pub(super) struct Wire {
    /// Why there is none: the CA text holds no certificate.
    client: Result<reqwest::Client, String>,
    patience: Patience,
}

impl Wire {
    /// `ca_pem`: certificates to trust beside the system's. Where that holds none, every call says so.
    pub(super) fn new(ca_pem: Option<&str>, patience: Patience) -> Self {
        Self { client: client(ca_pem, patience), patience }
    }

    /// Asks, and asks again where that is safe and may help. An answer of 400 and above is an error.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, CloudError> {
        let mut pause = self.patience.pause;
        for attempt in 1.. {
            let outcome = self.once(ask).await;
            let last = attempt >= self.patience.tries;
            let wait = match &outcome {
                Ok(answer) if last || !may_repeat(&ask.method, answer.status) => None,
                Ok(answer) => Some(answer.retry_after.unwrap_or(pause).min(RETRY_AFTER_MAX)),
                Err(CloudError::Unreachable { sent, .. }) if !last && (!sent || is_safe(&ask.method)) => Some(pause),
                Err(_) => None,
            };
            let Some(wait) = wait else {
                return outcome.and_then(|answer| if answer.status >= 400 { Err(answer.error()) } else { Ok(answer) });
            };
            tracing::debug!(call = ask.call, attempt, wait_ms = wait.as_millis(), "the cloud is asked again");
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Answer, CloudError> {
        let failed = |cause: reqwest::Error| CloudError::Unreachable {
            call: ask.call.clone(),
            sent: !cause.is_connect(),
            cause: chain(&cause.without_url()),
        };
        let client = self.client.as_ref().map_err(|cause| CloudError::NoClient { cause: cause.clone() })?;
        let mut request = client.request(ask.method.clone(), &ask.url);
        if let Some(token) = ask.token {
            request = request.header("X-Auth-Token", token);
        }
        if let Some(version) = &ask.version {
            request = request.header("OpenStack-API-Version", version);
        }
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(failed)?;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let mut answer = Answer {
            call: ask.call.clone(),
            status: response.status().as_u16(),
            request_id: header("x-openstack-request-id").unwrap_or_else(|| "none".into()),
            subject_token: header("x-subject-token"),
            retry_after: header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
            body: Vec::new(),
        };
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + piece.len() > BODY_BYTES_MAX {
                return Err(answer.garbled(format!("longer than {BODY_BYTES_MAX} bytes")));
            }
            answer.body.extend_from_slice(&piece);
        }
        Ok(answer)
    }
}

fn client(ca_pem: Option<&str>, patience: Patience) -> Result<reqwest::Client, String> {
    crate::tls::provide();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(patience.connect)
        .timeout(patience.whole)
        // A redirect would carry the token to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("liyun");
    if let Some(pem) = ca_pem {
        let bundle = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| error.to_string())?;
        if bundle.is_empty() {
            return Err("no certificate in the CA text".into());
        }
        builder = bundle.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    }
    builder.build().map_err(|error| error.to_string())
}

/// Doing it twice is doing it once.
fn is_safe(method: &Method) -> bool {
    *method != Method::POST && *method != Method::PATCH
}

/// 429 was turned away before anything happened; the gateway's errors say nothing about that.
fn may_repeat(method: &Method, status: u16) -> bool {
    status == 429 || (matches!(status, 502..=504) && is_safe(method))
}

/// The error with its causes: the outermost alone says only "error sending request".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::message_of;

    #[test]
    fn the_text_of_an_error_is_found_whatever_wraps_it() {
        for (body, text) in [
            (r#"{"forbidden": {"code": 403, "message": "Quota  exceeded"}}"#, "Quota exceeded"),
            (r#"{"NeutronError": {"type": "X", "message": "in use"}}"#, "in use"),
            (r#"{"message": "plain"}"#, "plain"),
            ("<html>502\nBad</html>", "<html>502 Bad</html>"),
        ] {
            assert_eq!(message_of(body.as_bytes()), text);
        }
    }
}
