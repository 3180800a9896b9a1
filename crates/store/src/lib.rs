//! PostgreSQL: the only crate that contains SQL. Typed functions over a transaction, one file a room.
//!
//! No decision is taken here: nothing branches on a business state. It filters, joins, locks and saves.

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::time::Duration;

pub mod access_alarm;
pub mod access_grant;
pub mod allocation;
pub mod attachment;
pub mod audit;
pub mod audit_chain;
pub mod backup_schedule;
pub mod bastion;
pub mod bastion_account;
pub mod calendar;
pub mod case;
pub mod case_list;
pub mod charge;
pub mod dashboard;
pub mod demo;
pub mod disk_copy;
pub mod document;
pub mod drift;
pub mod engine;
pub mod error;
pub mod health;
pub mod idempotency;
pub mod job;
pub mod jump_host;
pub mod lifecycle;
pub mod migrate;
pub mod number;
pub mod operation;
pub mod org;
pub mod person;
pub mod price;
pub mod private_postgres;
pub mod resource;
pub mod scaling;
pub mod service_instance;
pub mod service_year;
pub mod session;
pub mod stage;
pub mod task;
pub mod usage_plan;
pub mod visible;

pub use error::StoreError;
pub use sqlx::PgExecutor;

/// Prepared statements a connection keeps: more than this crate has, so that none is prepared twice.
const STATEMENTS_MAX_DEFAULT: usize = 1000;

/// One open transaction. Dropping it rolls back.
pub type Tx = sqlx::Transaction<'static, sqlx::Postgres>;

/// The connection pool. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// The pool itself: for reads outside a transaction.
    pub pool: PgPool,
}

impl Store {
    /// Connects lazily to `url`; the first query opens a connection.
    ///
    /// Connections are few and wait at most five seconds, so that a stopped database
    /// shows as 503 at once instead of piling up requests.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.statement_cache_capacity(STATEMENTS_MAX_DEFAULT);
        let pool =
            PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(5)).connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Connections whose commits do not wait for the disk: for work that is begun anew where it is interrupted. What
    /// another connection commits afterwards brings all of it to the disk.
    pub fn connect_hasty(url: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.statement_cache_capacity(STATEMENTS_MAX_DEFAULT).options([("synchronous_commit", "off")]);
        let pool = PgPoolOptions::new().max_connections(2).test_before_acquire(false);
        Ok(Self { pool: pool.acquire_timeout(Duration::from_secs(5)).connect_lazy_with(options) })
    }

    /// Begins reading: what is read until the end is the database of one instant, over one connection. For a page
    /// made of many queries, which would else show half of what changes meanwhile.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        begin_with(&self.pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        begin(&self.pool).await
    }
}

/// Begins a transaction on a connection of the pool.
async fn begin(pool: &PgPool) -> Result<Tx, StoreError> {
    begin_with(pool, "BEGIN").await
}

/// Begins on a task of its own, which goes through with it whatever becomes of the caller. A BEGIN that is given up
/// half-way, as when a browser goes away, hands its connection back to the pool with a transaction open that nobody
/// knows of: sqlx counts it only once the answer is there.
async fn begin_with(pool: &PgPool, statement: &'static str) -> Result<Tx, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    // The task ends without an answer only where the program itself is ending.
    begun.await.map_err(|_| StoreError::Unavailable(sqlx::Error::WorkerCrashed))?.map_err(StoreError::from)
}
