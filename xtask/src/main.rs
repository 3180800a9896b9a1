//! `cargo xtask tidy`: checks of the repository itself. The same checks run as tests of this crate.

use std::process::ExitCode;

mod tidy;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => report(),
        _ => {
            eprintln!("cargo xtask tidy");
            ExitCode::from(2)
        }
    }
}

/// Prints every fault; exit code 1 where there is one.
fn report() -> ExitCode {
    let tree = match tidy::Tree::read() {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            return ExitCode::from(2);
        }
    };
    let faults: Vec<String> = tidy::CHECKS.iter().flat_map(|(_, check)| check(&tree)).collect();
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
