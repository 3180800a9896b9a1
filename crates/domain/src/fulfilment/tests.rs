use std::fmt::Write;

use super::*;
use crate::catalog::Category;
use crate::proof;
use crate::regulation::{GUILIN_FULFILMENT, Regulation};

fn categories() -> &'static [Category] {
    &Regulation::guilin().categories
}

fn refused(text: &str) -> String {
    Fulfilment::parse(text, categories()).expect_err("it is refused").to_string()
}

/// The shipped file with one row more.
fn with(row: &str) -> String {
    format!("{GUILIN_FULFILMENT}\n[[service]]\n{row}\n")
}

const ON_ALL: &str = "openstack = \"work_order\"\nlibvirt = \"work_order\"\nwork_order = \"work_order\"\n";
const SHOWN: &str = "open = [\"line\"]\nchange = [\"changed\"]\nreclaim = [\"removed\"]";

#[test]
fn a4_every_kind_of_the_clause_has_its_fulfilment() {
    let city = Regulation::guilin();
    let codes: std::collections::BTreeSet<&str> = city.categories.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes.len(), 22, "21 kinds of the clause and 其他");
    for line in &city.catalogue {
        let row = city.fulfilment_of(&line.product.sku).expect("every product has a row");
        for column in Column::ALL {
            let by_driver = matches!(row.way(*column), Way::Driver(_));
            let shown = Act::ALL.iter().all(|act| !row.required(*act).is_empty());
            assert!(by_driver || shown, "{} on {column} is opened by nobody", line.product.sku);
        }
    }
    let without_s12: String = GUILIN_FULFILMENT.replace("category = \"S12\"", "category = \"S13\"\nsku_prefix = \"X\"");
    assert!(Fulfilment::parse(&without_s12, categories()).is_err(), "a kind that is left out is refused");
}

#[test]
fn a4_a_part_of_a_kind_may_be_fulfilled_otherwise() {
    let city = Regulation::guilin();
    let on_libvirt = |sku: &str| city.fulfilment_of(sku).expect("a row").way(Column::Libvirt).clone();
    assert_eq!(on_libvirt("ECS-G-04C008G"), Way::Driver(Ability::Server));
    assert_eq!(on_libvirt("ECS-OS-CN"), Way::WorkOrder);
    assert_eq!(on_libvirt("EVS-SSD"), Way::Driver(Ability::Disk));
    assert_eq!(on_libvirt("EVS-SNAP"), Way::Driver(Ability::Snapshot));
    assert_eq!(on_libvirt("BAK-EVS"), Way::Driver(Ability::Backup));
    assert_eq!(on_libvirt("BAK-ECS"), Way::Driver(Ability::Backup));
    assert_eq!(on_libvirt("BAK-ECS-MAZ"), Way::WorkOrder, "no engine of ours copies into another place");
    assert_eq!(on_libvirt("BAK-DB"), Way::WorkOrder);
    let snapshots = city.fulfilment_of("EVS-SNAP").expect("a row");
    assert_eq!(*snapshots.way(Column::WorkOrder), Way::WorkOrder, "by hand where the engineer is the engine");
    assert!(!snapshots.only_by_driver(), "it is ordered as another service");
    assert_eq!(on_libvirt("VPC-NET"), Way::Included("S01".into()));
    assert_eq!(on_libvirt("VPC-NAT-S"), Way::WorkOrder);
}

#[test]
fn the_file_is_refused_where_nobody_would_know_what_to_do() {
    for (row, why) in [
        (format!("category = \"S99\"\n{ON_ALL}{SHOWN}"), "no such category"),
        (format!("category = \"S12\"\n{ON_ALL}{SHOWN}"), "given twice"),
        (format!("category = \"S12\"\nsku_prefix = \"X\"\n{ON_ALL}"), "nothing to show"),
        (
            format!(
                "category = \"S12\"\nsku_prefix = \"X\"\n{}{SHOWN}",
                ON_ALL.replacen("work_order\"", "driver:magic\"", 1)
            ),
            "magic",
        ),
        (
            format!(
                "category = \"S12\"\nsku_prefix = \"X\"\n{}{SHOWN}",
                ON_ALL.replacen("work_order\"", "included:S99\"", 1)
            ),
            "not there",
        ),
        (
            format!(
                "category = \"S12\"\nsku_prefix = \"X\"\n{}{SHOWN}",
                ON_ALL.replacen("work_order\"", "somehow\"", 1)
            ),
            "no such way",
        ),
        (
            format!("category = \"S12\"\nsku_prefix = \"X\"\n{ON_ALL}{}", SHOWN.replace("line", "stone")),
            "no evidence stone",
        ),
    ] {
        let said = refused(&with(&row));
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a10_4_a_report_shows_each_piece_of_evidence_and_nothing_else() {
    let row = Regulation::guilin().fulfilment_of("DCL-100M").expect("a row");
    let required = row.required(Act::Open);
    let full: Evidence = required.iter().map(|kind| (kind.code.clone(), "GX-0773-1".to_owned())).collect();
    let found = |evidence: &Evidence| -> Vec<(String, &'static str)> {
        check(evidence, Act::Open, required).into_iter().map(|one| (one.field, one.code)).collect()
    };
    assert_eq!(found(&full), []);
    let with = |code: &str, text: &str| {
        let mut evidence = full.clone();
        evidence.insert(code.to_owned(), text.to_owned());
        found(&evidence)
    };
    let line = "evidence.line".to_owned();
    assert_eq!(with("line", "  "), [(line.clone(), "service_instance.evidence_missing")]);
    assert_eq!(with("line", &"线".repeat(EVIDENCE_MAX_CHARS)), []);
    assert_eq!(with("line", &"线".repeat(EVIDENCE_MAX_CHARS + 1)), [(line, "form.too_long")]);
    let stone = "evidence.stone".to_owned();
    assert_eq!(with("stone", "1"), [(stone, "service_instance.evidence_unknown")]);
    assert_eq!(found(&Evidence::new()).len(), required.len(), "each is named");
    let clauses = Act::ALL.iter().map(|act| check(&Evidence::new(), *act, required)[0].clause.map(|one| one.code));
    assert_eq!(clauses.collect::<Vec<_>>(), [Some("A10_4"), Some("A10_6"), Some("A28")]);
}

fn way_zh(way: &Way) -> String {
    match way {
        Way::Driver(ability) => format!("引擎:{}", ability.zh()),
        Way::Included(category) => format!("随 {category}"),
        Way::WorkOrder => "工单".to_owned(),
    }
}

/// The table as a file, so that a change of it is read before the code is.
fn printed() -> String {
    let city = Regulation::guilin();
    let mut text = String::from(
        "# 服务开通方式\n\n第四条所列 21 类服务和“其他”,在每种引擎上由谁开通,登记时须出示什么。这是我们自己的决定\
         ([0030](../decisions/0030-service-instances.md)),数据在 `regulations/guilin/fulfilment.toml`。\n\n\
         由 `cargo test -p domain proof` 从程序读到的表生成并比对;`make proofs` 更新。\n\n\
         - **引擎**:随服务器资源需求表(附件2-1)由引擎开通,不作为其他服务填报;模拟引擎照 libvirt 一列。\
         快照和备份按其他服务填报容量,同样由引擎开通,不另填凭证([0035](../decisions/0035-copies-of-disks.md))。\n\
         - **随 Sxx**:该类服务由引擎开通即一并开通,不另填凭证。\n\
         - **工单**:供应商工程师办完后登记,缺一项凭证即不予登记。\n\n",
    );
    let columns: Vec<&str> = Column::ALL.iter().map(|column| column.code()).collect();
    let acts: Vec<String> = Act::ALL.iter().map(|act| format!("{}凭证", act.zh())).collect();
    let _ = writeln!(text, "| 服务种类 | 产品 | {} | {} |", columns.join(" | "), acts.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---|".repeat(columns.len() + acts.len()));
    for row in city.fulfilment.rows() {
        let zh = city.categories.iter().find(|one| one.code == row.category).map_or("", |one| one.zh.as_str());
        let part = if row.sku_prefix.is_empty() { "其余".to_owned() } else { format!("`{}…`", row.sku_prefix) };
        let ways: Vec<String> = Column::ALL.iter().map(|column| way_zh(row.way(*column))).collect();
        let shown = |act: &Act| {
            let names: Vec<&str> = row.required(*act).iter().map(|kind| kind.zh.as_str()).collect();
            if names.is_empty() { "—".to_owned() } else { names.join("、") }
        };
        let shown: Vec<String> = Act::ALL.iter().map(shown).collect();
        let _ = writeln!(text, "| {} {zh} | {part} | {} | {} |", row.category, ways.join(" | "), shown.join(" | "));
    }
    text
}

#[test]
fn proof_of_the_fulfilment_table() {
    proof::compare("fulfilment.md", &printed());
}
