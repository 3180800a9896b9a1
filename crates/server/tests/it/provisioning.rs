//! 开通与回收 on the simulated engine and by work order: opening, failing and trying again, resizing, erasing with
//! evidence, two workers at once (A10_4–A10_7, A28).

mod crash;
mod dedicated;
mod measure;
mod storm;

use std::sync::Arc;

use app::outbox;
use domain::application::form::{Form, ServerLine};
use domain::ids::ApplicationId;
use domain::org::Role;
use domain::provisioning::EngineKind;
use serde_json::{Value, json};
use testkit::{City, Client, cloud_objects, small_servers};
use uuid::Uuid;

use crate::engines;

/// A city with a case whose trial was signed for; its people, as browsers.
struct Bureau {
    city: Arc<City>,
    /// Of its database: as the serving role and as the owner.
    url: String,
    owner_url: String,
    case: ApplicationId,
    engineer: Client,
    resources: Client,
}

impl Bureau {
    async fn with(servers: u16) -> Self {
        let city = Arc::new(City::start().await);
        let urls = (city.database().url().to_owned(), city.database().owner_url());
        Self::within(city, urls, servers).await
    }

    /// One more case in a city.
    async fn within(city: Arc<City>, urls: (String, String), servers: u16) -> Self {
        Self::of_lines(city, urls, vec![small_servers("web", servers)]).await
    }

    /// A case with these rows of 附件2-1.
    async fn of_lines(city: Arc<City>, (url, owner_url): (String, String), lines: Vec<ServerLine>) -> Self {
        let form = Form { servers: lines, ..Form::default() };
        Self::of_form(city, (url, owner_url), &form).await
    }

    async fn of_form(city: Arc<City>, (url, owner_url): (String, String), form: &Form) -> Self {
        let case = city.contracted_form(form).await;
        let resources = city.as_role(Role::CenterResources).await;
        let manager = city.as_role(Role::SupplierManager).await;
        let engineer = city.as_role(Role::SupplierEngineer).await;
        resources.post(&format!("/api/applications/{case}/trial"), &json!({})).await.ok();
        let bureau = Self { city, url, owner_url, case, engineer, resources };
        bureau.trial(&manager, json!({ "command": "acknowledge" })).await;
        bureau
    }

    async fn page(&self) -> Value {
        self.resources.get(&format!("/api/cases/{}", self.case)).await.ok()
    }

    async fn act(&self, browser: &Client, room: &str, subject: &Value, command: Value) -> Value {
        let path = format!("/api/{room}/{}/commands", subject["id"].as_str().expect("an id"));
        let version = format!("\"{}\"", subject["version"]);
        browser.post_with(&path, &[("if-match", &version)], &command).await.ok()
    }

    async fn trial(&self, browser: &Client, command: Value) {
        let trial = self.page().await["trial"].clone();
        self.act(browser, "trials", &trial, command).await;
    }

    async fn engine(&self, kind: &str) -> Value {
        let engines = self.engineer.get("/api/engines").await.ok();
        let engines = engines["items"].as_array().expect("items").clone();
        engines.into_iter().find(|engine| engine["kind"]["code"] == kind).expect("every kind is there")
    }

    async fn open_on(&self, kind: &str) {
        let engine = self.engine(kind).await["id"].clone();
        self.trial(&self.engineer, json!({ "command": "open", "engine": engine })).await;
    }

    /// Lets everything run that waits, also what waits for its time.
    async fn work(&self) {
        testkit::execute(&self.owner_url, "UPDATE job SET run_at = now() WHERE done_at IS NULL").await;
        outbox::drain(&self.city.app).await.expect("the outbox works");
    }

    async fn trouble(&self, trouble: Value) {
        let sql = format!(
            "INSERT INTO engine_shelf SELECT id, 'trouble', '{trouble}' FROM engine WHERE kind = 'simulated'
             ON CONFLICT (engine_id, key) DO UPDATE SET value = excluded.value"
        );
        testkit::execute(&self.owner_url, &sql).await;
    }

    async fn operation(&self) -> Value {
        self.page().await["operations"][0].clone()
    }

    async fn detail(&self, index: usize) -> Value {
        let id = self.page().await["resources"][index]["id"].as_str().expect("a resource").to_owned();
        self.resources.get(&format!("/api/resources/{id}")).await.ok()
    }

    /// How many servers and disks the simulated cloud holds.
    async fn objects(&self) -> usize {
        cloud_objects(&self.city.app, EngineKind::Simulated).await.len()
    }
}

fn states(operation: &Value) -> Vec<&str> {
    operation["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["state"]["code"].as_str().expect("a code"))
        .collect()
}

#[tokio::test]
async fn a10_4_an_engine_without_an_image_of_the_approved_system_opens_nothing() {
    let bureau = Bureau::with(1).await;
    let admin = bureau.city.as_role(Role::SystemAdmin).await;
    let line = small_servers("web", 1);
    let system = line.operating_system.expect("an operating system");
    let settings = |system: &str| {
        let mut settings = engines::settings();
        settings["image"] = Value::Null;
        settings["images"] = json!([{ "operating_system": system, "image": "own" }]);
        settings
    };
    let form = json!({
        "name": "市政务云", "kind": "openstack", "settings": settings("windows_2019"), "password": engines::PASSWORD,
    });
    let engine = admin.post("/api/engines", &form).await.ok()["id"].clone();
    let trial = bureau.page().await["trial"].clone();
    let path = format!("/api/trials/{}/commands", trial["id"].as_str().expect("an id"));
    let version = format!("\"{}\"", trial["version"]);
    let open = json!({ "command": "open", "engine": engine });
    let refused = bureau.engineer.post_with(&path, &[("if-match", &version)], &open).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("engine.no_image")), "{}", refused.body);
    assert!(refused.text().contains(system.zh()), "{}", refused.body);
    assert!(bureau.page().await["resources"].as_array().expect("resources").is_empty(), "nothing is half ordered");

    let edit = json!({ "name": "市政务云", "enabled": true, "settings": settings(system.code()) });
    admin.put(&format!("/api/engines/{}", engine.as_str().expect("an id")), 0, &edit).await.ok();
    bureau.trial(&bureau.engineer, open).await;
    let server = bureau.detail(0).await;
    assert_eq!(server["operating_system"]["code"], system.code(), "{server}");
    assert_eq!(server["system_disk_kind"]["code"], line.system_disk_kind.expect("a kind").code());
}

#[tokio::test]
async fn a10_4_a_trial_is_opened_and_approved_recorded_and_real_are_one() {
    let bureau = Bureau::with(2).await;
    bureau.open_on("simulated").await;
    assert_eq!(bureau.operation().await["state"]["code"], "queued", "nothing is done to a cloud within the request");
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(
        (operation["state"]["code"].as_str(), operation["kind"]["code"].as_str()),
        (Some("done"), Some("open_trial"))
    );
    // One network for both, and five steps for each server.
    assert_eq!(states(&operation), ["done"; 11]);
    let detail = bureau.detail(1).await;
    assert_eq!(detail["name"], "web-2");
    assert_eq!(detail["approved"], json!({ "vcpu": 1, "memory_mib": 1024, "disks_gib": [40, 10] }));
    assert_eq!(detail["approved"], detail["recorded"]);
    assert_eq!(detail["observed"]["server"]["shape"], json!({ "vcpu": 1, "memory_mib": 1024 }));
    assert_eq!((&detail["differences"], &detail["simulated"]), (&json!([]), &json!(true)));
    let entries = bureau.page().await["timeline"].to_string();
    assert!(entries.contains("开通测试资源完成:云主机 2 台"), "{entries}");
}

#[tokio::test]
async fn a10_4_what_fails_for_the_moment_is_tried_again_and_what_was_done_is_not_done_twice() {
    let bureau = Bureau::with(1).await;
    let failures = json!([{ "step": "attach_disk", "times": 1, "how": "retry" }, { "step": "define_server", "times": 1, "how": "after_doing" }]);
    bureau.trouble(json!({ "failures": failures })).await;
    bureau.open_on("simulated").await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!((operation["state"]["code"].as_str(), operation["attempts"].as_i64()), (Some("retrying"), Some(1)));
    assert!(operation["error_zh"].as_str().expect("why").contains("已执行但回报失败"), "{operation}");
    bureau.work().await;
    assert_eq!(bureau.operation().await["attempts"], 2);
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(operation["state"]["code"], "done");
    assert_eq!(states(&operation), ["done"; 6], "a step that had happened is recorded as done");
    assert_eq!(bureau.objects().await, 3, "a server and its two disks");
}

#[tokio::test]
async fn what_the_cloud_is_at_work_on_is_looked_at_again_and_never_given_up() {
    let looks = 12;
    let bureau = Bureau::with(1).await;
    bureau.trouble(json!({ "failures": [{ "step": "start", "times": looks, "how": "underway" }] })).await;
    bureau.open_on("simulated").await;
    for look in 0..looks {
        bureau.work().await;
        let operation = bureau.operation().await;
        let stands = (operation["state"]["code"].as_str(), operation["attempts"].as_i64());
        assert_eq!(stands, (Some("retrying"), Some(0)), "look {look} is no attempt: {operation}");
        assert!(operation["error_zh"].as_str().expect("what is going on").contains("仍在执行"), "{operation}");
    }
    bureau.work().await;
    assert_eq!(bureau.operation().await["state"]["code"], "done");
}

/// Two hours without a cloud: its owner reads since when, its engineer what the cloud said; nobody has to press anything.
#[tokio::test]
async fn a10_4_a_cloud_that_is_away_is_waited_for_and_the_work_goes_on_by_itself() {
    let bureau = Bureau::with(1).await;
    let looks: i8 = 24;
    bureau.trouble(json!({ "failures": [{ "step": "start", "times": looks, "how": "away" }] })).await;
    bureau.open_on("simulated").await;
    let clock = &bureau.city.app.clock;
    let day = clock.today();
    for look in 0..looks {
        clock.stand_at(day, jiff::civil::time(9 + look / 12, look % 12 * 5, 0, 0));
        bureau.work().await;
        let operation = bureau.operation().await;
        let stands = (operation["state"]["code"].as_str(), operation["attempts"].as_i64());
        assert_eq!(stands, (Some("retrying"), Some(0)), "look {look} is no attempt: {operation}");
        assert_eq!(operation["away_since"], format!("{day}T01:00:00Z"), "since the first look");
        let wait = "SELECT round(extract(epoch FROM run_at - now()))::text FROM job WHERE done_at IS NULL AND kind = 'provisioning'";
        let wait: i64 = testkit::column(&bureau.owner_url, wait).await[0].parse().expect("seconds");
        // From when the work was put off until it is read here a busy machine takes its time.
        let due = if look == 0 { wait <= 2 } else { (200..=300).contains(&wait) };
        assert!(due, "look {look}: the next one in {wait} s");
    }
    let shown = bureau.page().await["operations"][0].clone();
    assert_eq!(shown["error_zh"], "模拟引擎按设定失联");
    assert!(shown["error_en"].as_str().expect("what the cloud said").contains("told to fail at start"));
    let owner = bureau.city.as_role(Role::AgencyHandler).await;
    let shown = owner.get(&format!("/api/cases/{}", bureau.case)).await.ok()["operations"][0].clone();
    assert_eq!((&shown["error_zh"], &shown["error_en"]), (&json!("模拟引擎按设定失联"), &Value::Null));
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!((&operation["state"]["code"], &operation["away_since"]), (&json!("done"), &Value::Null));
}

/// A write of the worker misses once, as it would where another holds the operation, and nobody does.
#[tokio::test]
async fn an_operation_is_not_over_because_a_write_of_its_worker_missed() {
    let bureau = Bureau::with(1).await;
    for statement in [
        "CREATE TABLE missed (once boolean)",
        "CREATE FUNCTION miss() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
             IF EXISTS (SELECT FROM missed) THEN RETURN NEW; END IF;
             INSERT INTO missed VALUES (true); RETURN NULL; END $$",
        "CREATE TRIGGER miss BEFORE UPDATE ON operation_step FOR EACH ROW EXECUTE FUNCTION miss()",
    ] {
        testkit::execute(&bureau.owner_url, statement).await;
    }
    bureau.open_on("simulated").await;
    bureau.work().await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(testkit::column(&bureau.owner_url, "SELECT once::text FROM missed").await, ["true"]);
    assert_eq!(
        (operation["state"]["code"].as_str(), states(&operation)),
        (Some("done"), vec!["done"; 6]),
        "{operation}"
    );
}

#[tokio::test]
async fn a10_4_a_refusal_waits_for_a_person_who_tries_again_by_button() {
    let bureau = Bureau::with(1).await;
    bureau.trouble(json!({ "failures": [{ "step": "start", "times": 2, "how": "refused" }] })).await;
    bureau.open_on("simulated").await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!((operation["state"]["code"].as_str(), operation["may_retry"].as_bool()), (Some("failed"), Some(true)));
    assert_eq!(states(&operation).last(), Some(&"failed"));
    let retry = format!("/api/operations/{}/retry", operation["id"].as_str().expect("an id"));
    let handler = bureau.city.as_role(Role::AgencyHandler).await;
    assert_eq!(handler.post(&retry, &json!({})).await.refused(404), "not_found");
    bureau.engineer.post(&retry, &json!({})).await.ok();
    bureau.work().await;
    assert_eq!(bureau.operation().await["state"]["code"], "done");
    assert_eq!(bureau.engineer.post(&retry, &json!({})).await.refused(409), "operation.not_failed");
}

#[tokio::test]
async fn two_workers_at_once_open_everything_once() {
    let bureau = Bureau::with(3).await;
    bureau.trouble(json!({ "delay_ms": 5 })).await;
    bureau.open_on("simulated").await;
    // A second job for the same operation, as a repeated press leaves it, and four workers.
    let again = "INSERT INTO job (id, kind, payload) SELECT gen_random_uuid(), kind, payload FROM job WHERE kind = 'provisioning'";
    testkit::execute(&bureau.owner_url, again).await;
    let app = &bureau.city.app;
    let (a, b, c, d) = tokio::join!(outbox::drain(app), outbox::drain(app), outbox::drain(app), outbox::drain(app));
    for worked in [a, b, c, d] {
        worked.expect("the outbox works");
    }
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(operation["state"]["code"], "done");
    assert_eq!(states(&operation), ["done"; 16], "each step is recorded once");
    assert_eq!(bureau.objects().await, 9);
}

/// The case in service: trial delivered, passed and turned into production.
async fn in_service(kind: &str) -> Bureau {
    let bureau = Bureau::with(1).await;
    bureau.open_on(kind).await;
    bureau.work().await;
    into_service(&bureau).await;
    bureau
}

/// An opened trial delivered, passed and turned into production.
async fn into_service(bureau: &Bureau) {
    all_into_service(std::slice::from_ref(bureau)).await;
}

/// The same of several cases in one city, on one day.
async fn all_into_service(bureaus: &[Bureau]) {
    let city = &bureaus[0].city;
    let manager = city.as_role(Role::SupplierManager).await;
    let handler = city.as_role(Role::AgencyHandler).await;
    let leader = city.as_role(Role::AgencyLeader).await;
    let deliver = json!({ "command": "deliver", "minutes": "已对接", "deployment_plan": "迁移方案", "days": 10 });
    let report = json!({ "function_cases": 100, "function_passed": 100, "performance_passed": true, "performance": "达标",
        "high_risks": 0, "medium_risks": 0, "low_risks": 1, "security": "无高危", "backup_verified": true, "passed": true, "opinion": "通过" });
    for bureau in bureaus {
        bureau.trial(&manager, deliver.clone()).await;
        bureau.trial(&handler, json!({ "command": "report", "report": report })).await;
        bureau.trial(&leader, json!({ "command": "approve_report", "opinion": "同意" })).await;
    }
    city.set_day(jiff::civil::date(2025, 3, 17));
    app::timers::run(&city.app).await.expect("the timers run");
    for bureau in bureaus {
        bureau.work().await;
        let subscription = bureau.page().await["subscription"].clone();
        let confirm = json!({ "command": "confirm", "opinion": "确认" });
        bureau.act(&handler, "subscriptions", &subscription, confirm).await;
    }
}

#[tokio::test]
async fn a10_5_the_trial_becomes_production_in_place() {
    let bureau = in_service("simulated").await;
    let detail = bureau.detail(0).await;
    assert_eq!(
        (detail["phase"]["code"].as_str(), detail["observed"]["server"]["mark"].as_str()),
        (Some("production"), Some("production"))
    );
    assert_eq!(bureau.operation().await["kind"]["code"], "promote");
    assert_eq!(
        bureau.page().await["subscription"]["number"].as_str().map(|number| number.contains("-KT-")),
        Some(true)
    );
}

/// A change to 2 vCPU, 4 GiB and 20 GiB, approved and being implemented.
async fn implementing(bureau: &Bureau) -> Value {
    let handler = bureau.city.as_role(Role::AgencyHandler).await;
    let leader = bureau.city.as_role(Role::AgencyLeader).await;
    let reviewer = bureau.city.as_role(Role::CenterReviewer).await;
    let subscription = bureau.page().await["subscription"].clone();
    let request = json!({ "servers": [{ "index": 0, "vcpu": 2, "memory_gib": 4, "data_disks_gib": [20] }], "reason": "业务增长",
        "fallback": "恢复原规格", "fund_source": "部门预算" });
    let path = format!("/api/subscriptions/{}/changes", subscription["id"].as_str().expect("an id"));
    handler.post(&path, &request).await.ok();
    for (browser, command) in [
        (&handler, json!({ "command": "submit" })),
        (&leader, json!({ "command": "unit_approve", "opinion": "同意" })),
        (&reviewer, json!({ "command": "approve", "opinion": "同意" })),
        (&bureau.engineer, json!({ "command": "implement" })),
    ] {
        let change = bureau.page().await["changes"][0].clone();
        bureau.act(browser, "changes", &change, command).await;
    }
    bureau.page().await["changes"][0].clone()
}

#[tokio::test]
async fn a10_6_a_change_resizes_and_the_finished_work_finishes_the_change() {
    let bureau = in_service("simulated").await;
    let change = implementing(&bureau).await;
    let path = format!("/api/changes/{}/commands", change["id"].as_str().expect("an id"));
    let version = format!("\"{}\"", change["version"]);
    let claimed =
        bureau.engineer.post_with(&path, &[("if-match", &version)], &json!({ "command": "implemented" })).await;
    assert_eq!(claimed.refused(409), "operation.unfinished", "the engine says when it is done, not a person");
    bureau.work().await;
    let page = bureau.page().await;
    assert_eq!(page["changes"][0]["state"]["code"], "done", "{}", page["operations"][0]);
    let detail = bureau.detail(0).await;
    assert_eq!(detail["recorded"], json!({ "vcpu": 2, "memory_mib": 4096, "disks_gib": [40, 20] }));
    assert_eq!((&detail["approved"], &detail["differences"]), (&detail["recorded"], &json!([])));
    assert_eq!(detail["observed"]["server"]["power"], "running");
}

#[tokio::test]
async fn a10_6_a_change_that_is_given_up_leaves_the_service_running_as_before() {
    let bureau = in_service("simulated").await;
    implementing(&bureau).await;
    bureau.trouble(json!({ "failures": [{ "step": "resize", "times": 2, "how": "refused" }] })).await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(operation["state"]["code"], "failed");
    assert!(states(&operation).contains(&"undone"), "{operation}");
    let world = bureau.page().await;
    assert_eq!(world["changes"][0]["state"]["code"], "implementing");
    // The agency's service was started again in its old shape.
    let seen = bureau.detail(0).await["observed"].clone();
    assert_eq!(
        (seen["server"]["power"].as_str(), seen["server"]["shape"]["vcpu"].as_i64()),
        (Some("running"), Some(1))
    );
}

/// A termination, approved and being reclaimed.
async fn reclaiming(bureau: &Bureau) {
    let handler = bureau.city.as_role(Role::AgencyHandler).await;
    let leader = bureau.city.as_role(Role::AgencyLeader).await;
    let reviewer = bureau.city.as_role(Role::CenterReviewer).await;
    let subscription = bureau.page().await["subscription"].clone();
    let request = json!({ "reason": "offline", "offline_on": "2025-03-17", "system_offline": true, "data_backed_up": true,
        "backup_place": "本单位备份服务器", "accounts_listed": true, "disposal": "destroy", "remark": "" });
    let path = format!("/api/subscriptions/{}/terminations", subscription["id"].as_str().expect("an id"));
    handler.post(&path, &request).await.ok();
    for (browser, command) in [
        (&handler, json!({ "command": "submit" })),
        (&leader, json!({ "command": "unit_approve", "opinion": "同意" })),
        (&reviewer, json!({ "command": "approve", "opinion": "同意" })),
        (&bureau.engineer, json!({ "command": "reclaim" })),
    ] {
        let termination = bureau.page().await["terminations"][0].clone();
        bureau.act(browser, "terminations", &termination, command).await;
    }
}

#[tokio::test]
async fn a28_after_a_termination_nothing_is_left_but_the_evidence() {
    let bureau = in_service("simulated").await;
    reclaiming(&bureau).await;
    bureau.work().await;
    let page = bureau.page().await;
    assert_eq!(page["terminations"][0]["state"]["code"], "reclaimed", "{}", page["operations"][0]);
    let detail = bureau.detail(0).await;
    assert_eq!(detail["phase"]["code"], "erased");
    assert_eq!(detail["erasures"].as_array().map(Vec::len), Some(2), "system disk and data disk");
    assert_eq!((bureau.objects().await, &detail["differences"]), (0, &json!([])));
}

#[tokio::test]
async fn a10_4_a_work_order_waits_for_reports_and_takes_each_once() {
    let bureau = Bureau::with(1).await;
    bureau.open_on("work_order").await;
    bureau.work().await;
    let report = json!({ "evidence": "现场记录1号", "address": "10.1.2.3" });
    for done in 0..6 {
        let operation = bureau.operation().await;
        assert_eq!(operation["state"]["code"], "waiting");
        assert_eq!(states(&operation).iter().filter(|state| **state == "done").count(), done);
        let step = operation["steps"].as_array().expect("steps").iter().find(|step| step["state"]["code"] == "waiting");
        let position = step.expect("one waits")["position"].as_i64().expect("a position");
        let path = format!("/api/operations/{}/steps/{position}/report", operation["id"].as_str().expect("an id"));
        let blank = bureau.engineer.post(&path, &json!({ "evidence": " " })).await;
        assert_eq!(blank.status, 422, "{}", blank.text());
        bureau.engineer.post(&path, &report).await.ok();
        assert_eq!(bureau.engineer.post(&path, &report).await.refused(409), "operation.step_not_waiting");
        bureau.work().await;
    }
    assert_eq!(bureau.operation().await["state"]["code"], "done");
    let detail = bureau.detail(0).await;
    assert_eq!((&detail["address"], &detail["simulated"]), (&json!("10.1.2.3"), &json!(false)));
}

#[tokio::test]
async fn a9_4_the_agency_stops_and_starts_its_own_server_and_nobody_elses() {
    let bureau = in_service("simulated").await;
    let id = bureau.detail(0).await["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/resources/{id}/commands");
    let own = bureau.city.as_role(Role::AgencySysadmin).await;
    let suspend = json!({ "command": "suspend", "reason": "业务低谷" });
    let resume = json!({ "command": "resume", "reason": "业务恢复" });
    assert_eq!(bureau.engineer.post(&path, &suspend).await.refused(403), "authz.forbidden");
    assert_eq!(own.post(&path, &json!({ "command": "scale_in" })).await.refused(403), "authz.forbidden");
    assert_eq!(own.post(&path, &json!({ "command": "suspend", "reason": " " })).await.status, 400);
    assert_eq!(own.post(&path, &resume).await.refused(409), "resource.out_of_order");
    let charged = bureau.page().await["charges"].clone();
    own.post(&path, &suspend).await.ok();
    assert_eq!(own.post(&path, &resume).await.refused(409), "operation.another_open");
    bureau.work().await;
    let detail = bureau.detail(0).await;
    assert_eq!((&detail["rest"]["code"], &detail["rest_reason"]), (&json!("suspended"), &json!("业务低谷")));
    assert_eq!(bureau.page().await["charges"], charged, "charged by the year");
    let entries = bureau.page().await["timeline"].to_string();
    assert!(entries.contains("挂起云主机 web:业务低谷"), "{entries}");
    assert_eq!(
        (detail["power"]["code"].as_str(), detail["phase"]["code"].as_str()),
        (Some("stopped"), Some("production"))
    );
    assert_eq!(detail["differences"], json!([]), "wanted, so no difference");
    assert_eq!(own.post(&path, &suspend).await.refused(409), "resource.out_of_order");
    let seen = own.get(&format!("/api/resources/{id}")).await.ok();
    let offered: Vec<&str> =
        seen["actions"].as_array().expect("buttons").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(offered, ["resume"]);
    // The centre may wake it as well.
    bureau.resources.post(&path, &resume).await.ok();
    bureau.work().await;
    assert_eq!(bureau.detail(0).await["power"]["code"], "running");
}

#[tokio::test]
async fn a9_1_what_differs_in_the_cloud_is_reported_and_never_deleted() {
    let bureau = in_service("simulated").await;
    let owner = bureau.owner_url.clone();
    testkit::execute(
        &owner,
        "UPDATE engine_shelf SET value = jsonb_set(value, '{server,shape,vcpu}', '8') WHERE key LIKE 'world/%'",
    )
    .await;
    let stray = format!(
        "INSERT INTO engine_shelf SELECT id, 'world/{}', '{{\"server\": {{\"external_name\": \"ly-stray\", \"power\": \"running\", \"shape\": {{\"vcpu\": 1, \"memory_mib\": 1}}, \"mark\": null, \"address\": null}}}}' FROM engine WHERE kind = 'simulated'",
        Uuid::now_v7()
    );
    testkit::execute(&owner, &stray).await;
    let engine = bureau.engine("simulated").await["id"].as_str().expect("an id").to_owned();
    let seen = bureau.resources.post(&format!("/api/engines/{engine}/probe"), &json!({})).await.ok();
    assert_eq!((seen["health"]["ok"].as_bool(), seen["real"].as_bool()), (Some(true), Some(false)));
    let drift = bureau.resources.get("/api/drift").await.ok();
    let of_kind = |kind: &str| {
        let all = drift["items"].as_array().expect("items").iter().filter(|row| row["kind"]["code"] == kind);
        all.cloned().collect::<Vec<_>>()
    };
    let [beyond, unowned] = ["beyond", "unowned"].map(of_kind);
    let vcpu = &beyond[0]["differences"][0];
    assert_eq!(
        (&vcpu["field"], &vcpu["real"], &vcpu["approved"]),
        (&json!("vcpu"), &json!("8"), &json!("1")),
        "{drift}"
    );
    assert_eq!((unowned.len(), &unowned[0]["object"]["external_name"]), (1, &json!("ly-stray")), "{drift}");
    assert_eq!(bureau.objects().await, 4, "all is still there");
}
