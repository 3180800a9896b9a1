use uuid::Uuid;

use super::*;
use crate::ids::TerminationId;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::provisioning::{Access, Approved, CopyProof, Erasure, NetworkKey, ObservedCopy, Phase, Restored, Shape};
use crate::regulation::Regulation;
use crate::service_instance::State as Line;

const COPY: DiskCopyId = DiskCopyId(Uuid::from_u128(7));
const RESTORE: RestoreId = RestoreId(Uuid::from_u128(8));

fn taken() -> Taken {
    Taken { at: "2026-03-06T02:00:00Z".parse().expect("an instant"), size_gib: 40, proven: None }
}

fn ready() -> State {
    State::Ready { taken: taken() }
}

fn facts(kind: CopyKind) -> Facts<'static> {
    Facts { kind, server: "web-01", open: true, seen: false, restore: RESTORE, today: day("2026-03-09") }
}

fn restore(confirm: &str) -> Command {
    Command::Restore { confirm: confirm.into() }
}

fn step(from: State, command: Command) -> Result<State, Refusal> {
    transition(from, command, &facts(CopyKind::Backup))
}

fn states() -> Vec<(&'static str, State)> {
    vec![
        ("", State::Ordered { size_gib: 40 }),
        ("", ready()),
        ("", State::Restoring { taken: taken(), restore: RESTORE }),
        ("", State::Proving { taken: taken(), restore: RESTORE }),
        ("已制作", State::Dropping { taken: Some(taken()) }),
        ("未制成", State::Dropping { taken: None }),
        ("", State::Dropped { on: day("2026-03-09") }),
        ("", State::Lost { taken: taken(), on: day("2026-03-09"), reason: opinion("存储故障") }),
    ]
}

fn commands() -> Vec<Command> {
    vec![
        restore("web-01"),
        Command::Prove,
        Command::Drop,
        Command::GiveUp,
        Command::WriteOff { reason: opinion("存储故障") },
        Command::Taken { at: taken().at, size_gib: 40 },
        Command::Restored,
        Command::Proven { passed: true },
        Command::Dropped,
    ]
}

#[test]
fn proof_of_the_disk_copy_lifecycle() {
    // Remarks of the table's last part: the same step on another ground.
    let other = |kind, open, seen| Facts { open, seen, ..facts(kind) };
    let table = Lifecycle {
        title: "快照与备份 disk_copy",
        about: "云盘的一份快照或备份(第四条、第二十八条、第三十一条)。制作完成、恢复完成、演练完成、删除完成由云上作业带来,无人可按。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|from, command| {
            let ground = match from.taken().map(|taken| taken.size_gib) {
                Some(1) => other(CopyKind::Snapshot, true, false),
                Some(2) => other(CopyKind::Backup, false, false),
                Some(3) => other(CopyKind::Backup, true, true),
                _ => facts(CopyKind::Backup),
            };
            transition(from, command, &ground).map_err(|refusal| Box::new(refusal) as _)
        },
        states: states(),
        commands: commands(),
        otherwise: vec![
            ("是快照", State::Ready { taken: Taken { size_gib: 1, ..taken() } }, Command::Prove),
            ("未输入云主机名称", ready(), restore("")),
            ("云主机已停用", State::Ready { taken: Taken { size_gib: 2, ..taken() } }, restore("web-01")),
            (
                "云上仍有",
                State::Ready { taken: Taken { size_gib: 3, ..taken() } },
                Command::WriteOff { reason: opinion("存储故障") },
            ),
        ],
    };
    let all: std::collections::BTreeSet<_> = StateKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.state_codes(), all);
    assert_eq!(table.command_codes(), CommandKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>());
    proof::compare("disk_copy.md", &table.print());
}

fn place(size_gib: u32, used_gib: u64, approved_gib: u64) -> Place {
    let capacity = Capacity { approved_gib, used_gib };
    Place { kind: CopyKind::Snapshot, size_gib, open: true, able: true, capacity }
}

#[test]
fn a10_3_copies_stay_within_what_was_approved() {
    assert_eq!(order(&place(40, 60, 100)), Ok(State::Ordered { size_gib: 40 }), "to the last GB");
    let beyond = Refusal::BeyondApproved { wanted: 41, used: 60, approved: 100 };
    assert_eq!(order(&place(41, 60, 100)), Err(beyond));
    assert_eq!(order(&place(1, 0, 0)), Err(Refusal::NothingApproved { kind: "快照" }));
    assert_eq!(order(&Place { able: false, ..place(1, 0, 9) }), Err(Refusal::CannotCopy { kind: "快照" }));
    assert_eq!(order(&Place { open: false, ..place(1, 0, 9) }), Err(Refusal::NotOpen));
}

#[test]
fn a10_3_the_open_lines_of_the_kind_count_and_no_others() {
    let city = Regulation::guilin();
    let row = |sku: &str| city.fulfilment_of(sku).expect("a row");
    let production = |quantity| Line::Production { quantity };
    let changing = |from, to| Line::Changing { from, to, change_due: day("2026-03-09") };
    let approved =
        |kind, lines: &[(&str, Line)]| approved_gib(kind, lines.iter().map(|(sku, state)| (row(sku), state)));
    let lines = [
        ("EVS-SNAP", production(100)),
        ("EVS-SNAP", Line::Trial { quantity: 20, opened_on: day("2026-03-02") }),
        ("BAK-ECS", production(500)),
        ("BAK-EVS", production(50)),
        ("BAK-DB", production(7)),
        ("EVS-SNAP", Line::Ordered { quantity: 1000, open_due: day("2026-03-09") }),
    ];
    assert_eq!(approved(CopyKind::Snapshot, &lines), 120);
    assert_eq!(approved(CopyKind::Backup, &lines), 550, "databases are backed up by hand");
    assert_eq!(approved(CopyKind::Snapshot, &[("EVS-SNAP", changing(100, 300))]), 100, "not before it is there");
    assert_eq!(approved(CopyKind::Snapshot, &[("EVS-SNAP", changing(300, 100))]), 100, "and no more than will stay");
}

#[test]
fn what_is_gone_holds_nothing() {
    let held: Vec<u32> = states().iter().map(|(_, state)| state.holds_gib()).collect();
    assert_eq!(held, [40, 40, 40, 40, 40, 0, 0, 0]);
}

#[test]
fn a28_a_restoring_is_confirmed_by_the_name_of_the_server() {
    let refused = Err(Refusal::NotConfirmed { name: "web-01".into() });
    assert_eq!(step(ready(), restore("")), refused);
    assert_eq!(step(ready(), restore("web-1")), refused);
    assert_eq!(step(ready(), restore(" web-01 ")), Ok(State::Restoring { taken: taken(), restore: RESTORE }));
    let shut = Facts { open: false, ..facts(CopyKind::Backup) };
    assert_eq!(transition(ready(), restore("web-01"), &shut), Err(Refusal::NotOpenForRestore));
}

#[test]
fn a31_a_test_is_of_backups_and_its_result_stays_with_them() {
    assert_eq!(transition(ready(), Command::Prove, &facts(CopyKind::Snapshot)), Err(Refusal::OnlyBackups));
    let proving = step(ready(), Command::Prove).expect("a backup is tested");
    let failed = step(proving.clone(), Command::Proven { passed: false }).expect("a failed test ends it too");
    let proven = Some(Proven { on: day("2026-03-09"), passed: false });
    assert_eq!(failed, State::Ready { taken: Taken { proven, ..taken() } });
    assert_eq!(step(proving, Command::GiveUp), Ok(ready()));
    let State::Restoring { taken, .. } = step(failed, restore("web-01")).expect("it may still be all there is") else {
        panic!("it is being restored");
    };
    assert_eq!(taken.proven, proven);
}

#[test]
fn a31_what_the_cloud_still_shows_is_not_lost() {
    let write_off = || Command::WriteOff { reason: opinion("存储故障") };
    let seen = Facts { seen: true, ..facts(CopyKind::Backup) };
    assert_eq!(transition(ready(), write_off(), &seen), Err(Refusal::StillThere));
    assert!(matches!(step(ready(), write_off()), Ok(State::Lost { .. })));
    let dropping = State::Dropping { taken: Some(taken()) };
    assert!(matches!(step(dropping, write_off()), Ok(State::Lost { .. })), "no evidence will ever come");
}

fn desired(state: &State, phase: Phase) -> Desired {
    let shape = Shape { vcpu: 1, memory_mib: 1024 };
    let resource = crate::ids::ResourceId(Uuid::from_u128(1));
    Desired {
        resource,
        name: "web-01".parse().expect("a name"),
        agency_code: String::new(),
        network: NetworkKey {
            agency: crate::ids::OrgId(Uuid::from_u128(9)),
            segment: "private-government".parse().expect("one"),
        },
        shape,
        platform: None,
        dedicated: None,
        system_disk_gib: 40,
        system_disk_kind: None,
        data_disks: Vec::new(),
        access: Access::default(),
        rest: None,
        phase,
        opened: true,
        approved: Approved { shape, system_disk_gib: 40, data_disks_gib: Vec::new() },
        adopts: None,
        copies: vec![state.desired(COPY, (DiskId::system_of(resource), CopyKind::Backup))],
    }
}

fn there(observed: &mut Observed) {
    let disk = DiskId(Uuid::from_u128(1));
    let taken_at = "2026-03-06T02:00:00Z".to_owned();
    observed.copies.there.push(ObservedCopy { id: COPY, disk, kind: CopyKind::Backup, size_gib: 40, taken_at });
}

fn erased(observed: &mut Observed) {
    observed.copies.erasures.push(Erasure {
        disk: DiskId(Uuid::from_u128(1)),
        copy: Some(COPY),
        what: "backup".into(),
        size_gib: 40,
        bytes: 0,
        method: "删除".into(),
        passes: 0,
        at: String::new(),
        sm3_after: None,
        attested_by: "libvirt".into(),
    });
}

#[test]
fn what_a_look_shows_settles_a_copy() {
    let after = |state: &State, show: &dyn Fn(&mut Observed)| {
        let mut observed = Observed::default();
        show(&mut observed);
        settled(COPY, state, &desired(state, Phase::Production), &observed)
    };
    let ordered = State::Ordered { size_gib: 40 };
    assert_eq!(after(&ordered, &|_| {}), None, "not there yet");
    assert_eq!(after(&ordered, &there), Some(Command::Taken { at: taken().at, size_gib: 40 }));
    let restoring = State::Restoring { taken: taken(), restore: RESTORE };
    assert_eq!(after(&restoring, &there), None);
    let mark = Restored { disk: DiskId(Uuid::from_u128(1)), copy: COPY, restore: RESTORE };
    assert_eq!(after(&restoring, &|seen| seen.copies.restored.push(mark.clone())), Some(Command::Restored));
    let proving = State::Proving { taken: taken(), restore: RESTORE };
    let proof = CopyProof { passed: true, ..proof_of(RESTORE) };
    assert_eq!(after(&proving, &|seen| seen.copies.proofs.push(proof.clone())), Some(Command::Proven { passed: true }));
    let other = proof_of(RestoreId(Uuid::from_u128(9)));
    assert_eq!(
        after(&proving, &|seen| seen.copies.proofs.push(other.clone())),
        None,
        "an earlier test is not this one"
    );
    assert_eq!(after(&ready(), &|_| {}), None, "a loss is reported, and settles nothing");
}

fn proof_of(restore: RestoreId) -> CopyProof {
    CopyProof {
        restore,
        copy: COPY,
        disk: DiskId(Uuid::from_u128(1)),
        what: String::new(),
        size_gib: 40,
        bytes: 0,
        compared: String::new(),
        passed: false,
        sm3: None,
        at: String::new(),
        attested_by: String::new(),
    }
}

#[test]
fn a28_a_copy_is_deleted_by_its_evidence_and_never_by_its_absence() {
    let ending = Ending::Termination { termination: TerminationId(Uuid::from_u128(3)) };
    let after = |state: &State, phase, show: &dyn Fn(&mut Observed)| {
        let mut observed = Observed::default();
        show(&mut observed);
        settled(COPY, state, &desired(state, phase), &observed)
    };
    let dropping = State::Dropping { taken: Some(taken()) };
    assert_eq!(after(&dropping, Phase::Production, &there), None);
    assert_eq!(after(&dropping, Phase::Production, &|_| {}), None, "gone without evidence is not deleted");
    assert_eq!(after(&dropping, Phase::Production, &erased), Some(Command::Dropped));
    let never = State::Dropping { taken: None };
    assert_eq!(after(&never, Phase::Production, &|_| {}), Some(Command::Dropped), "what never was owes nothing");
    // With its server: whatever was under way with it is over.
    for (_, state) in states().into_iter().take(6).filter(|(_, state)| state.taken().is_some()) {
        assert_eq!(after(&state, Phase::Erased { ending }, &|_| {}), None);
        assert_eq!(after(&state, Phase::Erased { ending }, &erased), Some(Command::Dropped), "{state:?}");
        assert!(step(state, Command::Dropped).is_ok());
    }
    let ordered = State::Ordered { size_gib: 40 };
    assert_eq!(after(&ordered, Phase::Erased { ending }, &|_| {}), Some(Command::Dropped));
    let lost = State::Lost { taken: taken(), on: day("2026-03-09"), reason: opinion("存储故障") };
    assert_eq!(after(&lost, Phase::Erased { ending }, &|_| {}), None, "noted as lost it stays");
}
