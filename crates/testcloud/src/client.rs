//! The cloud's own command-line client, which knows nothing of ours.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::account;

/// What really is in a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Real {
    /// Name, vCPU and MiB of each server, sorted.
    pub servers: Vec<(String, u32, u32)>,
    /// Name and GiB of each volume, sorted.
    pub volumes: Vec<(String, u32)>,
    /// Name of each port that is a server's, sorted.
    pub ports: Vec<String>,
    /// Networks, routers, floating addresses, security groups and snapshots: kind and name, sorted.
    pub others: Vec<String>,
}

/// Runs `openstack` as the cloud's administrator and reads the list or the object it prints.
pub fn client(arguments: &[&str]) -> Value {
    let words = [arguments, &["-f", "json"]].concat();
    serde_json::from_str(&run(None, &words)).unwrap_or_default()
}

/// Runs `openstack` as the cloud's administrator, in a project of this name or in his own.
pub fn run(project: Option<&str>, arguments: &[&str]) -> String {
    let root = account::directory().expect("a cloud");
    let rc = account::read("openrc").expect("the administrator's account");
    let own = root.join("venv/bin/openstack");
    let program = if own.exists() { own } else { "openstack".into() };
    let mut command = Command::new(program);
    command.args(arguments).envs(rc.iter().filter(|(name, _)| name.starts_with("OS_"))).env_remove("OS_CLOUD");
    if let Some(project) = project {
        command.env("OS_PROJECT_NAME", project);
    }
    let output = command.output().expect("the client runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openstack {}: {said}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A client for the page of a guest, which gives up after `timeout`.
pub fn http(timeout: Duration) -> reqwest::Client {
    drivers::tls::provide();
    reqwest::Client::builder().timeout(timeout).build().expect("a client")
}

/// Everything in the project `name`, as the client lists it.
pub fn by_client(name: &str) -> Real {
    let rows = |arguments: &[&str]| client(arguments).as_array().cloned().unwrap_or_default();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let number = |row: &Value, key: &str| u32::try_from(row[key].as_u64().unwrap_or_default()).unwrap_or(u32::MAX);
    let flavors = rows(&["flavor", "list", "--all", "--limit", "1000"]);
    let figures = |name: &str| {
        let flavor = flavors.iter().find(|flavor| flavor["Name"] == name);
        flavor.map_or((0, 0), |flavor| (number(flavor, "VCPUs"), number(flavor, "RAM")))
    };
    let mut real = Real::default();
    for row in rows(&["server", "list", "--all-projects", "--project", name]) {
        let (vcpu, memory_mib) = figures(&text(&row, "Flavor"));
        real.servers.push((text(&row, "Name"), vcpu, memory_mib));
    }
    for row in rows(&["volume", "list", "--all-projects", "--project", name]) {
        real.volumes.push((text(&row, "Name"), number(&row, "Size")));
    }
    for row in rows(&["port", "list", "--project", name, "--device-owner", "compute:nova"]) {
        real.ports.push(text(&row, "Name"));
    }
    for (kind, words) in [
        ("network", &["network", "list", "--project", name][..]),
        ("router", &["router", "list", "--project", name]),
        ("floating address", &["floating", "ip", "list", "--project", name]),
        ("security group", &["security", "group", "list", "--project", name]),
        ("snapshot", &["volume", "snapshot", "list", "--all-projects", "--project", name]),
    ] {
        let names = rows(words).into_iter().map(|row| format!("{kind} {}", text(&row, "Name")));
        real.others.extend(names.filter(|name| name != "security group default"));
    }
    real.servers.sort();
    real.volumes.sort();
    real.ports.sort();
    real.others.sort();
    real
}
