//! Runs a command with one fast PostgreSQL for all its test processes: `with-postgres cargo nextest run`.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("with-postgres COMMAND [ARGUMENTS]");
        return ExitCode::from(2);
    };
    let (postgres, dir) = testkit::slot_for_run();
    let status = Command::new(program).args(arguments).env(testkit::SHARED_POSTGRES, &dir).status();
    postgres.stop();
    match status {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            eprintln!("with-postgres: {error}");
            ExitCode::from(127)
        }
    }
}
