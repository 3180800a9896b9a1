//! 涉密标志: the marks by which a secret paper is known — 「机密★10年」, 「密级:秘密」, a line that says 绝密 only.
//!
//! The bare word proves nothing: every form here says 「不涉及国家秘密」. Refused is what *bears* a mark.

/// 密级, the highest first.
const LEVELS: [&str; 3] = ["绝密", "机密", "秘密"];
/// The star between level and term (国家秘密标志), and what stands in for it.
const STARS: [char; 2] = ['★', '☆'];
/// Most characters of one line that are looked at; longer ones are no heading.
const LINE_CHARACTERS: usize = 20_000;

/// The mark a text bears, line by line. Spaces within a line do not hide one.
pub fn in_text(text: &str) -> Option<&'static str> {
    text.lines().find_map(|line| {
        let tight: String =
            line.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).take(LINE_CHARACTERS).collect();
        starred(&tight).or_else(|| labelled(&tight)).or_else(|| alone(&tight))
    })
}

/// The mark in text whose lines are not known (a PDF's): only forms that need no line.
pub fn in_run(text: &str) -> Option<&'static str> {
    starred(text).or_else(|| labelled(text))
}

/// The mark a file name bears. A name is a heading: here the bare 绝密 or 机密 counts, unless it is a piece of
/// another word (密码机密钥) or denied (非机密).
pub fn in_name(name: &str) -> Option<&'static str> {
    starred(name).or_else(|| labelled(name)).or_else(|| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        if let Some(mark) = stem.split(|c: char| !c.is_alphanumeric()).find_map(alone) {
            return Some(mark);
        }
        LEVELS[..2].iter().copied().find(|level| stem.match_indices(level).any(|(at, _)| is_word(stem, at, level)))
    })
}

/// The same for names in archives made by a Chinese Windows, whose bytes are GBK.
pub fn in_gbk_name(raw: &[u8]) -> Option<&'static str> {
    if std::str::from_utf8(raw).is_ok() {
        return None; // the reader has shown it to `in_name` already
    }
    let marks: [(&[u8], &str); 3] =
        [(b"\xbe\xf8\xc3\xdc", "绝密"), (b"\xbb\xfa\xc3\xdc\xa1\xef", "机密"), (b"\xc3\xd8\xc3\xdc\xa1\xef", "秘密")];
    marks.iter().find(|(mark, _)| raw.windows(mark.len()).any(|part| part == *mark)).map(|(_, level)| *level)
}

/// 「机密★」 anywhere.
fn starred(text: &str) -> Option<&'static str> {
    LEVELS
        .into_iter()
        .find(|level| text.match_indices(level).any(|(at, _)| text[at + level.len()..].starts_with(STARS)))
}

/// 「密级:机密」 anywhere.
fn labelled(text: &str) -> Option<&'static str> {
    text.match_indices("密级").find_map(|(at, label)| {
        let rest =
            text[at + label.len()..].trim_start_matches([':', '\u{ff1a}', '为', '【', '[', '(', '\u{ff08}', ' ']);
        LEVELS.into_iter().find(|level| rest.starts_with(level))
    })
}

/// A line that says nothing else.
fn alone(line: &str) -> Option<&'static str> {
    let bare = line.trim_matches(|c: char| !c.is_alphanumeric());
    LEVELS.into_iter().find(|level| bare == *level || bare.strip_prefix(level) == Some("级"))
}

fn is_word(text: &str, at: usize, level: &str) -> bool {
    let (before, after) = (text[..at].chars().next_back(), text[at + level.len()..].chars().next());
    !matches!(before, Some('非' | '无' | '算' | '密' | '码' | '及' | '涉')) && !matches!(after, Some('钥' | '码'))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}')
}
