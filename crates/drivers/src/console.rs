//! 控制台 text as a page can show it.

use crate::ConsoleText;

/// Longest piece that is handed out at once.
pub(crate) const BYTES_MAX: u64 = 64 << 10;

/// The piece of a whole log from byte `from`, or from the start where the log was rotated and is shorter now.
pub(crate) fn piece(log: &[u8], from: u64) -> ConsoleText {
    let length = log.len() as u64;
    let from = if from > length { 0 } else { from };
    let next = length.min(from + BYTES_MAX);
    let bytes = usize::try_from(from).ok().zip(usize::try_from(next).ok()).and_then(|(from, next)| log.get(from..next));
    ConsoleText { text: plain(bytes.unwrap_or_default()), next }
}

/// Console bytes as text a page can show: no escape sequences, no control characters.
pub(crate) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                if chars.next_if_eq(&'[').is_some() {
                    while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
                } else {
                    chars.next();
                }
            }
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{piece, plain};

    #[test]
    fn a_console_is_shown_without_its_escape_sequences() {
        assert_eq!(plain(b"\x1bc\x1b[?7l\x1b[2JLIYUN-UP\r\nok\x07"), "LIYUN-UP\nok");
    }

    #[test]
    fn a_log_is_read_on_and_from_the_start_where_it_is_shorter_now() {
        assert_eq!((piece(b"abcdef", 4).text.as_str(), piece(b"abcdef", 4).next), ("ef", 6));
        assert_eq!((piece(b"abc", 6).text.as_str(), piece(b"abc", 6).next), ("abc", 3));
    }
}
