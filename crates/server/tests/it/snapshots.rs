//! Proof files: the API and the schema as they are, compared with the files a reviewer reads.

/// `openapi.json` is what the page's types are generated from.
#[test]
fn openapi_json_is_what_the_program_says() {
    let now = serde_json::to_string_pretty(&server::router::openapi()).expect("the document serialises") + "\n";
    let kept = include_str!("../../openapi.json");
    assert!(now == kept, "crates/server/openapi.json is stale; run: make openapi");
}

/// A reference to nothing breaks the generator of the page's types; types of query parameters are easily forgotten.
#[test]
fn every_reference_in_the_document_resolves() {
    let document = serde_json::to_value(server::router::openapi()).expect("the document serialises");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference} is missing; name it in router.rs");
    }
}

/// `schema.sql` is the schema after all migrations, as one reads it in review.
#[tokio::test]
async fn schema_sql_is_what_the_migrations_make() {
    let now = testkit::schema().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/schema.sql");
    if std::env::var_os("UPDATE_PROOFS").is_some() {
        std::fs::write(path, &now).expect("write");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(now == kept, "crates/store/schema.sql is stale; run: make proofs");
}
