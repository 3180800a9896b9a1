//! 断点: where tests kill the process. Compiled only into debug builds; a released program has none.
//!
//! `LIYUN_FAULT_AFTER_STEP=n` aborts the process at its n-th boundary. A step has three: recorded as begun, done in
//! the cloud and not recorded, recorded as done. An operation's end has two: before and after its commit.

/// Counts a boundary and ends the process at the one asked for.
#[cfg(debug_assertions)]
pub(super) fn boundary() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static ASKED: OnceLock<Option<u32>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let asked = ASKED.get_or_init(|| std::env::var("LIYUN_FAULT_AFTER_STEP").ok()?.parse().ok());
    if *asked == Some(PASSED.fetch_add(1, Ordering::SeqCst) + 1) {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(super) fn boundary() {}
