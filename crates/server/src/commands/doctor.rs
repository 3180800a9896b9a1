//! `liyun doctor`: what works here, what is missing, and the command that mends it.

use std::process::ExitCode;

use app::doctor::{self, Condition};

use crate::cli::Common;

/// Exit code 1 where something needed is missing; what is only for tests or one driver does not count.
pub fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let checks = super::runtime()?.block_on(doctor::examine(&config));
    if common.json {
        super::line(&serde_json::to_string_pretty(&checks)?)?;
    } else {
        for check in &checks {
            let mark = match check.condition {
                Condition::Good => "✓",
                Condition::Optional => "–",
                Condition::Missing => "✗",
            };
            super::line(&format!("{mark} {}：{}", check.name, check.found))?;
            if let Some(mend) = &check.mend {
                super::line(&format!("    → {mend}"))?;
            }
        }
    }
    let sound = checks.iter().all(|check| check.condition != Condition::Missing);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
