use super::*;
use crate::limits::Limits;
use crate::proof::{self, Lifecycle, day, opinion};

mod decisions;

/// More from 70 %, fewer from 30 %, after three minutes each; one to four servers, one at a time, ten minutes apart.
fn policy() -> Policy {
    Policy {
        metric: Metric::Cpu,
        out_percent: 70,
        out_minutes: 3,
        in_percent: 30,
        in_minutes: 3,
        lower: 1,
        upper: 4,
        step: 1,
        cooldown_minutes: 10,
    }
}

fn ground() -> Ground {
    Ground { groups: 1, servers: 4, measures: vec![Metric::Cpu], by_hand: false }
}

fn today() -> Date {
    day("2026-03-06")
}

fn active() -> State {
    State::Active { policy: policy(), since: today() }
}

fn paused() -> State {
    State::Paused { policy: policy(), on: today(), reason: opinion("系统升级") }
}

fn ended() -> State {
    State::Ended { policy: policy(), on: today(), cause: Cause::Agency }
}

fn commands() -> Vec<Command> {
    vec![
        Command::Amend { policy: policy() },
        Command::Activate,
        Command::Pause { reason: opinion("系统升级") },
        Command::End { reason: opinion("不再需要") },
        Command::Close,
    ]
}

#[test]
fn proof_of_the_scaling_lifecycle() {
    let gone = State::Paused { policy: policy(), on: day("2026-03-02"), reason: opinion("服务已退还") };
    let table = Lifecycle {
        title: "伸缩策略 scaling",
        about: "附件2-1 一行核定的云主机为一组,策略决定其中几台运行(第四条、第十条(六))。从不超出核定,包年费用不变。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|from, command| {
            let left = !matches!(&from, State::Paused { on, .. } if *on == day("2026-03-02"));
            let ground = Ground { groups: left.into(), ..ground() };
            transition(from, command, &ground, today()).map_err(|refusal| Box::new(refusal) as _)
        },
        states: vec![("", State::Draft { policy: policy() }), ("", active()), ("", paused()), ("", ended())],
        commands: commands(),
        otherwise: vec![("弹性伸缩服务已不在", gone, Command::Activate)],
    };
    let all: std::collections::BTreeSet<_> = StateKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.state_codes(), all);
    assert_eq!(table.command_codes(), CommandKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>());
    proof::compare("scaling.md", &table.print());
}

#[test]
fn a4_a_policy_stands_on_an_approved_group_and_its_open_servers() {
    let with = |ground: Ground, others, taken| draft(policy(), &ground, others, taken);
    assert_eq!(with(ground(), 0, false), Ok(State::Draft { policy: policy() }));
    assert_eq!(with(Ground { groups: 0, ..ground() }, 0, false), Err(Refusal::NoService));
    assert_eq!(with(Ground { servers: 0, ..ground() }, 0, false), Err(Refusal::NoServers));
    assert_eq!(with(ground(), 1, false), Err(Refusal::NoGroupLeft { approved: 1 }));
    assert!(with(Ground { groups: 2, ..ground() }, 1, false).is_ok());
    assert_eq!(with(Ground { groups: 2, ..ground() }, 1, true), Err(Refusal::LineTaken));
}

/// Fields of what is wrong after a change of the figures.
fn faults(change: impl Fn(&mut Policy)) -> Vec<String> {
    let mut changed = policy();
    change(&mut changed);
    let found = check(&changed, &ground(), &Limits::guilin());
    found.into_iter().map(|finding| finding.field.trim_start_matches("policy.").to_owned()).collect()
}

#[test]
fn a10_3_the_upper_bound_is_never_beyond_the_approved() {
    assert_eq!(faults(|_| {}), [""; 0]);
    assert_eq!(faults(|p| p.upper = 5), ["upper"]);
    let found = check(&Policy { upper: 5, ..policy() }, &ground(), &Limits::guilin());
    assert_eq!((found[0].code, found[0].clause), ("scaling.beyond_approved", Some(clause::A10_3)));
    assert_eq!(faults(|p| p.lower = 0), ["lower"]);
    assert_eq!(faults(|p| (p.lower, p.upper) = (4, 4)), [""; 0]);
    assert_eq!(faults(|p| (p.lower, p.upper) = (4, 3)), ["upper"]);
}

#[test]
fn a4_the_figures_of_a_policy_have_bounds_of_ours() {
    assert_eq!(faults(|p| p.in_percent = 50), [""; 0], "twenty apart");
    assert_eq!(faults(|p| p.in_percent = 51), ["out_percent"]);
    assert_eq!(faults(|p| p.in_percent = 0), ["in_percent"]);
    assert_eq!(faults(|p| p.out_percent = 100), [""; 0]);
    assert_eq!(faults(|p| p.out_percent = 101), ["out_percent"]);
    assert_eq!(faults(|p| (p.out_minutes, p.in_minutes) = (60, 60)), [""; 0]);
    assert_eq!(faults(|p| (p.out_minutes, p.in_minutes) = (2, 61)), ["out_minutes", "in_minutes"]);
    assert_eq!(faults(|p| p.cooldown_minutes = 5), [""; 0]);
    assert_eq!(faults(|p| p.cooldown_minutes = 4), ["cooldown_minutes"]);
    assert_eq!(faults(|p| p.cooldown_minutes = 1441), ["cooldown_minutes"]);
    assert_eq!(faults(|p| p.step = 5), [""; 0]);
    assert_eq!(faults(|p| p.step = 6), ["step"]);
    assert_eq!(faults(|p| p.step = 0), ["step"]);
    assert_eq!(faults(|p| p.metric = Metric::Memory), ["metric"], "what the engine does not measure decides nothing");
    let by_hand = Ground { measures: vec![], by_hand: true, ..ground() };
    assert_eq!(check(&policy(), &by_hand, &Limits::guilin()), [], "the engineer measures");
}
