//! 演示办件的其他服务: what a case orders besides its servers, and the reports of the supplier's engineer.

use domain::application::form::{Audience, ServiceLine, SystemCategory};
use domain::fulfilment::{Act, EvidenceKind};
use domain::ids::ServiceInstanceId;
use domain::org::Role;
use domain::service_instance::{Command, State};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use store::service_instance::InstanceRow;

use super::play::Play;
use super::tables::{Ask, CaseLine};
use crate::{AppError, service_instance};

/// Backup and a network for most, snapshots for what is changed often; what faces the public is watched and certified; a
/// large system has a firewall, a log audit and, where it serves many offices, a line of its own. Where three servers do
/// the same, a group may be scaled.
pub(super) fn ordered(case: &CaseLine, luck: &mut ChaCha8Rng) -> Vec<ServiceLine> {
    let scaled = case.servers.iter().any(|ask| matches!(ask, Ask::Servers { count: 3.., .. }));
    let group = ("AS-GROUP", 1, "业务有明显高峰,按使用率启停应用服务器", scaled);
    if luck.random_bool(0.35) {
        return lines([group]);
    }
    let online = case.servers.iter().any(|ask| matches!(ask, Ask::Bandwidth(_)));
    let public = case.audience == Audience::Public;
    let shares = case.category == SystemCategory::DataSharing || case.audience == Audience::CrossDepartment;
    let large = case.has("large");
    let backup = luck.random_range(1..=3) * 100;
    let objects = luck.random_range(1..=5) * 200;
    lines([
        ("BAK-ECS", backup, "按系统盘与数据盘全量加七日增量测算", true),
        ("EVS-SNAP", 200, "升级、变更前留存快照", large || public),
        ("VPC-NET", 1, "按分区隔离", true),
        ("OBS-STD", objects, "按一年内附件与影像增量测算", public || large),
        ("MON-APP", 2, "首页与办件入口各设一个监测点", public),
        ("SEC-CERT-GM", 1, "互联网访问使用国密证书", online),
        ("SEC-WAF-3K", 1, "面向公众的业务入口防护", large && public),
        ("SEC-LAS-10", 1, "等级保护三级日志审计要求", large),
        ("DCL-50M", 1, "与业务专网互通", large && shares),
        group,
    ])
}

/// Those that are wanted, as lines of the form.
fn lines<const N: usize>(all: [(&str, u32, &str, bool); N]) -> Vec<ServiceLine> {
    let wanted = all.into_iter().filter(|(.., wanted)| *wanted);
    let line = |(sku, quantity, basis, _): (&str, u32, &str, bool)| ServiceLine {
        sku: sku.to_owned(),
        quantity: Some(quantity),
        basis: basis.to_owned(),
    };
    wanted.map(line).collect()
}

impl Play<'_> {
    /// 登记: the engineer reports what the case's services wait for. Of a case that is to be found while he is at work
    /// the last one still waits.
    pub(super) async fn report_services(&self, index: usize) -> Result<(), AppError> {
        let rows = store::service_instance::of_case(&self.app.store.pool, self.case(index)?).await?;
        let mut waiting: Vec<(InstanceRow, State)> = rows.into_iter().map(with_state).collect::<Result<_, _>>()?;
        waiting.retain(|(_, state)| state.is_waiting());
        if self.at_work.contains(&index) {
            waiting.pop();
        }
        for (row, state) in waiting {
            self.report_service(index, &row, &state).await?;
        }
        Ok(())
    }

    /// What the timers of the morning took back, of all cases.
    pub(super) async fn report_reclaimed(&self) -> Result<(), AppError> {
        for row in store::service_instance::to_reclaim(&self.app.store.pool).await? {
            let index = self.cases.iter().position(|case| *case == Some(row.case_id));
            let Some(index) = index.filter(|index| !self.at_work.contains(index)) else { continue };
            let (row, state) = with_state(row)?;
            self.report_service(index, &row, &state).await?;
        }
        Ok(())
    }

    async fn report_service(&self, index: usize, row: &InstanceRow, state: &State) -> Result<(), AppError> {
        let Some(act) = state.awaited() else { return Ok(()) };
        let app = self.app;
        let required = app.regulation.fulfilment_of(&row.sku).map(|row| row.required(act)).unwrap_or_default();
        let evidence = required.iter().map(|kind| (kind.code.clone(), shown(kind, index, row.line))).collect();
        let quantity = state.ordered().unwrap_or(0);
        let command = match act {
            Act::Open => Command::Open { quantity, evidence },
            Act::Change => Command::Change { quantity, evidence },
            Act::Reclaim => Command::Reclaim { evidence },
        };
        let engineer = self.holder(Role::SupplierEngineer, None, index)?;
        let id = ServiceInstanceId(row.id);
        service_instance::execute(app, &engineer, &self.meta, id, row.version, command).await.map(drop)
    }
}

fn with_state(row: InstanceRow) -> Result<(InstanceRow, State), AppError> {
    let state = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    Ok((row, state))
}

/// What the engineer writes there.
fn shown(kind: &EvidenceKind, index: usize, line: i32) -> String {
    let serial = index * 10 + usize::try_from(line).unwrap_or(0) + 1;
    match kind.code.as_str() {
        "address" => format!("10.88.{}.{}", index + 10, line + 200),
        "line" => format!("GLZX-0773-{serial:04}"),
        "bandwidth" => "两端双向测速达到标称带宽".to_owned(),
        "restore" => "恢复演练通过,单台云主机用时 26 分钟".to_owned(),
        "erasure" => "删除数据并销毁加密密钥,容量归零后复核".to_owned(),
        "accounts" => "账号清单已交单位系统管理员签收".to_owned(),
        _ => format!("运维台账第 {serial} 号"),
    }
}
