//! 会话: signing in step by step, what locks, what runs out, what the cookie is (E1–E8).

use domain::org::Role;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use testkit::{Answer, City, Client, PASSWORD, TestApp, totp_code};

const HANDLER: &str = "agency_handler";

async fn password(browser: &Client, username: &str, password: &str) -> Answer {
    browser.post("/api/session", &json!({ "username": username, "password": password })).await
}

/// The code of this moment.
fn code(city: &TestApp, secret: &str) -> Value {
    json!({ "code": totp_code(secret, city.app.clock.instant().as_second()) })
}

/// Time passes until the next code.
fn next_code(city: &TestApp) {
    city.app.clock.let_pass(SignedDuration::from_secs(30));
}

/// Signs in for the first time: password, enrolment, code. Answers the browser and the secret.
async fn first_log_in(city: &TestApp, username: &str) -> (Client, String) {
    let mut browser = city.anonymous();
    let step = password(&browser, username, PASSWORD).await.ok();
    assert_eq!(step["stage"]["code"], "enrol");
    browser.take_csrf_token().await;
    let secret = browser.get("/api/session/second-factor").await.ok()["secret"].as_str().expect("secret").to_owned();
    let full = browser.post("/api/session/second-factor", &code(city, &secret)).await.ok();
    assert_eq!(full["stage"]["code"], "full");
    browser.take_csrf_token().await;
    (browser, secret)
}

/// Signs in again.
async fn log_in(city: &TestApp, username: &str, secret: &str) -> Client {
    let mut browser = city.anonymous();
    password(&browser, username, PASSWORD).await.ok();
    browser.take_csrf_token().await;
    browser.post("/api/session/second-factor", &code(city, secret)).await.ok();
    browser.take_csrf_token().await;
    browser
}

#[tokio::test]
async fn everyone_of_the_test_city_is_signed_in_with_exactly_their_role() {
    let city = City::start().await;
    for role in Role::ALL {
        let session = city.as_role(*role).await.get("/api/session").await.ok();
        assert_eq!(session["signed_in"], true, "{role}");
        assert_eq!(session["stage"]["code"], "full", "{role}");
        assert_eq!(session["roles"].as_array().map(Vec::len), Some(1), "{role}");
        assert_eq!(session["roles"][0]["role"]["code"], role.code());
    }
    let county = city.sign_in("county_agency_handler").await.get("/api/session").await.ok();
    assert_eq!(county["person"]["county"], "450321");
}

#[tokio::test]
async fn without_a_session_the_page_learns_what_to_offer_and_nothing_else() {
    let empty = TestApp::start().await;
    let answer = empty.anonymous().get("/api/session").await.ok();
    assert_eq!(answer, json!({ "signed_in": false, "setup_required": true, "demo": false, "today": "2025-03-03" }));
    let city = City::start().await;
    assert_eq!(city.anonymous().get("/api/session").await.ok()["setup_required"], false);
    assert_eq!(city.anonymous().get("/api/cases").await.refused(401), "session.none");
}

#[tokio::test]
async fn e3_password_alone_opens_nothing_but_the_next_step() {
    let city = City::start().await;
    let mut browser = city.anonymous();
    let step = password(&browser, HANDLER, PASSWORD).await.ok();
    assert_eq!(step["signed_in"], true);
    assert_eq!(step["actions"], json!([]), "no menu before the second factor");
    browser.take_csrf_token().await;
    for path in ["/api/cases", "/api/work-list?box=todo", "/api/dashboard"] {
        assert_eq!(browser.get(path).await.refused(401), "session.unfinished", "{path}");
    }
    let wrong = browser.post("/api/session/second-factor", &json!({ "code": "000000" })).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(wrong.body["findings"][0]["field"], "code");
}

#[tokio::test]
async fn e3_a_code_is_good_once() {
    let city = City::start().await;
    let (first, secret) = first_log_in(&city, HANDLER).await;
    assert_eq!(first.get("/api/cases").await.status, 200);
    let mut second = city.anonymous();
    assert_eq!(password(&second, HANDLER, PASSWORD).await.ok()["stage"]["code"], "verify");
    second.take_csrf_token().await;
    let replayed = second.post("/api/session/second-factor", &code(&city, &secret)).await;
    assert_eq!(replayed.refused(422), "invalid_input");
    assert_eq!(replayed.body["findings"][0]["code"], "second_factor.wrong");
    next_code(&city);
    second.post("/api/session/second-factor", &code(&city, &secret)).await.ok();
    let shown = second.get("/api/session/second-factor").await;
    assert_eq!(shown.refused(409), "session.other_step", "a confirmed key is never shown again");
}

#[tokio::test]
async fn e1_a_second_log_in_ends_the_first() {
    let city = City::start().await;
    let (first, secret) = first_log_in(&city, HANDLER).await;
    next_code(&city);
    let second = log_in(&city, HANDLER, &secret).await;
    assert_eq!(first.get("/api/cases").await.refused(401), "session.superseded");
    assert_eq!(second.get("/api/cases").await.status, 200);
}

#[tokio::test]
async fn e4_five_failures_lock_for_thirty_minutes_and_the_answer_never_tells_which() {
    let city = City::start().await;
    let browser = city.anonymous();
    let mut answers = vec![password(&browser, "no_such_person", PASSWORD).await];
    for attempt in 1..=4 {
        answers.push(password(&browser, HANDLER, &format!("wrong-{attempt}")).await);
    }
    assert_eq!(password(&browser, HANDLER, PASSWORD).await.status, 200, "four failures do not lock");
    for attempt in 5..=8 {
        answers.push(password(&browser, HANDLER, &format!("wrong-{attempt}")).await);
    }
    // The four before count on, for the log-in was not completed: the fifth locked, and the right password is wrong now.
    answers.push(password(&browser, HANDLER, PASSWORD).await);
    let words =
        |answer: &Answer| (answer.refused(401).to_owned(), answer.body["zh"].clone(), answer.body["en"].clone());
    let first = words(&answers[0]);
    assert!(answers.iter().all(|answer| words(answer) == first), "one answer for all");
    city.app.clock.let_pass(SignedDuration::from_mins(29));
    assert_eq!(password(&browser, HANDLER, PASSWORD).await.status, 401, "still locked");
    city.app.clock.let_pass(SignedDuration::from_mins(1));
    assert_eq!(password(&browser, HANDLER, PASSWORD).await.status, 200, "the lock has run out");
}

#[tokio::test]
async fn e4_an_address_with_thirty_failures_waits() {
    let city = City::start().await;
    let browser = city.anonymous();
    for attempt in 0..30 {
        assert_eq!(password(&browser, &format!("nobody{attempt}"), PASSWORD).await.status, 401, "{attempt}");
    }
    let answer = password(&browser, HANDLER, PASSWORD).await;
    assert_eq!(answer.refused(429), "too_many_attempts");
    let wait: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=600).contains(&wait), "{wait}");
    city.app.clock.let_pass(SignedDuration::from_secs(wait + 1));
    assert_eq!(password(&browser, HANDLER, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn e5_fifteen_minutes_idle_and_eight_hours_in_all() {
    let city = City::start().await;
    let browser = city.as_role(Role::AgencyHandler).await;
    let pass = |minutes, seconds| {
        city.app.clock.let_pass(SignedDuration::from_mins(minutes) + SignedDuration::from_secs(seconds));
    };
    pass(14, 50);
    assert_eq!(browser.get("/api/cases").await.status, 200, "used again in time");
    pass(15, 0);
    assert_eq!(browser.get("/api/cases").await.refused(401), "session.idle");
    assert_eq!(browser.get("/api/session").await.ok()["signed_in"], false);

    let browser = city.as_role(Role::AgencyHandler).await;
    for _ in 0..47 {
        pass(10, 0);
        assert_eq!(browser.get("/api/cases").await.status, 200);
    }
    pass(9, 50);
    assert_eq!(browser.get("/api/cases").await.status, 200, "still within eight hours");
    pass(0, 10);
    assert_eq!(browser.get("/api/cases").await.refused(401), "session.expired");
}

#[tokio::test]
async fn e5_a_token_is_worthless_after_signing_out() {
    let city = City::start().await;
    let browser = city.as_role(Role::AgencyHandler).await;
    let answer = browser.delete("/api/session").await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{}", answer.header("set-cookie"));
    assert_eq!(browser.get("/api/session").await.ok()["signed_in"], false);

    let (first, secret) = first_log_in(&city, "agency_leader").await;
    next_code(&city);
    log_in(&city, "agency_leader", &secret).await;
    assert_eq!(first.delete("/api/session").await.refused(401), "session.superseded");
}

#[tokio::test]
async fn e6_the_notice_tells_of_the_last_log_in_and_the_failures_since() {
    let city = City::start().await;
    let (browser, secret) = first_log_in(&city, HANDLER).await;
    let notice = browser.get("/api/session").await.ok()["last_login"].clone();
    assert_eq!(notice["at"], Value::Null, "the first log-in");
    next_code(&city);
    password(&city.anonymous(), HANDLER, "wrong").await;
    password(&city.anonymous(), HANDLER, "wrong again").await;
    let notice = log_in(&city, HANDLER, &secret).await.get("/api/session").await.ok()["last_login"].clone();
    assert_eq!(notice["failures"], 2);
    assert_eq!(notice["ip"], "127.0.0.1");
    assert!(notice["at"].as_str().is_some_and(|at| at.starts_with("2025-03-0")), "{notice}");
}

#[tokio::test]
async fn e7_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let city = City::start().await;
    let cookie = password(&city.anonymous(), HANDLER, PASSWORD).await.header("set-cookie").to_owned();
    for part in ["liyun_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Max-Age") && !cookie.contains("Domain"), "{cookie}");
    let tls = City::over(TestApp::start_behind_tls().await).await;
    let answer = password(&tls.anonymous(), HANDLER, PASSWORD).await;
    assert!(answer.header("set-cookie").contains("Secure"));
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}

#[tokio::test]
async fn a_change_without_the_csrf_token_is_refused_and_reading_is_not() {
    let city = City::start().await;
    let browser = city.as_role(Role::AgencyHandler).await;
    let forged = browser.without_csrf_token();
    assert_eq!(forged.get("/api/cases").await.status, 200);
    for (path, body) in [("/api/applications", json!({})), ("/api/session/password", json!({}))] {
        assert_eq!(forged.post(path, &body).await.refused(403), "csrf.mismatch", "{path}");
    }
    assert_eq!(forged.delete("/api/session").await.refused(403), "csrf.mismatch");
    let other = city.as_role(Role::AgencyLeader).await.get("/api/session").await.ok()["csrf_token"].clone();
    let stolen = [("x-csrf-token", other.as_str().expect("a token"))];
    let answer = forged.post_with("/api/applications", &stolen, &json!({})).await;
    assert_eq!(answer.refused(403), "csrf.mismatch", "another session's token");
    assert_eq!(browser.get("/api/session").await.ok()["signed_in"], true, "nothing happened");
}

#[tokio::test]
async fn signing_in_from_a_page_of_another_site_is_refused() {
    let city = City::start().await;
    let own = city.base.clone();
    let form = json!({ "username": HANDLER, "password": PASSWORD });
    for (headers, allowed) in [
        (vec![("sec-fetch-site", "cross-site")], false),
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("origin", "http://evil.example")], false),
        (vec![("origin", "null")], false),
        (vec![("origin", own.as_str())], true),
        (vec![], true),
    ] {
        let answer = city.anonymous().post_with("/api/session", &headers, &form).await;
        assert_eq!(answer.status == 200, allowed, "{headers:?}: {}", answer.text());
        if !allowed {
            assert_eq!(answer.refused(403), "origin.foreign");
        }
    }
}

#[tokio::test]
async fn e2_a_new_password_follows_the_rules_and_is_none_of_the_last_five() {
    let city = City::start().await;
    let (mut browser, _) = first_log_in(&city, HANDLER).await;
    let change = async |browser: &Client, current: &str, password: &str| {
        browser.post("/api/session/password", &json!({ "current": current, "password": password })).await
    };
    for (password, code) in [
        ("Tk7mwp2Rx", "password.too_short"),
        ("tk7mwp2rxdyz", "password.classes"),
        ("Agency_handler-77", "password.contains_name"),
        ("Guilin@2026", "password.weak"),
    ] {
        let answer = change(&browser, PASSWORD, password).await;
        assert_eq!(answer.status, 422, "{password}: {}", answer.text());
        let codes: Vec<&str> = answer.body["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert!(codes.contains(&code), "{password}: {codes:?}");
    }
    let answer = change(&browser, "not-mine-4T", "Yugan7-mifen-a").await;
    assert_eq!(answer.body["findings"][0]["field"], "current", "{}", answer.text());

    let fresh: Vec<String> = (1..=5).map(|n| format!("Yugan7-mifen-{n}k")).collect();
    let mut current = PASSWORD.to_owned();
    for (day, next) in (4..).zip(&fresh) {
        // The history is ordered by when a password was set.
        city.set_day(date(2025, 3, day));
        change(&browser, &current, next).await.ok();
        browser.take_csrf_token().await;
        current.clone_from(next);
    }
    let again = change(&browser, &current, &fresh[0]).await;
    assert_eq!(again.body["findings"][0]["code"], "password.used_before", "one of the last five: {}", again.text());
    change(&browser, &current, PASSWORD).await.ok();
}

#[tokio::test]
async fn e2_after_ninety_days_the_password_must_be_changed_before_anything_else() {
    let city = City::start_on(date(2025, 1, 1)).await;
    let (_, secret) = first_log_in(&city, HANDLER).await;
    let stage = async || {
        let answer = password(&city.anonymous(), HANDLER, PASSWORD).await;
        answer.ok()["stage"]["code"].as_str().map(str::to_owned)
    };
    city.set_day(date(2025, 4, 1));
    assert_eq!(stage().await.as_deref(), Some("verify"), "the ninetieth day");
    next_code(&city);
    log_in(&city, HANDLER, &secret).await;
    city.set_day(date(2025, 4, 2));
    assert_eq!(stage().await.as_deref(), Some("change_password"));
}

#[tokio::test]
async fn e12_an_account_unused_for_ninety_days_is_disabled_at_the_next_try() {
    let city = City::start_on(date(2025, 1, 1)).await;
    city.set_day(date(2025, 4, 1));
    assert_eq!(password(&city.anonymous(), HANDLER, PASSWORD).await.status, 200);
    city.set_day(date(2025, 4, 2));
    assert_eq!(password(&city.anonymous(), HANDLER, PASSWORD).await.refused(401), "session.rejected");
    city.set_day(date(2025, 4, 1));
    assert_eq!(password(&city.anonymous(), HANDLER, PASSWORD).await.status, 401, "it stays disabled");
}

#[tokio::test]
async fn e8_the_first_start_makes_three_officers_by_a_link_good_once() {
    let city = TestApp::start().await;
    let link = app::session::setup_link(&city.app).await.expect("a link").expect("nobody exists");
    let token = link.split_once("token=").expect("a token").1.to_owned();
    let officer = |username: &str, mobile: &str| json!({ "username": username, "name": "某某", "mobile": mobile, "password": PASSWORD });
    let form = |token: &str, third: &str| {
        json!({
            "token": token,
            "organisation": { "name": "桂林市信息中心", "credit_code": "1245030000000102XT" },
            "system_admin": officer("officer.a", "13907730001"),
            "security_admin": officer("officer.b", "13907730002"),
            "audit_admin": officer(third, "13907730003"),
        })
    };
    let browser = city.anonymous();
    assert_eq!(browser.post("/api/setup", &form("wrong", "officer.c")).await.refused(403), "setup.link");
    let twice = browser.post("/api/setup", &form(&token, "officer.a")).await;
    assert_eq!(twice.status, 422, "{}", twice.text());
    assert_eq!(twice.body["findings"][0]["code"], "setup.three_people");
    assert_eq!(browser.post("/api/setup", &form(&token, "officer.c")).await.status, 204);
    assert_eq!(browser.post("/api/setup", &form(&token, "officer.d")).await.refused(403), "setup.link", "used");
    assert_eq!(browser.get("/api/session").await.ok()["setup_required"], false);
    let first = password(&browser, "officer.a", PASSWORD).await.ok();
    assert_eq!(first["stage"]["code"], "change_password", "a first password is changed at once");
}

#[tokio::test]
async fn without_demo_there_is_no_log_in_from_a_list() {
    let city = City::start().await;
    let browser = city.anonymous();
    assert_eq!(browser.get("/api/demo/people").await.refused(404), "not_found");
    let choice = json!({ "person_id": city.person(Role::SystemAdmin) });
    assert_eq!(browser.post("/api/demo/session", &choice).await.refused(404), "not_found");

    let demo = City::over(TestApp::start_demo().await).await;
    let browser = demo.anonymous();
    let people = browser.get("/api/demo/people").await.ok();
    let handler = people["items"].as_array().expect("people").iter().find(|one| one["username"] == HANDLER);
    let choice = json!({ "person_id": handler.expect("the handler is offered")["id"] });
    assert_eq!(browser.post("/api/demo/session", &choice).await.ok()["stage"]["code"], "full");
    assert_eq!(browser.get("/api/session").await.ok()["demo"], true);
}
