//! 工作日历: what holds, importing a new year or an exception, and moving the due dates it moves.
//!
//! What ships with the program is version 0 (`guilin-2026`); each import is a new version with all its days.
//! Open due dates are computed again under the new version, each with a trace in its case.

use std::collections::BTreeSet;

use domain::calendar::{
    Calendar, CalendarError, CalendarFileError, Date, DayKind, DayRow, DaySource, WorkingDays, complete_years,
    parse_csv,
};
use domain::clause;
use domain::duty::Timer;
use domain::finding::Finding;
use domain::limits::{LimitRow, Limits};
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::calendar::{OpenLimit, VersionRow};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::{Entry, Unit};
use crate::price::row_finding;
use crate::{App, AppError};

/// A day as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DayView {
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    pub kind: DayKind,
    pub source: Term,
    pub name: String,
}

/// The calendar of some years.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CalendarView {
    pub version: String,
    /// Years whose national arrangement is known; limits into other years are refused.
    pub years: Vec<i16>,
    /// Of these, years whose local festival is not known yet (预估).
    pub estimated_years: Vec<i16>,
    #[schema(value_type = String, format = "date")]
    pub today: Date,
    /// The days that differ from the weekend rule, in the year asked for.
    pub days: Vec<DayView>,
    /// Working days of that year.
    pub working_days: i32,
    pub imports: Vec<ImportView>,
}

/// One import.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ImportView {
    pub number: i32,
    pub source: String,
    pub years: Vec<i32>,
    pub file_name: String,
    pub imported_by_name: String,
    #[schema(value_type = String, format = "date-time")]
    pub imported_at: jiff::Timestamp,
}

/// 导入 of one source's days. A national or local file replaces whole years; exceptions are added day by day.
#[derive(Clone, Debug)]
pub struct CalendarImport<'a> {
    pub file_name: &'a str,
    pub text: &'a str,
    pub source: DaySource,
    pub dry_run: bool,
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CalendarImported {
    pub version: String,
    pub years: Vec<i16>,
    pub days: usize,
    pub moved: Vec<MovedLimit>,
    pub dry_run: bool,
}

/// A due date the import moved.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct MovedLimit {
    #[schema(value_type = String, format = "uuid")]
    pub case_id: Uuid,
    pub timer: String,
    #[schema(value_type = String, format = "date")]
    pub before: Date,
    #[schema(value_type = String, format = "date")]
    pub after: Date,
}

/// The calendar of `year`; today's year where none is given.
pub async fn view(app: &App, actor: &Actor, year: Option<i16>) -> Result<CalendarView, AppError> {
    authz::visible(actor, Action::CalendarView)?;
    refresh(app).await?;
    let (calendar, today) = (app.calendar(), app.clock.today());
    let year = year.filter(|year| (1900..=9000).contains(year)).unwrap_or(today.year());
    let days = calendar.rows().filter(|row| row.date.year() == year).map(|row| DayView {
        date: row.date,
        kind: row.kind,
        source: row.source.term(),
        name: row.name.clone(),
    });
    let imports = store::calendar::versions(&app.store.pool).await?.into_iter().map(|row| ImportView {
        number: row.number,
        source: row.source,
        years: row.years,
        file_name: row.file_name,
        imported_by_name: row.imported_by_name,
        imported_at: row.imported_at.to_jiff(),
    });
    Ok(CalendarView {
        version: calendar.version().to_owned(),
        years: calendar.years().collect(),
        estimated_years: calendar.years().filter(|year| calendar.is_estimated(*year)).collect(),
        today,
        days: days.collect(),
        working_days: calendar
            .working_days_between(jiff::civil::date(year - 1, 12, 31), jiff::civil::date(year, 12, 31)),
        imports: imports.collect(),
    })
}

/// 时限推算: the last day of a period and the working days in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct DueView {
    #[schema(value_type = String, format = "date")]
    pub due_on: Date,
    /// The days that counted, the last of them `due_on`.
    #[schema(value_type = Vec<String>)]
    pub working_days: Vec<Date>,
    /// 日历版本 it was computed from.
    pub calendar_version: String,
}

/// Longest period that is computed: more than a year of working days.
pub const DUE_DAYS_MAX: u16 = 366;

/// The last day of `length` from `from`, the day of the act not counted (民法典第二百零一条).
pub async fn due(app: &App, actor: &Actor, from: Date, length: u16) -> Result<DueView, AppError> {
    authz::visible(actor, Action::CalendarView)?;
    if !(1..=DUE_DAYS_MAX).contains(&length) {
        let zh = format!("工作日数应为 1–{DUE_DAYS_MAX}");
        let finding = Finding::error("working_days", "calendar.length", zh, format!("1 to {DUE_DAYS_MAX}"));
        return Err(AppError::Invalid(vec![finding]));
    }
    refresh(app).await?;
    let calendar = app.calendar();
    let working_days =
        (1..=length).map(|count| calendar.add(from, WorkingDays(count))).collect::<Result<Vec<Date>, _>>()?;
    let due_on = calendar.add(from, WorkingDays(length))?;
    Ok(DueView { due_on, working_days, calendar_version: calendar.version().to_owned() })
}

/// 行政区划.
pub fn divisions(app: &App, actor: &Actor) -> Result<Vec<domain::regulation::Division>, AppError> {
    authz::visible(actor, Action::RegulationView)?;
    Ok(app.regulation.divisions.clone())
}

/// 时限与限额: the whole list, statutory and internal told apart.
pub fn limits(app: &App, actor: &Actor) -> Result<Vec<LimitRow>, AppError> {
    authz::visible(actor, Action::RegulationView)?;
    Ok(app.regulation.limits.rows())
}

/// Takes up what another instance or a command imported meanwhile.
pub async fn refresh(app: &App) -> Result<(), AppError> {
    let latest = store::calendar::latest(&app.store.pool).await?;
    if latest == 0 || app.calendar().version() == version_name(latest) {
        return Ok(());
    }
    let days = store::calendar::days(&app.store.pool, latest).await?;
    app.set_calendar(built(latest, days.into_iter().map(day_row).collect::<Result<Vec<_>, _>>()?)?);
    Ok(())
}

/// 导入: every fault of the file is answered by row and column, and then nothing is stored.
pub async fn import(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    import: &CalendarImport<'_>,
) -> Result<CalendarImported, AppError> {
    authz::check(actor, Action::CalendarImport, &Target::city())?;
    let new = parse_csv(import.text, import.source).map_err(faults)?;
    let years = complete_years(&new, import.source).map_err(faults)?;
    let mut unit = app.begin(actor, meta).await?;
    store::calendar::lock(&mut unit.tx).await?;
    let latest = store::calendar::latest(&mut *unit.tx).await?;
    let present = present_days(&mut unit, latest).await?;
    let before = built(latest, present.clone())?;
    let rows = merged(present, new, &years, import.source);
    let after = built(latest + 1, rows.clone())?;
    let moved = recompute(&mut unit, (&before, &after)).await?;
    let report = CalendarImported {
        version: after.version().to_owned(),
        years: years.iter().copied().collect(),
        days: rows.iter().filter(|row| row.source == import.source && years.contains(&row.date.year())).count(),
        moved,
        dry_run: import.dry_run,
    };
    if import.dry_run {
        return Ok(report);
    }
    save(&mut unit, import, latest + 1, (&rows, &report)).await?;
    let report = unit.commit(report).await?;
    app.set_calendar(after);
    Ok(report)
}

/// The rows in force: of the newest version, or as shipped where nothing was imported yet.
async fn present_days(unit: &mut Unit<'_>, latest: i32) -> Result<Vec<DayRow>, AppError> {
    if latest > 0 {
        let days = store::calendar::days(&mut *unit.tx, latest).await?;
        return days.into_iter().map(day_row).collect();
    }
    let shipped = |text, source| parse_csv(text, source).map_err(faults);
    let mut rows = shipped(domain::regulation::GUILIN_NATIONAL_DAYS, DaySource::National)?;
    rows.extend(shipped(domain::regulation::GUILIN_LOCAL_DAYS, DaySource::Local)?);
    Ok(rows)
}

/// Whole years of a source are replaced; an exception replaces only its own day.
fn merged(present: Vec<DayRow>, new: Vec<DayRow>, years: &BTreeSet<i16>, source: DaySource) -> Vec<DayRow> {
    let replaced = |row: &DayRow| match source {
        DaySource::Exception => new.iter().any(|other| other.date == row.date),
        _ => years.contains(&row.date.year()),
    };
    let mut rows: Vec<DayRow> = present.into_iter().filter(|row| row.source != source || !replaced(row)).collect();
    rows.extend(new);
    rows.sort();
    rows
}

/// Moves the open due dates that come out otherwise now. One that was not computed from its opening day
/// (a period in calendar days, a date set by hand) is left alone.
async fn recompute(unit: &mut Unit<'_>, (before, after): (&Calendar, &Calendar)) -> Result<Vec<MovedLimit>, AppError> {
    let today = unit.today();
    let limits = unit.app().regulation.limits.clone();
    let mut moved = Vec::new();
    for open in store::calendar::open_limits(&mut unit.tx, today.to_sqlx()).await? {
        let Some(length) = length_of(&limits, &open.timer) else { continue };
        let (opened, due) = (open.opened_on.to_jiff(), open.due_on.to_jiff());
        let (Ok(old), Ok(new)) = (before.add(opened, length), after.add(opened, length)) else { continue };
        if old != due || new == due {
            continue;
        }
        move_limit(unit, &open, (due, new), after.version()).await?;
        moved.push(MovedLimit { case_id: open.case_id, timer: open.timer.clone(), before: due, after: new });
    }
    Ok(moved)
}

async fn move_limit(
    unit: &mut Unit<'_>,
    open: &OpenLimit,
    (due, new): (Date, Date),
    version: &str,
) -> Result<(), AppError> {
    store::calendar::move_due(&mut unit.tx, open, new.to_sqlx(), version).await?;
    unit.audit(Entry {
        action: "calendar.move_due",
        object: (&open.room, open.subject_id.to_string()),
        case: Some(open.case_id),
        clause: Some(clause::A10),
        summary: format!("工作日历更新,时限由 {due} 调整为 {new}"),
        before: Some(json!({ "due_on": due })),
        after: Some(json!({ "due_on": new, "calendar_version": version })),
    })
    .await
}

/// Length of a timer that runs in working days.
fn length_of(limits: &Limits, timer: &str) -> Option<WorkingDays> {
    Some(match timer.parse::<Timer>().ok()? {
        Timer::T1 => limits.acceptance.value,
        Timer::T2 => limits.trial_delivery.value,
        Timer::T4 => limits.change_review.value,
        Timer::T5 => limits.change_implementation.value,
        Timer::T6 => limits.termination_review.value,
        Timer::T7 => limits.reclaim.value,
        Timer::T8 => limits.review.value,
        Timer::T9 => limits.opinion.value,
        Timer::T10 => limits.confirmation.value,
        Timer::T16 => limits.access_decision.value,
        Timer::T17 => limits.alarm_handling.value,
        Timer::T3 | Timer::T14 | Timer::T15 => return None,
    })
}

async fn save(
    unit: &mut Unit<'_>,
    import: &CalendarImport<'_>,
    number: i32,
    (rows, report): (&[DayRow], &CalendarImported),
) -> Result<(), AppError> {
    let version = VersionRow {
        number,
        source: import.source.code().to_owned(),
        years: report.years.iter().map(|year| i32::from(*year)).collect(),
        file_name: import.file_name.to_owned(),
        imported_at: unit.now().to_sqlx(),
        imported_by_name: unit.actor().name.clone(),
    };
    let days: Vec<store::calendar::DayRow> = rows
        .iter()
        .map(|row| store::calendar::DayRow {
            date: row.date.to_sqlx(),
            source: row.source.code().to_owned(),
            kind: row.kind.code().to_owned(),
            name: row.name.clone(),
        })
        .collect();
    store::calendar::insert(&mut unit.tx, &version, &days).await?;
    unit.audit(Entry {
        action: Action::CalendarImport.code(),
        object: ("calendar_version", number.to_string()),
        case: None,
        clause: Some(clause::A10),
        summary: format!("导入工作日历({}){} 天,调整时限 {} 个", import.source.zh(), report.days, report.moved.len()),
        before: None,
        after: Some(json!({ "years": report.years, "days": report.days, "moved": report.moved })),
    })
    .await
}

fn built(number: i32, rows: Vec<DayRow>) -> Result<Calendar, AppError> {
    Calendar::new(version_name(number), rows).map_err(|error: CalendarError| AppError::fault(error))
}

fn version_name(number: i32) -> String {
    format!("v{number}")
}

fn day_row(row: store::calendar::DayRow) -> Result<DayRow, AppError> {
    Ok(DayRow {
        date: row.date.to_jiff(),
        source: row.source.parse().map_err(AppError::fault)?,
        kind: row.kind.parse().map_err(AppError::fault)?,
        name: row.name,
    })
}

fn faults(errors: Vec<CalendarFileError>) -> AppError {
    let finding = |error: CalendarFileError| -> Finding { row_finding(error.row, error.column, error.zh, error.en) };
    AppError::Invalid(errors.into_iter().map(finding).collect())
}
