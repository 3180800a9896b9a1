//! A world on paper: what a resource and a network would look like, kept on a shelf.
//!
//! Keys: `world/<resource>`, `network/<agency>/<segment>`, `member/<agency>/<segment>/<resource>`.

use std::sync::Arc;

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Erasure, Found, NetworkKey, Observed, ObservedServer, Step};
use serde_json::json;

use crate::DriverError;
use crate::shelf::Shelf;

/// Applies steps to worlds on a shelf. Each step changes one key last, so that a killed process leaves a world
/// in which the step happened or did not.
pub(crate) struct PaperWorld {
    shelf: Arc<dyn Shelf>,
    /// Two steps of one resource never come at once (operations are leased); those of one network may.
    turn: tokio::sync::Mutex<()>,
}

fn world_key(resource: ResourceId) -> String {
    format!("world/{resource}")
}

fn network_key(network: &NetworkKey) -> String {
    format!("network/{}/{}", network.agency, network.segment)
}

fn members_key(network: &NetworkKey) -> String {
    format!("member/{}/{}/", network.agency, network.segment)
}

impl PaperWorld {
    pub(crate) fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self { shelf, turn: tokio::sync::Mutex::new(()) }
    }

    /// What the paper says of a resource and its network.
    pub(crate) async fn observe(&self, resource: ResourceId, network: &NetworkKey) -> Result<Observed, DriverError> {
        let mut seen = self.load(resource).await?;
        seen.network = self.shelf.get(&network_key(network)).await?.is_some();
        let own = format!("{}{resource}", members_key(network));
        let others = self.shelf.list(&members_key(network)).await?.into_iter().filter(|(key, _)| *key != own);
        seen.network_others = u32::try_from(others.count()).unwrap_or(u32::MAX);
        Ok(seen)
    }

    /// The server alone.
    pub(crate) async fn server(&self, resource: ResourceId) -> Result<Option<ObservedServer>, DriverError> {
        Ok(self.load(resource).await?.server)
    }

    /// Everything on paper.
    pub(crate) async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        let mut found = Vec::new();
        for (key, value) in self.shelf.list("world/").await? {
            let resource = key.strip_prefix("world/").and_then(|id| id.parse::<ResourceId>().ok());
            let seen: Observed = serde_json::from_value(value).map_err(DriverError::bug)?;
            if let Some(server) = seen.server {
                found.push(Found { kind: "server".into(), external_name: server.external_name, resource, disk: None });
            }
            found.extend(seen.disks.iter().map(|disk| Found {
                kind: "disk".into(),
                external_name: disk.id.to_string(),
                resource,
                disk: Some(disk.id),
            }));
        }
        for (key, _) in self.shelf.list("network/").await? {
            found.push(Found { kind: "network".into(), external_name: key, resource: None, disk: None });
        }
        Ok(found)
    }

    /// Does the step on paper. Evidence of an erasure is kept, and found again when it is asked for twice.
    pub(crate) async fn apply(&self, step: &Step, erasure: Option<Erasure>) -> Result<Option<Erasure>, DriverError> {
        let _turn = self.turn.lock().await;
        match step {
            Step::EnsureNetwork { network } => {
                self.shelf.put(&network_key(network), &json!({})).await?;
                return Ok(None);
            }
            Step::RemoveNetwork { network, .. } => {
                if !self.shelf.list(&members_key(network)).await?.is_empty() {
                    return Err(DriverError::refused("网络上还有其他云主机", "the network still has servers"));
                }
                self.shelf.remove(&network_key(network)).await?;
                return Ok(None);
            }
            _ => {}
        }
        let resource = resource_of(step);
        self.join(step, resource).await?;
        let mut seen = self.load(resource).await?;
        needs_its_object(step, &seen)?;
        step.apply(&mut seen);
        let kept = self.keep_evidence(step, erasure, &mut seen);
        self.save(resource, &seen).await?;
        // After the server is gone, so that no network in use ever looks empty.
        if let Step::RemoveServer { server, .. } = step {
            self.shelf.remove(&format!("{}{resource}", members_key(&server.network))).await?;
        }
        Ok(kept)
    }

    /// Sets the address a person reported.
    pub(crate) async fn set_address(&self, resource: ResourceId, address: &str) -> Result<(), DriverError> {
        let mut seen = self.load(resource).await?;
        if let Some(server) = &mut seen.server {
            server.address = Some(address.to_owned());
        }
        self.save(resource, &seen).await
    }

    /// Membership is written before the server, and needs the network.
    async fn join(&self, step: &Step, resource: ResourceId) -> Result<(), DriverError> {
        let Step::DefineServer { server } = step else { return Ok(()) };
        if self.shelf.get(&network_key(&server.network)).await?.is_none() {
            return Err(DriverError::gone(network_key(&server.network)));
        }
        self.shelf.put(&format!("{}{resource}", members_key(&server.network)), &json!({})).await
    }

    fn keep_evidence(&self, step: &Step, erasure: Option<Erasure>, seen: &mut Observed) -> Option<Erasure> {
        let Step::EraseDisk { disk, .. } = step else { return None };
        if let Some(known) = seen.erasures.iter().find(|known| known.disk == *disk) {
            return Some(known.clone());
        }
        seen.erasures.extend(erasure.clone());
        erasure
    }

    async fn load(&self, resource: ResourceId) -> Result<Observed, DriverError> {
        match self.shelf.get(&world_key(resource)).await? {
            Some(value) => serde_json::from_value(value).map_err(DriverError::bug),
            None => Ok(Observed::default()),
        }
    }

    async fn save(&self, resource: ResourceId, seen: &Observed) -> Result<(), DriverError> {
        self.shelf.put(&world_key(resource), &serde_json::to_value(seen).map_err(DriverError::bug)?).await
    }
}

/// A step on an object that is not there is a stale plan, as it would be in a real cloud.
fn needs_its_object(step: &Step, seen: &Observed) -> Result<(), DriverError> {
    let needs_disk = |disk: DiskId| match seen.disk(disk) {
        Some(_) => Ok(()),
        None => Err(DriverError::gone(format!("disk {disk}"))),
    };
    let needs_server = || match &seen.server {
        Some(_) => Ok(()),
        None => Err(DriverError::gone("server")),
    };
    match step {
        Step::AttachDisk { disk, .. } => needs_server().and_then(|()| needs_disk(*disk)),
        Step::GrowDisk { disk, .. } => needs_disk(*disk),
        Step::Resize { .. } | Step::SetAccess { .. } | Step::Mark { .. } | Step::Start { .. } | Step::Stop { .. } => {
            needs_server()
        }
        Step::EraseDisk { disk, .. } if seen.is_running() && seen.disk(*disk).is_some_and(|seen| seen.attached) => {
            Err(DriverError::refused("云主机运行中,不能清除其云盘", "the disk is in use by a running server"))
        }
        _ => Ok(()),
    }
}

/// The resource a step is about; networks are handled before.
fn resource_of(step: &Step) -> ResourceId {
    match step {
        Step::DefineServer { server } | Step::RemoveServer { server, .. } => server.resource,
        Step::EnsureDisk { resource, .. }
        | Step::AttachDisk { resource, .. }
        | Step::DetachDisk { resource, .. }
        | Step::GrowDisk { resource, .. }
        | Step::Resize { resource, .. }
        | Step::SetAccess { resource, .. }
        | Step::Mark { resource, .. }
        | Step::Start { resource }
        | Step::Stop { resource }
        | Step::EraseDisk { resource, .. } => *resource,
        Step::EnsureNetwork { .. } | Step::RemoveNetwork { .. } => ResourceId(uuid::Uuid::nil()),
    }
}
