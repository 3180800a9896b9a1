//! 最高限价: which price holds for a product on a day, and how tiers are filled.
//!
//! 第十一条: 以当年政务云服务采购最高限价为准; 第十二条: adjusted every two years. A price line has a first
//! and a last day; lines of one product never overlap; a line once in force is never changed, a
//! correction is a new version.

use crate::calendar::Date;
use crate::catalog::BillingBasis;
use crate::money::Fen;

/// 价格行 one product's price over a span of days, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct PriceLine {
    /// 价格版本, e.g. `2025A`.
    pub version: String,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    pub sku: String,
    /// Per unit and year, or once where the basis is one-off.
    pub fen_per_year: Fen,
    pub basis: BillingBasis,
}

/// 价格版本 with its span; a product may be added within it (增补) but not overlap.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceVersion {
    pub code: String,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    /// The catalogue file of the version.
    pub file: String,
    /// True only for the 附件3 that 市人民政府 ratified.
    pub official: bool,
    pub note: String,
}

/// 阶梯 the products that share one quantity, smallest first; only the last has no upper end.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub name: String,
    pub zh: String,
    pub unit: String,
    pub steps: Vec<TierStep>,
}

/// One step of a tier: `up_to` counts from zero and is included.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierStep {
    pub sku: String,
    pub up_to: Option<u64>,
}

/// Why a set of price lines is no price list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("{sku}:起始日晚于截止日 (the first day is after the last)")]
    Reversed { sku: String, index: usize },
    #[error("{sku}:有效期与 {other} 版重叠 (the span overlaps version {other})")]
    Overlap { sku: String, other: String, index: usize },
    #[error("{sku}:价格为负 (the price is negative)")]
    Negative { sku: String, index: usize },
    #[error("{sku}:计费方式前后不一 (the billing basis differs between versions)")]
    BasisDiffers { sku: String, index: usize },
}

/// 价格表: every line of every version. Asking is by product and day; there is never more than one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList(Vec<PriceLine>);

impl PriceList {
    /// Checks the lines against each other; returns every fault, each with the position of its line.
    pub fn new(lines: Vec<PriceLine>) -> Result<Self, Vec<PriceError>> {
        let mut errors = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let sku = || line.sku.clone();
            if line.from > line.to {
                errors.push(PriceError::Reversed { sku: sku(), index });
            }
            if line.fen_per_year < Fen::ZERO {
                errors.push(PriceError::Negative { sku: sku(), index });
            }
        }
        errors.extend(clashes(&lines));
        if errors.is_empty() { Ok(Self(lines)) } else { Err(errors) }
    }

    /// The line in force for `sku` on `day`.
    pub fn on(&self, sku: &str, day: Date) -> Option<&PriceLine> {
        self.0.iter().find(|line| line.sku == sku && line.from <= day && day <= line.to)
    }

    /// True where the product is listed on any day at all.
    pub fn knows(&self, sku: &str) -> bool {
        self.0.iter().any(|line| line.sku == sku)
    }

    /// Every line.
    pub fn lines(&self) -> &[PriceLine] {
        &self.0
    }
}

/// Compares neighbours after sorting by product and first day: long lists stay quick.
fn clashes(lines: &[PriceLine]) -> Vec<PriceError> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| (&lines[*a].sku, lines[*a].from, a).cmp(&(&lines[*b].sku, lines[*b].from, b)));
    let mut errors = Vec::new();
    // The line of the present product that reaches furthest so far.
    let mut reach: Option<usize> = None;
    for index in order {
        let line = &lines[index];
        let Some(earlier) = reach.filter(|earlier| lines[*earlier].sku == line.sku) else {
            reach = Some(index);
            continue;
        };
        let (blamed, other) = if index > earlier { (index, earlier) } else { (earlier, index) };
        if line.from <= lines[earlier].to {
            errors.push(PriceError::Overlap {
                sku: line.sku.clone(),
                other: lines[other].version.clone(),
                index: blamed,
            });
        } else if line.basis != lines[earlier].basis {
            errors.push(PriceError::BasisDiffers { sku: line.sku.clone(), index: blamed });
        }
        if line.to > lines[earlier].to {
            reach = Some(index);
        }
    }
    errors
}

impl Tier {
    /// Fills the steps in turn: 20 Mbps of `5 | rest` is 5 of the first and 15 of the second.
    /// What no step takes (a tier whose last step has an end) is refused as `None`.
    pub fn split(&self, quantity: u64) -> Option<Vec<(&str, u64)>> {
        let mut parts = Vec::new();
        let mut filled = 0;
        for step in &self.steps {
            let end = step.up_to.unwrap_or(u64::MAX).min(quantity);
            if end > filled {
                parts.push((step.sku.as_str(), end - filled));
                filled = end;
            }
        }
        (filled == quantity).then_some(parts)
    }
}

#[cfg(test)]
mod tests;
