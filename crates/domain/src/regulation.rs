//! 办法的数据: one city's regulation as data, embedded in the program and parsed once.
//!
//! Another city is another folder beside `regulations/guilin`. Parsing is pure; a fault in the
//! shipped files is a fault of the build and is caught by this room's tests.

use std::sync::OnceLock;

use crate::calendar::{Calendar, DaySource, parse_csv};
use crate::limits::Limits;

/// The shipped files, as text.
pub const GUILIN_LIMITS: &str = include_str!("../../../regulations/guilin/limits.toml");
pub const GUILIN_NATIONAL_DAYS: &str =
    include_str!("../../../regulations/guilin/calendars/national.csv");
pub const GUILIN_LOCAL_DAYS: &str =
    include_str!("../../../regulations/guilin/calendars/guangxi.csv");

/// 一个城市的办法数据.
#[derive(Clone, Debug)]
pub struct Regulation {
    pub limits: Limits,
    /// The calendar as shipped; imported years and exceptions are kept in the database.
    pub calendar: Calendar,
}

impl Regulation {
    /// 桂林, as shipped with the program.
    pub fn guilin() -> &'static Self {
        static GUILIN: OnceLock<Regulation> = OnceLock::new();
        GUILIN.get_or_init(|| Self {
            limits: Limits::parse(GUILIN_LIMITS)
                .expect("the shipped limits file is well-formed; see the tests"),
            calendar: guilin_calendar(),
        })
    }
}

fn guilin_calendar() -> Calendar {
    let national = parse_csv(GUILIN_NATIONAL_DAYS, DaySource::National)
        .expect("the shipped national calendar is well-formed");
    let local = parse_csv(GUILIN_LOCAL_DAYS, DaySource::Local)
        .expect("the shipped Guangxi calendar is well-formed");
    Calendar::new("guilin-2026", national.into_iter().chain(local))
        .expect("the shipped calendars agree")
}
