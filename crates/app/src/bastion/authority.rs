//! 签发机构: the ed25519 key that signs certificates, made at first need, sealed like every secret (E25), exchanged by the
//! 安全保密管理员. A former key stays trusted until the last of its certificates is over.

use domain::clause;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{Algorithm, PrivateKey, PublicKey, certificate};
use store::bastion::CaRow;

use super::SKEW_SECONDS_DEFAULT;
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::{Entry, Unit};
use crate::secrecy::random;
use crate::{App, AppError};

/// Fewest bits of an RSA key.
const RSA_BITS_MIN: usize = 3072;

/// 签发密钥 as shown: never the private part.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct KeyView {
    pub version: i32,
    /// One line, for `TrustedUserCAKeys`.
    pub public_key: String,
    pub fingerprint: String,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: jiff::Timestamp,
    pub created_by: String,
}

/// What a certificate is to say.
pub(super) struct Ask<'a> {
    pub serial: i64,
    pub key_id: &'a str,
    pub principals: &'a [String],
    pub source: &'a str,
    pub from: jiff::Timestamp,
    pub until: jiff::Timestamp,
}

/// Signing keys, newest first.
pub async fn keys(app: &App, actor: &Actor) -> Result<Vec<KeyView>, AppError> {
    authz::check(actor, Action::JumpHostView, &Target::city())?;
    store::bastion::keys(&app.store.pool).await?.iter().map(view).collect()
}

/// 更换签发密钥: new certificates are signed by a new key from now on.
pub async fn rotate(app: &App, actor: &Actor, meta: &Meta) -> Result<KeyView, AppError> {
    authz::check(actor, Action::BastionRotateKey, &Target::city())?;
    let mut unit = app.begin(actor, meta).await?;
    let before = store::bastion::newest_key(&mut unit.tx).await?;
    let key = make(&mut unit, before.map_or(1, |key| key.version + 1)).await?;
    let view = view(&key)?;
    unit.commit(view).await
}

/// The key that signs now. The first certificate of an installation makes it.
async fn signing(unit: &mut Unit<'_>) -> Result<(CaRow, PrivateKey), AppError> {
    let row = match store::bastion::newest_key(&mut unit.tx).await? {
        Some(row) => row,
        None => make(unit, 1).await?,
    };
    let seed = unit.app().keys()?.sealer().open(&context(row.version), &row.sealed)?;
    let seed: [u8; 32] = seed.try_into().map_err(|_| AppError::fault("a signing key of 32 bytes"))?;
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    Ok((row, key))
}

async fn make(unit: &mut Unit<'_>, version: i32) -> Result<CaRow, AppError> {
    let seed: [u8; 32] = random()?;
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    let mut public = key.public_key().clone();
    public.set_comment(format!("liyun-bastion-ca-{version}"));
    let row = CaRow {
        version,
        public_key: public.to_openssh().map_err(AppError::fault)?,
        sealed: unit.app().keys()?.sealer().seal(&context(version), &seed)?,
        created_at: unit.now().to_sqlx(),
        created_by: unit.actor().name.clone(),
    };
    store::bastion::insert_key(&mut unit.tx, &row).await?;
    unit.audit(Entry {
        action: Action::BastionRotateKey.code(),
        object: ("bastion_ca", version.to_string()),
        case: None,
        clause: Some(clause::A28),
        summary: format!("启用堡垒机证书签发密钥第 {version} 版"),
        before: None,
        after: Some(json!({ "public_key": row.public_key })),
    })
    .await?;
    Ok(row)
}

fn context(version: i32) -> String {
    format!("bastion_ca/{version}")
}

fn view(row: &CaRow) -> Result<KeyView, AppError> {
    let key = PublicKey::from_openssh(&row.public_key).map_err(AppError::fault)?;
    Ok(KeyView {
        version: row.version,
        public_key: row.public_key.clone(),
        fingerprint: key.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
        created_at: row.created_at.to_jiff(),
        created_by: row.created_by.clone(),
    })
}

/// Reads what somebody pasted as public key. Says apart when it was a private one.
pub(super) fn public_key(pasted: &str) -> Result<PublicKey, domain::bastion::Refusal> {
    use domain::bastion::Refusal;
    if pasted.contains("PRIVATE KEY") {
        return Err(Refusal::PrivateKey);
    }
    let key = PublicKey::from_openssh(pasted.trim()).map_err(|_| Refusal::BadKey)?;
    let taken = match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::SkEd25519 => true,
        Algorithm::Rsa { .. } => key
            .key_data()
            .rsa()
            .is_some_and(|rsa| rsa.n.as_positive_bytes().is_some_and(|modulus| modulus.len() * 8 >= RSA_BITS_MIN)),
        _ => false,
    };
    if taken { Ok(key) } else { Err(Refusal::BadKey) }
}

/// Signs. A terminal and nothing else: no forwarding of ports, agents or windows, no rc file.
pub(super) async fn sign(
    unit: &mut Unit<'_>,
    key: &PublicKey,
    ask: &Ask<'_>,
) -> Result<(i32, certificate::Certificate), AppError> {
    let (row, ca) = signing(unit).await?;
    let nonce: [u8; 32] = random()?;
    let seconds = |at: jiff::Timestamp| u64::try_from(at.as_second()).map_err(AppError::fault);
    let (after, before) = (seconds(ask.from)?.saturating_sub(SKEW_SECONDS_DEFAULT.unsigned_abs()), seconds(ask.until)?);
    let mut builder =
        certificate::Builder::new(nonce, key.key_data().clone(), after, before).map_err(AppError::fault)?;
    let built = (|| {
        builder.serial(ask.serial.unsigned_abs())?;
        builder.cert_type(certificate::CertType::User)?;
        builder.key_id(ask.key_id)?;
        for principal in ask.principals {
            builder.valid_principal(principal)?;
        }
        builder.critical_option("source-address", ask.source)?;
        builder.extension("permit-pty", "")?;
        builder.comment(ask.key_id)?;
        builder.sign(&ca)
    })();
    Ok((row.version, built.map_err(|error: ssh_key::Error| AppError::fault(error))?))
}
