//! Cursors of keyset pages: the sort key of the last row, opaque to the client.

use jiff_sqlx::{Date, Timestamp, ToSqlx};
use uuid::Uuid;

use crate::AppError;
use crate::error::Reason;

/// A due date sorts after all others where there is none.
const NEVER: jiff::civil::Date = jiff::civil::date(9999, 12, 31);

/// The cursor behind a row sorted by due date.
pub fn of_date(due: Option<Date>, id: Uuid) -> String {
    format!("{}_{id}", due.map_or(NEVER, |day| day.to_jiff()))
}

/// The cursor behind a row sorted by instant.
pub fn of_instant(at: Timestamp, id: Uuid) -> String {
    format!("{}_{id}", at.to_jiff())
}

/// The cursor behind a row sorted by a text; the text stands last, for it may hold anything.
pub fn of_text(text: &str, id: Uuid) -> String {
    format!("{id}_{text}")
}

/// The cursor behind a row sorted by an amount.
pub fn of_fen(fen: i64, id: Uuid) -> String {
    format!("{fen}_{id}")
}

/// Reads a cursor of [`of_fen`]; refuses anything else.
pub fn fen(cursor: Option<&str>) -> Result<Option<(i64, Uuid)>, AppError> {
    read(cursor, |text| text.parse().ok())
}

/// Reads a cursor that is the last row's id alone; refuses anything else.
pub fn id(cursor: Option<&str>) -> Result<Option<Uuid>, AppError> {
    let Some(cursor) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    cursor.parse().map(Some).map_err(|_| malformed())
}

/// Cuts what was asked for with one row more than shown down to one page; the cursor behind its last row, where
/// there is more.
pub fn cut<T>(rows: &mut Vec<T>, limit: u16, of: impl Fn(&T) -> String) -> Option<String> {
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    rows.last().filter(|_| more).map(of)
}

/// Reads a cursor of [`of_text`]; refuses anything else.
pub fn text(cursor: Option<&str>) -> Result<Option<(String, Uuid)>, AppError> {
    let Some(cursor) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    let parts = cursor.split_once('_').and_then(|(id, text)| Some((text.to_owned(), id.parse().ok()?)));
    parts.map(Some).ok_or_else(malformed)
}

/// Reads a cursor of [`of_date`]; refuses anything else.
pub fn date(cursor: Option<&str>) -> Result<Option<(Date, Uuid)>, AppError> {
    read(cursor, |text| text.parse::<jiff::civil::Date>().ok().map(|day| day.to_sqlx()))
}

/// Reads a cursor of [`of_instant`]; refuses anything else.
pub fn instant(cursor: Option<&str>) -> Result<Option<(Timestamp, Uuid)>, AppError> {
    read(cursor, |text| text.parse::<jiff::Timestamp>().ok().map(|at| at.to_sqlx()))
}

fn read<T>(cursor: Option<&str>, key: impl Fn(&str) -> Option<T>) -> Result<Option<(T, Uuid)>, AppError> {
    let Some(cursor) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    cursor.split_once('_').and_then(|(first, id)| Some((key(first)?, id.parse().ok()?))).map(Some).ok_or_else(malformed)
}

fn malformed() -> AppError {
    AppError::BadRequest(Reason::new("list.bad_cursor", "翻页参数无效,请从第一页重新查询", "the cursor is malformed"))
}
