use super::*;
use crate::application::form::{BastionLine, ServerLine, ServiceLine};
use crate::proof::opinion;

fn form() -> Form {
    let server = |host: &str| ServerLine {
        host_name: host.to_owned(),
        vcpu: Some(8),
        memory_gib: Some(32),
        quantity: Some(3),
        ..ServerLine::default()
    };
    let account = |host: &str| BastionLine { hosts: vec![host.to_owned()], ..BastionLine::default() };
    Form {
        servers: vec![server("app"), server("db")],
        services: vec![ServiceLine { sku: "SEC-WAF".into(), quantity: Some(2), basis: String::new() }],
        bastion_accounts: vec![account("app"), account("db")],
        ..Form::default()
    }
}

fn server(index: u16, quantity: Option<u32>, vcpu: Option<u16>, memory_gib: Option<u16>) -> Cut {
    Cut { target: CutTarget::Server, index, quantity, vcpu, memory_gib, reason: opinion("按实际并发核减") }
}

fn service(index: u16, quantity: u32) -> Cut {
    Cut {
        target: CutTarget::Service,
        index,
        quantity: Some(quantity),
        vcpu: None,
        memory_gib: None,
        reason: opinion("平台统一提供"),
    }
}

fn codes(cuts: &[Cut]) -> Vec<&'static str> {
    granted(&form(), cuts).expect_err("refused").into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a10_3_a_cut_lowers_a_line_and_leaves_the_rest_as_asked() {
    let result = granted(&form(), &[server(0, Some(2), Some(4), Some(16)), service(0, 1)]).expect("granted");
    let line = &result.servers[0];
    assert_eq!((line.quantity, line.vcpu, line.memory_gib), (Some(2), Some(4), Some(16)));
    assert_eq!(result.servers[1], form().servers[1]);
    assert_eq!(result.services[0].quantity, Some(1));
    assert_eq!(granted(&form(), &[]), Ok(form()), "without a cut everything is granted as asked");
}

#[test]
fn a10_3_a_cut_never_raises() {
    assert_eq!(codes(&[server(0, Some(4), None, None)]), ["cut.not_below"]);
    assert_eq!(codes(&[server(0, None, Some(16), None)]), ["cut.not_below"]);
    assert_eq!(codes(&[server(0, None, None, Some(33))]), ["cut.not_below"]);
    assert!(granted(&form(), &[server(0, Some(3), Some(8), Some(32))]).is_ok(), "the same is not above");
}

#[test]
fn a10_3_a_cut_names_a_line_that_is_there_and_names_it_once() {
    assert_eq!(codes(&[server(2, Some(1), None, None)]), ["cut.not_below"]);
    assert_eq!(codes(&[service(1, 1)]), ["cut.not_below"]);
    assert_eq!(codes(&[service(0, 1), service(0, 1)]), ["cut.twice"]);
    let size_of_a_service = Cut { vcpu: Some(1), ..service(0, 1) };
    assert_eq!(codes(&[size_of_a_service]), ["cut.not_below"], "a service has no vCPU");
}

#[test]
fn a10_3_what_is_granted_can_be_had() {
    assert_eq!(codes(&[server(0, None, Some(3), None)]), ["cut.size"], "3 vCPU are not on offer");
    assert_eq!(codes(&[server(0, None, Some(0), Some(0))]), ["cut.size"]);
    assert_eq!(codes(&[server(0, None, Some(2), None)]), ["cut.size"], "2 vCPU with 32 GiB break the ratio");
    assert!(granted(&form(), &[server(0, None, Some(4), None)]).is_ok(), "4 vCPU with 32 GiB are 1:8");
    assert!(granted(&form(), &[server(0, Some(0), Some(3), None)]).is_ok(), "of nothing the size does not matter");
}

#[test]
fn a10_3_a_line_cut_to_nothing_is_gone_with_the_accounts_for_it() {
    let result = granted(&form(), &[server(0, Some(0), None, None)]).expect("granted");
    assert_eq!(result.servers.len(), 1);
    assert_eq!(result.bastion_accounts.len(), 1);
    assert_eq!(result.bastion_accounts[0].hosts, ["db"]);
}

#[test]
fn a10_3_everything_cut_is_a_refusal_and_is_said_so() {
    let all = [server(0, Some(0), None, None), server(1, Some(0), None, None), service(0, 0)];
    assert_eq!(codes(&all), ["cut.everything"]);
    assert!(granted(&form(), &all[..2]).is_ok(), "a service alone may stay");
}
