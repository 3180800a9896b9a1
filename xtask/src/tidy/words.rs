//! Words: names that say something, no unfinished business, no foreign address.

use super::{Tree, extension};

/// Module names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "common", "manager", "helper", "helpers", "misc", "info", "data", "service", "base"];

/// No `mod utils;` and no file so named.
pub fn no_module_has_an_empty_name(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.files.iter().filter(|file| matches!(extension(&file.path), "rs" | "ts" | "vue")) {
        let name = file.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        if EMPTY_NAMES.contains(&name.to_lowercase().as_str()) {
            faults.push(format!("{}: the name `{name}` says nothing; name what is inside", file.path));
        }
        for (index, line) in file.text.lines().enumerate() {
            let declared =
                line.trim().trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
            if declared.is_some_and(|name| EMPTY_NAMES.contains(&name)) {
                faults.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    faults
}

/// No note to oneself stays in the tree: it is an issue or it is nothing.
pub fn nothing_is_left_to_do(tree: &Tree) -> Vec<String> {
    // Put together here, so that this file does not find itself.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X:"].concat()];
    let mut faults = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(mark.as_str())) {
                faults.push(format!("{}:{}: {mark}", file.path, index + 1));
            }
        }
    }
    faults
}

/// The office network has no internet: the page may name no other host. Namespaces are names, not addresses.
pub fn the_page_asks_no_other_host(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    let shipped = tree.files.iter().filter(|file| {
        (file.path.starts_with("web/src/") || file.path.starts_with("web/public/") || file.path == "web/index.html")
            && !file.path.contains(".spec.")
    });
    for file in shipped {
        for (index, line) in file.text.lines().enumerate() {
            let foreign = ["http://", "https://"].iter().any(|scheme| {
                line.split(scheme)
                    .skip(1)
                    .any(|rest| !["www.w3.org/", "127.0.0.1", "localhost"].iter().any(|known| rest.starts_with(known)))
            });
            if foreign {
                faults.push(format!("{}:{}: an outside address: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    faults
}
