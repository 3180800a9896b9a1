//! 测试通知单 to the supplier (A10_4) and 开通确认单 (A10_5).

use documents::fill;
use documents::model::activation::{ActivationConfirmation, ResourceRow};
use documents::model::notices::{TrialLine, TrialNotice};
use documents::model::{Body, Field, OpinionBox};
use domain::application::form::{Form, ServerLine};
use domain::calendar::Date;
use domain::clause;
use domain::fulfilment::Act;
use domain::money::Fen;
use domain::org::Office;
use domain::subscription::Year;

use super::application_form::priced;
use super::issue::{self, Paper};
use crate::AppError;
use crate::case::Case;
use crate::mechanism::Unit;
use crate::pricing;
use crate::provisioning::{self, ResourceView};
use crate::service_instance::{self, paper::OnPaper};

/// 测试通知单.
pub(crate) async fn issue_trial(
    unit: &mut Unit<'_>,
    case: &Case,
    number: &str,
    open_due: Date,
) -> Result<(), AppError> {
    let form = case.standing_form()?;
    let limits = &unit.app().regulation.limits;
    let body = Body::TrialNotice(TrialNotice {
        open_due,
        delivery_days: limits.trial_delivery.value.0,
        trial_days_from: limits.trial_min_days.value.0,
        trial_days_to: limits.trial_max_days.value.0,
        contacts: contacts(&form),
        lines: form.servers.iter().map(trial_line).chain(services(unit, &form)).collect(),
        deliverables: ["项目对接纪要", "迁移部署方案", "测试资源开通清单"].map(str::to_owned).to_vec(),
        note: String::new(),
    });
    let paper = Paper {
        number: number.to_owned(),
        issuer: issue::office(unit, Office::InfoCenter).await?,
        addressee: issue::office(unit, Office::Supplier).await?,
        clause: clause::A10_4,
        body,
    };
    issue::issue(unit, case, ("trial", number), paper).await
}

fn contacts(form: &Form) -> Vec<Field> {
    let contact = &form.contact;
    let telephone = if contact.landline.is_empty() { &contact.mobile } else { &contact.landline };
    vec![
        Field::new("使用单位经办", &contact.handler),
        Field::new("联系电话", telephone),
        Field::new("系统管理员", &contact.system_admin),
        Field::new("邮箱", &contact.email),
    ]
}

fn trial_line(line: &ServerLine) -> TrialLine {
    TrialLine {
        name: line.host_name.clone(),
        specification: fill::server_specification(line),
        zone: fill::server_row(line).zone.replace('\n', " "),
        quantity: line.quantity.unwrap_or(0).into(),
    }
}

fn services(unit: &Unit<'_>, form: &Form) -> Vec<TrialLine> {
    form.services
        .iter()
        .map(|line| TrialLine {
            name: unit.app().regulation.product_zh(&line.sku),
            specification: line.sku.clone(),
            zone: String::new(),
            quantity: line.quantity.unwrap_or(0).into(),
        })
        .collect()
}

/// 开通确认单.
pub(crate) async fn issue_activation(
    unit: &mut Unit<'_>,
    case: &Case,
    number: &str,
    year: Year,
) -> Result<(), AppError> {
    let app = unit.app();
    let form = case.standing_form()?;
    let quote = pricing::quote(&form, year.from, &app.prices(), &app.regulation)?;
    let supplier = issue::office(unit, Office::Supplier).await?;
    let resources = provisioning::resources_of(&mut unit.tx, case.row.id).await?;
    let services = service_instance::paper::on_paper(unit, case.row.id).await?;
    let rows = resources.iter().map(|resource| resource_row(resource, &form));
    let body = Body::ActivationConfirmation(ActivationConfirmation {
        summary: vec![
            Field::new("使用单位", &case.row.agency_name),
            Field::new("供应商", supplier),
            Field::new("申请单号", &case.row.number),
            Field::new("系统名称", &case.row.system_name),
            Field::new("开通日期", year.from.to_string()),
            Field::new("到期日期", year.to.to_string()),
        ]
        .into_iter()
        .chain(told(&resources))
        .collect(),
        opened_on: year.from,
        ends_on: year.to,
        resources: rows.chain(services.iter().map(service_row)).collect(),
        lines: priced(&quote),
        total: Fen(quote.fee_fen_per_year).into(),
        price_version: quote.price_version.clone().unwrap_or_default(),
        differences: vec![],
        opinions: vec![OpinionBox::blank("使用单位"), OpinionBox::blank("供应商")],
    });
    let paper = Paper {
        number: number.to_owned(),
        issuer: issue::office(unit, Office::InfoCenter).await?,
        addressee: String::new(),
        clause: clause::A10_5,
        body,
    };
    issue::issue(unit, case, ("subscription", number), paper).await
}

fn resource_row(resource: &ResourceView, form: &Form) -> ResourceRow {
    // `name-2` is the second server of the row called `name`.
    let row = form.servers.iter().find(|line| {
        let rest = resource.name.strip_prefix(line.host_name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.parse::<u16>().is_ok()))
    });
    ResourceRow {
        name: resource.name.clone(),
        identifier: resource.id.to_string(),
        address: resource.addresses_zh(),
        specification: specification(resource),
        zone: row.and_then(|line| line.zone).map_or("", |zone| zone.zh()).to_owned(),
    }
}

/// An instance stands among the resources, with what was shown at its opening where a server has its address.
fn service_row(service: &OnPaper) -> ResourceRow {
    ResourceRow {
        name: service.name.clone(),
        identifier: service.number.clone(),
        address: service.shown(Act::Open),
        specification: service.amount.clone(),
        zone: String::new(),
    }
}

/// What simulates says so on paper too; blank where everything is real.
pub(super) fn simulation(resources: &[ResourceView]) -> &'static str {
    if resources.iter().any(|resource| resource.simulated) {
        "本单所列资源由模拟引擎提供，不含真实数据，仅供演示。"
    } else {
        ""
    }
}

fn told(resources: &[ResourceView]) -> Option<Field> {
    let words = simulation(resources);
    (!words.is_empty()).then(|| Field::wide("说明", words))
}

/// `8核16GB，系统盘100GB，数据盘500GB、500GB`.
pub(super) fn specification(resource: &ResourceView) -> String {
    let spec = &resource.spec;
    let mut text = format!("{}核{}GB", spec.vcpu, spec.memory_mib / 1024);
    if let Some((system, data)) = spec.disks_gib.split_first() {
        text += &format!("，系统盘{system}GB");
        let data: Vec<String> = data.iter().map(|size| format!("{size}GB")).collect();
        if !data.is_empty() {
            text += &format!("，数据盘{}", data.join("、"));
        }
    }
    text
}
