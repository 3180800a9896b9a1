//! 调配受益: what is covered by a remainder somebody else has paid for costs nothing until its last day (D10).

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::money::Fen;

/// Allocation, line, quantity, last day.
type Given<'a> = (&'a str, &'a str, i64, &'a str);

fn benefits(list: &[Given<'_>]) -> Value {
    let one = |(allocation, line, quantity, until): &Given<'_>| json!({"allocation": allocation, "line": line, "quantity": quantity, "until": until});
    list.iter().map(one).collect()
}

/// Opened on 1 January 2025 with ten of A, some of them covered.
fn opened(list: &[Given<'_>]) -> Value {
    let mut file = opening("2025-01-01", &[("1", "A", 10)]);
    file["subscription"]["benefits"] = benefits(list);
    file
}

fn refused(file: &Value) -> Vec<(String, &'static str)> {
    let findings = compute(&file.to_string()).expect_err("must be refused");
    findings.into_iter().map(|finding| (finding.field, finding.code)).collect()
}

#[test]
fn d10_year_and_benefit_both_stand_and_say_how_they_were_computed() {
    let answer = answer(&opened(&[("TP-1", "1", 4, "2025-06-30")]));
    // 4 × 3,840.00 × 181 ÷ 365.
    assert_eq!(entries(&answer), [("1".into(), "annual", 3_840_000, 365), ("1".into(), "benefit", -761_688, 181)]);
    assert_eq!(answer.benefit_fen, Fen(761_688));
    assert_eq!(sums(&answer), (3_840_000, 0, 3_840_000 - 761_688), "nothing is saved by it for the treasury");
    let entry = &answer.entries[1];
    assert_eq!(entry.formula, "−A 3,840.00×4 × 181 ÷ 365 = -7,616.88(四舍五入到分)");
    assert_eq!(entry.clause.code, "A10_7");
    assert!(answer.pool.is_empty());
}

#[test]
fn d10_a_file_without_benefits_is_answered_as_before() {
    let json = serde_json::to_value(answer(&file())).expect("serialises");
    assert!(json.get("benefit_fen").is_none(), "{json}");
    let with = serde_json::to_value(answer(&opened(&[("TP-1", "1", 1, "2025-01-01")]))).expect("serialises");
    assert_eq!(with["benefit_fen"], 1_052);
}

#[test]
fn d10_until_the_opening_day_until_the_years_last_day_and_beyond() {
    for (until, fen, days) in [
        ("2025-01-01", -10_521, 1),
        ("2025-12-30", -3_829_479, 364),
        ("2025-12-31", -3_840_000, 365),
        ("2026-01-01", -3_840_000, 365),
    ] {
        let answer = answer(&opened(&[("TP-1", "1", 10, until)]));
        assert_eq!(entries(&answer)[1], ("1".into(), "benefit", fen, days), "{until}");
        assert_eq!(answer.payable_fen, Fen(3_840_000 + fen), "{until}");
    }
    let before = opened(&[("TP-1", "1", 10, "2024-12-31")]);
    assert_eq!(refused(&before), [("subscription.benefits[0].until".to_owned(), "charge.benefit_over")]);
}

#[test]
fn d10_no_more_is_covered_than_the_line_has() {
    for (list, at) in [
        (vec![("TP-1", "1", 11, "2025-06-30")], 0),
        (vec![("TP-1", "1", 0, "2025-06-30")], 0),
        (vec![("TP-1", "1", -1, "2025-06-30")], 0),
        (vec![("TP-1", "1", 6, "2025-06-30"), ("TP-2", "1", 5, "2025-06-30")], 1),
    ] {
        let expected = (format!("subscription.benefits[{at}].quantity"), "charge.benefit_quantity");
        assert_eq!(refused(&opened(&list)), [expected], "{list:?}");
    }
    assert_eq!(refused(&opened(&[("TP-1", "2", 1, "2025-06-30")]))[0].1, "charge.line_unknown");
    let twice = [("TP-1", "1", 1, "2025-06-30"), ("TP-1", "1", 1, "2025-06-30")];
    assert_eq!(
        refused(&opened(&twice)),
        [("subscription.benefits[1].allocation".to_owned(), "charge.allocation_twice")]
    );
    let mut once = opening("2025-01-01", &[("1", "M", 2)]);
    once["subscription"]["benefits"] = benefits(&[("TP-1", "1", 1, "2025-06-30")]);
    assert_eq!(refused(&once)[0].1, "charge.benefit_quantity", "a one-off leaves no remainder and takes none");
}

#[test]
fn d10_a_dearer_change_is_covered_at_the_price_of_what_it_adds() {
    let mut file = with_changes(opening("2025-07-01", &[("1", "C", 2)]), &[("2026-01-01", &[("1", "C", 3)])]);
    file["changes"][0]["benefits"] = benefits(&[("TP-1", "1", 1, "2026-03-31")]);
    let added = answer(&file);
    // 900.00, the price of the added one, and not 1,000.00.
    assert_eq!(entries(&added)[2], ("1".into(), "benefit", -22_192, 90));
    file["changes"][0]["benefits"] = benefits(&[("TP-1", "1", 2, "2026-03-31")]);
    let both = answer(&file);
    assert!(both.entries[2].formula.starts_with("−(C 900.00×1 + C 1,000.00×1) × 90"), "{}", both.entries[2].formula);
}

#[test]
fn d10_a_change_that_gives_the_covered_line_up_returns_the_rest_of_the_benefit() {
    let given = [("TP-1", "1", 4, "2025-06-30")];
    for (day, quantity, returned) in [
        // The uncovered go first: six may go before a benefit is touched.
        ("2025-04-01", 4, None),
        ("2025-04-01", 3, Some((95_737, 91))),
        ("2025-04-01", 0, Some((382_948, 91))),
        ("2025-06-30", 0, Some((4_208, 1))),
        ("2025-07-01", 0, None),
    ] {
        let answer = answer(&with_changes(opened(&given), &[(day, &[("1", "A", quantity)])]));
        let entry = answer.entries.get(3).map(|entry| (entry.kind.code(), entry.fen.0, entry.days));
        assert_eq!(entry, returned.map(|(fen, days)| ("benefit_end", fen, days)), "to {quantity} on {day}");
    }
    let replaced = answer(&with_changes(opened(&given), &[("2025-04-01", &[("1", "B", 4)])]));
    assert_eq!(replaced.entries[3].kind, Kind::BenefitEnd, "another product is not what was given");
}

#[test]
fn d10_the_account_says_what_is_covered() {
    let list = [("TP-1", "1", 4, "2025-06-30"), ("TP-2", "1", 3, "2025-12-31")];
    let file = with_changes(opened(&list), &[("2025-04-01", &[("1", "A", 5)])]);
    let run = run(&Input::read(&file.to_string()).expect("well-formed")).expect("computes");
    let covered: Vec<_> =
        run.account.covered().into_iter().map(|covered| (covered.allocation, covered.quantity)).collect();
    assert_eq!(covered, [("TP-1".to_owned(), 4), ("TP-2".to_owned(), 1)], "the last given goes first");
    let after = with_changes(opened(&[("TP-1", "1", 10, "2025-03-31")]), &[("2025-04-01", &[("1", "A", 11)])]);
    let mut after = after;
    after["changes"][0]["benefits"] = benefits(&[("TP-2", "1", 11, "2025-12-31")]);
    assert_eq!(answer(&after).entries.len(), 4, "what is over covers nothing any more");
}

#[test]
fn d10_a_recipient_that_ends_before_the_last_day_is_refunded_nothing_and_returns_nothing() {
    let mut ended = opened(&[("TP-1", "1", 4, "2025-06-30")]);
    ended["terminated_on"] = json!("2025-03-31");
    let early = answer(&ended);
    assert_eq!(early.entries.len(), 2);
    assert_eq!((early.pool[0].quantity, early.pool[0].until.to_string()), (10, "2025-12-31".to_owned()));
    ended["termination_policy"] = json!("prorate");
    let prorated = answer(&ended);
    // Nobody is refunded what another paid: 4 × 3,840.00 × 91 ÷ 365 go back with the refund.
    assert_eq!(entries(&prorated)[3], ("1".into(), "benefit_end", 382_948, 91));
    assert_eq!(prorated.entries[3].on, prorated.entries[2].on);
}

#[test]
fn d13_a_benefit_is_split_over_calendar_years_and_payers() {
    let mut file = opening("2025-07-01", &[("1", "A", 1)]);
    file["subscription"]["benefits"] = benefits(&[("TP-1", "1", 1, "2026-03-31")]);
    file["sharing"] =
        json!({"owner": "甲", "parts": [{"payer": "甲", "percent": "60"}, {"payer": "乙", "percent": "40"}]});
    let answer = answer(&file);
    // 384,000 less 384,000 × 274 ÷ 365; of the benefit 184 days lie in 2025.
    assert_eq!(answer.payable_fen, Fen(384_000 - 288_263));
    assert_eq!(answer.accruals.iter().map(|accrual| accrual.fen.0).collect::<Vec<_>>(), [0, 95_737]);
    assert_eq!(Fen::sum(answer.shares.iter().map(|share| share.fen)), Ok(answer.payable_fen));
}

/// A year of one line in changing quantities, each step with a benefit as large as may be.
fn any_year() -> impl Strategy<Value = Value> {
    let step = (0i64..365, 1i64..12, 0i64..12, 0i64..500);
    (0i64..400_000, prop::collection::vec(step, 0..8), prop::option::of(0i64..365)).prop_map(|(fen, mut steps, ended)| {
        let day = |offset: i64| {
            let first: crate::calendar::Date = "2025-01-01".parse().expect("a date");
            first.checked_add(jiff::Span::new().days(offset)).expect("in range")
        };
        steps.sort_by_key(|step| step.0);
        let steps: Vec<_> = steps.into_iter().filter(|step| ended.is_none_or(|end| step.0 <= end)).collect();
        let mut file = file();
        file["prices"][0]["fen_per_year"] = json!(fen);
        file["subscription"] = json!({"opened_on": "2025-01-01", "lines": [{"line": "1", "sku": "A", "quantity": 6}]});
        file["subscription"]["benefits"] = json!([{"allocation": "first", "line": "1", "quantity": 2, "until": day(fen % 400)}]);
        let mut covers = vec![(2, fen % 400)];
        let mut changes = Vec::new();
        for (at, (on, quantity, wanted, lasts)) in steps.into_iter().enumerate() {
            let standing: i64 = covers.iter().filter(|(_, until)| *until >= on).map(|(units, _)| units).sum();
            let possible = wanted.min(quantity - standing.min(quantity));
            let mut change = json!({"effective_on": day(on), "lines": [{"line": "1", "sku": "A", "quantity": quantity}]});
            if possible > 0 {
                change["benefits"] = json!([{"allocation": at.to_string(), "line": "1", "quantity": possible, "until": day(on + lasts)}]);
                covers.push((possible, on + lasts));
            }
            changes.push(change);
        }
        file["changes"] = json!(changes);
        file["terminated_on"] = ended.map_or(Value::Null, |end| json!(day(end)));
        file["termination_policy"] = json!(if fen % 2 == 0 { "prorate" } else { "no_refund_reallocate" });
        file
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_benefit_never_exceeds_what_was_charged_for_the_line(file in any_year()) {
        let answer = answer(&file);
        let (mut charged, mut given) = (0, 0);
        for entry in &answer.entries {
            match entry.kind {
                Kind::Benefit | Kind::BenefitEnd => given -= entry.fen.0,
                _ => charged += entry.fen.0,
            }
            prop_assert!(given >= 0, "never below nothing: {:?}", answer.entries);
        }
        prop_assert!(given <= charged.max(0), "{} given of {}: {:?}", given, charged, answer.entries);
        prop_assert_eq!(answer.benefit_fen, Fen(given));
        prop_assert_eq!(Fen::sum(answer.entries.iter().map(|entry| entry.fen)), Ok(answer.payable_fen));
        prop_assert_eq!(Fen::sum(answer.accruals.iter().map(|accrual| accrual.fen)), Ok(answer.payable_fen));
    }

    #[test]
    fn what_was_posted_before_a_later_act_comes_out_the_same(file in any_year()) {
        let whole = Input::read(&file.to_string()).expect("well-formed");
        let mut shorter = whole.clone();
        shorter.terminated_on = None;
        let all = run(&whole).expect("computes").postings;
        while shorter.changes.get_or_insert_default().pop().is_some() {
            let before = run(&shorter).expect("computes").postings;
            prop_assert!(all.starts_with(&before), "{:?} then {:?}", before, all);
        }
    }
}
