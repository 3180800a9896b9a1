//! 快照与备份: taken within what was approved, put back when the agency says so, tested by the supplier, deleted with
//! evidence, and gone with their server (A4, A10_3, A28, A31). The cloud is the simulated one.

use jiff::civil::date;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::cast::{Case, Cast, EDUCATION};
use crate::documents::{read, says};

/// A running server of 40 GB and a data disk of 100 GB, with 120 GB of snapshots and 100 GB of backups approved.
struct Desk<'c> {
    cast: &'c Cast,
    case: Case<'c>,
    server: String,
}

impl<'c> Desk<'c> {
    async fn of(cast: &'c Cast) -> Self {
        Self::with(cast, 100).await
    }

    /// With so many GB of backups approved.
    async fn with(cast: &'c Cast, backup_gib: u32) -> Self {
        let line = |sku: &str, quantity: u32| json!({ "sku": sku, "quantity": quantity, "basis": "按云盘容量测算" });
        let services = json!([line("EVS-SNAP", 120), line("BAK-EVS", backup_gib)]);
        let case = Case::running_with(cast, EDUCATION, "学籍管理系统", services).await;
        let server = case.seen_by("agency_handler").await["resources"][0]["id"].as_str().expect("a server").to_owned();
        Self { cast, case, server }
    }

    async fn copies(&self, who: &str) -> Value {
        self.cast.browser(who).await.get(&format!("/api/resources/{}/copies", self.server)).await.ok()
    }

    /// The disk by its name on the page.
    async fn disk(&self, zh: &str) -> String {
        let shown = self.copies("agency_sysadmin").await;
        let disks = shown["disks"].as_array().expect("disks");
        let disk = disks.iter().find(|disk| disk["zh"] == zh).unwrap_or_else(|| panic!("no {zh}: {shown}"));
        disk["id"].as_str().expect("an id").to_owned()
    }

    async fn ask(&self, who: &str, disk: &str, kind: &str) -> Answer {
        let path = format!("/api/resources/{}/copies", self.server);
        self.cast.browser(who).await.post(&path, &json!({ "disk_id": disk, "kind": kind })).await
    }

    /// Taken, and the engine has done it; its id.
    async fn take(&self, zh: &str, kind: &str) -> String {
        let disk = self.disk(zh).await;
        let path = format!("/api/resources/{}/copies", self.server);
        let made = self.cast.post("agency_sysadmin", &path, &json!({ "disk_id": disk, "kind": kind })).await;
        self.cast.engines_work().await;
        made["id"].as_str().expect("an id").to_owned()
    }

    async fn copy(&self, id: &str) -> Value {
        let shown = self.copies("agency_handler").await;
        let items = shown["items"].as_array().expect("items").iter();
        items.clone().find(|one| one["id"] == id).cloned().unwrap_or_else(|| panic!("no {id}: {shown}"))
    }

    async fn state(&self, id: &str) -> String {
        self.copy(id).await["state"]["code"].as_str().expect("a code").to_owned()
    }

    /// Presses without counting on success.
    async fn press(&self, who: &str, id: &str, command: &Value) -> Answer {
        let version = format!("\"{}\"", self.copy(id).await["version"]);
        let path = format!("/api/disk-copies/{id}/commands");
        self.cast.browser(who).await.post_with(&path, &[("if-match", &version)], command).await
    }

    /// The step, with its entry, and what the engine does for it.
    async fn step(&self, who: &str, id: &str, command: &Value) {
        let version = self.copy(id).await["version"].as_i64();
        self.cast.change(who, (Method::POST, &format!("/api/disk-copies/{id}/commands"), version), command, 1).await;
        self.cast.engines_work().await;
    }

    /// What the engine was made to do last.
    async fn last_steps(&self) -> Vec<String> {
        let page = self.case.seen_by("center_resources").await;
        let steps = page["operations"][0]["steps"].as_array().expect("steps").clone();
        steps.iter().map(|step| step["kind"]["code"].as_str().expect("a code").to_owned()).collect()
    }
}

impl Desk<'_> {
    async fn schedule(&self, who: &str, version: i64, (every_days, hour, keep): (u8, u8, u8)) -> Answer {
        let path = format!("/api/resources/{}/backup-schedule", self.server);
        let body = json!({ "every_days": every_days, "hour": hour, "keep": keep });
        self.cast.browser(who).await.put(&path, version, &body).await
    }

    /// So late on a day the timer runs, and the engine does what it has ordered.
    async fn at(&self, day: i8, hour: i8) {
        let app = &self.cast.city.app;
        app.clock.stand_at(date(2026, 3, day), jiff::civil::time(hour, 0, 0, 0));
        app::timers::run(app).await.expect("the timers run");
        self.cast.engines_work().await;
    }

    /// Backups that are there, as the page counts them: those of the schedule, and all.
    async fn backups(&self) -> (usize, usize) {
        let shown = self.copies("agency_handler").await;
        let ready = |one: &&Value| one["kind"]["code"] == "backup" && one["state"]["code"] == "ready";
        let ready: Vec<&Value> = shown["items"].as_array().expect("items").iter().filter(ready).collect();
        (ready.iter().filter(|one| one["scheduled"] == true).count(), ready.len())
    }
}

#[tokio::test]
async fn a31_backups_are_taken_and_thinned_out_by_schedule() {
    let cast = Cast::start().await;
    let desk = Desk::with(&cast, 420).await;
    cast.city.app.clock.stand_at(date(2026, 3, 2), jiff::civil::time(9, 0, 0, 0));
    let shown = desk.copies("agency_sysadmin").await;
    let before = (&shown["schedule"], &shown["may_schedule"], &shown["schedule_refusal"]);
    assert_eq!(before, (&Value::Null, &json!(true), &Value::Null));

    // 140 GB of disks: two stay and one comes, and no more than that was approved.
    assert_eq!(desk.schedule("agency_handler", 0, (1, 2, 2)).await.status, 403);
    assert_eq!(desk.schedule("agency_sysadmin", 0, (1, 2, 3)).await.refused(409), "backup_schedule.too_little");
    assert_eq!(desk.schedule("agency_sysadmin", 0, (1, 24, 2)).await.refused(409), "backup_schedule.out_of_bounds");
    let set = desk.schedule("agency_sysadmin", 0, (1, 2, 2)).await.ok();
    assert_eq!((&set["version"], &set["due_at"]), (&json!(1), &json!("2026-03-02T18:00:00Z")), "at two in the night");
    assert_eq!(desk.schedule("agency_sysadmin", 0, (7, 2, 1)).await.status, 412, "another was faster");

    desk.at(2, 23).await;
    assert_eq!(desk.backups().await, (0, 0), "not before its hour");
    desk.at(3, 2).await;
    desk.at(3, 3).await;
    assert_eq!(desk.backups().await, (2, 2), "each disk once");
    assert_eq!(desk.copies("agency_handler").await["items"][0]["ordered_by"], "系统(备份计划)");
    for day in [4, 5] {
        desk.at(day, 2).await;
    }
    assert_eq!(desk.backups().await, (6, 6), "the oldest goes when the newest is there");
    desk.at(5, 3).await;
    assert_eq!(desk.last_steps().await, ["drop_copy"; 2]);
    assert_eq!(desk.backups().await, (4, 4));

    // One by hand takes the room of the next: none is ordered rather than half, and the page says why.
    let by_hand = desk.take("系统盘", "backup").await;
    desk.at(6, 2).await;
    assert_eq!(desk.backups().await, (4, 5));
    let stuck = desk.copies("agency_handler").await["schedule"].clone();
    assert!(stuck["trouble_zh"].as_str().expect("why").contains("超出核定的 420 GB"), "{stuck}");
    assert_eq!(stuck["due_at"], "2026-03-05T19:00:00Z", "tried again in an hour");
    desk.step("agency_sysadmin", &by_hand, &json!({ "command": "drop" })).await;
    desk.at(6, 3).await;
    desk.at(6, 4).await;
    let shown = desk.copies("agency_handler").await["schedule"].clone();
    assert_eq!((&shown["trouble_zh"], &shown["due_at"]), (&Value::Null, &json!("2026-03-06T18:00:00Z")));
    assert_eq!(desk.backups().await, (4, 4));

    let path = format!("/api/resources/{}/backup-schedule", desk.server);
    let ended = cast.browser("agency_sysadmin").await.send(Method::DELETE, &path, &[("if-match", "\"1\"")], None).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    desk.at(7, 2).await;
    assert_eq!(desk.backups().await, (4, 4), "what is there stays, and nothing is added");
    let told = desk.case.seen_by("agency_handler").await["timeline"].to_string();
    for words in ["设置云主机 app 的备份计划:每 1 天 02:00,每块云盘保留 2 份", "停用云主机 app 的备份计划"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test]
async fn a31_copies_are_taken_put_back_tested_and_deleted() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    let empty = desk.copies("agency_sysadmin").await;
    assert_eq!((&empty["items"], &empty["may_order"]), (&json!([]), &json!(true)));
    assert_eq!((&empty["snapshot"]["approved_gib"], &empty["backup"]["approved_gib"]), (&json!(120), &json!(100)));
    assert_eq!(desk.copies("agency_handler").await["may_order"], false, "it is the administrator's work");

    let snapshot = desk.take("数据盘 1", "snapshot").await;
    let backup = desk.take("系统盘", "backup").await;
    let seen = desk.copy(&snapshot).await;
    assert_eq!(
        (&seen["state"]["code"], &seen["size_gib"], &seen["disk_zh"]),
        (&json!("ready"), &json!(100), &json!("数据盘 1"))
    );
    assert!(seen["number"].as_str().expect("a number").starts_with("GLZWY-BF-2025-"), "{seen}");
    assert_eq!(desk.copies("agency_handler").await["backup"]["used_gib"], 40);

    // 恢复: nothing happens until the name of the server was typed.
    let unsure = desk.press("agency_sysadmin", &snapshot, &json!({ "command": "restore", "confirm": "" })).await;
    assert_eq!(unsure.refused(409), "disk_copy.not_confirmed");
    desk.step("agency_sysadmin", &snapshot, &json!({ "command": "restore", "confirm": "app" })).await;
    assert_eq!(desk.last_steps().await, ["stop", "restore_copy", "start"]);
    assert_eq!(desk.state(&snapshot).await, "ready", "and may be put back again");

    // 恢复演练: by the supplier, of backups, and its result stays.
    let own = desk.press("agency_sysadmin", &backup, &json!({ "command": "prove" })).await;
    assert_eq!(own.status, 403, "who answers for it does not examine it");
    let of_snapshot = desk.press("supplier_engineer", &snapshot, &json!({ "command": "prove" })).await;
    assert_eq!(of_snapshot.refused(409), "disk_copy.only_backups");
    assert_eq!(desk.copy(&backup).await["proof"], Value::Null);
    desk.step("supplier_engineer", &backup, &json!({ "command": "prove" })).await;
    assert_eq!(desk.last_steps().await, ["prove_copy"]);
    let proof = desk.copy(&backup).await["proof"].clone();
    assert_eq!(proof["passed"], true);
    assert!(proof["compared"].as_str().expect("what").contains("无真实数据"), "it says what it is worth: {proof}");

    // 删除.
    desk.step("agency_sysadmin", &snapshot, &json!({ "command": "drop" })).await;
    assert_eq!(desk.state(&snapshot).await, "dropped");
    assert_eq!(desk.copies("agency_handler").await["snapshot"]["used_gib"], 0);
    let server = cast.browser("agency_handler").await.get(&format!("/api/resources/{}", desk.server)).await.ok();
    assert_eq!(
        (server["erasures"].as_array().map(Vec::len), &server["erasures"][0]["copy"]),
        (Some(1), &json!(snapshot))
    );
    assert_eq!(server["differences"], json!([]));
    let again = desk.press("agency_sysadmin", &snapshot, &json!({ "command": "drop" })).await;
    assert_eq!(again.refused(409), "disk_copy.out_of_order");

    let told = desk.case.seen_by("agency_handler").await["timeline"].to_string();
    for words in ["制作快照 GLZWY-BF-2025-00001", "恢复云盘:快照", "演练完成:备份", "删除完成:快照"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test]
async fn a10_3_no_more_is_kept_than_was_approved() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    desk.take("数据盘 1", "snapshot").await;
    let (system, data) = (desk.disk("系统盘").await, desk.disk("数据盘 1").await);
    let beyond = desk.ask("agency_sysadmin", &system, "snapshot").await;
    assert_eq!(beyond.refused(409), "disk_copy.beyond_approved");
    assert!(beyond.body["zh"].as_str().expect("why").contains("已用 100 GB,超出核定的 120 GB"), "{}", beyond.text());
    assert_eq!(beyond.body["clause"]["code"], "A10_3");
    let shown = desk.copies("agency_sysadmin").await;
    assert_eq!(shown["snapshot"]["refusal"]["code"], "disk_copy.beyond_approved", "the page says so before");
    assert_eq!(shown["backup"]["refusal"], Value::Null);
    assert_eq!(desk.ask("agency_sysadmin", &data, "backup").await.status, 200, "exactly what was approved");
    cast.engines_work().await;
    assert_eq!(desk.copies("agency_handler").await["backup"]["used_gib"], 100);
    let nowhere = desk.ask("agency_sysadmin", &desk.case.id, "backup").await;
    assert_eq!(nowhere.refused(409), "disk_copy.no_disk");
    for (who, status) in
        [("agency_handler", 403), ("supplier_engineer", 403), ("center_resources", 403), ("county_agency_handler", 404)]
    {
        assert_eq!(desk.ask(who, &system, "backup").await.status, status, "{who}");
    }
}

#[tokio::test]
async fn what_fails_is_given_up_and_nobody_works_on_a_case_twice_at_once() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    let backup = desk.take("系统盘", "backup").await;
    let trouble = json!({ "failures": [{ "step": "restore_copy", "times": 9, "how": "refused" }] });
    let sql = format!(
        "INSERT INTO engine_shelf SELECT id, 'trouble', '{trouble}' FROM engine WHERE kind = 'simulated'
         ON CONFLICT (engine_id, key) DO UPDATE SET value = excluded.value"
    );
    testkit::execute(&cast.city.database().owner_url(), &sql).await;
    let path = format!("/api/disk-copies/{backup}/commands");
    let restore = json!({ "command": "restore", "confirm": "app" });
    let version = desk.copy(&backup).await["version"].as_i64();
    cast.change("agency_sysadmin", (Method::POST, &path, version), &restore, 1).await;
    let system = desk.disk("系统盘").await;
    let meanwhile = desk.ask("agency_sysadmin", &system, "snapshot").await;
    assert_eq!(meanwhile.refused(409), "operation.another_open");
    cast.engines_work().await;
    let operation = desk.case.seen_by("center_resources").await["operations"][0].clone();
    assert_eq!(operation["state"]["code"], "failed", "{operation}");
    assert_eq!(desk.state(&backup).await, "restoring", "the server stands still until somebody decides");
    // Given up, the server runs on with what it had.
    desk.step("agency_sysadmin", &backup, &json!({ "command": "give_up" })).await;
    assert_eq!(desk.state(&backup).await, "ready");
    let server = cast.browser("agency_handler").await.get(&format!("/api/resources/{}", desk.server)).await.ok();
    assert_eq!(server["observed"]["server"]["power"], "running");
    assert_eq!(desk.last_steps().await, ["start"]);
}

#[tokio::test]
async fn a31_the_newest_backup_of_a_disk_is_tested_every_quarter_by_itself() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    let first = desk.take("系统盘", "backup").await;
    let second = desk.take("系统盘", "backup").await;
    let begun = cast.city.app.clock.today();
    let day = |days: i32| begun.checked_add(jiff::ToSpan::days(days)).expect("a day");
    cast.until(day(89)).await;
    assert_eq!(desk.copy(&second).await["proof"], Value::Null, "not before the ninetieth day");
    cast.until(day(90)).await;
    cast.engines_work().await;
    assert_eq!(desk.copy(&second).await["proof"]["passed"], true, "the newest");
    assert_eq!(desk.copy(&first).await["proof"], Value::Null, "one of each disk is enough");
    let tested = desk.copy(&second).await["proof"]["restore"].clone();
    cast.until(day(91)).await;
    cast.engines_work().await;
    assert_eq!(desk.copy(&second).await["proof"]["restore"], tested, "and then not for another quarter");
}

#[tokio::test]
async fn a31_a_lost_copy_is_reported_and_noted_by_the_supplier() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    let backup = desk.take("系统盘", "backup").await;
    let write_off = json!({ "command": "write_off", "reason": "备份存储损坏" });
    let there = desk.press("supplier_engineer", &backup, &write_off).await;
    assert_eq!(there.refused(409), "disk_copy.still_there");
    // Somebody deletes it behind our back.
    let sql = format!(
        "UPDATE engine_shelf SET value = jsonb_set(value, '{{copies,there}}', '[]') WHERE key = 'world/{}'",
        desk.server
    );
    testkit::execute(&cast.city.database().owner_url(), &sql).await;
    let path = format!("/api/resources/{}/commands", desk.server);
    cast.post("agency_sysadmin", &path, &json!({ "command": "suspend", "reason": "核对备份" })).await;
    cast.engines_work().await;
    let server = cast.browser("agency_handler").await.get(&format!("/api/resources/{}", desk.server)).await.ok();
    assert_eq!(server["differences"][0]["field"], format!("copy.{backup}"), "{server}");
    assert_eq!(desk.state(&backup).await, "ready", "what a cloud does not show settles nothing");
    desk.step("supplier_engineer", &backup, &write_off).await;
    assert_eq!(desk.state(&backup).await, "lost");
    assert_eq!(desk.copies("agency_handler").await["backup"]["used_gib"], 0);
    let server = cast.browser("agency_handler").await.get(&format!("/api/resources/{}", desk.server)).await.ok();
    assert_eq!(server["differences"], json!([]), "noted, it is no difference any more");
}

#[tokio::test]
async fn a28_copies_go_with_their_server_and_stand_in_the_certificate() {
    let cast = Cast::start().await;
    let desk = Desk::with(&cast, 280).await;
    let snapshot = desk.take("数据盘 1", "snapshot").await;
    let backup = desk.take("系统盘", "backup").await;
    let case = &desk.case;
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
    desk.schedule("agency_sysadmin", 0, (1, 2, 1)).await.ok();
    let (termination, version) = case.place("supplier_engineer", "termination").await;
    let (to, reclaim) = (format!("{termination}/commands"), json!({ "command": "reclaim" }));
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &reclaim, 2).await;
    cast.engines_work().await;
    for copy in [&snapshot, &backup] {
        assert_eq!(desk.state(copy).await, "dropped");
    }
    assert_eq!(desk.copies("agency_handler").await["schedule"], Value::Null, "and nothing is backed up any more");
    cast.until(date(2025, 10, 15)).await;
    assert_eq!(desk.copies("agency_handler").await["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(case.state().await, "reclaimed", "the capacities went with them: nobody has to report anything");
    let told = case.seen_by("center_resources").await["timeline"].to_string();
    assert!(told.contains("清除云盘 2 块,删除快照、备份 2 份"), "{told}");
    let certify = json!({ "command": "certify", "witness": "覃工", "handed_over": "无须移交" });
    case.step("supplier_manager", "termination", &certify).await;
    let (_, erased) = read(case, "erasure_certificate").await;
    let named = [snapshot, backup].map(|id| format!("sim-{id}"));
    says(&erased, &["系统盘的快照或备份", "数据盘的快照或备份", "共4个对象"]);
    let text: String = erased.split_whitespace().collect();
    for name in named {
        assert!(text.contains(&name), "{name}: {text}");
    }
}

#[tokio::test]
async fn a10_6_a_capacity_is_given_back_when_its_copies_are_gone() {
    let cast = Cast::start().await;
    let desk = Desk::of(&cast).await;
    let snapshot = desk.take("数据盘 1", "snapshot").await;
    let case = &desk.case;
    let page = case.seen_by("agency_handler").await;
    let path = format!("/api/subscriptions/{}/changes", page["subscription"]["id"].as_str().expect("an id"));
    let request = json!({ "servers": [], "services": [{ "index": 0, "quantity": 0 }], "reason": "不再需要快照",
        "fallback": "恢复", "fund_source": "部门预算" });
    cast.post("agency_handler", &path, &request).await;
    case.step("agency_handler", "change", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    let (change, version) = case.place("supplier_engineer", "change").await;
    let to = format!("{change}/commands");
    cast.change("supplier_engineer", (Method::POST, &to, Some(version)), &json!({ "command": "implement" }), 2).await;
    cast.engines_work().await;
    assert_eq!(case.state().await, "implementing", "its snapshots are still there");
    assert_eq!(desk.copies("agency_handler").await["snapshot"]["approved_gib"], 0);
    desk.step("agency_sysadmin", &snapshot, &json!({ "command": "drop" })).await;
    assert_eq!(case.seen_by("agency_handler").await["changes"][0]["state"]["code"], "done");
}
