//! 附件: what is taken, what is refused and leaves its mark, who may take it away again.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use testkit::{City, Client};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The smallest file that is a PDF from its first byte to its last mark.
pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {text}\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n").into_bytes()
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

/// A draft of 市教育局 and its handler's browser.
async fn draft(city: &City) -> (Client, String) {
    let handler = city.sign_in("agency_handler").await;
    let created = handler.post("/api/applications", &json!({})).await.ok();
    (handler, created["id"].as_str().expect("an id").to_owned())
}

fn address(case: &str) -> String {
    format!("/api/cases/{case}/attachments")
}

/// Fails unless the log has `count` refused uploads saying `code`.
async fn refusals(city: &City, code: &str, count: usize) {
    let sql = format!(
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM audit_entry WHERE action = 'attachment.add' AND outcome = 'refused'
             AND after ->> 'code' = '{code}' AND clause = 'A32') = {count}, '{code}'; END $$"
    );
    testkit::execute(city.database().url(), &sql).await;
}

#[tokio::test]
async fn a10_1_a_material_is_kept_shown_given_out_unchanged_and_taken_back() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let content = pdf("实施方案");
    let kept = handler
        .upload(&address(&case), "市教育局\"实施方案.pdf", content.clone(), &[("kind", "project_plan")])
        .await
        .ok();
    assert_eq!(kept["file_name"], "市教育局实施方案.pdf");
    assert_eq!((kept["kind"]["code"].as_str(), kept["removable"].as_bool()), (Some("project_plan"), Some(true)));
    assert_eq!(kept["sm3"].as_str().map(str::len), Some(64));

    let page = handler.get(&format!("/api/cases/{case}")).await.ok();
    assert_eq!(page["attachments"][0], kept);
    assert_eq!(page["version"], 1, "a file does not bump the version the form is saved under");

    let id = kept["id"].as_str().expect("an id");
    let file = handler.get(&format!("/api/attachments/{id}/content")).await;
    assert_eq!((file.status, &file.bytes), (200, &content));
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\""), "{:?}", file.headers);

    assert_eq!(handler.delete(&format!("/api/attachments/{id}")).await.status, 204);
    assert_eq!(handler.get(&format!("/api/attachments/{id}/content")).await.status, 404);
    assert_eq!(handler.delete(&format!("/api/attachments/{id}")).await.status, 404);
    let page = handler.get(&format!("/api/cases/{case}")).await.ok();
    assert_eq!(page["attachments"], json!([]));
    let gone = "DO $$ BEGIN ASSERT (SELECT count(*) FROM attachment_piece) = 0, 'content is gone'; END $$";
    testkit::execute(city.database().url(), gone).await;
}

#[tokio::test]
async fn e21_disguised_bombs_macros_and_marked_files_are_refused_and_each_leaves_an_entry() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let marked: &[(&str, &[u8])] =
        &[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", "<w:p><w:t>机密★10年</w:t></w:p>".as_bytes())];
    let bomb = archive(&[("零.bin", &vec![0; 8 * 1024 * 1024])]);
    let program = archive(&[("说明.txt", b"MZ\x90\0 not a text")]);
    for (name, content, code) in [
        ("批复.pdf", b"MZ\x90\0\x03 a program".to_vec(), "attachment.wrong_type"),
        ("批复.exe", b"MZ\x90\0\x03 a program".to_vec(), "attachment.wrong_type"),
        ("病毒.pdf", b"X5O!P%@AP[4 test".to_vec(), "attachment.wrong_type"),
        ("空.pdf", vec![], "attachment.empty"),
        ("材料.zip", bomb, "attachment.bomb"),
        ("材料.zip", program, "attachment.program"),
        ("方案.docx", archive(marked), "attachment.marking"),
        ("绝密-方案.pdf", pdf("x"), "attachment.marking"),
    ] {
        let answer = handler.upload(&address(&case), name, content, &[("kind", "other")]).await;
        assert_eq!(answer.refused(422), "invalid_input", "{name}");
        let finding = &answer.body["findings"][0];
        assert_eq!((finding["field"].as_str(), finding["code"].as_str()), (Some("file"), Some(code)), "{name}");
        assert!(finding["zh"].as_str().is_some_and(|zh| !zh.is_empty()));
    }
    refusals(&city, "attachment.wrong_type", 3).await;
    refusals(&city, "attachment.bomb", 1).await;
    refusals(&city, "attachment.marking", 2).await;
    let none = "DO $$ BEGIN ASSERT (SELECT count(*) FROM attachment) = 0, 'nothing was kept'; END $$";
    testkit::execute(city.database().url(), none).await;
}

#[tokio::test]
async fn e21_fifty_mebibytes_are_taken_and_one_byte_more_is_413() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(50 * 1024 * 1024, 7);
    let kept = handler.upload(&address(&case), "拓扑图.png", picture.clone(), &[("kind", "topology")]).await.ok();
    assert_eq!(kept["size_bytes"], 50 * 1024 * 1024);
    let id = kept["id"].as_str().expect("an id");
    let file = handler.get(&format!("/api/attachments/{id}/content")).await;
    assert!(file.bytes == picture, "fifty pieces come back in order");

    picture.push(7);
    let answer = handler.upload(&address(&case), "拓扑图.png", picture, &[("kind", "topology")]).await;
    assert_eq!(answer.refused(413), "attachment.too_large");
}

#[tokio::test]
async fn e20_other_routes_keep_their_small_bodies_and_a_malformed_upload_is_told_why() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let large = json!({ "filler": "x".repeat(3 * 1024 * 1024) });
    assert_eq!(handler.put(&format!("/api/applications/{case}/form"), 1, &large).await.refused(413), "body.too_large");
    let answer = handler.post(&address(&case), &json!({ "kind": "other" })).await;
    assert_eq!(answer.refused(400), "upload.not_multipart");
    let answer = handler.upload(&address(&case), "a.pdf", pdf("x"), &[]).await;
    assert_eq!(answer.refused(400), "upload.field_missing");
    let answer = handler.upload(&address(&case), "a.pdf", pdf("x"), &[("kind", "no_such_kind")]).await;
    assert_eq!(answer.refused(400), "upload.kind");
}

#[tokio::test]
async fn e10_files_of_a_draft_are_its_agencys_own() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let kept = handler.upload(&address(&case), "批复.pdf", pdf("x"), &[("kind", "project_approval")]).await.ok();
    let file = format!("/api/attachments/{}/content", kept["id"].as_str().expect("an id"));
    for who in ["county_agency_handler", "supplier_manager", "center_acceptor", "expert"] {
        let other = city.sign_in(who).await;
        assert_eq!(other.get(&file).await.status, 404, "{who}");
        let answer = other.upload(&address(&case), "b.pdf", pdf("x"), &[("kind", "other")]).await;
        assert_eq!(answer.status, 404, "{who}");
        let answer = other.delete(file.trim_end_matches("/content")).await;
        assert_eq!(answer.status, 404, "{who}");
    }
    assert_eq!(city.anonymous().get(&file).await.status, 401);
    let leader = city.sign_in("agency_leader").await;
    assert_eq!(leader.get(&file).await.status, 200);
    let answer = leader.upload(&address(&case), "b.pdf", pdf("x"), &[("kind", "other")]).await;
    assert_eq!(answer.refused(403), "authz.forbidden", "handing in is the handler's");
}

#[tokio::test]
async fn an_upload_repeated_under_one_key_is_kept_once() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let boundary = "----bound";
    let part = |name: &str, value: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = part("kind", "other")
        + &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4\n%%EOF\n\r\n--{boundary}--\r\n"
        );
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let headers = [("content-type", content_type.as_str()), ("idempotency-key", "upload-key-1")];
    let path = address(&case);
    let send = || handler.send(reqwest::Method::POST, &path, &headers, Some(body.clone().into_bytes()));
    let (first, second): (Value, Value) = (send().await.ok(), send().await.ok());
    assert_eq!(first["id"], second["id"]);
    let page = handler.get(&format!("/api/cases/{case}")).await.ok();
    assert_eq!(page["attachments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a10_1_a_case_takes_as_many_files_as_the_limits_say_and_no_more() {
    let city = City::start().await;
    let (handler, case) = draft(&city).await;
    let domain::limits::Count(most) = city.app.regulation.limits.attachments_per_case.value;
    for number in 1..=most {
        handler.upload(&address(&case), "方案.pdf", pdf(&number.to_string()), &[("kind", "other")]).await.ok();
    }
    let answer = handler.upload(&address(&case), "方案.pdf", pdf("还有"), &[("kind", "other")]).await;
    assert_eq!(answer.refused(409), "attachment.too_many");
    assert!(answer.text().contains(&format!("最多 {most} 个")), "{}", answer.text());
}
