//! Where things lie, who runs them, and which PostgreSQL is used.

use super::{Options, PrivatePostgresError as Error, io};
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{Uid, User, chown};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Longest folder whose socket `<folder>/.s.PGSQL.5432.lock` still fits the kernel's 107 bytes.
const LONGEST_SOCKET_DIR_BYTES: usize = 107 - "/.s.PGSQL.5432.lock".len();

/// The paths, the programs and the user of one private PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub data_dir: PathBuf,
    /// PGDATA.
    pub cluster_dir: PathBuf,
    pub socket_dir: PathBuf,
    pub log: PathBuf,
    pub program_dir: PathBuf,
    /// The user it runs as where that is not the present one.
    pub run_as: Option<User>,
    pub unsafe_sync: bool,
}

impl Layout {
    /// Decides everything; makes only the data directory itself.
    pub fn of(options: &Options) -> Result<Self, Error> {
        let asked = &options.data_dir;
        if !asked.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o711).create(asked).map_err(io("cannot make", asked))?;
        }
        let data_dir = asked.canonicalize().map_err(io("cannot find", asked))?;
        let run_as = run_as()?;
        if let Some(user) = &run_as {
            check_reachable(&data_dir, user)?;
        }
        let cluster_dir = data_dir.join("postgres");
        Ok(Self {
            program_dir: program_dir(&cluster_dir)?,
            socket_dir: socket_dir(&data_dir),
            log: data_dir.join("postgres.log"),
            cluster_dir,
            data_dir,
            run_as,
            unsafe_sync: options.unsafe_sync,
        })
    }

    /// Takes the directory for this process; `None` where another one has it.
    pub fn lock(&self) -> Result<Option<Flock<File>>, Error> {
        let path = self.data_dir.join("postgres.lock");
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(io("cannot open", &path))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Some(lock)),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, errno)) => Err(io("cannot lock", path)(errno.into())),
        }
    }

    /// Cluster and socket folders, 0700, owned by the user PostgreSQL runs as.
    pub fn make_directories(&self) -> Result<(), Error> {
        for dir in [&self.cluster_dir, &self.socket_dir] {
            match fs::DirBuilder::new().mode(0o700).create(dir) {
                Ok(()) => self.hand_over(dir)?,
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => self.check_owner(dir)?,
                Err(e) => return Err(io("cannot make", dir)(e)),
            }
        }
        Ok(())
    }

    /// Gives `path` to the user PostgreSQL runs as.
    pub fn hand_over(&self, path: &Path) -> Result<(), Error> {
        let Some(user) = &self.run_as else {
            return Ok(());
        };
        chown(path, Some(user.uid), Some(user.gid)).map_err(|e| io("cannot chown", path)(e.into()))
    }

    /// An existing folder must be a folder of ours: in /tmp anyone could have put it there.
    fn check_owner(&self, dir: &Path) -> Result<(), Error> {
        let owner = self.run_as.as_ref().map_or_else(Uid::effective, |user| user.uid);
        let meta = fs::symlink_metadata(dir).map_err(io("cannot read", dir))?;
        if !meta.is_dir() || meta.uid() != owner.as_raw() {
            return Err(Error::ForeignSocketDir { dir: dir.to_owned() });
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(io("cannot chmod", dir))
    }

    /// The last lines PostgreSQL wrote.
    pub fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// As root: user `postgres`. Otherwise: nobody else.
fn run_as() -> Result<Option<User>, Error> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    match User::from_name("postgres") {
        Ok(Some(user)) => Ok(Some(user)),
        _ => Err(Error::NoSystemUser),
    }
}

/// Every folder above the data must let `user` pass; `/root` does not, for example.
fn check_reachable(data_dir: &Path, user: &User) -> Result<(), Error> {
    for dir in data_dir.ancestors() {
        let meta = fs::metadata(dir).map_err(io("cannot read", dir))?;
        let mode = meta.mode();
        let may_pass = mode & 0o001 != 0
            || (meta.uid() == user.uid.as_raw() && mode & 0o100 != 0)
            || (meta.gid() == user.gid.as_raw() && mode & 0o010 != 0);
        if !may_pass {
            return Err(Error::Unreachable { user: user.name.clone(), dir: dir.to_owned() });
        }
    }
    Ok(())
}

/// Beside the data where the path is short enough; else in a folder named after it.
fn socket_dir(data_dir: &Path) -> PathBuf {
    let beside = data_dir.join("run");
    if beside.as_os_str().as_bytes().len() <= LONGEST_SOCKET_DIR_BYTES {
        return beside;
    }
    // FNV-1a: any stable hash will do, the name only has to differ from data directory to data directory.
    let hash = data_dir
        .as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let base = if Uid::effective().is_root() { Path::new("/run").to_owned() } else { std::env::temp_dir() };
    base.join(format!("liyun-{}-{hash:016x}", Uid::effective()))
}

/// The folder of `postgres`: `$PG_BIN`, else the newest under /usr/lib/postgresql, else on the path.
/// An existing cluster decides the version, since PostgreSQL does not open another version's data.
fn program_dir(cluster_dir: &Path) -> Result<PathBuf, Error> {
    if let Some(dir) = std::env::var_os("PG_BIN") {
        return Ok(PathBuf::from(dir));
    }
    let mut found: Vec<(u32, PathBuf)> = installed();
    found.sort();
    let Ok(version) = fs::read_to_string(cluster_dir.join("PG_VERSION")) else {
        return found.pop().map(|(_, dir)| dir).ok_or(Error::NotInstalled);
    };
    let version = version.trim();
    match found.into_iter().find(|(major, _)| major.to_string() == version) {
        Some((_, dir)) => Ok(dir),
        None => Err(Error::WrongVersion { found: version.to_owned(), dir: cluster_dir.to_owned() }),
    }
}

/// All PostgreSQL versions of this machine, by major version.
fn installed() -> Vec<(u32, PathBuf)> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/local/bin"), PathBuf::from("/usr/local/pgsql/bin")])
        .filter_map(|dir| dir.join("postgres").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_owned));
    let mut seen = Vec::new();
    for dir in debian.chain(on_path) {
        if seen.iter().any(|(_, known)| *known == dir) || !dir.join("initdb").is_file() {
            continue;
        }
        if let Some(major) = major_version(&dir) {
            seen.push((major, dir));
        }
    }
    seen
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15.
fn major_version(dir: &Path) -> Option<u32> {
    let named =
        dir.parent().and_then(Path::file_name).and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    named.or_else(|| {
        let output = std::process::Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace().nth(2)?.split('.').next()?.parse().ok()
    })
}
