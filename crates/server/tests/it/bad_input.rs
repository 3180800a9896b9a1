//! 不合格的输入: each gets a clear answer, and nothing is changed or lost.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, City, Client, TestApp};

use crate::cast::{Case, Cast, EDUCATION};

/// A handler with an empty draft: the draft's id and the browser.
async fn draft(city: &City) -> (Client, String) {
    let handler = city.sign_in("agency_handler").await;
    let made = handler.post("/api/applications", &Value::Null).await.ok();
    let id = made["id"].as_str().expect("an id").to_owned();
    (handler, id)
}

async fn put_text(client: &Client, path: &str, version: &str, body: impl Into<Vec<u8>>) -> Answer {
    client.send(Method::PUT, path, &[("if-match", version)], Some(body.into())).await
}

#[tokio::test]
async fn what_is_no_json_or_not_the_json_asked_for_is_a_400_that_names_the_field() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let form = format!("/api/applications/{id}/form");
    for (body, code, field) in [
        ("", "body.not_json", None),
        ("{", "body.not_json", None),
        ("{\"system\": {\"name\": \"\u{0}\"}}", "body.not_json", None),
        (r#"{"system": {"name": "\u0000"}}"#, "body.nul", None),
        ("[]", "body.malformed", None),
        (r#"{"sistem": {}}"#, "body.malformed", Some("sistem")),
        (r#"{"system": {"nmae": "x"}}"#, "body.malformed", Some("system.nmae")),
        (r#"{"servers": [{"vcpu": "four"}]}"#, "body.malformed", Some("servers[0].vcpu")),
        (r#"{"servers": [{"vcpu": -1}]}"#, "body.malformed", Some("servers[0].vcpu")),
        (r#"{"servers": [{"vcpu": 70000}]}"#, "body.malformed", Some("servers[0].vcpu")),
        (r#"{"request": {"mode": "sometimes"}}"#, "body.malformed", Some("request.mode")),
        (
            r#"{"funding": {"expected_activation": "2025-02-30"}}"#,
            "body.malformed",
            Some("funding.expected_activation"),
        ),
    ] {
        let answer = put_text(&handler, &form, "\"1\"", body).await;
        assert_eq!(answer.refused(400), code, "{body}");
        assert_eq!(answer.body["field"].as_str(), field, "{body}: {}", answer.text());
        assert!(!answer.body["zh"].as_str().unwrap_or_default().is_empty(), "{body}");
    }
    let bytes = put_text(&handler, &form, "\"1\"", vec![0xff, 0xfe, 0x00]).await;
    assert_eq!(bytes.refused(400), "body.not_json");
    let page = handler.get(&format!("/api/cases/{id}")).await.ok();
    assert_eq!(page["version"], 1, "nothing was saved");
}

#[tokio::test]
async fn deeply_nested_json_is_refused_and_the_server_goes_on() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let deep = format!("{{\"system\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = put_text(&handler, &format!("/api/applications/{id}/form"), "\"1\"", deep).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(handler.get("/api/health").await.status, 200);
}

#[tokio::test]
async fn a_body_beyond_two_mebibytes_is_a_413() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let form = format!("/api/applications/{id}/form");
    let of = |bytes: usize| json!({ "estimate": { "situation": "x".repeat(bytes) } }).to_string();
    let large = of(2 * 1024 * 1024);
    let answer = put_text(&handler, &form, "\"1\"", large.clone()).await;
    assert_eq!(answer.refused(413), "body.too_large");
    let huge = of(5 * 1024 * 1024);
    let headers = [("if-match", "\"1\""), ("idempotency-key", "0123456789abcdef")];
    let with_key = handler.send(Method::PUT, &form, &headers, Some(huge.into_bytes())).await;
    assert_eq!(with_key.refused(413), "body.too_large", "also where the body is read for its fingerprint");
    let fits = put_text(&handler, &form, "\"1\"", of(1024 * 1024)).await;
    assert_eq!(fits.status, 200, "a long draft is saved: {}", fits.text());
    let found = fits.body["findings"].as_array().expect("findings").clone();
    assert!(
        found.iter().any(|f| f["field"] == "estimate.situation" && f["code"] == "form.too_long"),
        "and remarked on"
    );
}

#[tokio::test]
async fn a_text_that_is_blank_or_too_long_is_no_opinion() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let commands = format!("/api/applications/{id}/commands");
    let long = "长".repeat(501);
    for opinion in ["", "   ", &long] {
        let command = json!({ "command": "withdraw", "opinion": opinion });
        let answer = handler.post_with(&commands, &[("if-match", "\"1\"")], &command).await;
        assert_eq!(answer.refused(400), "body.malformed", "{} characters", opinion.chars().count());
    }
    let fits = json!({ "command": "withdraw", "opinion": "长".repeat(500) });
    assert_eq!(handler.post_with(&commands, &[("if-match", "\"1\"")], &fits).await.status, 200);
}

#[tokio::test]
async fn an_update_says_which_version_it_saw() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let form = format!("/api/applications/{id}/form");
    let missing = handler.send(Method::PUT, &form, &[], Some(b"{}".to_vec())).await;
    assert_eq!((missing.refused(428), missing.body["field"].as_str()), ("if_match.missing", Some("If-Match")));
    for version in ["*", "\"one\"", "W/\"1\"", "\"99999999999999999999\""] {
        assert_eq!(put_text(&handler, &form, version, "{}").await.refused(400), "if_match.malformed", "{version}");
    }
    assert_eq!(put_text(&handler, &form, "\"1\"", "{}").await.status, 200);
    let stale = put_text(&handler, &form, "\"1\"", "{}").await;
    assert_eq!(stale.refused(412), "stale_version");
    assert_eq!(stale.body["current_version"], 2, "the page can say what to reload");
}

#[tokio::test]
async fn of_two_who_save_over_the_same_version_one_wins_and_none_is_lost_silently() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let form = format!("/api/applications/{id}/form");
    let named = |name: &str| json!({ "system": { "name": name } }).to_string();
    let both = [put_text(&handler, &form, "\"1\"", named("甲")), put_text(&handler, &form, "\"1\"", named("乙"))];
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let winner = if first.status == 200 { "甲" } else { "乙" };
    let kept = handler.get(&form).await.ok();
    assert_eq!(kept["system"]["name"], winner);
}

#[tokio::test]
async fn a_request_sent_twice_under_one_key_has_one_effect_and_one_answer() {
    let cast = Cast::start().await;
    let handler = cast.browser("agency_handler").await;
    let key = [("idempotency-key", "9f0c6f2e-press-once")];
    let before = cast.entries().await;
    let first = handler.post_with("/api/applications", &key, &Value::Null).await.ok();
    let second = handler.post_with("/api/applications", &key, &Value::Null).await.ok();
    assert_eq!(first, second);
    assert_eq!(cast.entries().await - before, 1, "one effect, one entry");
    let other = handler.post_with("/api/applications", &key, &json!({})).await;
    assert_eq!(other.refused(400), "idempotency.key_reused", "another request under the same key");
    let short = handler.post_with("/api/applications", &[("idempotency-key", "short")], &Value::Null).await;
    assert_eq!(short.refused(400), "idempotency.key_malformed");
    let somebody_else = cast.browser("county_agency_handler").await;
    let theirs = somebody_else.post_with("/api/applications", &key, &Value::Null).await.ok();
    assert_ne!(theirs["id"], first["id"], "a key belongs to its person");
}

#[tokio::test]
async fn eight_presses_at_the_same_moment_have_one_effect() {
    let cast = Cast::start().await;
    let handler = cast.browser("agency_handler").await;
    let before = cast.entries().await;
    let presses: Vec<_> = (0..8)
        .map(|_| {
            let handler = handler.clone();
            tokio::spawn(async move {
                let key = [("idempotency-key", "eight-presses-at-once")];
                handler.post_with("/api/applications", &key, &Value::Null).await.ok()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for press in presses {
        answers.push(press.await.expect("no press panics"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(cast.entries().await - before, 1);
    let listed = handler.get("/api/cases").await.ok();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn e10_another_agencys_case_is_not_there_whatever_version_is_sent() {
    let city = City::start().await;
    let (_, id) = draft(&city).await;
    let stranger = city.sign_in("county_agency_handler").await;
    for path in [format!("/api/cases/{id}"), format!("/api/applications/{id}/form")] {
        assert_eq!(stranger.get(&path).await.refused(404), "not_found", "{path}");
    }
    for version in ["\"1\"", "\"7\""] {
        let saved = put_text(&stranger, &format!("/api/applications/{id}/form"), version, "{}").await;
        assert_eq!(saved.refused(404), "not_found", "{version}");
        let command = json!({ "command": "submit", "mode": "special" });
        let path = format!("/api/applications/{id}/commands");
        let pressed = stranger.post_with(&path, &[("if-match", version)], &command).await;
        assert_eq!(pressed.refused(404), "not_found", "{version}");
    }
    let nowhere = stranger.get("/api/cases/00000000-0000-7000-8000-000000000000").await;
    let malformed = stranger.get("/api/cases/1%20or%201=1").await;
    assert_eq!((nowhere.refused(404), malformed.refused(404)), ("not_found", "not_found"));
    let listed = stranger.get("/api/cases").await.ok();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_change_from_a_page_of_another_site_is_refused() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let forged = handler.without_csrf_token();
    let form = format!("/api/applications/{id}/form");
    assert_eq!(put_text(&forged, &form, "\"1\"", "{}").await.refused(403), "csrf.mismatch");
    assert_eq!(forged.post("/api/applications", &Value::Null).await.refused(403), "csrf.mismatch");
    let wrong = [("if-match", "\"1\""), ("x-csrf-token", "0000")];
    assert_eq!(forged.send(Method::PUT, &form, &wrong, Some(b"{}".to_vec())).await.refused(403), "csrf.mismatch");
    assert_eq!(forged.get(&form).await.status, 200, "reading needs none");
    assert_eq!(handler.get(&format!("/api/cases/{id}")).await.ok()["version"], 1);
}

#[tokio::test]
async fn unknown_filters_and_places_of_a_list_are_named() {
    let city = City::start().await;
    let reviewer = city.sign_in("center_reviewer").await;
    for (path, field) in [
        ("/api/cases?stgae=trial", "stgae"),
        ("/api/cases?limit=many", "limit"),
        ("/api/cases?agency_id=1", "agency_id"),
        ("/api/work-list?box=everything", "box"),
    ] {
        let answer = reviewer.get(path).await;
        assert_eq!(answer.refused(400), "query.malformed", "{path}");
        assert_eq!(answer.body["field"], field, "{path}: {}", answer.text());
    }
    let cursor = reviewer.get("/api/cases?cursor=not-a-place").await;
    assert_eq!(cursor.status, 400, "{}", cursor.text());
    assert_eq!(reviewer.get("/api/cases?q=%00").await.refused(400), "query.malformed");
    let strange = reviewer.get("/api/cases?q=%27%3B%20DROP%20TABLE%20application%3B--%25_%5C").await;
    assert_eq!(strange.ok()["items"], json!([]), "what is searched for is text");
}

#[tokio::test]
async fn an_application_with_faults_is_not_submitted_and_every_fault_is_named() {
    let city = City::start().await;
    let (handler, id) = draft(&city).await;
    let command = json!({ "command": "submit", "mode": "special" });
    let path = format!("/api/applications/{id}/commands");
    let answer = handler.post_with(&path, &[("if-match", "\"1\"")], &command).await;
    assert_eq!(answer.refused(422), "invalid_input");
    let findings = answer.body["findings"].as_array().expect("findings");
    assert!(findings.len() > 10, "all at once: {}", findings.len());
    for finding in findings {
        for part in ["field", "code", "zh", "en", "severity"] {
            assert!(finding[part].as_str().is_some_and(|text| !text.is_empty()), "{part} of {finding}");
        }
        assert!(finding["clause"]["cite"].is_string(), "{finding}");
    }
    assert_eq!(handler.get(&format!("/api/cases/{id}")).await.ok()["state"]["code"], "draft");
}

#[tokio::test]
async fn while_postgresql_is_stopped_a_save_is_a_503_and_is_whole_or_not_at_all() {
    let (server, postgres) = TestApp::start_with_own_postgres().await;
    let city = City::over(server).await;
    let (handler, id) = draft(&city).await;
    let form = format!("/api/applications/{id}/form");
    let named = |name: &str| json!({ "system": { "name": name } });
    handler.put(&form, 1, &named("之前")).await.ok();

    postgres.pause();
    let answer = handler.put(&form, 2, &named("之中")).await;
    assert_eq!(answer.refused(503), "unavailable");
    assert!(!answer.text().contains("sqlx") && !answer.text().contains("socket"), "{}", answer.text());

    postgres.resume();
    let begun = std::time::Instant::now();
    let kept = loop {
        let answer = handler.get(&form).await;
        if answer.status == 200 {
            break answer.body;
        }
        assert_eq!(answer.refused(503), "unavailable");
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "work does not resume");
    };
    assert_eq!(kept["system"]["name"], "之前", "nothing half-written shows");
    handler.put(&form, 2, &named("之后")).await.ok();
    let count = "SELECT count(*) FROM audit_entry WHERE action = 'application.edit'";
    assert_eq!(testkit::count(&postgres.url(), count).await, 2, "each save that held has its entry, no other has");
}

#[tokio::test]
async fn a_case_that_moved_on_refuses_the_button_of_the_page_before() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "过期页面").await;
    let (path, version) = case.place("center_acceptor", "application").await;
    case.accept().await;
    let acceptor = cast.browser("center_acceptor").await;
    let seen = format!("\"{version}\"");
    let decline = json!({ "command": "decline", "reason": "other", "opinion": "重复" });
    let stale = acceptor.post_with(&format!("{path}/commands"), &[("if-match", &seen)], &decline).await;
    assert_eq!(stale.refused(412), "stale_version");
    assert_eq!(case.state().await, "under_review");
    let again = case.press("center_acceptor", "application", &decline).await;
    assert_eq!(again.refused(409), "application.out_of_order");
    assert_eq!(again.body["clause"]["code"], "A10");
}
