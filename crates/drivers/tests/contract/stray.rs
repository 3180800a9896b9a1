//! A server that somebody made by hand: nobody's, and running.

use domain::ids::ResourceId;
use domain::provisioning::*;
use drivers::libvirt::Libvirt;
use drivers::shelf::{DirectoryShelf, Shelf};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testcloud::Auditor;
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
            EngineKind::Openstack => return made_in_the_cloud(name).await,
            // The engineer finds it in his own cloud.
            EngineKind::WorkOrder => {}
        }
        let mut stray = Stray { name, resource: ResourceId(id), epoch: None };
        stray.epoch = self.epoch(&stray).await;
        stray
    }

    /// What tells one run of it from the next: libvirt's number of each start, Nova's list of what was done to it.
    pub async fn epoch(&self, stray: &Stray) -> Option<String> {
        match self.driver().kind() {
            EngineKind::Libvirt => Some(self.by_hand(&["domid", &stray.name])),
            EngineKind::Openstack => Some(done_to(stray.resource).await),
            EngineKind::Simulated | EngineKind::WorkOrder => None,
        }
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

/// How long the cloud may take over a volume or a server.
const LIMIT: Duration = Duration::from_secs(120);

/// In the administrator's own project: a server of the size of [`order`] that boots from a volume, with a second one.
async fn made_in_the_cloud(name: String) -> Stray {
    let auditor = Auditor::new().await;
    let images = auditor.get("image", "/v2/images?name=test").await;
    let (system, data) = (json!({ "size": 2, "imageRef": images["images"][0]["id"] }), json!({ "size": 1 }));
    let mut devices = Vec::new();
    for (index, volume) in [(0, system), (-1, data)] {
        let made = auditor.post("volume", "/volumes", json!({ "volume": volume })).await["volume"]["id"].clone();
        auditor
            .becomes("volume", &format!("/volumes/{}", made.as_str().unwrap()), ("volume", "available"), LIMIT)
            .await;
        devices.push(json!({ "uuid": made, "source_type": "volume", "destination_type": "volume", "boot_index": index,
            "delete_on_termination": false }));
    }
    let Shape { vcpu, memory_mib } = order().shape;
    let flavor = json!({ "flavor": { "name": name, "vcpus": vcpu, "ram": memory_mib, "disk": 0 } });
    let flavor = auditor.post("compute", "/flavors", flavor).await["flavor"]["id"].clone();
    let server = json!({ "name": name, "flavorRef": flavor, "networks": "none", "block_device_mapping_v2": devices });
    let made = auditor.post("compute", "/servers", json!({ "server": server })).await["server"]["id"].clone();
    let id = made.as_str().unwrap();
    auditor.becomes("compute", &format!("/servers/{id}"), ("server", "ACTIVE"), LIMIT).await;
    let path = format!("/flavors/{}", flavor.as_str().unwrap());
    auditor.call(reqwest::Method::DELETE, "compute", &path, None).await;
    let resource = ResourceId(id.parse().unwrap());
    Stray { epoch: Some(done_to(resource).await), name, resource }
}

/// Whatever was done to a server since it was created, as Nova lists it.
async fn done_to(resource: ResourceId) -> String {
    let actions = Auditor::new().await.get("compute", &format!("/servers/{resource}/os-instance-actions")).await;
    let actions = actions["instanceActions"].as_array().unwrap().clone();
    actions.iter().map(|action| action["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
}
