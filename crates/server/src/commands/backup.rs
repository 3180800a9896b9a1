//! `liyun backup FILE` and `liyun restore FILE`.

use std::path::Path;
use std::process::ExitCode;

use app::boot::{self, Database};
use app::{audit, backup};

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

/// Only alone: a server that runs over the target makes it non-empty. What came back is checked at once: exit code 1
/// where its audit chain does not hold.
pub fn restore(common: &Common, file: &Path) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let database = Database::open(&config)?;
    let restored = super::runtime()?.block_on(async {
        let manifest = backup::restore(&config, &database, file).await?;
        let app = boot::start(&config, &database).await?;
        let chain = audit::verify_as_operator(&app, audit::Range::default()).await?;
        anyhow::Ok((manifest, chain))
    });
    database.close();
    let (manifest, chain) = restored?;
    let verdict = match &chain.why_zh {
        None => format!("日志链一致({} 条)", chain.checked),
        Some(why) => format!("日志链不一致：{why}"),
    };
    let text = format!("已恢复 {} 的备份到 {}；{verdict}", manifest.made_at, config.data_dir.display());
    let mut value = serde_json::to_value(&manifest)?;
    value["audit"] = serde_json::to_value(&chain)?;
    super::print(common.json, &text, &value)?;
    Ok(if chain.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
