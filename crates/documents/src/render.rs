//! From a snapshot to PDF. The same snapshot gives the same bytes, on any machine, in any year.

use serde::Serialize;
use sm3::{Digest, Sm3};

use crate::engine::{self, SettingError};
use crate::model::{Head, Kind, Printing, Snapshot};
use crate::qr;

/// Why no PDF came out. None of these is the reader's fault.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("the verification address does not fit a QR code: {0}")]
    Address(String),
    #[error("the snapshot cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What the templates read.
#[derive(Serialize)]
struct Page<'a> {
    title: &'static str,
    digest: String,
    qr: String,
    printing: &'a Printing,
    head: &'a Head,
    body: &'a crate::model::Body,
}

/// SM3 of the snapshot's canonical JSON, in hexadecimal: what the register keeps and 验真 answers.
///
/// Canonical: object keys in order, no spaces, so that a round trip through `jsonb` changes nothing.
pub fn digest(snapshot: &Snapshot) -> Result<String, DocumentError> {
    let canonical = serde_json::to_vec(&in_order(serde_json::to_value(snapshot)?))?;
    Ok(hex::encode(Sm3::digest(&canonical)))
}

/// Sorts the keys, whatever map `serde_json` was built with.
fn in_order(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Array(items) => items.into_iter().map(in_order).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(key, value)| (key, in_order(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            fields.into_iter().collect()
        }
        other => other,
    }
}

/// The original, as issued.
pub fn render(snapshot: &Snapshot) -> Result<Vec<u8>, DocumentError> {
    render_copy(snapshot, &Printing::original(&snapshot.head))
}

/// A copy whose footer says who printed it and when. Takes 15 ms to some 300 ms of a core (not async):
/// call it from `spawn_blocking`.
pub fn render_copy(snapshot: &Snapshot, printing: &Printing) -> Result<Vec<u8>, DocumentError> {
    let kind = snapshot.kind();
    let full = digest(snapshot)?;
    let qr = qr::svg(&snapshot.head.verification.url).map_err(|error| DocumentError::Address(error.to_string()))?;
    let page = Page {
        title: title(kind),
        digest: short(&full),
        qr: String::new(),
        printing,
        head: &snapshot.head,
        body: &snapshot.body,
    };
    let mut data = drawable(serde_json::to_value(&page)?);
    data["qr"] = qr.into();
    let bytes = engine::set(kind, serde_json::to_string(&data)?, &snapshot.head.verification.code)?;
    Ok(bytes)
}

/// 短码: the first 16 digits in groups of four, enough to compare by eye.
pub fn short(digest: &str) -> String {
    let head: Vec<&str> = (0..4).filter_map(|group| digest.get(group * 4..group * 4 + 4)).collect();
    head.join(" ").to_uppercase()
}

fn title(kind: Kind) -> &'static str {
    kind.zh()
}

/// Replaces what no font can draw (emoji, control characters) by 〓, the printer's sign for a missing type:
/// a PDF/A may not contain undrawable text, and the reader must see that something stood there.
fn drawable(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(drawable_text(&text)),
        Value::Array(items) => items.into_iter().map(drawable).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, drawable(value))).collect(),
        other => other,
    }
}

fn drawable_text(text: &str) -> String {
    text.chars()
        .filter(|c| *c != '\r')
        .map(|c| {
            if c == '\n' || engine::can_draw(c) {
                c
            } else if c.is_whitespace() {
                ' '
            } else {
                '〓'
            }
        })
        .collect()
}
