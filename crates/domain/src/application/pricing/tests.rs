use super::*;
use crate::application::form::{DataDisk, Network, ServiceLine, Tenancy};
use crate::money::Fen;
use crate::proof::day;
use crate::regulation::Regulation;

fn server(mbps: u16, quantity: u16) -> ServerLine {
    ServerLine {
        architecture: Some(Architecture::X86),
        vcpu: Some(4),
        memory_gib: Some(8),
        system_disk_gib: Some(100),
        system_disk_kind: Some(DiskKind::GeneralSsd),
        network: Some(Network::Internet),
        bandwidth_mbps: Some(mbps),
        quantity: Some(quantity),
        ..ServerLine::default()
    }
}

fn lines(form: &Form) -> Vec<(String, String, u64)> {
    order_lines(form).into_iter().map(|line| (line.line, line.sku, line.quantity)).collect()
}

fn of(server: ServerLine) -> Form {
    Form { servers: vec![server], ..Form::default() }
}

fn fee(lines: &[OrderLine]) -> Fen {
    let prices = &Regulation::guilin().prices;
    Fen::sum(lines.iter().map(|line| {
        let price = prices.on(&line.sku, day("2026-03-02")).expect("priced").fen_per_year;
        price.times(line.quantity).expect("small")
    }))
    .expect("small")
}

#[test]
fn a11_a_server_is_its_vcpus_memory_and_disks_times_its_quantity() {
    let mut line = server(0, 3);
    line.data_disks = vec![
        DataDisk { size_gib: Some(200), kind: Some(DiskKind::HighIo), quantity: Some(2) },
        DataDisk { size_gib: Some(50), kind: None, quantity: Some(1) },
    ];
    let expected = [
        ("s1.vcpu", "ECS-U-VCPU", 12),
        ("s1.memory", "ECS-U-MEM", 24),
        ("s1.system", "EVS-SSD", 300),
        ("s1.d1", "EVS-UHIO", 1200),
        ("s1.d2", "EVS-SATA", 150),
    ];
    assert_eq!(lines(&of(line)), expected.map(|(line, sku, n)| (line.to_owned(), sku.to_owned(), n)));
}

#[test]
fn a33_a_domestic_server_is_priced_as_such() {
    let arm = ServerLine { architecture: Some(Architecture::Arm), ..server(0, 1) };
    let skus: Vec<String> = lines(&of(arm)).into_iter().map(|(_, sku, _)| sku).collect();
    assert_eq!(skus, ["ECS-K-VCPU", "ECS-K-MEM", "EVS-SSD"]);
}

#[test]
fn annex_3_bandwidth_is_charged_in_two_steps_for_each_server() {
    for (mbps, count, first, above, yuan) in
        [(0, 1, 0, 0, 0), (5, 1, 5, 0, 1_200), (6, 1, 5, 1, 1_632), (20, 1, 5, 15, 7_680), (20, 2, 10, 30, 15_360)]
    {
        let lines: Vec<OrderLine> =
            order_lines(&of(server(mbps, count))).into_iter().filter(|line| line.line.contains("bandwidth")).collect();
        let sum = |sku| lines.iter().filter(|line| line.sku == sku).map(|line| line.quantity).sum::<u64>();
        assert_eq!((sum("NET-BW-A"), sum("NET-BW-B")), (first, above), "{count} × {mbps} Mbps");
        assert_eq!(fee(&lines), Fen::yuan(yuan), "{count} × {mbps} Mbps");
    }
}

#[test]
fn annex_3_the_step_is_the_one_of_the_price_list() {
    let tier = &Regulation::guilin().tiers[0];
    assert_eq!(tier.steps[0].up_to, Some(u64::from(BANDWIDTH_FIRST_STEP_MBPS)));
    assert_eq!((tier.steps[0].sku.as_str(), tier.steps[1].sku.as_str()), ("NET-BW-A", "NET-BW-B"));
}

#[test]
fn a11_every_product_a_form_can_order_has_a_price() {
    let prices = &Regulation::guilin().prices;
    for architecture in Architecture::ALL {
        for kind in DiskKind::ALL {
            let mut line = ServerLine { architecture: Some(*architecture), ..server(6, 1) };
            line.system_disk_kind = Some(*kind);
            for order in order_lines(&of(line)) {
                assert!(prices.on(&order.sku, day("2026-03-02")).is_some(), "{} has no price", order.sku);
            }
        }
    }
}

#[test]
fn annex_2_a_half_filled_row_counts_as_far_as_it_is_filled() {
    assert_eq!(lines(&of(ServerLine { vcpu: None, ..server(0, 0) })), []);
    let form = Form {
        services: vec![
            ServiceLine { sku: "SEC-WAF".into(), quantity: None, basis: String::new() },
            ServiceLine { sku: String::new(), quantity: Some(1), basis: String::new() },
            ServiceLine { sku: "SEC-WAF".into(), quantity: Some(2), basis: String::new() },
        ],
        ..Form::default()
    };
    assert_eq!(lines(&form), [("v3".to_owned(), "SEC-WAF".to_owned(), 2)], "a line keeps the number of its row");
}

#[test]
fn s20_what_runs_on_a_dedicated_host_is_paid_with_the_host() {
    let dedicated = ServerLine { tenancy: Some(Tenancy::Dedicated), ..server(0, 3) };
    let host = ServiceLine { sku: "DEH-X86".into(), quantity: Some(1), basis: String::new() };
    let form = Form { services: vec![host], ..of(dedicated) };
    let expected = [("s1.system", "EVS-SSD", 300), ("v1", "DEH-X86", 1)];
    assert_eq!(lines(&form), expected.map(|(line, sku, n)| (line.to_owned(), sku.to_owned(), n)));
    let shared = ServerLine { tenancy: Some(Tenancy::Shared), ..server(0, 3) };
    assert_eq!(lines(&of(shared)), lines(&of(server(0, 3))), "said or not, it shares its host");
}
