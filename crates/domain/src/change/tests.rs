use super::*;
use crate::application::form::{BastionHours, BastionProtocol, DataDisk};
use crate::proof::{self, Lifecycle, day, opinion};
use crate::regulation::Regulation;

fn form() -> Form {
    let disk = |size_gib| DataDisk { size_gib: Some(size_gib), kind: None, quantity: Some(1) };
    let line = ServerLine {
        vcpu: Some(4),
        memory_gib: Some(8),
        data_disks: vec![disk(100), disk(200)],
        quantity: Some(1),
        ..ServerLine::default()
    };
    Form { servers: vec![line], ..Form::default() }
}

fn server(vcpu: Option<u16>, memory_gib: Option<u16>, data_disks_gib: &[u16]) -> ServerChange {
    ServerChange { index: 0, vcpu, memory_gib, data_disks_gib: data_disks_gib.to_vec() }
}

fn request(servers: Vec<ServerChange>) -> Request {
    Request {
        servers,
        services: vec![],
        accounts: vec![],
        new_accounts: vec![],
        reason: opinion("业务增长"),
        fallback: opinion("回退到原规格"),
        fund_source: String::new(),
        estimate: None,
    }
}

fn after(change: ServerChange) -> Result<Form, Refusal> {
    changed(&form(), &request(vec![change]))
}

fn with(from: State, command: Command, (fund_source, dearer_by): (&str, i64), today: &str) -> Result<State, Refusal> {
    let city = Regulation::guilin();
    let request = Request { fund_source: fund_source.to_owned(), ..request(vec![server(Some(8), Some(16), &[])]) };
    let impact = Impact { dearer_by: Fen(dearer_by), fee_after: Fen(5_000_000), covered: false };
    transition(from, command, (&request, impact), day(today), &city.calendar, &city.limits)
}

fn step(from: State, command: Command, today: &str) -> Result<State, Refusal> {
    with(from, command, ("部门预算", 1), today)
}

#[test]
fn proof_of_the_change_lifecycle() {
    let words = || opinion("同意");
    let table = Lifecycle {
        title: "变更:状态 × 步骤",
        about: "《办法》第十条(六):从变更申请到实施完成。表中变更增加费用,资金来源已填写。",
        term: State::term,
        kind: |command: &Command| (command.kind().term(), command.kind().clause()),
        duties: State::duties,
        step: &|state, command| step(state, command, "2026-03-18").map_err(|refusal| Box::new(refusal) as _),
        states: vec![
            ("", State::Draft),
            ("", State::UnitReview),
            ("", State::Submitted { review_due: day("2026-03-25") }),
            ("", State::Declined { opinion: words() }),
            ("", State::Approved { implement_due: day("2026-03-25") }),
            ("", State::Implementing { implement_due: day("2026-03-25") }),
            ("", State::Done { on: day("2026-03-20") }),
            ("", State::Withdrawn),
        ],
        commands: vec![
            Command::Submit,
            Command::UnitApprove { opinion: words() },
            Command::UnitReturn { opinion: words() },
            Command::Approve { opinion: words() },
            Command::Decline { opinion: words() },
            Command::Implement,
            Command::Implemented,
            Command::Withdraw { opinion: words() },
        ],
        otherwise: vec![],
    };
    let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(table.command_codes(), kinds);
    assert_eq!(table.state_codes().len(), 8);
    proof::compare("change.md", &table.print());
}

#[test]
fn a10_6_what_becomes_dearer_needs_its_source_of_funds() {
    let submit = |funds, dearer_by| with(State::Draft, Command::Submit, (funds, dearer_by), "2026-03-18");
    assert_eq!(submit("", 1), Err(Refusal::FundSourceMissing));
    assert_eq!(submit("  ", 1), Err(Refusal::FundSourceMissing));
    assert_eq!(submit("部门预算", 1), Ok(State::UnitReview));
    assert_eq!(submit("", 0), Ok(State::UnitReview), "the same money needs none");
    assert_eq!(submit("", -1), Ok(State::UnitReview), "less money needs none");
}

fn estimate() -> Estimate {
    let text = || "见附表".to_owned();
    Estimate {
        situation: text(),
        architecture: text(),
        funding: text(),
        functions: text(),
        volume: text(),
        performance: text(),
    }
}

#[test]
fn a10_6_a_dearer_change_names_its_funds_where_anything_is_left_to_pay() {
    let city = Regulation::guilin();
    let submit = |covered| {
        let request = request(vec![server(Some(8), Some(16), &[])]);
        let impact = Impact { dearer_by: Fen(1), fee_after: Fen(5_000_000), covered };
        transition(State::Draft, Command::Submit, (&request, impact), day("2026-03-18"), &city.calendar, &city.limits)
    };
    assert_eq!(submit(false), Err(Refusal::FundSourceMissing));
    assert_eq!(submit(true), Ok(State::UnitReview), "D10: the pool covers all of this year");
}

#[test]
fn a10_1_a_dearer_change_that_reaches_100_000_yuan_needs_the_estimate() {
    let city = Regulation::guilin();
    let submit = |estimate: Option<Estimate>, dearer_by, fee_after| {
        let servers = vec![server(Some(8), Some(16), &[])];
        let request = Request { fund_source: "部门预算".into(), estimate, ..request(servers) };
        let impact = Impact { dearer_by: Fen(dearer_by), fee_after: Fen(fee_after), covered: false };
        transition(State::Draft, Command::Submit, (&request, impact), day("2026-03-18"), &city.calendar, &city.limits)
    };
    let missing = |section| Err(Refusal::EstimateMissing { section });
    assert_eq!(submit(None, 1, 9_999_999), Ok(State::UnitReview), "a fen below");
    assert_eq!(submit(None, 1, 10_000_000), missing("基本情况"), "exactly 100,000.00");
    assert_eq!(submit(Some(Estimate::default()), 1, 10_000_000), missing("基本情况"));
    let half = Estimate { volume: "  ".into(), ..estimate() };
    assert_eq!(submit(Some(half), 1, 10_000_000), missing("信息量指标"), "every section");
    assert_eq!(submit(Some(estimate()), 1, 10_000_000), Ok(State::UnitReview));
    assert_eq!(submit(None, 0, 20_000_000), Ok(State::UnitReview), "D14: only where it becomes dearer");
}

#[test]
fn a10_1_the_estimate_of_a_change_becomes_the_forms() {
    let servers = || vec![server(Some(8), Some(16), &[])];
    let kept = changed(&form(), &request(servers())).expect("changes");
    assert_eq!(kept.estimate, Estimate::default());
    let new = changed(&form(), &Request { estimate: Some(estimate()), ..request(servers()) }).expect("changes");
    assert_eq!(new.estimate, estimate());
    let long = |chars| Estimate { functions: "文".repeat(chars), ..estimate() };
    let with = |chars| changed(&form(), &Request { estimate: Some(long(chars)), ..request(servers()) });
    assert!(with(5000).is_ok());
    assert_eq!(with(5001), Err(Refusal::EstimateTooLong { section: "系统功能指标" }));
    let only = Request { estimate: Some(estimate()), ..request(vec![]) };
    assert_eq!(changed(&form(), &only), Err(Refusal::Nothing), "a new estimate alone changes no service");
}

#[test]
fn a10_6_five_working_days_to_review_and_five_to_carry_out() {
    let words = || opinion("同意");
    for (on, due) in [("2026-03-18", "2026-03-25"), ("2024-04-10", "2024-04-19"), ("2024-09-30", "2024-10-12")] {
        let reviewed = step(State::UnitReview, Command::UnitApprove { opinion: words() }, on);
        assert_eq!(reviewed, Ok(State::Submitted { review_due: day(due) }), "{on}");
        let from = State::Submitted { review_due: day("2026-03-25") };
        let approved = step(from, Command::Approve { opinion: words() }, on);
        assert_eq!(approved, Ok(State::Approved { implement_due: day(due) }), "{on}");
    }
}

#[test]
fn a10_6_a_server_may_grow_and_shrink_within_the_sizes_on_offer() {
    let grown = after(server(Some(8), Some(16), &[])).expect("grows");
    assert_eq!((grown.servers[0].vcpu, grown.servers[0].memory_gib), (Some(8), Some(16)));
    assert!(after(server(Some(2), Some(2), &[])).is_ok(), "1:1");
    assert!(after(server(Some(4), Some(32), &[])).is_ok(), "1:8");
    for (vcpu, memory) in
        [(Some(3), None), (Some(4), Some(3)), (Some(4), Some(33)), (Some(0), Some(0)), (Some(128), Some(512))]
    {
        assert_eq!(after(server(vcpu, memory, &[])), Err(Refusal::Malformed), "{vcpu:?} × {memory:?}");
    }
    assert!(after(server(Some(64), Some(512), &[])).is_ok(), "the largest");
}

#[test]
fn a10_6_disks_grow_and_never_shrink() {
    let sizes = |form: Form| form.servers[0].data_disks.iter().map(|disk| disk.size_gib).collect::<Vec<_>>();
    assert_eq!(sizes(after(server(None, None, &[101])).expect("grows")), [Some(101), Some(200)]);
    assert_eq!(sizes(after(server(None, None, &[100, 32_768])).expect("grows")), [Some(100), Some(32_768)]);
    assert_eq!(after(server(None, None, &[99])), Err(Refusal::DiskShrinks));
    assert_eq!(after(server(None, None, &[100, 32_769])), Err(Refusal::Malformed), "beyond the largest disk");
    assert_eq!(after(server(None, None, &[100, 200, 300])), Err(Refusal::NoSuchDisk { index: 1 }));
}

#[test]
fn a10_6_a_change_changes_something_that_is_there() {
    assert_eq!(after(server(None, None, &[])), Err(Refusal::Nothing));
    assert_eq!(after(server(Some(4), Some(8), &[100, 200])), Err(Refusal::Nothing));
    assert_eq!(changed(&form(), &request(vec![])), Err(Refusal::Nothing));
    let elsewhere = ServerChange { index: 1, ..server(Some(8), None, &[]) };
    assert_eq!(after(elsewhere), Err(Refusal::NoSuchLine { index: 2 }), "rows are counted from one on screen");
}

#[test]
fn a10_6_a_finished_or_dropped_change_leaves_the_way_free() {
    for (state, open) in [
        (State::Draft, true),
        (State::Implementing { implement_due: day("2026-03-25") }, true),
        (State::Done { on: day("2026-03-20") }, false),
        (State::Declined { opinion: opinion("无必要") }, false),
        (State::Withdrawn, false),
    ] {
        assert_eq!(state.open(), open, "{}", state.term().zh);
    }
}

fn with_services(quantities: &[u32]) -> Form {
    use crate::application::form::ServiceLine;
    let line = |quantity: &u32| ServiceLine { sku: "DCL-100M".into(), quantity: Some(*quantity), basis: String::new() };
    Form { services: quantities.iter().map(line).collect(), ..form() }
}

fn services_after(form: &Form, changes: &[(u16, u32)]) -> Result<Vec<u32>, Refusal> {
    let services = changes.iter().map(|&(index, quantity)| ServiceChange { index, quantity }).collect();
    let after = changed(form, &Request { services, ..request(vec![]) })?;
    Ok(after.services.iter().map(|line| line.quantity.unwrap_or(0)).collect())
}

#[test]
fn a10_6_other_services_change_their_quantity_and_keep_their_place() {
    let form = with_services(&[2, 5]);
    assert_eq!(services_after(&form, &[(1, 8)]), Ok(vec![2, 8]));
    assert_eq!(services_after(&form, &[(0, 0)]), Ok(vec![0, 5]), "a row given up keeps its place");
    assert_eq!(services_after(&form, &[(0, 2)]), Err(Refusal::Nothing));
    assert_eq!(services_after(&form, &[(2, 1)]), Err(Refusal::NoSuchService { index: 3 }));
    assert_eq!(services_after(&form, &[(0, 100_000)]), Ok(vec![100_000, 5]));
    assert_eq!(services_after(&form, &[(0, 100_001)]), Err(Refusal::ServiceQuantity));
    assert_eq!(services_after(&with_services(&[0, 5]), &[(0, 1)]), Err(Refusal::ServiceQuantity), "ended is ended");
}

#[test]
fn a10_7_giving_up_everything_is_a_termination() {
    let only = Form { servers: vec![], ..with_services(&[2]) };
    assert_eq!(services_after(&only, &[(0, 1)]), Ok(vec![1]));
    assert_eq!(services_after(&only, &[(0, 0)]), Err(Refusal::NothingLeft));
}

fn with_account() -> Form {
    let line = BastionLine {
        user_name: "覃工".into(),
        hosts: vec!["app".into()],
        protocols: vec![BastionProtocol::Ssh],
        source: "10.1.2.0/24".into(),
        valid_from: Some(day("2026-04-01")),
        valid_to: Some(day("2027-03-31")),
        ..BastionLine::default()
    };
    let servers = vec![ServerLine { host_name: "app".into(), ..form().servers.remove(0) }];
    Form { servers, bastion_accounts: vec![line], ..form() }
}

fn account(hosts: &[&str], valid_to: &str) -> AccountChange {
    AccountChange {
        index: 0,
        protocols: vec![BastionProtocol::Ssh],
        transfers: vec![],
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        source: "10.1.2.0/24".into(),
        hours: BastionHours::Office,
        valid_from: day("2026-04-01"),
        valid_to: day(valid_to),
    }
}

fn accounts(accounts: Vec<AccountChange>, new_accounts: Vec<BastionLine>) -> Request {
    Request { accounts, new_accounts, ..request(vec![]) }
}

#[test]
fn annex_2_2_an_account_changes_is_given_up_or_added_and_rows_keep_their_place() {
    let form = with_account();
    let after = |one: AccountChange| changed(&form, &accounts(vec![one], vec![]));
    assert_eq!(after(account(&["app"], "2027-03-31")), Err(Refusal::Nothing), "office hours are what was not said");
    let longer = after(AccountChange { valid_from: day("2026-10-01"), ..account(&["app"], "2027-09-30") });
    assert_eq!(longer.expect("it differs").bastion_accounts[0].valid_to, Some(day("2027-09-30")));
    let given_up = after(account(&[], "2027-03-31")).expect("it differs");
    assert_eq!(given_up.bastion_accounts.len(), 1, "the row keeps its place");
    let back = changed(&given_up, &accounts(vec![account(&["app"], "2027-03-31")], vec![]));
    assert_eq!(back, Err(Refusal::AccountGivenUp { index: 1 }));
    assert_eq!(
        after(AccountChange { index: 1, ..account(&["app"], "2027-03-31") }),
        Err(Refusal::NoSuchAccount { index: 2 })
    );
    let second = BastionLine { user_name: "韦工".into(), ..form.bastion_accounts[0].clone() };
    let added = changed(&form, &accounts(vec![], vec![second])).expect("it differs");
    let names: Vec<&str> = added.bastion_accounts.iter().map(|line| line.user_name.as_str()).collect();
    assert_eq!(names, ["覃工", "韦工"]);
}

#[test]
fn annex_2_2_what_a_change_says_of_accounts_is_checked_like_the_form() {
    let city = Regulation::guilin();
    let found = |request: &Request, today: &str| -> Vec<String> {
        let after = changed(&with_account(), request).expect("it differs");
        accounts::findings(&after, request, (day(today), &city.limits)).into_iter().map(|one| one.field).collect()
    };
    let of = |one: AccountChange, today: &str| found(&accounts(vec![one], vec![]), today);
    let nowhere: [&str; 0] = [];
    assert_eq!(of(account(&[], "2020-01-01"), "2026-05-01"), nowhere, "given up needs nothing");
    assert_eq!(of(account(&["db"], "2027-03-31"), "2026-05-01"), ["accounts[0].hosts"]);
    let widest = AccountChange { source: "0.0.0.0/0".into(), ..account(&["app"], "2027-03-31") };
    assert_eq!(of(widest, "2026-05-01"), ["accounts[0].source"]);
    assert_eq!(of(account(&["app"], "2027-04-01"), "2026-05-01"), ["accounts[0].valid_to"], "more than a year");
    assert_eq!(of(account(&["app"], "2026-05-01"), "2026-05-01"), nowhere, "its last day");
    assert_eq!(of(account(&["app"], "2026-05-01"), "2026-05-02"), ["accounts[0].valid_to"], "over");
    let blank = found(&accounts(vec![], vec![BastionLine::default()]), "2026-05-01");
    assert!(blank.contains(&"new_accounts[0].user_name".to_owned()), "{blank:?}");
    assert!(blank.contains(&"new_accounts[0].id_number".to_owned()), "{blank:?}");
    let many = vec![with_account().bastion_accounts.remove(0); 200];
    assert_eq!(found(&accounts(vec![], many), "2026-05-01")[0], "new_accounts", "201 rows");
}
