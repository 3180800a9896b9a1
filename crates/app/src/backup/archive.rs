//! The one file: a zip whose last entry is the manifest. Entries are streamed, never held in memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use sm3::{Digest, Sm3};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Manifest;

const MANIFEST: &str = "manifest.json";
/// A manifest is a line per file; more than this is not one of ours.
const LARGEST_MANIFEST_BYTES: u64 = 64 * 1024 * 1024;

/// One file inside, with its digest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    pub name: String,
    pub bytes: u64,
    /// SM3, hexadecimal.
    pub sm3: String,
}

/// Writes entries, then the manifest.
pub struct Writer {
    zip: ZipWriter<BufWriter<File>>,
    entries: Vec<Entry>,
}

impl Writer {
    pub fn create(file: File) -> Self {
        Self { zip: ZipWriter::new(BufWriter::new(file)), entries: Vec::new() }
    }

    /// Streams the file at `path` in under `name`.
    pub fn add(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let mut source = BufReader::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?);
        // The dump is compressed already, keys do not compress, documents are PDF.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
        self.zip.start_file(name, options)?;
        let (bytes, sm3) = copy(&mut source, &mut self.zip)?;
        self.entries.push(Entry { name: name.to_owned(), bytes, sm3 });
        Ok(())
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes the manifest and makes sure all of it is on the disk.
    pub fn finish(mut self, manifest: &Manifest) -> anyhow::Result<()> {
        self.zip.start_file(MANIFEST, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        self.zip.write_all(&serde_json::to_vec_pretty(manifest)?)?;
        let file = self.zip.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok(file.sync_all()?)
    }
}

/// Reads what [`Writer`] wrote.
pub struct Reader {
    zip: ZipArchive<BufReader<File>>,
}

impl Reader {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let zip = ZipArchive::new(BufReader::new(file))
            .with_context(|| format!("{} 不是备份文件 (is no backup)", path.display()))?;
        Ok(Self { zip })
    }

    pub fn manifest(&mut self) -> anyhow::Result<Manifest> {
        let entry = self.zip.by_name(MANIFEST).context("不是备份文件 (there is no manifest inside)")?;
        serde_json::from_reader(entry.take(LARGEST_MANIFEST_BYTES)).context("the manifest does not read")
    }

    /// Compares every entry with its digest; names the first that differs.
    pub fn verify(&mut self, manifest: &Manifest) -> anyhow::Result<()> {
        for entry in &manifest.entries {
            let mut source =
                self.zip.by_name(&entry.name).with_context(|| format!("{} is missing in the backup", entry.name))?;
            let (bytes, sm3) = copy(&mut source, &mut std::io::sink()).with_context(|| damaged(&entry.name))?;
            ensure!(bytes == entry.bytes && sm3 == entry.sm3, damaged(&entry.name));
        }
        Ok(())
    }

    /// Streams one entry out.
    pub fn extract(&mut self, name: &str, file: File) -> anyhow::Result<()> {
        let mut target = BufWriter::new(file);
        let mut source = self.zip.by_name(name).with_context(|| format!("{name} is missing in the backup"))?;
        copy(&mut source, &mut target)?;
        target.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        Ok(())
    }
}

fn damaged(name: &str) -> String {
    format!("备份已损坏：{name} (the backup is damaged: {name} does not have its digest)")
}

/// Copies to the end; how much, and its SM3.
fn copy(source: &mut impl Read, target: &mut impl Write) -> std::io::Result<(u64, String)> {
    let mut hash = Sm3::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        hash.update(&buffer[..count]);
        target.write_all(&buffer[..count])?;
        bytes += count as u64;
    }
}
