//! 文件传输 through the jump host, with OpenSSH's own client and server on both sides: only who may, only the way that was
//! granted, and what was done with files comes back to the platform (ANNEX_2_2, A19, A28).

use std::fs;

use super::*;

/// What an account says of files.
fn with_files(name: &str, mobile: &str, protocols: &[&str], transfers: &[&str]) -> Value {
    let mut line = account(name, mobile, &["app"]);
    (line["protocols"], line["transfers"]) = (json!(protocols), json!(transfers));
    line
}

fn people() -> Value {
    json!([
        account("覃工", "13800000001", &["app"]),
        with_files("韦工", "13800000002", &["sftp"], &["download"]),
        with_files("农工", "13800000003", &["sftp"], &["upload"]),
        with_files("陆工", "13800000004", &["ssh", "sftp"], &["upload", "download"]),
    ])
}

fn sftp(jump: &Jump, holder: &Holder, words: Option<&str>, lines: &str) -> Result<String, (i32, String)> {
    outcome(tokio::task::block_in_place(|| jump.sftp(holder, words, lines)))
}

/// The sessions of files, the newest first.
async fn sessions(cast: &Cast) -> Vec<Value> {
    let page = cast.browser("agency_security").await.get("/api/bastion-sessions?protocol=sftp").await.ok();
    page["items"].as_array().expect("items").clone()
}

/// What the platform says was done with files: operation, path within the folder, bytes, outcome.
async fn told(cast: &Cast, session: &Value, folder: &str) -> Vec<Value> {
    let path = format!("/api/bastion-sessions/{}/record", session["id"].as_str().expect("an id"));
    let record = cast.post("agency_security", &path, &Value::Null).await;
    let said = |act: &Value| {
        let at = act["at"].as_str().expect("a time").replace(' ', "T");
        let at: jiff::civil::DateTime = at.parse().expect("a time");
        let ago = now_in_the_city().duration_since(at).as_mins();
        assert!((0..10).contains(&ago), "the city's time, whatever the jump host's: {act}");
        let path = act["path"].as_str().expect("a path").replace(folder, "");
        json!([act["operation"]["code"], path, act["bytes"], act["outcome"]["code"]])
    };
    record["files"].as_array().expect("acts").iter().map(said).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn annex_2_2_files_go_only_the_way_that_was_granted_and_it_is_recorded_which() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, people()).await;
    let (down, up) = (holder_of(&cast, &case, "韦工").await, holder_of(&cast, &case, "农工").await);
    let both = holder_of(&cast, &case, "陆工").await;
    jump.sync_now();
    let folder = jump.files().to_string_lossy().into_owned();
    let here = tempfile::tempdir().expect("a folder");
    let local = |name: &str| here.path().join(name).to_string_lossy().into_owned();
    fs::write(local("patch"), "补丁").expect("writable");

    let put = format!("put {} {folder}/补丁.txt\nrename {folder}/补丁.txt {folder}/v2", local("patch"));
    sftp(&jump, &up, Some("app /sftp"), &put).expect("uploading was granted");
    assert_eq!(fs::read_to_string(jump.files().join("v2")).expect("there"), "补丁");
    let get = format!("get {folder}/v2 {}", local("back"));
    refused(sftp(&jump, &up, Some("app /sftp"), &get), 1, "Permission denied");

    sftp(&jump, &down, None, &get).expect("its only server need not be named");
    assert_eq!(fs::read_to_string(local("back")).expect("downloaded"), "补丁");
    for line in [format!("put {} {folder}/x", local("patch")), format!("rm {folder}/v2"), format!("mkdir {folder}/d")] {
        let (code, _) = sftp(&jump, &down, Some("app /sftp"), &line).expect_err("only downloading was granted");
        assert_eq!(code, 1, "{line}");
    }
    sftp(&jump, &both, Some("app /sftp"), &format!("{get}\nrm {folder}/v2")).expect("both ways");
    assert!(!jump.files().join("v2").exists() && !jump.files().join("x").exists());

    let sessions = sessions(&cast).await;
    let names: Vec<_> = sessions.iter().map(|one| one["person_name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["陆工", "韦工", "韦工", "韦工", "韦工", "农工", "农工"]);
    let done = |operation: &str, path: &str, bytes: Value| json!([operation, path, bytes, "done"]);
    let first = told(&cast, &sessions[6], &folder).await;
    assert_eq!(first, [done("upload", "/补丁.txt", json!(6)), done("rename", "/补丁.txt", Value::Null)]);
    assert_eq!(told(&cast, &sessions[5], &folder).await, [json!(["download", "/v2", 0, "refused"])]);
    assert_eq!(told(&cast, &sessions[4], &folder).await, [done("download", "/v2", json!(6))]);
    assert_eq!(told(&cast, &sessions[3], &folder).await, [json!(["upload", "/x", 0, "refused"])]);
    assert_eq!(told(&cast, &sessions[2], &folder).await, [json!(["remove", "", null, "refused"])]);
    let last = told(&cast, &sessions[0], &folder).await;
    assert_eq!(last, [done("download", "/v2", json!(6)), done("remove", "/v2", Value::Null)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn annex_2_2_who_may_only_do_the_one_is_not_let_in_for_the_other() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, people()).await;
    let (terminal, files) = (holder_of(&cast, &case, "覃工").await, holder_of(&cast, &case, "韦工").await);
    jump.sync_now();
    let barred = "登录方式不在授权范围";
    refused(sftp(&jump, &terminal, Some("app /sftp"), "ls"), BY_SSHD, barred);
    // What a subsystem says beside its answers is not handed on by sshd.
    refused(sftp(&jump, &terminal, None, "ls"), BY_SSHD, "Connection closed");
    refused(ssh(&jump, &files, &["app", "cat", "/etc/hostname"]), BY_PLATFORM, barred);
    refused(sftp(&jump, &files, Some("db /sftp"), "ls"), BY_SSHD, "主机不在授权范围");
    assert_eq!(alarms(&cast, "agency_security").await.len(), 3, "one for each certificate and reason");

    let sysadmin = cast.browser("agency_sysadmin").await;
    let issued = ask(&sysadmin, &account_of(&cast, &case, "陆工").await, &Holder::new().public_key()).await.ok();
    let commands: Vec<_> = issued["commands"].as_array().expect("commands").iter().map(|one| &one["command"]).collect();
    assert!(commands[0].as_str().is_some_and(|text| text.starts_with("ssh -t ")), "{commands:?}");
    assert!(commands[1].as_str().is_some_and(|text| text.contains("-s 'app /sftp' ")), "{commands:?}");
    let issued = ask(&sysadmin, &account_of(&cast, &case, "韦工").await, &Holder::new().public_key()).await.ok();
    assert_eq!(issued["commands"].as_array().map(Vec::len), Some(1), "files only: {issued}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a28_a_suppliers_files_go_the_way_the_agency_granted() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, accounts()).await;
    let now = cast.city.app.clock.civil_of(cast.city.app.clock.now());
    let (from, until) = (now.saturating_sub(1.hours()), now.saturating_add(2.hours()));
    let request = json!({ "hosts": ["app"], "from": from, "until": until, "purpose": "更新补丁", "source": "127.0.0.0/8",
        "transfers": ["upload"] });
    let made = cast.post("supplier_engineer", &format!("/api/cases/{}/access-grants", case.id), &request).await;
    let grant = format!("/api/access-grants/{}/commands", made["id"].as_str().expect("an id"));
    let granted = json!({ "command": "grant", "opinion": "同意上传补丁" });
    cast.change("agency_security", (Method::POST, &grant, Some(1)), &granted, 1).await;
    let holder = Holder::new();
    let wanted = json!({ "public_key": holder.public_key() });
    let path = format!("/api/cases/{}/access-certificates", case.id);
    let answer = cast.browser("supplier_engineer").await.post(&path, &wanted).await.ok();
    holder.keep(answer["certificate"].as_str().expect("a certificate"));
    jump.sync_now();

    let here = tempfile::NamedTempFile::new().expect("a file");
    let (folder, local) = (jump.files().to_string_lossy().into_owned(), here.path().to_string_lossy().into_owned());
    sftp(&jump, &holder, Some("app /sftp"), &format!("put {local} {folder}/patch")).expect("uploading was granted");
    let get = format!("get {folder}/patch {local}");
    refused(sftp(&jump, &holder, Some("app /sftp"), &get), 1, "Permission denied");
    ssh(&jump, &holder, &["app", "true"]).expect("a grant is for a terminal, too");
    let panel = panel(&cast, &case, "agency_security").await;
    assert_eq!(panel["grants"][0]["transfers"][0]["code"], "upload", "{panel}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a28_a_file_on_its_way_stops_when_the_certificate_is_revoked() {
    let cast = Cast::start().await;
    let (case, jump) = delivered_behind_a_jump_host(&cast, people()).await;
    let up = holder_of(&cast, &case, "农工").await;
    jump.sync_now();
    let here = tempfile::NamedTempFile::new().expect("a file");
    fs::write(here.path(), vec![7; 1 << 20]).expect("writable");
    let folder = jump.files().to_string_lossy().into_owned();
    let put = format!("put {} {folder}/big", here.path().display());
    let slow = || jump.sftp_slowly(&up, "app /sftp", &put, "open \"");
    let mut transfer = tokio::task::block_in_place(slow);
    jump.sync_now();
    assert!(transfer.goes_on(), "nothing was revoked");

    command(&cast, &case, "agency_security", "农工", &json!({ "command": "lock", "reason": "人员离岗" })).await;
    jump.sync_now();
    let shown = tokio::task::block_in_place(|| transfer.ended());
    assert!(shown.contains("会话已断开:证书已吊销"), "{shown}");
    jump.sync_now();
    let sessions = sessions(&cast).await;
    assert_eq!(sessions[0]["cut"]["code"], "revoked", "{sessions:?}");
    assert_eq!(told(&cast, &sessions[0], &folder).await, [json!(["upload", "/big", null, "broken"])]);
}
