use super::reading::yuan_to_fen;
use super::*;
use crate::regulation::Regulation;

const HEADING: &str = "category_code,sku,name_zh,unit_zh,billing_basis,price_ceiling_yuan_per_year,source\n";

#[test]
fn a4_the_shipped_catalogue_has_137_products_in_22_categories() {
    let catalogue = &Regulation::guilin().catalogue;
    assert_eq!(catalogue.len(), 137);
    let mut categories: Vec<_> = catalogue.iter().map(|line| line.product.category.as_str()).collect();
    categories.dedup();
    assert_eq!(categories.len(), 22);
    let host = catalogue.iter().find(|line| line.product.sku == "ECS-G-04C008G").expect("listed");
    assert_eq!(host.price_fen, Fen::yuan(3840));
    assert_eq!(host.product.class, Some(ResourceClass::Compute));
    assert_eq!(host.product.spec[&SpecAxis::Vcpu], 4);
    assert!(catalogue.iter().all(|line| line.product.source != PriceSource::Official), "not the official annex 3");
}

#[test]
fn a4_each_of_the_seven_classes_is_offered_and_a_prefix_decides_within_others() {
    let catalogue = &Regulation::guilin().catalogue;
    for class in ResourceClass::ALL {
        assert!(catalogue.iter().any(|line| line.product.class == Some(*class)), "{class}");
    }
    let class_of = |sku: &str| catalogue.iter().find(|line| line.product.sku == sku).expect("listed").product.class;
    assert_eq!(class_of("NET-BW-A"), Some(ResourceClass::Network));
    assert_eq!(class_of("SEC-BH-10"), Some(ResourceClass::Security));
    assert_eq!(class_of("SVC-MIG"), Some(ResourceClass::Management));
    assert_eq!(class_of("HST-1U"), None);
}

#[test]
fn yuan_become_fen_exactly_or_not_at_all() {
    for (text, fen) in [("552.00", 55_200), ("1.44", 144), ("0", 0), ("7.5", 750), ("92233720368547758.07", i64::MAX)] {
        assert_eq!(yuan_to_fen(text), Some(Fen(fen)), "{text}");
    }
    for text in ["", "-1", "1.234", "1.", ".5", "1e3", "1,000", "+1", "92233720368547758.08", "NaN", "١٢"] {
        assert_eq!(yuan_to_fen(text), None, "{text}");
    }
}

#[test]
fn a_faulty_file_is_refused_with_every_row_at_fault() {
    let categories = &Regulation::guilin().categories;
    let text = format!(
        "{HEADING}S01,A-1,甲,元/台·年,unit_year,1.00,estimate\nS01,A-1,乙,元/台·年,unit_year,1.00,estimate\n\
         S99,a b,,元,monthly,1.005,guess\nS22,NET-EIP,公网IP,元/个·年,included,5,list:x\nS01,A-2\n"
    );
    let errors = parse_csv(&text, categories).expect_err("refused");
    let places: Vec<_> = errors.iter().map(|e| (e.row, e.column.as_str())).collect();
    assert_eq!(
        places,
        [
            (3, "sku"),
            (4, "sku"),
            (4, "category_code"),
            (4, "name_zh"),
            (4, "billing_basis"),
            (4, "price_ceiling_yuan_per_year"),
            (4, "source"),
            (5, "price_ceiling_yuan_per_year"),
            (6, ""),
        ]
    );
}

#[test]
fn a_heading_with_a_wrong_missing_or_repeated_column_is_refused() {
    let categories = &Regulation::guilin().categories;
    for heading in ["sku,name_zh\n", "category_code,sku,name_zh,unit_zh,billing_basis,price,source\n", ""] {
        assert!(parse_csv(heading, categories).is_err(), "{heading}");
    }
    let doubled = HEADING.replace("source", "source,source");
    assert!(parse_csv(&doubled, categories).is_err());
}
