//! The program `liyun`: reads the command line and hands over.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod commands;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    begin_log();
    match commands::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("liyun: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The log goes to stderr: text on a terminal, JSON lines elsewhere. `RUST_LOG` chooses what is said.
fn begin_log() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.compact().init();
    } else {
        log.json().flatten_event(true).init();
    }
}
