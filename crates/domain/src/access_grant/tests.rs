use super::*;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn at(text: &str) -> DateTime {
    text.parse().expect("a minute")
}

fn requested() -> State {
    State::Requested { decide_due: day("2026-03-09") }
}

fn granted() -> State {
    State::Granted { on: day("2026-03-06"), opinion: opinion("同意") }
}

fn ended(cause: Cause) -> State {
    State::Ended { on: day("2026-03-07"), cause }
}

fn commands() -> Vec<Command> {
    vec![
        Command::Grant { opinion: opinion("同意") },
        Command::Refuse { opinion: opinion("改期") },
        Command::Withdraw,
        Command::Revoke { reason: opinion("工作已完成") },
        Command::Expire,
        Command::End,
    ]
}

/// In the middle of the time that was asked for; `expire` after it.
fn step(from: State, command: Command) -> Result<State, Refusal> {
    let now = if command.kind() == CommandKind::Expire { "2026-03-07T18:00" } else { "2026-03-07T12:00" };
    transition(from, command, at("2026-03-07T18:00"), at(now))
}

#[test]
fn proof_of_the_access_grant_lifecycle() {
    let grant = || Command::Grant { opinion: opinion("同意") };
    let table = Lifecycle {
        title: "供应商运维访问授权 access_grant",
        about: "使用单位同意供应商的某人在某时段登录某几台云主机(第二十八条)。仅“已授权”且在时段内可签发证书。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|from, command| {
            let late = matches!(&from, State::Requested { decide_due } if *decide_due == day("2026-03-02"));
            let done = match late {
                true => transition(from, command, at("2026-03-02T18:00"), at("2026-03-07T12:00")),
                false => step(from, command),
            };
            done.map_err(|refusal| Box::new(refusal) as _)
        },
        states: vec![
            ("", requested()),
            ("", granted()),
            ("", State::Refused { on: day("2026-03-06"), opinion: opinion("改期") }),
            ("", ended(Cause::Revoked)),
        ],
        commands: commands(),
        otherwise: vec![("时段已过", State::Requested { decide_due: day("2026-03-02") }, grant())],
    };
    let all: std::collections::BTreeSet<_> = StateKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.state_codes(), all);
    let pressed: Vec<_> =
        CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Issue).map(|k| k.code()).collect();
    assert_eq!(table.command_codes(), pressed);
    proof::compare("access_grant.md", &table.print());
}

fn asked() -> Request {
    Request {
        hosts: vec!["app".into()],
        from: at("2026-03-06T20:00"),
        until: at("2026-03-06T23:00"),
        purpose: opinion("处置磁盘告警"),
        source: "10.9.0.0/16".into(),
        transfers: vec![],
    }
}

fn ask(change: impl Fn(&mut Request)) -> Result<State, Refusal> {
    let city = Regulation::guilin();
    let mut one = asked();
    change(&mut one);
    let open = ["app".to_owned(), "db".to_owned()];
    request(&one, &open, at("2026-03-06T10:00"), (&city.calendar, &city.limits)).expect("a published year")
}

#[test]
fn a28_a_request_names_open_servers_a_time_and_a_place() {
    assert_eq!(ask(|_| {}), Ok(requested()), "Friday, so the agency answers by Monday");
    assert_eq!(ask(|one| one.hosts.clear()), Err(Refusal::NoHosts));
    assert_eq!(ask(|one| one.hosts.push("web".into())), Err(Refusal::UnknownHost { host: "web".into() }));
    assert_eq!(ask(|one| one.until = one.from), Err(Refusal::Backwards));
    let past = |one: &mut Request| (one.from, one.until) = (at("2026-03-06T08:00"), at("2026-03-06T10:00"));
    assert_eq!(ask(past), Err(Refusal::Past { until: "2026-03-06 10:00".into() }));
    assert!(ask(|one| one.until = at("2026-03-13T20:00")).is_ok(), "seven days exactly");
    assert_eq!(ask(|one| one.until = at("2026-03-13T20:01")), Err(Refusal::TooLong { days: 7 }));
    for source in ["0.0.0.0/0", "", "10.9.0.1/16"] {
        assert_eq!(ask(|one| one.source = source.into()), Err(Refusal::BadSource), "{source}");
    }
}

#[test]
fn a28_leave_is_not_given_afterwards_and_ends_with_its_time() {
    let until = at("2026-03-07T18:00");
    let grant = |now| transition(requested(), Command::Grant { opinion: opinion("同意") }, until, at(now));
    assert!(grant("2026-03-07T17:59").is_ok());
    assert_eq!(grant("2026-03-07T18:00"), Err(Refusal::Past { until: "2026-03-07 18:00".into() }));
    let expire = |now| transition(granted(), Command::Expire, until, at(now));
    assert_eq!(expire("2026-03-07T17:59"), Err(Refusal::StillOpen { until: "2026-03-07 18:00".into() }));
    assert_eq!(expire("2026-03-07T18:00"), Ok(ended(Cause::Expired)));
    assert!(permits(&granted(), CommandKind::Issue).is_ok());
    assert!(permits(&requested(), CommandKind::Issue).is_err(), "no answer is no leave");
}
