//! For tests: a fresh database each, the server in process, a client that signs in, a clock to move.
//!
//! ```no_run
//! # async fn story() {
//! use domain::org::Role;
//! let city = testkit::City::start().await;
//! let handler = city.as_role(Role::AgencyHandler).await;
//! handler.get("/api/cases").await.ok();
//! # }
//! ```
//! [`City`] has at least one person for every role; [`TestApp`] is the same server with nobody in it.
//! Real PostgreSQL always. Nothing here is shipped; a failing set-up panics, since a test cannot go on.

mod city;
mod client;
mod contracted;
mod daemons;
mod database;
mod jump;
mod people;
mod testapp;

pub use city::{City, Who, id};
pub use client::{Answer, Client};
pub use contracted::{cloud_objects, small_servers};
pub use daemons::{Daemons, libvirt_health};
pub use database::{
    SHARED_POSTGRES, TestDatabase, answers, column, count, dump, execute, schema, slot_for_run, try_execute,
};
pub use jump::{Holder, Jump, Login, jump_login};
pub use people::{PASSWORD, totp_code};
pub use store::private_postgres::PrivatePostgres;
pub use testapp::{DEFAULT_DAY, TestApp};
