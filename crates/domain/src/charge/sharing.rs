//! 费用分担 (第九条(六), 第十三条(三)): percentages to two decimals, the owner taking the remainder.

use std::collections::BTreeSet;

use super::answer::Share;
use super::input::Sharing;
use crate::clause::A9_6;
use crate::finding::Finding;
use crate::money::{Fen, MoneyError};

/// 100.00 %, in hundredths of a percent.
const WHOLE: u64 = 10_000;

/// Refuses malformed percentages, a sum other than 100.00, payers named twice, a foreign owner.
pub(super) fn check(sharing: &Sharing) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut sum = Some(0u64);
    for (index, part) in sharing.parts.iter().enumerate() {
        let payer = format!("sharing.parts[{index}].payer");
        if part.payer.trim().is_empty() {
            findings.push(Finding::error(payer, "charge.blank", "付款方不能为空", "the payer has no name"));
        } else if !seen.insert(part.payer.as_str()) {
            findings.push(Finding::error(payer, "charge.payer_twice", "付款方重复", "the payer is named twice"));
        }
        let percent = hundredths(&part.percent);
        if percent.is_none() {
            let path = format!("sharing.parts[{index}].percent");
            findings.push(Finding::error(
                path,
                "charge.percent",
                "比例应为 0 至 100、至多两位小数",
                "0 to 100 with at most two decimals",
            ));
        }
        sum = sum.zip(percent).map(|(sum, percent)| sum + percent);
    }
    if let Some(sum) = sum.filter(|sum| *sum != WHOLE) {
        let shown = format!("{}.{:02}", sum / 100, sum % 100);
        let (zh, en) = (format!("各方比例合计 {shown}%,应为 100.00%"), format!("the parts sum to {shown}, not 100.00"));
        findings.push(Finding::error("sharing.parts", "charge.percent_sum", zh, en));
    }
    if !sharing.parts.iter().any(|part| part.payer == sharing.owner) {
        let (zh, en) = ("业主单位须是分担方之一", "the owner is not one of the payers");
        findings.push(Finding::error("sharing.owner", "charge.owner_foreign", zh, en));
    }
    findings.into_iter().map(|finding| finding.under(A9_6)).collect()
}

/// Splits `payable`; each part rounded half up, the owner's being what is left. Needs a checked plan.
pub(super) fn split(payable: Fen, sharing: &Sharing) -> Result<Vec<Share>, MoneyError> {
    let mut shares = Vec::new();
    let mut rest = payable;
    for part in &sharing.parts {
        let is_owner = part.payer == sharing.owner;
        let fen = if is_owner { Fen::ZERO } else { payable.share(hundredths(&part.percent).unwrap_or(0), WHOLE)? };
        rest = rest.minus(fen)?;
        shares.push(Share { payer: part.payer.clone(), fen });
    }
    if let Some(owner) = shares.iter_mut().find(|share| share.payer == sharing.owner) {
        owner.fen = rest;
    }
    Ok(shares)
}

/// `33.33` → 3333. Plain digits, at most three before and two after the point, at most 100.
fn hundredths(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 3) || !digits(decimals, 2) {
        return None;
    }
    let scale = if decimals.len() == 1 { 10 } else { 1 };
    let value = whole.parse::<u64>().ok()? * 100 + decimals.parse::<u64>().ok()? * scale;
    (value <= WHOLE).then_some(value)
}
