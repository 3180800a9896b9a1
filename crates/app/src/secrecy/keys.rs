//! 密钥: kept as files of the data directory, outside the database, readable by the server's user alone.
//!
//! ```text
//! <data-dir>/keys/seal-0001.key   SM4 key that wraps value keys       (16 bytes, hex)
//! <data-dir>/keys/sign-0001.key   SM2 secret scalar for audit anchors (32 bytes, hex)
//! <data-dir>/keys/mac-0001.key    HMAC-SM3 key for CSRF tokens        (32 bytes, hex)
//! ```
//! A new version is a new file; older ones stay, so that what they sealed can still be read. Instances that share
//! a database share this folder's content. Losing it loses the sealed numbers: the backup names it.

use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Sealer, SecrecyError, Signer, SoftSealer, hmac_sm3, random};

/// The signer's identity of GB/T 32918 where none was agreed.
const SIGNER_ID: &str = "1234567812345678";

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{0} can be read by others; run: chmod 600 {0}")]
    Exposed(PathBuf),
    #[error("{0} holds no key")]
    Malformed(PathBuf),
    #[error(transparent)]
    Secrecy(#[from] SecrecyError),
}

/// All keys of this installation.
pub struct Keys {
    sealer: Box<dyn Sealer>,
    signer: Box<dyn Signer>,
    mac: [u8; 32],
}

impl Keys {
    /// Opens the keys below `data_dir`, making the first of each kind where there is none.
    pub fn open(data_dir: &Path) -> Result<Self, KeysError> {
        let folder = folder(data_dir)?;
        let sealing = load::<16>(&folder, "seal", |_| true)?;
        let signing = load::<32>(&folder, "sign", |bytes| SigningKey::from_slice(SIGNER_ID, bytes).is_ok())?;
        let mac = load::<32>(&folder, "mac", |_| true)?;
        let mac = *mac.last_key_value().ok_or(SecrecyError::BadKey)?.1;
        Ok(Self { sealer: Box::new(SoftSealer::new(sealing)?), signer: Box::new(SoftSigner::new(&signing)?), mac })
    }

    /// Keys held elsewhere: a 密码机.
    pub fn with(sealer: Box<dyn Sealer>, signer: Box<dyn Signer>, mac: [u8; 32]) -> Self {
        Self { sealer, signer, mac }
    }

    /// Adds a new sealing key below `data_dir` and says its version; takes effect when the keys are opened again.
    pub fn rotate_sealing(data_dir: &Path) -> Result<u32, KeysError> {
        let folder = folder(data_dir)?;
        let next = versions(&folder, "seal")?.last().copied().unwrap_or(0) + 1;
        create(&folder.join(file_name("seal", next)), &random::<16>()?)?;
        Ok(next)
    }

    /// The sealer.
    pub fn sealer(&self) -> &dyn Sealer {
        &*self.sealer
    }

    /// The signer.
    pub fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// A code bound to `message` that nobody without the keys can make.
    pub fn mac(&self, message: &str) -> String {
        hex::encode(hmac_sm3(&self.mac, message.as_bytes()))
    }

    /// Seals a text.
    pub fn seal_text(&self, context: &str, text: &str) -> Result<Vec<u8>, SecrecyError> {
        self.sealer.seal(context, text.as_bytes())
    }

    /// Opens a sealed text.
    pub fn open_text(&self, context: &str, sealed: &[u8]) -> Result<String, SecrecyError> {
        String::from_utf8(self.sealer.open(context, sealed)?).map_err(|_| SecrecyError::Altered)
    }
}

/// [`Signer`] in software, with keys by version; the newest signs.
pub struct SoftSigner {
    keys: BTreeMap<u32, SigningKey>,
}

impl SoftSigner {
    /// Refuses an empty set, and a scalar outside the group.
    pub fn new(secrets: &BTreeMap<u32, [u8; 32]>) -> Result<Self, SecrecyError> {
        let key = |secret: &[u8; 32]| SigningKey::from_slice(SIGNER_ID, secret).map_err(|_| SecrecyError::BadKey);
        let keys = secrets
            .iter()
            .map(|(version, secret)| Ok((*version, key(secret)?)))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        if keys.is_empty() { Err(SecrecyError::BadKey) } else { Ok(Self { keys }) }
    }
}

impl Signer for SoftSigner {
    fn version(&self) -> u32 {
        self.keys.last_key_value().map_or(0, |(version, _)| *version)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SecrecyError> {
        let (_, key) = self.keys.last_key_value().ok_or(SecrecyError::BadKey)?;
        let signature: Signature = key.try_sign(message).map_err(|_| SecrecyError::BadKey)?;
        Ok(signature.to_bytes().to_vec())
    }

    fn verify(&self, version: u32, message: &[u8], signature: &[u8]) -> bool {
        let Some(key) = self.keys.get(&version) else { return false };
        Signature::from_slice(signature).is_ok_and(|signature| key.verifying_key().verify(message, &signature).is_ok())
    }
}

fn folder(data_dir: &Path) -> Result<PathBuf, KeysError> {
    let folder = data_dir.join("keys");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|source| KeysError::Io { path: folder.clone(), source })?;
    Ok(folder)
}

fn file_name(kind: &str, version: u32) -> String {
    format!("{kind}-{version:04}.key")
}

/// Versions of a kind, ascending.
fn versions(folder: &Path, kind: &str) -> Result<Vec<u32>, KeysError> {
    let failed = |source| KeysError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let version = name.to_str().and_then(|name| name.strip_prefix(kind)?.strip_prefix('-')?.strip_suffix(".key"));
        found.extend(version.and_then(|digits| digits.parse::<u32>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// All keys of a kind; makes the first where there is none. Two instances starting at once end with one key:
/// the loser of the race reads the winner's.
fn load<const N: usize>(
    folder: &Path,
    kind: &str,
    fits: impl Fn(&[u8]) -> bool,
) -> Result<BTreeMap<u32, [u8; N]>, KeysError> {
    if versions(folder, kind)?.is_empty() {
        let mut fresh: [u8; N] = random()?;
        while !fits(&fresh) {
            fresh = random()?;
        }
        create(&folder.join(file_name(kind, 1)), &fresh)?;
    }
    let read = |version| Ok((version, read_key(&folder.join(file_name(kind, version)))?));
    versions(folder, kind)?.into_iter().map(read).collect()
}

/// Writes a key whole under a temporary name and links it into place, so that nobody reads half a key; an existing
/// file stays as it is.
fn create(path: &Path, key: &[u8]) -> Result<(), KeysError> {
    let failed = |source| KeysError::Io { path: path.to_owned(), source };
    let draft = path.with_extension(format!("{}.draft", uuid::Uuid::now_v7().simple()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    file.write_all(hex::encode(key).as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

fn read_key<const N: usize>(path: &Path) -> Result<[u8; N], KeysError> {
    let failed = |source| KeysError::Io { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeysError::Exposed(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let bytes = hex::decode(text.trim()).map_err(|_| KeysError::Malformed(path.to_owned()))?;
    bytes.try_into().map_err(|_| KeysError::Malformed(path.to_owned()))
}
