//! 体检: what works on this machine, what is missing, and the command that mends it.

use crate::boot::{Config, Database};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// 正常.
    Good,
    /// 缺少, but the server runs without it: one driver, or only the tests, want it.
    Optional,
    /// 缺少, and the server needs it.
    Missing,
}

/// One thing looked at.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Check {
    pub name: &'static str,
    pub condition: Condition,
    /// What was found, or what is wrong.
    pub found: String,
    /// The command that mends it.
    pub mend: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, condition: Condition::Good, found: found.into(), mend: None }
    }

    fn missing(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, condition: Condition::Missing, found: found.into(), mend: Some(mend.into()) }
    }

    fn optional(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { condition: Condition::Optional, ..Self::missing(name, found, mend) }
    }
}

/// Least free space in the data directory before a warning, in GiB.
const FREE_GIB_DEFAULT: u64 = 2;
/// Most seconds the database's clock may differ from ours: due dates fall at midnight, TOTP codes every 30 s.
const CLOCK_SECONDS_DEFAULT: f64 = 5.0;

/// Looks at everything; never fails, since each failure is a finding.
pub async fn examine(config: &Config) -> Vec<Check> {
    let mut checks = database(config).await;
    checks.push(disk(&config.data_dir));
    checks.push(zone());
    checks.extend(virtualisation(&config.data_dir));
    checks.push(fonts());
    checks.push(program(
        "Chromium (仅测试)",
        &["chromium", "chromium-browser", "google-chrome"],
        "apt-get install chromium",
    ));
    checks.push(program("pdftotext (仅测试)", &["pdftotext"], "apt-get install poppler-utils"));
    checks.push(program("wrk (仅性能测试)", &["wrk"], "apt-get install wrk"));
    checks
}

/// PostgreSQL, its schema and its clock.
async fn database(config: &Config) -> Vec<Check> {
    let name = "PostgreSQL";
    let database = match Database::open_or_join(config) {
        Ok(database) => database,
        Err(error) => return vec![Check::missing(name, format!("{error:#}"), "sudo apt-get install postgresql")],
    };
    let store = match database.store() {
        Ok(store) => store,
        Err(error) => return vec![Check::missing(name, format!("{error:#}"), "check LIYUN_DATABASE_URL")],
    };
    let mut checks = Vec::new();
    match store.postgres_version().await {
        Ok(version) => checks.push(Check::good(name, version)),
        Err(error) => {
            let mend = "check that it runs and that LIYUN_DATABASE_URL names role liyun";
            return vec![Check::missing(name, error.to_string(), mend)];
        }
    }
    match store::migrate::check(&store).await {
        Ok(()) => checks.push(Check::good("数据库结构", format!("第 {} 版", store::migrate::latest()))),
        Err(error) => checks.push(Check::missing("数据库结构", error.to_string(), "liyun migrate")),
    }
    if let Ok(offset) = store.clock_offset_seconds().await {
        checks.push(if offset.abs() <= CLOCK_SECONDS_DEFAULT {
            Check::good("时钟", format!("与数据库相差 {offset:.3} 秒"))
        } else {
            Check::missing("时钟", format!("与数据库相差 {offset:.1} 秒"), "timedatectl set-ntp true")
        });
    }
    let closing = tokio::task::spawn_blocking(|| database.close());
    let _ = closing.await;
    checks
}

/// Free space under the data directory.
fn disk(data_dir: &Path) -> Check {
    let existing: PathBuf = data_dir.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("/")).to_owned();
    match nix::sys::statvfs::statvfs(&existing) {
        Ok(stat) => {
            let free_gib = stat.blocks_available().saturating_mul(stat.fragment_size()) / (1 << 30);
            let found = format!("{} 剩余 {free_gib} GiB", existing.display());
            if free_gib >= FREE_GIB_DEFAULT {
                Check::good("磁盘", found)
            } else {
                Check::missing("磁盘", found, "free space, or choose another --data-dir")
            }
        }
        Err(error) => Check::missing("磁盘", format!("{}: {error}", existing.display()), "choose another --data-dir"),
    }
}

/// The city's day does not depend on the machine's zone; said so that nobody wonders.
fn zone() -> Check {
    let today = crate::clock::Clock::real().today();
    Check::good("日期", format!("{today} (Asia/Shanghai，与本机时区无关)"))
}

/// Whether this machine can run servers itself: every reason why not, with what mends it. Starts nothing.
fn virtualisation(data_dir: &Path) -> Vec<Check> {
    let name = "本机虚拟化引擎";
    let libvirt = drivers::libvirt::Libvirt::new(data_dir, None, std::sync::Arc::new(String::new));
    let check = |reason: drivers::Reason| Check {
        name,
        condition: Condition::Optional,
        found: reason.zh,
        mend: reason.mend_command,
    };
    let mut checks: Vec<Check> = libvirt.obstacles().into_iter().map(check).collect();
    if checks.is_empty() {
        checks.push(Check::good(name, "QEMU、libvirt 与云主机镜像齐备"));
    }
    checks.push(kvm(libvirt.emulation_remark()));
    checks
}

/// Whether guests may use the processor's own virtualisation. That the device opens proves nothing; where the engine
/// has tried it, its finding stands.
fn kvm(found_emulated: Option<drivers::Reason>) -> Check {
    let name = "KVM 加速";
    let mend = "enable virtualisation in the firmware, then: sudo usermod -aG kvm $USER";
    if let Some(remark) = found_emulated {
        return Check::optional(name, remark.zh, mend);
    }
    match std::fs::File::options().read(true).write(true).open("/dev/kvm") {
        Ok(_) => Check::good(name, "/dev/kvm 可打开，能否启动云主机由引擎首次检测确定"),
        Err(error) => Check::optional(name, format!("/dev/kvm: {error}；虚拟机将以软件模拟运行，较慢"), mend),
    }
}

/// Our documents carry their own font; a browser on this machine (tests, screenshots) needs one of the system.
fn fonts() -> Check {
    let name = "中文字体 (仅测试截图)";
    let listed = Command::new("fc-list").arg(":lang=zh").arg("family").output();
    let first = listed.ok().and_then(|output| String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned));
    match first {
        Some(family) => Check::good(name, family),
        None => Check::optional(name, "没有找到中文字体", "sudo apt-get install fonts-wqy-microhei"),
    }
}

/// The first of `names` on the path.
fn program(name: &'static str, names: &[&str], mend: &str) -> Check {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).flat_map(|dir| names.iter().map(move |name| dir.join(name))).find(|p| p.is_file());
    match found {
        Some(program) => Check::good(name, program.display().to_string()),
        None => Check::optional(name, "没有安装", format!("sudo {mend}")),
    }
}
