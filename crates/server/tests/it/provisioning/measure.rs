//! 计量: from the engineer's order to a server that answers from outside, by the program, and by the same requests
//! through the cloud's own command-line client. Both in one run, on one cloud with real guests.
//!
//! `scripts/openstack/measure.sh` runs it and writes docs/benchmarks-openstack.md. It holds no figure against the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::application::form::{Network, OpenPort, ServerLine, Zone};
use serde_json::json;
use testcloud::{account, http, run};
use testkit::{City, small_servers};

use super::Bureau;
use super::crash::Process;
use super::storm::only_openstack;

/// A guest that is emulated boots in about a minute.
const PATIENCE: Duration = Duration::from_secs(600);
const NAME: &str = "by-hand";

#[tokio::test]
#[ignore = "a measurement, for scripts/openstack/measure.sh"]
async fn measure_from_the_order_to_a_server_that_answers() {
    let program = by_the_program().await;
    let client = by_the_client().await;
    let [(program_made, program_up), (client_made, client_up)] =
        [program, client].map(|(made, up)| (made.as_secs_f64(), up.as_secs_f64()));
    eprintln!("MEASURED program_made_s={program_made:.1} program_answers_s={program_up:.1}");
    eprintln!("MEASURED client_made_s={client_made:.1} client_answers_s={client_up:.1}");
    eprintln!("MEASURED ratio={:.2}", program_up / client_up);
}

/// One server with a data disk in the internet zone, with a public address on which port 80 is open.
fn line() -> ServerLine {
    let port =
        OpenPort { port: Some(80), protocol: "tcp".into(), source: "0.0.0.0/0".into(), purpose: "门户网站".into() };
    ServerLine {
        zone: Some(Zone::Public),
        network: Some(Network::Internet),
        public_address: true,
        ports: vec![port],
        ..small_servers("web", 1)
    }
}

/// How long until the operation was done, and until the server answered.
async fn by_the_program() -> (Duration, Duration) {
    let city = Arc::new(City::start().await);
    let urls = (city.database().url().to_owned(), city.database().owner_url());
    let engine = only_openstack(&city, &urls.1, &account::settings().expect("a cloud").0.auth_url).await;
    let bureau = Bureau::of_lines(city, urls, vec![line()]).await;
    let _process = Process::start(&bureau, None);
    let begun = Instant::now();
    bureau.trial(&bureau.engineer, json!({ "command": "open", "engine": engine })).await;
    loop {
        let operation = bureau.operation().await;
        assert!(begun.elapsed() < PATIENCE && operation["state"]["code"] != "failed", "{operation}");
        if operation["state"]["code"] == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let made = begun.elapsed();
    let seen = bureau.detail(0).await["observed"]["server"]["public_address"].clone();
    answers(seen.as_str().expect("a public address"), begun).await;
    (made, begun.elapsed())
}

/// Looks until the page of the guest comes.
async fn answers(address: &str, begun: Instant) {
    let http = http(Duration::from_secs(2));
    while !http.get(format!("http://{address}/")).send().await.is_ok_and(|page| page.status().is_success()) {
        assert!(begun.elapsed() < PATIENCE, "{address} does not answer");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The same objects, one command after the other, as its manual has them.
async fn by_the_client() -> (Duration, Duration) {
    let begun = Instant::now();
    let admin = |words: &str| run(None, &words.split(' ').collect::<Vec<_>>());
    let inside = |words: &str| run(Some(NAME), &words.split(' ').collect::<Vec<_>>());
    admin(&format!("project create {NAME}"));
    admin(&format!("role add --project {NAME} --user admin member"));
    admin(&format!("quota set --instances 1 --cores 1 --ram 1024 --volumes 2 --gigabytes 50 --floating-ips 1 {NAME}"));
    network(&inside);
    let system = inside(&format!("volume create -f value -c id --image test --size 40 --bootable {NAME}-system"));
    let data = inside(&format!("volume create -f value -c id --size 10 {NAME}-data"));
    admin(&format!("flavor create --private --vcpus 1 --ram 1024 --disk 0 --project {NAME} {NAME}"));
    inside(&format!("port create --network {NAME} --security-group {NAME} {NAME}"));
    // By their ids: a cloud may forbid to look for a volume by its name.
    for volume in [&system, &data] {
        while inside(&format!("volume show -f value -c status {volume}")) != "available" {
            assert!(begun.elapsed() < PATIENCE, "volume {volume} is not made");
        }
    }
    inside(&format!(
        "server create --wait --flavor {NAME} --port {NAME} --volume {system} \
         --block-device uuid={data},source_type=volume,destination_type=volume {NAME}"
    ));
    let address = inside(&format!("floating ip create -f value -c floating_ip_address --port {NAME} public"));
    let made = begun.elapsed();
    answers(&address, begun).await;
    (made, begun.elapsed())
}

fn network(inside: &impl Fn(&str) -> String) {
    for words in [
        format!("network create {NAME}"),
        format!("subnet create --network {NAME} --subnet-range 10.223.0.0/24 {NAME}"),
        format!("security group create {NAME}"),
        format!("security group rule create --remote-group {NAME} {NAME}"),
        format!("security group rule create --ethertype IPv6 --remote-group {NAME} {NAME}"),
        format!("security group rule create --protocol tcp --dst-port 80 --remote-ip 0.0.0.0/0 {NAME}"),
        format!("router create {NAME}"),
        format!("router add subnet {NAME} {NAME}"),
        format!("router set --external-gateway public {NAME}"),
    ] {
        inside(&words);
    }
}
