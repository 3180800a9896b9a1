//! `liyun audit verify`: the chain of entries computed again from what stands in the database. Reads only.

use std::process::ExitCode;

use app::App;
use app::audit::{self, Range, Verification};
use app::boot::{self, Database};

use crate::cli::{Bound, Common};

/// Exit code 1 where an entry does not hold; the first such entry is named.
pub fn verify(common: &Common, from: Option<Bound>, to: Option<Bound>) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let database = Database::open_or_join(&config)?;
    let checked = super::runtime()?.block_on(async {
        let app = boot::start(&config, &database).await?;
        let Some(range) = range(&app, from, to).await? else { return anyhow::Ok(nothing()) };
        anyhow::Ok(audit::verify_as_operator(&app, range).await?)
    });
    database.close();
    let checked = checked?;
    let words = match (&checked.why_zh, checked.entry_id) {
        (None, _) => format!("日志链一致,已校验 {} 条", checked.checked),
        (Some(why), Some(entry)) => format!("日志链不一致:{why};条目 {entry}"),
        (Some(why), None) => format!("日志链不一致:{why}"),
    };
    super::print(common.json, &words, &serde_json::to_value(&checked)?)?;
    Ok(if checked.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Positions as given, days as the positions of their entries; `None` where those days have none.
async fn range(app: &App, from: Option<Bound>, to: Option<Bound>) -> anyhow::Result<Option<Range>> {
    let day = |bound| if let Some(Bound::Day(day)) = bound { Some(day) } else { None };
    let position = |bound| if let Some(Bound::Position(position)) = bound { Some(position) } else { None };
    let mut range = Range { from: position(from), to: position(to) };
    if day(from).is_some() || day(to).is_some() {
        let Some(days) = audit::range_of_days(app, day(from), day(to)).await? else { return Ok(None) };
        range = Range { from: range.from.or(days.from), to: range.to.or(days.to) };
    }
    Ok(Some(range))
}

fn nothing() -> Verification {
    Verification { ok: true, checked: 0, first_bad: None, entry_id: None, why_zh: None }
}
