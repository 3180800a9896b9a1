//! 变更审核意见书: before and after, what it costs or saves, who must know (A10_6).

use documents::fill;
use documents::model::change::{ChangeOpinion, ChangedLine};
use documents::model::{Body, Field};
use domain::application::form::{BastionLine, Form};
use domain::change::{self, Request, State, accounts};
use domain::clause;
use domain::money::Fen;
use domain::org::Office;
use domain::subscription::Year;

use super::issue::{self, Paper};
use crate::case::Case;
use crate::mechanism::Unit;
use crate::pricing::{self, Quote};
use crate::{App, AppError};

/// A change decided upon.
pub(crate) struct Decided<'a> {
    pub number: &'a str,
    pub request: &'a Request,
    pub state: &'a State,
    pub opinion: &'a str,
    /// Yearly fee after minus before.
    pub dearer_by: Fen,
    pub year: Year,
}

/// Issued where the centre agrees, and where it does not.
pub(crate) async fn issue(unit: &mut Unit<'_>, case: &Case, decided: &Decided<'_>) -> Result<(), AppError> {
    let supplier = issue::office(unit, Office::Supplier).await?;
    let body = Body::ChangeOpinion(body(unit, case, decided, supplier)?);
    let paper = Paper {
        number: decided.number.to_owned(),
        issuer: issue::office(unit, Office::InfoCenter).await?,
        addressee: case.row.agency_name.clone(),
        clause: clause::A10_6,
        body,
    };
    issue::issue(unit, case, ("change", decided.number), paper).await
}

fn body(unit: &Unit<'_>, case: &Case, decided: &Decided<'_>, supplier: String) -> Result<ChangeOpinion, AppError> {
    let app = unit.app();
    let before = case.standing_form()?;
    let after = change::changed(&before, decided.request).map_err(|refusal| AppError::refused(&refusal))?;
    let price = |form: &Form| pricing::quote(form, unit.today(), &app.prices(), &app.regulation);
    let (old, new) = (price(&before)?, price(&after)?);
    let left = decided.year.remaining_days(unit.today().max(decided.year.from));
    let days = decided.year.days().max(1);
    let share =
        decided.dearer_by.share(left.unsigned_abs().into(), days.unsigned_abs().into()).map_err(AppError::fault)?;
    let implement_due = match decided.state {
        State::Approved { implement_due } => Some(*implement_due),
        _ => None,
    };
    Ok(ChangeOpinion {
        summary: vec![
            Field::new("使用单位", &case.row.agency_name),
            Field::new("申请单号", &case.row.number),
            Field::wide("系统名称", &case.row.system_name),
            Field::wide("变更原因", decided.request.reason.as_str()),
            Field::wide("影响与回退", decided.request.fallback.as_str()),
        ],
        lines: lines((&before, &old), (&after, &new))
            .into_iter()
            .chain(service_lines(app, (&before, &old), (&after, &new)))
            .chain(account_lines(&before, &after))
            .collect(),
        increase_fen: share.0.max(0),
        saving_fen: (-share.0).max(0),
        remaining_days: left.unsigned_abs(),
        price_version: new.price_version.clone().unwrap_or_default(),
        funding: decided.request.fund_source.trim().to_owned(),
        conclusion: if implement_due.is_some() { "同意变更" } else { "不同意变更" }.to_owned(),
        text: decided.opinion.to_owned(),
        supplier,
        supplier_due: implement_due,
        copies: copies(case),
    })
}

/// The rows that differ.
fn lines((before, old): (&Form, &Quote), (after, new): (&Form, &Quote)) -> Vec<ChangedLine> {
    let pairs = before.servers.iter().zip(&after.servers).enumerate();
    pairs
        .filter(|(_, (was, is))| was != is)
        .map(|(at, (was, is))| ChangedLine {
            name: format!("{}({} 台)", was.host_name, was.quantity.unwrap_or(0)),
            before: fill::server_specification(was),
            after: fill::server_specification(is),
            difference_fen: row_fee(new, at) - row_fee(old, at),
        })
        .collect()
}

/// The rows of other services that differ; 0 is given up.
fn service_lines(app: &App, (before, old): (&Form, &Quote), (after, new): (&Form, &Quote)) -> Vec<ChangedLine> {
    let pairs = before.services.iter().zip(&after.services).enumerate();
    let product = |sku: &str| app.regulation.product(sku).map(|line| &line.product);
    let fee = |quote: &Quote, at: usize| -> i64 {
        let name = format!("v{}", at + 1);
        quote.lines.iter().filter(|line| line.line == name).map(|line| line.fen_per_year).sum()
    };
    pairs
        .filter(|(_, (was, is))| was != is)
        .map(|(at, (was, is))| ChangedLine {
            name: product(&was.sku).map_or_else(|| was.sku.clone(), |product| product.zh.clone()),
            before: was.quantity.unwrap_or(0).to_string(),
            after: is.quantity.unwrap_or(0).to_string(),
            difference_fen: fee(new, at) - fee(old, at),
        })
        .collect()
}

/// Bastion accounts that differ; they cost nothing.
fn account_lines(before: &Form, after: &Form) -> Vec<ChangedLine> {
    let line = |(was, is): (Option<&BastionLine>, &BastionLine)| ChangedLine {
        name: format!("堡垒机账号 {}", is.user_name),
        before: was.map_or_else(|| "无".to_owned(), fill::account_terms),
        after: fill::account_terms(is),
        difference_fen: 0,
    };
    accounts::differing(before, after).map(line).collect()
}

fn row_fee(quote: &Quote, at: usize) -> i64 {
    let prefix = format!("s{}.", at + 1);
    quote.lines.iter().filter(|line| line.line.starts_with(&prefix)).map(|line| line.fen_per_year).sum()
}

fn copies(case: &Case) -> Vec<String> {
    let mut copies = vec!["市工业和信息化局", "市财政局"];
    if case.row.county.is_some() {
        copies.extend(["县（市、区）大数据主管部门", "县（市、区）财政局"]);
    }
    copies.into_iter().map(str::to_owned).collect()
}
