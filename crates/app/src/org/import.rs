//! 机构导入: many organisations from a CSV, each as if entered by hand; every fault by row, and then nothing.
//!
//! Columns: `name, short_name, kind, level, office, credit_code, county, parent, budget_code, address`. Words of a list
//! are given by code or in Chinese; `county` by code or name; `parent` by name, in the file before or already entered.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::finding::Finding;
use domain::ids::OrgId;
use domain::org::{Level, Office, OrgForm, OrgKind, check_parent};
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use store::org::NodeRow;
use uuid::Uuid;

use super::{entry, save_of, tidied};
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::price::row_finding;
use crate::{App, AppError};

/// Most organisations of one file.
const ROWS_MAX: usize = 5000;
const COLUMNS: [&str; 10] =
    ["name", "short_name", "kind", "level", "office", "credit_code", "county", "parent", "budget_code", "address"];

/// 导入结果.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OrgsImported {
    pub orgs: usize,
    pub dry_run: bool,
}

/// One row of the file: its number, the organisation, its superior by name.
struct Line {
    row: u64,
    form: OrgForm,
    parent: String,
}

/// An organisation the rows can refer to.
struct Known {
    id: Uuid,
    path: Vec<Uuid>,
}

/// Enters all organisations of the file, or answers every fault by row and column and enters none.
pub async fn import(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (text, dry_run): (&str, bool),
) -> Result<OrgsImported, AppError> {
    authz::check(actor, Action::OrgCreate, &Target::city())?;
    let mut faults = Vec::new();
    let lines = read(app, text, &mut faults)?;
    let mut unit = app.begin(actor, meta).await?;
    let present = store::org::tree(&app.store.pool).await?;
    check_offices(&lines, &present, &mut faults);
    let placed = place(lines, present, &mut faults);
    AppError::if_blocking(faults)?;
    let report = OrgsImported { orgs: placed.len(), dry_run };
    let at = unit.now().to_sqlx();
    for (id, path, form) in &placed {
        store::org::insert(&mut unit.tx, &save_of(*id, form, path), at).await?;
        let after = serde_json::to_value(form).map_err(AppError::fault)?;
        unit.audit(entry("org.create", *id, format!("机构建档(导入):{}", form.name), None, Some(after))).await?;
    }
    if dry_run || placed.is_empty() {
        return Ok(report);
    }
    unit.commit(report).await
}

fn read(app: &App, text: &str, faults: &mut Vec<Finding>) -> Result<Vec<Line>, AppError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| {
        let row = error.position().map_or(1, csv::Position::line);
        AppError::Invalid(vec![row_finding(row, "", format!("无法读取:{error}"), error.to_string())])
    };
    let headers = reader.headers().map_err(unreadable)?.clone();
    if let Some(unknown) = headers.iter().find(|header| !COLUMNS.contains(header)) {
        let zh = format!("没有“{unknown}”这一列;应为 {}", COLUMNS.join(","));
        return Err(AppError::Invalid(vec![row_finding(1, unknown, zh, "unknown column".to_owned())]));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let row = record.position().map_or(0, csv::Position::line);
        if lines.len() == ROWS_MAX {
            let zh = format!("一次最多导入 {ROWS_MAX} 个机构");
            return Err(AppError::Invalid(vec![row_finding(row, "", zh, format!("at most {ROWS_MAX} rows"))]));
        }
        let cell = |column: &str| {
            let at = headers.iter().position(|header| header == column);
            at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
        };
        if let Some(form) = form_of(app, (row, &cell), faults) {
            lines.push(Line { row, form, parent: cell("parent") });
        }
    }
    Ok(lines)
}

fn form_of(app: &App, (row, cell): (u64, &dyn Fn(&str) -> String), faults: &mut Vec<Finding>) -> Option<OrgForm> {
    let kind = word::<OrgKind>(OrgKind::ALL, OrgKind::term, (row, "kind", &cell("kind")), faults);
    let level = word::<Level>(Level::ALL, Level::term, (row, "level", &cell("level")), faults);
    let office = match cell("office").as_str() {
        "" => Some(Office::Agency),
        text => word::<Office>(Office::ALL, Office::term, (row, "office", text), faults),
    };
    let county = Some(cell("county")).filter(|text| !text.is_empty()).map(|text| {
        let named = app.regulation.divisions.iter().find(|division| division.zh == text || division.short == text);
        named.map_or(text, |division| division.code.clone())
    });
    let form = tidied(OrgForm {
        name: cell("name"),
        short_name: cell("short_name"),
        kind: kind?,
        level: level?,
        office: office?,
        credit_code: cell("credit_code"),
        county,
        parent_id: None,
        budget_code: cell("budget_code"),
        address: cell("address"),
    });
    let found = form.check(&app.regulation.divisions).into_iter();
    faults.extend(found.map(|finding| Finding { field: format!("rows[{row}].{}", finding.field), ..finding }));
    Some(form)
}

/// A word of a list, by code or in Chinese.
fn word<T: Copy + FromStr>(
    all: &[T],
    term: fn(T) -> Term,
    (row, column, text): (u64, &str, &str),
    faults: &mut Vec<Finding>,
) -> Option<T> {
    let found = text.parse().ok().or_else(|| all.iter().copied().find(|value| term(*value).zh == text));
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|value| term(*value).zh).collect();
        let zh = format!("“{text}”不在可选范围:{}", words.join("、"));
        faults.push(row_finding(row, column, zh, format!("unknown word {text}")));
    }
    found
}

/// 职能机构 exist once; the file may not bring a second.
fn check_offices(lines: &[Line], present: &[NodeRow], faults: &mut Vec<Finding>) {
    let single = |office: Office| !matches!(office, Office::Agency | Office::Supplier | Office::ThirdParty);
    let mut taken: Vec<(String, Option<String>)> =
        present.iter().filter(|node| node.active).map(|node| (node.office.clone(), node.county.clone())).collect();
    for line in lines.iter().filter(|line| single(line.form.office) && line.form.office != Office::Supervision) {
        let key = (line.form.office.code().to_owned(), line.form.county.clone());
        if taken.contains(&key) {
            let zh = format!("{}已存在", line.form.office.zh());
            faults.push(row_finding(line.row, "office", zh, "there is one already".to_owned()));
        }
        taken.push(key);
    }
}

/// Gives each row its id and its place in the tree.
fn place(lines: Vec<Line>, present: Vec<NodeRow>, faults: &mut Vec<Finding>) -> Vec<(Uuid, Vec<Uuid>, OrgForm)> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut paths: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for node in present {
        let above = node.parent_id.and_then(|parent| paths.get(&parent)).cloned().unwrap_or_default();
        let path: Vec<Uuid> = above.into_iter().chain([node.id]).collect();
        paths.insert(node.id, path.clone());
        known.insert(node.name, Known { id: node.id, path });
    }
    let mut placed = Vec::new();
    for Line { row, mut form, parent } in lines {
        let id = Uuid::now_v7();
        let mut path = vec![id];
        if known.contains_key(&form.name) {
            faults.push(row_finding(row, "name", "已有同名机构".to_owned(), "the name is taken".to_owned()));
            continue;
        }
        if !parent.is_empty() {
            let Some(superior) = known.get(&parent) else {
                let zh = format!("没有主管单位“{parent}”(须已建档或在文件中排在前面)");
                faults.push(row_finding(row, "parent", zh, "no such superior".to_owned()));
                continue;
            };
            let above: Vec<OrgId> = superior.path.iter().rev().skip(1).copied().map(OrgId).collect();
            if let Err(finding) = check_parent(OrgId(id), OrgId(superior.id), &above) {
                faults.push(Finding { field: format!("rows[{row}].parent"), ..*finding });
            }
            path = superior.path.iter().copied().chain([id]).collect();
            form.parent_id = Some(OrgId(superior.id));
        }
        known.insert(form.name.clone(), Known { id, path: path.clone() });
        placed.push((id, path, form));
    }
    placed
}
