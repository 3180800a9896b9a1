//! 计量: figures of the driver on a real OpenStack. They run by name only (`openstack::measure`), print what they
//! measured and hold no figure against it; `scripts/openstack/measure.sh` writes docs/benchmarks-openstack.md from it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::ids::{OrgId, ResourceId};
use domain::provisioning::*;
use drivers::Driver;
use serde_json::Value;
use testcloud::{Front, account, client};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::{Bench, disk, order, terminated};
use crate::real_cloud::driver;

/// Every figure with its name.
pub const ALL: &[crate::cases::Named] = &[
    ("measure_the_drivers_own_time_in_a_call", |bench| Box::pin(the_drivers_own_time_in_a_call(bench.clone()))),
    ("measure_many_servers_in_one_run", |bench| Box::pin(many_servers_in_one_run(bench.clone()))),
];

/// Looks at a server, of which each makes the same calls.
const LOOKS: usize = 50;
/// Servers that one agency orders at once in the run of many, and orders that are being carried out at once.
const PER_AGENCY: usize = 50;
const AT_ONCE: usize = 6;

/// What is left of a call when what the cloud itself took is taken off: signing, sending, reading and thinking. The
/// door between the two, which measures the cloud's part, counts as ours.
async fn the_drivers_own_time_in_a_call(bench: Bench) {
    let front = Front::before(&account::settings().unwrap().0.auth_url).await;
    let patience = (drivers::openstack::Patience::default(), 500);
    let driver = driver(&bench, |settings| settings.auth_url = front.url.clone(), patience);
    let desired = order();
    open(&driver, &desired).await;
    let (begun, calls, clouds) = (Instant::now(), front.seen(), front.clouds_own());
    for _ in 0..LOOKS {
        driver.observe(&desired).await.unwrap();
    }
    let (wall, calls, clouds) = (begun.elapsed(), front.seen() - calls, front.clouds_own() - clouds);
    println!("MEASURED looks={LOOKS} calls={calls} wall_ms={} cloud_ms={}", wall.as_millis(), clouds.as_millis());
    println!("MEASURED own_ms_per_call={:.2}", (wall - clouds).as_secs_f64() * 1000.0 / calls as f64);
    bench.converge(&terminated(desired)).await;
}

/// `LIYUN_SERVERS` of them (1000), in orders of fifty, several orders at once as the program carries them out: each looks
/// at all of its servers first. The cloud's own client then lists every one exactly once.
async fn many_servers_in_one_run(bench: Bench) {
    let count: usize = std::env::var("LIYUN_SERVERS").map_or(1000, |text| text.parse().expect("a number"));
    let sizes = (0..count).step_by(PER_AGENCY).map(|from| PER_AGENCY.min(count - from));
    let agencies: Vec<Vec<Desired>> = sizes.map(agency).collect();
    let orders = agencies.concat();
    let driver = bench.driver();
    let begun = Instant::now();
    let queue = Arc::new(tokio::sync::Mutex::new(agencies));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (queue, driver) = (queue.clone(), driver.clone());
        workers.spawn(async move {
            loop {
                // Let go before the work begins.
                let next = queue.lock().await.pop();
                let Some(order) = next else { return };
                driver.observe_all(&order).await.unwrap();
                for desired in &order {
                    open(driver.as_ref(), desired).await;
                }
            }
        });
    }
    while let Some(worked) = workers.join_next().await {
        worked.expect("a worker opens what it took");
    }
    let wall = begun.elapsed();
    let servers = listed(&["server", "list", "--all-projects"]);
    let volumes = listed(&["volume", "list", "--all-projects"]);
    let wanted_servers: BTreeSet<String> = orders.iter().map(|order| format!("ly-{}", order.resource)).collect();
    let wanted_volumes: BTreeSet<String> =
        orders.iter().flat_map(Desired::disk_ids).map(|id| format!("ly-{id}")).collect();
    exactly_once(&servers, &wanted_servers);
    exactly_once(&volumes, &wanted_volumes);
    let looked = Instant::now();
    for seen in driver.observe_all(&orders).await.unwrap() {
        assert!(seen.is_running() && seen.disks.len() == 2, "{seen:?}");
    }
    println!("MEASURED servers={count} wall_s={} at_once={AT_ONCE}", wall.as_secs());
    println!("MEASURED observed={count} look_s={:.1}", looked.elapsed().as_secs_f64());
}

/// Small orders of one agency on one network.
fn agency(servers: usize) -> Vec<Desired> {
    let agency = OrgId(Uuid::now_v7());
    let one = |number: usize| {
        let mut desired = order();
        desired.resource = ResourceId(Uuid::now_v7());
        desired.name = format!("web-{number}").parse().unwrap();
        desired.network.agency = agency;
        desired.data_disks = vec![disk(1)];
        desired
    };
    (0..servers).map(one).collect()
}

/// As the executor does it: looks, plans and acts until nothing is left, and tries again what may be tried again.
async fn open(driver: &dyn Driver, desired: &Desired) {
    for attempt in 0..6 {
        let seen = driver.observe(desired).await.unwrap();
        let steps = plan(desired, &seen, &driver.capabilities()).expect("plannable");
        if steps.is_empty() {
            return;
        }
        for step in steps {
            if let Err(error) = driver.carry_out(&step).await {
                eprintln!("{} attempt {attempt}: {error}", desired.resource);
                tokio::time::sleep(Duration::from_secs(2)).await;
                break;
            }
        }
    }
    panic!("{} does not become as planned", desired.resource);
}

/// The names that the cloud's own client lists.
fn listed(words: &[&str]) -> Vec<String> {
    let name = |row: &Value| row["Name"].as_str().unwrap_or_default().to_owned();
    client(words).as_array().expect("a list").iter().map(name).collect()
}

fn exactly_once(listed: &[String], wanted: &BTreeSet<String>) {
    let mut ours: Vec<&String> = listed.iter().filter(|name| wanted.contains(*name)).collect();
    ours.sort();
    assert_eq!(ours, wanted.iter().collect::<Vec<_>>(), "each exactly once");
}
