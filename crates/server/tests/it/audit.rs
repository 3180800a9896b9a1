//! 操作日志: who reads it, what nobody can do to it, and how damage shows (A19, E13–E16).

use std::collections::BTreeSet;

use domain::org::Role;
use serde_json::{Value, json};
use testkit::{City, Client, execute, try_execute};

/// A few entries: the officer enters `count` organisations.
async fn busy(city: &City, count: usize) -> Client {
    let admin = city.as_role(Role::SystemAdmin).await;
    for serial in 1..=count {
        let org = json!({ "name": format!("桂林市第{serial}中学"), "kind": "institution", "level": "city",
                          "office": "agency", "credit_code": "1245030000000102XT" });
        admin.post("/api/orgs", &org).await.ok();
    }
    admin
}

async fn verify(city: &City, range: Value) -> Value {
    city.as_role(Role::SecurityAdmin).await.post("/api/audit/verify", &range).await.ok()
}

/// Does as the owner of the schema what the triggers refuse even to the owner.
async fn damage(city: &City, table: &str, sql: &str) {
    let sql = format!("ALTER TABLE {table} DISABLE TRIGGER USER; {sql}; ALTER TABLE {table} ENABLE TRIGGER USER");
    execute(&city.database().owner_url(), &sql).await;
}

#[tokio::test]
async fn e15_the_chain_is_sealed_and_holds() {
    let city = City::start().await;
    busy(&city, 3).await;
    let result = verify(&city, json!({})).await;
    assert_eq!((&result["ok"], &result["first_bad"]), (&json!(true), &Value::Null), "{result}");
    let checked = result["checked"].as_i64().expect("a count");
    assert!(checked >= 4, "three organisations and the log-ins: {checked}");
    let officer = city.as_role(Role::AuditAdmin).await;
    let chain = officer.get("/api/audit/chain").await.ok();
    assert_eq!(chain["last_position"], checked);
    assert_eq!(chain["last_anchor"]["position"], checked);
    assert_eq!(chain["verified"]["checked"], checked);
    assert_eq!(chain["last_hash"].as_str().map(str::len), Some(64));
    assert!(chain["pending"].as_i64().is_some_and(|waiting| waiting >= 1), "the check's own entry waits");
    let part = verify(&city, json!({ "from": 2, "to": 3 })).await;
    assert_eq!((&part["ok"], &part["checked"]), (&json!(true), &json!(2)));
    let again = verify(&city, json!({ "from": 0 })).await;
    assert_eq!(again["ok"], true);
    let handler = city.as_role(Role::AgencyHandler).await;
    for path in ["/api/audit", "/api/audit/chain"] {
        assert_eq!(handler.get(path).await.refused(403), "authz.forbidden", "{path}");
    }
}

#[tokio::test]
async fn e15_an_altered_entry_is_found_at_its_position() {
    let city = City::start().await;
    busy(&city, 3).await;
    assert_eq!(verify(&city, json!({})).await["ok"], true);
    let one = "WHERE id = (SELECT entry_id FROM audit_seal WHERE position = 3)";
    damage(&city, "audit_entry", &format!("UPDATE audit_entry SET summary = summary || '。' {one}")).await;
    let result = verify(&city, json!({})).await;
    assert_eq!((&result["ok"], &result["first_bad"], &result["checked"]), (&json!(false), &json!(3), &json!(2)));
    assert!(result["why_zh"].as_str().is_some_and(|why| why.contains("第 3 条")), "{result}");
    let chain = city.as_role(Role::AuditAdmin).await.get("/api/audit/chain").await.ok();
    assert_eq!(chain["verified"]["first_bad"], 3);
    assert_eq!(verify(&city, json!({ "from": 4 })).await["ok"], true, "what follows is as it was");
}

#[tokio::test]
async fn e15_a_missing_a_forged_and_a_cut_end_show() {
    let city = City::start().await;
    busy(&city, 4).await;
    let last = verify(&city, json!({})).await["checked"].as_i64().expect("a count");

    let forged = format!("UPDATE audit_anchor SET signature = decode(repeat('11', 64), 'hex') WHERE position = {last}");
    damage(&city, "audit_anchor", &forged).await;
    let result = verify(&city, json!({ "to": last })).await;
    assert_eq!(result["first_bad"], last, "{result}");
    assert!(result["why_zh"].as_str().is_some_and(|why| why.contains("锚点")), "{result}");

    damage(&city, "audit_seal", "DELETE FROM audit_seal WHERE position = 2").await;
    let result = verify(&city, json!({})).await;
    assert_eq!((&result["first_bad"], &result["why_zh"]), (&json!(2), &json!("第 2 条缺失")));

    let other = City::start().await;
    busy(&other, 4).await;
    let last = verify(&other, json!({})).await["checked"].as_i64().expect("a count");
    app::audit::seal(&other.app, app::audit::Sealing::Closing).await.expect("sealed");
    damage(&other, "audit_seal", &format!("DELETE FROM audit_seal WHERE position >= {last}")).await;
    let cut = app::audit::verify_as_operator(&other.app, app::audit::Range::default()).await.expect("checked");
    assert_eq!((cut.ok, cut.first_bad), (false, Some(last)), "an anchor stands behind the end: {cut:?}");
}

#[tokio::test]
async fn e15_neither_the_serving_role_nor_the_owner_rewrites_an_entry() {
    let city = City::start().await;
    busy(&city, 1).await;
    verify(&city, json!({})).await;
    let (serving, owner) = (city.database().url().to_owned(), city.database().owner_url());
    for table in ["audit_entry", "audit_seal", "audit_anchor"] {
        let column = if table == "audit_entry" { "summary = 'x'" } else { "position = 99" };
        for sql in [format!("UPDATE {table} SET {column}"), format!("DELETE FROM {table}"), format!("TRUNCATE {table}")]
        {
            let refused = try_execute(&serving, &sql).await.expect_err("the serving role may not");
            assert!(refused.to_string().contains("permission denied"), "{sql}: {refused}");
            let refused = try_execute(&owner, &sql).await.expect_err("the owner is stopped too");
            let text = refused.to_string();
            assert!(text.contains("append-only") || text.contains("foreign key"), "{sql}: {text}");
        }
    }
}

#[tokio::test]
async fn e16_where_the_entry_cannot_be_written_nothing_is() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let org = json!({ "name": "桂林市某某局", "kind": "government", "level": "city", "office": "agency",
                      "credit_code": "114503000000010116" });
    let before = admin.get("/api/orgs").await.ok()["count"].clone();
    execute(&city.database().owner_url(), "REVOKE INSERT ON audit_entry FROM liyun").await;
    let answer = admin.post("/api/orgs", &org).await;
    assert_eq!(answer.refused(500), "fault");
    assert!(!answer.text().contains("permission"), "nothing internal leaves");
    assert_eq!(admin.get("/api/orgs").await.ok()["count"], before, "nothing was written");
    execute(&city.database().owner_url(), "GRANT INSERT ON audit_entry TO liyun").await;
    admin.post("/api/orgs", &org).await.ok();
}

#[tokio::test]
async fn e13_the_log_shows_who_did_what_and_never_the_reader() {
    let city = City::start().await;
    busy(&city, 2).await;
    city.anonymous().post("/api/session", &json!({ "username": "agency_handler", "password": "wrong" })).await;
    let officer = city.as_role(Role::AuditAdmin).await;
    let page = officer.get("/api/audit?limit=100").await.ok();
    let items = page["items"].as_array().expect("items");
    let entered = items.iter().find(|item| item["action"] == "org.create").expect("there");
    assert_eq!((&entered["action_zh"], &entered["actor_name"]), (&json!("机构建档"), &json!("刘德安")));
    assert_eq!((&entered["roles"], &entered["clause"]["code"]), (&json!(["系统管理员"]), &json!("A2")));
    assert_eq!(entered["ip"], "127.0.0.1");
    assert!(items.iter().all(|item| item["actor_name"] != "吕审言"), "nobody reads about oneself");
    let security = city.as_role(Role::SecurityAdmin).await;
    let other = security.get("/api/audit?q=吕审言").await.ok();
    assert!(other["items"].as_array().is_some_and(|items| !items.is_empty()), "the other officer does");

    let refused = officer.get("/api/audit?outcome=refused").await.ok();
    assert_eq!(refused["items"][0]["summary"], "登录失败:口令不正确或账号不可用");
    let by_room = officer.get("/api/audit?action=org.").await.ok();
    assert_eq!(by_room["items"].as_array().map(Vec::len), Some(2));
    let id = entered["object_id"].as_str().expect("an id");
    for object in [format!("org:{id}"), id.to_owned()] {
        let found = officer.get(&format!("/api/audit?object={object}")).await.ok();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{object}");
    }
    let count = async |query: &str| {
        let page = officer.get(&format!("/api/audit?action=org.create&{query}")).await.ok();
        page["items"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((count("from=2025-03-03").await, count("from=2025-03-04").await), (2, 0));
    assert_eq!((count("to=2025-03-03").await, count("to=2025-03-02").await), (2, 0));
    assert_eq!(officer.get("/api/audit?outcome=nothing").await.refused(400), "query.malformed");

    let mut seen = BTreeSet::new();
    let mut path = "/api/audit?limit=2".to_owned();
    loop {
        let page = officer.get(&path).await.ok();
        for item in page["items"].as_array().expect("items") {
            assert!(seen.insert(item["id"].to_string()), "each once");
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/audit?limit=2&cursor={cursor}");
    }
    assert!(seen.len() >= items.len());
}

#[tokio::test]
async fn a19_an_agency_reads_what_its_own_people_did() {
    let city = City::start().await;
    busy(&city, 1).await;
    city.as_role(Role::AgencyHandler).await;
    city.sign_in("county_agency_handler").await;
    let page = city.as_role(Role::AgencyAuditor).await.get("/api/audit?limit=100").await.ok();
    let items = page["items"].as_array().expect("items");
    assert!(!items.is_empty());
    assert!(items.iter().all(|item| item["org_name"] == "桂林市教育局"), "{items:?}");
    let chain = city.as_role(Role::AgencyAuditor).await.get("/api/audit/chain").await;
    assert_eq!(chain.refused(403), "authz.forbidden");
}
