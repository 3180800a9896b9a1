//! 文书: issued with the step, the same bytes for ever, readable, verifiable by anyone.

use jiff::civil::date;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

use crate::cast::{Case, Cast, EDUCATION};

/// The latest document of a kind, as the handler's page lists it.
async fn document(case: &Case<'_>, kind: &str) -> Value {
    let page = case.seen_by("agency_handler").await;
    let documents = page["documents"].as_array().expect("a list").clone();
    let found = documents.into_iter().rev().find(|document| document["kind"]["code"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {}", page["documents"]))
}

async fn pdf_of(case: &Case<'_>, document: &Value) -> Vec<u8> {
    let path = format!("/api/documents/{}/pdf", document["id"].as_str().expect("an id"));
    let answer = case.cast.browser("agency_handler").await.get(&path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"), "{}", answer.text());
    answer.bytes
}

/// Number and text of the latest document of a kind; the PDF is kept under `target/tmp` to be looked at.
pub async fn read(case: &Case<'_>, kind: &str) -> (String, String) {
    let document = document(case, kind).await;
    let bytes = pdf_of(case, &document).await;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("issued");
    std::fs::create_dir_all(&folder).expect("a folder under target");
    std::fs::write(folder.join(format!("{kind}.pdf")), &bytes).expect("written");
    let text = text_of(&bytes);
    let number = document["number"].as_str().expect("a number").to_owned();
    assert!(text.contains(&number), "{kind} bears its number {number}: {text}");
    (number, text)
}

/// Text of a PDF without its spaces, as a search would find it.
fn text_of(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    let out = Command::new("pdftotext").args(["-enc", "UTF-8"]).arg(file.path()).arg("-").output();
    let out = out.expect("pdftotext (apt: poppler-utils) is needed to read PDFs back");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("UTF-8").chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

#[track_caller]
pub fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word} is missing in {text}");
    }
}

#[tokio::test]
async fn annex_2_the_form_is_printed_as_it_stands_with_printer_and_masked_numbers() {
    let cast = Cast::start().await;
    let case = Case::draft(&cast, EDUCATION, "special", "学籍管理系统").await;
    let path = format!("/api/cases/{}/application.pdf", case.id);
    let answer = cast.browser("agency_handler").await.get(&path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"));
    let text = text_of(&answer.bytes);
    says(
        &text,
        &[
            "政务云资源申请表",
            "服务器资源需求表",
            "堡垒机账号需求表",
            "桂林市教育局",
            "学籍管理系统",
            "打印人桂林市教育局陆文清",
            "打印件，以系统记录为准",
            "第1页共",
            "project_plan.pdf",
            "GLZWY-SQ-2025-00001",
        ],
    );
    assert!(text.contains("002X") && !text.contains("19491231"), "the identity number is masked");
    let other = cast.browser("center_acceptor").await.get(&path).await;
    assert_eq!(other.status, 404, "a draft is the agency's own");
}

#[tokio::test]
async fn a10_2_acceptance_issues_its_notice_once_and_for_ever() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    let (number, text) = read(&case, "application_form").await;
    assert_eq!(number, "GLZWY-SQ-2025-00001");
    says(&text, &["申请单位意见", "同意申请。同意", "秦岚"]);

    case.accept().await;
    let notice = document(&case, "acceptance_notice").await;
    let first = pdf_of(&case, &notice).await;
    cast.city.set_day(date(2025, 3, 20));
    assert!(pdf_of(&case, &notice).await == first, "the bytes are stable");
    let (number, text) = read(&case, "acceptance_notice").await;
    assert_eq!(number, "GLZWY-SL-2025-00001");
    says(
        &text,
        &[
            "受理通知书",
            "桂林市教育局：",
            "第十条（二）",
            "决定予以受理",
            "2025年3月3日",
            "桂林市信息中心",
            "受理意见：材料齐全,予以受理",
        ],
    );
    refused_by_the_database(&cast, "UPDATE document SET number = 'GLZWY-SL-2025-00009'").await;
    refused_by_the_database(&cast, "DELETE FROM document").await;
}

/// The database itself keeps a document as issued.
async fn refused_by_the_database(cast: &Cast, sql: &str) {
    let attempt = format!(
        "DO $$ BEGIN {sql}; RAISE 'went through' USING ERRCODE = 'P0099';
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    );
    testkit::execute(cast.city.database().url(), &attempt).await;
}

#[tokio::test]
async fn anyone_with_the_code_learns_what_stands_on_the_paper_and_no_more() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    let form = document(&case, "application_form").await;
    let code = form["verification_code"].as_str().expect("a code").to_owned();
    let anyone = cast.city.anonymous();
    let answer = anyone.get(&format!("/api/verify/{code}")).await.ok();
    let mut fields: Vec<&str> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["agency_name", "case_number", "issued_on", "kind", "number", "sm3", "system_name", "valid"]);
    assert_eq!((answer["valid"].as_bool(), answer["agency_name"].as_str()), (Some(true), Some("桂林市教育局")));
    let text = text_of(&pdf_of(&case, &form).await);
    assert!(text.contains(&code), "the code is printed");
    let short = answer["sm3"].as_str().expect("a digest")[..16].to_uppercase();
    assert!(text.contains(&short), "the short digest in the footer is the one the register answers");

    let bare = code.replace('-', "").to_lowercase();
    assert_eq!(anyone.get(&format!("/api/verify/{bare}")).await.status, 200);
    for wrong in ["AAAA-AAAA-AAAA-AAAA", "x", "7K3M%00"] {
        assert_eq!(anyone.get(&format!("/api/verify/{wrong}")).await.refused(404), "not_found", "{wrong}");
    }
    let path = format!("/api/documents/{}/pdf", form["id"].as_str().expect("an id"));
    assert_eq!(anyone.get(&path).await.status, 401, "the paper itself is not open");
    assert_eq!(cast.browser("county_agency_handler").await.get(&path).await.status, 404);
}

#[tokio::test]
async fn a10_2_supplement_and_refusal_say_what_is_missing_and_why() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    let asked = json!({ "command": "request_supplement", "missing": "批复文件缺文号\n测算依据不完整" });
    case.step("center_acceptor", "application", &asked).await;
    let (_, text) = read(&case, "supplement_notice").await;
    says(&text, &["补正通知书", "批复文件缺文号", "测算依据不完整", "现一次性告知"]);
    case.step("agency_handler", "application", &json!({ "command": "supplement" })).await;
    let declined = json!({ "command": "decline", "reason": "no_funds", "opinion": "资金未落实" });
    case.step("center_acceptor", "application", &declined).await;
    let (number, text) = read(&case, "refusal_notice").await;
    assert_eq!(number, "GLZWY-SL-2025-00002", "the centre's answers are numbered without a gap");
    says(&text, &["不予受理意见书", "无资金来源：资金未落实"]);
    let page = case.seen_by("agency_handler").await;
    let forms = page["documents"].as_array().expect("a list");
    assert_eq!(forms.iter().filter(|document| document["kind"]["code"] == "application_form").count(), 2);
}

#[tokio::test]
async fn a10_1_once_reported_materials_of_the_form_stay_as_they_are() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    assert_eq!(case.attach("agency_handler", "project_plan").await.refused(409), "attachment.not_editable");
    let file = case.seen_by("agency_handler").await["attachments"][0].clone();
    assert_eq!(file["removable"], false);
    let path = format!("/api/attachments/{}", file["id"].as_str().expect("an id"));
    let answer = cast.browser("agency_handler").await.delete(&path).await;
    assert_eq!(answer.refused(409), "attachment.not_editable");
    case.attach("agency_handler", "funding_proof").await.ok();
}

#[tokio::test]
async fn two_who_read_a_document_first_at_the_same_time_get_the_same_bytes() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    let form = document(&case, "application_form").await;
    let (one, other) = tokio::join!(pdf_of(&case, &form), pdf_of(&case, &form));
    assert!(one == other && pdf_of(&case, &form).await == one);
}

#[tokio::test]
async fn a10_3_the_review_opinion_says_what_was_granted_and_keeps_the_departments_words_to_itself() {
    let cast = Cast::start().await;
    let case = Case::submitted(&cast, EDUCATION, "学籍管理系统").await;
    case.accept().await;
    let spoken = json!({ "command": "give_opinion", "opinion":
        { "department": "police", "verdict": "agree", "opinion": "公安方面的内部意见", "score": null } });
    case.step("police", "application", &spoken).await;
    for (who, department) in [("finance", "finance"), ("secrecy_office", "secrecy"), ("expert", "expert")] {
        case.step(who, "application", &crate::cast::opinion(department)).await;
    }
    case.approve(json!([{ "target": "server", "index": 0, "vcpu": 2, "reason": "按实际并发核减" }])).await;
    let (number, text) = read(&case, "review_opinion").await;
    assert_eq!(number, "GLZWY-SH-2025-00001");
    says(
        &text,
        &["审核意见书", "第十条（三）", "核减后同意", "按实际并发核减", "4,440.00", "3,192.00", "核减1,248.00"],
    );
    assert!(!text.contains("内部意见"), "what a department says stays with those who decide");
}

#[tokio::test]
async fn a10_4_to_a28_trial_opening_change_and_return_each_leave_their_paper() {
    let cast = Cast::start().await;
    let case = Case::running(&cast, EDUCATION, "招生报名系统").await;
    let (_, text) = read(&case, "trial_notice").await;
    says(&text, &["云服务测试通知单", "漓江云计算有限公司：", "5个工作日内", "10至15天", "4核8GB", "测试期间不计费"]);
    let (_, text) = read(&case, "activation_confirmation").await;
    says(
        &text,
        &[
            "云服务开通确认单",
            "2025年3月19日至2026年3月18日",
            "肆仟肆佰肆拾元整",
            "4,440.00",
            "app",
            "4核8GB",
            "模拟引擎",
        ],
    );
    changed(&case).await;
    let (_, text) = read(&case, "change_opinion").await;
    says(&text, &["云服务变更审核意见书", "同意变更", "4核8GB", "8核16GB", "3,936.00", "部门预算", "抄送", "261"]);
    says(&text, &["堡垒机账号覃工", "至2026-03-31", "SSH、SFTP、文件下载", "至2026-06-30"]);
    returned(&case).await;
    let (number, text) = read(&case, "handover_list").await;
    assert_eq!(number, "GLZWY-ZZ-2025-00001");
    says(&text, &["移交清单", "数据库导出1份", "本单位备份柜", "已清除并回收", "2026-03-18", "app"]);
    let (number, text) = read(&case, "erasure_certificate").await;
    assert_eq!(number, "GLZWY-HS-2025-00001");
    says(&text, &["数据清除证明", "第二十八条", "系统盘", "数据盘", "100GB", "监督人", "不可恢复", "2025-10-15"]);
}

/// 变更 to twice the size, approved and carried out.
async fn changed(case: &Case<'_>) {
    case.cast.until(date(2025, 7, 1)).await;
    let service = case.seen_by("agency_handler").await["subscription"]["id"].clone();
    let path = format!("/api/subscriptions/{}/changes", service.as_str().expect("an id"));
    let account = json!({ "index": 0, "protocols": ["ssh", "sftp"], "transfers": ["download"], "hosts": ["app"],
        "source": "10.1.2.0/24", "hours": "office", "valid_from": "2025-07-01", "valid_to": "2026-06-30" });
    let request = json!({ "servers": [{ "index": 0, "vcpu": 8, "memory_gib": 16 }], "accounts": [account],
        "reason": "招生季并发增加", "fallback": "恢复原规格", "fund_source": "部门预算" });
    case.cast.post("agency_handler", &path, &request).await;
    case.step("agency_handler", "change", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "change", "unit_approve").await;
    case.agree("center_reviewer", "change", "approve").await;
    case.step("supplier_engineer", "change", &json!({ "command": "implement" })).await;
    case.cast.engines_work().await;
}

/// 终止, reclaimed and certified.
async fn returned(case: &Case<'_>) {
    case.cast.until(date(2025, 10, 15)).await;
    let service = case.seen_by("agency_handler").await["subscription"]["id"].clone();
    let path = format!("/api/subscriptions/{}/terminations", service.as_str().expect("an id"));
    let request = json!({ "reason": "offline", "offline_on": "2025-10-14", "system_offline": true,
        "data_backed_up": true, "backup_place": "本单位备份柜", "accounts_listed": true,
        "disposal": "hand_to_agency", "remark": "" });
    case.cast.post("agency_handler", &path, &request).await;
    case.step("agency_handler", "termination", &json!({ "command": "submit" })).await;
    case.agree("agency_leader", "termination", "unit_approve").await;
    case.agree("center_reviewer", "termination", "approve").await;
    case.step("supplier_engineer", "termination", &json!({ "command": "reclaim" })).await;
    case.cast.engines_work().await;
    let certify = json!({ "command": "certify", "witness": "陆文清", "handed_over": "数据库导出 1 份" });
    case.step("supplier_manager", "termination", &certify).await;
}
