//! 数据库结构: brings the schema to the version of this program. Forward only.
//!
//! Runs as the owner. The serving role gets SELECT, INSERT, UPDATE and DELETE on every table by
//! default privileges; a migration that makes an audit table revokes UPDATE and DELETE itself,
//! so that the exception stands beside the table.

use crate::StoreError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection};

/// The migrations, compiled in.
static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Why the schema is not what this program needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error("cannot reach the database as its owner")]
    Connect(#[source] sqlx::Error),
    #[error("migration failed")]
    Migrate(#[from] MigrateError),
    #[error("granting rights to the serving role failed")]
    Grant(#[source] sqlx::Error),
    #[error(
        "the schema is at {found:?}, this program needs {needed}; run `liyun migrate` with LIYUN_OWNER_DATABASE_URL set"
    )]
    Behind { found: Option<i64>, needed: i64 },
}

/// Migrates the database behind `owner_url`. Safe to run from several instances at once: they queue.
pub async fn run(owner_url: &str) -> Result<(), MigrationError> {
    let mut owner = PgConnection::connect(owner_url).await.map_err(MigrationError::Connect)?;
    // Before the migrations: default privileges touch only tables made afterwards.
    for grant in [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO liyun",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO liyun",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO liyun",
    ] {
        sqlx::query(grant).execute(&mut owner).await.map_err(MigrationError::Grant)?;
    }
    MIGRATOR.run(&mut owner).await?;
    // The serving role reads which version is in force and writes none.
    sqlx::query("REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM liyun")
        .execute(&mut owner)
        .await
        .map_err(MigrationError::Grant)?;
    let _ = owner.close().await;
    Ok(())
}

/// Empties the database behind `owner_url` and migrates it again: for a demonstration city that was interrupted
/// while it was laid out. Whoever calls it knows that nothing else stands there.
pub async fn reset(owner_url: &str) -> Result<(), MigrationError> {
    let mut owner = PgConnection::connect(owner_url).await.map_err(MigrationError::Connect)?;
    for statement in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        sqlx::query(statement).execute(&mut owner).await.map_err(MigrationError::Grant)?;
    }
    let _ = owner.close().await;
    run(owner_url).await
}

/// Checks, as the serving role, that the schema is the one this program was built for.
pub async fn check(store: &crate::Store) -> Result<(), MigrationError> {
    let needed = latest();
    let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(&store.pool)
        .await
        .map_err(|error| match StoreError::from(error) {
            StoreError::Unavailable(source) => MigrationError::Connect(source),
            _ => MigrationError::Behind { found: None, needed },
        })?;
    if found.is_some_and(|found| found >= needed) { Ok(()) } else { Err(MigrationError::Behind { found, needed }) }
}

/// The newest migration of this program.
pub fn latest() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// A short mark of all migrations together: names the test template database.
pub fn fingerprint() -> String {
    let hash = MIGRATOR
        .iter()
        .flat_map(|migration| migration.checksum.iter())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// How many tables the database behind `owner_url` has: 0 is a target that may be restored into.
pub async fn table_count(owner_url: &str) -> Result<i64, MigrationError> {
    let mut owner = PgConnection::connect(owner_url).await.map_err(MigrationError::Connect)?;
    let count = sqlx::query_scalar("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        .fetch_one(&mut owner)
        .await
        .map_err(MigrationError::Connect)?;
    let _ = owner.close().await;
    Ok(count)
}
