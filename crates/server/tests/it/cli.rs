//! 命令行: every command with both outputs and its exit code, as scripts rely on them.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use domain::org::Role;
use serde_json::{Value, json};
use testkit::{City, execute};

/// What a run of the program came to.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out.trim().to_owned()
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON on stdout")
    }
}

fn liyun(arguments: &[&str]) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_liyun")).args(arguments))
}

fn run(command: &mut Command) -> Run {
    let command = command.env("RUST_LOG", "error").stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// Beside a running city.
fn at(city: &City, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liyun"));
    command.arg("--data-dir").arg(city.data_dir()).args(["--database-url", city.database().url()]);
    run(command.args(arguments))
}

fn written(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Computes one file; answers the answer, or the faults' fields and codes.
fn compute(dir: &Path, file: &Value) -> Result<Value, Vec<(String, String)>> {
    let path = written(dir, "file.json", &file.to_string());
    let run = liyun(&["charge", "compute", &path, "--json"]);
    if run.code == 0 {
        return Ok(run.json());
    }
    assert_eq!(run.code, 1);
    assert_eq!(run.out, "", "a refusal says nothing on stdout");
    let told: Value = serde_json::from_str(&run.err).expect("JSON on stderr");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = told["findings"].as_array().expect("findings").iter();
    Err(findings.map(|one| (text(&one["field"]), text(&one["code"]))).collect())
}

fn file(opened_on: &str, fen_per_year: i64) -> Value {
    let price = |sku: &str, fen: i64| json!({ "version": "2025A", "from": "2023-01-01", "to": "2026-12-31", "sku": sku, "fen_per_year": fen });
    json!({
        "prices": [price("A", fen_per_year), price("B", 2 * fen_per_year)],
        "subscription": { "opened_on": opened_on, "lines": [{ "line": "1", "sku": "A", "quantity": 1 }] },
        "changes": [], "terminated_on": null, "termination_policy": "no_refund_reallocate",
    })
}

fn changed(mut file: Value, on: &str, line: &str, sku: &str, quantity: i64) -> Value {
    let change = json!({ "effective_on": on, "lines": [{ "line": line, "sku": sku, "quantity": quantity }] });
    file["changes"].as_array_mut().expect("a list").push(change);
    file
}

#[test]
fn a10_2_calendar_due_gives_the_vectors_of_the_regions_calendar() {
    for (from, days, due) in [
        ("2024-04-10", "5", "2024-04-19"),
        ("2024-02-08", "5", "2024-02-21"),
        ("2024-09-30", "5", "2024-10-12"),
        ("2023-04-20", "5", "2023-04-28"),
        ("2022-04-01", "3", "2022-04-11"),
        ("2021-04-13", "5", "2021-04-22"),
        ("2026-04-16", "5", "2026-04-27"),
        ("2025-01-24", "5", "2025-02-07"),
        ("2025-09-30", "3", "2025-10-11"),
        ("2026-02-13", "5", "2026-02-27"),
        ("2026-01-03", "5", "2026-01-08"),
        ("2024-05-11", "3", "2024-05-15"),
        ("2024-12-31", "5", "2025-01-08"),
    ] {
        assert_eq!(liyun(&["calendar", "due", "--from", from, "--working-days", days]).ok(), due, "{from} + {days}");
    }
    let json = liyun(&["calendar", "due", "--from", "2024-04-10", "--working-days", "5", "--json"]).json();
    assert_eq!((&json["due"], &json["working_days"]), (&json!("2024-04-19"), &json!(5)));
    let unknown = liyun(&["calendar", "due", "--from", "2026-12-30", "--working-days", "5"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""), "2027 is not known");
    assert!(unknown.err.contains("2027"), "{}", unknown.err);
    assert_eq!(liyun(&["calendar", "due", "--from", "2024-02-30", "--working-days", "5"]).code, 2);
}

#[test]
fn a10_6_an_upgrade_in_july_costs_its_share_of_the_year() {
    let dir = tempfile::tempdir().expect("dir");
    let answer =
        compute(dir.path(), &changed(file("2025-01-01", 384_000), "2025-07-01", "1", "B", 1)).expect("computed");
    assert_eq!(answer["period"], json!({ "from": "2025-01-01", "to": "2025-12-31", "days": 365 }));
    let entries: Vec<_> =
        answer["entries"].as_array().expect("entries").iter().map(|e| (&e["kind"], &e["fen"], &e["days"])).collect();
    assert_eq!(
        entries,
        [(&json!("annual"), &json!(384_000), &json!(365)), (&json!("increase"), &json!(193_578), &json!(184))]
    );
    assert_eq!(
        (&answer["total_fen"], &answer["saved_fen"], &answer["payable_fen"]),
        (&json!(577_578), &json!(0), &json!(577_578))
    );
    let text =
        written(dir.path(), "plain.json", &changed(file("2025-01-01", 384_000), "2025-07-01", "1", "B", 1).to_string());
    let plain = liyun(&["charge", "compute", &text]).ok();
    assert!(plain.contains("1935.78 元") && plain.contains("周期 2025-01-01 至 2025-12-31"), "{plain}");
}

#[test]
fn a10_5_the_year_ends_the_day_before_its_anniversary_and_counts_its_leap_day() {
    let dir = tempfile::tempdir().expect("dir");
    for (opened, to, days) in [
        ("2024-02-29", "2025-02-28", 366),
        ("2023-06-01", "2024-05-31", 366),
        ("2025-03-10", "2026-03-09", 365),
        ("2024-03-01", "2025-02-28", 365),
    ] {
        let period = compute(dir.path(), &file(opened, 384_000)).expect("computed")["period"].clone();
        assert_eq!(period, json!({ "from": opened, "to": to, "days": days }));
    }
}

#[test]
fn a9_6_shares_are_rounded_and_the_owner_takes_what_is_left() {
    let dir = tempfile::tempdir().expect("dir");
    let shared = |fen: i64, owner: &str| {
        let mut file = file("2025-01-01", fen);
        file["sharing"] = json!({ "owner": owner, "parts": [
            { "payer": "甲", "percent": "33.33" }, { "payer": "乙", "percent": "33.33" }, { "payer": "丙", "percent": "33.34" }] });
        file
    };
    let shares = |file: &Value| -> Vec<i64> {
        let answer = compute(dir.path(), file).expect("computed");
        answer["shares"].as_array().expect("shares").iter().filter_map(|share| share["fen"].as_i64()).collect()
    };
    assert_eq!(shares(&shared(10_000_000, "丙")), [3_333_000, 3_333_000, 3_334_000]);
    assert_eq!(shares(&shared(1001, "丙")), [334, 334, 333]);
    let mut off = shared(1001, "丙");
    off["sharing"]["parts"][2]["percent"] = json!("33.33");
    let refused = compute(dir.path(), &off).expect_err("99.99");
    assert!(refused[0].0.starts_with("sharing"), "{refused:?}");
}

#[test]
fn d13_accruals_split_by_days_and_sum_to_what_is_payable() {
    let dir = tempfile::tempdir().expect("dir");
    let answer = compute(dir.path(), &file("2024-10-01", 365_000)).expect("computed");
    assert_eq!(answer["accruals"], json!([{ "year": 2024, "fen": 92_000 }, { "year": 2025, "fen": 273_000 }]));
}

#[test]
fn a10_6_a_reduction_saves_apart_and_the_last_added_leaves_first() {
    let dir = tempfile::tempdir().expect("dir");
    let smaller = compute(
        dir.path(),
        &changed(changed(file("2025-01-01", 384_000), "2025-03-01", "1", "A", 3), "2025-07-01", "1", "A", 1),
    );
    let answer = smaller.expect("computed");
    let kinds: Vec<_> =
        answer["entries"].as_array().expect("entries").iter().map(|entry| (&entry["kind"], &entry["fen"])).collect();
    // 2 × 384000 × 306 ÷ 365 and 2 × 384000 × 184 ÷ 365, each half up.
    assert_eq!(
        kinds,
        [
            (&json!("annual"), &json!(384_000)),
            (&json!("increase"), &json!(643_858)),
            (&json!("decrease"), &json!(-387_156))
        ]
    );
    let (total, saved) = (answer["total_fen"].as_i64().expect("fen"), answer["saved_fen"].as_i64().expect("fen"));
    assert_eq!((total, saved, &answer["payable_fen"]), (1_027_858, 387_156, &json!(640_702)));
    let mut new_line = changed(file("2025-01-01", 384_000), "2025-12-31", "2", "B", 1);
    let last_day = compute(dir.path(), &new_line).expect("computed");
    assert_eq!(last_day["entries"][1]["days"], 1, "the last day counts");
    new_line["changes"][0]["effective_on"] = json!("2026-01-01");
    let outside = compute(dir.path(), &new_line).expect_err("the day after the year");
    assert_eq!(outside[0].0, "changes[0].effective_on");
    let removed =
        compute(dir.path(), &changed(file("2025-01-01", 384_000), "2025-07-01", "1", "A", 0)).expect("computed");
    assert_eq!(removed["entries"][1]["kind"], "decrease");
}

#[test]
fn a10_7_an_early_end_refunds_nothing_by_default_and_fills_the_pool() {
    let dir = tempfile::tempdir().expect("dir");
    let mut ended = file("2025-01-01", 365_000);
    ended["terminated_on"] = json!("2025-06-30");
    let answer = compute(dir.path(), &ended).expect("computed");
    assert_eq!(answer["payable_fen"], 365_000);
    assert_eq!(answer["pool"], json!([{ "line": "1", "sku": "A", "quantity": 1, "until": "2025-12-31" }]));
    ended["termination_policy"] = json!("prorate");
    let answer = compute(dir.path(), &ended).expect("computed");
    let refund = &answer["entries"][1];
    assert_eq!((&refund["kind"], &refund["fen"], &refund["days"]), (&json!("refund"), &json!(-184_000), &json!(184)));
    assert_eq!(answer["pool"], json!([]));
}

#[test]
fn what_cannot_be_is_refused_with_its_path() {
    let dir = tempfile::tempdir().expect("dir");
    let mut no_price = file("2027-01-01", 384_000);
    assert_eq!(compute(dir.path(), &no_price).expect_err("no price")[0].0, "subscription.lines[0].sku");
    no_price["subscription"]["lines"][0]["quantity"] = json!(1.5);
    assert!(
        compute(dir.path(), &no_price).expect_err("no whole number")[0].0.starts_with("subscription.lines[0].quantity")
    );
    let broken = written(dir.path(), "broken.json", "{");
    let run = liyun(&["charge", "compute", &broken]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let missing = liyun(&["charge", "compute", "/no/such/file.json"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("/no/such/file.json"), "{}", missing.err);
    assert_eq!(liyun(&["charge", "invent"]).code, 2, "clap's code for a wrong command line");
}

#[test]
fn openapi_prints_the_document() {
    let document = liyun(&["openapi"]).json();
    assert!(document["paths"]["/api/session"]["post"].is_object());
}

#[test]
fn doctor_names_what_works_and_what_is_missing() {
    let dir = tempfile::tempdir().expect("dir");
    let run = liyun(&["doctor", "--json", "--data-dir", dir.path().to_str().expect("UTF-8")]);
    let checks: Value = serde_json::from_str(&run.out).expect("JSON");
    assert!(checks.as_array().is_some_and(|list| list.len() >= 3), "{checks}");
    assert!(
        checks.as_array().into_iter().flatten().all(|check| check["name"].is_string() && check["found"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn import_takes_the_whole_file_or_tells_every_fault() {
    let city = City::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let right = "name,kind,level,office,credit_code,county,parent\n\
                 桂林市教育装备中心,事业单位,city,,1245030000000102XT,,桂林市教育局\n\
                 教育装备中心库房,institution,市本级,agency,1245030000000102XT,,桂林市教育装备中心\n\
                 兴安县水利局,government,county,agency,11450321000001038B,兴安县,\n";
    let file = written(dir.path(), "orgs.csv", right);
    let dry = at(&city, &["import", "orgs", &file, "--dry-run", "--json"]).json();
    assert_eq!(dry, json!({ "orgs": 3, "dry_run": true }));
    let admin = city.as_role(Role::SystemAdmin).await;
    let count = async || admin.get("/api/orgs").await.ok()["count"].as_i64().expect("a count");
    let before = count().await;
    assert!(at(&city, &["import", "orgs", &file]).ok().contains("已导入 机构 3 个"));
    assert_eq!(count().await, before + 3);
    let county = admin.get("/api/orgs?county=450325").await.ok();
    assert_eq!(county["items"][0]["county_name"], "兴安县");

    let wrong = "name,kind,level,office,credit_code,county,parent\n\
                 桂林市教育装备中心,institution,city,agency,1245030000000102XT,,\n\
                 桂林某公司,company,city,agency,1245030000000102XT,,\n\
                 某县局,government,county,agency,wrong,火星县,没有的局\n\
                 桂林市第二财政局,government,city,city_finance,114503000000010116,,\n\
                 某所,作坊,city,agency,1245030000000102XT,,\n";
    let file = written(dir.path(), "wrong.csv", wrong);
    let run = at(&city, &["import", "orgs", &file, "--json"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let told: Value = serde_json::from_str(&run.err).expect("JSON on stderr");
    let fields: Vec<&str> =
        told["findings"].as_array().expect("findings").iter().filter_map(|one| one["field"].as_str()).collect();
    for field in [
        "rows[2].name",
        "rows[3].kind",
        "rows[4].credit_code",
        "rows[4].county",
        "rows[4].parent",
        "rows[5].office",
        "rows[6].kind",
    ] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
    assert_eq!(count().await, before + 3, "nothing of it");

    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../regulations/guilin/catalogue/2025A.csv");
    let dry = at(&city, &["import", "catalog", shipped, "--version", "2027A", "--dry-run", "--json"]).json();
    assert_eq!((&dry["version"], &dry["products"]), (&json!("2027A"), &json!(137)));
    assert!(at(&city, &["import", "catalog", shipped, "--version", "2027A"]).ok().contains("2027A"));
    let again = at(&city, &["import", "catalog", shipped, "--version", "2027A"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("version: "), "{}", again.err);

    let days = written(dir.path(), "days.csv", "date,kind,name\n2024-04-15,holiday,停电\n");
    let done = at(&city, &["import", "calendar", &days, "--source", "exception", "--json"]).json();
    assert_eq!(done["days"], 1);
    assert_eq!(at(&city, &["import", "calendar", "/no/such.csv"]).code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_audit_verify_exits_with_one_and_names_the_first_bad_entry() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    for name in ["桂林市甲局", "桂林市乙局", "桂林市丙局"] {
        let org = json!({ "name": name, "kind": "government", "level": "city", "office": "agency", "credit_code": "114503000000010116" });
        admin.post("/api/orgs", &org).await.ok();
    }
    app::audit::seal(&city.app, app::audit::Sealing::Closing).await.expect("sealed");
    assert!(at(&city, &["audit", "verify"]).ok().starts_with("日志链一致"));
    assert_eq!(at(&city, &["audit", "verify", "--from", "2", "--to", "3", "--json"]).json()["checked"], 2);
    assert_eq!(at(&city, &["audit", "verify", "--from", "2025-03-03", "--to", "2025-03-03"]).code, 0);
    assert_eq!(at(&city, &["audit", "verify", "--from", "2030-01-01", "--json"]).json()["checked"], 0);
    assert_eq!(at(&city, &["audit", "verify", "--from", "yesterday"]).code, 2);

    let owner = city.database().owner_url();
    execute(&owner, "ALTER TABLE audit_entry DISABLE TRIGGER USER; UPDATE audit_entry SET actor_name = '别人' WHERE id = (SELECT entry_id FROM audit_seal WHERE position = 2)").await;
    let bad = at(&city, &["audit", "verify", "--json"]);
    assert_eq!(bad.code, 1);
    let told: Value = serde_json::from_str(&bad.out).expect("JSON");
    assert_eq!((&told["ok"], &told["first_bad"]), (&json!(false), &json!(2)));
    assert!(at(&city, &["audit", "verify"]).out.contains("第 2 条"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a11_charge_explain_opens_a_posted_figure_and_computes_it_again() {
    let city = City::start().await;
    let dir = tempfile::tempdir().expect("dir");
    let input = file("2025-01-01", 384_000);
    let answer = compute(dir.path(), &input).expect("computed");
    let formula = answer["entries"][0]["formula"].as_str().expect("a formula").replace('\'', "''");
    let (case, service, charge) = (testkit::id(1), testkit::id(2), testkit::id(3));
    let (agency, person) = (city.org("education"), city.person(Role::AgencyHandler));
    let sql = format!(
        "INSERT INTO application (id, number, agency_id, system_name, stage, state_code, state_zh, state, form, created_by, created_on, created_at)
         VALUES ('{case}', 'GLZWY-SQ-2025-00001', '{agency}', '学籍系统', 'service', 'running', '运行中', '{{\"state\":\"ratified\"}}', '{{}}', '{person}', '2025-01-01', now());
         INSERT INTO charge_account VALUES ('{service}', '{case}', '2025-01-01', '2025-12-31', '{input}', '{answer}', 384000, 0);
         INSERT INTO charge_entry VALUES ('{charge}', '{service}', '{case}', 1, 'opening', NULL, '2025-01-01', '1', 'annual', 384000, 365, 'A10_5',
             '{formula}', 'A', 1, '{{2025A}}', '2025-01-01', '2025-12-31', now())"
    );
    execute(&city.database().owner_url(), &sql).await;
    let told = at(&city, &["charge", "explain", &charge.to_string()]).ok();
    for part in ["GLZWY-SQ-2025-00001", "3840.00 元", "与入账一致", "2025A"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let shown = at(&city, &["charge", "explain", &charge.to_string(), "--json"]).json();
    assert_eq!((&shown["agrees"], &shown["recomputed_fen"]), (&json!(true), &json!(384_000)));
    let handler = city.as_role(Role::AgencyHandler).await;
    let page = handler.get(&format!("/api/charges?case_id={case}")).await.ok();
    assert_eq!(
        (&page["items"][0]["fen"], &page["items"][0]["case_number"]),
        (&json!(384_000), &json!("GLZWY-SQ-2025-00001"))
    );
    assert_eq!(handler.get(&format!("/api/charges/{charge}/explanation")).await.ok()["agrees"], true);
    let stranger = city.sign_in("county_agency_handler").await;
    assert_eq!(stranger.get(&format!("/api/charges/{charge}/explanation")).await.refused(404), "not_found");
    assert_eq!(stranger.get("/api/charges").await.ok()["items"], json!([]));
    let unknown = at(&city, &["charge", "explain", &testkit::id(9).to_string()]);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
}

#[test]
fn migrate_backup_and_restore_work_from_the_command_line() {
    use std::os::unix::fs::PermissionsExt;
    let (from, into, kept) =
        (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    for dir in [from.path(), into.path()] {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o711)).expect("chmod");
    }
    let in_dir = |dir: &Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_liyun"));
        run(command.arg("--data-dir").arg(dir).args(arguments))
    };
    let migrated = in_dir(from.path(), &["migrate", "--json"]).json();
    assert!(migrated["schema"].is_i64());
    let file = kept.path().join("city.liyun");
    let file = file.to_str().expect("UTF-8");
    assert!(in_dir(from.path(), &["backup", file]).ok().contains("个文件"));
    let manifest = in_dir(into.path(), &["restore", file, "--json"]).json();
    assert!(manifest["entries"].as_array().is_some_and(|entries| !entries.is_empty()));
    assert_eq!(manifest["audit"]["ok"], true, "the chain is checked at once");
    assert_eq!(in_dir(into.path(), &["restore", file]).code, 1, "what is there is never overwritten");
    assert_eq!(in_dir(into.path(), &["audit", "verify"]).code, 0);
}
