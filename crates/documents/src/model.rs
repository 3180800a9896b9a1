//! 文书 what an issued document says, as plain data.
//!
//! A snapshot is filled when the document is issued and kept as JSON beside it; nothing in it is looked
//! up again later, so a document reads in ten years as it read on its day. A new field is therefore
//! optional (`serde(default, skip_serializing_if)`), so that old snapshots keep their digest, and no
//! field is ever renamed.

use domain::calendar::Date;
use serde::{Deserialize, Serialize};

pub mod activation;
pub mod application;
pub mod change;
pub mod closing;
pub mod notices;
pub mod review;

domain::terms! {
    /// 文书种类.
    pub enum Kind {
        /// 附件2 with 附件2-1 and 附件2-2.
        ApplicationForm = "application_form", "政务云资源申请表", "application form";
        AcceptanceNotice = "acceptance_notice", "受理通知书", "acceptance notice";
        SupplementNotice = "supplement_notice", "补正通知书", "supplement notice";
        RefusalNotice = "refusal_notice", "不予受理意见书", "notice of non-acceptance";
        ReviewOpinion = "review_opinion", "审核意见书", "review opinion";
        TrialNotice = "trial_notice", "云服务测试通知单", "trial notice";
        ActivationConfirmation = "activation_confirmation", "云服务开通确认单", "activation confirmation";
        ChangeOpinion = "change_opinion", "云服务变更审核意见书", "change opinion";
        HandoverList = "handover_list", "云服务终止与资源回收移交清单", "hand-over list";
        ErasureCertificate = "erasure_certificate", "数据清除证明", "erasure certificate";
    }
}

/// 文书 as issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub head: Head,
    pub body: Body,
}

/// What every document carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// 文书编号 or 单号.
    pub number: String,
    /// 出具单位.
    pub issuer: String,
    /// 主送: whom a letter addresses; blank where the document is a form.
    pub addressee: String,
    /// 申请单号 of the case.
    pub case_number: String,
    /// 使用单位.
    pub agency: String,
    /// 业务应用系统.
    pub system: String,
    pub issued_on: Date,
    /// 经办人.
    pub issued_by: String,
    /// 办法名称, without the brackets 《》.
    pub regulation: String,
    /// 依据, e.g. `第十条(二)`.
    pub clauses: Vec<String>,
    pub verification: Verification,
}

/// 验真: where anyone can ask whether the paper is genuine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Unguessable, printed in groups.
    pub code: String,
    /// Full address, at most 150 bytes so that its QR stays legible at 15 mm.
    pub url: String,
}

/// The part that differs by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    ApplicationForm(Box<application::ApplicationForm>),
    AcceptanceNotice(notices::AcceptanceNotice),
    SupplementNotice(notices::SupplementNotice),
    RefusalNotice(notices::RefusalNotice),
    ReviewOpinion(review::ReviewOpinion),
    TrialNotice(notices::TrialNotice),
    ActivationConfirmation(activation::ActivationConfirmation),
    ChangeOpinion(change::ChangeOpinion),
    HandoverList(closing::HandoverList),
    ErasureCertificate(closing::ErasureCertificate),
}

impl Snapshot {
    /// Which document this is.
    pub fn kind(&self) -> Kind {
        match &self.body {
            Body::ApplicationForm(_) => Kind::ApplicationForm,
            Body::AcceptanceNotice(_) => Kind::AcceptanceNotice,
            Body::SupplementNotice(_) => Kind::SupplementNotice,
            Body::RefusalNotice(_) => Kind::RefusalNotice,
            Body::ReviewOpinion(_) => Kind::ReviewOpinion,
            Body::TrialNotice(_) => Kind::TrialNotice,
            Body::ActivationConfirmation(_) => Kind::ActivationConfirmation,
            Body::ChangeOpinion(_) => Kind::ChangeOpinion,
            Body::HandoverList(_) => Kind::HandoverList,
            Body::ErasureCertificate(_) => Kind::ErasureCertificate,
        }
    }
}

/// 打印 who prints this copy and when: stands in the footer, so a leaked sheet names its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Printing {
    /// `打印人` for a copy, `签发` for the original.
    pub label: String,
    pub by: String,
    /// `2026-01-05 09:30`, the city's time.
    pub at: String,
}

impl Printing {
    /// The original: issued by and on, as the head says.
    pub fn original(head: &Head) -> Self {
        Self { label: "经办".to_owned(), by: head.issued_by.clone(), at: head.issued_on.to_string() }
    }

    /// A copy printed by somebody.
    pub fn copy(by: impl Into<String>, at: impl Into<String>) -> Self {
        Self { label: "打印人".to_owned(), by: by.into(), at: at.into() }
    }
}

/// 栏目 one label with its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub label: String,
    pub value: String,
    /// Takes a whole row.
    #[serde(default)]
    pub wide: bool,
}

impl Field {
    /// Half a row.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), wide: false }
    }

    /// A whole row.
    pub fn wide(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { wide: true, ..Self::new(label, value) }
    }
}

/// 栏目组 under one heading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub title: String,
    pub fields: Vec<Field>,
}

/// 金额 in fen with its 大写.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    pub fen: i64,
    /// 人民币大写.
    pub words: String,
}

impl From<domain::money::Fen> for Amount {
    fn from(fen: domain::money::Fen) -> Self {
        Self { fen: fen.0, words: domain::capital_amount::capital_amount(fen) }
    }
}

/// 计价行 one product of the price list and its yearly fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricedLine {
    pub sku: String,
    /// 服务与规格.
    pub name: String,
    pub quantity: u64,
    pub unit: String,
    pub unit_price_fen: i64,
    pub annual_fen: i64,
}

/// 意见栏 one box: blank text leaves room for a pen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpinionBox {
    /// 使用单位, 市信息中心 …
    pub office: String,
    pub conclusion: String,
    /// At most 500 characters.
    pub text: String,
    pub signed_by: String,
    pub on: Option<Date>,
}

impl OpinionBox {
    /// An empty box for `office` to fill in by hand.
    pub fn blank(office: impl Into<String>) -> Self {
        Self { office: office.into(), ..Self::default() }
    }
}
