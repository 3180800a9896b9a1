//! What only a real OpenStack can show: tokens end, quotas bind, pages go on, and its own administrator finds nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::provisioning::*;
use drivers::openstack::{Openstack, Patience};
use drivers::shelf::DirectoryShelf;
use drivers::{Driver, DriverError};
use serde_json::json;
use testcloud::{Auditor, Fate, Front, account};
use tokio::task::JoinSet;

use crate::bench::{Bench, handed_over, order, terminated};
use crate::cases::cases;
use crate::copies::{copy, restore};

cases!(
    a_revoked_token_is_renewed,
    a_lost_identity_service_is_tried_again_and_then_named,
    an_answer_cut_or_garbled_is_an_error_and_no_panic,
    wrong_credentials_are_named_and_not_tried_again,
    a_missing_image_is_named_with_what_mends_it,
    beyond_the_approved_the_clouds_own_quota_refuses,
    orders_of_one_agency_at_once_all_find_room_in_its_quota,
    a_shape_that_no_host_has_is_said_and_smaller_ones_open_grow_and_shrink,
    a_list_of_many_pages_is_read_whole,
    dropped_at_any_moment_it_comes_to_the_same_end,
    what_hung_on_a_volume_goes_with_it_and_the_administrator_finds_nothing,
    a_pass_over_many_sees_each_as_a_look_at_it_does,
    a_port_somebody_opened_is_seen_and_shut,
    a_guest_answers_from_outside_on_the_port_that_was_granted_and_on_no_other,
    a_guest_boots_and_sees_its_disks_before_and_after_they_grow,
    a_restored_volume_holds_what_it_held_and_the_administrator_finds_nothing_afterwards,
);

/// How long the cloud may take over a volume or a snapshot.
pub const VOLUME_LIMIT: Duration = Duration::from_secs(60);

/// A driver with other settings, its shelf beside the bench's.
pub fn driver(
    bench: &Bench,
    change: impl FnOnce(&mut OpenstackSettings),
    (patience, page): (Patience, u32),
) -> Openstack {
    let (mut settings, password) = account::settings().unwrap();
    change(&mut settings);
    let shelf = Arc::new(DirectoryShelf::new(bench.path().join("shelf")));
    Openstack::with(settings, password, shelf, Arc::new(|| "2026-01-05T08:00:00Z".to_owned()), (patience, page))
}

/// Short of patience, for what is to fail soon.
pub fn hasty() -> (Patience, u32) {
    let pause = Duration::from_millis(10);
    (Patience { connect: Duration::from_secs(1), whole: Duration::from_secs(20), tries: 3, pause }, 500)
}

/// Where the cloud computes nothing, says that the case is skipped.
pub async fn has_guests(case: &str) -> bool {
    let real = Auditor::new().await.has_guests().await;
    if !real {
        println!("SKIPPED openstack::{case}: this cloud computes nothing (OPENSTACK_COMPUTE=fake)");
    }
    real
}

async fn proxy() -> Front {
    Front::before(&account::settings().unwrap().0.auth_url).await
}

async fn a_revoked_token_is_renewed(bench: Bench) {
    let proxy = proxy().await;
    let driver = driver(&bench, |settings| settings.auth_url = proxy.url.clone(), hasty());
    driver.inventory().await.unwrap();
    driver.inventory().await.unwrap();
    assert_eq!(proxy.tokens().len(), 1, "one token serves until it ends");
    Auditor::new().await.revoke(&proxy.tokens()[0]).await;
    driver.inventory().await.unwrap();
    assert_eq!(proxy.tokens().len(), 2);
}

async fn a_lost_identity_service_is_tried_again_and_then_named(bench: Bench) {
    let proxy = proxy().await;
    let driver = driver(&bench, |settings| settings.auth_url = proxy.url.clone(), hasty());
    driver.inventory().await.unwrap();
    proxy.next(&[Fate::Drop, Fate::Drop]);
    driver.inventory().await.unwrap();
    proxy.always(Fate::Drop);
    let before = proxy.seen();
    let error = driver.inventory().await.unwrap_err();
    assert!(matches!(error, DriverError::Away { .. } | DriverError::Retry { .. }), "{error}");
    assert!(error.zh().contains("云平台接口") && error.to_string().contains("/projects"), "{error}");
    assert_eq!(proxy.seen() - before, 3, "three tries and no more");
    let away = self::driver(&bench, |settings| settings.auth_url = "http://127.0.0.1:9/v3".into(), hasty());
    let health = away.health().await;
    assert!(!health.ok && health.reasons[0].zh.contains("无法连接认证服务"), "{health:?}");
}

async fn an_answer_cut_or_garbled_is_an_error_and_no_panic(bench: Bench) {
    let proxy = proxy().await;
    let driver = driver(&bench, |settings| settings.auth_url = proxy.url.clone(), hasty());
    for fate in [Fate::Garble, Fate::Cut] {
        // Signing in is not safe to repeat blindly, so one bad answer is one error; the next attempt does it.
        proxy.next(&[fate]);
        let error = driver.inventory().await.unwrap_err();
        assert!(matches!(error, DriverError::Retry { .. }), "{fate:?}: {error}");
    }
    driver.inventory().await.unwrap();
}

async fn wrong_credentials_are_named_and_not_tried_again(bench: Bench) {
    let proxy = proxy().await;
    let driver = driver(
        &bench,
        |settings| {
            settings.auth_url = proxy.url.clone();
            settings.user = "nobody".into();
        },
        hasty(),
    );
    let health = driver.health().await;
    assert!(!health.ok && health.reasons[0].zh.contains("不接受所配置的账号口令"), "{health:?}");
    assert!(health.reasons[0].en.contains("credentials") && health.reasons[0].mend_command.is_some());
    assert_eq!(proxy.seen(), 1, "an account must not be locked by our insistence");
    assert!(matches!(driver.inventory().await, Err(DriverError::Refused { .. })));
}

async fn a_missing_image_is_named_with_what_mends_it(bench: Bench) {
    let driver = driver(&bench, |settings| settings.image = Some("无此镜像".into()), hasty());
    let health = driver.health().await;
    assert!(!health.ok && health.reasons[0].zh.contains("“无此镜像”"), "{health:?}");
    assert!(health.reasons[0].mend_command.as_ref().unwrap().contains("openstack image create"));
    let desired = order();
    driver.observe(&desired).await.unwrap();
    driver.carry_out(&Step::EnsureNetwork { network: desired.network.clone() }).await.unwrap();
    let disk = DiskId::system_of(desired.resource);
    let step = Step::EnsureDisk { resource: desired.resource, disk, size_gib: 2, kind: None, platform: None };
    let error = driver.carry_out(&step).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("无此镜像"), "{error}");
    bench.converge(&terminated(desired)).await;
}

async fn beyond_the_approved_the_clouds_own_quota_refuses(bench: Bench) {
    let desired = order();
    bench.converge(&desired).await;
    let quota = Auditor::new().await;
    let project = quota.project_of(desired.network.agency).await.unwrap();
    let compute = quota.get("compute", &format!("/os-quota-sets/{project}")).await;
    let volume = quota.get("volume", &format!("/os-quota-sets/{project}")).await;
    let of = |set: &serde_json::Value, key: &str| set["quota_set"][key].as_u64().unwrap();
    assert_eq!((of(&compute, "cores"), of(&compute, "ram"), of(&compute, "instances")), (1, 192, 1));
    assert_eq!((of(&volume, "volumes"), of(&volume, "gigabytes")), (2, 3), "what was approved and no more");
    let (resource, disk) = (desired.resource, crate::bench::disk(1).id);
    let beyond = Step::EnsureDisk { resource, disk, size_gib: 1, kind: None, platform: None };
    let error = bench.perform(&beyond).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("配额"), "{error}");
    assert_eq!(bench.observe(&desired).await.disks.len(), 2);
    bench.converge(&terminated(desired)).await;
    let volume = quota.get("volume", &format!("/os-quota-sets/{project}")).await;
    assert_eq!(of(&volume, "gigabytes"), 0, "nothing is approved any more");
}

async fn a_shape_that_no_host_has_is_said_and_smaller_ones_open_grow_and_shrink(bench: Bench) {
    let huge = Shape { vcpu: 2, memory_mib: 16 << 20 };
    let mut desired = Desired { shape: huge, ..order() };
    desired.approved.shape = huge;
    let steps = bench.plan(&desired).await;
    let (start, before) = steps.split_last().expect("steps");
    for step in before {
        bench.perform(step).await.unwrap();
    }
    let error = bench.perform(start).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("没有可容纳该规格的主机"), "{error}");
    assert!(error.to_string().contains("No valid host"), "the operator reads what Nova said: {error}");
    let auditor = Auditor::inside(desired.network.agency).await;
    assert_eq!(auditor.get("compute", "/servers").await["servers"], json!([]), "nothing that failed is left");
    let seen = bench.observe(&desired).await;
    assert_eq!((seen.server.map(|server| server.power), seen.disks.len()), (Some(Power::Stopped), 2), "it waits");
    for (vcpu, memory_mib) in [(1, 192), (2, 256), (1, 192)] {
        desired.shape = Shape { vcpu, memory_mib };
        let seen = bench.converge(&desired).await;
        assert!(seen.is_running() && seen.server.unwrap().shape == desired.shape, "{vcpu} vCPU");
    }
    bench.converge(&terminated(handed_over(desired))).await;
    assert_eq!(auditor.leftovers().await, [""; 0]);
}

async fn orders_of_one_agency_at_once_all_find_room_in_its_quota(bench: Bench) {
    let mut orders: Vec<Desired> = (0..4).map(|_| order()).collect();
    let agency = orders[0].network.agency;
    orders.iter_mut().for_each(|desired| desired.network.agency = agency);
    let mut opening = JoinSet::new();
    for desired in orders.clone() {
        let bench = bench.clone();
        opening.spawn(async move { bench.converge(&desired).await });
    }
    while let Some(opened) = opening.join_next().await {
        assert!(opened.expect("none is refused for another's sake").is_running());
    }
    let auditor = Auditor::inside(agency).await;
    let quota = auditor.get("volume", &format!("/os-quota-sets/{}", auditor.project)).await;
    let of = |key: &str| quota["quota_set"][key].as_u64();
    assert_eq!((of("volumes"), of("gigabytes")), (Some(8), Some(12)), "the sum, whoever was last");
    for desired in orders {
        bench.converge(&terminated(desired)).await;
    }
    assert_eq!(auditor.leftovers().await, [""; 0]);
}

async fn a_list_of_many_pages_is_read_whole(bench: Bench) {
    let desired = order();
    bench.converge(&desired).await;
    let (patience, _) = hasty();
    let one_a_page = driver(&bench, |_| {}, (patience, 1)).inventory().await.unwrap();
    let ours = |found: &[Found]| found.iter().filter(|thing| thing.resource == Some(desired.resource)).count();
    let disks = one_a_page.iter().filter(|thing| thing.disk.is_some_and(|id| desired.disk_ids().contains(&id))).count();
    assert_eq!((ours(&one_a_page), disks), (1, 2));
    bench.converge(&terminated(desired)).await;
}

/// A future that is dropped leaves the cloud as a killed process does: what was sent was sent, nothing follows.
async fn dropped_at_any_moment_it_comes_to_the_same_end(bench: Bench) {
    for after_ms in [60, 150, 350, 700, 1400] {
        let mut desired = order();
        broken_off(&bench, &desired, after_ms).await;
        bench.converge(&desired).await;
        desired = handed_over(desired);
        desired.system_disk_gib = 3;
        desired.data_disks[0].size_gib = 2;
        desired.shape = Shape { vcpu: 2, memory_mib: 256 };
        desired.approved = Approved { shape: desired.shape, system_disk_gib: 3, data_disks_gib: vec![2] };
        broken_off(&bench, &desired, after_ms).await;
        let seen = bench.converge(&desired).await;
        assert_eq!(differences(&desired, &seen), []);
        assert_eq!(bench.objects(&desired).await, 3, "neither twice nor lost, dropped after {after_ms} ms");
        let ended = terminated(desired.clone());
        broken_off(&bench, &ended, after_ms).await;
        let seen = bench.converge(&ended).await;
        assert_eq!(seen.erasures.len(), 2, "no evidence is lost, dropped after {after_ms} ms");
        assert_eq!(Auditor::inside(desired.network.agency).await.leftovers().await, [""; 0], "after {after_ms} ms");
    }
}

/// Begins the plan; the first step that is not done after a while is dropped, and another process goes on.
pub async fn broken_off(bench: &Bench, desired: &Desired, after_ms: u64) {
    for step in bench.plan(desired).await {
        let perform = bench.perform(&step);
        if tokio::time::timeout(Duration::from_millis(after_ms), perform).await.is_err() {
            break;
        }
    }
    bench.new_process();
}

async fn what_hung_on_a_volume_goes_with_it_and_the_administrator_finds_nothing(bench: Bench) {
    let mut desired = order();
    desired.network.segment = "public-internet".parse().unwrap();
    for step in &bench.plan(&desired).await[..3] {
        bench.perform(step).await.unwrap();
    }
    let auditor = Auditor::inside(desired.network.agency).await;
    let volumes = auditor.get("volume", "/volumes/detail").await;
    let data = volumes["volumes"].as_array().unwrap().iter().find(|v| v["size"] == 1).unwrap()["id"].clone();
    // Somebody with the rights to it takes a snapshot by hand; what was approved has no room for one.
    let room = json!({ "quota_set": { "gigabytes": 10, "snapshots": 1 } });
    let path = format!("/os-quota-sets/{}", auditor.project);
    auditor.call(reqwest::Method::PUT, "volume", &path, Some(room)).await;
    let snapshot = json!({ "snapshot": { "volume_id": data, "name": "by hand" } });
    let snapshot = auditor.post("volume", "/snapshots", snapshot).await["snapshot"]["id"].as_str().unwrap().to_owned();
    auditor.becomes("volume", &format!("/snapshots/{snapshot}"), ("snapshot", "available"), VOLUME_LIMIT).await;
    bench.converge(&desired).await;
    let listed = bench.driver().inventory().await.unwrap();
    let by_hand = listed.iter().find(|thing| thing.external_name == format!("by hand {snapshot}")).expect("listed");
    assert_eq!((&*by_hand.kind, by_hand.copy, by_hand.copy_of), ("snapshot", None, Some(desired.data_disks[0].id)));
    // An address that nobody granted, by somebody who may: it goes with the server.
    let path = format!("/quotas/{}", auditor.project);
    auditor.call(reqwest::Method::PUT, "network", &path, Some(json!({ "quota": { "floatingip": 1 } }))).await;
    let outside = auditor.get("network", "/networks?name=public").await["networks"][0]["id"].clone();
    let port = auditor.get("network", &format!("/ports?name=ly-{}", desired.resource)).await["ports"][0]["id"].clone();
    let floating = json!({ "floatingip": { "floating_network_id": outside, "port_id": port } });
    auditor.post("network", "/floatingips", floating).await;
    desired = handed_over(desired);
    let seen = bench.converge(&terminated(desired.clone())).await;
    let of_data = seen.erasures.iter().find(|erasure| erasure.disk == desired.data_disks[0].id).unwrap();
    assert!(of_data.what.contains(&snapshot), "{}", of_data.what);
    assert!(of_data.method.contains("未覆写介质"), "the certificate claims no more than was done");
    assert_eq!(auditor.leftovers().await, [""; 0]);
}

/// A server in the internet zone with a public address and these ports open to everybody.
fn public(ports: &[u16]) -> Desired {
    let mut desired = order();
    desired.network.segment = "public-internet".parse().unwrap();
    let rule = |port: &u16| PortRule { protocol: Transport::Tcp, port: *port, source: "0.0.0.0/0".parse().unwrap() };
    desired.access = Access::new(ports.iter().map(rule), true);
    desired
}

async fn a_pass_over_many_sees_each_as_a_look_at_it_does(bench: Bench) {
    let mut orders = vec![public(&[443]), order(), order(), order()];
    let agency = orders[0].network.agency;
    orders.iter_mut().for_each(|desired| desired.network.agency = agency);
    // The last one is on paper only.
    for desired in &orders[..3] {
        bench.converge(desired).await;
    }
    let mut each = Vec::new();
    for desired in &orders {
        each.push(bench.observe(desired).await);
    }
    assert_eq!(bench.driver().observe_all(&orders).await.unwrap(), each);
    for desired in orders {
        bench.converge(&terminated(desired)).await;
    }
}

async fn a_port_somebody_opened_is_seen_and_shut(bench: Bench) {
    let desired = public(&[443]);
    bench.converge(&desired).await;
    let auditor = Auditor::inside(desired.network.agency).await;
    let path = format!("/security-groups?name=ly-{}", desired.resource);
    let group = auditor.get("network", &path).await["security_groups"][0]["id"].clone();
    let rule = json!({ "security_group_id": group, "direction": "ingress", "protocol": "tcp",
        "port_range_min": 1, "port_range_max": 65535, "remote_ip_prefix": "0.0.0.0/0" });
    auditor.post("network", "/security-group-rules", json!({ "security_group_rule": rule })).await;
    let found = differences(&desired, &bench.observe(&desired).await);
    assert!(found[0].real.as_ref().unwrap().contains("全部端口(0.0.0.0/0)"), "{found:?}");
    let seen = bench.converge(&desired).await;
    assert_eq!(differences(&desired, &seen), []);
    let quota = auditor.get("network", &format!("/quotas/{}", auditor.project)).await;
    assert_eq!(quota["quota"]["floatingip"], 1, "as many public addresses as were approved");
    bench.converge(&terminated(desired)).await;
    assert_eq!(auditor.leftovers().await, [""; 0]);
}

async fn a_guest_answers_from_outside_on_the_port_that_was_granted_and_on_no_other(bench: Bench) {
    if !has_guests("a_guest_answers…").await {
        return;
    }
    let mut desired = public(&[80]);
    let public_address = bench.converge(&desired).await.server.unwrap().public_address.expect("a public address");
    console_shows(&bench, &desired, "GUEST-READY").await;
    let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let page = http.get(format!("http://{public_address}/")).send().await.unwrap();
    assert!(page.status().is_success());
    desired.access = Access::new([], true);
    assert_eq!(bench.converge(&desired).await.server.unwrap().public_address, Some(public_address.clone()));
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
    let error = http.get(format!("http://{public_address}/")).send().await.unwrap_err();
    assert!(error.is_timeout() || error.is_connect(), "{error}");
    bench.converge(&terminated(desired)).await;
}

async fn a_guest_boots_and_sees_its_disks_before_and_after_they_grow(bench: Bench) {
    if !has_guests("a_guest_boots…").await {
        return;
    }
    let mut desired = order();
    let address = bench.converge(&desired).await.server.unwrap().address.unwrap();
    let console = console_shows(&bench, &desired, "GUEST-READY").await;
    assert!(console.contains(&format!("GUEST-IP {address}")), "it took the address we recorded:\n{console}");
    console_shows(&bench, &desired, "vda=4194304 vdb=2097152").await;
    desired = handed_over(desired);
    desired.system_disk_gib = 3;
    desired.data_disks[0].size_gib = 2;
    desired.approved = Approved { system_disk_gib: 3, data_disks_gib: vec![2], ..desired.approved };
    let after = bench.converge(&desired).await.server.unwrap().address.unwrap();
    assert_eq!(after, address, "its address stays");
    console_shows(&bench, &desired, "vda=6291456 vdb=4194304").await;
    bench.converge(&terminated(desired)).await;
}

async fn console_shows(bench: &Bench, desired: &Desired, wanted: &str) -> String {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let text = bench.driver().console(desired.resource, 0).await.map(|piece| piece.text).unwrap_or_default();
        if text.contains(wanted) {
            return text;
        }
        assert!(Instant::now() < until, "no {wanted:?} on the console:\n{text}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What is in a volume, by the cloud's own digest of an image made of it.
async fn content(auditor: &Auditor, volume: &str) -> String {
    let upload = json!({ "os-volume_upload_image": { "image_name": "content", "disk_format": "raw", "force": true } });
    let made = auditor.post("volume", &format!("/volumes/{volume}/action"), upload).await;
    let id = made["os-volume_upload_image"]["image_id"].as_str().unwrap().to_owned();
    let until = Instant::now() + Duration::from_secs(120);
    let digest = loop {
        let image = auditor.get("image", &format!("/v2/images/{id}")).await;
        if image["status"] == "active" {
            break image["os_hash_value"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < until, "the image of {volume} is {}", image["status"]);
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    auditor.call(reqwest::Method::DELETE, "image", &format!("/v2/images/{id}"), None).await;
    auditor.becomes("volume", &format!("/volumes/{volume}"), ("volume", "available"), VOLUME_LIMIT).await;
    digest
}

/// The volume that has a disk's name.
pub async fn volume_of(auditor: &Auditor, disk: DiskId) -> String {
    let found = auditor.get("volume", &format!("/volumes/detail?name=ly-{disk}")).await;
    assert_eq!(found["volumes"].as_array().unwrap().len(), 1, "one volume has the name: {found}");
    found["volumes"][0]["id"].as_str().unwrap().to_owned()
}

/// No guest is needed: the administrator writes over the data disk of a server that is only defined.
async fn a_restored_volume_holds_what_it_held_and_the_administrator_finds_nothing_afterwards(bench: Bench) {
    for kind in [CopyKind::Snapshot, CopyKind::Backup] {
        let mut desired = handed_over(order());
        let opening = bench.plan(&order_as(&desired)).await;
        for step in opening.iter().filter(|step| step.kind() != StepKind::Start) {
            bench.perform(step).await.unwrap();
        }
        desired.phase = Phase::Stopped;
        let data = desired.data_disks[0].id;
        let auditor = Auditor::inside(desired.network.agency).await;
        let blank = content(&auditor, &volume_of(&auditor, data).await).await;
        desired.copies = vec![copy(data, kind)];
        bench.converge(&desired).await;
        desired.copies[0].taken = true;
        let images = auditor.get("image", "/v2/images?name=test").await;
        let before = volume_of(&auditor, data).await;
        let body = json!({ "os-reimage": { "image_id": images["images"][0]["id"] } });
        if kind == CopyKind::Backup {
            auditor.post("volume", &format!("/volumes/{before}/action"), body).await;
            auditor.becomes("volume", &format!("/volumes/{before}"), ("volume", "available"), VOLUME_LIMIT).await;
            assert_ne!(content(&auditor, &before).await, blank, "somebody wrote over it");
        }
        desired.copies[0].restore = restore();
        bench.converge(&desired).await;
        let after = volume_of(&auditor, data).await;
        assert_ne!(after, before, "another volume is the disk now");
        assert_eq!(content(&auditor, &after).await, blank, "and holds what the copy holds");
        let seen = bench.converge(&terminated(desired.clone())).await;
        assert!(seen.copies.erasure(desired.copies[0].id).is_some());
        let of_data = seen.erasures.iter().find(|erasure| erasure.disk == data).unwrap();
        assert!(of_data.what.contains(&after));
        assert_eq!(auditor.leftovers().await, [""; 0]);
    }
}

/// The same server before anything of it was handed over.
fn order_as(desired: &Desired) -> Desired {
    let mut new = Desired { opened: false, phase: Phase::Trial, ..desired.clone() };
    new.data_disks.iter_mut().for_each(|disk| disk.opened = false);
    new
}
