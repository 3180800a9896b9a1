//! 演示办件的日程: on which day each step of a case is taken. Pure: the same data gives the same days.
//!
//! A line says by when a case got where it stops; the day it began is found by trying later days first. Waiting for
//! a plan and the length of a trial are the regulation's, the rest is the pace of offices.

use domain::calendar::{Calendar, Date, WorkingDays};
use domain::limits::Limits;
use jiff::ToSpan;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::route::{self, Request, Step};
use super::tables::{Afterwards, CaseLine, PlanLine};

/// What the days depend on, besides the case.
pub(super) struct Pace<'a> {
    pub calendar: &'a Calendar,
    pub limits: &'a Limits,
    pub plans: &'a [PlanLine],
    /// First day of the history.
    pub from: Date,
    pub seed: u64,
}

/// The days of one case.
pub(super) struct Timetable {
    pub steps: Vec<(Date, Step)>,
    /// 测试期.
    pub trial_days: u16,
    /// Its last day, as first set.
    trial_until: Date,
    /// Plan the case was listed in: index in the table.
    pub plan: Option<usize>,
}

/// Days of the case, or in words what does not fit.
pub(super) fn timetable(pace: &Pace<'_>, case: &CaseLine) -> Result<Timetable, String> {
    let fault = |what: &str| format!("{}: {what}", case.key);
    let steps = route::head(case).ok_or_else(|| fault("no such state"))?;
    let mut start = case.on;
    let arrives = |start: Date, funds: u16| {
        let days = Walk::new(pace, case, start, funds)?.along(&steps)?;
        days.steps.last().filter(|(day, _)| *day <= case.on).map(|(day, _)| *day).map(|last| (days, last))
    };
    let (mut found, last) = loop {
        if start < pace.from {
            return Err(fault("does not get there in the time there is"));
        }
        match arrives(start, 0) {
            Some(found) => break found,
            None => start = start.saturating_sub(1.day()),
        }
    };
    // Plans come once a month; what is left until the day of the line was waiting for funds.
    // And a case to be found in its trial must not run out of it the next morning.
    let in_trial = matches!(case.until.as_str(), "trial" | "reported" | "passed" | "failed" | "extension_asked");
    let lasts = |days: &Timetable| !in_trial || days.trial_until >= case.on.saturating_add(5.days());
    let spare = u16::try_from(pace.calendar.working_days_between(last, case.on)).unwrap_or(0);
    let later = (1..=spare).rev().filter_map(|funds| arrives(start, funds)).map(|(days, _)| days).find(lasts);
    found = later.unwrap_or(found);
    if !lasts(&found) {
        return Err(fault("would be out of its trial by then"));
    }
    for (index, request) in case.then.iter().enumerate() {
        let steps = route::after(index, request).ok_or_else(|| fault("no such end"))?;
        let days = backwards(pace, case, request, &steps);
        let before = found.steps.last().map(|(day, _)| *day);
        if days.first().map(|(day, _)| *day) < before {
            return Err(fault("what came after came before"));
        }
        found.steps.extend(days);
    }
    Ok(found)
}

/// Random numbers of one case alone, so that a new line changes no other.
pub(super) fn luck(seed: u64, key: &str) -> ChaCha8Rng {
    let own = key.bytes().fold(seed, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    ChaCha8Rng::seed_from_u64(own)
}

/// A case on its way from a first day.
struct Walk<'a> {
    pace: &'a Pace<'a>,
    case: &'a CaseLine,
    luck: ChaCha8Rng,
    day: Date,
    delivered: Date,
    trial_days: u16,
    /// Last day of the trial.
    until: Date,
    plan: Option<usize>,
    /// Working days the funds kept waiting.
    funds: u16,
}

impl<'a> Walk<'a> {
    fn new(pace: &'a Pace<'a>, case: &'a CaseLine, start: Date, funds: u16) -> Option<Self> {
        pace.calendar.is_working_day(start).then(|| {
            let mut luck = luck(pace.seed, &case.key);
            let trial_days = if case.has("quick") { 10 } else { luck.random_range(10..=15) };
            Self { pace, case, luck, day: start, delivered: start, trial_days, until: start, plan: None, funds }
        })
    }

    fn along(mut self, steps: &[Step]) -> Option<Timetable> {
        let mut days = Vec::with_capacity(steps.len());
        let mut heard = self.day;
        for step in steps {
            if let Step::Opinion(_) = step {
                // Departments work side by side: each counts from the acceptance.
                let wait = self.wait(*step);
                let given = self.later(self.day, wait)?;
                heard = heard.max(given);
                days.push((given, *step));
                continue;
            }
            if matches!(step, Step::Conclude) {
                self.day = self.day.max(heard);
            }
            self.day = self.next(*step)?;
            days.push((self.day, *step));
        }
        days.sort_by_key(|(day, _)| *day);
        Some(Timetable { steps: days, trial_days: self.trial_days, trial_until: self.until, plan: self.plan })
    }

    /// Day of the step, given the day of the one before.
    fn next(&mut self, step: Step) -> Option<Date> {
        let calendar = self.pace.calendar;
        match step {
            Step::Listed => {
                let fits = |plan: &PlanLine| plan.mode == self.case.mode && plan.add > self.day;
                let index = self.pace.plans.iter().position(fits)?;
                self.plan = Some(index);
                Some(self.pace.plans[index].add)
            }
            Step::Ratified => self.pace.plans[self.plan?].verify,
            Step::Activated | Step::Expired => {
                calendar.first_working_day_on_or_after(self.until.saturating_add(1.day())).ok()
            }
            _ => {
                let wait = self.wait(step) + if step == Step::Fund { self.funds } else { 0 };
                let day = self.later(self.day, wait)?;
                match step {
                    Step::Deliver => {
                        self.delivered = day;
                        self.until = day.saturating_add(i64::from(self.trial_days).days());
                    }
                    Step::GrantExtension => self.until = self.until.max(day).saturating_add(10.days()),
                    // The report must be in and approved before the period is over.
                    Step::ApproveReport if day > self.until => return None,
                    _ => {}
                }
                Some(day)
            }
        }
    }

    fn later(&self, day: Date, working_days: u16) -> Option<Date> {
        self.pace.calendar.add(day, WorkingDays(working_days)).ok()
    }

    /// Working days an office takes for the step; a `late_…` twist passes the limit.
    fn wait(&mut self, step: Step) -> u16 {
        let limits = self.pace.limits;
        let late = match step {
            Step::Accept | Step::Decline if self.case.has("late_accept") => Some(limits.acceptance.value.0),
            Step::Opinion(department) if self.case.has("late_opinion") => {
                (department == domain::application::review::Department::Finance).then_some(limits.opinion.value.0)
            }
            Step::Confirm if self.case.has("late_confirm") => Some(limits.confirmation.value.0),
            _ => None,
        };
        if let Some(limit) = late {
            return limit + self.luck.random_range(2..=3);
        }
        let (from, to) = match step {
            Step::Create => (0, 0),
            Step::Submit | Step::Acknowledge | Step::Deliver => (0, 1),
            Step::Listed | Step::Ratified | Step::Activated | Step::Expired => (0, 0),
            Step::UnitReturn | Step::UnitApprove | Step::Sign | Step::Open | Step::GrantExtension => (1, 1),
            Step::Opinion(_) => (1, 3),
            Step::Consolidate | Step::Supplement | Step::Fund | Step::RequestExtension => (2, 4),
            Step::Contract => (3, 6),
            Step::Report | Step::ReportFailure => (2, 4),
            _ => (1, 3),
        };
        if self.case.has("quick") { from.min(1) } else { self.luck.random_range(from..=to) }
    }
}

/// What came after is counted back from the day it got where it stops.
fn backwards(pace: &Pace<'_>, case: &CaseLine, request: &Afterwards, steps: &[Step]) -> Vec<(Date, Step)> {
    let mut luck = luck(pace.seed, &format!("{}{:?}", case.key, request));
    let mut day = request.on;
    while !pace.calendar.is_working_day(day) {
        day = day.saturating_sub(1.day());
    }
    let mut days = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        days.push((day, *step));
        let wait = match step {
            Step::After(_, Request::Submit | Request::Certify) => luck.random_range(0..=1),
            _ => luck.random_range(1..=3),
        };
        day = earlier(pace.calendar, day, wait);
    }
    days.reverse();
    days
}

fn earlier(calendar: &Calendar, from: Date, working_days: u16) -> Date {
    let (mut day, mut left) = (from, working_days);
    while left > 0 {
        day = day.saturating_sub(1.day());
        if calendar.is_working_day(day) {
            left -= 1;
        }
    }
    day
}
