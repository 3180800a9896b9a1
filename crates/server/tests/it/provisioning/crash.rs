//! The real program, killed at every step boundary of opening, changing and erasing, and started again: the cloud
//! ends as approved and recorded, with nothing twice and nothing left over.
//!
//! `LIYUN_FAULT_AFTER_STEP=n` (debug builds only) ends the process at its n-th boundary. A step has three: recorded as
//! begun, done in the cloud and not recorded, recorded as done. A process that always ends at its second boundary thus
//! dies once in every step, after doing and before recording it; at its third or fourth, at the other two kinds.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use domain::provisioning::EngineKind;
use serde_json::{Value, json};
use testkit::{Daemons, cloud_objects};

use super::{Bureau, implementing, in_service, reclaiming, states};

/// A process that neither ends nor finishes the work is stuck. Guests are emulated and builds run beside it.
const PATIENCE: Duration = Duration::from_secs(180);

/// `liyun serve` over the database and the data directory of a test.
pub(super) struct Process(Child);

impl Process {
    pub fn start(bureau: &Bureau, fault: Option<u32>) -> Self {
        // LIYUN_PROGRAM: another build of it, e.g. the one that is shipped.
        let program = std::env::var_os("LIYUN_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_liyun").into());
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(bureau.city.data_dir());
        command.env("LIYUN_DATABASE_URL", &bureau.url);
        command.env("LIYUN_TODAY", bureau.city.app.clock.today().to_string());
        command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(n) = fault {
            command.env("LIYUN_FAULT_AFTER_STEP", n.to_string());
        }
        Self(command.spawn().expect("the program starts"))
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("our own child")
    }
}

impl Drop for Process {
    /// SIGKILL: also where all went well, nothing is ended in order.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program again and again, each time to die at its n-th boundary, until the operation is done. Answers how
/// often it died.
async fn until_done(bureau: &Bureau, fault: u32) -> usize {
    let mut deaths = 0;
    let mut before_the_end = false;
    loop {
        // Once, when every step is done: die before the end is committed.
        let operation = bureau.operation().await;
        let all_done = !operation["steps"].as_array().expect("steps").is_empty()
            && states(&operation).iter().all(|state| *state == "done");
        let at = if all_done && !before_the_end { 1 } else { fault };
        before_the_end |= all_done;
        let mut process = Process::start(bureau, Some(at));
        let since = Instant::now();
        while process.ended().is_none() {
            let operation = bureau.operation().await;
            if operation["state"]["code"] == "done" {
                return deaths;
            }
            assert_ne!(operation["state"]["code"], "failed", "{operation}");
            assert!(since.elapsed() < PATIENCE, "neither dead nor done: {operation}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        deaths += 1;
        assert!(deaths < 60, "no progress: {}", bureau.operation().await);
        // The dead worker's lease runs out, and the wait before the next attempt is over.
        let let_go = "UPDATE job SET locked_until = NULL, run_at = now() WHERE done_at IS NULL";
        testkit::execute(&bureau.owner_url, let_go).await;
    }
}

/// Keeps processes from looking at engines that the story does not use.
async fn only(bureau: &Bureau, kind: EngineKind) {
    let sql = format!("UPDATE engine SET enabled = (kind = '{}')", kind.code());
    testkit::execute(&bureau.owner_url, &sql).await;
}

/// 核定 = 登记 = 实际, each step recorded once, and exactly these objects in the cloud.
async fn all_agree(bureau: &Bureau, kind: EngineKind, figures: Value) {
    let detail = bureau.detail(0).await;
    assert_eq!(detail["approved"], figures);
    assert_eq!(detail["recorded"], figures);
    assert_eq!(detail["differences"], json!([]), "{detail}");
    let server = &detail["observed"]["server"];
    assert_eq!((&server["shape"]["vcpu"], &server["shape"]["memory_mib"]), (&figures["vcpu"], &figures["memory_mib"]));
    recorded_once(&bureau.operation().await);
    assert_eq!(cloud_objects(&bureau.city.app, kind).await.len(), 3, "a server and its two disks");
}

fn recorded_once(operation: &Value) {
    let mut steps: Vec<String> =
        operation["steps"].as_array().expect("steps").iter().map(|step| format!("{}", step["zh"])).collect();
    assert!(states(operation).iter().all(|state| *state == "done"), "{operation}");
    let count = steps.len();
    steps.sort();
    steps.dedup();
    // Two disks of different sizes: every step of these stories reads differently.
    assert_eq!(steps.len(), count, "{operation}");
}

async fn nothing_is_left(bureau: &Bureau, kind: EngineKind) {
    let detail = bureau.detail(0).await;
    assert_eq!(detail["phase"]["code"], "erased");
    assert_eq!(detail["erasures"].as_array().map(Vec::len), Some(2), "{detail}");
    recorded_once(&bureau.operation().await);
    assert_eq!(cloud_objects(&bureau.city.app, kind).await, vec![]);
    assert_eq!(bureau.page().await["terminations"][0]["state"]["code"], "reclaimed");
}

async fn opened_through(kind: EngineKind, fault: u32) {
    let bureau = Bureau::with(1).await;
    only(&bureau, kind).await;
    let _daemons = Daemons::of(bureau.city.data_dir());
    bureau.open_on(kind.code()).await;
    assert!(until_done(&bureau, fault).await >= 4, "it died on the way");
    all_agree(&bureau, kind, json!({ "vcpu": 1, "memory_mib": 1024, "disks_gib": [40, 10] })).await;
}

async fn changed_through(kind: EngineKind, fault: u32) {
    let bureau = in_service(kind.code()).await;
    only(&bureau, kind).await;
    let _daemons = Daemons::of(bureau.city.data_dir());
    implementing(&bureau).await;
    assert!(until_done(&bureau, fault).await >= 2, "it died on the way");
    assert_eq!(bureau.page().await["changes"][0]["state"]["code"], "done");
    all_agree(&bureau, kind, json!({ "vcpu": 2, "memory_mib": 4096, "disks_gib": [40, 20] })).await;
}

async fn erased_through(kind: EngineKind, fault: u32) {
    let bureau = in_service(kind.code()).await;
    only(&bureau, kind).await;
    let _daemons = Daemons::of(bureau.city.data_dir());
    reclaiming(&bureau).await;
    assert!(until_done(&bureau, fault).await >= 3, "it died on the way");
    nothing_is_left(&bureau, kind).await;
}

macro_rules! deaths {
    ($($name:ident: $story:ident at $fault:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            $story(EngineKind::Simulated, $fault).await;
        }
    )*};
}

deaths! {
    a10_4_opening_survives_death_after_each_step_was_done: opened_through at 2;
    a10_4_opening_survives_death_after_each_step_was_recorded: opened_through at 3;
    a10_4_opening_survives_death_after_each_step_was_begun: opened_through at 4;
    a10_6_changing_survives_death_after_each_step_was_done: changed_through at 2;
    a10_6_changing_survives_death_after_each_step_was_recorded: changed_through at 3;
    a10_6_changing_survives_death_after_each_step_was_begun: changed_through at 4;
    a10_7_erasing_survives_death_after_each_step_was_done: erased_through at 2;
    a10_7_erasing_survives_death_after_each_step_was_recorded: erased_through at 3;
    a10_7_erasing_survives_death_after_each_step_was_begun: erased_through at 4;
}

/// Says on stderr, by name, why a test of real guests does not run here; fails where it must run.
async fn libvirt_runs(test: &str, data_dir: &Path) -> bool {
    let Err(why) = testkit::libvirt_health(data_dir).await else { return true };
    assert!(std::env::var("LIYUN_REQUIRE_LIBVIRT").as_deref() != Ok("1"), "libvirt is required here: {why}");
    eprintln!("SKIPPED {test}: {why}");
    false
}

/// One real guest through a whole life, the program dying in every step: opened, changed and erased.
#[tokio::test]
async fn a_real_guest_survives_the_death_of_the_program_in_every_step() {
    let kind = EngineKind::Libvirt;
    let bureau = Bureau::with(1).await;
    let daemons = Daemons::of(bureau.city.data_dir());
    if !libvirt_runs("a_real_guest_survives_the_death_of_the_program_in_every_step", bureau.city.data_dir()).await {
        return;
    }
    only(&bureau, kind).await;
    bureau.open_on(kind.code()).await;
    assert!(until_done(&bureau, 2).await >= 4, "it died on the way");
    all_agree(&bureau, kind, json!({ "vcpu": 1, "memory_mib": 1024, "disks_gib": [40, 10] })).await;

    super::into_service(&bureau).await;
    implementing(&bureau).await;
    assert!(until_done(&bureau, 3).await >= 2, "it died on the way");
    let figures = json!({ "vcpu": 2, "memory_mib": 4096, "disks_gib": [40, 20] });
    all_agree(&bureau, kind, figures).await;

    reclaiming(&bureau).await;
    assert!(until_done(&bureau, 2).await >= 3, "it died on the way");
    nothing_is_left(&bureau, kind).await;
    app::provisioning::engines::rest(&bureau.city.app).await.expect("put to rest");
    assert!(!daemons.answer().await, "without guests the daemons end with the program");
}
