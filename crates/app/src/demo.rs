//! 演示: the demonstration date. Everything here answers 404 unless the server was started with `--demo`.

use domain::calendar::{Date, WorkingDays};
use domain::org::Role;
use jiff::ToSpan;
use jiff_sqlx::ToSqlx;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::Entry;
use crate::{App, AppError, outbox, timers};

mod afterwards;
mod allocation;
mod attachments;
mod bastion;
mod copies;
mod engines;
mod form;
mod history;
mod inhabitants;
mod opening;
mod play;
mod route;
mod scaling;
mod seed;
mod services;
mod steps;
mod tables;
mod timetable;

pub use opening::{Opened, is_demo_city, lay_out, open};

/// 演示日期.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Day {
    #[schema(value_type = String, format = "date")]
    pub today: Date,
}

domain::terms! {
    /// How far to move.
    pub enum Step {
        Day = "day", "下一天", "next day";
        FiveWorkingDays = "five_working_days", "五个工作日", "five working days";
        NextDue = "next_due", "下一个到期日", "next due date";
    }
}

/// 推进.
#[derive(Clone, Copy, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    pub advance: Step,
}

/// Where the date stands after moving, and what fell due on the way.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Moved {
    #[schema(value_type = String, format = "date")]
    pub today: Date,
    pub done: Vec<String>,
}

/// Most days one move may take: a year and a leap day.
const FURTHEST_DAYS: i64 = 366;

fn demo_only(app: &App) -> Result<(), AppError> {
    if app.options.demo { Ok(()) } else { Err(AppError::NotFound) }
}

/// The date now.
pub fn day(app: &App) -> Result<Day, AppError> {
    demo_only(app)?;
    Ok(Day { today: app.clock.today() })
}

/// Moves the date day by day, running on each day what falls due.
pub async fn advance(app: &App, actor: &Actor, meta: &Meta, step: Advance) -> Result<Moved, AppError> {
    demo_only(app)?;
    let from = app.clock.today();
    let to = destination(app, from, step.advance).await?;
    let mut done = Vec::new();
    let mut today = from;
    while today < to {
        today = today.saturating_add(1.day());
        done.extend(begin_day(app, actor, meta, today).await?);
    }
    Ok(Moved { today, done })
}

/// A new day: the date, and what falls due on it.
async fn begin_day(app: &App, actor: &Actor, meta: &Meta, today: Date) -> Result<Vec<String>, AppError> {
    set(app, actor, meta, today).await?;
    let mut done = timers::run(app).await?;
    for due in store::task::due_on(&app.store.pool, today.to_sqlx()).await? {
        let who = due.role.parse::<Role>().map_or("", Role::zh);
        let what = domain::duty::kind_zh(&due.kind);
        done.push(format!("{today} 到期:{} {}「{what}」({who})", due.number, due.system_name));
    }
    // What the timers asked of an engine is done the same day, so that the next day finds it done.
    outbox::drain(app).await?;
    Ok(done)
}

async fn destination(app: &App, from: Date, step: Step) -> Result<Date, AppError> {
    let tomorrow = from.saturating_add(1.day());
    Ok(match step {
        Step::Day => tomorrow,
        Step::FiveWorkingDays => app.calendar().add(from, WorkingDays(5))?,
        Step::NextDue => {
            let due = store::task::earliest_open_due(&app.store.pool, from.to_sqlx()).await?.map(|day| day.to_jiff());
            let period = timers::next_period_end(app, from).await?;
            let year = timers::next_year_mark(app, from).await?;
            let allocation = timers::next_allocation_end(app, from).await?;
            let next = [due, period, year, allocation].into_iter().flatten().min().unwrap_or(tomorrow);
            next.min(from.saturating_add(FURTHEST_DAYS.days()))
        }
    })
}

/// Sets the date, with its entry; never backwards through the page.
async fn set(app: &App, actor: &Actor, meta: &Meta, today: Date) -> Result<(), AppError> {
    app.clock.set(today);
    let meta = Meta { idempotency: None, ..meta.clone() };
    let mut unit = app.begin(actor, &meta).await?;
    store::demo::set(&mut unit.tx, today.to_sqlx()).await?;
    unit.audit(Entry {
        action: Action::DemoMoveClock.code(),
        object: ("demo_clock", today.to_string()),
        case: None,
        clause: None,
        summary: format!("演示日期推进到 {today}"),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await
}
