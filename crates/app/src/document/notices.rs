//! 受理通知书、补正通知书、不予受理意见书: the centre's answer to an application (A10_2).

use documents::model::Body;
use documents::model::notices::{AcceptanceNotice, Check, Deficiency, Reason, RefusalNotice, SupplementNotice};
use domain::application::form::Form;
use domain::application::material;
use domain::application::{ChecklistRow, DeclineReason};
use domain::calendar::Date;
use domain::clause;
use domain::opinion::Opinion;
use domain::org::Office;

use super::issue::{self, Paper};
use crate::AppError;
use crate::case::Case;
use crate::mechanism::Unit;

/// Steps by which an application reaches the centre.
const REPORTED: [&str; 3] = ["application.unit_approve", "application.consolidate", "application.supplement"];

/// 受理通知书.
pub(crate) async fn issue_acceptance(
    unit: &mut Unit<'_>,
    case: &Case,
    (checklist, opinion): (&[ChecklistRow], &Opinion),
    review_due: Option<Date>,
) -> Result<(), AppError> {
    let check = |row: &ChecklistRow| Check {
        item: row.item.as_str().to_owned(),
        result: if row.present { "齐全" } else { "缺" }.to_owned(),
        note: String::new(),
    };
    let body = Body::AcceptanceNotice(AcceptanceNotice {
        submitted_on: reported_on(unit, case).await?,
        accepted_on: unit.today(),
        review_due,
        checks: checklist.iter().map(check).collect(),
        note: format!("受理意见：{}", opinion.as_str()),
    });
    send(unit, case, body).await
}

/// 补正通知书: said once, everything at once.
pub(crate) async fn issue_supplement(unit: &mut Unit<'_>, case: &Case, missing: &Opinion) -> Result<(), AppError> {
    let form: Form = super::read(case.row.form.clone())?;
    let attached = store::attachment::kinds(&mut unit.tx, case.row.id).await?;
    let absent = material::required(&form).into_iter().filter(|kind| attached.iter().all(|code| code != kind.code()));
    let absent = absent.map(|kind| Deficiency {
        item: kind.zh().to_owned(),
        problem: "未提交".to_owned(),
        mend: "在系统中补充上传".to_owned(),
    });
    let written = missing.as_str().lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| Deficiency {
        item: "补正事项".to_owned(),
        problem: line.to_owned(),
        mend: "修改填报内容或补充材料后再报".to_owned(),
    });
    let body = Body::SupplementNotice(SupplementNotice {
        submitted_on: reported_on(unit, case).await?,
        deficiencies: written.chain(absent).collect(),
        answer_due: None,
        note: String::new(),
    });
    send(unit, case, body).await
}

/// 不予受理意见书.
pub(crate) async fn issue_refusal(
    unit: &mut Unit<'_>,
    case: &Case,
    (reason, opinion): (DeclineReason, &Opinion),
) -> Result<(), AppError> {
    let body = Body::RefusalNotice(RefusalNotice {
        submitted_on: reported_on(unit, case).await?,
        reasons: vec![Reason { title: reason.zh().to_owned(), text: opinion.as_str().to_owned() }],
        remedy: "上述情形消除后可重新提出申请。对本意见有异议的，可向市工业和信息化局提出。".to_owned(),
    });
    send(unit, case, body).await
}

async fn send(unit: &mut Unit<'_>, case: &Case, body: Body) -> Result<(), AppError> {
    let paper = Paper {
        number: unit.next_number("SL").await?,
        issuer: issue::office(unit, Office::InfoCenter).await?,
        addressee: case.row.agency_name.clone(),
        clause: clause::A10_2,
        body,
    };
    issue::issue(unit, case, ("application", &case.row.number), paper).await
}

/// The day the application reached the centre.
async fn reported_on(unit: &mut Unit<'_>, case: &Case) -> Result<Date, AppError> {
    let at = store::audit::last_step(&mut unit.tx, case.row.id, &REPORTED).await?;
    Ok(at.map_or(unit.today(), |at| unit.app().clock.day_of(at.to_jiff())))
}
