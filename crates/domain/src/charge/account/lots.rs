//! 锁价批: a quantity with the price of the day it was added. A line is a stack of them.

use crate::calendar::Date;
use crate::clause::A11;
use crate::finding::Finding;
use crate::money::{Fen, MoneyError};
use crate::price::{PriceLine, PriceList};

/// A quantity and the price it is locked at. Lots of a line stand in the order they were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lot {
    pub price: PriceLine,
    pub quantity: u64,
}

impl Lot {
    /// Worth of a year, or of carrying it out once.
    pub fn amount(&self) -> Result<Fen, MoneyError> {
        self.price.fen_per_year.times(self.quantity)
    }
}

/// The lots of a line after a change: kept ones keep their price, added ones take the day's (D7),
/// reduced ones leave last in, first out (D8), another product replaces all (D9).
pub(super) fn next_lots(
    old: &[Lot],
    day: Date,
    sku: Option<&str>,
    quantity: u64,
    prices: &PriceList,
    place: &str,
) -> Result<Vec<Lot>, Vec<Finding>> {
    if quantity == 0 {
        return Ok(Vec::new());
    }
    let same = old.first().is_some_and(|lot| Some(lot.price.sku.as_str()) == sku);
    if !same {
        return Ok(vec![lot_on(day, sku, quantity, prices, place)?]);
    }
    let present: u64 = old.iter().map(|lot| lot.quantity).sum();
    let mut lots = old.to_vec();
    if quantity > present {
        lots.push(lot_on(day, sku, quantity - present, prices, place)?);
        return Ok(lots);
    }
    let mut leaving = present - quantity;
    while leaving > 0 {
        let Some(last) = lots.last_mut() else { break };
        let taken = leaving.min(last.quantity);
        last.quantity -= taken;
        leaving -= taken;
        if last.quantity == 0 {
            lots.pop();
        }
    }
    Ok(lots)
}

pub(super) fn lot_on(
    day: Date,
    sku: Option<&str>,
    quantity: u64,
    prices: &PriceList,
    place: &str,
) -> Result<Lot, Vec<Finding>> {
    let path = format!("{place}.sku");
    let Some(sku) = sku else {
        return Err(vec![Finding::error(path, "charge.sku_missing", "未写明产品", "the product is missing")]);
    };
    let price = prices.on(sku, day).cloned().ok_or_else(|| {
        let (zh, en) = if prices.knows(sku) {
            (format!("{sku} 在 {day} 没有有效价格"), format!("{sku} has no price on {day}"))
        } else {
            (format!("价格表中没有 {sku}"), format!("{sku} is on no price list"))
        };
        vec![Finding::error(path, "charge.no_price", zh, en).under(A11)]
    })?;
    Ok(Lot { price, quantity })
}

/// One-off units a change adds; those carried out before stay carried out and are not given back.
pub(super) fn newly_carried_out(old: &[Lot], new: &[Lot]) -> Vec<Lot> {
    let kept =
        if old.first().map(|lot| &lot.price.sku) == new.first().map(|lot| &lot.price.sku) { old.len() } else { 0 };
    new.iter().skip(kept).filter(|lot| !lot.price.basis.is_annual()).cloned().collect()
}

pub(super) fn timed(lots: &[Lot]) -> Vec<Lot> {
    lots.iter().filter(|lot| lot.price.basis.is_annual()).cloned().collect()
}

pub(super) fn annual(lots: &[Lot]) -> Result<Fen, MoneyError> {
    lots.iter().filter(|lot| lot.price.basis.is_annual()).try_fold(Fen::ZERO, |sum, lot| sum.plus(lot.amount()?))
}
