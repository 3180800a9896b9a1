//! 隔离网络: network, subnet, security group and router for each agency and segment, in the agency's project.
//!
//! The network comes first and goes last, so that whatever was begun is seen. Every part is looked for by name before
//! it is made; defining a server completes what a killed process left half made.

use domain::ids::ResourceId;
use domain::provisioning::NetworkKey;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{At, encoded};
use super::fault::{found, there};
use super::session::Service;
use super::wait::until;
use super::{Openstack, SHORT, access, project};
use crate::DriverError;

/// 10.224.0.0/12 in 4096 parts of /24, as on the libvirt engine.
const SUBNETS: u64 = 4096;
const DESCRIPTION: &str = "liyun: isolated network of one agency";

/// The name in the cloud, with our ids: of the network and of its parts.
pub(super) fn name_of(network: &NetworkKey) -> String {
    format!("ly-{}-{}", network.agency, network.segment)
}

/// The name of a server's port.
pub(super) fn port_name(resource: ResourceId) -> String {
    format!("ly-{resource}")
}

/// 40 bits of the resource's id, under a locally administered prefix. Neutron takes an address once on a network:
/// a second port of one server cannot come into being.
fn mac_of(resource: ResourceId) -> String {
    let id = resource.0.into_bytes();
    format!("52:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", id[11], id[12], id[13], id[14], id[15])
}

/// The /24 of a network: the same whoever computes it, so that two that make it at once end with one.
fn cidr_of(name: &str) -> String {
    // FNV-1a: the same on every machine and in every version.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let part = hash % SUBNETS;
    format!("10.{}.{}.0/24", 224 + part / 256, part % 256)
}

/// Anything with id and name; the oldest of one name is the one that counts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Part {
    pub id: String,
    pub name: String,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    security_group_rules: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize)]
struct Rule {
    ethertype: String,
    remote_group_id: Option<String>,
}

/// 端口 of a server, or of another's on the same network.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Port {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub network_id: String,
    #[serde(default)]
    device_owner: String,
    #[serde(default)]
    fixed_ips: Vec<FixedIp>,
    #[serde(default)]
    pub security_groups: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct FixedIp {
    ip_address: String,
}

impl Port {
    /// Its address.
    pub(super) fn address(&self) -> Option<String> {
        self.fixed_ips.first().map(|ip| ip.ip_address.clone())
    }

    fn is_of_a_server(&self) -> bool {
        self.name.starts_with("ly-") || self.device_owner.starts_with("compute:")
    }
}

/// The network of this name. Of two that were made at the same moment the one in use counts, else the older.
pub(super) async fn find(at: &At<'_>, name: &str) -> Result<Option<Part>, DriverError> {
    Ok(named(at, "networks", name).await?.into_iter().next())
}

/// All of this name in the project, the one that counts first.
pub(super) async fn named(at: &At<'_>, kind: &str, name: &str) -> Result<Vec<Part>, DriverError> {
    let project = &at.token().await?.project_id;
    let mut parts = parts(at, kind, &format!("name={}&project_id={project}", encoded(name))).await?;
    parts.retain(|part| part.name == name);
    Ok(parts)
}

/// The part of this name, made where there is none. Where two made it at once, both keep the same one.
pub(super) async fn ensure_part(
    at: &At<'_>,
    kind: (&str, &str),
    name: &str,
    mut spec: Value,
) -> Result<Part, DriverError> {
    let (plural, singular) = kind;
    if let Some(part) = named(at, plural, name).await?.into_iter().next() {
        return Ok(part);
    }
    spec["name"] = json!(name);
    spec["description"] = json!(DESCRIPTION);
    let path = format!("/{plural}");
    let made: Part = at.post(Service::Network, &path, &json!({ singular: spec }), Some(singular)).await?;
    let kept = named(at, plural, name).await?.into_iter().next().unwrap_or_else(|| made.clone());
    if kept.id != made.id {
        at.delete(Service::Network, &format!("{path}/{}", made.id)).await?;
    }
    Ok(kept)
}

/// A network with all its parts.
pub(super) struct Ready {
    pub network: Part,
    pub group: Part,
}

/// Makes whatever is missing of the network.
pub(super) async fn ensure(cloud: &Openstack, at: &At<'_>, key: &NetworkKey) -> Result<Ready, DriverError> {
    let name = name_of(key);
    // One at a time in this process; between processes see `ensure_part`.
    let _alone = cloud.networks.lock().await;
    let network = ensure_part(at, ("networks", "network"), &name, json!({ "admin_state_up": true })).await?;
    let subnet = ensure_subnet(at, &name, &network).await?;
    let group = ensure_part(at, ("security-groups", "security_group"), &name, json!({})).await?;
    // Servers of one network reach each other. From elsewhere nothing comes in.
    let has = |family: &str| {
        let rules = &group.security_group_rules;
        rules.iter().any(|rule| rule.ethertype == family && rule.remote_group_id.as_ref() == Some(&group.id))
    };
    for family in ["IPv4", "IPv6"].into_iter().filter(|family| !has(family)) {
        let rule = json!({
            "security_group_id": group.id, "direction": "ingress", "ethertype": family, "remote_group_id": group.id,
        });
        there(at.act(Service::Network, "/security-group-rules", &json!({ "security_group_rule": rule })).await)?;
    }
    let router = ensure_part(at, ("routers", "router"), &name, json!({ "admin_state_up": true })).await?;
    connect(cloud, at, key, (&router, &subnet)).await?;
    Ok(Ready { network, group })
}

/// Its range is always the same, and Neutron refuses a second one of that range on the network.
async fn ensure_subnet(at: &At<'_>, name: &str, network: &Part) -> Result<Part, DriverError> {
    let here = |subnets: Vec<Part>| subnets.into_iter().next();
    let query = format!("network_id={}", network.id);
    let list = || at.list::<Part>(Service::Network, "/subnets", &query, "subnets");
    if let Some(subnet) = here(list().await?) {
        return Ok(subnet);
    }
    let spec = json!({
        "name": name, "network_id": network.id, "ip_version": 4, "cidr": cidr_of(name), "description": DESCRIPTION,
    });
    match at.post::<Part>(Service::Network, "/subnets", &json!({ "subnet": spec }), Some("subnet")).await {
        Ok(subnet) => Ok(subnet),
        Err(error) => here(list().await?).ok_or_else(|| error.into()),
    }
}

/// Puts the router on the subnet, and towards the internet where the segment faces it and the engine names the way.
async fn connect(
    cloud: &Openstack,
    at: &At<'_>,
    key: &NetworkKey,
    (router, subnet): (&Part, &Part),
) -> Result<(), DriverError> {
    if interfaces(at, &router.id).await?.is_empty() {
        let body = json!({ "subnet_id": subnet.id });
        let path = format!("/routers/{}/add_router_interface", router.id);
        match at.put(Service::Network, &path, Some(&body)).await {
            Err(error) if interfaces(at, &router.id).await?.is_empty() => return Err(error.into()),
            _ => {}
        }
    }
    if !key.segment.faces_internet() {
        return Ok(());
    }
    let Some(outside) = outside(cloud, at).await? else { return Ok(()) };
    let body = json!({ "router": { "external_gateway_info": { "network_id": outside.id } } });
    Ok(at.put(Service::Network, &format!("/routers/{}", router.id), Some(&body)).await?)
}

/// The external network, where the engine names one.
pub(super) async fn outside(cloud: &Openstack, at: &At<'_>) -> Result<Option<Part>, DriverError> {
    let Some(name) = cloud.session().settings.external_network.as_deref() else { return Ok(None) };
    let query = format!("name={}&router:external=true", encoded(name));
    let found: Vec<Part> = at.list(Service::Network, "/networks", &query, "networks").await?;
    let outside = found.into_iter().next().ok_or_else(|| {
        DriverError::refused(format!("云平台没有外部网络“{name}”"), format!("no external network {name:?}"))
    })?;
    Ok(Some(outside))
}

async fn interfaces(at: &At<'_>, router: &str) -> Result<Vec<Port>, DriverError> {
    let query = format!("device_id={router}&device_owner=network:router_interface");
    Ok(at.list(Service::Network, "/ports", &query, "ports").await?)
}

/// Every network of a project, the one that counts of each name first.
pub(super) async fn all(at: &At<'_>, project: &str) -> Result<Vec<Part>, DriverError> {
    parts(at, "networks", &format!("project_id={project}")).await
}

/// Those in use first, then the older.
async fn parts(at: &At<'_>, kind: &str, query: &str) -> Result<Vec<Part>, DriverError> {
    let mut parts: Vec<Part> = at.list(Service::Network, &format!("/{kind}"), query, &kind.replace('-', "_")).await?;
    parts.sort_by_key(|part| (part.subnets.is_empty(), part.created_at.clone(), part.id.clone()));
    Ok(parts)
}

/// The ports of servers among those that `query` chooses: `network_id=…`, `project_id=…`.
pub(super) async fn server_ports(at: &At<'_>, query: &str) -> Result<Vec<Port>, DriverError> {
    let mut ports: Vec<Port> = at.list(Service::Network, "/ports", query, "ports").await?;
    ports.retain(Port::is_of_a_server);
    Ok(ports)
}

/// The server's port, where it has one.
pub(super) async fn port_of(at: &At<'_>, resource: ResourceId) -> Result<Option<Port>, DriverError> {
    let name = port_name(resource);
    let ports: Vec<Port> = at.list(Service::Network, "/ports", &format!("name={name}"), "ports").await?;
    Ok(ports.into_iter().find(|port| port.name == name))
}

/// Gives the server its port and fixed address, on a network that it completes where that is half made. A port that
/// is there shows that its network was complete.
pub(super) async fn join(
    cloud: &Openstack,
    at: &At<'_>,
    key: &NetworkKey,
    resource: ResourceId,
) -> Result<Port, DriverError> {
    if let Some(port) = port_of(at, resource).await? {
        return Ok(port);
    }
    let ready = ensure(cloud, at, key).await?;
    let spec = json!({
        "name": port_name(resource), "network_id": ready.network.id, "mac_address": mac_of(resource),
        "security_groups": [ready.group.id], "description": "liyun: the only port of one server",
    });
    match at.post(Service::Network, "/ports", &json!({ "port": spec }), Some("port")).await {
        Ok(port) => Ok(port),
        // Another was faster, or our own earlier answer was lost.
        Err(error) if error.status() == Some(409) => port_of(at, resource).await?.ok_or_else(|| error.into()),
        Err(error) => Err(error.into()),
    }
}

/// Takes the server's port back, first the floating addresses that lead to it, last the group only it was in.
pub(super) async fn leave(at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    if let Some(port) = port_of(at, resource).await? {
        access::clear_addresses(at, &port).await?;
        at.delete(Service::Network, &format!("/ports/{}", port.id)).await?;
    }
    access::clear_group(at, resource).await
}

/// Removes a network on which no server is left, its parts before it.
pub(super) async fn remove(cloud: &Openstack, key: &NetworkKey) -> Result<(), DriverError> {
    let Some(at) = project::enter(cloud, key.agency).await? else { return Ok(()) };
    let name = name_of(key);
    let _alone = cloud.networks.lock().await;
    let networks = named(&at, "networks", &name).await?;
    for network in &networks {
        if !server_ports(&at, &format!("network_id={}", network.id)).await?.is_empty() {
            return Err(DriverError::refused("隔离网络上还有云主机", "the isolated network still has servers"));
        }
    }
    for router in named(&at, "routers", &name).await? {
        for port in interfaces(&at, &router.id).await? {
            let body = json!({ "port_id": port.id });
            let path = format!("/routers/{}/remove_router_interface", router.id);
            found(at.put(Service::Network, &path, Some(&body)).await)?;
        }
        at.delete(Service::Network, &format!("/routers/{}", router.id)).await?;
    }
    for group in named(&at, "security-groups", &name).await? {
        at.delete(Service::Network, &format!("/security-groups/{}", group.id)).await?;
    }
    for network in &networks {
        // Ports of the platform itself (DHCP) may linger for a moment, during which the network is in use.
        until("the network's removal", SHORT, || async {
            match at.delete(Service::Network, &format!("/networks/{}", network.id)).await {
                Ok(()) => Ok(Some(())),
                Err(error) if error.status() == Some(409) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await?;
    }
    let id = at.token().await?.project_id.clone();
    project::set_quota(cloud, key.agency, &id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_always_the_same_range_of_its_own_part() {
        let range = cidr_of("ly-0192-private-government");
        assert_eq!(range, cidr_of("ly-0192-private-government"));
        let parts: Vec<u64> = range.trim_end_matches("/24").split('.').map(|part| part.parse().unwrap()).collect();
        assert!(parts[0] == 10 && (224..=239).contains(&parts[1]) && parts[2] < 256 && parts[3] == 0, "{range}");
    }
}
