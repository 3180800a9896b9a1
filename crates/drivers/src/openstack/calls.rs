//! 调用: what is asked of a service in one scope, and how lists are read page by page.

use std::sync::Arc;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::CloudError;
use super::http::Answer;
use super::session::{Scope, Service, Session, Token};

/// More pages than any cloud has: a list that never ends is a broken one.
const PAGES_MAX: usize = 10_000;

impl Session {
    /// Calls in a scope.
    pub(super) fn at(&self, scope: Scope) -> At<'_> {
        At { session: self, scope }
    }

    /// Calls as administrator.
    pub(super) fn home(&self) -> At<'_> {
        self.at(Scope::Home)
    }
}

/// Calls in one scope.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub session: &'a Session,
    scope: Scope,
}

impl At<'_> {
    /// True in the project of an adopted server, where what is ours is found by its notes and not by its name.
    pub(super) fn is_adopted(&self) -> bool {
        matches!(self.scope, Scope::Adopted(_))
    }

    /// The token of this scope.
    pub(super) async fn token(&self) -> Result<Arc<Token>, CloudError> {
        self.session.token(&self.scope).await
    }

    async fn send(
        &self,
        service: Service,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CloudError> {
        self.session.send(&self.scope, service, &method, path, body, None).await
    }

    /// Reads one thing: `key` of the answer, or all of it.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        key: Option<&str>,
    ) -> Result<T, CloudError> {
        unwrap(&self.send(service, Method::GET, path, None).await?, key)
    }

    /// Makes something. Not repeated when the answer is lost: the next look at the cloud tells.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<T, CloudError> {
        unwrap(&self.send(service, Method::POST, path, Some(body)).await?, key)
    }

    /// Like [`At::post`], with another microversion than the usual.
    pub(super) async fn post_as<T: DeserializeOwned>(
        &self,
        (service, version): (Service, &str),
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<T, CloudError> {
        let sent = self.session.send(&self.scope, service, &Method::POST, path, Some(body), Some(version));
        unwrap(&sent.await?, key)
    }

    /// Asks for something to be done whose answer says nothing.
    pub(super) async fn act(&self, service: Service, path: &str, body: &Value) -> Result<(), CloudError> {
        self.send(service, Method::POST, path, Some(body)).await.map(drop)
    }

    /// Sets something to what it should be.
    pub(super) async fn put(&self, service: Service, path: &str, body: Option<&Value>) -> Result<(), CloudError> {
        self.send(service, Method::PUT, path, body).await.map(drop)
    }

    /// Removes; nothing happens where there is none.
    pub(super) async fn delete(&self, service: Service, path: &str) -> Result<(), CloudError> {
        super::fault::found(self.send(service, Method::DELETE, path, None).await).map(drop)
    }

    /// Every object of a list, page after page. `query` without `?`.
    ///
    /// Only the query of a "next" link is taken: behind a proxy its host is often one that cannot be reached.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        query: &str,
        key: &str,
    ) -> Result<Vec<T>, CloudError> {
        let first = if query.is_empty() { String::new() } else { format!("{query}&") };
        // Keystone has no pages; where it were asked for one, it would cut the list.
        let mut query = match service {
            Service::Identity => query.to_owned(),
            _ => format!("{first}limit={}", self.session.page),
        };
        let mut all = Vec::new();
        for _ in 0..PAGES_MAX {
            let answer = self.send(service, Method::GET, &format!("{path}?{query}"), None).await?;
            let page: Value = answer.read()?;
            let items = page.get(key).cloned().ok_or_else(|| answer.garbled(format!("no {key:?}")))?;
            let items: Vec<T> = serde_json::from_value(items).map_err(|cause| answer.garbled(cause))?;
            let empty = items.is_empty();
            all.extend(items);
            match next_query(&page, key).filter(|_| !empty) {
                None => return Ok(all),
                Some(next) if next == query => return Err(answer.garbled("the next page is the same page")),
                Some(next) => query = next,
            }
        }
        Err(CloudError::Garbled {
            call: format!("GET {} {path}", service.name()),
            cause: format!("more than {PAGES_MAX} pages"),
            request_id: "none".into(),
        })
    }
}

fn unwrap<T: DeserializeOwned>(answer: &Answer, key: Option<&str>) -> Result<T, CloudError> {
    let Some(key) = key else { return answer.read() };
    let mut whole: Value = answer.read()?;
    let inner = whole.get_mut(key).map(Value::take).ok_or_else(|| answer.garbled(format!("no {key:?}")))?;
    serde_json::from_value(inner).map_err(|cause| answer.garbled(cause))
}

/// Text as the value of a query: everything but letters, digits and `-._~` as `%XX`.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `servers_links` of Nova, Neutron and Cinder, `next` of Glance.
fn next_query(page: &Value, key: &str) -> Option<String> {
    let links = page.get(format!("{key}_links")).and_then(Value::as_array);
    let next = |link: &&Value| link.get("rel").and_then(Value::as_str) == Some("next");
    let by_links = links.and_then(|links| links.iter().find(next)).and_then(|link| link.get("href"));
    let href = by_links.or_else(|| page.get("next")).and_then(Value::as_str)?;
    href.split_once('?').map(|(_, query)| query.to_owned())
}
