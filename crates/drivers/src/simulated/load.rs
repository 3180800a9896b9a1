//! 模拟负载: how busy a simulated server says it is. Whoever tests or shows something lays it on the shelf.

use std::collections::HashMap;

use domain::ids::ResourceId;
use domain::provisioning::Usage;
use serde::{Deserialize, Serialize};

use super::PaperWorld;
use crate::DriverError;
use crate::shelf::Shelf;
use crate::usage::unknown;

/// 负载 of one simulated server, in percent. Nothing on the shelf: it idles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Load {
    pub cpu_percent: u8,
    pub memory_percent: u8,
}

/// Where the load of a server lies on the shelf.
pub fn load_key(resource: ResourceId) -> String {
    format!("load/{resource}")
}

/// What the running ones say; the others say nothing. Two looks at the shelf, however many are asked for.
pub(super) async fn usage(
    shelf: &dyn Shelf,
    world: &PaperWorld,
    resources: &[ResourceId],
    at: &str,
) -> Result<Vec<Usage>, DriverError> {
    let running = world.running(resources).await?;
    let keys: Vec<String> = resources.iter().copied().map(load_key).collect();
    let mut loads: HashMap<String, Load> = HashMap::new();
    for (key, value) in shelf.get_all(&keys).await? {
        loads.insert(key, serde_json::from_value(value).map_err(DriverError::bug)?);
    }
    let of = |(resource, key): (&ResourceId, &String)| {
        let load = loads.get(key).copied().unwrap_or_default();
        let told = |percent: u8| running.contains(resource).then_some(percent.min(100));
        Usage {
            cpu_percent: told(load.cpu_percent),
            memory_percent: told(load.memory_percent),
            ..unknown(*resource, at.to_owned())
        }
    };
    Ok(resources.iter().zip(&keys).map(of).collect())
}
