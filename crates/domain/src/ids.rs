//! One id type per kind of thing, so that a case cannot be passed where a server is meant.

/// Declares an id newtype: UUID v7, made in `app`, shown and sent as its hyphenated text.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
        impl From<uuid::Uuid> for $name { fn from(raw: uuid::Uuid) -> Self { Self(raw) } }
        impl From<$name> for uuid::Uuid { fn from(id: $name) -> Self { id.0 } }
    )*};
}

ids! {
    /// 机构 organisation: agency, authority, supplier, county government …
    OrgId;
    /// 人员 a natural person with a log-in.
    PersonId;
    /// 会话 a log-in session.
    SessionId;
    /// 申请 application; also the id of the case that grows from it.
    ApplicationId;
    /// 使用计划 usage plan of one year.
    UsagePlanId;
    /// 测试(试用) trial.
    TrialId;
    /// 服务(开通后的一年) subscription.
    SubscriptionId;
    /// 变更 change.
    ChangeId;
    /// 终止 termination.
    TerminationId;
    /// 云资源 one server, volume … opened for an approved line.
    ResourceId;
    /// 开通作业 one plan of provisioning steps and its execution.
    OperationId;
    /// 服务实例 one approved line of other services.
    ServiceInstanceId;
    /// 伸缩策略 how many servers of one line of 附件2-1 run.
    ScalingPolicyId;
    /// 堡垒机账号 one line of 附件2-2 that is open.
    BastionAccountId;
    /// 供应商运维访问授权.
    AccessGrantId;
    /// 访问告警.
    AccessAlarmId;
    /// 跳板机 a host through which the servers are reached.
    JumpHostId;
    /// 云盘副本 one snapshot or backup of a disk.
    DiskCopyId;
    /// 恢复 one restoring of a copy: into the disk, or into a scratch disk as a restore test.
    RestoreId;
    /// 差异 one row of the reconciliation.
    DriftId;
    /// 调配余量 one line that an unfinished year left.
    PoolItemId;
    /// 调配 so much of it given to a case.
    AllocationId;
    /// 云引擎 one cloud the drivers speak to.
    EngineId;
    /// 文书 an issued document.
    DocumentId;
    /// 附件 an uploaded file.
    AttachmentId;
    /// 待办 a task that waits for a role.
    TaskId;
    /// 费用明细 one charge entry.
    ChargeId;
    /// 审计条目 audit entry.
    AuditId;
    /// 后台作业 a queued job.
    JobId;
}
