//! Size: a file one can read at one sitting, a function one can see at once.

use super::{File, Tree, extension};

/// Most lines of a file.
const FILE_LINES: usize = 600;
/// Most lines of a function, signature and closing brace included.
const FUNCTION_LINES: usize = 70;

/// No file that people read as code has more than 600 lines.
pub fn files_are_short(tree: &Tree) -> Vec<String> {
    let code =
        tree.files.iter().filter(|file| matches!(extension(&file.path), "rs" | "ts" | "vue" | "sql" | "sh" | "typ"));
    code.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES)
            .then(|| format!("{}: {lines} lines; split it by meaning (at most {FILE_LINES})", file.path))
    })
    .collect()
}

/// No Rust function has more than 70 lines.
pub fn functions_are_short(tree: &Tree) -> Vec<String> {
    tree.files.iter().filter(|file| extension(&file.path) == "rs").flat_map(long_functions).collect()
}

/// Relies on rustfmt: a function ends at the first line that closes its own indentation.
fn long_functions(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut faults = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let closing = format!("{indent}}}");
        // A declaration without a body ends at its semicolon.
        let same_indent = |l: &str| l.len() - l.trim_start().len() == indent.len();
        let end = lines[start..].iter().position(|l| *l == closing || (same_indent(l) && l.ends_with(';')));
        let length = end.map_or(1, |offset| offset + 1);
        let has_body = end.is_some_and(|offset| lines[start + offset] == closing);
        if has_body && length > FUNCTION_LINES {
            faults.push(format!(
                "{}:{}: fn {name} has {length} lines (at most {FUNCTION_LINES})",
                file.path,
                start + 1
            ));
        }
    }
    faults
}

/// `pub(crate) async fn name<T>(` → `name`.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if let Some(after) = rest.strip_prefix("pub") {
        rest = after
            .strip_prefix('(')
            .and_then(|inside| inside.split_once(')'))
            .map_or(after, |(_, after)| after)
            .trim_start();
    }
    while let Some(after) = ["const ", "async ", "unsafe ", "default "].iter().find_map(|word| rest.strip_prefix(word))
    {
        rest = after.trim_start();
    }
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}
