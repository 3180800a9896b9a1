use super::*;
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn facts(today: &str) -> Facts<'static> {
    let city = Regulation::guilin();
    Facts {
        today: day(today),
        calendar: &city.calendar,
        limits: &city.limits,
        resources_open: true,
        services_open: true,
        funded: true,
    }
}

fn period(delivered_on: &str, until: &str, extensions: u32) -> Period {
    Period { delivered_on: day(delivered_on), until: day(until), extensions }
}

/// Delivered on a Monday for fifteen days: 2026-03-02 … 2026-03-17, a Tuesday.
fn fortnight() -> Period {
    period("2026-03-02", "2026-03-17", 0)
}

fn report(passed: bool) -> Report {
    Report {
        function_cases: 100,
        function_passed: 95,
        performance_passed: true,
        performance: opinion("P95 120 ms"),
        high_risks: 0,
        medium_risks: 2,
        low_risks: 5,
        security: opinion("无高危"),
        backup_verified: true,
        passed,
        opinion: opinion("测试情况属实"),
    }
}

fn preparing(opening: bool) -> State {
    State::Preparing { delivery_due: day("2026-03-09"), opening }
}

fn stopped(report: Option<Report>) -> State {
    State::Stopped { period: fortnight(), reclaim_on: day("2026-03-25"), report }
}

fn asked(kept_until: Option<Date>) -> State {
    State::ExtensionAsked { period: fortnight(), days: 15, reason: opinion("接口联调未完"), kept_until }
}

fn deliver(days: u16) -> Command {
    Command::Deliver { minutes: opinion("对接纪要"), deployment_plan: opinion("迁移部署方案"), days }
}

fn extend(days: u16) -> Command {
    Command::RequestExtension { days, reason: opinion("接口联调未完") }
}

fn grant() -> Command {
    Command::GrantExtension { opinion: opinion("同意延长") }
}

fn approve() -> Command {
    Command::ApproveReport { opinion: opinion("属实") }
}

fn step(from: State, command: Command, today: &str) -> Result<State, Refusal> {
    transition(from, command, &facts(today))
}

fn states() -> Vec<(&'static str, State)> {
    vec![
        ("", State::Notified { delivery_due: day("2026-03-09") }),
        ("未开通", preparing(false)),
        ("已开通", preparing(true)),
        ("", State::Running { period: fortnight() }),
        ("期内", asked(None)),
        ("已停机", asked(Some(day("2026-03-25")))),
        ("结论通过", State::Reported { period: fortnight(), report: report(true) }),
        ("结论不通过", State::Reported { period: fortnight(), report: report(false) }),
        ("", State::Passed { period: fortnight(), report: report(true) }),
        ("", State::Failed { period: fortnight(), report: report(false) }),
        ("未交报告", stopped(None)),
        ("报告待审核", stopped(Some(report(true)))),
        ("", State::Activated { on: day("2026-03-18") }),
        ("", State::Exited { on: day("2026-03-18") }),
    ]
}

fn commands() -> Vec<Command> {
    let words = || opinion("同意");
    vec![
        Command::Acknowledge,
        Command::Open { engine: crate::ids::EngineId(uuid::Uuid::nil()) },
        deliver(15),
        Command::Report { report: report(true) },
        approve(),
        Command::ReturnReport { opinion: words() },
        extend(15),
        grant(),
        Command::RefuseExtension { opinion: words() },
        Command::Exit { reason: words() },
        Command::Expire,
        Command::Activate,
    ]
}

#[test]
fn proof_of_the_trial_lifecycle() {
    let unfunded = Facts { funded: false, ..facts("2026-03-18") };
    let running = || State::Running { period: fortnight() };
    let table = Lifecycle {
        title: "测试:状态 × 步骤",
        about: "《办法》第十条(四)(五):从测试通知到自动转正或退出。表中测试期已于前一日届满,计划与资金已落实。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, "2026-03-18").map_err(|refusal| Box::new(refusal) as _),
        states: states(),
        commands: commands(),
        otherwise: vec![
            ("测试期 9 天", preparing(true), deliver(9)),
            ("测试期 16 天", preparing(true), deliver(16)),
            ("延长 16 天", running(), extend(16)),
            ("已延长 1 次", State::Running { period: Period { extensions: 1, ..fortnight() } }, extend(15)),
            (
                "结论通过而功能用例通过 94/100",
                running(),
                Command::Report { report: Report { function_passed: 94, ..report(true) } },
            ),
            (
                "通过用例数大于总数",
                running(),
                Command::Report { report: Report { function_passed: 101, ..report(false) } },
            ),
        ],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), 10);
    proof::compare("trial.md", &table.print());
    let passed = State::Passed { period: fortnight(), report: report(true) };
    assert_eq!(transition(passed, Command::Activate, &unfunded), Err(Refusal::FundsMissing));
}

#[test]
fn a10_4_the_supplier_has_five_working_days_from_the_notice() {
    for (notified, due) in [("2026-03-02", "2026-03-09"), ("2026-04-16", "2026-04-27"), ("2025-01-24", "2025-02-07")] {
        assert_eq!(notify(&facts(notified)), Ok(State::Notified { delivery_due: day(due) }), "{notified}");
    }
}

#[test]
fn a10_4_a_trial_lasts_ten_to_fifteen_days_from_the_day_after_delivery() {
    for (days, until) in [(10, "2026-03-12"), (15, "2026-03-17")] {
        let state = step(preparing(true), deliver(days), "2026-03-02");
        assert_eq!(state, Ok(State::Running { period: period("2026-03-02", until, 0) }), "{days} days");
    }
    for days in [0, 9, 16] {
        let refused = step(preparing(true), deliver(days), "2026-03-02");
        assert_eq!(refused, Err(Refusal::Days { min: 10, max: 15 }), "{days} days");
    }
}

#[test]
fn a10_4_nothing_is_delivered_before_every_server_is_open() {
    let closed = Facts { resources_open: false, ..facts("2026-03-02") };
    assert_eq!(transition(preparing(true), deliver(15), &closed), Err(Refusal::NotOpen));
    let again = Command::Open { engine: crate::ids::EngineId(uuid::Uuid::nil()) };
    assert_eq!(step(preparing(true), again, "2026-03-02"), Err(Refusal::AlreadyOpening));
}

#[test]
fn a10_4_an_extension_is_one_to_fifteen_days_and_only_once() {
    let running = |extensions| State::Running { period: Period { extensions, ..fortnight() } };
    for days in [1, 15] {
        assert!(step(running(0), extend(days), "2026-03-10").is_ok(), "{days} days");
    }
    for days in [0, 16] {
        assert_eq!(step(running(0), extend(days), "2026-03-10"), Err(Refusal::ExtensionDays { max: 15 }));
    }
    let granted = step(asked(None), grant(), "2026-03-16").expect("granted");
    assert_eq!(granted, State::Running { period: period("2026-03-02", "2026-04-01", 1) });
    assert_eq!(step(granted, extend(1), "2026-03-20"), Err(Refusal::NoMoreExtensions));
}

#[test]
fn a10_4_a_late_grant_counts_from_its_own_day() {
    let kept = asked(Some(day("2026-03-25")));
    let granted = step(kept, grant(), "2026-03-20").expect("granted");
    assert_eq!(granted, State::Running { period: period("2026-03-02", "2026-04-04", 1) });
}

#[test]
fn a10_4_an_extension_that_awaits_its_decision_outlives_the_end_of_the_period() {
    let over = step(asked(None), Command::Expire, "2026-03-18").expect("stops");
    assert_eq!(over, asked(Some(day("2026-03-25"))), "the servers stop, the request stays");
    assert!(permits(&over, CommandKind::Expire).is_err(), "and is not stopped a second time");
    let refused = Command::RefuseExtension { opinion: opinion("无必要") };
    assert_eq!(step(over, refused.clone(), "2026-03-19"), Ok(stopped(None)), "a stopped trial does not run again");
    assert_eq!(step(asked(None), refused, "2026-03-10"), Ok(State::Running { period: fortnight() }));
}

#[test]
fn a10_4_a_report_that_awaits_its_approval_outlives_the_end_of_the_period() {
    let reported = State::Reported { period: fortnight(), report: report(true) };
    let over = step(reported, Command::Expire, "2026-03-18").expect("stops");
    assert_eq!(over, stopped(Some(report(true))));
    assert_eq!(over.duties()[0].kind, "approve_report");
    let passed = step(over, approve(), "2026-03-19").expect("approved");
    assert_eq!(step(passed, Command::Activate, "2026-03-19"), Ok(State::Activated { on: day("2026-03-19") }));
    assert_eq!(stopped(None).duties()[0].kind, "extend_or_exit", "without a report there is nothing to approve");
}

#[test]
fn a10_4_a_pass_needs_its_figures() {
    let running = || State::Running { period: fortnight() };
    let with = |change: &dyn Fn(&mut Report)| {
        let mut changed = report(true);
        change(&mut changed);
        step(running(), Command::Report { report: changed }, "2026-03-10")
    };
    assert!(with(&|_| ()).is_ok(), "exactly 95 of 100");
    let refused = Err(Refusal::VerdictUnsupported);
    assert_eq!(with(&|r| r.function_passed = 94), refused);
    assert_eq!(with(&|r| (r.function_cases, r.function_passed) = (0, 0)), refused);
    assert_eq!(with(&|r| r.performance_passed = false), refused);
    assert_eq!(with(&|r| r.high_risks = 1), refused);
    assert!(with(&|r| (r.passed, r.high_risks) = (false, 1)).is_ok(), "a failure may be reported as it is");
    assert_eq!(with(&|r| (r.passed, r.function_passed) = (false, 101)), Err(Refusal::CasesImpossible));
}

#[test]
fn a10_4_a_failed_trial_is_mended_and_reported_again_within_the_period() {
    let reported = State::Reported { period: fortnight(), report: report(false) };
    let failed = step(reported, approve(), "2026-03-10").expect("approved");
    assert!(matches!(failed, State::Failed { .. }));
    assert!(permits(&failed, CommandKind::Activate).is_err(), "what failed never turns into production");
    assert!(step(failed, Command::Report { report: report(true) }, "2026-03-12").is_ok());
}

#[test]
fn a10_5_a_passed_trial_turns_into_production_on_the_first_working_day_after_its_period() {
    // Ends on: a Tuesday; a Friday; the Thursday before 三月三 2026 (17 to 20 April).
    for (until, first) in [("2026-03-17", "2026-03-18"), ("2026-03-13", "2026-03-16"), ("2026-04-16", "2026-04-21")] {
        let passed = || State::Passed { period: period("2026-03-02", until, 0), report: report(true) };
        let the_day_before = day(first).yesterday().expect("in range").to_string();
        assert_eq!(step(passed(), Command::Activate, &the_day_before), Err(Refusal::PeriodNotOver), "{until}");
        assert_eq!(step(passed(), Command::Activate, first), Ok(State::Activated { on: day(first) }), "{until}");
    }
}

#[test]
fn a10_5_without_plan_or_funds_a_passed_trial_waits_and_costs_nothing() {
    let unfunded = Facts { funded: false, ..facts("2026-03-18") };
    let passed = State::Passed { period: fortnight(), report: report(true) };
    assert_eq!(transition(passed, Command::Activate, &unfunded), Err(Refusal::FundsMissing));
}

#[test]
fn a10_4_without_a_passed_report_the_trial_stops_and_is_kept_five_working_days() {
    for state in [State::Running { period: fortnight() }, State::Failed { period: fortnight(), report: report(false) }]
    {
        assert_eq!(step(state.clone(), Command::Expire, "2026-03-17"), Err(Refusal::PeriodNotOver));
        assert_eq!(step(state, Command::Expire, "2026-03-18"), Ok(stopped(None)));
    }
    let passed = State::Passed { period: fortnight(), report: report(true) };
    assert!(step(passed, Command::Expire, "2026-03-18").is_err(), "what passed is never stopped");
    assert!(step(stopped(None), Command::Report { report: report(true) }, "2026-03-19").is_err());
    let exit = Command::Exit { reason: opinion("不再使用") };
    assert_eq!(step(stopped(None), exit, "2026-03-19"), Ok(State::Exited { on: day("2026-03-19") }));
}

#[test]
fn every_state_of_a_trial_reads_back_as_it_was_stored() {
    for (_, state) in states() {
        let json = serde_json::to_value(&state).expect("serialises");
        assert_eq!(json["state"], state.term().code);
        assert_eq!(serde_json::from_value::<State>(json).expect("reads back"), state);
    }
}
