use super::*;
use crate::clause::{A10_3, A10_4, A28};
use crate::ids::{ChangeId, TerminationId};
use crate::proof::{self, Lifecycle, day};
use crate::refusal::Refuse;
use crate::regulation::Regulation;

/// 云专线: three pieces of evidence for its opening.
const SKU: &str = "DCL-100M";

fn required(act: Act) -> &'static [EvidenceKind] {
    Regulation::guilin().fulfilment_of(SKU).expect("a row").required(act)
}

fn evidence(act: Act) -> Evidence {
    required(act).iter().map(|kind| (kind.code.clone(), format!("{}一号", kind.zh))).collect()
}

fn termination() -> Ending {
    Ending::Termination { termination: TerminationId(uuid::Uuid::nil()) }
}

fn given_up() -> Ending {
    Ending::Change { change: ChangeId(uuid::Uuid::nil()) }
}

fn ordered(quantity: u32) -> State {
    order(quantity, day("2026-03-09"))
}

fn changing(from: u32, to: u32) -> State {
    State::Changing { from, to, change_due: day("2026-03-25") }
}

fn ending(ending: Ending) -> State {
    State::Ending { quantity: 2, ending, reclaim_due: day("2026-03-23") }
}

fn open(quantity: u32) -> Command {
    Command::Open { quantity, evidence: evidence(Act::Open) }
}

fn change(quantity: u32) -> Command {
    Command::Change { quantity, evidence: evidence(Act::Change) }
}

fn step(from: State, command: Command) -> Result<State, Refusal> {
    let required = command.kind().act().map_or(&[][..], required);
    transition(from, command, required, day("2026-03-18"))
}

fn commands() -> Vec<Command> {
    let due = day("2026-03-25");
    vec![
        open(2),
        Command::Promote,
        Command::OrderChange { to: 3, due },
        change(3),
        Command::OrderEnd { ending: termination(), due },
        Command::Reclaim { evidence: evidence(Act::Reclaim) },
        Command::FollowServers { operation: OperationId(uuid::Uuid::nil()) },
    ]
}

fn states() -> Vec<(&'static str, State)> {
    vec![
        ("", ordered(2)),
        ("", State::Trial { quantity: 2, opened_on: day("2026-03-06") }),
        ("", State::Production { quantity: 2 }),
        ("", changing(2, 3)),
        ("随终止", ending(termination())),
        ("随变更", ending(given_up())),
        ("", State::Ended { quantity: 2, ending: termination(), on: day("2026-03-20") }),
    ]
}

#[test]
fn proof_of_the_service_instance_lifecycle() {
    let bare = || Command::Open { quantity: 2, evidence: Evidence::new() };
    let table = Lifecycle {
        title: "服务实例:状态 × 步骤",
        about: "《办法》第四条、第十条(四)至(七):一项其他服务从下达到回收。表中核定数量为 2,变更后为 3,凭证按 `fulfilment.md` 齐全。\
                登记由供应商工程师办理;转正式、下达变更、下达回收随办件的相应步骤发生,随云主机办理由引擎作业完成时发生。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command).map_err(|refusal| Box::new(refusal) as _),
        states: states(),
        commands: commands(),
        otherwise: vec![
            ("登记数量超出核定", ordered(2), open(3)),
            ("登记数量不足", ordered(2), open(1)),
            ("凭证不齐", ordered(2), bare()),
            ("变更登记超出核定", changing(2, 3), change(4)),
            ("变更登记不足", changing(2, 3), change(2)),
            (
                "变更后数量不变",
                State::Production { quantity: 3 },
                Command::OrderChange { to: 3, due: day("2026-03-25") },
            ),
        ],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), StateKind::ALL.len());
    proof::compare("service_instance.md", &table.print());
}

#[test]
fn a10_3_exactly_what_was_approved_is_opened() {
    assert_eq!(step(ordered(5), open(5)), Ok(State::Trial { quantity: 5, opened_on: day("2026-03-18") }));
    let beyond = step(ordered(5), open(6)).expect_err("one too many");
    assert_eq!((beyond.code(), beyond.clause()), ("service_instance.beyond_approved", Some(A10_3)));
    let short = step(ordered(5), open(4)).expect_err("one too few");
    assert_eq!((short.code(), short.clause()), ("service_instance.short", Some(A10_4)));
}

#[test]
fn a10_4_without_its_evidence_nothing_counts_as_opened() {
    for kind in required(Act::Open) {
        let mut evidence = evidence(Act::Open);
        evidence.remove(&kind.code);
        let refusal = step(ordered(1), Command::Open { quantity: 1, evidence }).expect_err("one piece is missing");
        assert!(refusal.zh().contains(&kind.zh), "it names what is missing: {}", refusal.zh());
    }
}

#[test]
fn a10_5_a_trial_becomes_production_with_all_it_has() {
    let trial = State::Trial { quantity: 4, opened_on: day("2026-03-06") };
    assert_eq!(step(trial, Command::Promote), Ok(State::Production { quantity: 4 }));
    assert!(step(ordered(4), Command::Promote).is_err(), "what is not open cannot run");
}

#[test]
fn a10_6_while_it_changes_the_old_quantity_runs_and_the_larger_is_approved() {
    for (from, to, approved) in [(2, 5, 5), (5, 2, 5)] {
        let due = day("2026-03-25");
        let state = step(State::Production { quantity: from }, Command::OrderChange { to, due }).expect("ordered");
        assert_eq!((state.quantity(), state.approved()), (from, approved));
        let done = step(state, change(to)).expect("reported");
        assert_eq!((done.quantity(), done.approved()), (to, to));
    }
    let none = Command::OrderChange { to: 0, due: day("2026-03-25") };
    assert_eq!(step(State::Production { quantity: 2 }, none), Err(Refusal::NothingOrdered), "to nothing is an end");
}

#[test]
fn a28_what_was_opened_ends_only_by_an_order_and_with_proof() {
    let reclaim = || Command::Reclaim { evidence: evidence(Act::Reclaim) };
    assert!(step(State::Production { quantity: 2 }, reclaim()).is_err(), "nobody ends it without an order");
    let bare = step(ending(termination()), Command::Reclaim { evidence: Evidence::new() });
    assert_eq!(bare.expect_err("no proof").code(), "service_instance.evidence_missing");
    let ended = step(ending(termination()), reclaim()).expect("with proof");
    assert_eq!((ended.quantity(), ended.is_waiting()), (0, false));
    assert_eq!(CommandKind::Reclaim.clause(), A28);
}

#[test]
fn a10_7_what_was_never_opened_leaves_nothing_to_take_back() {
    let order = Command::OrderEnd { ending: termination(), due: day("2026-03-25") };
    assert_eq!(step(ordered(2), order), Ok(State::Ended { quantity: 2, ending: termination(), on: day("2026-03-18") }));
}

#[test]
fn a10_a_step_of_the_case_waits_for_the_last_report() {
    let all = [State::Production { quantity: 1 }, changing(1, 2), ending(given_up())];
    assert_eq!(refuse_unfinished(&all), Err(Refusal::Unfinished { count: 2 }));
    assert_eq!(refuse_unfinished(&all[..1]), Ok(()));
    assert_eq!(refuse_unfinished([]), Ok(()), "a case of servers alone");
}
