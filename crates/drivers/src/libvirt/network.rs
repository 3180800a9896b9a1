//! Isolated networks: a bridge of its own for each agency and segment, with DHCP and no way out.
//!
//! The network's name carries our ids; each server has a fixed address there, entered before the server is
//! defined. An entry counts as a member only while its server exists, so that a killed process leaves no ghost.

use domain::ids::ResourceId;
use domain::provisioning::NetworkKey;

use super::layout::Layout;
use super::supervisor::lock;
use super::virsh::{self, Virsh};
use crate::DriverError;

/// 10.224.0.0/12 in 4096 parts of /24.
const SUBNETS: u64 = 4096;

/// The name in libvirt, with our ids.
pub fn name_of(network: &NetworkKey) -> String {
    format!("ly-{}-{}", network.agency, network.segment)
}

/// 40 bits of the resource's id, under a locally administered prefix.
pub fn mac_of(resource: ResourceId) -> String {
    let id = resource.0.into_bytes();
    format!("52:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", id[11], id[12], id[13], id[14], id[15])
}

/// One fixed address: MAC, name of the server in libvirt, address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub mac: String,
    pub server: String,
    pub address: String,
}

/// A network as libvirt has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    /// The host's address, e.g. `10.224.7.1`.
    pub gateway: String,
    pub leases: Vec<Lease>,
}

/// Reads the network; `None` where it is not defined.
pub async fn read(virsh: &Virsh, name: &str) -> Result<Option<Net>, DriverError> {
    if !virsh.names(&["net-list", "--all", "--name"]).await?.iter().any(|known| known == name) {
        return Ok(None);
    }
    parse(&virsh.call(&["net-dumpxml", name]).await?).map(Some)
}

fn parse(xml: &str) -> Result<Net, DriverError> {
    let document = roxmltree::Document::parse(xml).map_err(DriverError::bug)?;
    let attribute = |node: roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap_or_default().to_owned();
    let gateway = document.descendants().find(|node| node.has_tag_name("ip")).map(|node| attribute(node, "address"));
    let hosts = document.descendants().filter(|node| node.has_tag_name("host") && node.has_attribute("mac"));
    let leases = hosts.map(|node| Lease {
        mac: attribute(node, "mac"),
        server: attribute(node, "name"),
        address: attribute(node, "ip"),
    });
    Ok(Net { gateway: gateway.unwrap_or_default(), leases: leases.collect() })
}

/// True where the network is defined and up.
pub async fn is_up(virsh: &Virsh, name: &str) -> Result<bool, DriverError> {
    Ok(virsh.names(&["net-list", "--name"]).await?.iter().any(|known| known == name))
}

/// Defines and starts the network where needed.
pub async fn ensure(virsh: &Virsh, layout: &Layout, network: &NetworkKey) -> Result<(), DriverError> {
    let name = name_of(network);
    let _alone = lock(layout, "network").await?;
    if read(virsh, &name).await?.is_none() {
        let taken = taken_prefixes(virsh).await?;
        let mark = hash(&format!("{}{name}", layout.root().display()));
        let (second, third) = free_subnet(mark, &taken)
            .ok_or_else(|| DriverError::refused("没有可用的隔离网段", "no free subnet for an isolated network"))?;
        let xml = network_xml(&name, mark, second, third);
        virsh.call_with(&["net-define", "/dev/stdin"], &xml).await?;
    }
    virsh.call(&["net-autostart", &name]).await?;
    if !is_up(virsh, &name).await? {
        virsh.call(&["net-start", &name]).await?;
    }
    Ok(())
}

/// No `<forward>`: guests reach each other and the host's side of the bridge, nothing else. No DNS either.
fn network_xml(name: &str, mark: u64, second: u64, third: u64) -> String {
    // An interface's name has at most 15 characters; the hash tells apart the liyuns of one machine.
    let bridge = format!("ly{:010x}", mark & 0xff_ffff_ffff);
    format!(
        "<network><name>{name}</name><bridge name='{bridge}' stp='off' delay='0'/><dns enable='no'/>\
         <ip address='10.{second}.{third}.1' netmask='255.255.255.0'>\
         <dhcp><range start='10.{second}.{third}.2' end='10.{second}.{third}.254'/></dhcp></ip></network>"
    )
}

/// `10.x.y.` of every address on this machine and of every network of ours, running or not.
async fn taken_prefixes(virsh: &Virsh) -> Result<Vec<String>, DriverError> {
    let mut ip = tokio::process::Command::new("ip");
    ip.args(["-4", "-o", "route", "show", "table", "all"]);
    let routes = virsh::run(ip, "", std::time::Duration::from_secs(10)).await?.text;
    let mut taken: Vec<String> = routes.split_whitespace().filter(|word| word.starts_with("10.")).map(prefix).collect();
    for name in virsh.names(&["net-list", "--all", "--name"]).await? {
        taken.push(prefix(&parse(&virsh.call(&["net-dumpxml", &name]).await?)?.gateway));
    }
    Ok(taken)
}

/// `10.224.7.` of `10.224.7.0/24`.
fn prefix(address: &str) -> String {
    address.rfind('.').map_or_else(String::new, |dot| address[..=dot].to_owned())
}

/// The first free /24 from where the mark points, so that two machines rarely choose alike.
fn free_subnet(mark: u64, taken: &[String]) -> Option<(u64, u64)> {
    (0..SUBNETS)
        .map(|n| (mark % SUBNETS + n) % SUBNETS)
        .map(|n| (224 + n / 256, n % 256))
        .find(|(second, third)| !taken.contains(&format!("10.{second}.{third}.")))
}

/// FNV-1a: the same on every machine and in every version.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Gives the server its fixed address; the one it has, where it has one.
pub async fn join(
    virsh: &Virsh,
    layout: &Layout,
    network: &NetworkKey,
    resource: ResourceId,
) -> Result<String, DriverError> {
    let name = name_of(network);
    let _alone = lock(layout, "network").await?;
    let net = read(virsh, &name).await?.ok_or_else(|| DriverError::gone(format!("network {name}")))?;
    let mac = mac_of(resource);
    if let Some(lease) = net.leases.iter().find(|lease| lease.mac == mac) {
        return Ok(lease.address.clone());
    }
    let front = prefix(&net.gateway);
    let address = (2..255).map(|last| format!("{front}{last}"));
    let address = address
        .into_iter()
        .find(|address| !net.leases.iter().any(|lease| lease.address == *address))
        .ok_or_else(|| DriverError::refused("该隔离网络的地址已用完", "no free address on the isolated network"))?;
    let entry = format!("<host mac='{mac}' name='ly-{resource}' ip='{address}'/>");
    update(virsh, &name, "add-last", &entry).await?;
    Ok(address)
}

/// Takes the fixed address back.
pub async fn leave(
    virsh: &Virsh,
    layout: &Layout,
    network: &NetworkKey,
    resource: ResourceId,
) -> Result<(), DriverError> {
    let name = name_of(network);
    let _alone = lock(layout, "network").await?;
    let Some(net) = read(virsh, &name).await? else { return Ok(()) };
    let mac = mac_of(resource);
    let Some(lease) = net.leases.iter().find(|lease| lease.mac == mac) else { return Ok(()) };
    update(virsh, &name, "delete", &format!("<host mac='{mac}' name='{}' ip='{}'/>", lease.server, lease.address)).await
}

async fn update(virsh: &Virsh, name: &str, how: &str, entry: &str) -> Result<(), DriverError> {
    let mut arguments = vec!["net-update", name, how, "ip-dhcp-host", entry, "--config"];
    if is_up(virsh, name).await? {
        arguments.push("--live");
    }
    virsh.call(&arguments).await.map(drop)
}

/// Stops and forgets a network on which no server is left.
pub async fn remove(virsh: &Virsh, layout: &Layout, network: &NetworkKey) -> Result<(), DriverError> {
    let name = name_of(network);
    let _alone = lock(layout, "network").await?;
    let Some(net) = read(virsh, &name).await? else { return Ok(()) };
    if members(virsh, &net, None).await? > 0 {
        return Err(DriverError::refused("隔离网络上还有云主机", "the isolated network still has servers"));
    }
    if is_up(virsh, &name).await? {
        virsh.call(&["net-destroy", &name]).await?;
    }
    virsh.call(&["net-undefine", &name]).await.map(drop)
}

/// How many servers other than `except` are on the network.
pub async fn members(virsh: &Virsh, net: &Net, except: Option<ResourceId>) -> Result<u32, DriverError> {
    let servers = virsh.names(&["list", "--all", "--name"]).await?;
    let own = except.map(mac_of);
    let others = net.leases.iter().filter(|lease| Some(&lease.mac) != own.as_ref() && servers.contains(&lease.server));
    Ok(u32::try_from(others.count()).unwrap_or(u32::MAX))
}
