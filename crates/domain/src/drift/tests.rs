use super::*;
use crate::application::form::{DataDisk, DiskKind, ServerLine};
use crate::charge::{Account, Wanted};
use crate::ids::{DiskCopyId, ResourceId, TerminationId};
use crate::money::Fen;
use crate::proof::{day, opinion};
use crate::provisioning::{
    Access, Approved, CopyKind, Desired, DesiredCopy, DesiredDisk, DiskId, Ending, Found, Mark, NetworkKey, Observed,
    ObservedDisk, ObservedServer, Phase, Power, Shape,
};
use crate::refusal::Refuse;
use crate::regulation::Regulation;
use std::fmt::Write;
use uuid::Uuid;

const DATA: DiskId = DiskId(Uuid::from_u128(2));

fn shape(vcpu: u16, gib: u32) -> Shape {
    Shape { vcpu, memory_mib: gib * 1024 }
}

/// 2 vCPU, 4 GiB, a system disk of 40 GiB and a data disk of 100 GiB on SSD.
fn line() -> ServerLine {
    let ssd = DataDisk { size_gib: Some(100), kind: Some(DiskKind::GeneralSsd), quantity: Some(1) };
    ServerLine {
        vcpu: Some(2),
        memory_gib: Some(4),
        system_disk_gib: Some(40),
        system_disk_kind: Some(DiskKind::Ordinary),
        data_disks: vec![ssd],
        quantity: Some(2),
        ..ServerLine::default()
    }
}

fn desired() -> Desired {
    Desired {
        resource: ResourceId(Uuid::from_u128(1)),
        name: "web-01".parse().expect("a name"),
        agency_code: String::new(),
        network: NetworkKey { agency: OrgId(Uuid::from_u128(9)), segment: "private-government".parse().expect("one") },
        shape: shape(2, 4),
        platform: None,
        dedicated: None,
        system_disk_gib: 40,
        system_disk_kind: None,
        data_disks: vec![DesiredDisk { id: DATA, size_gib: 100, kind: None, opened: true, ended: None }],
        rest: None,
        phase: Phase::Production,
        opened: true,
        approved: Approved { shape: shape(2, 4), system_disk_gib: 40, data_disks_gib: vec![100] },
        access: Access::default(),
        adopts: None,
        copies: Vec::new(),
    }
}

/// The cloud exactly as approved.
fn observed() -> Observed {
    let system = DiskId::system_of(desired().resource);
    let disk = |id, size_gib| ObservedDisk { id, size_gib, kind: None, attached: true };
    Observed {
        network: true,
        server: Some(ObservedServer {
            external_name: "ly-1".into(),
            power: Power::Running,
            shape: shape(2, 4),
            mark: Some(Mark::Production),
            address: None,
            access: None,
            public_address: None,
        }),
        disks: vec![disk(system, 40), disk(DATA, 100)],
        ..Observed::default()
    }
}

/// The account of a row of two such servers; each has half of it.
fn account() -> Account {
    let wanted = [("s1.vcpu", "ECS-U-VCPU", 4), ("s1.memory", "ECS-U-MEM", 8), ("s1.system", "EVS-SATA", 80)];
    let wanted = wanted.into_iter().chain([("s1.d1", "EVS-SSD", 200), ("s2.vcpu", "ECS-U-VCPU", 64)]);
    let wanted: Vec<Wanted<'_>> =
        wanted.map(|(line, sku, quantity)| Wanted { line, sku: Some(sku), quantity }).collect();
    Account::open(day("2026-03-02"), &wanted, &Regulation::guilin().prices, "lines").expect("priced").0
}

fn charged() -> Charging {
    Charging::Runs(charged_items(&account(), 1, 2).expect("in range"))
}

fn price(sku: &str) -> i64 {
    Regulation::guilin().prices.on(sku, day("2026-03-02")).expect("a price").fen_per_year.0
}

fn assessed(desired: &Desired, observed: &Observed, charging: Charging) -> Option<Assessment> {
    let line = line();
    let books = Books { desired, observed, line: Some(&line), charging };
    assess(books, &Regulation::guilin().prices, day("2026-03-02")).expect("in range")
}

fn after(change: fn(&mut Desired, &mut Observed)) -> (DriftKind, i64, i64) {
    let (mut desired, mut observed) = (desired(), observed());
    change(&mut desired, &mut observed);
    let found = assessed(&desired, &observed, charged()).expect("a difference");
    (found.kind, found.paid_fen.0, found.unpaid_fen.0)
}

fn year_of_one() -> i64 {
    2 * price("ECS-U-VCPU") + 4 * price("ECS-U-MEM") + 40 * price("EVS-SATA") + 100 * price("EVS-SSD")
}

#[test]
fn a9_1_what_is_approved_charged_and_real_alike_is_no_row() {
    assert_eq!(assessed(&desired(), &observed(), charged()), None);
}

#[test]
fn a11_what_is_charged_and_not_in_the_cloud_is_counted_at_its_locked_price() {
    assert_eq!(after(|_, seen| *seen = Observed::default()), (DriftKind::Missing, year_of_one(), 0));
    let lost_disk = |_: &mut Desired, seen: &mut Observed| {
        seen.disks.pop();
    };
    assert_eq!(after(lost_disk), (DriftKind::Short, 100 * price("EVS-SSD"), 0));
}

#[test]
fn a31_a_copy_that_is_gone_is_missing_and_costs_nothing_by_itself() {
    let lost = |desired: &mut Desired, _: &mut Observed| {
        desired.copies.push(DesiredCopy {
            id: DiskCopyId(Uuid::from_u128(5)),
            disk: DATA,
            kind: CopyKind::Backup,
            taken: true,
            lost: false,
            ended: None,
            restore: None,
            proof: None,
        });
    };
    assert_eq!(after(lost), (DriftKind::Missing, 0, 0));
}

#[test]
fn a11_what_is_in_the_cloud_and_not_charged_is_counted_at_the_price_of_the_day() {
    let more = |_: &mut Desired, seen: &mut Observed| seen.server.as_mut().expect("one").shape = shape(5, 3);
    let expected = (DriftKind::Beyond, price("ECS-U-MEM"), 3 * price("ECS-U-VCPU"));
    assert_eq!(after(more), expected, "each way for itself, never one against the other");
    let stray = |_: &mut Desired, seen: &mut Observed| {
        seen.disks.push(ObservedDisk { id: DiskId(Uuid::from_u128(66)), size_gib: 7, kind: None, attached: true });
    };
    assert_eq!(after(stray), (DriftKind::Beyond, 0, 7 * price("EVS-SATA")), "a disk on no paper is an ordinary one");
}

#[test]
fn a11_a_disk_of_another_kind_than_approved_is_charged_for_what_it_is_not() {
    let worth = |kind: DiskKind| {
        let (mut desired, mut seen) = (desired(), observed());
        desired.data_disks[0].kind = Some(DiskKind::GeneralSsd);
        seen.disks[1].kind = Some(kind);
        let found = assessed(&desired, &seen, charged());
        found.map(|found| (found.differences[0].real.clone(), found.paid_fen.0, found.unpaid_fen.0))
    };
    let (ssd, sata) = (100 * price("EVS-SSD"), 100 * price("EVS-SATA"));
    assert_eq!(worth(DiskKind::Ordinary), Some((Some("普通IO".to_owned()), ssd, sata)));
    assert_eq!(worth(DiskKind::GeneralSsd), None);
}

#[test]
fn a10_7_what_was_ended_and_is_still_there_costs_all_that_is_left() {
    let ended = |desired: &mut Desired, _: &mut Observed| {
        let termination = TerminationId(Uuid::from_u128(7));
        desired.phase = Phase::Erased { ending: Ending::Termination { termination } };
    };
    assert_eq!(after(ended), (DriftKind::Leftover, 0, year_of_one()));
}

#[test]
fn a10_4_a_trial_costs_nothing_unless_it_holds_more_than_was_approved() {
    let (mut wanted, mut seen) = (desired(), observed());
    wanted.phase = Phase::Trial;
    seen.server.as_mut().expect("one").mark = Some(Mark::Trial);
    assert_eq!(assessed(&wanted, &seen, Charging::NotYet), None);
    seen.server.as_mut().expect("one").shape = shape(3, 3);
    let found = assessed(&wanted, &seen, Charging::NotYet).expect("a difference");
    assert_eq!((found.kind, found.paid_fen.0, found.unpaid_fen.0), (DriftKind::Beyond, 0, price("ECS-U-VCPU")));
}

#[test]
fn a11_what_is_charged_otherwise_than_approved_is_a_row_of_its_own() {
    let mut less = charged_items(&account(), 1, 2).expect("in range");
    less.iter_mut().filter(|item| item.sku == "EVS-SSD").for_each(|item| item.quantity -= 1);
    let found = assessed(&desired(), &observed(), Charging::Runs(less)).expect("a difference");
    assert_eq!((found.kind, found.paid_fen.0, found.unpaid_fen.0), (DriftKind::Charged, 0, price("EVS-SSD")));
    let kind = |charging| assessed(&desired(), &observed(), charging).map(|found| found.kind);
    assert_eq!(kind(Charging::NotYet), Some(DriftKind::Charged), "in production and not charged");
    assert_eq!(kind(Charging::Over), None, "terminated, and about to be taken back");
}

#[test]
fn what_only_stands_still_costs_nothing() {
    let stopped = |_: &mut Desired, seen: &mut Observed| seen.server.as_mut().expect("one").power = Power::Stopped;
    assert_eq!(after(stopped), (DriftKind::Standing, 0, 0));
}

#[test]
fn an_object_on_no_paper_is_worth_what_it_would_cost() {
    let worth = |found: Found| {
        let items = worth_of_found(&found, &Regulation::guilin().prices, day("2026-03-02")).expect("in range");
        Fen::sum(items.iter().map(|item| item.fen_per_year)).expect("in range").0
    };
    let server = Found { kind: "server".into(), shape: Some(shape(1, 2)), disks_gib: vec![40, 10], ..Found::default() };
    assert_eq!(worth(server), price("ECS-U-VCPU") + 2 * price("ECS-U-MEM") + 50 * price("EVS-SATA"));
    assert_eq!(worth(Found { kind: "disk".into(), disks_gib: vec![10], ..Found::default() }), 10 * price("EVS-SATA"));
    for (kind, sku) in [("snapshot", "EVS-SNAP"), ("backup", "BAK-EVS")] {
        let copy = Found { kind: kind.into(), disks_gib: vec![50], ..Found::default() };
        assert_eq!(worth(copy), 50 * price(sku), "{kind}");
    }
    for kind in ["network", "address"] {
        assert_eq!(worth(Found { kind: kind.into(), ..Found::default() }), 0, "{kind}");
    }
}

fn subject(kind: DriftKind) -> Subject {
    Subject { kind, is_server: true, is_told: true }
}

fn states() -> [State; 4] {
    let on = day("2026-03-02");
    let (agency, application) = (OrgId(Uuid::nil()), ApplicationId(Uuid::nil()));
    [
        State::Open,
        State::Noted { responsible: Responsible::Supplier, opinion: opinion("已核实"), on },
        State::Adopting { agency, application },
        State::Closed { on },
    ]
}

fn command(kind: CommandKind) -> Command {
    match kind {
        CommandKind::Observe => Command::Observe,
        CommandKind::Restore => Command::Restore { opinion: opinion("恢复") },
        CommandKind::Adopt => {
            Command::Adopt { agency: OrgId(Uuid::nil()), application: Some(ApplicationId(Uuid::nil())) }
        }
        CommandKind::Note => Command::Note { responsible: Responsible::Supplier, opinion: opinion("已核实") },
        CommandKind::Change => Command::Change,
        CommandKind::Settle => Command::Settle,
    }
}

/// 核对的状态 × 命令, and what each kind of difference lets one do.
fn proof() -> String {
    let heads: Vec<String> =
        CommandKind::ALL.iter().map(|kind| format!("{}<br>`{}`", kind.zh(), kind.code())).collect();
    let row = |text: &mut String, head: &str, state: &State, kind: DriftKind| {
        let cell = |of: &CommandKind| match transition(state.clone(), command(*of), subject(kind), day("2026-03-02")) {
            Ok(next) => next.term().zh.to_owned(),
            Err(refusal) => format!("`{}`", refusal.code()),
        };
        let cells: Vec<String> = CommandKind::ALL.iter().map(cell).collect();
        let _ = writeln!(text, "| {head} | {} |", cells.join(" | "));
    };
    let mut text = String::from(
        "# 偏差核对:状态 × 命令\n\n前四列由人办理,后两列是系统核对的结果。没有任何命令删除云上的对象。\n\n",
    );
    text += "由 `cargo test -p domain proof` 逐格执行代码后生成并比对;`make proofs` 更新。\n";
    for (title, kind) in [("云上有、账上无的云主机", DriftKind::Unowned), ("已有归属的资源", DriftKind::Beyond)]
    {
        let _ = writeln!(text, "\n## {title}\n\n| 状态 | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
        for state in states() {
            row(&mut text, &format!("{} `{}`", state.term().zh, state.term().code), &state, kind);
        }
    }
    let _ = writeln!(
        text,
        "\n## 待处理时,各种差异\n\n| 差异 | {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for kind in DriftKind::ALL {
        row(&mut text, &format!("{} `{}`", kind.zh(), kind.code()), &State::Open, *kind);
    }
    text
}

#[test]
fn proof_of_the_drift_lifecycle() {
    crate::proof::compare("drift.md", &proof());
}

#[test]
fn a_note_holds_for_what_differed_when_it_was_written() {
    let [open, noted, adopting, _] = states();
    let next = |from: &State, command| {
        transition(from.clone(), command, subject(DriftKind::Unowned), day("2026-03-02")).expect("permitted")
    };
    assert_eq!(next(&noted, Command::Change), open);
    assert_eq!(next(&adopting, Command::Change), adopting, "an application under way stays the way");
    assert_eq!(next(&noted, Command::Observe), noted);
}

#[test]
fn a10_1_only_a_server_of_known_size_is_adopted() {
    let refused = |is_server, is_told| {
        let subject = Subject { kind: DriftKind::Unowned, is_server, is_told };
        permits(&State::Open, CommandKind::Adopt, subject).err().map(|refusal| refusal.code())
    };
    assert_eq!(refused(true, true), None);
    assert_eq!(refused(false, true), Some("drift.not_a_server"));
    assert_eq!(refused(true, false), Some("drift.shape_unknown"));
}
