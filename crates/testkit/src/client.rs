//! An HTTP client as a browser would be: cookies, the CSRF token, JSON.

use std::sync::Arc;

use reqwest::cookie::Jar;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// What came back. `body` is null where it was not JSON; `text` has it as it was.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body, where the status is 2xx; otherwise the test ends showing what the server said.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "status {}: {}", self.status, self.text());
        self.body
    }

    /// The problem's code, where the status is as expected.
    #[track_caller]
    pub fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.body["code"].as_str().expect("every problem has a code")
    }

    /// A header, empty where absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// One person's browser. A clone shares its cookies.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    cookies: Arc<Jar>,
    base: String,
    csrf: Option<String>,
}

impl Client {
    /// Not signed in; with its own cookies.
    pub(crate) fn new(base: &str) -> Self {
        let cookies = Arc::new(Jar::default());
        drivers::tls::provide();
        let http = reqwest::Client::builder().cookie_provider(cookies.clone()).no_proxy().build();
        Self { http: http.expect("a client without TLS"), cookies, base: base.to_owned(), csrf: None }
    }

    /// Carries on a session opened elsewhere.
    pub(crate) async fn with_session(mut self, token: &str) -> Self {
        let base = self.base.parse().expect("an address");
        self.cookies.add_cookie_str(&format!("{}={token}; Path=/", server::signed::SESSION_COOKIE), &base);
        self.take_csrf_token().await;
        self
    }

    /// The same browser as a page of another site would use it: cookies, but no CSRF token.
    pub fn without_csrf_token(&self) -> Self {
        Self { csrf: None, ..self.clone() }
    }

    /// Takes the CSRF token of the session the cookies stand for.
    pub async fn take_csrf_token(&mut self) {
        let session = self.get("/api/session").await.ok();
        self.csrf = session["csrf_token"].as_str().map(str::to_owned);
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string().into_bytes())).await
    }

    /// POST of JSON with more headers.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send(Method::POST, path, headers, Some(body.to_string().into_bytes())).await
    }

    /// PUT of JSON over `version`.
    pub async fn put(&self, path: &str, version: i64, body: &Value) -> Answer {
        let version = format!("\"{version}\"");
        self.send(Method::PUT, path, &[("if-match", &version)], Some(body.to_string().into_bytes())).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Anything: a body is sent as JSON unless `headers` say otherwise.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        let mut all = HeaderMap::new();
        if body.is_some() {
            all.insert("content-type", HeaderValue::from_static("application/json"));
        }
        if let (Some(token), true) = (&self.csrf, method != Method::GET) {
            all.insert("x-csrf-token", HeaderValue::from_str(token).expect("a token is ASCII"));
        }
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            all.insert(name, HeaderValue::from_str(value).expect("a header value"));
        }
        let request = self.http.request(method, format!("{}{path}", self.base)).headers(all);
        let request = match body {
            Some(body) => request.body(body),
            None => request,
        };
        answer(request.send().await.expect("the server answers")).await
    }

    /// Uploads a file as multipart field `file`, with further text fields.
    pub async fn upload(&self, path: &str, name: &str, content: Vec<u8>, fields: &[(&str, &str)]) -> Answer {
        let part = reqwest::multipart::Part::bytes(content).file_name(name.to_owned());
        let mut form = reqwest::multipart::Form::new();
        for (field, value) in fields {
            form = form.text((*field).to_owned(), (*value).to_owned());
        }
        let form = form.part("file", part);
        let mut request = self.http.post(format!("{}{path}", self.base)).multipart(form);
        if let Some(token) = &self.csrf {
            request = request.header("x-csrf-token", token);
        }
        answer(request.send().await.expect("the server answers")).await
    }
}

async fn answer(response: reqwest::Response) -> Answer {
    let status: StatusCode = response.status();
    let headers = response.headers().clone();
    let bytes = response.bytes().await.expect("the whole answer arrives").to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: status.as_u16(), headers, body, bytes }
}
