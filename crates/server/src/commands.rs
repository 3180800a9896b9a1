//! The commands of the command line, one file each.

use std::io::Write;
use std::process::ExitCode;

use app::boot::Database;

use crate::cli::{Audit, Calendar, Charge, Cli, Command};

mod audit;
mod backup;
mod calendar;
mod charge;
mod doctor;
mod import;
mod refusal;
mod serve;

/// Carries out the command. An error is for stderr; a code other than success says "checked, and bad".
pub fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Serve(arguments) => serve::run(&cli.common, arguments),
        Command::Doctor => doctor::run(&cli.common),
        Command::Migrate => migrate(cli),
        Command::Calendar(Calendar::Due { from, working_days }) => calendar::due(&cli.common, *from, *working_days),
        Command::Charge(Charge::Compute { file }) => charge::compute(&cli.common, file),
        Command::Charge(Charge::Explain { id }) => charge::explain(&cli.common, *id),
        Command::Import(what) => import::run(&cli.common, what),
        Command::Audit(Audit::Verify { from, to }) => audit::verify(&cli.common, *from, *to),
        Command::Backup { file } => backup::backup(&cli.common, file),
        Command::Restore { file } => backup::restore(&cli.common, file),
        Command::Openapi => openapi(),
    }
}

fn migrate(cli: &Cli) -> anyhow::Result<ExitCode> {
    let database = Database::open_or_join(&cli.common.config(false)?)?;
    runtime()?.block_on(database.migrate())?;
    print(cli.common.json, "数据库结构已是最新", &serde_json::json!({ "schema": app::boot::schema_version() }))
}

fn openapi() -> anyhow::Result<ExitCode> {
    line(&serde_json::to_string_pretty(&server::router::openapi())?)?;
    Ok(ExitCode::SUCCESS)
}

/// The asynchronous runtime; made after the private database, which is started synchronously.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Prints the text, or the value as JSON.
fn print(json: bool, text: &str, value: &serde_json::Value) -> anyhow::Result<ExitCode> {
    if json {
        line(&serde_json::to_string_pretty(value)?)?
    } else {
        line(text)?
    }
    Ok(ExitCode::SUCCESS)
}

/// One line on stdout. A reader that went away (`| head`) ends us without a panic.
fn line(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
