//! The repository passes every check; and each check that reads text finds a planted fault.

use super::*;

/// A tree of one file, to plant a fault in.
pub fn planted(path: &str, text: &str) -> Tree {
    Tree { root: PathBuf::new(), files: vec![File { path: path.to_owned(), text: text.to_owned() }] }
}

/// One test a check, so that the name of the failed one says what is untidy.
macro_rules! the_repository {
    ($($check:path as $name:ident;)*) => {$(
        #[test]
        fn $name() {
            let tree = Tree::read().expect("the repository reads");
            let faults = $check(&tree);
            assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
        }
    )*
    #[test]
    fn no_check_is_left_out() {
        assert_eq!(CHECKS.len(), [$(stringify!($name)),*].len());
    }};
}

the_repository! {
    edges::crates_depend_only_downwards as crates_depend_only_downwards;
    edges::sql_stands_only_in_store as sql_stands_only_in_store;
    edges::the_clock_is_read_in_one_place as the_clock_is_read_in_one_place;
    size::files_are_short as files_are_short;
    size::functions_are_short as functions_are_short;
    law::every_clause_is_in_the_table as every_clause_is_in_the_table;
    law::an_enforced_clause_is_used_and_tested as an_enforced_clause_is_used_and_tested;
    law::every_limit_cites_a_clause as every_limit_cites_a_clause;
    law::glossary_identifiers_exist as glossary_identifiers_exist;
    words::no_module_has_an_empty_name as no_module_has_an_empty_name;
    words::nothing_is_left_to_do as nothing_is_left_to_do;
    words::the_page_asks_no_other_host as the_page_asks_no_other_host;
}

#[test]
fn a_planted_fault_is_found_and_its_neighbour_passes() {
    let long = |lines: usize| format!("fn f() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
    let cases: Vec<(Check, &str, String, String)> = vec![
        (size::files_are_short, "crates/a/src/b.rs", "x\n".repeat(601), "x\n".repeat(600)),
        (size::functions_are_short, "crates/a/src/b.rs", long(71), long(70)),
        (edges::sql_stands_only_in_store, "crates/app/src/b.rs", "sqlx::query(\"\")".into(), "// store::x".into()),
        (edges::the_clock_is_read_in_one_place, "crates/app/src/b.rs", "Timestamp::now()".into(), "clock.now()".into()),
        (
            words::nothing_is_left_to_do,
            "crates/a/src/b.rs",
            format!("// {}: later", ["TO", "DO"].concat()),
            "// done".into(),
        ),
        (words::no_module_has_an_empty_name, "crates/a/src/b.rs", "pub mod utils;".into(), "pub mod audit;".into()),
        (
            words::the_page_asks_no_other_host,
            "web/src/a.ts",
            "fetch('https://cdn.example.org/x')".into(),
            "fetch('/api/x')".into(),
        ),
    ];
    for (check, path, bad, good) in cases {
        assert_eq!(check(&planted(path, &bad)).len(), 1, "not found in {path}: {bad:.60}");
        assert_eq!(check(&planted(path, &good)), Vec::<String>::new(), "wrongly found in {path}");
    }
}
