//! The only place that reads the time.
//!
//! The city's day is Asia/Shanghai. Served with `--demo`, the day is a stored demonstration date that
//! the page moves forward; the hour stays the real one. Tests set the day.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::sync::{Arc, RwLock};

/// A set day, and its time of day where that is set too; `None` is the real clock.
type SetDay = Option<(Date, Option<Time>)>;

/// 时钟. Cloning shares the same set day.
#[derive(Clone)]
pub struct Clock {
    zone: TimeZone,
    /// The day of the demonstration or of a test.
    set_day: Arc<RwLock<SetDay>>,
    /// What a test let pass besides the real time.
    passed: Arc<RwLock<SignedDuration>>,
}

impl Clock {
    /// The machine's clock in the city's zone (中国没有夏令时: a fixed offset is exact).
    pub fn real() -> Self {
        Self { zone: TimeZone::fixed(jiff::tz::offset(8)), set_day: Arc::default(), passed: Arc::default() }
    }

    /// The real clock; in a debug build, standing at the day of `LIYUN_TODAY` where that is set, so that a test may
    /// give a process of its own the day of its story.
    pub fn of_process() -> Self {
        let clock = Self::real();
        if cfg!(debug_assertions)
            && let Some(day) = std::env::var("LIYUN_TODAY").ok().and_then(|day| day.parse().ok())
        {
            clock.set(day);
        }
        clock
    }

    /// A clock whose day stands still until it is set again.
    pub fn standing_at(day: Date) -> Self {
        let clock = Self::real();
        clock.set(day);
        clock
    }

    /// Moves the day of a demonstration or test clock.
    pub fn set(&self, day: Date) {
        *self.set_day.write().expect("no holder of this lock can panic") = Some((day, None));
    }

    /// Stands still at a moment: the demonstration's history is told in office hours.
    pub(crate) fn stand_at(&self, day: Date, time: Time) {
        *self.set_day.write().expect("no holder of this lock can panic") = Some((day, Some(time)));
    }

    /// True where the day was set by hand.
    pub fn is_set(&self) -> bool {
        self.set_day.read().expect("no holder of this lock can panic").is_some()
    }

    /// The instant now; under a set day, that day at the real time of day.
    pub fn now(&self) -> Timestamp {
        let real = Timestamp::now();
        match *self.set_day.read().expect("no holder of this lock can panic") {
            None => real,
            Some((day, time)) => {
                let time = time.unwrap_or_else(|| real.to_zoned(self.zone.clone()).time());
                day.to_datetime(time).to_zoned(self.zone.clone()).map_or(real, |zoned| zoned.timestamp())
            }
        }
    }

    /// The real instant, whatever day is set: sessions, lock-outs and one-time codes live in real minutes, and moving
    /// the demonstration by a year must sign nobody out.
    pub fn instant(&self) -> Timestamp {
        let passed = *self.passed.read().expect("no holder of this lock can panic");
        Timestamp::now().checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Lets real time pass, for tests of what runs out.
    pub fn let_pass(&self, time: SignedDuration) {
        *self.passed.write().expect("no holder of this lock can panic") += time;
    }

    /// The city's day of an instant.
    pub fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// `2026-01-05 09:30`: an instant as the city's clocks show it.
    pub fn minute_of(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// What the city's clocks show at an instant.
    pub fn civil_of(&self, at: Timestamp) -> jiff::civil::DateTime {
        at.to_zoned(self.zone.clone()).datetime()
    }

    /// The instant the city's clocks show this.
    pub fn instant_of(&self, at: jiff::civil::DateTime) -> Timestamp {
        at.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    /// The instant a day of the city begins.
    pub fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    /// Today in the city.
    pub fn today(&self) -> Date {
        self.now().to_zoned(self.zone.clone()).date()
    }
}
