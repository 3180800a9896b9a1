//! `liyun calendar due`: pure, from the shipped calendar; needs no database.

use std::process::ExitCode;

use domain::calendar::{Date, WorkingDays};
use domain::regulation::Regulation;

use crate::cli::Common;

/// The last day of `working_days` from `from`, the day of the act not counted.
pub fn due(common: &Common, from: Date, working_days: u16) -> anyhow::Result<ExitCode> {
    let calendar = &Regulation::guilin().calendar;
    let due = calendar.add(from, WorkingDays(working_days))?;
    let value = serde_json::json!({
        "from": from, "working_days": working_days, "due": due, "calendar_version": calendar.version(),
    });
    super::print(common.json, &due.to_string(), &value)
}
