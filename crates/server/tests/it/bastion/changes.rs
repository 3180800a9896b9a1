//! 附件2-2 of a running service: accounts go on for another year, are given up and added by a change, under the same
//! review as everything else (A10_6, ANNEX_2_2).

use jiff::civil::date;

use super::*;

fn line(name: &str, mobile: &str, to: &str) -> Value {
    json!({ "user_name": name, "user_kind": "agency", "id_number": "11010519491231002X", "mobile": mobile,
        "protocols": ["ssh"], "hosts": ["app"], "source": "10.1.2.0/24", "hours": "always",
        "valid_from": "2025-04-01", "valid_to": to })
}

/// A running service with 覃工 and 韦工 until next March, 农工 until the end of June.
async fn running(cast: &Cast) -> Case<'_> {
    let accounts = json!([
        line("覃工", "13800000001", "2026-03-31"),
        line("韦工", "13800000002", "2026-03-31"),
        line("农工", "13800000003", "2025-06-30"),
    ]);
    Case::running_as(cast, EDUCATION, "学籍管理系统", |form| form["bastion_accounts"] = accounts).await
}

/// Row `index` as it shall stand, until `to`.
fn changed(index: u16, hosts: &[&str], to: &str) -> Value {
    json!({ "index": index, "protocols": ["ssh", "sftp"], "transfers": ["upload"], "hosts": hosts,
        "source": "10.1.2.0/24", "hours": "always", "valid_from": "2025-07-01", "valid_to": to })
}

fn request(accounts: Value, new_accounts: Value) -> Value {
    json!({ "servers": [], "accounts": accounts, "new_accounts": new_accounts, "reason": "人员调整",
        "fallback": "不影响业务", "fund_source": "" })
}

async fn path(case: &Case<'_>) -> String {
    let service = case.seen_by("agency_handler").await["subscription"]["id"].clone();
    format!("/api/subscriptions/{}/changes", service.as_str().expect("an id"))
}

/// From the draft until the engine has finished.
async fn carried_out(case: &Case<'_>, request: &Value) {
    case.cast.post("agency_handler", &path(case).await, request).await;
    case.step("agency_handler", "change", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    case.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    case.cast.engines_work().await;
    assert_eq!(case.seen_by("agency_handler").await["changes"][0]["state"]["code"], "done");
}

/// Name, state, last day and certificate of every account there was.
async fn accounts_now(cast: &Cast, case: &Case<'_>) -> Vec<(String, String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let panel = panel(cast, case, "agency_sysadmin").await;
    let all = panel["accounts"].as_array().expect("accounts").iter();
    let of = |one: &Value| {
        (text(&one["user_name"]), text(&one["state"]["code"]), text(&one["valid_to"]), one["certificate"].is_object())
    };
    all.map(of).collect()
}

#[tokio::test]
async fn annex_2_2_a_change_renews_gives_up_and_adds_accounts() {
    let cast = Cast::start().await;
    let case = running(&cast).await;
    cast.until(date(2025, 7, 1)).await;
    for name in ["覃工", "韦工"] {
        holder_of(&cast, &case, name).await;
    }
    let was = |name: &str, state: &str, to: &str, certificate| {
        (name.to_owned(), state.to_owned(), to.to_owned(), certificate)
    };
    assert_eq!(
        accounts_now(&cast, &case).await,
        [
            was("覃工", "active", "2026-03-31", true),
            was("韦工", "active", "2026-03-31", true),
            was("农工", "closed", "2025-06-30", false)
        ]
    );
    let entrant = line("陆工", "13800000004", "2026-03-31");
    let accounts =
        json!([changed(0, &["app"], "2026-06-30"), changed(1, &[], "2026-06-30"), changed(2, &["app"], "2026-06-30")]);
    carried_out(&case, &request(accounts, json!([entrant]))).await;
    assert_eq!(
        accounts_now(&cast, &case).await,
        [
            was("覃工", "active", "2026-06-30", false),
            was("韦工", "closed", "2026-03-31", false),
            was("农工", "closed", "2025-06-30", false),
            was("农工", "active", "2026-06-30", false),
            was("陆工", "active", "2026-03-31", false)
        ],
        "what was issued before says the former days"
    );
    let ways: Vec<String> = account_of(&cast, &case, "覃工").await["ways"]
        .as_array()
        .expect("ways")
        .iter()
        .map(|way| way["code"].as_str().expect("a code").to_owned())
        .collect();
    assert_eq!(ways, ["ssh", "sftp", "upload"]);
    let fee = |page: &Value| page["changes"][0]["dearer_by_fen"].clone();
    assert_eq!(fee(&case.seen_by("agency_handler").await), 0, "accounts cost nothing");
    let bring_back = request(json!([changed(1, &["app"], "2026-06-30")]), json!([]));
    let refused = cast.browser("agency_handler").await.post(&path(&case).await, &bring_back).await;
    assert_eq!(refused.refused(409), "change.account_given_up");
}

#[tokio::test]
async fn e25_the_number_of_an_added_account_is_read_by_its_own_agency_only() {
    let cast = Cast::start().await;
    let case = running(&cast).await;
    let added = request(json!([]), json!([line("陆工", "13877310026", "2026-03-31")]));
    cast.post("agency_handler", &path(&case).await, &added).await;
    let shown = |page: &Value| {
        let line = &page["changes"][0]["request"]["new_accounts"][0];
        (
            line["id_number"].as_str().unwrap_or_default().to_owned(),
            line["mobile"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let own = case.seen_by("agency_handler").await;
    assert_eq!(shown(&own), ("11010519491231002X".into(), "13877310026".into()));
    let others = case.seen_by("center_reviewer").await;
    assert_eq!(shown(&others), ("110***********002X".into(), "138****0026".into()));
    let dump = testkit::dump(cast.city.database());
    let kept = dump.lines().find(|line| line.contains("13877310026")).expect("the draft is stored");
    assert!(!kept.contains("11010519491231002X"), "encrypted at rest");
}

#[tokio::test]
async fn annex_2_2_what_a_change_says_of_accounts_is_refused_field_by_field() {
    let cast = Cast::start().await;
    let case = running(&cast).await;
    let (path, handler) = (path(&case).await, cast.browser("agency_handler").await);
    let fields = |answer: &Answer| -> Vec<String> {
        let findings = answer.body["findings"].as_array().expect("findings").iter();
        findings.map(|one| one["field"].as_str().expect("a field").to_owned()).collect()
    };
    let bad = handler.post(&path, &request(json!([changed(0, &["nobody"], "2026-07-01")]), json!([]))).await;
    assert_eq!((bad.status, fields(&bad)), (422, vec!["accounts[0].hosts".into(), "accounts[0].valid_to".into()]));
    let mut stranger = line("陆工", "110", "2026-03-31");
    stranger["id_number"] = json!("sealed:00");
    let bad = handler.post(&path, &request(json!([]), json!([stranger]))).await;
    assert_eq!(fields(&bad), ["new_accounts[0].id_number", "new_accounts[0].mobile"]);
    let nobody = handler.post(&path, &request(json!([changed(7, &["app"], "2026-06-30")]), json!([]))).await;
    assert_eq!(nobody.refused(409), "change.no_such_account");
    let none = handler.post(&path, &request(json!([]), json!([]))).await;
    assert_eq!(none.refused(409), "change.nothing");
}
