//! The law: clauses, limits and words stand where the map says they stand.

use std::collections::BTreeSet;

use super::{Tree, is_test};

const TABLE: &str = "docs/regulation.md";
const GLOSSARY: &str = "docs/glossary.md";
const CLAUSES: &str = "crates/domain/src/clause.rs";

/// Codes of clause.rs: the rows of its table, `A10_2 = "第十条(二)", "…";`.
fn clauses(tree: &Tree) -> BTreeSet<String> {
    let text = tree.text(CLAUSES).unwrap_or_default();
    let declared = text.lines().filter_map(|line| line.trim().split_once(" = \"")).map(|(code, _)| code);
    declared.filter(|code| is_clause(code)).map(str::to_owned).collect()
}

/// `A10`, `A10_2`, `A10_1_1`, `CH_3`, `ANNEX_2_1`.
fn is_clause(word: &str) -> bool {
    let numbers = |text: &str| text.split('_').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    ["CH_", "ANNEX_", "A"].iter().any(|prefix| word.strip_prefix(prefix).is_some_and(numbers))
}

/// Rows of the table: (code, state), the code in the first cell, the state in any later one.
fn rows(tree: &Tree) -> Vec<(String, String)> {
    let text = tree.text(TABLE).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
            let code = cells.first()?.trim_matches('`');
            is_clause(code).then(|| (code.to_owned(), cells[1..].join(" ")))
        })
        .collect()
}

/// `clause.rs` and the table name the same clauses.
pub fn every_clause_is_in_the_table(tree: &Tree) -> Vec<String> {
    let known = clauses(tree);
    let listed: BTreeSet<String> = rows(tree).into_iter().map(|(code, _)| code).collect();
    let absent = known.difference(&listed).map(|code| format!("{TABLE}: no row for {code}, which {CLAUSES} has"));
    let unknown = listed.difference(&known).map(|code| format!("{TABLE}: {code} is not in {CLAUSES}"));
    absent.chain(unknown).collect()
}

/// A row that says 落实 or `enforced` is held to it: code names the clause, and a test begins with it.
pub fn an_enforced_clause_is_used_and_tested(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (code, state) in rows(tree) {
        if !state.contains("enforced") && !state.contains("落实") {
            continue;
        }
        let rust = || tree.under("crates/", "rs").filter(|file| file.path != CLAUSES);
        if !rust().any(|file| !is_test(&file.path) && names(&file.text, &code)) {
            faults.push(format!("{TABLE}: {code} is marked enforced, yet no code names it"));
        }
        let test = format!("fn {}_", code.to_lowercase());
        if !rust().any(|file| file.text.contains(&test)) {
            faults.push(format!("{TABLE}: {code} is marked enforced, yet no test is named {}…", &test[3..]));
        }
    }
    faults
}

/// True where `text` has `code` as a whole word.
fn names(text: &str, code: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == code)
}

/// Each limit of each city names its clause, or says that it is an internal one.
pub fn every_limit_cites_a_clause(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    let known = clauses(tree);
    for file in tree.files.iter().filter(|file| file.path.ends_with("/limits.toml")) {
        let table: toml::Table = match file.text.parse() {
            Ok(table) => table,
            Err(error) => {
                faults.push(format!("{}: {error}", file.path));
                continue;
            }
        };
        for (name, limit) in &table {
            let Some(limit) = limit.as_table() else { continue };
            let clause = limit.get("clause").and_then(toml::Value::as_str);
            let internal = limit.get("kind").and_then(toml::Value::as_str) == Some("internal");
            match clause {
                Some(clause) if !known.contains(clause) => {
                    faults.push(format!("{}: [{name}] cites unknown {clause}", file.path))
                }
                None if !internal => faults.push(format!("{}: [{name}] cites no clause", file.path)),
                _ => {}
            }
        }
    }
    faults
}

/// An identifier in the glossary's second column, in back quotes, occurs in the code.
pub fn glossary_identifiers_exist(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(GLOSSARY) else { return vec![format!("{GLOSSARY} is missing")] };
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(cell) = line.strip_prefix('|').and_then(|row| row.split('|').nth(1)) else { continue };
        for identifier in cell.split('`').skip(1).step_by(2) {
            let last = identifier.rsplit("::").next().unwrap_or(identifier);
            let found = tree.files.iter().any(|file| {
                file.path != GLOSSARY
                    && (file.path.starts_with("crates/") || file.path.starts_with("web/"))
                    && file.text.contains(last)
            });
            if !found {
                faults.push(format!("{GLOSSARY}:{}: `{identifier}` occurs nowhere", number + 1));
            }
        }
    }
    faults
}
