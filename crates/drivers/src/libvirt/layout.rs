//! Where our private libvirt keeps everything: `<data-dir>/libvirt`.
//!
//! libvirtd run by root has its paths compiled in (`/etc/libvirt`, `/var/lib/libvirt`, `/run/libvirt` …). Ours runs in
//! a mount namespace of its own in which these are our directories, so that it neither meets the system's libvirtd
//! nor another liyun's, and guests' disks need no readable path through the data directory.

use std::path::{Path, PathBuf};

use domain::ids::ResourceId;
use domain::provisioning::{CopyKind, DiskId};

/// Longest path a unix socket may have, less the name of libvirt's.
const SOCKET_PATH_MAX: usize = 107;

/// 目录布局.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Under `data_dir/libvirt`.
    pub fn new(data_dir: &Path) -> Self {
        let root = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned()).join("libvirt");
        Self { root }
    }

    /// The directory of it all.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Our directory for what libvirtd knows by a compiled-in path.
    pub fn binds(&self) -> [(PathBuf, &'static str); 5] {
        [
            (self.root.join("etc"), "/etc/libvirt"),
            (self.root.join("lib"), "/var/lib/libvirt"),
            (self.root.join("run"), "/run/libvirt"),
            (self.root.join("cache"), "/var/cache/libvirt"),
            (self.root.join("log"), "/var/log/libvirt"),
        ]
    }

    /// Makes every directory. Guests run as their own user, so `lib` must let that user pass.
    pub fn make(&self) -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        for (directory, _) in self.binds() {
            std::fs::create_dir_all(directory)?;
        }
        let copies = [self.copies(CopyKind::Snapshot), self.copies(CopyKind::Backup)];
        let own = [self.sockets(), self.images(), self.boot(), self.consoles(), self.evidence()];
        for directory in own.iter().chain(&copies) {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::set_permissions(&self.root, std::fs::Permissions::from_mode(0o700))?;
        let [snapshots, backups] = copies;
        for open in [self.root.join("lib"), self.images(), self.boot(), snapshots, backups] {
            std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o711))?;
        }
        Ok(())
    }

    /// Directory of libvirtd's sockets.
    pub fn sockets(&self) -> PathBuf {
        self.root.join("sock")
    }

    /// libvirtd's socket.
    pub fn socket(&self) -> PathBuf {
        self.sockets().join("libvirt-sock")
    }

    /// True where the kernel takes a socket of this path.
    pub fn socket_fits(&self) -> bool {
        self.socket().as_os_str().len() <= SOCKET_PATH_MAX
    }

    /// What virsh connects to.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///system?socket={}", self.socket().display())
    }

    /// Pid file of `libvirtd` or `virtlogd`.
    pub fn pid_file(&self, daemon: &str) -> PathBuf {
        self.root.join(format!("{daemon}.pid"))
    }

    /// A lock file: one at a time among all processes on this data directory.
    pub fn lock(&self, what: &str) -> PathBuf {
        self.root.join(format!("{what}.lock"))
    }

    /// Disks.
    pub fn images(&self) -> PathBuf {
        self.root.join("lib/images")
    }

    /// Kernels and initial RAM disks of the guests.
    pub fn boot(&self) -> PathBuf {
        self.root.join("lib/boot")
    }

    /// Console logs.
    pub fn consoles(&self) -> PathBuf {
        self.root.join("lib/console")
    }

    /// What is left of erased disks.
    pub fn evidence(&self) -> PathBuf {
        self.root.join("evidence")
    }

    /// The file of a disk; its name carries our id.
    pub fn disk(&self, disk: DiskId) -> PathBuf {
        self.images().join(format!("ly-{disk}.qcow2"))
    }

    /// The same file as libvirtd and the guest see it.
    pub fn disk_inside(disk: DiskId) -> String {
        format!("/var/lib/libvirt/images/ly-{disk}.qcow2")
    }

    /// The disk of a path as libvirtd gives it.
    pub fn disk_of(path: &str) -> Option<DiskId> {
        let name = path.strip_prefix("/var/lib/libvirt/images/ly-")?.strip_suffix(".qcow2")?;
        name.parse().ok().map(DiskId)
    }

    /// The console log of a server.
    pub fn console(&self, resource: ResourceId) -> PathBuf {
        self.consoles().join(format!("ly-{resource}.log"))
    }

    /// The same file as libvirtd sees it.
    pub fn console_inside(resource: ResourceId) -> String {
        format!("/var/lib/libvirt/console/ly-{resource}.log")
    }

    /// Evidence of an erased disk.
    pub fn erasure(&self, disk: DiskId) -> PathBuf {
        self.evidence().join(format!("ly-{disk}.json"))
    }
}
