//! Planning as tables and properties. The model world is `Step::apply`.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ids::{ChangeId, OperationId, OrgId, ResourceId, TerminationId, TrialId};

mod dedicated;

pub(super) fn able(manner: Manner) -> Capabilities {
    Capabilities {
        resize: manner,
        attach: manner,
        grow: manner,
        access: true,
        console: true,
        adopts: true,
        measures: Vec::new(),
        snapshots: true,
        backups: true,
        dedicated: true,
        by_hand: false,
        real: false,
        erasure_zh: String::new(),
        isolation_zh: String::new(),
    }
}

fn shape(vcpu: u16, memory_gib: u32) -> Shape {
    Shape { vcpu, memory_mib: memory_gib * 1024 }
}

fn disk(n: u128, size_gib: u32) -> DesiredDisk {
    DesiredDisk { id: DiskId(Uuid::from_u128(100 + n)), size_gib, kind: None, opened: false, ended: None }
}

/// One approved server: 2 vCPU, 4 GiB, 40 GiB and a data disk of 100 GiB.
pub(super) fn trial() -> Desired {
    Desired {
        resource: ResourceId(Uuid::from_u128(1)),
        name: "web-01".parse().unwrap(),
        agency_code: "450300-gxj".into(),
        network: NetworkKey { agency: OrgId(Uuid::from_u128(9)), segment: "private-government".parse().unwrap() },
        shape: shape(2, 4),
        platform: None,
        dedicated: None,
        system_disk_gib: 40,
        system_disk_kind: None,
        data_disks: vec![disk(1, 100)],
        access: web(),
        phase: Phase::Trial,
        rest: None,
        opened: false,
        approved: Approved { shape: shape(2, 4), system_disk_gib: 40, data_disks_gib: vec![100] },
        adopts: None,
        copies: Vec::new(),
    }
}

/// 443 to everybody, with a public address.
fn web() -> Access {
    let rule = PortRule { protocol: Transport::Tcp, port: 443, source: "0.0.0.0/0".parse().unwrap() };
    Access::new([rule], true)
}

pub(super) fn termination() -> Ending {
    Ending::Termination { termination: TerminationId(Uuid::from_u128(7)) }
}

/// The world after all steps of a plan.
pub(super) fn carried_out(steps: &[Step], mut world: Observed) -> Observed {
    steps.iter().for_each(|step| step.apply(&mut world));
    world
}

/// The desired trial, opened in an empty cloud.
pub(super) fn opened() -> (Desired, Observed) {
    let mut desired = trial();
    let world = carried_out(&plan(&desired, &Observed::default(), &able(Manner::Live)).unwrap(), Observed::default());
    desired.opened = true;
    desired.data_disks.iter_mut().for_each(|disk| disk.opened = true);
    (desired, world)
}

pub(super) fn kinds(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().map(|step| step.kind().code()).collect()
}

#[test]
fn a10_4_a_trial_is_opened_in_an_empty_cloud() {
    let steps = plan(&trial(), &Observed::default(), &able(Manner::Live)).unwrap();
    let expected =
        ["ensure_network", "ensure_disk", "ensure_disk", "define_server", "attach_disk", "set_access", "start"];
    assert_eq!(kinds(&steps), expected);
}

#[test]
fn a10_5_a_trial_becomes_production_in_place_by_its_mark_alone() {
    let (mut desired, world) = opened();
    desired.phase = Phase::Production;
    assert_eq!(kinds(&plan(&desired, &world, &able(Manner::Cold)).unwrap()), ["mark"]);
}

#[test]
fn a10_6_a_change_resizes_grows_and_adds() {
    let (mut desired, world) = opened();
    desired.approved = Approved { shape: shape(4, 8), system_disk_gib: 60, data_disks_gib: vec![100, 50] };
    (desired.shape, desired.system_disk_gib) = (shape(4, 8), 60);
    desired.data_disks.push(disk(2, 50));
    let live = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&live), ["grow_disk", "ensure_disk", "resize", "attach_disk"]);
    let cold = plan(&desired, &world, &able(Manner::Cold)).unwrap();
    assert_eq!(kinds(&cold), ["stop", "grow_disk", "ensure_disk", "resize", "attach_disk", "start"]);
}

#[test]
fn a10_6_a_disk_given_up_by_a_change_is_erased_after_everything_else() {
    let (mut desired, world) = opened();
    desired.data_disks[0].ended = Some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
    assert_eq!(kinds(&plan(&desired, &world, &able(Manner::Live)).unwrap()), ["detach_disk", "erase_disk"]);
}

#[test]
fn a10_7_a_terminated_order_leaves_nothing_and_a_shared_network_stays() {
    let (mut desired, mut world) = opened();
    desired.phase = Phase::Erased { ending: termination() };
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["stop", "remove_server", "erase_disk", "erase_disk", "remove_network"]);
    assert!(carried_out(&steps, world.clone()).is_clear());
    world.network_others = 1;
    let steps = plan(&desired, &world, &able(Manner::Live)).unwrap();
    assert!(!kinds(&steps).contains(&"remove_network"));
}

#[test]
fn a10_3_nothing_is_opened_beyond_the_approved() {
    let beyond = |change: fn(&mut Desired)| {
        let mut desired = trial();
        change(&mut desired);
        matches!(plan(&desired, &Observed::default(), &able(Manner::Live)), Err(Refusal::BeyondApproved { .. }))
    };
    assert!(beyond(|d| d.shape.vcpu = 3));
    assert!(beyond(|d| d.shape.memory_mib += 1));
    assert!(beyond(|d| d.system_disk_gib = 41));
    assert!(beyond(|d| d.data_disks[0].size_gib = 101));
    assert!(beyond(|d| d.data_disks.push(disk(2, 1))));
    assert!(!beyond(|d| d.data_disks[0].size_gib = 100));
    // Two small disks may not stand for one large one, nor the other way round.
    assert!(beyond(|d| {
        d.approved.data_disks_gib = vec![50, 50];
        d.data_disks = vec![disk(1, 60), disk(2, 40)];
    }));
}

#[test]
fn an_unknown_disk_in_the_cloud_is_drift_and_never_deleted() {
    let (mut desired, mut world) = opened();
    let stray = ObservedDisk { id: DiskId(Uuid::from_u128(666)), size_gib: 5, kind: None, attached: true };
    world.disks.push(stray);
    assert_eq!(plan(&desired, &world, &able(Manner::Live)).unwrap(), []);
    assert_eq!(differences(&desired, &world).len(), 1);
    desired.phase = Phase::Erased { ending: termination() };
    let after = carried_out(&plan(&desired, &world, &able(Manner::Live)).unwrap(), world);
    assert_eq!(after.disks.len(), 1, "only the order's own disks are erased");
}

#[test]
fn what_was_handed_over_and_is_gone_is_reported_not_recreated() {
    let (desired, world) = opened();
    let lost = |world: Observed| matches!(plan(&desired, &world, &able(Manner::Live)), Err(Refusal::Lost { .. }));
    assert!(lost(Observed { server: None, ..world.clone() }));
    for gone in 0..2 {
        let mut world = world.clone();
        world.disks.remove(gone);
        assert!(lost(world));
    }
    assert!(!lost(world));
}

#[test]
fn a_disk_never_shrinks() {
    let (mut desired, world) = opened();
    desired.data_disks[0].size_gib = 99;
    assert!(matches!(plan(&desired, &world, &able(Manner::Live)), Err(Refusal::WouldShrink { .. })));
}

#[test]
fn drift_has_three_columns() {
    let (desired, mut world) = opened();
    assert_eq!(differences(&desired, &world), []);
    world.server.as_mut().unwrap().shape = shape(8, 4);
    world.server.as_mut().unwrap().power = Power::Stopped;
    let found = differences(&desired, &world);
    assert_eq!(found.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(), ["vcpu", "power"]);
    let column = |text: &Option<String>| text.clone().unwrap();
    assert_eq!([&found[0].approved, &found[0].recorded, &found[0].real].map(column), ["2", "2", "8"]);
}

#[test]
fn a_step_reads_back_as_it_was_recorded() {
    let (mut desired, world) = opened();
    desired.phase = Phase::Erased { ending: termination() };
    for step in plan(&desired, &world, &able(Manner::Live)).unwrap() {
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step, "{text}");
    }
}

/// Any order whose figures fit the approval, with up to three data disks, some given up.
fn any_desired() -> impl Strategy<Value = Desired> {
    let disks = prop::collection::vec((10u32..200, any::<bool>()), 0..3);
    let rest = prop::option::of(prop::sample::select(Rest::ALL));
    (1u16..8, 1u32..16, 40u32..100, disks, 0u8..4, rest).prop_map(|(vcpu, memory, system, disks, phase, rest)| {
        let mut desired = trial();
        (desired.shape, desired.system_disk_gib) = (shape(vcpu, memory), system);
        desired.data_disks = disks.iter().zip(1..).map(|(&(size, _), n)| disk(n, size)).collect();
        for (kept, (_, ended)) in desired.data_disks.iter_mut().zip(&disks) {
            kept.ended = ended.then_some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
        }
        let data_disks_gib = desired.kept_disks().map(|disk| disk.size_gib).collect();
        desired.approved = Approved { shape: desired.shape, system_disk_gib: system, data_disks_gib };
        desired.phase = [Phase::Trial, Phase::Production, Phase::Stopped, Phase::Erased { ending: termination() }]
            [usize::from(phase)];
        desired.rest = rest;
        desired
    })
}

/// Any world that may be met: whatever a plan for another wish left half done, smaller or equal in its disks.
fn any_world() -> impl Strategy<Value = Observed> {
    (any::<bool>(), 0u32..2, any::<Option<bool>>(), prop::collection::vec((1u128..5, 1u32..11, any::<bool>()), 0..4))
        .prop_map(|(network, network_others, server, seen)| {
            let mut disks: Vec<ObservedDisk> = Vec::new();
            for (n, size_gib, attached) in seen {
                let id = if n == 4 { DiskId::system_of(trial().resource) } else { disk(n, 1).id };
                if !disks.iter().any(|known| known.id == id) {
                    disks.push(ObservedDisk { id, size_gib, kind: None, attached: attached && server.is_some() });
                }
            }
            let server = server.map(|running| ObservedServer {
                external_name: "ly".into(),
                power: if running { Power::Running } else { Power::Stopped },
                shape: shape(1, 1),
                mark: Some(Mark::Trial),
                address: None,
                access: Some(if network { web() } else { Access::default() }),
                public_address: None,
            });
            Observed { network, network_others, server, disks, ..Observed::default() }
        })
}

/// Same world, whatever the order of its disks.
fn sorted(mut world: Observed) -> Observed {
    world.disks.sort_by_key(|disk| disk.id);
    world
}

fn any_manner() -> impl Strategy<Value = Capabilities> {
    prop_oneof![Just(able(Manner::Live)), Just(able(Manner::Cold))]
}

#[test]
fn ports_are_opened_as_granted_and_shut_again() {
    let (mut desired, world) = opened();
    assert_eq!(world.server.as_ref().unwrap().access, Some(web()));
    desired.access = Access::new([], true);
    let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
    let set = Step::SetAccess { resource: desired.resource, from: web(), to: desired.access.clone() };
    assert_eq!(steps, [set], "without stopping the server");
    assert_eq!(steps[0].zh(), "设置网络开放:公网地址");
    assert_eq!(plan(&desired, &carried_out(&steps, world), &able(Manner::Cold)).unwrap(), []);
}

#[test]
fn a_port_somebody_opened_in_the_cloud_is_drift_and_is_shut() {
    let (desired, mut world) = opened();
    let any = PortRule { protocol: Transport::Other, port: ANY_PORT, source: "0.0.0.0/0".parse().unwrap() };
    let with_more = Access::new(web().ports.into_iter().chain([any]), true);
    world.server.as_mut().unwrap().access = Some(with_more.clone());
    let found = differences(&desired, &world);
    assert_eq!((found.len(), found[0].field.as_str()), (1, "access"));
    assert_eq!(found[0].real.as_deref(), Some("TCP 443(0.0.0.0/0)、其他协议 全部端口(0.0.0.0/0)、公网地址"));
    let set = Step::SetAccess { resource: desired.resource, from: with_more, to: web() };
    assert_eq!(plan(&desired, &world, &able(Manner::Live)).unwrap(), [set]);
}

#[test]
fn an_engine_that_opens_no_ports_is_asked_for_none() {
    let isolated = Capabilities { access: false, ..able(Manner::Live) };
    let desired = trial();
    let steps = plan(&desired, &Observed::default(), &isolated).unwrap();
    assert!(steps.iter().all(|step| step.kind() != StepKind::SetAccess));
    let mut world = carried_out(&steps, Observed::default());
    world.server.as_mut().unwrap().access = None;
    assert_eq!(plan(&desired, &world, &isolated).unwrap(), []);
    assert_eq!(differences(&desired, &world), [], "what an engine does not set is no difference");
}

proptest! {
    #[test]
    fn a_plan_carried_out_leaves_nothing_to_plan(desired in any_desired(), world in any_world(), able in any_manner()) {
        let steps = plan(&desired, &world, &able).unwrap();
        let after = carried_out(&steps, world);
        prop_assert_eq!(plan(&desired, &after, &able).unwrap(), vec![]);
    }

    #[test]
    fn from_any_prefix_a_new_plan_leads_to_the_same_end(
        desired in any_desired(), world in any_world(), able in any_manner(), cut in 0usize..20,
    ) {
        let steps = plan(&desired, &world, &able).unwrap();
        let end = sorted(carried_out(&steps, world.clone()));
        let half = carried_out(&steps[..cut.min(steps.len())], world);
        let rest = plan(&desired, &half, &able).unwrap();
        prop_assert_eq!(sorted(carried_out(&rest, half)), end);
    }

    #[test]
    fn a_step_and_its_undo_leave_the_world_as_it_was(
        desired in any_desired(), world in any_world(), able in any_manner(),
    ) {
        let ending = Ending::Abandoned { operation: OperationId(Uuid::from_u128(3)) };
        let mut before = world.clone();
        for step in plan(&desired, &world, &able).unwrap() {
            let mut after = before.clone();
            step.apply(&mut after);
            if let Some(undo) = step.undo(ending) {
                let mut back = after.clone();
                undo.apply(&mut back);
                // A server defined anew is stopped and finds its disks detached: what is lost is its cabling.
                if !matches!(step, Step::RemoveServer { .. }) {
                    prop_assert_eq!(sorted(back), sorted(loosened(before, &step)));
                }
            }
            before = after;
        }
    }

    #[test]
    fn only_an_ended_order_removes_or_erases(desired in any_desired(), world in any_world(), able in any_manner()) {
        let ended: Vec<DiskId> = desired.data_disks.iter().filter(|disk| disk.ended.is_some()).map(|disk| disk.id).collect();
        for step in plan(&desired, &world, &able).unwrap() {
            let allowed = match &step {
                Step::RemoveServer { .. } | Step::RemoveNetwork { .. } => matches!(desired.phase, Phase::Erased { .. }),
                Step::EraseDisk { disk, .. } => matches!(desired.phase, Phase::Erased { .. }) || ended.contains(disk),
                _ => true,
            };
            prop_assert!(allowed, "{:?}", step);
        }
    }
}

/// Undoing a definition also unplugs the system disk, which a lone leftover disk may never have been.
fn loosened(mut world: Observed, step: &Step) -> Observed {
    if let Step::DefineServer { .. } = step {
        world.disks.iter_mut().for_each(|disk| disk.attached = false);
    }
    world
}

/// An order that adopts a running server of exactly the approved figures, and the world in which nobody owns it.
fn adopting() -> (Desired, Observed) {
    let mut desired = trial();
    desired.adopts = Some("legacy-web".into());
    let unowned = Unowned {
        external_name: "legacy-web".into(),
        power: Power::Running,
        shape: shape(2, 4),
        disks_gib: vec![40, 100],
        address: Some("10.9.8.7".into()),
    };
    (desired, Observed { unowned: Some(unowned), ..Observed::default() })
}

#[test]
fn a9_1_what_runs_and_is_nobodys_is_adopted_as_it_is() {
    let (desired, world) = adopting();
    let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
    assert_eq!(kinds(&steps), ["adopt"], "neither stopped nor moved to another network");
    let after = carried_out(&steps, world.clone());
    assert_eq!(plan(&desired, &after, &able(Manner::Cold)).unwrap(), [], "adopted once is adopted");
    assert_eq!(differences(&desired, &after), []);
    let server = after.server.as_ref().unwrap();
    assert_eq!((server.external_name.as_str(), server.mark), ("legacy-web", Some(Mark::Trial)));
    let mut stopped = world;
    stopped.unowned.as_mut().unwrap().power = Power::Stopped;
    assert_eq!(kinds(&plan(&desired, &stopped, &able(Manner::Cold)).unwrap()), ["adopt", "start"]);
}

#[test]
fn a10_3_what_differs_from_the_approved_is_not_adopted() {
    let refused = |change: fn(&mut Unowned)| {
        let (desired, mut world) = adopting();
        world.unowned.as_mut().map(change);
        matches!(plan(&desired, &world, &able(Manner::Live)), Err(Refusal::AdoptedOtherwise { .. }))
    };
    assert!(!refused(|_| {}));
    assert!(refused(|found| found.shape.vcpu = 1) && refused(|found| found.shape.vcpu = 3));
    assert!(refused(|found| found.shape.memory_mib += 1));
    assert!(refused(|found| found.disks_gib = vec![40]) && refused(|found| found.disks_gib = vec![40, 101]));
    let (desired, _) = adopting();
    let nothing = plan(&desired, &Observed::default(), &able(Manner::Live));
    assert!(matches!(nothing, Err(Refusal::NothingToAdopt { .. })), "no blank server is made in its place");
}

#[test]
fn an_adopted_server_is_given_back_when_its_trial_comes_to_nothing_and_erased_when_its_service_ends() {
    let (mut desired, world) = adopting();
    let adopted = carried_out(&plan(&desired, &world, &able(Manner::Live)).unwrap(), world.clone());
    (desired.opened, desired.data_disks[0].opened) = (true, true);
    desired.phase = Phase::Erased { ending: Ending::Trial { trial: TrialId(Uuid::from_u128(4)) } };
    let steps = plan(&desired, &adopted, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["release"]);
    let back = carried_out(&steps, adopted.clone());
    assert_eq!((&back.unowned, back.is_clear()), (&world.unowned, true), "it runs on as it was found");
    desired.phase = Phase::Erased { ending: termination() };
    let steps = plan(&desired, &adopted, &able(Manner::Live)).unwrap();
    assert_eq!(kinds(&steps), ["stop", "remove_server", "erase_disk", "erase_disk"]);
}

#[test]
fn a9_1_restoring_mends_what_differs_and_takes_nothing_away() {
    let (mut desired, mut world) = opened();
    world.server.as_mut().unwrap().shape = shape(8, 4);
    world.disks.push(ObservedDisk { id: DiskId(Uuid::from_u128(666)), size_gib: 5, kind: None, attached: true });
    let steps = restoration(&desired, &world, &able(Manner::Cold)).unwrap();
    assert_eq!(kinds(&steps), ["stop", "resize", "start"], "what is in excess stays");
    let lost = restoration(&desired, &Observed::default(), &able(Manner::Cold));
    assert!(matches!(lost, Err(Refusal::Lost { .. })));
    desired.data_disks[0].ended = Some(Ending::Change { change: ChangeId(Uuid::from_u128(5)) });
    assert!(matches!(restoration(&desired, &world, &able(Manner::Live)), Err(Refusal::WouldTakeAway { .. })));
    desired.phase = Phase::Erased { ending: termination() };
    assert!(matches!(restoration(&desired, &world, &able(Manner::Live)), Err(Refusal::WouldTakeAway { .. })));
}

proptest! {
    #[test]
    fn no_restoration_takes_anything_away(desired in any_desired(), world in any_world(), able in any_manner()) {
        if let Ok(steps) = restoration(&desired, &world, &able) {
            prop_assert!(!steps.iter().any(Step::takes_away), "{:?}", steps);
        }
    }
}
