//! 二维码 of a verification address, as SVG.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// Medium correction: a creased or stained sheet still reads. Refuses what does not fit a QR code.
pub fn svg(text: &str) -> Result<String, qrcode::types::QrError> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M)?;
    Ok(code.render::<svg::Color<'_>>().quiet_zone(true).min_dimensions(200, 200).build())
}
