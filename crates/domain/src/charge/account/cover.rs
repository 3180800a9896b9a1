//! 调配受益: which units of a line are covered by what another agency has paid for, and until when (D10).
//!
//! What is covered are the units added last, at their locked prices: a change that makes a service dearer is covered
//! where it is dearer. Of units at one price those that cost go first when a line shrinks, and between prices the last
//! added go first (D8); where a covered unit goes, the rest of its benefit is returned with it. The benefits of a line
//! never exceed what was charged for it, also not by a rounded fen.

use super::super::input::Benefit;
use super::{Account, Kind, Line, Lot, Posting, formula, out_of_range};
use crate::calendar::Date;
use crate::clause::A10_7;
use crate::finding::Finding;
use crate::money::{Fen, MoneyError};
use crate::subscription::Year;

/// One benefit in force: so many units of some lots, up to and including `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    allocation: String,
    until: Date,
    /// Place of the lot in the line's stack, and how many of its units.
    parts: Vec<(usize, u64)>,
}

/// 调配受益 in force: how much of a line an allocation covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    pub allocation: String,
    pub line: String,
    pub quantity: u64,
    pub until: Date,
}

impl Account {
    /// 调配受益 from `day` on, which is the day of the opening or of the change just carried out.
    pub fn benefit(&mut self, day: Date, given: &[Benefit], path: &str) -> Result<Vec<Posting>, Vec<Finding>> {
        let mut postings = Vec::new();
        for (index, benefit) in given.iter().enumerate() {
            let place = format!("{path}[{index}]");
            let year = self.year;
            let line = self.lines.iter_mut().find(|line| line.name == benefit.line).ok_or_else(|| {
                let (zh, en) = (format!("没有行 {}", benefit.line), format!("there is no line {}", benefit.line));
                vec![Finding::error(format!("{place}.line"), "charge.line_unknown", zh, en).under(A10_7)]
            })?;
            postings.push(line.cover(day, benefit, year, &place)?);
        }
        Ok(postings)
    }

    /// What is covered by allocations after all acts so far; a benefit whose last day has gone by stands here still.
    pub fn covered(&self) -> Vec<Covered> {
        let of_line = |line: &Line| {
            let covered = |cover: &Cover| Covered {
                allocation: cover.allocation.clone(),
                line: line.name.clone(),
                quantity: cover.quantity(),
                until: cover.until,
            };
            line.covers.iter().map(covered).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(of_line).collect()
    }
}

impl Cover {
    fn quantity(&self) -> u64 {
        self.parts.iter().map(|(_, units)| units).sum()
    }

    /// Units it has of the lot at `place`.
    fn of(&self, place: usize) -> u64 {
        self.parts.iter().filter(|(at, _)| *at == place).map(|(_, units)| units).sum()
    }
}

impl Line {
    /// Takes a benefit up and posts it.
    fn cover(&mut self, day: Date, benefit: &Benefit, year: Year, place: &str) -> Result<Posting, Vec<Finding>> {
        if benefit.until < day {
            let (zh, en) = ("调配余量在生效日之前已到期", "the remainder is over before the day it would take effect");
            return Err(vec![Finding::error(format!("{place}.until"), "charge.benefit_over", zh, en).under(A10_7)]);
        }
        let wanted = u64::try_from(benefit.quantity).ok().filter(|units| *units > 0);
        let parts = wanted.and_then(|units| self.free(day, units)).ok_or_else(|| {
            let zh = "抵充数量须大于 0,且不超过该行按年计费而未抵充的数量";
            let en = "at least 1, and no more than the line has of what is charged by the year and not covered";
            vec![Finding::error(format!("{place}.quantity"), "charge.benefit_quantity", zh, en).under(A10_7)]
        })?;
        let cover = Cover { allocation: benefit.allocation.clone(), until: benefit.until, parts };
        let posting = self.give(day, &cover, year).map_err(|_| out_of_range(&format!("{place}.quantity")))?;
        self.covers.push(cover);
        Ok(posting)
    }

    /// The units added last that nothing covers on `day`; `None` where there are fewer than `wanted`.
    fn free(&self, day: Date, wanted: u64) -> Option<Vec<(usize, u64)>> {
        let mut left = wanted;
        let mut parts = Vec::new();
        for (place, lot) in self.lots.iter().enumerate().rev().filter(|(_, lot)| lot.price.basis.is_annual()) {
            let taken: u64 = self.covers.iter().filter(|cover| cover.until >= day).map(|cover| cover.of(place)).sum();
            let units = lot.quantity.saturating_sub(taken).min(left);
            if units > 0 {
                parts.push((place, units));
                left -= units;
            }
        }
        (left == 0).then_some(parts)
    }

    fn give(&mut self, day: Date, cover: &Cover, year: Year) -> Result<Posting, MoneyError> {
        let lots = lots_of(&self.lots, &cover.parts);
        let (days, to) = span(day, cover.until, year);
        let exact = worth(&lots)?.share(days.unsigned_abs().into(), year.days().unsigned_abs().into())?;
        let fen = exact.min(self.charged.minus(self.given)?.max(Fen::ZERO));
        self.given = self.given.plus(fen)?;
        let formula = formula::cover(&lots, (days, year.days()), exact.negated()?, fen.negated()?);
        Ok(self.of_cover(Kind::Benefit, fen.negated()?, (day, days, to), formula, (&cover.allocation, &lots)))
    }

    /// Returns what stands for units that are gone since the lots were `old`: the lots a line has now decide.
    pub(super) fn uncover(&mut self, day: Date, old: &[Lot], year: Year) -> Result<Vec<Posting>, MoneyError> {
        let replaced = self.lots.first().map(|lot| &lot.price.sku) != old.first().map(|lot| &lot.price.sku);
        let mut left: Vec<u64> = self.lots.iter().map(|lot| if replaced { 0 } else { lot.quantity }).collect();
        let mut postings = Vec::new();
        for at in (0..self.covers.len()).filter(|at| self.covers[*at].until >= day).collect::<Vec<_>>() {
            let mut gone = Vec::new();
            for (place, units) in &mut self.covers[at].parts {
                let kept = left.get(*place).copied().unwrap_or(0).min(*units);
                if let Some(rest) = left.get_mut(*place) {
                    *rest -= kept;
                }
                if kept < *units {
                    gone.push((*place, *units - kept));
                }
                *units = kept;
            }
            if !gone.is_empty() {
                postings.push(self.give_back(day, at, &lots_of(old, &gone), year)?);
            }
        }
        if let Some(last) = self.covers.len().checked_sub(1).filter(|_| self.given > self.charged.max(Fen::ZERO)) {
            // A fen that rounding made of several decreases of one increase.
            let none = old.last().map(|lot| Lot { price: lot.price.clone(), quantity: 0 });
            postings.push(self.give_back(day, last, none.as_slice(), year)?);
        }
        self.covers.retain(|cover| cover.quantity() > 0);
        Ok(postings)
    }

    fn give_back(&mut self, day: Date, at: usize, lots: &[Lot], year: Year) -> Result<Posting, MoneyError> {
        let (allocation, until) = (self.covers[at].allocation.clone(), self.covers[at].until);
        let (days, to) = span(day, until.max(day), year);
        let exact = worth(lots)?.share(days.unsigned_abs().into(), year.days().unsigned_abs().into())?;
        let above = self.given.minus(self.charged.max(Fen::ZERO))?;
        let fen = exact.max(above).min(self.given);
        self.given = self.given.minus(fen)?;
        let formula = formula::cover(lots, (days, year.days()), exact, fen);
        Ok(self.of_cover(Kind::BenefitEnd, fen, (day, days, to), formula, (&allocation, lots)))
    }

    fn of_cover(
        &self,
        kind: Kind,
        fen: Fen,
        (day, days, to): (Date, i32, Date),
        formula: String,
        (allocation, lots): (&str, &[Lot]),
    ) -> Posting {
        let used: Vec<&Lot> = lots.iter().collect();
        let units = Line { lots: lots.to_vec(), ..self.clone() };
        let posting = units.posting(kind, fen, (day, days, (day, to)), A10_7, formula, &used);
        Posting { allocation: Some(allocation.to_owned()), ..posting }
    }
}

/// Days from `day` to the last one covered, both counted, and that last day: no benefit outlives the year.
fn span(day: Date, until: Date, year: Year) -> (i32, Date) {
    let to = until.min(year.to);
    (Year { from: day, to }.days(), to)
}

fn lots_of(lots: &[Lot], parts: &[(usize, u64)]) -> Vec<Lot> {
    let lot =
        |(place, units): &(usize, u64)| lots.get(*place).map(|lot| Lot { price: lot.price.clone(), quantity: *units });
    parts.iter().filter_map(lot).collect()
}

fn worth(lots: &[Lot]) -> Result<Fen, MoneyError> {
    lots.iter().try_fold(Fen::ZERO, |sum, lot| sum.plus(lot.amount()?))
}
