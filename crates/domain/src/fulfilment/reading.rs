//! Reading the fulfilment file: strict, since what it leaves out nobody would be told to open.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Act, Column, EvidenceKind, Fulfilment, Row, Way};
use crate::catalog::Category;

/// 开通方式表有误: where, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FulfilmentError {
    #[error("fulfilment file: {0}")]
    Syntax(String),
    #[error("fulfilment: {category} is not covered")]
    Missing { category: String },
    #[error("fulfilment of {row}: {reason}")]
    Row { row: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    evidence: BTreeMap<String, EvidenceText>,
    service: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceText {
    zh: String,
    hint: String,
    #[serde(default)]
    erases: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    category: String,
    #[serde(default)]
    sku_prefix: String,
    openstack: String,
    libvirt: String,
    work_order: String,
    #[serde(default)]
    open: Vec<String>,
    #[serde(default)]
    change: Vec<String>,
    #[serde(default)]
    reclaim: Vec<String>,
}

impl Fulfilment {
    /// Reads the table of a city with these categories.
    ///
    /// Refuses a category without a row for the whole of it, an unknown category, a row given twice, a way or an
    /// ability that no driver has, a kind of evidence that is not declared, and a row that a person may have to report
    /// without anything to show.
    pub fn parse(text: &str, categories: &[Category]) -> Result<Self, FulfilmentError> {
        let file: File = toml::from_str(text).map_err(|error| FulfilmentError::Syntax(error.to_string()))?;
        let mut rows: Vec<Row> = Vec::new();
        for line in &file.service {
            let row = row(line, &file.evidence, categories)?;
            let twice = rows.iter().any(|one| (&one.category, &one.sku_prefix) == (&row.category, &row.sku_prefix));
            if twice {
                return Err(wrong(line, "the row is given twice"));
            }
            rows.push(row);
        }
        let covered = |code: &str| rows.iter().any(|row| row.category == code && row.sku_prefix.is_empty());
        match categories.iter().find(|category| !covered(&category.code)) {
            Some(category) => Err(FulfilmentError::Missing { category: category.code.clone() }),
            None => Ok(Self { rows }),
        }
    }
}

fn row(line: &Line, kinds: &BTreeMap<String, EvidenceText>, categories: &[Category]) -> Result<Row, FulfilmentError> {
    let known = |code: &str| categories.iter().any(|category| category.code == code);
    if !known(&line.category) {
        return Err(wrong(line, "no such category"));
    }
    let mut ways = BTreeMap::new();
    for (column, text) in
        [(Column::OpenStack, &line.openstack), (Column::Libvirt, &line.libvirt), (Column::WorkOrder, &line.work_order)]
    {
        let way = way(text).map_err(|reason| wrong(line, &reason))?;
        if matches!(&way, Way::Included(other) if !known(other) || *other == line.category && line.sku_prefix.is_empty())
        {
            return Err(wrong(line, "included with a category that is not there, or with itself"));
        }
        ways.insert(column, way);
    }
    let mut evidence = BTreeMap::new();
    for (act, codes) in [(Act::Open, &line.open), (Act::Change, &line.change), (Act::Reclaim, &line.reclaim)] {
        let listed: Vec<EvidenceKind> = codes
            .iter()
            .map(|code| kind(code, kinds).ok_or_else(|| wrong(line, &format!("no evidence {code}"))))
            .collect::<Result<_, _>>()?;
        evidence.insert(act, listed);
    }
    let row = Row { category: line.category.clone(), sku_prefix: line.sku_prefix.clone(), ways, evidence };
    let bare = row.evidence.values().any(Vec::is_empty);
    if bare && !row.only_by_driver() {
        return Err(wrong(line, "a person may have to report it and would have nothing to show"));
    }
    Ok(row)
}

fn way(text: &str) -> Result<Way, String> {
    match text.split_once(':') {
        None if text == "work_order" => Ok(Way::WorkOrder),
        Some(("driver", ability)) => ability.parse().map(Way::Driver),
        Some(("included", category)) => Ok(Way::Included(category.to_owned())),
        _ => Err(format!("no such way: {text}")),
    }
}

fn kind(code: &str, kinds: &BTreeMap<String, EvidenceText>) -> Option<EvidenceKind> {
    let text = kinds.get(code)?;
    Some(EvidenceKind { code: code.to_owned(), zh: text.zh.clone(), hint: text.hint.clone(), erases: text.erases })
}

fn wrong(line: &Line, reason: &str) -> FulfilmentError {
    FulfilmentError::Row { row: format!("{}{}", line.category, line.sku_prefix), reason: reason.to_owned() }
}
