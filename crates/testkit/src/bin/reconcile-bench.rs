//! 核对压测: one pass of the reconciliation over a made-up city of servers on the simulated engine, with its time and the
//! most memory the process held. Prints one line of JSON; `scripts/bench.mjs` puts it into docs/benchmarks.md.
//!
//! `reconcile-bench [SERVERS]`, 25,000 where absent. The database is a real one of its own, with its writes synced; the
//! cloud is paper in that database, so the figure is what reconciling costs us and not what a cloud's API takes.
#![allow(clippy::print_stdout, reason = "its figures are its answer")]

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use app::boot::{self, Config};
use app::clock::Clock;
use app::provisioning::Extent;
use domain::charge::{Input, OpeningLine, PriceInput, Subscription};
use domain::regulation::Regulation;
use serde_json::{Value, json};
use store::Store;
use store::private_postgres::{Options, PrivatePostgres};
use testkit::{DEFAULT_DAY, count, execute};

/// Servers of one case, all of one row of its form.
const SERVERS_A_CASE: usize = 10;
/// One in so many shows more than was approved, and as many objects are nobody's.
const ONE_IN: usize = 100;

fn main() {
    let servers = std::env::args().nth(1).map_or(25_000, |word| word.parse().expect("a number of servers"));
    let place = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755))
        .expect("the database's user may pass");
    let postgres = PrivatePostgres::start(&Options::new(place.path())).expect("a PostgreSQL of its own");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let figures = runtime.block_on(measure(&postgres, place.path(), servers));
    println!("{figures}");
    postgres.stop();
}

async fn measure(postgres: &PrivatePostgres, data_dir: &std::path::Path, servers: usize) -> Value {
    store::migrate::run(&postgres.owner_url()).await.expect("the migrations run");
    let store = Store::connect(&postgres.url()).expect("the address reads");
    let config = Config { data_dir: data_dir.to_owned(), ..Config::default() };
    let app = boot::wire(store, Clock::standing_at(DEFAULT_DAY), &config);
    app::provisioning::engines::establish(&app, true).await.expect("the engines of a new installation");
    // The others would be looked at too.
    execute(&postgres.owner_url(), "UPDATE engine SET enabled = false WHERE kind <> 'simulated'").await;
    fill(&postgres.url_for("postgres", "liyun"), servers).await;
    let before = peak_mib();
    let first = pass(&app).await;
    let again = pass(&app).await;
    let rows = count(&postgres.url(), "SELECT count(*) FROM drift").await;
    let looked = count(&postgres.url(), "SELECT count(*) FROM resource WHERE observed IS NOT NULL").await;
    assert_eq!(looked, i64::try_from(servers).expect("few enough"), "every server was looked at");
    json!({ "servers": servers, "seconds": first, "again_seconds": again, "peak_mib": peak_mib(),
        "idle_mib": before, "differences": rows })
}

async fn pass(app: &app::App) -> f64 {
    let begun = Instant::now();
    app::provisioning::engines::examine_all(app, Extent::Now).await.expect("the engine is gone round");
    (begun.elapsed().as_secs_f64() * 100.0).round() / 100.0
}

/// The most memory this process has held, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("KiB") / 1024
}

/// A year's account of one row of ten servers of 4 vCPU and 8 GiB with 40 and 100 GiB.
fn account() -> Value {
    let lines =
        [("vcpu", "ECS-U-VCPU", 4), ("memory", "ECS-U-MEM", 8), ("system", "EVS-SATA", 40), ("d1", "EVS-SATA", 100)];
    let prices = lines.map(|(_, sku, _)| {
        let line = Regulation::guilin().prices.on(sku, DEFAULT_DAY).expect("a price");
        let (version, from, to) = (line.version.clone(), line.from, line.to);
        PriceInput {
            version,
            from,
            to,
            sku: sku.into(),
            fen_per_year: line.fen_per_year,
            billing_basis: Some(line.basis),
        }
    });
    let opening = lines.map(|(part, sku, each)| OpeningLine {
        line: format!("s1.{part}"),
        sku: sku.into(),
        quantity: each * i64::try_from(SERVERS_A_CASE).expect("few"),
    });
    json!(Input {
        prices: prices[..3].to_vec(),
        subscription: Subscription { opened_on: DEFAULT_DAY, lines: opening.to_vec() },
        changes: None,
        terminated_on: None,
        termination_policy: None,
        sharing: None,
    })
}

/// Agencies, cases, accounts, servers with two disks each, and the cloud that shows them; all by statements.
async fn fill(superuser: &str, servers: usize) {
    let line = json!([{ "host_name": "web", "zone": "private", "network": "government", "architecture": "x86",
        "vcpu": 4, "memory_gib": 8, "system_disk_gib": 40, "system_disk_kind": "ordinary", "quantity": SERVERS_A_CASE,
        "data_disks": [{ "size_gib": 100, "kind": "ordinary", "quantity": 1 }] }]);
    let form = json!({ "servers": line });
    let cases = servers.div_ceil(SERVERS_A_CASE);
    let sql = format!(
        "SET session_replication_role = replica; -- references are made up, and right
         INSERT INTO org (id, name, kind, level, office, credit_code, path, created_at)
         SELECT md5('o' || n)::uuid, '单位' || n, 'government', 'city', 'agency', 'C' || n, ARRAY[md5('o' || n)::uuid], now()
         FROM generate_series(0, 499) n;
         INSERT INTO application (id, number, agency_id, system_name, stage, state_code, state_zh, state, form, granted,
             created_by, created_on, created_at)
         SELECT md5('a' || n)::uuid, 'B-' || n, md5('o' || n % 500)::uuid, '系统' || n, 'service', 'confirmed', '已确认',
             '{{\"state\": \"contracted\"}}', '{form}', '{form}', md5('p')::uuid, now(), now()
         FROM generate_series(0, {cases} - 1) n;
         INSERT INTO charge_account (subscription_id, application_id, opened_on, ends_on, input, answer, payable_fen, saved_fen)
         SELECT md5('s' || n)::uuid, md5('a' || n)::uuid, '{DEFAULT_DAY}', '{DEFAULT_DAY}', '{account}', '{{}}', 0, 0
         FROM generate_series(0, {cases} - 1) n;
         INSERT INTO resource (id, case_id, agency_id, engine_id, line, ordinal, name, agency_code, segment, phase, vcpu,
             memory_mib, system_disk_gib, approved_vcpu, approved_memory_mib, approved_system_disk_gib, approved_disks_gib,
             opened, created_at)
         SELECT md5('r' || n)::uuid, md5('a' || n / {SERVERS_A_CASE})::uuid, md5('o' || n / {SERVERS_A_CASE} % 500)::uuid,
             e.id, 0, 1 + n % {SERVERS_A_CASE}, 'web-' || n, '', 'private-government', 'production', 4, 8192, 40, 4, 8192,
             40, '{{100}}', true, now()
         FROM generate_series(0, {servers} - 1) n, engine e WHERE e.kind = 'simulated';
         INSERT INTO resource_disk (id, resource_id, position, size_gib, opened)
         SELECT md5('d' || n)::uuid, md5('r' || n)::uuid, 0, 100, true FROM generate_series(0, {servers} - 1) n;
         {shown}
         ANALYZE;",
        account = account(),
        shown = shown(servers),
    );
    execute(superuser, &sql).await;
}

/// What the simulated cloud shows.
fn shown(servers: usize) -> String {
    format!(
        "INSERT INTO engine_shelf (engine_id, key, value)
         SELECT e.id, 'world/' || (md5('r' || n)::uuid), json_build_object(
             'server', json_build_object('external_name', 'ly-' || (md5('r' || n)::uuid), 'power', 'running', 'mark', 'production',
                 'shape', json_build_object('vcpu', CASE WHEN n % {ONE_IN} = 0 THEN 8 ELSE 4 END, 'memory_mib', 8192),
                 'address', '10.0.0.1'),
             'disks', json_build_array(
                 json_build_object('id', md5('r' || n)::uuid, 'size_gib', 40, 'attached', true),
                 json_build_object('id', md5('d' || n)::uuid, 'size_gib', 100, 'attached', true)))
         FROM generate_series(0, {servers} - 1) n, engine e WHERE e.kind = 'simulated';
         INSERT INTO engine_shelf (engine_id, key, value)
         SELECT e.id, 'member/' || r.agency_id || '/' || r.segment || '/' || r.id, '{{}}' FROM resource r, engine e
         WHERE e.kind = 'simulated';
         INSERT INTO engine_shelf (engine_id, key, value)
         SELECT DISTINCT e.id, 'network/' || r.agency_id || '/' || r.segment, '{{}}'::jsonb FROM resource r, engine e
         WHERE e.kind = 'simulated';
         INSERT INTO engine_shelf (engine_id, key, value)
         SELECT e.id, 'unowned/legacy-' || n, json_build_object('external_name', 'legacy-' || n, 'power', 'running',
             'shape', json_build_object('vcpu', 2, 'memory_mib', 4096), 'disks_gib', json_build_array(40), 'address', NULL)
         FROM generate_series(1, {servers} / {ONE_IN}) n, engine e WHERE e.kind = 'simulated';"
    )
}
