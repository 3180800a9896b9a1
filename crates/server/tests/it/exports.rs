//! 导出 and the table of servers: workbooks that other programs read back.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use serde_json::json;
use testkit::{City, Client};

/// The only sheet of an export.
pub async fn sheet(client: &Client, path: &str) -> Range<Data> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert!(answer.header("content-disposition").contains(".xlsx"), "{path}: {:?}", answer.headers);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes)).expect("a workbook");
    book.worksheet_range_at(0).expect("a sheet").expect("readable")
}

/// A cell as text, from row and column 0.
pub fn text(range: &Range<Data>, row: u32, column: u32) -> String {
    range.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
}

/// A draft whose name a spreadsheet would run.
async fn draft(handler: &Client) -> String {
    let created = handler.post("/api/applications", &json!({})).await.ok();
    let id = created["id"].as_str().expect("an id").to_owned();
    let mut form = handler.get(&format!("/api/applications/{id}/form")).await.ok();
    form["system"]["name"] = json!("=HYPERLINK(\"x\")");
    form["services"] = json!([{ "sku": "ECS-K-VCPU", "quantity": 4, "basis": "测算" }]);
    handler.put(&format!("/api/applications/{id}/form"), 1, &form).await.ok();
    id
}

#[tokio::test]
async fn a34_the_list_of_cases_is_exported_as_filtered_with_numbers_mark_and_entry() {
    let city = City::start().await;
    let handler = city.sign_in("agency_handler").await;
    draft(&handler).await;
    let range = sheet(&handler, "/api/cases/export.xlsx").await;
    assert_eq!((text(&range, 0, 0).as_str(), text(&range, 2, 0).as_str()), ("办件列表", "单号"));
    let mark = text(&range, 1, 0);
    assert!(mark.starts_with("桂林市教育局 陆文清 2025-03-03") && mark.contains("导出,共 1 行"), "{mark}");
    assert_eq!(text(&range, 3, 0), "GLZWY-SQ-2025-00001");
    assert_eq!(text(&range, 3, 1), "'=HYPERLINK(\"x\")", "a formula stays text");
    assert!(matches!(range.get_value((3, 7)), Some(Data::Float(fee)) if *fee > 0.0), "{:?}", range.get_value((3, 7)));
    assert_eq!(sheet(&handler, "/api/cases/export.xlsx?q=no-such-case").await.height(), 3, "filtered like the page");

    let entries = "DO $$ BEGIN ASSERT (SELECT count(*) FROM audit_entry WHERE action = 'export.list' AND outcome = 'done') = 2; END $$";
    testkit::execute(city.database().url(), entries).await;
}

#[tokio::test]
async fn a34_every_list_is_exported_to_those_who_see_it_and_to_nobody_else() {
    let city = City::start().await;
    let (reviewer, officer) = (city.sign_in("center_reviewer").await, city.sign_in("system_admin").await);
    let plan = reviewer.post("/api/usage-plans", &json!({ "year": 2025 })).await.ok();
    let plan = format!("/api/usage-plans/{}/export.xlsx", plan["id"].as_str().expect("an id"));
    for path in [
        "/api/cases/export.xlsx",
        "/api/service-instances/export.xlsx",
        "/api/work-list/export.xlsx?box=todo",
        "/api/work-list/export.xlsx?box=done",
        "/api/pool/export.xlsx",
        "/api/allocations/export.xlsx",
        "/api/resources/export.xlsx",
        "/api/scaling-policies/export.xlsx",
        "/api/prices/export.xlsx",
        "/api/charges/export.xlsx",
        "/api/orgs/export.xlsx?q=教育",
        plan.as_str(),
    ] {
        assert!(sheet(&reviewer, path).await.height() >= 3, "{path}");
        assert_eq!(city.anonymous().get(path).await.status, 401, "{path}");
        assert_eq!(city.sign_in("expert").await.get(path).await.status, 403, "{path}: no list is an expert's");
    }
    assert_eq!(reviewer.get("/api/people/export.xlsx").await.status, 403);
    let people = sheet(&officer, "/api/people/export.xlsx").await;
    assert!(people.height() > 30);
    assert_eq!(reviewer.get("/api/audit/export.xlsx").await.status, 403);
    let log = sheet(&city.sign_in("audit_admin").await, "/api/audit/export.xlsx?action=export.list").await;
    assert!(log.height() > 3 && text(&log, 3, 8).starts_with("导出"), "{}", text(&log, 3, 8));
    assert!(text(&people, 3, 4).contains("****"), "numbers stay masked: {}", text(&people, 3, 4));
}

#[tokio::test]
async fn a11_the_price_list_comes_whole_and_its_prices_are_numbers() {
    let city = City::start().await;
    let handler = city.sign_in("agency_handler").await;
    let range = sheet(&handler, "/api/prices/export.xlsx").await;
    let shown = city.app.regulation.catalogue.len();
    assert_eq!(range.height(), 3 + shown, "all pages of the list");
    for row in 3..u32::try_from(range.height()).expect("few rows") {
        assert!(
            matches!(range.get_value((row, 6)), Some(Data::Float(_))),
            "row {row}: {:?}",
            range.get_value((row, 6))
        );
    }
}

#[tokio::test]
async fn annex_2_1_the_template_is_given_out_and_read_back() {
    let city = City::start().await;
    let handler = city.sign_in("agency_handler").await;
    let template = handler.get("/api/server-table/template.xlsx").await;
    assert_eq!(template.status, 200);
    let answer = handler.upload("/api/server-table/read", "表.xlsx", template.bytes, &[]).await.ok();
    assert_eq!(answer, json!({ "servers": [], "errors": [] }));
}

#[tokio::test]
async fn annex_2_1_rows_come_back_with_faults_by_row_and_column() {
    let city = City::start().await;
    let handler = city.sign_in("agency_handler").await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    page.set_name("服务器资源需求表").expect("a name");
    let head = [
        "用途",
        "主机名称",
        "云区",
        "网络区",
        "CPU架构",
        "vCPU(核)",
        "内存(GB)",
        "操作系统",
        "系统盘(GB)",
        "系统盘类型",
        "数量(台)",
        "测算依据",
    ];
    let good = [
        "应用",
        "app-01",
        "专有云",
        "政务外网区",
        "ARM(信创)",
        "4",
        "8",
        "麒麟V10",
        "100",
        "通用型SSD",
        "1",
        "按峰值测算",
    ];
    let mut bad = good;
    (bad[1], bad[5], bad[6], bad[7]) = ("DB 01", "5", "很大", "麒麟V9");
    for (row, cells) in (0..).zip([head, good, bad]) {
        for (column, cell) in (0..).zip(cells) {
            page.write_string(row, column, cell).expect("written");
        }
    }
    let bytes = book.save_to_buffer().expect("written");
    let answer = handler.upload("/api/server-table/read", "表.xlsx", bytes, &[]).await.ok();
    assert_eq!(answer["servers"][0]["vcpu"], 4);
    assert_eq!(answer["servers"].as_array().map(Vec::len), Some(2));
    let errors = answer["errors"].as_array().expect("a list");
    let told: Vec<&str> = errors.iter().map(|error| error["column"].as_str().unwrap_or_default()).collect();
    assert!(errors.iter().all(|error| error["row"] == 3), "{errors:?}");
    for column in ["主机名称", "vCPU(核)", "内存(GB)", "操作系统"] {
        assert_eq!(told.iter().filter(|there| **there == column).count(), 1, "{column} in {errors:?}");
    }

    for (content, code) in
        [(b"rubbish".to_vec(), "server_table.not_a_workbook"), (vec![], "server_table.not_a_workbook")]
    {
        let answer = handler.upload("/api/server-table/read", "表.xlsx", content, &[]).await;
        assert_eq!(answer.refused(422), "invalid_input");
        assert_eq!(answer.body["findings"][0]["code"], code);
    }
    let large = handler.upload("/api/server-table/read", "表.xlsx", vec![0; 6 * 1024 * 1024], &[]).await;
    assert_eq!(large.refused(413), "body.too_large");
    let answer = city.sign_in("supplier_manager").await.upload("/api/server-table/read", "表.xlsx", vec![1], &[]).await;
    assert_eq!(answer.status, 403);
}
