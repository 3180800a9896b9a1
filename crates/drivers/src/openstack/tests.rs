//! Faults on the way, played by a small server in this process. What a cloud really does is the contract's to show.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::ResourceId;
use domain::provisioning::OpenstackSettings;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

mod own_ca;

use super::fault::CloudError;
use super::http::Patience;
use super::session::{Password, Scope, Service, Session};
use super::{Openstack, nova};
use crate::{Driver, DriverError};

/// One answer: status, further header lines, body; `Length` promises more than comes.
#[derive(Clone)]
enum Reply {
    Whole(u16, &'static str, String),
    Cut,
    Silence,
    Endless,
}

fn ok(body: &Value) -> Reply {
    Reply::Whole(200, "", body.to_string())
}

/// A token whose catalogue leads back to this server.
fn token(url: &str, services: &[&str], life: &str) -> Reply {
    let entry = |kind: &&str| {
        let end = |interface, region, url| json!({ "interface": interface, "region_id": region, "url": url });
        let ends = [end("internal", "R", "http://127.0.0.1:1".to_owned()), end("public", "R", format!("{url}/{kind}"))];
        json!({ "type": kind, "endpoints": ends })
    };
    let token = json!({
        "issued_at": "2026-01-05T08:00:00.000000Z", "expires_at": life,
        "project": { "id": "p", "domain": { "id": "d" } }, "user": { "id": "u" },
        "catalog": services.iter().map(entry).collect::<Vec<_>>(),
    });
    Reply::Whole(201, "X-Subject-Token: t\r\n", json!({ "token": token }).to_string())
}

const LONG_LIFE: &str = "2026-01-05T09:00:00.000000Z";

struct Server {
    url: String,
    /// First line of every request.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the requests in this order; what comes after them gets no answer.
    async fn of(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (noted, replies) = (seen.clone(), replies(&url));
        tokio::spawn(async move {
            for reply in replies {
                let (mut stream, _) = listener.accept().await.unwrap();
                take(&mut stream, &noted, reply).await;
            }
        });
        Self { url, seen }
    }

    fn session(&self) -> Session {
        self.session_for(Duration::from_millis(600))
    }

    /// One that waits so long for an answer.
    fn session_for(&self, whole: Duration) -> Session {
        let (connect, pause) = (Duration::from_secs(1), Duration::from_millis(5));
        let patience = Patience { connect, whole, tries: 3, pause };
        Session::new(settings(&self.url), Password("geheim-口令".into()), patience, 2)
    }

    fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|line| line.trim_end_matches(" HTTP/1.1").to_owned()).collect()
    }
}

/// Takes one request, notes its first line, and answers it.
async fn take(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), noted: &Mutex<Vec<String>>, reply: Reply) {
    let mut request = vec![0; 16 << 10];
    let read = stream.read(&mut request).await.unwrap();
    let text = String::from_utf8_lossy(&request[..read]).into_owned();
    noted.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
    answer(stream, reply).await;
}

async fn answer(stream: &mut (impl AsyncWrite + Unpin), reply: Reply) {
    let head = |status: u16, more: &str, length: usize| {
        format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nX-Openstack-Request-Id: req-7\r\n{more}Content-Length: {length}\r\n\r\n"
        )
    };
    let text = match reply {
        Reply::Whole(status, more, body) => head(status, more, body.len()) + &body,
        Reply::Cut => head(200, "", 900) + "{\"servers\": [",
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            return;
        }
        Reply::Endless => {
            let _ = stream.write_all(head(200, "", 40 << 20).as_bytes()).await;
            while stream.write_all(&[b' '; 64 << 10]).await.is_ok() {}
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes()).await;
}

fn settings(url: &str) -> OpenstackSettings {
    OpenstackSettings {
        auth_url: url.to_owned(),
        region: "R".into(),
        user: "liyun".into(),
        project: "liyun".into(),
        image: Some("test".into()),
        ..OpenstackSettings::default()
    }
}

async fn servers(session: &Session) -> Result<Vec<Value>, CloudError> {
    session.home().list(Service::Compute, "/servers", "", "servers").await
}

#[tokio::test]
async fn a_gateway_that_is_away_is_asked_again_for_what_is_safe() {
    let server = Server::of(|url| {
        let away = || Reply::Whole(503, "Retry-After: 0\r\n", "busy".into());
        vec![token(url, &["compute"], LONG_LIFE), away(), away(), ok(&json!({ "servers": [1] })), away()]
    })
    .await;
    let session = server.session();
    assert_eq!(servers(&session).await.unwrap(), [json!(1)]);
    let error = session.home().act(Service::Compute, "/servers", &json!({})).await.unwrap_err();
    assert_eq!(error.status(), Some(503), "making something is not repeated blindly");
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn what_was_turned_away_before_it_was_done_is_asked_again() {
    let server = Server::of(|url| {
        let slower = Reply::Whole(429, "Retry-After: 0\r\n", "{}".into());
        vec![token(url, &["compute"], LONG_LIFE), slower, ok(&json!({}))]
    })
    .await;
    server.session().home().act(Service::Compute, "/servers", &json!({})).await.unwrap();
    assert_eq!(server.seen()[1..], ["POST /compute/servers"; 2]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let refused = || Reply::Whole(401, "", r#"{"error": {"message": "no"}}"#.into());
    let server = Server::of(|url| {
        let token = || token(url, &["compute"], LONG_LIFE);
        vec![token(), refused(), token(), ok(&json!({ "servers": [] })), refused(), token(), refused()]
    })
    .await;
    let session = server.session();
    assert!(servers(&session).await.unwrap().is_empty());
    let error = servers(&session).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert!(matches!(DriverError::from(error), DriverError::Refused { .. }));
    assert_eq!(server.seen().len(), 7, "it does not go on for ever");
}

#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end() {
    let server = Server::of(|url| {
        // Thirty seconds to live: less than what is wanted in hand.
        let short = || token(url, &["compute"], "2026-01-05T08:00:30.000000Z");
        vec![short(), short(), token(url, &["compute"], LONG_LIFE)]
    })
    .await;
    let session = server.session();
    for _ in 0..5 {
        session.token(&Scope::Home).await.unwrap();
    }
    assert_eq!(server.seen(), ["POST /v3/auth/tokens"; 3]);
}

#[tokio::test]
async fn an_answer_that_is_cut_slow_garbled_or_endless_is_an_error_within_its_time() {
    let garbled = || Reply::Whole(200, "", "<html>".into());
    let other = || ok(&json!({ "servers": "none" }));
    // Only silence is to be cut short by the clock: what comes at all comes slowly where much else is running.
    let (short, long) = (Duration::from_millis(600), Duration::from_secs(30));
    for (replies, patience, said) in [
        (vec![Reply::Cut; 3], long, "servers"),
        (vec![Reply::Silence], short, "servers"),
        (vec![garbled()], long, "req-7"),
        (vec![other()], long, "req-7"),
        (vec![Reply::Endless], long, "longer than"),
    ] {
        let server = Server::of(|url| [vec![token(url, &["compute"], LONG_LIFE)], replies].concat()).await;
        let session = server.session_for(patience);
        let ended = tokio::time::timeout(2 * long, servers(&session)).await.expect("it ends");
        let error = DriverError::from(ended.unwrap_err());
        assert!(matches!(error, DriverError::Retry { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn pages_follow_the_query_of_the_next_link_and_never_its_host() {
    let page = |url: &str, marker: u32| {
        let next = json!([{ "rel": "next", "href": format!("{url}/elsewhere?limit=2&marker={marker}") }]);
        ok(&json!({ "servers": [marker], "servers_links": next }))
    };
    let server = Server::of(|url| {
        let last = ok(&json!({ "servers": [9] }));
        vec![token(url, &["compute"], LONG_LIFE), page("http://127.0.0.1:1", 1), page("http://127.0.0.1:1", 2), last]
    })
    .await;
    assert_eq!(servers(&server.session()).await.unwrap(), [json!(1), json!(2), json!(9)]);
    assert_eq!(server.seen()[3], "GET /compute/servers?limit=2&marker=2");

    let server = Server::of(|url| vec![token(url, &["compute"], LONG_LIFE), page(url, 1), page(url, 1)]).await;
    let error = servers(&server.session()).await.unwrap_err();
    assert!(error.to_string().contains("same page"), "{error}");
}

#[tokio::test]
async fn usage_is_asked_by_one_list_and_one_call_for_each_that_runs() {
    let [busy, leaving, unknown] = [1, 2, 3].map(|n| ResourceId(uuid::Uuid::from_u128(n)));
    let server = Server::of(|url| {
        let listed = json!([{ "id": "a", "name": format!("ly-{busy}") }, { "id": "b", "name": format!("ly-{leaving}") }]);
        let told = json!({ "state": "running", "uptime": 46664, "cpu_details": [{ "id": 0, "time": 17300000000_u64, "utilisation": 15 }] });
        let stopped = Reply::Whole(409, "", r#"{"conflictingRequest": {"message": "it is stopped"}}"#.into());
        vec![token(url, &["compute"], LONG_LIFE), ok(&json!({ "servers": listed })), ok(&told), stopped]
    })
    .await;
    let shelf = tempfile::tempdir().expect("a folder");
    let patience = Patience { tries: 1, ..Patience::default() };
    let shelf = Arc::new(crate::shelf::DirectoryShelf::new(shelf.path()));
    let password = Password("geheim-口令".into());
    let cloud = Openstack::with(settings(&server.url), password, shelf, Arc::new(|| "now".into()), (patience, 2));
    let told = cloud.usage(&[busy, leaving, unknown]).await.expect("it answers");
    assert_eq!(told.iter().map(|one| one.cpu_percent).collect::<Vec<_>>(), [Some(15), None, None]);
    assert!(told.iter().all(|one| one.memory_percent.is_none()), "what a guest holds is not what it uses");
    assert_eq!(
        server.seen()[1..],
        [
            "GET /compute/servers?all_tenants=1&status=ACTIVE&limit=2",
            "GET /compute/servers/a/diagnostics",
            "GET /compute/servers/b/diagnostics"
        ]
    );
}

/// Until its row is gone Nova counts it in the quota: a new one in its place would be refused.
#[tokio::test]
async fn a_deleted_server_is_waited_for_until_nova_shows_it_no_more() {
    let server = |status: &str| {
        let server = json!({ "id": "a", "name": "ly-a", "status": status, "flavor": { "vcpus": 2, "ram": 256 } });
        ok(&json!({ "server": server }))
    };
    let none = || Reply::Whole(404, "", r#"{"itemNotFound": {"message": "gone"}}"#.into());
    let cloud = Server::of(|url| {
        let begun = Reply::Whole(204, "", String::new());
        vec![token(url, &["compute"], LONG_LIFE), begun, server("ACTIVE"), server("DELETED"), none()]
    })
    .await;
    let session = cloud.session();
    nova::delete(&session.home(), "a").await.expect("it goes");
    assert_eq!(cloud.seen().len(), 5);
}

#[tokio::test]
async fn a_resize_that_is_being_confirmed_is_waited_for() {
    let server = |status: &str| {
        let server = json!({ "id": "a", "name": "ly-a", "status": status, "flavor": { "vcpus": 2, "ram": 256 } });
        ok(&json!({ "server": server }))
    };
    let cloud = Server::of(|url| {
        let twice = r#"{"badRequest": {"message": "Instance has not been resized."}}"#;
        let (taken, again) = (Reply::Whole(204, "", String::new()), Reply::Whole(400, "", twice.into()));
        vec![
            token(url, &["compute"], LONG_LIFE),
            server("VERIFY_RESIZE"),
            taken,
            // Nova has it still in this status, and nothing more to confirm.
            server("VERIFY_RESIZE"),
            again,
            server("SHUTOFF"),
        ]
    })
    .await;
    let session = cloud.session();
    let settled = nova::settle(&session.home(), "a").await.expect("it comes to rest");
    assert_eq!((settled.status.as_str(), cloud.seen().len()), ("SHUTOFF", 6));
}

#[tokio::test]
async fn a_service_that_is_not_in_the_catalogue_is_named() {
    let server = Server::of(|url| vec![token(url, &["network"], LONG_LIFE)]).await;
    let error = servers(&server.session()).await.unwrap_err();
    assert_eq!(error.to_string(), r#"no compute service in the catalogue for region "R", interface "public""#);
    assert!(matches!(DriverError::from(error), DriverError::Refused { .. }));
}

#[tokio::test]
async fn the_password_is_in_no_error_and_no_debug_text() {
    let refused =
        Reply::Whole(401, "", r#"{"error": {"message": "The request you have made requires authentication."}}"#.into());
    let server = Server::of(|_| vec![refused]).await;
    let error = servers(&server.session()).await.unwrap_err();
    assert!(matches!(error, CloudError::Credentials { .. }), "{error}");
    for text in [format!("{error}"), format!("{error:?}"), format!("{:?}", Password("geheim-口令".into()))] {
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[tokio::test]
async fn a_ca_that_is_none_is_said_at_every_call() {
    let settings = OpenstackSettings { ca_pem: Some("nonsense".into()), ..settings("https://127.0.0.1:1") };
    let session = Session::new(settings, Password("x".into()), Patience::default(), 2);
    let error = DriverError::from(servers(&session).await.unwrap_err());
    assert!(error.zh().contains("CA 证书"), "{error}");
}
