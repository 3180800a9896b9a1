//! 文书: issued with the step, the same bytes for ever, readable, verifiable by anyone.

use domain::application::form::{
    Architecture, Audience, BastionLine, BastionProtocol, BastionUserKind, Construction, Contact, DataDisk, Deployment,
    DiskKind, Form, FundSource, Funding, Mode, Network, OperatingSystem, PersonalInformation, ProtectionLevel, Request,
    ServerLine, ServerRole, SpecialReason, System, SystemCategory, Urgency, Zone,
};
use serde_json::{Value, json};
use std::process::Command;
use testkit::{City, Client};

use crate::attachments::pdf;

/// A special request of a new system, complete in every field.
fn form(day: jiff::civil::Date) -> Form {
    let later = |days: i64| day.checked_add(jiff::ToSpan::days(days)).expect("a day");
    let line = ServerLine {
        role: Some(ServerRole::App),
        host_name: "app".to_owned(),
        zone: Some(Zone::Private),
        network: Some(Network::Government),
        architecture: Some(Architecture::Arm),
        vcpu: Some(4),
        memory_gib: Some(8),
        operating_system: Some(OperatingSystem::Kylin),
        system_disk_gib: Some(100),
        system_disk_kind: Some(DiskKind::GeneralSsd),
        data_disks: vec![DataDisk { size_gib: Some(200), kind: Some(DiskKind::HighIo), quantity: Some(1) }],
        quantity: Some(2),
        basis: "按峰值 200 并发测算".to_owned(),
        ..ServerLine::default()
    };
    let account = BastionLine {
        user_name: "莫桂芳".to_owned(),
        user_kind: Some(BastionUserKind::Agency),
        organisation: "桂林市教育局".to_owned(),
        id_number: "11010519491231002X".to_owned(),
        mobile: "13800000000".to_owned(),
        protocols: vec![BastionProtocol::Ssh],
        hosts: vec!["app".to_owned()],
        source: "10.1.2.0/24".to_owned(),
        valid_from: Some(later(30)),
        valid_to: Some(later(300)),
        ..BastionLine::default()
    };
    Form {
        contact: Contact {
            credit_code: "114503000000010116".to_owned(),
            head: "李建国".to_owned(),
            deputy: "韦秀兰".to_owned(),
            handler: "陆文清".to_owned(),
            mobile: "13800000000".to_owned(),
            email: "jyj@guilin.gov.cn".to_owned(),
            system_admin: "甲".to_owned(),
            security_admin: "乙".to_owned(),
            audit_admin: "丙".to_owned(),
            ..Contact::default()
        },
        request: Request {
            mode: Some(Mode::Special),
            special_reason: Some(SpecialReason::MajorTask),
            construction: Some(Construction::New),
            urgency: Some(Urgency::Normal),
        },
        system: System {
            name: "教育资源公共服务平台".to_owned(),
            category: Some(SystemCategory::PublicService),
            audience: Some(Audience::Internal),
            overview: "面向全市中小学提供备课、教研与资源共享服务。".repeat(4),
            registered_users: Some(300),
            peak_concurrency: Some(50),
            unclassified: Some(true),
            work_secrets: Some(false),
            personal_information: Some(PersonalInformation::None),
            protection_level: Some(ProtectionLevel::Two),
            sharing_scope: "向市大数据平台共享资源目录".to_owned(),
            cloud_software_suffices: Some(true),
            ..System::default()
        },
        deployment: Deployment { zones: vec![Zone::Private], ..Deployment::default() },
        servers: vec![line],
        bastion_accounts: vec![account],
        funding: Funding {
            source: Some(FundSource::ProjectFunds),
            budget_item: "教育信息化".to_owned(),
            expected_activation: Some(later(60)),
        },
        commitment: true,
        ..Form::default()
    }
}

const MATERIALS: [&str; 4] = ["project_plan", "project_approval", "topology", "special_basis"];

/// One case and who takes it along.
struct Story {
    city: City,
    case: String,
    handler: Client,
}

impl Story {
    /// A filled draft with its materials.
    async fn drafted() -> Self {
        let city = City::start().await;
        let handler = city.sign_in("agency_handler").await;
        let created = handler.post("/api/applications", &json!({})).await.ok();
        let case = created["id"].as_str().expect("an id").to_owned();
        let filled = serde_json::to_value(form(city.app.clock.today())).expect("plain data");
        handler.put(&format!("/api/applications/{case}/form"), 1, &filled).await.ok();
        for kind in MATERIALS {
            let name = format!("{kind}-材料.pdf");
            handler.upload(&format!("/api/cases/{case}/attachments"), &name, pdf(kind), &[("kind", kind)]).await.ok();
        }
        Self { city, case, handler }
    }

    async fn step(&self, who: &str, command: Value) -> Value {
        let other = if who == "agency_handler" { self.handler.clone() } else { self.city.sign_in(who).await };
        let page = self.page().await;
        let version = format!("\"{}\"", page["version"]);
        let path = format!("/api/applications/{}/commands", self.case);
        other.post_with(&path, &[("if-match", &version)], &command).await.ok()
    }

    async fn reported() -> Self {
        let story = Self::drafted().await;
        story.step("agency_handler", json!({ "command": "submit", "mode": "special" })).await;
        story.step("agency_leader", json!({ "command": "unit_approve", "opinion": "同意报送,请予支持" })).await;
        story
    }

    async fn page(&self) -> Value {
        self.handler.get(&format!("/api/cases/{}", self.case)).await.ok()
    }

    /// The latest document of a kind, as the case page lists it.
    async fn document(&self, kind: &str) -> Value {
        let page = self.page().await;
        let documents = page["documents"].as_array().expect("a list").clone();
        let found = documents.into_iter().rev().find(|document| document["kind"]["code"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {}", page["documents"]))
    }

    async fn pdf_of(&self, document: &Value) -> Vec<u8> {
        let path = format!("/api/documents/{}/pdf", document["id"].as_str().expect("an id"));
        let answer = self.handler.get(&path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"), "{}", answer.text());
        answer.bytes
    }
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

#[tokio::test]
async fn annex_2_the_form_is_printed_as_it_stands_with_printer_and_masked_numbers() {
    let story = Story::drafted().await;
    let path = format!("/api/cases/{}/application.pdf", story.case);
    let answer = story.handler.get(&path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"));
    let text = text_of(&answer.bytes);
    for words in [
        "政务云资源申请表",
        "服务器资源需求表",
        "堡垒机账号需求表",
        "桂林市教育局",
        "教育资源公共服务平台",
        "打印人桂林市教育局陆文清",
        "打印件，以系统记录为准",
        "第1页共",
        "project_plan-材料.pdf",
        "GLZWY-SQ-2025-00001",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(text.contains("002X") && !text.contains("19491231"), "the identity number is masked");
    assert_eq!(story.city.sign_in("center_acceptor").await.get(&path).await.status, 404, "a draft is the agency's own");
}

#[tokio::test]
async fn a10_2_acceptance_issues_its_notice_once_and_for_ever() {
    let story = Story::reported().await;
    let form = story.document("application_form").await;
    assert_eq!(form["number"], "GLZWY-SQ-2025-00001");
    let text = text_of(&story.pdf_of(&form).await);
    assert!(
        text.contains("同意申请。同意报送,请予支持") && text.contains("秦岚"),
        "the leader's opinion stands in its box"
    );

    story
        .step(
            "center_acceptor",
            json!({ "command": "accept", "opinion": "材料齐全",
        "checklist": [{ "item": "经批复的实施方案", "present": true }, { "item": "批复文件", "present": true }] }),
        )
        .await;
    let notice = story.document("acceptance_notice").await;
    assert_eq!(notice["number"], "GLZWY-SL-2025-00001");
    let first = story.pdf_of(&notice).await;
    story.city.set_day(jiff::civil::date(2025, 3, 20));
    assert!(story.pdf_of(&notice).await == first, "the bytes are stable");
    let text = text_of(&first);
    for words in [
        "受理通知书",
        "桂林市教育局：",
        "第十条（二）",
        "决定予以受理",
        "2025年3月3日",
        "GLZWY-SL-2025-00001",
        "桂林市信息中心",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let touched = testkit_refuses(&story.city, "UPDATE document SET number = 'GLZWY-SL-2025-00009'").await;
    assert!(touched && testkit_refuses(&story.city, "DELETE FROM document").await, "the database keeps it as issued");
}

/// True where the database itself refuses the statement.
async fn testkit_refuses(city: &City, sql: &str) -> bool {
    let attempt = format!(
        "DO $$ BEGIN {sql}; RAISE 'went through' USING ERRCODE = 'P0099';
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    );
    testkit::execute(city.database().url(), &attempt).await;
    true
}

#[tokio::test]
async fn anyone_with_the_code_learns_what_stands_on_the_paper_and_no_more() {
    let story = Story::reported().await;
    let form = story.document("application_form").await;
    let code = form["verification_code"].as_str().expect("a code").to_owned();
    let anyone = story.city.anonymous();
    let answer = anyone.get(&format!("/api/verify/{code}")).await.ok();
    let mut fields: Vec<&str> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["agency_name", "case_number", "issued_on", "kind", "number", "sm3", "system_name", "valid"]);
    assert_eq!((answer["valid"].as_bool(), answer["agency_name"].as_str()), (Some(true), Some("桂林市教育局")));
    let text = text_of(&story.pdf_of(&form).await);
    assert!(text.contains(&code), "the code is printed");
    let short = answer["sm3"].as_str().expect("a digest")[..16].to_uppercase();
    assert!(text.contains(&short), "the short digest in the footer is the one the register answers");

    let bare = code.replace('-', "").to_lowercase();
    assert_eq!(anyone.get(&format!("/api/verify/{bare}")).await.status, 200);
    for wrong in ["AAAA-AAAA-AAAA-AAAA", "x", "7K3M%00"] {
        assert_eq!(anyone.get(&format!("/api/verify/{wrong}")).await.refused(404), "not_found", "{wrong}");
    }
    let id = form["id"].as_str().expect("an id");
    assert_eq!(anyone.get(&format!("/api/documents/{id}/pdf")).await.status, 401, "the paper itself is not open");
    let other = story.city.sign_in("county_agency_handler").await;
    assert_eq!(other.get(&format!("/api/documents/{id}/pdf")).await.status, 404);
}

#[tokio::test]
async fn a10_2_supplement_and_refusal_say_what_is_missing_and_why() {
    let story = Story::reported().await;
    story
        .step(
            "center_acceptor",
            json!({ "command": "request_supplement", "missing": "批复文件缺文号\n测算依据不完整" }),
        )
        .await;
    let notice = story.document("supplement_notice").await;
    let text = text_of(&story.pdf_of(&notice).await);
    for words in ["补正通知书", "批复文件缺文号", "测算依据不完整", "现一次性告知"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    story.step("agency_handler", json!({ "command": "supplement" })).await;
    story.step("center_acceptor", json!({ "command": "decline", "reason": "no_funds", "opinion": "资金未落实" })).await;
    let refusal = story.document("refusal_notice").await;
    assert_eq!(refusal["number"], "GLZWY-SL-2025-00002", "the centre's answers are numbered without a gap");
    let text = text_of(&story.pdf_of(&refusal).await);
    assert!(text.contains("不予受理意见书") && text.contains("无资金来源：资金未落实"), "{text}");
    let page = story.page().await;
    let forms = page["documents"].as_array().expect("a list");
    assert_eq!(forms.iter().filter(|document| document["kind"]["code"] == "application_form").count(), 2);
}

#[tokio::test]
async fn a10_1_once_reported_materials_of_the_form_stay_as_they_are() {
    let story = Story::reported().await;
    let path = format!("/api/cases/{}/attachments", story.case);
    let answer = story.handler.upload(&path, "新方案.pdf", pdf("x"), &[("kind", "project_plan")]).await;
    assert_eq!(answer.refused(409), "attachment.not_editable");
    let file = story.page().await["attachments"][0].clone();
    assert_eq!(file["removable"], false);
    let answer = story.handler.delete(&format!("/api/attachments/{}", file["id"].as_str().expect("an id"))).await;
    assert_eq!(answer.refused(409), "attachment.not_editable");
    story.handler.upload(&path, "资金证明.pdf", pdf("x"), &[("kind", "funding_proof")]).await.ok();
}

#[tokio::test]
async fn two_who_read_a_document_first_at_the_same_time_get_the_same_bytes() {
    let story = Story::reported().await;
    let form = story.document("application_form").await;
    let (one, other) = tokio::join!(story.pdf_of(&form), story.pdf_of(&form));
    assert!(one == other && story.pdf_of(&form).await == one);
}
