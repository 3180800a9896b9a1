//! An account of the OpenStack cloud to test against, as its `…rc` file says.
//!
//! `LIYUN_OPENSTACK` names the directory with `liyunrc`, the account liyun is given, and `openrc`, the cloud's own
//! administrator, who looks independently. Never the `OS_…` variables of whoever runs the tests: those may lead to a
//! cloud that people work in.

use std::collections::HashMap;
use std::path::PathBuf;

use domain::application::form::Architecture;
use domain::provisioning::{HostChoice, OpenstackSettings};
use drivers::openstack::Password;

/// In `liyunrc`: the image of an erasing server.
const ERASER_IMAGE: &str = "LIYUN_ERASER_IMAGE";

/// Where the accounts are; `None` where no cloud is given.
pub fn directory() -> Option<PathBuf> {
    std::env::var_os("LIYUN_OPENSTACK").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// `export NAME=value`, one a line.
pub fn read(file: &str) -> Result<HashMap<String, String>, String> {
    let path = directory().ok_or("LIYUN_OPENSTACK is not set; scripts/openstack/up makes a cloud")?.join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pair = |line: &str| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        Some((name.to_owned(), value.trim_matches('"').to_owned()))
    };
    Ok(text.lines().filter_map(pair).collect())
}

/// What the driver is told, from liyun's account.
pub fn settings() -> Result<(OpenstackSettings, Password), String> {
    let rc = read("liyunrc")?;
    let of = |name: &str| rc.get(name).cloned().ok_or_else(|| format!("liyunrc has no {name}"));
    let image = std::env::var("LIYUN_OPENSTACK_IMAGE").unwrap_or_else(|_| "test".into());
    let settings = OpenstackSettings {
        auth_url: of("OS_AUTH_URL")?,
        region: of("OS_REGION_NAME")?,
        user: of("OS_USERNAME")?,
        user_domain: of("OS_USER_DOMAIN_NAME")?,
        project: of("OS_PROJECT_NAME")?,
        project_domain: of("OS_PROJECT_DOMAIN_NAME")?,
        image: Some(image),
        external_network: Some("public".into()),
        dedicated_hosts: spare_hosts(&rc),
        ..OpenstackSettings::default()
    };
    Ok((settings, Password(of("OS_PASSWORD")?)))
}

/// Hosts that the cloud has for dedicated servers (`scripts/openstack/lib.sh`).
fn spare_hosts(rc: &HashMap<String, String>) -> Vec<HostChoice> {
    let names = rc.get("LIYUN_SPARE_HOSTS").map(String::as_str).unwrap_or_default().split_whitespace();
    names.map(|host| HostChoice { host: host.into(), architecture: Architecture::X86 }).collect()
}

/// The image of an erasing server, where guests are real and execute what they are given. Not among the settings: a disk
/// takes half a minute and more under software emulation, and most cases end by erasing several.
pub fn eraser_image() -> Option<String> {
    read("liyunrc").ok()?.remove(ERASER_IMAGE)
}
