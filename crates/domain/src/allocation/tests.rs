use super::*;
use crate::clause::{A10_7, A28};
use crate::proof::{self, Lifecycle, day, opinion};
use crate::refusal::Refuse;
use crate::regulation::Regulation;

const UNTIL: &str = "2026-03-18";

fn org(number: u128) -> OrgId {
    OrgId(uuid::Uuid::from_u128(number))
}

/// Eight of one agency, of which six are left; the data are gone.
fn offer() -> Offer {
    Offer { agency: org(1), until: day(UNTIL), left: 6, erased: true }
}

/// Another agency's line of four, one of which is covered.
fn need() -> Need {
    Need { agency: org(2), line: "s1.vcpu".to_owned(), under_way: true, wanted: 4, covered: 1 }
}

fn reserved(quantity: u64) -> State {
    State::Reserved { quantity }
}

fn effective(quantity: u64) -> State {
    State::Effective { quantity, since: day("2025-12-01") }
}

fn ended(why: EndReason) -> State {
    State::Ended { quantity: 3, since: day("2025-12-01"), on: day("2026-03-18"), why }
}

fn released(why: ReleaseReason) -> State {
    State::Released { quantity: 3, on: day("2025-12-01"), why }
}

fn release() -> Command {
    Command::Release { opinion: opinion("受配单位另有安排") }
}

fn on(today: &str, from: State, command: Command) -> Result<State, Refusal> {
    transition(from, command, day(UNTIL), day(today))
}

fn refused(offer: &Offer, need: &Need, asked: u64, today: &str) -> &'static str {
    reserve(asked, offer, need, day(today)).expect_err("must be refused").code()
}

#[test]
fn proof_of_the_allocation_lifecycle() {
    let table = Lifecycle {
        title: "调配:状态 × 步骤",
        about: "《办法》第十条(七):未满1年终止的服务的余量,统筹调配给其他单位。表中预留 3,余量可用至当日的前一天(2026-03-18)。\
                撤销预留由信息中心资源岗办理;其余步骤随受配办件的开通、变更、终止或未办成,以及余量到期,依规则发生。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| on("2026-03-19", state, command).map_err(|refusal| Box::new(refusal) as _),
        states: vec![
            ("", reserved(3)),
            ("", effective(3)),
            ("", ended(EndReason::ItemOver)),
            ("", released(ReleaseReason::ByCentre)),
        ],
        commands: vec![
            release(),
            Command::TakeEffect { quantity: 3 },
            Command::Shrink { quantity: 2 },
            Command::End { why: EndReason::ItemOver },
            Command::LetGo { why: ReleaseReason::ItemOver },
        ],
        otherwise: vec![
            ("受配系统终止", effective(3), Command::End { why: EndReason::ServiceEnded }),
            ("受配系统减配至无", effective(3), Command::End { why: EndReason::GivenUp }),
            ("减少至 0", effective(3), Command::Shrink { quantity: 0 }),
            ("并未减少", effective(3), Command::Shrink { quantity: 3 }),
            ("受配办件未办成", reserved(3), Command::LetGo { why: ReleaseReason::CaseOver }),
        ],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), StateKind::ALL.len());
    proof::compare("allocation.md", &table.print());
}

#[test]
fn a10_7_a_remainder_goes_to_another_agency() {
    let own = Need { agency: org(1), ..need() };
    let refusal = reserve(1, &offer(), &own, day(UNTIL)).expect_err("its own");
    assert_eq!((refusal.code(), refusal.clause()), ("allocation.same_agency", Some(A10_7)));
    assert_eq!(reserve(3, &offer(), &need(), day(UNTIL)), Ok(reserved(3)));
}

#[test]
fn a28_nothing_is_given_before_the_first_agencys_data_are_certified_as_erased() {
    let full = Offer { erased: false, ..offer() };
    let refusal = reserve(1, &full, &need(), day(UNTIL)).expect_err("not erased");
    assert_eq!((refusal.code(), refusal.clause()), ("allocation.not_erased", Some(A28)));
}

#[test]
fn a10_7_it_is_given_until_its_last_day_and_no_longer() {
    assert_eq!(reserve(1, &offer(), &need(), day("2026-03-18")), Ok(reserved(1)), "on the last day");
    assert_eq!(refused(&offer(), &need(), 1, "2026-03-19"), "allocation.item_over");
}

#[test]
fn a10_7_no_more_than_is_left_and_no_more_than_the_line_needs() {
    for (left, wanted, covered, asked, code) in [
        (6, 4, 1, 3, None),
        (6, 4, 1, 4, Some("allocation.beyond_need")),
        (2, 4, 1, 2, None),
        (2, 4, 1, 3, Some("allocation.beyond_left")),
        (0, 4, 1, 1, Some("allocation.nothing_left")),
        (6, 4, 4, 1, Some("allocation.beyond_need")),
        (6, 4, 9, 1, Some("allocation.beyond_need")),
        (6, 4, 1, 0, Some("allocation.no_quantity")),
        (6, 0, 0, 1, Some("allocation.no_such_line")),
    ] {
        let (offer, need) = (Offer { left, ..offer() }, Need { wanted, covered, ..need() });
        let given = reserve(asked, &offer, &need, day(UNTIL));
        assert_eq!(given.err().map(|refusal| refusal.code()), code, "{asked} of {left} for {wanted} less {covered}");
    }
    let over = Need { under_way: false, ..need() };
    assert_eq!(refused(&offer(), &over, 1, UNTIL), "allocation.not_under_way");
}

#[test]
fn a10_7_a_case_receives_between_acceptance_and_opening() {
    use application::State as S;
    let due = day("2026-01-01");
    let review = S::UnderReview { opinions_due: due, review_due: due, opinions: vec![] };
    let running = trial::State::Notified { delivery_due: due };
    for (state, trial, expected) in [
        (S::Draft, None, false),
        (S::Submitted { answer_due: due, supplemented: false }, None, false),
        (review.clone(), None, true),
        (S::Ratified, None, true),
        (S::Ratified, Some(&running), true),
        (S::Ratified, Some(&trial::State::Activated { on: due }), false),
        (S::Ratified, Some(&trial::State::Exited { on: due }), false),
        (S::Withdrawn, None, false),
    ] {
        assert_eq!(application_under_way(&state, trial), expected, "{state:?} {trial:?}");
    }
}

#[test]
fn a10_6_a_service_receives_for_a_dearer_change_that_is_not_over() {
    use change::State as S;
    for (state, dearer_by, expected) in [
        (S::Draft, 1, true),
        (S::Draft, 0, false),
        (S::Implementing { implement_due: day(UNTIL) }, 1, true),
        (S::Done { on: day(UNTIL) }, 1, false),
        (S::Withdrawn, 1, false),
    ] {
        assert_eq!(change_under_way(&state, Fen(dearer_by)), expected, "{state:?} {dearer_by}");
    }
}

#[test]
fn d9_of_a_change_what_it_adds_is_needed_and_another_product_whole() {
    let line = |line: &str, sku: &str, quantity| OrderLine { line: line.to_owned(), sku: sku.to_owned(), quantity };
    let before = [line("v1", "OBS-STD", 500)];
    assert_eq!(added(&before, &line("v1", "OBS-STD", 800)), 300);
    assert_eq!(added(&before, &line("v1", "OBS-STD", 400)), 0);
    assert_eq!(added(&before, &line("v1", "OBS-INF", 800)), 800);
    assert_eq!(added(&before, &line("v2", "OBS-STD", 5)), 5);
}

#[test]
fn d10_the_quote_says_what_is_saved_and_from_when_the_price_applies() {
    let year = Year::opened_on(day("2025-06-01"));
    for (on, until, days, to_pay, from) in [
        ("2025-06-01", "2026-05-31", (365, 365), 0, None),
        ("2025-06-01", "2026-06-01", (365, 365), 0, None),
        ("2025-06-01", "2026-05-30", (365, 364), 100, Some("2026-05-31")),
        ("2025-06-01", "2025-06-01", (365, 1), 36_400, Some("2025-06-02")),
        ("2025-12-01", "2026-05-31", (182, 182), 0, None),
    ] {
        let quote = quote(Fen(36_500), 1, day(on), year, day(until)).expect("small");
        assert_eq!((quote.days, quote.covered_days), days, "{on} {until}");
        assert_eq!(quote.to_pay_fen, Fen(to_pay), "{on} {until}");
        assert_eq!(quote.price_from, from.map(day), "{on} {until}");
        assert_eq!(quote.full_fen, quote.benefit_fen.plus(quote.to_pay_fen).expect("small"));
    }
}

#[test]
fn a10_7_what_takes_effect_is_no_more_than_was_reserved_and_not_after_the_last_day() {
    let take = |quantity| Command::TakeEffect { quantity };
    assert_eq!(on(UNTIL, reserved(3), take(3)), Ok(State::Effective { quantity: 3, since: day(UNTIL) }));
    assert_eq!(on(UNTIL, reserved(3), take(2)).map(|state| state.held()), Ok(2), "the review has cut the line");
    for quantity in [0, 4] {
        assert_eq!(on(UNTIL, reserved(3), take(quantity)), Err(Refusal::BeyondReserved { quantity, reserved: 3 }));
    }
    assert_eq!(on("2026-03-19", reserved(3), take(3)), Err(Refusal::ItemOver { until: day(UNTIL) }));
}

#[test]
fn a10_7_it_ends_the_day_after_the_last_one_and_keeps_that_day() {
    let over = Command::End { why: EndReason::ItemOver };
    assert_eq!(on(UNTIL, effective(3), over.clone()), Err(Refusal::NotOver { until: day(UNTIL) }));
    let ended = on("2026-03-20", effective(3), over).expect("over");
    assert!(matches!(ended, State::Ended { on, .. } if on == day(UNTIL)), "{ended:?}");
    let let_go = || Command::LetGo { why: ReleaseReason::ItemOver };
    assert_eq!(on(UNTIL, reserved(3), let_go()), Err(Refusal::NotOver { until: day(UNTIL) }));
    assert_eq!(on("2026-03-19", reserved(3), let_go()).map(|state| state.held()), Ok(0));
}

#[test]
fn a10_7_what_is_given_up_is_the_pools_again_and_what_ended_with_its_service_is_not() {
    let held = |why| on("2026-01-10", effective(3), Command::End { why }).map(|state| state.held());
    assert_eq!(held(EndReason::GivenUp), Ok(0));
    assert_eq!(held(EndReason::ServiceEnded), Ok(3), "it is part of what the service leaves to the pool itself");
    let shrunk = on("2026-01-10", effective(3), Command::Shrink { quantity: 2 });
    assert_eq!(shrunk.map(|state| state.held()), Ok(2));
}

#[test]
fn d10_the_quote_is_what_the_account_posts() {
    let city = Regulation::guilin();
    let (opened, until) = ("2025-06-01", "2026-01-15");
    let price = city.prices.on("ECS-K-VCPU", day(opened)).expect("a price").clone();
    let file = serde_json::json!({
        "prices": [{"version": price.version, "from": price.from, "to": price.to, "sku": price.sku, "fen_per_year": price.fen_per_year}],
        "subscription": {"opened_on": opened, "lines": [{"line": "s1.vcpu", "sku": price.sku, "quantity": 8}],
            "benefits": [{"allocation": "TP-1", "line": "s1.vcpu", "quantity": 3, "until": until}]},
    });
    let answer = crate::charge::compute(&file.to_string()).expect("computes");
    let quote = quote(price.fen_per_year, 3, day(opened), Year::opened_on(day(opened)), day(until)).expect("small");
    assert_eq!(answer.benefit_fen, quote.benefit_fen);
}
