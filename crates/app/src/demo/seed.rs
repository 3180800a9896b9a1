//! 布置演示城市: the three officers, organisations, people, engines, and then a year of history.
//!
//! All of it by the commands a person would give: what the city holds, its audit log tells.

use std::collections::BTreeSet;

use domain::calendar::Date;
use jiff::civil::{date, time};
use jiff_sqlx::ToSqlx;

use super::inhabitants::{self, Inhabitants};
use super::play::Play;
use super::{engines, history, tables};
use crate::actor::{Actor, Meta};
use crate::mechanism::Entry;
use crate::{App, AppError};

/// First day of the history.
const FROM: Date = date(2025, 1, 2);
/// The day the demonstration begins on: a Monday.
pub(super) const TODAY: Date = date(2026, 3, 2);
/// Another number is another city of the same people.
const SEED: u64 = 541_000;

/// Lays the city out; answers its day.
pub(super) async fn seed(app: &App) -> Result<Date, AppError> {
    let city = tables::read()?;
    app.clock.stand_at(FROM, time(8, 0, 0, 0));
    begin(app).await?;
    let Inhabitants { seats, people } = inhabitants::enter(app, &city, SEED).await?;
    let engines = engines::enter(app).await?;
    let timetables = history::timetables(app, &city, (FROM, SEED))?;
    let mut play = Play {
        app,
        seed: SEED,
        seats,
        people,
        cases: vec![None; city.cases.len()],
        after: city.cases.iter().map(|case| vec![None; case.then.len()]).collect(),
        plans: vec![None; city.plans.len()],
        timetables,
        engines,
        at_work: BTreeSet::new(),
        meta: Meta::default(),
        city: &city,
    };
    history::live(app, &mut play, (FROM, TODAY), SEED).await?;
    engines::differ(app, play.engines.simulated).await?;
    // From here on the city is complete, and its day moves as it does in the page.
    super::begin_day(app, &Actor::system("演示"), &Meta::default(), TODAY).await?;
    play.play_bastion().await?;
    play.play_scaling().await?;
    play.play_copies().await?;
    Ok(TODAY)
}

/// Marks that a city is being laid out.
async fn begin(app: &App) -> Result<(), AppError> {
    let (actor, meta) = (Actor::system("演示"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    store::demo::begin(&mut unit.tx, FROM.to_sqlx()).await?;
    unit.audit(Entry {
        action: "demo.begin",
        object: ("demo_clock", FROM.to_string()),
        case: None,
        clause: None,
        summary: "开始布置演示城市:以下单位、人员和办件均为虚构".to_owned(),
        before: None,
        after: None,
    })
    .await?;
    unit.commit(()).await
}
