//! A world on paper: what a resource and a network would look like, kept on a shelf.
//!
//! Keys: `world/<resource>`, `network/<agency>/<segment>`, `member/<agency>/<segment>/<resource>`, and
//! `unowned/<name>` for a server that is nobody's.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::ids::{DiskCopyId, ResourceId};
use domain::provisioning::{
    CopyAct, CopyStep, Desired, DiskId, Erasure, Found, NetworkKey, Observed, ObservedServer, Step, Unowned,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::hosts;
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

/// A name in a cloud may hold anything; what a key may not is written as its number.
fn unowned_key(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let word = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!(".{byte:02x}") };
    format!("unowned/{}", name.bytes().map(word).collect::<String>())
}

/// Keys read in one go.
const PAGE: usize = 1000;

fn members_key(network: &NetworkKey) -> String {
    format!("member/{}/{}/", network.agency, network.segment)
}

impl PaperWorld {
    pub(crate) fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self { shelf, turn: tokio::sync::Mutex::new(()) }
    }

    /// What the paper says of a resource and its network.
    pub(crate) async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        let mut seen = self.observe_all(std::slice::from_ref(desired)).await?;
        seen.pop().ok_or_else(|| DriverError::bug("nothing was observed"))
    }

    /// The same of many: their worlds and networks in one look each, and one more for the members of each network.
    pub(crate) async fn observe_all(&self, desired: &[Desired]) -> Result<Vec<Observed>, DriverError> {
        let worlds = desired.iter().map(|one| world_key(one.resource));
        let mut keys: Vec<String> = worlds.chain(desired.iter().map(|one| network_key(&one.network))).collect();
        keys.extend(desired.iter().filter_map(|one| one.adopts.as_deref()).map(unowned_key));
        keys.sort_unstable();
        keys.dedup();
        let known: HashMap<String, Value> = self.shelf.get_all(&keys).await?.into_iter().collect();
        let mut members: HashMap<&NetworkKey, HashSet<String>> = HashMap::new();
        for one in desired {
            if !members.contains_key(&one.network) {
                let keys = self.shelf.list(&members_key(&one.network)).await?.into_iter().map(|(key, _)| key);
                members.insert(&one.network, keys.collect());
            }
        }
        let look = |one: &Desired| {
            let mut seen: Observed = read(known.get(&world_key(one.resource)))?;
            seen.network = known.contains_key(&network_key(&one.network));
            let own = format!("{}{}", members_key(&one.network), one.resource);
            let others = members.get(&one.network).into_iter().flatten().filter(|key| **key != own).count();
            seen.network_others = u32::try_from(others).unwrap_or(u32::MAX);
            if let (None, Some(name)) = (&seen.server, &one.adopts) {
                seen.unowned = known.get(&unowned_key(name)).cloned().map(read_known).transpose()?;
            }
            Ok(seen)
        };
        let mut all = desired.iter().map(look).collect::<Result<Vec<Observed>, DriverError>>()?;
        hosts::see(self.shelf.as_ref(), desired, &mut all).await?;
        Ok(all)
    }

    /// The server alone.
    pub(crate) async fn server(&self, resource: ResourceId) -> Result<Option<ObservedServer>, DriverError> {
        Ok(self.load(resource).await?.server)
    }

    /// Of several servers, those that run.
    pub(crate) async fn running(&self, resources: &[ResourceId]) -> Result<HashSet<ResourceId>, DriverError> {
        let keys: Vec<String> = resources.iter().copied().map(world_key).collect();
        let mut running = HashSet::new();
        for (key, value) in self.shelf.get_all(&keys).await? {
            let resource = key.strip_prefix("world/").and_then(|id| id.parse::<ResourceId>().ok());
            running.extend(resource.filter(|_| read(Some(&value)).is_ok_and(|seen| seen.is_running())));
        }
        Ok(running)
    }

    /// Everything on paper, page by page.
    pub(crate) async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        let (mut found, mut owned, mut after) = (Vec::new(), HashSet::new(), String::new());
        loop {
            let page = self.shelf.page("world/", &after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.clone();
            for (key, value) in &page {
                let resource = key.strip_prefix("world/").and_then(|id| id.parse::<ResourceId>().ok());
                let seen: Observed = read(Some(value))?;
                owned.extend(seen.server.as_ref().map(|server| server.external_name.clone()));
                of_world(resource, seen, &mut found);
            }
        }
        for (_, value) in self.shelf.list("unowned/").await? {
            let unowned = read_known(value)?;
            // A process that was killed while it adopted has left the note behind.
            if !owned.contains(&unowned.external_name) {
                found.push(of_unowned(unowned));
            }
        }
        for (key, _) in self.shelf.list("network/").await? {
            found.push(Found { kind: "network".into(), external_name: key, ..Found::default() });
        }
        Ok(found)
    }

    /// Notes a server that is nobody's, unless it is this resource's already.
    pub(crate) async fn find(&self, resource: ResourceId, found: &Unowned) -> Result<(), DriverError> {
        if self.load(resource).await?.server.is_some() {
            return Ok(());
        }
        let value = serde_json::to_value(found).map_err(DriverError::bug)?;
        self.shelf.put(&unowned_key(&found.external_name), &value).await
    }

    /// Adopting and giving back: the world is written once, which is when it happens; the note is written before or
    /// removed after.
    async fn change_owner(&self, step: &Step) -> Result<(), DriverError> {
        let resource = resource_of(step);
        let mut seen = self.load(resource).await?;
        let (Step::Adopt { external_name, .. } | Step::Release { external_name, .. }) = step else { return Ok(()) };
        let key = unowned_key(external_name);
        if let Step::Adopt { .. } = step {
            if seen.server.is_none() {
                let noted = self.shelf.get(&key).await?.ok_or_else(|| DriverError::gone(key.clone()))?;
                seen.unowned = Some(read_known(noted)?);
                step.apply(&mut seen);
                self.save(resource, &seen).await?;
            }
            return self.shelf.remove(&key).await;
        }
        step.apply(&mut seen);
        if let Some(unowned) = seen.unowned.take() {
            self.shelf.put(&key, &serde_json::to_value(unowned).map_err(DriverError::bug)?).await?;
            self.save(resource, &seen).await?;
        }
        Ok(())
    }

    /// Does the step on paper. Evidence of an erasure is kept, and found again when it is asked for twice.
    pub(crate) async fn apply(&self, step: &Step, told: Told) -> Result<Option<Erasure>, DriverError> {
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
            Step::SetHosts { hosts, .. } => return hosts::set(self.shelf.as_ref(), *hosts).await.map(|()| None),
            Step::Adopt { .. } | Step::Release { .. } => return self.change_owner(step).await.map(|()| None),
            _ => {}
        }
        let resource = resource_of(step);
        self.join(step, resource).await?;
        hosts::board(self.shelf.as_ref(), step).await?;
        let mut seen = self.load(resource).await?;
        needs_its_object(step, &seen)?;
        step.apply(&mut seen);
        told.complete(step, &mut seen);
        let kept = keep_evidence(told.erasure, &mut seen);
        self.save(resource, &seen).await?;
        // After the server is gone, so that no network in use ever looks empty.
        if let Step::RemoveServer { server, .. } = step {
            self.shelf.remove(&format!("{}{resource}", members_key(&server.network))).await?;
            if let Some(hosts) = server.dedicated {
                hosts::leave(self.shelf.as_ref(), resource, hosts).await?;
            }
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

    async fn load(&self, resource: ResourceId) -> Result<Observed, DriverError> {
        read(self.shelf.get(&world_key(resource)).await?.as_ref())
    }

    async fn save(&self, resource: ResourceId, seen: &Observed) -> Result<(), DriverError> {
        self.shelf.put(&world_key(resource), &serde_json::to_value(seen).map_err(DriverError::bug)?).await
    }
}

/// What comes with a step besides its meaning: when, by whom, and what was shown for it.
pub(crate) struct Told {
    pub at: String,
    pub by: String,
    /// 比对内容 of a restore test.
    pub compared: String,
    pub erasure: Option<Erasure>,
}

impl Told {
    /// Fills in what a copy's step leaves to the driver.
    fn complete(&self, step: &Step, seen: &mut Observed) {
        let Step::Copy { copy } = step else { return };
        for taken in seen.copies.there.iter_mut().filter(|taken| taken.id == copy.copy && taken.taken_at.is_empty()) {
            taken.taken_at.clone_from(&self.at);
        }
        let CopyAct::Prove { restore } = copy.act else { return };
        for proof in seen.copies.proofs.iter_mut().filter(|proof| proof.restore == restore && proof.at.is_empty()) {
            proof.what = format!("{} {}", copy.kind.zh(), copy.copy);
            (proof.passed, proof.compared) = (true, self.compared.clone());
            (proof.at, proof.attested_by) = (self.at.clone(), self.by.clone());
        }
    }
}

/// What a step erases: the disk, the copy of it where it is one, and its size.
pub(crate) fn erased_by(step: &Step) -> Option<(DiskId, Option<DiskCopyId>, u32)> {
    match step {
        Step::EraseDisk { disk, size_gib, .. } => Some((*disk, None, *size_gib)),
        Step::Copy { copy } if matches!(copy.act, CopyAct::Drop { .. }) => {
            Some((copy.disk, Some(copy.copy), copy.size_gib))
        }
        _ => None,
    }
}

fn keep_evidence(erasure: Option<Erasure>, seen: &mut Observed) -> Option<Erasure> {
    let erasure = erasure?;
    let kept = if erasure.copy.is_some() { &mut seen.copies.erasures } else { &mut seen.erasures };
    match kept.iter().find(|known| (known.disk, known.copy) == (erasure.disk, erasure.copy)) {
        Some(known) => Some(known.clone()),
        None => {
            kept.push(erasure.clone());
            Some(erasure)
        }
    }
}

/// A world as it was kept; an empty one where there is none.
fn read(kept: Option<&Value>) -> Result<Observed, DriverError> {
    kept.map_or_else(|| Ok(Observed::default()), |value| Observed::deserialize(value).map_err(DriverError::bug))
}

fn read_known(kept: Value) -> Result<Unowned, DriverError> {
    serde_json::from_value(kept).map_err(DriverError::bug)
}

fn of_world(resource: Option<ResourceId>, seen: Observed, found: &mut Vec<Found>) {
    let sizes: Vec<u32> = seen.disks.iter().map(|disk| disk.size_gib).collect();
    if let Some(server) = seen.server {
        found.push(Found {
            kind: "server".into(),
            external_name: server.external_name,
            resource,
            shape: Some(server.shape),
            power: Some(server.power),
            disks_gib: sizes,
            ..Found::default()
        });
    }
    found.extend(seen.disks.iter().map(|disk| Found {
        kind: "disk".into(),
        external_name: disk.id.to_string(),
        resource,
        disk: Some(disk.id),
        disks_gib: vec![disk.size_gib],
        ..Found::default()
    }));
    found.extend(seen.copies.there.iter().map(|copy| Found {
        kind: copy.kind.code().into(),
        external_name: copy.id.to_string(),
        copy: Some(copy.id),
        copy_of: Some(copy.disk),
        disks_gib: vec![copy.size_gib],
        ..Found::default()
    }));
}

fn of_unowned(unowned: Unowned) -> Found {
    Found {
        kind: "server".into(),
        external_name: unowned.external_name,
        shape: Some(unowned.shape),
        power: Some(unowned.power),
        disks_gib: unowned.disks_gib,
        ..Found::default()
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
        Step::Copy { copy } => copy_is_possible(copy, seen),
        Step::Resize { .. } | Step::SetAccess { .. } | Step::Mark { .. } | Step::Start { .. } | Step::Stop { .. } => {
            needs_server()
        }
        Step::EraseDisk { disk, .. } if seen.is_running() && seen.disk(*disk).is_some_and(|seen| seen.attached) => {
            Err(DriverError::refused("云主机运行中,不能清除其云盘", "the disk is in use by a running server"))
        }
        _ => Ok(()),
    }
}

/// A copy is taken of a disk that is there; restored and tested is one that is there, restored while nothing runs.
fn copy_is_possible(step: &CopyStep, seen: &Observed) -> Result<(), DriverError> {
    let there = match step.act {
        CopyAct::Take => seen.disk(step.disk).is_some(),
        CopyAct::Restore { .. } | CopyAct::Prove { .. } => seen.copies.copy(step.copy).is_some(),
        CopyAct::Drop { .. } => true,
    };
    if !there {
        return Err(DriverError::gone(format!("copy {} of disk {}", step.copy, step.disk)));
    }
    let attached = seen.disk(step.disk).is_some_and(|disk| disk.attached);
    if matches!(step.act, CopyAct::Restore { .. }) && seen.is_running() && attached {
        return Err(DriverError::retry("云主机运行中,须先关机再恢复云盘", "stop the server before restoring"));
    }
    Ok(())
}

/// The resource a step is about; networks are handled before.
fn resource_of(step: &Step) -> ResourceId {
    match step {
        Step::DefineServer { server } | Step::RemoveServer { server, .. } | Step::Adopt { server, .. } => {
            server.resource
        }
        Step::EnsureDisk { resource, .. }
        | Step::AttachDisk { resource, .. }
        | Step::DetachDisk { resource, .. }
        | Step::GrowDisk { resource, .. }
        | Step::Resize { resource, .. }
        | Step::SetAccess { resource, .. }
        | Step::Mark { resource, .. }
        | Step::Start { resource }
        | Step::Stop { resource }
        | Step::Release { resource, .. }
        | Step::SetHosts { resource, .. }
        | Step::EraseDisk { resource, .. }
        | Step::EraseReplaced { resource, .. } => *resource,
        Step::Copy { copy } => copy.resource,
        Step::EnsureNetwork { .. } | Step::RemoveNetwork { .. } => ResourceId(uuid::Uuid::nil()),
    }
}
