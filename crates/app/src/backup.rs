//! 备份与恢复: the database and everything kept beside it, in one file that proves itself.
//!
//! The file is a zip of `database.dump` (pg_dump, custom format: one consistent snapshot, also of a
//! running server), the folders of the data directory that hold state, and `manifest.json` with the
//! SM3 of each. Restoring checks every digest before it touches anything, wants an empty target, runs
//! in one transaction, and checks the schema afterwards.
//!
//! The file holds the keys (E25): it is written 0600 and has to be kept as the keys are kept.

use crate::boot::{Config, Database};
use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod archive;

use archive::{Entry, Reader, Writer};

/// Folders of the data directory that a restored server needs.
const FOLDERS: &[&str] = &["keys", "attachments", "documents", "fonts"];
const DUMP: &str = "database.dump";
/// What this program writes and reads.
const FORMAT: u32 = 1;

/// 清单: what the file holds and what wrote it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub made_at: Timestamp,
    /// Newest migration the dump has.
    pub schema: i64,
    pub program: String,
    pub entries: Vec<Entry>,
}

/// Writes a backup to `file`, which must not exist yet.
///
/// Needs the owner's address: the serving role may not read everything a dump has.
pub async fn backup(config: &Config, database: &Database, now: Timestamp, file: &Path) -> anyhow::Result<Manifest> {
    ensure!(!file.exists(), "{} 已存在，不覆盖 (exists and is not overwritten)", file.display());
    let owner = database.owner_url().context("set LIYUN_OWNER_DATABASE_URL: a backup reads as the owner")?;
    store::migrate::check(&database.store()?).await?;
    let draft = file.with_extension("draft");
    let dump = draft.with_extension("dump");
    let _cleared = Cleared(vec![draft.clone(), dump.clone()]);
    let mut pg_dump = Command::new(program(database, "pg_dump"));
    pg_dump.args(["--format=custom", "--compress=6", "--no-owner", "--file"]).arg(&dump).arg(owner);
    private_file(&dump)?;
    run(pg_dump, "pg_dump")?;

    let mut writer = Writer::create(private_file(&draft)?);
    writer.add(DUMP, &dump)?;
    for path in kept_files(&config.data_dir)? {
        let name = path.strip_prefix(&config.data_dir).unwrap_or(&path).to_string_lossy().into_owned();
        writer.add(&name, &path)?;
    }
    let manifest = Manifest {
        format: FORMAT,
        made_at: now,
        schema: store::migrate::latest(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        entries: writer.entries().to_vec(),
    };
    writer.finish(&manifest)?;
    // A name appears only for a whole file: a backup that was cut off is never taken for one.
    fs::rename(&draft, file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(manifest)
}

/// Restores `file` into an empty database and data directory.
pub async fn restore(config: &Config, database: &Database, file: &Path) -> anyhow::Result<Manifest> {
    let mut reader = Reader::open(file)?;
    let manifest = reader.manifest()?;
    ensure!(manifest.format == FORMAT, "{}: format {} is not known here", file.display(), manifest.format);
    ensure!(
        manifest.schema <= store::migrate::latest(),
        "{}: 由更新的版本制作 (made by a newer program, {}); restore with that one",
        file.display(),
        manifest.program
    );
    let owner = database.owner_url().context("set LIYUN_OWNER_DATABASE_URL: a restore writes as the owner")?;
    refuse_filled(config, owner).await?;
    reader.verify(&manifest)?;

    let dump = config.data_dir.join("restore.dump");
    let _cleared = Cleared(vec![dump.clone()]);
    reader.extract(DUMP, private_file(&dump)?)?;
    let mut pg_restore = Command::new(program(database, "pg_restore"));
    pg_restore.args(["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", owner]).arg(&dump);
    run(pg_restore, "pg_restore")?;
    for entry in manifest.entries.iter().filter(|entry| entry.name != DUMP) {
        let path = safe_path(&config.data_dir, &entry.name)?;
        make_private_folders(&config.data_dir, &path)?;
        reader.extract(&entry.name, private_file(&path)?)?;
    }
    // An older backup is brought up to date, and the grants of this program are set.
    database.migrate().await?;
    Ok(manifest)
}

/// A target that holds anything is refused: nobody's data is overwritten by a mistyped command.
async fn refuse_filled(config: &Config, owner: &str) -> anyhow::Result<()> {
    let tables = store::migrate::table_count(owner).await?;
    ensure!(
        tables == 0,
        "目标数据库不为空 (the target database has {tables} tables); give another --data-dir or database"
    );
    let filled = FOLDERS.iter().map(|name| config.data_dir.join(name)).find(|folder| is_filled(folder));
    if let Some(folder) = filled {
        bail!("{} 不为空 (is not empty); give another --data-dir", folder.display());
    }
    Ok(())
}

fn is_filled(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// All files below the folders that are kept, in a fixed order.
fn kept_files(data_dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut waiting: Vec<PathBuf> = FOLDERS.iter().map(|name| data_dir.join(name)).filter(|dir| dir.is_dir()).collect();
    let mut files = Vec::new();
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => waiting.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `name` below `data_dir`, refusing what would leave it or lies outside the kept folders.
fn safe_path(data_dir: &Path, name: &str) -> anyhow::Result<PathBuf> {
    use std::path::Component;
    let relative = Path::new(name);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let kept = FOLDERS.iter().any(|folder| relative.starts_with(folder));
    ensure!(plain && kept, "the backup names a file outside the data directory: {name}");
    Ok(data_dir.join(relative))
}

fn make_private_folders(data_dir: &Path, path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = path.parent().unwrap_or(data_dir);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}

/// A new file only its owner can read.
fn private_file(path: &Path) -> anyhow::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The program of the version that runs, where the database is ours; else the one on the path.
fn program(database: &Database, name: &str) -> PathBuf {
    database.private().map_or_else(|| PathBuf::from(name), |postgres| postgres.program_dir().join(name))
}

fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("cannot run {name}; apt-get install postgresql-client"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Removes half-made files, however the function ends.
struct Cleared(Vec<PathBuf>);

impl Drop for Cleared {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
