//! One contract for every driver: the same cases against simulated, work order, a real libvirt and a real OpenStack.
//!
//! Its own runner, because a driver that cannot run here must be seen: without a usable libvirt it prints
//! `SKIPPED libvirt: reason`, and fails when `LIYUN_REQUIRE_LIBVIRT=1`; the same for OpenStack, which is found by
//! `LIYUN_OPENSTACK` (see `testcloud::account`) and required by `LIYUN_REQUIRE_OPENSTACK=1`. Arguments filter by `driver::case`.
//! To a runner that lists tests first it is one test, `contract`.
#![allow(clippy::print_stdout, reason = "its own harness: what ran and what was skipped is said aloud")]

mod as_approved;
mod bench;
mod cases;
mod copies;
mod dedicated;
mod erasing;
mod measure;
mod real_cloud;
mod real_guest;
mod stray;

use std::process::ExitCode;
use std::time::Instant;

use bench::Bench;
use testcloud::account;
use tokio::task::JoinSet;

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
        run.against_openstack().await;
        println!("\ncontract: {} passed, {} failed", run.passed, run.failed.len());
        run.failed
    });
    for name in &failed {
        println!("FAILED {name}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A booting guest mostly waits, so several boot at once; each case has servers and networks of its own.
const AT_ONCE: usize = 3;

struct Ended {
    name: String,
    ok: bool,
}

/// A case fails by panicking, as any test.
async fn timed(name: String, case: cases::Case) -> Ended {
    let begun = Instant::now();
    let ok = tokio::spawn(case).await.is_ok();
    println!("{name} ... {} ({:.1} s)", if ok { "ok" } else { "FAILED" }, begun.elapsed().as_secs_f32());
    Ended { name, ok }
}

struct Run {
    filters: Vec<String>,
    passed: usize,
    failed: Vec<String>,
}

impl Run {
    async fn against(&mut self, bench: &Bench) {
        for (name, case) in cases::ALL.iter().chain(copies::ALL) {
            self.one(bench, name, case(bench)).await;
        }
    }

    async fn against_libvirt(&mut self) {
        if !self.wants("libvirt") {
            return;
        }
        let bench = Bench::libvirt();
        let health = bench.driver().health().await;
        if !health.ok {
            return self.skip("libvirt", "LIYUN_REQUIRE_LIBVIRT", &health.summary());
        }
        self.several_at_once(&bench, real_guest::ALL).await;
        for (name, case) in real_guest::ALONE {
            self.one(&bench, name, case(&bench)).await;
        }
        bench.take_down().await;
    }

    async fn against_openstack(&mut self) {
        if !self.wants("openstack") {
            return;
        }
        if let Err(why) = account::settings() {
            return self.skip("openstack", "LIYUN_REQUIRE_OPENSTACK", &why);
        }
        let bench = Bench::openstack();
        let health = bench.driver().health().await;
        if !health.ok {
            return self.skip("openstack", "LIYUN_REQUIRE_OPENSTACK", &health.summary());
        }
        let own = [real_cloud::ALL, as_approved::ALL, dedicated::ALL, erasing::ALL].concat();
        self.several_at_once(&bench, &own).await;
        if self.filters.iter().any(|filter| filter.contains("measure")) {
            for (name, measure) in measure::ALL {
                self.one(&bench, name, measure(&bench)).await;
            }
        }
    }

    fn wants(&self, driver: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.contains(driver))
    }

    fn skip(&mut self, driver: &str, required_by: &str, why: &str) {
        eprintln!("SKIPPED {driver}: {why}");
        if std::env::var(required_by).as_deref() == Ok("1") {
            self.failed.push(format!("{driver} is required here: {why}"));
        }
    }

    async fn several_at_once(&mut self, bench: &Bench, own: &[cases::Named]) {
        let mut running = JoinSet::new();
        for (name, case) in cases::ALL.iter().chain(copies::ALL).chain(own) {
            let name = format!("{}::{name}", bench.name());
            if !self.wanted(&name) {
                continue;
            }
            if running.len() == AT_ONCE {
                self.note(running.join_next().await);
            }
            running.spawn(timed(name, case(bench)));
        }
        while !running.is_empty() {
            self.note(running.join_next().await);
        }
    }

    fn wanted(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter))
    }

    async fn one(&mut self, bench: &Bench, name: &str, case: cases::Case) {
        let name = format!("{}::{name}", bench.name());
        if self.wanted(&name) {
            let ended = tokio::spawn(timed(name, case)).await;
            self.note(Some(ended));
        }
    }

    fn note(&mut self, ended: Option<Result<Ended, tokio::task::JoinError>>) {
        match ended.expect("a case was running").expect("cases are caught one by one") {
            Ended { ok: true, .. } => self.passed += 1,
            Ended { name, .. } => self.failed.push(name),
        }
    }
}
