//! 人民币大写 of an amount, by 支付结算办法 附一《正确填写票据和结算凭证的基本规定》.
//!
//! 到元、到角为止 end in 整, 到分 does not. A run of zeros is read once; within the yuan part a section of
//! ten thousand that begins with zeros is introduced by one 零.

use crate::money::Fen;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
/// 万亿 and beyond are read 万 and 亿 again; i64 fen reaches 9.2 × 10¹⁶ yuan, five sections.
const SECTIONS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// `1409.50` → 壹仟肆佰零玖元伍角整. Negative amounts begin with 负. Zero is 零元整.
pub fn capital_amount(amount: Fen) -> String {
    let magnitude = amount.0.unsigned_abs();
    let (yuan, jiao, fen) = (magnitude / 100, (magnitude / 10 % 10) as usize, (magnitude % 10) as usize);
    let mut text = String::new();
    if amount.0 < 0 {
        text.push('负');
    }
    if yuan > 0 || magnitude == 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    if jiao > 0 {
        text.push_str(DIGITS[jiao]);
        text.push('角');
    } else if fen > 0 && yuan > 0 {
        text.push('零');
    }
    if fen > 0 {
        text.push_str(DIGITS[fen]);
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

fn whole(yuan: u64) -> String {
    if yuan == 0 {
        return "零".to_owned();
    }
    let mut text = String::new();
    let mut gap = false;
    for place in (0..SECTIONS.len()).rev() {
        let value = (yuan / 10_000u64.pow(u32::try_from(place).expect("at most 4"))) % 10_000;
        if value == 0 {
            gap = !text.is_empty();
            continue;
        }
        if !text.is_empty() && (gap || value < 1000) {
            text.push('零');
        }
        text.push_str(&section(value));
        text.push_str(SECTIONS[place]);
        gap = false;
    }
    text
}

/// 1–9999 within one section; inner zeros are read once, trailing ones not at all.
fn section(value: u64) -> String {
    let mut text = String::new();
    let mut gap = false;
    for place in (0..PLACES.len()).rev() {
        let digit = (value / 10u64.pow(u32::try_from(place).expect("at most 3")) % 10) as usize;
        if digit == 0 {
            gap = !text.is_empty();
            continue;
        }
        if gap {
            text.push('零');
        }
        text.push_str(DIGITS[digit]);
        text.push_str(PLACES[place]);
        gap = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_payment_rules_write_them() {
        for (fen, words) in [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (55, "伍角伍分"),
            (100, "壹元整"),
            (105, "壹元零伍分"),
            (1_000, "壹拾元整"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (10_000_000, "壹拾万元整"),
            (10_000_001, "壹拾万元零壹分"),
            (10_050_000, "壹拾万零伍佰元整"),
            (2_050_000_000, "贰仟零伍拾万元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_100, "壹亿零壹元整"),
            (10_100_000_000, "壹亿零壹佰万元整"),
            (1_000_000_000_000, "壹佰亿元整"),
            (100_000_000_000_000, "壹万亿元整"),
            (100_000_100, "壹佰万零壹元整"),
            (-5, "负伍分"),
            (-384_000, "负叁仟捌佰肆拾元整"),
        ] {
            assert_eq!(capital_amount(Fen(fen)), words, "{fen} fen");
        }
    }

    #[test]
    fn the_greatest_and_the_least_amount_can_be_written() {
        assert!(capital_amount(Fen::MAX).ends_with("零柒分"));
        assert!(capital_amount(Fen(i64::MIN)).starts_with('负'));
    }
}
