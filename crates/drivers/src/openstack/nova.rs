//! Servers as Nova shows them, and the calls on one server.

use std::collections::HashMap;
use std::time::Duration;

use domain::ids::ResourceId;
use domain::provisioning::{Power, Shape};
use serde::Deserialize;
use serde_json::{Value, json};

use super::LONG;
use super::calls::At;
use super::fault::found;
use super::session::Service;
use super::wait::until;
use crate::DriverError;

/// Metadata: the shape before a resize that is not confirmed yet, as `<vCPU>-<MiB>`.
const RESIZING_FROM: &str = "liyun_resizing_from";
/// Status of one that Nova has deleted and still shows for a moment.
const DELETED: &str = "DELETED";
/// Nova's number for a guest that runs.
const POWER_RUNNING: i64 = 1;

/// 实例 as Nova shows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Server {
    pub id: String,
    pub name: String,
    pub status: String,
    #[serde(default)]
    pub metadata: HashMap<String, String>,
    /// The project it is in, by the cloud's id.
    #[serde(rename = "tenant_id", default)]
    pub project: String,
    /// The image of a local system disk; empty where it boots from a volume.
    #[serde(default)]
    image: Value,
    #[serde(default)]
    addresses: HashMap<String, Vec<Address>>,
    flavor: FlavorPart,
    #[serde(rename = "OS-EXT-STS:task_state", default)]
    task: Option<String>,
    #[serde(rename = "OS-EXT-STS:power_state", default)]
    power_state: i64,
    #[serde(rename = "OS-SRV-USG:launched_at", default)]
    launched_at: Option<String>,
    #[serde(default)]
    fault: Option<Fault>,
}

#[derive(Clone, Debug, Deserialize)]
struct Address {
    addr: String,
    #[serde(rename = "OS-EXT-IPS:type", default)]
    kind: String,
}

#[derive(Clone, Debug, Deserialize)]
struct FlavorPart {
    vcpus: u16,
    ram: u32,
}

#[derive(Clone, Debug, Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
}

impl Server {
    /// True where creating it failed: it never ran and holds nothing.
    pub(super) fn is_stillborn(&self) -> bool {
        self.status == "ERROR" && self.launched_at.is_none()
    }

    /// True while Nova is at work on it.
    fn is_busy(&self) -> bool {
        self.task.is_some() || matches!(self.status.as_str(), "BUILD" | "RESIZE" | "MIGRATING")
    }

    /// As the plan sees it: whatever holds its disks open runs.
    pub(super) fn power(&self) -> Power {
        let running = match self.status.as_str() {
            "ACTIVE" | "PAUSED" | "REBOOT" | "HARD_REBOOT" | "PASSWORD" | "RESCUE" | "MIGRATING" => true,
            "RESIZE" | "VERIFY_RESIZE" => self.power_state == POWER_RUNNING,
            _ => false,
        };
        if running { Power::Running } else { Power::Stopped }
    }

    /// The shape it has for good: until a resize is confirmed, the one before.
    pub(super) fn shape(&self) -> Shape {
        let before = self.metadata.get(RESIZING_FROM).and_then(|text| {
            let (vcpu, memory_mib) = text.split_once('-')?;
            Some(Shape { vcpu: vcpu.parse().ok()?, memory_mib: memory_mib.parse().ok()? })
        });
        match before {
            Some(before) if matches!(self.status.as_str(), "RESIZE" | "VERIFY_RESIZE") => before,
            _ => self.flavor_shape(),
        }
    }

    fn flavor_shape(&self) -> Shape {
        Shape { vcpu: self.flavor.vcpus, memory_mib: self.flavor.ram }
    }

    /// True where its system disk is no volume.
    pub(super) fn has_local_root(&self) -> bool {
        self.image.is_object()
    }

    /// Its first address, floating ones apart.
    pub(super) fn address(&self) -> Option<String> {
        let mut networks: Vec<_> = self.addresses.iter().collect();
        networks.sort_by_key(|(network, _)| *network);
        let mut all = networks.into_iter().flat_map(|(_, addresses)| addresses);
        all.find(|address| address.kind != "floating").map(|address| address.addr.clone())
    }

    /// Why it failed, in Nova's words.
    pub(super) fn fault(&self) -> &str {
        self.fault.as_ref().map_or("no fault given", |fault| fault.message.as_str())
    }
}

/// The name in the cloud, with our id.
pub(super) fn name_of(resource: ResourceId) -> String {
    format!("ly-{resource}")
}

/// Every server that is this resource's, stillborn ones among them. An adopted one has another name; its id is ours.
pub(super) async fn all_named(at: &At<'_>, resource: ResourceId) -> Result<Vec<Server>, DriverError> {
    let mut all = there(at, &name_of(resource)).await?;
    if all.is_empty() && at.is_adopted() {
        let adopted = get(at, &resource.to_string()).await?;
        all.extend(adopted.filter(super::adopt::is_adopted));
    }
    Ok(all)
}

/// Every server of exactly this name.
pub(super) async fn there(at: &At<'_>, name: &str) -> Result<Vec<Server>, DriverError> {
    let mut all = all_shown(at, name).await?;
    all.retain(|server| server.status != DELETED);
    Ok(all)
}

/// The same with those that Nova has deleted and still shows.
async fn all_shown(at: &At<'_>, name: &str) -> Result<Vec<Server>, DriverError> {
    let mut all: Vec<Server> = at.list(Service::Compute, "/servers/detail", &format!("name={name}"), "servers").await?;
    all.retain(|server| server.name == name);
    Ok(all)
}

/// Makes way for a new one of the name: what never ran is deleted, what was deleted is waited for.
pub(super) async fn make_way(at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    for server in all_shown(at, &name_of(resource)).await? {
        match server.status.as_str() {
            DELETED => gone(at, &server.id).await?,
            _ if server.is_stillborn() => delete(at, &server.id).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Every server of the project that came to life.
pub(super) async fn all(at: &At<'_>) -> Result<Vec<Server>, DriverError> {
    let mut all: Vec<Server> = at.list(Service::Compute, "/servers/detail", "", "servers").await?;
    all.retain(|server| server.status != DELETED && !server.is_stillborn());
    Ok(all)
}

/// The server, where Nova has it.
pub(super) async fn find(at: &At<'_>, resource: ResourceId) -> Result<Option<Server>, DriverError> {
    Ok(all_named(at, resource).await?.into_iter().find(|server| !server.is_stillborn()))
}

/// One by the cloud's id.
pub(super) async fn get(at: &At<'_>, id: &str) -> Result<Option<Server>, DriverError> {
    Ok(shown(at, id).await?.filter(|server| server.status != DELETED))
}

/// The same with one that Nova has deleted and still shows.
async fn shown(at: &At<'_>, id: &str) -> Result<Option<Server>, DriverError> {
    Ok(found(at.get(Service::Compute, &format!("/servers/{id}"), Some("server")).await)?)
}

/// Does something to the server.
pub(super) async fn act(at: &At<'_>, id: &str, action: &Value) -> Result<(), DriverError> {
    Ok(at.act(Service::Compute, &format!("/servers/{id}/action"), action).await?)
}

/// Looks until Nova has ended what it does to the server, and confirms a resize that waits for it.
pub(super) async fn settle(at: &At<'_>, id: &str) -> Result<Server, DriverError> {
    settle_within(at, id, LONG).await
}

async fn settle_within(at: &At<'_>, id: &str, limit: Duration) -> Result<Server, DriverError> {
    until(&format!("server {id} coming to rest"), limit, || async {
        let server = get(at, id).await?.ok_or_else(|| DriverError::gone(format!("server {id}")))?;
        if server.is_busy() {
            return Ok(None);
        }
        if server.status == "VERIFY_RESIZE" {
            let path = format!("/servers/{id}/action");
            // Another look shows whether it was confirmed in the meantime: while Nova confirms, the status stays, and who
            // asks again is answered with 400, "has not been resized".
            return match at.act(Service::Compute, &path, &json!({ "confirmResize": null })).await {
                Err(error) if error.status() == Some(400) => Ok(None),
                other => match other.map_err(DriverError::from) {
                    Ok(()) | Err(DriverError::Retry { .. } | DriverError::Away { .. }) => Ok(None),
                    Err(error) => Err(error),
                },
            };
        }
        Ok(Some(server))
    })
    .await
}

/// Acts, then looks until the server is in the wanted state.
pub(super) async fn bring(at: &At<'_>, id: &str, action: &Value, wanted: &str) -> Result<(), DriverError> {
    act(at, id, action).await?;
    let server = settle(at, id).await?;
    if server.status == wanted {
        return Ok(());
    }
    let zh = format!("云平台未能将云主机变为所需状态(现为 {})", server.status);
    Err(DriverError::retry(zh, format!("server {id} is {}, not {wanted}: {}", server.status, server.fault())))
}

/// Gives it another flavor and confirms. Refused where the cloud has no room.
pub(super) async fn resize(at: &At<'_>, server: &Server, to: Shape, flavor: &str) -> Result<(), DriverError> {
    let before = server.flavor_shape();
    note(at, &server.id, &json!({ RESIZING_FROM: format!("{}-{}", before.vcpu, before.memory_mib) })).await?;
    act(at, &server.id, &json!({ "resize": { "flavorRef": flavor } })).await?;
    let after = settle(at, &server.id).await?;
    if after.flavor_shape() == to && after.status != "ERROR" {
        return Ok(());
    }
    Err(no_room(&after))
}

/// What a server says that could not be placed.
pub(super) fn no_room(server: &Server) -> DriverError {
    let zh = if server.fault().contains("No valid host") {
        "云平台没有可容纳该规格的主机".to_owned()
    } else {
        format!("云平台未能完成(云主机状态 {})", server.status)
    };
    DriverError::refused(zh, format!("server {} is {}: {}", server.id, server.status, server.fault()))
}

/// Sets metadata, leaving the other keys as they are.
pub(super) async fn note(at: &At<'_>, id: &str, notes: &Value) -> Result<(), DriverError> {
    Ok(at.act(Service::Compute, &format!("/servers/{id}/metadata"), &json!({ "metadata": notes })).await?)
}

/// Deletes a server and looks until it is gone. Its volumes and its port stay: they are ours.
pub(super) async fn delete(at: &At<'_>, id: &str) -> Result<(), DriverError> {
    at.delete(Service::Compute, &format!("/servers/{id}")).await?;
    gone(at, id).await
}

/// Looks until Nova does not show it any more: one that is deleted and still shown counts in its project's quota.
async fn gone(at: &At<'_>, id: &str) -> Result<(), DriverError> {
    until(&format!("the deletion of server {id}"), LONG, || async {
        match shown(at, id).await? {
            None => Ok(Some(())),
            Some(server) if server.status == "ERROR" && server.task.is_none() => {
                let zh = "云平台删除云主机失败,请在云平台上查明";
                Err(DriverError::refused(zh, format!("server {id}: {}", server.fault())))
            }
            Some(_) => Ok(None),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(status: &str, power_state: i64, metadata: Value) -> Server {
        let json = json!({
            "id": "1", "name": "ly-1", "status": status, "metadata": metadata,
            "flavor": { "vcpus": 2, "ram": 4096 }, "OS-EXT-STS:power_state": power_state,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn until_a_resize_is_confirmed_the_server_has_its_old_shape() {
        let (old, new) = (Shape { vcpu: 1, memory_mib: 192 }, Shape { vcpu: 2, memory_mib: 4096 });
        let notes = json!({ RESIZING_FROM: "1-192" });
        assert_eq!(server("VERIFY_RESIZE", 4, notes.clone()).shape(), old);
        assert_eq!(server("SHUTOFF", 4, notes).shape(), new);
        assert_eq!(server("VERIFY_RESIZE", 4, json!({})).shape(), new);
    }

    #[test]
    fn what_holds_its_disks_open_runs() {
        for (status, power_state, power) in [
            ("ACTIVE", 1, Power::Running),
            ("PAUSED", 3, Power::Running),
            ("VERIFY_RESIZE", 1, Power::Running),
            ("VERIFY_RESIZE", 4, Power::Stopped),
            ("SHUTOFF", 4, Power::Stopped),
            ("SHELVED_OFFLOADED", 4, Power::Stopped),
            ("ERROR", 0, Power::Stopped),
        ] {
            assert_eq!(server(status, power_state, json!({})).power(), power, "{status}");
        }
    }
}
