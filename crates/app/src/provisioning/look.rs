//! 核对: looks at what the cloud really holds and keeps it, for the pages and for the report of differences.
//!
//! A look is a measurement and no decision: it is kept outside any change and never leads to a deletion.

use std::collections::HashSet;

use domain::ids::ResourceId;
use domain::provisioning::{Desired, DiskId, Found, Observed, differences};
use drivers::{Driver, DriverError};
use jiff::ToSpan;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::resource::Look;
use uuid::Uuid;

use super::desired::desired;
use crate::{App, AppError};

/// Servers looked at in one turn of an engine; a city of 25,000 is gone through in two hours.
const LOOKS_A_TURN: i64 = 200;
/// What was looked at so recently is not looked at again.
const FRESH_MINUTES: i64 = 10;

/// Looks at one server and keeps what was seen.
pub(super) async fn observe(
    app: &App,
    driver: &dyn Driver,
    desired: &Desired,
) -> Result<Result<Observed, DriverError>, AppError> {
    let at = app.clock.now().to_sqlx();
    let observed = match driver.observe(desired).await {
        Ok(observed) => observed,
        Err(error) => return Ok(Err(error)),
    };
    let server = observed.server.as_ref();
    let look = Look {
        id: desired.resource.0,
        observed: &json!(observed),
        external_name: server.map(|server| server.external_name.as_str()),
        address: server.and_then(|server| server.address.as_deref()),
        drifting: !differences(desired, &observed).is_empty(),
        at,
    };
    store::resource::keep_look(&app.store.pool, &look).await?;
    Ok(Ok(observed))
}

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

/// 巡查 of one engine: the servers not looked at for longest, and what the cloud holds that no paper knows.
pub(super) async fn patrol(app: &App, engine: Uuid, driver: &dyn Driver, extent: Extent) -> Result<(), AppError> {
    let pool = &app.store.pool;
    let fresh = if extent == Extent::Now { 0 } else { FRESH_MINUTES };
    let before = app.clock.now().checked_sub(fresh.minutes()).map_err(AppError::fault)?;
    let rows = store::resource::stalest(pool, engine, before.to_sqlx(), LOOKS_A_TURN).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let disks = store::resource::disks_of(pool, &ids).await?;
    for row in &rows {
        if let Err(error) = observe(app, driver, &desired(row, &disks)?).await? {
            tracing::warn!(%engine, resource = %row.id, %error, "a server could not be looked at");
            return Ok(());
        }
    }
    if extent == Extent::Stale {
        return Ok(());
    }
    match driver.inventory().await {
        Ok(found) => {
            let orphans = orphans(app, engine, found).await?;
            store::engine::keep_orphans(pool, engine, &json!(orphans)).await?;
        }
        Err(error) => tracing::warn!(%engine, %error, "the engine could not be listed"),
    }
    Ok(())
}

/// What the cloud holds under our name and no standing server, disk or network of ours accounts for.
async fn orphans(app: &App, engine: Uuid, found: Vec<Found>) -> Result<Vec<Found>, AppError> {
    let (servers, disks, networks) = store::resource::standing(&app.store.pool, engine).await?;
    let servers: HashSet<Uuid> = servers.into_iter().collect();
    let disks: HashSet<Uuid> = disks.into_iter().collect();
    let networks: HashSet<String> = networks.into_iter().map(|name| name.replace('/', "-")).collect();
    let accounted = |thing: &Found| match (thing.resource, thing.disk) {
        (_, Some(DiskId(disk))) => servers.contains(&disk) || disks.contains(&disk),
        (Some(ResourceId(server)), None) => servers.contains(&server),
        // `ly-<agency>-<segment>` in libvirt, `network/<agency>/<segment>` on paper.
        (None, None) => networks.iter().any(|name| thing.external_name.replace('/', "-").ends_with(name.as_str())),
    };
    Ok(found.into_iter().filter(|thing| !accounted(thing)).collect())
}
