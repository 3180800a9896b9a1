use super::*;
use crate::proof::{self, Lifecycle, day, opinion};

const ENTERED_BY: PersonId = PersonId(uuid::Uuid::from_u128(1));
const ANOTHER: PersonId = PersonId(uuid::Uuid::from_u128(2));

fn ratification(number: &str, on: &str) -> Ratification {
    Ratification { document_number: number.to_owned(), ratified_on: day(on) }
}

fn entered() -> State {
    State::RatificationEntered {
        reported_on: day("2026-03-02"),
        ratification: ratification("市政函〔2026〕12号", "2026-03-10"),
        entered_by: Some(ENTERED_BY),
    }
}

fn reported() -> State {
    State::Reported { on: day("2026-03-02") }
}

fn record(number: &str, on: &str) -> Command {
    Command::RecordRatification { ratification: ratification(number, on) }
}

fn step(from: State, command: Command, actor: PersonId) -> Result<State, Refusal> {
    transition(from, command, 1, Some(actor), day("2026-03-11"))
}

#[test]
fn proof_of_the_usage_plan_lifecycle() {
    let table = Lifecycle {
        title: "云服务使用计划:状态 × 步骤",
        about: "《办法》第十条(三):编制、上报、录入审定、另一人复核。表中复核人不是录入人,计划中已有申请。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, ANOTHER).map_err(|refusal| Box::new(refusal) as _),
        states: vec![
            ("", State::Drafting),
            ("", reported()),
            ("", entered()),
            ("", State::Ratified { ratification: ratification("市政函〔2026〕12号", "2026-03-10") }),
        ],
        commands: vec![
            Command::Add { application: ApplicationId(uuid::Uuid::nil()) },
            Command::Report { opinion: opinion("同意上报") },
            record("市政函〔2026〕12号", "2026-03-10"),
            Command::VerifyRatification,
            Command::RejectEntry { opinion: opinion("文号有误") },
        ],
        otherwise: vec![
            ("文号不合格式", reported(), record("市政函2026-12", "2026-03-10")),
            ("审定日期晚于今天", reported(), record("市政函〔2026〕12号", "2026-03-12")),
            ("审定日期早于上报", reported(), record("市政函〔2026〕12号", "2026-03-01")),
        ],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), 4);
    proof::compare("usage_plan.md", &table.print());
}

#[test]
fn a10_3_an_empty_plan_is_not_reported() {
    let report = || Command::Report { opinion: opinion("同意上报") };
    let with = |rows| transition(State::Drafting, report(), rows, Some(ANOTHER), day("2026-03-02"));
    assert_eq!(with(0), Err(Refusal::Empty));
    assert_eq!(with(1), Ok(reported()));
}

#[test]
fn a10_3_whoever_entered_the_ratification_does_not_check_it() {
    assert_eq!(step(entered(), Command::VerifyRatification, ENTERED_BY), Err(Refusal::SamePerson));
    assert!(matches!(step(entered(), Command::VerifyRatification, ANOTHER), Ok(State::Ratified { .. })));
    let nobody = transition(
        State::RatificationEntered {
            entered_by: None,
            reported_on: day("2026-03-02"),
            ratification: ratification("市政函〔2026〕12号", "2026-03-10"),
        },
        Command::VerifyRatification,
        1,
        None,
        day("2026-03-11"),
    );
    assert_eq!(nobody, Err(Refusal::SamePerson), "two unknown people are not two people");
}

#[test]
fn a10_3_a_rejected_entry_goes_back_to_reported() {
    let rejected = step(entered(), Command::RejectEntry { opinion: opinion("文号有误") }, ANOTHER);
    assert_eq!(rejected, Ok(reported()));
}

#[test]
fn a10_3_the_ratification_lies_between_the_report_and_today() {
    for (on, allowed) in [("2026-03-01", false), ("2026-03-02", true), ("2026-03-11", true), ("2026-03-12", false)] {
        assert_eq!(step(reported(), record("市政函〔2026〕12号", on), ENTERED_BY).is_ok(), allowed, "{on}");
    }
    let malformed = step(reported(), record("市政函[2026]12号", "2026-03-10"), ENTERED_BY);
    assert_eq!(malformed, Err(Refusal::BadNumber));
}
