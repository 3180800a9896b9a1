//! 信封: each value has its own random SM4 key, which is sealed in turn under a key outside the database.
//!
//! ```text
//! 1 format │ 4 key version │ 12 nonce │ 32 wrapped value key + tag │ 12 nonce │ content + 16 tag
//! ```
//! Changing the outer key rewraps 32 bytes and leaves the content alone; the version says which key opens it.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use sm4::Sm4;
use std::collections::BTreeMap;

use super::{Sealer, SecrecyError, random};

/// SM4 in Galois/Counter Mode with 96-bit nonces, as in RFC 8998.
pub(super) type Sm4Gcm = AesGcm<Sm4, U12>;

const FORMAT: u8 = 1;
const HEAD: usize = 5;
const NONCE: usize = 12;
const TAG: usize = 16;
const WRAPPED: usize = 16 + TAG;

/// A sealing key of 128 bits.
pub type SealingKey = [u8; 16];

/// [`Sealer`] in software, with keys by version; the newest seals.
pub struct SoftSealer {
    keys: BTreeMap<u32, SealingKey>,
}

impl SoftSealer {
    /// Refuses an empty set of keys.
    pub fn new(keys: BTreeMap<u32, SealingKey>) -> Result<Self, SecrecyError> {
        if keys.is_empty() { Err(SecrecyError::BadKey) } else { Ok(Self { keys }) }
    }

    fn newest(&self) -> Result<(u32, &SealingKey), SecrecyError> {
        self.keys.last_key_value().map(|(version, key)| (*version, key)).ok_or(SecrecyError::BadKey)
    }

    fn unwrap_key(&self, sealed: &[u8]) -> Result<(u32, SealingKey), SecrecyError> {
        let version = version_of(sealed)?;
        let key = self.keys.get(&version).ok_or(SecrecyError::KeyMissing(version))?;
        let wrapped = &sealed[HEAD..HEAD + NONCE + WRAPPED];
        let plain = open_one(key, &sealed[..HEAD], wrapped)?;
        plain.try_into().map(|key| (version, key)).map_err(|_| SecrecyError::Altered)
    }
}

impl Sealer for SoftSealer {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SecrecyError> {
        let (version, key) = self.newest()?;
        let value_key: SealingKey = random()?;
        let mut sealed = head(version);
        let wrapped = seal_one(key, &sealed.clone(), &value_key)?;
        sealed.extend(wrapped);
        sealed.extend(seal_one(&value_key, context.as_bytes(), plain)?);
        Ok(sealed)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SecrecyError> {
        let (_, value_key) = self.unwrap_key(sealed)?;
        open_one(&value_key, context.as_bytes(), &sealed[HEAD + NONCE + WRAPPED..])
    }

    fn renew(&self, context: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SecrecyError> {
        let (version, value_key) = self.unwrap_key(sealed)?;
        let (newest, key) = self.newest()?;
        if version == newest {
            return Ok(None);
        }
        // Opened once, so that an altered content is not carried on under a fresh key.
        self.open(context, sealed)?;
        let mut renewed = head(newest);
        let wrapped = seal_one(key, &renewed.clone(), &value_key)?;
        renewed.extend(wrapped);
        renewed.extend_from_slice(&sealed[HEAD + NONCE + WRAPPED..]);
        Ok(Some(renewed))
    }
}

fn head(version: u32) -> Vec<u8> {
    let mut head = vec![FORMAT];
    head.extend(version.to_be_bytes());
    head
}

/// The version of the key that sealed; refuses what is too short to be sealed bytes.
fn version_of(sealed: &[u8]) -> Result<u32, SecrecyError> {
    if sealed.len() < HEAD + NONCE + WRAPPED + NONCE + TAG || sealed[0] != FORMAT {
        return Err(SecrecyError::Altered);
    }
    Ok(u32::from_be_bytes([sealed[1], sealed[2], sealed[3], sealed[4]]))
}

/// Nonce, then ciphertext and tag. Each key of this format seals once or, for the outer keys, under random
/// nonces: 2³² values under one outer key stay far below the bound of the mode.
fn seal_one(key: &SealingKey, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecrecyError> {
    let nonce: [u8; NONCE] = random()?;
    let cipher = Sm4Gcm::new(&(*key).into());
    let body = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad }).map_err(|_| SecrecyError::BadKey)?;
    Ok([nonce.as_slice(), &body].concat())
}

fn open_one(key: &SealingKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecrecyError> {
    let (nonce, body) = sealed.split_at_checked(NONCE).ok_or(SecrecyError::Altered)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SecrecyError::Altered)?;
    Sm4Gcm::new(&(*key).into()).decrypt(&nonce.into(), Payload { msg: body, aad }).map_err(|_| SecrecyError::Altered)
}
