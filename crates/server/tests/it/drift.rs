//! 偏差核对与纳管: what differs is found, valued both ways, put right or noted, and never removed; what runs and is nobody's
//! becomes a system's server by an application (A9_1, A10_1, A10_3, A11).

use domain::provisioning::EngineKind;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::cloud_objects;

use crate::cast::{Case, Cast, EDUCATION, form};

/// Changes what the simulated cloud shows of every server that stands on its paper.
async fn tamper(cast: &Cast, with: &str) {
    let sql = format!("UPDATE engine_shelf SET value = {with} WHERE key LIKE 'world/%'");
    testkit::execute(&cast.city.database().owner_url(), &sql).await;
}

/// Puts a running server into the simulated cloud that is nobody's: 4 vCPU, 8 GiB, 40 and 100 GiB.
async fn stray(cast: &Cast, name: &str) {
    cast.engine().await;
    let world = json!({ "external_name": name, "power": "running", "shape": { "vcpu": 4, "memory_mib": 8192 },
        "disks_gib": [40, 100], "address": "10.9.8.7" });
    let sql =
        format!("INSERT INTO engine_shelf SELECT id, 'unowned/{name}', '{world}' FROM engine WHERE kind = 'simulated'");
    testkit::execute(&cast.city.database().owner_url(), &sql).await;
}

/// The centre looks at everything the engine holds, now.
async fn look(cast: &Cast) {
    let engine = cast.engine().await;
    cast.browser("center_resources").await.post(&format!("/api/engines/{engine}/probe"), &json!({})).await.ok();
}

async fn report(cast: &Cast, filter: &str) -> Value {
    cast.browser("center_resources").await.get(&format!("/api/drift?{filter}")).await.ok()
}

/// The one row of the report.
async fn only(cast: &Cast) -> Value {
    let page = report(cast, "").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
    page["items"][0].clone()
}

fn button<'r>(row: &'r Value, name: &str) -> &'r Value {
    let all = row["actions"].as_array().expect("actions");
    all.iter().find(|action| action["name"] == name).unwrap_or_else(|| panic!("no button {name}: {row}"))
}

async fn press(cast: &Cast, who: &str, row: &Value, command: &Value) -> testkit::Answer {
    let path = format!("/api/drift/{}/commands", row["id"].as_str().expect("an id"));
    let version = format!("\"{}\"", row["version"]);
    cast.browser(who).await.post_with(&path, &[("if-match", &version)], command).await
}

/// A step over HTTP that succeeds and leaves `entries` in the log.
async fn take(cast: &Cast, row: &Value, command: &Value, entries: i64) -> Value {
    let path = format!("/api/drift/{}/commands", row["id"].as_str().expect("an id"));
    let request = (Method::POST, &*path, row["version"].as_i64());
    cast.change("center_resources", request, command, entries).await
}

fn note(opinion: &str) -> Value {
    json!({ "command": "note", "responsible": "supplier", "opinion": opinion })
}

#[tokio::test]
async fn a9_1_a_server_that_is_paid_for_and_gone_is_valued_noted_and_settled_when_it_is_back() {
    let cast = Cast::start().await;
    let case = Case::running(&cast, EDUCATION, "学籍管理系统").await;
    look(&cast).await;
    let page = report(&cast, "").await;
    assert_eq!((&page["items"], &page["sums"]["count"]), (&json!([]), &json!(0)), "三账相符");

    tamper(&cast, "jsonb_build_object('kept', value)").await;
    look(&cast).await;
    let row = only(&cast).await;
    assert_eq!(row["kind"]["code"], "missing", "{row}");
    assert_eq!((&row["paid_fen"], &row["unpaid_fen"]), (&json!(444_000), &json!(0)), "the whole year's fee");
    assert_eq!(row["charged"]["fen_per_year"], 444_000);
    assert_eq!((&row["approved"]["fen_per_year"], &row["real"]["fen_per_year"]), (&json!(444_000), &json!(0)));
    assert_eq!(row["case_id"], json!(case.id));
    let restore = button(&row, "restore");
    assert_eq!(
        (&restore["allowed"], &restore["refusal"]["code"]),
        (&json!(false), &json!("provisioning.lost")),
        "no blank server is made in its place"
    );
    let asked = json!({ "command": "restore", "opinion": "试" });
    assert_eq!(press(&cast, "center_resources", &row, &asked).await.refused(409), "provisioning.lost");

    let noted = take(&cast, &row, &note("机房掉电后未恢复,限三日内"), 1).await;
    assert_eq!(noted["state"]["code"], "noted");
    assert_eq!(press(&cast, "center_resources", &row, &note("再记")).await.status, 412, "seen before it was noted");
    look(&cast).await;
    let row = only(&cast).await;
    assert_eq!((&row["state"]["code"], &row["note"]["responsible"]["zh"]), (&json!("noted"), &json!("供应商责任")));

    tamper(&cast, "value -> 'kept'").await;
    // The look closes the row, and the press leaves its own entry.
    let settled = take(&cast, &row, &json!({ "command": "observe" }), 2).await;
    assert_eq!(settled["state"]["code"], "closed");
    assert_eq!(report(&cast, "").await["items"], json!([]));
    assert_eq!(report(&cast, "state=closed").await["items"][0]["id"], row["id"], "what is over can be looked up");
}

#[tokio::test]
async fn a10_3_what_is_beyond_the_approved_is_valued_and_restored_by_an_ordinary_operation() {
    let cast = Cast::start().await;
    let case = Case::running(&cast, EDUCATION, "学籍管理系统").await;
    tamper(&cast, "jsonb_set(value, '{server,shape,vcpu}', '6')").await;
    look(&cast).await;
    let row = only(&cast).await;
    assert_eq!(row["kind"]["code"], "beyond");
    assert_eq!((&row["paid_fen"], &row["unpaid_fen"]), (&json!(0), &json!(124_800)), "2 × 624.00");
    assert_eq!(row["differences"][0]["field"], "vcpu");
    assert_eq!(button(&row, "restore")["allowed"], true);
    assert_eq!(button(&row, "adopt")["refusal"]["code"], "drift.has_owner");

    take(&cast, &row, &json!({ "command": "restore", "opinion": "未经审批扩容" }), 1).await;
    let again = only(&cast).await;
    let asked = json!({ "command": "restore", "opinion": "再来" });
    assert_eq!(press(&cast, "center_resources", &again, &asked).await.refused(409), "operation.another_open");
    cast.engines_work().await;
    let page = case.seen_by("center_resources").await;
    let operation = &page["operations"][0];
    assert_eq!((&operation["kind"]["code"], &operation["state"]["code"]), (&json!("restore"), &json!("done")));
    let steps: Vec<&Value> = operation["steps"].as_array().expect("steps").iter().map(|s| &s["kind"]["code"]).collect();
    assert_eq!(steps, ["stop", "resize", "start"]);
    assert!(page["timeline"].to_string().contains("未经审批扩容"), "the case's record says why");
    assert_eq!(report(&cast, "").await["items"], json!([]), "the end of the operation settles the row");
}

#[tokio::test]
async fn a9_1_a_snapshot_that_nobody_ordered_is_valued_and_shown_with_whose_disk_it_is_of() {
    let cast = Cast::start().await;
    let case = Case::running(&cast, EDUCATION, "学籍管理系统").await;
    let copy = "00000000-0000-7000-8000-0000000000bb";
    let taken = format!(
        "jsonb_build_object('there', jsonb_build_array(jsonb_build_object('id', '{copy}', 'disk', value #> '{{disks,0,id}}',
         'kind', 'snapshot', 'size_gib', 40, 'taken_at', '2026-03-02T01:00:00Z')))"
    );
    tamper(&cast, &format!("value || jsonb_build_object('copies', {taken})")).await;
    look(&cast).await;
    let row = only(&cast).await;
    assert_eq!((&row["kind"]["code"], &row["case_id"]), (&json!("unowned"), &json!(case.id)), "{row}");
    assert_eq!((&row["object"]["kind"], &row["object"]["copy"]), (&json!("snapshot"), &json!(copy)));
    assert_eq!((&row["paid_fen"], &row["unpaid_fen"]), (&json!(0), &json!(40 * 120)), "40 × 1.20");
    assert_eq!(button(&row, "adopt")["refusal"]["code"], "drift.not_a_server");
    tamper(&cast, "value - 'copies'").await;
    look(&cast).await;
    assert_eq!(report(&cast, "").await["items"], json!([]));
}

#[tokio::test]
async fn a9_1_the_report_is_filtered_summed_exported_and_the_centres_alone() {
    let cast = Cast::start().await;
    Case::running(&cast, EDUCATION, "学籍管理系统").await;
    tamper(&cast, "jsonb_set(value, '{server,shape,vcpu}', '6')").await;
    stray(&cast, "legacy-web").await;
    look(&cast).await;
    let page = report(&cast, "limit=1").await;
    assert_eq!(page["items"][0]["kind"]["code"], "unowned", "the dearest first");
    // 4 × 624.00 + 8 × 180.00 + 140 × 3.60 would be the domestic kind; valued as the common one.
    let stray_fen = page["items"][0]["unpaid_fen"].as_i64().expect("fen");
    assert!(stray_fen > 0 && page["items"][0]["agency_id"].is_null());
    assert_eq!(page["sums"]["unpaid_fen"], json!(stray_fen + 124_800));
    assert_eq!((&page["sums"]["unpaid_count"], &page["sums"]["paid_count"]), (&json!(2), &json!(0)));
    let cursor = page["next_cursor"].as_str().expect("a second page");
    assert_eq!(report(&cast, &format!("limit=1&cursor={cursor}")).await["items"][0]["kind"]["code"], "beyond");
    assert_eq!(report(&cast, "kind=unowned").await["count"], 1);
    assert_eq!(report(&cast, "q=学籍").await["items"][0]["kind"]["code"], "beyond");

    let sheet = cast.browser("center_resources").await.get("/api/drift/export.xlsx?kind=beyond").await;
    assert!(sheet.status == 200 && sheet.header("content-disposition").contains(".xlsx"), "{}", sheet.status);
    for (who, status) in [("agency_handler", 403), ("supplier_engineer", 403), ("auditor", 200), ("center_lead", 200)] {
        assert_eq!(cast.browser(who).await.get("/api/drift").await.status, status, "{who}");
    }
    let row = report(&cast, "kind=unowned").await["items"][0].clone();
    for (who, status) in [("agency_handler", 404), ("auditor", 403)] {
        assert_eq!(press(&cast, who, &row, &note("x")).await.status, status, "{who}");
    }
}

/// Every row of the report, every button, by whoever may: the cloud holds afterwards what it held before.
#[tokio::test]
async fn a9_1_no_button_of_the_report_removes_anything_from_a_cloud() {
    let cast = Cast::start().await;
    Case::running(&cast, EDUCATION, "学籍管理系统").await;
    Case::running(&cast, EDUCATION, "招生系统").await;
    stray(&cast, "legacy-web").await;
    let owner = cast.city.database().owner_url();
    // One order that ended and whose reclaim never came, and one server with a disk on no paper.
    let ending = r#"{"order": "termination", "termination": "00000000-0000-7000-8000-000000000001"}"#;
    let ended = format!(
        "UPDATE resource SET phase = 'erased', ending = '{ending}' WHERE id = (SELECT id FROM resource ORDER BY id LIMIT 1)"
    );
    testkit::execute(&owner, &ended).await;
    let disk = r#"'[{"id": "00000000-0000-7000-8000-0000000000aa", "size_gib": 7, "attached": true}]'"#;
    tamper(&cast, &format!("jsonb_set(value, '{{disks}}', (value -> 'disks') || {disk}::jsonb)")).await;
    look(&cast).await;
    let before = cloud_objects(&cast.city.app, EngineKind::Simulated).await;
    let page = report(&cast, "").await;
    let kinds: Vec<&Value> = page["items"].as_array().expect("items").iter().map(|row| &row["kind"]["code"]).collect();
    for kind in ["leftover", "unowned", "beyond"] {
        assert!(kinds.contains(&&json!(kind)), "{kind} in {kinds:?}");
    }
    let agency = cast.city.org("education");
    for command in [
        json!({ "command": "observe" }),
        json!({ "command": "restore", "opinion": "恢复" }),
        json!({ "command": "note", "responsible": "nobody", "opinion": "核实" }),
        json!({ "command": "adopt", "agency": agency }),
    ] {
        for row in report(&cast, "limit=100").await["items"].as_array().expect("items") {
            let answer = press(&cast, "center_resources", row, &command).await;
            assert!([200, 409].contains(&answer.status), "{command}: {} {}", answer.status, answer.text());
            if row["kind"]["code"] == "leftover" && command["command"] == "restore" {
                assert_eq!(answer.refused(409), "drift.ended");
            }
        }
        cast.engines_work().await;
        look(&cast).await;
        assert_eq!(cloud_objects(&cast.city.app, EngineKind::Simulated).await, before, "after {command}");
    }
}

/// The centre gives what it found to an agency; the agency completes the draft and submits it.
async fn adopting<'c>(cast: &'c Cast, name: &str, system: &str) -> Case<'c> {
    stray(cast, name).await;
    look(cast).await;
    let row = only(cast).await;
    assert_eq!((&row["kind"]["code"], &row["object"]["external_name"]), (&json!("unowned"), &json!(name)));
    let wrong = json!({ "command": "adopt", "agency": cast.city.org("supplier") });
    assert_eq!(press(cast, "center_resources", &row, &wrong).await.refused(409), "drift.no_agency");
    let agency = cast.city.org("education");
    // The draft, and the step.
    take(cast, &row, &json!({ "command": "adopt", "agency": agency }), 2).await;
    assert_eq!(only(cast).await["state"]["code"], "adopting");
    let desk = cast.browser(EDUCATION.handler).await.get("/api/work-list?box=todo&limit=100").await.ok();
    let id = desk["items"][0]["case_id"].as_str().expect("the draft is on the agency's desk").to_owned();
    let case = Case { cast, agency: EDUCATION, id };
    let drafted = case.seen_by(EDUCATION.handler).await["form"].clone();
    assert_eq!(drafted["request"]["construction"], "adoption");
    assert_eq!((&drafted["servers"][0]["external_name"], &drafted["servers"][0]["vcpu"]), (&json!(name), &json!(4)));
    let mut whole = form("special", system, &drafted["contact"]["credit_code"]);
    whole["request"]["construction"] = json!("adoption");
    whole["servers"][0]["external_name"] = json!(name);
    let path = format!("/api/applications/{}/form", case.id);
    cast.change(EDUCATION.handler, (Method::PUT, &path, Some(1)), &whole, 1).await;
    for kind in ["topology", "special_basis"] {
        case.attach(EDUCATION.handler, kind).await.ok();
    }
    case.step(EDUCATION.handler, "application", &json!({ "command": "submit", "mode": "special" })).await;
    case.agree(EDUCATION.leader, "application", "unit_approve").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.notified().await;
    case
}

#[tokio::test]
async fn a10_1_what_runs_and_is_nobodys_becomes_a_systems_server_by_an_application() {
    let cast = Cast::start().await;
    let case = adopting(&cast, "legacy-web", "历史门户").await;
    case.delivered().await;
    let page = case.seen_by("center_resources").await;
    let steps = page["operations"][0]["steps"].as_array().expect("steps").clone();
    assert_eq!(steps.iter().map(|step| &step["kind"]["code"]).collect::<Vec<_>>(), ["adopt"], "and nothing else");
    assert_eq!(page["resources"][0]["address"], "10.9.8.7", "where it was reached it is reached");
    look(&cast).await;
    assert_eq!(report(&cast, "").await["items"], json!([]), "it has an owner now");
    case.passed().await;
    case.activated().await;
    let page = case.seen_by("center_resources").await;
    assert_eq!(page["resources"][0]["phase"]["code"], "production");
    assert_eq!(page["charges"]["accounts"][0]["payable_fen"], 444_000, "charged from the day of its service");
    look(&cast).await;
    assert_eq!(report(&cast, "").await["items"], json!([]));
}

#[tokio::test]
async fn a10_4_an_adoption_that_comes_to_nothing_gives_the_server_back_as_it_was() {
    let cast = Cast::start().await;
    let case = adopting(&cast, "legacy-web", "历史门户").await;
    case.delivered().await;
    case.step(EDUCATION.handler, "trial", &json!({ "command": "exit", "reason": "系统不再使用" })).await;
    cast.engines_work().await;
    let page = case.seen_by("center_resources").await;
    let steps = page["operations"][0]["steps"].as_array().expect("steps").clone();
    assert_eq!(steps.iter().map(|step| &step["kind"]["code"]).collect::<Vec<_>>(), ["release"]);
    assert_eq!(page["resources"][0]["phase"]["zh"], "已退回(未清除)");
    look(&cast).await;
    let row = only(&cast).await;
    assert_eq!((&row["kind"]["code"], &row["object"]["power"]), (&json!("unowned"), &json!("running")));
}

#[tokio::test]
async fn a9_1_only_the_server_that_was_given_to_this_case_is_adopted() {
    let cast = Cast::start().await;
    let case = adopting(&cast, "legacy-web", "历史门户").await;
    // Somebody writes another name into what was granted; the database would let him, the opening does not.
    let owner = cast.city.database().owner_url();
    let other = "UPDATE application SET granted = jsonb_set(granted, '{servers,0,external_name}', '\"legacy-db\"')";
    testkit::execute(&owner, other).await;
    let engine = cast.engine().await;
    case.step("supplier_manager", "trial", &json!({ "command": "acknowledge" })).await;
    let open = case.press("supplier_engineer", "trial", &json!({ "command": "open", "engine": engine })).await;
    assert_eq!(open.refused(409), "drift.not_assigned");
}
