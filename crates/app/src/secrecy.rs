//! 密码 (E25–E28): digest, sealing and signing with the national algorithms, behind three small traits.
//!
//! SM3 for digests and the audit chain, SM4-GCM envelopes for secrets at rest, SM2 for the anchors of the chain.
//! The implementations are the RustCrypto crates: correct by the standards' vectors (see the tests), but **not**
//! certified products. A 密码机 (GM/T 0018) is put in by implementing [`Sealer`] and [`Signer`] over its interface
//! and handing them to [`Keys::with`]; nothing else knows where a key lives.

use hmac::{Hmac, KeyInit as _, Mac};
use sm3::{Digest, Sm3};

mod envelope;
mod keys;
mod mask;

pub use envelope::SoftSealer;
pub use keys::{Keys, KeysError, SoftSigner};
pub use mask::{mask_id_number, mask_mobile};

/// Why sealed bytes do not open or a signature does not hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SecrecyError {
    #[error("sealed under key version {0}, which is not among the keys")]
    KeyMissing(u32),
    #[error("sealed bytes are malformed, altered, or belong to another record")]
    Altered,
    #[error("key material is malformed")]
    BadKey,
    #[error("the system gave no randomness")]
    NoRandomness,
}

/// 信封加密. `context` names the record (`person.mobile/<id>`): bytes moved to another record do not open.
pub trait Sealer: Send + Sync {
    /// Seals under the newest key.
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SecrecyError>;
    /// Opens what any known key sealed.
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SecrecyError>;
    /// The same content under the newest key; `None` where it is already.
    fn renew(&self, context: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SecrecyError>;
}

/// 签名 with SM2 (GB/T 32918), over SM3.
pub trait Signer: Send + Sync {
    /// Version of the key that signs now.
    fn version(&self) -> u32;
    /// 64 bytes, r then s.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SecrecyError>;
    /// Whether the key of `version` signed `message`.
    fn verify(&self, version: u32, message: &[u8], signature: &[u8]) -> bool;
}

/// SM3 of one message.
pub fn sm3(message: &[u8]) -> [u8; 32] {
    Sm3::digest(message).into()
}

/// SM3 over the previous hash and a message: one step of a chain.
pub fn sm3_chain(previous: &[u8], message: &[u8]) -> [u8; 32] {
    Sm3::new().chain_update(previous).chain_update(message).finalize().into()
}

/// HMAC-SM3 (RFC 2104 over SM3).
pub fn hmac_sm3(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Fresh random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], SecrecyError> {
    use rand::TryRngCore;
    let mut bytes = [0_u8; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| SecrecyError::NoRandomness)?;
    Ok(bytes)
}

/// A random text of 256 bits for cookies and links, 43 characters of the URL alphabet.
pub fn random_token() -> Result<String, SecrecyError> {
    use base64::Engine;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>()?))
}

impl From<SecrecyError> for crate::AppError {
    fn from(error: SecrecyError) -> Self {
        Self::Fault(error.into())
    }
}

#[cfg(test)]
mod tests;
