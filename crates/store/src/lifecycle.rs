//! What every lifecycle table has in common: lock a row, save its state under a version check.

use crate::{StoreError, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A locked row: its case, its version and its state as the domain knows it.
#[derive(Clone, Debug)]
pub struct Locked<S> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: S,
}

/// The lifecycle tables. Each has `id, number, version, state, state_code` and a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Application,
    Trial,
    Subscription,
    Change,
    Termination,
    ServiceInstance,
    BastionAccount,
    AccessGrant,
    Allocation,
    ScalingPolicy,
    DiskCopy,
}

impl Table {
    fn lock_sql(self) -> &'static str {
        match self {
            Self::Application => "SELECT id, id, number, version, state FROM application WHERE id = $1 FOR UPDATE",
            Self::Trial => "SELECT id, application_id, number, version, state FROM trial WHERE id = $1 FOR UPDATE",
            Self::Subscription => {
                "SELECT id, application_id, number, version, state FROM subscription WHERE id = $1 FOR UPDATE"
            }
            Self::Change => "SELECT id, application_id, number, version, state FROM change WHERE id = $1 FOR UPDATE",
            Self::Termination => {
                "SELECT id, application_id, number, version, state FROM termination WHERE id = $1 FOR UPDATE"
            }
            Self::ServiceInstance => {
                "SELECT id, case_id, number, version, state FROM service_instance WHERE id = $1 FOR UPDATE"
            }
            Self::BastionAccount => {
                "SELECT id, case_id, number, version, state FROM bastion_account WHERE id = $1 FOR UPDATE"
            }
            Self::AccessGrant => {
                "SELECT id, case_id, number, version, state FROM access_grant WHERE id = $1 FOR UPDATE"
            }
            Self::Allocation => "SELECT id, case_id, number, version, state FROM allocation WHERE id = $1 FOR UPDATE",
            Self::ScalingPolicy => {
                "SELECT id, case_id, number, version, state FROM scaling_policy WHERE id = $1 FOR UPDATE"
            }
            Self::DiskCopy => "SELECT id, case_id, number, version, state FROM disk_copy WHERE id = $1 FOR UPDATE",
        }
    }

    fn save_sql(self) -> &'static str {
        match self {
            Self::Application => {
                "UPDATE application SET state = $3, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::Trial => {
                "UPDATE trial SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::Subscription => {
                "UPDATE subscription SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::Change => {
                "UPDATE change SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::Termination => {
                "UPDATE termination SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::ServiceInstance => {
                "UPDATE service_instance SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::BastionAccount => {
                "UPDATE bastion_account SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::ScalingPolicy => {
                "UPDATE scaling_policy SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::AccessGrant => {
                "UPDATE access_grant SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::Allocation => {
                "UPDATE allocation SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
            Self::DiskCopy => {
                "UPDATE disk_copy SET state = $3, state_code = $4, version = version + 1 WHERE id = $1 AND version = $2"
            }
        }
    }
}

/// Locks the row until the end of the transaction; `NotFound` where there is none.
pub async fn lock<S: DeserializeOwned>(tx: &mut Tx, table: Table, id: Uuid) -> Result<Locked<S>, StoreError> {
    let (id, case_id, number, version, state): (Uuid, Uuid, String, i32, serde_json::Value) =
        sqlx::query_as(table.lock_sql()).bind(id).fetch_one(&mut **tx).await?;
    Ok(Locked { id, case_id, number, version, state: serde_json::from_value(state)? })
}

/// Saves the state if the row still has `version`; answers the new version.
///
/// The application's `state_code` is that of the whole case and is written by [`crate::case::place`].
pub async fn save<S: Serialize>(
    tx: &mut Tx,
    table: Table,
    id: Uuid,
    version: i32,
    state: &S,
    code: &str,
) -> Result<i32, StoreError> {
    let query = sqlx::query(table.save_sql()).bind(id).bind(version).bind(serde_json::to_value(state)?);
    let query = if table == Table::Application { query } else { query.bind(code) };
    if query.execute(&mut **tx).await?.rows_affected() == 1 { Ok(version + 1) } else { Err(StoreError::NotFound) }
}
