use super::*;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn request() -> Request {
    Request {
        reason: Reason::Offline,
        offline_on: day("2026-03-17"),
        system_offline: true,
        data_backed_up: true,
        backup_place: opinion("本单位备份柜 3 号,SM3 已核"),
        accounts_listed: true,
        disposal: DataDisposal::HandToAgency,
        remark: String::new(),
    }
}

fn with(from: State, command: Command, request: &Request, today: &str) -> Result<State, Refusal> {
    let city = Regulation::guilin();
    transition(from, command, request, day(today), &city.calendar, &city.limits)
}

fn step(from: State, command: Command, today: &str) -> Result<State, Refusal> {
    with(from, command, &request(), today)
}

fn certify() -> Command {
    Command::Certify { witness: opinion("秦桂芳"), handed_over: opinion("数据库导出 1 份") }
}

fn reclaimed() -> State {
    State::Reclaimed { on: day("2026-03-20"), reclaim_due: day("2026-03-23") }
}

#[test]
fn proof_of_the_termination_lifecycle() {
    let words = || opinion("同意");
    let table = Lifecycle {
        title: "终止:状态 × 步骤",
        about: "《办法》第十条(七)、第二十八条:从终止申请到清除证明。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, "2026-03-18").map_err(|refusal| Box::new(refusal) as _),
        states: vec![
            ("", State::Draft),
            ("", State::UnitReview),
            ("", State::Submitted { review_due: day("2026-03-25") }),
            ("", State::Declined { opinion: words() }),
            ("", State::Approved { reclaim_due: day("2026-03-23") }),
            ("", State::Reclaiming { reclaim_due: day("2026-03-23") }),
            ("", reclaimed()),
            ("", State::Closed { on: day("2026-03-20") }),
            ("", State::Withdrawn),
        ],
        commands: vec![
            Command::Submit,
            Command::UnitApprove { opinion: words() },
            Command::UnitReturn { opinion: words() },
            Command::Approve { opinion: words() },
            Command::Decline { opinion: words() },
            Command::Reclaim,
            Command::Reclaimed,
            certify(),
            Command::Withdraw { opinion: words() },
        ],
        otherwise: vec![],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), 9);
    proof::compare("termination.md", &table.print());
}

#[test]
fn a10_7_nothing_is_submitted_before_the_system_is_down_and_its_data_are_safe() {
    let submit = |change: &dyn Fn(&mut Request)| {
        let mut changed = request();
        change(&mut changed);
        with(State::Draft, Command::Submit, &changed, "2026-03-18")
    };
    assert_eq!(submit(&|_| ()), Ok(State::UnitReview));
    assert_eq!(submit(&|r| r.system_offline = false), Err(Refusal::NotOffline));
    assert_eq!(submit(&|r| r.data_backed_up = false), Err(Refusal::NotBackedUp));
    assert_eq!(submit(&|r| r.accounts_listed = false), Err(Refusal::AccountsUnlisted));
    assert_eq!(submit(&|r| r.offline_on = day("2026-03-19")), Err(Refusal::OfflineInFuture));
    assert_eq!(submit(&|r| r.offline_on = day("2026-03-18")), Ok(State::UnitReview), "today is not ahead");
}

#[test]
fn a10_7_five_working_days_to_review_and_three_to_take_back() {
    let words = || opinion("同意");
    for (confirmed, review_due) in [("2026-03-18", "2026-03-25"), ("2026-04-16", "2026-04-27")] {
        let state = step(State::UnitReview, Command::UnitApprove { opinion: words() }, confirmed);
        assert_eq!(state, Ok(State::Submitted { review_due: day(review_due) }), "{confirmed}");
    }
    for (approved, reclaim_due) in
        [("2026-03-18", "2026-03-23"), ("2022-04-01", "2022-04-11"), ("2025-09-30", "2025-10-11")]
    {
        let from = State::Submitted { review_due: day("2026-03-25") };
        let state = step(from, Command::Approve { opinion: words() }, approved);
        assert_eq!(state, Ok(State::Approved { reclaim_due: day(reclaim_due) }), "{approved}");
    }
}

#[test]
fn a28_a_termination_is_closed_by_its_certificate_alone() {
    let closed = step(reclaimed(), certify(), "2026-03-23");
    assert_eq!(closed, Ok(State::Closed { on: day("2026-03-23") }));
    for state in
        [State::Approved { reclaim_due: day("2026-03-23") }, State::Reclaiming { reclaim_due: day("2026-03-23") }]
    {
        assert!(step(state, certify(), "2026-03-23").is_err(), "nothing is certified before it is erased");
    }
    assert!(reclaimed().open(), "it blocks changes until then");
    assert_eq!(CommandKind::Certify.clause(), clause::A28);
}

#[test]
fn a10_7_it_cannot_be_withdrawn_once_the_centre_agreed() {
    let withdraw = || Command::Withdraw { opinion: opinion("暂缓") };
    assert_eq!(
        step(State::Submitted { review_due: day("2026-03-25") }, withdraw(), "2026-03-18"),
        Ok(State::Withdrawn)
    );
    assert!(step(State::Approved { reclaim_due: day("2026-03-23") }, withdraw(), "2026-03-18").is_err());
    assert!(!State::Withdrawn.open());
}
