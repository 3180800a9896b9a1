//! 权限表: ONE table. Each action with its code, its Chinese name, its clause, and who may do it over what.
//!
//! A room's commands are actions `room.command`, so that [`Action::of`] finds them by name and nobody can add
//! a command without a line here. An action with an empty list is the system's alone (timers).

use domain::clause::{self, Clause};
use domain::org::Role as R;

use super::Scope;
use super::Scope as S;

/// Part of a line: roles and how far each reaches.
pub(super) type Grants = &'static [(R, Scope)];

/// 使用单位内部: 本单位及下属.
const AGENCY_READ: Grants = &[
    (R::AgencyHandler, S::OrgTree),
    (R::AgencyLeader, S::OrgTree),
    (R::AgencySysadmin, S::OrgTree),
    (R::AgencySecurity, S::OrgTree),
    (R::AgencyAuditor, S::OrgTree),
    (R::Consolidator, S::OrgTree),
];
/// 县级: 本县.
const COUNTY_READ: Grants =
    &[(R::CountyGovernment, S::County), (R::CountyData, S::County), (R::CountyFinance, S::County)];
/// 市级业务部门与只读审计.
const CITY_READ: Grants = &[
    (R::AuthorityOfficer, S::All),
    (R::AuthorityLead, S::All),
    (R::CenterAcceptor, S::All),
    (R::CenterReviewer, S::All),
    (R::CenterResources, S::All),
    (R::CenterLead, S::All),
    (R::Government, S::All),
    (R::Finance, S::All),
    (R::Auditor, S::All),
];
/// 看得到资金的市级部门.
const CITY_MONEY: Grants = &[
    (R::AuthorityOfficer, S::All),
    (R::AuthorityLead, S::All),
    (R::CenterReviewer, S::All),
    (R::CenterResources, S::All),
    (R::CenterLead, S::All),
    (R::Government, S::All),
    (R::Finance, S::All),
    (R::Auditor, S::All),
];
/// 安全监管部门; 不看资金明细.
const SECURITY_READ: Grants = &[(R::CyberspaceOffice, S::All), (R::SecrecyOffice, S::All), (R::Police, S::All)];
/// 供应商: 所服务的办件.
const SUPPLIER_READ: Grants = &[
    (R::SupplierManager, S::Supplier),
    (R::SupplierEngineer, S::Supplier),
    (R::SupplierSecurity, S::Supplier),
    (R::SupplierFinance, S::Supplier),
];
/// 供应商技术岗.
const SUPPLIER_TECHNICAL: Grants =
    &[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier), (R::SupplierSecurity, S::Supplier)];
/// 系统三员.
const OFFICERS: Grants = &[(R::SystemAdmin, S::All), (R::SecurityAdmin, S::All), (R::AuditAdmin, S::All)];
/// 所有登录用户.
const EVERYONE: Grants = &everyone();

const fn everyone() -> [(R, Scope); R::ALL.len()] {
    let mut all = [(R::SystemAdmin, S::All); R::ALL.len()];
    let mut at = 0;
    while at < all.len() {
        all[at].0 = R::ALL[at];
        at += 1;
    }
    all
}

macro_rules! actions {
    ($($name:ident = $code:literal, $zh:literal, $clause:expr, [$($grants:expr),*];)*) => {
        /// 动作: one thing the system does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $(#[doc = $zh] $name,)* }

        impl Action {
            /// Every action, in the order of the table.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];
            /// Stable code `room.act`: in the audit entry and the proof file.
            pub const fn code(self) -> &'static str {
                match self { $(Action::$name => $code,)* }
            }
            /// 中文.
            pub const fn zh(self) -> &'static str {
                match self { $(Action::$name => $zh,)* }
            }
            /// 依据, where the regulation gives one.
            pub const fn clause(self) -> Option<Clause> {
                match self { $(Action::$name => $clause,)* }
            }
            /// Who may do it over what.
            pub(super) const fn grants(self) -> &'static [Grants] {
                match self { $(Action::$name => { const G: &[Grants] = &[$($grants),*]; G })* }
            }
        }
    };
}

actions! {
    ApplicationDraft = "application.draft", "新建申请", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own)]];
    ApplicationEdit = "application.edit", "填报申请", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own)]];
    ApplicationSubmit = "application.submit", "提交单位审核", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own)]];
    ApplicationUnitApprove = "application.unit_approve", "单位领导同意", Some(clause::A10_1), [&[(R::AgencyLeader, S::Own)]];
    ApplicationUnitReturn = "application.unit_return", "单位退回修改", Some(clause::A10_1), [&[(R::AgencyLeader, S::Own)]];
    ApplicationConsolidate = "application.consolidate", "汇总上报", Some(clause::A10_1_1), [&[(R::Consolidator, S::OrgTree), (R::CountyGovernment, S::County)]];
    ApplicationConsolidateReturn = "application.consolidate_return", "汇总退回修改", Some(clause::A10_1_1), [&[(R::Consolidator, S::OrgTree), (R::CountyGovernment, S::County)]];
    ApplicationAccept = "application.accept", "受理", Some(clause::A10_2), [&[(R::CenterAcceptor, S::All)]];
    ApplicationDecline = "application.decline", "不予受理", Some(clause::A10_2), [&[(R::CenterAcceptor, S::All)]];
    ApplicationRequestSupplement = "application.request_supplement", "通知补正", Some(clause::A10_2), [&[(R::CenterAcceptor, S::All)]];
    ApplicationSupplement = "application.supplement", "补正再报", Some(clause::A10_2), [&[(R::AgencyHandler, S::Own)]];
    ApplicationGiveOpinion = "application.give_opinion", "出具意见", Some(clause::A10_3), [&[(R::Police, S::All), (R::Finance, S::All), (R::SecrecyOffice, S::All), (R::Expert, S::Assigned)]];
    ApplicationConclude = "application.conclude", "拟定审核结论", Some(clause::A10_3), [&[(R::CenterReviewer, S::All)]];
    ApplicationSign = "application.sign", "签发审核意见书", Some(clause::A10_3), [&[(R::CenterLead, S::All)]];
    ApplicationSignReturn = "application.sign_return", "退回重议", Some(clause::A10_3), [&[(R::CenterLead, S::All)]];
    ApplicationList = "application.list", "列入使用计划", Some(clause::A10_3), [&[(R::CenterReviewer, S::All)]];
    ApplicationRatify = "application.ratify", "市政府审定", Some(clause::A10_3), [];
    ApplicationRecordFunding = "application.record_funding", "登记资金落实", Some(clause::A13_1), [&[(R::Finance, S::All), (R::CountyFinance, S::County)]];
    ApplicationRecordContract = "application.record_contract", "登记合同", Some(clause::A9_1), [&[(R::AuthorityOfficer, S::All)]];
    ApplicationWithdraw = "application.withdraw", "撤回", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own)]];
    ApplicationViewPrivate = "application.view_private", "查看申请中的个人号码", Some(clause::A29), [&[(R::AgencyHandler, S::Own), (R::AgencySecurity, S::Own), (R::CenterAcceptor, S::All)]];

    UsagePlanView = "usage_plan.view", "查看使用计划", Some(clause::A10_3), [CITY_READ, &[(R::Consolidator, S::OrgTree), (R::CountyGovernment, S::County), (R::CountyFinance, S::County)]];
    UsagePlanDraft = "usage_plan.draft", "编制使用计划", Some(clause::A10_3), [&[(R::CenterReviewer, S::All)]];
    UsagePlanAdd = "usage_plan.add", "列入申请", Some(clause::A10_3), [&[(R::CenterReviewer, S::All)]];
    UsagePlanReport = "usage_plan.report", "签发上报", Some(clause::A10_3), [&[(R::CenterLead, S::All)]];
    UsagePlanRecordRatification = "usage_plan.record_ratification", "录入市政府审定", Some(clause::A10_3), [&[(R::CenterReviewer, S::All)]];
    UsagePlanVerifyRatification = "usage_plan.verify_ratification", "复核市政府审定", Some(clause::A10_3), [&[(R::CenterLead, S::All), (R::Government, S::All)]];
    UsagePlanRejectEntry = "usage_plan.reject_entry", "复核不符退回", Some(clause::A10_3), [&[(R::CenterLead, S::All), (R::Government, S::All)]];

    TrialNotify = "trial.notify", "下达测试通知", Some(clause::A10_4), [&[(R::CenterResources, S::All)]];
    TrialAcknowledge = "trial.acknowledge", "签收测试通知", Some(clause::A10_4), [&[(R::SupplierManager, S::Supplier)]];
    TrialOpen = "trial.open", "开通测试资源", Some(clause::A10_4), [&[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    TrialDeliver = "trial.deliver", "交付测试资源", Some(clause::A10_4), [&[(R::SupplierManager, S::Supplier)]];
    TrialReport = "trial.report", "提交测试报告", Some(clause::A10_4), [&[(R::AgencyHandler, S::Own)]];
    TrialApproveReport = "trial.approve_report", "审核测试报告", Some(clause::A10_4), [&[(R::AgencyLeader, S::Own)]];
    TrialReturnReport = "trial.return_report", "退回重测", Some(clause::A10_4), [&[(R::AgencyLeader, S::Own)]];
    TrialRequestExtension = "trial.request_extension", "申请延长试用", Some(clause::A10_4), [&[(R::AgencyHandler, S::Own)]];
    TrialGrantExtension = "trial.grant_extension", "同意延长", Some(clause::A10_4), [&[(R::AuthorityLead, S::All)]];
    TrialRefuseExtension = "trial.refuse_extension", "不同意延长", Some(clause::A10_4), [&[(R::AuthorityLead, S::All)]];
    TrialExit = "trial.exit", "退出测试", Some(clause::A10_4), [&[(R::AgencyHandler, S::Own)]];
    TrialExpire = "trial.expire", "期满停机", Some(clause::A10_4), [];
    TrialActivate = "trial.activate", "自动转为正式环境", Some(clause::A10_5), [];

    SubscriptionConfirm = "subscription.confirm", "确认正式开通", Some(clause::A10_5), [&[(R::AgencyHandler, S::Own), (R::AgencyLeader, S::Own)]];
    SubscriptionDispute = "subscription.dispute", "提出开通异议", Some(clause::A10_5), [&[(R::AgencyHandler, S::Own)]];
    SubscriptionResolve = "subscription.resolve", "处理开通异议", Some(clause::A10_5), [&[(R::CenterResources, S::All)]];
    SubscriptionLapse = "subscription.lapse", "服务到期", Some(clause::A10_5), [];
    SubscriptionRemind = "subscription.remind", "续用提醒", Some(clause::A10_5), [];
    SubscriptionEnd = "subscription.end", "终止服务", Some(clause::A10_7), [];

    ChangeDraft = "change.draft", "新建变更", Some(clause::A10_6), [&[(R::AgencyHandler, S::Own), (R::CenterResources, S::All)]];
    ChangeEdit = "change.edit", "填报变更", Some(clause::A10_6), [&[(R::AgencyHandler, S::Own), (R::CenterResources, S::All)]];
    ChangeSubmit = "change.submit", "提交变更", Some(clause::A10_6), [&[(R::AgencyHandler, S::Own), (R::CenterResources, S::All)]];
    ChangeUnitApprove = "change.unit_approve", "单位领导同意变更", Some(clause::A10_6), [&[(R::AgencyLeader, S::Own)]];
    ChangeUnitReturn = "change.unit_return", "单位退回变更", Some(clause::A10_6), [&[(R::AgencyLeader, S::Own)]];
    ChangeApprove = "change.approve", "同意变更", Some(clause::A10_6), [&[(R::CenterReviewer, S::All)]];
    ChangeDecline = "change.decline", "不同意变更", Some(clause::A10_6), [&[(R::CenterReviewer, S::All)]];
    ChangeImplement = "change.implement", "实施变更", Some(clause::A10_6), [&[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    ChangeImplemented = "change.implemented", "变更完成", Some(clause::A10_6), [&[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    ChangeWithdraw = "change.withdraw", "撤回变更", Some(clause::A10_6), [&[(R::AgencyHandler, S::Own), (R::CenterResources, S::All)]];

    TerminationDraft = "termination.draft", "新建终止", Some(clause::A10_7), [&[(R::AgencyHandler, S::Own)]];
    TerminationEdit = "termination.edit", "填报终止", Some(clause::A10_7), [&[(R::AgencyHandler, S::Own)]];
    TerminationSubmit = "termination.submit", "提交终止", Some(clause::A10_7), [&[(R::AgencyHandler, S::Own)]];
    TerminationUnitApprove = "termination.unit_approve", "单位领导确认终止", Some(clause::A10_7), [&[(R::AgencyLeader, S::Own)]];
    TerminationUnitReturn = "termination.unit_return", "单位退回终止", Some(clause::A10_7), [&[(R::AgencyLeader, S::Own)]];
    TerminationApprove = "termination.approve", "同意终止", Some(clause::A10_7), [&[(R::CenterReviewer, S::All)]];
    TerminationDecline = "termination.decline", "不同意终止", Some(clause::A10_7), [&[(R::CenterReviewer, S::All)]];
    TerminationReclaim = "termination.reclaim", "回收资源", Some(clause::A10_7), [&[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    TerminationReclaimed = "termination.reclaimed", "回收完成", Some(clause::A10_7), [&[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    TerminationCertify = "termination.certify", "出具清除证明", Some(clause::A28), [&[(R::SupplierManager, S::Supplier)]];
    TerminationWithdraw = "termination.withdraw", "撤回终止", Some(clause::A10_7), [&[(R::AgencyHandler, S::Own)]];

    ServiceInstanceOrder = "service_instance.order", "下达服务开通", Some(clause::A10_4), [];
    ServiceInstanceOpen = "service_instance.open", "登记服务开通", Some(clause::A10_4), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    ServiceInstancePromote = "service_instance.promote", "服务转为正式", Some(clause::A10_5), [];
    ServiceInstanceOrderChange = "service_instance.order_change", "下达服务变更", Some(clause::A10_6), [];
    ServiceInstanceChange = "service_instance.change", "登记服务变更", Some(clause::A10_6), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    ServiceInstanceOrderEnd = "service_instance.order_end", "下达服务回收", Some(clause::A10_7), [];
    ServiceInstanceReclaim = "service_instance.reclaim", "登记服务回收", Some(clause::A28), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    ServiceInstanceFollowServers = "service_instance.follow_servers", "服务随云主机办理", Some(clause::A10_4), [];

    BastionView = "bastion.view", "查看堡垒机", Some(clause::A28), [&[(R::AgencyHandler, S::Own), (R::AgencyLeader, S::Own), (R::AgencySysadmin, S::OrgTree), (R::AgencySecurity, S::OrgTree), (R::AgencyAuditor, S::OrgTree), (R::CenterResources, S::All), (R::CenterLead, S::All), (R::AuthorityOfficer, S::All), (R::AuthorityLead, S::All), (R::Auditor, S::All), (R::SecurityAdmin, S::All), (R::AuditAdmin, S::All)], SECURITY_READ, SUPPLIER_TECHNICAL];
    BastionReadRecord = "bastion.read_record", "查看会话记录内容", Some(clause::A19), [&[(R::AgencySysadmin, S::Own), (R::AgencySecurity, S::Own), (R::AgencyAuditor, S::Own)]];
    BastionReport = "bastion.report", "跳板机上报", Some(clause::A19), [];
    BastionRotateKey = "bastion.rotate_key", "更换签发密钥", Some(clause::A28), [&[(R::SecurityAdmin, S::All)]];
    BastionAccountOpen = "bastion_account.open", "开通堡垒机账号", Some(clause::A10_4), [];
    BastionAccountIssue = "bastion_account.issue", "签发堡垒机证书", Some(clause::ANNEX_2_2), [&[(R::AgencySysadmin, S::Own)]];
    BastionAccountLock = "bastion_account.lock", "锁定堡垒机账号", Some(clause::A29), [&[(R::AgencySysadmin, S::Own), (R::AgencySecurity, S::Own), (R::SecurityAdmin, S::All)]];
    BastionAccountUnlock = "bastion_account.unlock", "解锁堡垒机账号", Some(clause::A29), [&[(R::AgencySecurity, S::Own)]];
    BastionAccountRevoke = "bastion_account.revoke", "注销堡垒机账号", Some(clause::A29), [&[(R::AgencySysadmin, S::Own), (R::AgencySecurity, S::Own), (R::SecurityAdmin, S::All)]];
    BastionAccountAmend = "bastion_account.amend", "堡垒机账号随变更调整", Some(clause::A10_6), [];
    BastionAccountExpire = "bastion_account.expire", "堡垒机账号到期注销", Some(clause::ANNEX_2_2), [];
    BastionAccountEnd = "bastion_account.end", "堡垒机账号随办件注销", Some(clause::A28), [];
    AccessGrantRequest = "access_grant.request", "申请访问授权", Some(clause::A28), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierSecurity, S::Supplier)]];
    AccessGrantIssue = "access_grant.issue", "签发运维证书", Some(clause::A28), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierSecurity, S::Supplier)]];
    AccessGrantGrant = "access_grant.grant", "同意访问授权", Some(clause::A28), [&[(R::AgencySecurity, S::Own)]];
    AccessGrantRefuse = "access_grant.refuse", "不同意访问授权", Some(clause::A28), [&[(R::AgencySecurity, S::Own)]];
    AccessGrantWithdraw = "access_grant.withdraw", "撤回访问授权申请", Some(clause::A28), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierSecurity, S::Supplier)]];
    AccessGrantRevoke = "access_grant.revoke", "收回访问授权", Some(clause::A28), [&[(R::AgencySecurity, S::Own)]];
    AccessGrantExpire = "access_grant.expire", "访问授权期满", Some(clause::A28), [];
    AccessGrantEnd = "access_grant.end", "访问授权随办件结束", Some(clause::A28), [];
    AccessAlarmRaise = "access_alarm.raise", "发出访问告警", Some(clause::A28), [];
    AccessAlarmHandle = "access_alarm.handle", "处置访问告警", Some(clause::A28), [&[(R::AgencySecurity, S::Own), (R::SecurityAdmin, S::All)]];
    JumpHostView = "jump_host.view", "查看跳板机", Some(clause::A28), [&[(R::SystemAdmin, S::All), (R::SecurityAdmin, S::All), (R::AuditAdmin, S::All), (R::SupplierEngineer, S::All), (R::SupplierSecurity, S::All)]];
    JumpHostEdit = "jump_host.edit", "登记跳板机", Some(clause::A28), [&[(R::SystemAdmin, S::All)]];

    CaseView = "case.view", "查看办件", Some(clause::A10), [AGENCY_READ, COUNTY_READ, CITY_READ, SECURITY_READ, SUPPLIER_READ, &[(R::Expert, S::Assigned), (R::ThirdParty, S::Assigned)]];
    CaseViewOpinions = "case.view_opinions", "查看会审意见", Some(clause::A10_3), [&[(R::CenterReviewer, S::All), (R::CenterLead, S::All), (R::AuthorityOfficer, S::All), (R::AuthorityLead, S::All), (R::Finance, S::All), (R::Police, S::All), (R::SecrecyOffice, S::All), (R::Government, S::All), (R::Auditor, S::All)]];
    CaseViewTimeline = "case.view_timeline", "查看流转记录", Some(clause::A10), [AGENCY_READ, COUNTY_READ, CITY_READ, SECURITY_READ, SUPPLIER_READ];
    TaskView = "task.view", "查看待办", Some(clause::A10), [EVERYONE];
    CopyRead = "copy.read", "签收抄送", Some(clause::A10_6), [&[(R::AuthorityOfficer, S::All), (R::Finance, S::All), (R::CountyData, S::County), (R::CountyFinance, S::County), (R::AgencyHandler, S::Own)]];

    ChargeView = "charge.view", "查看费用", Some(clause::A11), [AGENCY_READ, CITY_MONEY, &[(R::CountyGovernment, S::County), (R::CountyFinance, S::County), (R::CountyData, S::County), (R::SupplierFinance, S::Supplier), (R::SupplierManager, S::Supplier)]];
    ChargeExplain = "charge.explain", "查看费用算式", Some(clause::A11), [AGENCY_READ, CITY_MONEY, &[(R::CountyFinance, S::County), (R::SupplierFinance, S::Supplier)]];
    PoolView = "pool.view", "查看调配池", Some(clause::A10_7), [AGENCY_READ, CITY_READ];
    PoolAllocate = "pool.allocate", "分配调配池", Some(clause::A10_7), [&[(R::CenterResources, S::All)]];
    AllocationRelease = "allocation.release", "撤销调配预留", Some(clause::A10_7), [&[(R::CenterResources, S::All)]];
    AllocationTakeEffect = "allocation.take_effect", "调配生效", Some(clause::A10_7), [];
    AllocationShrink = "allocation.shrink", "调配减少", Some(clause::A10_7), [];
    AllocationEnd = "allocation.end", "调配结束", Some(clause::A10_7), [];
    AllocationLetGo = "allocation.let_go", "调配预留失效", Some(clause::A10_7), [];
    PriceView = "price.view", "查看价格", Some(clause::A11), [EVERYONE];
    PriceImport = "price.import", "导入价格版本", Some(clause::A12), [&[(R::AuthorityOfficer, S::All), (R::CenterReviewer, S::All)]];
    PriceApprove = "price.approve", "批准价格版本", Some(clause::A12), [&[(R::AuthorityLead, S::All)]];
    CalendarView = "calendar.view", "查看工作日历", Some(clause::A10_2), [EVERYONE];
    CalendarImport = "calendar.import", "导入工作日历", Some(clause::A10_2), [&[(R::SystemAdmin, S::All)]];
    CalendarApprove = "calendar.approve", "批准工作日历", Some(clause::A10_2), [&[(R::SecurityAdmin, S::All)]];
    RegulationView = "regulation.view", "查看办法与时限", Some(clause::A10), [EVERYONE];

    ResourceView = "resource.view", "查看云资源", Some(clause::A9_1), [AGENCY_READ, CITY_READ, SECURITY_READ, SUPPLIER_TECHNICAL, &[(R::CountyGovernment, S::County), (R::CountyData, S::County)]];
    ResourceSuspend = "resource.suspend", "挂起云主机", Some(clause::A9_4), [&[(R::AgencySysadmin, S::Own), (R::CenterResources, S::All)]];
    ResourceResume = "resource.resume", "恢复云主机", Some(clause::A9_4), [&[(R::AgencySysadmin, S::Own), (R::CenterResources, S::All)]];
    ResourceScaleIn = "resource.scale_in", "弹性停用云主机", Some(clause::A10_6), [];
    ResourceScaleOut = "resource.scale_out", "弹性启用云主机", Some(clause::A10_6), [];
    ScalingView = "scaling.view", "查看伸缩策略", Some(clause::A4), [AGENCY_READ, CITY_READ, SUPPLIER_TECHNICAL, &[(R::CountyGovernment, S::County), (R::CountyData, S::County)]];
    ScalingDraft = "scaling.draft", "新建伸缩策略", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    ScalingAmend = "scaling.amend", "修改伸缩策略", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    ScalingActivate = "scaling.activate", "启用伸缩策略", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    ScalingPause = "scaling.pause", "暂停伸缩策略", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    ScalingEnd = "scaling.end", "结束伸缩策略", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    ScalingClose = "scaling.close", "伸缩策略随服务结束", Some(clause::A10_7), [];
    ResourceConsoleLog = "resource.console_log", "查看控制台日志", Some(clause::A28), [&[(R::AgencyHandler, S::Own), (R::AgencySysadmin, S::Own), (R::CenterResources, S::All), (R::SupplierEngineer, S::Supplier)]];
    DiskCopyOrder = "disk_copy.order", "制作快照、备份", Some(clause::A4), [&[(R::AgencySysadmin, S::Own)]];
    DiskCopyRestore = "disk_copy.restore", "恢复云盘", Some(clause::A28), [&[(R::AgencySysadmin, S::Own)]];
    DiskCopyProve = "disk_copy.prove", "备份恢复演练", Some(clause::A31), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    DiskCopyDrop = "disk_copy.drop", "删除快照、备份", Some(clause::A28), [&[(R::AgencySysadmin, S::Own)]];
    DiskCopyGiveUp = "disk_copy.give_up", "放弃恢复或演练", Some(clause::A31), [&[(R::AgencySysadmin, S::Own), (R::SupplierEngineer, S::Supplier)]];
    DiskCopyWriteOff = "disk_copy.write_off", "登记副本丢失", Some(clause::A31), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    BackupScheduleSet = "backup_schedule.set", "设置备份计划", Some(clause::A31), [&[(R::AgencySysadmin, S::Own)]];
    DiskCopyTaken = "disk_copy.taken", "副本制作完成", Some(clause::A31), [];
    DiskCopyRestored = "disk_copy.restored", "云盘恢复完成", Some(clause::A31), [];
    DiskCopyProven = "disk_copy.proven", "恢复演练完成", Some(clause::A31), [];
    DiskCopyDropped = "disk_copy.dropped", "副本删除完成", Some(clause::A28), [];
    DriftView = "drift.view", "查看偏差核对", Some(clause::A9_1), [&[(R::CenterResources, S::All), (R::CenterLead, S::All), (R::AuthorityOfficer, S::All), (R::AuthorityLead, S::All), (R::Auditor, S::All)]];
    DriftObserve = "drift.observe", "重新核对差异", Some(clause::A9_1), [&[(R::CenterResources, S::All)]];
    DriftRestore = "drift.restore", "恢复到核定", Some(clause::A10_3), [&[(R::CenterResources, S::All)]];
    DriftAdopt = "drift.adopt", "纳管云主机", Some(clause::A10_1), [&[(R::CenterResources, S::All)]];
    DriftNote = "drift.note", "登记差异处理", Some(clause::A9_1), [&[(R::CenterResources, S::All), (R::CenterLead, S::All)]];
    DriftReconcile = "drift.reconcile", "核对云上实况", Some(clause::A9_1), [];
    OperationView = "operation.view", "查看开通作业", Some(clause::A10_4), [&[(R::CenterResources, S::All), (R::CenterLead, S::All), (R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier), (R::AuthorityOfficer, S::All), (R::Auditor, S::All)]];
    OperationRetry = "operation.retry", "重试开通作业", Some(clause::A10_4), [&[(R::CenterResources, S::All), (R::SupplierEngineer, S::Supplier)]];
    OperationFulfil = "operation.fulfil", "完成工单", Some(clause::A10_4), [&[(R::SupplierEngineer, S::Supplier), (R::SupplierManager, S::Supplier)]];
    OperationFinish = "operation.finish", "开通作业完成", Some(clause::A10_4), [];
    OperationFail = "operation.fail", "开通作业失败", Some(clause::A10_4), [];
    EngineView = "engine.view", "查看云引擎", Some(clause::A9_7), [&[(R::SystemAdmin, S::All), (R::CenterResources, S::All), (R::CenterLead, S::All), (R::AuthorityOfficer, S::All), (R::AuthorityLead, S::All), (R::SupplierManager, S::All), (R::SupplierEngineer, S::All), (R::Auditor, S::All)]];
    EngineEdit = "engine.edit", "配置云引擎", Some(clause::A9_7), [&[(R::SystemAdmin, S::All)]];
    EngineProbe = "engine.probe", "检测云引擎", Some(clause::A9_7), [&[(R::SystemAdmin, S::All), (R::CenterResources, S::All), (R::SupplierEngineer, S::All)]];

    DocumentView = "document.view", "查看文书", Some(clause::A10), [AGENCY_READ, COUNTY_READ, CITY_READ, SECURITY_READ, &[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier)]];
    DocumentIssue = "document.issue", "生成文书", Some(clause::A10), [&[(R::AgencyHandler, S::Own), (R::CenterAcceptor, S::All), (R::CenterReviewer, S::All), (R::CenterResources, S::All), (R::CenterLead, S::All)]];
    AttachmentView = "attachment.view", "查看材料", Some(clause::A10_1), [AGENCY_READ, COUNTY_READ, CITY_READ, SECURITY_READ, &[(R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier), (R::Expert, S::Assigned)]];
    AttachmentAdd = "attachment.add", "上传材料", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own), (R::SupplierManager, S::Supplier), (R::SupplierEngineer, S::Supplier), (R::CenterReviewer, S::All), (R::AuthorityOfficer, S::All), (R::Finance, S::All), (R::ThirdParty, S::Assigned)]];
    AttachmentRemove = "attachment.remove", "删除材料", Some(clause::A10_1), [&[(R::AgencyHandler, S::Own)]];
    ExportList = "export.list", "导出列表", Some(clause::A34), [AGENCY_READ, COUNTY_READ, CITY_READ, SECURITY_READ, SUPPLIER_READ, OFFICERS];

    OrgView = "org.view", "查看机构", Some(clause::A2), [EVERYONE];
    OrgCreate = "org.create", "机构建档", Some(clause::A2), [&[(R::SystemAdmin, S::All)]];
    OrgEdit = "org.edit", "修改机构", Some(clause::A2), [&[(R::SystemAdmin, S::All)]];
    PersonView = "person.view", "查看人员", Some(clause::A29), [&[(R::SystemAdmin, S::All), (R::SecurityAdmin, S::All), (R::AuditAdmin, S::All), (R::AgencyLeader, S::Own), (R::AgencySysadmin, S::Own), (R::AgencySecurity, S::Own), (R::AgencyHandler, S::Own), (R::AgencyAuditor, S::Own)]];
    PersonViewPrivate = "person.view_private", "查看人员的证件号码", Some(clause::A29), [&[(R::SystemAdmin, S::All)]];
    PersonCreate = "person.create", "人员建档", Some(clause::A29), [&[(R::SystemAdmin, S::All)]];
    PersonEdit = "person.edit", "修改人员", Some(clause::A29), [&[(R::SystemAdmin, S::All)]];
    PersonDisable = "person.disable", "停用账号", Some(clause::A29), [&[(R::SystemAdmin, S::All), (R::SecurityAdmin, S::All)]];
    PersonResetPassword = "person.reset_password", "重置口令", Some(clause::A29), [&[(R::SystemAdmin, S::All)]];
    PersonActivate = "person.activate", "激活账号", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    PersonUnlock = "person.unlock", "解锁账号", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    PersonResetSecondFactor = "person.reset_second_factor", "重置动态令牌", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    PersonEndSessions = "person.end_sessions", "强制下线", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    RoleView = "role.view", "查看角色与权限表", Some(clause::A29), [EVERYONE];
    RoleGrant = "role.grant", "授予角色", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    RoleRevoke = "role.revoke", "收回角色", Some(clause::A29), [&[(R::SecurityAdmin, S::All)]];
    AuditView = "audit.view", "查看操作日志", Some(clause::A19), [&[(R::AuditAdmin, S::All), (R::SecurityAdmin, S::All), (R::AgencyAuditor, S::Own)]];
    AuditVerify = "audit.verify", "校验日志链", Some(clause::A19), [&[(R::AuditAdmin, S::All), (R::SecurityAdmin, S::All)]];

    DashboardView = "dashboard.view", "查看驾驶舱", Some(clause::A9_1), [CITY_READ, SECURITY_READ];
    DemoMoveClock = "demo.move_clock", "推进演示日期", None, [EVERYONE];
    SessionOwn = "session.own", "使用本人会话", None, [EVERYONE];
}

impl Action {
    /// The action of a room's command; `None` where the table has no such line.
    pub fn of(room: &str, command: &str) -> Option<Self> {
        let is = |action: &&Self| action.code().split_once('.') == Some((room, command));
        Self::ALL.iter().find(is).copied()
    }
}
