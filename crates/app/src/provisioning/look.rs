//! 核对: looks at what the cloud really holds and keeps it, for the pages and for the report of differences.
//!
//! A look is a measurement and no decision: it is kept outside any change and never leads to a deletion.

use std::collections::HashMap;

use domain::provisioning::{Desired, Observed};
use drivers::{Driver, DriverError};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::resource::{DiskRow, Look, ResourceRow};
use uuid::Uuid;

use super::desired::{desired, with_copies};
use crate::{App, AppError};

/// How far a patrol goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Servers not looked at lately.
    Stale,
    /// Those, and the list of everything the cloud holds.
    Listing,
    /// Asked for by a person: also what was looked at a moment ago.
    Now,
}

/// What several servers are to be and what the cloud shows of them, in the same order.
pub(crate) type Sides = (Vec<Desired>, Vec<Observed>);

/// Looks at servers in one go and keeps what was seen.
pub(crate) async fn observe_all(
    app: &App,
    driver: &dyn Driver,
    rows: &[ResourceRow],
) -> Result<Result<Sides, DriverError>, AppError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut disks: HashMap<Uuid, Vec<DiskRow>> = HashMap::with_capacity(rows.len());
    for disk in store::resource::disks_of(&app.store.pool, &ids).await? {
        disks.entry(disk.resource_id).or_default().push(disk);
    }
    let own = |row: &ResourceRow| disks.get(&row.id).map_or(&[][..], Vec::as_slice);
    let mut wanted = rows.iter().map(|row| desired(row, own(row))).collect::<Result<Vec<_>, AppError>>()?;
    let copies = store::disk_copy::of_resources(&app.store.pool, &ids).await?;
    wanted.iter_mut().try_for_each(|one| with_copies(one, &copies))?;
    let at = app.clock.now().to_sqlx();
    let seen = match driver.observe_all(&wanted).await {
        Ok(seen) => seen,
        Err(error) => return Ok(Err(error)),
    };
    let looks: Vec<Look> = wanted.iter().zip(&seen).map(|(desired, observed)| look_of(desired, observed)).collect();
    store::resource::keep_looks(&app.store.pool, &looks, at).await?;
    Ok(Ok((wanted, seen)))
}

fn look_of(desired: &Desired, observed: &Observed) -> Look {
    let server = observed.server.as_ref();
    Look {
        id: desired.resource.0,
        observed: json!(observed),
        external_name: server.map(|server| server.external_name.clone()),
        address: server.and_then(|server| server.address.clone()),
    }
}
