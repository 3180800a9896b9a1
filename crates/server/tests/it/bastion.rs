//! 堡垒机 with a real OpenSSH server: certificates of accounts and of a supplier's grant let in whom they should and nobody
//! else, sessions come back to the platform, and an attempt without leave raises an alarm (ANNEX_2_2, A19, A28).

use domain::calendar::{Calendar, DayKind, DayRow, DaySource};
use jiff::ToSpan;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Read;
use std::process::Output;
use testkit::{Answer, Client, Holder, Jump, jump_login};

use crate::cast::{Case, Cast, EDUCATION, form};

mod changes;
mod files;

/// The city's time, by this machine's clock.
fn now_in_the_city() -> jiff::civil::DateTime {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).datetime()
}

/// The day of this machine: certificates hold in real time, whatever day a story stands in.
fn real_today() -> jiff::civil::Date {
    now_in_the_city().date()
}

/// An account as the clerk enters it: valid around the machine's day, at any hour, from this machine.
fn account(name: &str, mobile: &str, hosts: &[&str]) -> Value {
    let today = real_today();
    json!({ "user_name": name, "user_kind": "agency", "id_number": "11010519491231002X", "mobile": mobile,
        "protocols": ["ssh"], "hosts": hosts, "source": "127.0.0.0/8", "hours": "always",
        "valid_from": today.saturating_sub(1.day()), "valid_to": today.saturating_add(90.days()) })
}

/// Two servers and three accounts: one for each server, one that may come from elsewhere only.
fn accounts() -> Value {
    let mut elsewhere = account("蒋远", "13800000003", &["app"]);
    elsewhere["source"] = json!("10.9.0.0/16");
    json!([account("覃工", "13800000001", &["app"]), account("韦工", "13800000002", &["db"]), elsewhere])
}

/// A case whose servers are handed over for trial, with the accounts.
async fn delivered(cast: &Cast, accounts: Value) -> Case<'_> {
    let case = Case::draft(cast, EDUCATION, "special", "学籍管理系统").await;
    let page = case.seen_by("agency_handler").await;
    let mut filled = form("special", "学籍管理系统", &page["form"]["contact"]["credit_code"]);
    let mut database = filled["servers"][0].clone();
    (database["role"], database["host_name"]) = (json!("database"), json!("db"));
    filled["servers"].as_array_mut().expect("rows").push(database);
    filled["bastion_accounts"] = accounts;
    let path = format!("/api/applications/{}/form", case.id);
    cast.change("agency_handler", (Method::PUT, &path, page["version"].as_i64()), &filled, 1).await;
    case.step("agency_handler", "application", &json!({ "command": "submit", "mode": "special" })).await;
    case.agree("agency_leader", "application", "unit_approve").await;
    case.accept().await;
    case.hear_everyone().await;
    case.approve(json!([])).await;
    case.notified().await;
    case.delivered().await;
    case
}

/// The story goes on in the machine's own time; a year whose calendar is not published yet is made up.
fn into_real_time(cast: &Cast) {
    let today = real_today();
    let holiday = |year: i16| DayRow {
        date: jiff::civil::date(year, 1, 1),
        kind: DayKind::Holiday,
        source: DaySource::National,
        name: "元旦".to_owned(),
    };
    let app = &cast.city.app;
    let mut rows: Vec<DayRow> = app.calendar().rows().cloned().collect();
    let unknown =
        [today.year(), today.year() + 1].into_iter().filter(|year| !app.calendar().years().any(|y| y == *year));
    rows.extend(unknown.map(holiday));
    app.set_calendar(Calendar::new("made-up", rows).expect("a calendar"));
    cast.city.set_day(today);
}

async fn panel(cast: &Cast, case: &Case<'_>, who: &str) -> Value {
    cast.browser(who).await.get(&format!("/api/cases/{}/bastion", case.id)).await.ok()
}

async fn account_of(cast: &Cast, case: &Case<'_>, name: &str) -> Value {
    let panel = panel(cast, case, "agency_sysadmin").await;
    let all = panel["accounts"].as_array().expect("accounts").clone();
    all.into_iter().find(|one| one["user_name"] == name).unwrap_or_else(|| panic!("no account of {name}: {panel}"))
}

async fn ask(client: &Client, account: &Value, public_key: &str) -> Answer {
    let path = format!("/api/bastion-accounts/{}/certificates", account["id"].as_str().expect("an id"));
    client.post(&path, &json!({ "public_key": public_key })).await
}

/// The 系统管理员 pastes a key and keeps the certificate beside it.
async fn holder_of(cast: &Cast, case: &Case<'_>, name: &str) -> Holder {
    let holder = Holder::new();
    let sysadmin = cast.browser("agency_sysadmin").await;
    let answer = ask(&sysadmin, &account_of(cast, case, name).await, &holder.public_key()).await.ok();
    holder.keep(answer["certificate"].as_str().expect("a certificate"));
    holder
}

/// A jump host registered by the 系统管理员 and running from what was downloaded.
async fn jump_host(cast: &Cast) -> Jump {
    let mut jump = Jump::place();
    let registered =
        json!({ "name": "一号跳板机", "address": "127.0.0.1", "port": jump.port(), "login": jump_login() });
    let made = cast.post("system_admin", "/api/jump-hosts", &registered).await;
    let token = made["token"].as_str().expect("given once").to_owned();
    let id = made["id"].as_str().expect("an id");
    let path = format!("/api/jump-hosts/{id}/bundle.zip?prefix={}", jump.prefix());
    let zip = cast.browser("system_admin").await.get(&path).await;
    assert_eq!(zip.status, 200, "{}", zip.text());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip.bytes)).expect("a zip");
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("an entry");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("readable");
        files.push((file.name().trim_start_matches("liyun-jump/").to_owned(), content));
    }
    let platform = cast.city.base.clone();
    tokio::task::block_in_place(|| jump.start(&files, &platform, &token));
    jump
}

/// A case with its accounts and a jump host before it, in the machine's own time.
async fn delivered_behind_a_jump_host(cast: &Cast, accounts: Value) -> (Case<'_>, Jump) {
    let case = delivered(cast, accounts).await;
    into_real_time(cast);
    (case, jump_host(cast).await)
}

/// What the client comes to: what it printed, where it was let through.
fn ssh(jump: &Jump, holder: &Holder, words: &[&str]) -> Result<String, (i32, String)> {
    // The server of this test answers the jump host meanwhile.
    outcome(tokio::task::block_in_place(|| jump.ssh(holder, words)))
}

fn outcome(output: Output) -> Result<String, (i32, String)> {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err((output.status.code().unwrap_or(-1), told))
}

/// sshd itself turned it away.
const BY_SSHD: i32 = 255;
/// The session program did, on the platform's word.
const BY_PLATFORM: i32 = 254;

#[track_caller]
fn refused(outcome: Result<String, (i32, String)>, by: i32, words: &str) {
    let (code, told) = outcome.expect_err("it should have been refused");
    assert_eq!(code, by, "{told}");
    assert!(told.contains(words), "{told}");
}

async fn command(cast: &Cast, case: &Case<'_>, who: &str, name: &str, command: &Value) {
    let account = account_of(cast, case, name).await;
    let path = format!("/api/bastion-accounts/{}/commands", account["id"].as_str().expect("an id"));
    cast.change(who, (Method::POST, &path, account["version"].as_i64()), command, 1).await;
}

async fn alarms(cast: &Cast, who: &str) -> Vec<Value> {
    let page = cast.browser(who).await.get("/api/access-alarms?limit=100").await.ok();
    page["items"].as_array().expect("items").clone()
}

async fn todo(cast: &Cast, who: &str, kind: &str) -> usize {
    let page = cast.browser(who).await.get("/api/work-list?box=todo&limit=100").await.ok();
    page["items"].as_array().expect("items").iter().filter(|item| item["kind"] == kind).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn annex_2_2_a_certificate_opens_the_way_it_names_and_no_other() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let (app, db) = (holder_of(&cast, &case, "覃工").await, holder_of(&cast, &case, "韦工").await);
    jump.sync_now();

    assert_eq!(ssh(&jump, &app, &["app", "echo", "到达-$((40+2))"]).expect("let in"), "到达-42\n");
    assert_eq!(ssh(&jump, &app, &["", "echo", "唯一"]).expect("let in"), "唯一\n", "its only server need not be named");
    assert_eq!(ssh(&jump, &db, &["db", "echo", "db"]).expect("let in"), "db\n");
    refused(ssh(&jump, &app, &["db", "echo", "db"]), BY_PLATFORM, "主机不在授权范围");
    refused(ssh(&jump, &app, &["app;id"]), BY_PLATFORM, "主机不在授权范围");
    assert_eq!(ssh(&jump, &app, &["app", "exit", "7"]).map_err(|(code, _)| code), Err(7), "its own exit code");

    let bare = Holder::new();
    refused(ssh(&jump, &bare, &["app"]), BY_SSHD, "Permission denied");
    let elsewhere = holder_of(&cast, &case, "蒋远").await;
    refused(ssh(&jump, &elsewhere, &["app"]), BY_SSHD, "Permission denied");
    for options in [["-W", "127.0.0.1:22"], ["-L", "127.0.0.1:0:127.0.0.1:22"]] {
        let output = tokio::task::block_in_place(|| jump.ssh_as(&app, &jump_login(), &options, &[]));
        assert!(!output.status.success(), "nothing is forwarded: {options:?}");
    }
    let root = tokio::task::block_in_place(|| jump.ssh_as(&app, "root", &[], &["app"]));
    assert_eq!(root.status.code(), Some(BY_SSHD), "there is one account to log in to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn annex_2_2_a_certificate_ends_by_itself_and_at_once_when_it_is_revoked() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let today = real_today();
    for (day, which) in [(today.saturating_sub(1.day()), "over"), (today.saturating_add(1.day()), "not yet begun")] {
        cast.city.set_day(day);
        let holder = holder_of(&cast, &case, "覃工").await;
        cast.city.set_day(today);
        jump.sync_now();
        refused(ssh(&jump, &holder, &["app", "true"]), BY_SSHD, "Permission denied");
        assert!(jump.log().contains("Certificate invalid"), "{which}: {}", jump.log());
    }
    let holder = holder_of(&cast, &case, "覃工").await;
    ssh(&jump, &holder, &["app", "true"]).expect("let in");

    command(&cast, &case, "agency_security", "覃工", &json!({ "command": "lock", "reason": "人员休假" })).await;
    refused(ssh(&jump, &holder, &["app", "true"]), BY_PLATFORM, "证书已吊销");
    jump.sync_now();
    refused(ssh(&jump, &holder, &["app", "true"]), BY_SSHD, "Permission denied");
    assert!(jump.log().contains("revoked by file"), "{}", jump.log());
    let sysadmin = cast.browser("agency_sysadmin").await;
    let locked = account_of(&cast, &case, "覃工").await;
    assert_eq!(ask(&sysadmin, &locked, &holder.public_key()).await.refused(409), "bastion_account.out_of_order");

    command(&cast, &case, "agency_security", "覃工", &json!({ "command": "unlock", "opinion": "已返岗" })).await;
    jump.sync_now();
    refused(ssh(&jump, &holder, &["app", "true"]), BY_SSHD, "Permission denied");
    let fresh = holder_of(&cast, &case, "覃工").await;
    ssh(&jump, &fresh, &["app", "true"]).expect("a new certificate, a new way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a19_sessions_and_refused_log_ins_come_back_to_the_platform_once() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let (app, elsewhere) = (holder_of(&cast, &case, "覃工").await, holder_of(&cast, &case, "蒋远").await);
    jump.sync_now();
    ssh(&jump, &app, &["app", "echo", "学籍库已备份"]).expect("let in");
    refused(ssh(&jump, &elsewhere, &["app"]), BY_SSHD, "Permission denied");
    refused(ssh(&jump, &Holder::new(), &["app"]), BY_SSHD, "Permission denied");

    let security = cast.browser("agency_security").await;
    let page = security.get("/api/bastion-sessions").await.ok();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
    let session = &page["items"][0];
    assert_eq!(
        (&session["person_name"], &session["exit_code"], &session["source"]),
        (&json!("覃工"), &json!(0), &json!("127.0.0.1"))
    );
    assert!(session["host"].as_str().is_some_and(|host| host.starts_with("app.glzwy-sq-")), "{session}");
    let path = format!("/api/bastion-sessions/{}/record", session["id"].as_str().expect("an id"));
    let record = cast.post("agency_security", &path, &Value::Null).await;
    assert_eq!((&record["command"], &record["record"]), (&json!("echo 学籍库已备份"), &json!("学籍库已备份\n")));
    assert_eq!(
        cast.browser("supplier_engineer").await.post(&path, &Value::Null).await.status,
        403,
        "the agency's data"
    );
    assert_eq!(cast.browser("county_agency_handler").await.post(&path, &Value::Null).await.status, 404);
    let dump = testkit::dump(cast.city.database());
    assert!(!dump.contains("学籍库已备份"), "what a terminal showed is not kept in the clear");

    for _ in 0..2 {
        jump.sync_now();
    }
    let seen = alarms(&cast, "agency_security").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((&seen[0]["kind"]["code"], &seen[0]["occurrences"]), (&json!("login_refused"), &json!(1)), "once");
    assert!(seen[0]["detail"].as_str().is_some_and(|text| text.contains("来源地址不符")), "{seen:?}");
    let all = alarms(&cast, "security_admin").await;
    assert_eq!(all.len(), 2, "who showed no certificate of ours is the city's business: {all:?}");
    let handle = format!("/api/access-alarms/{}/commands", seen[0]["id"].as_str().expect("an id"));
    let words = json!({ "command": "handle", "opinion": "本人在外地误用,已告知" });
    assert_eq!(todo(&cast, "security_admin", "handle_alarm").await, 1);
    cast.change("agency_security", (Method::POST, &handle, seen[0]["version"].as_i64()), &words, 1).await;
    assert_eq!(todo(&cast, "security_admin", "handle_alarm").await, 0, "handled for both");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a28_a_supplier_gets_in_only_with_the_agencys_dated_grant() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let engineer = cast.browser("supplier_engineer").await;
    let certificates = format!("/api/cases/{}/access-certificates", case.id);
    let holder = Holder::new();
    let wanted = json!({ "public_key": holder.public_key() });

    assert_eq!(engineer.post(&certificates, &wanted).await.refused(409), "access_grant.none");
    let raised = alarms(&cast, "agency_security").await;
    assert_eq!(raised[0]["kind"]["code"], "certificate_without_grant", "{raised:?}");
    assert_eq!(todo(&cast, "agency_security", "handle_alarm").await, 1);
    assert_eq!(todo(&cast, "security_admin", "handle_alarm").await, 1);

    let now = cast.city.app.clock.civil_of(cast.city.app.clock.now());
    let (from, until) = (now.saturating_sub(1.hours()), now.saturating_add(2.hours()));
    let request =
        json!({ "hosts": ["app"], "from": from, "until": until, "purpose": "处置磁盘告警", "source": "127.0.0.0/8" });
    let made = cast.post("supplier_engineer", &format!("/api/cases/{}/access-grants", case.id), &request).await;
    assert_eq!(todo(&cast, "agency_security", "decide_access").await, 1);
    assert_eq!(engineer.post(&certificates, &wanted).await.refused(409), "access_grant.none", "asked is not granted");
    assert_eq!(alarms(&cast, "agency_security").await[0]["occurrences"], 2, "counted in the same alarm");

    let grant = format!("/api/access-grants/{}/commands", made["id"].as_str().expect("an id"));
    let granted = json!({ "command": "grant", "opinion": "同意,仅限本次" });
    cast.change("agency_security", (Method::POST, &grant, Some(1)), &granted, 1).await;
    let answer = engineer.post(&certificates, &wanted).await.ok();
    assert!(answer["commands"][0]["command"].as_str().is_some_and(|text| text.starts_with("ssh -t -p ")), "{answer}");
    holder.keep(answer["certificate"].as_str().expect("a certificate"));
    jump.sync_now();
    assert_eq!(ssh(&jump, &holder, &["app", "echo", "已登录"]).expect("let in"), "已登录\n");
    refused(ssh(&jump, &holder, &["db", "true"]), BY_PLATFORM, "主机不在授权范围");

    let revoke = json!({ "command": "revoke", "reason": "工作已完成" });
    cast.change("agency_security", (Method::POST, &grant, Some(2)), &revoke, 1).await;
    refused(ssh(&jump, &holder, &["app", "true"]), BY_PLATFORM, "证书已吊销");
    assert_eq!(engineer.post(&certificates, &wanted).await.refused(409), "access_grant.none");
    let kinds: Vec<Value> =
        alarms(&cast, "agency_security").await.iter().map(|one| one["kind"]["code"].clone()).collect();
    assert_eq!(kinds, [json!("session_barred"), json!("session_barred"), json!("certificate_without_grant")]);
    let sessions =
        cast.browser("agency_auditor").await.get("/api/bastion-sessions?by_grant=true&barred=false").await.ok();
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1), "{sessions}");
    assert!(sessions["items"][0]["person_name"].as_str().is_some_and(|name| name.starts_with("贺运(")), "{sessions}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a28_a_running_session_is_cut_off_when_its_certificate_is_revoked_or_over() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let (app, db) = (holder_of(&cast, &case, "覃工").await, holder_of(&cast, &case, "韦工").await);
    jump.sync_now();
    let stays = |host: &'static str| [host, "echo 已登录; exec sleep 3600"];

    let mut terminal = jump.log_in(&app, &["-tt"], &stays("app"));
    tokio::task::block_in_place(|| terminal.shows("已登录"));
    let issued = account_of(&cast, &case, "覃工").await["certificate"]["valid_before"].clone();
    let issued: jiff::Timestamp = serde_json::from_value(issued).expect("a time");
    assert_eq!(jump.until_of_the_only_session(), issued.as_second());
    let mut command = jump.log_in(&db, &[], &stays("db"));
    tokio::task::block_in_place(|| command.shows("已登录"));
    jump.sync_now();
    assert!(terminal.goes_on() && command.goes_on(), "nothing was revoked");

    self::command(&cast, &case, "agency_security", "覃工", &json!({ "command": "lock", "reason": "人员离岗" })).await;
    jump.sync_now();
    let shown = tokio::task::block_in_place(|| terminal.ended());
    assert!(shown.contains("会话已断开:证书已吊销"), "{shown}");
    jump.sync_now();
    assert!(command.goes_on(), "another's");

    jump.let_their_time_run_out();
    jump.sync_now();
    let shown = tokio::task::block_in_place(|| command.ended());
    assert!(shown.contains("会话已断开:证书已到期"), "{shown}");

    let mut lost = jump.log_in(&db, &[], &stays("db"));
    tokio::task::block_in_place(|| lost.shows("已登录"));
    jump.kill_sessions();
    tokio::task::block_in_place(|| lost.ended());
    jump.sync_now();
    let page = cast.browser("agency_security").await.get("/api/bastion-sessions").await.ok();
    let ends: Vec<_> = page["items"].as_array().expect("items").iter().map(|one| one["cut"]["code"].clone()).collect();
    assert_eq!(ends, ["lost", "expired", "revoked"], "{page}");
    for one in page["items"].as_array().expect("items") {
        let path = format!("/api/bastion-sessions/{}/record", one["id"].as_str().expect("an id"));
        let record = cast.post("agency_security", &path, &Value::Null).await;
        assert!(record["record"].as_str().is_some_and(|text| text.contains("已登录")), "{record}");
    }
}
