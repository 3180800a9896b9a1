//! 使用率: what the drivers share of it. Clouds count processor time; a figure is the difference of two readings, so the
//! earlier one is kept where the driver keeps what it knows, and a new process counts on.

use std::collections::BTreeMap;

use domain::ids::ResourceId;
use domain::provisioning::{Counter, Usage};

/// The last reading of each server that ran.
pub(crate) type Readings = BTreeMap<ResourceId, Counter>;

/// One reading.
pub(crate) struct Reading {
    pub counter: Counter,
    pub vcpu: u16,
}

/// A server of which nothing is known.
pub(crate) fn unknown(resource: ResourceId, at: String) -> Usage {
    Usage { resource, cpu_percent: None, memory_percent: None, at }
}

/// CPU use since the reading before, and that reading replaced by this one unless the two are too near to compare.
pub(crate) fn since(readings: &mut Readings, resource: ResourceId, now: &Reading) -> Option<u8> {
    let before = readings.get(&resource).copied();
    let percent = before.and_then(|before| now.counter.percent_since(before, now.vcpu));
    if before.is_none_or(|before| !before.is_fresh(now.counter)) {
        readings.insert(resource, now.counter);
    }
    percent
}
