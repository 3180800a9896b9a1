//! Where drivers without a cloud of their own keep what they know, so that it survives the process.
//!
//! `app` hands in one over the database; [`DirectoryShelf`] is files, for tests and tools.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value;

use crate::DriverError;

/// 存放处: JSON by key. A key is words of `a-z 0-9 - .` separated by `/`. `put` is durable when it returns.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// The value, `None` where there is none.
    async fn get(&self, key: &str) -> Result<Option<Value>, DriverError>;
    /// Stores or replaces.
    async fn put(&self, key: &str, value: &Value) -> Result<(), DriverError>;
    /// Removes; nothing happens where there is none.
    async fn remove(&self, key: &str) -> Result<(), DriverError>;
    /// All keys that begin with `prefix`, sorted, with their values.
    async fn list(&self, prefix: &str) -> Result<Vec<(String, Value)>, DriverError>;
    /// Those of the keys that are there, with their values, in any order.
    async fn get_all(&self, keys: &[String]) -> Result<Vec<(String, Value)>, DriverError> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(self.get(key).await?.map(|value| (key.clone(), value)));
        }
        Ok(found)
    }
    /// A part of [`Shelf::list`]: at most `most` keys that come after `after`.
    async fn page(&self, prefix: &str, after: &str, most: usize) -> Result<Vec<(String, Value)>, DriverError> {
        let all = self.list(prefix).await?.into_iter();
        Ok(all.skip_while(|(key, _)| key.as_str() <= after).take(most).collect())
    }
}

/// One file for each key under a directory. A killed process leaves the old value or the new one.
pub struct DirectoryShelf {
    root: PathBuf,
}

impl DirectoryShelf {
    /// Keeps its files under `root`, which is made when first needed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `/` becomes `+` in the file's name, so that one directory holds all and listing is one read.
    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key.replace('/', "+"))
    }
}

/// Writes beside and renames, so that no reader ever sees half a file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let beside = directory.join(format!(".{}", uuid::Uuid::new_v4()));
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    std::fs::File::open(directory)?.sync_all()
}

#[async_trait]
impl Shelf for DirectoryShelf {
    async fn get(&self, key: &str) -> Result<Option<Value>, DriverError> {
        let path = self.path(key);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(DriverError::bug),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(DriverError::file(&path, &cause)),
        }
    }

    async fn put(&self, key: &str, value: &Value) -> Result<(), DriverError> {
        let path = self.path(key);
        write_whole(&path, value.to_string().as_bytes()).map_err(|cause| DriverError::file(&path, &cause))
    }

    async fn remove(&self, key: &str) -> Result<(), DriverError> {
        let path = self.path(key);
        match std::fs::remove_file(&path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(DriverError::file(&path, &cause)),
            _ => Ok(()),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(String, Value)>, DriverError> {
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(DriverError::file(&self.root, &cause)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut keys: Vec<String> =
            names.filter(|name| !name.starts_with('.')).map(|name| name.replace('+', "/")).collect();
        keys.retain(|key| key.starts_with(prefix));
        keys.sort();
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = self.get(&key).await? {
                found.push((key, value));
            }
        }
        Ok(found)
    }
}
