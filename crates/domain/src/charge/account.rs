//! 服务年的账户: the lines in service with the prices they are locked at, and what each act posts.

use super::check;
use super::input::{LineChange, OpeningLine, TerminationPolicy};
use crate::calendar::Date;
use crate::catalog::BillingBasis;
use crate::clause::{A10_5, A10_6, A10_7, A11, Clause};
use crate::finding::Finding;
use crate::money::{Fen, MoneyError};
use crate::price::PriceList;
use crate::subscription::Year;

mod cover;
mod formula;
mod lots;

use cover::Cover;
pub use cover::Covered;
use lots::{Lot, annual, lot_on, newly_carried_out, next_lots, timed};

crate::terms! {
    /// 费用明细的种类.
    pub enum Kind {
        Annual = "annual", "包年费", "annual fee";
        Increase = "increase", "变更增加", "increase";
        Decrease = "decrease", "变更减少", "decrease";
        Refund = "refund", "终止退费", "refund";
        OneOff = "one_off", "一次性费用", "one-off";
        Benefit = "benefit", "调配受益", "benefit of a reallocation";
        BenefitEnd = "benefit_end", "调配受益冲回", "benefit returned";
    }
}

impl Kind {
    /// 调配受益 and what is returned of it: neither charged nor saved.
    pub fn is_benefit(self) -> bool {
        matches!(self, Self::Benefit | Self::BenefitEnd)
    }
}

/// 记账 one entry with all it was computed from. `fen` is negative for decrease, refund and benefit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Posting {
    /// Day of the act: opening, effective day, last day of service.
    pub on: Date,
    pub line: String,
    pub kind: Kind,
    pub fen: Fen,
    /// Days charged or given back; 0 for a one-off.
    pub days: i32,
    pub clause: Clause,
    /// 公式 in 元, as shown in the explanation.
    pub formula: String,
    /// What the line is after the act.
    pub sku: String,
    pub quantity: u64,
    /// Price versions that entered the figure.
    pub versions: Vec<String>,
    /// First and last day the money is for.
    pub covers: (Date, Date),
    /// 调配单号, of a benefit and of what is returned of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<String>,
}

/// 可调配的余量 of one line after an early end.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Spare {
    pub line: String,
    pub sku: String,
    pub quantity: u64,
    #[schema(value_type = String, format = "date")]
    pub until: Date,
}

/// What a line shall be. Quantity 0 removes it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub line: &'a str,
    pub sku: Option<&'a str>,
    pub quantity: i64,
}

/// 计费行: a line in service with its fee for a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargedLine {
    pub line: String,
    pub sku: String,
    pub quantity: u64,
    pub fen_per_year: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: String,
    lots: Vec<Lot>,
    /// 调配受益, in the order given.
    covers: Vec<Cover>,
    /// Sum of what was charged for the line, decreases and refunds set against it.
    charged: Fen,
    /// Sum of its benefits; never above `charged`.
    given: Fen,
}

/// 账户 of one subscription in one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    year: Year,
    lines: Vec<Line>,
}

impl<'a> From<&'a OpeningLine> for Wanted<'a> {
    fn from(line: &'a OpeningLine) -> Self {
        Self { line: &line.line, sku: Some(&line.sku), quantity: line.quantity }
    }
}

impl<'a> From<&'a LineChange> for Wanted<'a> {
    fn from(line: &'a LineChange) -> Self {
        Self { line: &line.line, sku: line.sku.as_deref(), quantity: line.quantity }
    }
}

impl Account {
    /// 开通 on `day`: every line at the price in force that day, for the whole year (D1, D5).
    /// `path` is where the lines stand in the caller's input.
    pub fn open(
        day: Date,
        wanted: &[Wanted<'_>],
        prices: &PriceList,
        path: &str,
    ) -> Result<(Self, Vec<Posting>), Vec<Finding>> {
        if day.year() >= Date::MAX.year() {
            let finding = Finding::error(
                "subscription.opened_on",
                "charge.outside_period",
                "日期超出范围",
                "the year is out of range",
            );
            return Err(vec![finding.under(A10_5)]);
        }
        let mut account = Self { year: Year::opened_on(day), lines: Vec::new() };
        let mut findings = check::line_names(wanted.iter().map(|line| line.line), path);
        let mut postings = Vec::new();
        for (index, line) in wanted.iter().enumerate() {
            let place = format!("{path}[{index}]");
            match account.open_line(day, line, prices, &place) {
                Ok(posting) => postings.push(posting),
                Err(found) => findings.extend(found),
            }
        }
        if findings.is_empty() { Ok((account, postings)) } else { Err(findings) }
    }

    /// 变更 effective on `day`, which the caller has found within the year and before any end.
    /// One entry a line (and one for each one-off carried out); all lines or none.
    pub fn change(
        &mut self,
        day: Date,
        wanted: &[Wanted<'_>],
        prices: &PriceList,
        path: &str,
    ) -> Result<Vec<Posting>, Vec<Finding>> {
        let mut next = self.clone();
        let mut findings = check::line_names(wanted.iter().map(|line| line.line), path);
        let mut postings = Vec::new();
        for (index, line) in wanted.iter().enumerate() {
            let place = format!("{path}[{index}]");
            match next.change_line(day, line, prices, &place) {
                Ok(posted) => postings.extend(posted),
                Err(found) => findings.extend(found),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        *self = next;
        Ok(postings)
    }

    /// 终止: `day` is the last day of service. On the last day of the year nothing is left over.
    pub fn end(&mut self, day: Date, policy: TerminationPolicy) -> Result<(Vec<Posting>, Vec<Spare>), Vec<Finding>> {
        let lines = std::mem::take(&mut self.lines);
        let first = day.tomorrow().map_err(|_| out_of_range("terminated_on"))?;
        let days = self.year.remaining_days(first);
        if days == 0 {
            return Ok((Vec::new(), Vec::new()));
        }
        let timed = lines.iter().filter(|line| line.lots.iter().any(|lot| lot.price.basis.is_annual()));
        match policy {
            TerminationPolicy::NoRefundReallocate => {
                Ok((Vec::new(), timed.map(|line| line.spare(self.year.to)).collect()))
            }
            TerminationPolicy::Prorate => {
                let mut refunds = Vec::new();
                for line in timed {
                    let refunded = self.refund(line, day, first, days).map_err(|_| out_of_range("terminated_on"))?;
                    refunds.extend(refunded);
                }
                Ok((refunds, Vec::new()))
            }
        }
    }

    /// The year of this account.
    pub fn year(&self) -> Year {
        self.year
    }

    /// Annual value of all lines in service at their locked prices.
    pub fn annual(&self) -> Result<Fen, MoneyError> {
        self.lines.iter().try_fold(Fen::ZERO, |sum, line| sum.plus(annual(&line.lots)?))
    }

    /// The lines in service: name, product, quantity.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.lines.iter().map(|line| (line.name.as_str(), line.sku(), line.quantity()))
    }

    /// The lines in service that are charged by the year, each with its fee for a year at its locked prices.
    pub fn charged(&self) -> Result<Vec<ChargedLine>, MoneyError> {
        let line = |line: &Line| {
            let lots = timed(&line.lots);
            Ok(ChargedLine {
                line: line.name.clone(),
                sku: line.sku().to_owned(),
                quantity: lots.iter().map(|lot| lot.quantity).sum(),
                fen_per_year: annual(&lots)?,
            })
        };
        self.lines.iter().map(line).collect()
    }

    fn open_line(
        &mut self,
        day: Date,
        wanted: &Wanted<'_>,
        prices: &PriceList,
        place: &str,
    ) -> Result<Posting, Vec<Finding>> {
        let quantity = u64::try_from(wanted.quantity).ok().filter(|n| *n > 0);
        let quantity = quantity.ok_or_else(|| bad_quantity(place, "开通数量至少为 1", "at least 1 is opened"))?;
        let lot = lot_on(day, wanted.sku, quantity, prices, place)?;
        let fen = lot.amount().map_err(|_| out_of_range(&format!("{place}.quantity")))?;
        let mut line = Line::new(wanted.line, vec![lot.clone()]);
        line.charged = fen;
        let (kind, days, covers) = match lot.price.basis {
            BillingBasis::OneOff => (Kind::OneOff, 0, (day, day)),
            _ => (Kind::Annual, self.year.days(), (self.year.from, self.year.to)),
        };
        let formula = formula::whole(std::slice::from_ref(&lot), fen);
        let posting = line.posting(kind, fen, (day, days, covers), A11, formula, &[&lot]);
        self.lines.push(line);
        Ok(posting)
    }

    fn change_line(
        &mut self,
        day: Date,
        wanted: &Wanted<'_>,
        prices: &PriceList,
        place: &str,
    ) -> Result<Vec<Posting>, Vec<Finding>> {
        let quantity = u64::try_from(wanted.quantity)
            .map_err(|_| bad_quantity(place, "数量不能为负", "the quantity is negative"))?;
        let position = self.lines.iter().position(|line| line.name == wanted.line);
        let old = position.map_or_else(Vec::new, |at| self.lines[at].lots.clone());
        if position.is_none() && quantity == 0 {
            let zh = format!("没有行 {},不能减为 0", wanted.line);
            let en = format!("there is no line {} to remove", wanted.line);
            return Err(vec![Finding::error(format!("{place}.line"), "charge.line_unknown", zh, en).under(A10_6)]);
        }
        let new = next_lots(&old, day, wanted.sku, quantity, prices, place)?;
        let out = |_| out_of_range(&format!("{place}.quantity"));
        let mut line = Line {
            lots: new.clone(),
            ..position.map_or_else(|| Line::new(wanted.line, vec![]), |at| self.lines[at].clone())
        };
        let mut postings = self.post_change(day, &old, &line).map_err(out)?;
        line.charged =
            Fen::sum(postings.iter().map(|posting| posting.fen)).and_then(|sum| sum.plus(line.charged)).map_err(out)?;
        postings.extend(line.uncover(day, &old, self.year).map_err(out)?);
        match position {
            Some(at) if new.is_empty() => drop(self.lines.remove(at)),
            Some(at) => self.lines[at] = line,
            None => self.lines.push(line),
        }
        Ok(postings)
    }

    fn post_change(&self, day: Date, old: &[Lot], line: &Line) -> Result<Vec<Posting>, MoneyError> {
        let days = self.year.remaining_days(day);
        let mut postings = Vec::new();
        let (before, after) = (timed(old), timed(&line.lots));
        let used: Vec<&Lot> = old.iter().chain(&line.lots).collect();
        if !before.is_empty() || !after.is_empty() {
            let difference = annual(&after)?.minus(annual(&before)?)?;
            let fen = difference.share(days.unsigned_abs().into(), self.year.days().unsigned_abs().into())?;
            let kind = if difference < Fen::ZERO { Kind::Decrease } else { Kind::Increase };
            let formula = formula::difference(&after, &before, difference, (days, self.year.days()), fen);
            postings.push(line.after(old).posting(kind, fen, (day, days, (day, self.year.to)), A10_6, formula, &used));
        }
        let carried_out = newly_carried_out(old, &line.lots);
        if !carried_out.is_empty() || (before.is_empty() && after.is_empty()) {
            let fen = Fen::sum(carried_out.iter().map(Lot::amount).collect::<Result<Vec<_>, _>>()?)?;
            let formula = formula::whole(&carried_out, fen);
            postings.push(line.after(old).posting(Kind::OneOff, fen, (day, 0, (day, day)), A11, formula, &used));
        }
        Ok(postings)
    }

    /// What is given back of a line, and what of its benefits goes back with it: nobody is refunded what another paid.
    fn refund(&self, line: &Line, on: Date, first: Date, days: i32) -> Result<Vec<Posting>, MoneyError> {
        let lots = timed(&line.lots);
        let worth = annual(&lots)?.negated()?;
        let fen = worth.share(days.unsigned_abs().into(), self.year.days().unsigned_abs().into())?;
        let formula = formula::difference(&[], &lots, worth, (days, self.year.days()), fen);
        let used: Vec<&Lot> = line.lots.iter().collect();
        let refund = line.posting(Kind::Refund, fen, (on, days, (first, self.year.to)), A10_7, formula, &used);
        let mut ended = Line { lots: Vec::new(), charged: line.charged.plus(fen)?, ..line.clone() };
        let mut postings = vec![refund];
        for mut returned in ended.uncover(first, &line.lots, self.year)? {
            returned.on = on;
            postings.push(returned);
        }
        Ok(postings)
    }
}

impl Line {
    fn new(name: &str, lots: Vec<Lot>) -> Self {
        Self { name: name.to_owned(), lots, covers: Vec::new(), charged: Fen::ZERO, given: Fen::ZERO }
    }

    fn sku(&self) -> &str {
        self.lots.first().map_or("", |lot| &lot.price.sku)
    }

    fn quantity(&self) -> u64 {
        self.lots.iter().map(|lot| lot.quantity).sum()
    }

    /// The line as an entry names it: a removed line is named by what it was.
    fn after(&self, old: &[Lot]) -> Self {
        let gone = || old.iter().map(|lot| Lot { price: lot.price.clone(), quantity: 0 }).collect();
        Self { lots: if self.lots.is_empty() { gone() } else { self.lots.clone() }, ..self.clone() }
    }

    fn spare(&self, until: Date) -> Spare {
        Spare { line: self.name.clone(), sku: self.sku().to_owned(), quantity: self.quantity(), until }
    }

    fn posting(
        &self,
        kind: Kind,
        fen: Fen,
        time: (Date, i32, (Date, Date)),
        clause: Clause,
        formula: String,
        used: &[&Lot],
    ) -> Posting {
        let (on, days, covers) = time;
        let mut versions: Vec<String> = used.iter().map(|lot| lot.price.version.clone()).collect();
        versions.sort();
        versions.dedup();
        let (sku, quantity) = (self.sku().to_owned(), self.quantity());
        let (line, allocation) = (self.name.clone(), None);
        Posting { on, line, kind, fen, days, clause, formula, sku, quantity, versions, covers, allocation }
    }
}

fn bad_quantity(place: &str, zh: &str, en: &str) -> Vec<Finding> {
    vec![Finding::error(format!("{place}.quantity"), "charge.quantity", zh, en).under(A11)]
}

pub(super) fn out_of_range(path: &str) -> Vec<Finding> {
    vec![Finding::error(path, "charge.out_of_range", "金额超出可表示范围", "the amount is out of range")]
}
