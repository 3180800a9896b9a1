use super::*;
use crate::actor::Grant;
use domain::org::{Domain, Role, exclusive};

fn org(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n))
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn actor(role: Role, at: OrgId, county: Option<&str>) -> Actor {
    let mut actor = Actor::system("test");
    actor.person = Some(person(1));
    actor.grants = vec![Grant { role, org: at }];
    actor.county = county.map(Into::into);
    actor
}

fn allowed(actor: &Actor, action: Action, target: &Target) -> bool {
    check(actor, action, target).is_ok()
}

#[test]
fn e9_the_printed_table_is_the_checked_in_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/proofs/authz.md");
    let now = proof();
    if std::env::var_os("UPDATE_PROOFS").is_some() {
        std::fs::write(path, &now).expect("docs/proofs exists");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == now, "docs/proofs/authz.md differs; run `make proofs` and read the difference");
}

#[test]
fn action_codes_are_unique_and_found_by_room_and_command() {
    let mut codes: Vec<&str> = Action::ALL.iter().map(|action| action.code()).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert_eq!(Action::of("application", "accept"), Some(Action::ApplicationAccept));
    assert_eq!(Action::of("application", "no_such"), None);
}

#[test]
fn every_command_of_every_lifecycle_has_its_line() {
    let named = |room: &str, codes: Vec<&'static str>| {
        for code in codes {
            assert!(Action::of(room, code).is_some(), "{room}.{code} stands in no line of the table");
        }
    };
    macro_rules! room {
        ($($room:ident),*) => { $(named(stringify!($room), domain::$room::CommandKind::ALL.iter().map(|kind| kind.code()).collect());)* };
    }
    room!(application, usage_plan, trial, subscription, change, termination);
}

#[test]
fn no_line_names_a_role_twice() {
    for action in Action::ALL {
        let mut roles: Vec<Role> = action.grants().iter().flat_map(|part| part.iter().map(|(role, _)| *role)).collect();
        let count = roles.len();
        roles.sort_unstable();
        roles.dedup();
        assert_eq!(roles.len(), count, "{}", action.code());
    }
}

#[test]
fn e9_the_three_officers_touch_no_business_and_divide_the_accounts() {
    let business = [
        "application.",
        "usage_plan.",
        "trial.",
        "subscription.",
        "change.",
        "termination.",
        "case.",
        "charge.",
        "resource.",
        "document.",
        "attachment.",
    ];
    for action in Action::ALL.iter().filter(|action| business.iter().any(|room| action.code().starts_with(room))) {
        for officer in Role::OFFICERS {
            assert_eq!(scope(*action, officer), Scope::Nothing, "{} by {officer}", action.code());
        }
    }
    assert_eq!(scope(Action::RoleGrant, Role::SystemAdmin), Scope::Nothing, "who makes accounts gives no rights");
    assert_eq!(scope(Action::PersonCreate, Role::SecurityAdmin), Scope::Nothing, "who gives rights makes no accounts");
    assert_eq!(scope(Action::AuditView, Role::SystemAdmin), Scope::Nothing, "the system administrator reads no log");
    let writes =
        ["org.create", "org.edit", "person.create", "person.activate", "role.grant", "calendar.import", "engine.edit"];
    for action in Action::ALL.iter().filter(|action| writes.contains(&action.code())) {
        assert_eq!(
            scope(*action, Role::AuditAdmin),
            Scope::Nothing,
            "{}: the audit administrator configures nothing",
            action.code()
        );
    }
}

#[test]
fn a34_the_external_auditor_only_reads() {
    let reading = ["view", "explain", "list", "own", "move_clock", "view_opinions", "view_timeline"];
    for action in Action::ALL {
        if scope(*action, Role::Auditor) != Scope::Nothing {
            let act = action.code().split_once('.').expect("room.act").1;
            assert!(reading.contains(&act), "{}", action.code());
        }
    }
}

#[test]
fn a28_a_supplier_never_reaches_everything_of_an_agency() {
    // Engines and jump hosts are the platform's own, and hold nothing of an agency.
    let platform = |action: &&Action| ["engine.", "jump_host."].iter().any(|room| action.code().starts_with(room));
    for action in Action::ALL.iter().filter(|action| !platform(action)) {
        let everyone = Role::ALL.iter().all(|role| scope(*action, *role) == Scope::All);
        for role in Role::ALL.iter().filter(|role| role.domain() == Domain::Supplier) {
            let reach = scope(*action, *role);
            assert!(everyone || matches!(reach, Scope::Nothing | Scope::Supplier), "{} by {role}", action.code());
        }
    }
    assert_eq!(scope(Action::ResourceOperate, Role::SupplierEngineer), Scope::Nothing);
}

#[test]
fn money_is_closed_to_engineers_and_security_offices() {
    for role in [
        Role::SupplierEngineer,
        Role::SupplierSecurity,
        Role::CyberspaceOffice,
        Role::SecrecyOffice,
        Role::Police,
        Role::Expert,
    ] {
        assert_eq!(scope(Action::ChargeView, role), Scope::Nothing, "{role}");
    }
}

#[test]
fn a10_2_acceptance_and_review_are_different_roles() {
    for role in Role::ALL.iter().copied() {
        let both = scope(Action::ApplicationAccept, role) != Scope::Nothing
            && scope(Action::ApplicationConclude, role) != Scope::Nothing;
        assert!(!both, "{role}");
        let enters_and_checks = scope(Action::UsagePlanRecordRatification, role) != Scope::Nothing
            && scope(Action::UsagePlanVerifyRatification, role) != Scope::Nothing;
        assert!(!enters_and_checks, "{role}");
    }
    assert!(exclusive(Role::AgencyHandler, Role::AgencyLeader).is_some());
}

#[test]
fn e10_an_agency_acts_on_its_own_records_only() {
    let handler = actor(Role::AgencyHandler, org(1), None);
    assert!(allowed(&handler, Action::ApplicationEdit, &Target::agency(org(1), vec![org(1)], None)));
    assert!(!allowed(&handler, Action::ApplicationEdit, &Target::agency(org(2), vec![org(2)], None)));
    assert!(!allowed(&handler, Action::ApplicationEdit, &Target::city()));
    let below = Target::agency(org(2), vec![org(1), org(2)], None);
    assert!(allowed(&handler, Action::CaseView, &below), "an agency sees its subtree");
    assert!(!allowed(&handler, Action::ApplicationEdit, &below), "but does not write for it");
    let above = Target::agency(org(9), vec![org(9)], None);
    assert!(!allowed(&actor(Role::AgencyHandler, org(1), None), Action::CaseView, &above));
}

#[test]
fn e10_a_county_reaches_its_county_only() {
    let county = actor(Role::CountyGovernment, org(1), Some("450321"));
    let at = |code: Option<&str>| Target::agency(org(2), vec![org(2)], code.map(Into::into));
    assert!(allowed(&county, Action::ApplicationConsolidate, &at(Some("450321"))));
    assert!(!allowed(&county, Action::ApplicationConsolidate, &at(Some("450323"))));
    assert!(!allowed(&county, Action::ApplicationConsolidate, &at(None)));
    let nowhere = actor(Role::CountyGovernment, org(1), None);
    assert!(!allowed(&nowhere, Action::ApplicationConsolidate, &at(None)), "no county matches no county");
}

#[test]
fn e10_experts_and_suppliers_reach_what_is_theirs() {
    let expert = actor(Role::Expert, org(1), None);
    let case = Target::agency(org(2), vec![org(2)], None);
    assert!(!allowed(&expert, Action::ApplicationGiveOpinion, &case));
    assert!(allowed(&expert, Action::ApplicationGiveOpinion, &case.clone().assigned_to([person(1)])));
    assert!(!allowed(&expert, Action::ApplicationGiveOpinion, &case.clone().assigned_to([person(2)])));
    let supplier = actor(Role::SupplierManager, org(7), None);
    assert!(allowed(&supplier, Action::TrialDeliver, &case.clone().served_by(org(7))));
    assert!(!allowed(&supplier, Action::TrialDeliver, &case.clone().served_by(org(8))));
    assert!(!allowed(&supplier, Action::TrialDeliver, &case));
}

#[test]
fn a_list_is_the_union_of_what_the_roles_give() {
    let mut both = actor(Role::AgencyHandler, org(1), Some("450321"));
    both.grants.push(Grant { role: Role::CountyData, org: org(5) });
    let seen = visible(&both, Action::CaseView).expect("sees something");
    assert_eq!((seen.all, seen.trees.clone(), seen.counties.clone()), (false, vec![org(1)], vec!["450321".to_owned()]));
    both.grants.push(Grant { role: Role::CenterReviewer, org: org(6) });
    assert_eq!(visible(&both, Action::CaseView).expect("all"), Visibility { all: true, ..Visibility::default() });
    let officer = actor(Role::SystemAdmin, org(6), None);
    assert!(matches!(visible(&officer, Action::CaseView), Err(AppError::Forbidden(_))));
}

#[test]
fn the_system_passes_and_the_same_person_does_not_act_twice() {
    let system = Actor::system("timer");
    assert!(allowed(&system, Action::TrialActivate, &Target::city()));
    let reviewer = actor(Role::CenterReviewer, org(6), None);
    assert!(!allowed(&reviewer, Action::TrialActivate, &Target::city()), "no role turns a trial by hand");
    assert!(matches!(distinct(&reviewer, Some(person(1)), "受理"), Err(AppError::Refused(_))));
    assert!(distinct(&reviewer, Some(person(2)), "受理").is_ok());
    assert!(distinct(&reviewer, None, "受理").is_ok());
    assert!(distinct(&system, Some(person(1)), "受理").is_ok());
}
