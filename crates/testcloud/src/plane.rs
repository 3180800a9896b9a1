//! Killing the cloud's services, and starting them again just as they were started.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::account;

/// The services whose death a client notices. Those behind them have queues of their own.
const APIS: [&str; 4] = ["keystone", "nova-api", "neutron", "cinder-api"];

/// A control plane that `scripts/openstack/up` brought up on this machine: `run/<service>.pid` names its processes.
pub struct Plane {
    run: PathBuf,
    log: PathBuf,
}

impl Plane {
    /// `None` where the cloud is not one of ours to kill.
    pub fn here() -> Option<Self> {
        let root = account::directory()?;
        let plane = Self { run: root.join("run"), log: root.join("log") };
        APIS.iter().all(|name| plane.pid(name).is_some()).then_some(plane)
    }

    /// The names of the services that can be killed.
    pub fn apis(&self) -> &'static [&'static str] {
        &APIS
    }

    /// `kill -9` of a service with all its workers, and a new one with the same words, surroundings and log.
    pub async fn kill_and_restart(&self, name: &str) {
        let pid = self.pid(name).unwrap_or_else(|| panic!("{name} does not run"));
        let of_process = |file: &str| fs::read(format!("/proc/{pid}/{file}")).expect("our own process");
        let (words, surroundings) = (of_process("cmdline"), of_process("environ"));
        let place = fs::read_link(format!("/proc/{pid}/cwd")).expect("a working directory");
        // `up` starts each in a session, and so in a group, of its own.
        killpg(Pid::from_raw(pid), Signal::SIGKILL).expect("our own process");
        let words: Vec<&[u8]> = words.split(|byte| *byte == 0).filter(|word| !word.is_empty()).collect();
        let address = words.iter().skip_while(|word| **word != b"--http-socket").nth(1).expect("an address");
        free(&String::from_utf8_lossy(address)).await;
        // In a session of its own, by which `down` finds it with all its workers.
        let mut command = Command::new("setsid");
        command.args(words.into_iter().map(OsStr::from_bytes)).env_clear().current_dir(place);
        for pair in surroundings.split(|byte| *byte == 0) {
            if let Some(at) = pair.iter().position(|byte| *byte == b'=') {
                let (name, value) = (&pair[..at], &pair[at + 1..]);
                command.env(OsStr::from_bytes(name), OsStr::from_bytes(value));
            }
        }
        let log = fs::File::options().append(true).create(true).open(self.log.join(format!("{name}.log")));
        let log = log.expect("its log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("its log")).stderr(log);
        let mut child = command.spawn().expect("it starts again");
        let id = child.id();
        let born = started_at(id.cast_signed()).expect("just started");
        fs::write(self.run.join(format!("{name}.pid")), format!("{id} {born}\n")).expect("noted");
        std::thread::spawn(move || child.wait());
    }

    /// Its process, where it still is the one that was noted.
    fn pid(&self, name: &str) -> Option<i32> {
        let noted = fs::read_to_string(self.run.join(format!("{name}.pid"))).ok()?;
        let (pid, born) = noted.trim().split_once(' ')?;
        let pid: i32 = pid.parse().ok()?;
        (started_at(pid)? == born).then_some(pid)
    }
}

/// Waits until what was killed has let go of its address: its threads die one after the other.
async fn free(address: &str) {
    let begun = Instant::now();
    while let Err(error) = TcpListener::bind(address) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{address}: {error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// When a process began, in the kernel's ticks: a pid is another's by and by.
fn started_at(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(19).map(str::to_owned)
}
