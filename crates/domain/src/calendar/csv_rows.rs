//! Reading `date,kind,name` files: every bad row is reported, and one bad row refuses the file.

use std::collections::BTreeSet;

use super::{Date, DayKind, DayRow, DaySource};

/// 日历文件的一处错误. `row` counts from 1 with the heading as row 1, as a spreadsheet shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("第 {row} 行 {column}:{zh}")]
pub struct CalendarFileError {
    pub row: u64,
    pub column: &'static str,
    pub zh: String,
    pub en: String,
}

/// Parses a UTF-8 CSV file whose heading begins with `date,kind,name`; further columns are ignored.
/// Refuses unknown kinds, impossible dates, blank names and a date given twice.
pub fn parse_csv(text: &str, source: DaySource) -> Result<Vec<DayRow>, Vec<CalendarFileError>> {
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heading = reader.headers().map(|h| h.iter().take(3).map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
    if heading != ["date", "kind", "name"] {
        return Err(vec![fault(1, "date,kind,name", "表头应为 date,kind,name", "the heading must be date,kind,name")]);
    }
    for (index, record) in reader.records().enumerate() {
        let number = index as u64 + 2;
        let Ok(record) = record else {
            errors.push(fault(number, "date,kind,name", "不是有效的 UTF-8 CSV 行", "not a valid UTF-8 CSV row"));
            continue;
        };
        match read_row(number, &record, source) {
            Ok(row) if seen.insert(row.date) => rows.push(row),
            Ok(row) => errors.push(fault(
                number,
                "date",
                &format!("{} 重复", row.date),
                &format!("{} is given twice", row.date),
            )),
            Err(mut found) => errors.append(&mut found),
        }
    }
    if rows.is_empty() && errors.is_empty() {
        errors.push(fault(1, "date,kind,name", "文件没有日历行", "the file has no rows"));
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

fn read_row(number: u64, record: &csv::StringRecord, source: DaySource) -> Result<DayRow, Vec<CalendarFileError>> {
    let text = |column: usize| record.get(column).unwrap_or_default();
    let mut errors = Vec::new();
    let date = text(0).parse::<Date>().ok().filter(|date| date.to_string() == text(0));
    if date.is_none() {
        errors.push(fault(number, "date", &format!("“{}”不是 YYYY-MM-DD 日期", text(0)), "not a YYYY-MM-DD date"));
    }
    let kind = text(1).parse::<DayKind>().ok();
    if kind.is_none() {
        errors.push(fault(
            number,
            "kind",
            &format!("“{}”应为 holiday 或 workday", text(1)),
            "must be holiday or workday",
        ));
    }
    if text(2).is_empty() {
        errors.push(fault(number, "name", "名称不能为空", "the name is missing"));
    }
    match (date, kind) {
        (Some(date), Some(kind)) if errors.is_empty() => Ok(DayRow { date, source, kind, name: text(2).to_owned() }),
        _ => Err(errors),
    }
}

fn fault(row: u64, column: &'static str, zh: &str, en: &str) -> CalendarFileError {
    CalendarFileError { row, column, zh: zh.to_owned(), en: en.to_owned() }
}
