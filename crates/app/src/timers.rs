//! 定时任务: what falls due by itself. Idempotent and without input, so running it twice changes nothing.

use domain::calendar::Date;

use crate::{App, AppError};

/// Runs everything that is due today; answers what was done, in words.
pub async fn run(app: &App) -> Result<Vec<String>, AppError> {
    crate::trial::run_timer(app).await
}

/// First day after `from` on which a trial's period will have ended and its action can be taken.
pub async fn next_period_end(app: &App, from: Date) -> Result<Option<Date>, AppError> {
    let Some(until) = store::stage::earliest_period_end(&app.store.pool).await? else { return Ok(None) };
    let period = domain::trial::Period { delivered_on: from, until: until.to_jiff(), extensions: 0 };
    let day = domain::trial::action_day(&period, &app.calendar())?;
    Ok(Some(day).filter(|day| *day > from))
}

/// Whether anything is due on the real clock: the server's ticker asks once a minute.
pub async fn tick(app: &App) {
    match run(app).await {
        Ok(done) if !done.is_empty() => tracing::info!(count = done.len(), "timers ran"),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "timers failed, to be tried again"),
    }
}
