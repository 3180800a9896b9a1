//! The cloud's own administrator, who looks with other credentials and nothing of the driver's code.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::ids::OrgId;
use serde_json::{Value, json};

use crate::account;

/// Signed in to one project.
pub struct Auditor {
    http: reqwest::Client,
    rc: HashMap<String, String>,
    token: String,
    ends: HashMap<String, String>,
    pub project: String,
    user: String,
}

impl Auditor {
    /// In the administrator's own project.
    pub async fn new() -> Self {
        let rc = account::read("openrc").expect("the administrator's account");
        let scope = json!({ "name": rc["OS_PROJECT_NAME"], "domain": { "name": rc["OS_PROJECT_DOMAIN_NAME"] } });
        Self::sign_in(rc, scope).await
    }

    /// In the project of an agency, which the administrator enters by right.
    pub async fn inside(agency: OrgId) -> Self {
        let outside = Self::new().await;
        let project = outside.project_of(agency).await.expect("the agency has a project");
        let roles = outside.get("identity", "/roles?name=admin").await;
        let role = roles["roles"][0]["id"].as_str().unwrap();
        let path = format!("/projects/{project}/users/{}/roles/{role}", outside.user);
        outside.call(reqwest::Method::PUT, "identity", &path, None).await;
        Self::sign_in(outside.rc, json!({ "id": project })).await
    }

    async fn sign_in(rc: HashMap<String, String>, scope: Value) -> Self {
        drivers::tls::provide();
        let http = reqwest::Client::new();
        let domain = json!({ "name": rc["OS_USER_DOMAIN_NAME"] });
        let user = json!({ "name": rc["OS_USERNAME"], "domain": domain, "password": rc["OS_PASSWORD"] });
        let identity = json!({ "methods": ["password"], "password": { "user": user } });
        let body = json!({ "auth": { "identity": identity, "scope": { "project": scope } } });
        let url = format!("{}/auth/tokens", rc["OS_AUTH_URL"]);
        let answer = http.post(url).json(&body).send().await.unwrap().error_for_status().unwrap();
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        let mut ends = HashMap::new();
        for entry in body["token"]["catalog"].as_array().unwrap() {
            let public = entry["endpoints"].as_array().unwrap().iter().find(|end| end["interface"] == "public");
            let url = public.unwrap()["url"].as_str().unwrap().trim_end_matches('/').to_owned();
            ends.insert(entry["type"].as_str().unwrap().to_owned(), url);
        }
        let of = |key: &str| body["token"][key]["id"].as_str().unwrap().to_owned();
        let (project, user) = (of("project"), of("user"));
        let network = format!("{}/v2.0", ends["network"]);
        ends.insert("network".into(), network);
        let volume = format!("{}/{project}", ends["volumev3"]);
        ends.insert("volume".into(), volume);
        ends.insert("identity".into(), rc["OS_AUTH_URL"].clone());
        Self { http, rc, token, ends, project, user }
    }

    pub async fn call(&self, method: reqwest::Method, service: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.ends[service]);
        let mut request = self.http.request(method.clone(), &url).header("X-Auth-Token", &self.token);
        request =
            request.header("OpenStack-API-Version", if service == "volume" { "volume 3.70" } else { "compute 2.60" });
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub async fn get(&self, service: &str, path: &str) -> Value {
        self.call(reqwest::Method::GET, service, path, None).await
    }

    pub async fn post(&self, service: &str, path: &str, body: Value) -> Value {
        self.call(reqwest::Method::POST, service, path, Some(body)).await
    }

    /// Looks until the thing at `path` is in the wanted state, and for no longer than `limit`.
    pub async fn becomes(&self, service: &str, path: &str, (key, wanted): (&str, &str), limit: Duration) {
        let until = Instant::now() + limit;
        loop {
            let status = self.get(service, path).await[key]["status"].clone();
            if status == wanted {
                return;
            }
            assert!(Instant::now() < until && status != "error" && status != "ERROR", "{path} is {status}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Ends a token that was given to somebody.
    pub async fn revoke(&self, token: &str) {
        let url = format!("{}/auth/tokens", self.ends["identity"]);
        let ask = self.http.delete(url).header("X-Auth-Token", &self.token).header("X-Subject-Token", token);
        assert!(ask.send().await.unwrap().status().is_success());
    }

    pub async fn project_of(&self, agency: OrgId) -> Option<String> {
        let found = self.get("identity", &format!("/projects?name=ly-{agency}")).await;
        found["projects"][0]["id"].as_str().map(str::to_owned)
    }

    /// Makes a volume type of this name on the cloud's default storage.
    pub async fn volume_type(&self, name: &str) -> String {
        self.post("volume", "/types", json!({ "volume_type": { "name": name } })).await;
        name.to_owned()
    }

    pub async fn drop_volume_type(&self, name: &str) {
        let all = self.get("volume", "/types").await;
        let own = all["volume_types"].as_array().unwrap().iter().find(|kind| kind["name"] == name).expect("the type");
        let path = format!("/types/{}", own["id"].as_str().unwrap());
        self.call(reqwest::Method::DELETE, "volume", &path, None).await;
    }

    /// Has the cloud make an image of the project's only server, which stands for a snapshot of each of its disks.
    pub async fn image_of_the_server(&self, limit: Duration) -> String {
        let server = self.get("compute", "/servers").await["servers"][0]["id"].clone();
        let path = format!("/servers/{}/action", server.as_str().unwrap());
        let made = self.post("compute", &path, json!({ "createImage": { "name": "of the server" } })).await;
        for snapshot in self.get("volume", "/snapshots").await["snapshots"].as_array().unwrap() {
            let path = format!("/snapshots/{}", snapshot["id"].as_str().unwrap());
            self.becomes("volume", &path, ("snapshot", "available"), limit).await;
        }
        made["image_id"].as_str().unwrap().to_owned()
    }

    /// An image of the project that says of nothing what it was made of.
    pub async fn blank_image(&self) -> String {
        let body = json!({ "name": "by hand", "disk_format": "raw", "container_format": "bare" });
        self.post("image", "/v2/images", body).await["id"].as_str().unwrap().to_owned()
    }

    /// References of the keys that the key manager holds for the project.
    pub async fn keys(&self) -> Vec<String> {
        let all = self.get("key-manager", "/v1/secrets?limit=100").await;
        all["secrets"].as_array().unwrap().iter().map(|key| key["secret_ref"].as_str().unwrap().to_owned()).collect()
    }

    /// The project's own images.
    pub async fn images(&self) -> Vec<String> {
        let all = self.get("image", &format!("/v2/images?owner={}", self.project)).await;
        all["images"].as_array().unwrap().iter().map(|image| image["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Whatever is left in the project, by kind and id. The project and its default security group are no leftovers.
    pub async fn leftovers(&self) -> Vec<String> {
        let mut left = Vec::new();
        for (service, path, key) in [
            ("compute", "/servers", "servers"),
            ("volume", "/volumes", "volumes"),
            ("volume", "/snapshots", "snapshots"),
            ("volume", "/backups", "backups"),
            ("network", &*format!("/ports?project_id={}", self.project), "ports"),
            ("network", &*format!("/networks?project_id={}", self.project), "networks"),
            ("network", &*format!("/subnets?project_id={}", self.project), "subnets"),
            ("network", &*format!("/routers?project_id={}", self.project), "routers"),
            ("network", &*format!("/floatingips?project_id={}", self.project), "floatingips"),
            ("network", &*format!("/security-groups?project_id={}", self.project), "security_groups"),
        ] {
            for thing in self.get(service, path).await[key].as_array().unwrap() {
                if !(key == "security_groups" && thing["name"] == "default") {
                    left.push(format!("{key} {} {}", thing["id"], thing["name"]));
                }
            }
        }
        left
    }

    /// True where guests are real: the plane was brought up with libvirt and not with Nova's fake driver.
    pub async fn has_guests(&self) -> bool {
        let list = self.get("compute", "/os-hypervisors/detail").await;
        list["hypervisors"].as_array().unwrap().iter().any(|one| one["hypervisor_type"] != "fake")
    }
}
