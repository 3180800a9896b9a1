//! 选项: the words of every list a form or filter offers, so that the page keeps none of its own.

use domain::application::check::AVAILABILITY_BASIS_POINTS;
use domain::application::form::{
    Architecture, Audience, BastionHours, BastionProtocol, BastionUserKind, Construction, DiskKind, FileTransfer,
    FundSource, Mode, Network, OperatingSystem, PersonalInformation, ProtectionLevel, ServerRole, SpecialReason,
    SystemCategory, Tenancy, Urgency, Zone,
};
use domain::application::material::MaterialKind;
use domain::application::review::{Department, Verdict};
use domain::application::size::VCPU_SIZES;
use domain::application::{DeclineReason, StateName};
use domain::calendar::DaySource;
use domain::catalog::{BillingBasis, ResourceClass};
use domain::drift::{DriftKind, Responsible, StateKind as DriftStateKind};
use domain::limits::LimitKind;
use domain::org::{Level, Office, OrgKind, PersonState, Role};
use domain::provisioning::{EngineKind, Interface, OperationKind, OperationState, Power};
use domain::service_instance::StateKind;
use domain::term::Term;
use domain::termination::{DataDisposal, Reason as TerminationReason};
use std::collections::BTreeMap;

use crate::actor::Actor;
use crate::audit::Outcome;
use crate::authz::{self, Action};
use crate::case::Stage;
use crate::{App, AppError};

/// 可选产品.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProductOption {
    pub sku: String,
    pub name: String,
    pub unit: String,
    /// In force today; absent where the product has no price.
    pub fen_per_year: Option<i64>,
    pub category: String,
    pub category_zh: String,
    /// False where it is opened with the rows of 附件2-1 and not ordered as another service.
    pub orderable: bool,
}

/// Every list by its name, and what is no list of words.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FormOptions {
    /// Terms by the name of their list, in the order of the forms.
    #[serde(flatten)]
    pub terms: BTreeMap<&'static str, Vec<Term>>,
    pub vcpu_sizes: Vec<u16>,
    pub availability_basis_points: Vec<u16>,
    pub products: Vec<ProductOption>,
    /// 单个附件上限.
    pub attachment_max_bytes: u64,
}

macro_rules! lists {
    ($($name:literal: $type:ty),* $(,)?) => {
        BTreeMap::from([$(($name, <$type>::ALL.iter().map(|value| value.term()).collect::<Vec<Term>>()),)*])
    };
}

/// All options, for every signed-in person.
pub fn form_options(app: &App, actor: &Actor) -> Result<FormOptions, AppError> {
    authz::visible(actor, Action::RegulationView)?;
    let mut terms = lists! {
        "mode": Mode, "special_reason": SpecialReason, "construction": Construction, "urgency": Urgency,
        "system_category": SystemCategory, "audience": Audience, "protection_level": ProtectionLevel,
        "personal_information": PersonalInformation, "zone": Zone, "network": Network, "server_role": ServerRole,
        "tenancy": Tenancy,
        "architecture": Architecture, "operating_system": OperatingSystem, "disk_kind": DiskKind,
        "fund_source": FundSource, "bastion_user_kind": BastionUserKind, "bastion_protocol": BastionProtocol,
        "bastion_hours": BastionHours, "file_transfer": FileTransfer,
        "material_kind": MaterialKind, "decline_reason": DeclineReason, "department": Department, "verdict": Verdict,
        "termination_reason": TerminationReason, "data_disposal": DataDisposal, "stage": Stage,
        "application_state": StateName, "org_kind": OrgKind, "org_level": Level, "org_office": Office, "role": Role,
        "person_state": PersonState, "engine_kind": EngineKind, "engine_interface": Interface,
        "operation_kind": OperationKind, "operation_state": OperationState, "service_state": StateKind, "power": Power,
        "audit_outcome": Outcome, "access_grant_state": domain::access_grant::StateKind, "allocation_state": domain::allocation::StateKind,
        "scaling_state": domain::scaling::StateKind, "scaling_metric": domain::provisioning::Metric,
        "access_alarm_state": domain::access_alarm::StateKind, "access_alarm_kind": domain::access_alarm::Kind, "day_source": DaySource,
        "drift_kind": DriftKind, "drift_state": DriftStateKind, "responsible": Responsible,
        "limit_kind": LimitKind, "resource_class": ResourceClass, "billing_basis": BillingBasis,
    };
    terms.insert("resource_phase", phases());
    Ok(FormOptions {
        terms,
        vcpu_sizes: VCPU_SIZES.to_vec(),
        availability_basis_points: AVAILABILITY_BASIS_POINTS.to_vec(),
        products: products(app),
        attachment_max_bytes: app.regulation.limits.attachment_max.value.bytes(),
    })
}

/// 资源阶段, whose enum carries data and so is no plain list.
fn phases() -> Vec<Term> {
    let term = |code, zh, en| Term { code, zh, en };
    vec![
        term("trial", "测试", "trial"),
        term("production", "正式", "production"),
        term("stopped", "停机保留", "stopped"),
        term("erased", "已清除", "erased"),
    ]
}

fn products(app: &App) -> Vec<ProductOption> {
    let (prices, today) = (app.prices(), app.clock.today());
    let option = |line: &domain::catalog::CatalogLine| ProductOption {
        sku: line.product.sku.clone(),
        name: line.product.zh.clone(),
        unit: line.product.unit_zh.clone(),
        fen_per_year: prices.on(&line.product.sku, today).map(|price| price.fen_per_year.0),
        category: line.product.category.clone(),
        category_zh: line.product.category_zh.clone(),
        orderable: app.regulation.fulfilment_of(&line.product.sku).is_none_or(|row| !row.only_by_driver()),
    };
    app.regulation.catalogue.iter().map(option).collect()
}
