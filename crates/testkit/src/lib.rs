//! For tests: a fresh database each, the server in process, a client that signs in, a clock to move.
//!
//! ```no_run
//! # async fn story() {
//! let city = testkit::TestApp::start().await;
//! let answer = city.anonymous().get("/api/health").await;
//! assert_eq!(answer.status, 200);
//! # }
//! ```
//! Real PostgreSQL always. Nothing here is shipped; a failing set-up panics, since a test cannot go on.

mod client;
mod database;
mod testapp;

pub use client::{Answer, Client};
pub use database::{SHARED_POSTGRES, TestDatabase, execute, schema, slot_for_run};
pub use testapp::{DEFAULT_DAY, TestApp};
