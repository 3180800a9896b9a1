//! The auditor's contract, rule by rule; every refusal with its path. Properties stand in `properties`.

use serde_json::{Value, json};

use super::*;

mod benefits;
mod boundaries;
mod properties;
mod refusals;

/// A file with prices A 3840, B 7680, C 1000 → 900 (from 2026), free Z and the one-off M.
pub(super) fn file() -> Value {
    let price = |sku: &str, version: &str, from: &str, to: &str, fen: i64| json!({"version": version, "from": from, "to": to, "sku": sku, "fen_per_year": fen});
    let mut once = price("M", "2025A", "2024-01-01", "2026-12-31", 80_000);
    once["billing_basis"] = json!("one_off");
    json!({
        "prices": [
            price("A", "2025A", "2023-01-01", "2026-12-31", 384_000),
            price("B", "2025A", "2023-01-01", "2026-12-31", 768_000),
            price("C", "2025A", "2023-01-01", "2025-12-31", 100_000),
            price("C", "2026A", "2026-01-01", "2027-12-31", 90_000),
            price("Z", "2025A", "2023-01-01", "2027-12-31", 0),
            once,
        ],
        "subscription": {"opened_on": "2025-01-01", "lines": [{"line": "1", "sku": "A", "quantity": 1}]},
        "changes": [],
        "terminated_on": null,
        "termination_policy": "no_refund_reallocate",
    })
}

/// Line, product, quantity.
pub(super) type Row<'a> = (&'a str, &'a str, i64);

pub(super) fn lines(list: &[Row<'_>]) -> Value {
    list.iter().map(|(line, sku, quantity)| json!({"line": line, "sku": sku, "quantity": quantity})).collect()
}

pub(super) fn opening(day: &str, list: &[Row<'_>]) -> Value {
    let mut file = file();
    file["subscription"] = json!({"opened_on": day, "lines": lines(list)});
    file
}

pub(super) fn with_changes(mut file: Value, changes: &[(&str, &[Row<'_>])]) -> Value {
    file["changes"] = changes.iter().map(|(day, list)| json!({"effective_on": day, "lines": lines(list)})).collect();
    file
}

pub(super) fn answer(file: &Value) -> Answer {
    compute(&file.to_string()).unwrap_or_else(|findings| panic!("{findings:#?}\n{file:#}"))
}

pub(super) fn entries(answer: &Answer) -> Vec<(String, &str, i64, i32)> {
    answer.entries.iter().map(|e| (e.line.clone(), e.kind.code(), e.fen.0, e.days)).collect()
}

fn sums(answer: &Answer) -> (i64, i64, i64) {
    (answer.total_fen.0, answer.saved_fen.0, answer.payable_fen.0)
}

#[test]
fn a10_5_the_year_runs_to_the_day_before_the_anniversary() {
    for (from, to, days) in [
        ("2025-01-01", "2025-12-31", 365),
        ("2024-01-01", "2024-12-31", 366),
        ("2025-03-10", "2026-03-09", 365),
        ("2023-06-01", "2024-05-31", 366),
        ("2024-02-28", "2025-02-27", 366),
        ("2024-02-29", "2025-02-28", 366),
        ("2024-03-01", "2025-02-28", 365),
        ("2023-02-28", "2024-02-27", 365),
        ("2023-03-01", "2024-02-29", 366),
    ] {
        let answer = answer(&opening(from, &[("1", "A", 1)]));
        assert_eq!((answer.period.to.to_string().as_str(), answer.period.days), (to, days), "opened on {from}");
        assert_eq!(answer.payable_fen.0, 384_000, "a year costs a year, whatever its length");
    }
}

#[test]
fn a10_6_the_worked_example_a_larger_server_from_july() {
    let answer = answer(&with_changes(file(), &[("2025-07-01", &[("1", "B", 1)])]));
    assert_eq!(entries(&answer), [("1".into(), "annual", 384_000, 365), ("1".into(), "increase", 193_578, 184)]);
    assert_eq!(sums(&answer), (577_578, 0, 577_578));
    let entry = &answer.entries[1];
    assert_eq!(entry.formula, "(B 7,680.00×1 − A 3,840.00×1) × 184 ÷ 365 = 1,935.78(四舍五入到分)");
    assert_eq!((entry.clause.code, entry.on.to_string().as_str()), ("A10_6", "2025-07-01"));
}

#[test]
fn a10_6_what_a_decrease_saves_is_kept_apart_from_the_total() {
    let answer = answer(&with_changes(opening("2025-01-01", &[("1", "B", 1)]), &[("2025-07-01", &[("1", "A", 1)])]));
    assert_eq!(entries(&answer)[1], ("1".into(), "decrease", -193_578, 184));
    assert_eq!(sums(&answer), (768_000, 193_578, 574_422));
}

#[test]
fn a11_an_added_quantity_takes_the_price_of_its_day_and_the_kept_one_stays_locked() {
    let opened = opening("2025-07-01", &[("1", "C", 2)]);
    let answer = answer(&with_changes(opened, &[("2026-01-01", &[("1", "C", 3)])]));
    // 1 × 900.00 × 181 ÷ 365; the first two stay at 1,000.00.
    assert_eq!(entries(&answer)[1], ("1".into(), "increase", 44_630, 181));
    assert!(answer.entries[1].formula.contains("C 1,000.00×2 + C 900.00×1"), "{}", answer.entries[1].formula);
}

#[test]
fn a10_6_a_removed_quantity_leaves_at_its_own_price_last_added_first() {
    let opened = opening("2025-07-01", &[("1", "C", 2)]);
    let changed = with_changes(
        opened,
        &[("2026-01-01", &[("1", "C", 3)]), ("2026-01-01", &[("1", "C", 1)]), ("2026-01-02", &[("1", "C", 2)])],
    );
    let answer = answer(&changed);
    // Out go the one at 900.00 and one of those at 1,000.00; the one that comes back costs 900.00.
    let expected = [("increase", 44_630, 181), ("decrease", -94_219, 181), ("increase", 44_384, 180)];
    for (entry, (kind, fen, days)) in answer.entries[1..].iter().zip(expected) {
        assert_eq!((entry.kind.code(), entry.fen.0, entry.days), (kind, fen, days));
    }
}

#[test]
fn a10_6_a_replacement_is_a_decrease_and_an_increase_of_one_day_with_its_net_sign() {
    let dearer = answer(&with_changes(file(), &[("2025-07-01", &[("1", "B", 2)])]));
    assert_eq!(entries(&dearer)[1], ("1".into(), "increase", 580_734, 184));
    let cheaper = answer(&with_changes(file(), &[("2025-07-01", &[("1", "C", 1)])]));
    assert_eq!(entries(&cheaper)[1], ("1".into(), "decrease", -143_167, 184));
    let back = answer(&with_changes(file(), &[("2025-07-01", &[("1", "B", 1)]), ("2025-07-01", &[("1", "A", 1)])]));
    assert_eq!(sums(&back), (577_578, 193_578, 384_000), "two changes of one day follow each other");
}

#[test]
fn a10_6_a_line_is_added_removed_and_added_again() {
    let answer = answer(&with_changes(
        opening("2025-07-01", &[("1", "C", 1)]),
        &[("2025-08-01", &[("1", "C", 0), ("2", "A", 1)]), ("2026-02-01", &[("1", "C", 1)])],
    ));
    let kinds: Vec<_> = answer.entries.iter().map(|e| (e.line.as_str(), e.kind.code(), e.fen.0)).collect();
    assert_eq!(
        kinds,
        [("1", "annual", 100_000), ("1", "decrease", -91_507), ("2", "increase", 351_386), ("1", "increase", 36_986)],
        "the line that comes back takes the price of that day"
    );
}

#[test]
fn a_removal_needs_no_product_and_takes_no_price() {
    let mut removed = with_changes(opening("2025-07-01", &[("1", "C", 1), ("2", "A", 1)]), &[("2026-06-30", &[])]);
    removed["changes"][0]["lines"] = json!([{"line": "1", "quantity": 0}]);
    assert_eq!(entries(&answer(&removed))[2], ("1".into(), "decrease", -274, 1));
    let mut priceless = with_changes(opening("2026-07-01", &[("1", "A", 3)]), &[("2027-01-01", &[("1", "A", 2)])]);
    assert_eq!(answer(&priceless).entries[1].fen.0, -190_422, "2027 has no price of A, and a decrease needs none");
    priceless["changes"][0]["lines"][0]["quantity"] = json!(4);
    assert!(compute(&priceless.to_string()).is_err(), "an increase does");
}

#[test]
fn a10_7_an_early_end_refunds_nothing_and_fills_the_pool() {
    let mut ended = with_changes(
        opening("2025-01-01", &[("1", "A", 2), ("2", "Z", 1), ("3", "M", 1)]),
        &[("2025-03-01", &[("1", "A", 3)])],
    );
    ended["terminated_on"] = json!("2025-06-30");
    let answer = answer(&ended);
    assert_eq!(answer.entries.len(), 4, "nothing is posted by the end");
    let pool: Vec<_> =
        answer.pool.iter().map(|s| (s.line.as_str(), s.sku.as_str(), s.quantity, s.until.to_string())).collect();
    assert_eq!(
        pool,
        [("1", "A", 3, "2025-12-31".to_owned()), ("2", "Z", 1, "2025-12-31".to_owned())],
        "a one-off leaves nothing to reallocate"
    );
}

#[test]
fn a10_7_prorate_refunds_from_the_day_after_the_end() {
    let mut ended = opening("2025-01-01", &[("1", "A", 1), ("2", "Z", 1), ("3", "M", 1)]);
    ended["termination_policy"] = json!("prorate");
    ended["terminated_on"] = json!("2025-06-30");
    let answer = answer(&ended);
    assert_eq!(entries(&answer)[3..], [("1".into(), "refund", -193_578, 184), ("2".into(), "refund", 0, 184)]);
    assert_eq!(sums(&answer), (464_000, 193_578, 270_422));
    assert!(answer.pool.is_empty());
    assert_eq!(answer.entries[3].clause.code, "A10_7");
}

#[test]
fn a10_7_prorate_refunds_what_the_changes_left_at_locked_prices() {
    let mut ended = with_changes(opening("2025-07-01", &[("1", "C", 2)]), &[("2026-01-01", &[("1", "C", 3)])]);
    ended["termination_policy"] = json!("prorate");
    ended["terminated_on"] = json!("2026-06-29");
    let answer = answer(&ended);
    assert_eq!(entries(&answer)[2], ("1".into(), "refund", -795, 1), "(2×1000.00 + 900.00) ÷ 365");
}

#[test]
fn a11_a_one_off_is_owed_in_full_and_never_by_days() {
    let answer = answer(&with_changes(
        opening("2025-01-01", &[("1", "M", 2)]),
        &[("2025-07-01", &[("1", "M", 3)]), ("2025-08-01", &[("1", "M", 0)]), ("2025-09-01", &[("2", "M", 1)])],
    ));
    let expected = [("one_off", 160_000), ("one_off", 80_000), ("one_off", 0), ("one_off", 80_000)];
    assert_eq!(answer.entries.iter().map(|e| (e.kind.code(), e.fen.0)).collect::<Vec<_>>(), expected);
    assert!(answer.entries.iter().all(|e| e.days == 0));
    assert_eq!(sums(&answer), (320_000, 0, 320_000));
}

#[test]
fn a11_a_line_that_turns_from_a_year_into_a_one_off_posts_both() {
    let answer = answer(&with_changes(file(), &[("2025-07-01", &[("1", "M", 1)])]));
    assert_eq!(entries(&answer)[1..], [("1".into(), "decrease", -193_578, 184), ("1".into(), "one_off", 80_000, 0)]);
}

#[test]
fn a11_a_free_product_stands_in_the_list_at_zero() {
    let answer = answer(&with_changes(opening("2025-01-01", &[("1", "Z", 5)]), &[("2025-07-01", &[("1", "Z", 2)])]));
    assert_eq!(entries(&answer), [("1".into(), "annual", 0, 365), ("1".into(), "increase", 0, 184)]);
}

#[test]
fn accruals_split_by_calendar_days_and_the_last_year_takes_the_remainder() {
    let mut d13 = file();
    d13["prices"][0]["fen_per_year"] = json!(365_000);
    d13["subscription"]["opened_on"] = json!("2024-10-01");
    let split = |answer: &Answer| answer.accruals.iter().map(|a| (a.year, a.fen.0)).collect::<Vec<_>>();
    assert_eq!(split(&answer(&d13)), [(2024, 92_000), (2025, 273_000)]);
    assert_eq!(split(&answer(&file())), [(2025, 384_000)]);
    let changed = answer(&with_changes(
        opening("2025-07-01", &[("1", "A", 1)]),
        &[("2025-12-31", &[("1", "B", 1)]), ("2026-01-01", &[("1", "A", 1)])],
    ));
    // 384000 × 184 ÷ 365 + 191474 × 1 ÷ 182; the rest in 2026.
    assert_eq!(split(&changed), [(2025, 193_578 + 1_052), (2026, 190_422 + 190_422 - 190_422)]);
}

#[test]
fn a9_6_shares_are_rounded_and_the_owner_takes_the_remainder() {
    let shared = |fen: i64, owner: &str, parts: &[(&str, &str)]| {
        let mut shared = file();
        shared["prices"][0]["fen_per_year"] = json!(fen);
        let parts: Value = parts.iter().map(|(payer, percent)| json!({"payer": payer, "percent": percent})).collect();
        shared["sharing"] = json!({"owner": owner, "parts": parts});
        answer(&shared).shares.iter().map(|s| s.fen.0).collect::<Vec<_>>()
    };
    let thirds = [("A", "33.33"), ("B", "33.33"), ("C", "33.34")];
    assert_eq!(shared(10_000_000, "C", &thirds), [3_333_000, 3_333_000, 3_334_000]);
    assert_eq!(shared(1_001, "C", &thirds), [334, 334, 333]);
    assert_eq!(shared(1_001, "A", &thirds), [333, 334, 334]);
    assert_eq!(shared(1, "A", &[("A", "100")]), [1]);
    assert_eq!(shared(1, "A", &[("A", "50.0"), ("B", "50")]), [0, 1]);
    assert_eq!(shared(100, "A", &[("A", "100.00"), ("B", "0.00")]), [100, 0]);
    assert!(answer(&file()).shares.is_empty());
}

#[test]
fn the_answer_has_the_shape_of_the_contract() {
    let answer = serde_json::to_value(answer(&file())).expect("serialises");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&answer),
        ["accruals", "entries", "payable_fen", "period", "pool", "saved_fen", "shares", "total_fen"]
    );
    assert_eq!(keys(&answer["entries"][0]), ["clause", "days", "fen", "formula", "kind", "line", "on"]);
    assert_eq!(answer["period"], json!({"from": "2025-01-01", "to": "2025-12-31", "days": 365}));
    assert_eq!(answer["entries"][0]["clause"], json!({"code": "A11", "cite": "第十一条"}));
    assert_eq!(answer["entries"][0]["formula"], "A 3,840.00×1 = 3,840.00");
    assert_eq!(answer["accruals"], json!([{"year": 2025, "fen": 384_000}]));
}
