//! 抹除机: a server of our own that overwrites a disk before it is deleted, for an OpenStack cloud gives its users no other
//! way to the medium of a volume.
//!
//! It is made for one disk, in the project the disk is in, without a network; it holds the disk's volumes as data disks,
//! executes `overwrite.sh` from a config drive, and says on its console what came of it. It boots from a volume of its
//! own, as every server of this driver does: what works for those works for it, also where hosts have no room of their
//! own, and Nova lets only administrators boot a flavor without a disk from an image.
//!
//! No second one comes into being: a volume is held by one server. Its room in the quota stands only while it does.
//!
//! Key: `eraser/<disk>`, written before anything of it is made and removed after the last of it has gone.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Found, Shape};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::calls::At;
use super::disk::{self, Volume};
use super::fault::CloudError;
use super::image::{self, Bootable};
use super::nova::{self, Server};
use super::overwriting::{self, Overwritten, Target, Told};
use super::place::Allowance;
use super::session::Service;
use super::wait::until;
use super::{LONG, Openstack, flavor, project};
use crate::{DriverError, console};

/// Metadata of the server: the disk it erases.
const ERASES: &str = "liyun_erases";
/// Metadata of the server: the nonce it was given.
const NONCE: &str = "liyun_nonce";
/// Memory where the image does not say how much it needs (ours): what systems with cloud-init boot with.
const MEMORY_MIB_DEFAULT: u32 = 1024;
/// As long as a server may take to come up, and a GiB to be written and read back (ours: 17 MB/s at least). One that
/// takes longer hangs.
const MINUTES_MAX: (u32, u32) = (20, 2);

/// What is noted of one that is to be, or is there.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    nonce: String,
    /// RFC 3339.
    begun_at: String,
    targets: Vec<Target>,
}

impl Note {
    /// True where it should have ended by `now`.
    fn is_over(&self, now: &str) -> bool {
        let gib: u32 = self.targets.iter().map(|target| target.size_gib).sum();
        let limit = Duration::from_secs(60 * u64::from(MINUTES_MAX.0 + MINUTES_MAX.1 * gib));
        let times = self.begun_at.parse::<jiff::Timestamp>().ok().zip(now.parse::<jiff::Timestamp>().ok());
        times.is_some_and(|(begun, now)| {
            now.duration_since(begun) > jiff::SignedDuration::try_from(limit).unwrap_or_default()
        })
    }
}

/// What a look at the working server shows.
enum Seen {
    Done(Vec<Overwritten>),
    Failed(String),
    /// Still at work when the step's patience ends.
    Working,
}

/// True of a server that erases; what the inventory says of it: it goes with its disk.
pub(super) fn found(server: &Server) -> Option<Found> {
    let disk = DiskId(server.metadata.get(ERASES)?.parse().ok()?);
    Some(Found { kind: "server".into(), external_name: server.name.clone(), disk: Some(disk), ..Found::default() })
}

/// The work on one disk.
#[derive(Clone, Copy)]
pub(super) struct Eraser<'a> {
    pub cloud: &'a Openstack,
    pub at: &'a At<'a>,
    pub resource: ResourceId,
    pub disk: DiskId,
}

impl Eraser<'_> {
    fn name(&self) -> String {
        format!("{}{}", disk::ERASER, self.disk)
    }

    fn key(&self) -> String {
        format!("eraser/{}", self.disk)
    }

    async fn noted(&self) -> Result<Option<Note>, DriverError> {
        let noted = self.cloud.shelf.get(&self.key()).await?;
        noted.map(|noted| serde_json::from_value(noted).map_err(DriverError::bug)).transpose()
    }

    async fn servers(&self) -> Result<Vec<Server>, DriverError> {
        nova::there(self.at, &self.name()).await
    }

    /// The cloud's ids of those that are there; asks only where one was noted.
    pub(super) async fn standing(&self) -> Result<Vec<String>, DriverError> {
        if self.noted().await?.is_none() {
            return Ok(Vec::new());
        }
        Ok(self.servers().await?.into_iter().map(|server| server.id).collect())
    }

    /// Has the volumes overwritten, or those that an earlier attempt has begun with. What could not be done in one
    /// step's patience goes on, and the next attempt finds it.
    pub(super) async fn overwrite(&self, image: &str, targets: &[Target]) -> Result<Vec<Overwritten>, DriverError> {
        let note = match self.noted().await? {
            Some(note) => note,
            None => self.begin(targets).await?,
        };
        let failed = match self.server(image, &note).await? {
            Ok(server) => match self.watch(&server, &note).await? {
                Seen::Done(done) => return Ok(done),
                Seen::Failed(why) => why,
                Seen::Working => {
                    let zh = "抹除机正在覆写云硬盘,稍后继续核对";
                    return Err(DriverError::underway(zh, format!("{} is still at work", self.name())));
                }
            },
            Err(why) => why,
        };
        self.leave().await?;
        Err(DriverError::retry("抹除机未能完成覆写,将重新执行", format!("{}: {failed}", self.name())))
    }

    async fn begin(&self, targets: &[Target]) -> Result<Note, DriverError> {
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let note = Note { nonce, begun_at: (self.cloud.now)(), targets: targets.to_vec() };
        self.cloud.shelf.put(&self.key(), &json!(note)).await?;
        Ok(note)
    }

    /// The running server of this note, made where there is none; or why there is none.
    async fn server(&self, image: &str, note: &Note) -> Result<Result<Server, String>, DriverError> {
        let of_note = |server: &Server| server.metadata.get(NONCE) == Some(&note.nonce) && server.status != "ERROR";
        let (mut own, others): (Vec<_>, Vec<_>) = self.servers().await?.into_iter().partition(of_note);
        // Of two that were asked for at once one got no volume.
        for other in others {
            nova::delete(self.at, &other.id).await?;
        }
        let id = match own.pop() {
            Some(server) => server.id,
            None => self.make(image, note).await?,
        };
        let server = nova::settle(self.at, &id).await?;
        let fault = || format!("the server is {}: {}", server.status, server.fault());
        Ok(if server.status == "ACTIVE" { Ok(server) } else { Err(fault()) })
    }

    async fn make(&self, image: &str, note: &Note) -> Result<String, DriverError> {
        #[derive(Deserialize)]
        struct Made {
            id: String,
        }
        let image = image::bootable(self.cloud, image).await?;
        let shape = Shape { vcpu: 1, memory_mib: image.memory_mib.unwrap_or(MEMORY_MIB_DEFAULT) };
        self.make_room(&image, shape).await?;
        let root = self.root(&image).await?;
        let mut held = vec![root.id];
        for target in &note.targets {
            held.push(disk::settle(self.at, &target.volume, &["available"]).await?.id);
        }
        let project = self.at.token().await?.project_id.clone();
        let flavor = flavor::ensure(self.cloud, shape, None, &project).await?;
        let body = json!({ "server": self.spec(note, &held, &flavor) });
        let made: Result<Made, CloudError> = self.at.post(Service::Compute, "/servers", &body, Some("server")).await;
        made.map(|made| made.id).map_err(|error| self.not_made(error))
    }

    fn spec(&self, note: &Note, held: &[String], flavor: &str) -> serde_json::Value {
        let device = |(index, volume): (usize, &String)| {
            json!({
                "uuid": volume, "source_type": "volume", "destination_type": "volume", "delete_on_termination": false,
                "boot_index": if index == 0 { 0 } else { -1 },
            })
        };
        json!({
            "name": self.name(), "flavorRef": flavor, "networks": "none", "config_drive": true,
            "block_device_mapping_v2": held.iter().enumerate().map(device).collect::<Vec<_>>(),
            "metadata": { ERASES: self.disk.to_string(), NONCE: note.nonce },
            "user_data": BASE64.encode(overwriting::script(&note.nonce, &note.targets)),
        })
    }

    /// A quota may have been filled by another in the meantime, and a volume be held by one that a killed process has
    /// asked for: both are seen anew by the next attempt. A project it was adopted in has a quota that is not ours.
    fn not_made(&self, error: CloudError) -> DriverError {
        match error.status() {
            Some(403 | 413) if self.at.is_adopted() => {
                let zh = "云主机所在项目的配额容不下抹除机,请在云平台上留出一台云主机和一块云硬盘的余量";
                DriverError::refused(zh, error.to_string())
            }
            Some(400 | 403 | 409 | 413) => DriverError::retry("云平台暂时不能建立抹除机,稍后重试", error.to_string()),
            _ => error.into(),
        }
    }

    async fn make_room(&self, image: &Bootable, shape: Shape) -> Result<(), DriverError> {
        let Some((agency, project)) = self.own_project().await? else { return Ok(()) };
        let needed = Allowance {
            servers: 1,
            vcpu: shape.vcpu.into(),
            memory_mib: shape.memory_mib.into(),
            volumes: 1,
            gib: image.disk_gib.into(),
            ..Allowance::default()
        };
        project::make_room(self.cloud, (agency, &project), self.disk, needed).await
    }

    /// The agency whose project this is; `None` in one whose quota is not ours.
    async fn own_project(&self) -> Result<Option<(domain::ids::OrgId, String)>, DriverError> {
        if self.at.is_adopted() {
            return Ok(None);
        }
        let project = self.at.token().await?.project_id.clone();
        Ok(self.cloud.places.agency_of(self.resource).await?.map(|agency| (agency, project)))
    }

    /// Its own system disk.
    async fn root(&self, image: &Bootable) -> Result<Volume, DriverError> {
        let mut root = disk::named(self.at, &self.name()).await?;
        if let Some(failed) = root.take_if(|root| root.status.starts_with("error")) {
            disk::delete(self.at, &failed.id).await?;
        }
        let id = match root {
            Some(root) => root.id,
            None => {
                let mut spec = json!({
                    "name": self.name(), "size": image.disk_gib, "description": "liyun", "imageRef": image.id,
                    "metadata": { disk::RESOURCE: self.resource.to_string(), disk::DISK: self.disk.to_string() },
                });
                if let Some(kind) = self.cloud.session().settings.volume_type_for(None) {
                    spec["volume_type"] = json!(kind);
                }
                let body = json!({ "volume": spec });
                let made: Result<Volume, _> = self.at.post(Service::Volume, "/volumes", &body, Some("volume")).await;
                made.map_err(|error| self.not_made(error))?.id
            }
        };
        disk::settle(self.at, &id, &["available"]).await
    }

    /// Reads its console until it has told of every volume, as long as a step may take.
    async fn watch(&self, server: &Server, note: &Note) -> Result<Seen, DriverError> {
        let end = Instant::now() + LONG;
        until(&format!("the work of {}", server.name), 2 * LONG, || async {
            let Some(server) = nova::get(self.at, &server.id).await? else {
                return Ok(Some(Seen::Failed("the server has gone".into())));
            };
            match overwriting::told(&self.console(&server).await?, &note.nonce, &note.targets) {
                Told::Done(done) => return Ok(Some(Seen::Done(done))),
                Told::Failed(why) => return Ok(Some(Seen::Failed(why))),
                Told::Nothing => {}
            }
            if server.status != "ACTIVE" {
                return Ok(Some(Seen::Failed(format!("the server is {}: {}", server.status, server.fault()))));
            }
            if note.is_over(&(self.cloud.now)()) {
                return Ok(Some(Seen::Failed(format!("begun at {}, it has told nothing", note.begun_at))));
            }
            Ok((Instant::now() >= end).then_some(Seen::Working))
        })
        .await
    }

    /// The last lines of its console; nothing where it has none yet.
    async fn console(&self, server: &Server) -> Result<String, DriverError> {
        let body = json!({ "os-getConsoleOutput": { "length": overwriting::LINES_MAX } });
        let path = format!("/servers/{}/action", server.id);
        match self.at.post::<String>(Service::Compute, &path, &body, Some("output")).await {
            Ok(text) => Ok(console::plain(text.as_bytes())),
            Err(error) if matches!(error.status(), Some(404 | 409)) => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes all that is noted of it, looks until it is gone, and takes its room back.
    pub(super) async fn leave(&self) -> Result<(), DriverError> {
        if self.noted().await?.is_none() {
            return Ok(());
        }
        for server in self.servers().await? {
            nova::delete(self.at, &server.id).await?;
        }
        for root in disk::all_named(self.at, &self.name()).await? {
            disk::delete(self.at, &root.id).await?;
        }
        if let Some((agency, project)) = self.own_project().await? {
            project::give_room_back(self.cloud, (agency, &project), self.disk).await?;
        }
        self.cloud.shelf.remove(&self.key()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_may_take_grows_with_the_disk() {
        let note = |gib| Note {
            nonce: "n".into(),
            begun_at: "2026-01-05T08:00:00Z".into(),
            targets: vec![Target { volume: "v".into(), size_gib: gib }],
        };
        assert!(!note(10).is_over("2026-01-05T08:40:00Z") && note(10).is_over("2026-01-05T08:40:01Z"));
        assert!(!note(2000).is_over("2026-01-07T08:00:00Z"), "two terabytes take their days");
        assert!(!note(10).is_over("2026-01-05T07:00:00Z"), "a clock that was put back");
    }

    #[test]
    fn the_inventory_counts_it_to_its_disk_and_to_no_server() {
        let disk = DiskId(uuid::Uuid::from_u128(7));
        let server = json!({
            "id": "1", "name": format!("ly-erase-{disk}"), "status": "ACTIVE", "flavor": { "vcpus": 1, "ram": 1024 },
            "metadata": { ERASES: disk.to_string() },
        });
        let found = found(&serde_json::from_value(server).unwrap()).expect("it is one");
        assert_eq!((found.kind.as_str(), found.disk, found.resource), ("server", Some(disk), None));
    }
}
