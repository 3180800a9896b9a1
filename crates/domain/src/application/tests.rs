use super::review::{Department, Verdict, missing};
use super::*;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn calendar() -> &'static Calendar {
    &Regulation::guilin().calendar
}

fn limits() -> &'static Limits {
    &Regulation::guilin().limits
}

fn step(from: State, command: Command, today: &str) -> Result<State, Refusal> {
    transition(from, command, day(today), calendar(), limits())
}

fn said(department: Department) -> DepartmentOpinion {
    DepartmentOpinion {
        department,
        verdict: Verdict::Agree,
        opinion: opinion("同意"),
        score: None,
        by: String::new(),
        on: None,
    }
}

fn conclusion(approved: bool) -> Conclusion {
    Conclusion { approved, opinion: opinion("拟同意"), urgency: Urgency::Normal, cuts: vec![] }
}

fn submitted(supplemented: bool) -> State {
    State::Submitted { answer_due: day("2026-03-09"), supplemented }
}

fn reviewed_by(departments: &[Department]) -> State {
    State::UnderReview {
        opinions_due: day("2026-03-05"),
        review_due: day("2026-03-16"),
        opinions: departments.iter().copied().map(said).collect(),
    }
}

fn concluded(approved: bool) -> State {
    State::AwaitingSignature {
        review_due: day("2026-03-16"),
        conclusion: conclusion(approved),
        opinions: Department::ALL.iter().copied().map(said).collect(),
    }
}

fn checklist(present: &[bool]) -> Command {
    let rows = present.iter().map(|present| ChecklistRow { item: opinion("批复文件"), present: *present });
    Command::Accept { checklist: rows.collect(), opinion: opinion("材料齐全") }
}

fn fund() -> Fund {
    Fund { item: opinion("政务云服务"), amount_fen: Fen(384_000) }
}

fn contract() -> Contract {
    Contract { number: opinion("GXZC2026-0012"), signed_on: day("2026-03-02"), amount_fen: Fen(384_000) }
}

fn states() -> Vec<(&'static str, State)> {
    use State as S;
    let plan = UsagePlanId(uuid::Uuid::nil());
    vec![
        ("", S::Draft),
        ("专项", S::UnitReview { mode: Mode::Special }),
        ("集中", S::UnitReview { mode: Mode::Consolidated }),
        ("", S::AwaitingConsolidation { due: day("2026-03-09") }),
        ("", submitted(false)),
        ("已补正", submitted(true)),
        ("", S::Supplementing { missing: opinion("缺批复文件") }),
        ("", S::Declined { reason: DeclineReason::OutOfScope, opinion: opinion("不属适用范围") }),
        ("意见未齐", reviewed_by(&[Department::Police])),
        ("意见已齐", reviewed_by(Department::ALL)),
        ("拟通过", concluded(true)),
        ("拟不通过", concluded(false)),
        ("", S::Approved { conclusion: conclusion(true) }),
        ("", S::Rejected { conclusion: conclusion(false) }),
        ("", S::Listed { plan }),
        ("", S::Ratified),
        ("", S::Funded { fund: fund() }),
        ("", S::Contracted { fund: fund(), contract: contract() }),
        ("", S::Withdrawn),
    ]
}

fn commands() -> Vec<Command> {
    use Command as C;
    let words = || opinion("同意");
    vec![
        C::Submit { mode: Mode::Special },
        C::UnitApprove { opinion: words() },
        C::UnitReturn { opinion: words() },
        C::Consolidate { opinion: words() },
        C::ConsolidateReturn { opinion: words() },
        checklist(&[true]),
        C::RequestSupplement { missing: words() },
        C::Supplement,
        C::Decline { reason: DeclineReason::OutOfScope, opinion: words() },
        C::GiveOpinion { opinion: said(Department::Finance) },
        C::Conclude { conclusion: conclusion(true) },
        C::Sign { opinion: words() },
        C::SignReturn { opinion: words() },
        C::List { plan: UsagePlanId(uuid::Uuid::nil()) },
        C::Ratify,
        C::RecordFunding { fund: fund() },
        C::RecordContract { contract: contract() },
        C::Withdraw { opinion: words() },
    ]
}

#[test]
fn proof_of_the_application_lifecycle() {
    let table = Lifecycle {
        title: "申请:状态 × 步骤",
        about: "《办法》第十条(一)至(三)、第十三条:从填报到合同登记。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, "2026-03-02").map_err(|refusal| Box::new(refusal) as _),
        states: states(),
        commands: commands(),
        otherwise: vec![
            ("核对清单有缺项", submitted(false), checklist(&[true, false])),
            ("核对清单为空", submitted(false), checklist(&[])),
            (
                "该部门已出具意见",
                reviewed_by(&[Department::Police]),
                Command::GiveOpinion { opinion: said(Department::Police) },
            ),
        ],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds, "one command of every kind, in order");
    assert_eq!(table.state_codes().len(), 15, "one value of every state");
    proof::compare("application.md", &table.print());
}

#[test]
fn a10_1_a_special_request_goes_to_the_centre_and_a_consolidated_one_first_to_its_superior() {
    let approve = || Command::UnitApprove { opinion: opinion("同意上报") };
    assert_eq!(
        step(State::UnitReview { mode: Mode::Special }, approve(), "2026-03-02"),
        Ok(State::Submitted { answer_due: day("2026-03-09"), supplemented: false })
    );
    let waiting = step(State::UnitReview { mode: Mode::Consolidated }, approve(), "2026-03-02").expect("goes on");
    assert_eq!(waiting, State::AwaitingConsolidation { due: day("2026-03-09") });
    let gathered = step(waiting, Command::Consolidate { opinion: opinion("汇总上报") }, "2026-03-03");
    assert_eq!(gathered, Ok(State::Submitted { answer_due: day("2026-03-10"), supplemented: false }));
}

#[test]
fn a10_1_1_what_the_superior_returns_is_a_draft_again() {
    let from = State::AwaitingConsolidation { due: day("2026-03-09") };
    let returned = step(from, Command::ConsolidateReturn { opinion: opinion("请补充用途") }, "2026-03-03");
    assert_eq!(returned, Ok(State::Draft));
    assert!(State::Draft.editable() && !submitted(false).editable());
}

#[test]
fn a10_2_the_answer_is_due_on_the_fifth_working_day_by_guangxis_calendar() {
    // 三月三 is a holiday here and nowhere else.
    for (received, due) in [
        ("2024-04-10", "2024-04-19"),
        ("2023-04-20", "2023-04-28"),
        ("2026-04-16", "2026-04-27"),
        ("2021-04-13", "2021-04-22"),
        ("2024-09-30", "2024-10-12"),
        ("2026-01-03", "2026-01-08"),
        ("2024-12-31", "2025-01-08"),
    ] {
        let from = State::UnitReview { mode: Mode::Special };
        let state = step(from, Command::UnitApprove { opinion: opinion("同意") }, received);
        assert_eq!(state, Ok(State::Submitted { answer_due: day(due), supplemented: false }), "received {received}");
    }
}

#[test]
fn a10_2_a_late_answer_is_still_an_answer() {
    let late = step(submitted(false), checklist(&[true]), "2026-04-30").expect("accepted");
    assert!(matches!(late, State::UnderReview { .. }), "lateness never blocks");
}

#[test]
fn a10_2_only_a_complete_checklist_is_accepted() {
    assert!(step(submitted(false), checklist(&[true, true]), "2026-03-02").is_ok());
    for incomplete in [checklist(&[true, false]), checklist(&[])] {
        assert_eq!(step(submitted(false), incomplete, "2026-03-02"), Err(Refusal::ChecklistIncomplete));
    }
}

#[test]
fn a10_2_a_supplement_stops_the_clock_and_a_new_count_starts_on_the_day_after() {
    let asked = step(submitted(false), Command::RequestSupplement { missing: opinion("缺批复文件") }, "2026-03-05")
        .expect("asked");
    assert!(asked.duties().iter().all(|duty| duty.due.is_none()), "nobody's clock runs while the agency mends");
    assert!(asked.editable(), "the agency can mend the form");
    let again = step(asked, Command::Supplement, "2026-03-20").expect("resubmitted");
    assert_eq!(again, State::Submitted { answer_due: day("2026-03-27"), supplemented: true });
    assert_eq!(
        step(again, Command::RequestSupplement { missing: opinion("还缺") }, "2026-03-23"),
        Err(Refusal::SupplementAsked),
        "asked for once only"
    );
}

#[test]
fn a10_2_what_is_declined_is_final_and_names_its_reason() {
    let command = Command::Decline { reason: DeclineReason::MaterialsMissing, opinion: opinion("逾期未补") };
    let from = State::Supplementing { missing: opinion("缺批复文件") };
    let declined = step(from, command, "2026-03-30").expect("declined");
    assert!(matches!(declined, State::Declined { reason: DeclineReason::MaterialsMissing, .. }));
    for kind in CommandKind::ALL {
        assert!(permits(&declined, *kind).is_err(), "{kind} follows a refusal");
    }
}

#[test]
fn a10_3_opinions_are_due_in_three_working_days_and_the_review_in_ten() {
    let accepted = step(submitted(false), checklist(&[true]), "2026-04-16").expect("accepted");
    let State::UnderReview { opinions_due, review_due, opinions } = accepted else { panic!("{accepted:?}") };
    // 三月三 2026: 17 and 20 April are holidays here; so are 1 to 5 May everywhere.
    assert_eq!((opinions_due, review_due), (day("2026-04-23"), day("2026-05-07")));
    assert!(opinions.is_empty());
}

#[test]
fn a10_3_nothing_is_concluded_before_all_four_are_heard() {
    let mut heard = Vec::new();
    for department in Department::ALL {
        let state = reviewed_by(&heard);
        let refusal = permits(&state, CommandKind::Conclude).expect_err("not all heard");
        let Refusal::OpinionsMissing(names) = refusal else { panic!("{refusal:?}") };
        assert!(names.contains(department.zh()), "{names}");
        heard.push(*department);
    }
    assert!(permits(&reviewed_by(&heard), CommandKind::Conclude).is_ok());
    assert_eq!(missing(&[said(Department::Finance)]), [Department::Police, Department::Secrecy, Department::Expert]);
}

#[test]
fn a10_3_each_department_speaks_once() {
    let give = |department| Command::GiveOpinion { opinion: said(department) };
    let one = step(reviewed_by(&[]), give(Department::Secrecy), "2026-03-03").expect("first");
    assert_eq!(step(one.clone(), give(Department::Secrecy), "2026-03-03"), Err(Refusal::OpinionGiven));
    let two = step(one, give(Department::Police), "2026-03-03").expect("another");
    assert_eq!(two.duties().len(), 2, "two are still awaited");
    let all = step(reviewed_by(Department::ALL), give(Department::Police), "2026-03-03");
    assert!(matches!(all, Err(Refusal::OutOfOrder { .. })), "all were heard");
}

#[test]
fn a10_3_the_head_signs_what_was_concluded_or_returns_it_with_the_opinions_kept() {
    let sign = || Command::Sign { opinion: opinion("同意签发") };
    assert!(matches!(step(concluded(true), sign(), "2026-03-10"), Ok(State::Approved { .. })));
    assert!(matches!(step(concluded(false), sign(), "2026-03-10"), Ok(State::Rejected { .. })));
    let back = step(concluded(true), Command::SignReturn { opinion: opinion("请再议") }, "2026-03-10").expect("back");
    assert!(permits(&back, CommandKind::Conclude).is_ok(), "no opinion is asked for again");
}

#[test]
fn a10_1_withdrawal_ends_with_the_centres_work_on_it() {
    for (remark, state) in states() {
        let may = matches!(
            state,
            State::Draft
                | State::UnitReview { .. }
                | State::AwaitingConsolidation { .. }
                | State::Submitted { .. }
                | State::Supplementing { .. }
        );
        assert_eq!(permits(&state, CommandKind::Withdraw).is_ok(), may, "{} {remark}", state.term().zh);
    }
}

#[test]
fn a10_every_command_has_a_clause_and_every_state_its_words() {
    for kind in CommandKind::ALL {
        assert!(kind.clause().code.starts_with("A1"), "{kind}");
    }
    for (_, state) in states() {
        let json = serde_json::to_value(&state).expect("serialises");
        assert_eq!(json["state"], state.term().code, "the stored code is the shown one");
        assert_eq!(serde_json::from_value::<State>(json).expect("reads back"), state);
    }
}

#[test]
fn a10_without_a_published_year_nothing_is_guessed() {
    let from = State::UnitReview { mode: Mode::Special };
    let refused = step(from, Command::UnitApprove { opinion: opinion("同意") }, "2026-12-29");
    assert!(matches!(refused, Err(Refusal::Calendar(_))), "{refused:?}");
    assert!(Refusal::Calendar(CalendarError::YearMissing { year: 2027 }).zh().contains("导入"));
}
