//! 抹除机: a volume that is not encrypted is overwritten to its end before it is deleted, whatever happens meanwhile.
//!
//! Only where guests are real, for it is a guest that overwrites. What it did is seen without it and without the driver: the
//! back end of the test plane keeps each volume as a file, which is held open here beyond its deletion.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use domain::provisioning::*;
use drivers::DriverError;
use serde_json::json;
use testcloud::{Auditor, account};

use crate::bench::{Bench, handed_over, order, terminated};
use crate::cases::cases;
use crate::copies::{copy, given_up, restore};
use crate::real_cloud::{VOLUME_LIMIT, broken_off, volume_of};

cases!(
    a_volume_is_overwritten_to_its_end_and_read_back_before_it_is_deleted,
    dropped_while_it_is_overwritten_it_comes_to_the_same_end,
    an_erasing_server_that_somebody_stopped_is_made_anew,
    disks_of_an_adopted_server_are_overwritten_in_the_project_it_was_found_in,
    what_a_restoring_replaced_is_overwritten_and_the_certificate_names_it,
);

/// The same bench with an erasing server; where the cloud has none, says that the case is skipped.
fn with_eraser(bench: &Bench, case: &str) -> Option<Bench> {
    let image = account::eraser_image();
    if image.is_none() {
        println!("SKIPPED openstack::{case}: no image for an erasing server here (OPENSTACK_COMPUTE=fake)");
    }
    image.map(|image| bench.erasing_with(image))
}

/// A server that is defined and never started, its data disk full of what must not stay; and the files of its disks.
async fn full(bench: &Bench) -> (Desired, Vec<File>) {
    let desired = order();
    for step in bench.plan(&desired).await.iter().filter(|step| step.kind() != StepKind::Start) {
        bench.perform(step).await.unwrap();
    }
    let auditor = Auditor::inside(desired.network.agency).await;
    let data = volume_of(&auditor, desired.data_disks[0].id).await;
    let image = auditor.get("image", "/v2/images?name=test").await["images"][0]["id"].clone();
    let write = json!({ "os-reimage": { "image_id": image } });
    auditor.post("volume", &format!("/volumes/{data}/action"), write).await;
    auditor.becomes("volume", &format!("/volumes/{data}"), ("volume", "available"), VOLUME_LIMIT).await;
    let mut files = Vec::new();
    for disk in desired.disk_ids() {
        let name = format!("state/volumes/volume-{}", volume_of(&auditor, disk).await);
        let mut file = File::open(account::directory().unwrap().join(name)).expect("the plane's own file");
        assert!(!is_blank(&mut file), "something is in it");
        files.push(file);
    }
    (handed_over(desired), files)
}

/// True where every byte of the file is zero.
fn is_blank(file: &mut File) -> bool {
    let (zeros, mut piece) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    file.rewind().unwrap();
    loop {
        match file.read(&mut piece).unwrap() {
            0 => return true,
            read if piece[..read] != zeros[..read] => return false,
            _ => {}
        }
    }
}

/// Nothing but zeros, and each of them written: a file in which nothing was written takes no room.
fn assert_overwritten(files: Vec<File>) {
    for mut file in files {
        let about = file.metadata().unwrap();
        assert_eq!(about.nlink(), 0, "the volume is deleted");
        assert!(is_blank(&mut file), "every byte of {} is zero", about.size());
        assert!(
            about.blocks() * 512 >= about.size(),
            "{} of {} bytes were written",
            about.blocks() * 512,
            about.size()
        );
    }
}

/// Of both disks of an order the evidence says that they were overwritten whole.
fn assert_claimed(seen: &Observed) {
    let claimed: Vec<_> = seen.erasures.iter().map(|one| (one.bytes, one.passes, one.size_gib)).collect();
    assert_eq!(claimed, [(2 << 30, 1, 2), (1 << 30, 1, 1)], "{:?}", seen.erasures);
    for erasure in &seen.erasures {
        assert!(erasure.method.contains("抹除机以零覆写") && !erasure.method.contains("未覆写"), "{}", erasure.method);
    }
}

/// Ended, its files are overwritten, the certificate claims it of both disks, and the cloud holds nothing and allows
/// nothing any more.
async fn assert_ends_overwritten(bench: &Bench, desired: &Desired, files: Vec<File>) {
    let seen = bench.converge(&terminated(desired.clone())).await;
    assert_overwritten(files);
    assert_claimed(&seen);
    assert_eq!(bench.objects(desired).await, 0);
    let auditor = Auditor::inside(desired.network.agency).await;
    assert_eq!(auditor.leftovers().await, [""; 0]);
    for (service, things) in
        [("compute", ["instances", "cores", "ram"]), ("volume", ["volumes", "gigabytes", "snapshots"])]
    {
        let quota = auditor.get(service, &format!("/os-quota-sets/{}", auditor.project)).await;
        for thing in things {
            assert_eq!(quota["quota_set"][thing], 0, "{thing}: what was allowed for the erasing server is taken back");
        }
    }
}

async fn a_volume_is_overwritten_to_its_end_and_read_back_before_it_is_deleted(bench: Bench) {
    let Some(bench) = with_eraser(&bench, "a_volume_is_overwritten…") else { return };
    assert!(bench.driver().capabilities().erasure_zh.contains("抹除机"));
    let (desired, files) = full(&bench).await;
    assert_ends_overwritten(&bench, &desired, files).await;
}

async fn dropped_while_it_is_overwritten_it_comes_to_the_same_end(bench: Bench) {
    let Some(bench) = with_eraser(&bench, "dropped_while_it_is_overwritten…") else { return };
    let (desired, files) = full(&bench).await;
    let ended = terminated(desired.clone());
    let mut erasers = 0;
    for after_ms in [700, 1500, 300, 3000, 100, 6000, 12_000, 1000, 25_000, 500, 2000, 4000] {
        broken_off(&bench, &ended, after_ms).await;
        let all = bench.driver().inventory().await.unwrap();
        for eraser in all.iter().filter(|thing| thing.kind == "server" && thing.external_name.starts_with("ly-erase-"))
        {
            assert!(eraser.resource.is_none(), "it is not the server of the order");
            erasers += usize::from(eraser.disk.is_some_and(|disk| desired.disk_ids().contains(&disk)));
        }
        assert!(bench.observe(&ended).await.server.is_none());
    }
    assert!(erasers > 0, "one of those moments was in the middle");
    assert_ends_overwritten(&bench, &desired, files).await;
}

async fn an_erasing_server_that_somebody_stopped_is_made_anew(bench: Bench) {
    let Some(bench) = with_eraser(&bench, "an_erasing_server_that_somebody_stopped…") else { return };
    let (desired, files) = full(&bench).await;
    let ended = terminated(desired.clone());
    let steps = bench.plan(&ended).await;
    let erase = steps.iter().find(|step| step.kind() == StepKind::EraseDisk).unwrap().clone();
    for step in steps.iter().take_while(|step| **step != erase) {
        bench.perform(step).await.unwrap();
    }
    let (worker, step) = (bench.clone(), erase.clone());
    let erasing = tokio::spawn(async move { worker.perform(&step).await });
    let auditor = Auditor::inside(desired.network.agency).await;
    let until = Instant::now() + Duration::from_secs(120);
    let server = loop {
        let all = auditor.get("compute", "/servers/detail").await;
        if let Some(server) = all["servers"].as_array().unwrap().iter().find(|server| server["status"] == "ACTIVE") {
            break server["id"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < until && !erasing.is_finished(), "no erasing server came up: {all}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    auditor.post("compute", &format!("/servers/{server}/action"), json!({ "os-stop": null })).await;
    let error = erasing.await.unwrap().unwrap_err();
    assert!(matches!(error, DriverError::Retry { .. }) && error.to_string().contains("SHUTOFF"), "{error}");
    let servers = auditor.get("compute", "/servers").await;
    assert_eq!(servers["servers"], json!([]), "it has gone, and the disk is still there");
    assert_ends_overwritten(&bench, &desired, files).await;
}

async fn disks_of_an_adopted_server_are_overwritten_in_the_project_it_was_found_in(bench: Bench) {
    let Some(bench) = with_eraser(&bench, "disks_of_an_adopted_server…") else { return };
    let stray = bench.stray().await;
    let desired = Desired { adopts: Some(stray.name.clone()), resource: stray.resource, ..order() };
    let adopt = bench.plan(&desired).await;
    bench.perform(&adopt[0]).await.unwrap();
    let desired = handed_over(Desired { phase: Phase::Production, ..desired });
    assert_claimed(&bench.converge(&terminated(desired.clone())).await);
    assert_eq!((bench.objects(&desired).await, bench.listed(&stray.name).await), (0, None), "nothing is left of it");
}

async fn what_a_restoring_replaced_is_overwritten_and_the_certificate_names_it(bench: Bench) {
    let Some(bench) = with_eraser(&bench, "what_a_restoring_replaced…") else { return };
    let (desired, mut files) = full(&bench).await;
    let data = desired.data_disks[0].id;
    let auditor = Auditor::inside(desired.network.agency).await;
    let replaced = volume_of(&auditor, data).await;
    let mut desired = Desired { phase: Phase::Stopped, copies: vec![copy(data, CopyKind::Snapshot)], ..desired };
    bench.converge(&desired).await;
    desired.copies[0].taken = true;
    desired.copies[0].restore = restore();
    let seen = bench.converge(&desired).await;
    assert!(seen.copies.replaced.is_empty(), "a snapshot hangs on it: {:?}", seen.copies.replaced);
    assert_ne!(volume_of(&auditor, data).await, replaced, "the disk is another volume now");
    assert!(!is_blank(&mut files[1]), "and the old one is as it was");
    // With the last snapshot goes what it hung on; a process is killed in the middle of it.
    desired.copies[0].restore = None;
    desired.copies[0].ended = given_up(&desired.copies[0]);
    let drops = bench.plan(&desired).await;
    bench.perform(&drops[0]).await.unwrap();
    let steps = bench.plan(&desired).await;
    assert_eq!(steps.iter().map(Step::kind).collect::<Vec<_>>(), [StepKind::EraseReplaced]);
    for after_ms in [1000, 8000] {
        let _ = tokio::time::timeout(Duration::from_millis(after_ms), bench.perform(&steps[0])).await;
        bench.new_process();
    }
    bench.converge(&desired).await;
    assert_overwritten(files.split_off(1));
    assert_eq!(bench.objects(&desired).await, 3, "the server is still there with both its disks");
    let seen = bench.converge(&terminated(desired.clone())).await;
    let of_data = seen.erasures.iter().find(|one| one.disk == data).expect("its evidence");
    assert!(of_data.what.contains(&format!("替换下的云硬盘 {replaced}(已覆写)")), "{}", of_data.what);
    assert_overwritten(files);
    assert_eq!(bench.objects(&desired).await, 0);
}
