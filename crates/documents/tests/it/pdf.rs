//! PDFs of every kind: set, stable, readable, faithful to awkward text.

use crate::specimen::{MARKUP, specimen};
use documents::model::{Kind, Printing, Snapshot};
use documents::{digest, render, render_copy};
use std::path::PathBuf;
use std::process::Command;

/// Writes the PDF where a person can look at it and gives its path.
fn kept(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("documents");
    std::fs::create_dir_all(&folder).expect("a folder under target");
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, bytes).expect("the specimen can be written");
    path
}

/// The text as a reader's search finds it.
fn text_of(path: &PathBuf) -> String {
    let out = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(path).arg("-").output();
    let out = out.expect("pdftotext (apt: poppler-utils) is needed to read PDFs back");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("UTF-8").chars().filter(|c| *c != '\u{200b}').collect()
}

#[test]
fn every_kind_is_set_with_its_number_code_and_title() {
    for kind in Kind::ALL.iter().copied() {
        let snapshot = specimen(kind);
        let bytes = render(&snapshot).unwrap_or_else(|error| panic!("{}: {error}", kind.zh()));
        assert!(bytes.starts_with(b"%PDF-1.7"), "{}", kind.zh());
        let text = text_of(&kept(kind.code(), &bytes));
        let title: String = text.split_whitespace().collect();
        assert!(title.contains(kind.zh()), "{} has its title", kind.zh());
        assert!(text.contains(&snapshot.head.number), "{} has its number", kind.zh());
        assert!(text.contains(&snapshot.head.verification.code), "{} has its code", kind.zh());
        assert!(title.contains("第1页共"), "{} has page numbers", kind.zh());
    }
}

#[test]
fn the_same_snapshot_gives_the_same_bytes_also_after_storage() {
    for kind in Kind::ALL.iter().copied() {
        let snapshot = specimen(kind);
        let stored = serde_json::to_string(&snapshot).expect("plain data");
        let again: Snapshot = serde_json::from_str(&stored).expect("reads back");
        assert_eq!(again, snapshot);
        assert_eq!(digest(&again).expect("digest"), digest(&snapshot).expect("digest"));
        assert!(render(&snapshot).expect("set") == render(&again).expect("set"), "{}", kind.zh());
    }
}

#[test]
fn what_a_user_wrote_is_text_and_never_markup() {
    let text = text_of(&kept("markup", &render(&specimen(Kind::SupplementNotice)).expect("set")));
    let flat: String = text.split_whitespace().collect();
    let wanted: String = MARKUP.split_whitespace().collect();
    for piece in ["#panic(\"x\")", "$x^2$", "*粗*", "`raw`", "<b>", "@ref"] {
        assert!(wanted.contains(piece) && flat.contains(piece), "{piece} in {flat}");
    }
}

#[test]
fn undrawable_characters_become_a_visible_mark_and_rare_names_stay() {
    let mut snapshot = specimen(Kind::AcceptanceNotice);
    snapshot.head.addressee = "局😀\u{7}".to_owned();
    let text = text_of(&kept("undrawable", &render(&snapshot).expect("set")));
    assert!(text.contains("局〓〓"), "{text}");
    assert!(text.contains("李䶮"), "rare characters of names are drawn");
}

#[test]
fn personal_numbers_are_masked_on_paper() {
    let text = text_of(&kept("masked", &render(&specimen(Kind::ApplicationForm)).expect("set")));
    assert!(text.contains("001X") && !text.contains("19900101"));
}

#[test]
fn a_copy_names_who_printed_it_and_keeps_the_digest() {
    let snapshot = specimen(Kind::ErasureCertificate);
    let copy = render_copy(&snapshot, &Printing::copy("黄秀英", "2026-11-02 09:30")).expect("set");
    let text = text_of(&kept("copy", &copy));
    assert!(text.contains("打印人 黄秀英") && text.contains("2026-11-02 09:30"));
    let short = documents::render::short(&digest(&snapshot).expect("digest"));
    assert!(text.contains(&short));
}

#[test]
fn the_head_of_a_long_table_stands_on_every_page_it_runs_over() {
    let text = text_of(&kept("long-table", &render(&specimen(Kind::ApplicationForm)).expect("set")));
    let pages_with_head =
        text.split('\u{c}').filter(|page| page.contains("主机名称") && page.contains("gl-tour-node")).count();
    let pages_with_rows =
        text.split('\u{c}').filter(|page| page.contains("gl-tour-node") && page.contains("openEuler")).count();
    assert!(pages_with_rows >= 3 && pages_with_head >= pages_with_rows, "{pages_with_head} of {pages_with_rows}");
}

#[test]
fn a32_a_mark_set_in_a_pdf_with_subset_fonts_is_found_and_an_innocent_one_is_kept() {
    use std::io::Cursor;
    let inspect = |snapshot: &Snapshot| {
        let bytes = render(snapshot).expect("set");
        kept("marked", &bytes);
        documents::inspection::inspect(&mut Cursor::new(bytes), "附件.pdf")
    };
    let mut snapshot = specimen(Kind::AcceptanceNotice);
    snapshot.head.addressee = "不涉及国家秘密的单位".to_owned();
    assert!(inspect(&snapshot).is_ok());
    snapshot.head.addressee = "机密★10年".to_owned();
    let rejection = inspect(&snapshot).expect_err("the mark stands in the text");
    assert_eq!(rejection.code(), "attachment.marking", "{rejection}");
}
