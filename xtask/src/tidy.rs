//! What a reader may rely on anywhere in the tree, checked by reading it.

use std::path::{Path, PathBuf};

use anyhow::Context;

mod edges;
mod law;
mod size;
mod words;

/// One check: a list of faults, each `path:line: what and why`.
pub type Check = fn(&Tree) -> Vec<String>;

/// All checks, by name.
pub const CHECKS: &[(&str, Check)] = &[
    ("crates depend only downwards", edges::crates_depend_only_downwards),
    ("SQL stands only in store", edges::sql_stands_only_in_store),
    ("the clock is read in one place", edges::the_clock_is_read_in_one_place),
    ("files are short", size::files_are_short),
    ("functions are short", size::functions_are_short),
    ("every clause is in docs/regulation.md", law::every_clause_is_in_the_table),
    ("an enforced clause is used and tested", law::an_enforced_clause_is_used_and_tested),
    ("every limit cites a clause or names its decision", law::every_limit_cites_a_clause),
    ("every identifier of the glossary exists", law::glossary_identifiers_exist),
    ("no module has an empty name", words::no_module_has_an_empty_name),
    ("nothing is left to do", words::nothing_is_left_to_do),
    ("the page asks no other host", words::the_page_asks_no_other_host),
];

/// One file that git knows.
pub struct File {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
}

/// The files of the repository that people write.
pub struct Tree {
    pub root: PathBuf,
    pub files: Vec<File>,
}

impl Tree {
    /// Reads what git tracks, and what it would (not yet added, not ignored). Generated and binary files are left out.
    pub fn read() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the root")?.to_owned();
        let output = std::process::Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .context("git ls-files")?;
        anyhow::ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
        let mut files = Vec::new();
        for path in String::from_utf8(output.stdout)?.split_terminator('\0') {
            let written =
                matches!(extension(path), "rs" | "ts" | "vue" | "sql" | "toml" | "md" | "sh" | "css" | "typ" | "html");
            if !written || is_generated(path) {
                continue;
            }
            // A tracked file may be deleted in the working tree.
            if let Ok(text) = std::fs::read_to_string(root.join(path)) {
                files.push(File { path: path.to_owned(), text });
            }
        }
        anyhow::ensure!(!files.is_empty(), "git lists no files in {}", root.display());
        Ok(Self { root, files })
    }

    /// Files below `folder` with this extension.
    pub fn under<'a>(&'a self, folder: &'a str, wanted: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.starts_with(folder) && extension(&file.path) == wanted)
    }

    /// One file's text, if it exists.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

/// Written by a program, never by hand.
fn is_generated(path: &str) -> bool {
    ["web/src/api/schema.d.ts", "web/src/components.d.ts"].contains(&path) || path.ends_with("/schema.sql")
}

/// `rs` of `a/b.rs`.
pub fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Lines with their number, counted from 1, up to the file's tests where the file ends in them.
pub fn code_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let end = file.text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
    file.text[..end].lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// True for files that only tests compile.
pub fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.starts_with("crates/testkit/")
        || path.starts_with("crates/testcloud/")
}

#[cfg(test)]
mod tests;
