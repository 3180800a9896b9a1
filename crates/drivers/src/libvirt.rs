//! 本机虚拟化: real QEMU guests on this machine, through our own libvirtd.
//!
//! Every object carries our ids: a domain's UUID is the resource's id, disks and networks have theirs in their
//! names. Whatever was killed when, looking again shows what happened.

mod adopt;
mod copy;
mod disk;
mod domain_xml;
mod guest;
mod layout;
mod network;
mod server;
mod stats;
mod supervisor;
mod virsh;

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use domain::ids::ResourceId;
use domain::provisioning::{
    Capabilities, CopyKind, Desired, DiskId, Found, Manner, Metric, Observed, ObservedDisk, ObservedServer, Power,
    Step, Usage,
};
use tokio::sync::OnceCell;

pub use layout::Layout;
pub use supervisor::{end_daemons, rest};

use crate::{ConsoleText, Driver, DriverError, EngineKind, Health, Now, Outcome, Reason, console};
use virsh::Virsh;

/// Less free space than this is a reason not to open servers.
const FREE_BYTES_MIN: u64 = 1 << 30;

/// The libvirt of one data directory.
pub struct Libvirt {
    layout: Layout,
    virsh: Virsh,
    image: PathBuf,
    boot: OnceCell<guest::Boot>,
    now: Now,
}

impl Libvirt {
    /// Keeps everything under `data_dir/libvirt`; guests boot `image` (default: see [`guest::default_directory`]).
    /// Nothing is started before the first verb.
    pub fn new(data_dir: &Path, image: Option<PathBuf>, now: Now) -> Self {
        let layout = Layout::new(data_dir);
        let virsh = Virsh::new(layout.uri());
        let image = image.unwrap_or_else(guest::default_directory);
        Self { layout, virsh, image, boot: OnceCell::new(), now }
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What stands in the way of running guests here; looks only and starts nothing.
    pub fn obstacles(&self) -> Vec<Reason> {
        let mut reasons = supervisor::obstacles(&self.layout);
        reasons.extend(guest::obstacle(&self.image));
        reasons
    }

    /// That guests are emulated, where a probe has found so; looks only and starts nothing.
    pub fn emulation_remark(&self) -> Option<Reason> {
        guest::emulation_remark(&self.layout)
    }

    /// Our libvirtd, started where it does not run.
    async fn up(&self) -> Result<&Virsh, DriverError> {
        if !supervisor::answers(&self.layout).await {
            self.layout.make().map_err(|cause| DriverError::file(self.layout.root(), &cause))?;
            // Without an image no guest starts, but those that run are looked after all the same.
            let emulated = self.boot().await.is_ok_and(|boot| !boot.hardware);
            supervisor::ensure(&self.layout, emulated).await?;
        }
        Ok(&self.virsh)
    }

    fn copies<'a>(&'a self, virsh: &'a Virsh) -> copy::Copies<'a> {
        copy::Copies { virsh, layout: &self.layout, now: &self.now }
    }

    async fn boot(&self) -> Result<&guest::Boot, DriverError> {
        self.boot.get_or_try_init(|| guest::prepare(&self.layout, &self.image)).await
    }

    /// The server and which of its disks are attached: for good, and to the running guest.
    async fn observe_server(
        &self,
        desired: &Desired,
        address: Option<String>,
    ) -> Result<Option<(ObservedServer, Vec<DiskId>)>, DriverError> {
        let (virsh, resource) = (&self.virsh, desired.resource);
        if !server::exists(virsh, resource).await? {
            return Ok(None);
        }
        // A server that is to be adopted has its id from the start, and is ours only once it says so.
        if desired.adopts.is_some() && !server::is_owned(virsh, resource).await? {
            return Ok(None);
        }
        let running = server::is_running(virsh, resource).await?;
        let (lasting, now) = server::read(virsh, resource).await?;
        let in_both = |id: &DiskId| !running || now.disks.iter().any(|(known, _)| known == id);
        let attached = lasting.disks.iter().map(|(id, _)| *id).filter(in_both).collect();
        let seen = ObservedServer {
            external_name: desired.adopts.clone().unwrap_or_else(|| server::external_name(resource)),
            power: if running { Power::Running } else { Power::Stopped },
            shape: lasting.shape,
            mark: lasting.mark,
            address,
            // An isolated bridge: nothing outside the network reaches the server, and nothing can be let in.
            access: None,
            public_address: None,
        };
        Ok(Some((seen, attached)))
    }
}

#[async_trait]
impl Driver for Libvirt {
    fn kind(&self) -> EngineKind {
        EngineKind::Libvirt
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resize: Manner::Cold,
            attach: Manner::Live,
            grow: Manner::Live,
            access: false,
            console: true,
            adopts: true,
            measures: vec![Metric::Cpu],
            snapshots: true,
            backups: true,
            dedicated: false,
            by_hand: false,
            real: true,
            erasure_zh: disk::METHOD_ZH.into(),
            isolation_zh: "每单位每网络分区一座独立网桥,无外部转发".into(),
        }
    }

    async fn health(&self) -> Health {
        let mut reasons = self.obstacles();
        if reasons.is_empty() {
            if let Err(error) = self.up().await {
                reasons.push(Reason::new(error.zh(), error.to_string(), Some("liyun doctor")));
            } else if let Err(error) = self.boot().await {
                reasons.push(Reason::new(error.zh(), error.to_string(), Some("scripts/guest/build.sh")));
            }
            reasons.extend(no_space(self.layout.root()));
        }
        Health::of(reasons, self.emulation_remark().into_iter().collect())
    }

    async fn observe(&self, desired: &Desired) -> Result<Observed, DriverError> {
        let virsh = self.up().await?;
        let name = network::name_of(&desired.network);
        let net = network::read(virsh, &name).await?;
        let mut seen = Observed { network: network::is_up(virsh, &name).await?, ..Observed::default() };
        let mut address = None;
        if let Some(net) = &net {
            seen.network_others = network::members(virsh, net, Some(desired.resource)).await?;
            let mac = network::mac_of(desired.resource);
            address = net.leases.iter().find(|lease| lease.mac == mac).map(|lease| lease.address.clone());
        }
        let found = self.observe_server(desired, address).await?;
        let attached = found.as_ref().map(|(_, attached)| attached.clone()).unwrap_or_default();
        seen.server = found.map(|(server, _)| server);
        let mut ids = desired.disk_ids();
        ids.extend(attached.iter().filter(|id| !desired.disk_ids().contains(id)));
        for id in ids {
            if let Some(size_gib) = disk::size_gib(&self.layout, id)? {
                seen.disks.push(ObservedDisk { id, size_gib, kind: None, attached: attached.contains(&id) });
            } else {
                seen.erasures.extend(disk::evidence(&self.layout, id)?);
            }
        }
        seen.copies = self.copies(virsh).look(desired)?;
        if let (None, Some(name)) = (&seen.server, &desired.adopts) {
            seen.unowned = adopt::unowned(virsh, &self.layout, name).await?.map(|(_, unowned)| unowned);
            // Names of ours that a killed process has put on its disks: they are its disks still.
            if seen.unowned.is_some() {
                seen.disks.clear();
            }
        }
        Ok(seen)
    }

    async fn inventory(&self) -> Result<Vec<Found>, DriverError> {
        let virsh = self.up().await?;
        let mut found = Vec::new();
        // Files of servers that were not made here: they are listed with their server.
        let mut theirs = Vec::new();
        for name in virsh.names(&["list", "--all", "--name"]).await? {
            let resource = name.strip_prefix("ly-").and_then(|id| id.parse().ok());
            if resource.is_some() {
                found.push(Found { kind: "server".into(), external_name: name, resource, ..Found::default() });
            } else {
                let (server, files) = adopt::found(virsh, &self.layout, &name).await?;
                found.push(server);
                theirs.extend(files);
            }
        }
        for name in virsh.names(&["net-list", "--all", "--name"]).await? {
            found.push(Found { kind: "network".into(), external_name: name, ..Found::default() });
        }
        let images = self.layout.images();
        let entries = std::fs::read_dir(&images).map_err(|cause| DriverError::file(&images, &cause))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        for name in names.filter(|name| !theirs.contains(name)) {
            let disk = Layout::disk_of(&format!("/var/lib/libvirt/images/{name}"));
            let size = disk::found_gib(&images.join(&name))?;
            let disks_gib = size.into_iter().collect();
            found.push(Found { kind: "disk".into(), external_name: name, disk, disks_gib, ..Found::default() });
        }
        for kind in CopyKind::ALL {
            found.extend(copy::listed(&self.layout, *kind)?);
        }
        Ok(found)
    }

    async fn usage(&self, resources: &[ResourceId]) -> Result<Vec<Usage>, DriverError> {
        stats::usage(self.up().await?, &self.layout, resources, &(self.now)()).await
    }

    async fn carry_out(&self, step: &Step) -> Result<Outcome, DriverError> {
        let virsh = self.up().await?;
        let layout = &self.layout;
        match step {
            Step::EnsureNetwork { network } => network::ensure(virsh, layout, network).await?,
            Step::RemoveNetwork { network, .. } => network::remove(virsh, layout, network).await?,
            Step::EnsureDisk { disk, size_gib, .. } => disk::create(layout, *disk, *size_gib).await?,
            Step::DefineServer { server } => server::define(virsh, layout, server, self.boot().await?).await?,
            Step::AttachDisk { resource, disk } => server::attach(virsh, *resource, *disk).await?,
            Step::DetachDisk { resource, disk } => server::detach(virsh, *resource, *disk).await?,
            Step::GrowDisk { resource, disk, to_gib, .. } => {
                server::grow(virsh, layout, *resource, *disk, *to_gib).await?;
            }
            Step::SetAccess { .. } => {
                return Err(DriverError::refused(
                    "本机虚拟化网络与外部隔离,不能开放端口",
                    "this engine opens no ports",
                ));
            }
            Step::SetHosts { .. } => {
                return Err(DriverError::refused("本机虚拟化没有专享宿主机", "this engine has no hosts to give"));
            }
            Step::Resize { resource, to, .. } => server::resize(virsh, *resource, *to).await?,
            Step::Mark { resource, to, .. } => server::mark(virsh, *resource, *to).await?,
            Step::Start { resource } => server::start(virsh, *resource).await?,
            Step::Stop { resource } => server::stop(virsh, *resource).await?,
            Step::RemoveServer { server, .. } => server::remove(virsh, layout, server).await?,
            Step::Adopt { server, external_name, disks } => {
                adopt::adopt(virsh, layout, server, (external_name, disks)).await?;
            }
            Step::Release { resource, .. } => adopt::release(virsh, layout, *resource).await?,
            Step::EraseDisk { resource, disk, .. } => {
                if server::uses_disk(virsh, *resource, *disk).await? {
                    return Err(DriverError::refused("云主机运行中,不能清除其云盘", "the disk is in use"));
                }
                self.copies(virsh).sweep(*disk).await?;
                return Ok(Outcome::Done { erasure: disk::erase(layout, *disk, &self.now).await? });
            }
            // Restoring has overwritten it already.
            Step::EraseReplaced { .. } => {}
            Step::Copy { copy } => return Ok(Outcome::Done { erasure: self.copies(virsh).carry_out(copy).await? }),
        }
        Ok(Outcome::PLAIN)
    }

    async fn console(&self, resource: ResourceId, from: u64) -> Result<ConsoleText, DriverError> {
        let path = self.layout.console(resource);
        let mut file = match std::fs::File::open(&path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Err(DriverError::gone(format!("console of {resource}")));
            }
            opened => opened.map_err(|cause| DriverError::file(&path, &cause))?,
        };
        let read = read_piece(&mut file, from).map_err(|cause| DriverError::file(&path, &cause))?;
        Ok(ConsoleText { text: console::plain(&read.0), next: read.1 })
    }
}

/// From `from`, or from the start where the log was rotated and is shorter now.
fn read_piece(file: &mut std::fs::File, from: u64) -> std::io::Result<(Vec<u8>, u64)> {
    let length = file.metadata()?.len();
    let from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(console::BYTES_MAX).read_to_end(&mut bytes)?;
    let next = from + bytes.len() as u64;
    Ok((bytes, next))
}

fn no_space(root: &Path) -> Option<Reason> {
    let free = nix::sys::statvfs::statvfs(root).ok()?;
    let bytes = free.blocks_available().saturating_mul(free.fragment_size());
    (bytes < FREE_BYTES_MIN).then(|| {
        Reason::new(
            format!("数据目录剩余空间不足:{} MiB", bytes >> 20),
            format!("only {} MiB free under {}", bytes >> 20, root.display()),
            None,
        )
    })
}
