//! 网络开放: the server's own security group with the ports that were granted, and its floating address.
//!
//! The group of its network lets servers of the network reach each other; this one lets others in. Every part is
//! looked for by the server's id before it is made, and whatever the group holds beyond the grant is taken out.

use domain::ids::ResourceId;
use domain::provisioning::{ANY_PORT, Access, PortRule, Transport};
use serde::Deserialize;
use serde_json::json;

use super::Openstack;
use super::calls::At;
use super::fault::there;
use super::network::{self, Part, Port};
use super::session::Service;
use crate::DriverError;

/// One rule as Neutron has it.
#[derive(Clone, Debug, Deserialize)]
struct Rule {
    id: String,
    direction: String,
    ethertype: String,
    protocol: Option<String>,
    port_range_min: Option<u16>,
    port_range_max: Option<u16>,
    remote_ip_prefix: Option<String>,
    remote_group_id: Option<String>,
}

impl Rule {
    /// What it lets in. A rule that no grant could have made comes out as one that was not granted.
    fn lets_in(&self) -> Result<PortRule, DriverError> {
        let everywhere = if self.ethertype == "IPv6" { "::/0" } else { "0.0.0.0/0" };
        let source = self.remote_ip_prefix.as_deref().unwrap_or(everywhere);
        let protocol = self.protocol.as_deref().and_then(|protocol| protocol.parse().ok());
        Ok(PortRule {
            protocol: protocol.filter(|_| self.remote_group_id.is_none()).unwrap_or(Transport::Other),
            port: self.port_range_min.filter(|port| self.port_range_max == Some(*port)).unwrap_or(ANY_PORT),
            source: source.parse().map_err(DriverError::bug)?,
        })
    }
}

/// A floating address.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Floating {
    id: String,
    #[serde(default)]
    port_id: Option<String>,
    floating_ip_address: String,
}

/// A group with its rules, and the port it is for in its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    id: String,
    name: String,
    #[serde(default)]
    security_group_rules: Vec<Rule>,
}

/// Groups as `query` chooses them: empty, or ending in `&`.
pub(super) async fn groups(at: &At<'_>, query: &str) -> Result<Vec<Group>, DriverError> {
    let fields = format!("{query}fields=id&fields=name&fields=security_group_rules");
    Ok(at.list(Service::Network, "/security-groups", &fields, "security_groups").await?)
}

/// Floating addresses as `query` chooses them.
pub(super) async fn floating(at: &At<'_>, query: &str) -> Result<Vec<Floating>, DriverError> {
    Ok(at.list(Service::Network, "/floatingips", query, "floatingips").await?)
}

/// What is open of a server, and its public address. The server's own group counts where its port is in it: one that
/// was made and not yet joined lets nothing in.
pub(super) fn of(
    port: &Port,
    groups: &[Group],
    floating: &[Floating],
) -> Result<(Access, Option<String>), DriverError> {
    let own = groups.iter().find(|group| group.name == port.name && port.security_groups.contains(&group.id));
    let rules = own.map_or(&[][..], |group| &group.security_group_rules);
    let open = rules.iter().filter(|rule| rule.direction == "ingress").map(Rule::lets_in);
    let open = open.collect::<Result<Vec<_>, _>>()?;
    let public = floating.iter().find(|address| address.port_id.as_ref() == Some(&port.id));
    Ok((Access::new(open, public.is_some()), public.map(|address| address.floating_ip_address.clone())))
}

/// Opens and shuts until exactly `to` is open.
pub(super) async fn set(cloud: &Openstack, at: &At<'_>, resource: ResourceId, to: &Access) -> Result<(), DriverError> {
    let port = network::port_of(at, resource).await?;
    let port = port.ok_or_else(|| DriverError::gone(format!("port of {resource}")))?;
    let group =
        network::ensure_part(at, ("security-groups", "security_group"), &network::port_name(resource), json!({}))
            .await?;
    set_rules(at, &group, to).await?;
    if !port.security_groups.contains(&group.id) {
        let groups: Vec<&String> = port.security_groups.iter().chain([&group.id]).collect();
        let body = json!({ "port": { "security_groups": groups } });
        at.put(Service::Network, &format!("/ports/{}", port.id), Some(&body)).await?;
    }
    set_address(cloud, at, &port, to.public_address).await
}

async fn set_rules(at: &At<'_>, group: &Part, to: &Access) -> Result<(), DriverError> {
    let present = ingress(at, group).await?;
    let mut open = Vec::new();
    for rule in &present {
        let lets_in = rule.lets_in()?;
        if to.ports.contains(&lets_in) {
            open.push(lets_in);
        } else {
            at.delete(Service::Network, &format!("/security-group-rules/{}", rule.id)).await?;
        }
    }
    for rule in to.ports.iter().filter(|rule| !open.contains(rule)) {
        let body = json!({ "security_group_rule": {
            "security_group_id": group.id, "direction": "ingress", "protocol": rule.protocol.code(),
            "ethertype": if rule.source.is_v6() { "IPv6" } else { "IPv4" },
            "port_range_min": rule.port, "port_range_max": rule.port, "remote_ip_prefix": rule.source.as_str(),
        } });
        there(at.act(Service::Network, "/security-group-rules", &body).await)?;
    }
    Ok(())
}

async fn ingress(at: &At<'_>, group: &Part) -> Result<Vec<Rule>, DriverError> {
    let query = format!("security_group_id={}", group.id);
    let mut rules: Vec<Rule> =
        at.list(Service::Network, "/security-group-rules", &query, "security_group_rules").await?;
    rules.retain(|rule| rule.direction == "ingress");
    Ok(rules)
}

async fn floating_of(at: &At<'_>, port: &Port) -> Result<Vec<Floating>, DriverError> {
    floating(at, &format!("port_id={}", port.id)).await
}

/// Neutron refuses a second floating address on the same port and address, so none is made twice.
async fn set_address(cloud: &Openstack, at: &At<'_>, port: &Port, wanted: bool) -> Result<(), DriverError> {
    let present = floating_of(at, port).await?;
    if !wanted {
        return give_back(at, present).await;
    }
    if !present.is_empty() {
        return Ok(());
    }
    let outside = network::outside(cloud, at).await?.ok_or_else(|| {
        DriverError::refused(
            "云引擎未设置外部网络,不能分配公网地址;请在“云引擎”页填写外部网络",
            "the engine names no external network, so there are no public addresses",
        )
    })?;
    let body = json!({ "floatingip": {
        "floating_network_id": outside.id, "port_id": port.id, "description": port.name,
    } });
    match at.post::<Floating>(Service::Network, "/floatingips", &body, Some("floatingip")).await {
        Ok(_) => Ok(()),
        Err(error) if error.status() == Some(409) && !floating_of(at, port).await?.is_empty() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn give_back(at: &At<'_>, addresses: Vec<Floating>) -> Result<(), DriverError> {
    for address in addresses {
        at.delete(Service::Network, &format!("/floatingips/{}", address.id)).await?;
    }
    Ok(())
}

/// Before the server's port goes: the floating addresses that lead to it.
pub(super) async fn clear_addresses(at: &At<'_>, port: &Port) -> Result<(), DriverError> {
    give_back(at, floating_of(at, port).await?).await
}

/// After the port is gone: the group that only it was in.
pub(super) async fn clear_group(at: &At<'_>, resource: ResourceId) -> Result<(), DriverError> {
    for group in network::named(at, "security-groups", &network::port_name(resource)).await? {
        at.delete(Service::Network, &format!("/security-groups/{}", group.id)).await?;
    }
    Ok(())
}
