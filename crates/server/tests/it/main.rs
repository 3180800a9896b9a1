//! Whole-server tests: real PostgreSQL, real HTTP, a set clock. One file a room.

mod backup;
mod mechanism;
mod people;
mod provisioning;
mod session;
mod snapshots;
