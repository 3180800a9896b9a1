//! 弹性伸缩: a system of three approved servers whose agency lets a policy say how many of them run, from a quiet night
//! to a busy day and to the end (A4, A10_3, A10_6, A10_7). What is charged never moves by a fen.

use jiff::civil::{Date, time};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cast::{Case, Cast, EDUCATION};
use crate::exports::{sheet, text};

const SYSADMIN: &str = "agency_sysadmin";

/// More from 70 %, fewer from 30 %, after three minutes; one to three servers, five minutes apart.
fn figures() -> Value {
    json!({ "metric": "cpu", "out_percent": 70, "out_minutes": 3, "in_percent": 30, "in_minutes": 3, "lower": 1, "upper": 3,
        "step": 1, "cooldown_minutes": 5 })
}

/// A system of three servers in service, with one approved group.
async fn three_servers(cast: &Cast) -> Case<'_> {
    Case::running_as(cast, EDUCATION, "招生报名系统", |form| {
        form["servers"][0]["quantity"] = json!(3);
        form["services"] = json!([{ "sku": "AS-GROUP", "quantity": 1, "basis": "报名季错峰" }]);
    })
    .await
}

/// A case with its policy, and a clock that goes by the minute.
struct Watch<'c> {
    cast: &'c Cast,
    case: Case<'c>,
    policy: String,
    day: Date,
    minute: i8,
}

impl<'c> Watch<'c> {
    async fn begin(cast: &'c Cast, figures: &Value) -> Self {
        let case = three_servers(cast).await;
        let wanted = json!({ "case_id": case.id, "line": 0, "policy": figures });
        let made = cast.post(SYSADMIN, "/api/scaling-policies", &wanted).await;
        let policy = made["id"].as_str().expect("an id").to_owned();
        // The next morning: until now the hour was the real one.
        let day = cast.city.app.clock.today().tomorrow().expect("in range");
        let watch = Self { cast, case, policy, day, minute: 0 };
        watch.press(json!({ "command": "activate" }), 1).await;
        watch
    }

    fn path(&self) -> String {
        format!("/api/scaling-policies/{}", self.policy)
    }

    async fn press(&self, command: Value, entries: i64) {
        let version = self.seen().await["version"].as_i64();
        let path = format!("{}/commands", self.path());
        self.cast.change(SYSADMIN, (Method::POST, &path, version), &command, entries).await;
    }

    async fn seen(&self) -> Value {
        self.cast.browser(SYSADMIN).await.get(&self.path()).await.ok()
    }

    /// How busy each running server says it is.
    async fn load(&self, percent: u8) {
        let sql = format!(
            "INSERT INTO engine_shelf SELECT engine_id, 'load/' || id, '{{\"cpu_percent\": {percent}}}' FROM resource
             ON CONFLICT (engine_id, key) DO UPDATE SET value = excluded.value"
        );
        testkit::execute(&self.cast.city.database().owner_url(), &sql).await;
    }

    /// So many minutes pass; in each of them the policies are asked and the clouds do what they are told. Answers how
    /// many servers are wanted running after each.
    async fn minutes(&mut self, count: usize) -> Vec<i64> {
        let mut running = Vec::with_capacity(count);
        for _ in 0..count {
            self.cast.city.app.clock.stand_at(self.day, time(10, self.minute, 0, 0));
            self.minute += 1;
            app::scaling::turn(&self.cast.city.app).await.expect("the policies are asked");
            self.cast.engines_work().await;
            running.push(self.seen().await["running"].as_i64().expect("a number"));
        }
        running
    }

    /// What the cloud really runs, server by server.
    async fn really(&self) -> Vec<String> {
        let page = self.case.seen_by("center_resources").await;
        let power = |one: &Value| one["power"]["code"].as_str().expect("looked at").to_owned();
        page["resources"].as_array().expect("servers").iter().map(power).collect()
    }

    async fn resource(&self, at: usize) -> String {
        let page = self.case.seen_by("center_resources").await;
        format!("/api/resources/{}", page["resources"][at]["id"].as_str().expect("an id"))
    }
}

#[tokio::test]
async fn a10_6_a_policy_follows_the_load_within_the_approved_and_charges_nothing() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    let charged = watch.case.seen_by("agency_handler").await["charges"].clone();

    // A quiet night: the third rests after three minutes, the second when five more have passed, the first never.
    watch.load(10).await;
    assert_eq!(watch.minutes(4).await, [3, 3, 3, 2]);
    assert_eq!(watch.really().await, ["running", "running", "stopped"]);
    assert_eq!(watch.minutes(5).await, [2, 2, 2, 2, 1], "the cool-down holds");
    assert_eq!(watch.minutes(7).await, [1; 7], "never below the lower bound");
    assert!(watch.seen().await["decision_zh"].as_str().expect("words").contains("已到下限"));
    assert_eq!(watch.really().await, ["running", "stopped", "stopped"]);

    // A busy day: they come back in order, one at a time, and no fourth ever does.
    watch.load(95).await;
    assert_eq!(watch.minutes(4).await, [1, 1, 1, 2]);
    assert_eq!(watch.really().await, ["running", "running", "stopped"]);
    assert_eq!(watch.minutes(5).await, [2, 2, 2, 2, 3]);
    assert_eq!(watch.minutes(8).await, [3; 8], "never above the approved");
    assert!(watch.seen().await["decision_zh"].as_str().expect("words").contains("已到上限"));
    assert_eq!(watch.really().await, ["running"; 3]);

    // In between nothing moves.
    watch.load(50).await;
    assert_eq!(watch.minutes(6).await, [3; 6]);

    let seen = watch.seen().await;
    let taken = seen["taken"].as_array().expect("actions");
    let told: Vec<(bool, &Value)> =
        taken.iter().rev().map(|one| (one["out"].as_bool().expect("a direction"), &one["servers"][0])).collect();
    assert_eq!(
        told,
        [(false, &json!("app-3")), (false, &json!("app-2")), (true, &json!("app-2")), (true, &json!("app-3"))]
    );
    assert!(taken.iter().all(|one| one["operation_state"]["code"] == "done"), "{taken:?}");
    assert_eq!(taken[0]["zh"], "CPU 使用率连续 3 分钟不低于 70%(实测 95%),启用 1 台");
    assert_eq!(seen["samples"].as_array().map(Vec::len), Some(39), "one a minute");
    let page = watch.case.seen_by("agency_handler").await;
    assert_eq!(page["charges"], charged, "not a fen");
    let entries = page["timeline"].to_string();
    let number = seen["number"].as_str().expect("a number");
    assert!(entries.contains(&format!("伸缩策略 {number}:CPU 使用率连续 3 分钟不高于 30%")), "{entries}");
    assert!(entries.contains("运行 2 → 3 台,核定可用 3 台"), "{entries}");
    let drift = cast.browser("center_resources").await.get("/api/drift").await.ok();
    assert_eq!(drift["items"], json!([]), "resting is what is wanted");
    let list = sheet(&cast.browser("agency_handler").await, "/api/scaling-policies/export.xlsx").await;
    let cells: Vec<String> = [0, 4, 6, 7, 8, 9, 11].map(|column| text(&list, 3, column)).into();
    assert_eq!(cells, [number, "app", "生效中", "3", "3", "0", "≥ 70% 持续 3 分钟"]);
}

#[tokio::test]
async fn a10_6_what_the_agency_suspends_is_not_the_policys() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    watch.load(10).await;
    assert_eq!(watch.minutes(4).await, [3, 3, 3, 2]);
    // The resting one is the policy's to wake, and the agency's to take out of its hands.
    let third = watch.resource(2).await;
    let own = cast.browser(SYSADMIN).await;
    let resume = json!({ "command": "resume", "reason": "急用" });
    assert_eq!(own.post(&format!("{third}/commands"), &resume).await.refused(409), "resource.governed");
    let suspend = json!({ "command": "suspend", "reason": "排查故障" });
    cast.post(SYSADMIN, &format!("{third}/commands"), &suspend).await;
    // While its operation is not over the policy does nothing at all.
    watch.load(95).await;
    cast.city.app.clock.stand_at(watch.day, time(10, 20, 0, 0));
    assert_eq!(app::scaling::turn(&cast.city.app).await.expect("asked"), 0);
    assert!(watch.seen().await["decision_zh"].as_str().expect("words").contains("尚未完成的云上作业"));
    cast.engines_work().await;
    watch.minute = 21;
    assert_eq!(watch.minutes(12).await, [2; 12], "two are left, and both run");
    let seen = watch.seen().await;
    assert_eq!((&seen["suspended"], &seen["approved"]), (&json!(1), &json!(3)));
    assert_eq!(watch.really().await, ["running", "running", "stopped"]);
    // Paused, the policy decides nothing; ended, what rested by it runs again, and what is suspended stays so.
    watch.load(5).await;
    assert_eq!(watch.minutes(5).await.last(), Some(&1));
    watch.press(json!({ "command": "pause", "reason": "系统升级" }), 1).await;
    watch.load(95).await;
    assert_eq!(watch.minutes(9).await, [1; 9]);
    watch.press(json!({ "command": "end", "reason": "改为固定台数" }), 1).await;
    cast.engines_work().await;
    assert_eq!(watch.really().await, ["running", "running", "stopped"]);
    cast.post(SYSADMIN, &format!("{third}/commands"), &resume).await;
    cast.engines_work().await;
    assert_eq!(watch.really().await, ["running"; 3]);
}

#[tokio::test]
async fn a10_7_a_termination_ends_the_policy() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    watch.load(10).await;
    assert_eq!(watch.minutes(4).await.last(), Some(&2));
    let page = watch.case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/terminations", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "reason": "offline", "offline_on": watch.day, "system_offline": true, "data_backed_up": true,
        "backup_place": "本单位备份服务器", "accounts_listed": true, "disposal": "destroy", "remark": "" });
    cast.post("agency_handler", &path, &request).await;
    watch.case.attach("agency_handler", "backup_proof").await.ok();
    watch.case.step("agency_handler", "termination", &json!({ "command": "submit" })).await;
    watch.case.agree("agency_leader", "termination", "unit_approve").await;
    watch.case.agree("center_reviewer", "termination", "approve").await;
    assert_eq!(watch.seen().await["state"]["code"], "active", "until it is taken back it goes on");
    let (termination, version) = watch.case.place("supplier_engineer", "termination").await;
    let to = format!("{termination}/commands");
    // The step itself, the order to take the service back, and the policy that ends with it.
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &json!({ "command": "reclaim" }), 3).await;
    let seen = watch.seen().await;
    assert_eq!((&seen["state"]["code"], &seen["cause"]["code"]), (&json!("ended"), &json!("service_ended")));
    assert_eq!(app::scaling::turn(&cast.city.app).await.expect("asked"), 0);
    cast.engines_work().await;
    assert_eq!(watch.case.state().await, "reclaimed", "a resting server is erased like any other");
}

#[tokio::test]
async fn a10_6_a_change_that_gives_the_group_up_brings_all_servers_back() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    watch.load(10).await;
    assert_eq!(watch.minutes(4).await.last(), Some(&2));
    assert_eq!(watch.really().await, ["running", "running", "stopped"]);
    let page = watch.case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "servers": [], "services": [{ "index": 0, "quantity": 0 }], "reason": "改为固定台数",
        "fallback": "恢复原配置", "fund_source": "" });
    cast.post("agency_handler", &path, &request).await;
    watch.case.step("agency_handler", "change", &json!({ "command": "submit" })).await;
    watch.case.agree("agency_leader", "change", "unit_approve").await;
    watch.case.agree("center_reviewer", "change", "approve").await;
    let (change, version) = watch.case.place("supplier_engineer", "change").await;
    let to = format!("{change}/commands");
    // The step itself, the order to take the service back, and the policy that ends with it.
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &json!({ "command": "implement" }), 3).await;
    cast.engines_work().await;
    assert_eq!(watch.really().await, ["running"; 3], "nothing rests by a policy that has ended");
    let page = watch.case.seen_by("agency_handler").await;
    assert_eq!(page["changes"][0]["state"]["code"], "done", "{}", page["operations"][0]);
    let entries = page["timeline"].to_string();
    assert!(entries.contains("随服务结束 GLZWY-SS-"), "{entries}");
}

#[tokio::test]
async fn a10_3_a_policy_needs_an_approved_group_and_stays_within_its_servers() {
    let cast = Cast::start().await;
    let case = three_servers(&cast).await;
    let own = cast.browser(SYSADMIN).await;
    let asked = |line: u16, change: fn(&mut Value)| {
        let mut figures = figures();
        change(&mut figures);
        json!({ "case_id": case.id, "line": line, "policy": figures })
    };
    let groups = own.get("/api/scaling-policies/groups").await.ok();
    assert_eq!((&groups["items"][0]["host_name"], &groups["items"][0]["servers"]), (&json!("app"), &json!(3)));
    let path = "/api/scaling-policies";
    let beyond = own.post(path, &asked(0, |figures| figures["upper"] = json!(4))).await;
    assert_eq!(beyond.status, 422, "{}", beyond.text());
    assert_eq!(beyond.body["findings"][0]["code"], "scaling.beyond_approved");
    assert_eq!(beyond.body["findings"][0]["field"], "policy.upper");
    assert_eq!(own.post(path, &asked(7, |_| {})).await.refused(409), "scaling.no_servers");
    for (who, status) in
        [("agency_handler", 403), ("center_resources", 403), ("supplier_engineer", 403), ("county_agency_handler", 404)]
    {
        assert_eq!(cast.browser(who).await.post(path, &asked(0, |_| {})).await.status, status, "{who}");
    }
    let made = cast.post(SYSADMIN, path, &asked(0, |_| {})).await;
    assert_eq!(own.post(path, &asked(0, |_| {})).await.refused(409), "scaling.line_taken");
    assert_eq!(own.get("/api/scaling-policies/groups").await.ok()["items"], json!([]));
    let one = format!("{path}/{}", made["id"].as_str().expect("an id"));
    for (who, status) in [("supplier_engineer", 200), ("center_lead", 200), ("county_agency_handler", 404)] {
        assert_eq!(cast.browser(who).await.get(&one).await.status, status, "{who}");
    }
    // A system without an approved group has none to set.
    let plain = Case::running(&cast, EDUCATION, "办公系统").await;
    let wanted = json!({ "case_id": plain.id, "line": 0, "policy": { "metric": "cpu", "out_percent": 70, "out_minutes": 3,
        "in_percent": 30, "in_minutes": 3, "lower": 1, "upper": 1, "step": 1, "cooldown_minutes": 5 } });
    assert_eq!(own.post(path, &wanted).await.refused(409), "scaling.no_service");
}

#[tokio::test]
async fn of_two_instances_one_takes_the_minute() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    watch.load(10).await;
    assert_eq!(watch.minutes(3).await, [3; 3]);
    cast.city.app.clock.stand_at(watch.day, time(10, 3, 0, 0));
    let app = &cast.city.app;
    let (one, other) = tokio::join!(app::scaling::turn(app), app::scaling::turn(app));
    assert_eq!(one.expect("asked") + other.expect("asked"), 1, "one action, whoever was first");
    cast.engines_work().await;
    let seen = watch.seen().await;
    assert_eq!((&seen["running"], seen["taken"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    cast.city.app.clock.stand_at(watch.day, time(10, 3, 30, 0));
    assert_eq!(app::scaling::turn(app).await.expect("asked"), 0);
    assert_eq!(watch.seen().await["samples"].as_array().map(Vec::len), Some(4), "half a minute later is no turn");
}

#[tokio::test]
async fn the_database_itself_keeps_actions_and_refuses_more_than_there_are() {
    let cast = Cast::start().await;
    let mut watch = Watch::begin(&cast, &figures()).await;
    watch.load(10).await;
    watch.minutes(4).await;
    let url = cast.city.database().owner_url();
    for sql in [
        "UPDATE scaling_action SET to_running = 3",
        "DELETE FROM scaling_action",
        "TRUNCATE scaling_action",
        "INSERT INTO scaling_action SELECT gen_random_uuid(), policy_id, case_id, at, decision, 3, 4, 3, servers, operation_id FROM scaling_action",
        "UPDATE resource SET rest = 'asleep', rested_at = now()",
        "UPDATE resource SET rest = 'scaled', rested_at = NULL",
    ] {
        assert!(testkit::try_execute(&url, sql).await.is_err(), "{sql}");
    }
}
