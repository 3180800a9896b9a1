//! The guest image made by `scripts/guest/build.sh`, and whether the processor helps to run it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::layout::Layout;
use super::supervisor::lock;
use super::virsh;
use crate::{DriverError, Reason};

/// A guest that says nothing for so long does not boot. 3 s is usual under emulation on an idle machine.
const HARDWARE_LIMIT: Duration = Duration::from_secs(15);
const EMULATION_LIMIT: Duration = Duration::from_secs(60);
/// What the guest prints when it was asked to (`liyun.probe=1`).
const PROBE_WORD: &str = "LIYUN-PROBE-OK";

/// What a server boots from, as libvirtd sees the files.
#[derive(Clone, Debug)]
pub struct Boot {
    pub kernel_inside: String,
    pub initrd_inside: String,
    /// KVM works here; otherwise the guest is emulated.
    pub hardware: bool,
}

/// 引导探测 result, kept beside the image's version.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Probe {
    version: String,
    hardware: bool,
    emulation: bool,
    why_not_hardware: String,
}

/// Where the image is looked for: `$LIYUN_GUEST_IMAGE`, else the cache directory of this user.
pub fn default_directory() -> PathBuf {
    if let Some(path) = std::env::var_os("LIYUN_GUEST_IMAGE") {
        return path.into();
    }
    let home = || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("liyun/guest")
}

/// Why the image cannot be used; `None` where it can.
pub fn obstacle(image: &Path) -> Option<Reason> {
    let missing = ["vmlinuz", "initrd.gz", "version"].iter().any(|file| !image.join(file).is_file());
    missing.then(|| {
        Reason::new(
            format!("云主机镜像不存在:{}", image.display()),
            format!("no guest image at {}", image.display()),
            Some("scripts/guest/build.sh"),
        )
    })
}

/// Copies the image to where guests read it, under its version, and probes it once.
pub async fn prepare(layout: &Layout, image: &Path) -> Result<Boot, DriverError> {
    if let Some(reason) = obstacle(image) {
        return Err(DriverError::retry(reason.zh, reason.en));
    }
    let version = std::fs::read_to_string(image.join("version")).map_err(|cause| DriverError::file(image, &cause))?;
    let version = version.trim().to_owned();
    let probe = probe(layout, image, &version).await?;
    if !probe.hardware && !probe.emulation {
        return Err(DriverError::retry("云主机镜像无法启动", "the guest image does not boot, not even emulated"));
    }
    for (from, to) in [("vmlinuz", format!("vmlinuz-{version}")), ("initrd.gz", format!("initrd-{version}.gz"))] {
        let to = layout.boot().join(to);
        if !to.is_file() {
            let beside = to.with_extension(uuid::Uuid::new_v4().to_string());
            let copied = std::fs::copy(image.join(from), &beside).and_then(|_| std::fs::rename(&beside, &to));
            copied.map_err(|cause| DriverError::file(&to, &cause))?;
        }
    }
    Ok(Boot {
        kernel_inside: format!("/var/lib/libvirt/boot/vmlinuz-{version}"),
        initrd_inside: format!("/var/lib/libvirt/boot/initrd-{version}.gz"),
        hardware: probe.hardware,
    })
}

/// The remark when guests are emulated.
pub fn emulation_remark(layout: &Layout) -> Option<Reason> {
    let probe = kept_probe(layout)?;
    (!probe.hardware).then(|| {
        Reason::new(
            "硬件虚拟化不可用,云主机以软件模拟方式运行,速度较慢",
            format!("hardware virtualisation does not work here, guests are emulated: {}", probe.why_not_hardware),
            None,
        )
    })
}

fn kept_probe(layout: &Layout) -> Option<Probe> {
    serde_json::from_slice(&std::fs::read(layout.root().join("probe.json")).ok()?).ok()
}

/// Boots the image with and without KVM and looks who speaks. That `/dev/kvm` opens proves nothing: a machine
/// that is a guest itself may offer it and still not boot a stock kernel.
async fn probe(layout: &Layout, image: &Path, version: &str) -> Result<Probe, DriverError> {
    if let Some(known) = kept_probe(layout).filter(|probe| probe.version == version) {
        return Ok(known);
    }
    let _alone = lock(layout, "probe").await?;
    if let Some(known) = kept_probe(layout).filter(|probe| probe.version == version) {
        return Ok(known);
    }
    let hardware = boot_once(image, &["-accel", "kvm", "-cpu", "host"], HARDWARE_LIMIT).await;
    let (works, why_not_hardware) = match hardware {
        Ok(()) => (true, String::new()),
        Err(why) => (false, why),
    };
    let emulation = works || boot_once(image, &["-accel", "tcg"], EMULATION_LIMIT).await.is_ok();
    let probe = Probe { version: version.to_owned(), hardware: works, emulation, why_not_hardware };
    let path = layout.root().join("probe.json");
    // A failure of both may be a busy machine: not kept, so that the next look tries again.
    if emulation {
        let text = serde_json::to_vec(&probe).map_err(DriverError::bug)?;
        crate::shelf::write_whole(&path, &text).map_err(|cause| DriverError::file(&path, &cause))?;
    }
    Ok(probe)
}

async fn boot_once(image: &Path, how: &[&str], limit: Duration) -> Result<(), String> {
    let mut command = Command::new("qemu-system-x86_64");
    command.args(how).args(["-m", "192", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"]);
    command.arg("-kernel").arg(image.join("vmlinuz")).arg("-initrd").arg(image.join("initrd.gz"));
    command.args(["-append", "console=ttyS0 quiet panic=-1 liyun.probe=1"]);
    match virsh::run(command, "", limit).await {
        Ok(output) if output.text.contains(PROBE_WORD) => Ok(()),
        Ok(output) => Err(output.error.lines().next().unwrap_or("the guest said nothing").to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
