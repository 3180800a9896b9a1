//! 包年计费: from price lines, opening, changes and end to entries that anyone can recompute.
//!
//! 《办法》第十条(五)至(七), 第十一条. Decisions the regulation leaves open are D1–D20 of
//! docs/decisions; the ones met here:
//! - the year runs from the opening to the day before its anniversary, N = 365 or 366 days (D4);
//! - a quantity keeps the price of the day it was added; what is reduced leaves last in, first out (D5, D7, D8);
//! - a change posts (new annual − old annual) × days left ÷ N, rounded half up to a fen once per line;
//! - what a decrease saves is the treasury's and is kept apart, never set against another line (D8);
//! - an early end refunds nothing and offers the rest to others, unless `prorate` is agreed (D10);
//! - whom the rest is given to pays nothing for it up to its last day: 调配受益, an entry of its own (D10);
//! - one-off products are owed in full when carried out and never by days (D20).
//!
//! Pure: one subscription, one year. The same code answers `liyun charge compute` and posts real
//! charges (`app::charge`). Not here: what a product is (`catalog`), which office pays.

use crate::finding::Finding;

mod account;
mod answer;
mod check;
mod input;
mod ledger;
mod sharing;

pub use account::{Account, ChargedLine, Covered, Kind, Posting, Spare, Wanted};
pub use answer::{Accrual, Answer, Entry, Period, Share};
pub use input::{
    Benefit, Change, Input, LineChange, OpeningLine, Part, PriceInput, Sharing, Subscription, TerminationPolicy,
};
pub use ledger::{LedgerAccount, Movement};

/// Reads an auditor's file and answers it; refuses with the offending JSON paths.
pub fn compute(json: &str) -> Result<Answer, Vec<Finding>> {
    settle(&Input::read(json)?)
}

/// Answers an input already read.
pub fn settle(input: &Input) -> Result<Answer, Vec<Finding>> {
    answer(&run(input)?, input)
}

/// Sums up what a run of this input gave.
pub fn answer(run: &Run, input: &Input) -> Result<Answer, Vec<Finding>> {
    Answer::of(run, input.sharing.as_ref())
}

/// 一年的账: every posting of one subscription, in the order it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub account: Account,
    pub postings: Vec<Posting>,
    /// 调配池: what an early end leaves to others.
    pub pool: Vec<Spare>,
}

/// Carries out opening, changes in the order of their days, and the end.
///
/// Changes of one day follow each other as listed; a file may list days in any order.
pub fn run(input: &Input) -> Result<Run, Vec<Finding>> {
    let prices = check::input(input)?;
    let wanted: Vec<Wanted<'_>> = input.subscription.lines.iter().map(Wanted::from).collect();
    let opened = Account::open(input.subscription.opened_on, &wanted, &prices, "subscription.lines");
    let (mut account, mut postings) = opened?;
    check::days(input, &account)?;
    let given = input.subscription.benefits.as_deref().unwrap_or_default();
    postings.extend(account.benefit(input.subscription.opened_on, given, "subscription.benefits")?);
    let changes = input.changes();
    let mut order: Vec<usize> = (0..changes.len()).collect();
    order.sort_by_key(|index| changes[*index].effective_on);
    for index in order {
        let change = &changes[index];
        let wanted: Vec<Wanted<'_>> = change.lines.iter().map(Wanted::from).collect();
        postings.extend(account.change(change.effective_on, &wanted, &prices, &format!("changes[{index}].lines"))?);
        let given = change.benefits.as_deref().unwrap_or_default();
        postings.extend(account.benefit(change.effective_on, given, &format!("changes[{index}].benefits"))?);
    }
    let mut pool = Vec::new();
    if let Some(day) = input.terminated_on {
        let (refunds, spare) = account.end(day, input.policy())?;
        postings.extend(refunds);
        pool = spare;
    }
    Ok(Run { account, postings, pool })
}

#[cfg(test)]
mod tests;
