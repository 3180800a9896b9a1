//! 归属: which agency a resource belongs to and how much was approved for it, as last desired.
//!
//! A step names its resource only, and a project's quota is the sum over an agency's resources. Both are noted on
//! the shelf whenever a resource is looked at, which always comes before its steps.
//!
//! Keys: `resource/<resource>`, `agency/<agency>/<resource>`, `agency/<agency>/erasing-<disk>`: the room of a server that
//! erases that disk, and `quota/<agency>`: the quota as it was last set.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::ids::{OrgId, ResourceId};
use domain::provisioning::{Access, CopyKind, Desired, DiskId, Observed, Phase};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::DriverError;
use crate::shelf::Shelf;

/// 核定量 of one resource, or summed for an agency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Allowance {
    pub servers: u64,
    pub vcpu: u64,
    pub memory_mib: u64,
    pub volumes: u64,
    pub gib: u64,
    #[serde(flatten)]
    pub access: AccessAllowance,
    #[serde(flatten)]
    pub copies: CopyAllowance,
}

/// What of it is 快照 and 备份, as many as are desired or still there: the room `disk_copy` keeps them within what was
/// approved. Snapshots also count as gigabytes of volumes, as does what a restoring makes beside the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CopyAllowance {
    pub snapshots: u64,
    pub snapshot_gib: u64,
    pub backups: u64,
    pub backup_gib: u64,
    pub beside: u64,
    pub beside_gib: u64,
}

impl CopyAllowance {
    fn of(desired: &Desired, seen: &Observed) -> Self {
        let mut sum = Self::default();
        for copy in &desired.copies {
            let there = seen.copies.copy(copy.id);
            if there.is_none() && (copy.taken || desired.gives_up(copy)) {
                continue;
            }
            let disk_gib: u64 = seen.disk(copy.disk).map_or(0, |disk| disk.size_gib.into());
            let gib = there.map_or(disk_gib, |there| there.size_gib.into());
            match copy.kind {
                CopyKind::Snapshot => (sum.snapshots, sum.snapshot_gib) = (sum.snapshots + 1, sum.snapshot_gib + gib),
                CopyKind::Backup => (sum.backups, sum.backup_gib) = (sum.backups + 1, sum.backup_gib + gib),
            }
            // What a restoring or a test makes, and what one has replaced while snapshots hang on it.
            let replaced = seen.copies.restored.iter().any(|mark| mark.disk == copy.disk);
            let works = copy.restore.is_some() || copy.proof.is_some();
            if works || replaced && copy.kind == CopyKind::Snapshot {
                (sum.beside, sum.beside_gib) = (sum.beside + 1, sum.beside_gib + gib.max(disk_gib));
            }
        }
        for waiting in &seen.copies.replaced {
            (sum.beside, sum.beside_gib) = (sum.beside + 1, sum.beside_gib + u64::from(waiting.size_gib));
        }
        sum
    }

    fn plus(self, other: Self) -> Self {
        Self {
            snapshots: self.snapshots + other.snapshots,
            snapshot_gib: self.snapshot_gib + other.snapshot_gib,
            backups: self.backups + other.backups,
            backup_gib: self.backup_gib + other.backup_gib,
            beside: self.beside + other.beside,
            beside_gib: self.beside_gib + other.beside_gib,
        }
    }
}

/// What of it is 网络开放. Neutron takes no quota below what is in use, so what is to go still counts while it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AccessAllowance {
    pub security_groups: u64,
    pub ports: u64,
    pub public_addresses: u64,
}

impl AccessAllowance {
    fn of(desired: &Desired, seen: &Observed) -> Self {
        let open = seen.server.as_ref().and_then(|server| server.access.as_ref());
        let wanted = (!matches!(desired.phase, Phase::Erased { .. })).then_some(&desired.access);
        let most = |figure: fn(&Access) -> u64| wanted.map_or(0, figure).max(open.map_or(0, figure));
        Self {
            security_groups: (wanted.is_some() || seen.server.is_some()).into(),
            ports: most(|access| access.ports.len() as u64),
            public_addresses: most(|access| access.public_address.into()),
        }
    }
}

impl Allowance {
    /// What was approved for the resource; once it is to be erased, only what still has to be taken down.
    pub(super) fn of(desired: &Desired, seen: &Observed) -> Self {
        // An adopted server stays in its own project, whose quota is not ours to set.
        if desired.adopts.is_some() {
            return Self::default();
        }
        let (access, copies) = (AccessAllowance::of(desired, seen), CopyAllowance::of(desired, seen));
        if matches!(desired.phase, Phase::Erased { .. }) {
            return Self { access, copies, ..Self::default() };
        }
        let approved = &desired.approved;
        let data: u64 = approved.data_disks_gib.iter().copied().map(u64::from).sum();
        // A disk given up still counts until it is erased: the cloud holds it so long.
        let leaving = desired.data_disks.iter().filter(|disk| disk.ended.is_some() && seen.disk(disk.id).is_some());
        let (count, gib) = leaving.fold((0, 0), |(count, gib), disk| (count + 1, gib + u64::from(disk.size_gib)));
        Self {
            servers: 1,
            vcpu: approved.shape.vcpu.into(),
            memory_mib: approved.shape.memory_mib.into(),
            volumes: 1 + approved.data_disks_gib.len() as u64 + count,
            gib: u64::from(approved.system_disk_gib) + data + gib,
            access,
            copies,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            servers: self.servers + other.servers,
            vcpu: self.vcpu + other.vcpu,
            memory_mib: self.memory_mib + other.memory_mib,
            volumes: self.volumes + other.volumes,
            gib: self.gib + other.gib,
            copies: self.copies.plus(other.copies),
            access: AccessAllowance {
                security_groups: self.access.security_groups + other.access.security_groups,
                ports: self.access.ports + other.access.ports,
                public_addresses: self.access.public_addresses + other.access.public_addresses,
            },
        }
    }
}

fn eraser_key(agency: OrgId, disk: DiskId) -> String {
    format!("agency/{agency}/erasing-{disk}")
}

/// The notes. Other instances write them too, so they are read anew each time; only what never changes is remembered.
pub(super) struct Places {
    shelf: Arc<dyn Shelf>,
    agencies: Mutex<HashMap<ResourceId, OrgId>>,
}

impl Places {
    pub(super) fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self { shelf, agencies: Mutex::default() }
    }

    fn remembered(&self, resource: ResourceId) -> Option<OrgId> {
        self.agencies.lock().ok()?.get(&resource).copied()
    }

    fn remember(&self, resource: ResourceId, agency: OrgId) {
        if let Ok(mut known) = self.agencies.lock() {
            known.insert(resource, agency);
        }
    }

    /// Notes a resource as it is desired and seen now.
    pub(super) async fn note(&self, desired: &Desired, seen: &Observed) -> Result<(), DriverError> {
        let (resource, agency) = (desired.resource, desired.network.agency);
        if self.remembered(resource).is_none() {
            self.shelf.put(&format!("resource/{resource}"), &json!(agency)).await?;
            self.remember(resource, agency);
        }
        let key = format!("agency/{agency}/{resource}");
        let allowance = Allowance::of(desired, seen);
        let wanted = (allowance != Allowance::default()).then(|| json!(allowance));
        if self.shelf.get(&key).await? == wanted {
            return Ok(());
        }
        match wanted {
            Some(wanted) => self.shelf.put(&key, &wanted).await,
            None => self.shelf.remove(&key).await,
        }
    }

    /// Notes many of one agency; reads its notes once and writes what differs.
    pub(super) async fn note_all(&self, agency: OrgId, all: &[(&Desired, &Observed)]) -> Result<(), DriverError> {
        let noted: HashMap<String, Value> = self.shelf.list(&format!("agency/{agency}/")).await?.into_iter().collect();
        for (desired, seen) in all {
            let (resource, allowance) = (desired.resource, Allowance::of(desired, seen));
            // Whoever wrote the one note wrote before it whose the resource is.
            let own = noted.get(&format!("agency/{agency}/{resource}"));
            if own.is_some() {
                self.remember(resource, agency);
            }
            let wanted = (allowance != Allowance::default()).then(|| json!(allowance));
            if own != wanted.as_ref() {
                self.note(desired, seen).await?;
            }
        }
        Ok(())
    }

    /// The agency of a resource; `None` where it was never looked at.
    pub(super) async fn agency_of(&self, resource: ResourceId) -> Result<Option<OrgId>, DriverError> {
        if let Some(agency) = self.remembered(resource) {
            return Ok(Some(agency));
        }
        let noted = self.shelf.get(&format!("resource/{resource}")).await?;
        noted.map(|noted| serde_json::from_value(noted).map_err(DriverError::bug)).transpose()
    }

    /// The project that an adopted server is in, by the cloud's id; `None` of every other.
    pub(super) async fn project_of(&self, resource: ResourceId) -> Result<Option<String>, DriverError> {
        let noted = self.shelf.get(&format!("project/{resource}")).await?;
        noted.map(|noted| serde_json::from_value(noted).map_err(DriverError::bug)).transpose()
    }

    pub(super) async fn note_project(&self, resource: ResourceId, project: &str) -> Result<(), DriverError> {
        self.shelf.put(&format!("project/{resource}"), &json!(project)).await
    }

    pub(super) async fn forget_project(&self, resource: ResourceId) -> Result<(), DriverError> {
        self.shelf.remove(&format!("project/{resource}")).await
    }

    /// True where no other adopted server is in the project.
    pub(super) async fn is_last_in(&self, resource: ResourceId, project: &str) -> Result<bool, DriverError> {
        let own = format!("project/{resource}");
        let all = self.shelf.list("project/").await?;
        Ok(!all.iter().any(|(key, noted)| *key != own && noted == project))
    }

    /// What was approved for all resources of an agency together, with the room of servers that erase.
    pub(super) async fn approved_for(&self, agency: OrgId) -> Result<Allowance, DriverError> {
        self.sum(agency, None).await
    }

    /// The same without the room of the one that erases this disk.
    pub(super) async fn approved_beside(&self, agency: OrgId, disk: DiskId) -> Result<Allowance, DriverError> {
        self.sum(agency, Some(eraser_key(agency, disk))).await
    }

    async fn sum(&self, agency: OrgId, without: Option<String>) -> Result<Allowance, DriverError> {
        let mut sum = Allowance::default();
        for (key, noted) in self.shelf.list(&format!("agency/{agency}/")).await? {
            if Some(key) != without {
                sum = sum.plus(serde_json::from_value(noted).map_err(DriverError::bug)?);
            }
        }
        Ok(sum)
    }

    /// Notes room beyond what was approved, for the server that erases this disk.
    pub(super) async fn make_room(&self, agency: OrgId, disk: DiskId, room: Allowance) -> Result<(), DriverError> {
        self.shelf.put(&eraser_key(agency, disk), &json!(room)).await
    }

    pub(super) async fn give_room_back(&self, agency: OrgId, disk: DiskId) -> Result<(), DriverError> {
        self.shelf.remove(&eraser_key(agency, disk)).await
    }
}
