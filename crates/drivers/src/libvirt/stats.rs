//! 使用率: processor time of all guests, in one call. Memory is not told: our guests have no balloon, and what QEMU holds
//! says nothing of what the guest uses.

use std::collections::HashMap;
use std::path::PathBuf;

use domain::ids::ResourceId;
use domain::provisioning::{Counter, Usage};

use super::layout::Layout;
use super::virsh::Virsh;
use crate::DriverError;
use crate::shelf::write_whole;
use crate::usage::{Reading, Readings, since, unknown};

/// How busy these guests were since they were asked for last.
pub async fn usage(
    virsh: &Virsh,
    layout: &Layout,
    resources: &[ResourceId],
    at: &str,
) -> Result<Vec<Usage>, DriverError> {
    let text = virsh.call(&["domstats", "--state", "--cpu-total", "--vcpu", "--list-running"]).await?;
    // By name alone domstats says which guest it is; an adopted one has a name of its own.
    let names = names_of(&virsh.call(&["list", "--name", "--uuid"]).await?);
    let told = parse(&text, uptime_ms()?);
    let path = layout.root().join("usage.json");
    let mut readings = kept(&path);
    readings.retain(|resource, _| names.contains_key(resource));
    let of = |resource: &ResourceId| {
        let reading = names.get(resource).and_then(|name| told.get(name.as_str()));
        let cpu_percent = reading.and_then(|reading| since(&mut readings, *resource, reading));
        Usage { cpu_percent, ..unknown(*resource, at.to_owned()) }
    };
    let usages: Vec<Usage> = resources.iter().map(of).collect();
    let text = serde_json::to_vec(&readings).map_err(DriverError::bug)?;
    write_whole(&path, &text).map_err(|cause| DriverError::file(&path, &cause))?;
    Ok(usages)
}

/// A lost or torn note only costs one figure.
fn kept(path: &PathBuf) -> Readings {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Time since this machine was started: it only goes forward, and guests do not outlive it.
fn uptime_ms() -> Result<u64, DriverError> {
    let path = std::path::Path::new("/proc/uptime");
    let text = std::fs::read_to_string(path).map_err(|cause| DriverError::file(path, &cause))?;
    let seconds = text.split_whitespace().next().unwrap_or_default();
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole: u64 = whole.parse().map_err(|_| DriverError::bug(format!("/proc/uptime says {text:?}")))?;
    let hundredths: u64 = part.parse().unwrap_or(0);
    Ok(whole * 1000 + hundredths * 10)
}

/// `<uuid> <name>`, one a line.
fn names_of(text: &str) -> HashMap<ResourceId, String> {
    let pair = |line: &str| {
        let (id, name) = line.trim().split_once(char::is_whitespace)?;
        Some((id.parse().ok()?, name.trim().to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// What `domstats` prints: `Domain: 'name'` and below it `key=value`, one a line.
fn parse(text: &str, at_ms: u64) -> HashMap<String, Reading> {
    let mut told = HashMap::new();
    for block in text.split("Domain: ").skip(1) {
        let mut lines = block.lines();
        let name = lines.next().unwrap_or_default().trim().trim_matches('\'').to_owned();
        let pairs: HashMap<&str, &str> = lines.filter_map(|line| line.trim().split_once('=')).collect();
        let figure = |key: &str| pairs.get(key).and_then(|text| text.parse::<u64>().ok());
        let vcpu = figure("vcpu.current").and_then(|count| u16::try_from(count).ok());
        if let (Some(nanoseconds), Some(vcpu)) = (figure("cpu.time"), vcpu) {
            let counter = Counter { used_ms: nanoseconds / 1_000_000, at_ms };
            told.insert(name, Reading { counter, vcpu });
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_domstats_prints_is_read() {
        let text = "Domain: 'ly-1'\n  state.state=1\n  state.reason=1\n  cpu.time=4520000000\n  cpu.user=10\n  \
                    vcpu.current=2\n  vcpu.maximum=2\n  vcpu.0.state=1\n\nDomain: 'old portal'\n  cpu.time=7\n  vcpu.current=1\n\n\
                    Domain: 'silent'\n  state.state=5\n";
        let told = parse(text, 9);
        assert_eq!(told.len(), 2, "what has no figures is not told of");
        assert_eq!((told["ly-1"].counter, told["ly-1"].vcpu), (Counter { used_ms: 4520, at_ms: 9 }, 2));
        assert!(told.contains_key("old portal"), "a name may hold anything");
    }

    #[test]
    fn guests_are_known_by_their_id_whatever_their_name() {
        let names =
            names_of(" 0190b0a0-0000-7000-8000-000000000001 old portal\n\n0190b0a0-0000-7000-8000-000000000002 ly-2\n");
        let id = "0190b0a0-0000-7000-8000-000000000001".parse().expect("an id");
        assert_eq!((names.len(), names[&id].as_str()), (2, "old portal"));
    }
}
