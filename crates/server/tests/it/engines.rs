//! 云引擎 with an account in a cloud: what is entered is checked field by field, the password sealed and never shown,
//! and only who sets engines up sees where they lead (A9_7, E25).

use domain::org::Role;
use serde_json::{Value, json};
use testkit::{City, Client};

pub const PASSWORD: &str = "云上口令-Zq7!";

/// Settings that are whole, of a cloud that is not there.
pub fn settings() -> Value {
    json!({
        "auth_url": "http://127.0.0.1:9/v3", "region": "RegionOne", "interface": "public", "user": "liyun",
        "user_domain": "Default", "project": "liyun", "project_domain": "Default", "image": "debian-12",
    })
}

fn form(settings: &Value) -> Value {
    json!({ "name": "市政务云", "kind": "openstack", "settings": settings, "password": PASSWORD })
}

fn fields(problem: &Value) -> Vec<&str> {
    let findings = problem["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["field"].as_str().expect("a field")).collect()
}

async fn listed(browser: &Client, id: &Value) -> Value {
    let items = browser.get("/api/engines").await.ok()["items"].clone();
    items.as_array().expect("items").iter().find(|engine| engine["id"] == *id).expect("the engine").clone()
}

#[tokio::test]
async fn e25_the_password_of_a_cloud_is_sealed_and_never_shown() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let made = admin.post("/api/engines", &form(&settings())).await;
    assert!(!made.text().contains(PASSWORD));
    let made = made.ok();
    assert_eq!((&made["kind"]["code"], &made["settings"]["region"]), (&json!("openstack"), &json!("RegionOne")));
    let shown = listed(&admin, &made["id"]).await;
    assert_eq!(shown["settings"]["user"], "liyun");
    let engineer = city.as_role(Role::SupplierEngineer).await;
    assert_eq!(listed(&engineer, &made["id"]).await["settings"], Value::Null, "where it leads is for who sets it up");
    let dump = testkit::dump(city.database());
    assert!(dump.contains("市政务云") && !dump.contains(PASSWORD), "nowhere in the database, log and answers included");
}

#[tokio::test]
async fn a9_7_what_is_wrong_with_an_account_is_said_field_by_field() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let mut bad = settings();
    bad["auth_url"] = json!("https://admin:secret@cloud");
    bad["image"] = json!("");
    let answer = admin.post("/api/engines", &form(&bad)).await;
    assert_eq!((answer.status, fields(&answer.body)), (422, vec!["settings.image", "settings.auth_url"]));
    let nothing = admin.post("/api/engines", &json!({ "name": "市政务云", "kind": "openstack" })).await;
    assert_eq!(fields(&nothing.body), ["settings", "password"]);
    bad["images"] = json!([{ "operating_system": "kylin_v10", "image": " " }]);
    bad["eraser_image"] = json!(" ");
    bad["login_key"] = json!("-----BEGIN OPENSSH PRIVATE KEY-----");
    let answer = admin.post("/api/engines", &form(&bad)).await;
    let (images, rest) = (["settings.image", "settings.eraser_image"], ["settings.login_key", "settings.auth_url"]);
    let wanted = [&images[..], &["settings.images[0].image"], &rest].concat();
    assert_eq!((answer.status, fields(&answer.body)), (422, wanted));
    let superfluous = json!({ "name": "工单二", "kind": "work_order", "settings": settings() });
    assert_eq!(fields(&admin.post("/api/engines", &superfluous).await.body), ["settings"]);
}

#[tokio::test]
async fn a9_7_a_changed_account_takes_effect_and_what_is_not_entered_stays() {
    let city = City::start().await;
    let admin = city.as_role(Role::SystemAdmin).await;
    let made = admin.post("/api/engines", &form(&settings())).await.ok();
    let path = format!("/api/engines/{}", made["id"].as_str().expect("an id"));
    let probe = format!("{path}/probe");
    let seen = admin.post(&probe, &json!({})).await.ok();
    let reason = &seen["health"]["reasons"][0];
    assert_eq!(seen["health"]["ok"], false);
    assert!(reason["zh"].as_str().expect("text").contains("127.0.0.1:9"), "{reason}");

    let renamed = admin.put(&path, 0, &json!({ "name": "市政务云一期", "enabled": true })).await.ok();
    assert_eq!(renamed["settings"], made["settings"]);
    let mut other = settings();
    other["auth_url"] = json!("http://127.0.0.1:7/v3");
    admin.put(&path, 0, &json!({ "name": "市政务云一期", "enabled": true, "settings": other })).await.ok();
    let seen = admin.post(&probe, &json!({})).await.ok();
    assert!(seen["health"]["reasons"][0]["zh"].as_str().expect("text").contains("127.0.0.1:7"), "built anew");
    let blank = json!({ "name": "市政务云一期", "enabled": true, "password": "" });
    assert_eq!(fields(&admin.put(&path, 0, &blank).await.body), ["password"]);
}
