//! PDF: as much of its text as can be had without setting it: plain strings, and strings of each page read
//! with each of the file's own character maps. A scan has no text, and a mark in a picture is not found.

use std::collections::HashMap;
use std::io::Read;

use super::{Rejection, marking};

/// Most that one stream may unpack to, and all together.
const STREAM_BYTES: u64 = 16 * 1024 * 1024;
const UNPACKED_BYTES: u64 = 96 * 1024 * 1024;
/// Pages kept for reading with the maps.
const STRING_BYTES: usize = 16 * 1024 * 1024;
/// Character maps of one file.
const MAPS: usize = 64;
/// Ways of giving maps to the fonts of a page that are tried.
const WAYS: usize = 256;
/// Dictionary looked back for before a stream.
const DICTIONARY_BYTES: usize = 4_096;

/// Refuses what is encrypted, what is no PDF to its end, and what bears a mark.
pub(super) fn inspect(bytes: &[u8]) -> Result<(), Rejection> {
    if find(bytes, b"/Encrypt").is_some() {
        return Err(Rejection::Encrypted);
    }
    if find(bytes, b"%%EOF").is_none() {
        return Err(Rejection::Damaged);
    }
    let found = plain_mark(bytes).or_else(|| {
        let streams = Streams::of(bytes);
        streams.plain.or_else(|| streams.read_with_maps())
    });
    found.map_or(Ok(()), |mark| Err(Rejection::Marking(mark.to_owned())))
}

/// What the streams hold.
#[derive(Default)]
struct Streams {
    plain: Option<&'static str>,
    maps: Vec<CharacterMap>,
    shown: Vec<Shown>,
}

impl Streams {
    fn of(bytes: &[u8]) -> Self {
        let mut streams = Self::default();
        let (mut at, mut left, mut kept) = (0, UNPACKED_BYTES, 0);
        while let Some(begin) = find(&bytes[at..], b"stream") {
            let begin = at + begin;
            let dictionary = dictionary_before(bytes, begin);
            let data = begin + 6 + line_break(&bytes[begin + 6..]);
            let end = find(&bytes[data..], b"endstream").map_or(bytes.len(), |end| data + end);
            at = (end + 9).min(bytes.len());
            let is_text = !contains(dictionary, b"/Image") && !contains(dictionary, b"/Length1");
            if !is_text || !contains(dictionary, b"FlateDecode") || left == 0 {
                continue;
            }
            let mut unpacked = Vec::new();
            let limit = STREAM_BYTES.min(left);
            // A broken stream gives what it gives: the reader's programs do the same.
            let _ = flate2::read::ZlibDecoder::new(&bytes[data..end]).take(limit).read_to_end(&mut unpacked);
            left -= unpacked.len() as u64;
            streams.take(&unpacked, &mut kept);
        }
        streams
    }

    fn take(&mut self, unpacked: &[u8], kept: &mut usize) {
        self.plain = self.plain.or_else(|| plain_mark(unpacked));
        if contains(unpacked, b"beginbfrange") || contains(unpacked, b"beginbfchar") {
            if self.maps.len() < MAPS {
                self.maps.push(character_map(&String::from_utf8_lossy(unpacked)));
            }
        } else if contains(unpacked, b"Tj") || contains(unpacked, b"TJ") {
            *kept += unpacked.len();
            if *kept <= STRING_BYTES {
                self.shown.push(shown(unpacked));
            }
        }
    }

    fn read_with_maps(&self) -> Option<&'static str> {
        if !self.maps.iter().any(|map| map.knows('密')) {
            return None;
        }
        self.shown.iter().find_map(|shown| shown.mark(&self.maps))
    }
}

/// Strings of one page, in order, each with the name of its font: heading and star often differ in it.
#[derive(Default)]
struct Shown(Vec<(Vec<u8>, Vec<u8>)>);

impl Shown {
    /// Reads the page with every map that fits each font. Which map is whose stands in objects that are not
    /// parsed here; a map that knows every code a font shows is taken for its own.
    fn mark(&self, maps: &[CharacterMap]) -> Option<&'static str> {
        let mut fonts: Vec<(&[u8], Vec<&CharacterMap>)> = Vec::new();
        for (font, _) in &self.0 {
            if fonts.iter().all(|(known, _)| known != font) {
                fonts.push((font, self.maps_of(font, maps)));
            }
        }
        let ways: usize = fonts.iter().map(|(_, fitting)| fitting.len().max(1)).product::<usize>().min(WAYS);
        (0..ways).find_map(|way| {
            let mut rest = way;
            let choice: HashMap<&[u8], Option<&CharacterMap>> = fonts
                .iter()
                .map(|(font, fitting)| {
                    let count = fitting.len().max(1);
                    let chosen = fitting.get(rest % count).copied();
                    rest /= count;
                    (*font, chosen)
                })
                .collect();
            marking::in_run(&self.text(&choice))
        })
    }

    fn maps_of<'m>(&self, font: &[u8], maps: &'m [CharacterMap]) -> Vec<&'m CharacterMap> {
        let of_font = || self.0.iter().filter(|(name, _)| name == font);
        maps.iter().filter(|map| map.writes_any() && of_font().all(|(_, codes)| map.fits(codes))).collect()
    }

    fn text(&self, choice: &HashMap<&[u8], Option<&CharacterMap>>) -> String {
        let mut text = String::new();
        for (font, codes) in &self.0 {
            match choice.get(font.as_slice()) {
                Some(Some(map)) => text.extend(map.characters(codes).map(|c| c.unwrap_or(' '))),
                _ => text.push(' '),
            }
        }
        text
    }
}

/// Codes of one or two bytes to characters.
struct CharacterMap {
    width: usize,
    codes: HashMap<u16, char>,
}

impl CharacterMap {
    fn knows(&self, character: char) -> bool {
        self.codes.values().any(|known| *known == character)
    }

    /// True where a mark could be written with it, in whole or in part.
    fn writes_any(&self) -> bool {
        "绝机秘密级★☆".chars().any(|character| self.knows(character))
    }

    fn fits(&self, codes: &[u8]) -> bool {
        codes.len().is_multiple_of(self.width) && self.characters(codes).all(|character| character.is_some())
    }

    fn characters(&self, codes: &[u8]) -> impl Iterator<Item = Option<char>> {
        codes.chunks_exact(self.width).map(|code| {
            let code = code.iter().fold(0_u16, |value, byte| value << 8 | u16::from(*byte));
            self.codes.get(&code).copied()
        })
    }
}

/// A mark in plain strings: UTF-8 (metadata), UTF-16 (titles, bookmarks), GBK (simple fonts), as bytes or hex.
fn plain_mark(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&str, &[u8]); 3] = [
        ("绝密", b"\xbe\xf8\xc3\xdc\xa1\xef"),
        ("机密", b"\xbb\xfa\xc3\xdc\xa1\xef"),
        ("秘密", b"\xc3\xd8\xc3\xdc\xa1\xef"),
    ];
    MARKS.iter().find_map(|(level, gbk)| {
        let text = format!("{level}★");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let (hex, capital) = (hex::encode(&wide), hex::encode_upper(&wide));
        let forms: [&[u8]; 5] = [text.as_bytes(), &wide, gbk, hex.as_bytes(), capital.as_bytes()];
        forms.iter().any(|form| contains(bytes, form)).then_some(*level)
    })
}

/// All strings of a page's stream, in order, without what stands between them.
fn shown(stream: &[u8]) -> Shown {
    let mut shown = Shown::default();
    let (mut name, mut font): (&[u8], Vec<u8>) = (b"", Vec::new());
    let mut at = 0;
    while at < stream.len() {
        let mut codes = Vec::new();
        match stream[at] {
            b'(' => at = literal(stream, at + 1, &mut codes),
            b'<' if stream.get(at + 1) == Some(&b'<') => at += 2, // a dictionary
            b'<' => at = hexadecimal(stream, at + 1, &mut codes),
            b'/' => {
                let length =
                    stream[at + 1..].iter().take_while(|b| !b.is_ascii_whitespace() && !b"/[]<>()".contains(b)).count();
                name = &stream[at + 1..at + 1 + length];
                at += 1 + length;
            }
            b'T' if stream.get(at + 1) == Some(&b'f') => {
                font = name.to_vec();
                at += 2;
            }
            _ => at += 1,
        }
        match shown.0.last_mut() {
            _ if codes.is_empty() => {}
            Some((last, begun)) if *last == font => begun.extend(codes),
            _ => shown.0.push((font.clone(), codes)),
        }
    }
    shown
}

fn hexadecimal(stream: &[u8], mut at: usize, shown: &mut Vec<u8>) -> usize {
    let mut high = None;
    while let Some(byte) = stream.get(at) {
        at += 1;
        let digit = match (*byte as char).to_digit(16) {
            Some(digit) => u8::try_from(digit).unwrap_or(0),
            None if *byte == b'>' => break,
            None => continue,
        };
        match high.take() {
            None => high = Some(digit << 4),
            Some(first) => shown.push(first | digit),
        }
    }
    shown.extend(high);
    at
}

fn literal(stream: &[u8], mut at: usize, shown: &mut Vec<u8>) -> usize {
    let mut open = 1;
    while let Some(byte) = stream.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                at = escaped(stream, at, shown);
                continue;
            }
            b'(' => open += 1,
            b')' => {
                open -= 1;
                if open == 0 {
                    break;
                }
            }
            _ => {}
        }
        shown.push(*byte);
    }
    at
}

fn escaped(stream: &[u8], at: usize, shown: &mut Vec<u8>) -> usize {
    let octal: Vec<u8> = stream[at..].iter().copied().take(3).take_while(|b| (b'0'..=b'7').contains(b)).collect();
    if octal.is_empty() {
        let byte = match stream.get(at) {
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(other) => *other,
            None => return at,
        };
        shown.push(byte);
        return at + 1;
    }
    let value = octal.iter().fold(0_u16, |value, digit| value * 8 + u16::from(digit - b'0'));
    shown.push(value.to_be_bytes()[1]);
    at + octal.len()
}

/// A ToUnicode map.
fn character_map(source: &str) -> CharacterMap {
    let mut map = CharacterMap { width: 2, codes: HashMap::new() };
    for block in blocks(source, "beginbfchar", "endbfchar") {
        for pair in tokens(block).chunks_exact(2) {
            if let (Some((code, width)), Some(target)) = (pair[0].code(), pair[1].character()) {
                map.width = width;
                map.codes.insert(code, target);
            }
        }
    }
    for block in blocks(source, "beginbfrange", "endbfrange") {
        for row in tokens(block).chunks_exact(3) {
            let (Some((first, width)), Some((last, _))) = (row[0].code(), row[1].code()) else { continue };
            map.width = width;
            for (offset, code) in (first..=last).enumerate() {
                let target = match &row[2] {
                    Token::One(_) => row[2]
                        .character()
                        .and_then(|c| char::from_u32(u32::from(c).checked_add(u32::try_from(offset).ok()?)?)),
                    Token::Many(list) => list.get(offset).and_then(|hex| Token::One(hex).character()),
                };
                map.codes.extend(target.map(|target| (code, target)));
            }
        }
    }
    map
}

fn blocks<'a>(source: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    source.split(begin).skip(1).filter_map(move |part| part.split_once(end).map(|(block, _)| block))
}

/// `<0041>` or `[<0041> <0042>]`.
enum Token<'a> {
    One(&'a str),
    Many(Vec<&'a str>),
}

impl Token<'_> {
    /// The code and its bytes.
    fn code(&self) -> Option<(u16, usize)> {
        match self {
            Self::One(hex) if hex.len() == 2 || hex.len() == 4 => {
                Some((u16::from_str_radix(hex, 16).ok()?, hex.len() / 2))
            }
            _ => None,
        }
    }

    fn character(&self) -> Option<char> {
        match self {
            Self::One(hex) => char::from_u32(u32::from_str_radix(hex.get(..4)?, 16).ok()?),
            Self::Many(_) => None,
        }
    }
}

fn tokens(block: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut list: Option<Vec<&str>> = None;
    let mut rest = block;
    while let Some(at) = rest.find(['<', '[', ']']) {
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'[' => list = Some(Vec::new()),
            b']' => found.extend(list.take().map(Token::Many)),
            _ => {
                let Some((hex, after)) = rest.split_once('>') else { break };
                match &mut list {
                    Some(list) => list.push(hex.trim()),
                    None => found.push(Token::One(hex.trim())),
                }
                rest = after;
            }
        }
    }
    found
}

fn dictionary_before(bytes: &[u8], begin: usize) -> &[u8] {
    let window = &bytes[begin.saturating_sub(DICTIONARY_BYTES)..begin];
    let from = window.windows(4).rposition(|four| four == b" obj").unwrap_or(0);
    &window[from..]
}

fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    find(bytes, wanted).is_some()
}

/// First place of `wanted`, skipping by its first byte.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, mut at) = (wanted.first()?, 0);
    while let Some(next) = bytes.get(at..)?.iter().position(|byte| byte == first) {
        at += next;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
    None
}
