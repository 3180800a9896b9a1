//! 工作日历: which days are worked, and counting them.
//!
//! Built from rows; on one day 手工例外 outranks 广西(地方), that outranks 国务院(全国), and where no
//! row speaks, Saturday and Sunday are free. The day of the act is not counted (民法典第二百零一条);
//! the next working day is day 1 and a limit ends with the last hour of day n.
//!
//! A year without national rows has not been published: counting into it is refused, never guessed.

use std::collections::{BTreeMap, BTreeSet};

pub use jiff::civil::Date;
use jiff::civil::Weekday;

mod complete;
mod csv_rows;
pub use complete::complete_years;
pub use csv_rows::{CalendarFileError, parse_csv};

/// 工作日数. Not calendar days: those are [`CalendarDays`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u16)]
pub struct WorkingDays(pub u16);

/// 自然日数, weekends and holidays included.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u16)]
pub struct CalendarDays(pub u16);

crate::terms! {
    /// 日历行的种类: a day off, or a weekend day that is worked (调休).
    pub enum DayKind {
        Holiday = "holiday", "放假", "holiday";
        Workday = "workday", "上班", "working day";
    }
}

crate::terms! {
    /// 日历行的来源, weakest first: a later one wins on the same day.
    pub enum DaySource {
        National = "national", "国务院", "State Council";
        Local = "local", "广西", "Guangxi";
        Exception = "exception", "手工例外", "exception";
    }
}

/// 日历行: one day that differs from the weekend rule, and who said so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct DayRow {
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    pub source: DaySource,
    pub kind: DayKind,
    /// 节日名称 or the reason of an exception.
    pub name: String,
}

/// 日历 of one city, immutable. Cheap to ask, made once per version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    version: String,
    days: BTreeMap<Date, DayRow>,
    national_years: BTreeSet<i16>,
    local_years: BTreeSet<i16>,
}

/// Why the calendar gives no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("{year} 年放假安排尚未导入,不能计算时限 (the calendar of {year} has not been published)")]
    YearMissing { year: i16 },
    #[error("{date} 在“{source_zh}”中重复 ({date} is given twice by the same source)")]
    Duplicate { date: Date, source_zh: &'static str },
    #[error("日期超出可表示范围 (the date is out of range)")]
    OutOfRange,
}

impl Calendar {
    /// Builds a calendar. Refuses two rows of one source for the same day, since the later would
    /// silently replace the earlier.
    pub fn new(version: impl Into<String>, rows: impl IntoIterator<Item = DayRow>) -> Result<Self, CalendarError> {
        let mut calendar = Self {
            version: version.into(),
            days: BTreeMap::new(),
            national_years: BTreeSet::new(),
            local_years: BTreeSet::new(),
        };
        let mut seen = BTreeSet::new();
        for row in rows {
            if !seen.insert((row.date, row.source)) {
                return Err(CalendarError::Duplicate { date: row.date, source_zh: row.source.zh() });
            }
            match row.source {
                DaySource::National => calendar.national_years.insert(row.date.year()),
                DaySource::Local => calendar.local_years.insert(row.date.year()),
                DaySource::Exception => false,
            };
            let stronger = calendar.days.get(&row.date).is_none_or(|present| row.source > present.source);
            if stronger {
                calendar.days.insert(row.date, row);
            }
        }
        Ok(calendar)
    }

    /// Version stored beside every due date, so that a later import can find what to recompute.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Years whose national arrangement is known.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.national_years.iter().copied()
    }

    /// True where the national arrangement is known but the local one is not: 预估.
    pub fn is_estimated(&self, year: i16) -> bool {
        self.national_years.contains(&year) && !self.local_years.contains(&year)
    }

    /// The row that decides `day`, if any row does.
    pub fn row(&self, day: Date) -> Option<&DayRow> {
        self.days.get(&day)
    }

    /// Every deciding row, by day.
    pub fn rows(&self) -> impl Iterator<Item = &DayRow> {
        self.days.values()
    }

    /// 是否工作日. Outside the published years the weekend rule answers; only [`Calendar::add`] refuses.
    pub fn is_working_day(&self, day: Date) -> bool {
        match self.days.get(&day) {
            Some(row) => row.kind == DayKind::Workday,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The last day of a limit of `length` working days that began with an act on `from`.
    ///
    /// `from` is not counted, whatever day it is. Zero working days is `from` itself. Refuses to
    /// count through a year whose arrangement has not been published.
    pub fn add(&self, from: Date, length: WorkingDays) -> Result<Date, CalendarError> {
        let mut day = from;
        let mut left = length.0;
        while left > 0 {
            day = self.tomorrow(day)?;
            if self.is_working_day(day) {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// `day` itself where it is worked, otherwise the next day that is. Refuses unpublished years.
    pub fn first_working_day_on_or_after(&self, day: Date) -> Result<Date, CalendarError> {
        self.require_year(day)?;
        let mut day = day;
        while !self.is_working_day(day) {
            day = self.tomorrow(day)?;
        }
        Ok(day)
    }

    /// Working days after `from` up to and including `to`; negative where `to` is earlier. For the
    /// lights (剩余/超期): it only shows, so it falls back to the weekend rule and never refuses.
    pub fn working_days_between(&self, from: Date, to: Date) -> i32 {
        let (early, late, sign) = if to >= from { (from, to, 1) } else { (to, from, -1) };
        let mut count = 0;
        let mut day = early;
        while day < late {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            if self.is_working_day(day) {
                count += 1;
            }
        }
        sign * count
    }

    fn tomorrow(&self, day: Date) -> Result<Date, CalendarError> {
        let next = day.tomorrow().map_err(|_| CalendarError::OutOfRange)?;
        self.require_year(next)?;
        Ok(next)
    }

    fn require_year(&self, day: Date) -> Result<(), CalendarError> {
        if self.national_years.contains(&day.year()) {
            Ok(())
        } else {
            Err(CalendarError::YearMissing { year: day.year() })
        }
    }
}

#[cfg(test)]
mod tests;
