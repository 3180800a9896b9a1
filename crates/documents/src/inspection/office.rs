//! 文字 of Word, Excel and OFD files: their XML without its tags, a line for each paragraph or cell.

use super::Format;

/// True for the parts of an office file in which people write.
pub(super) fn holds_text(format: Option<Format>, name: &str) -> bool {
    if !name.to_ascii_lowercase().ends_with(".xml") {
        return false;
    }
    match format {
        Some(Format::Docx) => name.starts_with("word/") || name.starts_with("docProps/"),
        Some(Format::Xlsx) => {
            name == "xl/sharedStrings.xml"
                || name == "xl/workbook.xml"
                || name.starts_with("xl/worksheets/")
                || name.starts_with("docProps/")
        }
        Some(Format::Ofd) => true,
        _ => false,
    }
}

/// Ends of elements after which a new line begins; the runs within one are one text.
const LINE_ENDS: [&str; 12] = [
    "</w:p>",
    "<w:br",
    "</si>",
    "</is>",
    "</c>",
    "</a:p>",
    "TextObject>",
    "</dc:",
    "</cp:",
    "Title>",
    "</sheet",
    "</property>",
];

/// The text of an XML part. Not a parser: a damaged part gives what it gives.
pub(super) fn text_of(xml: &[u8]) -> String {
    let xml = String::from_utf8_lossy(xml);
    let mut text = String::with_capacity(xml.len() / 4);
    let mut rest = xml.as_ref();
    while let Some(open) = rest.find('<') {
        push_unescaped(&mut text, &rest[..open]);
        let Some(close) = rest[open..].find('>') else { return text };
        let tag = &rest[open..=open + close];
        if LINE_ENDS.iter().any(|end| tag.starts_with(end) || (!end.starts_with('<') && tag.ends_with(end))) {
            text.push('\n');
        }
        // Sheets and properties carry text in attributes too.
        if tag.starts_with("<sheet ") {
            text.push_str(attribute(tag, "name=\"").unwrap_or_default());
            text.push('\n');
        }
        rest = &rest[open + close + 1..];
    }
    text
}

fn attribute<'a>(tag: &'a str, opening: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(opening)?;
    value.split_once('"').map(|(value, _)| value)
}

fn push_unescaped(text: &mut String, piece: &str) {
    if !piece.contains('&') {
        text.push_str(piece);
        return;
    }
    let mut rest = piece;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let Some(end) = rest[at..].find(';').filter(|end| *end < 12) else {
            rest = &rest[at + 1..];
            continue;
        };
        text.extend(character(&rest[at + 1..at + end]));
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
}

fn character(entity: &str) -> Option<char> {
    let number = entity.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}
