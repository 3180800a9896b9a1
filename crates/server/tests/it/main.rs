//! Whole-server tests: real PostgreSQL, real HTTP, a set clock. One file a room.

mod attachments;
mod backup;
mod bad_input;
mod cast;
mod documents;
mod audit;
mod backup;
mod cli;
mod law;
mod mechanism;
mod people;
mod provisioning;
mod session;
mod snapshots;
mod stories;
