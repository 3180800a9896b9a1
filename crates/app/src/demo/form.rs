//! 演示办件的申请表: filled in as a clerk of that agency would, from the case's line and the city's words.

use domain::application::form::{
    Architecture, Audience, BastionHours, BastionLine, BastionProtocol, BastionUserKind, Construction, Contact,
    DataDisk, Deployment, DiskKind, Estimate, FileTransfer, Form, FundSource, Funding, Mode, Network, OpenPort,
    OperatingSystem, PersonalInformation, ProtectionLevel, Request, ServerLine, ServerRole, SpecialReason, System,
    SystemCategory, Urgency, Zone,
};
use domain::calendar::Date;
use domain::identifiers::made_up_id_number;
use jiff::ToSpan;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::tables::{Ask, CaseLine, Words};
use crate::AppError;

/// Who fills it in, where and when.
pub(super) struct Clerk<'a> {
    pub name: &'a str,
    pub agency: &'a str,
    pub credit_code: &'a str,
    pub county: bool,
    pub today: Date,
}

/// The whole form.
pub(super) fn form(case: &CaseLine, clerk: &Clerk<'_>, words: &Words, luck: &mut ChaCha8Rng) -> Result<Form, AppError> {
    let servers = servers(case, words, luck)?;
    let bastion_accounts = vec![account(clerk, words, &servers, luck)?];
    let system = system(case, clerk, words, luck)?;
    let emergency = case.has("emergency");
    let private = servers.iter().any(|line| line.zone == Some(Zone::Private));
    let public = servers.iter().any(|line| line.zone == Some(Zone::Public));
    let zones = [(Zone::Private, private), (Zone::Public, public)];
    Ok(Form {
        contact: contact(clerk, words, luck),
        request: Request {
            mode: Some(case.mode),
            special_reason: (case.mode == Mode::Special).then(|| {
                if emergency {
                    SpecialReason::Emergency
                } else {
                    pick(&[SpecialReason::MajorTask, SpecialReason::NewDuty], luck)
                }
            }),
            construction: Some(case.construction),
            urgency: Some(if emergency { Urgency::Critical } else { pick(&[Urgency::Urgent, Urgency::Normal], luck) }),
        },
        system,
        deployment: Deployment {
            zones: zones.iter().filter(|(_, there)| *there).map(|(zone, _)| *zone).collect(),
            availability_basis_points: Some(pick(&[9950, 9990], luck)),
            backup_requirement: words.say("backup", luck.random_range(0..10))?.to_owned(),
            not_domestic_reason: words.say("not_domestic", luck.random_range(0..10))?.to_owned(),
            zone_reason: String::new(),
        },
        servers,
        services: Vec::new(),
        bastion_accounts,
        funding: Funding {
            source: Some(match (case.mode, clerk.county) {
                (_, true) => FundSource::CountyFinance,
                (Mode::Special, _) => FundSource::ProjectFunds,
                _ => FundSource::DepartmentBudget,
            }),
            budget_item: format!("政务云服务({})", case.system.chars().take(20).collect::<String>()),
            expected_activation: Some(clerk.today.saturating_add(luck.random_range(60..=120).days())),
        },
        estimate: estimate(case, clerk, words),
        commitment: true,
    })
}

fn contact(clerk: &Clerk<'_>, words: &Words, luck: &mut ChaCha8Rng) -> Contact {
    let mut people: Vec<String> = Vec::new();
    while people.len() < 5 {
        let name = person(words, luck);
        if !people.contains(&name) {
            people.push(name);
        }
    }
    let [head, deputy, system_admin, security_admin, audit_admin] = [0, 1, 2, 3, 4].map(|at| people[at].clone());
    Contact {
        credit_code: clerk.credit_code.to_owned(),
        head,
        deputy,
        handler: clerk.name.to_owned(),
        mobile: mobile(luck),
        landline: format!("0773-28{:05}", luck.random_range(0..100_000)),
        email: format!("xxzx{:03}@example.gov.cn", luck.random_range(0..1000)),
        system_admin,
        security_admin,
        audit_admin,
    }
}

fn system(case: &CaseLine, clerk: &Clerk<'_>, words: &Words, luck: &mut ChaCha8Rng) -> Result<System, AppError> {
    let website = case.category == SystemCategory::Portal;
    let users: u32 = match case.audience {
        Audience::Internal => luck.random_range(2..=20) * 50,
        Audience::CrossDepartment => luck.random_range(5..=40) * 100,
        Audience::Public => luck.random_range(10..=200) * 1000,
    };
    let graded = pick(&[ProtectionLevel::Two, ProtectionLevel::Two, ProtectionLevel::Three], luck);
    Ok(System {
        name: case.system.clone(),
        short_name: case.short.to_uppercase(),
        category: Some(case.category),
        audience: Some(case.audience),
        overview: told(words.overview(case.category), case, clerk),
        is_website: website,
        domain_name: if website { format!("{}.example.gov.cn", case.short) } else { String::new() },
        icp_number: if website {
            format!("桂ICP备{:08}号", luck.random_range(5_000_000..19_999_999))
        } else {
            String::new()
        },
        police_number: if website {
            format!("桂公网安备4503{:010}号", luck.random_range(0..9_999_999_u64))
        } else {
            String::new()
        },
        registered_users: Some(users),
        daily_active_users: Some(users / 12),
        peak_concurrency: Some((users / 40).max(20)),
        developer: words.developers[luck.random_range(0..words.developers.len())].clone(),
        operator: words.developers[luck.random_range(0..words.developers.len())].clone(),
        unclassified: Some(true),
        work_secrets: Some(false),
        personal_information: Some(match users {
            0..10_000 => PersonalInformation::UnderTenThousand,
            10_000..100_000 => PersonalInformation::UnderHundredThousand,
            _ => PersonalInformation::UnderMillion,
        }),
        protection_level: Some(graded),
        protection_number: format!("4503{:011}", luck.random_range(0..9_999_999_u64)),
        assessed_on: Some(clerk.today.saturating_sub(luck.random_range(30..=300).days())),
        sharing_scope: words.say("sharing", luck.random_range(0..10))?.to_owned(),
        cloud_software_suffices: Some(false),
        cloud_software_reason: words.say("software", luck.random_range(0..10))?.to_owned(),
    })
}

fn servers(case: &CaseLine, words: &Words, luck: &mut ChaCha8Rng) -> Result<Vec<ServerLine>, AppError> {
    let bandwidth = case.servers.iter().find_map(|ask| if let Ask::Bandwidth(mbps) = ask { Some(*mbps) } else { None });
    // 信创: the offices' own systems run on domestic servers, the older public ones not yet.
    let domestic = case.construction != Construction::Migration && luck.random_bool(0.6);
    let mut lines = Vec::new();
    for ask in &case.servers {
        let Ask::Servers { role, count, vcpu, memory_gib, data_gib } = *ask else { continue };
        let front = role == ServerRole::Web;
        let online = front && bandwidth.is_some();
        let data = DataDisk { size_gib: Some(data_gib), kind: Some(DiskKind::GeneralSsd), quantity: Some(1) };
        lines.push(ServerLine {
            role: Some(role),
            host_name: format!("{}-{}", case.short, host_word(role)),
            external_name: String::new(),
            tenancy: None,
            zone: Some(if online { Zone::Public } else { Zone::Private }),
            network: Some(if online { Network::Internet } else { Network::Government }),
            architecture: Some(if domestic { Architecture::Arm } else { Architecture::X86 }),
            vcpu: Some(vcpu),
            memory_gib: Some(memory_gib),
            operating_system: Some(if domestic { OperatingSystem::Kylin } else { OperatingSystem::OpenEuler }),
            system_disk_gib: Some(100),
            system_disk_kind: Some(DiskKind::GeneralSsd),
            data_disks: if data_gib > 0 { vec![data] } else { vec![] },
            quantity: Some(count),
            public_address: online,
            bandwidth_mbps: bandwidth.filter(|_| online),
            ports: if front { vec![https(online)] } else { vec![] },
            basis: format!("{},可支撑未来一年业务增长", words.say("basis", luck.random_range(0..10))?),
            remark: String::new(),
        });
    }
    Ok(lines)
}

fn https(online: bool) -> OpenPort {
    let source = if online { "0.0.0.0/0" } else { "10.0.0.0/8" };
    OpenPort { port: Some(443), protocol: "tcp".into(), source: source.into(), purpose: "业务访问".into() }
}

fn host_word(role: ServerRole) -> &'static str {
    match role {
        ServerRole::Database => "db",
        other => other.code(),
    }
}

fn account(
    clerk: &Clerk<'_>,
    words: &Words,
    servers: &[ServerLine],
    luck: &mut ChaCha8Rng,
) -> Result<BastionLine, AppError> {
    let born =
        format!("19{:02}{:02}{:02}", luck.random_range(70..=99), luck.random_range(1..=12), luck.random_range(1..=28));
    let body = format!("450302{born}{:03}", luck.random_range(1..=998));
    let from = clerk.today.saturating_add(30.days());
    Ok(BastionLine {
        user_name: person(words, luck),
        user_kind: Some(BastionUserKind::Operator),
        organisation: words.developers[luck.random_range(0..words.developers.len())].clone(),
        id_number: made_up_id_number(&body).ok_or_else(|| AppError::fault("a made-up number has 17 digits"))?,
        mobile: mobile(luck),
        protocols: vec![BastionProtocol::Ssh, BastionProtocol::Sftp],
        transfers: FileTransfer::ALL.to_vec(),
        hosts: servers.iter().map(|line| line.host_name.clone()).collect(),
        source: format!("10.77.{}.0/24", luck.random_range(1..=250)),
        hours: Some(BastionHours::Always),
        valid_from: Some(from),
        valid_to: Some(from.saturating_add(364.days())),
        confidentiality_signed: true,
        reason: "系统部署与日常运维".into(),
    })
}

fn estimate(case: &CaseLine, clerk: &Clerk<'_>, words: &Words) -> Estimate {
    if !case.has("large") {
        return Estimate::default();
    }
    let section = |name: &str| words.estimate.get(name).map(|text| told(text, case, clerk)).unwrap_or_default();
    Estimate {
        situation: section("situation"),
        architecture: section("architecture"),
        funding: section("funding"),
        functions: section("functions"),
        volume: section("volume"),
        performance: section("performance"),
    }
}

fn told(text: &str, case: &CaseLine, clerk: &Clerk<'_>) -> String {
    text.replace("{system}", &case.system).replace("{agency}", clerk.agency)
}

/// A made-up name.
fn person(words: &Words, luck: &mut ChaCha8Rng) -> String {
    let surnames: Vec<char> = words.surnames.chars().collect();
    let given = &words.given[luck.random_range(0..words.given.len())];
    format!("{}{given}", surnames[luck.random_range(0..surnames.len())])
}

/// A made-up mobile number.
pub(super) fn mobile(luck: &mut ChaCha8Rng) -> String {
    format!("1{}{:09}", [35, 36, 38, 59, 77, 78][luck.random_range(0..6)], luck.random_range(0..1_000_000_000_u64))
        .chars()
        .take(11)
        .collect()
}

fn pick<T: Copy>(of: &[T], luck: &mut ChaCha8Rng) -> T {
    of[luck.random_range(0..of.len())]
}
