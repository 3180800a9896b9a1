//! 年度完整性: a file that leaves out a festival would silently move due dates, so it is refused.

use std::collections::BTreeSet;

use super::csv_rows::CalendarFileError;
use super::{DayKind, DayRow, DaySource};

/// Festivals each year's national arrangement names (全国年节及纪念日放假办法).
const NATIONAL: [&str; 7] = ["元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆"];
/// The local festival of Guangxi (自治区政府令第98号).
const LOCAL: [&str; 1] = ["三月三"];

/// The years of a file, each with every festival its source must name. Exceptions need none.
pub fn complete_years(rows: &[DayRow], source: DaySource) -> Result<BTreeSet<i16>, Vec<CalendarFileError>> {
    let years: BTreeSet<i16> = rows.iter().map(|row| row.date.year()).collect();
    let required: &[&str] = match source {
        DaySource::National => &NATIONAL,
        DaySource::Local => &LOCAL,
        DaySource::Exception => &[],
    };
    let mut errors = Vec::new();
    for year in &years {
        let names = |festival: &&str| {
            rows.iter()
                .any(|row| row.date.year() == *year && row.kind == DayKind::Holiday && row.name.contains(*festival))
        };
        for festival in required.iter().filter(|festival| !names(festival)) {
            errors.push(CalendarFileError {
                row: 1,
                column: "name",
                zh: format!("{year} 年缺少“{festival}”"),
                en: format!("{year} has no {festival}"),
            });
        }
    }
    if errors.is_empty() { Ok(years) } else { Err(errors) }
}
