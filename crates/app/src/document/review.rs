//! 审核意见书: what was granted line by line, and the conclusion (A10_3).
//!
//! Opinions of the departments are for those who decide and stay out of what the agency receives; the document
//! says that all were heard.

use documents::model::review::{GrantedLine, ReviewOpinion};
use documents::model::{Body, Field, OpinionBox};
use domain::application::Conclusion;
use domain::application::cut::{Cut, CutTarget};
use domain::application::form::Form;
use domain::application::review::Department;
use domain::clause;
use domain::money::Fen;
use domain::org::Office;

use super::issue::{self, Paper};
use crate::AppError;
use crate::case::Case;
use crate::mechanism::Unit;
use crate::pricing::{self, Quote};

/// Issued with the signature of the centre's head.
pub(crate) async fn issue(
    unit: &mut Unit<'_>,
    case: &Case,
    conclusion: &Conclusion,
    signed: &str,
) -> Result<(), AppError> {
    let issuer = issue::office(unit, Office::InfoCenter).await?;
    let body = Body::ReviewOpinion(body(unit, case, conclusion, (&issuer, signed))?);
    let paper = Paper {
        number: unit.next_number("SH").await?,
        issuer,
        addressee: case.row.agency_name.clone(),
        clause: clause::A10_3,
        body,
    };
    issue::issue(unit, case, ("application", &case.row.number), paper).await
}

fn body(
    unit: &Unit<'_>,
    case: &Case,
    conclusion: &Conclusion,
    (issuer, signed): (&str, &str),
) -> Result<ReviewOpinion, AppError> {
    let app = unit.app();
    let form: Form = super::read(case.row.form.clone())?;
    let price = |form: &Form| pricing::quote(form, unit.today(), &app.prices(), &app.regulation);
    let asked = price(&form)?;
    let granted =
        if conclusion.approved { price(&cut_down(&form, &conclusion.cuts))? } else { price(&Form::default())? };
    let departments: Vec<&str> = Department::ALL.iter().map(|department| department.zh()).collect();
    Ok(ReviewOpinion {
        summary: vec![
            Field::new("申请单位", &case.row.agency_name),
            Field::new("申请单号", &case.row.number),
            Field::wide("系统名称", &case.row.system_name),
            Field::new("申请方式", form.request.mode.map_or("", |mode| mode.zh())),
            Field::new("建设性质", form.request.construction.map_or("", |construction| construction.zh())),
            Field::wide("会审", format!("{}意见均已出具，由市信息中心汇总", departments.join("、"))),
        ],
        opinions: vec![OpinionBox {
            office: issuer.to_owned(),
            conclusion: verdict(conclusion).to_owned(),
            text: signed.to_owned(),
            signed_by: unit.actor().name.clone(),
            on: Some(unit.today()),
        }],
        lines: lines(&asked, &granted, &conclusion.cuts),
        asked: Fen(asked.fee_fen_per_year).into(),
        approved: Fen(granted.fee_fen_per_year).into(),
        price_version: asked.price_version.clone().unwrap_or_default(),
        conclusion: verdict(conclusion).to_owned(),
        text: conclusion.opinion.as_str().to_owned(),
        priority: if conclusion.approved { conclusion.urgency.zh().to_owned() } else { String::new() },
    })
}

fn verdict(conclusion: &Conclusion) -> &'static str {
    match (conclusion.approved, conclusion.cuts.is_empty()) {
        (false, _) => "不同意",
        (true, true) => "同意",
        (true, false) => "核减后同意",
    }
}

/// As granted, each row in its place: a row that was cut to nothing stays with quantity 0.
fn cut_down(form: &Form, cuts: &[Cut]) -> Form {
    let mut form = form.clone();
    for cut in cuts {
        let index = usize::from(cut.index);
        match cut.target {
            CutTarget::Server => {
                if let Some(line) = form.servers.get_mut(index) {
                    line.quantity = cut.quantity.and_then(|quantity| u16::try_from(quantity).ok()).or(line.quantity);
                    line.vcpu = cut.vcpu.or(line.vcpu);
                    line.memory_gib = cut.memory_gib.or(line.memory_gib);
                }
            }
            CutTarget::Service => {
                if let Some(line) = form.services.get_mut(index) {
                    line.quantity = cut.quantity.or(line.quantity);
                }
            }
        }
    }
    form
}

fn lines(asked: &Quote, granted: &Quote, cuts: &[Cut]) -> Vec<GrantedLine> {
    asked
        .lines
        .iter()
        .map(|line| {
            let after = granted.lines.iter().find(|other| other.line == line.line);
            let approved = after.map_or(0, |after| after.quantity);
            GrantedLine {
                name: line.name.clone(),
                asked: line.quantity,
                approved,
                annual_fen: after.map_or(0, |after| after.fen_per_year),
                reason: if approved < line.quantity { reason(&line.line, cuts) } else { String::new() },
            }
        })
        .collect()
}

/// Why this line was cut: `s2.vcpu` belongs to the second row of servers, `v1` to the first service.
fn reason(line: &str, cuts: &[Cut]) -> String {
    let (target, rest) = match line.split_at_checked(1) {
        Some(("s", rest)) => (CutTarget::Server, rest),
        Some((_, rest)) => (CutTarget::Service, rest),
        None => return String::new(),
    };
    let row = rest.split('.').next().and_then(|number| number.parse::<u16>().ok());
    let cut = cuts.iter().find(|cut| cut.target == target && Some(cut.index + 1) == row);
    cut.map(|cut| cut.reason.as_str().to_owned()).unwrap_or_default()
}
