//! 专享宿主机 on a real OpenStack: who runs where, as the cloud's own administrator sees it.

use domain::application::form::Architecture;
use domain::ids::ApplicationId;
use domain::provisioning::*;
use drivers::DriverError;
use serde_json::{Value, json};
use testcloud::{Auditor, account};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::bench::{Bench, order, terminated};
use crate::cases::cases;

cases!(s20_nobody_else_runs_on_a_dedicated_host, s20_a_server_beside_its_dedicated_host_is_not_kept,);

/// The cloud has two such hosts, so cases about them take turns.
pub static TURN: Mutex<()> = Mutex::const_new(());

/// One host for a case of its own.
pub fn one_host() -> Dedicated {
    Dedicated { case: ApplicationId(Uuid::now_v7()), architecture: Architecture::X86, hosts: 1 }
}

fn dedicated() -> Desired {
    Desired { dedicated: Some(one_host()), ..order() }
}

async fn s20_nobody_else_runs_on_a_dedicated_host(bench: Bench) {
    let _turn = TURN.lock().await;
    let cloud = Auditor::new().await;
    let (one, two, ordinary, three) = (dedicated(), dedicated(), order(), dedicated());
    for desired in [&one, &two, &ordinary] {
        bench.converge(desired).await;
    }
    let spares = spares();
    let hosts = [host_of(&cloud, &one).await, host_of(&cloud, &two).await, host_of(&cloud, &ordinary).await];
    assert!(hosts[0] != hosts[1] && hosts[..2].iter().all(|host| spares.contains(host)), "{hosts:?} of {spares:?}");
    assert!(!spares.contains(&hosts[2]), "an ordinary server is kept off them: {hosts:?}");
    let steps = bench.plan(&three).await;
    let set = steps.iter().position(|step| matches!(step, Step::SetHosts { .. })).expect("hosts are given");
    for step in &steps[..set] {
        bench.perform(step).await.unwrap();
    }
    let error = bench.perform(&steps[set]).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("空闲的"), "{error}");
    assert_eq!(aggregate_of(&cloud, &three).await, None, "nothing is left of what could not be given");
    bench.converge(&terminated(one)).await;
    bench.converge(&three).await;
    assert_eq!(host_of(&cloud, &three).await, hosts[0], "given back, it is given again");
    bench.converge(&terminated(ordinary)).await;
    for desired in [two, three] {
        bench.converge(&terminated(desired.clone())).await;
        assert_eq!(aggregate_of(&cloud, &desired).await, None);
    }
}

/// Somebody marked another host as the case's, or Nova does not hear what the flavor asks for.
async fn s20_a_server_beside_its_dedicated_host_is_not_kept(bench: Bench) {
    let _turn = TURN.lock().await;
    let cloud = Auditor::new().await;
    let desired = dedicated();
    let mut steps = bench.plan(&desired).await;
    let start = steps.iter().position(|step| matches!(step, Step::Start { .. })).expect("it is started");
    for step in steps.drain(..start).collect::<Vec<_>>() {
        bench.perform(&step).await.unwrap();
    }
    let own = aggregate_of(&cloud, &desired).await.expect("its hosts");
    let given = own["hosts"][0].clone();
    act(&cloud, &own, json!({ "remove_host": { "host": given } })).await;
    let body = json!({ "aggregate": { "name": "marked by hand", "availability_zone": null } });
    let wrong = cloud.post("compute", "/os-aggregates", body).await["aggregate"].clone();
    let mark = json!({ "metadata": { "liyun_case": own["metadata"]["liyun_case"] } });
    act(&cloud, &wrong, json!({ "set_metadata": mark })).await;
    let ordinary = ordinary_host(&cloud).await;
    act(&cloud, &wrong, json!({ "add_host": { "host": ordinary } })).await;
    let error = bench.perform(&steps[0]).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("没有落在"), "{error}");
    assert_eq!(bench.observe(&desired).await.server.unwrap().power, Power::Stopped, "defined, and running nowhere");
    act(&cloud, &wrong, json!({ "remove_host": { "host": ordinary } })).await;
    cloud.call(reqwest::Method::DELETE, "compute", &format!("/os-aggregates/{}", wrong["id"]), None).await;
    assert_eq!(bench.converge(&desired).await.hosts, 1, "the missing host is given again");
    assert_eq!(json!(host_of(&cloud, &desired).await), given);
    bench.converge(&terminated(desired)).await;
}

async fn act(cloud: &Auditor, aggregate: &Value, action: Value) {
    cloud.post("compute", &format!("/os-aggregates/{}/action", aggregate["id"]), action).await;
}

async fn aggregate_of(cloud: &Auditor, desired: &Desired) -> Option<Value> {
    let name = format!("ly-x86-{}", desired.dedicated.expect("dedicated").case);
    let all = cloud.get("compute", "/os-aggregates").await;
    all["aggregates"].as_array().unwrap().iter().find(|aggregate| aggregate["name"] == name).cloned()
}

async fn host_of(cloud: &Auditor, desired: &Desired) -> String {
    let path = format!("/servers/detail?all_tenants=1&name=ly-{}", desired.resource);
    cloud.get("compute", &path).await["servers"][0]["OS-EXT-SRV-ATTR:host"].as_str().expect("a host").to_owned()
}

fn spares() -> Vec<String> {
    account::settings().unwrap().0.dedicated_hosts.into_iter().map(|choice| choice.host).collect()
}

async fn ordinary_host(cloud: &Auditor) -> String {
    let all = cloud.get("compute", "/os-services?binary=nova-compute").await;
    let hosts = all["services"].as_array().unwrap().iter().map(|service| service["host"].as_str().unwrap().to_owned());
    hosts.into_iter().find(|host| !spares().contains(host)).expect("an ordinary host")
}
