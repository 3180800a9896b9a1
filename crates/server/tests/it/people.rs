//! 机构与人员: two officers for every account, three officers who exclude each other, who sees whom (A29, E1, E9, E10).

use domain::org::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{City, Client, PASSWORD};

fn form(city: &City, username: &str) -> Value {
    json!({
        "username": username, "name": "新来", "org_id": city.org("education"),
        "mobile": "13907731234", "id_number": "450302199001010010", "email": "new@example.gov.cn",
    })
}

async fn entered(city: &City, admin: &Client, username: &str) -> String {
    let person = admin.post("/api/people", &form(city, username)).await.ok();
    assert_eq!(person["state"]["code"], "recorded");
    person["id"].as_str().expect("an id").to_owned()
}

fn action<'a>(person: &'a Value, name: &str) -> &'a Value {
    let actions = person["actions"].as_array().expect("actions");
    actions.iter().find(|action| action["name"] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a29_an_account_takes_two_officers_and_a_password_handed_over_once() {
    let city = City::start().await;
    let (admin, security) = (city.as_role(Role::SystemAdmin).await, city.as_role(Role::SecurityAdmin).await);
    let id = entered(&city, &admin, "xin.lai").await;
    assert_eq!(admin.post(&format!("/api/people/{id}/activate"), &json!({})).await.refused(403), "authz.forbidden");
    let shown = security.get(&format!("/api/people/{id}")).await.ok();
    assert_eq!(action(&shown, "activate")["allowed"], true);
    assert_eq!(action(&shown, "edit"), &Value::Null, "not this officer's act");
    assert_eq!(action(&shown, "unlock")["refusal"]["code"], "account.not_locked");
    let active = security.post(&format!("/api/people/{id}/activate"), &json!({})).await.ok();
    assert_eq!(active["state"]["code"], "active");
    let again = security.post(&format!("/api/people/{id}/activate"), &json!({})).await;
    assert_eq!(again.refused(409), "account.already_active");

    let log_in = async |password: &str| {
        city.anonymous().post("/api/session", &json!({ "username": "xin.lai", "password": password })).await
    };
    assert_eq!(log_in(PASSWORD).await.status, 401, "no password yet");
    let key = [("idempotency-key", "press-0001-reset")];
    let path = format!("/api/people/{id}/reset-password");
    let first = admin.post_with(&path, &key, &json!({})).await.ok()["one_time_password"].clone();
    let second = admin.post_with(&path, &key, &json!({})).await.ok()["one_time_password"].clone();
    assert_ne!(first, second, "a secret is never kept for a repetition");
    assert_eq!(log_in(first.as_str().expect("text")).await.status, 401);
    let step = log_in(second.as_str().expect("text")).await.ok();
    assert_eq!(step["stage"]["code"], "change_password", "good for one log-in");
}

#[tokio::test]
async fn e9_the_database_too_refuses_one_officer_for_both() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let id = entered(&city, &admin, "xin.lai").await;
    let creator = city.person(Role::SystemAdmin);
    let sql = format!("UPDATE person SET state = 'active', activated_by = '{creator}' WHERE id = '{id}'");
    let error = testkit::try_execute(city.database().url(), &sql).await.expect_err("refused");
    assert!(error.to_string().contains("person_two_officers"), "{error}");
}

#[tokio::test]
async fn e9_roles_that_exclude_each_other_are_not_granted() {
    let city = City::start().await;
    let security = city.as_role(Role::SecurityAdmin).await;
    let grant = async |who: Role, role: &str, org: &str| {
        let path = format!("/api/people/{}/roles", city.person(who));
        security.post(&path, &json!({ "role": role, "org_id": city.org(org) })).await
    };
    for (who, role, org, code) in [
        (Role::SystemAdmin, "audit_admin", "center", "role.officers_exclusive"),
        (Role::SystemAdmin, "center_acceptor", "center", "role.officer_with_business"),
        (Role::AgencySysadmin, "agency_auditor", "education", "role.agency_officers_exclusive"),
        (Role::AgencyHandler, "agency_leader", "education", "role.handler_and_leader"),
        (Role::Auditor, "agency_handler", "supervision", "role.auditor_reads_only"),
    ] {
        let answer = grant(who, role, org).await;
        assert_eq!(answer.refused(409), code);
        assert!(answer.body["zh"].as_str().is_some_and(|zh| zh.contains('「')), "names the pair");
    }
    let out_of_place = grant(Role::AgencyHandler, "center_acceptor", "education").await;
    assert_eq!(out_of_place.body["findings"][0]["code"], "role.wrong_office");
    let elsewhere = grant(Role::AgencyHandler, "agency_handler", "institute").await;
    assert_eq!(elsewhere.body["findings"][0]["code"], "role.other_org");
    let twice = grant(Role::AgencyHandler, "agency_handler", "education").await;
    assert_eq!(twice.body["findings"][0]["code"], "role.held_already");
    let own = grant(Role::SecurityAdmin, "center_lead", "center").await;
    assert_eq!(own.refused(409), "account.own");
    let unknown = grant(Role::AgencyHandler, "superuser", "education").await;
    assert_eq!(unknown.refused(400), "body.malformed");
}

#[tokio::test]
async fn e10_a_role_counts_from_the_next_request_on_and_no_longer_once_taken_back() {
    let city = City::start().await;
    let security = city.as_role(Role::SecurityAdmin).await;
    let handler = city.as_role(Role::AgencyHandler).await;
    let path = format!("/api/people/{}/roles", city.person(Role::AgencyHandler));
    let held = async || handler.get("/api/session").await.ok()["roles"].as_array().map(Vec::len);
    let body = json!({ "role": "agency_sysadmin", "org_id": city.org("education") });
    let shown = security.post(&path, &body).await.ok();
    assert_eq!(shown["grants"].as_array().map(Vec::len), Some(2));
    assert_eq!(held().await, Some(2));
    let one = format!("{path}/agency_sysadmin/{}", city.org("education"));
    assert_eq!(security.delete(&one).await.status, 200);
    assert_eq!(held().await, Some(1));
    assert_eq!(security.delete(&one).await.refused(404), "not_found");
    let below = city.add_agency("桂林市教育技术中心", city.org("education")).await;
    security.post(&path, &json!({ "role": "agency_handler", "org_id": below })).await.ok();
}

#[tokio::test]
async fn e9_the_last_officer_stays_and_nobody_disables_themself() {
    let city = City::start().await;
    let (admin, security) = (city.as_role(Role::SystemAdmin).await, city.as_role(Role::SecurityAdmin).await);
    let audit = city.person(Role::AuditAdmin);
    let disable = format!("/api/people/{audit}/disable");
    assert_eq!(admin.post(&disable, &json!({})).await.refused(409), "account.last_officer");
    let revoke = format!("/api/people/{audit}/roles/audit_admin/{}", city.org("center"));
    assert_eq!(security.delete(&revoke).await.refused(409), "account.last_officer");
    let own = format!("/api/people/{}/disable", city.person(Role::SystemAdmin));
    assert_eq!(admin.post(&own, &json!({})).await.refused(409), "account.own");

    city.add_person(city.org("center"), "second.auditor", &[Role::AuditAdmin]).await;
    let browser = city.as_role(Role::AuditAdmin).await;
    assert_eq!(browser.get("/api/people").await.status, 200);
    assert_eq!(admin.post(&disable, &json!({})).await.ok()["state"]["code"], "disabled");
    assert_eq!(browser.get("/api/people").await.refused(401), "session.disabled");
    let second = city.sign_in_as(city.person_called("second.auditor").await).await;
    assert_eq!(second.get("/api/people").await.status, 200);
}

#[tokio::test]
async fn e4_the_security_officer_unlocks_before_the_lock_runs_out() {
    let city = City::start().await;
    let security = city.as_role(Role::SecurityAdmin).await;
    let id = city.person(Role::AgencyHandler);
    let log_in = async |password: &str| {
        let form = json!({ "username": "agency_handler", "password": password });
        city.anonymous().post("/api/session", &form).await.status
    };
    for _ in 0..5 {
        assert_eq!(log_in("wrong").await, 401);
    }
    assert_eq!(log_in(PASSWORD).await, 401);
    let shown = security.get(&format!("/api/people/{id}")).await.ok();
    assert!(shown["locked_until"].is_string());
    let unlocked = security.post(&format!("/api/people/{id}/unlock"), &json!({})).await.ok();
    assert_eq!(unlocked["locked_until"], Value::Null);
    assert_eq!(log_in(PASSWORD).await, 200);
    city.app.clock.let_pass(SignedDuration::from_mins(1));
    assert_eq!(security.post(&format!("/api/people/{id}/unlock"), &json!({})).await.refused(409), "account.not_locked");
}

#[tokio::test]
async fn ending_sessions_and_resetting_the_token_sign_out_at_once() {
    let city = City::start().await;
    let security = city.as_role(Role::SecurityAdmin).await;
    let handler = city.as_role(Role::AgencyHandler).await;
    let id = city.person(Role::AgencyHandler);
    security.post(&format!("/api/people/{id}/end-sessions"), &json!({})).await.ok();
    assert_eq!(handler.get("/api/cases").await.refused(401), "session.kicked");
    let none = security.post(&format!("/api/people/{id}/reset-second-factor"), &json!({})).await;
    assert_eq!(none.refused(409), "account.no_second_factor");
}

#[tokio::test]
async fn entering_finds_every_fault_by_its_field_and_a_name_is_given_once() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let bad = json!({ "username": "Li", "name": " ", "org_id": null, "mobile": "123", "id_number": "450302199001010011", "email": "x" });
    let answer = admin.post("/api/people", &bad).await;
    let fields: Vec<&str> =
        answer.body["findings"].as_array().expect("findings").iter().filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(fields, ["username", "name", "org_id", "mobile", "id_number", "email"]);
    let taken = admin.post("/api/people", &form(&city, "agency_handler")).await;
    assert_eq!(taken.body["findings"][0]["code"], "person.username_taken");
    let key = [("idempotency-key", "press-0002-enter")];
    let first = admin.post_with("/api/people", &key, &form(&city, "xin.lai")).await.ok();
    let again = admin.post_with("/api/people", &key, &form(&city, "xin.lai")).await.ok();
    assert_eq!(first["id"], again["id"], "a form posted twice enters one person");
}

#[tokio::test]
async fn e25_numbers_are_sealed_shown_masked_and_read_whole_only_with_an_entry() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let id = entered(&city, &admin, "xin.lai").await;
    let shown = admin.get(&format!("/api/people/{id}")).await.ok();
    assert_eq!((&shown["mobile"], &shown["id_number"]), (&json!("139****1234"), &json!("450***********0010")));
    assert!(!shown.to_string().contains("13907731234"));
    let path = format!("/api/people/{id}/numbers");
    let whole = admin.post(&path, &json!({})).await.ok();
    assert_eq!(whole, json!({ "mobile": "13907731234", "id_number": "450302199001010010" }));
    let security = city.as_role(Role::SecurityAdmin).await;
    assert_eq!(security.post(&path, &json!({})).await.refused(403), "authz.forbidden");
    let dump = testkit::dump(city.database());
    assert!(dump.contains("139****1234") && !dump.contains("13907731234") && !dump.contains("450302199001010010"));
    assert!(dump.contains("person.view_private"), "the reading left its entry");
    let version = shown["version"].as_i64().expect("a version");
    let change = json!({ "name": "改名", "org_id": city.org("education") });
    let changed = admin.put(&format!("/api/people/{id}"), version, &change).await.ok();
    assert_eq!((&changed["name"], &changed["mobile"]), (&json!("改名"), &json!("139****1234")), "blank keeps it");
    assert_eq!(admin.put(&format!("/api/people/{id}"), version, &change).await.refused(412), "stale_version");
    let holder = city.person(Role::AgencyHandler);
    let version = admin.get(&format!("/api/people/{holder}")).await.ok()["version"].as_i64().expect("a version");
    let moving = json!({ "name": "陆文清", "org_id": city.org("institute") });
    let refused = admin.put(&format!("/api/people/{holder}"), version, &moving).await;
    assert_eq!(refused.body["findings"][0]["code"], "person.moves_with_roles");
}

#[tokio::test]
async fn e10_an_agency_sees_its_own_people_and_nobody_else() {
    let city = City::start().await;
    let leader = city.as_role(Role::AgencyLeader).await;
    let page = leader.get("/api/people?limit=100").await.ok();
    assert_eq!(page["count"], 6, "the six of 市教育局");
    let stranger = city.person("county_agency_handler");
    assert_eq!(leader.get(&format!("/api/people/{stranger}")).await.refused(404), "not_found");
    assert_eq!(city.as_role(Role::CenterAcceptor).await.get("/api/people").await.refused(403), "authz.forbidden");

    let officer = city.as_role(Role::SecurityAdmin).await;
    let first = officer.get("/api/people?limit=7").await.ok();
    let mut seen: Vec<String> = Vec::new();
    let mut page = first.clone();
    loop {
        let names = page["items"].as_array().expect("items").iter().filter_map(|one| one["username"].as_str());
        seen.extend(names.map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = officer.get(&format!("/api/people?limit=7&cursor={cursor}")).await.ok();
    }
    assert_eq!(i64::try_from(seen.len()).ok(), first["count"].as_i64());
    assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] != pair[1]), "each once: {seen:?}");
    let found = officer.get("/api/people?role=expert&state=active&q=罗").await.ok();
    assert_eq!(found["items"][0]["username"], "expert");
}

#[tokio::test]
async fn a2_organisations_are_entered_changed_and_moved_with_their_tree() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let org = |name: &str, parent: Value| {
        json!({ "name": name, "kind": "institution", "level": "city", "office": "agency",
                "credit_code": "1245030000000102XT", "parent_id": parent })
    };
    let center = admin.post("/api/orgs", &org("桂林市教育技术中心", json!(city.org("education")))).await.ok();
    let id = center["id"].as_str().expect("an id").to_owned();
    assert_eq!(center["parent_name"], "桂林市教育局");
    let company = json!({ "name": "桂林某有限公司", "kind": "company", "level": "city", "office": "agency", "credit_code": "1245030000000102XT" });
    let refused = admin.post("/api/orgs", &company).await;
    assert_eq!((refused.status, &refused.body["clause"]["code"]), (422, &json!("A2")), "{}", refused.text());
    let twice = admin.post("/api/orgs", &org("桂林市教育技术中心", Value::Null)).await;
    assert_eq!(twice.body["findings"][0]["code"], "org.name_taken");

    let mut change = org("桂林市教育技术中心", json!(city.org("institute")));
    change["active"] = json!(true);
    let moved = admin.put(&format!("/api/orgs/{id}"), 1, &change).await.ok();
    assert_eq!((&moved["version"], &moved["parent_name"]), (&json!(2), &json!("桂林市科技情报研究所")));
    assert_eq!(admin.put(&format!("/api/orgs/{id}"), 1, &change).await.refused(412), "stale_version");
    let mut ring = org("桂林市科技情报研究所", json!(id));
    ring["active"] = json!(true);
    let refused = admin.put(&format!("/api/orgs/{}", city.org("institute")), 1, &ring).await;
    assert_eq!(refused.body["findings"][0]["code"], "org.ring");
    let under = admin.get(&format!("/api/orgs?under={}", city.org("institute"))).await.ok();
    assert_eq!(under["count"], 2);
    let tree = city.as_role(Role::AgencyHandler).await.get("/api/orgs/tree").await.ok();
    assert!(tree["items"].as_array().is_some_and(|nodes| nodes.len() == 17));
    let handler = city.as_role(Role::AgencyHandler).await;
    assert_eq!(handler.post("/api/orgs", &org("桂林市某某局", Value::Null)).await.refused(403), "authz.forbidden");
}

#[tokio::test]
async fn every_role_reads_the_table_of_roles_with_what_excludes_what() {
    let city = City::start().await;
    let roles = city.as_role(Role::SupplierEngineer).await.get("/api/roles").await.ok();
    let rows = roles["items"].as_array().expect("rows");
    assert_eq!(rows.len(), Role::ALL.len());
    let officer = rows.iter().find(|row| row["role"]["code"] == "system_admin").expect("there");
    assert_eq!(officer["excludes"].as_array().map(Vec::len), Some(Role::ALL.len() - 1));
    assert!(rows.iter().all(|row| row["duties_zh"].as_str().is_some_and(|duties| !duties.is_empty())));
}
