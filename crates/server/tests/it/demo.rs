//! 演示城市: laid out by the commands people use, the same every time, with work for everybody; its date moves on.
//!
//! One test, because laying the city out is what takes the time; the second city beside it shows that it is the same.

use std::collections::{BTreeMap, BTreeSet};

use app::audit::{Range, Sealing};
use domain::org::Role;
use serde_json::{Value, json};
use testkit::{City, Client, TestApp};

#[tokio::test]
async fn the_demonstration_city_has_every_state_and_work_for_everybody_and_its_date_moves() {
    let (city, twin) = tokio::join!(TestApp::start_demo(), TestApp::start_demo());
    tokio::join!(lay_out(&city), lay_out(&twin));

    let people = people(&city).await;
    let auditor = sign_in(&city, &people, Role::Auditor).await;
    let cases = every_case(&auditor).await;
    let other = every_case(&sign_in(&twin, &self::people(&twin).await, Role::Auditor).await).await;
    assert_eq!(told(&cases), told(&other), "two cities are one and the same");

    every_state_is_there(&auditor, &cases).await;
    everybody_has_work(&city, &people).await;
    money_ties(&auditor).await;
    the_log_is_whole(&city).await;
    the_date_moves(&city, &people).await;
}

#[tokio::test]
async fn without_demo_there_is_no_such_thing() {
    let city = City::start().await;
    let anyone = city.as_role(Role::AgencyHandler).await;
    assert_eq!(anyone.get("/api/demo/people").await.refused(404), "not_found");
    assert_eq!(anyone.get("/api/demo/clock").await.refused(404), "not_found");
    assert_eq!(anyone.post("/api/demo/clock", &json!({ "advance": "day" })).await.refused(404), "not_found");
    let person = json!({ "person_id": city.person(Role::Finance) });
    assert_eq!(anyone.post("/api/demo/session", &person).await.refused(404), "not_found");
    assert_eq!(anyone.get("/api/session").await.ok()["demo"], false);
}

async fn lay_out(city: &TestApp) {
    if let Err(error) = app::demo::lay_out(&city.app, &mut |_| ()).await {
        panic!("{error:?}");
    }
}

/// Log-ins offered, by role.
async fn people(city: &TestApp) -> BTreeMap<String, String> {
    let list = city.anonymous().get("/api/demo/people").await.ok();
    let mut by_role = BTreeMap::new();
    for person in list["items"].as_array().expect("a list") {
        for role in person["roles"].as_array().expect("roles") {
            let id = person["id"].as_str().expect("an id").to_owned();
            by_role.entry(role["code"].as_str().expect("a code").to_owned()).or_insert(id);
        }
    }
    by_role
}

async fn sign_in(city: &TestApp, people: &BTreeMap<String, String>, role: Role) -> Client {
    let mut client = city.anonymous();
    let person = people.get(role.code()).unwrap_or_else(|| panic!("nobody is {}", role.code()));
    client.post("/api/demo/session", &json!({ "person_id": person })).await.ok();
    client.take_csrf_token().await;
    client
}

async fn every_case(client: &Client) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/api/cases?limit=100{cursor}")).await.ok();
        all.extend(page["items"].as_array().expect("a list").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// Number, system and state of each case: what two cities must agree upon.
fn told(cases: &[Value]) -> Vec<String> {
    let word = |case: &Value, field: &str| case[field].as_str().unwrap_or_default().to_owned();
    cases
        .iter()
        .map(|case| format!("{} {} {}", word(case, "number"), word(case, "system_name"), case["state"]["code"]))
        .collect()
}

async fn every_state_is_there(auditor: &Client, cases: &[Value]) {
    assert!((60..=100).contains(&cases.len()), "{} cases", cases.len());
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut note = |room: &'static str, state: &Value| {
        if let Some(code) = state["code"].as_str() {
            seen.entry(room).or_default().insert(code.to_owned());
        }
    };
    for case in cases {
        let page = auditor.get(&format!("/api/cases/{}", case["id"].as_str().expect("an id"))).await.ok();
        note("case", &page["state"]);
        note("trial", &page["trial"]["state"]);
        note("subscription", &page["subscription"]["state"]);
        for (room, list) in [("change", "changes"), ("termination", "terminations")] {
            for request in page[list].as_array().expect("a list") {
                note(room, &request["state"]);
            }
        }
    }
    let expected: [(&str, &str); 5] = [
        (
            "case",
            "unit_review awaiting_consolidation submitted supplementing declined under_review \
             awaiting_signature approved rejected listed ratified funded contracted withdrawn",
        ),
        ("trial", "notified preparing running extension_asked reported passed failed stopped activated exited"),
        ("subscription", "awaiting_confirmation disputed running lapsed ended"),
        ("change", "draft unit_review submitted declined approved implementing done withdrawn"),
        ("termination", "draft unit_review submitted declined approved reclaiming reclaimed closed withdrawn"),
    ];
    for (room, codes) in expected {
        let there = &seen[room];
        let missing: Vec<&str> = codes.split_whitespace().filter(|code| !there.contains(*code)).collect();
        assert!(missing.is_empty(), "{room}: no case is {missing:?}");
    }
    let plans = auditor.get("/api/usage-plans").await.ok();
    let states: BTreeSet<&str> =
        plans["items"].as_array().expect("plans").iter().filter_map(|plan| plan["state"]["code"].as_str()).collect();
    assert_eq!(states, BTreeSet::from(["drafting", "ratification_entered", "ratified", "reported"]));
}

/// Roles that look on, keep accounts or settle: no step of a case waits for them.
const WITHOUT_TASKS: [Role; 12] = [
    Role::Government,
    Role::CyberspaceOffice,
    Role::AgencySysadmin,
    Role::AgencySecurity,
    Role::AgencyAuditor,
    Role::SupplierSecurity,
    Role::SupplierFinance,
    Role::ThirdParty,
    Role::Auditor,
    Role::SystemAdmin,
    Role::SecurityAdmin,
    Role::AuditAdmin,
];

async fn everybody_has_work(city: &TestApp, people: &BTreeMap<String, String>) {
    let list = city.anonymous().get("/api/demo/people").await.ok();
    for role in Role::ALL.iter().copied() {
        assert!(people.contains_key(role.code()), "nobody is {}", role.code());
        if WITHOUT_TASKS.contains(&role) {
            continue;
        }
        let holds = |person: &&Value| {
            person["roles"].as_array().is_some_and(|held| held.iter().any(|one| one["code"] == role.code()))
        };
        let mut items = 0;
        for person in list["items"].as_array().expect("a list").iter().filter(holds) {
            let only = BTreeMap::from([(role.code().to_owned(), person["id"].as_str().expect("an id").to_owned())]);
            let client = sign_in(city, &only, role).await;
            for inbox in ["todo", "unread"] {
                let page = client.get(&format!("/api/work-list?box={inbox}")).await.ok();
                items += page["items"].as_array().expect("a list").len();
            }
            if items > 0 {
                break;
            }
        }
        assert!(items > 0, "{} has nothing to do", role.code());
    }
}

async fn money_ties(auditor: &Client) {
    let ledger = auditor.get("/api/ledger").await.ok();
    let sum = |side: &str| {
        ledger["items"].as_array().expect("accounts").iter().filter_map(|row| row[side].as_i64()).sum::<i64>()
    };
    assert!(sum("debit_fen") > 0);
    assert_eq!(sum("debit_fen"), sum("credit_fen"));
}

async fn the_log_is_whole(city: &TestApp) {
    app::audit::seal(&city.app, Sealing::Closing).await.expect("sealed");
    let verified = app::audit::verify_as_operator(&city.app, Range::default()).await.expect("verified");
    assert!(verified.ok, "{:?}", verified.why_zh);
    assert!(verified.checked > 2000, "{} entries", verified.checked);
}

async fn the_date_moves(city: &TestApp, people: &BTreeMap<String, String>) {
    let anyone = sign_in(city, people, Role::CenterLead).await;
    for (step, today) in [("day", "2026-03-03"), ("five_working_days", "2026-03-10")] {
        let moved = anyone.post("/api/demo/clock", &json!({ "advance": step })).await.ok();
        assert_eq!(moved["today"], today, "{step}");
    }
    let mut told = 0;
    for _ in 0..12 {
        let moved = anyone.post("/api/demo/clock", &json!({ "advance": "next_due" })).await.ok();
        told += moved["done"].as_array().expect("lines").len();
    }
    let line = anyone.get("/api/demo/clock").await.ok();
    assert!(line["today"].as_str().expect("a day") > "2026-03-15", "{line}");
    assert!(told > 12, "each due date says what fell due");
}
