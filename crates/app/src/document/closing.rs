//! 移交清单 and 数据清除证明: the end of a service on paper (A10_7, A28). The evidence is the engine's.

use documents::model::closing::{ErasedObject, ErasureCertificate, HandedData, HandoverList, ReclaimedRow};
use documents::model::{Body, Field, OpinionBox};
use domain::clause;
use domain::fulfilment::Act;
use domain::opinion::Opinion;
use domain::org::Office;
use domain::provisioning::Erasure;
use domain::subscription::Year;
use domain::termination::{DataDisposal, Request};

use super::issue::{self, Paper};
use super::opening::{simulation, specification};
use crate::case::Case;
use crate::mechanism::Unit;
use crate::provisioning::{self, ResourceView};
use crate::service_instance::{self, paper::OnPaper};
use crate::{App, AppError};

/// A termination being certified.
pub(crate) struct Certified<'a> {
    pub number: &'a str,
    pub request: &'a Request,
    /// 监督人.
    pub witness: &'a Opinion,
    /// 移交内容.
    pub handed_over: &'a Opinion,
    pub year: Year,
}

/// Both papers, by the supplier.
pub(crate) async fn issue(unit: &mut Unit<'_>, case: &Case, certified: &Certified<'_>) -> Result<(), AppError> {
    let supplier = issue::office(unit, Office::Supplier).await?;
    let resources = provisioning::resources_of(&mut unit.tx, case.row.id).await?;
    let erasures = provisioning::erasures_of_case(unit, case.row.id).await?;
    let services = service_instance::paper::on_paper(unit, case.row.id).await?;
    let evidence = Evidence { resources: &resources, erasures: &erasures, services: &services };
    let handover = Paper {
        number: certified.number.to_owned(),
        issuer: supplier.clone(),
        addressee: String::new(),
        clause: clause::A10_7,
        body: Body::HandoverList(handover(unit.app(), case, certified, &evidence)),
    };
    issue::issue(unit, case, ("termination", certified.number), handover).await?;
    let body = Body::ErasureCertificate(certificate(unit, certified, &evidence));
    let certificate = Paper {
        number: unit.next_number("HS").await?,
        issuer: supplier,
        addressee: String::new(),
        clause: clause::A28,
        body,
    };
    issue::issue(unit, case, ("termination", certified.number), certificate).await
}

/// What the engine left behind of the case.
struct Evidence<'a> {
    resources: &'a [ResourceView],
    erasures: &'a [(String, Erasure)],
    services: &'a [OnPaper],
}

impl Evidence<'_> {
    /// When the last disk of a server was gone.
    fn gone_at(&self, app: &App, server: &str) -> String {
        let times = self.erasures.iter().filter(|(name, _)| name == server).map(|(_, erasure)| at(app, erasure));
        times.max().unwrap_or_default()
    }

    /// Which disk it was, or of which disk a copy.
    fn kind_of(&self, erasure: &Erasure) -> &'static str {
        let system = self.resources.iter().any(|resource| resource.id == erasure.disk.0);
        match (system, erasure.copy.is_some()) {
            (true, false) => "系统盘",
            (false, false) => "数据盘",
            (true, true) => "系统盘的快照或备份",
            (false, true) => "数据盘的快照或备份",
        }
    }
}

/// `2026-01-05 09:30`, the city's time.
fn at(app: &App, erasure: &Erasure) -> String {
    erasure.at.parse().map_or_else(|_| erasure.at.clone(), |at| app.clock.minute_of(at))
}

fn handover(app: &App, case: &Case, certified: &Certified<'_>, evidence: &Evidence<'_>) -> HandoverList {
    let request = certified.request;
    let receiver = match request.disposal {
        DataDisposal::HandToAgency => case.row.agency_name.clone(),
        DataDisposal::HandToOther => "接收单位（见移交内容）".to_owned(),
        DataDisposal::Destroy => "不移交，销毁".to_owned(),
    };
    HandoverList {
        summary: vec![
            Field::new("使用单位", &case.row.agency_name),
            Field::new("申请单号", &case.row.number),
            Field::wide("系统名称", &case.row.system_name),
            Field::new("终止原因", request.reason.zh()),
            Field::new("系统下线日期", request.offline_on.to_string()),
            Field::new("数据备份完成", if request.data_backed_up { "是" } else { "否" }),
            Field::new("数据处置方式", request.disposal.zh()),
            Field::wide("备份位置与校验值", request.backup_place.as_str()),
        ],
        data: vec![HandedData {
            name: certified.handed_over.as_str().to_owned(),
            format: "—".to_owned(),
            size: "—".to_owned(),
            records: String::new(),
            digest: "见备份位置与校验值".to_owned(),
            medium: "—".to_owned(),
            receiver,
        }],
        resources: evidence
            .resources
            .iter()
            .map(|resource| reclaimed(app, resource, evidence, certified.year))
            .chain(evidence.services.iter().map(|service| returned(app, service, certified.year)))
            .collect(),
        opinions: ["使用单位（移交）", "供应商", "市信息中心"].map(OpinionBox::blank).to_vec(),
    }
}

fn reclaimed(app: &App, resource: &ResourceView, evidence: &Evidence<'_>, year: Year) -> ReclaimedRow {
    ReclaimedRow {
        name: resource.name.clone(),
        identifier: resource.id.to_string(),
        specification: specification(resource),
        reclaimed_at: evidence.gone_at(app, &resource.name),
        disposal: "已清除并回收".to_owned(),
        pool_until: year.to.to_string(),
    }
}

/// An instance among what was taken back, with the proof the engineer gave.
fn returned(app: &App, service: &OnPaper, year: Year) -> ReclaimedRow {
    let proof = service.shown(Act::Reclaim);
    ReclaimedRow {
        name: service.name.clone(),
        identifier: service.number.clone(),
        specification: service.amount.clone(),
        reclaimed_at: service.last(Act::Reclaim).map(|view| app.clock.minute_of(view.reported_at)).unwrap_or_default(),
        disposal: match (service.standing, proof.is_empty()) {
            (true, _) => "待回收".to_owned(),
            (false, true) => "未开通，已取消".to_owned(),
            (false, false) => format!("已回收（{proof}）"),
        },
        pool_until: year.to.to_string(),
    }
}

/// Of the instances those that held data: the engineer said how they were erased.
fn erased_services<'a>(app: &'a App, services: &'a [OnPaper]) -> impl Iterator<Item = ErasedObject> + 'a {
    services.iter().filter_map(|service| {
        let (report, method) = service.erasure()?;
        Some(ErasedObject {
            kind: "其他服务".to_owned(),
            name: service.name.clone(),
            identifier: service.number.clone(),
            size: service.amount.clone(),
            method: method.to_owned(),
            erased_at: app.clock.minute_of(report.reported_at),
        })
    })
}

fn certificate(unit: &Unit<'_>, certified: &Certified<'_>, evidence: &Evidence<'_>) -> ErasureCertificate {
    let objects = evidence.erasures.iter().map(|(server, erasure)| {
        let kind = evidence.kind_of(erasure);
        ErasedObject {
            kind: kind.to_owned(),
            name: format!("{server} {kind}"),
            identifier: erasure.what.clone(),
            size: format!("{} GB", erasure.size_gib),
            method: method(erasure),
            erased_at: at(unit.app(), erasure),
        }
    });
    let objects: Vec<ErasedObject> = objects.chain(erased_services(unit.app(), evidence.services)).collect();
    let reported = evidence.services.iter().filter_map(OnPaper::erasure).map(|(report, _)| report);
    let engines = evidence.erasures.iter().map(|(_, erasure)| erasure.attested_by.as_str());
    let mut attested: Vec<&str> = engines.chain(reported.map(|view| view.reported_by.as_str())).collect();
    attested.sort_unstable();
    attested.dedup();
    ErasureCertificate {
        objects,
        verification: vec![
            Field::new("执行", attested.join("、")),
            Field::new("监督人", certified.witness.as_str()),
            Field::new("出具人", &unit.actor().name),
            Field::new("覆写字节数", bytes(evidence.erasures.iter().map(|(_, erasure)| erasure.bytes).sum())),
            Field::wide("核验结果", verified(evidence.erasures, evidence.services)),
        ],
        residue: format!(
            "平台操作日志按规定至少保存{}天（{}），期满清除；其中不含业务数据。{}",
            unit.app().regulation.limits.log_retention_days.value.0,
            clause::A19.cite,
            simulation(evidence.resources),
        ),
        opinions: vec![OpinionBox::blank("供应商"), OpinionBox::blank("市信息中心（监督）")],
    }
}

/// How many disks were read back after the last pass, and how many were not.
fn verified(erasures: &[(String, Erasure)], services: &[OnPaper]) -> String {
    let (all, read_back) = (erasures.len(), erasures.iter().filter(|(_, erasure)| erasure.sm3_after.is_some()).count());
    let mut text = format!("共{all}个对象。");
    if read_back > 0 {
        text += &format!("其中{read_back}个在末次覆写后全盘读回并留有SM3校验值。");
    }
    // Compared where it was, in the cloud: nothing of it came out that could be digested here.
    let compared = |erasure: &Erasure| erasure.passes > 0 && erasure.sm3_after.is_none();
    let compared = erasures.iter().filter(|(_, erasure)| compared(erasure)).count();
    if compared > 0 {
        text += &format!("{compared}个在覆写后由抹除机全盘读回，核对全部为零。");
    }
    if read_back + compared < all {
        text += &format!("{}个无读回校验值，以执行记录为准。", all - read_back - compared);
    }
    let proofs: Vec<&str> =
        services.iter().filter(|one| one.erasure().is_some()).map(|one| one.number.as_str()).collect();
    if !proofs.is_empty() {
        text += &format!("其他服务{}项以供应商清除记录为准：{}。", proofs.len(), proofs.join("、"));
    }
    text
}

/// The engine's words, with the number of passes where they do not say it.
fn method(erasure: &Erasure) -> String {
    if erasure.passes == 0 || erasure.method.contains(&erasure.passes.to_string()) {
        return erasure.method.clone();
    }
    format!("{}({}遍)", erasure.method, erasure.passes)
}

/// `1,234,567`.
fn bytes(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::provisioning::DiskId;

    use super::*;

    fn erased(passes: u8, sm3: Option<&str>) -> (String, Erasure) {
        let erasure = Erasure {
            disk: DiskId(uuid::Uuid::nil()),
            copy: None,
            what: "云硬盘".into(),
            size_gib: 1,
            bytes: u64::from(passes) << 30,
            method: "以零覆写全盘1遍".into(),
            passes,
            at: "2026-01-05T08:00:00Z".into(),
            sm3_after: sm3.map(str::to_owned),
            attested_by: "云".into(),
        };
        ("web-01".into(), erasure)
    }

    #[test]
    fn a28_disks_compared_in_the_cloud_are_counted_apart_from_those_with_a_digest() {
        let all = [erased(3, Some("1ab2")), erased(1, None), erased(1, None), erased(0, None)];
        assert_eq!(
            verified(&all, &[]),
            "共4个对象。其中1个在末次覆写后全盘读回并留有SM3校验值。2个在覆写后由抹除机全盘读回，核对全部为零。\
             1个无读回校验值，以执行记录为准。"
        );
        assert_eq!(verified(&all[1..2], &[]), "共1个对象。1个在覆写后由抹除机全盘读回，核对全部为零。");
        assert_eq!(method(&all[1].1), "以零覆写全盘1遍", "the number of passes is said once");
    }
}
