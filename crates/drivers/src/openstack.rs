//! OpenStack: servers in a real OpenStack cloud, through its own APIs and a thin client of our own.
//!
//! Every object carries our ids in its name, and servers and volumes in their metadata too. Whatever was killed when,
//! looking again shows what happened. How agencies map to projects: docs/decisions/0021.
//!
//! | ours                      | in the cloud                                                        |
//! |---------------------------|---------------------------------------------------------------------|
//! | 使用单位 agency           | project `ly-<agency>`, its quota the sum of what was approved         |
//! | 隔离网络 network          | network, subnet, security group, router `ly-<agency>-<segment>`       |
//! | 云盘 disk                 | volume `ly-<disk>`; a system disk is made from the image              |
//! | 云主机 server, defined    | port `ly-<resource>`, and its definition on its system disk           |
//! | 云主机 server, started    | server `ly-<resource>` on that port and those volumes                 |
//! | 规格 shape                | private flavor `liyun-<vCPU>c<GiB>g`                                 |

mod access;
mod calls;
mod definition;
mod disk;
mod erasure;
mod fault;
mod flavor;
mod health;
mod http;
mod inventory;
mod network;
mod nova;
mod place;
mod project;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::{OrgId, ResourceId};
use domain::provisioning::{
    Capabilities, Desired, DiskId, Found, Manner, Observed, ObservedServer, OpenstackSettings, Power, Step,
};
use serde_json::json;
use tokio::sync::{Mutex, OnceCell};

pub use http::Patience;
pub use session::Password;

use crate::shelf::Shelf;
use crate::{ConsoleText, Driver, DriverError, EngineKind, Health, Now, Outcome, console};
use calls::At;
use definition::Definition;
use disk::Volume;
use place::Places;
use session::{Service, Session};

/// How long a cloud may take over a server or a volume within one step. A step that was given up finds later what has
/// happened meanwhile.
const LONG: Duration = Duration::from_secs(240);
/// How long it may take over what is done at once as a rule.
const SHORT: Duration = Duration::from_secs(60);
/// Objects in one page of a list, where nothing else is asked for.
const PAGE_DEFAULT: u32 = 500;

/// One OpenStack cloud, in one region.
pub struct Openstack {
    session: Session,
    shelf: Arc<dyn Shelf>,
    now: Now,
    places: Places,
    /// Projects that our account has entered before.
    projects: Mutex<HashMap<OrgId, String>>,
    /// Networks are made and removed one at a time.
    networks: Mutex<()>,
    newest_compute: OnceCell<u32>,
}

impl Openstack {
    /// Speaks to nobody before the first verb. Evidence and the register of approved figures lie on `shelf`.
    pub fn new(settings: OpenstackSettings, password: Password, shelf: Arc<dyn Shelf>, now: Now) -> Self {
        Self::with(settings, password, shelf, now, (Patience::default(), PAGE_DEFAULT))
    }

    /// The same with another patience, and another number of objects in one page of a list.
    pub fn with(
        settings: OpenstackSettings,
        password: Password,
        shelf: Arc<dyn Shelf>,
        now: Now,
        (patience, page): (Patience, u32),
    ) -> Self {
        Self {
            session: Session::new(settings, password, patience, page),
            places: Places::new(shelf.clone()),
            shelf,
            now,
            projects: Mutex::default(),
            networks: Mutex::default(),
            newest_compute: OnceCell::new(),
        }
    }

    fn session(&self) -> &Session {
        &self.session
    }

    /// Calls in the project of a resource that was looked at before. `Gone` where it has none.
    async fn at(&self, resource: ResourceId) -> Result<(OrgId, At<'_>), DriverError> {
        let gone = || DriverError::gone(format!("resource {resource}"));
        let agency = self.places.agency_of(resource).await?.ok_or_else(gone)?;
        let at = project::enter(self, agency).await?.ok_or_else(gone)?;
        Ok((agency, at))
    }

    /// The same, with the quota as approved: before anything grows.
    async fn at_approved(&self, resource: ResourceId) -> Result<At<'_>, DriverError> {
        let (agency, _) = self.at(resource).await?;
        project::ensure(self, agency).await
    }

    async fn look(&self, at: &At<'_>, desired: &Desired) -> Result<Observed, DriverError> {
        let resource = desired.resource;
        let mut seen = Observed::default();
        let mut port = None;
        if let Some(network) = network::find(at, &network::name_of(&desired.network)).await? {
            seen.network = true;
            let own = network::port_name(resource);
            let (mine, others): (Vec<_>, Vec<_>) =
                network::server_ports(at, &network.id).await?.into_iter().partition(|port| port.name == own);
            seen.network_others = u32::try_from(others.len()).unwrap_or(u32::MAX);
            port = mine.into_iter().next();
        }
        let volumes: Vec<Volume> =
            disk::of_resource(at, resource).await?.into_iter().filter(Volume::is_whole).collect();
        let server = nova::find(at, resource).await?;
        let attached = |volume: &Volume| match &server {
            Some(server) => volume.is_held_by(&server.id),
            None => volume.is_plugged(),
        };
        let system = volumes.iter().find(|volume| volume.disk() == Some(DiskId::system_of(resource)));
        let defined = system.filter(|_| server.is_none()).and_then(Definition::on);
        for volume in &volumes {
            let is_defined = defined.is_some() && system.is_some_and(|system| system.id == volume.id);
            seen.disks.extend(volume.observed(attached(volume) || is_defined));
        }
        seen.server = match (server, defined) {
            (Some(server), _) => Some(of_nova(&server)),
            (None, Some(definition)) => Some(of_definition(resource, &definition)),
            (None, None) => None,
        };
        if let (Some(server), Some(port)) = (&mut seen.server, port) {
            let (access, public_address) = access::look(at, &port).await?;
            (server.address, server.access, server.public_address) = (port.address(), Some(access), public_address);
        }
        in_order(&mut seen, &desired.disk_ids());
        Ok(seen)
    }
}

/// Without what its port shows.
fn of_nova(server: &nova::Server) -> ObservedServer {
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
fn in_order(seen: &mut Observed, ids: &[DiskId]) {
    let place = |id: DiskId| ids.iter().position(|known| *known == id).unwrap_or(usize::MAX);
    seen.disks.sort_by_key(|disk| (place(disk.id), disk.id));
}

#[async_trait]
impl Driver for Openstack {
    fn kind(&self) -> EngineKind {
        EngineKind::Openstack
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resize: Manner::Cold,
            attach: Manner::Live,
            // Not every back end can grow a volume in use: see `server::grow`.
            grow: Manner::Cold,
            access: true,
            console: true,
            adopts: false,
            by_hand: false,
            real: true,
            erasure_zh: erasure::METHOD_ZH.into(),
            isolation_zh: "每单位一个项目,每网络分区一个独立网络、路由器和安全组".into(),
        }
    }

    async fn health(&self) -> Health {
        health::examine(self).await
    }

    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        let mut seen = match project::enter(self, desired.network.agency).await? {
            Some(at) => self.look(&at, desired).await?,
            None => Observed::default(),
        };
        for id in desired.disk_ids() {
            if seen.disk(id).is_none() {
                seen.erasures.extend(erasure::evidence(self, id).await?);
            }
        }
        self.places.note(desired, &seen).await?;
        Ok(seen)
    }

    async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        inventory::list(self).await
    }

    async fn carry_out(&self, step: &Step) -> Result<Outcome, DriverError> {
        match step {
            Step::EnsureNetwork { network } => {
                let at = project::ensure(self, network.agency).await?;
                network::ensure(self, &at, network).await?;
            }
            Step::RemoveNetwork { network, .. } => network::remove(self, network).await?,
            Step::EnsureDisk { resource, disk, size_gib } => {
                let at = self.at_approved(*resource).await?;
                disk::ensure(self, &at, (*resource, *disk), *size_gib).await?;
            }
            Step::DefineServer { server } => server::define(self, server).await?,
            Step::RemoveServer { server, .. } => server::remove(self, server).await?,
            Step::AttachDisk { resource, disk } => {
                server::attach(&self.at(*resource).await?.1, *resource, *disk).await?
            }
            Step::DetachDisk { resource, disk } => {
                server::detach(&self.at(*resource).await?.1, *resource, *disk).await?
            }
            Step::GrowDisk { resource, disk, to_gib, .. } => {
                server::grow(&self.at_approved(*resource).await?, *resource, *disk, *to_gib).await?;
            }
            Step::Resize { resource, to, .. } => {
                server::resize(self, &self.at_approved(*resource).await?, *resource, *to).await?;
            }
            Step::SetAccess { resource, to, .. } => {
                access::set(self, &self.at_approved(*resource).await?, *resource, to).await?;
            }
            Step::Mark { resource, to, .. } => server::mark(&self.at(*resource).await?.1, *resource, *to).await?,
            Step::Start { resource } => server::start(self, &self.at(*resource).await?.1, *resource).await?,
            Step::Stop { resource } => server::stop(&self.at(*resource).await?.1, *resource).await?,
            Step::EraseDisk { resource, disk, .. } => {
                let erasure = match self.at(*resource).await {
                    Ok((_, at)) => erasure::erase(self, &at, *resource, *disk).await?,
                    Err(DriverError::Gone { .. }) => erasure::evidence(self, *disk).await?,
                    Err(error) => return Err(error),
                };
                return Ok(Outcome::Done { erasure });
            }
            Step::Adopt { .. } | Step::Release { .. } => {
                let zh = "该引擎不支持纳管现有云主机";
                return Err(DriverError::refused(zh, "this engine adopts no servers"));
            }
        }
        Ok(Outcome::PLAIN)
    }

    async fn console(&self, resource: ResourceId, from: u64) -> Result<ConsoleText, DriverError> {
        let (_, at) = self.at(resource).await?;
        let server = nova::find(&at, resource).await?;
        let server = server.ok_or_else(|| DriverError::gone(format!("console of {resource}")))?;
        let path = format!("/servers/{}/action", server.id);
        let body = json!({ "os-getConsoleOutput": {} });
        let text: String = at.post(Service::Compute, &path, &body, Some("output")).await?;
        Ok(console::piece(text.as_bytes(), from))
    }
}
