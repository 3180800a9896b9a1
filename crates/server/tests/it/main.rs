//! Whole-server tests: real PostgreSQL, real HTTP, a set clock. One file a room.

mod allocations;
mod attachments;
mod audit;
mod backup;
mod bad_input;
mod bastion;
mod cast;
mod cli;
mod demo;
mod disk_copies;
mod documents;
mod drift;
mod engines;
mod exports;
mod law;
mod mechanism;
mod people;
mod provisioning;
mod route_role;
mod scaling;
mod service_instances;
mod session;
mod snapshots;
mod stories;
