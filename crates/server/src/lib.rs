//! HTTP: parse, call one function of `app`, render. No rule stands here and no SQL.

pub mod api;
pub mod download;
pub mod error;
pub mod extract;
pub mod layers;
pub mod machine;
pub mod request_id;
pub mod router;
pub mod serve;
pub mod signed;
pub mod state;
pub mod upload;
pub mod web_assets;

pub use error::{ApiError, ApiResult, Problem};
pub use state::AppState;
