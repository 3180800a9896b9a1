//! Malformed input, whatever its form, is a problem with code and field; and a panic stays inside.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use tower::ServiceExt;

use super::*;
use crate::layers;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Request1 {
    #[allow(dead_code, reason = "only its reading is tested")]
    name: String,
    servers: Vec<Server>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    memory_gib: u16,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    limit: u8,
}

fn router() -> Router {
    let router = Router::new()
        .route(
            "/json",
            post(|ApiJson(body): ApiJson<Request1>| async move {
                body.servers.iter().map(|s| s.memory_gib).sum::<u16>().to_string()
            }),
        )
        .route("/query", get(|ApiQuery(filter): ApiQuery<Filter>| async move { filter.limit.to_string() }))
        .route("/path/{id}", get(|ApiPath(id): ApiPath<uuid::Uuid>| async move { id.to_string() }))
        .route("/version", get(|IfMatch(version): IfMatch| async move { version.to_string() }))
        .route(
            "/meta",
            post(|RequestMeta(meta): RequestMeta, _body: String| async move {
                format!("{:?}", meta.idempotency.map(|(_, print)| print))
            }),
        )
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("a secret")
                }
            }),
        );
    layers::wrap_plain(router)
}

async fn send(request: axum::http::request::Builder, body: impl Into<Body>) -> (u16, serde_json::Value, String) {
    let response = router().oneshot(request.body(body.into()).expect("a request")).await.expect("infallible");
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (status, serde_json::from_slice(&bytes).unwrap_or_default(), text)
}

fn json() -> axum::http::request::Builder {
    axum::http::Request::post("/json").header("content-type", "application/json")
}

#[tokio::test]
async fn a_malformed_body_names_code_and_field() {
    let cases: &[(&str, u16, &str, Option<&str>)] = &[
        ("{", 400, "body.not_json", None),
        (r#"{"servers": []}"#, 400, "body.malformed", Some("name")),
        (r#"{"name": "a", "servers": [], "nmae": 1}"#, 400, "body.malformed", Some("nmae")),
        (
            r#"{"name": "a", "servers": [{"memory_gib": 1}, {"memory_gib": -8}]}"#,
            400,
            "body.malformed",
            Some("servers[1].memory_gib"),
        ),
        (r#"{"name": "a", "servers": [{"memory_gib": 70000}]}"#, 400, "body.malformed", Some("servers[0].memory_gib")),
        (r#"{"name": "a", "servers": [{}]}"#, 400, "body.malformed", Some("servers[0].memory_gib")),
    ];
    for (body, status, code, field) in cases {
        let (got, problem, text) = send(json(), *body).await;
        assert_eq!(
            (got, problem["code"].as_str(), problem["field"].as_str()),
            (*status, Some(*code), *field),
            "{body} → {text}"
        );
        assert!(problem["zh"].as_str().is_some_and(|zh| !zh.is_empty()) && problem["en"].is_string(), "{text}");
    }
    let (status, _, text) = send(json(), r#"{"name": "a", "servers": [{"memory_gib": 8}, {"memory_gib": 4}]}"#).await;
    assert_eq!((status, text.as_str()), (200, "12"));
}

#[tokio::test]
async fn a_body_without_its_content_type_or_too_large_is_a_problem() {
    let (status, problem, _) = send(axum::http::Request::post("/json"), "{}").await;
    assert_eq!((status, problem["code"].as_str()), (415, Some("body.content_type")));
    let (status, problem, _) = send(json(), " ".repeat(layers::BODY_LIMIT_BYTES + 1)).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body.too_large")));
}

#[tokio::test]
async fn malformed_query_path_and_headers_are_problems() {
    let get = axum::http::Request::get;
    for (request, status, code, field) in [
        (get("/query"), 400, "query.malformed", Some("limit")),
        (get("/query?limit=300"), 400, "query.malformed", Some("limit")),
        (get("/query?limit=3&page=1"), 400, "query.malformed", Some("page")),
        (get("/path/42"), 404, "not_found", None),
        (get("/version"), 428, "if_match.missing", Some("If-Match")),
        (get("/version").header("if-match", "W/\"x\""), 400, "if_match.malformed", Some("If-Match")),
        (
            axum::http::Request::post("/meta").header("idempotency-key", "short"),
            400,
            "idempotency.key_malformed",
            Some("Idempotency-Key"),
        ),
    ] {
        let described = format!("{request:?}");
        let (got, problem, text) = send(request, "").await;
        assert_eq!(
            (got, problem["code"].as_str(), problem["field"].as_str()),
            (status, Some(code), field),
            "{described} → {text}"
        );
    }
    let (_, _, text) = send(get("/version").header("if-match", "\"7\""), "").await;
    assert_eq!(text, "7");
}

#[tokio::test]
async fn the_same_request_has_the_same_fingerprint_and_another_body_another() {
    let with_key = || axum::http::Request::post("/meta").header("idempotency-key", "0123456789");
    let (_, _, first) = send(with_key(), "a").await;
    let (_, _, again) = send(with_key(), "a").await;
    let (_, _, other) = send(with_key(), "b").await;
    let (_, _, without) = send(axum::http::Request::post("/meta"), "a").await;
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(without, "None");
}

#[tokio::test]
async fn a_panic_is_an_opaque_500() {
    let (status, problem, text) = send(axum::http::Request::get("/panic"), "").await;
    assert_eq!((status, problem["code"].as_str()), (500, Some("fault")));
    assert!(problem["request_id"].is_string() && !text.contains("secret"), "{text}");
}
