//! 吊销名单 (KRL): OpenSSH's `PROTOCOL.krl`, as far as we need it: certificates of a signing key by serial.
//!
//! ```text
//! "SSHKRL\n\0" │ u32 1 │ u64 version │ u64 time │ u64 flags │ string reserved │ string comment
//! then for each key: u8 1 │ string( string key │ string reserved │ u8 0x20 │ string( u64 serial … ) )
//! ```

use ssh_key::PublicKey;

use crate::AppError;

const MAGIC: u64 = 0x5353_484b_524c_0a00;
const FORMAT: u32 = 1;
const SECTION_CERTIFICATES: u8 = 1;
const SECTION_SERIALS: u8 = 0x20;

/// The list as a file for `RevokedKeys`. `revoked`: signing key and serial, ordered by key, then serial.
pub(super) fn write(revoked: &[(String, i64)], at: jiff::Timestamp) -> Result<Vec<u8>, AppError> {
    let seconds = u64::try_from(at.as_second()).map_err(AppError::fault)?;
    let mut file = Vec::new();
    file.extend(MAGIC.to_be_bytes());
    file.extend(FORMAT.to_be_bytes());
    file.extend(seconds.to_be_bytes()); // the version: a later list has a higher one
    file.extend(seconds.to_be_bytes());
    file.extend(0_u64.to_be_bytes());
    file.extend(string(b"")?);
    file.extend(string(b"liyun")?);
    for of_key in revoked.chunk_by(|one, next| one.0 == next.0) {
        let Some((key, _)) = of_key.first() else { continue };
        let key = PublicKey::from_openssh(key).and_then(|key| key.to_bytes()).map_err(AppError::fault)?;
        let serials: Vec<u8> = of_key.iter().flat_map(|(_, serial)| serial.unsigned_abs().to_be_bytes()).collect();
        let mut section = string(&key)?;
        section.extend(string(b"")?);
        section.push(SECTION_SERIALS);
        section.extend(string(&serials)?);
        file.push(SECTION_CERTIFICATES);
        file.extend(string(&section)?);
    }
    Ok(file)
}

fn string(bytes: &[u8]) -> Result<Vec<u8>, AppError> {
    let mut text = u32::try_from(bytes.len()).map_err(AppError::fault)?.to_be_bytes().to_vec();
    text.extend(bytes);
    Ok(text)
}
