//! 专享宿主机 in the plan: given first, taken back last.

use super::*;
use crate::application::form::Architecture;
use crate::ids::ApplicationId;

#[test]
fn s20_hosts_are_given_before_anything_is_put_on_them_and_taken_back_after_the_last() {
    let hosts = Dedicated { case: ApplicationId(Uuid::nil()), architecture: Architecture::X86, hosts: 2 };
    let mut desired = Desired { dedicated: Some(hosts), ..trial() };
    let give = Step::SetHosts { resource: desired.resource, from: 0, hosts };
    let steps = plan(&desired, &Observed::default(), &able(Manner::Cold)).unwrap();
    assert_eq!((&steps[1], give.zh().as_str()), (&give, "配备专享宿主机 0 → 2 台(x86)"));
    let mut world = carried_out(&steps, Observed::default());
    assert_eq!(plan(&desired, &world, &able(Manner::Cold)).unwrap(), []);
    desired.phase = Phase::Erased { ending: Ending::Termination { termination: TerminationId(Uuid::nil()) } };
    for (others, taken) in [(1, false), (0, true)] {
        world.hosts_others = others;
        let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
        let last = steps.last().expect("steps");
        assert_eq!(last.kind() == StepKind::SetHosts, taken, "{others} others: {last:?}");
        assert_eq!(carried_out(&steps, world.clone()).hosts, if taken { 0 } else { 2 });
    }
}

#[test]
fn s20_a_change_gives_more_hosts_first_and_takes_them_back_last() {
    let of = |hosts| Dedicated { case: ApplicationId(Uuid::nil()), architecture: Architecture::X86, hosts };
    let mut desired = Desired { dedicated: Some(of(1)), ..trial() };
    let steps = plan(&desired, &Observed::default(), &able(Manner::Cold)).unwrap();
    let world = carried_out(&steps, Observed::default());
    desired.shape = shape(1, 1);
    desired.approved.shape = shape(1, 1);
    for (wanted, place) in [(2, "first"), (1, "none"), (0, "last")] {
        desired.dedicated = Some(of(wanted));
        let steps = plan(&desired, &world, &able(Manner::Cold)).unwrap();
        let at = steps.iter().position(|step| step.kind() == StepKind::SetHosts);
        let resize = steps.iter().position(|step| step.kind() == StepKind::Resize);
        match place {
            "first" => assert!(at < resize && at.is_some(), "{steps:?}"),
            "last" => assert_eq!(at, Some(steps.len() - 1), "{steps:?}"),
            _ => assert_eq!(at, None),
        }
        let found = differences(&desired, &world);
        assert_eq!(found.iter().any(|one| one.field == "dedicated_hosts"), wanted != 1, "{found:?}");
    }
    let unable = Capabilities { dedicated: false, ..able(Manner::Cold) };
    desired.dedicated = Some(of(2));
    assert!(plan(&desired, &world, &unable).unwrap().iter().all(|step| step.kind() != StepKind::SetHosts));
}
