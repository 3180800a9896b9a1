//! `liyun import catalog|calendar|orgs FILE [--dry-run]`: through the same use cases as the page.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use app::actor::{Actor, Meta};
use app::boot::{self, Database};
use app::calendar::CalendarImport;
use app::price::CatalogImport;
use app::{App, AppError};
use serde_json::Value;

use super::refusal;
use crate::cli::{Common, Import};

/// Imports the whole file, or tells every fault and imports nothing.
pub fn run(common: &Common, what: &Import) -> anyhow::Result<ExitCode> {
    let file = match what {
        Import::Catalog { file, .. } | Import::Calendar { file, .. } | Import::Orgs { file, .. } => file,
    };
    let text = read(file)?;
    let config = common.config(false)?;
    let database = Database::open_or_join(&config)?;
    let imported = super::runtime()?.block_on(async {
        let app = boot::start(&config, &database).await?;
        let imported = carry_out(&app, what, (file, &text)).await;
        // Sealed at once: no server may be running that would do it.
        app::audit::seal(&app, app::audit::Sealing::Running).await?;
        anyhow::Ok(imported)
    });
    database.close();
    match imported? {
        Ok((text, value)) => super::print(common.json, &text, &value),
        Err(error) => refusal::tell(common.json, error),
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("无法读取 {} (cannot read it)", file.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} 不是 UTF-8 编码 (not UTF-8)", file.display()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

async fn carry_out(app: &App, what: &Import, (file, text): (&Path, &str)) -> Result<(String, Value), AppError> {
    let (actor, meta) = (Actor::system("命令行导入"), Meta::default());
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match what {
        Import::Catalog { version, from, to, ratified_number, dry_run, .. } => {
            let import = CatalogImport {
                file_name: &name,
                text,
                version: version.as_deref(),
                from: *from,
                to: *to,
                ratified_number: ratified_number.as_deref(),
                dry_run: *dry_run,
            };
            let done = app::price::import(app, &actor, &meta, &import).await?;
            let words = format!("价格版本 {}:{} 至 {},{} 项", done.version, done.from, done.to, done.products);
            Ok(answer(&words, &done, *dry_run))
        }
        Import::Calendar { source, dry_run, .. } => {
            let import = CalendarImport { file_name: &name, text, source: *source, dry_run: *dry_run };
            let done = app::calendar::import(app, &actor, &meta, &import).await?;
            let words = format!(
                "工作日历 {}:{:?} 年 {} 天,调整时限 {} 个",
                done.version,
                done.years,
                done.days,
                done.moved.len()
            );
            Ok(answer(&words, &done, *dry_run))
        }
        Import::Orgs { dry_run, .. } => {
            let done = app::org::import(app, &actor, &meta, (text, *dry_run)).await?;
            Ok(answer(&format!("机构 {} 个", done.orgs), &done, *dry_run))
        }
    }
}

fn answer(words: &str, done: &impl serde::Serialize, dry_run: bool) -> (String, Value) {
    let prefix = if dry_run { "检查通过,未写入" } else { "已导入" };
    (format!("{prefix} {words}"), serde_json::json!(done))
}
