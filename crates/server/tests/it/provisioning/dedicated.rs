//! 专享云主机: from the form to hosts of their own and back, and what no engine is asked to do (A4, S20, A10_4).

use std::sync::Arc;

use domain::application::form::{Form, ServerLine, ServiceLine, Tenancy};
use serde_json::{Value, json};
use testkit::{City, small_servers};

use super::{Bureau, into_service, reclaiming};
use crate::cast::evidence;
use crate::engines;

/// Two small servers on one host of their own.
async fn dedicated() -> Bureau {
    let servers = ServerLine { tenancy: Some(Tenancy::Dedicated), ..small_servers("web", 2) };
    let host = ServiceLine { sku: "DEH-X86".into(), quantity: Some(1), basis: "整机专享".into() };
    let form = Form { servers: vec![servers], services: vec![host], ..Form::default() };
    let city = Arc::new(City::start().await);
    let urls = (city.database().url().to_owned(), city.database().owner_url());
    Bureau::of_form(city, urls, &form).await
}

fn words(operation: &Value) -> Vec<&str> {
    operation["steps"].as_array().expect("steps").iter().map(|step| step["zh"].as_str().expect("words")).collect()
}

#[tokio::test]
async fn s20_dedicated_servers_have_the_hosts_of_their_case_until_the_last_is_erased() {
    let bureau = dedicated().await;
    bureau.open_on("simulated").await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(operation["state"]["code"], "done", "{operation}");
    let steps = words(&operation);
    assert_eq!(steps[1], "配备专享宿主机 0 → 1 台(x86)", "before anything is put on it: {steps:?}");
    assert_eq!(
        steps.iter().filter(|step| step.contains("专享宿主机)")).count(),
        2,
        "both are defined on it: {steps:?}"
    );
    for index in 0..2 {
        let server = bureau.detail(index).await;
        assert_eq!((&server["dedicated_hosts"], &server["observed"]["hosts"]), (&json!(1), &json!(1)), "{server}");
        assert_eq!(server["differences"], json!([]));
    }
    report(&bureau, "open").await;
    into_service(&bureau).await;
    reclaiming(&bureau).await;
    bureau.work().await;
    let operation = bureau.operation().await;
    assert_eq!(operation["state"]["code"], "done", "{operation}");
    assert_eq!(*words(&operation).last().expect("steps"), "配备专享宿主机 1 → 0 台(x86)");
    assert_eq!((bureau.objects().await, &bureau.detail(0).await["observed"]["hosts"]), (0, &json!(0)));
    report(&bureau, "reclaim").await;
    assert_eq!(bureau.page().await["terminations"][0]["state"]["code"], "reclaimed");
}

/// The simulated engine gives hosts on paper; the machines are the engineer's to report.
async fn report(bureau: &Bureau, act: &str) {
    let page = bureau.engineer.get(&format!("/api/cases/{}", bureau.case)).await.ok();
    let host = page["service_instances"][0].clone();
    let mut command = json!({ "command": act, "evidence": evidence(&host) });
    if act == "open" {
        command["quantity"] = json!(1);
    }
    bureau.act(&bureau.engineer, "service-instances", &host, command).await;
}

#[tokio::test]
async fn s20_an_engine_without_such_hosts_opens_nothing() {
    let bureau = dedicated().await;
    let admin = bureau.city.as_role(domain::org::Role::SystemAdmin).await;
    let mut settings = engines::settings();
    let form = json!({ "name": "市政务云", "kind": "openstack", "settings": settings, "password": engines::PASSWORD });
    let engine = admin.post("/api/engines", &form).await.ok()["id"].as_str().expect("an id").to_owned();
    let trial = bureau.page().await["trial"].clone();
    let path = format!("/api/trials/{}/commands", trial["id"].as_str().expect("an id"));
    let version = format!("\"{}\"", trial["version"]);
    let open = json!({ "command": "open", "engine": engine });
    let host = |name: &str, architecture: &str| json!([{ "host": name, "architecture": architecture }]);
    for (hosts, words) in [(json!([]), "不能配备专享宿主机"), (host("arm-1", "arm"), "只配置了 0 台")] {
        settings["dedicated_hosts"] = hosts;
        let edit = json!({ "name": "市政务云", "enabled": true, "settings": settings });
        admin.put(&format!("/api/engines/{engine}"), 0, &edit).await.ok();
        let refused = bureau.engineer.post_with(&path, &[("if-match", &version)], &open).await;
        assert_eq!(refused.refused(409), "engine.no_dedicated_hosts");
        assert!(refused.text().contains(words), "{}", refused.text());
    }
    assert!(bureau.page().await["resources"].as_array().expect("resources").is_empty(), "nothing is half ordered");
    settings["dedicated_hosts"] = host("node-7", "x86");
    let edit = json!({ "name": "市政务云", "enabled": true, "settings": settings });
    admin.put(&format!("/api/engines/{engine}"), 0, &edit).await.ok();
    bureau.trial(&bureau.engineer, open).await;
    let instance = bureau.page().await["service_instances"][0].clone();
    assert_eq!(instance["sku"], "DEH-X86", "{instance}");
}
