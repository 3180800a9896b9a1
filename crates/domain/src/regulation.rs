//! 办法的数据: one city's regulation as data, embedded in the program and parsed once.
//!
//! Another city is another folder beside `regulations/guilin`. Parsing is pure; a fault in the
//! shipped files is a fault of the build and is caught by this room's tests.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::application::dedicated::HostSize;
use crate::calendar::{self, Calendar, DaySource};
use crate::catalog::{self, CatalogLine, Category, SpecAxis};
use crate::fulfilment::{self, Fulfilment};
use crate::limits::Limits;
use crate::price::{PriceLine, PriceList, PriceVersion, Tier};

/// 时限与限额, as shipped.
pub const GUILIN_LIMITS: &str = include_str!("../../../regulations/guilin/limits.toml");
/// 国务院节假日安排, as shipped.
pub const GUILIN_NATIONAL_DAYS: &str = include_str!("../../../regulations/guilin/calendars/national.csv");
/// 广西地方假, as shipped.
pub const GUILIN_LOCAL_DAYS: &str = include_str!("../../../regulations/guilin/calendars/guangxi.csv");
/// 角色与数据域, as shipped; `org` reads it.
pub const GUILIN_ROLES: &str = include_str!("../../../regulations/guilin/roles.csv");
/// 机构类型, as shipped; `org` reads it.
pub const GUILIN_ORG_KINDS: &str = include_str!("../../../regulations/guilin/org-kinds.csv");
const GUILIN_DIVISIONS: &str = include_str!("../../../regulations/guilin/divisions.csv");
const GUILIN_NUMBERS: &str = include_str!("../../../regulations/guilin/numbers.toml");
const GUILIN_CATEGORIES: &str = include_str!("../../../regulations/guilin/catalogue/categories.csv");
const GUILIN_VERSIONS: &str = include_str!("../../../regulations/guilin/catalogue/versions.toml");
/// 服务开通方式, as shipped.
pub const GUILIN_FULFILMENT: &str = include_str!("../../../regulations/guilin/fulfilment.toml");
const GUILIN_CATALOGUE: &str = include_str!("../../../regulations/guilin/catalogue/2025A.csv");

/// 其他: the last of the categories.
const OTHER_CATEGORY: &str = "S22";

/// 一个城市的办法数据.
#[derive(Clone, Debug)]
pub struct Regulation {
    pub limits: Limits,
    /// The calendar as shipped; imported years and exceptions are kept in the database.
    pub calendar: Calendar,
    pub numbers: Numbers,
    /// 市本级 first, then the counties by code.
    pub divisions: Vec<Division>,
    pub categories: Vec<Category>,
    /// How each category is opened, changed and taken back.
    pub fulfilment: Fulfilment,
    /// The catalogue as shipped; the database holds what was imported since.
    pub catalogue: Vec<CatalogLine>,
    pub versions: Vec<PriceVersion>,
    pub tiers: Vec<Tier>,
    /// The prices of the shipped catalogue, by day.
    pub prices: PriceList,
    /// 岗位说明: what each role may and must not do, in the city's words.
    pub duties: Vec<RoleDuties>,
}

/// 角色的职责.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct RoleDuties {
    pub role: String,
    pub may: String,
    pub must_not: String,
}

/// 办法名称, 单号与文号的前缀.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// 办法名称, as documents cite it.
    pub regulation: String,
    /// `GLZWY`: begins every 单号.
    pub case_prefix: String,
    /// `SQ` → 申请 …
    pub case_kinds: BTreeMap<String, String>,
    /// Office → 机关代字 of its 文号.
    pub document_offices: BTreeMap<String, String>,
}

/// 行政区划 (GB/T 2260).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Division {
    /// Six digits.
    pub code: String,
    pub zh: String,
    pub short: String,
    /// `city`, `district`, `county`, `county_city`.
    pub kind: String,
    /// The code before a change of status, if any.
    pub former_code: Option<String>,
    /// Year the present code began, where it changed.
    pub from: Option<u16>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionsFile {
    version: Vec<PriceVersion>,
    tier: Vec<Tier>,
}

impl Regulation {
    /// 桂林, as shipped with the program.
    pub fn guilin() -> &'static Self {
        static GUILIN: OnceLock<Regulation> = OnceLock::new();
        GUILIN.get_or_init(read_guilin)
    }

    /// The division with this code, present or former.
    pub fn division(&self, code: &str) -> Option<&Division> {
        self.divisions.iter().find(|division| division.code == code || division.former_code.as_deref() == Some(code))
    }

    /// The catalogue line of a product.
    pub fn product(&self, sku: &str) -> Option<&CatalogLine> {
        self.catalogue.iter().find(|line| line.product.sku == sku)
    }

    /// 整机规格 of a dedicated host; `None` of a product whose size the catalogue does not give.
    pub fn host_size(&self, sku: &str) -> Option<HostSize> {
        let spec = &self.product(sku)?.product.spec;
        let figure = |axis| spec.get(&axis).copied();
        Some(HostSize { vcpu: figure(SpecAxis::Vcpu)?, memory_gib: figure(SpecAxis::MemoryGb)? })
    }

    /// The name of a product in the catalogue; of one that is not in it, its code.
    pub fn product_zh(&self, sku: &str) -> String {
        self.product(sku).map_or_else(|| sku.to_owned(), |line| line.product.zh.clone())
    }

    /// Products whose name holds the text, by code.
    pub fn products_named(&self, text: &str) -> Vec<String> {
        let products = self.catalogue.iter().map(|line| &line.product);
        products.filter(|product| product.zh.contains(text)).map(|product| product.sku.clone()).collect()
    }

    /// How a product is opened, changed and taken back. One that came with a later price version and is not in the
    /// shipped catalogue is fulfilled like 其他: by work order, with an acceptance.
    pub fn fulfilment_of(&self, sku: &str) -> Option<&fulfilment::Row> {
        let category = self.product(sku).map_or(OTHER_CATEGORY, |line| &line.product.category);
        self.fulfilment.of(category, sku)
    }
}

// The expectations below are true of the files in this repository and proven by the tests of
// this room; a running program cannot meet other files.
fn read_guilin() -> Regulation {
    let categories = catalog::parse_categories(GUILIN_CATEGORIES).expect("the shipped categories are well-formed");
    let catalogue = catalog::parse_csv(GUILIN_CATALOGUE, &categories).expect("the shipped catalogue is well-formed");
    let file: VersionsFile = toml::from_str(GUILIN_VERSIONS).expect("the shipped price versions are well-formed");
    let [version] = file.version.as_slice() else { panic!("one price version is shipped") };
    let prices = price_lines(version, &catalogue);
    Regulation {
        fulfilment: Fulfilment::parse(GUILIN_FULFILMENT, &categories).expect("the shipped fulfilment is well-formed"),
        limits: Limits::parse(GUILIN_LIMITS).expect("the shipped limits are well-formed"),
        calendar: guilin_calendar(),
        numbers: toml::from_str(GUILIN_NUMBERS).expect("the shipped number prefixes are well-formed"),
        divisions: guilin_divisions(),
        duties: guilin_duties(),
        prices: PriceList::new(prices).expect("the shipped prices do not overlap"),
        categories,
        catalogue,
        versions: file.version,
        tiers: file.tier,
    }
}

/// The price lines a catalogue gives under one version.
pub fn price_lines(version: &PriceVersion, catalogue: &[CatalogLine]) -> Vec<PriceLine> {
    let line = |line: &CatalogLine| PriceLine {
        version: version.code.clone(),
        from: version.from,
        to: version.to,
        sku: line.product.sku.clone(),
        fen_per_year: line.price_fen,
        basis: line.product.basis,
    };
    catalogue.iter().map(line).collect()
}

fn guilin_calendar() -> Calendar {
    let national = calendar::parse_csv(GUILIN_NATIONAL_DAYS, DaySource::National)
        .expect("the shipped national days are well-formed");
    let local =
        calendar::parse_csv(GUILIN_LOCAL_DAYS, DaySource::Local).expect("the shipped local days are well-formed");
    Calendar::new("guilin-2026", national.into_iter().chain(local)).expect("the shipped calendars agree")
}

fn guilin_duties() -> Vec<RoleDuties> {
    let rows = csv::Reader::from_reader(GUILIN_ROLES.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().expect("the shipped roles are well-formed")
}

fn guilin_divisions() -> Vec<Division> {
    let mut reader = csv::Reader::from_reader(GUILIN_DIVISIONS.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().expect("the shipped divisions are well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_the_city_has_seventeen_county_level_divisions() {
        let guilin = Regulation::guilin();
        assert_eq!(guilin.divisions.len(), 18);
        let counties: Vec<_> = guilin.divisions.iter().filter(|division| division.kind != "city").collect();
        assert_eq!(counties.len(), 17);
        assert_eq!(counties.iter().filter(|division| division.kind == "district").count(), 6);
        assert!(guilin.divisions.iter().all(|division| division.code.len() == 6 && division.code.starts_with("4503")));
        assert_eq!(
            guilin.division("450331").map(|division| division.zh.as_str()),
            Some("荔浦市"),
            "by its former code"
        );
    }

    #[test]
    fn the_number_prefixes_are_those_of_the_forms() {
        let numbers = &Regulation::guilin().numbers;
        assert_eq!(numbers.case_prefix, "GLZWY");
        assert_eq!(numbers.case_kinds["SQ"], "申请");
        for office in numbers.document_offices.values() {
            assert!((2..=12).contains(&office.chars().count()));
        }
    }

    #[test]
    fn a11_what_is_shipped_is_marked_as_not_the_official_annex_3() {
        assert!(
            Regulation::guilin()
                .versions
                .iter()
                .all(|version| !version.official && version.note.contains("不是官方附件3"))
        );
    }

    #[test]
    fn roles_and_kinds_are_given_once_each() {
        for text in [GUILIN_ROLES, GUILIN_ORG_KINDS] {
            let mut codes: Vec<_> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
            let count = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), count);
            assert!(count >= 11);
        }
    }
}
