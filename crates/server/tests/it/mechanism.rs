//! What every request meets, whatever its room.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{TestApp, count};

#[tokio::test]
async fn health_says_ok_and_nothing_of_versions() {
    let city = TestApp::start().await;
    let answer = city.anonymous().get("/api/health").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, json!({ "status": "ok" }));
    assert_eq!(answer.header("server"), "");
}

#[tokio::test]
async fn an_unknown_api_address_is_a_problem_and_not_the_page() {
    let city = TestApp::start().await;
    let answer = city.anonymous().get("/api/no-such-thing").await;
    assert_eq!(answer.refused(404), "not_found");
    assert_eq!(answer.body["request_id"].as_str(), Some(answer.header("x-request-id")));
}

#[tokio::test]
async fn a_method_an_address_does_not_take_is_a_problem() {
    let city = TestApp::start().await;
    let answer = city.anonymous().delete("/api/health").await;
    assert_eq!(answer.refused(405), "method_not_allowed");
}

#[tokio::test]
async fn every_answer_forbids_foreign_content_and_framing() {
    let city = TestApp::start().await;
    for path in ["/", "/api/health", "/api/no-such-thing", "/cases/1"] {
        let answer = city.anonymous().get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: not behind TLS");
    }
}

#[tokio::test]
async fn the_api_is_never_cached() {
    let city = TestApp::start().await;
    assert_eq!(city.anonymous().get("/api/health").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn while_postgresql_is_stopped_requests_get_503_and_work_resumes_by_itself() {
    let (city, postgres) = TestApp::start_with_own_postgres().await;
    let client = city.anonymous();
    assert_eq!(client.get("/api/health").await.status, 200);

    postgres.pause();
    let answer = client.get("/api/health").await;
    assert_eq!(answer.refused(503), "unavailable");
    assert_ne!(answer.header("retry-after"), "");
    assert!(!answer.text().contains("sqlx") && !answer.text().contains("socket"), "{}", answer.text());

    postgres.resume();
    let begun = std::time::Instant::now();
    let mut last = 0;
    while last != 200 && begun.elapsed() < std::time::Duration::from_secs(20) {
        last = client.get("/api/health").await.status;
    }
    assert_eq!(last, 200, "the server resumed without being told");
}

/// A browser that goes away has its request dropped wherever that stands, also between BEGIN and its answer.
#[tokio::test]
async fn a_request_dropped_while_it_begins_leaves_no_transaction_open() {
    let city = TestApp::start().await;
    let store = &city.app.store;
    for polls in 1..=8 {
        drop_after(polls, store.begin()).await;
        none_open(&city, polls).await;
        drop_after(polls, store.snapshot()).await;
        none_open(&city, polls).await;
    }
}

async fn none_open(city: &TestApp, polls: usize) {
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let deadline = Instant::now() + Duration::from_secs(5);
    while count(city.database().url(), open).await > 0 {
        assert!(Instant::now() < deadline, "dropped at {polls}: a transaction stays open that nobody will end");
    }
}

/// Goes on with the future until it was polled so often, then drops it.
async fn drop_after<T>(polls: usize, future: impl Future<Output = T>) {
    let mut future = pin!(future);
    let mut polled = 0;
    std::future::poll_fn(|context| {
        polled += 1;
        let over = future.as_mut().poll(context).is_ready() || polled == polls;
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
