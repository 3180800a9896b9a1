//! 其他服务: a system with a firewall, a bucket, backup and a carrier's line, through the supplier's notice, production,
//! a change and the end (A4, A10_4–A10_7, A28). Nobody opens, changes or ends one without its evidence.

use jiff::civil::date;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::cast::{Case, Cast, EDUCATION, evidence};
use crate::documents::{read, says};

/// A firewall, a bucket, backup, a line of 50 Mbps, bandwidth, and a network that comes with the servers.
fn services() -> Value {
    let line = |sku: &str, quantity: u32| json!({ "sku": sku, "quantity": quantity, "basis": "按业务量测算" });
    json!([
        line("SEC-WAF-3K", 1),
        line("OBS-STD", 500),
        line("BAK-ECS", 200),
        line("DCL-50M", 1),
        line("NET-BW-A", 5),
        line("VPC-NET", 1),
    ])
}

/// From the form to the supplier's notice; the review has cut the bandwidth to 4.
async fn noticed(cast: &Cast) -> Case<'_> {
    let case = Case::submitted_with(cast, EDUCATION, "智慧教育门户", services()).await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([{ "target": "service", "index": 4, "quantity": 4, "reason": "按实测流量核减" }])).await;
    case.notified().await;
    case
}

fn state(instance: &Value) -> &str {
    instance["state"]["code"].as_str().expect("a code")
}

fn place(instance: &Value) -> (String, i64) {
    let id = instance["id"].as_str().expect("an id");
    (format!("/api/service-instances/{id}/commands"), instance["version"].as_i64().expect("a version"))
}

/// Presses without counting on success.
async fn press(case: &Case<'_>, who: &str, sku: &str, command: &Value) -> testkit::Answer {
    let (path, version) = place(&case.instance("center_resources", sku).await);
    let version = format!("\"{version}\"");
    case.cast.browser(who).await.post_with(&path, &[("if-match", &version)], command).await
}

/// What the engineer is waited for, as the work list says it.
async fn work_items(cast: &Cast, kind: &str) -> Vec<String> {
    let list = cast.browser("supplier_engineer").await.get("/api/work-list?box=todo&limit=100").await.ok();
    let items = list["items"].as_array().expect("items").iter().filter(|item| item["kind"] == kind);
    items.map(|item| item["kind_zh"].as_str().expect("words").to_owned()).collect()
}

const BY_HAND: [&str; 4] = ["SEC-WAF-3K", "OBS-STD", "DCL-50M", "NET-BW-A"];
/// What the engine opens, or what comes with its servers.
const BY_ENGINE: [&str; 2] = ["BAK-ECS", "VPC-NET"];

#[tokio::test]
async fn a4_other_services_are_ordered_opened_changed_and_ended_with_evidence() {
    let cast = Cast::start().await;
    let case = noticed(&cast).await;
    opened_on_trial(&cast, &case).await;
    in_production(&cast, &case).await;
    changed(&cast, &case).await;
    ended(&cast, &case).await;
}

async fn opened_on_trial(cast: &Cast, case: &Case<'_>) {
    let mut waiting = work_items(cast, "open_service").await;
    waiting.sort();
    assert_eq!(waiting.len(), 6, "the engineer is told of each: {waiting:?}");
    assert!(waiting.iter().any(|words| words.contains("Web应用防火墙")), "by its name: {waiting:?}");
    let bandwidth = case.instance("supplier_engineer", "NET-BW-A").await;
    assert_eq!((&bandwidth["ordered_quantity"], &bandwidth["approved_quantity"]), (&json!(4), &json!(4)), "as granted");

    let engine = cast.engine().await;
    case.step("supplier_manager", "trial", &json!({ "command": "acknowledge" })).await;
    case.step("supplier_engineer", "trial", &json!({ "command": "open", "engine": engine })).await;
    cast.engines_work().await;
    for sku in BY_ENGINE {
        assert_eq!(state(&case.instance("supplier_engineer", sku).await), "trial", "{sku} came with the servers");
    }

    let deliver = json!({ "command": "deliver", "minutes": "已对接", "deployment_plan": "按方案迁移", "days": 15 });
    for sku in BY_HAND {
        let early = case.press("supplier_manager", "trial", &deliver).await;
        assert_eq!(early.refused(409), "trial.services_not_open", "before {sku}");
        case.report_service(sku, "open", 1).await;
        assert_eq!(state(&case.instance("agency_handler", sku).await), "trial");
    }
    assert!(work_items(cast, "open_service").await.is_empty(), "the engineer's desk is clear");
    case.step("supplier_manager", "trial", &deliver).await;
}

async fn in_production(cast: &Cast, case: &Case<'_>) {
    case.passed().await;
    case.activated().await;
    case.agree("agency_handler", "subscription", "confirm").await;
    for sku in BY_HAND.into_iter().chain(BY_ENGINE) {
        assert_eq!(state(&case.instance("agency_handler", sku).await), "production", "{sku}");
    }
    let (_, activation) = read(case, "activation_confirmation").await;
    let firewall = case.instance("agency_handler", "SEC-WAF-3K").await["number"].as_str().expect("a number").to_owned();
    says(&activation, &["Web应用防火墙3000QPS", &firewall, "凭证2025-018", "随云主机办理"]);
    let page = cast.browser("center_resources").await.get("/api/service-instances?state=production&q=负载").await.ok();
    assert_eq!(page["count"], 0, "nobody ordered a load balancer");
    let page =
        cast.browser("center_resources").await.get("/api/service-instances?state=production&q=防火墙").await.ok();
    assert_eq!((&page["count"], &page["items"][0]["sku"]), (&json!(1), &json!("SEC-WAF-3K")), "found by its name");
}

/// More storage, no line any more: approved, and being carried out. The servers' part is done.
async fn implementing(cast: &Cast, case: &Case<'_>) {
    let page = case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "servers": [], "services": [{ "index": 1, "quantity": 800 }, { "index": 3, "quantity": 0 }],
        "reason": "专线改用政务外网,资料增多", "fallback": "恢复原配置", "fund_source": "部门预算" });
    cast.post("agency_handler", &path, &request).await;
    case.step("agency_handler", "change", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    let (change, version) = case.place("supplier_engineer", "change").await;
    // The step itself, the order to change, the order to end.
    let implement = json!({ "command": "implement" });
    let to = format!("{change}/commands");
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &implement, 3).await;
    cast.engines_work().await;
}

/// Both wait for the engineer before the change is done and charged.
async fn changed(cast: &Cast, case: &Case<'_>) {
    implementing(cast, case).await;
    assert_eq!(case.state().await, "implementing", "the servers are done, the services are not");
    let bucket = case.instance("supplier_engineer", "OBS-STD").await;
    assert_eq!((&bucket["quantity"], &bucket["approved_quantity"]), (&json!(500), &json!(800)), "the old runs on");
    assert_eq!(bucket["light"]["timer"], "T5");
    case.report_service("OBS-STD", "change", 1).await;
    let claimed = case.press("supplier_engineer", "change", &json!({ "command": "implemented" })).await;
    assert_eq!(claimed.refused(409), "service_instance.unfinished");
    // The last report carries the change with it.
    case.report_service("DCL-50M", "reclaim", 2).await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!(page["changes"][0]["state"]["code"], "done");
    assert_eq!(case.instance("agency_handler", "OBS-STD").await["quantity"], 800);
    assert_eq!(state(&case.instance("agency_handler", "DCL-50M").await), "ended");
    let entries = page["charges"]["accounts"][0]["entries"].to_string();
    assert!(entries.contains("decrease") && entries.contains("increase"), "charged as it runs: {entries}");
}

async fn ended(cast: &Cast, case: &Case<'_>) {
    cast.until(date(2025, 10, 13)).await;
    let page = case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/terminations", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "reason": "offline", "offline_on": "2025-10-13", "system_offline": true, "data_backed_up": true,
        "backup_place": "本单位备份服务器", "accounts_listed": true, "disposal": "destroy", "remark": "" });
    cast.post("agency_handler", &path, &request).await;
    case.attach("agency_handler", "backup_proof").await.ok();
    case.step("agency_handler", "termination", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "termination", "unit_approve").await;
    case.agree("center_reviewer", "termination", "approve").await;
    let (termination, version) = case.place("supplier_engineer", "termination").await;
    let (to, reclaim) = (format!("{termination}/commands"), json!({ "command": "reclaim" }));
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &reclaim, 2).await;
    cast.engines_work().await;
    for sku in BY_ENGINE {
        assert_eq!(state(&case.instance("supplier_engineer", sku).await), "ended", "{sku} went with the servers");
    }
    assert_eq!(case.state().await, "reclaiming");
    for sku in ["SEC-WAF-3K", "OBS-STD"] {
        case.report_service(sku, "reclaim", 1).await;
    }
    // With the last one: 回收完成 and 终止服务.
    case.report_service("NET-BW-A", "reclaim", 3).await;
    assert_eq!(case.state().await, "reclaimed");
    let certify = json!({ "command": "certify", "witness": "覃工", "handed_over": "无须移交" });
    case.step("supplier_manager", "termination", &certify).await;
    let instances = case.seen_by("agency_handler").await["service_instances"].clone();
    assert!(instances.as_array().expect("instances").iter().all(|one| state(one) == "ended"));
    let bucket = case.instance("agency_handler", "OBS-STD").await["number"].as_str().expect("a number").to_owned();
    let (_, handover) = read(case, "handover_list").await;
    says(&handover, &["Web应用防火墙3000QPS", "云专线接入50Mbps", &bucket, "已回收"]);
    let (_, erased) = read(case, "erasure_certificate").await;
    says(&erased, &[&bucket, "对象存储", "凭证2025-018"]);
    assert!(!erased.contains("Web应用防火墙"), "a firewall holds no data to be erased: {erased}");
}

#[tokio::test]
async fn a10_4_nothing_is_opened_beyond_the_approved_or_without_its_evidence() {
    let cast = Cast::start().await;
    let case = noticed(&cast).await;
    let seen = case.instance("supplier_engineer", "DCL-50M").await;
    let open = |quantity: u32, evidence: Map<String, Value>| json!({ "command": "open", "quantity": quantity, "evidence": evidence });
    let full = evidence(&seen);
    assert_eq!(full.keys().collect::<Vec<_>>(), ["acceptance", "bandwidth", "line"], "{seen}");
    for missing in full.keys() {
        let mut evidence = full.clone();
        evidence.remove(missing);
        let answer = press(&case, "supplier_engineer", "DCL-50M", &open(1, evidence)).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let finding = &answer.body["findings"][0];
        assert_eq!(finding["field"], format!("evidence.{missing}"));
        assert_eq!(finding["clause"]["code"], "A10_4");
    }
    let beyond = press(&case, "supplier_engineer", "DCL-50M", &open(2, full.clone())).await;
    assert_eq!(beyond.refused(409), "service_instance.beyond_approved");
    let bandwidth = case.instance("supplier_engineer", "NET-BW-A").await;
    let short = press(&case, "supplier_engineer", "NET-BW-A", &open(3, evidence(&bandwidth))).await;
    assert_eq!(short.refused(409), "service_instance.short");
    let asked = press(&case, "supplier_engineer", "NET-BW-A", &open(5, evidence(&bandwidth))).await;
    assert_eq!(asked.refused(409), "service_instance.beyond_approved", "what was asked is not what was granted");

    for (who, status) in [("agency_handler", 403), ("center_resources", 403), ("county_agency_handler", 404)] {
        let (path, _) = place(&seen);
        let answer = cast.browser(who).await.post_with(&path, &[("if-match", "\"1\"")], &open(1, full.clone())).await;
        assert_eq!(answer.status, status, "{who}: {}", answer.text());
    }
    let promoted = press(&case, "supplier_engineer", "DCL-50M", &json!({ "command": "promote" })).await;
    assert_eq!(promoted.status, 403, "what follows from the case nobody presses");

    case.report_service("DCL-50M", "open", 1).await;
    let (path, version) = place(&seen);
    let version = format!("\"{version}\"");
    let again =
        cast.browser("supplier_engineer").await.post_with(&path, &[("if-match", &version)], &open(1, full)).await;
    assert_eq!(again.status, 412, "whoever looked at it before it was opened looks again");
}

#[tokio::test]
async fn a10_4_a_trial_that_is_left_takes_its_services_back() {
    let cast = Cast::start().await;
    let case = noticed(&cast).await;
    let engine = cast.engine().await;
    case.step("supplier_manager", "trial", &json!({ "command": "acknowledge" })).await;
    case.step("supplier_engineer", "trial", &json!({ "command": "open", "engine": engine })).await;
    cast.engines_work().await;
    for sku in BY_HAND {
        case.report_service(sku, "open", 1).await;
    }
    let deliver = json!({ "command": "deliver", "minutes": "已对接", "deployment_plan": "按方案迁移", "days": 15 });
    case.step("supplier_manager", "trial", &deliver).await;
    let (trial, version) = case.place("agency_handler", "trial").await;
    let exit = json!({ "command": "exit", "reason": "项目调整" });
    cast.change("agency_handler", (Method::POST, &format!("{trial}/commands"), Some(version)), &exit, 2).await;
    let waiting = work_items(&cast, "reclaim_service").await;
    assert_eq!(waiting.len(), 6, "each is to be taken back: {waiting:?}");
    cast.engines_work().await;
    for sku in BY_HAND {
        case.report_service(sku, "reclaim", 1).await;
    }
    let instances = case.seen_by("agency_handler").await["service_instances"].clone();
    assert!(instances.as_array().expect("instances").iter().all(|one| state(one) == "ended"));
}

#[tokio::test]
async fn a10_6_of_two_last_reports_at_once_one_carries_the_change() {
    let cast = Cast::start().await;
    let case = noticed(&cast).await;
    opened_on_trial(&cast, &case).await;
    in_production(&cast, &case).await;
    implementing(&cast, &case).await;
    let (bucket, line) =
        (case.instance("supplier_engineer", "OBS-STD").await, case.instance("supplier_engineer", "DCL-50M").await);
    let more = json!({ "command": "change", "quantity": 800, "evidence": evidence(&bucket) });
    let none = json!({ "command": "reclaim", "evidence": evidence(&line) });
    let (more, none) = tokio::join!(
        press(&case, "supplier_engineer", "OBS-STD", &more),
        press(&case, "supplier_manager", "DCL-50M", &none),
    );
    assert_eq!((more.status, none.status), (200, 200), "{} {}", more.text(), none.text());
    assert_eq!(case.seen_by("agency_handler").await["changes"][0]["state"]["code"], "done");
}

#[tokio::test]
async fn a10_3_the_database_itself_refuses_what_goes_beyond_and_keeps_the_evidence() {
    let cast = Cast::start().await;
    let case = noticed(&cast).await;
    case.report_service("DCL-50M", "open", 1).await;
    let refused = |sql: &str| {
        format!(
            "DO $$ DECLARE went boolean := false; BEGIN BEGIN {sql}; went := true; EXCEPTION WHEN OTHERS THEN NULL; END; ASSERT NOT went; END $$"
        )
    };
    for sql in [
        "UPDATE service_instance SET quantity = approved_quantity + 1",
        "UPDATE service_evidence SET reported_by = 'nobody'",
        "DELETE FROM service_evidence",
    ] {
        testkit::execute(&cast.city.database().owner_url(), &refused(sql)).await;
    }
}
