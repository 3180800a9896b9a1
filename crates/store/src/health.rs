//! 健康检查: does the database answer at all.

use crate::{Store, StoreError};

impl Store {
    /// One round trip to the database; `Unavailable` where there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&self.pool).await?;
        Ok(())
    }

    /// Version of the PostgreSQL behind the pool, e.g. `15.18`.
    pub async fn postgres_version(&self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar("SHOW server_version").fetch_one(&self.pool).await?)
    }

    /// How far the database's clock runs ahead of ours, in seconds; the round trip blurs it by milliseconds.
    pub async fn clock_offset_seconds(&self) -> Result<f64, StoreError> {
        let before = jiff::Timestamp::now();
        let theirs: f64 =
            sqlx::query_scalar("SELECT extract(epoch FROM clock_timestamp())::float8").fetch_one(&self.pool).await?;
        let ours = before.as_microsecond();
        #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit a float well enough for seconds")]
        Ok(theirs - ours as f64 / 1e6)
    }
}
