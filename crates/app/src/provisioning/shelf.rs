//! The shelf of drivers without a cloud of their own, over our database: any instance sees what another put there.

use async_trait::async_trait;
use drivers::DriverError;
use drivers::shelf::Shelf;
use serde_json::Value;
use store::{Store, StoreError};
use uuid::Uuid;

/// The shelf of one engine.
pub(super) struct DatabaseShelf {
    pub store: Store,
    pub engine: Uuid,
}

fn away(error: StoreError) -> DriverError {
    DriverError::retry("数据库暂时不可用", error.to_string())
}

#[async_trait]
impl Shelf for DatabaseShelf {
    async fn get(&self, key: &str) -> Result<Option<Value>, DriverError> {
        store::engine::shelf_get(&self.store.pool, self.engine, key).await.map_err(away)
    }

    async fn put(&self, key: &str, value: &Value) -> Result<(), DriverError> {
        store::engine::shelf_put(&self.store.pool, self.engine, key, value).await.map_err(away)
    }

    async fn remove(&self, key: &str) -> Result<(), DriverError> {
        store::engine::shelf_remove(&self.store.pool, self.engine, key).await.map_err(away)
    }

    async fn get_all(&self, keys: &[String]) -> Result<Vec<(String, Value)>, DriverError> {
        store::engine::shelf_get_all(&self.store.pool, self.engine, keys).await.map_err(away)
    }

    async fn page(&self, prefix: &str, after: &str, most: usize) -> Result<Vec<(String, Value)>, DriverError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        store::engine::shelf_page(&self.store.pool, self.engine, (prefix, after), most).await.map_err(away)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(String, Value)>, DriverError> {
        store::engine::shelf_list(&self.store.pool, self.engine, prefix).await.map_err(away)
    }
}
