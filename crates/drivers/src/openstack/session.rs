//! 会话: tokens of Keystone v3, kept until shortly before they expire, and the catalogue that comes with them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::provisioning::OpenstackSettings;
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::fault::CloudError;
use super::http::{Answer, Ask, Patience, Wire};

/// A token is replaced this long before its end, so that none expires on its way.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The services we speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Identity,
    Compute,
    Network,
    Volume,
    Image,
}

impl Service {
    /// Its name in errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Compute => "compute",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Image => "image",
        }
    }

    /// What catalogues call it; the first that is there counts.
    fn types(self) -> &'static [&'static str] {
        match self {
            Self::Identity => &["identity"],
            Self::Compute => &["compute"],
            Self::Network => &["network"],
            Self::Volume => &["block-storage", "volumev3"],
            Self::Image => &["image"],
        }
    }

    /// The microversion whose answers we read. Compute 2.60 is of 2018, and newer clouds keep it. Volume stays below
    /// 3.31, from which on a cloud may forbid to look for a volume by its name.
    pub(super) fn version(self) -> Option<&'static str> {
        match self {
            Self::Compute => Some("2.60"),
            Self::Volume => Some("3.27"),
            _ => None,
        }
    }

    /// The base of its paths, from what the catalogue says: clouds write it with or without version and project.
    fn base(self, endpoint: &str, project: &str) -> String {
        let endpoint = endpoint.trim_end_matches('/');
        match self {
            Self::Network if !endpoint.ends_with("/v2.0") => format!("{endpoint}/v2.0"),
            Self::Image if !endpoint.ends_with("/v2") => format!("{endpoint}/v2"),
            Self::Volume if endpoint.ends_with("/v3") => format!("{endpoint}/{project}"),
            _ => endpoint.to_owned(),
        }
    }
}

/// In whose name a call is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// The project of our own account, where it is an administrator.
    Home,
    /// The project of an agency, by the cloud's id.
    Project(String),
    /// The project that an adopted server is in: what is ours there has its own names.
    Adopted(String),
}

/// 口令. Never shown by `Debug`.
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A token with what came with it.
pub(super) struct Token {
    value: String,
    until: Instant,
    catalog: Vec<CatalogEntry>,
    pub project_id: String,
    pub domain_id: String,
    pub user_id: String,
}

#[derive(Deserialize)]
struct TokenBody {
    expires_at: Timestamp,
    issued_at: Timestamp,
    #[serde(default)]
    catalog: Vec<CatalogEntry>,
    project: ProjectPart,
    user: IdPart,
}

#[derive(Deserialize)]
struct IdPart {
    id: String,
}

#[derive(Deserialize)]
struct ProjectPart {
    id: String,
    domain: IdPart,
}

#[derive(Deserialize)]
struct CatalogEntry {
    #[serde(rename = "type")]
    kind: String,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    interface: String,
    #[serde(default)]
    region_id: Option<String>,
    #[serde(default)]
    region: Option<String>,
    url: String,
}

/// All our dealings with one cloud.
pub(super) struct Session {
    pub settings: OpenstackSettings,
    password: Password,
    wire: Wire,
    tokens: Mutex<HashMap<Scope, Arc<Token>>>,
    /// Objects in one page of a list.
    pub page: u32,
}

impl Session {
    /// Opens nothing yet.
    pub(super) fn new(settings: OpenstackSettings, password: Password, patience: Patience, page: u32) -> Self {
        let wire = Wire::new(settings.ca_pem.as_deref(), patience);
        Self { settings, password, wire, tokens: Mutex::default(), page }
    }

    fn identity(&self) -> String {
        let url = self.settings.auth_url.trim_end_matches('/');
        if url.ends_with("/v3") { url.to_owned() } else { format!("{url}/v3") }
    }

    /// A token that holds for at least [`RENEW_BEFORE`]. One at a time asks for it; the others find it.
    pub(super) async fn token(&self, scope: &Scope) -> Result<Arc<Token>, CloudError> {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(scope).filter(|token| Instant::now() < token.until) {
            return Ok(token.clone());
        }
        let token = Arc::new(self.authenticate(scope).await?);
        tokens.insert(scope.clone(), token.clone());
        Ok(token)
    }

    /// Forgets a token that the cloud takes no more, unless it has been replaced already.
    async fn forget(&self, scope: &Scope, stale: &Token) {
        let mut tokens = self.tokens.lock().await;
        if tokens.get(scope).is_some_and(|token| token.value == stale.value) {
            tokens.remove(scope);
        }
    }

    async fn authenticate(&self, scope: &Scope) -> Result<Token, CloudError> {
        let wanted = &self.settings;
        let project = match scope {
            Scope::Home => json!({ "name": wanted.project, "domain": { "name": wanted.project_domain } }),
            Scope::Project(id) | Scope::Adopted(id) => json!({ "id": id }),
        };
        let user = json!({
            "name": wanted.user, "domain": { "name": wanted.user_domain }, "password": self.password.0,
        });
        let identity = json!({ "methods": ["password"], "password": { "user": user } });
        let body = json!({ "auth": { "identity": identity, "scope": { "project": project } } });
        let ask = Ask {
            method: Method::POST,
            url: format!("{}/auth/tokens", self.identity()),
            call: "POST identity /auth/tokens".into(),
            token: None,
            version: None,
            body: Some(&body),
        };
        let answer = self.wire.ask(&ask).await.map_err(|error| match error {
            CloudError::Answer { status: 401, message, .. } => CloudError::Credentials { message },
            other => other,
        })?;
        read_token(&answer)
    }

    /// Sends with the scope's token, and once more with a new one where the cloud takes it no more.
    pub(super) async fn send(
        &self,
        scope: &Scope,
        service: Service,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        version: Option<&str>,
    ) -> Result<Answer, CloudError> {
        let token = self.token(scope).await?;
        let url = format!("{}{path}", self.base(&token, service)?);
        let version = version.or(service.version()).map(|version| format!("{} {version}", service.name()));
        let call = format!("{method} {} {}", service.name(), path.split('?').next().unwrap_or_default());
        let mut ask = Ask { method: method.clone(), url, call, token: Some(&token.value), version, body };
        match self.wire.ask(&ask).await {
            // Expired before its time or revoked: nothing was done, so it is asked once more with a new one.
            Err(error) if error.status() == Some(401) => {
                self.forget(scope, &token).await;
                let fresh = self.token(scope).await?;
                ask.token = Some(&fresh.value);
                self.wire.ask(&ask).await
            }
            other => other,
        }
    }

    fn base(&self, token: &Token, service: Service) -> Result<String, CloudError> {
        if service == Service::Identity {
            return Ok(self.identity());
        }
        let wanted = &self.settings;
        let fits = |endpoint: &&Endpoint| {
            let region = endpoint.region_id.as_ref().or(endpoint.region.as_ref());
            endpoint.interface == wanted.interface.code() && region == Some(&wanted.region)
        };
        let of_type = |kind: &&str| {
            let entries = token.catalog.iter().filter(|entry| entry.kind == **kind);
            entries.flat_map(|entry| &entry.endpoints).find(fits)
        };
        let endpoint = service.types().iter().find_map(of_type);
        endpoint.map(|endpoint| service.base(&endpoint.url, &token.project_id)).ok_or_else(|| CloudError::NoService {
            service: service.name(),
            region: wanted.region.clone(),
            interface: wanted.interface.code().into(),
        })
    }
}

/// Its life is counted from when we got it, by the cloud's own two times: our clocks need not agree.
fn read_token(answer: &Answer) -> Result<Token, CloudError> {
    #[derive(Deserialize)]
    struct Body {
        token: TokenBody,
    }
    let TokenBody { expires_at, issued_at, catalog, project, user } = answer.read::<Body>()?.token;
    let value = answer.subject_token.clone().ok_or_else(|| answer.garbled("no X-Subject-Token"))?;
    let life = Duration::try_from(expires_at.duration_since(issued_at)).unwrap_or_default();
    Ok(Token {
        value,
        until: Instant::now() + life.saturating_sub(RENEW_BEFORE),
        catalog,
        project_id: project.id,
        domain_id: project.domain.id,
        user_id: user.id,
    })
}
