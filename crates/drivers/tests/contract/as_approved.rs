//! What a server is made of on a real OpenStack, and what goes with it when it is erased: images, volume types, keys.

use domain::application::form::{Architecture, DiskKind, OperatingSystem};
use domain::provisioning::*;
use drivers::openstack::Patience;
use drivers::{Driver, DriverError};
use serde_json::json;
use testcloud::{Auditor, account};

use crate::bench::{Bench, handed_over, order, terminated};
use crate::cases::cases;
use crate::real_cloud::{VOLUME_LIMIT, driver, has_guests, hasty};

cases!(
    a_server_is_made_as_approved_from_its_image_on_its_kinds_of_disk_and_lets_the_login_key_in,
    an_image_made_of_a_server_goes_with_its_disks_and_one_of_unknown_origin_is_named,
    an_encrypted_volume_goes_with_its_key,
);

/// A key that nobody has the other half of.
const LOGIN_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

async fn a_server_is_made_as_approved_from_its_image_on_its_kinds_of_disk_and_lets_the_login_key_in(bench: Bench) {
    let cloud = Auditor::new().await;
    let fast = cloud.volume_type(&format!("fast-{}", uuid::Uuid::now_v7())).await;
    let mut desired = order();
    desired.platform = Some(Platform { operating_system: OperatingSystem::Kylin, architecture: Architecture::X86 });
    desired.data_disks[0].kind = Some(DiskKind::HighIo);
    let named = account::settings().unwrap().0.image.expect("an image");
    let own = driver(
        &bench,
        |settings| {
            let choice = |architecture, image: &str| ImageChoice {
                operating_system: OperatingSystem::Kylin,
                architecture,
                image: image.into(),
            };
            settings.image = None;
            settings.images = vec![choice(Some(Architecture::Arm), "no-such-image"), choice(None, &named)];
            settings.volume_types = vec![VolumeTypeChoice { kind: DiskKind::HighIo, volume_type: fast.clone() }];
            settings.login_key = Some(LOGIN_KEY.into());
        },
        hasty(),
    );
    let health = own.health().await;
    assert_eq!(health.reasons.len(), 1, "{health:?}");
    assert!(health.reasons[0].zh.contains("“no-such-image”"), "only what is missing is named: {health:?}");
    for step in plan(&desired, &own.observe(&desired).await.unwrap(), &own.capabilities()).unwrap() {
        own.carry_out(&step).await.unwrap();
    }
    let seen = own.observe(&desired).await.unwrap();
    let kinds: Vec<Option<DiskKind>> = desired.disk_ids().into_iter().map(|id| seen.disk(id).unwrap().kind).collect();
    assert_eq!(kinds, [None, Some(DiskKind::HighIo)], "of the system disk it was never recorded what was ordered");
    let inside = Auditor::inside(desired.network.agency).await;
    let volumes = inside.get("volume", "/volumes/detail").await;
    let of = |gib: u64| volumes["volumes"].as_array().unwrap().iter().find(|v| v["size"] == gib).unwrap().clone();
    assert_eq!((of(2)["bootable"].as_str(), of(1)["volume_type"].as_str()), (Some("true"), Some(&*fast)));
    assert_eq!(of(2)["volume_image_metadata"]["image_name"], json!(named));
    let server = inside.get("compute", "/servers/detail").await["servers"][0].clone();
    let key = server["key_name"].as_str().expect("a key pair").to_owned();
    let listed = testcloud::client(&["keypair", "show", "--user", "liyun", &key]);
    assert_eq!(listed["name"], json!(key), "{listed}");
    let stranger = Platform { operating_system: OperatingSystem::Uos, architecture: Architecture::X86 };
    let refused = Desired { platform: Some(stranger), ..order() };
    own.observe(&refused).await.unwrap();
    own.carry_out(&Step::EnsureNetwork { network: refused.network.clone() }).await.unwrap();
    let (resource, disk) = (refused.resource, DiskId::system_of(refused.resource));
    let step = Step::EnsureDisk { resource, disk, size_gib: 2, kind: None, platform: refused.platform };
    let error = own.carry_out(&step).await.unwrap_err();
    assert!(matches!(error, DriverError::Refused { .. }) && error.zh().contains("统信UOS 20"), "{error}");
    for desired in [desired, refused] {
        bench.converge(&terminated(desired)).await;
    }
    cloud.drop_volume_type(&fast).await;
}

async fn an_image_made_of_a_server_goes_with_its_disks_and_one_of_unknown_origin_is_named(bench: Bench) {
    if !has_guests("an_image_made_of_a_server…").await {
        return;
    }
    let desired = order();
    bench.converge(&desired).await;
    let auditor = Auditor::inside(desired.network.agency).await;
    let room = json!({ "quota_set": { "gigabytes": 10, "snapshots": 2 } });
    auditor.call(reqwest::Method::PUT, "volume", &format!("/os-quota-sets/{}", auditor.project), Some(room)).await;
    let image = auditor.image_of_the_server(VOLUME_LIMIT).await;
    let unknown = auditor.blank_image().await;
    let seen = bench.converge(&terminated(handed_over(desired))).await;
    let gone_with: Vec<&Erasure> = seen.erasures.iter().filter(|erasure| erasure.what.contains(&image)).collect();
    assert_eq!(gone_with.len(), 1, "with the first of the disks it stands for: {:?}", seen.erasures);
    assert!(seen.erasures.iter().all(|erasure| erasure.what.contains(&format!("来源不明的镜像 {unknown}"))));
    assert_eq!(auditor.images().await, std::slice::from_ref(&unknown), "what may be something else is named, and left");
    auditor.call(reqwest::Method::DELETE, "image", &format!("/v2/images/{unknown}"), None).await;
    assert_eq!(auditor.leftovers().await, [""; 0]);
}

/// The volume type of `scripts/openstack/seed.py` whose volumes have a key in Barbican each.
const ENCRYPTED: &str = "encrypted";

async fn an_encrypted_volume_goes_with_its_key(bench: Bench) {
    let mut desired = order();
    desired.data_disks[0].kind = Some(DiskKind::HighIo);
    let with_keys = |settings: &mut OpenstackSettings| {
        settings.volume_types = vec![VolumeTypeChoice { kind: DiskKind::HighIo, volume_type: ENCRYPTED.into() }];
    };
    let own = driver(&bench, with_keys, (Patience::default(), 500));
    // Network and disks only: Nova cannot attach what the plane's own back end encrypts (scripts/openstack/README.md).
    let steps = plan(&desired, &own.observe(&desired).await.unwrap(), &own.capabilities()).unwrap();
    for step in &steps[..3] {
        own.carry_out(step).await.unwrap();
    }
    let auditor = Auditor::inside(desired.network.agency).await;
    let keys = auditor.keys().await;
    assert_eq!(keys.len(), 1, "the system disk has none, the data disk its own: {keys:?}");
    let seen = bench.converge(&terminated(desired.clone())).await;
    let of_data = seen.erasures.iter().find(|erasure| erasure.disk == desired.data_disks[0].id).unwrap();
    assert!(of_data.method.contains("销毁卷密钥"), "{}", of_data.method);
    let of_system = seen.erasures.iter().find(|erasure| erasure.disk != desired.data_disks[0].id).unwrap();
    assert!(!of_system.method.contains("密钥"), "{}", of_system.method);
    assert_eq!(auditor.keys().await, [""; 0], "the key manager has the key no more");
    assert_eq!(auditor.leftovers().await, [""; 0]);
}
