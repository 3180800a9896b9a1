//! Reading the catalogue file: every bad row is reported, and one bad row refuses the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{BillingBasis, CatalogLine, Category, PriceSource, Product, SpecAxis, classify};
use crate::money::Fen;

/// 目录文件的一处错误. `row` counts from 1 with the heading as row 1, as a spreadsheet shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("第 {row} 行 {column}:{zh}")]
pub struct CatalogFileError {
    pub row: u64,
    pub column: String,
    pub zh: String,
    pub en: String,
}

/// What a readable file holds.
pub type Imported = Vec<CatalogLine>;

const COLUMNS: [&str; 11] = [
    "category_code",
    "category_zh",
    "sku",
    "name_zh",
    "name_en",
    "unit_zh",
    "spec",
    "billing_basis",
    "price_ceiling_yuan_per_year",
    "source",
    "note",
];
/// Columns a file may leave out.
const OPTIONAL: [&str; 4] = ["category_zh", "name_en", "spec", "note"];
const SKU_MAX_CHARS: usize = 40;
const ZH_MAX_CHARS: usize = 100;

/// Reads the categories file shipped with a city.
pub fn parse_categories(text: &str) -> Result<Vec<Category>, CatalogFileError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut categories = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let row = index as u64 + 2;
        let record = record.map_err(|error| fault(row, "code", "不是有效的 CSV 行", &error.to_string()))?;
        let text = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let class = match text(4).as_str() {
            "" => None,
            code => Some(code.parse().map_err(|_| fault(row, "class", "资源类别不存在", "no such class"))?),
        };
        categories.push(Category { code: text(0), sku_prefix: text(1), zh: text(2), en: text(3), class });
    }
    Ok(categories)
}

/// Reads a catalogue file (UTF-8 CSV with a heading row; columns in any order).
///
/// Refuses unknown or missing columns, unknown categories and billing bases, prices with more than two
/// decimals or below zero, priced `included` lines, and a SKU given twice.
pub fn parse_csv(text: &str, categories: &[Category]) -> Result<Imported, Vec<CatalogFileError>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heading =
        reader.headers().cloned().map_err(|_| vec![fault(1, "", "表头无法读取", "the heading cannot be read")])?;
    let places = heading_places(&heading)?;
    let (mut lines, mut errors, mut seen) = (Imported::new(), Vec::new(), BTreeSet::new());
    for (index, record) in reader.records().enumerate() {
        let row = index as u64 + 2;
        let Ok(record) = record else {
            errors.push(fault(row, "", "不是有效的 UTF-8 CSV 行", "not a valid UTF-8 CSV row"));
            continue;
        };
        if record.len() != heading.len() {
            errors.push(fault(row, "", "列数与表头不符", "the number of columns differs from the heading"));
            continue;
        }
        let found = Row { row, record: &record, places: &places, errors: Vec::new() }.read(categories);
        match found {
            Ok(line) if seen.insert(line.product.sku.clone()) => lines.push(line),
            Ok(line) => errors.push(fault(row, "sku", &format!("{} 重复", line.product.sku), "the SKU is given twice")),
            Err(mut faults) => errors.append(&mut faults),
        }
    }
    if lines.is_empty() && errors.is_empty() {
        errors.push(fault(1, "", "文件没有目录行", "the file has no rows"));
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

fn heading_places(heading: &csv::StringRecord) -> Result<BTreeMap<&'static str, usize>, Vec<CatalogFileError>> {
    let mut places = BTreeMap::new();
    let mut errors = Vec::new();
    for (place, name) in heading.iter().enumerate() {
        match COLUMNS.iter().find(|known| **known == name) {
            Some(known) if places.insert(*known, place).is_some() => {
                errors.push(fault(1, name, "列重复", "the column is given twice"))
            }
            Some(_) => {}
            None => errors.push(fault(1, name, "表头不认识", "unknown column")),
        }
    }
    for missing in COLUMNS.iter().filter(|name| !places.contains_key(*name) && !OPTIONAL.contains(name)) {
        errors.push(fault(1, missing, "缺少该列", "the column is missing"));
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
}

struct Row<'a> {
    row: u64,
    record: &'a csv::StringRecord,
    places: &'a BTreeMap<&'static str, usize>,
    errors: Vec<CatalogFileError>,
}

impl Row<'_> {
    fn read(mut self, categories: &[Category]) -> Result<CatalogLine, Vec<CatalogFileError>> {
        let sku = self.sku();
        let category = self.text("category_code");
        let found = classify(categories, &category, &sku);
        if found.is_none() {
            self.fault("category_code", &format!("分类“{category}”不存在"), "no such category");
        }
        let zh = self.required("name_zh");
        let unit_zh = self.required("unit_zh");
        let basis = self.parsed::<BillingBasis>("billing_basis", "应为 unit_year、pack_year、included 或 one_off");
        let price_fen = self.price();
        if basis == Some(BillingBasis::Included) && price_fen.is_some_and(|fen| fen != Fen::ZERO) {
            self.fault("price_ceiling_yuan_per_year", "随附免费项价格应为 0", "an included product costs nothing");
        }
        let source = self.source();
        let spec = self.spec();
        match (found, basis, price_fen, source) {
            (Some(category), Some(basis), Some(price_fen), Some(source)) if self.errors.is_empty() => Ok(CatalogLine {
                product: Product {
                    sku,
                    class: category.class,
                    category: category.code,
                    category_zh: category.zh,
                    zh,
                    en: self.text("name_en"),
                    unit_zh,
                    basis,
                    source,
                    note: self.text("note"),
                    spec,
                },
                price_fen,
            }),
            _ => Err(self.errors),
        }
    }

    fn text(&self, column: &str) -> String {
        self.places.get(column).and_then(|place| self.record.get(*place)).unwrap_or_default().to_owned()
    }

    fn fault(&mut self, column: &str, zh: &str, en: &str) {
        self.errors.push(fault(self.row, column, zh, en));
    }

    fn required(&mut self, column: &str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            self.fault(column, "不能为空", "missing");
        } else if text.chars().count() > ZH_MAX_CHARS {
            self.fault(column, "不超过 100 字", "at most 100 characters");
        }
        text
    }

    fn sku(&mut self) -> String {
        let sku = self.text("sku");
        let shaped = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if sku.is_empty() || sku.len() > SKU_MAX_CHARS || !sku.chars().all(shaped) {
            self.fault(
                "sku",
                "应为大写字母、数字和连字符,不超过 40 个字符",
                "capital letters, digits and hyphens, at most 40",
            );
        }
        sku
    }

    fn parsed<T: std::str::FromStr>(&mut self, column: &str, zh: &str) -> Option<T> {
        let value = self.text(column).parse().ok();
        if value.is_none() {
            self.fault(column, zh, "not a known value");
        }
        value
    }

    fn price(&mut self) -> Option<Fen> {
        let value = yuan_to_fen(&self.text("price_ceiling_yuan_per_year"));
        if value.is_none() {
            self.fault(
                "price_ceiling_yuan_per_year",
                "应为不小于 0、至多两位小数的元",
                "yuan, not negative, at most two decimals",
            );
        }
        value
    }

    /// `list:ctyun` names the list; the part before the colon is the kind of source.
    fn source(&mut self) -> Option<PriceSource> {
        let text = self.text("source");
        let value = text.split(':').next().and_then(|kind| kind.parse().ok());
        if value.is_none() {
            self.fault("source", "应为 official、list、derived 或 estimate", "not a known source");
        }
        value
    }

    fn spec(&mut self) -> BTreeMap<SpecAxis, u64> {
        let mut spec = BTreeMap::new();
        for part in self.text("spec").split(';').filter(|part| !part.is_empty()) {
            let read = part
                .split_once('=')
                .and_then(|(axis, n)| Some((axis.parse::<SpecAxis>().ok()?, n.parse::<u64>().ok()?)));
            match read {
                Some((axis, number)) if spec.insert(axis, number).is_none() => {}
                _ => self.fault("spec", &format!("“{part}”应为 规格=整数"), "must be axis=integer, each once"),
            }
        }
        spec
    }
}

/// `552.00` → 55200 fen. No sign, no exponent, no third decimal: a price is never guessed.
pub(crate) fn yuan_to_fen(text: &str) -> Option<Fen> {
    let (yuan, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(yuan) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let fen: i64 = if decimals.len() == 1 { decimals.parse::<i64>().ok()? * 10 } else { decimals.parse().ok()? };
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen).map(Fen)
}

fn fault(row: u64, column: &str, zh: &str, en: &str) -> CatalogFileError {
    CatalogFileError { row, column: column.to_owned(), zh: zh.to_owned(), en: en.to_owned() }
}
