//! What only a real guest can show: it boots, answers, sees its disks, keeps its data, and loses them for good.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use domain::provisioning::*;
use drivers::libvirt::{Layout, end_daemons};

use crate::bench::{Bench, disk, handed_over, order, terminated};
use crate::cases::{Named, cases};
use crate::copies::{copied, copy, restore};

cases!(
    a_guest_answers_on_its_console_and_over_its_isolated_network,
    a_running_guest_sees_disks_come_and_grow,
    a_resized_guest_keeps_its_data_and_sees_its_new_shape,
    what_was_on_an_erased_disk_is_overwritten,
    a_restored_disk_holds_what_it_held_when_it_was_copied,
    a31_a_backup_that_changed_since_is_neither_restored_nor_said_to_be_sound,
);

/// Ends the daemons that all others need.
pub const ALONE: &[Named] = &[
    ("guests_outlive_the_daemons_which_are_started_again", |bench| {
        Box::pin(guests_outlive_the_daemons_which_are_started_again(bench.clone()))
    }),
    ("a_stop_while_the_daemons_start_leaves_none_behind", |bench| {
        Box::pin(a_stop_while_the_daemons_start_leaves_none_behind(bench.clone()))
    }),
];

/// A booting guest needs 3 s alone and much longer when two processors build and test beside it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Looks until `wanted` appears on the console; how often it is there.
async fn console_shows(bench: &Bench, desired: &Desired, wanted: &str) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = bench.driver().console(desired.resource, 0).await.map(|piece| piece.text).unwrap_or_default();
        if text.contains(wanted) {
            return text;
        }
        assert!(Instant::now() < until, "no {wanted:?} on the console:\n{text}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn a_guest_answers_on_its_console_and_over_its_isolated_network(bench: Bench) {
    let desired = order();
    let address = bench.converge(&desired).await.server.unwrap().address.expect("a fixed address");
    let console = console_shows(&bench, &desired, "LIYUN-READY").await;
    assert!(console.contains(&format!("id={}", desired.resource)), "{console}");
    assert!(console.contains(&format!("LIYUN-IP {address}")), "the guest took the address we recorded:\n{console}");
    let mut stream = TcpStream::connect((address.as_str(), 80)).expect("the guest listens on port 80");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("200 OK") && answer.contains(&desired.resource.to_string()), "{answer}");
    bench.converge(&terminated(desired)).await;
}

async fn a_running_guest_sees_disks_come_and_grow(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    console_shows(&bench, &desired, "LIYUN-DISKS vda=4194304 vdb=2097152").await;
    desired = handed_over(desired);
    desired.data_disks.push(disk(1));
    desired.data_disks[0].size_gib = 3;
    desired.approved.data_disks_gib = vec![3, 1];
    bench.converge(&desired).await;
    let console = console_shows(&bench, &desired, "LIYUN-DISKS vda=4194304 vdb=6291456 vdc=2097152").await;
    assert!(
        console.contains("LIYUN-DISK boots=1") && !console.contains("boots=2"),
        "no restart was needed:\n{console}"
    );
    bench.converge(&terminated(desired)).await;
}

async fn a_resized_guest_keeps_its_data_and_sees_its_new_shape(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    console_shows(&bench, &desired, "LIYUN-READY").await;
    desired = handed_over(desired);
    desired.shape = Shape { vcpu: 2, memory_mib: 320 };
    desired.approved.shape = desired.shape;
    bench.converge(&desired).await;
    let console = console_shows(&bench, &desired, "LIYUN-DISK boots=2").await;
    assert!(console.contains("LIYUN-DOWN"), "it was shut down in order:\n{console}");
    assert!(console.contains("cpus=2"), "{console}");
    bench.converge(&terminated(desired)).await;
}

async fn what_was_on_an_erased_disk_is_overwritten(bench: Bench) {
    let desired = order();
    bench.converge(&desired).await;
    console_shows(&bench, &desired, "LIYUN-READY").await;
    bench.converge(&Desired { phase: Phase::Stopped, ..handed_over(desired.clone()) }).await;
    let file = Layout::new(&bench.path()).disk(DiskId::system_of(desired.resource));
    let kept = bench.path().join("kept-by-another-name");
    std::fs::hard_link(&file, &kept).unwrap();
    let before = std::fs::read(&kept).unwrap();
    assert!(before.windows(18).any(|piece| piece == b"LIYUN-DISK boots=1"), "the guest had written to its disk");
    let seen = bench.converge(&terminated(desired.clone())).await;
    let after = std::fs::read(&kept).unwrap();
    assert!(after.iter().all(|byte| *byte == 0), "every byte of the file is zero");
    let erasure = seen.erasures.iter().find(|e| e.disk == DiskId::system_of(desired.resource)).unwrap();
    assert_eq!((erasure.bytes, erasure.passes, erasure.size_gib), (before.len() as u64, 3, 2));
    assert!(!file.exists() && erasure.sm3_after.as_ref().is_some_and(|sm3| sm3.len() == 64));
}

async fn guests_outlive_the_daemons_which_are_started_again(bench: Bench) {
    let desired = order();
    bench.converge(&desired).await;
    console_shows(&bench, &desired, "LIYUN-READY").await;
    let layout = Layout::new(&bench.path());
    let pid = std::fs::read_to_string(layout.pid_file("libvirtd")).unwrap();
    end_daemons(&layout);
    let until = Instant::now() + PATIENCE;
    while std::path::Path::new("/proc").join(pid.trim()).exists() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seen = bench.observe(&desired).await;
    assert!(seen.is_running(), "adopted by the new libvirtd");
    assert_ne!(std::fs::read_to_string(layout.pid_file("libvirtd")).unwrap(), pid, "a new libvirtd");
    let console = console_shows(&bench, &desired, "LIYUN-READY").await;
    assert!(!console.contains("boots=2"), "and it was never restarted:\n{console}");
    bench.converge(&terminated(desired)).await;
}

/// Whoever started them is cut off and the program comes to its orderly end: the start is gone through with first.
async fn a_stop_while_the_daemons_start_leaves_none_behind(bench: Bench) {
    drivers::libvirt::rest(&bench.path()).await;
    assert_eq!(daemons_of(&bench), Vec::<String>::new());
    let begun = Layout::new(&bench.path()).root().join("log/start.log");
    std::fs::remove_file(&begun).expect("they were started before");
    let driver = bench.driver();
    let starting = tokio::spawn(async move { driver.health().await });
    let until = Instant::now() + PATIENCE;
    while !begun.exists() {
        assert!(Instant::now() < until, "the daemons are being started");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    starting.abort();
    drivers::libvirt::rest(&bench.path()).await;
    assert_eq!(daemons_of(&bench), Vec::<String>::new());
}

/// Command lines of the daemons, and of what starts them, for this bench.
fn daemons_of(bench: &Bench) -> Vec<String> {
    let place = bench.path().to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(&place) && line.contains("libvirtd")).collect()
}

/// The guest counts its starts on its system disk. A copy is taken after the first, while it runs.
async fn a_restored_disk_holds_what_it_held_when_it_was_copied(bench: Bench) {
    for kind in [CopyKind::Snapshot, CopyKind::Backup] {
        let mut desired = order();
        bench.converge(&desired).await;
        console_shows(&bench, &desired, "LIYUN-READY").await;
        desired = handed_over(desired);
        let system = DiskId::system_of(desired.resource);
        desired.copies = vec![copy(system, kind)];
        bench.converge(&desired).await;
        desired.copies[0].taken = true;
        bench.converge(&Desired { phase: Phase::Stopped, ..desired.clone() }).await;
        bench.converge(&desired).await;
        console_shows(&bench, &desired, "LIYUN-DISK boots=2").await;
        desired.copies[0].restore = restore();
        let file = Layout::new(&bench.path()).disk(system);
        let kept = bench.path().join(format!("replaced-{}", kind.code()));
        std::fs::hard_link(&file, &kept).unwrap();
        bench.converge(&desired).await;
        assert!(std::fs::read(&kept).unwrap().iter().all(|byte| *byte == 0), "what was replaced is overwritten");
        let until = Instant::now() + PATIENCE;
        while bench.driver().console(desired.resource, 0).await.unwrap().text.matches("boots=2").count() < 2 {
            assert!(Instant::now() < until, "it counts its second start for the second time");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bench.converge(&terminated(desired)).await;
    }
}

async fn a31_a_backup_that_changed_since_is_neither_restored_nor_said_to_be_sound(bench: Bench) {
    let mut desired = copied(&bench).await;
    let file = Layout::new(&bench.path()).copy(CopyKind::Backup, desired.copies[1].id);
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let test = restore();
    desired.copies[1].proof = test;
    let seen = bench.converge(&desired).await;
    let proof = seen.copies.proof(test.unwrap()).unwrap();
    assert!(!proof.passed && proof.compared.contains("SM3 与制作时不一致"), "{proof:?}");
    (desired.copies[1].proof, desired.copies[1].restore) = (None, restore());
    let steps = bench.plan(&desired).await;
    bench.perform(&steps[0]).await.unwrap();
    let refused = bench.perform(&steps[1]).await;
    assert!(matches!(refused, Err(drivers::DriverError::Refused { .. })), "{refused:?}");
    desired.copies[1].restore = None;
    assert!(bench.converge(&desired).await.is_running(), "given up, the disk is as it was");
    bench.converge(&terminated(desired)).await;
}
