//! 演示城市的历史: every case's steps and every plan's, day by day, each taken by the person whose it is.
//!
//! On each day first what falls due by itself, then the offices' steps in office hours. Engines work at once.

use domain::calendar::Date;
use jiff::ToSpan;
use jiff::civil::{Time, time};
use rand::Rng;

use super::play::Play;
use super::route::Step;
use super::tables::City;
use super::timetable::{Pace, Timetable, luck, timetable};
use crate::{App, AppError, outbox, timers};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A step of the case in this line of the table.
    Case(usize, Step),
    /// A step of the plan in this line of the table.
    Plan(usize, PlanStep),
}

/// Steps of a usage plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlanStep {
    Draw,
    Report,
    Enter,
    Verify,
}

/// Days of all cases, in the order of the table.
pub(super) fn timetables(app: &App, city: &City, (from, seed): (Date, u64)) -> Result<Vec<Timetable>, AppError> {
    let calendar = app.calendar();
    let pace = Pace { calendar: &calendar, limits: &app.regulation.limits, plans: &city.plans, from, seed };
    city.cases.iter().map(|case| timetable(&pace, case).map_err(AppError::fault)).collect()
}

/// Lives through the days from `from` up to, not including, `to`.
pub(super) async fn live(app: &App, play: &mut Play<'_>, (from, to): (Date, Date), seed: u64) -> Result<(), AppError> {
    let mut day = from;
    while day < to {
        app.clock.stand_at(day, time(8, 0, 0, 0));
        timers::run(app).await?;
        outbox::drain(app).await?;
        play.fulfil_all().await?;
        play.report_reclaimed().await?;
        let events = on_day(play, day);
        for (event, at) in events.iter().zip(office_hours(day, events.len(), seed)) {
            app.clock.stand_at(day, at);
            play.play(*event).await.map_err(|error| blamed(play, *event, day, &error))?;
        }
        day = day.saturating_add(1.day());
    }
    Ok(())
}

/// The day's events: plans first, then the cases' steps, the first steps of all before the second ones.
fn on_day(play: &Play<'_>, day: Date) -> Vec<Event> {
    let mut events: Vec<(usize, Event)> = Vec::new();
    for (index, plan) in play.city.plans.iter().enumerate() {
        let days = [
            (Some(plan.add), PlanStep::Draw),
            (plan.report, PlanStep::Report),
            (plan.enter, PlanStep::Enter),
            (plan.verify, PlanStep::Verify),
        ];
        events.extend(days.iter().filter(|(on, _)| *on == Some(day)).map(|(_, step)| (0, Event::Plan(index, *step))));
    }
    for (index, days) in play.timetables.iter().enumerate() {
        let steps = days.steps.iter().filter(|(on, _)| *on == day);
        events.extend(steps.enumerate().map(|(order, (_, step))| (order + 1, Event::Case(index, *step))));
    }
    events.sort_by_key(|(order, _)| *order);
    events.into_iter().map(|(_, event)| event).collect()
}

/// So many moments of a working day, in order: between nine and half past five, not at noon.
fn office_hours(day: Date, count: usize, seed: u64) -> Vec<Time> {
    let mut luck = luck(seed, &day.to_string());
    let mut seconds: Vec<i32> = (0..count).map(|_| luck.random_range(0..23_400)).collect();
    seconds.sort_unstable();
    let at = |second: i32| if second < 10_800 { 32_400 + second } else { 50_400 + (second - 10_800) };
    seconds.into_iter().map(|second| time(0, 0, 0, 0).saturating_add(i64::from(at(second)).seconds())).collect()
}

/// A step that fails is a fault of the tables: says which.
fn blamed(play: &Play<'_>, event: Event, day: Date, error: &AppError) -> AppError {
    let whose = match event {
        Event::Case(index, _) => &play.city.cases[index].key,
        Event::Plan(index, _) => &play.city.plans[index].key,
    };
    let words = match error {
        AppError::Invalid(findings) => format!("{findings:?}"),
        AppError::Refused(reason) | AppError::Forbidden(reason) | AppError::BadRequest(reason) => reason.zh.clone(),
        AppError::Fault(cause) | AppError::Unavailable(cause) => format!("{cause:#}"),
        other => other.to_string(),
    };
    AppError::fault(format!("{day} {whose} {event:?}: {words}"))
}
