use super::*;
use crate::regulation::Regulation;

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn line(version: &str, from: &str, to: &str, sku: &str, fen: i64) -> PriceLine {
    PriceLine {
        version: version.to_owned(),
        from: day(from),
        to: day(to),
        sku: sku.to_owned(),
        fen_per_year: Fen(fen),
        basis: BillingBasis::UnitYear,
    }
}

#[test]
fn a11_the_price_of_a_day_is_that_of_the_version_in_force() {
    let list = PriceList::new(vec![
        line("2025A", "2025-01-01", "2026-12-31", "A", 100),
        line("2027A", "2027-01-01", "2028-12-31", "A", 90),
    ])
    .expect("no overlap");
    let price = |on: &str| list.on("A", day(on)).map(|line| line.fen_per_year.0);
    assert_eq!(price("2024-12-31"), None);
    assert_eq!(price("2025-01-01"), Some(100));
    assert_eq!(price("2026-12-31"), Some(100));
    assert_eq!(price("2027-01-01"), Some(90));
    assert_eq!(price("2028-12-31"), Some(90));
    assert_eq!(price("2029-01-01"), None);
    assert_eq!(list.on("B", day("2025-06-01")), None);
}

#[test]
fn a12_versions_of_one_product_never_overlap_not_even_by_a_day() {
    let errors = PriceList::new(vec![
        line("2025A", "2025-01-01", "2026-12-31", "A", 100),
        line("2027A", "2026-12-31", "2028-12-31", "A", 90),
        line("2027A", "2027-01-01", "2028-12-31", "B", 90),
    ])
    .expect_err("overlap");
    assert_eq!(errors, [PriceError::Overlap { sku: "A".into(), other: "2025A".into(), index: 1 }]);
}

#[test]
fn a_short_line_within_a_long_one_is_found_even_behind_a_third() {
    let errors = PriceList::new(vec![
        line("long", "2025-01-01", "2029-12-31", "A", 1),
        line("in", "2026-01-01", "2026-01-31", "A", 1),
        line("late", "2028-01-01", "2028-01-31", "A", 1),
    ])
    .expect_err("two overlaps");
    assert_eq!(errors.len(), 2);
}

#[test]
fn impossible_lines_are_refused_by_position() {
    let errors = PriceList::new(vec![
        line("x", "2025-01-02", "2025-01-01", "A", 1),
        line("x", "2025-01-01", "2025-01-01", "B", -1),
    ])
    .expect_err("refused");
    assert_eq!(
        errors,
        [PriceError::Reversed { sku: "A".into(), index: 0 }, PriceError::Negative { sku: "B".into(), index: 1 }]
    );
    let mut other = line("y", "2026-01-01", "2026-12-31", "A", 1);
    other.basis = BillingBasis::OneOff;
    let errors = PriceList::new(vec![line("x", "2025-01-01", "2025-12-31", "A", 1), other]).expect_err("refused");
    assert_eq!(errors, [PriceError::BasisDiffers { sku: "A".into(), index: 1 }]);
}

#[test]
fn annex_3_bandwidth_fills_the_cheap_step_first() {
    let regulation = Regulation::guilin();
    let tier = &regulation.tiers[0];
    for (mbps, parts, yuan) in [
        (0, vec![], 0),
        (1, vec![("NET-BW-A", 1)], 240),
        (5, vec![("NET-BW-A", 5)], 1200),
        (6, vec![("NET-BW-A", 5), ("NET-BW-B", 1)], 1632),
        (20, vec![("NET-BW-A", 5), ("NET-BW-B", 15)], 7680),
    ] {
        assert_eq!(tier.split(mbps), Some(parts.clone()), "{mbps} Mbps");
        let fee = Fen::sum(parts.iter().map(|(sku, n)| {
            let price = regulation.prices.on(sku, day("2025-06-01")).expect("priced").fen_per_year;
            price.times(*n).expect("small")
        }));
        assert_eq!(fee, Ok(Fen::yuan(yuan)), "{mbps} Mbps");
    }
}

#[test]
fn annex_3_every_product_of_the_catalogue_has_a_price_throughout_the_version() {
    let regulation = Regulation::guilin();
    for product in &regulation.catalogue {
        for on in ["2025-01-01", "2026-12-31"] {
            let price = regulation.prices.on(&product.product.sku, day(on)).expect("priced");
            assert_eq!(price.fen_per_year, product.price_fen);
        }
    }
}
