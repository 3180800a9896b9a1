//! 专享宿主机 on paper: how many a case has, and which of its servers are on them.
//!
//! Keys: `hosts/<architecture>-<case>` and `on/<architecture>-<case>/<resource>`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::ids::ResourceId;
use domain::provisioning::{Dedicated, Desired, Observed, Step};
use serde_json::json;

use crate::DriverError;
use crate::shelf::Shelf;

fn hosts_key(hosts: Dedicated) -> String {
    format!("hosts/{}", hosts.mark())
}

fn on_key(hosts: Dedicated) -> String {
    format!("on/{}/", hosts.mark())
}

/// Adds what the cases have, where servers are to run on such hosts. Each case is looked at once.
pub(super) async fn see(shelf: &dyn Shelf, desired: &[Desired], seen: &mut [Observed]) -> Result<(), DriverError> {
    let mut known: HashMap<String, (u32, Vec<String>)> = HashMap::new();
    for (one, seen) in desired.iter().zip(seen) {
        let Some(hosts) = one.dedicated else { continue };
        let (given, on) = match known.entry(hosts_key(hosts)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let given = shelf.get(new.key()).await?;
                let given = given.map(serde_json::from_value).transpose().map_err(DriverError::bug)?;
                let on = shelf.list(&on_key(hosts)).await?.into_iter().map(|(key, _)| key).collect();
                new.insert((given.unwrap_or_default(), on))
            }
        };
        let own = format!("{}{}", on_key(hosts), one.resource);
        let others = on.iter().filter(|key| **key != own).count();
        (seen.hosts, seen.hosts_others) = (*given, u32::try_from(others).unwrap_or(u32::MAX));
    }
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
