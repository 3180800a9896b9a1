//! 专享宿主机 on paper: how many a case has, and which of its servers are on them.
//!
//! Keys: `hosts/<architecture>-<case>` and `on/<architecture>-<case>/<resource>`.

use domain::ids::ResourceId;
use domain::provisioning::{Dedicated, Desired, Observed, Step};
use serde_json::json;

use crate::DriverError;
use crate::shelf::Shelf;

fn hosts_key(hosts: Dedicated) -> String {
    format!("hosts/{}-{}", hosts.architecture.code(), hosts.case)
}

fn on_key(hosts: Dedicated) -> String {
    format!("on/{}-{}/", hosts.architecture.code(), hosts.case)
}

/// Adds what the case has, where the server is to run on such hosts.
pub(super) async fn see(shelf: &dyn Shelf, desired: &Desired, seen: &mut Observed) -> Result<(), DriverError> {
    let Some(hosts) = desired.dedicated else { return Ok(()) };
    let given = shelf.get(&hosts_key(hosts)).await?;
    seen.hosts = given.map(serde_json::from_value).transpose().map_err(DriverError::bug)?.unwrap_or_default();
    let own = format!("{}{}", on_key(hosts), desired.resource);
    let others = shelf.list(&on_key(hosts)).await?.iter().filter(|(key, _)| *key != own).count();
    seen.hosts_others = u32::try_from(others).unwrap_or(u32::MAX);
    Ok(())
}

/// Gives and takes back.
pub(super) async fn set(shelf: &dyn Shelf, hosts: Dedicated) -> Result<(), DriverError> {
    if hosts.hosts > 0 {
        return shelf.put(&hosts_key(hosts), &json!(hosts.hosts)).await;
    }
    if !shelf.list(&on_key(hosts)).await?.is_empty() {
        return Err(DriverError::refused("专享宿主机上仍有云主机", "servers are left on the dedicated hosts"));
    }
    shelf.remove(&hosts_key(hosts)).await
}

/// A server that is defined is on them, and needs them to be there.
pub(super) async fn board(shelf: &dyn Shelf, step: &Step) -> Result<(), DriverError> {
    let Step::DefineServer { server } = step else { return Ok(()) };
    let Some(hosts) = server.dedicated else { return Ok(()) };
    if shelf.get(&hosts_key(hosts)).await?.is_none() {
        return Err(DriverError::gone(hosts_key(hosts)));
    }
    shelf.put(&format!("{}{}", on_key(hosts), server.resource), &json!({})).await
}

/// One that was removed is on them no more.
pub(super) async fn leave(shelf: &dyn Shelf, resource: ResourceId, hosts: Dedicated) -> Result<(), DriverError> {
    shelf.remove(&format!("{}{resource}", on_key(hosts))).await
}
