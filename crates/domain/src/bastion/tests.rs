use super::sshd_log::{self, Refused};
use super::*;
use crate::proof::day;
use crate::regulation::Regulation;

fn at(text: &str) -> DateTime {
    text.parse().expect("a minute")
}

fn account(hours: BastionHours) -> Basis {
    Basis::of_account((day("2026-03-02"), day("2026-03-13")), hours, terminal())
}

fn terminal() -> Ways {
    Ways { protocols: vec![BastionProtocol::Ssh], transfers: vec![] }
}

fn certificate(basis: Basis, now: &str) -> Result<Window, Refusal> {
    let city = Regulation::guilin();
    basis.certificate(at(now), &city.calendar, &city.limits)
}

#[test]
fn annex_2_2_a_certificate_holds_one_shift_and_never_beyond_the_account() {
    let until = |now| certificate(account(BastionHours::Always), now).map(|window| window.until);
    assert_eq!(until("2026-03-02T09:00"), Ok(at("2026-03-02T17:00")), "eight hours");
    assert_eq!(until("2026-03-13T20:00"), Ok(at("2026-03-14T00:00")), "the last day's midnight comes first");
    assert_eq!(until("2026-03-01T23:59"), Err(Refusal::NotYet { from: "2026-03-02 00:00".into() }));
    assert_eq!(until("2026-03-14T00:00"), Err(Refusal::Over { until: "2026-03-14 00:00".into() }));
    let grant = Basis::of_grant((at("2026-03-06T20:00"), at("2026-03-06T21:30")), vec![]);
    assert_eq!(certificate(grant, "2026-03-06T20:00").map(|window| window.until), Ok(at("2026-03-06T21:30")));
}

#[test]
fn annex_2_2_office_hours_are_those_of_working_days() {
    let until = |now| certificate(account(BastionHours::Office), now).map(|window| window.until);
    let refused = Err(Refusal::OutOfHours { hours: "08:00–18:00".into() });
    assert_eq!(until("2026-03-06T07:59"), refused);
    assert_eq!(until("2026-03-06T08:00"), Ok(at("2026-03-06T16:00")));
    assert_eq!(until("2026-03-06T17:59"), Ok(at("2026-03-06T18:00")), "closing time comes first");
    assert_eq!(until("2026-03-06T18:00"), refused);
    assert_eq!(until("2026-03-07T10:00"), refused, "a Saturday");
    let far = Basis::of_account((day("2090-01-02"), day("2090-01-05")), BastionHours::Office, terminal());
    assert_eq!(certificate(far, "2090-01-02T10:00").map(|w| w.until), refused, "no calendar, no working day");
}

#[test]
fn annex_2_2_only_what_a_jump_host_serves_and_open_servers_are_reached() {
    use {BastionProtocol as P, FileTransfer as F};
    let ways = |protocols: &[P], transfers: &[F]| Ways { protocols: protocols.to_vec(), transfers: transfers.to_vec() };
    assert_eq!(reachable(&ways(&[P::Rdp, P::Database], &[F::Upload]), 1), Err(Refusal::NotServed));
    assert_eq!(reachable(&ways(&[P::Sftp], &[]), 1), Err(Refusal::NotServed), "which way may files go?");
    assert_eq!(reachable(&ways(&[P::Sftp], &[F::Download]), 1), Ok(()));
    assert_eq!(reachable(&terminal(), 0), Err(Refusal::NoHosts));
    assert_eq!(reachable(&terminal(), HOSTS_MAX), Ok(()));
    assert_eq!(reachable(&terminal(), HOSTS_MAX + 1), Err(Refusal::TooManyHosts { most: HOSTS_MAX }));
    assert_eq!(principal("app", "GLZWY-SQ-2026-00012"), "app.glzwy-sq-2026-00012");
}

#[test]
fn annex_2_2_a_source_lies_in_its_network_or_not() {
    for (network, address, holds) in [
        ("10.1.2.0/24", "10.1.2.255", true),
        ("10.1.2.0/24", "10.1.3.0", false),
        ("10.1.2.7", "10.1.2.7", true),
        ("10.1.2.7", "10.1.2.8", false),
        ("10.0.0.0/8", "10.255.255.255", true),
        ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false),
        ("10.1.2.0/24", "::ffff:10.1.2.3", false),
        ("10.1.2.0/33", "10.1.2.3", false),
        ("", "10.1.2.3", false),
    ] {
        assert_eq!(source_holds(network, address), holds, "{network} {address}");
    }
}

fn asked() -> Asked {
    Asked {
        serial: 7,
        key_id: "ZH-1/7".into(),
        source: "10.1.2.3".into(),
        host: "app.sq-1".into(),
        protocol: BastionProtocol::Ssh,
    }
}

fn issued() -> Issued {
    Issued {
        key_id: "ZH-1/7".into(),
        principals: vec!["app.sq-1".into()],
        source: "10.1.2.0/24".into(),
        window: Window { from: at("2026-03-06T09:00"), until: at("2026-03-06T17:00") },
        revoked: false,
    }
}

fn admitted(asked: &Asked, issued: Option<&Issued>, basis: Option<&Basis>, open: &[&str], now: &str) -> Option<Barred> {
    let city = Regulation::guilin();
    let open: Vec<String> = open.iter().map(|one| (*one).to_owned()).collect();
    admit(asked, issued, basis, &open, (at(now), &city.calendar, &city.limits)).err()
}

#[test]
fn a28_a_session_begins_only_where_everything_still_holds() {
    let (always, office) = (&account(BastionHours::Always), &account(BastionHours::Office));
    let (always, office) = (Some(always), Some(office));
    let (now, open) = ("2026-03-06T10:00", &["app.sq-1", "db.sq-1"][..]);
    let of = |asked: &Asked, issued: &Issued| admitted(asked, Some(issued), always, open, now);
    assert_eq!(of(&asked(), &issued()), None);
    assert_eq!(admitted(&asked(), None, always, open, now), Some(Barred::Unknown));
    assert_eq!(of(&Asked { key_id: "ZH-2/7".into(), ..asked() }, &issued()), Some(Barred::Mismatch));
    assert_eq!(of(&asked(), &Issued { revoked: true, ..issued() }), Some(Barred::Revoked));
    assert_eq!(of(&Asked { source: "10.1.3.3".into(), ..asked() }, &issued()), Some(Barred::Source));
    assert_eq!(of(&Asked { host: "db.sq-1".into(), ..asked() }, &issued()), Some(Barred::Host), "another server");
    assert_eq!(admitted(&asked(), Some(&issued()), always, &[], now), Some(Barred::NoBasis), "it is stopped");
    assert_eq!(admitted(&asked(), Some(&issued()), None, open, now), Some(Barred::NoBasis), "locked or taken back");
    assert_eq!(admitted(&asked(), Some(&issued()), always, open, "2026-03-06T16:59"), None);
    assert_eq!(admitted(&asked(), Some(&issued()), always, open, "2026-03-06T17:00"), Some(Barred::Expired));
    let late = Issued { window: Window { until: at("2026-03-06T23:00"), ..issued().window }, ..issued() };
    assert_eq!(admitted(&asked(), Some(&late), office, open, "2026-03-06T18:00"), Some(Barred::Hours));
}

#[test]
fn annex_2_2_a_session_is_of_a_kind_that_account_or_grant_allows() {
    use {BastionProtocol as P, FileTransfer as F};
    let with = |ways: Ways| Basis { ways, ..account(BastionHours::Always) };
    let of = |basis: &Basis, protocol| {
        let asked = Asked { protocol, ..asked() };
        admitted(&asked, Some(&issued()), Some(basis), &["app.sq-1"], "2026-03-06T10:00")
    };
    let files = with(Ways { protocols: vec![P::Sftp], transfers: vec![F::Upload] });
    assert_eq!(of(&files, P::Sftp), None);
    assert_eq!(of(&files, P::Ssh), Some(Barred::Protocol), "files only, no terminal");
    assert_eq!(of(&with(terminal()), P::Sftp), Some(Barred::Protocol));
    assert_eq!(of(&with(Ways { protocols: vec![P::Rdp], transfers: vec![] }), P::Rdp), Some(Barred::Protocol));
    for (transfers, barred) in [(vec![], Some(Barred::Protocol)), (vec![F::Download], None)] {
        let grant = Basis::of_grant((at("2026-03-06T09:00"), at("2026-03-06T12:00")), transfers);
        assert_eq!((of(&grant, P::Ssh), of(&grant, P::Sftp)), (None, barred));
    }
}

/// As OpenSSH 9.2 writes it.
const LOG: &str = "\
Server listening on 127.0.0.1 port 2222.
Connection from 10.1.2.3 port 59532 on 10.0.0.1 port 2222 rdomain \"\"
Certificate invalid: expired
Failed publickey for liyun from 10.1.2.3 port 59532 ssh2: ED25519-CERT SHA256:/WSM ID GLZWY-ZH-2026-00001/8 (serial 8) CA ED25519 SHA256:ddcw
Failed publickey for liyun from 10.1.2.3 port 59532 ssh2: ED25519 SHA256:/WSM
Connection closed by authenticating user liyun 10.1.2.3 port 59532 [preauth]
cert: Authentication tried for liyun with valid certificate but not from a permitted source address (10.9.9.9).
Refused by certificate options
Failed publickey for liyun from 10.9.9.9 port 41000 ssh2: ED25519-CERT SHA256:/WSM ID GLZWY-YW-2026-00001/9 (serial 9) CA ED25519 SHA256:ddcw
Authentication key ED25519-CERT SHA256:/WSM revoked by file /etc/liyun-jump/revoked.krl
Failed publickey for liyun from 10.1.2.3 port 59570 ssh2: ED25519-CERT SHA256:/WSM ID GLZWY-ZH-2026-00001/7 (serial 7) CA ED25519 SHA256:ddcw
Certificate does not contain an authorized principal
Failed publickey for liyun from 10.1.2.3 port 59542 ssh2: ED25519-CERT SHA256:/WSM ID GLZWY-ZH-2026-00001/8 (serial 8) CA ED25519 SHA256:ddcw
Failed publickey for invalid user root from 10.1.2.9 port 40000 ssh2: RSA SHA256:abc
Accepted publickey for liyun from 10.1.2.3 port 59492 ssh2: ED25519-CERT SHA256:/WSM ID GLZWY-ZH-2026-00001/7 (serial 7) CA ED25519 SHA256:ddcw
";

#[test]
fn a19_refused_log_ins_are_read_out_of_the_servers_own_log() {
    let read = sshd_log::read(LOG);
    let told: Vec<_> = read.iter().map(|one| (one.serial, one.source.as_str(), one.why, one.login.as_str())).collect();
    assert_eq!(
        told,
        [
            (Some(8), "10.1.2.3", Barred::Expired, "liyun"),
            (Some(9), "10.9.9.9", Barred::Source, "liyun"),
            (Some(7), "10.1.2.3", Barred::Revoked, "liyun"),
            (Some(8), "10.1.2.3", Barred::Host, "liyun"),
            (None, "10.1.2.9", Barred::Unknown, "root"),
        ]
    );
    assert_eq!(read[0].key_id.as_deref(), Some("GLZWY-ZH-2026-00001/8"));
    for Refused { offset, line, .. } in &read {
        assert!(LOG[*offset..].starts_with(line.as_str()), "where it stands: {line}");
    }
}

#[test]
fn a19_what_is_no_log_of_sshd_is_passed_over() {
    for text in [
        "",
        "\n",
        "Failed publickey for",
        "Failed publickey for a from b port c",
        "Failed publickey for a from 1.2.3.4 port 99999 x",
    ] {
        assert_eq!(sshd_log::read(text), [], "{text}");
    }
    let name = format!("Failed publickey for {} from 1.2.3.4 port 1 ssh2: x", "长".repeat(2000));
    assert_eq!(sshd_log::read(&name), [], "a line without end is cut off and says nothing");
    let odd = "Failed publickey for a from 1.2.3.4 port 1 ssh2: X ID b (serial 99999999999999999999) CA";
    assert_eq!(sshd_log::read(odd)[0].serial, None);
}
