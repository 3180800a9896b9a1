//! Edges: who may know whom. The manifests keep it; here the manifests are kept.

use super::{Tree, code_lines, is_test};

/// What each crate may depend on inside the workspace. `testkit` sees all, and it and `testcloud` are never shipped.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("documents", &["domain"]),
    ("drivers", &["domain"]),
    ("app", &["domain", "store", "documents", "drivers"]),
    ("server", &["app", "domain"]),
    ("testkit", &["domain", "store", "documents", "drivers", "app", "server"]),
    ("testcloud", &["domain", "drivers"]),
    ("xtask", &[]),
];

/// What `domain` must not be able to do, and so must not depend on.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "rand", "tracing", "nix", "async-trait"];

/// Asks `cargo metadata` for the edges; development dependencies are free.
pub fn crates_depend_only_downwards(tree: &Tree) -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(&tree.root)
        .output();
    let metadata = match output {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => return vec![format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))],
        Err(error) => return vec![format!("cargo metadata: {error}")],
    };
    let Ok(metadata) = serde_json::from_slice::<serde_json::Value>(&metadata) else {
        return vec!["cargo metadata does not read".to_owned()];
    };
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    packages.iter().flat_map(faults_of).collect()
}

fn faults_of(package: &serde_json::Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![format!("crate {name} has no floor; name it in xtask/src/tidy/edges.rs and in ARCHITECTURE.md")];
    };
    let mut faults = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let (Some(on), kind) = (dependency["name"].as_str(), dependency["kind"].as_str()) else { continue };
        if kind == Some("dev") {
            continue;
        }
        let ours = ALLOWED.iter().any(|(known, _)| *known == on);
        if ours && !allowed.contains(&on) {
            faults.push(format!("crates/{name}/Cargo.toml: {name} may not know {on}"));
        }
        if name == "domain" && NOT_IN_DOMAIN.contains(&on) {
            faults.push(format!("crates/domain/Cargo.toml: domain is pure and may not use {on}"));
        }
    }
    faults
}

/// Queries stand in `store`, so that the person who tunes or audits them has one place.
pub fn sql_stands_only_in_store(tree: &Tree) -> Vec<String> {
    find(tree, &["sqlx::"], &["crates/store/", "crates/testkit/"], "SQL belongs into crates/store")
}

/// Time is an argument; a bill or a due date that read the clock could not be computed again.
pub fn the_clock_is_read_in_one_place(tree: &Tree) -> Vec<String> {
    let readers = ["Timestamp::now()", "Zoned::now()", "SystemTime::now()"];
    let may = ["crates/app/src/clock.rs", "crates/store/src/health.rs", "crates/testkit/"];
    find(tree, &readers, &may, "only app::clock reads the time")
}

/// Lines of shipped Rust code with one of `words`, outside the folders that `may` have them.
fn find(tree: &Tree, words: &[&str], may: &[&str], why: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.under("crates/", "rs") {
        if is_test(&file.path) || may.iter().any(|prefix| file.path.starts_with(prefix)) {
            continue;
        }
        for (number, line) in code_lines(file) {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(word) = words.iter().find(|word| has_word(code, word)) {
                faults.push(format!("{}:{number}: {word}… — {why}", file.path));
            }
        }
    }
    faults
}

/// True where `word` begins anew: `sqlx::` is not in `jiff_sqlx::`, which converts dates for any floor.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}
