//! 清点 of what hangs on servers and disks: snapshots, backups and public addresses in the projects of our agencies,
//! asked in three lists for all projects at once.
//!
//! A copy that was taken here carries our id in its name. One that somebody made by hand is named by its own name and
//! the cloud's id, for names there are not unique. An address is ours while one of our ports holds it.

use std::collections::{HashMap, HashSet};

use domain::ids::DiskCopyId;
use domain::provisioning::{CopyKind, DiskId, Found};
use serde::Deserialize;

use super::calls::At;
use super::session::Service;
use crate::DriverError;

/// A snapshot or a backup, as an administrator sees it.
#[derive(Deserialize)]
struct Piece {
    id: String,
    #[serde(default)]
    name: Option<String>,
    size: u32,
    #[serde(default)]
    volume_id: Option<String>,
    /// Under the one key in snapshots, under the other in backups.
    #[serde(
        rename = "os-extended-snapshot-attributes:project_id",
        alias = "os-backup-project-attr:project_id",
        default
    )]
    project: String,
}

#[derive(Deserialize)]
struct Address {
    floating_ip_address: String,
    #[serde(default)]
    port_id: Option<String>,
    #[serde(default)]
    project_id: String,
}

/// What the lists are compared with.
pub(super) struct Ours<'a> {
    pub projects: &'a HashSet<String>,
    /// By the cloud's id, the volumes that are our disks.
    pub disks: &'a HashMap<String, DiskId>,
}

/// Copies in our projects, and those of ours elsewhere.
pub(super) async fn copies(home: &At<'_>, ours: &Ours<'_>) -> Result<Vec<Found>, DriverError> {
    let mut found = Vec::new();
    for (kind, list) in [(CopyKind::Snapshot, "snapshots"), (CopyKind::Backup, "backups")] {
        let path = format!("/{list}/detail");
        let all: Vec<Piece> = home.list(Service::Volume, &path, "all_tenants=1", list).await?;
        found.extend(all.into_iter().filter_map(|piece| of_piece(kind, piece, ours)));
    }
    Ok(found)
}

fn of_piece(kind: CopyKind, piece: Piece, ours: &Ours<'_>) -> Option<Found> {
    let name = piece.name.unwrap_or_default();
    let copy: Option<DiskCopyId> = name.strip_prefix("ly-").and_then(|id| id.parse().ok());
    let copy_of = piece.volume_id.and_then(|volume| ours.disks.get(&volume).copied());
    let is_ours = copy.is_some() || copy_of.is_some() || ours.projects.contains(&piece.project);
    let external_name = if copy.is_some() { name } else { format!("{name} {}", piece.id).trim_start().to_owned() };
    let disks_gib = vec![piece.size];
    let found = Found { kind: kind.code().into(), external_name, copy, copy_of, disks_gib, ..Found::default() };
    is_ours.then_some(found)
}

/// Public addresses in our projects that lead nowhere.
pub(super) async fn addresses(home: &At<'_>, ours: &Ours<'_>) -> Result<Vec<Found>, DriverError> {
    let all: Vec<Address> = home.list(Service::Network, "/floatingips", "", "floatingips").await?;
    let idle = all.into_iter().filter(|one| one.port_id.is_none() && ours.projects.contains(&one.project_id));
    Ok(idle
        .map(|one| Found { kind: "address".into(), external_name: one.floating_ip_address, ..Found::default() })
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_is_ours_by_its_name_its_disk_or_its_project() {
        let disk = DiskId(uuid::Uuid::from_u128(7));
        let (projects, disks) = (HashSet::from(["p".to_owned()]), HashMap::from([("v".to_owned(), disk)]));
        let ours = Ours { projects: &projects, disks: &disks };
        let of = |piece: serde_json::Value| of_piece(CopyKind::Snapshot, serde_json::from_value(piece).unwrap(), &ours);
        let id = uuid::Uuid::from_u128(9);
        let own = of(json!({ "id": "1", "name": format!("ly-{id}"), "size": 3, "volume_id": "gone" })).unwrap();
        assert_eq!((own.copy, own.copy_of, own.external_name), (Some(DiskCopyId(id)), None, format!("ly-{id}")));
        let by_hand = of(json!({ "id": "1", "name": "before", "size": 3, "volume_id": "v" })).unwrap();
        assert_eq!((by_hand.copy, by_hand.copy_of), (None, Some(disk)));
        assert_eq!((&*by_hand.external_name, by_hand.disks_gib), ("before 1", vec![3]));
        for key in ["os-extended-snapshot-attributes:project_id", "os-backup-project-attr:project_id"] {
            let unnamed = of(json!({ "id": "1", "name": null, "size": 3, key: "p" })).unwrap();
            assert_eq!(unnamed.external_name, "1");
            assert_eq!(of(json!({ "id": "1", "name": "other", "size": 3, "volume_id": "w", key: "q" })), None);
        }
    }
}
