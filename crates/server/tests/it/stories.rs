//! 一件事从头到尾: whole cases over HTTP, each step by the person whose step it is.

use domain::org::Role;
use jiff::civil::date;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cast::{COUNTY, Case, Cast, EDUCATION, opinion, report};

/// Everybody of the city who sees the button of `command` enabled on the page of this case.
async fn who_may(case: &Case<'_>, room: &str, command: &str) -> Vec<String> {
    let county = ["county_agency_handler", "county_agency_leader"].map(str::to_owned);
    let everyone = Role::ALL.iter().map(|role| role.code().to_owned()).chain(county);
    let mut found = Vec::new();
    for who in everyone {
        let page = case.cast.browser(&who).await.get(&format!("/api/cases/{}", case.id)).await;
        let actions = page.body["actions"].as_array().cloned().unwrap_or_default();
        let is = |action: &&Value| action["room"] == room && action["name"] == command && action["allowed"] == true;
        if actions.iter().any(|action| is(&action)) {
            found.push(who);
        }
    }
    found
}

/// The day, timer and kind of what a case waits for.
async fn waits_for(case: &Case<'_>) -> Vec<(String, String, String)> {
    let page = case.seen_by("center_reviewer").await;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let holders = page["holders"].as_array().expect("holders").clone();
    holders.iter().map(|h| (text(&h["kind"]), text(&h["light"]["timer"]), text(&h["light"]["due_on"]))).collect()
}

fn waiting(kind: &str, timer: &str, due_on: &str) -> (String, String, String) {
    (kind.to_owned(), timer.to_owned(), due_on.to_owned())
}

async fn unread(cast: &Cast, who: &str) -> Vec<Value> {
    let page = cast.browser(who).await.get("/api/work-list?box=unread").await.ok();
    page["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn a10_1_to_a10_3_an_application_becomes_a_contract_by_the_right_people_on_time() {
    let cast = Cast::start().await;
    let case = Case::draft(&cast, EDUCATION, "special", "学籍管理系统").await;
    assert_eq!(who_may(&case, "application", "submit").await, ["agency_handler"]);
    let page = case.seen_by("agency_handler").await;
    assert_eq!(page["fee_fen_per_year"], 444_000, "4 × 624.00 + 8 × 180.00 + 140 × 3.60");
    assert_eq!(page["findings"], json!([]));
    case.step("agency_handler", "application", &json!({ "command": "submit", "mode": "special" })).await;
    assert_eq!(who_may(&case, "application", "unit_approve").await, ["agency_leader"]);
    case.agree("agency_leader", "application", "unit_approve").await;
    assert_eq!(waits_for(&case).await, [waiting("accept", "T1", "2025-03-10")], "five working days from a Monday");

    cast.city.set_day(date(2025, 3, 4));
    assert_eq!(who_may(&case, "application", "accept").await, ["center_acceptor"]);
    case.accept().await;
    let asked = waits_for(&case).await;
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|one| *one == waiting("give_opinion", "T9", "2025-03-07")), "{asked:?}");
    let early = json!({ "command": "conclude", "conclusion": { "approved": true, "opinion": "同意", "urgency": "normal", "cuts": [] } });
    let refused = case.press("center_reviewer", "application", &early).await;
    assert_eq!(refused.refused(409), "application.opinions_missing");
    assert!(refused.body["zh"].as_str().is_some_and(|zh| zh.contains("公安、财政、保密、专家")), "{}", refused.text());
    let borrowed = case.press("finance", "application", &opinion("police")).await;
    assert_eq!(borrowed.refused(409), "opinion.other_department", "nobody speaks for another department");
    case.hear_everyone().await;
    assert_eq!(case.seen_by("agency_handler").await["opinions"], json!([]), "opinions are not for the agency's eyes");

    assert_eq!(waits_for(&case).await, [waiting("conclude", "T8", "2025-03-18")]);
    assert_eq!(who_may(&case, "application", "conclude").await, ["center_reviewer"]);
    let cut = json!([{ "target": "server", "index": 0, "vcpu": 2, "reason": "按实际并发核减" }]);
    case.approve(cut).await;
    let approved = case.seen_by("agency_handler").await;
    assert_eq!(approved["granted"]["servers"][0]["vcpu"], 2);
    assert_eq!(approved["fee_fen_per_year"], 319_200, "two vCPUs less");
    case.ratify().await;
    assert_eq!(case.state().await, "ratified");
    assert_eq!(who_may(&case, "application", "record_funding").await, ["finance"]);
    case.fund().await;
    assert_eq!(case.state().await, "contracted");
    let above = json!({ "command": "record_contract", "contract": { "number": "X", "signed_on": "2025-03-04", "amount_fen": 1 } });
    assert_eq!(case.press("authority_officer", "application", &above).await.refused(409), "application.out_of_order");
}

#[tokio::test]
async fn a11_a_contract_never_exceeds_the_price_caps() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "合同限价").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.ratify().await;
    let fund = json!({ "command": "record_funding", "fund": { "item": "政务云服务", "amount_fen": 444_000 } });
    case.step("finance", "application", &fund).await;
    let contract = |fen: i64| {
        json!({ "command": "record_contract",
            "contract": { "number": "GXZC2025-0012", "signed_on": "2025-03-03", "amount_fen": fen } })
    };
    let refused = case.press("authority_officer", "application", &contract(444_001)).await;
    assert_eq!(refused.refused(409), "contract.above_cap");
    case.step("authority_officer", "application", &contract(444_000)).await;
}

#[tokio::test]
async fn a10_1_1_a_county_request_is_gathered_by_its_county_and_nobody_elses() {
    let cast = Cast::start().await;
    let case = Case::draft(&cast, COUNTY, "consolidated", "水库监测系统").await;
    case.step(COUNTY.handler, "application", &json!({ "command": "submit", "mode": "consolidated" })).await;
    case.agree(COUNTY.leader, "application", "unit_approve").await;
    assert_eq!(case.state().await, "awaiting_consolidation");
    assert_eq!(waits_for(&case).await, [waiting("consolidate", "T15", "2025-03-10")]);
    assert_eq!(who_may(&case, "application", "consolidate").await, ["county_government"]);
    let early = json!({ "command": "accept", "checklist": [{ "item": "批复", "present": true }], "opinion": "受理" });
    assert_eq!(case.press("center_acceptor", "application", &early).await.refused(409), "application.out_of_order");

    case.agree("county_government", "application", "consolidate_return").await;
    assert_eq!(case.seen_by(COUNTY.handler).await["state"]["code"], "draft", "returned, it is the agency's again");
    let browser = cast.browser("county_government").await;
    assert_eq!(browser.get(&format!("/api/cases/{}", case.id)).await.refused(404), "not_found", "and nobody else's");
    case.step(COUNTY.handler, "application", &json!({ "command": "submit", "mode": "consolidated" })).await;
    case.agree(COUNTY.leader, "application", "unit_approve").await;
    case.agree("county_government", "application", "consolidate").await;
    assert_eq!(case.state().await, "submitted");
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.ratify().await;
    assert_eq!(who_may(&case, "application", "record_funding").await, ["finance", "county_finance"]);
    case.fund().await;
    assert_eq!(case.state().await, "contracted");
}

#[tokio::test]
async fn e10_a_county_sees_its_own_rows_of_the_citys_plan() {
    let cast = Cast::start().await;
    let approved = async |agency, system: &str| {
        let case = Case::submitted(&cast, agency, system).await;
        case.accept().await;
        case.hear_everyone().await;
        case.approve(json!([])).await;
        case
    };
    let theirs = approved(COUNTY, "水库监测系统").await;
    let others = approved(EDUCATION, "学籍管理系统").await;
    let plan = cast.post("center_reviewer", "/api/usage-plans", &json!({ "year": 2025 })).await;
    let path = format!("/api/usage-plans/{}", plan["id"].as_str().expect("an id"));
    let add = |case: &Case<'_>| json!({ "command": "add", "application": case.id });
    cast.change("center_reviewer", (Method::POST, &format!("{path}/commands"), Some(1)), &add(&others), 2).await;
    let county = cast.browser("county_government").await;
    assert_eq!(county.get(&path).await.refused(404), "not_found", "no row of theirs, no plan");
    assert_eq!(county.get("/api/usage-plans").await.ok()["items"], json!([]));
    cast.change("center_reviewer", (Method::POST, &format!("{path}/commands"), Some(2)), &add(&theirs), 2).await;
    let seen = county.get(&path).await.ok();
    assert_eq!((&seen["rows"], &seen["total_fen"], &seen["candidates"]), (&json!(1), &json!(444_000), &json!([])));
    assert_eq!(seen["applications"][0]["system_name"], "水库监测系统");
    let whole = cast.browser("finance").await.get(&path).await.ok();
    assert_eq!((&whole["rows"], &whole["total_fen"]), (&json!(2), &json!(888_000)));
}

#[tokio::test]
async fn a10_2_what_is_declined_says_why_and_ends() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "不予受理").await;
    let command = json!({ "command": "decline", "reason": "duplicate", "opinion": "与在用系统重复" });
    case.step("center_acceptor", "application", &command).await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!((&page["state"]["code"], &page["holders"]), (&json!("declined"), &json!([])));
    let told = page["timeline"].as_array().and_then(|all| all.iter().find(|e| e["action"] == "application.decline"));
    let told = told.expect("an entry")["summary"].as_str().expect("words").to_owned();
    assert!(told.contains("重复申请") && told.contains("与在用系统重复"), "{told}");
    let again = case.press("center_acceptor", "application", &command).await;
    assert_eq!(again.refused(409), "application.out_of_order");
    assert_eq!(again.body["clause"]["cite"], "第十条");
    assert!(page["actions"].as_array().expect("actions").iter().all(|action| action["allowed"] == false));
}

#[tokio::test]
async fn a10_2_a_supplement_stops_the_clock_and_is_asked_for_once() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "补正材料").await;
    cast.city.set_day(date(2025, 3, 6));
    let ask = json!({ "command": "request_supplement", "missing": "缺专家论证意见" });
    case.step("center_acceptor", "application", &ask).await;
    assert_eq!(waits_for(&case).await, [waiting("supplement", "—", "—")], "nobody's clock runs");
    case.attach("agency_handler", "other").await.ok();
    cast.city.set_day(date(2025, 3, 20));
    case.step("agency_handler", "application", &json!({ "command": "supplement" })).await;
    assert_eq!(waits_for(&case).await, [waiting("accept", "T1", "2025-03-27")], "counted anew from the next day");
    let again = case.press("center_acceptor", "application", &ask).await;
    assert_eq!((again.refused(409), &again.body["clause"]["code"]), ("application.supplement_asked", &json!("A10_2")));
    case.accept().await;
    assert_eq!(case.state().await, "under_review");
}

#[tokio::test]
async fn e9_nobody_takes_two_steps_that_watch_each_other() {
    let cast = Cast::start().await;
    let education = cast.city.org("education");
    let center = cast.city.org("center");
    // Such people cannot be entered any more; the steps hold against those of old data too.
    for (org, name, roles) in [
        (education, "both_agency", [Role::AgencyHandler, Role::AgencyLeader]),
        (center, "both_center", [Role::CenterAcceptor, Role::CenterReviewer]),
        (center, "both_lead", [Role::CenterReviewer, Role::CenterLead]),
    ] {
        let person = cast.city.add_person(org, name, &roles).await;
        cast.open(name, cast.city.sign_in_as(person).await);
    }
    let case = Case::draft(&cast, EDUCATION, "special", "岗位分离").await;
    case.step("both_agency", "application", &json!({ "command": "submit", "mode": "special" })).await;
    let agree = json!({ "command": "unit_approve", "opinion": "同意" });
    assert_eq!(case.press("both_agency", "application", &agree).await.refused(409), "duty.same_person", "经办 ≠ 领导");
    case.agree("agency_leader", "application", "unit_approve").await;

    let accept = json!({ "command": "accept", "opinion": "受理", "checklist": [{ "item": "批复", "present": true }] });
    case.step("both_center", "application", &accept).await;
    case.hear_everyone().await;
    let conclude = json!({ "command": "conclude",
        "conclusion": { "approved": true, "opinion": "通过", "urgency": "normal", "cuts": [] } });
    let refused = case.press("both_center", "application", &conclude).await;
    assert_eq!(refused.refused(409), "duty.same_person", "受理 ≠ 审核");
    case.step("both_lead", "application", &conclude).await;
    let sign = json!({ "command": "sign", "opinion": "签发" });
    assert_eq!(case.press("both_lead", "application", &sign).await.refused(409), "duty.same_person", "拟定 ≠ 签发");
    case.agree("center_lead", "application", "sign").await;
    assert_eq!(case.state().await, "approved");
}

#[tokio::test]
async fn a10_3_who_entered_the_ratification_does_not_check_it() {
    let cast = Cast::start().await;
    let both =
        cast.city.add_person(cast.city.org("center"), "both_lead", &[Role::CenterReviewer, Role::CenterLead]).await;
    cast.open("both_lead", cast.city.sign_in_as(both).await);
    let case = Case::submitted(&cast, EDUCATION, "录入复核").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    let plan = cast.post("center_reviewer", "/api/usage-plans", &json!({ "year": 2025 })).await;
    let path = format!("/api/usage-plans/{}/commands", plan["id"].as_str().expect("an id"));
    let ratified = json!({ "document_number": "市政函〔2025〕12号", "ratified_on": "2025-03-03" });
    let press = async |who: &str, version: i64, command: Value| {
        let version = format!("\"{version}\"");
        cast.browser(who).await.post_with(&path, &[("if-match", &version)], &command).await
    };
    press("both_lead", 1, json!({ "command": "add", "application": case.id })).await.ok();
    press("center_lead", 2, json!({ "command": "report", "opinion": "同意上报" })).await.ok();
    let early = press("center_lead", 3, json!({ "command": "verify_ratification" })).await;
    assert_eq!(early.refused(409), "usage_plan.out_of_order");
    press("both_lead", 3, json!({ "command": "record_ratification", "ratification": ratified })).await.ok();
    let refused = press("both_lead", 4, json!({ "command": "verify_ratification" })).await;
    assert_eq!(refused.refused(409), "usage_plan.same_person", "录入 ≠ 复核");
    press("center_lead", 4, json!({ "command": "verify_ratification" })).await.ok();
    assert_eq!(case.state().await, "ratified");
}

#[tokio::test]
async fn a10_1_a_case_is_withdrawn_only_before_the_centre_works_on_it() {
    let cast = Cast::start().await;
    let withdraw = json!({ "command": "withdraw", "opinion": "需求有变" });
    let case = Case::submitted(&cast, EDUCATION, "撤回").await;
    case.step("agency_handler", "application", &withdraw).await;
    assert_eq!(case.state().await, "withdrawn");
    let late = Case::submitted(&cast, EDUCATION, "撤回太迟").await;
    late.accept().await;
    assert_eq!(late.press("agency_handler", "application", &withdraw).await.refused(409), "application.out_of_order");
}

#[tokio::test]
async fn a10_4_to_a10_7_a_service_opens_changes_and_returns_with_its_money() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "招生报名系统").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.notified().await;
    assert_eq!(waits_for(&case).await, [waiting("acknowledge", "T2", "2025-03-10")]);
    assert_eq!(who_may(&case, "trial", "acknowledge").await, ["supplier_manager"]);
    try_out(&cast, &case).await;
    grow(&cast, &case).await;
    give_back(&cast, &case).await;
}

/// 测试与开通.
async fn try_out(cast: &Cast, case: &Case<'_>) {
    case.delivered().await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!(page["trial"]["period"]["until"], "2025-03-18", "fifteen days from the day after delivery");
    assert_eq!(page["resources"].as_array().map(Vec::len), Some(1), "one server runs");
    assert_eq!(page["charges"]["accounts"], json!([]), "a trial costs nothing (D2)");
    let unsupported = json!({ "command": "report", "report": { "high_risks": 1 } });
    assert_eq!(case.press("agency_handler", "trial", &unsupported).await.refused(400), "body.malformed");
    let mut risky = report(true);
    risky["high_risks"] = json!(1);
    let risky = json!({ "command": "report", "report": risky });
    assert_eq!(case.press("agency_handler", "trial", &risky).await.refused(409), "trial.verdict_unsupported");
    case.passed().await;
    cast.until(date(2025, 3, 18)).await;
    assert_eq!(case.state().await, "passed", "the period is not over on its last day");
    case.activated().await;
    assert_eq!(case.state().await, "awaiting_confirmation");
    let page = case.seen_by("agency_handler").await;
    let year = &page["subscription"];
    assert_eq!((&year["from"], &year["to"], &year["days"]), (&json!("2025-03-19"), &json!("2026-03-18"), &json!(365)));
    assert_eq!(page["charges"]["accounts"][0]["payable_fen"], 444_000, "charged from the day of opening");
    case.agree("agency_handler", "subscription", "confirm").await;
    assert_eq!(case.state().await, "running");
}

/// D14: a dearer change that reaches 100,000 yuan a year needs its estimate; the price says so beforehand.
async fn refuse_without_estimate(cast: &Cast, case: &Case<'_>, changes: &str, request: &Value) {
    let mut large = request.clone();
    large["servers"] = json!([{ "index": 0, "vcpu": 64, "memory_gib": 512 }]);
    for (asked, due) in [(request, false), (&large, true)] {
        let quote = format!("{changes}/quote");
        let priced = cast.change("agency_handler", (Method::POST, &quote, None), asked, 0).await;
        assert_eq!(priced["estimate_required"], due, "{priced}");
        assert_eq!(priced["after_fen"].as_i64() >= Some(10_000_000), due, "{priced}");
    }
    let (change, version) = case.place("agency_handler", "change").await;
    cast.change("agency_handler", (Method::PUT, &change, Some(version)), &large, 1).await;
    let refused = case.press("agency_handler", "change", &json!({ "command": "submit" })).await;
    assert_eq!((refused.refused(409), &refused.body["clause"]["code"]), ("change.estimate_missing", &json!("A10_1")));
}

/// 变更: dearer, with its source of funds and its copies.
async fn grow(cast: &Cast, case: &Case<'_>) {
    cast.until(date(2025, 7, 1)).await;
    let page = case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let mut request = json!({ "servers": [{ "index": 0, "vcpu": 8, "memory_gib": 16 }],
        "reason": "招生季并发增加", "fallback": "恢复原规格", "fund_source": "" });
    cast.post("agency_handler", &path, &request).await;
    let submit = json!({ "command": "submit" });
    let refused = case.press("agency_handler", "change", &submit).await;
    assert_eq!(
        (refused.refused(409), &refused.body["clause"]["code"]),
        ("change.fund_source_missing", &json!("A10_6"))
    );
    request["fund_source"] = json!("部门预算");
    refuse_without_estimate(cast, case, &path, &request).await;
    let (change, version) = case.place("agency_handler", "change").await;
    cast.change("agency_handler", (Method::PUT, &change, Some(version)), &request, 1).await;
    case.step("agency_handler", "change", &submit).await;
    case.agree("agency_leader", "change", "unit_approve").await;
    assert_eq!(waits_for(case).await, [waiting("review_change", "T4", "2025-07-08")]);
    assert_eq!(who_may(case, "change", "approve").await, ["center_reviewer"]);
    case.agree("center_reviewer", "change", "approve").await;
    assert_eq!(waits_for(case).await, [waiting("implement_change", "T5", "2025-07-08")]);
    case.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    cast.engines_work().await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!(page["changes"][0]["state"]["code"], "done");
    let entries = page["charges"]["accounts"][0]["entries"].as_array().expect("entries").clone();
    let posted: Vec<(&str, i64, i64)> = entries
        .iter()
        .filter(|entry| entry["kind"]["code"] == "increase")
        .map(|e| {
            (e["line"].as_str().expect("a line"), e["fen"].as_i64().expect("fen"), e["days"].as_i64().expect("days"))
        })
        .collect();
    // 1 July 2025 to 18 March 2026 are 261 days: 2496.00 × 261 ÷ 365 and 1440.00 × 261 ÷ 365.
    assert_eq!(posted, [("s1.vcpu", 178_481, 261), ("s1.memory", 102_970, 261)]);
    for who in ["authority_officer", "finance"] {
        let copies = unread(cast, who).await;
        assert_eq!(copies.len(), 1, "{who} has a copy of the result");
        let path = format!("/api/copies/{}/read", copies[0]["id"].as_str().expect("an id"));
        cast.post(who, &path, &Value::Null).await;
        assert_eq!(unread(cast, who).await.len(), 0);
    }
    assert_eq!(unread(cast, "county_data").await.len(), 0, "no county's business");
}

/// 终止与回收.
async fn give_back(cast: &Cast, case: &Case<'_>) {
    cast.until(date(2025, 10, 15)).await;
    let page = case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/terminations", page["subscription"]["id"].as_str().expect("an id"));
    let mut request = json!({ "reason": "offline", "offline_on": "2025-10-14", "system_offline": true,
        "data_backed_up": false, "backup_place": "本单位备份柜", "accounts_listed": true,
        "disposal": "hand_to_agency", "remark": "" });
    cast.post("agency_handler", &path, &request).await;
    let submit = json!({ "command": "submit" });
    assert_eq!(case.press("agency_handler", "termination", &submit).await.refused(409), "termination.not_backed_up");
    request["data_backed_up"] = json!(true);
    let (termination, version) = case.place("agency_handler", "termination").await;
    cast.change("agency_handler", (Method::PUT, &termination, Some(version)), &request, 1).await;
    case.step("agency_handler", "termination", &submit).await;
    let change = json!({ "servers": [{ "index": 0, "vcpu": 4 }], "reason": "x", "fallback": "x" });
    let changes = path.replace("terminations", "changes");
    let meanwhile = cast.browser("agency_handler").await.post(&changes, &change).await;
    assert_eq!(meanwhile.refused(409), "change.another_open", "no change while a termination is open");
    case.agree("agency_leader", "termination", "unit_approve").await;
    assert_eq!(waits_for(case).await, [waiting("review_termination", "T6", "2025-10-22")]);
    case.agree("center_reviewer", "termination", "approve").await;
    assert_eq!(waits_for(case).await, [waiting("reclaim", "T7", "2025-10-20")]);
    case.step("supplier_engineer", "termination", &json!({ "command": "reclaim" })).await;
    cast.engines_work().await;
    let certify = json!({ "command": "certify", "witness": "陆文清", "handed_over": "数据库导出 1 份" });
    case.step("supplier_manager", "termination", &certify).await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!((&page["state"]["code"], &page["holders"]), (&json!("closed"), &json!([])));
    let account = &page["charges"]["accounts"][0];
    assert_eq!(account["payable_fen"], 444_000 + 178_481 + 102_970, "an early end refunds nothing (D10)");
    let pool = cast.browser("center_resources").await.get("/api/pool").await.ok();
    let spare = pool["items"].as_array().expect("items");
    assert!(spare.iter().any(|item| item["sku"] == "ECS-K-VCPU" && item["until"] == "2026-03-18"), "{pool}");
}

#[tokio::test]
async fn a10_6_a_countys_change_is_copied_to_its_own_offices_too() {
    let cast = Cast::start().await;
    let case = Case::running(&cast, COUNTY, "水雨情系统").await;
    let page = case.seen_by(COUNTY.handler).await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "servers": [{ "index": 0, "vcpu": 2 }], "reason": "用量下降", "fallback": "恢复原规格" });
    cast.post(COUNTY.handler, &path, &request).await;
    case.step(COUNTY.handler, "change", &json!({ "command": "submit" })).await;
    case.agree(COUNTY.leader, "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    case.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    cast.engines_work().await;
    for who in ["authority_officer", "finance", "county_data", "county_finance"] {
        assert_eq!(unread(&cast, who).await.len(), 1, "{who}");
    }
    let account = case.seen_by("finance").await["charges"]["accounts"][0].clone();
    assert!(
        account["saved_fen"].as_i64().is_some_and(|fen| fen > 0),
        "what is saved stays with the treasury: {account}"
    );
}

#[tokio::test]
async fn a10_4_an_extension_is_asked_for_by_the_agency_and_decided_by_the_authority() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "延长试用").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.notified().await;
    case.delivered().await;
    let ask = |days: u16| json!({ "command": "request_extension", "days": days, "reason": "接口联调未完成" });
    assert_eq!(case.press("agency_handler", "trial", &ask(16)).await.refused(409), "trial.extension_days");
    case.step("agency_handler", "trial", &ask(15)).await;
    assert_eq!(who_may(&case, "trial", "grant_extension").await, ["authority_lead"]);
    // Undecided at the end of the period: the servers stop, the request stays.
    cast.until(date(2025, 3, 19)).await;
    assert_eq!(case.state().await, "extension_asked");
    case.agree("authority_lead", "trial", "grant_extension").await;
    let page = case.seen_by("agency_handler").await;
    assert_eq!(page["trial"]["period"]["until"], "2025-04-03", "counted from the grant");
    cast.engines_work().await;
    assert_eq!(case.press("agency_handler", "trial", &ask(1)).await.refused(409), "trial.no_more_extensions");
    // Without a report the trial stops, is kept five working days, and is taken back.
    cast.until(date(2025, 4, 7)).await;
    assert_eq!(case.state().await, "stopped");
    cast.until(date(2025, 4, 15)).await;
    assert_eq!(case.state().await, "exited");
}
