//! 材料: which attachments an application owes, by 建设性质 (A10_1).

use super::State;
use super::form::{Construction, Form};

crate::terms! {
    /// 材料种类.
    pub enum MaterialKind {
        ProjectPlan = "project_plan", "经批复的实施方案、可研报告或初步设计方案", "approved project plan";
        ProjectApproval = "project_approval", "批复文件", "approval document";
        MigrationPlan = "migration_plan", "迁移上云方案", "migration plan";
        PerformanceReport = "performance_report", "性能检测报告", "performance test report";
        SecurityReport = "security_report", "安全检测报告", "security test report";
        Topology = "topology", "部署架构图", "deployment diagram";
        SpecialBasis = "special_basis", "专项申请依据文件", "basis of the special request";
        CostShare = "cost_share", "费用分担方案", "cost-share plan";
        FundingProof = "funding_proof", "资金来源证明", "proof of funds";
        BackupProof = "backup_proof", "数据备份证明", "proof of backup";
        TestReport = "test_report", "测试报告附件", "test report";
        DeliveryRecord = "delivery_record", "交付材料", "delivery record";
        Other = "other", "其他材料", "other";
    }
}

/// 必备材料 of this form, in the order of the list in the form.
pub fn required(form: &Form) -> Vec<MaterialKind> {
    use MaterialKind as M;
    let mut kinds = match form.request.construction {
        Some(Construction::New | Construction::Expansion) => vec![M::ProjectPlan, M::ProjectApproval],
        Some(Construction::Migration) => vec![M::MigrationPlan, M::PerformanceReport, M::SecurityReport],
        // What runs already has its plan and tests behind it; what is owed is how it is deployed.
        Some(Construction::Renewal | Construction::Adoption) | None => vec![],
    };
    kinds.push(M::Topology);
    if form.request.mode == Some(super::form::Mode::Special) {
        kinds.push(M::SpecialBasis);
    }
    if form.funding.source == Some(super::form::FundSource::Shared) {
        kinds.push(M::CostShare);
    }
    kinds
}

/// True for what is handed in with the form; the others belong to later steps (资金、测试、交付、终止).
pub fn belongs_to_form(kind: MaterialKind) -> bool {
    use MaterialKind as M;
    match kind {
        M::ProjectPlan
        | M::ProjectApproval
        | M::MigrationPlan
        | M::PerformanceReport
        | M::SecurityReport
        | M::Topology
        | M::SpecialBasis
        | M::CostShare => true,
        M::FundingProof | M::BackupProof | M::TestReport | M::DeliveryRecord | M::Other => false,
    }
}

/// May a file of this kind be added while the application stands so? What was reviewed is not exchanged
/// afterwards; proofs of later steps come when those are due.
pub fn may_add(kind: MaterialKind, state: &State) -> bool {
    if belongs_to_form(kind) {
        return state.editable();
    }
    !matches!(state, State::Declined { .. } | State::Rejected { .. } | State::Withdrawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opinion::Opinion;

    #[test]
    fn a10_1_materials_of_the_form_come_only_while_it_is_open() {
        let missing = Opinion::new("缺批复").expect("a sentence");
        let open = [State::Draft, State::Supplementing { missing }];
        assert!(open.iter().all(|state| may_add(MaterialKind::ProjectPlan, state)));
        assert!(!may_add(MaterialKind::ProjectPlan, &State::Ratified));
        assert!(may_add(MaterialKind::TestReport, &State::Ratified), "proofs of later steps still come");
        assert!(!may_add(MaterialKind::TestReport, &State::Withdrawn));
    }
}
