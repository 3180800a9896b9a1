//! 资金账: which accounts each movement of money debits and credits. One ledger, every report a query.

use super::account::Kind;

crate::terms! {
    /// 资金流水的种类: the stages of the money, from the budget to the payment.
    pub enum Movement {
        Budgeted = "budgeted", "预算安排", "budgeted";
        Transferred = "transferred", "指标调剂", "transferred";
        Contracted = "contracted", "合同", "contracted";
        Charged = "charged", "应计费用", "charged";
        Saved = "saved", "节余", "saved";
        Settled = "settled", "结算支付", "settled";
        Advanced = "advanced", "垫付", "advanced";
        Benefited = "benefited", "调配受益", "benefit of a reallocation";
        BenefitReturned = "benefit_returned", "调配受益冲回", "benefit returned";
    }
}

crate::terms! {
    /// 账户.
    pub enum LedgerAccount {
        FundSource = "fund_source", "资金来源", "fund source";
        AgencyBudget = "agency_budget", "单位预算指标", "agency budget";
        AuthorityBudget = "authority_budget", "市工信局指标", "authority budget";
        Commitment = "commitment", "合同承诺", "commitment";
        ServiceCost = "service_cost", "云服务费用", "service cost";
        SupplierPayable = "supplier_payable", "应付供应商", "payable to supplier";
        Savings = "savings", "财政统筹节余", "savings kept by the treasury";
        Reallocation = "reallocation", "调配受益", "reallocated, paid for by the first payer";
        Intergovernmental = "intergovernmental", "财政往来", "inter-fiscal account";
    }
}

impl Movement {
    /// Debited and credited account. A decrease lowers what the supplier is owed and raises what the
    /// treasury keeps; the cost itself is not rewritten (D8).
    pub const fn accounts(self) -> (LedgerAccount, LedgerAccount) {
        use LedgerAccount as A;
        match self {
            Self::Budgeted => (A::AgencyBudget, A::FundSource),
            Self::Transferred => (A::AuthorityBudget, A::AgencyBudget),
            Self::Contracted => (A::Commitment, A::AuthorityBudget),
            Self::Charged => (A::ServiceCost, A::SupplierPayable),
            Self::Saved => (A::SupplierPayable, A::Savings),
            Self::Settled => (A::SupplierPayable, A::Commitment),
            Self::Advanced => (A::Intergovernmental, A::FundSource),
            // The supplier has been paid for it once, by the first payer (D10).
            Self::Benefited => (A::SupplierPayable, A::Reallocation),
            Self::BenefitReturned => (A::Reallocation, A::SupplierPayable),
        }
    }
}

impl Kind {
    /// The movement an entry of this kind makes.
    pub const fn movement(self) -> Movement {
        match self {
            Self::Annual | Self::Increase | Self::OneOff => Movement::Charged,
            Self::Decrease | Self::Refund => Movement::Saved,
            Self::Benefit => Movement::Benefited,
            Self::BenefitEnd => Movement::BenefitReturned,
        }
    }
}
