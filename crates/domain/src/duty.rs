//! 待办 as the domain sees it: what a state waits for, whose it is, by when and under which timer.

use crate::calendar::Date;
use crate::org::Role;

crate::terms! {
    /// 计时器 by its number in `limits.toml`. T1–T7 stand in the regulation, T8–T17 are the city's own.
    pub enum Timer {
        T1 = "T1", "受理", "acceptance";
        T2 = "T2", "测试资源交付", "trial delivery";
        T3 = "T3", "测试期", "trial period";
        T4 = "T4", "变更审核", "change review";
        T5 = "T5", "变更实施", "change implementation";
        T6 = "T6", "终止审核", "termination review";
        T7 = "T7", "资源回收", "reclaim";
        T8 = "T8", "审核", "review";
        T9 = "T9", "部门意见", "department opinion";
        T10 = "T10", "开通确认", "activation confirmation";
        T14 = "T14", "续用提醒", "renewal reminder";
        T15 = "T15", "汇总", "consolidation";
        T16 = "T16", "访问授权", "access decision";
        T17 = "T17", "告警处置", "alarm handling";
    }
}

impl Timer {
    /// 法定时限 as against 内部时限.
    pub fn statutory(self) -> bool {
        self <= Self::T7
    }
}

/// Whose people may take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Holders of the role at the case's agency.
    Agency(Role),
    /// Holders of the role anywhere: a city office or the supplier.
    Office(Role),
    /// The treasury that bears the cost: the county's for a county's agency, else the city's (A13).
    Treasury,
    /// The superior office, or the county government for a county's agency (A10_1_1).
    Superior,
}

/// 一项待办.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Stable code; the work list's words for it are in [`kind_zh`].
    pub kind: &'static str,
    pub holder: Holder,
    pub due: Option<(Date, Timer)>,
}

impl Duty {
    /// A duty without a limit.
    pub fn new(kind: &'static str, holder: Holder) -> Self {
        Self { kind, holder, due: None }
    }

    /// The same, due at the end of `day`.
    pub fn due(mut self, day: Date, timer: Timer) -> Self {
        self.due = Some((day, timer));
        self
    }
}

/// 中文 of a duty's kind, as the work list shows it.
pub fn kind_zh(kind: &str) -> &'static str {
    match kind {
        "finish_draft" => "填报申请",
        "unit_review" => "单位审核",
        "consolidate" => "汇总上报",
        "accept" => "受理",
        "supplement" => "补正材料",
        "give_opinion" => "出具意见",
        "conclude" => "拟定审核结论",
        "sign" => "签发审核意见书",
        "list" => "列入使用计划",
        "verify_ratification" => "复核市政府审定",
        "record_ratification" => "登记市政府审定",
        "sign_plan" => "签发使用计划",
        "record_funding" => "登记资金落实",
        "record_contract" => "登记合同",
        "notify_trial" => "下达测试通知",
        "acknowledge" => "签收测试通知",
        "open_trial" => "开通测试资源",
        "open_service" => "登记服务开通",
        "deliver" => "交付测试资源",
        "report" => "提交测试报告",
        "approve_report" => "审核测试报告",
        "extend_or_exit" => "申请延长或退出测试",
        "decide_extension" => "审批试用延长",
        "confirm" => "确认正式开通",
        "resolve" => "处理开通异议",
        "renew" => "申请续用或终止",
        "urge_renewal" => "督促到期服务续用或终止",
        "draft_change" => "填报变更申请",
        "review_change" => "变更审核",
        "implement_change" => "实施变更",
        "change_service" => "登记服务变更",
        "draft_termination" => "填报终止申请",
        "review_termination" => "终止审核",
        "reclaim" => "回收资源",
        "reclaim_service" => "登记服务回收",
        "decide_access" => "审批供应商访问授权",
        "handle_alarm" => "处置访问告警",
        "certify" => "出具清除证明",
        _ => "办理",
    }
}
