//! 金额: whole fen, checked arithmetic, and the one rounding rule of the house.
//!
//! 第十一条 asks for a sum of prices and says nothing of rounding; we decide: multiply before
//! dividing, round half up (away from zero) to a fen, once per line. No floating point anywhere.

/// 分, one hundredth of a 元. May be negative only where a movement of money is (refund, decrease).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = i64)]
pub struct Fen(pub i64);

/// 金额计算失败: the true result cannot be written in 64 bits, or there is no divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("金额超出可表示范围 (the amount is out of range)")]
    Overflow,
    #[error("除数为零 (division by zero)")]
    DivisionByZero,
}

impl Fen {
    /// 零.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be written.
    pub const MAX: Self = Self(i64::MAX);

    /// Whole 元 as fen; for constants and tests.
    pub const fn yuan(yuan: i64) -> Self {
        Self(yuan * 100)
    }

    /// Sum; refuses overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// Difference; may be negative; refuses overflow.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// Opposite sign; refuses the one value that has none.
    pub fn negated(self) -> Result<Self, MoneyError> {
        self.0.checked_neg().map(Self).ok_or(MoneyError::Overflow)
    }

    /// Unit price × quantity; refuses overflow.
    pub fn times(self, quantity: u64) -> Result<Self, MoneyError> {
        i64::try_from(quantity).ok().and_then(|n| self.0.checked_mul(n)).map(Self).ok_or(MoneyError::Overflow)
    }

    /// `self × numerator ÷ denominator`, rounded half up to a fen, magnitudes first.
    ///
    /// The product is taken in 128 bits before dividing, so nothing is lost on the way; a negative
    /// amount rounds like its positive twin (half away from zero), so that what is taken back equals
    /// what was charged.
    pub fn share(self, numerator: u64, denominator: u64) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::DivisionByZero);
        }
        let product = u128::from(self.0.unsigned_abs()) * u128::from(numerator);
        // floor(x + 1/2) = floor((2·product + d) / 2d); with whole numbers (product + d/2) / d is the
        // same for odd d too, because the remainder of an odd divisor is never exactly one half.
        let halved = product.checked_add(u128::from(denominator / 2)).ok_or(MoneyError::Overflow)?;
        let magnitude = halved / u128::from(denominator);
        let magnitude = i64::try_from(magnitude).map_err(|_| MoneyError::Overflow)?;
        Ok(Self(if self.0 < 0 { -magnitude } else { magnitude }))
    }

    /// Sum of many; refuses overflow.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl std::fmt::Display for Fen {
    /// 元 with two decimals and thousands separators: `1,234,567.89`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let yuan = (magnitude / 100).to_string();
        let mut grouped = String::with_capacity(yuan.len() + yuan.len() / 3 + 4);
        for (position, digit) in yuan.chars().enumerate() {
            if position > 0 && (yuan.len() - position).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{grouped}.{:02}", magnitude % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up_once_and_symmetrically() {
        for (whole, numerator, denominator, expected) in [
            (5, 1, 10, 1),
            (4, 1, 10, 0),
            (-5, 1, 10, -1),
            (-4, 1, 10, 0),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (384_000, 184, 365, 193_578),
            (7, 1, 1, 7),
        ] {
            assert_eq!(
                Fen(whole).share(numerator, denominator),
                Ok(Fen(expected)),
                "{whole} × {numerator} ÷ {denominator}"
            );
        }
    }

    #[test]
    fn a_share_multiplies_in_128_bits_and_refuses_what_does_not_fit() {
        assert_eq!(Fen::MAX.share(365, 365), Ok(Fen::MAX));
        assert_eq!(Fen::MAX.share(366, 365), Err(MoneyError::Overflow));
        assert_eq!(Fen(i64::MIN).share(1, 2), Ok(Fen(i64::MIN / 2)));
        assert_eq!(Fen(1).share(1, 0), Err(MoneyError::DivisionByZero));
    }

    #[test]
    fn sums_and_products_refuse_overflow() {
        assert_eq!(Fen::MAX.plus(Fen(1)), Err(MoneyError::Overflow));
        assert_eq!(Fen(i64::MIN).minus(Fen(1)), Err(MoneyError::Overflow));
        assert_eq!(Fen(i64::MIN).negated(), Err(MoneyError::Overflow));
        assert_eq!(Fen(2).times(u64::MAX), Err(MoneyError::Overflow));
        assert_eq!(Fen::sum([Fen(1), Fen(2), Fen(-4)]), Ok(Fen(-1)));
    }

    #[test]
    fn an_amount_is_shown_in_yuan_with_thousands() {
        for (fen, shown) in [
            (0, "0.00"),
            (5, "0.05"),
            (-5, "-0.05"),
            (100_000, "1,000.00"),
            (123_456_789, "1,234,567.89"),
            (-99_999, "-999.99"),
        ] {
            assert_eq!(Fen(fen).to_string(), shown);
        }
    }
}
