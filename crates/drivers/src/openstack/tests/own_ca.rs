//! A cloud whose certificate its own CA has signed, as in most government data centres: reached over TLS with the CA
//! that the engine was told, and with no other.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::fault::CloudError;
use super::super::session::Session;
use super::{LONG_LIFE, Reply, ok, servers, settings, take, token};
use crate::openstack::{Password, Patience};

/// A certificate authority; its certificate as an administrator would paste it.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

/// Answers over TLS as 127.0.0.1, with a certificate of `issuer`. A caller that breaks off takes no reply.
async fn cloud(issuer: &Issuer<'static, KeyPair>, replies: impl FnOnce(&str) -> Vec<Reply>) -> (String, Seen) {
    crate::tls::provide();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, issuer).unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let seen: Seen = Arc::default();
    let (noted, mut replies) = (seen.clone(), replies(&url).into_iter());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let Some(reply) = replies.next() else { break };
            take(&mut stream, &noted, reply).await;
            let _ = tokio::io::AsyncWriteExt::shutdown(&mut stream).await;
        }
    });
    (url, seen)
}

type Seen = Arc<Mutex<Vec<String>>>;

fn session(url: &str, ca_pem: Option<String>) -> Session {
    let settings = domain::provisioning::OpenstackSettings { ca_pem, ..settings(url) };
    Session::new(settings, Password("geheim-口令".into()), Patience { tries: 1, ..Patience::default() }, 2)
}

fn list(url: &str) -> Vec<Reply> {
    vec![token(url, &["compute"], LONG_LIFE), ok(&json!({ "servers": [7] }))]
}

#[tokio::test]
async fn e25_a_cloud_behind_its_own_ca_is_reached_with_the_ca_it_was_entered_with() {
    let (pem, issuer) = authority("桂林政务云 CA");
    let (url, seen) = cloud(&issuer, list).await;
    assert_eq!(servers(&session(&url, Some(pem))).await.unwrap(), [json!(7)]);
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn e25_no_password_is_said_to_a_cloud_whose_certificate_is_not_trusted() {
    let (_, issuer) = authority("桂林政务云 CA");
    let (another, _) = authority("别处 CA");
    for trusted in [None, Some(another)] {
        let (url, seen) = cloud(&issuer, list).await;
        let error = servers(&session(&url, trusted)).await.unwrap_err();
        assert!(matches!(error, CloudError::Unreachable { .. }), "{error}");
        assert!(error.to_string().to_lowercase().contains("certificate"), "says why: {error}");
        assert!(seen.lock().unwrap().is_empty(), "nothing was sent");
    }
}
