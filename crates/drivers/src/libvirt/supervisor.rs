//! Our own libvirtd and virtlogd, started by hand and left running: guests outlive liyun.
//!
//! No systemd, no D-Bus. A liyun that starts again, or a second one on the same data directory, adopts what runs.
//! After a reboot the run-time directory is stale and is emptied first.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use tokio::net::UnixStream;
use tokio::process::Command;

use super::layout::Layout;
use super::virsh;
use crate::{DriverError, Reason};

/// First start probes QEMU's abilities (8 s when idle); a busy machine needs longer.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const KVM: &str = "/dev/kvm";
const MEND: &str = "sudo scripts/install-engine.sh";

/// Programs without which nothing works.
const PROGRAMS: [&str; 8] =
    ["libvirtd", "virtlogd", "virsh", "qemu-system-x86_64", "qemu-img", "dnsmasq", "unshare", "mount"];

/// What stands in the way of starting the daemons; empty when nothing does.
pub fn obstacles(layout: &Layout) -> Vec<Reason> {
    let mut found = Vec::new();
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| find_program(program).is_none()).collect();
    if !missing.is_empty() {
        let list = missing.join(" ");
        found.push(Reason::new(format!("缺少程序:{list}"), format!("missing programs: {list}"), Some(MEND)));
    }
    if !nix::unistd::geteuid().is_root() {
        found.push(Reason::new(
            "普通用户不能建立隔离网络和虚拟网桥;请以 root 运行 liyun,或改用人工工单/模拟引擎",
            "an ordinary user cannot make bridges and isolated networks; run liyun as root",
            Some("sudo liyun serve"),
        ));
    }
    if !Path::new("/dev/net/tun").exists() {
        found.push(Reason::new(
            "内核没有 /dev/net/tun,云主机无法接入网络",
            "no /dev/net/tun: guests cannot be given a network",
            Some("sudo modprobe tun"),
        ));
    }
    if !layout.socket_fits() {
        found.push(Reason::new(
            "数据目录路径过长,套接字无法创建;请换用较短的 --data-dir",
            "the data directory's path is too long for a unix socket",
            None,
        ));
    }
    found
}

/// The program's path, also where `/usr/sbin` is not in PATH.
pub fn find_program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .map(|d| Path::new(d).join(name))
        .find(|p| p.is_file())
}

/// True where a libvirtd listens on our socket.
pub async fn answers(layout: &Layout) -> bool {
    UnixStream::connect(layout.socket()).await.is_ok()
}

/// Starts what does not run and waits until libvirtd answers. Several processes at once start it once.
/// The layout is there already; `emulated`: KVM is known not to work here.
pub async fn ensure(layout: &Layout, emulated: bool) -> Result<(), DriverError> {
    if answers(layout).await {
        return Ok(());
    }
    if let Some(reason) = obstacles(layout).into_iter().next() {
        return Err(DriverError::retry(reason.zh, reason.en));
    }
    let alone = lock(layout, "start").await?;
    if answers(layout).await {
        return Ok(());
    }
    // On its own, so that whoever waits may be cut off: a start is gone through with, and `rest` waits for it.
    let layout = layout.clone();
    tokio::spawn(async move {
        let _alone = alone;
        forget_last_boot(&layout).map_err(|cause| DriverError::file(layout.root(), &cause))?;
        write_configuration(&layout).map_err(|cause| DriverError::file(layout.root(), &cause))?;
        start(&layout, emulated).await?;
        wait_for_answer(&layout).await
    })
    .await
    .map_err(DriverError::bug)?
}

/// Holds a lock file among processes; released when dropped, and by the kernel when the process dies.
pub async fn lock(layout: &Layout, what: &str) -> Result<Flock<std::fs::File>, DriverError> {
    let path = layout.lock(what);
    let task = tokio::task::spawn_blocking(move || {
        // Rust opens files close-on-exec, so no daemon started meanwhile inherits the lock.
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|cause| DriverError::file(&path, &cause))?;
        Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, cause)| DriverError::bug(cause))
    });
    task.await.map_err(DriverError::bug)?
}

/// After a reboot, what `/run/libvirt` would have lost is still in our directory: drop it, or libvirtd would
/// look for guests that ended with the machine and think that autostart has been done.
fn forget_last_boot(layout: &Layout) -> std::io::Result<()> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let mark = layout.root().join("boot_id");
    if std::fs::read_to_string(&mark).unwrap_or_default() == boot {
        return Ok(());
    }
    let run = layout.root().join("run");
    std::fs::remove_dir_all(&run)?;
    std::fs::create_dir_all(&run)?;
    for daemon in ["libvirtd", "virtlogd"] {
        let _ = std::fs::remove_file(layout.pid_file(daemon));
    }
    std::fs::write(mark, boot)
}

fn write_configuration(layout: &Layout) -> std::io::Result<()> {
    let etc = layout.root().join("etc");
    let daemon = format!(
        "listen_tls = 0\nlisten_tcp = 0\nunix_sock_dir = \"{}\"\nunix_sock_rw_perms = \"0700\"\n\
         auth_unix_ro = \"none\"\nauth_unix_rw = \"none\"\n\
         log_outputs = \"3:file:/var/log/libvirt/libvirtd.log\"\n",
        layout.sockets().display()
    );
    std::fs::write(etc.join("libvirtd.conf"), daemon)?;
    // Guests run as Debian's libvirt-qemu, not as root. Without udev and systemd there are no cgroups to use and
    // the per-guest mount namespace cannot be made.
    let guests = "user = \"libvirt-qemu\"\ngroup = \"libvirt-qemu\"\nsecurity_driver = \"none\"\n\
                  cgroup_controllers = []\nnamespaces = []\nremember_owner = 0\n";
    std::fs::write(etc.join("qemu.conf"), guests)
}

/// Starts virtlogd unless it runs, then libvirtd, each in a session of its own under our directories.
async fn start(layout: &Layout, emulated: bool) -> Result<(), DriverError> {
    let mut script = String::from("set -e\n");
    for (ours, theirs) in layout.binds() {
        script += &format!("mkdir -p {theirs}; mount --bind {} {theirs}\n", quoted(&ours));
    }
    if emulated && Path::new(KVM).exists() {
        // libvirt finds KVM when it asks QEMU as root and misses it as the guests' user. Then it takes what it knows
        // of QEMU for outdated and asks again, seconds long, before each guest it defines or starts.
        let hidden = quoted(&layout.root().join("no-kvm"));
        script += &format!("test -e {hidden} || : > {hidden}; chmod 0 {hidden}; mount --bind {hidden} {KVM}\n");
    }
    // A pid file that is locked means the daemon runs: it then refuses to start, which is as good.
    let virtlogd = quoted(&layout.pid_file("virtlogd"));
    script += &format!("virtlogd --daemon --pid-file {virtlogd} || true\n");
    let libvirtd = quoted(&layout.pid_file("libvirtd"));
    script += &format!("exec libvirtd --daemon --config /etc/libvirt/libvirtd.conf --pid-file {libvirtd}\n");
    let mut command = Command::new(find_program("unshare").unwrap_or_else(|| "unshare".into()));
    command.args(["--mount", "--propagation", "private", "setsid", "--wait", "sh", "-c", &script]);
    // The daemons outlive us and so must not carry our environment on.
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
    let log = std::fs::File::create(layout.root().join("log/start.log")).map_err(DriverError::bug)?;
    let both = log.try_clone().map_err(DriverError::bug)?;
    command.stdin(Stdio::null()).stdout(log).stderr(both);
    let status = tokio::time::timeout(START_LIMIT, command.status()).await;
    match status {
        Ok(Ok(status)) if status.success() => Ok(()),
        _ => {
            let said = std::fs::read_to_string(layout.root().join("log/start.log")).unwrap_or_default();
            Err(DriverError::retry("本机虚拟化服务启动失败", format!("libvirtd did not start: {}", said.trim())))
        }
    }
}

/// A path in single quotes for the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// libvirtd answers calls only when its drivers are initialised; until then they wait or fail.
async fn wait_for_answer(layout: &Layout) -> Result<(), DriverError> {
    let until = Instant::now() + START_LIMIT;
    loop {
        let mut command = Command::new("virsh");
        command.args(["--quiet", "--connect", &layout.uri(), "list", "--all", "--name"]);
        let said = match virsh::run(command, "", START_LIMIT).await {
            Ok(output) if output.ok => return Ok(()),
            Ok(output) => output.error,
            Err(error) => error.to_string(),
        };
        if Instant::now() > until {
            return Err(DriverError::retry("本机虚拟化服务没有响应", format!("libvirtd does not answer: {said}")));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Ends our daemons where no guest runs, and waits until they are gone. Where guests run, all is left as it is.
pub async fn rest(data_dir: &Path) {
    let layout = Layout::new(data_dir);
    // Without a directory nothing was ever started. A start under way ends first.
    let Ok(_alone) = lock(&layout, "start").await else { return };
    if !answers(&layout).await {
        return;
    }
    let running = virsh::Virsh::new(layout.uri()).names(&["list", "--name"]).await;
    if !running.is_ok_and(|names| names.is_empty()) {
        return;
    }
    let pids = daemons(&layout);
    end_daemons(&layout);
    let until = Instant::now() + STOP_LIMIT;
    while pids.iter().any(|pid| nix::sys::signal::kill(*pid, None).is_ok()) && Instant::now() < until {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Process ids of our libvirtd and virtlogd, where they left them.
fn daemons(layout: &Layout) -> Vec<nix::unistd::Pid> {
    let read = |daemon| std::fs::read_to_string(layout.pid_file(daemon)).ok()?.trim().parse().ok();
    ["libvirtd", "virtlogd"].into_iter().filter_map(read).map(nix::unistd::Pid::from_raw).collect()
}

/// Ends libvirtd and virtlogd of this data directory. Guests go on running. For tests and for taking liyun away.
pub fn end_daemons(layout: &Layout) {
    for pid in daemons(layout) {
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
    }
}
