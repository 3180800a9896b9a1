//! A server that somebody made by hand: nobody's, and running.

use domain::ids::ResourceId;
use domain::provisioning::*;
use drivers::libvirt::Libvirt;
use drivers::shelf::{DirectoryShelf, Shelf};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

use crate::bench::{Bench, order, terminated};

/// Its name in the cloud, the id a resource takes over from it, and which run of it this is.
pub struct Stray {
    pub name: String,
    pub resource: ResourceId,
    pub epoch: Option<String>,
}

impl Bench {
    /// Makes one of the size of [`order`].
    pub async fn stray(&self) -> Stray {
        let id = Uuid::new_v4();
        let name = format!("legacy-{}", &id.simple().to_string()[..8]);
        match self.driver().kind() {
            EngineKind::Libvirt => self.defined_by_hand(&name, id).await,
            EngineKind::Simulated => {
                let shelf = DirectoryShelf::new(self.path().join("shelf"));
                let noted = Unowned {
                    external_name: name.clone(),
                    power: Power::Running,
                    shape: order().shape,
                    disks_gib: vec![2, 1],
                    address: None,
                };
                shelf.put(&format!("unowned/{name}"), &json!(noted)).await.expect("noted");
            }
            // The engineer finds it in his own cloud.
            _ => {}
        }
        let mut stray = Stray { name, resource: ResourceId(id), epoch: None };
        stray.epoch = self.epoch(&stray);
        stray
    }

    /// What libvirt numbers each start of a server by.
    pub fn epoch(&self, stray: &Stray) -> Option<String> {
        (self.driver().kind() == EngineKind::Libvirt).then(|| self.by_hand(&["domid", &stray.name]))
    }

    /// The server of this name in the cloud's list.
    pub async fn listed(&self, name: &str) -> Option<Found> {
        let all = self.driver().inventory().await.expect("listable");
        all.into_iter().find(|thing| thing.kind == "server" && thing.external_name == name)
    }

    fn by_hand(&self, arguments: &[&str]) -> String {
        let uri = Libvirt::new(&self.path(), None, Arc::new(String::new)).layout().uri();
        let output = std::process::Command::new("virsh").args(["-q", "-c", &uri]).args(arguments).output();
        let output = output.expect("virsh runs");
        assert!(output.status.success(), "virsh {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// As an administrator would: after the pattern of another server, with files and names of his own.
    async fn defined_by_hand(&self, name: &str, id: Uuid) {
        let pattern = order();
        self.converge(&pattern).await;
        let layout = Libvirt::new(&self.path(), None, Arc::new(String::new)).layout().clone();
        let mut xml = self.by_hand(&["dumpxml", "--inactive", &pattern.resource.to_string()]);
        for tag in ["metadata", "interface", "title", "serial", "console"] {
            let (open, until) = (format!("<{tag}"), format!("</{tag}>"));
            while let Some(from) = xml.find(&open) {
                let to = from + xml[from..].find(&until).expect("closed") + until.len();
                xml.replace_range(from..to, "");
            }
        }
        for (disk, suffix, size) in [(pattern.disk_ids()[0], "a", "2G"), (pattern.disk_ids()[1], "b", "1G")] {
            let file = format!("{name}-{suffix}.qcow2");
            let path = layout.images().join(&file);
            let mut make = std::process::Command::new("qemu-img");
            make.args(["create", "-q", "-f", "qcow2"]).arg(&path).arg(size);
            assert!(make.status().expect("qemu-img runs").success());
            xml = xml.replace(&format!("ly-{disk}.qcow2"), &file);
        }
        xml = xml.replace(&format!("<name>ly-{}</name>", pattern.resource), &format!("<name>{name}</name>"));
        xml = xml.replace(&format!("<uuid>{}</uuid>", pattern.resource), &format!("<uuid>{id}</uuid>"));
        let file = self.path().join(format!("{name}.xml"));
        std::fs::write(&file, xml).expect("written");
        self.by_hand(&["define", &file.to_string_lossy()]);
        self.by_hand(&["start", name]);
        self.converge(&terminated(pattern)).await;
    }
}
