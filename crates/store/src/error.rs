//! What can go wrong below: told apart only as far as the caller acts differently.

/// A fault of the database, classified by what the caller should do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is shutting down: try again later (503).
    #[error("database unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A unique or check constraint of this name refused the row.
    #[error("constraint {constraint} violated")]
    Constraint {
        constraint: String,
        #[source]
        source: sqlx::Error,
    },
    /// Two transactions collided: the caller may repeat the whole.
    #[error("transaction must be repeated")]
    Repeat(#[source] sqlx::Error),
    /// The row is not there.
    #[error("row not found")]
    NotFound,
    /// Stored JSON does not read back as its type.
    #[error("stored value does not read back")]
    Unreadable(#[from] serde_json::Error),
    /// Anything else is a fault of ours.
    #[error("database fault")]
    Fault(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::RowNotFound => Self::NotFound,
            E::Io(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Tls(_) => Self::Unavailable(error),
            E::Database(db) => match db.code().as_deref() {
                // 57P0x: admin shutdown, crash shutdown, cannot connect now. 08xxx: connection gone. 53300: too many.
                Some("57P01" | "57P02" | "57P03" | "53300") => Self::Unavailable(error),
                Some(code) if code.starts_with("08") => Self::Unavailable(error),
                Some("40001" | "40P01") => Self::Repeat(error),
                Some("23505" | "23514" | "23503") => {
                    let constraint = db.constraint().unwrap_or("unnamed").to_owned();
                    Self::Constraint { constraint, source: error }
                }
                _ => Self::Fault(error),
            },
            _ => Self::Fault(error),
        }
    }
}
