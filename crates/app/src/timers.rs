//! 定时任务: what falls due by itself. Idempotent and without input, so running it twice changes nothing.

use domain::calendar::Date;
use jiff_sqlx::ToSqlx;

use crate::{App, AppError};

/// Runs everything that is due today; answers what was done, in words.
pub async fn run(app: &App) -> Result<Vec<String>, AppError> {
    // What a remainder no longer covers first: a case that opens today is not given what was over yesterday.
    let mut done = crate::allocation::run_timer(app).await?;
    done.extend(crate::trial::run_timer(app).await?);
    done.extend(crate::subscription::run_timer(app).await?);
    done.extend(crate::bastion_account::run_timer(app).await?);
    done.extend(crate::access_grant::run_timer(app).await?);
    done.extend(crate::disk_copy::run_timer(app).await?);
    done.extend(crate::disk_copy::schedule::run_timer(app).await?);
    Ok(done)
}

/// First day after `from` on which a trial's period will have ended and its action can be taken.
pub async fn next_period_end(app: &App, from: Date) -> Result<Option<Date>, AppError> {
    let Some(until) = store::stage::earliest_period_end(&app.store.pool).await? else { return Ok(None) };
    let period = domain::trial::Period { delivered_on: from, until: until.to_jiff(), extensions: 0 };
    // Past the published calendar nothing is computed; the page's other steps still move on.
    let day = domain::trial::action_day(&period, &app.calendar()).ok();
    Ok(day.filter(|day| *day > from))
}

/// First day after `from` on which a service is reminded of, or passes, the end of its year.
pub async fn next_year_mark(app: &App, from: Date) -> Result<Option<Date>, AppError> {
    let mut offsets: Vec<i32> =
        domain::subscription::reminders(&app.regulation.limits).iter().map(|days| -i32::from(*days)).collect();
    offsets.push(1);
    let next = store::service_year::next_mark(&app.store.pool, from.to_sqlx(), &offsets).await?;
    Ok(next.map(|day| day.to_jiff()))
}

/// First day after `from` on which an allocation has ended with its remainder.
pub async fn next_allocation_end(app: &App, from: Date) -> Result<Option<Date>, AppError> {
    let until = store::allocation::next_end(&app.store.pool, from.to_sqlx()).await?;
    Ok(until.and_then(|day| day.to_jiff().tomorrow().ok()))
}

/// Whether anything is due on the real clock: the server's ticker asks once a minute.
pub async fn tick(app: &App) {
    match run(app).await {
        Ok(done) if !done.is_empty() => tracing::info!(count = done.len(), "timers ran"),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "timers failed, to be tried again"),
    }
}
