use super::*;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn step(from: State, command: Command, today: &str) -> Result<State, Refusal> {
    let city = Regulation::guilin();
    transition(from, command, day(today), &city.calendar, &city.limits)
}

fn awaiting(due: &str) -> State {
    State::AwaitingConfirmation { confirm_due: day(due) }
}

fn disputed() -> State {
    State::Disputed { differences: opinion("少一块数据盘"), resolve_due: day("2026-03-25") }
}

#[test]
fn proof_of_the_subscription_lifecycle() {
    let table = Lifecycle {
        title: "服务:状态 × 步骤",
        about: "《办法》第十条(五):从开通到终止。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, "2026-03-18").map_err(|refusal| Box::new(refusal) as _),
        states: vec![
            ("", awaiting("2026-03-25")),
            ("", disputed()),
            ("", State::Running),
            ("", State::Lapsed { grace_until: day("2026-03-31") }),
            ("", State::Ended { on: day("2026-03-18") }),
        ],
        commands: vec![
            Command::Confirm { opinion: opinion("一致") },
            Command::Dispute { differences: opinion("少一块数据盘") },
            Command::Resolve { opinion: opinion("已补") },
            Command::Lapse { ended_on: day("2026-03-16") },
            Command::End,
        ],
        otherwise: vec![],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), 5);
    proof::compare("subscription.md", &table.print());
}

#[test]
fn a10_5_the_year_ends_on_the_day_before_its_anniversary() {
    for (from, to, days) in [
        ("2024-02-29", "2025-02-28", 366),
        ("2023-06-01", "2024-05-31", 366),
        ("2025-03-10", "2026-03-09", 365),
        ("2023-03-01", "2024-02-29", 366),
        ("2024-03-01", "2025-02-28", 365),
        ("2023-02-28", "2024-02-27", 365),
        ("2025-01-01", "2025-12-31", 365),
    ] {
        let year = Year::opened_on(day(from));
        assert_eq!((year.to, year.days()), (day(to), days), "opened on {from}");
    }
}

#[test]
fn a10_5_the_year_counted_is_the_one_of_the_limits() {
    let limits = &Regulation::guilin().limits;
    assert_eq!(limits.subscription_years.value, crate::limits::Years(1), "another period needs another `Year`");
}

#[test]
fn a10_6_the_days_left_count_the_day_itself() {
    let year = Year::opened_on(day("2025-01-01"));
    for (on, left) in [("2025-01-01", 365), ("2025-07-01", 184), ("2025-12-31", 1), ("2026-01-01", 0)] {
        assert_eq!(year.remaining_days(day(on)), left, "{on}");
    }
}

#[test]
fn a10_5_the_confirmation_is_asked_for_in_five_working_days_and_never_tacit() {
    let city = Regulation::guilin();
    assert_eq!(open(day("2026-03-18"), &city.calendar, &city.limits), Ok(awaiting("2026-03-25")));
    let late = step(awaiting("2026-03-25"), Command::Confirm { opinion: opinion("一致") }, "2026-06-01");
    assert_eq!(late, Ok(State::Running), "a late confirmation still confirms");
}

#[test]
fn a10_5_a_dispute_is_resolved_and_then_confirmed_anew() {
    let dispute = Command::Dispute { differences: opinion("少一块数据盘") };
    let state = step(awaiting("2026-03-25"), dispute, "2026-03-18").expect("disputed");
    assert_eq!(state, disputed());
    let confirm = Command::Confirm { opinion: opinion("一致") };
    assert!(step(state.clone(), confirm, "2026-03-19").is_err(), "not before it is resolved");
    let resolved = step(state, Command::Resolve { opinion: opinion("已补") }, "2026-03-19");
    assert_eq!(resolved, Ok(awaiting("2026-03-26")));
}

#[test]
fn a10_7_what_has_ended_stays_ended() {
    for kind in CommandKind::ALL {
        assert!(permits(&State::Ended { on: day("2026-03-18") }, *kind).is_err(), "{kind}");
    }
}

#[test]
fn a10_5_a_year_lapses_on_the_day_after_its_last_and_not_on_it() {
    let lapse = || Command::Lapse { ended_on: day("2026-03-17") };
    assert_eq!(step(State::Running, lapse(), "2026-03-17"), Err(Refusal::YearNotOver));
    let lapsed = State::Lapsed { grace_until: day("2026-04-01") };
    assert_eq!(step(State::Running, lapse(), "2026-03-18"), Ok(lapsed));
    assert_eq!(reminders(&Regulation::guilin().limits), [90, 60, 30]);
}
