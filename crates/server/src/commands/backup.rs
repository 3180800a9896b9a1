//! `liyun backup FILE` and `liyun restore FILE`.

use std::path::Path;
use std::process::ExitCode;

use app::backup;
use app::boot::Database;

use crate::cli::Common;

/// Beside a running server or alone.
pub fn backup(common: &Common, file: &Path) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let database = Database::open_or_join(&config)?;
    let now = app::clock::Clock::real().now();
    let manifest = super::runtime()?.block_on(backup::backup(&config, &database, now, file))?;
    database.close();
    let bytes: u64 = manifest.entries.iter().map(|entry| entry.bytes).sum();
    let text = format!("{}：{} 个文件，{bytes} 字节。其中含密钥，请妥善保管", file.display(), manifest.entries.len());
    super::print(common.json, &text, &serde_json::to_value(&manifest)?)
}

/// Only alone: a server that runs over the target makes it non-empty.
pub fn restore(common: &Common, file: &Path) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let database = Database::open(&config)?;
    let manifest = super::runtime()?.block_on(backup::restore(&config, &database, file))?;
    database.close();
    let text = format!("已恢复 {} 的备份到 {}", manifest.made_at, config.data_dir.display());
    super::print(common.json, &text, &serde_json::to_value(&manifest)?)
}
