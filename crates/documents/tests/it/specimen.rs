//! One believable document of each kind, with the awkward things real ones have: long names, rare
//! characters, identifiers without a break, texts that look like markup.

use documents::fill::{self, Given};
use documents::model::activation::{ActivationConfirmation, Difference, ResourceRow};
use documents::model::application::Material;
use documents::model::change::{ChangeOpinion, ChangedLine};
use documents::model::closing::{ErasedObject, ErasureCertificate, HandedData, HandoverList, ReclaimedRow};
use documents::model::notices::{
    AcceptanceNotice, Check, Deficiency, Reason, RefusalNotice, SupplementNotice, TrialLine, TrialNotice,
};
use documents::model::review::{GrantedLine, ReviewOpinion};
use documents::model::{Body, Field, Head, Kind, OpinionBox, PricedLine, Snapshot, Verification};
use domain::application::form::{
    Architecture, BastionLine, BastionProtocol, BastionUserKind, DataDisk, DiskKind, FileTransfer, Form, Network,
    OpenPort, OperatingSystem, ServerLine, ServerRole, Zone,
};
use domain::calendar::Date;
use domain::money::Fen;
use jiff::civil::date;

/// A text that must arrive as text.
pub const MARKUP: &str = "#panic(\"x\") $x^2$ *粗* `raw` <b> @ref \\ 测试";

pub fn specimen(kind: Kind) -> Snapshot {
    Snapshot { head: head(kind), body: body(kind) }
}

fn head(kind: Kind) -> Head {
    let (issuer, clause, number) = match kind {
        Kind::ApplicationForm => ("桂林市文化广电和旅游局", "第十条(一)", "GLZWY-SQ-2026-00012"),
        Kind::AcceptanceNotice => ("桂林市信息中心", "第十条(二)", "GLZWY-SL-2026-00007"),
        Kind::SupplementNotice => ("桂林市信息中心", "第十条(二)", "GLZWY-SL-2026-00008"),
        Kind::RefusalNotice => ("桂林市信息中心", "第十条(二)", "GLZWY-SL-2026-00009"),
        Kind::ReviewOpinion => ("桂林市信息中心", "第十条(三)", "GLZWY-SH-2026-00003"),
        Kind::TrialNotice => ("桂林市信息中心", "第十条(四)", "GLZWY-CS-2026-00002"),
        Kind::ActivationConfirmation => ("桂林市信息中心", "第十条(五)", "GLZWY-KT-2026-00002"),
        Kind::ChangeOpinion => ("桂林市信息中心", "第十条(六)", "GLZWY-BG-2026-00001"),
        Kind::HandoverList | Kind::ErasureCertificate => ("桂林市信息中心", "第十条(七)", "GLZWY-ZZ-2026-00001"),
    };
    let supplier = matches!(kind, Kind::TrialNotice);
    Head {
        number: number.to_owned(),
        issuer: issuer.to_owned(),
        addressee: if supplier { "桂林漓江云计算有限公司" } else { "桂林市文化广电和旅游局" }.to_owned(),
        case_number: "GLZWY-SQ-2026-00012".to_owned(),
        agency: "桂林市文化广电和旅游局".to_owned(),
        system: "桂林市全域旅游综合服务平台".to_owned(),
        issued_on: date(2026, 1, 5),
        issued_by: "李䶮".to_owned(),
        regulation: "桂林市政务云管理暂行办法".to_owned(),
        clauses: vec![clause.to_owned()],
        verification: Verification {
            code: "7K3M-Q9TX-2HVA-P4NE".to_owned(),
            url: "https://zwy.guilin.gov.cn/verify/7K3MQ9TX2HVAP4NE".to_owned(),
        },
    }
}

fn body(kind: Kind) -> Body {
    match kind {
        Kind::ApplicationForm => Body::ApplicationForm(Box::new(application())),
        Kind::AcceptanceNotice => Body::AcceptanceNotice(AcceptanceNotice {
            submitted_on: date(2025, 12, 30),
            accepted_on: date(2026, 1, 5),
            review_due: Some(date(2026, 1, 19)),
            checks: ["实施方案", "批复文件", "部署架构图", "服务器资源需求表"]
                .map(|item| Check { item: item.to_owned(), result: "齐全".to_owned(), note: String::new() })
                .to_vec(),
            note: String::new(),
        }),
        Kind::SupplementNotice => Body::SupplementNotice(SupplementNotice {
            submitted_on: date(2025, 12, 30),
            deficiencies: vec![
                Deficiency {
                    item: "批复文件".to_owned(),
                    problem: "缺批复文号与日期".to_owned(),
                    mend: "上传盖章的批复扫描件".to_owned(),
                },
                Deficiency { item: "测算方案".to_owned(), problem: MARKUP.to_owned(), mend: String::new() },
            ],
            answer_due: Some(date(2026, 1, 16)),
            note: String::new(),
        }),
        Kind::RefusalNotice => Body::RefusalNotice(RefusalNotice {
            submitted_on: date(2025, 12, 30),
            reasons: vec![Reason {
                title: "无资金来源".to_owned(),
                text: "申请表所列资金未见落实文件,年费163,840.00元无着。".to_owned(),
            }],
            remedy: "资金落实后可重新提出申请。对本意见有异议的,可自收到之日起向市工业和信息化局申请复核。".to_owned(),
        }),
        Kind::ReviewOpinion => Body::ReviewOpinion(review()),
        Kind::TrialNotice => Body::TrialNotice(trial()),
        Kind::ActivationConfirmation => Body::ActivationConfirmation(activation()),
        Kind::ChangeOpinion => Body::ChangeOpinion(change()),
        Kind::HandoverList => Body::HandoverList(handover()),
        Kind::ErasureCertificate => Body::ErasureCertificate(erasure()),
    }
}

fn server(number: usize) -> ServerLine {
    ServerLine {
        role: Some([ServerRole::Web, ServerRole::App, ServerRole::Database][number % 3]),
        host_name: format!("gl-tour-node-{number:02}"),
        external_name: String::new(),
        tenancy: None,
        zone: Some(Zone::Public),
        network: Some(if number.is_multiple_of(3) { Network::Internet } else { Network::Government }),
        architecture: Some(Architecture::Arm),
        vcpu: Some(8),
        memory_gib: Some(16),
        operating_system: Some(OperatingSystem::OpenEuler),
        system_disk_gib: Some(100),
        system_disk_kind: Some(DiskKind::GeneralSsd),
        data_disks: vec![DataDisk { size_gib: Some(500), kind: Some(DiskKind::HighIo), quantity: Some(2) }],
        quantity: Some(2),
        public_address: number.is_multiple_of(3),
        bandwidth_mbps: Some(if number.is_multiple_of(3) { 20 } else { 0 }),
        ports: vec![OpenPort {
            port: Some(443),
            protocol: "tcp".to_owned(),
            source: "0.0.0.0/0".to_owned(),
            purpose: "门户".to_owned(),
        }],
        basis: "按峰值并发2000、单核120 TPS、目标利用率0.6测算".to_owned(),
        remark: String::new(),
    }
}

/// 40 rows of servers: the table must run over pages with its head repeated.
pub fn form() -> Form {
    let mut form = Form { servers: (1..=40).map(server).collect(), commitment: true, ..Form::default() };
    form.contact.head = "覃旖旎".to_owned();
    form.contact.handler = "莫䶮".to_owned();
    form.contact.email = "lvyouju-xinxihua-gongzuozu@guilin.gov.cn".to_owned();
    form.system.name = "桂林市全域旅游综合服务平台".to_owned();
    form.system.overview =
        "平台汇集景区、酒店与交通数据,面向游客提供预约、投诉与应急信息服务,面向部门提供客流监测。".repeat(6);
    form.system.sharing_scope = MARKUP.to_owned();
    form.system.registered_users = Some(1_200_000);
    form.estimate.situation = "现有系统部署在单位自建机房,设备已运行八年。".to_owned();
    form.bastion_accounts = vec![BastionLine {
        user_name: "欧阳㛃".to_owned(),
        user_kind: Some(BastionUserKind::Operator),
        organisation: "广西某某信息技术股份有限公司桂林分公司".to_owned(),
        id_number: "45030219900101001X".to_owned(),
        mobile: "13800001234".to_owned(),
        protocols: vec![BastionProtocol::Ssh, BastionProtocol::Sftp],
        transfers: vec![FileTransfer::Upload],
        hosts: vec!["gl-tour-node-01".to_owned(), "gl-tour-node-02".to_owned()],
        hours: None,
        source: "10.45.3.0/24".to_owned(),
        valid_from: Some(date(2026, 1, 5)),
        valid_to: Some(date(2027, 1, 4)),
        confidentiality_signed: true,
        reason: String::new(),
    }];
    form
}

fn lines() -> Vec<PricedLine> {
    vec![
        fill::priced_line("ECS-K-VCPU", "信创云主机 vCPU", "核·年", 640, Fen(72_000)).expect("small"),
        fill::priced_line("ECS-K-MEM", "信创云主机 内存", "GB·年", 1280, Fen(26_400)).expect("small"),
        fill::priced_line("EVS-UHIO", "云硬盘 超高IO", "GB·年", 80_000, Fen(1_200)).expect("small"),
    ]
}

fn total() -> Fen {
    Fen(lines().iter().map(|line| line.annual_fen).sum())
}

fn application() -> documents::model::application::ApplicationForm {
    fill::application_form(
        &form(),
        Given {
            applicant: vec![
                Field::new("单位名称", "桂林市文化广电和旅游局"),
                Field::new("信用代码", "114503000000010116"),
                Field::new("机构类型", "政府部门"),
                Field::new("预算级次", "市本级"),
            ],
            lines: lines(),
            total: total(),
            price_version: "2025A".to_owned(),
            estimate_required: true,
            materials: vec![
                Material {
                    name: "批复文件".to_owned(),
                    file: "桂林市发展和改革委员会关于全域旅游平台可行性研究报告的批复.pdf".to_owned(),
                    digest: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0".to_owned(),
                },
                Material { name: "部署架构图".to_owned(), file: String::new(), digest: String::new() },
            ],
            opinions: [
                "申请单位",
                "主管(汇总)单位或县政府",
                "市信息中心受理",
                "市信息中心审核",
                "市工业和信息化局",
                "市财政局",
            ]
            .map(OpinionBox::blank)
            .to_vec(),
        },
    )
}

fn opinion(office: &str, conclusion: &str, text: &str, by: &str, on: Date) -> OpinionBox {
    OpinionBox {
        office: office.to_owned(),
        conclusion: conclusion.to_owned(),
        text: text.to_owned(),
        signed_by: by.to_owned(),
        on: Some(on),
    }
}

fn review() -> ReviewOpinion {
    let day = date(2026, 1, 4);
    ReviewOpinion {
        summary: vec![
            Field::new("申请单位", "桂林市文化广电和旅游局"),
            Field::new("申请单号", "GLZWY-SQ-2026-00012"),
            Field::wide("系统名称", "桂林市全域旅游综合服务平台"),
        ],
        opinions: vec![
            opinion("公安", "同意", "等保定级合理,备案材料齐全。", "韦国强", day),
            opinion("财政", "核减后同意", "应用服务器数量偏多,建议核减后列入年度计划。", "黄秀英", day),
            opinion("保密", "同意", "不涉及国家秘密。", "秦晓", day),
            opinion("专家", "核减后同意", "按峰值并发测算,8台即可满足;评分88分。", "蒋志远", day),
        ],
        lines: vec![
            GrantedLine {
                name: "信创云主机 vCPU".to_owned(),
                asked: 640,
                approved: 512,
                annual_fen: 36_864_000,
                reason: "按峰值并发测算,核减应用服务器".to_owned(),
            },
            GrantedLine {
                name: "信创云主机 内存".to_owned(),
                asked: 1280,
                approved: 1280,
                annual_fen: 33_792_000,
                reason: String::new(),
            },
        ],
        asked: Fen(79_872_000).into(),
        approved: Fen(70_656_000).into(),
        price_version: "2025A".to_owned(),
        conclusion: "核减后同意".to_owned(),
        text: "项目建设必要、可行,安全措施得当,数据共享范围明确,资源类别与数量经核减后合理。".to_owned(),
        priority: "急".to_owned(),
    }
}

fn trial() -> TrialNotice {
    TrialNotice {
        open_due: date(2026, 1, 12),
        delivery_days: 5,
        trial_days_from: 10,
        trial_days_to: 15,
        contacts: vec![Field::new("使用单位经办", "莫䶮"), Field::new("联系电话", "0773-2820001")],
        lines: vec![TrialLine {
            name: "gl-tour-node-01".to_owned(),
            specification: fill::server_specification(&server(3)),
            zone: "公共云 互联网区".to_owned(),
            quantity: 2,
        }],
        deliverables: ["项目对接记录", "迁移部署方案", "测试资源开通清单"].map(str::to_owned).to_vec(),
        note: String::new(),
    }
}

fn activation() -> ActivationConfirmation {
    ActivationConfirmation {
        summary: vec![
            Field::new("使用单位", "桂林市文化广电和旅游局"),
            Field::new("供应商", "桂林漓江云计算有限公司"),
            Field::new("开通日期", "2026-01-28"),
            Field::new("到期日期", "2027-01-27"),
        ],
        opened_on: date(2026, 1, 28),
        ends_on: date(2027, 1, 27),
        resources: (1..=3)
            .map(|n| ResourceRow {
                name: format!("gl-tour-node-{n:02}"),
                identifier: format!("0193a5c2-7b1e-7c3d-9a4f-00000000000{n}"),
                address: format!("10.45.3.{n}"),
                specification: "8核16GB,openEuler 22.03,系统盘100GB".to_owned(),
                zone: "公共云".to_owned(),
            })
            .collect(),
        lines: lines(),
        total: total().into(),
        price_version: "2025A".to_owned(),
        differences: vec![Difference {
            item: "gl-tour-node-03 内存".to_owned(),
            expected: "16 GB".to_owned(),
            actual: "8 GB".to_owned(),
        }],
        opinions: vec![OpinionBox::blank("使用单位"), OpinionBox::blank("供应商")],
    }
}

fn change() -> ChangeOpinion {
    ChangeOpinion {
        summary: vec![
            Field::new("使用单位", "桂林市文化广电和旅游局"),
            Field::new("变更类型", "扩容"),
            Field::wide("变更原因", "国庆假期客流高峰,预约接口响应时间超过目标值。"),
        ],
        lines: vec![
            ChangedLine {
                name: "gl-tour-node-01".to_owned(),
                before: "8核16GB".to_owned(),
                after: "16核32GB".to_owned(),
                difference_fen: 998_400,
            },
            ChangedLine {
                name: "gl-tour-node-02".to_owned(),
                before: "8核16GB".to_owned(),
                after: "4核8GB".to_owned(),
                difference_fen: -499_200,
            },
        ],
        increase_fen: 501_205,
        saving_fen: 250_603,
        remaining_days: 184,
        price_version: "2025A".to_owned(),
        funding: "部门预算结余,桂文旅函〔2026〕31号".to_owned(),
        conclusion: "同意变更".to_owned(),
        text: "变更方案与业务量相符,增加费用的资金来源已落实。".to_owned(),
        supplier: "桂林漓江云计算有限公司".to_owned(),
        supplier_due: Some(date(2026, 7, 13)),
        copies: vec!["市工业和信息化局".to_owned(), "市财政局".to_owned()],
    }
}

fn handover() -> HandoverList {
    HandoverList {
        summary: vec![
            Field::new("使用单位", "桂林市文化广电和旅游局"),
            Field::new("终止原因", "系统整合"),
            Field::new("系统下线日期", "2026-10-08"),
            Field::new("数据备份完成", "是"),
        ],
        data: vec![HandedData {
            name: "预约订单库全量备份".to_owned(),
            format: "SQL".to_owned(),
            size: "182 GB".to_owned(),
            records: "12,340,221".to_owned(),
            digest: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0".to_owned(),
            medium: "移动硬盘".to_owned(),
            receiver: "莫䶮".to_owned(),
        }],
        resources: (1..=3)
            .map(|n| ReclaimedRow {
                name: format!("gl-tour-node-{n:02}"),
                identifier: format!("0193a5c2-7b1e-7c3d-9a4f-00000000000{n}"),
                specification: "8核16GB,系统盘100GB,数据盘500GB×2".to_owned(),
                reclaimed_at: "2026-10-15 10:20".to_owned(),
                disposal: "已回收".to_owned(),
                pool_until: "2027-01-27".to_owned(),
            })
            .collect(),
        opinions: ["使用单位(移交)", "供应商", "市信息中心"].map(OpinionBox::blank).to_vec(),
    }
}

fn erasure() -> ErasureCertificate {
    ErasureCertificate {
        objects: (1..=3)
            .map(|n| ErasedObject {
                kind: "数据盘".to_owned(),
                name: format!("gl-tour-node-{n:02}-data"),
                identifier: format!("0193a5c2-7b1e-7c3d-9a4f-0000000001{n:02}"),
                size: "500 GB".to_owned(),
                method: "逻辑覆写3次".to_owned(),
                erased_at: "2026-10-15 16:40".to_owned(),
            })
            .collect(),
        verification: vec![
            Field::new("执行人", "唐志明"),
            Field::new("监督人", "李䶮"),
            Field::wide("抽检结果", "随机抽取3个对象各64处扇区,均读出为零。"),
        ],
        residue: "平台日志按规定留存1年,到期自动清除;其中不含业务数据。".to_owned(),
        opinions: vec![OpinionBox::blank("供应商"), OpinionBox::blank("市信息中心(监督)")],
    }
}
