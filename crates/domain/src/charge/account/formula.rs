//! 公式: the arithmetic of an entry, written out in 元 so that a clerk can follow it with a calculator.

use super::Lot;
use crate::money::Fen;

/// `A 3,840.00×2 = 7,680.00`
pub(super) fn whole(lots: &[Lot], fen: Fen) -> String {
    format!("{} = {fen}", sum(lots))
}

/// `(B 7,680.00×1 − A 3,840.00×1) × 184 ÷ 365 = 1,935.78(四舍五入到分)`
pub(super) fn difference(after: &[Lot], before: &[Lot], whole: Fen, days: (i32, i32), fen: Fen) -> String {
    let (left, of) = days;
    let exact = i128::from(whole.0) * i128::from(left) % i128::from(of) == 0;
    let rounded = if exact { "" } else { "(四舍五入到分)" };
    let before = if before.len() > 1 { format!("({})", sum(before)) } else { sum(before) };
    format!("({} − {before}) × {left} ÷ {of} = {fen}{rounded}", sum(after))
}

/// `−A 3,840.00×1 × 184 ÷ 365 = -1,935.78(四舍五入到分)`. `fen` differs from the `share` of the lots where the line was
/// not charged that much.
pub(super) fn cover(lots: &[Lot], days: (i32, i32), share: Fen, fen: Fen) -> String {
    let (left, of) = days;
    let (open, close) = if lots.len() > 1 { ("(", ")") } else { ("", "") };
    let sign = if fen < Fen::ZERO { "−" } else { "" };
    let worth: i128 = lots.iter().map(|lot| i128::from(lot.price.fen_per_year.0) * i128::from(lot.quantity)).sum();
    let note = if share != fen {
        "(不超过该行已计费用)"
    } else if worth * i128::from(left) % i128::from(of) == 0 {
        ""
    } else {
        "(四舍五入到分)"
    };
    format!("{sign}{open}{}{close} × {left} ÷ {of} = {fen}{note}", sum(lots))
}

fn sum(lots: &[Lot]) -> String {
    if lots.is_empty() {
        return "0.00".to_owned();
    }
    let terms = lots.iter().map(|lot| format!("{} {}×{}", lot.price.sku, lot.price.fen_per_year, lot.quantity));
    terms.collect::<Vec<_>>().join(" + ")
}
