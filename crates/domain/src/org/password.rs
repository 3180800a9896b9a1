//! 口令规则 (E2): what a password must be. Hashing and the history are `app::session`'s.

use crate::calendar::Date;
use crate::finding::Finding;
use crate::limits::Limits;

/// What the rule compares a password with.
#[derive(Clone, Copy, Debug)]
pub struct PasswordContext<'a> {
    pub username: &'a str,
    /// The person's name; a password made of it is refused too.
    pub person_name: &'a str,
    pub limits: &'a Limits,
}

/// Words that guessers try first, without the digits and signs people hang on them.
const WEAK_WORDS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "test",
    "demo",
    "welcome",
    "letmein",
    "login",
    "master",
    "secret",
    "qwerty",
    "qwertyuiop",
    "qwert",
    "qwer",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "zxcv",
    "zxcvbn",
    "zxcvbnm",
    "qaz",
    "qazwsx",
    "qazwsxedc",
    "wsx",
    "abc",
    "abcd",
    "abcdef",
    "abcdefg",
    "iloveyou",
    "woaini",
    "woaiwojia",
    "dragon",
    "monkey",
    "sunshine",
    "princess",
    "football",
    "shadow",
    "superman",
    "changeme",
    "default",
    "system",
    "oracle",
    "mysql",
    "postgres",
    "huawei",
    "guilin",
    "guangxi",
    "gl",
    "gx",
    "gov",
    "govcloud",
    "zhengwu",
    "zhengwuyun",
    "liyun",
    "lijiang",
    "xinxi",
    "xinxizhongxin",
    "gongxinju",
    "caizhengju",
    "zhongguo",
    "china",
    "beijing",
    "mima",
    "guanliyuan",
    "yonghu",
];

/// Every fault of `candidate` under field `password`. Empty means it may be used.
pub fn check_password(candidate: &str, context: PasswordContext<'_>) -> Vec<Finding> {
    let limits = context.limits;
    let mut found = Vec::new();
    let mut fault = |code, zh: String, en: String| found.push(Finding::error("password", code, zh, en));
    let (min, max) = (limits.password_min_chars.value.0 as usize, limits.password_max_chars.value.0 as usize);
    let chars = candidate.chars().count();
    if chars < min {
        fault("password.too_short", format!("口令至少 {min} 位"), format!("at least {min} characters"));
    }
    if chars > max {
        fault("password.too_long", format!("口令最多 {max} 位"), format!("at most {max} characters"));
        return found;
    }
    let classes = limits.password_classes.value.0;
    if class_count(candidate) < classes {
        let zh = format!("口令须含大写、小写、数字、符号中的至少 {classes} 类");
        fault("password.classes", zh, format!("at least {classes} of upper case, lower case, digits, signs"));
    }
    let lower = candidate.to_lowercase();
    if contains_name(&lower, context.username) || contains_name(&lower, context.person_name) {
        let zh = "口令不得包含用户名或姓名(含倒写)".to_owned();
        fault("password.contains_name", zh, "must not contain the user name or the name".to_owned());
    }
    if is_weak(candidate) {
        let zh = "口令过于常见,请换一个".to_owned();
        fault("password.weak", zh, "too common a password".to_owned());
    }
    found
}

/// Whether a password set on `changed_on` must be changed on `today` (E2: every 90 days).
pub fn must_change_password(changed_on: Date, today: Date, limits: &Limits) -> bool {
    let age = changed_on.until(today).map_or(0, |span| span.get_days());
    age > i32::from(limits.password_max_age.value.0)
}

fn class_count(candidate: &str) -> u32 {
    let has = |test: fn(char) -> bool| u32::from(candidate.chars().any(test));
    let sign = |c: char| !c.is_alphanumeric() && !c.is_control();
    has(char::is_uppercase) + has(char::is_lowercase) + has(|c| c.is_ascii_digit()) + has(sign)
}

/// A name shorter than three letters would forbid too much (a user `li` and `Brilliant…`); two Chinese
/// characters are a full name and count.
fn contains_name(lower: &str, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let needed = if name.is_ascii() { 3 } else { 2 };
    if name.chars().count() < needed {
        return false;
    }
    let reversed: String = name.chars().rev().collect();
    lower.contains(&name) || lower.contains(&reversed)
}

/// A known word dressed up with digits and signs, one repeated character, or a plain row of characters.
pub fn is_weak(candidate: &str) -> bool {
    let plain = undress(candidate);
    // What is left of the letters once digits and signs around and between them are taken away.
    let letters: String = plain.chars().filter(char::is_ascii_alphabetic).collect();
    let raw_letters: String = candidate.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let word = |text: &str| WEAK_WORDS.contains(&text) || WEAK_WORDS.iter().any(|w| is_repeated(text, w));
    word(&letters) || word(&raw_letters) || few_different(candidate) || mostly_a_row(candidate)
}

/// Undoes the usual substitutions, so that `P@ssw0rd` reads as the word it is.
fn undress(candidate: &str) -> String {
    let swap = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    let lower = candidate.to_lowercase();
    let core = lower.trim_matches(|c: char| !c.is_alphabetic() && !matches!(c, '@' | '$'));
    core.trim_end_matches(|c: char| !c.is_alphabetic()).chars().map(swap).collect()
}

fn is_repeated(text: &str, word: &str) -> bool {
    word.len() >= 3
        && text.len() > word.len()
        && text.len().is_multiple_of(word.len())
        && text.as_bytes().chunks(word.len()).all(|c| c == word.as_bytes())
}

fn few_different(candidate: &str) -> bool {
    let mut seen: Vec<char> = candidate.to_lowercase().chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 5
}

/// True where two thirds of the neighbours follow each other (`12345678`, `abcdefgh`, `98765432`).
fn mostly_a_row(candidate: &str) -> bool {
    let codes: Vec<i64> = candidate.to_lowercase().chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| matches!(pair[1] - pair[0], -1..=1)).count();
    codes.len() > 4 && steps * 3 >= (codes.len() - 1) * 2
}
