//! The first and the last day, the day before and the day after.

use serde_json::json;

use super::*;

fn paths(file: &Value) -> Vec<String> {
    compute(&file.to_string()).expect_err("must be refused").into_iter().map(|finding| finding.field).collect()
}

#[test]
fn a10_6_a_change_on_the_opening_day_counts_the_whole_year_and_on_the_last_day_one() {
    for (day, days, fen) in [("2025-01-01", 365, 384_000), ("2025-01-02", 364, 382_948), ("2025-12-31", 1, 1_052)] {
        let answer = answer(&with_changes(file(), &[(day, &[("1", "B", 1)])]));
        assert_eq!(entries(&answer)[1], ("1".into(), "increase", fen, days), "{day}");
    }
}

#[test]
fn a10_6_a_change_the_day_before_the_opening_or_after_the_year_is_refused() {
    for day in ["2024-12-31", "2026-01-01"] {
        assert_eq!(paths(&with_changes(file(), &[(day, &[("1", "B", 1)])])), ["changes[0].effective_on"], "{day}");
    }
}

#[test]
fn a10_6_in_a_leap_year_the_denominator_is_366() {
    let answer = answer(&with_changes(opening("2024-02-29", &[("1", "A", 1)]), &[("2025-02-28", &[("1", "B", 1)])]));
    assert_eq!(entries(&answer)[1], ("1".into(), "increase", 1_049, 1));
    let after = with_changes(opening("2024-02-29", &[("1", "A", 1)]), &[("2025-03-01", &[("1", "B", 1)])]);
    assert_eq!(paths(&after), ["changes[0].effective_on"]);
}

#[test]
fn a10_7_a_change_on_the_last_day_of_service_counts_and_the_day_after_does_not() {
    let mut ended = with_changes(file(), &[("2025-06-30", &[("1", "B", 1)])]);
    ended["terminated_on"] = json!("2025-06-30");
    assert_eq!(answer(&ended).pool[0].sku, "B");
    ended["changes"][0]["effective_on"] = json!("2025-07-01");
    assert_eq!(paths(&ended), ["changes[0].effective_on"]);
}

#[test]
fn a10_7_ending_on_the_last_day_of_the_year_is_not_early() {
    for policy in ["no_refund_reallocate", "prorate"] {
        let mut ended = file();
        ended["termination_policy"] = json!(policy);
        ended["terminated_on"] = json!("2025-12-31");
        let at_the_end = answer(&ended);
        assert_eq!((at_the_end.entries.len(), at_the_end.pool.len()), (1, 0), "{policy}");
        ended["terminated_on"] = json!("2025-12-30");
        let a_day_early = answer(&ended);
        assert_eq!(a_day_early.entries.len() + a_day_early.pool.len(), 2, "{policy}");
    }
}

#[test]
fn a10_7_ending_on_the_opening_day_leaves_all_but_a_day_and_outside_the_year_is_refused() {
    let mut ended = file();
    ended["termination_policy"] = json!("prorate");
    ended["terminated_on"] = json!("2025-01-01");
    assert_eq!(entries(&answer(&ended))[1], ("1".into(), "refund", -382_948, 364));
    for day in ["2024-12-31", "2026-01-01"] {
        ended["terminated_on"] = json!(day);
        assert_eq!(paths(&ended), ["terminated_on"], "{day}");
    }
}

#[test]
fn a11_the_price_of_the_last_day_of_a_version_holds_that_day_and_no_longer() {
    for (day, fen) in [("2025-12-31", 100_000), ("2026-01-01", 90_000)] {
        assert_eq!(answer(&opening(day, &[("1", "C", 1)])).total_fen.0, fen, "{day}");
    }
    assert_eq!(paths(&opening("2027-01-01", &[("1", "A", 1)])), ["subscription.lines[0].sku"]);
    assert_eq!(paths(&opening("2022-12-31", &[("1", "A", 1)])), ["subscription.lines[0].sku"]);
}

#[test]
fn changes_are_carried_out_in_the_order_of_their_days_however_listed() {
    let in_order = with_changes(file(), &[("2025-03-01", &[("1", "B", 1)]), ("2025-07-01", &[("1", "B", 2)])]);
    let mut out_of_order = in_order.clone();
    out_of_order["changes"].as_array_mut().expect("a list").reverse();
    assert_eq!(answer(&in_order), answer(&out_of_order));
}

#[test]
fn optional_parts_may_be_left_out_or_null() {
    let mut bare = file();
    for field in ["changes", "terminated_on", "termination_policy"] {
        bare.as_object_mut().expect("an object").remove(field);
    }
    let mut nulls = file();
    for field in ["changes", "terminated_on", "termination_policy", "sharing"] {
        nulls[field] = Value::Null;
    }
    assert_eq!(answer(&bare), answer(&file()));
    assert_eq!(answer(&nulls), answer(&file()));
}
