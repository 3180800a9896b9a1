//! `liyun charge compute`: the auditor's tool, `domain::charge` does all of it; `liyun charge explain`: one posted charge.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use app::AppError;
use app::boot::{self, Database};
use app::charge::Explanation;
use domain::charge::{self, Answer};
use domain::ids::ChargeId;

use super::refusal;
use crate::cli::Common;

/// Computes the file; anything impossible goes to stderr by its path in the file, with exit code 1.
pub fn compute(common: &Common, file: &Path) -> anyhow::Result<ExitCode> {
    let text = read(file).with_context(|| format!("cannot read {}", file.display()))?;
    match charge::compute(&text) {
        Ok(answer) => super::print(common.json, &table(&answer), &serde_json::to_value(&answer)?),
        Err(findings) => refusal::tell(common.json, AppError::Invalid(findings)),
    }
}

/// The file's text, or standard input's for `-`.
fn read(file: &Path) -> std::io::Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// Explains one posted charge; exit code 1 where it no longer comes out as it was posted.
pub fn explain(common: &Common, id: ChargeId) -> anyhow::Result<ExitCode> {
    let config = common.config(false)?;
    let database = Database::open_or_join(&config)?;
    let explained = super::runtime()?.block_on(async {
        let app = boot::start(&config, &database).await?;
        anyhow::Ok(app::charge::explain_as_operator(&app, id).await)
    });
    database.close();
    let shown = match explained? {
        Ok(explanation) => explanation,
        Err(error) => return refusal::tell(common.json, error),
    };
    super::print(common.json, &in_words(&shown), &serde_json::to_value(&shown)?)?;
    Ok(if shown.agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn in_words(shown: &Explanation) -> String {
    let entry = &shown.entry;
    let mut lines = vec![
        format!("{} {}({})", shown.case_number, shown.system_name, shown.agency_name),
        format!("{} {} × {}:{} 元", entry.kind.zh, entry.name, entry.quantity, yuan(entry.fen)),
        format!("算式 {}", entry.formula),
        format!(
            "服务年 {} 至 {},{} 天;本笔 {} 至 {}",
            shown.opened_on, shown.ends_on, shown.year_days, shown.covers_from, shown.covers_to
        ),
        format!("依据 {}:{}", entry.clause.cite, shown.clause_text),
    ];
    lines.extend(shown.prices.iter().map(|price| {
        format!(
            "  价格版本 {}({} 至 {}) {} {} 元/年",
            price.version,
            price.from,
            price.to,
            price.sku,
            yuan(price.fen_per_year.0)
        )
    }));
    let verdict = if shown.agrees { "与入账一致" } else { "与入账不一致" };
    lines.push(format!("复算 {} 元,{verdict}", yuan(shown.recomputed_fen)));
    lines.join("\n")
}

/// The answer as a person reads it: one entry a line with its formula, then the sums.
fn table(answer: &Answer) -> String {
    let mut lines = vec![format!("周期 {} 至 {}，{} 天", answer.period.from, answer.period.to, answer.period.days)];
    for entry in &answer.entries {
        let kind =
            serde_json::to_value(entry.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        lines.push(format!(
            "{}  {}  {kind}  {} 元  {}  [{}]",
            entry.on,
            entry.line,
            yuan(entry.fen.0),
            entry.formula,
            entry.clause.cite
        ));
    }
    lines.push(format!(
        "应付合计 {} 元，节余 {} 元，实付 {} 元",
        yuan(answer.total_fen.0),
        yuan(answer.saved_fen.0),
        yuan(answer.payable_fen.0)
    ));
    lines.extend(answer.accruals.iter().map(|accrual| format!("  {} 年应计 {} 元", accrual.year, yuan(accrual.fen.0))));
    lines.extend(answer.shares.iter().map(|share| format!("  {} 分担 {} 元", share.payer, yuan(share.fen.0))));
    lines.extend(
        answer
            .pool
            .iter()
            .map(|spare| format!("  调配池 {} {} × {}，至 {}", spare.line, spare.sku, spare.quantity, spare.until)),
    );
    lines.join("\n")
}

/// 12345 fen → `123.45`.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}
