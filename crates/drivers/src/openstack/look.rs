//! 实况: what the cloud shows of one server, put together from what a project holds.
//!
//! For one server each list is asked for its part only. For many of one agency the project's lists are read once, and
//! every server finds its parts in them: six lists instead of six a server.

use std::collections::HashMap;

use domain::ids::ResourceId;
use domain::provisioning::{Access, CopiesSeen, Desired, DiskId, Observed, ObservedServer, OpenstackSettings, Power};

use super::access::{self, Floating, Group};
use super::calls::At;
use super::copy::Held;
use super::definition::Definition;
use super::disk::{self, Volume};
use super::network::{self, Part, Port};
use super::nova::{self, Server};
use super::session::Service;
use crate::DriverError;

/// What of a project belongs to one server.
#[derive(Default)]
struct Parts {
    /// Ports of servers on its network; `None` where there is no network.
    ports: Option<Vec<Port>>,
    /// Its disks, and what was made of them or left by them.
    volumes: Vec<Volume>,
    server: Option<Server>,
    /// 网络开放, where it has a port.
    open: Option<(Access, Option<String>)>,
}

/// What the cloud shows of one server.
pub(super) async fn one(at: &At<'_>, desired: &Desired) -> Result<Observed, DriverError> {
    let resource = desired.resource;
    let mut parts = Parts::default();
    if let Some(network) = network::find(at, &network::name_of(&desired.network)).await? {
        parts.ports = Some(network::server_ports(at, &format!("network_id={}", network.id)).await?);
    }
    parts.volumes = disk::all_of_resource(at, resource).await?;
    parts.server = nova::find(at, resource).await?;
    if let Some(port) = parts.own_port(resource) {
        let groups = access::groups(at, &format!("name={}&", port.name)).await?;
        let floating = access::floating(at, &format!("port_id={}", port.id)).await?;
        parts.open = Some(access::of(port, &groups, &floating)?);
    }
    let copies = Held::of(at, &[desired], parts.volumes.iter()).await?;
    Ok(parts.seen(&at.session.settings, desired, &copies))
}

impl Parts {
    fn own_port(&self, resource: ResourceId) -> Option<&Port> {
        let own = network::port_name(resource);
        self.ports.as_ref()?.iter().find(|port| port.name == own)
    }

    fn seen(self, settings: &OpenstackSettings, desired: &Desired, copies: &Held) -> Observed {
        let resource = desired.resource;
        let mut seen = Observed { network: self.ports.is_some(), ..Observed::default() };
        let address = self.own_port(resource).map(Port::address);
        let all = self.ports.as_ref().map_or(0, Vec::len);
        seen.network_others = u32::try_from(all - usize::from(address.is_some())).unwrap_or(u32::MAX);
        let replaced = copies.replaced(&self.volumes);
        let volumes: Vec<Volume> = disk::the_disks(self.volumes).into_iter().filter(Volume::is_whole).collect();
        let attached = |volume: &Volume| match &self.server {
            Some(server) => volume.is_held_by(&server.id),
            None => volume.is_plugged(),
        };
        let system = volumes.iter().find(|volume| volume.disk() == Some(DiskId::system_of(resource)));
        let defined = system.filter(|_| self.server.is_none()).and_then(Definition::on);
        for volume in &volumes {
            let is_defined = defined.is_some() && system.is_some_and(|system| system.id == volume.id);
            seen.disks.extend(volume.observed((settings, desired), attached(volume) || is_defined));
        }
        seen.server = match (self.server, defined) {
            (Some(server), _) => Some(of_nova(&server)),
            (None, Some(definition)) => Some(of_definition(resource, &definition)),
            (None, None) => None,
        };
        if let (Some(server), Some(address)) = (&mut seen.server, address) {
            let (access, public_address) = self.open.map_or((None, None), |(access, public)| (Some(access), public));
            (server.address, server.access, server.public_address) = (address, access, public_address);
        }
        seen.copies = CopiesSeen { replaced, ..copies.seen(desired, &volumes) };
        in_order(&mut seen, &desired.disk_ids());
        seen
    }
}

/// Everything a project holds.
#[derive(Default)]
pub(super) struct Holdings {
    networks: HashMap<String, Part>,
    /// Ports of servers by their network.
    ports: HashMap<String, Vec<Port>>,
    groups: Vec<Group>,
    floating: Vec<Floating>,
    volumes: HashMap<String, Vec<Volume>>,
    servers: HashMap<String, Server>,
}

impl Holdings {
    /// Reads the six lists.
    pub(super) async fn of(at: &At<'_>) -> Result<Self, DriverError> {
        let project = at.token().await?.project_id.clone();
        let mut networks = network::all(at, &project).await?;
        // Of two of one name the one that counts comes first, so it is put in last.
        networks.reverse();
        let mut holdings = Self {
            networks: networks.into_iter().map(|part| (part.name.clone(), part)).collect(),
            groups: access::groups(at, &format!("project_id={project}&")).await?,
            floating: access::floating(at, &format!("project_id={project}")).await?,
            ..Self::default()
        };
        for port in network::server_ports(at, &format!("project_id={project}")).await? {
            holdings.ports.entry(port.network_id.clone()).or_default().push(port);
        }
        for volume in at.list::<Volume>(Service::Volume, "/volumes/detail", "", "volumes").await? {
            if let Some(resource) = volume.metadata.get(disk::RESOURCE).cloned() {
                holdings.volumes.entry(resource).or_default().push(volume);
            }
        }
        for server in nova::all(at).await? {
            holdings.servers.insert(server.name.clone(), server);
        }
        Ok(holdings)
    }

    /// Volumes of all its servers.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.volumes.values().flatten()
    }

    /// What of it is one server's.
    pub(super) fn seen(
        &self,
        settings: &OpenstackSettings,
        desired: &Desired,
        copies: &Held,
    ) -> Result<Observed, DriverError> {
        let network = self.networks.get(&network::name_of(&desired.network));
        let mut parts = Parts {
            ports: network.map(|network| self.ports.get(&network.id).cloned().unwrap_or_default()),
            volumes: self.volumes.get(&desired.resource.to_string()).cloned().unwrap_or_default(),
            server: self.servers.get(&nova::name_of(desired.resource)).cloned(),
            open: None,
        };
        if let Some(port) = parts.own_port(desired.resource) {
            parts.open = Some(access::of(port, &self.groups, &self.floating)?);
        }
        Ok(parts.seen(settings, desired, copies))
    }
}

/// Without what its port shows.
pub(super) fn of_nova(server: &Server) -> ObservedServer {
    ObservedServer {
        external_name: server.name.clone(),
        power: server.power(),
        shape: server.shape(),
        mark: Definition::read(&server.metadata).map(|definition| definition.mark),
        address: None,
        access: None,
        public_address: None,
    }
}

fn of_definition(resource: ResourceId, definition: &Definition) -> ObservedServer {
    ObservedServer {
        external_name: nova::name_of(resource),
        power: Power::Stopped,
        shape: definition.shape,
        mark: Some(definition.mark),
        address: None,
        access: None,
        public_address: None,
    }
}

/// Disks in the order of the paper, those it does not know last.
pub(super) fn in_order(seen: &mut Observed, ids: &[DiskId]) {
    let place = |id: DiskId| ids.iter().position(|known| *known == id).unwrap_or(usize::MAX);
    seen.disks.sort_by_key(|disk| (place(disk.id), disk.id));
}
