//! 自带数据库: a private PostgreSQL under the data directory, started, watched and stopped by us.
//!
//! With no configuration the program brings its own database: no password on disk (peer
//! authentication over a socket in a 0700 directory), no TCP port, one process tree. As root it
//! runs as user `postgres`, because PostgreSQL refuses root; otherwise as the present user.
//! A thread of ours starts it and restarts it when it dies; requests meanwhile fail as
//! `Unavailable`. When this process is killed, the kernel sends PostgreSQL SIGINT (a fast stop).
//!
//! Not here: schema and roles' rights (`migrate`), the pool (`Store`).

mod cluster;
mod layout;
mod process;

use layout::Layout;
use process::Watch;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The role that owns the schema and runs migrations.
pub const OWNER_ROLE: &str = "liyun_owner";
/// The role the server works as: no UPDATE or DELETE on audit tables.
pub const SERVER_ROLE: &str = "liyun";
/// The database that is made.
pub const DATABASE: &str = "liyun";

/// How long a start may take before it is given up: crash recovery of a large write-ahead log included.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// How the private PostgreSQL is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// 数据目录: PostgreSQL lives in `postgres/` below it.
    pub data_dir: PathBuf,
    /// Faster and not crash-safe (`fsync=off`): for tests only, where data is thrown away.
    pub unsafe_sync: bool,
}

impl Options {
    /// Durable settings in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), unsafe_sync: false }
    }
}

/// Why there is no private PostgreSQL; each says what mends it.
#[derive(Debug, thiserror::Error)]
pub enum PrivatePostgresError {
    #[error("找不到 PostgreSQL 程序 (PostgreSQL is not installed); run: apt-get install postgresql")]
    NotInstalled,
    #[error(
        "数据由 PostgreSQL {found} 建立，本机没有该版本 (the data directory {dir} needs PostgreSQL {found}); \
         run: apt-get install postgresql-{found}"
    )]
    WrongVersion { found: String, dir: PathBuf },
    #[error("没有系统用户 postgres (there is no system user `postgres`); run: apt-get install postgresql")]
    NoSystemUser,
    #[error(
        "用户 {user} 进不了 {dir} (user {user} cannot enter {dir}, so PostgreSQL cannot reach its data below it); \
         choose another --data-dir, such as /var/lib/liyun, or run: chmod o+x {dir}"
    )]
    Unreachable { user: String, dir: PathBuf },
    #[error("{dir} 正被另一个进程使用 (another liyun uses {dir}); stop it or choose another --data-dir")]
    InUse { dir: PathBuf },
    #[error("{dir} 属于别的用户 (the socket directory {dir} belongs to someone else); remove it")]
    ForeignSocketDir { dir: PathBuf },
    #[error("no PostgreSQL is running for {dir}; start `liyun serve` or let this command start it")]
    NotRunning { dir: PathBuf },
    #[error("{program} 失败 ({program} failed): {output}")]
    Program { program: String, output: String },
    #[error("PostgreSQL 未能启动 (PostgreSQL did not start); the end of {log}:\n{tail}")]
    DidNotStart { log: PathBuf, tail: String },
    #[error("{what} {path}")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// A running private PostgreSQL. Dropping it stops the server if this process started it.
#[derive(Debug)]
pub struct PrivatePostgres {
    layout: Layout,
    watch: Option<Watch>,
}

impl PrivatePostgres {
    /// Makes the cluster if there is none, starts it, and waits until it takes connections.
    ///
    /// A postmaster left over by a killed predecessor is stopped first. Refuses when another
    /// living process of ours holds the directory.
    pub fn start(options: &Options) -> Result<Self, PrivatePostgresError> {
        let layout = Layout::of(options)?;
        let lock = layout.lock()?.ok_or_else(|| PrivatePostgresError::InUse { dir: layout.data_dir.clone() })?;
        layout.make_directories()?;
        process::stop_leftover(&layout)?;
        let new = cluster::make_if_missing(&layout)?;
        let watch = Watch::begin(layout.clone(), lock, START_TIMEOUT)?;
        let postgres = Self { layout, watch: Some(watch) };
        if new {
            cluster::make_roles(&postgres.layout)?;
        }
        Ok(postgres)
    }

    /// For commands beside a running server: uses its PostgreSQL, or starts one for as long as the value lives.
    pub fn start_or_join(options: &Options) -> Result<Self, PrivatePostgresError> {
        match Self::start(options) {
            Err(PrivatePostgresError::InUse { .. }) => {
                let layout = Layout::of(options)?;
                match process::ready_pid(&layout) {
                    Some(_) => Ok(Self { layout, watch: None }),
                    None => Err(PrivatePostgresError::NotRunning { dir: layout.data_dir }),
                }
            }
            other => other,
        }
    }

    /// Address for the serving role.
    pub fn url(&self) -> String {
        self.url_for(SERVER_ROLE, DATABASE)
    }

    /// Address for the role that owns the schema.
    pub fn owner_url(&self) -> String {
        self.url_for(OWNER_ROLE, DATABASE)
    }

    /// Address for any role of ours and any database.
    pub fn url_for(&self, role: &str, database: &str) -> String {
        let socket = percent_encode(&self.layout.socket_dir);
        format!("postgres://{role}@{socket}/{database}")
    }

    /// Where the socket is: for `psql -h`.
    pub fn socket_dir(&self) -> &Path {
        &self.layout.socket_dir
    }

    /// The folder with `pg_dump` and its kind, of the version that runs.
    pub fn program_dir(&self) -> &Path {
        &self.layout.program_dir
    }

    /// Process id of the postmaster, where it is ready.
    pub fn pid(&self) -> Option<i32> {
        process::ready_pid(&self.layout)
    }

    /// True where this value started the server and will stop it.
    pub fn is_ours(&self) -> bool {
        self.watch.is_some()
    }

    /// Stops it (open connections are ended, nothing committed is lost) and waits for its end.
    pub fn stop(mut self) {
        if let Some(watch) = self.watch.take() {
            watch.end();
        }
    }

    /// For tests of a fault: stops the server *without* telling the watch, which then restarts it.
    pub fn interrupt(&self) {
        process::interrupt(&self.layout);
    }

    /// For tests of a fault: stops the server and keeps it down until [`Self::resume`].
    pub fn pause(&self) {
        if let Some(watch) = &self.watch {
            watch.pause();
        }
    }

    /// Lets a paused server start again.
    pub fn resume(&self) {
        if let Some(watch) = &self.watch {
            watch.resume();
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.end();
        }
    }
}

/// A socket directory as the host part of an address: everything but unreserved characters escaped.
fn percent_encode(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str()
        .as_bytes()
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(*byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Shorthand: an I/O error with what was tried and where.
fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> PrivatePostgresError {
    let path = path.into();
    move |source| PrivatePostgresError::Io { what, path, source }
}

#[cfg(test)]
mod tests;
