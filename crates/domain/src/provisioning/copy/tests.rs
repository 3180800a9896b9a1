//! Copies in plans: as rules, and as properties over whatever a cloud may show. The model world is `Step::apply`.

use proptest::prelude::*;
use uuid::Uuid;

use super::super::tests::{able, carried_out, kinds, opened, termination};
use super::super::*;
use super::*;
use crate::ids::{ChangeId, OperationId};

fn id(n: u128) -> DiskCopyId {
    DiskCopyId(Uuid::from_u128(1000 + n))
}

fn restore(n: u128) -> RestoreId {
    RestoreId(Uuid::from_u128(2000 + n))
}

fn copy(n: u128, disk: DiskId, kind: CopyKind) -> DesiredCopy {
    DesiredCopy { id: id(n), disk, kind, taken: false, lost: false, ended: None, restore: None, proof: None }
}

/// An opened server with a snapshot of its data disk and a backup of its system disk, both taken.
fn copied() -> (Desired, Observed) {
    let (mut desired, world) = opened();
    let (system, data) = (DiskId::system_of(desired.resource), desired.data_disks[0].id);
    desired.copies = vec![copy(1, data, CopyKind::Snapshot), copy(2, system, CopyKind::Backup)];
    let world = carried_out(&plan(&desired, &world, &able(Manner::Cold)).unwrap(), world);
    desired.copies.iter_mut().for_each(|copy| copy.taken = true);
    (desired, world)
}

fn given_up(n: u128) -> Option<Ending> {
    Some(Ending::Copy { copy: id(n) })
}

#[test]
fn a31_copies_are_taken_of_a_running_server_without_stopping_it() {
    let (mut desired, world) = opened();
    desired.copies = vec![
        copy(1, desired.data_disks[0].id, CopyKind::Snapshot),
        copy(2, DiskId::system_of(desired.resource), CopyKind::Backup),
    ];
    let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
    assert_eq!(kinds(&steps), ["take_copy", "take_copy"]);
    assert_eq!((&*steps[0].zh(), &*steps[1].zh()), ("制作快照 100 GiB", "制作备份 40 GiB"));
    assert_eq!(plan(&desired, &carried_out(&steps, world), &able(Manner::Cold)).unwrap(), [], "taken once is taken");
}

#[test]
fn a4_an_engine_that_takes_none_is_asked_for_none() {
    let (mut desired, world) = opened();
    desired.copies = vec![copy(1, desired.data_disks[0].id, CopyKind::Backup)];
    let without = Capabilities { backups: false, ..able(Manner::Live) };
    assert_eq!(plan(&desired, &world, &without), Err(Refusal::CannotCopy { kind: CopyKind::Backup }));
    desired.copies[0].kind = CopyKind::Snapshot;
    assert!(plan(&desired, &world, &without).is_ok(), "the other kind it can");
}

#[test]
fn a31_a_lost_copy_is_reported_and_not_taken_again_under_its_id() {
    let (desired, mut world) = copied();
    assert_eq!(differences(&desired, &world), []);
    world.copies.there.remove(0);
    assert_eq!(plan(&desired, &world, &able(Manner::Live)).unwrap(), [], "another day's data is not that copy");
    let found = differences(&desired, &world);
    assert_eq!((found.len(), &*found[0].field), (1, &*format!("copy.{}", id(1))));
    let mut noted = desired.clone();
    noted.copies[0].lost = true;
    assert_eq!((differences(&noted, &world), copies_owed(&noted)), (vec![], vec![]), "noted, it is no news");
    for wish in [
        |copy: &mut DesiredCopy| copy.restore = Some(restore(1)),
        |copy: &mut DesiredCopy| copy.proof = Some(restore(1)),
    ] {
        let mut wanted = desired.clone();
        wish(&mut wanted.copies[0]);
        assert!(matches!(plan(&wanted, &world, &able(Manner::Live)), Err(Refusal::Lost { .. })));
    }
}

#[test]
fn a_restoring_stops_the_server_replaces_the_content_and_starts_it_once() {
    let (mut desired, world) = copied();
    desired.copies[0].restore = Some(restore(1));
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["stop", "restore_copy", "start"]);
    assert_eq!(steps[1].zh(), "恢复云盘 100 GiB:从快照恢复,覆盖现有内容");
    assert!(steps[1].takes_away(), "what was on the disk does not come back");
    assert_eq!(steps[1].undo(termination()), None);
    let after = carried_out(&steps, world.clone());
    assert_eq!(plan(&desired, &after, &able(Manner::Live)).unwrap(), [], "done once under its id");
    desired.copies[0].restore = Some(restore(2));
    assert_eq!(kinds(&plan(&desired, &after, &able(Manner::Live)).unwrap()), ["stop", "restore_copy", "start"]);
    // A server that is kept stopped stays so; and what differs in a cloud never restores anything by itself.
    let stopped = Desired { phase: Phase::Stopped, ..desired.clone() };
    let half = carried_out(&steps[..1], world.clone());
    assert_eq!(kinds(&plan(&stopped, &half, &able(Manner::Live)).unwrap()), ["restore_copy"]);
    assert!(matches!(restoration(&desired, &world, &able(Manner::Live)), Err(Refusal::WouldTakeAway { .. })));
}

/// An engine that restores into a new medium shows the old one until it is cleared.
#[test]
fn a28_what_a_restoring_replaced_is_cleared_once_the_service_runs_again() {
    let (mut desired, mut world) = copied();
    let data = desired.data_disks[0].id;
    desired.copies[0].restore = Some(restore(1));
    world = carried_out(&plan(&desired, &world, &able(Manner::Live)).unwrap()[..2], world);
    world.copies.replaced.push(Replaced { disk: data, restore: restore(1), size_gib: 100 });
    for steps in [plan(&desired, &world, &able(Manner::Live)), copying(&desired, &world, &able(Manner::Live))] {
        let steps = steps.unwrap();
        assert_eq!(kinds(&steps), ["start", "erase_replaced"], "nobody waits for the overwriting");
        assert_eq!(steps[1].zh(), "清除恢复时替换下的云盘 100 GiB");
        assert_eq!(steps[1].undo(termination()), None);
        assert_eq!(plan(&desired, &carried_out(&steps, world.clone()), &able(Manner::Live)).unwrap(), []);
    }
    assert!(restoration(&desired, &world, &able(Manner::Live)).is_ok(), "it was given up with the restoring");
    // A disk that goes takes it with it.
    desired.data_disks[0].ended = Some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["detach_disk", "start", "drop_copy", "erase_disk"]);
}

#[test]
fn a_snapshot_taken_before_a_restoring_holds_what_the_restoring_takes() {
    let (mut desired, world) = copied();
    let data = desired.data_disks[0].id;
    desired.copies[0].restore = Some(restore(1));
    desired.copies.push(copy(3, data, CopyKind::Snapshot));
    assert_eq!(
        kinds(&plan(&desired, &world, &able(Manner::Live)).unwrap()),
        ["stop", "take_copy", "restore_copy", "start"]
    );
}

#[test]
fn a31_a_restore_test_leaves_the_service_alone_and_is_done_once() {
    let (mut desired, world) = copied();
    desired.copies[1].proof = Some(restore(1));
    let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
    assert_eq!(kinds(&steps), ["prove_copy"], "nothing is stopped");
    assert!(!steps[0].takes_away());
    let after = carried_out(&steps, world);
    assert_eq!(plan(&desired, &after, &able(Manner::Cold)).unwrap(), []);
    assert!(!after.copies.proof(restore(1)).unwrap().passed, "passed is the driver's to say");
}

#[test]
fn a28_a_copy_given_up_is_deleted_last_and_owes_evidence() {
    let (mut desired, world) = copied();
    desired.copies[0].ended = given_up(1);
    desired.copies.push(copy(3, desired.data_disks[0].id, CopyKind::Snapshot));
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["take_copy", "drop_copy"]);
    assert_eq!(copies_owed(&desired), [id(1)]);
    desired.copies[2].ended = given_up(3);
    assert_eq!(copies_owed(&desired), [id(1)], "what was never there owes nothing");
}

#[test]
fn a28_a_disk_given_up_by_a_change_takes_its_copies_with_it_first() {
    let (mut desired, world) = copied();
    desired.data_disks[0].ended = Some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["detach_disk", "drop_copy", "erase_disk"]);
    assert_eq!(copies_owed(&desired), [id(1)], "the backup of the system disk stays");
}

#[test]
fn a28_an_ended_order_deletes_every_copy_before_its_disks() {
    let (mut desired, world) = copied();
    desired.phase = Phase::Erased { ending: termination() };
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    let expected = ["stop", "remove_server", "drop_copy", "drop_copy", "erase_disk", "erase_disk", "remove_network"];
    assert_eq!(kinds(&steps), expected);
    assert_eq!(copies_owed(&desired), [id(1), id(2)]);
    assert!(carried_out(&steps, world.clone()).is_clear());
    let all_but_copies: Vec<Step> = steps.into_iter().filter(|step| step.kind() != StepKind::DropCopy).collect();
    let after = carried_out(&all_but_copies, world);
    assert!(!after.is_clear(), "a copy left behind is data left behind");
    assert_eq!(differences(&desired, &after).len(), 2);
}

#[test]
fn an_order_for_copies_mends_nothing_else() {
    let (mut desired, mut world) = copied();
    world.server.as_mut().unwrap().shape.vcpu = 1;
    desired.copies.push(copy(3, desired.data_disks[0].id, CopyKind::Snapshot));
    let able = able(Manner::Cold);
    assert_eq!(kinds(&copying(&desired, &world, &able).unwrap()), ["take_copy"], "a resize would stop the service");
    desired.copies[0].restore = Some(restore(1));
    let steps = copying(&desired, &world, &able).unwrap();
    assert_eq!(kinds(&steps), ["stop", "take_copy", "restore_copy", "start"]);
    let killed = carried_out(&steps[..3], world.clone());
    assert_eq!(kinds(&copying(&desired, &killed, &able).unwrap()), ["start"], "whatever was killed when");
    let stopped = carried_out(&steps[..1], world.clone());
    desired.copies[0].restore = None;
    desired.copies[2].taken = true;
    assert_eq!(kinds(&copying(&desired, &stopped, &able).unwrap()), ["start"], "given up, it runs on");
    // A server that rests is copied and put back as it is, and rests on.
    let mut resting = Desired { rest: Some(rest::Rest::Suspended), ..desired.clone() };
    assert_eq!(copying(&resting, &stopped, &able).unwrap(), []);
    resting.copies[0].restore = Some(restore(1));
    assert_eq!(kinds(&copying(&resting, &stopped, &able).unwrap()), ["restore_copy"]);
    desired.copies[0].ended = given_up(1);
    assert_eq!(kinds(&copying(&desired, &world, &able).unwrap()), ["drop_copy"]);
    assert!(matches!(copying(&desired, &Observed::default(), &able), Err(Refusal::Lost { .. })));
}

#[test]
fn a_step_about_a_copy_reads_back_as_it_was_recorded() {
    let (mut desired, mut world) = copied();
    desired.copies[0].restore = Some(restore(1));
    desired.copies[1].proof = Some(restore(2));
    desired.copies.push(copy(3, desired.data_disks[0].id, CopyKind::Snapshot));
    desired.copies.push(DesiredCopy { ended: given_up(4), ..copy(4, desired.data_disks[0].id, CopyKind::Backup) });
    let leftover = ObservedCopy { id: id(4), ..world.copies.there[0].clone() };
    world.copies.there.push(leftover);
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["stop", "take_copy", "restore_copy", "prove_copy", "start", "drop_copy"]);
    for step in steps {
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step, "{text}");
    }
    let text = serde_json::to_string(&world).unwrap();
    assert_eq!(serde_json::from_str::<Observed>(&text).unwrap(), world);
}

/// An opened server with up to five copies in every state they may be desired in.
fn any_copies() -> impl Strategy<Value = Desired> {
    let one = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 0u8..5);
    (prop::collection::vec(one, 0..5), 0u8..4, any::<bool>()).prop_map(|(copies, phase, disk_ended)| {
        let (mut desired, _) = opened();
        let disks = [DiskId::system_of(desired.resource), desired.data_disks[0].id];
        desired.copies = (1..)
            .zip(copies)
            .map(|(n, (of_data, backup, taken, lost, wish))| DesiredCopy {
                taken,
                lost: taken && lost,
                ended: (wish == 1).then_some(Ending::Copy { copy: id(n) }),
                restore: (wish == 2).then(|| restore(n)),
                proof: (wish == 3).then(|| restore(n)),
                ..copy(n, disks[usize::from(of_data)], if backup { CopyKind::Backup } else { CopyKind::Snapshot })
            })
            .collect();
        if disk_ended {
            desired.data_disks[0].ended = Some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
        }
        desired.phase = [Phase::Trial, Phase::Production, Phase::Stopped, Phase::Erased { ending: termination() }]
            [usize::from(phase)];
        desired
    })
}

/// The cloud of that server: running or not, with some of the copies, whichever of them.
fn with_some(desired: &Desired, there: &[bool]) -> Observed {
    let (_, mut world) = opened();
    for (copy, _) in desired.copies.iter().zip(there).filter(|(_, there)| **there) {
        let DesiredCopy { id, disk, kind, .. } = *copy;
        world.copies.there.push(ObservedCopy { id, disk, kind, size_gib: 40, taken_at: String::new() });
    }
    world
}

fn there() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 5)
}

fn ordered(mut world: Observed) -> Observed {
    world.disks.sort_by_key(|disk| disk.id);
    world.copies.there.sort_by_key(|copy| copy.id);
    world.copies.restored.sort_by_key(|mark| mark.disk);
    world.copies.proofs.sort_by_key(|proof| proof.restore);
    world
}

/// Of several restorings into one disk only the last counts; the room lets no two be under way.
fn contradicts(desired: &Desired) -> bool {
    let restored: Vec<DiskId> = desired.copies.iter().filter(|c| c.restore.is_some()).map(|c| c.disk).collect();
    (1..restored.len()).any(|n| restored[..n].contains(&restored[n]))
}

proptest! {
    #[test]
    fn from_any_prefix_a_new_plan_leads_to_the_same_end(
        desired in any_copies(), there in there(), cut in 0usize..20, cold in any::<bool>(),
    ) {
        prop_assume!(!contradicts(&desired));
        let able = able(if cold { Manner::Cold } else { Manner::Live });
        let world = with_some(&desired, &there);
        // Refused is refused as a whole: nothing of it is done.
        if let Ok(steps) = plan(&desired, &world, &able) {
            let end = ordered(carried_out(&steps, world.clone()));
            prop_assert_eq!(plan(&desired, &end, &able).unwrap(), vec![]);
            let half = carried_out(&steps[..cut.min(steps.len())], world);
            let rest = plan(&desired, &half, &able).unwrap();
            prop_assert_eq!(ordered(carried_out(&rest, half)), end);
        }
    }

    #[test]
    fn no_lost_copy_is_taken_again_and_none_is_dropped_without_its_order(desired in any_copies(), there in there()) {
        let world = with_some(&desired, &there);
        let of = |id: DiskCopyId| desired.copies.iter().find(|copy| copy.id == id).unwrap();
        for step in plan(&desired, &world, &able(Manner::Live)).unwrap_or_default() {
            let Step::Copy { copy } = step else { continue };
            match copy.act {
                CopyAct::Take => prop_assert!(!of(copy.copy).taken),
                CopyAct::Drop { .. } => prop_assert!(ending_of(&desired, of(copy.copy)).is_some()),
                CopyAct::Restore { restore } => prop_assert_eq!(of(copy.copy).restore, Some(restore)),
                CopyAct::Prove { restore } => prop_assert_eq!(of(copy.copy).proof, Some(restore)),
            }
        }
    }

    #[test]
    fn no_disk_is_erased_before_its_copies(desired in any_copies(), there in there()) {
        let mut world = with_some(&desired, &there);
        for step in plan(&desired, &world, &able(Manner::Live)).unwrap_or_default() {
            if let Step::EraseDisk { disk, .. } = &step {
                prop_assert!(!world.copies.there.iter().any(|copy| copy.disk == *disk));
            }
            step.apply(&mut world);
        }
    }

    #[test]
    fn what_is_undone_of_a_copy_is_as_if_it_had_not_been_taken(desired in any_copies(), there in there()) {
        let mut before = with_some(&desired, &there);
        let ending = Ending::Abandoned { operation: OperationId(Uuid::from_u128(3)) };
        for step in plan(&desired, &before, &able(Manner::Live)).unwrap_or_default() {
            let mut after = before.clone();
            step.apply(&mut after);
            if let (Step::Copy { .. }, Some(undo)) = (&step, step.undo(ending)) {
                let mut back = after.clone();
                undo.apply(&mut back);
                prop_assert_eq!(back, before);
            }
            before = after;
        }
    }
}
