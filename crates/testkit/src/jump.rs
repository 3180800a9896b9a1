//! 跳板机 of a test: two real OpenSSH servers on free ports, run by an ordinary user, and the real client before them.
//!
//! The jump host runs from the files the platform hands out, with nothing changed but ports and addresses; behind it
//! stands one "cloud server" that knows the jump host's key alone. A machine without sshd fails the test by name.

use std::fs;
use std::io::{PipeReader, Read, pipe};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User};

const SSHD: &str = "/usr/sbin/sshd";
/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// One file of the jump host's configuration: name, content.
pub type File = (String, Vec<u8>);

/// A jump host and the server behind it. Ends with the value.
pub struct Jump {
    folder: tempfile::TempDir,
    user: User,
    port: u16,
    running: Vec<Child>,
}

/// A log-in that goes on while the test does other things.
pub struct Login {
    client: Child,
    screen: PipeReader,
    shown: String,
}

/// A client's key pair, and the certificate it was given.
pub struct Holder {
    folder: tempfile::TempDir,
}

/// The account the servers run as, and people log in to: never root, whose log-ins sshd treats apart.
pub fn jump_login() -> String {
    account().name
}

fn account() -> User {
    let found = if Uid::effective().is_root() { User::from_name("postgres") } else { User::from_uid(Uid::effective()) };
    found.expect("the users are readable").expect("the account of the test's servers")
}

impl Jump {
    /// Where the configuration will lie: asked for before it is made.
    pub fn place() -> Self {
        assert!(Path::new(SSHD).exists(), "{SSHD} 不存在 (missing): apt-get install openssh-server");
        let (folder, user) = (tempfile::tempdir().expect("a folder"), account());
        let this = Self { folder, user, port: free_port(), running: Vec::new() };
        this.give(this.folder.path());
        fs::set_permissions(this.folder.path(), fs::Permissions::from_mode(0o755)).expect("ours");
        this
    }

    /// The folder as it stands in the configuration.
    pub fn prefix(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    /// The port people connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Puts the files there as `install.sh` does, fetches the lists and starts both servers.
    pub fn start(&mut self, files: &[File], platform: &str, token: &str) {
        for name in ["spool", "log", "target"] {
            fs::create_dir(self.path(name)).expect("a folder");
            self.give(&self.path(name));
        }
        for (name, content) in files {
            let program = content.starts_with(b"#!");
            self.write(name, content, if program { 0o755 } else { 0o644 });
        }
        let settings = String::from_utf8(self.read("settings")).expect("text");
        self.write("settings", format!("{settings}PLATFORM={platform}\n").as_bytes(), 0o644);
        self.write("token", format!("Authorization: Bearer {token}\n").as_bytes(), 0o600);
        for key in ["host_ed25519", "target_ed25519", "target/host_ed25519"] {
            self.run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &self.at(key)]);
        }
        let target = self.start_target();
        let local = format!("Host *.*\n    HostName 127.0.0.1\n    Port {target}\n    User {}\n", self.user.name);
        self.write("ssh_config.local", local.as_bytes(), 0o644);
        self.run(&self.at("sync"), &[]);
        let config = self.at("sshd_config");
        let log = self.at("log/sshd.log");
        // Below /tmp, which anybody may write to, sshd would trust no file.
        let port = format!("Port={}", self.port);
        let only = ["-o", &port, "-o", "ListenAddress=127.0.0.1", "-o", "StrictModes=no"];
        let arguments = [&["-D", "-f", &config, "-E", &log][..], &only].concat();
        let mut sshd = self.sshd_with_terminals();
        sshd.args(arguments);
        self.serve(sshd, self.port);
    }

    /// sshd gives a terminal to its user and to the group `tty`, which an ordinary account can do only where terminals are
    /// of that group from the start. They are on an installed system; in a bare container root makes them so for it alone.
    fn sshd_with_terminals(&self) -> Command {
        if !Uid::effective().is_root() {
            return self.command(SSHD);
        }
        let mut command = self.bare("unshare");
        let mount = "mount -t devpts -o newinstance,gid=tty,mode=620,ptmxmode=666 devpts /dev/pts && exec \"$@\"";
        command.args(["--mount", "sh", "-c", mount, "sh", "setpriv", "--clear-groups"]);
        command.args([format!("--reuid={}", self.user.uid), format!("--regid={}", self.user.gid)]).arg(SSHD);
        command
    }

    /// A cloud server: it lets the jump host's key in, and nobody else.
    fn start_target(&mut self) -> u16 {
        let port = free_port();
        let keys = self.read("target_ed25519.pub");
        self.write("target/authorized_keys", &keys, 0o600);
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/target/host_ed25519\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {0}/target/authorized_keys\nPasswordAuthentication no\n",
            self.prefix()
        );
        self.write("target/sshd_config", config.as_bytes(), 0o644);
        let (config, log) = (self.at("target/sshd_config"), self.at("target/log"));
        let mut sshd = self.sshd_with_terminals();
        sshd.args(["-D", "-f", &config, "-E", &log]);
        self.serve(sshd, port);
        port
    }

    fn serve(&mut self, mut sshd: Command, port: u16) {
        let child = sshd.spawn().expect("sshd starts");
        self.running.push(child);
        let (address, until) = (SocketAddr::from(([127, 0, 0, 1], port)), Instant::now() + PATIENCE);
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            let ended = self.running.last_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none() && Instant::now() < until, "{sshd:?}: {ended:?}\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// One round of the synchronisation, as the service makes every few seconds; from within a test whose server answers.
    pub fn sync_now(&self) {
        tokio::task::block_in_place(|| self.run(&self.at("sync"), &[]));
    }

    /// What the jump host's sshd wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log/sshd.log")).unwrap_or_default()
    }

    /// What the client comes to: `ssh login@jump words…`, without a terminal.
    pub fn ssh(&self, holder: &Holder, words: &[&str]) -> Output {
        self.ssh_as(holder, &self.user.name, &[], words)
    }

    /// The same with more options, or as somebody else.
    pub fn ssh_as(&self, holder: &Holder, login: &str, options: &[&str], words: &[&str]) -> Output {
        self.client(holder, login, options, words).output().expect("the client runs")
    }

    /// A log-in that is not waited for; `-tt` among the options asks for a terminal.
    pub fn log_in(&self, holder: &Holder, options: &[&str], words: &[&str]) -> Login {
        Login::begin(self.client(holder, &self.user.name, options, words))
    }

    /// The client of file transfer with these lines typed, each waited for; `words` is the server and the word for it, or
    /// nothing. Ends with the first line that fails.
    pub fn sftp(&self, holder: &Holder, words: Option<&str>, lines: &str) -> Output {
        let server: &[&str] = match &words {
            Some(words) => &["-s", words],
            None => &[],
        };
        self.sftp_client(holder, server, lines).output().expect("the client runs")
    }

    /// The same at ten kilobytes a second and not waited for, once the server has begun with `recorded`.
    pub fn sftp_slowly(&self, holder: &Holder, words: &str, lines: &str, recorded: &str) -> Login {
        let login = Login::begin(self.sftp_client(holder, &["-l", "80", "-B", "1024", "-s", words], lines));
        let begun = |session: &PathBuf| fs::read_to_string(session.join("record")).is_ok_and(|r| r.contains(recorded));
        let until = Instant::now() + PATIENCE;
        while !self.sessions().iter().any(begun) {
            assert!(Instant::now() < until, "nothing of {recorded:?} within {PATIENCE:?}");
            std::thread::yield_now();
        }
        login
    }

    fn sftp_client(&self, holder: &Holder, options: &[&str], lines: &str) -> Command {
        let batch = holder.folder.path().join("batch");
        fs::write(&batch, lines).expect("writable");
        let (port, batch) = (self.port.to_string(), batch.to_string_lossy());
        let mut command = known_as(holder, Command::new("sftp"), ["-b", &batch, "-P", &port]);
        command.args(options).arg(format!("{}@127.0.0.1", self.user.name)).stdin(Stdio::null());
        command
    }

    /// The folder both servers may write to.
    pub fn files(&self) -> PathBuf {
        self.path("target")
    }

    fn client(&self, holder: &Holder, login: &str, options: &[&str], words: &[&str]) -> Command {
        let port = self.port.to_string();
        let mut command = known_as(holder, Command::new("ssh"), ["-p", &port]);
        command.args(options);
        let address = format!("{login}@127.0.0.1");
        command.arg(address).args(words).stdin(Stdio::null());
        command
    }

    /// The certificates of all sessions that go on are over: what the hours to come would do.
    pub fn let_their_time_run_out(&self) {
        for session in self.sessions() {
            fs::write(session.join("until"), "1\n").expect("a session's end");
        }
    }

    /// The session programs of all that goes on are killed, with what they started.
    pub fn kill_sessions(&self) {
        for session in self.sessions() {
            let group = fs::read_to_string(session.join("group")).expect("a session's group");
            self.run("pkill", &["-KILL", "-s", group.trim()]);
        }
    }

    /// When the certificate of the one session that goes on is over, in seconds since 1970.
    pub fn until_of_the_only_session(&self) -> i64 {
        let [session] = &self.sessions()[..] else { panic!("one session: {:?}", self.sessions()) };
        fs::read_to_string(session.join("until")).expect("a session's end").trim().parse().expect("seconds")
    }

    fn sessions(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("spool")).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".work.")))
            .collect()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Run by the account.
    fn command(&self, program: &str) -> Command {
        let mut command = self.bare(program);
        if Uid::effective().is_root() {
            command.uid(self.user.uid.as_raw()).gid(self.user.gid.as_raw());
        }
        command
    }

    /// With an environment of its own: no proxy, no agent.
    fn bare(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin").env("HOME", self.prefix());
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn at(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    fn write(&self, name: &str, content: &[u8], mode: u32) {
        let path = self.path(name);
        fs::write(&path, content).expect(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect(name);
        self.give(&path);
    }

    fn give(&self, path: &Path) {
        if Uid::effective().is_root() {
            chown(path, Some(self.user.uid.as_raw()), Some(self.user.gid.as_raw())).expect("root gives");
        }
    }
}

impl Drop for Jump {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Login {
    /// Starts the client; what it says either way is one screen.
    fn begin(mut client: Command) -> Self {
        let (screen, to_screen) = pipe().expect("a pipe");
        client.stdout(to_screen.try_clone().expect("a pipe")).stderr(to_screen);
        Self { client: client.spawn().expect("the client runs"), screen, shown: String::new() }
    }

    /// Waits until the screen shows `words`.
    pub fn shows(&mut self, words: &str) {
        while !self.shown.contains(words) {
            let mut piece = [0; 4096];
            let read = self.screen.read(&mut piece).expect("readable");
            assert!(read > 0, "it ended before it showed {words:?}: {}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    }

    /// True until it has ended.
    pub fn goes_on(&mut self) -> bool {
        self.client.try_wait().expect("the client").is_none()
    }

    /// Waits until it ends: all that was shown.
    pub fn ended(mut self) -> String {
        let mut rest = Vec::new();
        self.screen.read_to_end(&mut rest).expect("readable");
        self.client.wait().expect("the client");
        self.shown + &String::from_utf8_lossy(&rest)
    }
}

impl Holder {
    /// With a fresh key pair.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let holder = Self { folder };
        let key = holder.at("key");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).status();
        assert!(made.expect("ssh-keygen runs").success());
        holder
    }

    /// What is pasted into the page.
    pub fn public_key(&self) -> String {
        fs::read_to_string(self.folder.path().join("key.pub")).expect("made with the key")
    }

    /// Keeps a certificate beside the key.
    pub fn keep(&self, certificate: &str) {
        fs::write(self.folder.path().join("key-cert.pub"), certificate).expect("writable");
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }
}

impl Default for Holder {
    fn default() -> Self {
        Self::new()
    }
}

/// A client that shows the holder's certificate and nothing else.
fn known_as<const N: usize>(holder: &Holder, mut command: Command, own: [&str; N]) -> Command {
    let certificate = format!("CertificateFile={}", holder.at("key-cert.pub"));
    command.args(["-F", "none", "-i", &holder.at("key"), "-o", &certificate, "-o", "IdentityAgent=none"]);
    for option in ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR"] {
        command.args(["-o", option]);
    }
    command.args(["-o", "UserKnownHostsFile=/dev/null"]).args(own);
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
