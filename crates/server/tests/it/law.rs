//! 法规、价格、选项: what everyone may look up, and importing it with every fault by row (A10, A11, A12).

use domain::org::Role;
use serde_json::{Value, json};
use testkit::{City, Client};

const HEADER: &str = "category_code,category,sku,name,spec,unit,billing_basis,price_yuan,source,note";

async fn send(client: &Client, path: &str, name: &str, text: &str) -> testkit::Answer {
    client.upload(path, name, text.as_bytes().to_vec(), &[]).await
}

/// The shipped catalogue: a file that is right.
fn catalogue() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../regulations/guilin/catalogue/2025A.csv"))
        .expect("the shipped catalogue")
}

#[tokio::test]
async fn a10_2_the_due_calculator_names_the_days_that_count() {
    let city = City::start().await;
    let anyone = city.as_role(Role::SupplierEngineer).await;
    let due = anyone.get("/api/calendar/due?from=2024-04-10&working_days=5").await.ok();
    assert_eq!(due["due_on"], "2024-04-19");
    let days = ["2024-04-15", "2024-04-16", "2024-04-17", "2024-04-18", "2024-04-19"];
    assert!(
        due["working_days"].as_array().is_some_and(|found| found.len() == 5 && found.last() == Some(&json!(days[4])))
    );
    for (query, status) in [
        ("from=2024-04-10&working_days=0", 422),
        ("from=2024-04-10&working_days=1", 200),
        ("from=2023-01-03&working_days=366", 200),
        ("from=2023-01-03&working_days=367", 422),
        ("from=2024-02-30&working_days=5", 400),
        ("from=2026-12-30&working_days=5", 409),
        ("working_days=5", 400),
    ] {
        let answer = anyone.get(&format!("/api/calendar/due?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    let year = anyone.get("/api/calendar?year=2024").await.ok();
    assert_eq!(year["working_days"], 249);
}

#[tokio::test]
async fn the_limits_the_divisions_and_the_options_are_whole_lists() {
    let city = City::start().await;
    let anyone = city.as_role(Role::AgencyHandler).await;
    let limits = anyone.get("/api/limits").await.ok();
    let rows = limits["items"].as_array().expect("rows");
    let acceptance = rows.iter().find(|row| row["name"] == "acceptance").expect("there");
    assert_eq!(
        (&acceptance["value"], &acceptance["kind"], &acceptance["timer"]),
        (&json!(5), &json!("statutory"), &json!("T1"))
    );
    assert!(rows.iter().all(|row| row["clause"]["code"].is_string() && row["kind_zh"].is_string()));
    let divisions = anyone.get("/api/divisions").await.ok();
    let counties = divisions["items"].as_array().expect("rows").iter().filter(|one| one["kind"] != "city").count();
    assert_eq!(counties, 17);
    let options = anyone.get("/api/form-options").await.ok();
    for (name, size) in [("mode", 2), ("construction", 5), ("role", 30), ("application_state", 15), ("org_kind", 11)] {
        assert_eq!(options[name].as_array().map(Vec::len), Some(size), "{name}");
        assert!(options[name][0]["zh"].is_string(), "{name}");
    }
    for name in
        ["org_level", "org_office", "person_state", "operation_state", "audit_outcome", "material_kind", "stage"]
    {
        assert!(options[name].as_array().is_some_and(|list| !list.is_empty()), "{name}");
    }
    assert_eq!(options["availability_basis_points"], json!([9950, 9990, 9995]));
    assert_eq!(options["products"].as_array().map(Vec::len), Some(137));
    assert!(options["products"][0]["fen_per_year"].is_i64());
    assert_eq!(city.anonymous().get("/api/form-options").await.refused(401), "session.none");
}

#[tokio::test]
async fn a12_a_price_version_is_checked_then_imported_once_and_never_changed() {
    let city = City::start().await;
    let officer = city.as_role(Role::AuthorityOfficer).await;
    let text = catalogue();
    let import = "/api/prices/import?dry_run=true&version=&from=&to=";
    assert_eq!(send(&officer, import, "2027A.csv", &text).await.status, 400, "a blank day is no day");
    let dry = send(&officer, "/api/prices/import?dry_run=true&version=", "2027A.csv", &text).await.ok();
    assert_eq!((&dry["version"], &dry["products"], &dry["to"]), (&json!("2027A"), &json!(137), &json!("2028-12-31")));
    assert_eq!(
        officer.get("/api/price-versions").await.ok()["items"].as_array().map(Vec::len),
        Some(1),
        "only checked"
    );
    let done = send(&officer, "/api/prices/import?ratified_number=市政函〔2026〕12号", "2027A.csv", &text).await.ok();
    assert_eq!(done["official"], true);
    let versions = officer.get("/api/price-versions").await.ok();
    assert_eq!(versions["items"][1]["ratified_number"], "市政函〔2026〕12号");
    let again = send(&officer, "/api/prices/import", "2027A.csv", &text).await;
    assert_eq!(again.body["findings"][0]["code"], "price.version_exists");
    let overlapping = send(&officer, "/api/prices/import?version=2028B&from=2028-06-01", "x.csv", &text).await;
    assert_eq!(overlapping.body["findings"][0]["code"], "price.overlap");
    let handler = city.as_role(Role::AgencyHandler).await;
    assert_eq!(send(&handler, "/api/prices/import", "2029A.csv", &text).await.refused(403), "authz.forbidden");
    let page = handler.get("/api/prices?version=2027A&category=S01&limit=3").await.ok();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(3));
    assert!(page["next_cursor"].is_string());
}

#[tokio::test]
async fn a12_every_fault_of_a_price_file_is_named_by_row_and_nothing_is_stored() {
    let city = City::start().await;
    let officer = city.as_role(Role::CenterReviewer).await;
    let mut lines: Vec<String> = catalogue().lines().map(str::to_owned).collect();
    let broken = lines[2].clone();
    lines[2] = broken.replacen("S01", "S99", 1);
    lines.push(lines[4].clone());
    let answer = send(&officer, "/api/prices/import", "2027A.csv", &lines.join("\n")).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let fields: Vec<&str> =
        answer.body["findings"].as_array().expect("findings").iter().filter_map(|one| one["field"].as_str()).collect();
    assert!(fields.iter().any(|field| field.starts_with("rows[3].")), "{fields:?}");
    assert!(fields.iter().any(|field| field.starts_with(&format!("rows[{}].", lines.len()))), "{fields:?}");
    assert_eq!(officer.get("/api/price-versions").await.ok()["items"].as_array().map(Vec::len), Some(1));
    let empty = send(&officer, "/api/prices/import", "2027A.csv", HEADER).await;
    assert_eq!(empty.status, 422, "{}", empty.text());
    let latin = officer.upload("/api/prices/import", "2027A.csv", vec![0xD0, 0xD5, 0xC3, 0xFB], &[]).await;
    assert_eq!(latin.refused(400), "upload.not_utf8");
    let huge = officer.upload("/api/prices/import", "2027A.csv", vec![b'x'; 2 * 1024 * 1024 + 1], &[]).await;
    assert_eq!(huge.status, 413, "{}", huge.text());
    assert_eq!(officer.post("/api/prices/import", &json!({})).await.refused(400), "upload.not_multipart");
}

#[tokio::test]
async fn a10_2_a_calendar_import_is_checked_stored_and_taken_up() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let path = "/api/calendar/import?source=exception";
    let text = "date,kind,name\n2024-04-15,holiday,停电\n";
    let dry = send(&admin, &format!("{path}&dry_run=true"), "停电.csv", text).await.ok();
    assert_eq!((&dry["days"], &dry["dry_run"]), (&json!(1), &json!(true)));
    let due = async || admin.get("/api/calendar/due?from=2024-04-10&working_days=5").await.ok()["due_on"].clone();
    assert_eq!(due().await, "2024-04-19");
    send(&admin, path, "停电.csv", text).await.ok();
    assert_eq!(due().await, "2024-04-22", "one working day fewer");
    let wrong = send(&admin, path, "x.csv", "date,kind,name\n2024-13-01,holiday,x\n2024-05-06,vacation,x\n").await;
    let fields: Vec<&Value> =
        wrong.body["findings"].as_array().expect("findings").iter().map(|one| &one["field"]).collect();
    assert_eq!(fields, ["rows[2].date", "rows[3].kind"]);
    let handler = city.as_role(Role::AgencyHandler).await;
    assert_eq!(send(&handler, path, "x.csv", text).await.refused(403), "authz.forbidden");
}

#[tokio::test]
async fn a13_the_ledger_is_for_those_who_see_all_money_and_ties() {
    let city = City::start().await;
    let ledger = city.as_role(Role::Finance).await.get("/api/ledger").await.ok();
    let sum = |side: &str| -> i64 {
        ledger["items"].as_array().expect("rows").iter().filter_map(|row| row[side].as_i64()).sum()
    };
    assert_eq!(sum("debit_fen"), sum("credit_fen"));
    assert_eq!(city.as_role(Role::AgencyHandler).await.get("/api/ledger").await.refused(403), "authz.forbidden");
    assert_eq!(city.as_role(Role::Police).await.get("/api/charges").await.refused(403), "authz.forbidden");
    assert_eq!(city.as_role(Role::Finance).await.get("/api/charges").await.ok()["items"], json!([]));
}
