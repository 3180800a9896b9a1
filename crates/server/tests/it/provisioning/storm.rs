//! 风暴: the program, its PostgreSQL and the cloud's own services are killed at random instants while servers are
//! opened, changed and erased, and answers are lost, cut, garbled and late. At the end approved, recorded and real
//! are one, the ledger is the one of a calm day, and nothing is left over.
//!
//! `LIYUN_CUTS` is how many kills there must be at least. On OpenStack (`LIYUN_OPENSTACK`, see `testcloud::account`)
//! what is real is asked of the cloud's own command-line client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::ids::OrgId;
use domain::org::Role;
use domain::provisioning::EngineKind;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use testcloud::{Front, Plane, Real, Weather, account, by_client};
use testkit::{City, PrivatePostgres, TestApp, cloud_objects};

use super::crash::Process;
use super::{Bureau, all_into_service, implementing, into_service, reclaiming};

/// From one kill to the next. The shortest leaves the program hardly time to begin.
const PAUSE_MS: std::ops::Range<u64> = 200..2500;
/// How long the simulated cloud takes over a step, so that there is something to be killed in.
const SIMULATED_STEP_MS: u64 = 400;
/// Work that is not done so long after the last kill is stuck.
const PATIENCE: Duration = Duration::from_secs(600);
/// Kills in one stretch of work: opening, changing or erasing all cases of a round. The rest wait for the next.
const KILLS_MAX: usize = 60;
const CASES: usize = 3;
const SERVERS: u16 = 2;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Program,
    Database,
    Cloud(&'static str),
}

struct Storm {
    kind: EngineKind,
    random: ChaCha8Rng,
    /// Kills still to come.
    left: usize,
    killed: BTreeMap<Victim, usize>,
    /// Operations that gave up and that the engineer told to go on.
    retried: usize,
    front: Option<Front>,
    plane: Option<Plane>,
    /// What the ledger says of a case after a calm day.
    calm: Vec<String>,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test]
async fn whatever_is_killed_whenever_the_simulated_cloud_ends_as_approved() {
    storm(EngineKind::Simulated, setting("LIYUN_CUTS", 24), None, None).await;
}

#[tokio::test]
async fn whatever_is_killed_whenever_a_real_openstack_ends_as_approved() {
    let name = "whatever_is_killed_whenever_a_real_openstack_ends_as_approved";
    let (settings, _) = match account::settings() {
        Ok(settings) => settings,
        Err(why) => {
            assert!(std::env::var("LIYUN_REQUIRE_OPENSTACK").as_deref() != Ok("1"), "OpenStack is required: {why}");
            eprintln!("SKIPPED {name}: {why}");
            return;
        }
    };
    let front = Front::before(&settings.auth_url).await;
    storm(EngineKind::Openstack, setting("LIYUN_CUTS", 40), Some(front), Plane::here()).await;
}

async fn storm(kind: EngineKind, cuts: u64, front: Option<Front>, plane: Option<Plane>) {
    let seed = setting("LIYUN_SEED", 20_260_101);
    let mut storm = Storm {
        kind,
        random: ChaCha8Rng::seed_from_u64(seed),
        left: usize::try_from(cuts).expect("not that many"),
        killed: BTreeMap::new(),
        retried: 0,
        front,
        plane,
        calm: a_calm_day().await,
    };
    let mut rounds = 0;
    while storm.left > 0 || rounds == 0 {
        storm.round().await;
        rounds += 1;
        eprintln!("round {rounds}: {}", storm.account());
    }
}

/// The ledger of one case that nothing disturbed.
async fn a_calm_day() -> Vec<String> {
    let bureau = Bureau::with(SERVERS).await;
    bureau.open_on("simulated").await;
    bureau.work().await;
    into_service(&bureau).await;
    implementing(&bureau).await;
    bureau.work().await;
    ledger(&bureau).await
}

async fn ledger(bureau: &Bureau) -> Vec<String> {
    let sql = format!(
        "SELECT concat_ws(' ', act, kind, line, sku, quantity, fen, days, effective_on, covers_from, covers_to)
         FROM charge_entry WHERE application_id = '{}' ORDER BY position",
        bureau.case
    );
    testkit::column(&bureau.owner_url, &sql).await
}

impl Storm {
    /// One city: its cases are opened, changed and erased, all of them in the storm.
    async fn round(&mut self) {
        let (server, postgres) = TestApp::start_with_own_postgres().await;
        let city = Arc::new(City::over(server).await);
        let engine = self.engine(&city, &postgres).await;
        let mut bureaus = Vec::new();
        for _ in 0..CASES {
            bureaus.push(Bureau::within(city.clone(), (postgres.url(), postgres.owner_url()), SERVERS).await);
        }
        let agency = city.org("education");
        for bureau in &bureaus {
            bureau.trial(&bureau.engineer, json!({ "command": "open", "engine": engine })).await;
        }
        self.until_done(&bureaus, &postgres).await;
        self.all_agree(&bureaus, agency, json!({ "vcpu": 1, "memory_mib": 1024, "disks_gib": [40, 10] })).await;
        all_into_service(&bureaus).await;
        for bureau in &bureaus {
            implementing(bureau).await;
        }
        self.until_done(&bureaus, &postgres).await;
        self.all_agree(&bureaus, agency, json!({ "vcpu": 2, "memory_mib": 4096, "disks_gib": [40, 20] })).await;
        for bureau in &bureaus {
            assert_eq!(ledger(bureau).await, self.calm, "charged as on a calm day, once, for what exists");
            reclaiming(bureau).await;
        }
        self.until_done(&bureaus, &postgres).await;
        self.nothing_is_left(&bureaus, agency).await;
    }

    /// The only engine of the city that is in use.
    async fn engine(&self, city: &City, postgres: &PrivatePostgres) -> Value {
        let sql = "UPDATE engine SET enabled = (kind = 'simulated')";
        let Some(front) = &self.front else {
            testkit::execute(&postgres.owner_url(), sql).await;
            let slow = format!(
                "INSERT INTO engine_shelf SELECT id, 'trouble', '{{\"delay_ms\": {SIMULATED_STEP_MS}}}' FROM engine
                 WHERE kind = 'simulated'"
            );
            testkit::execute(&postgres.owner_url(), &slow).await;
            let id = "SELECT id::text FROM engine WHERE kind = 'simulated'";
            return json!(testkit::column(&postgres.owner_url(), id).await[0]);
        };
        only_openstack(city, &postgres.owner_url(), &front.url).await
    }

    /// Lets the program work and kills, until every operation is done.
    async fn until_done(&mut self, bureaus: &[Bureau], postgres: &PrivatePostgres) {
        let mut process = Process::start(&bureaus[0], None);
        let mut since = Instant::now();
        let mut here = self.left.min(KILLS_MAX);
        self.weather(here > 0);
        while !self.all_done(bureaus).await {
            tokio::time::sleep(Duration::from_millis(self.random.random_range(PAUSE_MS))).await;
            if here > 0 {
                since = Instant::now();
                (here, self.left) = (here - 1, self.left - 1);
                self.kill(&mut process, &bureaus[0], postgres).await;
                self.weather(here > 0);
            }
            // What waits for its time need not wait; what the dead held is let go as when its lease has run out.
            let go_on = "UPDATE job SET run_at = now() WHERE done_at IS NULL AND locked_until IS NULL";
            testkit::execute(&postgres.owner_url(), go_on).await;
            assert!(since.elapsed() < PATIENCE, "stuck: {:?}", testkit::column(&postgres.owner_url(), STUCK).await);
        }
        self.weather(false);
    }

    fn weather(&mut self, bad: bool) {
        let weather = Weather { bad_per_mille: 60, slow_max: Duration::from_secs(3) };
        let seed = self.random.random();
        if let Some(front) = &self.front {
            front.weather(bad.then_some(weather), seed);
        }
    }

    async fn kill(&mut self, process: &mut Process, bureau: &Bureau, postgres: &PrivatePostgres) {
        let victim = match (self.random.random_range(0..10), &self.plane) {
            (0..3, Some(plane)) => Victim::Cloud(plane.apis()[self.random.random_range(0..plane.apis().len())]),
            (3..5, _) => Victim::Database,
            _ => Victim::Program,
        };
        match (victim, &self.plane) {
            (Victim::Cloud(api), Some(plane)) => plane.kill_and_restart(api).await,
            (Victim::Database, _) => {
                // Its watch starts it again. One that is just starting is not killed twice.
                if let Some(pid) = postgres.pid() {
                    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("our own process");
                }
                testkit::answers(&postgres.owner_url()).await;
            }
            _ => {
                *process = Process::start(bureau, None);
                let let_go = "UPDATE job SET locked_until = NULL, run_at = now() WHERE done_at IS NULL";
                testkit::execute(&postgres.owner_url(), let_go).await;
            }
        }
        *self.killed.entry(victim).or_default() += 1;
    }

    /// Whether nothing is left to do. What gave up is told to go on, as the engineer would by button.
    async fn all_done(&mut self, bureaus: &[Bureau]) -> bool {
        let mut done = true;
        for bureau in bureaus {
            let path = format!("/api/cases/{}", bureau.case);
            let seen = bureau.engineer.get(&path).await;
            // The page's own connections may be those of the database that was killed.
            let Some(operation) = (seen.status == 200).then(|| seen.body["operations"][0].clone()) else {
                return false;
            };
            let state = operation["state"]["code"].as_str().expect("a code");
            done &= state == "done";
            if state == "failed" {
                let retry = format!("/api/operations/{}/retry", operation["id"].as_str().expect("an id"));
                let pressed = bureau.engineer.post(&retry, &json!({})).await;
                self.retried += usize::from(pressed.status == 200);
            }
        }
        done
    }

    /// 核定 = 登记 = 实际 for every server, each step recorded once, and in the cloud exactly what is recorded.
    async fn all_agree(&self, bureaus: &[Bureau], agency: OrgId, figures: Value) {
        let mut recorded = Real::default();
        for bureau in bureaus {
            for index in 0..usize::from(SERVERS) {
                let detail = bureau.detail(index).await;
                assert_eq!((&detail["approved"], &detail["recorded"]), (&figures, &figures), "{detail}");
                assert_eq!(detail["differences"], json!([]), "{detail}");
            }
            add_recorded(&mut recorded, bureau).await;
        }
        if self.kind == EngineKind::Openstack {
            let real = by_client(&format!("ly-{agency}"));
            assert_eq!(Real { others: Vec::new(), ..real }, recorded, "the cloud's own client");
        } else {
            let objects = cloud_objects(&bureaus[0].city.app, self.kind).await.len();
            assert_eq!(objects, recorded.servers.len() + recorded.volumes.len());
        }
    }

    async fn nothing_is_left(&self, bureaus: &[Bureau], agency: OrgId) {
        for bureau in bureaus {
            assert_eq!(bureau.page().await["terminations"][0]["state"]["code"], "reclaimed");
            assert_eq!(ledger(bureau).await, self.calm, "an end refunds nothing");
            for index in 0..usize::from(SERVERS) {
                let detail = bureau.detail(index).await;
                assert_eq!(detail["erasures"].as_array().map(Vec::len), Some(2), "evidence of each disk: {detail}");
            }
        }
        if self.kind == EngineKind::Openstack {
            assert_eq!(by_client(&format!("ly-{agency}")), Real::default(), "the cloud's own client");
        } else {
            assert_eq!(cloud_objects(&bureaus[0].city.app, self.kind).await, vec![]);
        }
    }

    fn account(&self) -> String {
        let harmed = self.front.as_ref().map_or(0, Front::harmed);
        let seen = self.front.as_ref().map_or(0, Front::seen);
        format!(
            "{} kills {:?}; {harmed} of {seen} calls harmed; {} operations told to go on",
            self.killed.values().sum::<usize>(),
            self.killed,
            self.retried
        )
    }
}

/// The cloud to test against as the only engine in use, reached at `auth_url`.
pub(super) async fn only_openstack(city: &City, owner_url: &str, auth_url: &str) -> Value {
    testkit::execute(owner_url, "UPDATE engine SET enabled = false").await;
    let (settings, password) = account::settings().expect("an account");
    let mut settings = serde_json::to_value(settings).expect("settings serialise");
    settings["auth_url"] = json!(auth_url);
    let form = json!({ "name": "政务云一区", "kind": "openstack", "settings": settings, "password": password.0 });
    let admin = city.as_role(Role::SystemAdmin).await;
    admin.post("/api/engines", &form).await.ok()["id"].clone()
}

const STUCK: &str = "SELECT concat_ws(' ', kind, state, attempts, error_en) FROM operation WHERE state <> 'done'";

/// Names and figures of what a case's rows say there is.
async fn add_recorded(recorded: &mut Real, bureau: &Bureau) {
    let of_case = format!("FROM resource r WHERE r.case_id = '{}' AND r.erased_at IS NULL", bureau.case);
    let number = |text: &str| text.parse::<u32>().expect("a number");
    for row in
        testkit::column(&bureau.owner_url, &format!("SELECT concat_ws(' ', id, vcpu, memory_mib) {of_case}")).await
    {
        let parts: Vec<&str> = row.split(' ').collect();
        recorded.servers.push((format!("ly-{}", parts[0]), number(parts[1]), number(parts[2])));
        recorded.ports.push(format!("ly-{}", parts[0]));
    }
    let disks = format!(
        "SELECT concat_ws(' ', id, system_disk_gib) {of_case} UNION ALL
         SELECT concat_ws(' ', d.id, d.size_gib) FROM resource_disk d WHERE d.resource_id IN (SELECT id {of_case})"
    );
    for row in testkit::column(&bureau.owner_url, &disks).await {
        let (id, size) = row.split_once(' ').expect("id and size");
        recorded.volumes.push((format!("ly-{id}"), number(size)));
    }
    recorded.servers.sort();
    recorded.ports.sort();
    recorded.volumes.sort();
}
