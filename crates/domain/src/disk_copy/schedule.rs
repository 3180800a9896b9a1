//! 备份计划 (backup schedule) of one server: all its disks are backed up every so many days at an hour, and of each disk so
//! many of these backups stay.
//!
//! 《办法》第三十一条“做好数据备份,建立数据恢复机制”. The oldest goes only when the new one is there, so room is needed for one
//! more than stays. What somebody orders by hand is counted apart and never removed by a schedule.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Date;
use crate::clause;

/// 间隔, the least and the most days (ours).
pub const EVERY_DAYS: (u8, u8) = (1, 31);
/// 时刻, the first and the last hour of a day.
pub const HOUR: (u8, u8) = (0, 23);
/// 保留份数, the fewest and the most (ours).
pub const KEEP: (u8, u8) = (1, 31);

/// 备份计划.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BackupSchedule)]
pub struct Schedule {
    /// 间隔, in days.
    pub every_days: u8,
    /// 时刻, the hour of the city's day.
    pub hour: u8,
    /// 保留份数 of each disk.
    pub keep: u8,
}

crate::refusals! {
    /// Why a schedule is not set.
    pub enum Refusal {
        OutOfBounds { field: &'static str, zh: &'static str, least: u8, most: u8 } = "backup_schedule.out_of_bounds", None, "{zh}须为 {least} 至 {most}", "{field} is from {least} to {most}";
        TooLittle { keep: u8, needed: u64, approved: u64 } = "backup_schedule.too_little", Some(clause::A10_3), "每块云盘保留 {keep} 份,轮换时多一份,共需 {needed} GB,超出核定的 {approved} GB;请减少份数,或先办理变更", "keeping {keep} of each disk and one more while they change takes {needed} GB of the approved {approved} GB";
    }
}

impl Schedule {
    /// The one that takes least room: where it may not be set, none may.
    pub const LEAST: Self = Self { every_days: EVERY_DAYS.0, hour: HOUR.0, keep: KEEP.0 };

    /// Refuses what is out of bounds, and what could never be kept within the approved capacity.
    pub fn check(self, disks_gib: u64, approved_gib: u64) -> Result<(), Refusal> {
        for (field, zh, value, (least, most)) in [
            ("every_days", "间隔天数", self.every_days, EVERY_DAYS),
            ("hour", "时刻", self.hour, HOUR),
            ("keep", "保留份数", self.keep, KEEP),
        ] {
            if value < least || value > most {
                return Err(Refusal::OutOfBounds { field, zh, least, most });
            }
        }
        let needed = disks_gib * (u64::from(self.keep) + 1);
        if needed > approved_gib {
            return Err(Refusal::TooLittle { keep: self.keep, needed, approved: approved_gib });
        }
        Ok(())
    }

    /// When it is due first: at its hour, today where that is still to come.
    pub fn first_due(self, now: DateTime) -> DateTime {
        let today = self.on(now.date());
        if today > now { today } else { self.on(now.date().tomorrow().unwrap_or(Date::MAX)) }
    }

    /// When it is due after the backups of `day`.
    pub fn next_due(self, day: Date) -> DateTime {
        let next = day.checked_add(jiff::Span::new().days(i64::from(self.every_days)));
        self.on(next.unwrap_or(Date::MAX))
    }

    fn on(self, day: Date) -> DateTime {
        day.at(i8::try_from(self.hour).unwrap_or(0), 0, 0, 0)
    }

    /// 中文, e.g. `每 1 天 02:00,每块云盘保留 7 份`.
    pub fn zh(self) -> String {
        let Self { every_days, hour, keep } = self;
        format!("每 {every_days} 天 {hour:02}:00,每块云盘保留 {keep} 份")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::refusal::Refuse;

    const DAILY: Schedule = Schedule { every_days: 1, hour: 2, keep: 7 };

    #[test]
    fn each_figure_has_its_bounds() {
        assert_eq!(DAILY.check(0, 0), Ok(()));
        for (schedule, field) in [
            (Schedule { every_days: 0, ..DAILY }, "every_days"),
            (Schedule { every_days: 32, ..DAILY }, "every_days"),
            (Schedule { hour: 24, ..DAILY }, "hour"),
            (Schedule { keep: 0, ..DAILY }, "keep"),
            (Schedule { keep: 32, ..DAILY }, "keep"),
        ] {
            let refusal = schedule.check(0, 0).unwrap_err();
            assert!(refusal.en().starts_with(field), "{refusal}");
        }
        for (every_days, hour, keep) in [(1, 0, 1), (31, 23, 31)] {
            assert_eq!(Schedule { every_days, hour, keep }.check(0, 0), Ok(()));
        }
    }

    #[test]
    fn a10_3_there_is_room_for_one_more_than_stays() {
        assert_eq!(DAILY.check(50, 400), Ok(()), "eight of 50 GB");
        let refusal = DAILY.check(50, 399).unwrap_err();
        assert_eq!(refusal, Refusal::TooLittle { keep: 7, needed: 400, approved: 399 });
        assert!(refusal.zh().contains("共需 400 GB"), "{}", refusal.zh());
    }

    #[test]
    fn it_is_due_at_its_hour_first_today_or_tomorrow_and_then_every_so_many_days() {
        let at = |day, hour, minute| date(2026, 3, day).at(hour, minute, 0, 0);
        assert_eq!(DAILY.first_due(at(2, 1, 59)), at(2, 2, 0));
        assert_eq!(DAILY.first_due(at(2, 2, 0)), at(3, 2, 0), "the hour has begun");
        assert_eq!(DAILY.next_due(date(2026, 3, 2)), at(3, 2, 0));
        let weekly = Schedule { every_days: 7, ..DAILY };
        assert_eq!(weekly.next_due(date(2026, 3, 30)), date(2026, 4, 6).at(2, 0, 0, 0));
        assert_eq!(weekly.first_due(at(31, 9, 0)), date(2026, 4, 1).at(2, 0, 0, 0));
    }
}
