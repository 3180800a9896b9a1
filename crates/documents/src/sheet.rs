//! 列表导出: one list as an XLSX workbook — frozen head, numbers as numbers, and who took it away.
//!
//! Amounts are numbers in 元, so that a clerk can add them up; texts are never formulas, whatever they begin with.

use domain::calendar::Date;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// 列表 to be written.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Name of the list: title, and name of the sheet.
    pub title: String,
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// 水印: who exported it and when, under the title (E36).
    pub mark: String,
}

/// 列.
#[derive(Clone, Debug)]
pub struct Column {
    pub title: String,
    /// In characters of a half width; a Chinese one takes two.
    pub width: f64,
}

impl Column {
    /// A column `width` half characters wide.
    pub fn new(title: impl Into<String>, width: u16) -> Self {
        Self { title: title.into(), width: f64::from(width) }
    }
}

/// 单元格.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Blank,
    Text(String),
    /// 金额 in fen, shown in 元 with two places.
    Fen(i64),
    Number(i64),
    Day(Date),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Date> for Cell {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Blank, Into::into)
    }
}

/// Rows above the first row of data: title, mark, head.
pub const HEAD_ROWS: u32 = 3;
/// What Excel takes in one cell.
const CELL_CHARACTERS: usize = 32_000;

/// How the parts look.
struct Look {
    title: Format,
    mark: Format,
    head: Format,
    text: Format,
    money: Format,
    number: Format,
    day: Format,
}

impl Look {
    fn new() -> Self {
        let base = || Format::new().set_font_name("宋体").set_font_size(11.0);
        let cell = || base().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00BF_BFBF));
        Self {
            title: base().set_bold().set_font_size(14.0),
            mark: base().set_font_size(9.0).set_font_color(Color::RGB(0x0080_8080)),
            head: cell()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00E6_F1F0)),
            text: cell().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            money: cell().set_num_format("#,##0.00").set_align(FormatAlign::VerticalCenter),
            number: cell().set_num_format("#,##0").set_align(FormatAlign::VerticalCenter),
            day: cell()
                .set_num_format("yyyy-mm-dd")
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
        }
    }
}

/// The workbook's bytes.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(sheet_name(&sheet.title))?;
    let look = Look::new();
    page.write_string_with_format(0, 0, plain(&sheet.title), &look.title)?;
    page.write_string_with_format(1, 0, plain(&sheet.mark), &look.mark)?;
    for (at, column) in (0_u16..).zip(&sheet.columns) {
        page.set_column_width(at, column.width)?;
        page.write_string_with_format(HEAD_ROWS - 1, at, &column.title, &look.head)?;
    }
    for (line, row) in (HEAD_ROWS..).zip(&sheet.rows) {
        for (at, cell) in (0_u16..).zip(row) {
            write_cell(page, (line, at), cell, &look)?;
        }
    }
    finish(page, sheet)?;
    workbook.save_to_buffer()
}

/// Head frozen, filter in place, printed on A4 with the head repeated and the mark in the footer.
fn finish(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    page.set_freeze_panes(HEAD_ROWS, 0)?;
    let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX - HEAD_ROWS);
    if let Some(last) = u16::try_from(sheet.columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        page.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + rows, last)?;
    }
    page.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(HEAD_ROWS - 1, HEAD_ROWS - 1)?;
    let mark: String = plain(&sheet.mark).replace('&', "&&").chars().take(180).collect();
    page.set_footer(format!("&L&8{mark}&R&8第 &P 页 共 &N 页"));
    Ok(())
}

fn write_cell(page: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, look: &Look) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => page.write_blank(row, column, &look.text)?,
        Cell::Text(text) => page.write_string_with_format(row, column, plain(text), &look.text)?,
        Cell::Fen(fen) => page.write_number_with_format(row, column, yuan(*fen), &look.money)?,
        Cell::Number(number) => page.write_number_with_format(row, column, *number as f64, &look.number)?,
        Cell::Day(day) => {
            let (year, month, of_month) = (day.year(), day.month(), day.day());
            let (year, month, of_month) = (year.unsigned_abs(), month.unsigned_abs(), of_month.unsigned_abs());
            page.write_datetime_with_format(row, column, ExcelDateTime::from_ymd(year, month, of_month)?, &look.day)?
        }
    };
    Ok(())
}

/// Exact to the fen up to 90 trillion 元, which no budget reaches.
fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

/// Text that stays text when the list is saved as CSV and opened again: what begins like a formula gets an
/// apostrophe (E20). Characters XML cannot hold are left out.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || *c == '\n').filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'));
    let kept: String = kept.take(CELL_CHARACTERS).collect();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{kept}") } else { kept }
}

/// At most 31 characters, without what Excel forbids.
fn sheet_name(title: &str) -> String {
    let kept: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).take(31).collect();
    if kept.is_empty() { "列表".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use jiff::civil::date;

    use super::*;

    fn sample() -> Sheet {
        Sheet {
            title: "办件列表[1]".to_owned(),
            columns: ["单号", "年费(元)", "数量", "日期", "备注"].map(|title| Column::new(title, 20)).to_vec(),
            rows: vec![
                vec![
                    "GLZWY-SQ-2026-00001".into(),
                    Cell::Fen(16_384_055),
                    3.into(),
                    date(2026, 1, 5).into(),
                    Cell::Blank,
                ],
                vec![
                    "=cmd|' /C calc'!A0".into(),
                    Cell::Fen(-1),
                    Cell::Blank,
                    None::<Date>.into(),
                    "控\u{1}制\n换行".into(),
                ],
            ],
            mark: "桂林市教育局 陆文清 2026-01-05 09:30 导出".to_owned(),
        }
    }

    #[test]
    fn numbers_come_back_as_numbers_and_formulas_as_text() {
        let bytes = write(&sample()).expect("written");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        assert_eq!(book.sheet_names(), ["办件列表1"]);
        let range = book.worksheet_range("办件列表1").expect("the sheet");
        let at = |row, column| range.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(at(1, 0), Data::String("桂林市教育局 陆文清 2026-01-05 09:30 导出".to_owned()));
        assert_eq!(at(2, 1), Data::String("年费(元)".to_owned()));
        assert_eq!(at(3, 1), Data::Float(163_840.55));
        assert_eq!(at(3, 2), Data::Float(3.0));
        assert!(matches!(at(3, 3), Data::DateTime(_)), "{:?}", at(3, 3));
        assert_eq!(at(4, 0), Data::String("'=cmd|' /C calc'!A0".to_owned()));
        assert_eq!(at(4, 1), Data::Float(-0.01));
        assert_eq!(at(4, 4), Data::String("控制\n换行".to_owned()));
        assert!(book.worksheet_formula("办件列表1").expect("formulas").is_empty());
    }

    #[test]
    fn ten_thousand_rows_are_written_in_a_few_seconds() {
        let mut sheet = sample();
        sheet.rows = (0..10_000).map(|_| sample().rows[0].clone()).collect();
        let begun = std::time::Instant::now();
        assert!(write(&sheet).expect("written").len() > 100_000);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
