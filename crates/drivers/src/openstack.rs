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
//! | 快照, 备份 copy            | snapshot, backup `ly-<copy>`                                        |
//! | 恢复时替换下的云盘         | volume `ly-old-<restore>`, until it is cleared                       |
//! | 云主机 server, defined    | port `ly-<resource>`, and its definition on its system disk           |
//! | 云主机 server, started    | server `ly-<resource>` on that port and those volumes                 |
//! | 纳管 adopted server       | as it was found, in its own project, with our ids in its metadata     |
//! | 规格 shape                | private flavor `liyun-<vCPU>c<GiB>g`                                 |
//! | 抹除机 erasing server      | server and volume `ly-erase-<disk>`, while that disk is overwritten    |
//! | 登录公钥 login key         | key pair `liyun-<fingerprint>` of our account                       |

mod access;
mod adopt;
mod calls;
mod copy;
mod dedicated;
mod definition;
mod diagnostics;
mod disk;
mod eraser;
mod erasure;
mod fault;
mod flavor;
mod health;
mod http;
mod image;
mod inventory;
mod keypair;
mod listed;
mod look;
mod network;
mod nova;
mod overwriting;
mod place;
mod project;
mod replaced;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::{OrgId, ResourceId};
use domain::provisioning::{Capabilities, Desired, Found, Manner, Metric, Observed, OpenstackSettings, Step, Usage};
use serde_json::json;
use tokio::sync::{Mutex, OnceCell};

pub use http::Patience;
pub use session::Password;

use crate::shelf::Shelf;
use crate::{ConsoleText, Driver, DriverError, EngineKind, Health, Now, Outcome, console};
use calls::At;
use look::Holdings;
use place::Places;
use session::{Scope, Service, Session};

/// How long a cloud may take over a server or a volume within one step. A step that was given up finds later what has
/// happened meanwhile.
const LONG: Duration = Duration::from_secs(240);
/// How long it may take over what is done at once as a rule.
const SHORT: Duration = Duration::from_secs(60);
/// Objects in one page of a list, where nothing else is asked for.
const PAGE_DEFAULT: u32 = 500;
/// So many servers of one agency are looked for in its project's lists; fewer are looked at one by one.
const LISTED_FROM: usize = 3;

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
    /// Quotas are set one at a time.
    quotas: Mutex<()>,
    /// Dedicated hosts are given and taken back one at a time.
    hosts: Mutex<()>,
    /// Done: ordinary servers are kept off the dedicated hosts.
    reserved: OnceCell<()>,
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
            quotas: Mutex::default(),
            hosts: Mutex::default(),
            reserved: OnceCell::new(),
            newest_compute: OnceCell::new(),
        }
    }

    fn session(&self) -> &Session {
        &self.session
    }

    /// Calls in the project of a resource that was looked at before: its agency's, or the one it was adopted in. `Gone`
    /// where it has none.
    async fn at(&self, resource: ResourceId) -> Result<At<'_>, DriverError> {
        self.place_of(resource).await.map(|(_, at)| at)
    }

    /// The same, `None` where it has none: there is nothing to take down any more.
    async fn at_if_there(&self, resource: ResourceId) -> Result<Option<At<'_>>, DriverError> {
        match self.at(resource).await {
            Err(DriverError::Gone { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The same, with the quota as approved: before anything grows. That of a project it was adopted in is not ours.
    async fn at_approved(&self, resource: ResourceId) -> Result<At<'_>, DriverError> {
        match self.place_of(resource).await? {
            (_, at) if at.is_adopted() => Ok(at),
            (agency, _) => project::ensure(self, agency).await,
        }
    }

    async fn place_of(&self, resource: ResourceId) -> Result<(OrgId, At<'_>), DriverError> {
        let gone = || DriverError::gone(format!("resource {resource}"));
        let agency = self.places.agency_of(resource).await?.ok_or_else(gone)?;
        let at = match self.places.project_of(resource).await? {
            Some(project) => self.session.at(Scope::Adopted(project)),
            None => project::enter(self, agency).await?.ok_or_else(gone)?,
        };
        Ok((agency, at))
    }

    /// Looks at all of an agency's servers in its project's lists.
    async fn look_at_all(&self, agency: OrgId, desired: &[&Desired]) -> Result<Vec<Observed>, DriverError> {
        let (holdings, copies) = match project::enter(self, agency).await? {
            Some(at) => {
                let holdings = Holdings::of(&at).await?;
                let copies = copy::Held::of(&at, desired, holdings.volumes()).await?;
                (holdings, copies)
            }
            None => Default::default(),
        };
        let hosts = dedicated::Given::to(self, desired).await?;
        let mut all = Vec::with_capacity(desired.len());
        for one in desired {
            let mut seen = holdings.seen(&self.session.settings, one, &copies)?;
            hosts.add_to(one, &mut seen);
            self.add_evidence(one, &mut seen).await?;
            all.push(seen);
        }
        let pairs: Vec<_> = desired.iter().copied().zip(&all).collect();
        self.places.note_all(agency, &pairs).await?;
        Ok(all)
    }

    async fn add_evidence(&self, desired: &Desired, seen: &mut Observed) -> Result<(), DriverError> {
        for id in desired.disk_ids() {
            if seen.disk(id).is_none() {
                seen.erasures.extend(erasure::evidence(self, id).await?);
            }
        }
        copy::kept(self, desired, &mut seen.copies).await
    }
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
            adopts: true,
            measures: vec![Metric::Cpu],
            snapshots: true,
            backups: true,
            dedicated: !self.session.settings.dedicated_hosts.is_empty(),
            by_hand: false,
            real: true,
            erasure_zh: erasure::method_zh(&self.session.settings).into(),
            isolation_zh: "每单位一个项目,每网络分区一个独立网络、路由器和安全组".into(),
        }
    }

    async fn health(&self) -> Health {
        health::examine(self).await
    }

    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        let mut seen = match (&desired.adopts, project::enter(self, desired.network.agency).await?) {
            (Some(name), _) => adopt::observe(self, desired, name).await?,
            (None, Some(at)) => look::one(&at, desired).await?,
            (None, None) => Observed::default(),
        };
        dedicated::Given::to(self, &[desired]).await?.add_to(desired, &mut seen);
        self.add_evidence(desired, &mut seen).await?;
        self.places.note(desired, &seen).await?;
        Ok(seen)
    }

    async fn observe_all(&self, desired: &[Desired]) -> Result<Vec<Observed>, DriverError> {
        let mut by_agency: BTreeMap<OrgId, Vec<usize>> = BTreeMap::new();
        let mut all = vec![Observed::default(); desired.len()];
        for (place, one) in desired.iter().enumerate() {
            match one.adopts {
                Some(_) => all[place] = self.observe(one).await?,
                None => by_agency.entry(one.network.agency).or_default().push(place),
            }
        }
        for (agency, places) in by_agency {
            if places.len() < LISTED_FROM {
                for place in places {
                    all[place] = self.observe(&desired[place]).await?;
                }
                continue;
            }
            let own: Vec<&Desired> = places.iter().map(|place| &desired[*place]).collect();
            for (place, seen) in places.into_iter().zip(self.look_at_all(agency, &own).await?) {
                all[place] = seen;
            }
        }
        Ok(all)
    }

    async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        inventory::list(self).await
    }

    async fn usage(&self, resources: &[ResourceId]) -> Result<Vec<Usage>, DriverError> {
        diagnostics::usage(self, resources).await
    }

    async fn carry_out(&self, step: &Step) -> Result<Outcome, DriverError> {
        match step {
            Step::EnsureNetwork { network } => {
                let at = project::ensure(self, network.agency).await?;
                network::ensure(self, &at, network).await?;
            }
            Step::RemoveNetwork { network, .. } => network::remove(self, network).await?,
            Step::EnsureDisk { resource, disk, size_gib, kind, platform } => {
                let at = self.at_approved(*resource).await?;
                let make = disk::Make { size_gib: *size_gib, kind: *kind, platform: *platform };
                disk::ensure(self, &at, (*resource, *disk), make).await?;
            }
            Step::DefineServer { server } => server::define(self, server).await?,
            Step::SetHosts { resource, hosts, .. } => {
                let at = self.at_approved(*resource).await?;
                let project = at.token().await?.project_id.clone();
                dedicated::set(self, &project, *hosts).await?;
            }
            Step::RemoveServer { server, .. } => server::remove(self, server).await?,
            Step::AttachDisk { resource, disk } => server::attach(&self.at(*resource).await?, *resource, *disk).await?,
            Step::DetachDisk { resource, disk } => server::detach(&self.at(*resource).await?, *resource, *disk).await?,
            Step::GrowDisk { resource, disk, to_gib, .. } => {
                server::grow(&self.at_approved(*resource).await?, *resource, *disk, *to_gib).await?;
            }
            Step::Resize { resource, to, .. } => {
                server::resize(self, &self.at_approved(*resource).await?, *resource, *to).await?;
            }
            Step::SetAccess { resource, to, .. } => {
                access::set(self, &self.at_approved(*resource).await?, *resource, to).await?;
            }
            Step::Mark { resource, to, .. } => server::mark(&self.at(*resource).await?, *resource, *to).await?,
            Step::Start { resource } => server::start(self, &self.at(*resource).await?, *resource).await?,
            Step::Stop { resource } => server::stop(&self.at(*resource).await?, *resource).await?,
            Step::EraseDisk { resource, disk, .. } => {
                let erasure = match self.at_if_there(*resource).await? {
                    Some(at) => {
                        let erasure = erasure::erase(self, &at, *resource, *disk).await?;
                        adopt::leave_if_empty(self, &at, *resource).await?;
                        erasure
                    }
                    None => erasure::evidence(self, *disk).await?,
                };
                return Ok(Outcome::Done { erasure });
            }
            Step::EraseReplaced { resource, disk, restore, .. } => {
                if let Some(at) = self.at_if_there(*resource).await? {
                    replaced::erase(self, &at, (*resource, *disk), *restore).await?;
                }
            }
            Step::Copy { copy } => return Ok(Outcome::Done { erasure: copy::carry_out(self, copy).await? }),
            Step::Adopt { server, external_name, disks } => {
                adopt::adopt(self, server, (external_name, disks)).await?;
            }
            Step::Release { resource, .. } => adopt::release(self, *resource).await?,
        }
        Ok(Outcome::PLAIN)
    }

    async fn console(&self, resource: ResourceId, from: u64) -> Result<ConsoleText, DriverError> {
        let at = self.at(resource).await?;
        let server = nova::find(&at, resource).await?;
        let server = server.ok_or_else(|| DriverError::gone(format!("console of {resource}")))?;
        let path = format!("/servers/{}/action", server.id);
        let body = json!({ "os-getConsoleOutput": {} });
        let text: String = at.post(Service::Compute, &path, &body, Some("output")).await?;
        Ok(console::piece(text.as_bytes(), from))
    }
}
