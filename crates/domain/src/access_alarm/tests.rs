use super::*;
use crate::calendar::Calendar;
use crate::clause::A28;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn open() -> State {
    State::Open { handle_due: Some(day("2026-03-09")) }
}

fn handle() -> Command {
    Command::Handle { opinion: opinion("属误操作,已核实") }
}

fn handled() -> State {
    State::Handled { on: day("2026-03-06"), opinion: opinion("属误操作,已核实") }
}

#[test]
fn proof_of_the_access_alarm_lifecycle() {
    let table = Lifecycle {
        title: "访问告警 access_alarm",
        about: "未经授权而试图进入用户资源的一次或多次同类尝试(第二十八条)。只由系统发出,不能删除;未处置前的同类尝试计入同一告警。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|from, command| transition(from, command, day("2026-03-06")).map_err(|refusal| Box::new(refusal) as _),
        states: vec![("", open()), ("", handled())],
        commands: vec![handle()],
        otherwise: vec![],
    };
    let all: std::collections::BTreeSet<_> = StateKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.state_codes(), all);
    assert_eq!(table.command_codes(), CommandKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>());
    proof::compare("access_alarm.md", &table.print());
}

#[test]
fn a28_an_alarm_waits_for_the_agency_and_the_city_and_is_handled_once() {
    let duties = open().duties();
    assert_eq!(duties.len(), 2, "{duties:?}");
    assert!(duties.iter().all(|duty| duty.due == Some((day("2026-03-09"), Timer::T17))));
    assert_eq!(CommandKind::Handle.clause(), A28);
    let done = transition(open(), handle(), day("2026-03-06")).expect("the first word counts");
    assert!(done.duties().is_empty());
    assert!(matches!(transition(done, handle(), day("2026-03-07")), Err(Refusal::OutOfOrder { .. })));
}

#[test]
fn a28_an_alarm_is_raised_even_where_no_calendar_says_by_when() {
    let city = Regulation::guilin();
    let limits = &city.limits;
    assert_eq!(raise(day("2026-03-06"), &city.calendar, limits), open(), "Friday, so Monday");
    let none = Calendar::new("none", []).expect("an empty calendar");
    let State::Open { handle_due } = raise(day("2026-03-06"), &none, limits) else { panic!("open") };
    assert_eq!(handle_due, None);
}
