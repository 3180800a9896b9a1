//! What every driver must do, whatever cloud is behind it.

use std::pin::Pin;

use domain::provisioning::*;
use drivers::DriverError;

use crate::bench::{Bench, change, disk, handed_over, order, report, terminated};
use crate::dedicated::{TURN, one_host};
use crate::stray::Stray;

pub type Case = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A case and its name.
pub type Named = (&'static str, fn(&Bench) -> Case);

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        /// Every case with its name.
        pub const ALL: &[$crate::cases::Named] = &[
            $((stringify!($case), |bench| Box::pin($case(bench.clone())))),*
        ];
    };
}
pub(crate) use cases;

cases!(
    an_unknown_resource_is_observed_as_nothing,
    a10_4_a_trial_is_opened_as_approved,
    a_step_done_twice_is_done_once,
    from_any_prefix_a_new_process_comes_to_the_same_end,
    a10_5_a_trial_becomes_production_in_place,
    a10_6_a_change_resizes_grows_and_adds_a_disk,
    a10_3_ports_are_opened_as_granted_and_shut_again,
    a10_6_a_disk_given_up_is_erased_with_evidence,
    a_stopped_server_keeps_its_disks_and_starts_again,
    a10_6_a_resting_server_keeps_what_was_approved_and_runs_again,
    a4_usage_is_told_of_what_runs_and_of_nothing_else,
    a10_7_a_terminated_order_leaves_nothing_but_evidence,
    servers_of_one_agency_share_a_network_that_outlives_all_but_the_last,
    s20_a_case_has_the_dedicated_hosts_it_pays_for_until_its_last_server_ends,
    a_step_on_what_is_not_there_is_gone,
    a_report_is_taken_only_from_an_engineer_and_only_with_evidence,
    a9_1_a_running_server_is_adopted_given_back_and_in_the_end_erased,
);

async fn an_unknown_resource_is_observed_as_nothing(bench: Bench) {
    assert_eq!(bench.observe(&order()).await, Observed::default());
}

async fn a10_4_a_trial_is_opened_as_approved(bench: Bench) {
    let desired = order();
    let seen = bench.converge(&desired).await;
    let server = seen.server.as_ref().expect("a server");
    assert_eq!((server.power, server.shape, server.mark), (Power::Running, desired.shape, Some(Mark::Trial)));
    assert!(server.external_name.contains(&desired.resource.to_string()), "the cloud's name carries our id");
    assert!(seen.network && seen.network_others == 0);
    let sizes: Vec<(u32, bool)> = seen.disks.iter().map(|disk| (disk.size_gib, disk.attached)).collect();
    assert_eq!(sizes, [(2, true), (1, true)]);
    assert_eq!(differences(&desired, &seen), []);
    assert_eq!(bench.objects(&desired).await, 3);
    bench.converge(&terminated(desired)).await;
}

async fn a_step_done_twice_is_done_once(bench: Bench) {
    let desired = order();
    for step in bench.plan(&desired).await {
        bench.perform(&step).await.unwrap();
        bench.perform(&step).await.unwrap_or_else(|error| panic!("{step:?} again: {error}"));
    }
    assert_eq!(bench.plan(&desired).await, []);
    assert_eq!(bench.objects(&desired).await, 3);
    let ended = terminated(desired.clone());
    for step in bench.plan(&ended).await {
        let first = bench.perform(&step).await.unwrap();
        let again = bench.perform(&step).await.unwrap_or_else(|error| panic!("{step:?} again: {error}"));
        assert_eq!(first, again, "the evidence of an erasure is found again");
    }
    assert_eq!(bench.objects(&desired).await, 0);
}

async fn from_any_prefix_a_new_process_comes_to_the_same_end(bench: Bench) {
    let length = bench.plan(&order()).await.len();
    for cut in 1..length {
        let desired = order();
        for step in &bench.plan(&desired).await[..cut] {
            bench.perform(step).await.unwrap();
        }
        bench.new_process();
        bench.converge(&desired).await;
        assert_eq!(bench.objects(&desired).await, 3, "neither twice nor lost, cut after {cut}");
        let ended = terminated(desired.clone());
        let back = bench.plan(&ended).await;
        for step in &back[..cut.min(back.len())] {
            bench.perform(step).await.unwrap();
        }
        bench.new_process();
        assert!(bench.converge(&ended).await.is_clear());
        assert_eq!(bench.objects(&desired).await, 0, "no orphan, cut after {cut}");
    }
}

async fn a10_5_a_trial_becomes_production_in_place(bench: Bench) {
    let mut desired = order();
    let before = bench.converge(&desired).await.server.unwrap();
    desired = handed_over(desired);
    desired.phase = Phase::Production;
    let after = bench.converge(&desired).await.server.unwrap();
    assert_eq!(after, ObservedServer { mark: Some(Mark::Production), ..before }, "only the mark changed");
    bench.converge(&terminated(desired)).await;
}

async fn a10_6_a_change_resizes_grows_and_adds_a_disk(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    desired.shape = Shape { vcpu: 2, memory_mib: 256 };
    desired.system_disk_gib = 3;
    desired.data_disks[0].size_gib = 2;
    desired.data_disks.push(disk(1));
    desired.approved = Approved { shape: desired.shape, system_disk_gib: 3, data_disks_gib: vec![2, 1] };
    let seen = bench.converge(&desired).await;
    assert_eq!(seen.server.as_ref().unwrap().shape, desired.shape);
    assert!(seen.is_running());
    assert_eq!(seen.disks.iter().map(|disk| disk.size_gib).collect::<Vec<_>>(), [3, 2, 1]);
    // And back down, at the agency's wish: vCPU and memory shrink, disks do not.
    desired.shape = Shape { vcpu: 1, memory_mib: 192 };
    assert_eq!(bench.converge(&desired).await.server.unwrap().shape, desired.shape);
    bench.converge(&terminated(desired)).await;
}

async fn a10_3_ports_are_opened_as_granted_and_shut_again(bench: Bench) {
    let mut desired = order();
    desired.network.segment = "public-internet".parse().unwrap();
    desired.access = Access::new([rule(80, "0.0.0.0/0"), rule(8443, "10.8.0.0/16")], true);
    let server = bench.converge(&desired).await.server.unwrap();
    if !bench.driver().capabilities().access {
        assert_eq!((server.access, server.public_address), (None, None), "it opens nothing and does not say it did");
        bench.converge(&terminated(desired)).await;
        return;
    }
    assert_eq!(server.access.as_ref(), Some(&desired.access));
    desired.access = Access::new([rule(443, "0.0.0.0/0")], false);
    let server = bench.converge(&desired).await.server.unwrap();
    assert_eq!((server.access.as_ref(), server.public_address), (Some(&desired.access), None));
    assert_eq!(differences(&desired, &bench.observe(&desired).await), []);
    bench.converge(&terminated(desired)).await;
}

fn rule(port: u16, source: &str) -> PortRule {
    PortRule { protocol: Transport::Tcp, port, source: source.parse().unwrap() }
}

async fn a10_6_a_disk_given_up_is_erased_with_evidence(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    let given_up = desired.data_disks[0].id;
    desired.data_disks[0].ended = Some(change());
    let seen = bench.converge(&desired).await;
    assert!(seen.disk(given_up).is_none());
    assert_eq!(seen.erasures.iter().map(|erasure| erasure.disk).collect::<Vec<_>>(), [given_up]);
    assert!(seen.is_running(), "the server itself goes on");
    bench.converge(&terminated(desired)).await;
}

async fn a_stopped_server_keeps_its_disks_and_starts_again(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    desired.phase = Phase::Stopped;
    let seen = bench.converge(&desired).await;
    assert_eq!(seen.server.as_ref().unwrap().power, Power::Stopped);
    assert_eq!(seen.disks.len(), 2);
    desired.phase = Phase::Production;
    assert!(bench.converge(&desired).await.is_running());
    bench.converge(&terminated(desired)).await;
}

/// 挂起 and 恢复, and what a resting server is brought to meanwhile.
async fn a10_6_a_resting_server_keeps_what_was_approved_and_runs_again(bench: Bench) {
    let mut desired = order();
    let before = bench.converge(&desired).await;
    desired = Desired { rest: Some(Rest::Suspended), ..handed_over(desired) };
    let steps: Vec<StepKind> = bench.plan(&desired).await.iter().map(Step::kind).collect();
    assert_eq!(steps, [StepKind::Stop], "nothing else is done to it");
    let seen = bench.converge(&desired).await;
    let server = seen.server.clone().expect("it is kept");
    let stopped = ObservedServer { power: Power::Stopped, ..before.server.clone().expect("it was open") };
    assert_eq!((server, &seen.disks), (stopped, &before.disks));
    assert_eq!(differences(&desired, &seen), [], "resting is what is wanted");
    // In service by now, and still resting.
    desired.phase = Phase::Production;
    let seen = bench.converge(&desired).await;
    assert_eq!((seen.is_running(), seen.server.expect("kept").mark), (false, Some(Mark::Production)));
    desired.rest = None;
    let steps: Vec<StepKind> = bench.plan(&desired).await.iter().map(Step::kind).collect();
    assert_eq!(steps, [StepKind::Start]);
    assert!(bench.converge(&desired).await.is_running());
    bench.converge(&terminated(desired)).await;
}

/// How long a cloud may take until two readings can be compared.
const MEASURED: std::time::Duration = std::time::Duration::from_secs(120);

async fn a4_usage_is_told_of_what_runs_and_of_nothing_else(bench: Bench) {
    let (mut desired, unknown) = (order(), order().resource);
    bench.converge(&desired).await;
    let asked = [unknown, desired.resource];
    let measures = bench.driver().capabilities().measures;
    let until = std::time::Instant::now() + MEASURED;
    loop {
        let told = bench.driver().usage(&asked).await.expect("it can be asked");
        assert_eq!(told.iter().map(|one| one.resource).collect::<Vec<_>>(), asked, "in the order that was asked");
        assert_eq!(Metric::ALL.iter().find_map(|metric| told[0].of(*metric)), None, "of an unknown server nothing");
        let figures: Vec<Metric> = Metric::ALL.iter().copied().filter(|metric| told[1].of(*metric).is_some()).collect();
        if figures == measures {
            break;
        }
        assert!(std::time::Instant::now() < until, "no figures of {measures:?}: {told:?}");
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    }
    desired = Desired { rest: Some(Rest::Scaled), ..handed_over(desired) };
    bench.converge(&desired).await;
    let told = bench.driver().usage(&asked).await.expect("it can be asked");
    assert_eq!(Metric::ALL.iter().find_map(|metric| told[1].of(*metric)), None, "what rests is not busy and not idle");
    bench.converge(&terminated(desired)).await;
}

async fn a10_7_a_terminated_order_leaves_nothing_but_evidence(bench: Bench) {
    let mut desired = order();
    bench.converge(&desired).await;
    desired = handed_over(desired);
    let seen = bench.converge(&terminated(desired.clone())).await;
    assert!(seen.is_clear() && !seen.network);
    assert_eq!(seen.erasures.iter().map(|erasure| erasure.disk).collect::<Vec<_>>(), desired.disk_ids());
    for erasure in &seen.erasures {
        assert!(!erasure.method.is_empty() && !erasure.attested_by.is_empty() && erasure.at.starts_with("2026-01-05"));
    }
    assert_eq!(bench.objects(&desired).await, 0);
}

async fn servers_of_one_agency_share_a_network_that_outlives_all_but_the_last(bench: Bench) {
    let (first, mut second) = (order(), order());
    second.network = first.network.clone();
    bench.converge(&first).await;
    assert_eq!(bench.converge(&second).await.network_others, 1);
    bench.converge(&terminated(first)).await;
    let seen = bench.observe(&second).await;
    assert!(seen.network && seen.network_others == 0 && seen.is_running(), "the other server keeps its network");
    assert!(!bench.converge(&terminated(second)).await.network);
}

async fn s20_a_case_has_the_dedicated_hosts_it_pays_for_until_its_last_server_ends(bench: Bench) {
    if !bench.driver().capabilities().dedicated {
        println!("{}: gives no dedicated hosts, and says so", bench.name());
        return;
    }
    let _turn = TURN.lock().await;
    let hosts = one_host();
    let mut first = Desired { dedicated: Some(hosts), ..order() };
    let second = Desired { network: first.network.clone(), dedicated: Some(hosts), ..order() };
    let seen = bench.converge(&first).await;
    assert_eq!((seen.hosts, seen.hosts_others), (1, 0));
    assert_eq!(bench.converge(&second).await.hosts_others, 1);
    for paid_for in [2, 1] {
        first.dedicated = Some(Dedicated { hosts: paid_for, ..hosts });
        assert_eq!(bench.converge(&first).await.hosts, paid_for);
    }
    bench.converge(&terminated(first)).await;
    let seen = bench.observe(&second).await;
    assert_eq!((seen.hosts, seen.hosts_others, seen.is_running()), (1, 0, true), "the other server keeps its host");
    assert_eq!(bench.converge(&terminated(second)).await.hosts, 0);
}

async fn a_step_on_what_is_not_there_is_gone(bench: Bench) {
    let resource = order().resource;
    let (from, to) = (Shape { vcpu: 1, memory_mib: 192 }, Shape { vcpu: 2, memory_mib: 256 });
    for step in [Step::Start { resource }, Step::Resize { resource, from, to }] {
        assert!(matches!(bench.perform(&step).await, Err(DriverError::Gone { .. })), "{step:?}");
    }
}

async fn a_report_is_taken_only_from_an_engineer_and_only_with_evidence(bench: Bench) {
    let step = Step::EnsureNetwork { network: order().network };
    let driver = bench.driver();
    let silent = drivers::Report { evidence: "  ".into(), ..report() };
    assert!(matches!(driver.report(&step, &silent).await, Err(DriverError::Refused { .. })));
    let accepted = driver.report(&step, &report()).await.is_ok();
    assert_eq!(accepted, driver.capabilities().by_hand);
    let ending = terminated(order()).phase;
    let Phase::Erased { ending } = ending else { unreachable!("terminated orders are erased") };
    bench.perform(&Step::RemoveNetwork { network: order().network, ending }).await.unwrap();
}

/// What somebody made by hand becomes ours while it runs, goes back as it was found, and ends like every other server
/// once it has been in service.
async fn a9_1_a_running_server_is_adopted_given_back_and_in_the_end_erased(bench: Bench) {
    if !bench.driver().capabilities().adopts {
        return;
    }
    let stray = bench.stray().await;
    let desired = Desired { adopts: Some(stray.name.clone()), resource: stray.resource, ..order() };
    if !bench.driver().capabilities().by_hand {
        let listed = bench.listed(&stray.name).await.expect("it is listed");
        let size = (listed.shape, listed.disks_gib.as_slice(), listed.resource);
        assert_eq!(size, (Some(desired.shape), &[2, 1][..], None), "as big as it is, and nobody's");
    }
    for _ in 0..2 {
        adopted(&bench, &desired, &stray).await;
        given_back(&bench, &desired, &stray).await;
    }
    adopted(&bench, &desired, &stray).await;
    let kept = handed_over(Desired { phase: Phase::Production, ..desired });
    assert_eq!(bench.converge(&kept).await.server.unwrap().mark, Some(Mark::Production));
    assert_eq!(bench.epoch(&stray).await, stray.epoch, "still the same run of it");
    let seen = bench.converge(&terminated(kept.clone())).await;
    assert!(seen.is_clear());
    assert_eq!(seen.erasures.iter().map(|erasure| erasure.disk).collect::<Vec<_>>(), kept.disk_ids());
    assert_eq!((bench.objects(&kept).await, bench.listed(&stray.name).await), (0, None), "nothing is left of it");
}

async fn adopted(bench: &Bench, desired: &Desired, stray: &Stray) {
    let steps = bench.plan(desired).await;
    assert_eq!(steps.iter().map(Step::kind).collect::<Vec<_>>(), [StepKind::Adopt]);
    bench.perform(&steps[0]).await.unwrap();
    bench.new_process();
    bench.perform(&steps[0]).await.unwrap_or_else(|error| panic!("adopted again: {error}"));
    assert_eq!(bench.plan(desired).await, []);
    let seen = bench.observe(desired).await;
    let server = seen.server.as_ref().expect("ours now");
    assert_eq!((server.power, server.mark, &server.external_name), (Power::Running, Some(Mark::Trial), &stray.name));
    assert_eq!(differences(desired, &seen), []);
    assert_eq!(bench.objects(desired).await, 3, "the server and its two disks carry our ids");
    assert_eq!(bench.epoch(stray).await, stray.epoch, "it was not restarted");
}

async fn given_back(bench: &Bench, desired: &Desired, stray: &Stray) {
    let ending = Ending::Trial { trial: domain::ids::TrialId(uuid::Uuid::now_v7()) };
    let back = handed_over(Desired { phase: Phase::Erased { ending }, ..desired.clone() });
    let steps = bench.plan(&back).await;
    assert_eq!(steps.iter().map(Step::kind).collect::<Vec<_>>(), [StepKind::Release]);
    for _ in 0..2 {
        bench.perform(&steps[0]).await.unwrap();
    }
    assert_eq!(bench.plan(&back).await, []);
    assert_eq!(bench.objects(desired).await, 0, "nothing carries our ids any more");
    let found = bench.observe(desired).await.unowned.expect("and it is still there");
    assert_eq!((found.power, found.disks_gib), (Power::Running, vec![2, 1]));
    assert_eq!(bench.epoch(stray).await, stray.epoch, "it was not restarted");
}
