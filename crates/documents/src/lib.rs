//! 文书、电子表格与附件检查: from typed data to bytes and back. No database, no network, no decision.
//!
//! - [`model`] what each document says; `app` fills it once and keeps it as JSON.
//! - [`render`] the same [`model::Snapshot`] always gives the same PDF.
//! - [`sheet`] lists as XLSX; [`server_table`] the fill-in workbook of 附件2-1 and its reading back.
//! - [`inspection`] what an uploaded file really is, and whether it may be kept (A32).

mod engine;
pub mod fill;
pub mod inspection;

pub mod model;
mod qr;
pub mod render;
pub mod server_table;
pub mod sheet;

pub use render::{DocumentError, digest, render, render_copy};
