//! 测试云: a real OpenStack to test against — its account, its own administrator, a front door that can cut, lose,
//! garble and slow down, and the hand that kills its services. Only tests use it.

pub mod account;
mod auditor;
mod client;
mod front;
mod plane;

pub use auditor::Auditor;
pub use client::{Real, by_client, client, http, run};
pub use front::{Fate, Front, Weather};
pub use plane::Plane;
