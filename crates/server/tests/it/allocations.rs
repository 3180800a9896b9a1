//! 调配: one agency ends early, another receives what is left, pays the rest and is told when the price applies (A10_7, D10).

use jiff::civil::{Date, date};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cast::{COUNTY, Case, Cast, EDUCATION};

/// 终止 of a running service, up to the certificate.
async fn reclaimed(cast: &Cast, case: &Case<'_>) {
    let page = case.seen_by(case.agency.handler).await;
    let path = format!("/api/subscriptions/{}/terminations", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "reason": "merged", "offline_on": cast.city.app.clock.today(), "system_offline": true,
        "data_backed_up": true, "backup_place": "本单位备份柜", "accounts_listed": true,
        "disposal": "hand_to_agency", "remark": "" });
    cast.post(case.agency.handler, &path, &request).await;
    case.attach(case.agency.handler, "backup_proof").await.ok();
    case.step(case.agency.handler, "termination", &json!({ "command": "submit" })).await;
    case.agree(case.agency.leader, "termination", "unit_approve").await;
    case.agree("center_reviewer", "termination", "approve").await;
    case.step("supplier_engineer", "termination", &json!({ "command": "reclaim" })).await;
    cast.engines_work().await;
}

async fn certified(case: &Case<'_>) {
    let certify = json!({ "command": "certify", "witness": "陆文清", "handed_over": "数据库导出 1 份" });
    case.step("supplier_manager", "termination", &certify).await;
}

/// The remainder of a product.
async fn item(cast: &Cast, sku: &str) -> Value {
    let pool = cast.browser("center_resources").await.get("/api/pool?limit=100").await.ok();
    let items = pool["items"].as_array().expect("items").clone();
    items.into_iter().find(|one| one["sku"] == sku).unwrap_or_else(|| panic!("no {sku} in the pool: {pool}"))
}

fn place(item: &Value, what: &str) -> String {
    format!("/api/pool/{}/{what}", item["id"].as_str().expect("an id"))
}

fn asked(case: &Case<'_>, line: &str, quantity: i64) -> Value {
    json!({ "case_id": case.id, "line": line, "quantity": quantity, "opinion": "按需统筹调配" })
}

/// What the centre is answered that may not give.
async fn refused(cast: &Cast, item: &Value, asked: &Value) -> String {
    let answer = cast.browser("center_resources").await.post(&place(item, "allocations"), asked).await;
    answer.refused(409).to_owned()
}

async fn given(case: &Case<'_>) -> Vec<Value> {
    case.seen_by("center_resources").await["allocations"].as_array().expect("allocations").clone()
}

fn states(given: &[Value]) -> Vec<(&str, i64)> {
    let one = |one: &'_ Value| one["quantity"].as_i64().expect("units");
    given.iter().map(|given| (given["state"]["code"].as_str().expect("a code"), one(given))).collect()
}

async fn unread(cast: &Cast, who: &str) -> Vec<String> {
    let page = cast.browser(who).await.get("/api/work-list?box=unread&limit=100").await.ok();
    let items = page["items"].as_array().expect("items").clone();
    items.iter().map(|one| one["system_name"].as_str().expect("words").to_owned()).collect()
}

fn account(page: &Value) -> Value {
    page["charges"]["accounts"][0].clone()
}

fn entries<'a>(account: &'a Value, kind: &str) -> Vec<&'a Value> {
    account["entries"].as_array().expect("entries").iter().filter(|one| one["kind"]["code"] == kind).collect()
}

fn day(value: &Value) -> Date {
    value.as_str().expect("a day").parse().expect("a date")
}

/// An early end of 桂林市教育局, certified: 4 vCPU, 8 GiB and disks until 18 March 2026. Applications of 阳朔县水利局 wait
/// for their acceptance.
async fn ended_early<'c>(cast: &'c Cast, systems: &[&str]) -> Vec<Case<'c>> {
    let first = Case::running(cast, EDUCATION, "旧学籍系统").await;
    let mut waiting = Vec::new();
    for system in systems {
        waiting.push(Case::submitted(cast, COUNTY, system).await);
    }
    cast.until(date(2025, 10, 15)).await;
    reclaimed(cast, &first).await;
    certified(&first).await;
    waiting
}

/// From acceptance to opening.
async fn opened(case: &Case<'_>) {
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.notified().await;
    case.delivered().await;
    case.passed().await;
    case.activated().await;
}

#[tokio::test]
async fn a10_7_what_one_agency_leaves_another_receives_for_nothing_until_its_last_day() {
    let cast = Cast::start().await;
    let first = Case::running(&cast, EDUCATION, "旧学籍系统").await;
    let next = Case::submitted(&cast, COUNTY, "水雨情系统").await;
    let own = Case::submitted(&cast, EDUCATION, "新学籍系统").await;
    cast.until(date(2025, 10, 15)).await;
    reclaimed(&cast, &first).await;
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    assert_eq!((&vcpu["quantity"], &vcpu["left"], &vcpu["erased"]), (&json!(4), &json!(4), &json!(false)));
    assert_eq!(vcpu["allocate"]["refusal"]["code"], "allocation.not_erased", "the button says so");
    assert_eq!(refused(&cast, &vcpu, &asked(&next, "s1.vcpu", 3)).await, "allocation.not_erased");
    certified(&first).await;
    let books = account(&first.seen_by("finance").await);
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    assert_eq!(vcpu["allocate"]["allowed"], true);
    refusals(&cast, &vcpu, (&next, &own)).await;
    reserved(&cast, &vcpu, &next).await;
    opened(&next).await;
    let since = effective(&cast, &next).await;
    over(&cast, &next, since).await;
    assert_eq!(account(&first.seen_by("finance").await), books, "the first payer's books are untouched");
    let ledger = cast.browser("finance").await.get("/api/ledger").await.ok();
    let sum = |side: &str| -> i64 {
        ledger["items"].as_array().expect("rows").iter().filter_map(|row| row[side].as_i64()).sum()
    };
    assert_eq!(sum("debit_fen"), sum("credit_fen"), "the ledger ties");
}

/// Each rule in its turn, before anything is given.
async fn refusals(cast: &Cast, vcpu: &Value, (next, own): (&Case<'_>, &Case<'_>)) {
    assert_eq!(refused(cast, vcpu, &asked(next, "s1.vcpu", 3)).await, "allocation.not_under_way", "not accepted yet");
    let candidates = cast.browser("center_resources").await.get(&place(vcpu, "candidates")).await.ok();
    assert_eq!(candidates["items"], json!([]), "nobody is under way");
    own.accept().await;
    assert_eq!(refused(cast, vcpu, &asked(own, "s1.vcpu", 3)).await, "allocation.same_agency");
    next.accept().await;
    assert_eq!(refused(cast, vcpu, &asked(next, "s1.vcpu", 5)).await, "allocation.beyond_left");
    assert_eq!(refused(cast, vcpu, &asked(next, "s1.vcpu", 0)).await, "allocation.no_quantity");
    assert_eq!(refused(cast, vcpu, &asked(next, "s1.memory", 1)).await, "allocation.no_such_line");
    let browser = cast.browser("agency_handler").await;
    let answer = browser.post(&place(vcpu, "allocations"), &asked(next, "s1.vcpu", 1)).await;
    assert_eq!(answer.refused(403), "authz.forbidden", "only the information centre gives");
    assert_eq!(browser.get("/api/pool").await.ok()["items"][0]["allocate"], Value::Null);
}

/// The centre sees who needs it and what it would save, and promises three of four.
async fn reserved(cast: &Cast, vcpu: &Value, next: &Case<'_>) {
    let centre = cast.browser("center_resources").await;
    let candidates = centre.get(&place(vcpu, "candidates")).await.ok();
    let found = candidates["items"].as_array().expect("items");
    assert_eq!(found.len(), 1, "the first agency's own case is not offered: {candidates}");
    assert_eq!(
        (&found[0]["number"].is_string(), &found[0]["line"], &found[0]["most"]),
        (&true, &json!("s1.vcpu"), &json!(4))
    );
    let query = format!("{}?case_id={}&line=s1.vcpu&quantity=3", place(vcpu, "quote"), next.id);
    let quote = centre.get(&query).await.ok();
    // Opened today, 15 October 2025: 3 × 624.00 for a year, 155 of 365 days of it covered.
    assert_eq!((&quote["full_fen"], &quote["benefit_fen"]), (&json!(187_200), &json!(79_496)));
    assert_eq!((&quote["to_pay_fen"], &quote["price_from"]), (&json!(107_704), &json!("2026-03-19")));
    cast.post("center_resources", &place(vcpu, "allocations"), &asked(next, "s1.vcpu", 3)).await;
    assert_eq!(states(&given(next).await), [("reserved", 3)]);
    assert_eq!(item(cast, "ECS-K-VCPU").await["left"], 1);
    let told = unread(cast, COUNTY.handler).await;
    assert!(told[0].contains("794.96 元") && told[0].contains("1,077.04 元"), "both figures: {told:?}");
    let box_of_another = unread(cast, "agency_handler").await;
    assert!(box_of_another.is_empty(), "no other agency's business: {box_of_another:?}");
    assert_eq!(refused(cast, vcpu, &asked(next, "s1.vcpu", 2)).await, "allocation.beyond_left");
    let disks = item(cast, "EVS-SATA").await;
    assert_eq!(refused(cast, &disks, &asked(next, "s1.vcpu", 1)).await, "allocation.no_such_line");
}

/// The recipient's own servers are opened, and the account shows year and benefit both.
async fn effective(cast: &Cast, next: &Case<'_>) -> Date {
    let page = next.seen_by(COUNTY.handler).await;
    let since = day(&page["subscription"]["from"]);
    let allocations = page["allocations"].as_array().expect("allocations").clone();
    assert_eq!(states(&allocations), [("effective", 3)]);
    let server = &page["resources"][0];
    assert_eq!(allocations[0]["built"][0]["id"], server["id"], "it came of its own case: {}", allocations[0]);
    let account = account(&page);
    let annual: i64 = entries(&account, "annual").iter().filter_map(|one| one["fen"].as_i64()).sum();
    assert_eq!(annual, 444_000, "the year stands in full");
    let benefit = entries(&account, "benefit")[0].clone();
    let days = i64::from(since.until(date(2026, 3, 18)).expect("in order").get_days()) + 1;
    let expected = (187_200 * days * 2 + 365) / (365 * 2);
    assert_eq!((benefit["fen"].as_i64(), benefit["days"].as_i64()), (Some(-expected), Some(days)));
    assert_eq!(account["benefit_fen"], expected);
    assert_eq!(account["payable_fen"], 444_000 - expected, "it pays the rest");
    assert_eq!(account["saved_fen"], 0, "nothing of it is the treasury's saving");
    let moved = page["charges"]["movements"].as_array().expect("movements");
    assert!(moved.iter().any(|one| one["kind"]["code"] == "benefited" && one["reference"] == allocations[0]["number"]));
    let path = format!("/api/charges/{}/explanation", benefit["id"].as_str().expect("an id"));
    let explained = cast.browser(COUNTY.handler).await.get(&path).await.ok();
    assert_eq!(explained["agrees"], true, "{explained}");
    assert!(explained["allocation"].as_str().is_some_and(|words| words.contains("桂林市教育局")), "{explained}");
    let told = unread(cast, COUNTY.handler).await;
    assert!(told.iter().any(|words| words.contains("自 2026-03-19 起按价计费")), "{told:?}");
    for who in ["finance", "county_finance"] {
        assert!(unread(cast, who).await.iter().any(|words| words.contains("调配生效")), "{who} has its copy");
    }
    let timeline = page["timeline"].to_string();
    assert!(timeline.contains("allocation.take_effect") && timeline.contains("pool.allocate"), "{timeline}");
    since
}

/// On the last day it still covers; the day after it has ended.
async fn over(cast: &Cast, next: &Case<'_>, since: Date) {
    cast.until(date(2026, 3, 18)).await;
    assert_eq!(states(&given(next).await), [("effective", 3)]);
    cast.until(date(2026, 3, 19)).await;
    let given = given(next).await;
    assert_eq!(states(&given), [("ended", 3)]);
    assert_eq!((&given[0]["why"]["code"], &given[0]["until"]), (&json!("item_over"), &json!("2026-03-18")));
    assert_eq!(day(&given[0]["since"]), since);
    let told = unread(cast, COUNTY.handler).await;
    assert!(
        told.iter().any(|words| words.starts_with("已结束") && words.contains("自 2026-03-19 起按价计费")),
        "{told:?}"
    );
    let account = account(&next.seen_by("finance").await);
    assert_eq!(entries(&account, "benefit").len(), 1, "the end itself posts nothing: the price simply applies");
}

#[tokio::test]
async fn a10_7_two_people_at_once_do_not_give_the_same_remainder_twice() {
    let cast = Cast::start().await;
    let waiting = ended_early(&cast, &["水库监测系统", "灌区管理系统"]).await;
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    let (one, other) = (&waiting[0], &waiting[1]);
    one.accept().await;
    other.accept().await;
    let centre = cast.browser("center_resources").await;
    let path = place(&vcpu, "allocations");
    let (to_one, to_other) = (asked(one, "s1.vcpu", 3), asked(other, "s1.vcpu", 3));
    let (first, second) = tokio::join!(centre.post(&path, &to_one), centre.post(&path, &to_other));
    let statuses = [first.status, second.status];
    assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
    let late = if first.status == 409 { first } else { second };
    assert_eq!(late.refused(409), "allocation.beyond_left");
    assert_eq!(item(&cast, "ECS-K-VCPU").await["left"], 1);
    // And twice to one line: it takes no more than it needs.
    let disks = item(&cast, "EVS-SATA").await;
    let (path, half) = (place(&disks, "allocations"), asked(one, "s1.system", 30));
    let (first, second) = tokio::join!(centre.post(&path, &half), centre.post(&path, &half));
    let statuses = [first.status, second.status];
    assert!(statuses == [200, 409] || statuses == [409, 200], "40 GB, and 30 of them twice: {statuses:?}");
}

#[tokio::test]
async fn a10_7_a_promise_goes_back_when_the_centre_or_the_case_lets_it_go() {
    let cast = Cast::start().await;
    let waiting = ended_early(&cast, &["灌区管理系统", "水库监测系统"]).await;
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    let path = place(&vcpu, "allocations");
    let (case, other) = (&waiting[0], &waiting[1]);
    case.accept().await;
    cast.post("center_resources", &path, &asked(case, "s1.vcpu", 2)).await;
    let promised = given(case).await[0].clone();
    assert_eq!(promised["actions"][0]["name"], "release");
    let commands = format!("/api/allocations/{}/commands", promised["id"].as_str().expect("an id"));
    let by_rule = json!({ "command": "take_effect", "quantity": 2 });
    let forced = cast.browser("center_resources").await.post_with(&commands, &[("if-match", "\"1\"")], &by_rule).await;
    assert_eq!(forced.refused(403), "authz.forbidden", "it takes effect with the opening and by nobody");
    let release = json!({ "command": "release", "opinion": "另有急需" });
    let others = cast.browser(COUNTY.handler).await.post_with(&commands, &[("if-match", "\"1\"")], &release).await;
    assert_eq!(others.refused(403), "authz.forbidden");
    cast.change("center_resources", (Method::POST, &commands, Some(1)), &release, 1).await;
    assert_eq!(
        (states(&given(case).await), &item(&cast, "ECS-K-VCPU").await["left"]),
        (vec![("released", 2)], &json!(4))
    );

    // The review does not let the case through.
    cast.post("center_resources", &path, &asked(case, "s1.vcpu", 4)).await;
    case.hear_everyone().await;
    let conclusion = json!({ "approved": false, "opinion": "暂缓建设", "urgency": "normal", "cuts": [] });
    case.step("center_reviewer", "application", &json!({ "command": "conclude", "conclusion": conclusion })).await;
    let (application, version) = case.place("center_lead", "application").await;
    let sign = json!({ "command": "sign", "opinion": "同意" });
    cast.change("center_lead", (Method::POST, &format!("{application}/commands"), Some(version)), &sign, 2).await;
    let over = given(case).await;
    assert_eq!((states(&over)[1], &over[1]["why"]["code"]), (("released", 4), &json!("case_over")));

    // A trial that comes to nothing.
    other.accept().await;
    cast.post("center_resources", &path, &asked(other, "s1.vcpu", 4)).await;
    other.hear_everyone().await;
    other.approve(json!([])).await;
    other.notified().await;
    other.delivered().await;
    let exit = json!({ "command": "exit", "reason": "改用自建系统" });
    other.press(COUNTY.handler, "trial", &exit).await.ok();
    assert_eq!(states(&given(other).await), [("released", 4)]);
    assert_eq!(item(&cast, "ECS-K-VCPU").await["left"], 4, "all of it is there again");
}

#[tokio::test]
async fn a10_3_what_the_review_cuts_is_not_given_and_what_is_over_is_let_go() {
    let cast = Cast::start().await;
    let waiting = ended_early(&cast, &["水库监测系统", "灌区管理系统"]).await;
    let (case, late) = (&waiting[0], &waiting[1]);
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    let memory = item(&cast, "ECS-K-MEM").await;
    case.accept().await;
    cast.post("center_resources", &place(&vcpu, "allocations"), &asked(case, "s1.vcpu", 4)).await;
    case.hear_everyone().await;
    let cut = json!([{ "target": "server", "index": 0, "vcpu": 2, "reason": "按实际并发核减" }]);
    case.approve(cut).await;
    case.notified().await;
    case.delivered().await;
    case.passed().await;
    case.activated().await;
    assert_eq!(states(&given(case).await), [("effective", 2)], "as far as the line has come to");
    assert_eq!(item(&cast, "ECS-K-VCPU").await["left"], 2, "what was cut is the pool's again");

    late.accept().await;
    cast.post("center_resources", &place(&memory, "allocations"), &asked(late, "s1.memory", 8)).await;
    cast.until(date(2026, 3, 19)).await;
    let over = given(late).await;
    assert_eq!((states(&over), &over[0]["why"]["code"]), (vec![("released", 8)], &json!("item_over")));
    let told = unread(&cast, COUNTY.handler).await;
    assert!(told.iter().any(|words| words.starts_with("已撤销") && words.contains("余量先行到期")), "{told:?}");
    assert_eq!(refused(&cast, &memory, &asked(late, "s1.memory", 8)).await, "allocation.item_over");
}

/// 变更 drafted, to so many vCPU.
async fn drafted(cast: &Cast, case: &Case<'_>, vcpu: i64, fund_source: &str) -> Value {
    let page = case.seen_by(COUNTY.handler).await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "servers": [{ "index": 0, "vcpu": vcpu }], "reason": "汛期用量", "fallback": "恢复原规格",
        "fund_source": fund_source });
    cast.post(COUNTY.handler, &path, &request).await
}

/// The change goes its way to its end.
async fn carried_out(cast: &Cast, case: &Case<'_>) {
    case.step(COUNTY.handler, "change", &json!({ "command": "submit" })).await;
    case.agree(COUNTY.leader, "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    case.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    cast.engines_work().await;
}

#[tokio::test]
async fn a10_6_a_dearer_change_is_covered_needs_no_funds_then_and_gives_back_what_it_gives_up() {
    let cast = Cast::start().await;
    let (first, next) = opened_on_one_day(&cast).await;
    cast.until(date(2025, 10, 15)).await;
    reclaimed(&cast, &first).await;
    certified(&first).await;
    let vcpu = item(&cast, "ECS-K-VCPU").await;
    assert_eq!(
        refused(&cast, &vcpu, &asked(&next, "s1.vcpu", 4)).await,
        "allocation.not_under_way",
        "it runs as it is"
    );
    let change = drafted(&cast, &next, 8, "").await;
    let submit = json!({ "command": "submit" });
    assert_eq!(next.press(COUNTY.handler, "change", &submit).await.refused(409), "change.fund_source_missing");
    let mut request = asked(&next, "s1.vcpu", 3);
    request["change_id"] = change["id"].clone();
    cast.post("center_resources", &place(&vcpu, "allocations"), &request).await;
    assert_eq!(
        next.press(COUNTY.handler, "change", &submit).await.refused(409),
        "change.fund_source_missing",
        "a quarter is left to pay"
    );
    request["quantity"] = json!(1);
    cast.post("center_resources", &place(&vcpu, "allocations"), &request).await;
    let before = account(&next.seen_by("finance").await);
    next.step(COUNTY.handler, "change", &submit).await;
    let promised = given(&next).await[0].clone();
    let commands = format!("/api/allocations/{}/commands", promised["id"].as_str().expect("an id"));
    let release = json!({ "command": "release", "opinion": "另有急需" });
    let relied_on =
        cast.browser("center_resources").await.post_with(&commands, &[("if-match", "\"1\"")], &release).await;
    assert_eq!(relied_on.refused(409), "allocation.funds_unstated");
    next.agree(COUNTY.leader, "change", "unit_approve").await;
    next.agree("center_reviewer", "change", "approve").await;
    next.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    cast.engines_work().await;
    assert_eq!(states(&given(&next).await), [("effective", 3), ("effective", 1)]);
    let after = account(&next.seen_by("finance").await);
    assert_eq!(after["payable_fen"], before["payable_fen"], "four more for nothing to the end of the year");
    // 4 × 624.00 × 155 ÷ 365, once as an increase, and as benefits of three and of one.
    assert_eq!(entries(&after, "increase")[0]["fen"], 105_995);
    assert_eq!(after["benefit_fen"], 105_995);
    given_up(&cast, &next).await;
    ended_with_its_service(&cast, &next).await;
}

/// Three of the four are given up again.
async fn given_up(cast: &Cast, next: &Case<'_>) {
    cast.until(date(2025, 12, 1)).await;
    drafted(cast, next, 4, "").await;
    carried_out(cast, next).await;
    let given = given(next).await;
    assert_eq!(states(&given), [("ended", 3), ("ended", 1)], "all that was added is gone");
    assert!(given.iter().all(|one| one["why"]["code"] == "given_up"), "{given:?}");
    assert_eq!(item(cast, "ECS-K-VCPU").await["left"], 4, "the pool has it again");
    let account = account(&next.seen_by("finance").await);
    let returned: i64 = entries(&account, "benefit_end").iter().filter_map(|one| one["fen"].as_i64()).sum();
    let saved = account["saved_fen"].as_i64().expect("fen");
    assert!((returned - saved).abs() <= 1, "what it gives up was paid by another: {returned} of {saved}");
    assert!(account["payable_fen"].as_i64().is_some_and(|fen| (fen - 444_000).abs() <= 1), "{account}");
}

/// A new change is covered, and the service ends before the remainder does.
async fn ended_with_its_service(cast: &Cast, next: &Case<'_>) {
    let change = drafted(cast, next, 8, "部门预算").await;
    let vcpu = item(cast, "ECS-K-VCPU").await;
    let mut request = asked(next, "s1.vcpu", 2);
    request["change_id"] = change["id"].clone();
    cast.post("center_resources", &place(&vcpu, "allocations"), &request).await;
    carried_out(cast, next).await;
    let before = account(&next.seen_by("finance").await);
    reclaimed(cast, next).await;
    let over = given(next).await;
    assert_eq!((states(&over)[2], &over[2]["why"]["code"]), (("ended", 2), &json!("service_ended")));
    let after = account(&next.seen_by("finance").await);
    assert_eq!(after["payable_fen"], before["payable_fen"], "an early end refunds nothing and asks nothing (D10)");
    let pool = cast.browser("center_resources").await.get("/api/pool?limit=100").await.ok();
    let vcpus: Vec<_> =
        pool["items"].as_array().expect("items").iter().filter(|one| one["sku"] == "ECS-K-VCPU").collect();
    let whole: Vec<_> = vcpus.iter().map(|one| (one["quantity"].as_i64(), one["left"].as_i64())).collect();
    assert_eq!(
        whole,
        [(Some(4), Some(2)), (Some(8), Some(8))],
        "its own remainder is the whole line, what it was given included"
    );
}

/// One service of either agency: the remainder of the one reaches to the end of the other's year.
async fn opened_on_one_day(cast: &Cast) -> (Case<'_>, Case<'_>) {
    let passed = async |agency, system: &str| {
        let case = Case::submitted(cast, agency, system).await;
        case.accept().await;
        case.hear_everyone().await;
        case.approve(json!([])).await;
        case.notified().await;
        case.delivered().await;
        case.passed().await;
        case
    };
    let (first, next) = (passed(EDUCATION, "旧学籍系统").await, passed(COUNTY, "水雨情系统").await);
    first.activated().await;
    for case in [&first, &next] {
        case.agree(case.agency.handler, "subscription", "confirm").await;
    }
    (first, next)
}
