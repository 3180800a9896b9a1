//! One contract for every driver: the same cases against simulated, work order and a real libvirt.
//!
//! Its own runner, because a driver that cannot run here must be seen: without a usable libvirt it prints
//! `SKIPPED libvirt: reason`, and fails when `LIYUN_REQUIRE_LIBVIRT=1`. `LIYUN_CONTRACT=whole` runs the long ones too. Arguments filter by `driver::case`. To a
//! runner that lists tests first it is one test, `contract`.
#![allow(clippy::print_stdout, reason = "its own harness: what ran and what was skipped is said aloud")]

mod bench;
mod cases;
mod real_guest;

use std::process::ExitCode;
use std::time::Instant;

use bench::Bench;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|word| word == "--list") {
        if !arguments.iter().any(|word| word == "--ignored") {
            println!("contract: test");
        }
        return ExitCode::SUCCESS;
    }
    let all = |word: &String| word.starts_with('-') || word == "contract";
    let filters: Vec<String> = arguments.into_iter().filter(|word| !all(word)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let failed = runtime.block_on(async {
        let mut run = Run { filters, passed: 0, failed: Vec::new() };
        run.against(&Bench::simulated()).await;
        run.against(&Bench::work_order()).await;
        run.against_libvirt().await;
        println!("\ncontract: {} passed, {} failed", run.passed, run.failed.len());
        run.failed
    });
    for name in &failed {
        println!("FAILED {name}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Boots a guest for every prefix of every plan. That the program comes to the same end after dying at each step of
/// a real guest is tested with the program itself, in `server`.
const LONG: &[&str] = &["from_any_prefix_a_new_process_comes_to_the_same_end"];

fn is_whole() -> bool {
    std::env::var("LIYUN_CONTRACT").as_deref() == Ok("whole")
}

struct Run {
    filters: Vec<String>,
    passed: usize,
    failed: Vec<String>,
}

impl Run {
    async fn against(&mut self, bench: &Bench) {
        for (name, case) in cases::ALL {
            self.one(bench, name, case(bench)).await;
        }
    }

    async fn against_libvirt(&mut self) {
        if !self.filters.is_empty() && !self.filters.iter().any(|filter| filter.contains("libvirt")) {
            return;
        }
        let bench = Bench::libvirt();
        let health = bench.driver().health().await;
        if !health.ok {
            eprintln!("SKIPPED libvirt: {}", health.summary());
            if std::env::var("LIYUN_REQUIRE_LIBVIRT").as_deref() == Ok("1") {
                self.failed.push(format!("libvirt is required here: {}", health.summary()));
            }
            return;
        }
        for (name, case) in cases::ALL.iter().chain(real_guest::ALL) {
            if LONG.contains(name) && self.filters.is_empty() && !is_whole() {
                eprintln!("SKIPPED libvirt::{name}: minutes of booting; LIYUN_CONTRACT=whole runs it");
                continue;
            }
            self.one(&bench, name, case(&bench)).await;
        }
        bench.take_down().await;
    }

    /// A case fails by panicking, as any test.
    async fn one(&mut self, bench: &Bench, name: &str, case: cases::Case) {
        let name = format!("{}::{name}", bench.name());
        if !self.filters.is_empty() && !self.filters.iter().any(|filter| name.contains(filter)) {
            return;
        }
        let begun = Instant::now();
        let ended = tokio::spawn(case).await;
        println!("{name} ... {} ({:.1} s)", if ended.is_ok() { "ok" } else { "FAILED" }, begun.elapsed().as_secs_f32());
        match ended {
            Ok(()) => self.passed += 1,
            Err(_) => self.failed.push(name),
        }
    }
}
