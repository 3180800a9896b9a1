//! Waiting for the cloud: looks until it is as wanted, less and less often, and not for ever.

use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::calls::At;
use super::fault::found;
use super::session::Service;
use crate::DriverError;

/// First pause between two looks, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(150), Duration::from_secs(2));

/// Looks until `look` finds something. After `limit` it is a [`DriverError::Retry`]: the step is done again later,
/// finds what has happened meanwhile, and waits on.
pub(super) async fn until<T, Look, Looking>(what: &str, limit: Duration, mut look: Look) -> Result<T, DriverError>
where
    Look: FnMut() -> Looking,
    Looking: Future<Output = Result<Option<T>, DriverError>>,
{
    let end = Instant::now() + limit;
    let mut pause = PAUSE.0;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() >= end {
            return Err(DriverError::retry(
                "云平台仍在处理,稍后继续",
                format!("{what}: not after {} s", limit.as_secs()),
            ));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE.1);
    }
}

/// Deletes what is at `path` and looks until it is gone.
pub(super) async fn gone(at: &At<'_>, service: Service, path: &str, limit: Duration) -> Result<(), DriverError> {
    at.delete(service, path).await?;
    until(&format!("the deletion of {path}"), limit, || async {
        Ok(found(at.get::<Value>(service, path, None).await)?.is_none().then_some(()))
    })
    .await
}
