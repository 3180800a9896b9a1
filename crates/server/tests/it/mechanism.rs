//! What every request meets, whatever its room.

use serde_json::json;
use testkit::TestApp;

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
