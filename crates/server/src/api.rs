//! One file a room: its routes and handlers. A handler parses, calls one function of `app`, and renders.

pub mod applications;
pub mod attachments;
pub mod audit;
pub mod cases;
pub mod changes;
pub mod charges;
pub mod demo;
pub mod documents;
pub mod engines;
pub mod exports;
pub mod health;
pub mod operations;
pub mod orgs;
pub mod people;
pub mod prices;
pub mod regulation;
pub mod resources;
pub mod roles;
pub mod server_table;
pub mod service_instances;
pub mod session;
pub mod subscriptions;
pub mod terminations;
pub mod trials;
pub mod usage_plans;
