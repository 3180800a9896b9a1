//! One file a room: its routes and handlers. A handler parses, calls one function of `app`, and renders.

pub mod health;
