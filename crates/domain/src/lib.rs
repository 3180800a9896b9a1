//! 漓云的领域: the law of 《桂林市政务云管理暂行办法》 and its arithmetic.
//!
//! Pure: no clock, no database, no network, no randomness. The day, the calendar and the limits are
//! arguments. Each number of the law lives in `limits`, each clause in `clause`.

pub mod term;

pub mod access_alarm;
pub mod access_grant;
pub mod allocation;
pub mod application;
pub mod bastion;
pub mod bastion_account;
pub mod calendar;
pub mod capital_amount;
pub mod catalog;
pub mod change;
pub mod charge;
pub mod clause;
pub mod disk_copy;
pub mod drift;
pub mod duty;
pub mod finding;
pub mod fulfilment;
pub mod identifiers;
pub mod ids;
pub mod limits;
pub mod money;
pub mod opinion;
pub mod org;
pub mod price;
pub mod provisioning;
pub mod refusal;
pub mod regulation;
pub mod scaling;
pub mod service_instance;
pub mod subscription;
pub mod termination;
pub mod trial;
pub mod usage_plan;

#[cfg(test)]
mod proof;
