//! The postmaster as a process: start, readiness, watching, restart, stop.

use super::layout::Layout;
use super::{PrivatePostgresError as Error, io};
use nix::errno::Errno;
use nix::fcntl::Flock;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::{Gid, Pid, Uid, getpid, getppid, setgid, setgroups, setuid};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};

/// How often the start-up looks whether PostgreSQL is ready. It takes about 60 ms in all.
const READY_POLL: Duration = Duration::from_millis(5);
/// How long a fast stop may take before it becomes an immediate one.
const FAST_STOP: Duration = Duration::from_secs(20);
/// A log larger than this is begun anew at the next start.
const LARGEST_LOG_BYTES: u64 = 10 * 1024 * 1024;

/// A program of PostgreSQL, run as the right user with a clean environment, that dies with us.
#[allow(unsafe_code)] // pre_exec: the only way to drop privileges and set the death signal in the child
pub(super) fn command(layout: &Layout, program: &str) -> Command {
    let mut command = Command::new(layout.program_dir.join(program));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin").current_dir("/").stdin(Stdio::null());
    let ids: Option<(Gid, Uid)> = layout.run_as.as_ref().map(|user| (user.gid, user.uid));
    let parent = getpid();
    // SAFETY: between fork and exec only these system calls are made; none allocates or locks.
    unsafe {
        command.pre_exec(move || {
            if let Some((gid, uid)) = ids {
                setgroups(&[])?;
                setgid(gid)?;
                setuid(uid)?;
            }
            // After setuid, which clears it. It follows the *thread* that spawns, see `Watch::begin`.
            nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
            // The parent may have died before the line above.
            if getppid() != parent { Err(Errno::ECHILD.into()) } else { Ok(()) }
        });
    }
    command
}

/// Starts the postmaster, not waiting for it to be ready.
fn spawn(layout: &Layout) -> Result<Child, Error> {
    let too_large = fs::metadata(&layout.log).is_ok_and(|meta| meta.len() > LARGEST_LOG_BYTES);
    let log = File::options()
        .create(true)
        .append(!too_large)
        .write(true)
        .truncate(too_large)
        .open(&layout.log)
        .map_err(io("cannot open", &layout.log))?;
    let out = log.try_clone().map_err(io("cannot open", &layout.log))?;
    let mut postgres = command(layout, "postgres");
    // A group of its own: Ctrl-C on the terminal reaches us, and we end it in order.
    postgres.process_group(0);
    postgres.arg("-D").arg(&layout.cluster_dir);
    let sockets = format!("unix_socket_directories={}", layout.socket_dir.display());
    let mut settings = vec![
        "listen_addresses=",
        &sockets,
        "unix_socket_permissions=0700",
        "timezone=Asia/Shanghai",
        "log_timezone=Asia/Shanghai",
        "max_connections=100",
        "shared_buffers=128MB",
        "random_page_cost=1.1",
        "jit=off",
        "log_min_messages=warning",
        "log_line_prefix=%m [%p] ",
    ];
    if layout.unsafe_sync {
        // A commit is still written before it is answered: a killed postgres loses none, as in production.
        settings.extend(["fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=300"]);
    }
    for setting in settings {
        postgres.args(["-c", setting]);
    }
    postgres.stdout(out).stderr(log).spawn().map_err(io("cannot run", layout.program_dir.join("postgres")))
}

/// The postmaster's process id once it takes connections: line 8 of its pid file says `ready`.
pub(super) fn ready_pid(layout: &Layout) -> Option<i32> {
    let text = fs::read_to_string(layout.cluster_dir.join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    (lines.nth(6)?.trim() == "ready" && is_our_postmaster(layout, pid)).then_some(pid)
}

/// Sends the present postmaster a fast stop; the watch will see it end and restart it.
pub(super) fn interrupt(layout: &Layout) {
    if let Some(pid) = ready_pid(layout) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
    }
}

/// True where process `pid` is a postmaster on our cluster, and not another program with a reused id.
fn is_our_postmaster(layout: &Layout, pid: i32) -> bool {
    let Ok(arguments) = fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")) else {
        return false;
    };
    use std::os::unix::ffi::OsStrExt;
    let dir = layout.cluster_dir.as_os_str().as_bytes();
    arguments.split(|byte| *byte == 0).any(|argument| argument == dir)
}

/// Ends a postmaster that a killed predecessor left behind, and removes a pid file nobody owns.
///
/// We hold the directory's lock, so no living process of ours can be using it.
pub(super) fn stop_leftover(layout: &Layout) -> Result<(), Error> {
    let file = layout.cluster_dir.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(());
    };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    let Some(pid) = pid.filter(|pid| is_our_postmaster(layout, *pid)) else {
        tracing::warn!(file = %file.display(), "removing the pid file of a PostgreSQL that is gone");
        return fs::remove_file(&file).map_err(io("cannot remove", file));
    };
    tracing::warn!(pid, "stopping a PostgreSQL left over by an earlier run");
    let begun = Instant::now();
    let mut signal = Signal::SIGINT;
    while is_our_postmaster(layout, pid) {
        let _ = kill(Pid::from_raw(pid), signal);
        if begun.elapsed() > FAST_STOP {
            signal = Signal::SIGQUIT;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// What the watching thread and the handle share.
#[derive(Debug, Default)]
struct Shared {
    wish: Mutex<Wish>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wish {
    stop: bool,
    pause: bool,
    /// The living child; `None` from the moment its end is known.
    child: Option<Pid>,
}

impl Shared {
    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The thread that keeps PostgreSQL running.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    /// Starts PostgreSQL and waits until it is ready.
    ///
    /// The death signal is tied to the spawning thread, not to the process; so one thread spawns,
    /// watches and respawns, and ends only when PostgreSQL has ended.
    pub fn begin(layout: Layout, lock: Flock<File>, timeout: Duration) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        let (tell, told) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("postgres-watch".to_owned())
            .spawn(move || {
                let _lock = lock;
                watch(&layout, &theirs, timeout, &tell);
            })
            .map_err(io("cannot start a thread for", "postgres-watch"))?;
        let watch = Self { shared, thread: Some(thread) };
        match told.recv() {
            Ok(Ok(())) => Ok(watch),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::Program { program: "postgres-watch".into(), output: "thread ended".into() }),
        }
    }

    /// Stops PostgreSQL and waits for it.
    pub fn end(mut self) {
        self.signal(|wish| wish.stop = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// Stops PostgreSQL, waits for its end, and keeps it down.
    pub fn pause(&self) {
        self.signal(|wish| wish.pause = true);
        let wish = self.shared.wish();
        let down = self.shared.changed.wait_while(wish, |wish| wish.child.is_some());
        drop(down.unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// Lets it start again.
    pub fn resume(&self) {
        self.shared.wish().pause = false;
        self.shared.changed.notify_all();
    }

    fn signal(&self, change: impl FnOnce(&mut Wish)) {
        let mut wish = self.shared.wish();
        change(&mut wish);
        // Under the lock, and the watch reaps only after clearing it: so the id is still our child's.
        if let Some(pid) = wish.child {
            let _ = kill(pid, Signal::SIGINT);
        }
        drop(wish);
        self.shared.changed.notify_all();
    }
}

/// Spawn, wait for the end, spawn again; backs off while it keeps dying young.
fn watch(layout: &Layout, shared: &Shared, timeout: Duration, tell: &mpsc::Sender<Result<(), Error>>) {
    let mut backoff = Duration::from_millis(100);
    let mut first = true;
    loop {
        let begun = Instant::now();
        let started = start_child(layout, shared, timeout);
        let ready = started.is_ok();
        if first {
            first = false;
            let _ = tell.send(started.map(|_| ()));
            if !ready {
                return;
            }
        } else if let Err(error) = started {
            tracing::error!(%error, "PostgreSQL did not restart");
        } else {
            tracing::info!("PostgreSQL runs again");
        }
        await_end(shared);
        let mut wish = shared.wish();
        if wish.stop {
            return;
        }
        while wish.pause && !wish.stop {
            wish = shared.changed.wait(wish).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        backoff = if begun.elapsed() > Duration::from_secs(30) {
            Duration::from_millis(100)
        } else {
            (backoff * 2).min(Duration::from_secs(5))
        };
        tracing::error!(
            after_ms = u64::try_from(backoff.as_millis()).unwrap_or(u64::MAX),
            "PostgreSQL ended; restarting it"
        );
        let (wish, _) = shared
            .changed
            .wait_timeout_while(wish, backoff, |wish| !wish.stop)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if wish.stop {
            return;
        }
    }
}

/// One spawn, up to readiness. On failure no child is left.
fn start_child(layout: &Layout, shared: &Shared, timeout: Duration) -> Result<(), Error> {
    let child = spawn(layout)?;
    let raw = i32::try_from(child.id()).unwrap_or(i32::MAX);
    let pid = Pid::from_raw(raw);
    // `Child` does not reap on drop; `await_end` does, by id.
    drop(child);
    {
        let mut wish = shared.wish();
        wish.child = Some(pid);
        if wish.stop || wish.pause {
            let _ = kill(pid, Signal::SIGINT);
        }
    }
    let begun = Instant::now();
    loop {
        if ready_pid(layout) == Some(raw) {
            return Ok(());
        }
        if has_ended(pid) || begun.elapsed() > timeout {
            let _ = kill(pid, Signal::SIGQUIT);
            await_end(shared);
            return Err(Error::DidNotStart { log: layout.log.clone(), tail: layout.log_tail() });
        }
        std::thread::sleep(READY_POLL);
    }
}

/// True once the child is dead but not yet reaped.
fn has_ended(pid: Pid) -> bool {
    use nix::sys::wait::WaitStatus;
    !matches!(
        waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT),
        Ok(WaitStatus::StillAlive)
    )
}

/// Waits for the child's end without reaping, clears its id, then reaps: no signal can hit a reused id.
fn await_end(shared: &Shared) {
    let Some(pid) = shared.wish().child else {
        return;
    };
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
    shared.wish().child = None;
    shared.changed.notify_all();
    let _ = waitid(Id::Pid(pid), WaitPidFlag::WEXITED);
}
