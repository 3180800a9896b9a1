//! 政务云资源申请表 (附件2, 附件2-1, 附件2-2): printed at any time, and kept as reported to the centre.

use documents::fill::{self, Given};
use documents::model::application::Material;
use documents::model::{Body, Field, OpinionBox, Snapshot, Verification};
use domain::application::form::Form;
use domain::application::material;
use domain::clause;
use domain::money::Fen;
use domain::org::{Level, OrgKind};
use store::attachment::AttachmentRow;
use store::audit::AuditRow;
use store::org::OrgRow;

use super::issue::{self, Paper};
use crate::case::Case;
use crate::mechanism::Unit;
use crate::pricing::{self, Quote};
use crate::{App, AppError};

/// What stands in the database about the form.
struct Known {
    agency: OrgRow,
    files: Vec<AttachmentRow>,
    steps: Vec<AuditRow>,
}

/// As it stands now; no document, so without number and code of its own.
pub(super) async fn as_it_stands(app: &App, case: Case) -> Result<Snapshot, AppError> {
    let pool = &app.store.pool;
    let known = Known {
        agency: store::org::one(pool, case.row.agency_id).await?,
        files: store::attachment::of_case(pool, case.row.id).await?,
        steps: store::audit::of_case(pool, case.row.id).await?,
    };
    let verification =
        Verification { code: String::new(), url: format!("{}/cases/{}", app.options.public_url, case.row.id) };
    let head = issue::head(app, &case, (&case.row.created_by_name, verification), clause::ANNEX_2);
    Ok(Snapshot { head, body: body(app, &case, &known)? })
}

/// As reported to the centre.
pub(crate) async fn issue(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let known = Known {
        agency: store::org::one(&mut *unit.tx, case.row.agency_id).await?,
        files: store::attachment::of_case(&mut *unit.tx, case.row.id).await?,
        steps: store::audit::of_case(&mut *unit.tx, case.row.id).await?,
    };
    let paper = Paper {
        number: case.row.number.clone(),
        issuer: case.row.agency_name.clone(),
        addressee: String::new(),
        clause: clause::ANNEX_2,
        body: body(unit.app(), case, &known)?,
    };
    issue::issue(unit, case, ("application", &case.row.number), paper).await
}

fn body(app: &App, case: &Case, known: &Known) -> Result<Body, AppError> {
    let form = crate::application::open_form(app, &case.row.form)?;
    let quote = pricing::quote(&form, app.clock.today(), &app.prices(), &app.regulation)?;
    let given = Given {
        applicant: applicant(app, &known.agency),
        lines: priced(&quote),
        total: Fen(quote.fee_fen_per_year),
        price_version: quote.price_version.clone().unwrap_or_default(),
        estimate_required: quote.estimate_required,
        materials: materials(&form, &known.files),
        opinions: opinions(app, &known.steps),
    };
    Ok(Body::ApplicationForm(Box::new(fill::application_form(&form, given))))
}

/// Lines of a quote as documents print them.
pub(super) fn priced(quote: &Quote) -> Vec<documents::model::PricedLine> {
    quote
        .lines
        .iter()
        .map(|line| documents::model::PricedLine {
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            unit: line.unit.clone(),
            unit_price_fen: line.fen_per_year_each.unwrap_or(0),
            annual_fen: line.fen_per_year,
        })
        .collect()
}

fn applicant(app: &App, agency: &OrgRow) -> Vec<Field> {
    let division = agency.county.as_deref().and_then(|code| app.regulation.division(code));
    let city = app.regulation.divisions.first();
    vec![
        Field::new("单位名称", &agency.name),
        Field::new("信用代码", &agency.credit_code),
        Field::new("机构类型", agency.kind.parse::<OrgKind>().map_or("", OrgKind::zh)),
        Field::new("预算级次", agency.level.parse::<Level>().map_or("", Level::zh)),
        Field::new("所属区划", division.or(city).map_or("", |division| &division.zh)),
        Field::new("主管单位", agency.parent_name.as_deref().unwrap_or_default()),
        Field::new("预算编码", &agency.budget_code),
        Field::new("地址", &agency.address),
    ]
}

/// What is due, with the file that meets it; then what came besides.
fn materials(form: &Form, files: &[AttachmentRow]) -> Vec<Material> {
    let due = material::required(form);
    let missing = due.iter().filter(|kind| files.iter().all(|file| file.kind != kind.code()));
    let missing =
        missing.map(|kind| Material { name: kind.zh().to_owned(), file: String::new(), digest: String::new() });
    let there = files.iter().map(|file| Material {
        name: file
            .kind
            .parse::<material::MaterialKind>()
            .map_or_else(|_| file.kind.clone(), |kind| kind.zh().to_owned()),
        file: file.file_name.clone(),
        digest: file.sm3.clone(),
    });
    there.chain(missing).collect()
}

/// 意见栏 in the order of the form: whose step was taken is filled in, the others stay blank for the pen.
fn opinions(app: &App, steps: &[AuditRow]) -> Vec<OpinionBox> {
    [
        ("申请单位", "application.unit_approve", "同意申请"),
        ("主管（汇总）单位或县政府", "application.consolidate", "同意上报"),
        ("市信息中心受理", "application.accept", "予以受理"),
        ("市信息中心审核", "application.sign", ""),
        ("市工业和信息化局", "", ""),
        ("市财政局", "", ""),
    ]
    .map(|(office, action, conclusion)| match steps.iter().rev().find(|step| step.action == action) {
        None => OpinionBox::blank(office),
        Some(step) => OpinionBox {
            office: office.to_owned(),
            conclusion: conclusion.to_owned(),
            text: step.summary.split_once(':').map(|(_, words)| words.to_owned()).unwrap_or_default(),
            signed_by: step.actor_name.clone(),
            on: Some(app.clock.day_of(step.at.to_jiff())),
        },
    })
    .to_vec()
}
