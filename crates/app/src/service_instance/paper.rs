//! 服务实例 on paper: what 开通确认单, 移交清单 and 清除证明 say of them.

use domain::fulfilment::Act;
use domain::service_instance::State;
use store::service_instance::InstanceRow;
use uuid::Uuid;

use super::view::{EvidenceView, evidence_view};
use crate::AppError;
use crate::mechanism::Unit;

/// An instance as a document names it.
pub(crate) struct OnPaper {
    /// The product's name.
    pub name: String,
    pub number: String,
    /// `500 元/GB·年`: how much was approved last, in the product's unit.
    pub amount: String,
    /// Every report, in order of time.
    pub evidence: Vec<EvidenceView>,
    /// True while it runs, or is still to be taken back.
    pub standing: bool,
}

impl OnPaper {
    /// The last report of an act.
    pub fn last(&self, act: Act) -> Option<&EvidenceView> {
        self.evidence.iter().rev().find(|view| view.act.code == act.code())
    }

    /// The report that says how data were erased, and how; `None` where none were held.
    pub fn erasure(&self) -> Option<(&EvidenceView, &str)> {
        let report = self.last(Act::Reclaim)?;
        let method = report.items.iter().find(|item| item.erases)?;
        Some((report, &method.text))
    }

    /// `线路编号 GX-1;带宽测试记录 …`; where the engine did it, that it came with the servers.
    pub fn shown(&self, act: Act) -> String {
        let Some(view) = self.last(act) else { return String::new() };
        if view.operation_id.is_some() {
            return "随云主机办理".to_owned();
        }
        view.items.iter().map(|item| format!("{} {}", item.zh, item.text)).collect::<Vec<_>>().join("；")
    }
}

/// Instances of a case as they stand inside this change, in the order of the form.
pub(crate) async fn on_paper(unit: &mut Unit<'_>, case_id: Uuid) -> Result<Vec<OnPaper>, AppError> {
    let rows = store::service_instance::lock_of_case(&mut unit.tx, case_id).await?;
    let evidence = store::service_instance::evidence_of_case(&mut *unit.tx, case_id).await?;
    let app = unit.app();
    let paper = |row: &InstanceRow| {
        let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
        let own = evidence.iter().filter(|one| one.instance_id == row.id);
        let unit_zh = app.regulation.product(&row.sku).map(|line| line.product.unit_zh.clone());
        Ok(OnPaper {
            name: app.regulation.product_zh(&row.sku),
            number: row.number.clone(),
            amount: format!("{}（{}）", row.approved_quantity, unit_zh.unwrap_or_default()),
            evidence: own.map(|one| evidence_view(app, &row.sku, one)).collect::<Result<_, AppError>>()?,
            standing: !matches!(state, State::Ended { .. }),
        })
    };
    rows.iter().map(paper).collect()
}
