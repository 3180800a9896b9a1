//! What must hold for any year: parts sum to the whole, and nothing is lost between the ways of counting.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::money::Fen;

const SKUS: [&str; 4] = ["A", "B", "C", "Z"];

/// One step: day of the year, line, product, quantity.
type Step = (i64, usize, usize, i64);

fn year_file(opened: i64, prices: &[i64; 5], steps: &[Step], ended: Option<i64>, policy: &str) -> Value {
    let base: crate::calendar::Date = "2023-06-01".parse().expect("a date");
    let day = |offset: i64| base.checked_add(jiff::Span::new().days(offset)).expect("in range");
    let opened_on = day(opened);
    let length = crate::subscription::Year::opened_on(opened_on).days();
    let within = |offset: i64| day(opened + offset % i64::from(length));
    let price = |sku: &str, from: &str, to: &str, fen: i64| json!({"version": from, "from": from, "to": to, "sku": sku, "fen_per_year": fen});
    let mut present = [true, false, false];
    let last = ended.map(within);
    let mut sorted: Vec<_> =
        steps.iter().map(|(offset, line, sku, quantity)| (within(*offset), *line, *sku, *quantity)).collect();
    sorted.sort_by_key(|step| step.0);
    let changes: Vec<Value> = sorted
        .into_iter()
        .filter(|(on, ..)| last.is_none_or(|last| *on <= last))
        .filter(|(_, line, _, quantity)| {
            let possible = *quantity > 0 || present[*line];
            present[*line] = if possible { *quantity > 0 } else { present[*line] };
            possible
        })
        .map(|(on, line, sku, quantity)| json!({"effective_on": on, "lines": [{"line": line.to_string(), "sku": SKUS[sku], "quantity": quantity}]}))
        .collect();
    json!({
        "prices": [
            price("A", "2020-01-01", "2030-12-31", prices[0]),
            price("B", "2020-01-01", "2024-12-31", prices[1]),
            price("B", "2025-01-01", "2030-12-31", prices[2]),
            price("C", "2020-01-01", "2024-06-30", prices[3]),
            price("C", "2024-07-01", "2030-12-31", prices[4]),
            price("Z", "2020-01-01", "2030-12-31", 0),
        ],
        "subscription": {"opened_on": opened_on, "lines": [{"line": "0", "sku": "B", "quantity": 3}]},
        "changes": changes,
        "terminated_on": last,
        "termination_policy": policy,
        "sharing": {"owner": "乙", "parts": [{"payer": "甲", "percent": "33.33"}, {"payer": "乙", "percent": "33.34"}, {"payer": "丙", "percent": "33.33"}]},
    })
}

fn any_file() -> impl Strategy<Value = Value> {
    (
        0i64..1200,
        prop::array::uniform5(0i64..5_000_000),
        prop::collection::vec((0i64..366, 0usize..3, 0usize..4, 0i64..12), 0..12),
        prop::option::of(0i64..366),
        prop::sample::select(vec!["no_refund_reallocate", "prorate"]),
    )
        .prop_map(|(opened, prices, steps, ended, policy)| year_file(opened, &prices, &steps, ended, policy))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn entries_sum_to_the_totals(file in any_file()) {
        let answer = answer(&file);
        let sum = Fen::sum(answer.entries.iter().map(|e| e.fen)).expect("small");
        prop_assert_eq!(sum, answer.payable_fen);
        prop_assert_eq!(answer.total_fen.minus(answer.saved_fen).expect("small"), answer.payable_fen);
        prop_assert!(answer.total_fen >= Fen::ZERO && answer.saved_fen >= Fen::ZERO);
        for entry in &answer.entries {
            let negative = matches!(entry.kind, Kind::Decrease | Kind::Refund);
            prop_assert!(if negative { entry.fen <= Fen::ZERO } else { entry.fen >= Fen::ZERO }, "{:?}", entry);
        }
    }

    #[test]
    fn accruals_and_shares_sum_to_what_is_payable(file in any_file()) {
        let answer = answer(&file);
        prop_assert_eq!(Fen::sum(answer.accruals.iter().map(|a| a.fen)).expect("small"), answer.payable_fen);
        prop_assert_eq!(Fen::sum(answer.shares.iter().map(|s| s.fen)).expect("small"), answer.payable_fen);
        prop_assert!(answer.accruals.len() <= 2);
    }

    /// Each entry again, by the definition and in exact arithmetic: never off by more than half a fen.
    #[test]
    fn the_year_costs_what_was_in_service_each_day(file in any_file()) {
        let input = Input::read(&file.to_string()).expect("well-formed");
        let answer = answer(&file);
        let days = i128::from(answer.period.days);
        let mut exact = 0i128; // N times the true amount, day by day
        let mut account = None;
        let mut day = answer.period.from;
        let prices = crate::charge::check::input(&input).expect("checked");
        while day <= answer.period.to {
            let in_service = input.policy() != TerminationPolicy::Prorate || input.terminated_on.is_none_or(|end| day <= end);
            if account.is_none() {
                let wanted: Vec<_> = input.subscription.lines.iter().map(Wanted::from).collect();
                account = Some(Account::open(day, &wanted, &prices, "").expect("opens").0);
            }
            let running = account.as_mut().expect("opened");
            for change in input.changes().iter().filter(|change| change.effective_on == day) {
                let wanted: Vec<_> = change.lines.iter().map(Wanted::from).collect();
                running.change(day, &wanted, &prices, "").expect("changes");
            }
            if in_service {
                exact += i128::from(running.annual().expect("small").0);
            }
            day = day.tomorrow().expect("in range");
        }
        let off = i128::from(answer.payable_fen.0) * days - exact;
        let entries = answer.entries.len() as i128;
        prop_assert!(2 * off.abs() <= entries * days, "off by {off}/{days} fen in {entries} entries");
    }

    #[test]
    fn computing_twice_or_after_a_round_trip_gives_the_same(file in any_file()) {
        let input = Input::read(&file.to_string()).expect("well-formed");
        let again = serde_json::to_string(&input).expect("serialises");
        prop_assert_eq!(answer(&file), compute(&again).expect("computes"));
    }

    #[test]
    fn no_text_makes_the_engine_panic(text in ".{0,200}") {
        prop_assert!(compute(&text).is_err());
    }

    #[test]
    fn shares_of_any_amount_and_plan_sum_to_it(fen in 0i64..1_000_000_000_000, cuts in prop::collection::vec(0u64..=10_000, 0..8), owner in 0usize..8) {
        let mut bounds = cuts;
        bounds.extend([0, 10_000]);
        bounds.sort_unstable();
        let parts: Vec<Value> = bounds.windows(2).enumerate().map(|(at, pair)| {
            let part = pair[1] - pair[0];
            json!({"payer": at.to_string(), "percent": format!("{}.{:02}", part / 100, part % 100)})
        }).collect();
        let mut shared = file();
        shared["prices"][0]["fen_per_year"] = json!(fen);
        shared["sharing"] = json!({"owner": (owner % parts.len()).to_string(), "parts": parts});
        let answer = answer(&shared);
        prop_assert_eq!(Fen::sum(answer.shares.iter().map(|s| s.fen)).expect("small"), Fen(fen));
    }
}
