//! 快照 and 备份, whatever cloud is behind them: taken, put back, tested, deleted, and gone with their disks (A28, A31).

use domain::ids::{DiskCopyId, RestoreId};
use domain::provisioning::*;
use uuid::Uuid;

use crate::bench::{Bench, handed_over, order, terminated};
use crate::cases::cases;

cases!(
    a31_a_snapshot_and_a_backup_are_taken_once_and_seen,
    a_copy_taken_half_is_taken_whole_by_the_next_process,
    a_copy_is_put_back_into_its_disk_once,
    a31_a_restore_test_shows_what_it_compared_and_leaves_nothing,
    a28_a_copy_is_deleted_with_evidence_and_no_other,
    a28_an_ended_order_leaves_no_copy_behind,
);

pub fn copy(disk: DiskId, kind: CopyKind) -> DesiredCopy {
    let id = DiskCopyId(Uuid::now_v7());
    DesiredCopy { id, disk, kind, taken: false, lost: false, ended: None, restore: None, proof: None }
}

pub fn restore() -> Option<RestoreId> {
    Some(RestoreId(Uuid::now_v7()))
}

pub fn given_up(copy: &DesiredCopy) -> Option<Ending> {
    Some(Ending::Copy { copy: copy.id })
}

/// An opened server, and what it looks like with a snapshot of its data disk and a backup of its system disk.
pub async fn copied(bench: &Bench) -> Desired {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    let (system, data) = (DiskId::system_of(desired.resource), desired.data_disks[0].id);
    desired.copies = vec![copy(data, CopyKind::Snapshot), copy(system, CopyKind::Backup)];
    bench.converge(&desired).await;
    desired.copies.iter_mut().for_each(|copy| copy.taken = true);
    desired
}

async fn a31_a_snapshot_and_a_backup_are_taken_once_and_seen(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    desired.copies = vec![
        copy(desired.data_disks[0].id, CopyKind::Snapshot),
        copy(DiskId::system_of(desired.resource), CopyKind::Backup),
    ];
    for step in bench.plan(&desired).await {
        bench.perform(&step).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
        bench.perform(&step).await.unwrap_or_else(|error| panic!("{step:?} again: {error}"));
    }
    bench.new_process();
    let seen = bench.observe(&desired).await;
    let shown: Vec<_> = desired.copies.iter().map(|copy| seen.copies.copy(copy.id).expect("it is there")).collect();
    assert_eq!(
        shown.iter().map(|copy| (copy.kind, copy.size_gib)).collect::<Vec<_>>(),
        [(CopyKind::Snapshot, 1), (CopyKind::Backup, 2)]
    );
    assert!(shown.iter().all(|copy| copy.taken_at.parse::<jiff::Timestamp>().is_ok()), "{shown:?}");
    assert!(seen.is_running(), "nothing was stopped for it");
    assert_eq!(bench.plan(&desired).await, []);
    assert_eq!(bench.objects(&desired).await, 3, "a copy is no disk");
    let listed = bench.driver().inventory().await.unwrap();
    for copy in &desired.copies {
        let found = listed.iter().find(|thing| thing.copy == Some(copy.id)).expect("and is listed as what it is");
        assert_eq!((&*found.kind, found.copy_of, found.disks_gib.len()), (copy.kind.code(), Some(copy.disk), 1));
    }
    desired.copies.iter_mut().for_each(|copy| copy.taken = true);
    assert_eq!(differences(&desired, &seen), []);
    bench.converge(&terminated(desired)).await;
}

/// A process is killed while the copy is being made.
async fn a_copy_taken_half_is_taken_whole_by_the_next_process(bench: Bench) {
    for after_ms in [5, 60, 400] {
        let mut desired = order();
        bench.converge(&desired).await;
        desired = handed_over(desired);
        desired.copies = vec![copy(DiskId::system_of(desired.resource), CopyKind::Backup)];
        let steps = bench.plan(&desired).await;
        let half = bench.perform(&steps[0]);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(after_ms), half).await;
        bench.new_process();
        let seen = bench.converge(&desired).await;
        assert_eq!(seen.copies.there.len(), 1, "cut after {after_ms} ms");
        desired.copies[0].taken = true;
        assert!(bench.converge(&terminated(desired)).await.is_clear());
    }
}

async fn a_copy_is_put_back_into_its_disk_once(bench: Bench) {
    let mut desired = copied(&bench).await;
    let data = desired.data_disks[0].id;
    for which in [0, 1] {
        desired.copies[which].restore = restore();
        let steps = bench.plan(&desired).await;
        assert_eq!(steps[0].kind(), StepKind::Stop);
        let put_back = steps.iter().find(|step| step.kind() == StepKind::RestoreCopy).unwrap();
        let early = bench.driver().carry_out(put_back).await;
        assert!(early.is_err() || bench.name() == "work_order", "not while the server runs");
        bench.perform(&steps[0]).await.unwrap();
        bench.perform(put_back).await.unwrap_or_else(|error| panic!("{put_back:?}: {error}"));
        bench.new_process();
        bench.perform(put_back).await.unwrap_or_else(|error| panic!("{put_back:?} again: {error}"));
        let seen = bench.converge(&desired).await;
        assert!(seen.copies.has_restored(desired.copies[which].restore.unwrap()));
        assert!(seen.is_running());
        let sizes: Vec<_> = seen.disks.iter().map(|disk| (disk.size_gib, disk.attached)).collect();
        assert_eq!(sizes, [(2, true), (1, true)], "the disks are what they were");
        assert_eq!(differences(&desired, &seen), [], "and so is the server");
        desired.copies[which].restore = None;
    }
    assert_eq!(bench.plan(&desired).await, [], "the copies are still there");
    assert!(desired.data_disks[0].id == data);
    let seen = bench.converge(&terminated(desired.clone())).await;
    assert!(seen.is_clear());
    assert_eq!(bench.objects(&desired).await, 0, "what was replaced is gone too");
}

async fn a31_a_restore_test_shows_what_it_compared_and_leaves_nothing(bench: Bench) {
    let mut desired = copied(&bench).await;
    let before = bench.objects(&desired).await;
    let test = restore();
    desired.copies[1].proof = test;
    let steps = bench.plan(&desired).await;
    assert_eq!(steps.iter().map(Step::kind).collect::<Vec<_>>(), [StepKind::ProveCopy]);
    bench.perform(&steps[0]).await.unwrap_or_else(|error| panic!("{:?}: {error}", steps[0]));
    bench.new_process();
    bench.perform(&steps[0]).await.unwrap();
    let seen = bench.converge(&desired).await;
    let proof = seen.copies.proof(test.unwrap()).expect("its result is kept");
    assert!(proof.passed, "{proof:?}");
    assert!(!proof.compared.is_empty() && !proof.attested_by.is_empty() && !proof.what.is_empty());
    assert!(proof.at.parse::<jiff::Timestamp>().is_ok());
    assert!(seen.is_running());
    assert_eq!(bench.objects(&desired).await, before, "the scratch disk is gone");
    bench.converge(&terminated(desired)).await;
}

async fn a28_a_copy_is_deleted_with_evidence_and_no_other(bench: Bench) {
    let mut desired = copied(&bench).await;
    desired.copies[0].ended = given_up(&desired.copies[0]);
    let steps = bench.plan(&desired).await;
    assert_eq!(steps.iter().map(Step::kind).collect::<Vec<_>>(), [StepKind::DropCopy]);
    let first = bench.perform(&steps[0]).await.unwrap().expect("evidence");
    bench.new_process();
    let again = bench.perform(&steps[0]).await.unwrap().expect("the same evidence again");
    assert_eq!(first, again);
    assert_eq!((first.copy, first.disk), (Some(desired.copies[0].id), desired.data_disks[0].id));
    let seen = bench.converge(&desired).await;
    assert_eq!(seen.copies.erasure(desired.copies[0].id), Some(&first), "shown as long as anybody asks");
    assert!(seen.copies.copy(desired.copies[1].id).is_some(), "the other one stays");
    assert!(seen.erasures.is_empty(), "and so do the disks");
    bench.converge(&terminated(desired)).await;
}

async fn a28_an_ended_order_leaves_no_copy_behind(bench: Bench) {
    let desired = copied(&bench).await;
    let ended = terminated(desired.clone());
    let length = bench.plan(&ended).await.len();
    // Killed in the middle, another process goes on.
    for step in &bench.plan(&ended).await[..length / 2] {
        bench.perform(step).await.unwrap();
    }
    bench.new_process();
    let seen = bench.converge(&ended).await;
    assert!(seen.is_clear());
    assert_eq!(bench.objects(&desired).await, 0);
    for id in copies_owed(&ended) {
        assert!(seen.copies.erasure(id).is_some(), "each copy has evidence of its own");
    }
    assert_eq!(seen.erasures.len(), 2, "and each disk");
}
