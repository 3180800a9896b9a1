//! 下载: files as answers, with a name that survives every browser and nothing a browser would run.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A file to be saved under its name.
pub fn attachment(file_name: &str, content_type: &'static str, body: impl Into<Body>) -> Response {
    answer("attachment", file_name, content_type, body.into())
}

/// A PDF to be looked at in the page.
pub fn inline_pdf(file_name: &str, bytes: Vec<u8>) -> Response {
    answer("inline", file_name, "application/pdf", bytes.into())
}

/// A workbook to be saved.
pub fn workbook(file_name: &str, bytes: Vec<u8>) -> Response {
    attachment(file_name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes)
}

fn answer(disposition: &str, file_name: &str, content_type: &'static str, body: Body) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let value = format!("{disposition}; filename=\"{}\"; filename*=UTF-8''{}", plain(file_name), encoded(file_name));
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    (headers, body).into_response()
}

/// The name for clients that know only ASCII: everything else becomes `_`.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

/// The name by RFC 8187.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_names_and_quotes_cannot_break_the_header() {
        let response = attachment("批复\"; x=.pdf", "application/pdf", Vec::new());
        let value = response.headers()[header::CONTENT_DISPOSITION].to_str().expect("ASCII");
        assert_eq!(value, "attachment; filename=\"_____x_.pdf\"; filename*=UTF-8''%E6%89%B9%E5%A4%8D%22%3B%20x%3D.pdf");
    }
}
