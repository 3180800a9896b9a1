//! 附件2, 2-1, 2-2 field by field: a whole form passes, and each fault is found where it stands.

use super::*;
use crate::application::form::{
    Audience, BastionLine, BastionProtocol, BastionUserKind, Construction, Contact, DataDisk, Deployment, DiskKind,
    Estimate, FileTransfer, FundSource, Funding, Network, OpenPort, OperatingSystem, PersonalInformation,
    ProtectionLevel, Request, ServerRole, ServiceLine, SpecialReason, System, SystemCategory, Tenancy, Urgency, Zone,
};
use crate::proof::day;
use crate::regulation::Regulation;

fn server() -> ServerLine {
    ServerLine {
        role: Some(ServerRole::App),
        host_name: "app-01".to_owned(),
        zone: Some(Zone::Private),
        network: Some(Network::Government),
        architecture: Some(Architecture::Arm),
        vcpu: Some(4),
        memory_gib: Some(8),
        operating_system: Some(OperatingSystem::Kylin),
        system_disk_gib: Some(100),
        system_disk_kind: Some(DiskKind::GeneralSsd),
        data_disks: vec![DataDisk { size_gib: Some(200), kind: Some(DiskKind::HighIo), quantity: Some(1) }],
        quantity: Some(1),
        basis: "按峰值 200 并发测算".to_owned(),
        ..ServerLine::default()
    }
}

fn account() -> BastionLine {
    BastionLine {
        user_name: "莫桂芳".to_owned(),
        user_kind: Some(BastionUserKind::Agency),
        id_number: "11010519491231002X".to_owned(),
        mobile: "13800000000".to_owned(),
        protocols: vec![BastionProtocol::Ssh],
        hosts: vec!["app-01".to_owned()],
        source: "10.1.2.0/24".to_owned(),
        valid_from: Some(day("2026-04-01")),
        valid_to: Some(day("2027-03-31")),
        ..BastionLine::default()
    }
}

/// A special request of a new system, complete in every field.
fn form() -> Form {
    Form {
        contact: Contact {
            credit_code: "114503000000010116".to_owned(),
            head: "李建国".to_owned(),
            deputy: "韦秀兰".to_owned(),
            handler: "秦小明".to_owned(),
            mobile: "13800000000".to_owned(),
            email: "zwy@guilin.gov.cn".to_owned(),
            system_admin: "甲".to_owned(),
            security_admin: "乙".to_owned(),
            audit_admin: "丙".to_owned(),
            ..Contact::default()
        },
        request: Request {
            mode: Some(Mode::Special),
            special_reason: Some(SpecialReason::MajorTask),
            construction: Some(Construction::New),
            urgency: Some(Urgency::Normal),
        },
        system: System {
            name: "漓江水质监测系统".to_owned(),
            category: Some(SystemCategory::Enforcement),
            audience: Some(Audience::Internal),
            overview: "面".repeat(50),
            registered_users: Some(300),
            peak_concurrency: Some(50),
            unclassified: Some(true),
            work_secrets: Some(false),
            personal_information: Some(PersonalInformation::None),
            protection_level: Some(ProtectionLevel::Two),
            sharing_scope: "向市大数据平台共享监测数据".to_owned(),
            cloud_software_suffices: Some(true),
            ..System::default()
        },
        deployment: Deployment { zones: vec![Zone::Private], ..Deployment::default() },
        servers: vec![server()],
        bastion_accounts: vec![account()],
        funding: Funding {
            source: Some(FundSource::ProjectFunds),
            budget_item: "水质监测二期".to_owned(),
            expected_activation: Some(day("2026-05-01")),
        },
        commitment: true,
        ..Form::default()
    }
}

const ALL_MATERIALS: [MaterialKind; 4] =
    [MaterialKind::ProjectPlan, MaterialKind::ProjectApproval, MaterialKind::Topology, MaterialKind::SpecialBasis];

fn findings_at(form: &Form, fee: Fen, attached: &[MaterialKind]) -> Vec<Finding> {
    let context = Context {
        today: day("2026-03-02"),
        limits: &Regulation::guilin().limits,
        fee_per_year: fee,
        attached,
        known_sku: &|sku| Regulation::guilin().prices.knows(sku),
        opened_with_servers: &|sku| Regulation::guilin().fulfilment_of(sku).is_some_and(|row| row.only_by_driver()),
        host_size: &|sku| Regulation::guilin().host_size(sku),
    };
    check(form, &context)
}

/// Field and code of every finding of the form after `change`.
fn after(change: impl FnOnce(&mut Form)) -> Vec<(String, &'static str)> {
    let mut changed = form();
    change(&mut changed);
    let found = findings_at(&changed, Fen(384_000), &ALL_MATERIALS);
    found.into_iter().map(|finding| (finding.field, finding.code)).collect()
}

fn only(field: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), code)]
}

fn codes(found: &[(String, &'static str)]) -> Vec<&'static str> {
    found.iter().map(|(_, code)| *code).collect()
}

#[test]
fn annex_2_a_complete_form_has_no_finding() {
    assert_eq!(after(|_| ()), []);
}

#[test]
fn annex_2_a_blank_form_is_told_everything_at_once() {
    let found = findings_at(&Form::default(), Fen::ZERO, &[]);
    let fields: Vec<&str> = found.iter().map(|finding| finding.field.as_str()).collect();
    for field in ["contact.credit_code", "request.mode", "system.name", "servers", "funding.source", "commitment"] {
        assert!(fields.contains(&field), "{field} is not named in {fields:?}");
    }
    assert!(found.iter().all(|finding| finding.clause.is_some()), "every finding knows its clause");
    assert!(found.iter().all(|finding| !finding.zh.is_empty() && !finding.en.is_empty()));
}

#[test]
fn annex_2_numbers_of_the_agency_and_its_people_are_checked_by_their_standards() {
    assert_eq!(
        after(|f| f.contact.credit_code = "114503000000010117".into()),
        only("contact.credit_code", "form.credit_code")
    );
    assert_eq!(after(|f| f.contact.mobile = "12800000000".into()), only("contact.mobile", "form.mobile"));
    assert_eq!(after(|f| f.contact.email = "zwy.guilin".into()), only("contact.email", "form.email"));
    assert_eq!(after(|f| f.contact.head = "李".repeat(51)), only("contact.head", "form.too_long"));
    assert_eq!(after(|f| f.contact.head = "李".repeat(50)), []);
}

#[test]
fn a29_the_three_officers_are_three_people() {
    let twice = only("contact.audit_admin", "form.officers_differ");
    assert_eq!(after(|f| f.contact.audit_admin = "甲".into()), twice);
    assert_eq!(after(|f| f.contact.security_admin = "甲".into()), twice);
    assert_eq!(after(|f| f.contact.audit_admin = " 乙 ".into()), twice, "blanks make no other person");
    assert_eq!(after(|f| f.contact.audit_admin = String::new()), only("contact.audit_admin", "form.required"));
}

#[test]
fn a10_1_2_a_special_request_states_its_reason_and_proves_it() {
    assert_eq!(after(|f| f.request.special_reason = None), only("request.special_reason", "form.special_reason"));
    let consolidated = after(|f| (f.request.mode, f.request.special_reason) = (Some(Mode::Consolidated), None));
    assert_eq!(consolidated, []);
    let found = findings_at(&form(), Fen::ZERO, &ALL_MATERIALS[..3]);
    assert_eq!(found.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["attachments.special_basis"]);
}

#[test]
fn a10_1_the_materials_follow_from_the_kind_of_construction() {
    let missing = |change: &dyn Fn(&mut Form)| {
        let mut changed = form();
        change(&mut changed);
        let found = findings_at(&changed, Fen::ZERO, &[]);
        let fields = found.iter().filter_map(|f| f.field.strip_prefix("attachments.").map(str::to_owned));
        fields.collect::<Vec<_>>()
    };
    let of = |construction| {
        missing(&|f| {
            f.request.construction = Some(construction);
            f.request.mode = Some(Mode::Consolidated);
        })
    };
    assert_eq!(of(Construction::New), ["project_plan", "project_approval", "topology"]);
    assert_eq!(of(Construction::Expansion), ["project_plan", "project_approval", "topology"]);
    assert_eq!(of(Construction::Migration), ["migration_plan", "performance_report", "security_report", "topology"]);
    assert_eq!(of(Construction::Renewal), ["topology"]);
    assert_eq!(of(Construction::Adoption), ["topology"]);
    let shared = missing(&|f| f.funding.source = Some(FundSource::Shared));
    assert_eq!(shared.last().map(String::as_str), Some("cost_share"), "第九条(六): the parties agree first");
}

#[test]
fn a10_1_an_estimate_is_due_from_exactly_100_000_yuan_a_year() {
    let missing = |fee: Fen, change: &dyn Fn(&mut Estimate)| {
        let mut changed = form();
        change(&mut changed.estimate);
        let found = findings_at(&changed, fee, &ALL_MATERIALS);
        found.into_iter().map(|finding| finding.field).collect::<Vec<_>>()
    };
    assert!(missing(Fen(9_999_999), &|_| ()).is_empty(), "99 999.99 yuan");
    let all = ["situation", "architecture", "funding", "functions", "volume", "performance"];
    assert_eq!(missing(Fen(10_000_000), &|_| ()), all.map(|name| format!("estimate.{name}")), "100 000.00 yuan");
    let written = |e: &mut Estimate| {
        *e = Estimate {
            situation: "基本情况".into(),
            architecture: "网络架构".into(),
            funding: "资金来源".into(),
            functions: "功能".into(),
            volume: "信息量".into(),
            performance: "  ".into(),
        }
    };
    assert_eq!(missing(Fen(10_000_000), &written), ["estimate.performance"], "blanks are no section");
}

#[test]
fn a3_a32_neither_state_secrets_nor_work_secrets() {
    for value in [None, Some(false)] {
        assert_eq!(after(|f| f.system.unclassified = value), only("system.unclassified", "form.classified"));
    }
    for value in [None, Some(true)] {
        assert_eq!(after(|f| f.system.work_secrets = value), only("system.work_secrets", "form.work_secrets"));
    }
}

#[test]
fn a7_the_clouds_own_software_comes_first() {
    assert_eq!(
        after(|f| f.system.cloud_software_suffices = Some(false)),
        only("system.cloud_software_reason", "form.software_reason")
    );
    let reasoned = after(|f| {
        f.system.cloud_software_suffices = Some(false);
        f.system.cloud_software_reason = "无同类软件".into();
    });
    assert_eq!(reasoned, []);
    assert_eq!(
        after(|f| f.system.cloud_software_suffices = None),
        only("system.cloud_software_suffices", "form.required")
    );
}

#[test]
fn a8_without_the_commitment_nothing_is_submitted() {
    assert_eq!(after(|f| f.commitment = false), only("commitment", "form.commitment"));
}

#[test]
fn a29_a_website_names_its_domain_and_both_registrations() {
    let website = |f: &mut Form| {
        f.system.is_website = true;
        f.system.domain_name = "sz.guilin.gov.cn".into();
        f.system.icp_number = "桂ICP备2026000001号".into();
        f.system.police_number = "桂公网安备45030002000001号".into();
    };
    assert_eq!(after(website), []);
    let without = |field: &str, blank: &dyn Fn(&mut Form)| {
        let found = after(|f| {
            website(f);
            blank(f);
        });
        assert_eq!(found, only(field, "form.website"));
    };
    without("system.domain_name", &|f| f.system.domain_name.clear());
    without("system.icp_number", &|f| f.system.icp_number.clear());
    without("system.police_number", &|f| f.system.police_number.clear());
    let malformed = after(|f| {
        website(f);
        f.system.domain_name = "http://sz".into();
    });
    assert_eq!(malformed, only("system.domain_name", "form.domain_name"));
}

#[test]
fn annex_2_the_overview_has_50_to_2000_characters() {
    for (length, code) in [
        (49, Some("form.too_short")),
        (50, None),
        (2000, None),
        (2001, Some("form.too_long")),
        (0, Some("form.required")),
    ] {
        let found = after(|f| f.system.overview = "面".repeat(length));
        assert_eq!(codes(&found), code.into_iter().collect::<Vec<_>>(), "{length} characters");
    }
}

#[test]
fn a3_a9_4_what_deserves_a_second_look_does_not_block() {
    let remarks = |change: &dyn Fn(&mut Form), field: &str, code: &str| {
        let mut changed = form();
        change(&mut changed);
        let found = findings_at(&changed, Fen::ZERO, &ALL_MATERIALS);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].field.as_str(), found[0].code, found[0].blocks()), (field, code, false));
    };
    remarks(&|f| f.system.audience = Some(Audience::Public), "deployment.zone_reason", "form.zone_misfit");
    remarks(&|f| f.system.protection_level = Some(ProtectionLevel::Three), "system.assessed_on", "form.assessment_due");
    remarks(
        &|f| f.servers[0].architecture = Some(Architecture::X86),
        "deployment.not_domestic_reason",
        "form.not_domestic",
    );
    remarks(
        &|f| {
            f.servers[0].network = Some(Network::Internet);
            f.servers[0].role = Some(ServerRole::Database);
        },
        "servers[0].network",
        "form.database_exposed",
    );
}

#[test]
fn annex_2_1_a_host_name_is_well_formed_and_used_once() {
    assert_eq!(after(|f| f.servers[0].host_name = "App".into())[0], ("servers[0].host_name".into(), "form.host_name"));
    let twice = after(|f| f.servers.push(server()));
    assert_eq!(twice, only("servers[1].host_name", "form.host_name_twice"));
}

#[test]
fn annex_2_1_vcpu_comes_in_steps_and_memory_within_its_ratio() {
    let size =
        |vcpu, memory| codes(&after(|f| (f.servers[0].vcpu, f.servers[0].memory_gib) = (Some(vcpu), Some(memory))));
    for (vcpu, memory) in [(1, 1), (1, 8), (2, 16), (16, 64), (4, 4), (4, 32)] {
        assert_eq!(size(vcpu, memory), [""; 0], "{vcpu} × {memory}");
    }
    for (vcpu, memory) in [(4, 3), (4, 33), (16, 15), (1, 9)] {
        assert_eq!(size(vcpu, memory), ["form.ratio"], "{vcpu} × {memory}");
    }
    assert_eq!(size(3, 8), ["form.vcpu"]);
    assert_eq!(size(0, 0), ["form.vcpu", "form.out_of_range"]);
    assert_eq!(size(64, 513), ["form.out_of_range", "form.ratio", "form.required"]);
}

#[test]
fn annex_2_1_a_large_server_is_argued_for_in_twenty_characters() {
    let basis = |vcpu, memory, length| {
        after(|f| {
            (f.servers[0].vcpu, f.servers[0].memory_gib) = (Some(vcpu), Some(memory));
            f.servers[0].basis = "算".repeat(length);
        })
    };
    assert_eq!(basis(16, 64, 5), [], "16 and 64 are not above 16 and 64");
    for (vcpu, memory) in [(32, 64), (16, 65)] {
        assert_eq!(basis(vcpu, memory, 19), only("servers[0].basis", "form.required"));
        assert_eq!(basis(vcpu, memory, 20), []);
    }
}

#[test]
fn annex_2_1_disks_and_quantities_have_both_ends() {
    for (gib, fits) in [(39, false), (40, true), (500, true), (501, false)] {
        assert_eq!(after(|f| f.servers[0].system_disk_gib = Some(gib)).is_empty(), fits, "system {gib}");
    }
    for (gib, fits) in [(9, false), (10, true), (32_768, true), (32_769, false)] {
        assert_eq!(after(|f| f.servers[0].data_disks[0].size_gib = Some(gib)).is_empty(), fits, "data {gib}");
    }
    for (count, fits) in [(0, false), (1, true), (16, true), (17, false)] {
        assert_eq!(after(|f| f.servers[0].data_disks[0].quantity = Some(count)).is_empty(), fits, "{count} disks");
    }
    let no_kind = after(|f| f.servers[0].data_disks[0].kind = None);
    assert_eq!(no_kind, only("servers[0].data_disks[0].kind", "form.required"));
}

#[test]
fn annex_2_1_more_than_ten_servers_are_argued_for_and_more_than_200_refused() {
    let many = |count| after(|f| f.servers[0].quantity = Some(count));
    assert_eq!(many(10), []);
    assert_eq!(many(11), only("estimate.performance", "form.argue_size"));
    assert_eq!(codes(&many(201)), ["form.out_of_range", "form.argue_size"]);
    let rows = |count: usize| {
        after(|f| {
            f.servers = (0..count).map(|n| ServerLine { host_name: format!("app-{n}"), ..server() }).collect();
            f.bastion_accounts.clear();
            f.estimate.performance = "压测".into();
        })
    };
    assert_eq!(rows(200), []);
    assert_eq!(rows(201), only("servers", "form.too_many_rows"));
}

#[test]
fn annex_2_1_bandwidth_only_in_the_internet_zone() {
    let asked = |network, mbps| {
        codes(&after(|f| (f.servers[0].network, f.servers[0].bandwidth_mbps) = (Some(network), Some(mbps))))
    };
    assert_eq!(asked(Network::Internet, 1000), [""; 0]);
    assert_eq!(asked(Network::Internet, 1001), ["form.out_of_range"]);
    assert_eq!(asked(Network::Government, 0), [""; 0]);
    assert_eq!(asked(Network::Government, 1), ["form.bandwidth_zone"]);
}

#[test]
fn a29_no_management_port_is_open_to_the_internet() {
    let open = |port: u16, source: &str| {
        let port =
            OpenPort { port: Some(port), protocol: "tcp".into(), source: source.into(), purpose: "运维".into() };
        codes(&after(|f| f.servers[0].ports.push(port)))
    };
    for port in FORBIDDEN_INTERNET_PORTS {
        for source in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1"] {
            assert_eq!(open(port, source), ["form.forbidden_port"], "{port} from {source}");
        }
        assert_eq!(open(port, "10.1.0.0/16"), [""; 0], "{port} from an office");
    }
    assert_eq!(open(443, "0.0.0.0/0"), [""; 0]);
    assert_eq!(open(0, "10.1.0.0/16"), ["form.port"]);
    assert_eq!(open(443, "anywhere"), ["form.port"]);
}

#[test]
fn annex_3_other_services_stand_in_the_catalogue() {
    let asked = |sku: &str, quantity| {
        let line = ServiceLine { sku: sku.into(), quantity: Some(quantity), basis: String::new() };
        codes(&after(|f| f.services.push(line)))
    };
    assert_eq!(asked("NET-BW-A", 1), [""; 0]);
    assert_eq!(asked("NET-BW-A", 0), ["form.out_of_range"]);
    assert_eq!(asked("NO-SUCH", 1), ["form.unknown_sku"]);
    assert_eq!(asked("ECS-OS-CN", 1), [""; 0], "a licence is a service of its own");
    assert_eq!(asked("ECS-G-04C008G", 1), ["form.opened_with_servers"]);
    assert_eq!(asked("EVS-SSD", 100), ["form.opened_with_servers"]);
    assert_eq!(asked("EVS-SNAP", 100), [""; 0]);
}

#[test]
fn s20_dedicated_servers_and_hosts_go_together() {
    let asked = |servers: u16, hosts: u32| {
        after(|f| {
            f.servers[0].tenancy = Some(Tenancy::Dedicated);
            (f.servers[0].architecture, f.servers[0].quantity) = (Some(Architecture::Arm), Some(servers));
            (f.servers[0].vcpu, f.servers[0].memory_gib) = (Some(16), Some(64));
            f.estimate.performance = "压测".into();
            let host = ServiceLine { sku: "DEH-ARM".into(), quantity: Some(hosts), basis: String::new() };
            f.services.extend((hosts > 0).then_some(host));
        })
    };
    assert_eq!(asked(8, 1), [], "128 vCPU and 512 GB are one host");
    let too_few = asked(9, 1);
    assert_eq!(codes(&too_few), ["form.dedicated_hosts_too_few"]);
    assert!(too_few[0].0.starts_with("services[") && too_few[0].0.ends_with(".quantity"), "{too_few:?}");
    assert_eq!(asked(9, 2), []);
    assert_eq!(asked(1, 0), only("servers[0].tenancy", "form.no_dedicated_host"));
    let host = |sku: &str| ServiceLine { sku: sku.into(), quantity: Some(1), basis: String::new() };
    assert_eq!(codes(&after(|f| f.services.push(host("DEH-X86")))), ["form.dedicated_host_unused"]);
    assert_eq!(codes(&after(|f| f.services.push(host("DEH-VCPU")))), [""; 0], "a core is no host");
}

#[test]
fn annex_2_2_an_account_belongs_to_a_known_person_and_known_servers() {
    let with = |change: &dyn Fn(&mut BastionLine)| after(|f| change(&mut f.bastion_accounts[0]));
    let at = |name: &str, code| only(&format!("bastion_accounts[0].{name}"), code);
    assert_eq!(with(&|a| a.id_number = "110105194912310021".into()), at("id_number", "form.id_number"));
    assert_eq!(with(&|a| a.mobile = "110".into()), at("mobile", "form.mobile"));
    assert_eq!(with(&|a| a.hosts.push("db-01".into())), at("hosts", "form.bastion_hosts"));
    assert_eq!(with(&|a| a.hosts.clear()), at("hosts", "form.bastion_hosts"));
    assert_eq!(with(&|a| a.protocols.clear()), at("protocols", "form.required"));
    let files = |transfers: &[FileTransfer]| {
        with(&|a| (a.protocols, a.transfers) = (vec![BastionProtocol::Sftp], transfers.to_vec()))
    };
    assert_eq!(files(&[]), at("transfers", "form.required"), "which way may files go?");
    assert_eq!(files(&[FileTransfer::Download]), []);
    let others = with(&|a| a.protocols = vec![BastionProtocol::Rdp, BastionProtocol::Database]);
    assert_eq!(others, at("protocols", "form.protocol_not_served"), "said once, and not in the way");
    assert_eq!(with(&|a| a.source = "10.1.2.3/24".into()), at("source", "form.cidr"));
    assert_eq!(with(&|a| a.source = "0.0.0.0/0".into()), at("source", "form.source_open"));
}

#[test]
fn annex_2_2_an_account_lasts_a_year_at_most() {
    let until = |day: Option<Date>| after(|f| f.bastion_accounts[0].valid_to = day);
    let refused = only("bastion_accounts[0].valid_to", "form.validity");
    assert_eq!(until(Some(day("2027-03-31"))), [], "365 days");
    assert_eq!(until(Some(day("2027-04-01"))), refused, "366 days");
    assert_eq!(until(Some(day("2026-04-01"))), [], "one day");
    assert_eq!(until(Some(day("2026-03-31"))), refused, "ends before it begins");
    assert_eq!(until(None), refused);
}

#[test]
fn a28_outside_staff_sign_a_confidentiality_agreement() {
    let outside = |signed| {
        after(|f| {
            f.bastion_accounts[0].user_kind = Some(BastionUserKind::Developer);
            f.bastion_accounts[0].confidentiality_signed = signed;
        })
    };
    assert_eq!(outside(false), only("bastion_accounts[0].confidentiality_signed", "form.confidentiality"));
    assert_eq!(outside(true), []);
}

#[test]
fn annex_2_the_expected_day_lies_ahead_and_the_availability_is_on_offer() {
    let expected = |on: &str| after(|f| f.funding.expected_activation = Some(day(on)));
    assert_eq!(expected("2026-03-02"), only("funding.expected_activation", "form.expected_activation"), "today");
    assert_eq!(expected("2026-03-03"), []);
    for (points, fits) in [(9950, true), (9990, true), (9995, true), (9999, false), (0, false)] {
        assert_eq!(after(|f| f.deployment.availability_basis_points = Some(points)).is_empty(), fits, "{points}");
    }
}

#[test]
fn annex_2_no_text_is_longer_than_its_box() {
    for (name, found) in [
        ("system.short_name", after(|f| f.system.short_name = "长".repeat(101))),
        ("servers[0].remark", after(|f| f.servers[0].remark = "长".repeat(2001))),
        ("estimate.volume", after(|f| f.estimate.volume = "长".repeat(5001))),
        ("bastion_accounts[0].reason", after(|f| f.bastion_accounts[0].reason = "长".repeat(2001))),
    ] {
        assert_eq!(found, only(name, "form.too_long"));
    }
}

#[test]
fn a10_1_an_adoption_names_servers_as_they_are_one_a_row() {
    let adoption = |change: fn(&mut ServerLine)| {
        after(|f| {
            f.request.construction = Some(Construction::Adoption);
            // Sizes that are not on offer: an adopted server is taken as it is.
            let line = &mut f.servers[0];
            (line.external_name, line.vcpu, line.memory_gib) = ("legacy-web".into(), Some(3), Some(20));
            (line.system_disk_gib, line.quantity) = (Some(20), Some(1));
            change(line);
        })
    };
    let has = |found: &[(String, &'static str)], code: &str| found.iter().any(|(_, one)| *one == code);
    let fine = adoption(|_| {});
    assert!(!fine.iter().any(|(field, _)| field.starts_with("servers")), "{fine:?}");
    assert!(has(&adoption(|line| line.external_name.clear()), "form.required"));
    assert!(has(&adoption(|line| line.quantity = Some(2)), "form.adopts_one"));
    assert!(has(&adoption(|line| line.vcpu = Some(0)), "form.out_of_range"));
    let named = after(|f| f.servers[0].external_name = "legacy-web".into());
    assert!(has(&named, "form.adopts_nothing"), "only an adoption names a server");
    let twice = after(|f| {
        f.request.construction = Some(Construction::Adoption);
        f.servers[0].external_name = "legacy-web".into();
        let mut other = f.servers[0].clone();
        other.host_name = "other".into();
        f.servers.push(other);
    });
    assert!(has(&twice, "form.external_name_twice"));
}
