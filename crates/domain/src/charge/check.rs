//! What an input must satisfy before anything is computed. Every fault is reported, each with its path.

use std::collections::BTreeSet;

use super::account::Account;
use super::input::Input;
use super::sharing;
use crate::catalog::BillingBasis;
use crate::clause::{A10_5, A10_6, A10_7, A12};
use crate::finding::Finding;
use crate::price::{PriceError, PriceLine, PriceList};

/// Checks the parts that stand alone and yields the price list.
pub(super) fn input(input: &Input) -> Result<PriceList, Vec<Finding>> {
    let mut findings = names(input);
    if let Some(sharing) = &input.sharing {
        findings.extend(sharing::check(sharing));
    }
    let lines = input.prices.iter().map(|price| PriceLine {
        version: price.version.clone(),
        from: price.from,
        to: price.to,
        sku: price.sku.clone(),
        fen_per_year: price.fen_per_year,
        basis: price.billing_basis.unwrap_or(BillingBasis::UnitYear),
    });
    match PriceList::new(lines.collect()) {
        Ok(prices) if findings.is_empty() => Ok(prices),
        Ok(_) => Err(findings),
        Err(errors) => {
            findings.extend(errors.into_iter().map(price_fault));
            Err(findings)
        }
    }
}

/// Checks the days of changes and end against the year and each other.
pub(super) fn days(input: &Input, account: &Account) -> Result<(), Vec<Finding>> {
    let year = account.year();
    let mut findings = Vec::new();
    for (index, change) in input.changes().iter().enumerate() {
        let (path, day) = (format!("changes[{index}].effective_on"), change.effective_on);
        if day < year.from || day > year.to {
            findings.push(outside(path, "变更生效日", "the effective day", account).under(A10_6));
        } else if input.terminated_on.is_some_and(|end| day > end) {
            findings.push(
                Finding::error(
                    path,
                    "charge.after_termination",
                    "服务终止之后不能变更",
                    "a change after the service has ended",
                )
                .under(A10_7),
            );
        }
    }
    if input.terminated_on.is_some_and(|end| end < year.from || end > year.to) {
        findings.push(outside("terminated_on".to_owned(), "终止日", "the last day", account).under(A10_7));
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn outside(path: String, zh: &str, en: &str, account: &Account) -> Finding {
    let year = account.year();
    Finding::error(
        path,
        "charge.outside_period",
        format!("{zh}不在使用周期 {} 至 {} 之内", year.from, year.to),
        format!("{en} is outside the period {} to {}", year.from, year.to),
    )
}

/// Names that must not be blank, and lists that must not be empty.
fn names(input: &Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut blank = |path: String, text: &str| {
        if text.trim().is_empty() {
            findings.push(Finding::error(path, "charge.blank", "不能为空", "must not be blank"));
        }
    };
    for (index, price) in input.prices.iter().enumerate() {
        blank(format!("prices[{index}].version"), &price.version);
        blank(format!("prices[{index}].sku"), &price.sku);
    }
    if input.subscription.lines.is_empty() {
        findings.push(
            Finding::error("subscription.lines", "charge.no_lines", "没有任何服务行", "there is nothing to open")
                .under(A10_5),
        );
    }
    let mut allocations = BTreeSet::new();
    for (path, benefit) in input.benefits() {
        let path = format!("{path}.allocation");
        if benefit.allocation.trim().is_empty() {
            findings.push(Finding::error(path, "charge.blank", "不能为空", "must not be blank"));
        } else if !allocations.insert(benefit.allocation.as_str()) {
            let zh = format!("调配单 {} 重复", benefit.allocation);
            let en = format!("allocation {} is given twice", benefit.allocation);
            findings.push(Finding::error(path, "charge.allocation_twice", zh, en).under(A10_7));
        }
    }
    for (index, change) in input.changes().iter().enumerate() {
        if change.lines.is_empty() {
            let path = format!("changes[{index}].lines");
            findings.push(
                Finding::error(path, "charge.no_lines", "变更没有任何行", "the change names no line").under(A10_6),
            );
        }
    }
    findings
}

fn price_fault(error: PriceError) -> Finding {
    let (index, field, code) = match &error {
        PriceError::Reversed { index, .. } => (index, "to", "charge.price_reversed"),
        PriceError::Overlap { index, .. } => (index, "from", "charge.price_overlap"),
        PriceError::Negative { index, .. } => (index, "fen_per_year", "charge.price_negative"),
        PriceError::BasisDiffers { index, .. } => (index, "billing_basis", "charge.price_basis_differs"),
    };
    let text = error.to_string();
    Finding::error(format!("prices[{index}].{field}"), code, text.clone(), text).under(A12)
}

/// Checks a list of lines for blank and repeated names; shared by opening and change.
pub(super) fn line_names<'a>(lines: impl Iterator<Item = &'a str>, path: &str) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, name) in lines.enumerate() {
        let place = format!("{path}[{index}].line");
        if name.trim().is_empty() {
            findings.push(Finding::error(place, "charge.blank", "行号不能为空", "the line has no name"));
        } else if !seen.insert(name) {
            findings.push(Finding::error(
                place,
                "charge.line_twice",
                format!("行 {name} 重复"),
                format!("line {name} is given twice"),
            ));
        }
    }
    findings
}
