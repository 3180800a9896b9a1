//! 路由 × 角色: what every address answers to every role, as a file a reviewer reads.
//!
//! The list of addresses is the program's own document, so an address that is added changes the file. Requests are
//! well-formed and change nothing that another role's request would notice: updates carry a version nobody has seen,
//! so who may do them is answered 412; acts on accounts name nobody, so who may do them is answered 404 or 422.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use domain::org::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Client;

use crate::cast::{COUNTY, Case, Cast, EDUCATION, form, pdf, report};

/// Addresses of the log-in itself: open to anyone, or about the asker's own session.
const OWN: [&str; 4] = ["/api/health", "/api/session", "/api/setup", "/api/demo"];
/// Addresses anyone may read.
const PUBLIC: [&str; 1] = ["/api/verify/{code}"];
/// A thing that is nowhere.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// One address.
#[derive(Clone)]
struct Route {
    method: Method,
    template: String,
    /// True where it takes a file.
    upload: bool,
}

fn routes() -> Vec<Route> {
    let document = serde_json::to_value(server::router::openapi()).expect("the document serialises");
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            let method: Method = method.to_ascii_uppercase().parse().expect("a method");
            let upload = operation["requestBody"]["content"]["multipart/form-data"].is_object();
            routes.push(Route { method, template: path.clone(), upload });
        }
    }
    routes
}

/// 样本: ids by the collection they stand in, for one case and what hangs from it.
struct Sample(BTreeMap<&'static str, String>);

impl Sample {
    async fn of(cast: &Cast, case: &Case<'_>) -> Self {
        let page = case.seen_by(case.agency.handler).await;
        let id = |value: &Value| value["id"].as_str().unwrap_or(NOBODY).to_owned();
        let operations =
            cast.browser("center_resources").await.get(&format!("/api/operations?case_id={}", case.id)).await;
        let plans = cast.browser("center_reviewer").await.get("/api/usage-plans").await.ok();
        let bastion = cast.browser("security_admin").await;
        let alarms = bastion.get("/api/access-alarms").await.ok();
        let bastion = bastion.get(&format!("/api/cases/{}/bastion", case.id)).await.ok();
        let number = page["number"].as_str().unwrap_or_default();
        let policies =
            cast.browser("center_resources").await.get(&format!("/api/scaling-policies?q={number}")).await.ok();
        let agency = id(&page["agency"]);
        let server = id(&page["resources"][0]);
        let copies = cast.browser("center_resources").await.get(&format!("/api/resources/{server}/copies")).await;
        Self(BTreeMap::from([
            ("applications", case.id.clone()),
            ("cases", case.id.clone()),
            ("trials", id(&page["trial"])),
            ("subscriptions", id(&page["subscription"])),
            ("changes", id(&page["changes"][0])),
            ("terminations", id(&page["terminations"][0])),
            ("attachments", id(&page["attachments"][0])),
            ("documents", id(&page["documents"][0])),
            ("charges", id(&page["charges"]["accounts"][0]["entries"][0])),
            ("resources", id(&page["resources"][0])),
            ("service-instances", id(&page["service_instances"][0])),
            ("scaling-policies", id(&policies["items"][0])),
            ("operations", id(&operations.body["items"][0])),
            ("engines", cast.engine().await),
            ("usage-plans", id(&plans["items"][0])),
            ("orgs", agency),
            ("people", cast.city.person(case.agency.handler).to_string()),
            ("bastion-accounts", id(&bastion["accounts"][0])),
            ("access-grants", id(&bastion["grants"][0])),
            ("access-alarms", id(&alarms["items"][0])),
            ("bastion-sessions", NOBODY.to_owned()),
            ("jump-hosts", cast.jump_host().await),
            ("jump", NOBODY.to_owned()),
            ("copies", NOBODY.to_owned()),
            ("disk-copies", copies.body["items"][0]["id"].as_str().unwrap_or(NOBODY).to_owned()),
            ("drift", NOBODY.to_owned()),
            ("pool", NOBODY.to_owned()),
            ("allocations", NOBODY.to_owned()),
            ("verify", page["documents"][0]["verification_code"].as_str().unwrap_or("2222222222222222").to_owned()),
        ]))
    }

    /// The address with its placeholders filled. Writing to accounts and organisations names nobody.
    fn fill(&self, method: &Method, template: &str) -> String {
        let collection = template.split('/').nth(2).unwrap_or_default();
        let writes_to_accounts = matches!(collection, "people" | "orgs") && *method != Method::GET;
        let id = match self.0.get(collection) {
            _ if writes_to_accounts => NOBODY,
            Some(id) => id,
            None => "",
        };
        let path = template.replace("{id}", id).replace("{code}", id).replace("{position}", "1");
        let path = path.replace("{role}", "expert").replace("{name}", "principals").replace("{org_id}", NOBODY);
        assert!(!path.contains('{') && !path.contains("//"), "{template}: this test knows no sample of {collection}");
        let needed = match template {
            "/api/work-list" | "/api/work-list/export.xlsx" => "?box=todo",
            "/api/calendar" => "?year=2025",
            "/api/calendar/due" => "?from=2025-03-03&working_days=5",
            "/api/calendar/import" => "?source=national&dry_run=true",
            "/api/prices/import" => "?dry_run=true",
            "/api/pool/{id}/quote" => "?case_id=00000000-0000-7000-8000-000000000000&line=s1.vcpu&quantity=1",
            "/api/jump/log" => "?file=1&from=0",
            _ => "",
        };
        format!("{path}{needed}")
    }
}

/// A well-formed body for an address that wants one. An address without a line gets an empty object.
fn body(method: &Method, template: &str) -> Value {
    let words = "核对权限";
    match (method.as_str(), template) {
        ("PUT", "/api/applications/{id}/form") => form("special", words, &json!("114503000000010116")),
        ("POST", "/api/applications/{id}/commands") => json!({ "command": "submit", "mode": "special" }),
        ("POST", "/api/trials/{id}/commands") => json!({ "command": "report", "report": report(true) }),
        ("POST", "/api/subscriptions/{id}/commands") => json!({ "command": "confirm", "opinion": words }),
        ("POST", "/api/changes/{id}/commands") | ("POST", "/api/terminations/{id}/commands") => {
            json!({ "command": "submit" })
        }
        ("POST", "/api/usage-plans/{id}/commands") => json!({ "command": "report", "opinion": words }),
        ("POST", "/api/usage-plans") => json!({ "year": 2025 }),
        ("PUT", "/api/changes/{id}")
        | ("POST", "/api/subscriptions/{id}/changes" | "/api/subscriptions/{id}/changes/quote") => {
            json!({ "servers": [{ "index": 0, "vcpu": 2 }], "reason": words, "fallback": words })
        }
        ("PUT", "/api/terminations/{id}") | ("POST", "/api/subscriptions/{id}/terminations") => termination(),
        ("POST", "/api/engines") => json!({ "name": "模拟云", "kind": "simulated" }),
        ("PUT", "/api/engines/{id}") => json!({ "name": "模拟云", "enabled": true }),
        ("POST", "/api/operations/{id}/steps/{position}/report") => json!({ "evidence": words }),
        ("POST", "/api/service-instances/{id}/commands") => {
            json!({ "command": "open", "quantity": 1, "evidence": { "address": words } })
        }
        ("POST", "/api/bastion-accounts/{id}/commands") => json!({ "command": "lock", "reason": words }),
        ("POST", "/api/bastion-accounts/{id}/certificates" | "/api/cases/{id}/access-certificates") => {
            json!({ "public_key": words })
        }
        ("POST", "/api/cases/{id}/access-grants") => access(&[]),
        ("POST", "/api/access-grants/{id}/commands") => json!({ "command": "grant", "opinion": words }),
        ("POST", "/api/access-alarms/{id}/commands") => json!({ "command": "handle", "opinion": words }),
        ("POST", "/api/jump-hosts") => json!({ "name": words, "address": "10.0.0.1", "port": 0, "login": "liyun" }),
        ("PUT", "/api/jump-hosts/{id}") => json!({ "active": true }),
        ("POST", "/api/drift/{id}/commands") => {
            json!({ "command": "note", "responsible": "supplier", "opinion": words })
        }
        ("POST", "/api/pool/{id}/allocations") => {
            json!({ "case_id": NOBODY, "line": "s1.vcpu", "quantity": 1, "opinion": words })
        }
        ("POST", "/api/allocations/{id}/commands") => json!({ "command": "release", "opinion": words }),
        ("POST", "/api/resources/{id}/commands") => json!({ "command": "resume", "reason": words }),
        ("POST", "/api/scaling-policies") => json!({ "case_id": NOBODY, "line": 0, "policy": figures() }),
        ("POST", "/api/scaling-policies/{id}/commands") => json!({ "command": "pause", "reason": words }),
        ("POST", "/api/resources/{id}/copies") => json!({ "disk_id": NOBODY, "kind": "snapshot" }),
        ("POST", "/api/disk-copies/{id}/commands") => json!({ "command": "drop" }),
        ("PUT", "/api/resources/{id}/backup-schedule") => backups(),
        ("POST", "/api/orgs") => org(),
        ("PUT", "/api/orgs/{id}") => {
            let mut change = org();
            change["active"] = json!(true);
            change
        }
        ("PUT", "/api/people/{id}") => json!({ "org_id": NOBODY, "name": words }),
        ("POST", "/api/people") => {
            json!({ "org_id": NOBODY, "username": "nobody", "name": words, "mobile": "13800000000", "id_number": "", "email": "" })
        }
        ("POST", "/api/people/{id}/roles") => json!({ "role": "expert", "org_id": NOBODY }),
        _ => json!({}),
    }
}

fn termination() -> Value {
    json!({ "reason": "offline", "offline_on": "2025-03-01", "system_offline": true, "data_backed_up": true,
        "backup_place": "本单位", "accounts_listed": true, "disposal": "destroy", "remark": "" })
}

/// 访问授权 of tomorrow.
fn access(hosts: &[&str]) -> Value {
    json!({ "hosts": hosts, "from": "2025-03-04T09:00", "until": "2099-03-04T18:00", "purpose": "核对权限", "source": "10.9.0.0/16" })
}

/// 伸缩策略 as an agency sets it.
fn figures() -> Value {
    json!({ "metric": "cpu", "out_percent": 70, "out_minutes": 3, "in_percent": 30, "in_minutes": 3, "lower": 1, "upper": 1,
        "step": 1, "cooldown_minutes": 10 })
}

fn org() -> Value {
    json!({ "name": "桂林市教育局", "short_name": "", "kind": "government", "level": "city", "office": "agency",
        "credit_code": "114503000000010116", "county": null, "parent_id": null, "budget_code": "", "address": "" })
}

/// A file for an address that takes one: its name and content, right where it would be kept.
fn file(template: &str) -> (&'static str, Vec<u8>) {
    let shipped = |path: &str| {
        let path = format!("{}/../../regulations/guilin/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).expect("shipped with the program")
    };
    match template {
        "/api/calendar/import" => ("calendar.csv", shipped("calendars/national.csv")),
        "/api/prices/import" => ("2025A.csv", shipped("catalogue/2025A.csv")),
        _ => ("a.pdf", pdf()),
    }
}

async fn ask(client: &Client, route: &Route, sample: &Sample) -> u16 {
    let path = sample.fill(&route.method, &route.template);
    if route.upload {
        let (name, content) = file(&route.template);
        let fields: &[(&str, &str)] = if route.template.ends_with("/attachments") { &[("kind", "other")] } else { &[] };
        return client.upload(&path, name, content, fields).await.status;
    }
    if route.method == Method::GET {
        return client.get(&path).await.status;
    }
    let takes_body = route.method != Method::DELETE;
    let bytes = takes_body.then(|| body(&route.method, &route.template).to_string().into_bytes());
    client.send(route.method.clone(), &path, &[("if-match", "\"999\"")], bytes).await.status
}

/// Who is asked: every role in the city, and the agency people of the county.
fn everyone() -> Vec<(String, &'static str)> {
    let city = Role::ALL.iter().map(|role| (role.code().to_owned(), role.zh()));
    let county = [("county_agency_handler", "县单位经办人"), ("county_agency_leader", "县单位审核领导")];
    city.chain(county.map(|(who, zh)| (who.to_owned(), zh))).collect()
}

/// Set anew at every reading, which takes seconds here: asked by a few. Who sees a case sees its application.
const TYPESET: &str = "/api/cases/{id}/application.pdf";
const FEW: [&str; 3] = ["使用单位经办人", "县单位经办人", "系统管理员"];

/// Everybody at once, since no request here changes what another is answered; uploads by turns, since the server
/// takes only so many at a time.
async fn ask_everyone(
    browsers: &[(&'static str, Client)],
    route: &Route,
    sample: &Arc<Sample>,
) -> Vec<(&'static str, u16)> {
    let mut answers = Vec::new();
    if route.upload || route.template == TYPESET {
        for (zh, browser) in browsers.iter().filter(|(zh, _)| route.upload || FEW.contains(zh)) {
            answers.push((*zh, ask(browser, route, sample).await));
        }
        return answers;
    }
    let asked: Vec<_> = browsers
        .iter()
        .map(|(zh, browser)| {
            let (browser, route, sample) = (browser.clone(), route.clone(), sample.clone());
            (*zh, tokio::spawn(async move { ask(&browser, &route, &sample).await }))
        })
        .collect();
    for (zh, answer) in asked {
        answers.push((zh, answer.await.expect("no request panics")));
    }
    answers
}

/// Groups who got the same answer; the largest group is 其余.
fn cell(answers: &[(&'static str, u16)]) -> String {
    let mut groups: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (zh, status) in answers {
        groups.entry(*status).or_default().push(zh);
    }
    let largest = groups.iter().max_by_key(|(_, who)| who.len()).map(|(status, _)| *status).unwrap_or_default();
    let named = groups.iter().filter(|(status, _)| **status != largest);
    let mut parts: Vec<String> = named.map(|(status, who)| format!("{status} {}", who.join("、"))).collect();
    parts.push(if parts.is_empty() { format!("{largest} 全部") } else { format!("{largest} 其余") });
    parts.join(";")
}

/// A case that runs, with a withdrawn change and a drafted termination, so that every kind of thing is there.
async fn whole_case<'c>(cast: &'c Cast, agency: crate::cast::Agency, system: &str) -> Case<'c> {
    let services = json!([{ "sku": "NET-EIP", "quantity": 1, "basis": "对外服务" },
        { "sku": "AS-GROUP", "quantity": 1, "basis": "错峰" }, { "sku": "EVS-SNAP", "quantity": 200, "basis": "升级前留存" },
        { "sku": "BAK-EVS", "quantity": 280, "basis": "每日备份" }]);
    let case = Case::running_with(cast, agency, system, services).await;
    let page = case.seen_by(agency.handler).await;
    let path = format!("/api/subscriptions/{}", page["subscription"]["id"].as_str().expect("an id"));
    let change = json!({ "servers": [{ "index": 0, "vcpu": 2 }], "reason": "用量下降", "fallback": "恢复" });
    cast.post(agency.handler, &format!("{path}/changes"), &change).await;
    case.agree(agency.handler, "change", "withdraw").await;
    cast.post(agency.handler, &format!("{path}/terminations"), &termination()).await;
    asked_for_access(cast, &case).await;
    if agency == EDUCATION {
        let wanted = json!({ "case_id": case.id, "line": 0, "policy": figures() });
        cast.post("agency_sysadmin", "/api/scaling-policies", &wanted).await;
    }
    copied(cast, &case).await;
    case
}

/// Two snapshots, one of which was deleted again, and a schedule of backups that was set and ended. The county has nobody who may take any: its one is put down.
async fn copied(cast: &Cast, case: &Case<'_>) {
    let server = case.seen_by("center_resources").await["resources"][0]["id"].as_str().expect("a server").to_owned();
    if case.agency.handler != EDUCATION.handler {
        let sql = format!(
            "INSERT INTO disk_copy (id, case_id, resource_id, disk_id, kind, number, state_code, state, ordered_by, created_at)
             VALUES ('{server}', '{}', '{server}', '{server}', 'snapshot', 'GLZWY-BF-2025-90001', 'ordered',
                 '{{\"state\": \"ordered\", \"size_gib\": 40}}', '覃工', now())",
            case.id
        );
        return testkit::execute(&cast.city.database().owner_url(), &sql).await;
    }
    let path = format!("/api/resources/{server}/copies");
    let order = json!({ "disk_id": server, "kind": "snapshot" });
    let first = cast.post("agency_sysadmin", &path, &order).await;
    cast.engines_work().await;
    cast.post("agency_sysadmin", &path, &order).await;
    cast.engines_work().await;
    let schedule = format!("/api/resources/{server}/backup-schedule");
    cast.change("agency_sysadmin", (Method::PUT, &schedule, Some(0)), &backups(), 1).await;
    cast.change("agency_sysadmin", (Method::DELETE, &schedule, Some(1)), &Value::Null, 1).await;
    let at = format!("/api/disk-copies/{}/commands", first["id"].as_str().expect("an id"));
    let drop = json!({ "command": "drop" });
    cast.change("agency_sysadmin", (Method::POST, &at, Some(2)), &drop, 1).await;
    cast.engines_work().await;
}

fn backups() -> Value {
    json!({ "every_days": 1, "hour": 2, "keep": 1 })
}

/// The supplier's engineer has asked for a certificate without leave, and then for leave.
async fn asked_for_access(cast: &Cast, case: &Case<'_>) {
    let path = format!("/api/cases/{}", case.id);
    let wanted = json!({ "public_key": "ssh-ed25519" });
    let engineer = cast.browser("supplier_engineer").await;
    assert_eq!(engineer.post(&format!("{path}/access-certificates"), &wanted).await.refused(409), "access_grant.none");
    let now = cast.city.app.clock.civil_of(cast.city.app.clock.now());
    let mut request = access(&["app"]);
    (request["from"], request["until"]) = (json!(now), json!(now.saturating_add(jiff::ToSpan::days(1))));
    cast.post("supplier_engineer", &format!("{path}/access-grants"), &request).await;
}

const HEAD: &str = "# 路由 × 角色\n\n\
由 `cargo nextest run -p server route_role` 对运行中的系统逐一请求后生成并比对;`make proofs` 更新,改动须随代码一并审阅。\n\
样本为两件已开通的办件:市本级(桂林市教育局)与县级(阳朔县水利局);角色取市本级的人员,另加县单位的经办人与审核领导。\n\
修改类请求都带一个过时的版本号,故有权者得 412;对人员与机构的操作指向不存在的对象,故有权者得 404 或 422。\n\
401 未登录,403 角色无权,404 不存在或不可见,409 当前状态不能办理。“留痕”指本次运行中办成并留下一条日志。\n\n\
| 方法 | 地址 | 匿名 | 市本级办件 | 县级办件 | 留痕 |\n|---|---|---|---|---|---|\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e9_e10_every_route_answers_every_role_as_the_proof_says() {
    let cast = Cast::start().await;
    let city = whole_case(&cast, EDUCATION, "学籍管理系统").await;
    let county = whole_case(&cast, COUNTY, "水库监测系统").await;
    let samples = [Arc::new(Sample::of(&cast, &city).await), Arc::new(Sample::of(&cast, &county).await)];
    let anonymous = cast.city.anonymous();
    let mut browsers = Vec::new();
    for (who, zh) in everyone() {
        browsers.push((zh, cast.browser(&who).await));
    }
    for (case, sample) in [&city, &county].into_iter().zip(&samples) {
        // A document is set at its first reading: once, not by everybody at the same moment.
        let document = Route { method: Method::GET, template: "/api/documents/{id}/pdf".to_owned(), upload: false };
        assert_eq!(ask(&cast.browser(case.agency.handler).await, &document, sample).await, 200);
    }
    let mut text = HEAD.to_owned();
    for route in routes() {
        let (method, template) = (&route.method, &route.template);
        let nobody = ask(&anonymous, &route, &samples[0]).await;
        let own = OWN.iter().any(|prefix| template.starts_with(prefix));
        if own {
            let _ = writeln!(text, "| {method} | `{template}` | {nobody} | 登录本身 | | |");
            continue;
        }
        let public = PUBLIC.contains(&template.as_str());
        assert!(public || nobody == 401, "{method} {template} answers {nobody} to anyone");
        let mut cells = Vec::new();
        for sample in samples.iter().take(if template.contains("{id}") { 2 } else { 1 }) {
            let answers = ask_everyone(&browsers, &route, sample).await;
            assert!(answers.iter().all(|(_, status)| *status < 500), "{method} {template}: {answers:?}");
            let unclear = *method != Method::GET && answers.iter().all(|(_, status)| *status == 400);
            assert!(!unclear, "{method} {template}: give it a body in this test");
            cells.push(cell(&answers));
        }
        cells.resize(2, String::new());
        let traced = if cast.left_a_trace(method, template) { "✓" } else { "" };
        let _ = writeln!(text, "| {method} | `{template}` | {nobody} | {} | {} | {traced} |", cells[0], cells[1]);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/proofs/routes.md");
    if std::env::var_os("UPDATE_PROOFS").is_some() {
        std::fs::write(path, &text).expect("docs/proofs exists");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "docs/proofs/routes.md differs; run `make proofs` and read the difference");
}
