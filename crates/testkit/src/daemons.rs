//! The libvirt of a test's data directory: whether it runs here, and its end with everything a failed test left in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use drivers::Driver;
use drivers::libvirt::{Layout, Libvirt, end_daemons};

/// Ends guests, networks and daemons of a data directory when dropped. Where none were started, nothing.
pub struct Daemons {
    layout: Layout,
}

impl Daemons {
    /// Those of `data_dir`. Keep it after what owns the directory, so that it is dropped first.
    pub fn of(data_dir: &Path) -> Self {
        Self { layout: Layout::new(data_dir) }
    }

    /// True while libvirtd listens.
    pub async fn answer(&self) -> bool {
        tokio::net::UnixStream::connect(self.layout.socket()).await.is_ok()
    }

    fn virsh(&self, arguments: &[&str]) -> Vec<String> {
        let output = Command::new("virsh").args(["-q", "-c", &self.layout.uri()]).args(arguments).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        if std::os::unix::net::UnixStream::connect(self.layout.socket()).is_err() {
            return;
        }
        for name in self.virsh(&["list", "--all", "--name"]) {
            self.virsh(&["destroy", &name]);
            self.virsh(&["undefine", &name]);
        }
        for name in self.virsh(&["net-list", "--all", "--name"]) {
            self.virsh(&["net-destroy", &name]);
            self.virsh(&["net-undefine", &name]);
        }
        end_daemons(&self.layout);
    }
}

/// Why real guests cannot run over this data directory. Starts the daemons where they can.
pub async fn libvirt_health(data_dir: &Path) -> Result<(), String> {
    let image: Option<PathBuf> = None;
    let health = Libvirt::new(data_dir, image, Arc::new(String::new)).health().await;
    if health.ok { Ok(()) } else { Err(health.summary()) }
}
