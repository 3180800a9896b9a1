//! Everything impossible is refused, and the path says where to look.

use serde_json::json;

use super::*;

/// Sets one place of the example file and expects these findings (`path`, `code`).
fn refused(pointer: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut broken = with_changes(file(), &[("2025-07-01", &[("1", "B", 1)])]);
    broken["sharing"] =
        json!({"owner": "甲", "parts": [{"payer": "甲", "percent": "60"}, {"payer": "乙", "percent": "40"}]});
    let target = broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not in the file"));
    *target = value;
    let findings = compute(&broken.to_string()).expect_err("must be refused");
    findings.into_iter().map(|finding| (finding.field, finding.code)).collect()
}

fn one(path: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(path.to_owned(), code)]
}

#[test]
fn quantities_are_whole_positive_and_computable() {
    for (value, code) in [
        (json!(0), "charge.quantity"),
        (json!(-1), "charge.quantity"),
        (json!(1.5), "charge.malformed"),
        (json!("1"), "charge.malformed"),
        (json!(null), "charge.malformed"),
    ] {
        assert_eq!(refused("/subscription/lines/0/quantity", value), one("subscription.lines[0].quantity", code));
    }
    for huge in [json!(i64::MAX), json!(30_000_000_000_000_i64)] {
        assert_eq!(
            refused("/subscription/lines/0/quantity", huge.clone()),
            one("subscription.lines[0].quantity", "charge.out_of_range")
        );
        assert_eq!(
            refused("/changes/0/lines/0/quantity", huge),
            one("changes[0].lines[0].quantity", "charge.out_of_range")
        );
    }
    assert_eq!(
        refused("/subscription/lines/0/quantity", json!(u64::MAX)),
        one("subscription.lines[0].quantity", "charge.malformed")
    );
    assert_eq!(
        refused("/changes/0/lines/0/quantity", json!(-1)),
        one("changes[0].lines[0].quantity", "charge.quantity")
    );
}

#[test]
fn a_sum_that_overflows_is_refused_even_where_each_line_fits() {
    let quantity = i64::MAX / 384_000;
    let file = opening("2025-01-01", &[("1", "A", quantity), ("2", "A", quantity)]);
    let findings = compute(&file.to_string()).expect_err("too much");
    assert_eq!(findings[0].code, "charge.out_of_range");
}

#[test]
fn a10_6_a_line_that_does_not_exist_cannot_be_removed() {
    let file = with_changes(file(), &[("2025-07-01", &[("9", "A", 0)])]);
    let findings = compute(&file.to_string()).expect_err("refused");
    assert_eq!((findings[0].field.as_str(), findings[0].code), ("changes[0].lines[0].line", "charge.line_unknown"));
    let twice = with_changes(self::file(), &[("2025-07-01", &[("1", "A", 0)]), ("2025-07-02", &[("1", "A", 0)])]);
    let findings = compute(&twice.to_string()).expect_err("refused");
    assert_eq!((findings[0].field.as_str(), findings[0].code), ("changes[1].lines[0].line", "charge.line_unknown"));
}

#[test]
fn a_line_is_named_once_in_an_opening_and_once_in_a_change() {
    let opened = opening("2025-01-01", &[("1", "A", 1), ("1", "B", 1)]);
    let findings = compute(&opened.to_string()).expect_err("refused");
    assert_eq!((findings[0].field.as_str(), findings[0].code), ("subscription.lines[1].line", "charge.line_twice"));
    let changed = with_changes(file(), &[("2025-07-01", &[("1", "B", 1), ("1", "A", 1)])]);
    let findings = compute(&changed.to_string()).expect_err("refused");
    assert_eq!((findings[0].field.as_str(), findings[0].code), ("changes[0].lines[1].line", "charge.line_twice"));
    assert_eq!(refused("/subscription/lines/0/line", json!(" ")), one("subscription.lines[0].line", "charge.blank"));
}

#[test]
fn a11_a_product_without_a_price_that_day_is_refused_where_it_is_named() {
    assert_eq!(refused("/subscription/lines/0/sku", json!("Q")), one("subscription.lines[0].sku", "charge.no_price"));
    assert_eq!(refused("/changes/0/lines/0/sku", json!("Q")), one("changes[0].lines[0].sku", "charge.no_price"));
    assert_eq!(refused("/changes/0/lines/0/sku", json!(null)), one("changes[0].lines[0].sku", "charge.sku_missing"));
}

#[test]
fn a12_price_lines_do_not_contradict_each_other() {
    assert_eq!(refused("/prices/3/from", json!("2025-12-31")), one("prices[3].from", "charge.price_overlap"));
    assert_eq!(refused("/prices/0/to", json!("2022-12-31")), one("prices[0].to", "charge.price_reversed"));
    assert_eq!(refused("/prices/0/fen_per_year", json!(-1)), one("prices[0].fen_per_year", "charge.price_negative"));
    assert_eq!(refused("/prices/0/fen_per_year", json!(3840.5)), one("prices[0].fen_per_year", "charge.malformed"));
    assert_eq!(
        refused("/prices/5/billing_basis", json!("monthly")),
        one("prices[5].billing_basis", "charge.malformed")
    );
    assert_eq!(refused("/prices/0/sku", json!("")), vec![("prices[0].sku".to_owned(), "charge.blank")]);
}

#[test]
fn a9_6_percentages_are_decimal_strings_that_sum_to_100() {
    for percent in ["33.333", "-40", "+40", "4e1", " 40", "40.", ".4", "", "100.01", "1000", "40%", "四十", "NaN"] {
        assert_eq!(
            refused("/sharing/parts/1/percent", json!(percent)),
            one("sharing.parts[1].percent", "charge.percent"),
            "{percent}"
        );
    }
    assert_eq!(refused("/sharing/parts/1/percent", json!(40)), one("sharing.parts[1].percent", "charge.malformed"));
    for percent in ["39.99", "40.01", "0", "100"] {
        assert_eq!(
            refused("/sharing/parts/1/percent", json!(percent)),
            one("sharing.parts", "charge.percent_sum"),
            "{percent}"
        );
    }
    assert_eq!(refused("/sharing/parts/1/payer", json!("甲")), one("sharing.parts[1].payer", "charge.payer_twice"));
    assert_eq!(refused("/sharing/owner", json!("丙")), one("sharing.owner", "charge.owner_foreign"));
    let none = refused("/sharing/parts", json!([]));
    assert_eq!(
        none,
        [("sharing.parts".to_owned(), "charge.percent_sum"), ("sharing.owner".to_owned(), "charge.owner_foreign")]
    );
}

#[test]
fn days_are_written_as_days() {
    for day in [
        "2025-02-29",
        "2025-13-01",
        "2025-1-1",
        "20250101",
        "2025-01-01T00:00",
        "01.01.2025",
        "",
        "2025-01-01 ",
        "+002025-01-01",
    ] {
        assert_eq!(
            refused("/subscription/opened_on", json!(day)),
            one("subscription.opened_on", "charge.malformed"),
            "{day}"
        );
        assert_eq!(refused("/terminated_on", json!(day)), one("terminated_on", "charge.malformed"), "{day}");
    }
    assert_eq!(
        refused("/subscription/opened_on", json!(20_250_101)),
        one("subscription.opened_on", "charge.malformed")
    );
    assert_eq!(refused("/subscription/opened_on", json!("9999-12-31"))[0].0, "subscription.opened_on");
}

#[test]
fn unknown_missing_and_empty_parts_are_named() {
    let mut misspelt = file();
    misspelt["subscription"]["lines"][0]["qty"] = json!(1);
    let findings = compute(&misspelt.to_string()).expect_err("refused");
    assert_eq!(findings[0].field, "subscription.lines[0].qty");
    for (pointer, field) in
        [("/subscription", "opened_on"), ("/subscription/lines/0", "quantity"), ("/prices/0", "to"), ("", "prices")]
    {
        let mut missing = file();
        missing.pointer_mut(pointer).expect("there").as_object_mut().expect("an object").remove(field);
        let findings = compute(&missing.to_string()).expect_err("refused");
        let path = pointer.trim_start_matches('/').replace("/0", "[0]").replace('/', ".");
        let expected = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
        assert_eq!(findings[0].field, expected);
    }
    assert_eq!(refused("/subscription/lines", json!([])), one("subscription.lines", "charge.no_lines"));
    assert_eq!(refused("/changes/0/lines", json!([])), one("changes[0].lines", "charge.no_lines"));
    assert_eq!(refused("/termination_policy", json!("refund")), one("termination_policy", "charge.malformed"));
}

#[test]
fn what_is_no_json_is_refused_as_a_whole() {
    for text in ["", "{", "[]", "null", "\"x\"", "{} {}"] {
        let findings = compute(text).expect_err("refused");
        assert_eq!(findings[0].code, "charge.malformed", "{text}");
    }
    let trailing = format!("{} x", file());
    assert_eq!(compute(&trailing).expect_err("refused")[0].field, "$");
    let doubled = file().to_string().replacen("\"changes\":[]", "\"changes\":[],\"changes\":[]", 1);
    assert_eq!(compute(&doubled).expect_err("refused")[0].field, "changes");
    let marked = format!("\u{feff}{}", file());
    assert!(compute(&marked).is_ok(), "a byte order mark is no fault");
    let deep = format!("{{\"prices\":{}", "[".repeat(100_000));
    assert!(compute(&deep).is_err(), "depth is bounded");
}

#[test]
fn every_fault_is_reported_at_once() {
    let mut broken = opening("2025-01-01", &[("1", "Q", 1), ("", "A", 0), ("1", "A", 1)]);
    let findings = compute(&broken.to_string()).expect_err("refused");
    assert_eq!(findings.len(), 4, "{findings:#?}");
    broken["prices"][0]["fen_per_year"] = json!(-1);
    broken["sharing"] = json!({"owner": "x", "parts": [{"payer": "y", "percent": "1"}]});
    let findings = compute(&broken.to_string()).expect_err("refused");
    assert_eq!(findings.len(), 3, "{findings:#?}");
}
