//! 计费结果: what the auditor gets back. Field names and signs are a contract; see docs.

use std::collections::BTreeMap;

use super::account::{Kind, Posting, Spare, out_of_range};
use super::input::Sharing;
use super::{Run, sharing};
use crate::calendar::Date;
use crate::clause::Clause;
use crate::finding::Finding;
use crate::money::{Fen, MoneyError};
use crate::subscription::Year;

/// 计费结果.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Answer {
    pub period: Period,
    pub entries: Vec<Entry>,
    /// Sum of the positive entries.
    pub total_fen: Fen,
    /// 节余: sum of the negative entries, with opposite sign; the treasury's (D8).
    pub saved_fen: Fen,
    /// 调配受益: what is covered by remainders somebody else has paid for (D10). Absent where there is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub benefit_fen: Fen,
    /// total − saved − benefit: what the supplier is owed.
    pub payable_fen: Fen,
    /// 权责口径: by calendar year; sums to `payable_fen` (D13).
    pub accruals: Vec<Accrual>,
    /// 分担: sums to `payable_fen`; empty without a plan.
    pub shares: Vec<Share>,
    /// 调配池.
    pub pool: Vec<Spare>,
}

/// 使用周期, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Period {
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    pub days: i32,
}

/// 费用明细.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Entry {
    #[schema(value_type = String, format = "date")]
    pub on: Date,
    pub line: String,
    pub kind: Kind,
    pub fen: Fen,
    pub days: i32,
    pub clause: Clause,
    pub formula: String,
}

/// 某一公历年的应计.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Accrual {
    pub year: i16,
    pub fen: Fen,
}

/// 一方应付.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Share {
    pub payer: String,
    pub fen: Fen,
}

impl Answer {
    /// Sums a run up. Refuses only sums that cannot be written.
    pub(super) fn of(run: &Run, plan: Option<&Sharing>) -> Result<Self, Vec<Finding>> {
        Self::sum_up(run, plan).map_err(|_| out_of_range("subscription.lines"))
    }

    fn sum_up(run: &Run, plan: Option<&Sharing>) -> Result<Self, MoneyError> {
        let year = run.account.year();
        let of = |benefit: bool| {
            let postings = run.postings.iter().filter(move |posting| posting.kind.is_benefit() == benefit);
            postings.map(|posting| posting.fen)
        };
        let total_fen = Fen::sum(of(false).filter(|fen| *fen > Fen::ZERO))?;
        let saved_fen = Fen::sum(of(false).filter(|fen| *fen < Fen::ZERO))?.negated()?;
        let benefit_fen = Fen::sum(of(true))?.negated()?;
        let payable_fen = total_fen.minus(saved_fen)?.minus(benefit_fen)?;
        Ok(Self {
            period: Period { from: year.from, to: year.to, days: year.days() },
            entries: run.postings.iter().map(Entry::from).collect(),
            total_fen,
            saved_fen,
            benefit_fen,
            payable_fen,
            accruals: accruals(&run.postings, year)?,
            shares: plan.map_or_else(|| Ok(Vec::new()), |plan| sharing::split(payable_fen, plan))?,
            pool: run.pool.clone(),
        })
    }
}

/// A file without benefits is answered as it was before there were any.
fn is_zero(fen: &Fen) -> bool {
    *fen == Fen::ZERO
}

impl From<&Posting> for Entry {
    fn from(posting: &Posting) -> Self {
        Self {
            on: posting.on,
            line: posting.line.clone(),
            kind: posting.kind,
            fen: posting.fen,
            days: posting.days,
            clause: posting.clause,
            formula: posting.formula.clone(),
        }
    }
}

/// Splits each entry over the calendar years of the days it is for; its last year takes the remainder.
fn accruals(postings: &[Posting], year: Year) -> Result<Vec<Accrual>, MoneyError> {
    let mut sums: BTreeMap<i16, Fen> = (year.from.year()..=year.to.year()).map(|year| (year, Fen::ZERO)).collect();
    for posting in postings {
        let (from, to) = posting.covers;
        let mut rest = posting.fen;
        for calendar_year in from.year()..to.year() {
            let first = if calendar_year == from.year() { from } else { Date::constant(calendar_year, 1, 1) };
            let part = posting
                .fen
                .share(days_between(first, Date::constant(calendar_year, 12, 31)), days_between(from, to))?;
            rest = rest.minus(part)?;
            let sum = sums.entry(calendar_year).or_default();
            *sum = sum.plus(part)?;
        }
        let sum = sums.entry(to.year()).or_default();
        *sum = sum.plus(rest)?;
    }
    Ok(sums.into_iter().map(|(year, fen)| Accrual { year, fen }).collect())
}

/// Both days counted.
fn days_between(from: Date, to: Date) -> u64 {
    from.until(to).map_or(0, |span| u64::from(span.get_days().unsigned_abs()) + 1)
}
