//! 使用率: Nova's diagnostics of each server (from microversion 2.48 in one form for every hypervisor). There is no list of
//! them: one list of the servers, and one call for each that runs. Memory is not told: Nova shows what a guest holds, not
//! what it uses.

use std::collections::{HashMap, HashSet};

use domain::ids::ResourceId;
use domain::provisioning::{Counter, Usage};
use serde::Deserialize;
use serde_json::json;

use super::Openstack;
use super::fault::CloudError;
use super::nova::name_of;
use super::session::Service;
use crate::DriverError;
use crate::usage::{Reading, Readings, since, unknown};

/// Where the last readings lie on the shelf.
const READINGS_KEY: &str = "usage";

#[derive(Deserialize)]
struct Listed {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Diagnostics {
    /// Seconds since the server was started.
    #[serde(default)]
    uptime: Option<u64>,
    #[serde(default)]
    cpu_details: Vec<Cpu>,
}

#[derive(Deserialize)]
struct Cpu {
    /// Nanoseconds used.
    #[serde(default)]
    time: Option<u64>,
    /// Percent, where the hypervisor says so itself.
    #[serde(default)]
    utilisation: Option<u8>,
}

/// How busy these servers were since they were asked for last. Diagnostics are for administrators, which we are.
pub(super) async fn usage(cloud: &Openstack, resources: &[ResourceId]) -> Result<Vec<Usage>, DriverError> {
    let home = cloud.session().home();
    let query = "all_tenants=1&status=ACTIVE";
    let listed: Vec<Listed> = home.list(Service::Compute, "/servers", query, "servers").await?;
    // Ours by name; one that was adopted has a name of its own, and its id is ours.
    let (names, ids): (HashMap<String, String>, HashSet<String>) =
        listed.into_iter().map(|server| ((server.name, server.id.clone()), server.id)).unzip();
    let native = |resource: &ResourceId| {
        let id = resource.to_string();
        if ids.contains(&id) { Some(id) } else { names.get(&name_of(*resource)).cloned() }
    };
    let noted = cloud.shelf.get(READINGS_KEY).await?;
    let mut readings: Readings = noted.and_then(|noted| serde_json::from_value(noted).ok()).unwrap_or_default();
    readings.retain(|resource, _| native(resource).is_some());
    let mut usages = Vec::with_capacity(resources.len());
    for resource in resources {
        let mut usage = unknown(*resource, (cloud.now)());
        if let Some(id) = native(resource) {
            let path = format!("/servers/{id}/diagnostics");
            usage.cpu_percent = match home.get::<Diagnostics>(Service::Compute, &path, None).await {
                Ok(told) => told.percent(&mut readings, *resource),
                // Stopped, moved or removed since the list was read.
                Err(CloudError::Answer { status: 404 | 409, .. }) => None,
                Err(error) => return Err(error.into()),
            };
        }
        usages.push(usage);
    }
    cloud.shelf.put(READINGS_KEY, &json!(readings)).await?;
    Ok(usages)
}

impl Diagnostics {
    /// What the hypervisor says itself, on average over its processors; else the difference to the reading before.
    fn percent(&self, readings: &mut Readings, resource: ResourceId) -> Option<u8> {
        let vcpu = u16::try_from(self.cpu_details.len()).ok().filter(|count| *count > 0)?;
        let said: Option<Vec<u32>> = self.cpu_details.iter().map(|cpu| cpu.utilisation.map(u32::from)).collect();
        if let Some(said) = said {
            let mean = said.iter().sum::<u32>().div_ceil(u32::from(vcpu));
            return u8::try_from(mean.min(100)).ok();
        }
        let nanoseconds: u64 = self.cpu_details.iter().map(|cpu| cpu.time).sum::<Option<u64>>()?;
        let counter = Counter { used_ms: nanoseconds / 1_000_000, at_ms: self.uptime? * 1000 };
        since(readings, resource, &Reading { counter, vcpu })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: serde_json::Value) -> Diagnostics {
        serde_json::from_value(value).expect("diagnostics")
    }

    fn libvirt(uptime: u64, time: u64) -> Diagnostics {
        let cpu = |id: u32| json!({ "id": id, "time": time, "utilisation": null });
        told(
            json!({ "state": "running", "driver": "libvirt", "uptime": uptime, "num_cpus": 2, "cpu_details": [cpu(0), cpu(1)] }),
        )
    }

    #[test]
    fn what_the_hypervisor_says_itself_is_taken() {
        let resource = ResourceId(uuid::Uuid::nil());
        let fake =
            told(json!({ "uptime": 46664, "cpu_details": [{ "id": 0, "time": 17300000000u64, "utilisation": 15 }] }));
        let mut readings = Readings::new();
        assert_eq!(fake.percent(&mut readings, resource), Some(15));
        assert!(readings.is_empty());
    }

    #[test]
    fn else_it_is_the_difference_of_two_readings() {
        let (mut readings, resource) = (Readings::new(), ResourceId(uuid::Uuid::nil()));
        assert_eq!(libvirt(100, 5_000_000_000).percent(&mut readings, resource), None, "nothing to count from");
        assert_eq!(
            libvirt(160, 35_000_000_000).percent(&mut readings, resource),
            Some(50),
            "30 of 60 s on each of two"
        );
        assert_eq!(libvirt(10, 1_000_000_000).percent(&mut readings, resource), None, "it was started anew");
        assert_eq!(libvirt(70, 1_000_000_000).percent(&mut readings, resource), Some(0));
        assert_eq!(told(json!({ "cpu_details": [] })).percent(&mut readings, resource), None);
        let without = told(json!({ "uptime": null, "cpu_details": [{ "time": null, "utilisation": null }] }));
        assert_eq!(without.percent(&mut readings, resource), None);
    }
}
