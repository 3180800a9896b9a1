//! 登录公钥: the key that every new server lets in, as a key pair of our account.
//!
//! Key pairs belong to a user and are never changed, so its name comes from the key: another key is another pair, and
//! servers made before keep what they were made with.

use serde_json::{Value, json};
use sm3::{Digest, Sm3};

use super::Openstack;
use super::calls::At;
use super::fault::{found, there};
use super::session::Service;
use crate::DriverError;

/// Hex digits of the key's digest that go into the name.
const NAME_DIGITS: usize = 16;

fn name_of(key: &str) -> String {
    let digest = hex::encode(Sm3::digest(key.as_bytes()));
    format!("liyun-{}", &digest[..NAME_DIGITS])
}

/// The name of the pair, made where there is none; `None` where the engine has no login key.
pub(super) async fn ensure(cloud: &Openstack, at: &At<'_>) -> Result<Option<String>, DriverError> {
    let Some(key) = &cloud.session().settings.login_key else { return Ok(None) };
    let name = name_of(key);
    let path = format!("/os-keypairs/{name}");
    if found(at.get::<Value>(Service::Compute, &path, Some("keypair")).await)?.is_none() {
        let body = json!({ "keypair": { "name": name, "public_key": key } });
        // Another may have been faster.
        there(at.act(Service::Compute, "/os-keypairs", &body).await)?;
    }
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_has_another_name() {
        let (one, other) = (name_of("ssh-ed25519 AAAA one"), name_of("ssh-ed25519 BBBB two"));
        assert_eq!(one, name_of("ssh-ed25519 AAAA one"));
        assert!(one != other && one.len() == "liyun-".len() + NAME_DIGITS, "{one} {other}");
    }
}
