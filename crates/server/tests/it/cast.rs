//! 办件人: the people of a story, each in one browser, and one case they take along step by step.
//!
//! Every step is taken as a page takes it: look at the case, press the button over the version seen. Every change
//! is counted in the audit log, so a step that leaves no entry fails wherever it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::civil::Date;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, City, Client};

/// A city and the browsers open in it: one a person, since a second log-in ends the first.
pub struct Cast {
    pub city: City,
    browsers: Mutex<BTreeMap<String, Client>>,
    /// Changes that were made and left their entry: method and address, ids left out.
    traced: Mutex<BTreeSet<(String, String)>>,
}

/// Whose case it is: the agency's people by user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agency {
    pub handler: &'static str,
    pub leader: &'static str,
    /// Who reports its consolidated requests upwards.
    pub superior: &'static str,
    /// Who records that its funds stand.
    pub treasury: &'static str,
}

/// 桂林市教育局.
pub const EDUCATION: Agency =
    Agency { handler: "agency_handler", leader: "agency_leader", superior: "consolidator", treasury: "finance" };
/// 阳朔县水利局.
pub const COUNTY: Agency = Agency {
    handler: "county_agency_handler",
    leader: "county_agency_leader",
    superior: "county_government",
    treasury: "county_finance",
};

impl Cast {
    pub async fn start() -> Self {
        Self::over(City::start().await)
    }

    pub fn over(city: City) -> Self {
        Self { city, browsers: Mutex::default(), traced: Mutex::default() }
    }

    /// Somebody's browser, signed in at first need.
    pub async fn browser(&self, who: &str) -> Client {
        if let Some(open) = self.browsers.lock().expect("no test panics in here").get(who) {
            return open.clone();
        }
        let client = self.city.sign_in(who).await;
        self.browsers.lock().expect("no test panics in here").insert(who.to_owned(), client.clone());
        client
    }

    /// A browser opened elsewhere, for somebody the city did not begin with.
    pub fn open(&self, who: &str, browser: Client) {
        self.browsers.lock().expect("no test panics in here").insert(who.to_owned(), browser);
    }

    pub async fn entries(&self) -> i64 {
        testkit::count(self.city.database().url(), "SELECT count(*) FROM audit_entry").await
    }

    /// A change over HTTP that succeeds and leaves `entries` in the log: one, unless the step takes others with it.
    pub async fn change(&self, who: &str, request: (Method, &str, Option<i64>), body: &Value, entries: i64) -> Value {
        let (method, path, version) = request;
        let browser = self.browser(who).await;
        let before = self.entries().await;
        let version = version.map(|version| format!("\"{version}\""));
        let headers: Vec<(&str, &str)> = version.iter().map(|version| ("if-match", version.as_str())).collect();
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let answer = browser.send(method.clone(), path, &headers, body).await;
        assert!((200..300).contains(&answer.status), "{who}: {method} {path}: {} {}", answer.status, answer.text());
        let left = self.entries().await - before;
        assert_eq!(left, entries, "{who}: {method} {path} leaves {entries} in the audit log");
        assert_eq!(self.nameless().await, [""; 0], "{who}: {method} {path}: every entry names an action of the table");
        self.traced.lock().expect("no test panics in here").insert((method.to_string(), template(path)));
        answer.body
    }

    /// Actions in the log that the authorization table does not know; the log-in has its own words.
    async fn nameless(&self) -> Vec<String> {
        let known: Vec<String> = app::authz::Action::ALL.iter().map(|action| format!("'{}'", action.code())).collect();
        let sql = format!(
            "SELECT action FROM audit_entry WHERE action !~ '^(session|demo)' AND action NOT IN ({})",
            known.join(", ")
        );
        testkit::column(self.city.database().url(), &sql).await
    }

    /// True where a change at this address was made in this city and left its entry.
    pub fn left_a_trace(&self, method: &Method, template: &str) -> bool {
        let at = (method.to_string(), template.to_owned());
        self.traced.lock().expect("no test panics in here").contains(&at)
    }

    /// The same, of a POST without version that leaves one entry.
    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Value {
        self.change(who, (Method::POST, path, None), body, 1).await
    }

    /// Days pass; what falls due is done.
    pub async fn until(&self, day: Date) {
        self.city.set_day(day);
        app::timers::run(&self.city.app).await.expect("the timers run");
        self.engines_work().await;
    }

    /// The clouds do what they were asked to, as a worker of the server would have them.
    pub async fn engines_work(&self) {
        app::outbox::drain(&self.city.app).await.expect("the outbox is read");
    }

    /// The simulated engine, entered by the system administrator.
    pub async fn engine(&self) -> String {
        let listed = self.browser("system_admin").await.get("/api/engines").await.ok();
        let known =
            listed["items"].as_array().and_then(|items| items.iter().find(|e| e["kind"]["code"] == "simulated"));
        if let Some(engine) = known {
            return engine["id"].as_str().expect("an id").to_owned();
        }
        let entered = json!({ "name": "模拟云", "kind": "simulated" });
        let made = self.post("system_admin", "/api/engines", &entered).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The jump host of the city, registered at first need.
    pub async fn jump_host(&self) -> String {
        let listed = self.browser("system_admin").await.get("/api/jump-hosts").await.ok();
        if let Some(id) = listed["items"][0]["id"].as_str() {
            return id.to_owned();
        }
        let entered =
            json!({ "name": "一号跳板机", "address": "jump.guilin.gov.cn", "port": 2222, "login": "liyun-jump" });
        let made = self.post("system_admin", "/api/jump-hosts", &entered).await;
        made["id"].as_str().expect("an id").to_owned()
    }
}

/// One case on its way.
pub struct Case<'c> {
    pub cast: &'c Cast,
    pub agency: Agency,
    pub id: String,
}

impl<'c> Case<'c> {
    /// A draft with a complete form and the materials it owes.
    pub async fn draft(cast: &'c Cast, agency: Agency, mode: &str, system: &str) -> Self {
        Self::draft_with(cast, agency, (mode, system), json!([])).await
    }

    /// The same, with rows of 其他服务.
    pub async fn draft_with(cast: &'c Cast, agency: Agency, named: (&str, &str), services: Value) -> Self {
        Self::draft_as(cast, agency, named, |form| form["services"] = services).await
    }

    /// The same, with whatever the form is to say otherwise.
    pub async fn draft_as(
        cast: &'c Cast,
        agency: Agency,
        (mode, system): (&str, &str),
        edit: impl FnOnce(&mut Value),
    ) -> Self {
        let made = cast.post(agency.handler, "/api/applications", &Value::Null).await;
        let case = Self { cast, agency, id: made["id"].as_str().expect("an id").to_owned() };
        let code = case.seen_by(agency.handler).await["form"]["contact"]["credit_code"].clone();
        let path = format!("/api/applications/{}/form", case.id);
        let mut form = form(mode, system, &code);
        edit(&mut form);
        let saved = cast.change(agency.handler, (Method::PUT, &path, Some(1)), &form, 1).await;
        assert!(saved["fee_fen_per_year"].as_i64().is_some_and(|fen| fen > 0), "priced as it is typed: {saved}");
        let owed = case.seen_by(agency.handler).await["required_materials"].clone();
        for material in owed.as_array().expect("materials") {
            case.attach(agency.handler, material["code"].as_str().expect("a code")).await.ok();
        }
        case
    }

    /// The case page as somebody sees it.
    pub async fn seen_by(&self, who: &str) -> Value {
        self.cast.browser(who).await.get(&format!("/api/cases/{}", self.id)).await.ok()
    }

    pub async fn state(&self) -> String {
        self.seen_by("center_reviewer").await["state"]["code"].as_str().expect("a code").to_owned()
    }

    /// Hands in a small PDF.
    pub async fn attach(&self, who: &str, kind: &str) -> Answer {
        let path = format!("/api/cases/{}/attachments", self.id);
        self.cast.browser(who).await.upload(&path, &format!("{kind}.pdf"), pdf(), &[("kind", kind)]).await
    }

    /// Where commands to a room of this case go, and the version `who` sees.
    pub async fn place(&self, who: &str, room: &str) -> (String, i64) {
        let page = self.seen_by(who).await;
        let (rooms, at) = match room {
            "application" => ("applications", &page),
            "trial" => ("trials", &page["trial"]),
            "subscription" => ("subscriptions", &page["subscription"]),
            "change" => ("changes", page["changes"].as_array().and_then(|all| all.last()).expect("a change")),
            "termination" => {
                ("terminations", page["terminations"].as_array().and_then(|all| all.last()).expect("a termination"))
            }
            other => panic!("no room {other}"),
        };
        let id = at["id"].as_str().unwrap_or_else(|| panic!("no {room} on the page of {who}: {page}"));
        (format!("/api/{rooms}/{id}"), at["version"].as_i64().expect("a version"))
    }

    /// `who` presses a button. The answer is the server's, whatever it is.
    pub async fn press(&self, who: &str, room: &str, command: &Value) -> Answer {
        let (path, version) = self.place(who, room).await;
        let version = format!("\"{version}\"");
        let browser = self.cast.browser(who).await;
        browser.post_with(&format!("{path}/commands"), &[("if-match", &version)], command).await
    }

    /// `who` takes a step, which succeeds and leaves one entry.
    pub async fn step(&self, who: &str, room: &str, command: &Value) -> Value {
        let (path, version) = self.place(who, room).await;
        self.cast.change(who, (Method::POST, &format!("{path}/commands"), Some(version)), command, 1).await
    }

    /// `who` says yes: the many commands that take nothing but an opinion.
    pub async fn agree(&self, who: &str, room: &str, command: &str) -> Value {
        self.step(who, room, &json!({ "command": command, "opinion": "同意" })).await
    }
}

/// The stages, each from where the one before ends.
impl<'c> Case<'c> {
    /// 专项申请 until the centre owes its answer.
    pub async fn submitted(cast: &'c Cast, agency: Agency, system: &str) -> Self {
        Self::submitted_with(cast, agency, system, json!([])).await
    }

    /// The same, with rows of 其他服务.
    pub async fn submitted_with(cast: &'c Cast, agency: Agency, system: &str, services: Value) -> Self {
        Self::submitted_as(cast, agency, system, |form| form["services"] = services).await
    }

    async fn submitted_as(cast: &'c Cast, agency: Agency, system: &str, edit: impl FnOnce(&mut Value)) -> Self {
        let case = Self::draft_as(cast, agency, ("special", system), edit).await;
        case.step(agency.handler, "application", &json!({ "command": "submit", "mode": "special" })).await;
        case.agree(agency.leader, "application", "unit_approve").await;
        case
    }

    pub async fn accept(&self) {
        let command = json!({ "command": "accept", "opinion": "材料齐全,予以受理",
            "checklist": [{ "item": "批复文件", "present": true }, { "item": "部署架构图", "present": true }] });
        self.step("center_acceptor", "application", &command).await;
    }

    pub async fn hear_everyone(&self) {
        for (who, department) in
            [("police", "police"), ("finance", "finance"), ("secrecy_office", "secrecy"), ("expert", "expert")]
        {
            self.step(who, "application", &opinion(department)).await;
        }
    }

    pub async fn approve(&self, cuts: Value) {
        let conclusion =
            json!({ "approved": true, "opinion": "必要、可行,建议通过", "urgency": "normal", "cuts": cuts });
        self.step("center_reviewer", "application", &json!({ "command": "conclude", "conclusion": conclusion })).await;
        self.agree("center_lead", "application", "sign").await;
    }

    /// Into a plan of its own, which the government ratifies.
    pub async fn ratify(&self) {
        let year = self.cast.city.app.clock.today().year();
        let plan = self.cast.post("center_reviewer", "/api/usage-plans", &json!({ "year": year })).await;
        let path = format!("/api/usage-plans/{}", plan["id"].as_str().expect("an id"));
        let ratified =
            json!({ "document_number": "市政函〔2025〕12号", "ratified_on": self.cast.city.app.clock.today() });
        for (who, entries, command) in [
            ("center_reviewer", 2, json!({ "command": "add", "application": self.id })),
            ("center_lead", 1, json!({ "command": "report", "opinion": "同意上报" })),
            ("center_reviewer", 1, json!({ "command": "record_ratification", "ratification": ratified })),
            ("center_lead", 2, json!({ "command": "verify_ratification" })),
        ] {
            let version = self.cast.browser(who).await.get(&path).await.ok()["version"].as_i64();
            self.cast.change(who, (Method::POST, &format!("{path}/commands"), version), &command, entries).await;
        }
    }

    pub async fn fund(&self) {
        let fee = self.seen_by("center_reviewer").await["fee_fen_per_year"].as_i64().expect("a fee");
        let fund = json!({ "command": "record_funding", "fund": { "item": "政务云服务", "amount_fen": fee } });
        self.step(self.agency.treasury, "application", &fund).await;
        let today = self.cast.city.app.clock.today();
        let contract = json!({ "number": "GXZC2025-0012", "signed_on": today, "amount_fen": fee });
        let contract = json!({ "command": "record_contract", "contract": contract });
        self.step("authority_officer", "application", &contract).await;
    }

    /// From 审核通过 to the notice.
    pub async fn notified(&self) {
        self.ratify().await;
        self.fund().await;
        let services = self.seen_by("center_resources").await["form"]["services"] != json!([]);
        let notice = format!("/api/applications/{}/trial", self.id);
        // The notice, and one entry for the orders of other services where there are any.
        let entries = 1 + i64::from(services);
        self.cast.change("center_resources", (Method::POST, &notice, None), &Value::Null, entries).await;
    }

    /// The service instance of a product, as `who` sees it.
    pub async fn instance(&self, who: &str, sku: &str) -> Value {
        let page = self.seen_by(who).await;
        let all = page["service_instances"].as_array().expect("instances").clone();
        all.into_iter().find(|one| one["sku"] == sku).unwrap_or_else(|| panic!("no {sku} on the page of {who}"))
    }

    /// The engineer reports what an instance waits for, with all its evidence. `entries`: what it leaves in the log.
    pub async fn report_service(&self, sku: &str, act: &str, entries: i64) {
        let seen = self.instance("supplier_engineer", sku).await;
        let mut command = json!({ "command": act, "evidence": evidence(&seen) });
        if act != "reclaim" {
            command["quantity"] = seen["ordered_quantity"].clone();
        }
        let path = format!("/api/service-instances/{}/commands", seen["id"].as_str().expect("an id"));
        let request = (Method::POST, &*path, seen["version"].as_i64());
        self.cast.change("supplier_engineer", request, &command, entries).await;
    }

    /// The supplier opens the servers on the simulated engine and hands them over for fifteen days.
    pub async fn delivered(&self) {
        let engine = self.cast.engine().await;
        self.step("supplier_manager", "trial", &json!({ "command": "acknowledge" })).await;
        self.step("supplier_engineer", "trial", &json!({ "command": "open", "engine": engine })).await;
        self.cast.engines_work().await;
        let services = self.seen_by("supplier_engineer").await["service_instances"].clone();
        for service in services.as_array().expect("instances").iter().filter(|one| one["state"]["code"] == "ordered") {
            self.report_service(service["sku"].as_str().expect("a product"), "open", 1).await;
        }
        let deliver = json!({ "command": "deliver", "minutes": "已对接", "deployment_plan": "按方案迁移", "days": 15 });
        self.step("supplier_manager", "trial", &deliver).await;
    }

    /// A report that says passed, confirmed by the agency's leader.
    pub async fn passed(&self) {
        self.step(self.agency.handler, "trial", &json!({ "command": "report", "report": report(true) })).await;
        self.agree(self.agency.leader, "trial", "approve_report").await;
    }

    /// The period ends; the timer turns the trial into production.
    pub async fn activated(&self) {
        let until = self.seen_by("center_reviewer").await["trial"]["period"]["until"].clone();
        let until: Date = serde_json::from_value(until).expect("a day");
        let period = domain::trial::Period { delivered_on: until, until, extensions: 0 };
        let day = domain::trial::action_day(&period, &self.cast.city.app.calendar()).expect("a published year");
        self.cast.until(day).await;
    }

    /// From the form to a running, confirmed service.
    pub async fn running(cast: &'c Cast, agency: Agency, system: &str) -> Self {
        Self::running_with(cast, agency, system, json!([])).await
    }

    /// The same, with rows of 其他服务.
    pub async fn running_with(cast: &'c Cast, agency: Agency, system: &str, services: Value) -> Self {
        Self::running_as(cast, agency, system, |form| form["services"] = services).await
    }

    /// The same, with whatever the form is to say otherwise.
    pub async fn running_as(cast: &'c Cast, agency: Agency, system: &str, edit: impl FnOnce(&mut Value)) -> Self {
        let case = Self::submitted_as(cast, agency, system, edit).await;
        case.accept().await;
        case.hear_everyone().await;
        case.approve(json!([])).await;
        case.notified().await;
        case.delivered().await;
        case.passed().await;
        case.activated().await;
        case.agree(agency.handler, "subscription", "confirm").await;
        case
    }
}

/// Everything the next report of an instance must show.
pub fn evidence(instance: &Value) -> serde_json::Map<String, Value> {
    let required = instance["required"].as_array().expect("a list");
    required.iter().map(|kind| (kind["code"].as_str().expect("a code").to_owned(), json!("凭证2025-018"))).collect()
}

/// The address as the document writes it: ids become `{id}`.
fn template(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.parse::<uuid::Uuid>().is_ok() { "{id}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

pub fn opinion(department: &str) -> Value {
    let score = if department == "expert" { json!(88) } else { Value::Null };
    json!({ "command": "give_opinion",
        "opinion": { "department": department, "verdict": "agree", "opinion": "同意", "score": score } })
}

pub fn report(passed: bool) -> Value {
    json!({ "function_cases": 120, "function_passed": 118, "performance_passed": true, "performance": "P95 180 ms",
        "high_risks": 0, "medium_risks": 1, "low_risks": 4, "security": "无高危漏洞", "backup_verified": true,
        "passed": passed, "opinion": "测试情况属实" })
}

/// The smallest file that is a PDF.
pub fn pdf() -> Vec<u8> {
    let head = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n";
    let offset = head.len();
    format!("{head}xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 1>>\nstartxref\n{offset}\n%%EOF\n")
        .into_bytes()
}

/// 申请表 as a handler fills it in: one server of 4 vCPU and 8 GiB, one account, far below 100 000 yuan.
pub fn form(mode: &str, system: &str, credit_code: &Value) -> Value {
    let special = if mode == "special" { json!("major_task") } else { Value::Null };
    json!({
        "contact": { "credit_code": credit_code, "head": "李建国", "deputy": "韦秀兰", "handler": "陆文清",
            "mobile": "13800000000", "email": "jyj@guilin.gov.cn",
            "system_admin": "覃工", "security_admin": "邓安", "audit_admin": "阳审" },
        "request": { "mode": mode, "special_reason": special, "construction": "new", "urgency": "normal" },
        "system": { "name": system, "category": "public_service", "audience": "internal",
            "overview": "面向全市学校的学籍与招生业务办理系统,提供报名、审核、录取与查询等功能,现有用户约三千人,日均办件两百余件,计划迁移至政务云统一运行。",
            "registered_users": 3000, "daily_active_users": 400, "peak_concurrency": 120,
            "unclassified": true, "work_secrets": false, "personal_information": "under_10k",
            "protection_level": "two", "sharing_scope": "向市大数据平台共享统计数据",
            "cloud_software_suffices": true },
        "deployment": { "zones": ["private"], "availability_basis_points": 9990 },
        "servers": [{ "role": "app", "host_name": "app", "zone": "private", "network": "government",
            "architecture": "arm", "vcpu": 4, "memory_gib": 8, "operating_system": "kylin_v10",
            "system_disk_gib": 40, "system_disk_kind": "ordinary",
            "data_disks": [{ "size_gib": 100, "kind": "ordinary", "quantity": 1 }],
            "quantity": 1, "basis": "按峰值 120 并发测算" }],
        "bastion_accounts": [{ "user_name": "覃工", "user_kind": "agency", "id_number": "11010519491231002X",
            "mobile": "13800000001", "protocols": ["ssh"], "hosts": ["app"], "source": "10.1.2.0/24",
            "valid_from": "2025-04-01", "valid_to": "2026-03-31" }],
        "funding": { "source": "project_funds", "budget_item": "智慧教育二期", "expected_activation": "2025-06-01" },
        "commitment": true
    })
}
