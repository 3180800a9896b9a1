use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Budget, Format, Rejection, clean_name, inspect, marking, refuse_bomb};

/// An archive of these entries.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

fn docx(paragraphs: &str) -> Vec<u8> {
    let document = format!(r#"<?xml version="1.0"?><w:document><w:body>{paragraphs}</w:body></w:document>"#);
    archive(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())])
}

fn code(bytes: &[u8], name: &str) -> &'static str {
    match inspect(&mut Cursor::new(bytes), name) {
        Ok(format) => format.code(),
        Err(rejection) => rejection.code(),
    }
}

#[test]
fn e21_a_file_is_what_its_first_bytes_say_and_must_be_what_its_name_says() {
    let pdf: &[u8] = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n";
    for (bytes, name, answer) in [
        (pdf, "批复.pdf", "pdf"),
        (pdf, "批复.PDF", "pdf"),
        (pdf, "批复.docx", "attachment.wrong_type"),
        (b"MZ\x90\0\x03\0\0\0", "批复.pdf", "attachment.wrong_type"),
        (b"MZ\x90\0\x03\0\0\0", "批复.exe", "attachment.wrong_type"),
        (b"%PDF-1.7 cut off", "批复.pdf", "attachment.damaged"),
        (b"%PDF-1.7\ntrailer <</Encrypt 5 0 R>>\n%%EOF", "批复.pdf", "attachment.encrypted"),
        (b"", "批复.pdf", "attachment.empty"),
        (b"\xff\xd8\xff\xe0JFIF", "拓扑图.jpeg", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "拓扑图.png", "png"),
        (b"<html>", "拓扑图.png", "attachment.wrong_type"),
        (b"PK\x03\x04 and nothing behind it", "材料.zip", "attachment.damaged"),
    ] {
        assert_eq!(code(bytes, name), answer, "{name}");
    }
}

#[test]
fn e21_office_files_are_told_apart_by_what_is_in_them() {
    let word = docx("<w:p><w:r><w:t>实施方案</w:t></w:r></w:p>");
    let sheet = archive(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]);
    let ofd = archive(&[("OFD.xml", b"<ofd:OFD/>")]);
    assert_eq!(code(&word, "方案.docx"), "docx");
    assert_eq!(code(&word, "方案.xlsx"), "attachment.wrong_type");
    assert_eq!(code(&sheet, "表.xlsx"), "xlsx");
    assert_eq!(code(&sheet, "表.docx"), "attachment.wrong_type");
    assert_eq!(code(&ofd, "批复.ofd"), "ofd");
    assert_eq!(code(&word, "打包.zip"), "zip");
}

#[test]
fn e21_programs_macros_and_encrypted_entries_are_refused_also_deep_inside() {
    let inner = archive(&[("readme.txt", b"MZ\x90\0 disguised as text")]);
    assert_eq!(code(&archive(&[("资料/内层.zip", &inner)]), "材料.zip"), "attachment.program");
    assert_eq!(code(&archive(&[("安装.exe", b"x")]), "材料.zip"), "attachment.program");
    assert_eq!(code(&archive(&[("a.txt", b"X5O!P%@AP[4")]), "材料.zip"), "attachment.program");
    let mut macros = vec![("[Content_Types].xml", &b"<Types/>"[..]), ("word/document.xml", b"<w:document/>")];
    macros.push(("word/vbaProject.bin", b"\xd0\xcf"));
    assert_eq!(code(&archive(&macros), "方案.docx"), "attachment.program");
    assert_eq!(code(&archive(&[("../../etc/passwd", b"root")]), "材料.zip"), "attachment.damaged");

    let mut locked = archive(&[("a.txt", b"hello")]);
    let central = locked.windows(4).rposition(|four| four == b"PK\x01\x02").expect("a central record");
    locked[6] |= 1; // the bit that says: encrypted
    locked[central + 8] |= 1;
    assert_eq!(code(&locked, "材料.zip"), "attachment.encrypted");
}

#[test]
fn e21_bombs_are_refused_before_they_unfold() {
    let zeros = vec![0; 40 * 1024 * 1024];
    let bomb = archive(&[("零.bin", &zeros)]);
    assert!(bomb.len() < 100_000, "40 MiB in {} bytes", bomb.len());
    let begun = std::time::Instant::now();
    assert_eq!(code(&bomb, "材料.zip"), "attachment.bomb");
    let nested = archive(&[("内层.zip", &bomb)]);
    assert_eq!(code(&nested, "材料.zip"), "attachment.bomb");
    assert!(begun.elapsed().as_secs() < 5, "stopped early, not after unpacking");

    let names: Vec<String> = (0..2_001).map(|n| format!("{n}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(code(&archive(&many), "材料.zip"), "attachment.bomb");
    assert_eq!(code(&archive(&many[..2_000]), "材料.zip"), "zip");

    let mut deep = archive(&[("a.txt", b"x")]);
    for _ in 0..2 {
        deep = archive(&[("内层.zip", &deep)]);
    }
    assert_eq!(code(&deep, "材料.zip"), "zip");
    assert_eq!(code(&archive(&[("内层.zip", &deep)]), "材料.zip"), "attachment.bomb");
    assert!(matches!(refuse_bomb(&mut Cursor::new(&deep), &mut Budget::of(10, 20)), Err(Rejection::Bomb)));
}

#[test]
fn a32_marks_of_secrecy_are_found_in_word_excel_and_ofd_and_the_mere_word_is_not() {
    let innocent = docx("<w:p><w:r><w:t>本系统不涉及国家秘密,无机密信息,密码机密钥另行保管。</w:t></w:r></w:p>");
    assert_eq!(code(&innocent, "方案.docx"), "docx");
    for marked in [
        "<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t>密★10年</w:t></w:r></w:p>",
        "<w:p><w:r><w:t xml:space=\"preserve\">绝  密 &#9733; 长期</w:t></w:r></w:p>",
        "<w:tc><w:p><w:r><w:t>密级：秘密</w:t></w:r></w:p></w:tc>",
        "<w:p><w:r><w:t>机密</w:t></w:r></w:p>",
    ] {
        assert_eq!(code(&docx(marked), "方案.docx"), "attachment.marking", "{marked}");
        let wrapped = archive(&[("方案.docx", &docx(marked))]);
        assert_eq!(code(&wrapped, "材料.zip"), "attachment.marking", "{marked}");
    }
    let strings = "<sst><si><t>单位</t></si><si><r><t>秘密</t></r><r><t>★5年</t></r></si></sst>";
    let parts =
        [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<workbook/>"), ("xl/sharedStrings.xml", strings)];
    assert_eq!(code(&archive(&parts.map(|(name, text)| (name, text.as_bytes()))), "表.xlsx"), "attachment.marking");
    let page = "<ofd:Page><ofd:TextObject><ofd:TextCode>机密★</ofd:TextCode></ofd:TextObject></ofd:Page>";
    let ofd = [("OFD.xml", "<ofd:OFD/>"), ("Doc_0/Pages/Page_0/Content.xml", page)];
    assert_eq!(code(&archive(&ofd.map(|(name, text)| (name, text.as_bytes()))), "文.ofd"), "attachment.marking");
}

#[test]
fn a32_a_marked_name_is_refused_and_words_that_merely_contain_it_are_not() {
    for name in [
        "绝密-作战图.pdf",
        "关于某事的机密报告.pdf",
        "【秘密】方案.docx",
        "方案(秘密★3年).pdf",
        "密级:机密.pdf",
        "密级：机密.pdf",
    ] {
        assert!(marking::in_name(name).is_some(), "{name}");
    }
    for name in
        ["不涉及国家秘密承诺书.pdf", "密码机密钥管理办法.pdf", "计算机密码策略.docx", "非机密.pdf", "保密协议.pdf"]
    {
        assert_eq!(marking::in_name(name), None, "{name}");
    }
    assert_eq!(marking::in_gbk_name(b"\xbe\xf8\xc3\xdc.doc"), Some("绝密"));
}

#[test]
fn e20_file_names_lose_paths_quotes_and_direction_marks_and_stay_within_120_characters() {
    for (given, kept) in [
        ("C:\\Users\\莫\\批复.pdf", "批复.pdf"),
        ("../../etc/批复.pdf", "批复.pdf"),
        ("批\"复\r\n;.pdf", "批复;.pdf"),
        ("报告\u{202e}fdp.exe.pdf", "报告fdp.exe.pdf"),
        ("  空 格 .pdf", "空 格.pdf"),
    ] {
        assert_eq!(clean_name(given).expect(given), kept);
    }
    let long = clean_name(&format!("{}.pdf", "长".repeat(300))).expect("cut");
    assert_eq!((long.chars().count(), long.ends_with("长.pdf")), (120, true));
    for bad in ["", "无扩展名", ".pdf", "a.averylongextension"] {
        assert!(clean_name(bad).is_err(), "{bad}");
    }
    assert_eq!(Format::claimed("x.tar.gz"), None);
}
