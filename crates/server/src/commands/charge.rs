//! `liyun charge compute`: the auditor's tool; `domain::charge` does all of it.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use domain::charge::{self, Answer};
use domain::finding::Finding;

use crate::cli::Common;

/// Computes the file; anything impossible goes to stderr by its path in the file, with exit code 1.
pub fn compute(common: &Common, file: &Path) -> anyhow::Result<ExitCode> {
    let text = read(file).with_context(|| format!("cannot read {}", file.display()))?;
    match charge::compute(&text) {
        Ok(answer) => super::print(common.json, &table(&answer), &serde_json::to_value(&answer)?),
        Err(findings) => {
            refuse(common.json, &findings)?;
            Ok(ExitCode::FAILURE)
        }
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

fn refuse(json: bool, findings: &[Finding]) -> anyhow::Result<()> {
    if json {
        eprintln!("{}", serde_json::to_string_pretty(&serde_json::json!({ "findings": findings }))?);
        return Ok(());
    }
    for finding in findings {
        eprintln!("{}: {} ({})", finding.field, finding.zh, finding.en);
    }
    Ok(())
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
