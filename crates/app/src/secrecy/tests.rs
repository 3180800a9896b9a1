use super::envelope::Sm4Gcm;
use super::*;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use sm2::dsa::signature::Verifier;
use std::collections::BTreeMap;

fn bytes(hex_text: &str) -> Vec<u8> {
    hex::decode(hex_text.replace([' ', '\n'], "")).expect("hex")
}

#[test]
fn e28_sm3_of_gb_t_32905() {
    let abc = bytes("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(sm3(b"abc").to_vec(), abc);
    let long = bytes("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    assert_eq!(sm3("abcd".repeat(16).as_bytes()).to_vec(), long);
    assert_eq!(sm3_chain(b"ab", b"c").to_vec(), abc, "a step of the chain is the digest over both parts");
}

#[test]
fn e28_sm4_of_gb_t_32907() {
    use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
    let key: [u8; 16] = bytes("0123456789abcdeffedcba9876543210").try_into().expect("16 bytes");
    let cipher = sm4::Sm4::new(&key.into());
    let mut block = key.into();
    cipher.encrypt_block(&mut block);
    assert_eq!(block.to_vec(), bytes("681edf34d206965e86b3e94f536e4246"));
    cipher.decrypt_block(&mut block);
    assert_eq!(block.to_vec(), key);
}

#[test]
fn e28_sm4_gcm_of_rfc_8998() {
    let key: [u8; 16] = bytes("0123456789ABCDEFFEDCBA9876543210").try_into().expect("16 bytes");
    let nonce: [u8; 12] = bytes("00001234567800000000ABCD").try_into().expect("12 bytes");
    let plain = bytes(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD
         EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    );
    let aad = bytes("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
    let expected = bytes(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735
         D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D
         83DE3541E4C2B58177E065A9BF7B62EC",
    );
    let cipher = Sm4Gcm::new(&key.into());
    let sealed = cipher.encrypt(&nonce.into(), Payload { msg: &plain, aad: &aad }).expect("seals");
    assert_eq!(sealed, expected);
    assert_eq!(cipher.decrypt(&nonce.into(), Payload { msg: &sealed, aad: &aad }).expect("opens"), plain);
}

#[test]
fn e28_sm2_signature_of_gb_t_32918_5() {
    let public = bytes(
        "04 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
            CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
    );
    let signature = bytes(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
         B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
    );
    let key = sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", &public).expect("a point of the curve");
    let signature = sm2::dsa::Signature::from_slice(&signature).expect("r and s");
    assert!(key.verify(b"message digest", &signature).is_ok());
    assert!(key.verify(b"message digesT", &signature).is_err());

    let secret = bytes("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8");
    let signer = SoftSigner::new(&BTreeMap::from([(1, secret.try_into().expect("32 bytes"))])).expect("a scalar");
    let own = signer.sign(b"message digest").expect("signs");
    let own = sm2::dsa::Signature::from_slice(&own).expect("r and s");
    assert!(key.verify(b"message digest", &own).is_ok(), "the secret belongs to the standard's public key");
}

#[test]
fn hmac_sm3_is_the_construction_of_rfc_2104() {
    let (key, message) = (b"key of the test", b"what is protected");
    let pad = |with: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = sm3(&[pad(0x36), message.to_vec()].concat());
    assert_eq!(hmac_sm3(key, message), sm3(&[pad(0x5c), inner.to_vec()].concat()));
}

fn sealer(versions: &[u32]) -> SoftSealer {
    let key = |version: &u32| (*version, [u8::try_from(*version).expect("small"); 16]);
    SoftSealer::new(versions.iter().map(key).collect()).expect("keys")
}

#[test]
fn e25_sealed_bytes_open_for_their_record_only_and_show_any_change() {
    let sealer = sealer(&[1]);
    let sealed = sealer.seal("person.id_number/1", b"45030219900101001X").expect("seals");
    assert!(!sealed.windows(6).any(|part| part == b"450302"), "nothing of the number shows");
    assert_ne!(sealed, sealer.seal("person.id_number/1", b"45030219900101001X").expect("seals"), "no two alike");
    assert_eq!(sealer.open("person.id_number/1", &sealed).expect("opens"), b"45030219900101001X");
    assert_eq!(sealer.open("person.id_number/2", &sealed), Err(SecrecyError::Altered));
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(sealer.open("person.id_number/1", &altered).is_err(), "byte {at}");
    }
    for length in 0..sealed.len() {
        assert!(sealer.open("person.id_number/1", &sealed[..length]).is_err(), "cut to {length}");
    }
    assert!(sealer.open("x", &sealer.seal("x", b"").expect("seals nothing")).expect("opens").is_empty());
}

#[test]
fn e25_after_a_new_key_old_values_still_open_and_can_be_renewed() {
    let sealed = sealer(&[1]).seal("a", b"secret").expect("seals");
    let both = sealer(&[1, 2]);
    assert_eq!(both.open("a", &sealed).expect("opens"), b"secret");
    let renewed = both.renew("a", &sealed).expect("renews").expect("was old");
    assert_eq!(both.renew("a", &renewed), Ok(None));
    assert_eq!(sealer(&[2]).open("a", &renewed).expect("opens without the old key"), b"secret");
    assert_eq!(sealer(&[2]).open("a", &sealed), Err(SecrecyError::KeyMissing(1)));
}

#[test]
fn e26_keys_are_files_of_their_owner_and_rotate() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let first = Keys::open(folder.path()).expect("made");
    let sealed = first.seal_text("a", "secret").expect("seals");
    let signature = first.signer().sign(b"head").expect("signs");
    let token = first.mac("session");
    for entry in std::fs::read_dir(folder.path().join("keys")).expect("there").flatten() {
        assert_eq!(entry.metadata().expect("readable").permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    assert_eq!(Keys::rotate_sealing(folder.path()).expect("rotates"), 2);
    let second = Keys::open(folder.path()).expect("read");
    assert_eq!(second.open_text("a", &sealed).expect("opens"), "secret");
    assert!(second.sealer().renew("a", &sealed).expect("renews").is_some());
    assert!(second.signer().verify(1, b"head", &signature));
    assert!(!second.signer().verify(2, b"head", &signature), "no such key");
    assert!(!second.signer().verify(1, b"tail", &signature));
    assert_eq!(second.mac("session"), token);
    assert_ne!(second.mac("another"), token);

    let exposed = folder.path().join("keys/seal-0001.key");
    std::fs::set_permissions(&exposed, std::fs::Permissions::from_mode(0o640)).expect("ours");
    assert!(matches!(Keys::open(folder.path()), Err(KeysError::Exposed(path)) if path == exposed));
}

#[test]
fn e32_masks_keep_three_and_four() {
    assert_eq!(mask_mobile("13800000001"), "138****0001");
    assert_eq!(mask_id_number("450302199001010010"), "450***********0010");
    assert_eq!(mask_mobile("1380001"), "*******");
    assert_eq!(mask_mobile(""), "");
}
