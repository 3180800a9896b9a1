//! 标识与格式: credit codes, identity numbers, telephone numbers, host names, 文号 — checked by rule.
//!
//! Each check takes the text as written and answers yes or no; nothing is trimmed or corrected, so
//! that what is stored is what was typed. Lengths are bounded by the formats themselves.

use std::net::IpAddr;

/// GB 32100-2015: 0–9 and capitals without I O S V Z.
const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// GB 11714: 0–9 and A–Z, values 0–35.
const ORG_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECK: &[u8; 11] = b"10X98765432";
const HOST_NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=63;

/// 统一社会信用代码 (GB 32100): 18 characters, its own check character, and the organisation code
/// (GB 11714) within it. Capitals only.
pub fn is_credit_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[2..8].iter().all(u8::is_ascii_digit) {
        return false;
    }
    credit_check(&bytes[..17]) == Some(bytes[17]) && is_organisation_code(&bytes[8..17])
}

/// The 18th character that completes 17; `None` where one of them is not in the alphabet.
fn credit_check(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in body.iter().zip(CREDIT_WEIGHTS) {
        sum += u32::try_from(CREDIT_ALPHABET.iter().position(|known| known == byte)?).ok()? * weight;
    }
    // The outer remainder matters: a sum divisible by 31 gives 0, not 31.
    Some(CREDIT_ALPHABET[((31 - sum % 31) % 31) as usize])
}

/// The credit code of the organisation with this serial: registration department and category (two digits, e.g. `11`),
/// division (six digits), an organisation code of eight digits; both check characters are computed. For made-up
/// organisations: real codes are given by the registrar. `None` where a part is not of its length.
pub fn made_up_credit_code(category: &str, division: &str, serial: u32) -> Option<String> {
    let serial = format!("{serial:08}");
    if category.len() != 2 || division.len() != 6 || serial.len() != 8 {
        return None;
    }
    let sum: u32 = serial.bytes().zip(ORG_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let organisation = format!("{category}{division}{serial}{}", organisation_check(sum) as char);
    let check = credit_check(organisation.as_bytes())?;
    Some(format!("{organisation}{}", check as char))
}

/// The identity number that begins with these 17 digits. For made-up people. `None` where they are no 17 digits.
pub fn made_up_id_number(body: &str) -> Option<String> {
    (body.len() == 17 && digits(body)).then(|| format!("{body}{}", id_check(body.as_bytes()) as char))
}

fn id_check(body: &[u8]) -> u8 {
    let sum: u32 = body.iter().zip(ID_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    ID_CHECK[(sum % 11) as usize]
}

fn organisation_check(sum: u32) -> u8 {
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).expect("a remainder of 11 is below 10 here"),
    }
}

/// 组织机构代码 (GB 11714): eight characters and a check character, without the hyphen.
fn is_organisation_code(code: &[u8]) -> bool {
    let mut sum = 0;
    for (byte, weight) in code[..8].iter().zip(ORG_WEIGHTS) {
        let Some(value) = (*byte as char).to_digit(36).filter(|_| !byte.is_ascii_lowercase()) else { return false };
        sum += value * weight;
    }
    code[8] == organisation_check(sum)
}

/// 公民身份号码 (GB 11643): 18 characters, an existing day of birth from 1900 on, check character.
pub fn is_id_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<i16>().unwrap_or_default();
    let born = jiff::civil::Date::new(number(6..10), number(10..12) as i8, number(12..14) as i8);
    if born.is_err() || number(6..10) < 1900 || bytes[0] == b'0' {
        return false;
    }
    id_check(&bytes[..17]) == bytes[17]
}

/// 手机号码: `1[3-9]` and nine digits.
pub fn is_mobile(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11 && digits(text) && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

/// 座机: an area code of the city, an optional hyphen, seven or eight digits; `0773-2812345`.
pub fn is_landline(text: &str, area_code: &str) -> bool {
    let Some(rest) = text.strip_prefix(area_code) else { return false };
    let number = rest.strip_prefix('-').unwrap_or(rest);
    matches!(number.len(), 7 | 8) && digits(number)
}

/// 邮政编码: six digits that begin with the region's, e.g. `541`.
pub fn is_postcode(text: &str, prefix: &str) -> bool {
    text.len() == 6 && digits(text) && text.starts_with(prefix)
}

/// 主机名称: 2–63 of `a-z 0-9 -`; a hyphen neither first nor last (RFC 1123), so that it can be a DNS label.
pub fn is_host_name(text: &str) -> bool {
    HOST_NAME_CHARS.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// 域名: at least two labels of RFC 1123 with a last one that is not a number; lower case, no final dot.
pub fn is_domain_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && text.rsplit('.').next().is_some_and(|last| last.bytes().any(|b| b.is_ascii_lowercase()))
}

/// 电子邮箱, as far as a form need check: one `@`, an unquoted local part, a domain name.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b);
    (1..=64).contains(&local.len())
        && local.bytes().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && is_domain_name(&domain.to_ascii_lowercase())
}

/// 来源地址: an IPv4 or IPv6 address, or a network whose host bits are zero, e.g. `10.8.0.0/16`.
/// A network with host bits set is refused: it is a slip of the pen, and either reading could be meant.
pub fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return text.parse::<IpAddr>().is_ok() };
    let (Ok(address), true) =
        (address.parse::<IpAddr>(), digits(prefix) && (prefix == "0" || !prefix.starts_with('0')))
    else {
        return false;
    };
    let Ok(prefix) = prefix.parse::<u32>() else { return false };
    match address {
        IpAddr::V4(v4) => prefix <= 32 && u32::MAX.checked_shr(prefix).unwrap_or(0) & v4.to_bits() == 0,
        IpAddr::V6(v6) => prefix <= 128 && u128::MAX.checked_shr(prefix).unwrap_or(0) & v6.to_bits() == 0,
    }
}

/// 对互联网开放: true of a network wider than any office's own — beyond an IPv4 /8, or an IPv6 /7 such as
/// `fc00::/7`. So neither `0.0.0.0/0` nor `::/0` nor a half of either passes for an office.
pub fn is_open_network(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let Ok(prefix) = prefix.parse::<u32>() else { return false };
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => prefix < 8,
        Ok(IpAddr::V6(_)) => prefix < 7,
        Err(_) => false,
    }
}

/// 文号: 2–12 Chinese characters, 〔year〕, a number without leading zero, 号: `市工信函〔2025〕12号`.
pub fn is_document_number(text: &str) -> bool {
    let Some((office, rest)) = text.split_once('〔') else { return false };
    let Some((year, serial)) = rest.split_once('〕') else { return false };
    let Some(serial) = serial.strip_suffix('号') else { return false };
    (2..=12).contains(&office.chars().count())
        && office.chars().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c))
        && year.len() == 4
        && digits(year)
        && (year.starts_with("19") || year.starts_with("20"))
        && (1..=5).contains(&serial.len())
        && digits(serial)
        && !serial.starts_with('0')
}

/// 文号 from its parts; the caller vouches for the office's 代字.
pub fn document_number(office: &str, year: i16, serial: u32) -> String {
    format!("{office}〔{year}〕{serial}号")
}

/// 身份证号脱敏: the first three and the last four characters stay.
pub fn mask_id_number(text: &str) -> String {
    mask(text, 3, 4)
}

/// 手机号脱敏: the first three and the last four digits stay.
pub fn mask_mobile(text: &str) -> String {
    mask(text, 3, 4)
}

fn mask(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= head + tail {
        return "*".repeat(chars.len());
    }
    let hidden = chars.len() - head - tail;
    chars[..head]
        .iter()
        .copied()
        .chain(std::iter::repeat_n('*', hidden))
        .chain(chars[head + hidden..].iter().copied())
        .collect()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
