use super::*;
use crate::proof::{self, Lifecycle, day, opinion};

fn locked() -> State {
    State::Locked { on: day("2026-03-02"), reason: opinion("人员休假") }
}

fn closed(cause: Cause) -> State {
    State::Closed { on: day("2026-03-06"), cause }
}

fn commands() -> Vec<Command> {
    vec![
        Command::Lock { reason: opinion("人员休假") },
        Command::Unlock { opinion: opinion("已返岗") },
        Command::Revoke { reason: opinion("已离岗") },
        Command::Amend,
        Command::Expire,
        Command::End { cause: Cause::ServiceEnded },
    ]
}

/// An account whose last day was yesterday.
fn step(from: State, command: Command) -> Result<State, Refusal> {
    transition(from, command, day("2026-03-05"), day("2026-03-06"))
}

#[test]
fn proof_of_the_bastion_account_lifecycle() {
    let table = Lifecycle {
        title: "堡垒机账号 bastion_account",
        about: "附件2-2 的一行,自云主机开通起为一个账号;登录证书以它为据签发(签发不改变状态,仅“在用”时可办)。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|from, command| step(from, command).map_err(|refusal| Box::new(refusal) as _),
        states: vec![("", State::Active), ("", locked()), ("", closed(Cause::Revoked))],
        commands: commands(),
        otherwise: vec![],
    };
    let all: std::collections::BTreeSet<_> = StateKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.state_codes(), all);
    let pressed: Vec<_> =
        CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Issue).map(|k| k.code()).collect();
    assert_eq!(table.command_codes(), pressed);
    proof::compare("bastion_account.md", &table.print());
}

#[test]
fn annex_2_2_an_account_ends_the_day_after_its_last() {
    let expire = |today| transition(State::Active, Command::Expire, day("2026-03-05"), day(today));
    assert_eq!(expire("2026-03-05"), Err(Refusal::StillValid { to: day("2026-03-05") }));
    assert_eq!(expire("2026-03-06"), Ok(closed(Cause::Expired)));
    assert_eq!(step(locked(), Command::Expire), Ok(closed(Cause::Expired)), "a locked one ends, too");
}

#[test]
fn a29_only_an_active_account_has_certificates_issued() {
    assert!(permits(&State::Active, CommandKind::Issue).is_ok());
    for state in [locked(), closed(Cause::Revoked)] {
        assert!(state.is_shut());
        assert!(matches!(permits(&state, CommandKind::Issue), Err(Refusal::OutOfOrder { .. })), "{state:?}");
    }
    assert!(!State::Active.is_shut());
    for command in commands() {
        assert!(step(closed(Cause::Change), command).is_err(), "what has ended does not come back");
    }
}
