//! 使用率 (usage): how busy a server is, in whole percent of what it has. A measurement; what follows from it is
//! `scaling`'s to say.

use serde::{Deserialize, Serialize};

use crate::ids::ResourceId;

crate::terms! {
    /// 指标.
    pub enum Metric {
        Cpu = "cpu", "CPU 使用率", "CPU use";
        Memory = "memory", "内存使用率", "memory use";
    }
}

/// 使用率 of one server. A figure is absent where the server does not run, where the engine does not measure it, or
/// where there is no earlier reading to count from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub resource: ResourceId,
    /// 0–100, of all its vCPUs.
    pub cpu_percent: Option<u8>,
    /// 0–100.
    pub memory_percent: Option<u8>,
    /// When it was read, RFC 3339.
    pub at: String,
}

impl Usage {
    /// The figure of a metric.
    pub fn of(&self, metric: Metric) -> Option<u8> {
        match metric {
            Metric::Cpu => self.cpu_percent,
            Metric::Memory => self.memory_percent,
        }
    }
}

/// 计数 as clouds count: processor time used so far, and when on any clock that only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    pub used_ms: u64,
    pub at_ms: u64,
}

/// Readings nearer than this say more of the clock than of the server.
const LEAST_MS: u64 = 500;
/// A reading as old as this no longer tells of now.
const MOST_MS: u64 = 10 * 60 * 1000;

impl Counter {
    /// CPU use since an earlier reading, rounded half up; `None` where the two cannot be compared: too near, too far, or
    /// counted anew because the server was started in between.
    pub fn percent_since(self, before: Counter, vcpu: u16) -> Option<u8> {
        let used = self.used_ms.checked_sub(before.used_ms)?;
        let elapsed = self.at_ms.checked_sub(before.at_ms)?;
        if !(LEAST_MS..=MOST_MS).contains(&elapsed) || vcpu == 0 {
            return None;
        }
        let whole = elapsed * u64::from(vcpu);
        u8::try_from(((used * 100 + whole / 2) / whole).min(100)).ok()
    }

    /// True where a later reading at `now` is to be counted from this one still, as the two would be too near.
    pub fn is_fresh(self, now: Counter) -> bool {
        now.at_ms.checked_sub(self.at_ms).is_some_and(|elapsed| elapsed < LEAST_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(used_ms: u64, at_ms: u64) -> Counter {
        Counter { used_ms, at_ms }
    }

    #[test]
    fn cpu_use_is_the_time_used_of_the_time_there_was() {
        let before = at(10_000, 100_000);
        for (used, elapsed, vcpu, percent) in [
            (0, 60_000, 1, 0),
            (60_000, 60_000, 1, 100),
            (60_000, 60_000, 2, 50),
            (60_000, 60_000, 8, 13),
            (61_000, 60_000, 1, 100),
            (1, LEAST_MS, 1, 0),
        ] {
            let now = at(before.used_ms + used, before.at_ms + elapsed);
            assert_eq!(now.percent_since(before, vcpu), Some(percent), "{used} of {elapsed} ms on {vcpu}");
        }
    }

    #[test]
    fn readings_that_cannot_be_compared_give_no_figure() {
        let before = at(10_000, 100_000);
        let later = |elapsed: u64| at(10_100, 100_000 + elapsed).percent_since(before, 1);
        assert_eq!(later(LEAST_MS - 1), None);
        assert!(later(LEAST_MS).is_some());
        assert!(later(MOST_MS).is_some());
        assert_eq!(later(MOST_MS + 1), None);
        assert_eq!(at(9_999, 160_000).percent_since(before, 1), None, "started in between");
        assert_eq!(at(10_100, 99_999).percent_since(before, 1), None, "another machine's clock");
        assert_eq!(at(10_100, 160_000).percent_since(before, 0), None);
    }
}
