use super::*;
use crate::calendar::Date;
use crate::clause::A29;
use crate::limits::Limits;
use crate::refusal::Refuse;
use crate::regulation::{Division, Regulation};

fn divisions() -> &'static [Division] {
    &Regulation::guilin().divisions
}

fn form() -> OrgForm {
    OrgForm {
        name: "桂林市测试局".into(),
        short_name: "测试局".into(),
        kind: OrgKind::Government,
        level: Level::City,
        office: Office::Agency,
        credit_code: "114503000000010116".into(),
        county: None,
        parent_id: None,
        budget_code: String::new(),
        address: String::new(),
    }
}

fn codes(form: &OrgForm) -> Vec<&'static str> {
    form.check(divisions()).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a2_the_eight_kinds_of_public_body_may_be_agencies_and_companies_may_not() {
    let agencies: Vec<&str> = OrgKind::ALL.iter().filter(|kind| kind.may_be_agency()).map(|kind| kind.code()).collect();
    let expected =
        ["party", "congress", "government", "cppcc", "court", "procuratorate", "field_office", "institution"];
    assert_eq!(agencies, expected);
    for kind in [OrgKind::StateEnterprise, OrgKind::Company, OrgKind::Association] {
        let refused = OrgForm { kind, ..form() };
        assert_eq!(codes(&refused), ["org.not_an_agency"], "{kind}");
        assert_eq!(refused.check(divisions())[0].clause, Some(A2));
    }
    assert!(codes(&form()).is_empty());
}

#[test]
fn a2_a_state_enterprise_may_be_the_supplier() {
    let supplier = OrgForm { kind: OrgKind::StateEnterprise, office: Office::Supplier, ..form() };
    assert!(codes(&supplier).is_empty());
    let wrong = OrgForm { kind: OrgKind::Court, office: Office::Supplier, ..form() };
    assert_eq!(codes(&wrong), ["org.supplier_kind"]);
}

#[test]
fn a6_a_county_organisation_names_one_of_the_seventeen_divisions() {
    let county = |code: Option<&str>| OrgForm { level: Level::County, county: code.map(Into::into), ..form() };
    assert!(codes(&county(Some("450321"))).is_empty());
    assert_eq!(codes(&county(Some("450331"))), ["org.unknown_county"], "the code Lipu had until 2018");
    assert_eq!(codes(&county(None)), ["org.county_missing"]);
    let city = OrgForm { county: Some("450321".into()), ..form() };
    assert_eq!(codes(&city), ["org.county_excess"]);
}

#[test]
fn a_county_office_stands_at_county_level_and_a_city_office_does_not() {
    let wrong = OrgForm { office: Office::CountyFinance, ..form() };
    assert_eq!(codes(&wrong), ["org.office_level"]);
    let right =
        OrgForm { office: Office::CountyFinance, level: Level::County, county: Some("450325".into()), ..form() };
    assert!(codes(&right).is_empty());
}

#[test]
fn names_and_credit_codes_are_checked_at_both_sides() {
    assert_eq!(codes(&OrgForm { name: "局".into(), ..form() }), ["org.name"]);
    assert!(codes(&OrgForm { name: "某局".into(), ..form() }).is_empty());
    assert!(codes(&OrgForm { name: "某".repeat(100), ..form() }).is_empty());
    assert_eq!(codes(&OrgForm { name: "某".repeat(101), ..form() }), ["org.name"]);
    assert_eq!(codes(&OrgForm { credit_code: "114503000000010117".into(), ..form() }), ["form.credit_code"]);
}

#[test]
fn a10_1_1_a_tree_has_no_ring_and_is_not_too_deep() {
    let id = |n: u128| OrgId(uuid::Uuid::from_u128(n));
    assert_eq!(check_parent(id(1), id(1), &[]).unwrap_err().code, "org.ring");
    assert_eq!(check_parent(id(1), id(2), &[id(3), id(1)]).unwrap_err().code, "org.ring");
    let ancestors: Vec<OrgId> = (10..14).map(id).collect();
    assert!(check_parent(id(1), id(2), &ancestors).is_ok(), "six levels");
    let ancestors: Vec<OrgId> = (10..15).map(id).collect();
    assert_eq!(check_parent(id(1), id(2), &ancestors).unwrap_err().code, "org.too_deep");
}

#[test]
fn e9_the_three_officers_exclude_each_other_and_every_business_role() {
    for officer in Role::OFFICERS {
        for role in Role::ALL.iter().copied().filter(|role| *role != officer) {
            assert!(exclusive(officer, role).is_some(), "{officer} with {role}");
            assert!(exclusive(role, officer).is_some(), "{role} with {officer}");
        }
        assert_eq!(exclusive(officer, officer), None);
    }
}

#[test]
fn exclusions_are_symmetric() {
    for a in Role::ALL {
        for b in Role::ALL {
            assert_eq!(exclusive(*a, *b).is_some(), exclusive(*b, *a).is_some(), "{a} with {b}");
        }
    }
}

#[test]
fn a29_the_three_officers_of_an_agency_are_three_people() {
    use Role::{AgencyAuditor, AgencyHandler, AgencySecurity, AgencySysadmin};
    for (a, b) in [(AgencySysadmin, AgencySecurity), (AgencySecurity, AgencyAuditor), (AgencyAuditor, AgencySysadmin)] {
        let refusal = exclusive(a, b).expect("exclusive");
        assert_eq!(refusal.code(), "role.agency_officers_exclusive");
        assert_eq!(refusal.clause(), Some(A29));
    }
    assert_eq!(exclusive(AgencyAuditor, AgencyHandler).expect("exclusive").code(), "role.agency_auditor_reads_only");
    assert_eq!(exclusive(AgencySysadmin, AgencyHandler), None, "a small agency's handler may run its servers");
}

#[test]
fn a25_supplier_accounts_and_government_accounts_never_mix() {
    assert_eq!(
        exclusive(Role::SupplierEngineer, Role::AgencyHandler).expect("exclusive").code(),
        "role.domains_exclusive"
    );
    assert_eq!(exclusive(Role::Expert, Role::SupplierManager).expect("exclusive").code(), "role.domains_exclusive");
    assert_eq!(exclusive(Role::SupplierEngineer, Role::SupplierManager), None);
}

#[test]
fn a34_an_external_auditor_only_reads() {
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::Auditor) {
        assert!(exclusive(Role::Auditor, role).is_some(), "{role}");
    }
}

#[test]
fn check_roles_names_the_pair_that_clashes() {
    let held = [Role::AgencyHandler, Role::AgencySysadmin];
    assert!(check_roles(&held, Role::Consolidator).is_ok());
    let refusal = check_roles(&held, Role::AgencyLeader).unwrap_err();
    assert!(refusal.zh().contains("使用单位经办人") && refusal.zh().contains("使用单位审核领导"), "{}", refusal.zh());
}

#[test]
fn roles_are_held_only_at_their_office() {
    assert!(Role::CenterAcceptor.may_be_held_at(Office::InfoCenter));
    assert!(!Role::CenterAcceptor.may_be_held_at(Office::Agency));
    assert!(Role::AgencyHandler.may_be_held_at(Office::CityFinance), "every public body may use the cloud");
    assert!(!Role::AgencyHandler.may_be_held_at(Office::Supplier));
    assert!(!Role::Expert.may_be_held_at(Office::Supplier), "an expert does not judge the own offer");
    assert!(Role::SupplierManager.may_be_held_at(Office::Supplier));
}

fn faults(password: &str) -> Vec<&'static str> {
    let limits = Limits::guilin();
    let context = PasswordContext { username: "zhangsan", person_name: "张三", limits: &limits };
    check_password(password, context).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn e2_ten_characters_of_three_kinds() {
    assert!(faults("Tk7mwp2Rxd").is_empty());
    assert_eq!(faults("Tk7mwp2Rx"), ["password.too_short"]);
    assert_eq!(faults("tk7mwp2rxd"), ["password.classes"]);
    assert!(faults("tk7mwp2rx-").is_empty(), "lower case, digits and signs are three kinds");
    assert!(faults("桂林山水甲天下Tk7").is_empty(), "Chinese characters are letters without case");
    let max = Limits::guilin().password_max_chars.value.0 as usize;
    let long = |n: usize| "Tk7mwp2Rxd-".chars().cycle().take(n).collect::<String>();
    assert!(faults(&long(max)).is_empty());
    assert_eq!(faults(&long(max + 1)), ["password.too_long"]);
}

#[test]
fn e2_neither_the_user_name_nor_the_name_forwards_or_backwards() {
    for password in ["Zhangsan-4719", "x-NASGNAHZ-4719y", "我是张三Tk7mwp2"] {
        assert_eq!(faults(password), ["password.contains_name"], "{password}");
    }
}

#[test]
fn e2_common_passwords_are_refused_however_dressed_up() {
    for password in [
        "Password@123",
        "P@ssw0rd2024",
        "Admin@12345",
        "Qwer1234!@",
        "Guilin@2026",
        "Zhengwuyun#1",
        "1qaz@WSX3edc",
        "Abcd1234!@",
        "Aa1!Aa1!Aa1!",
        "Abcdefgh123!",
        "Welcome2026!",
        "Admin888admin!",
    ] {
        assert!(faults(password).contains(&"password.weak"), "{password}: {:?}", faults(password));
    }
    for password in ["Tk7mwp2Rxd", "Lijiang-Yugan9-mifen", "correct-Horse-7-staple"] {
        assert!(!is_weak(password), "{password}");
    }
}

#[test]
fn e2_a_password_is_changed_after_ninety_days() {
    let limits = Limits::guilin();
    let set_on: Date = "2026-01-01".parse().expect("a date");
    let after = |days: i64| set_on.checked_add(jiff::Span::new().days(days)).expect("in range");
    assert_eq!(limits.password_max_age.value.0, 90);
    assert!(!must_change_password(set_on, after(90), &limits));
    assert!(must_change_password(set_on, after(91), &limits));
}

#[test]
fn each_role_has_its_line_in_the_regulation_folder() {
    let mut reader = csv::Reader::from_reader(crate::regulation::GUILIN_ROLES.as_bytes());
    let codes: Vec<String> = reader.records().map(|row| row.expect("well-formed")[0].to_owned()).collect();
    for role in Role::ALL {
        assert!(codes.iter().any(|code| code == role.matrix_code()), "{role}");
    }
    assert_eq!(codes.len(), Role::ALL.len());
}

#[test]
fn e1_user_names_are_plain() {
    for name in ["abc", "zhang.san", "li-4_b", &"a".repeat(32)] {
        assert!(is_username(name), "{name}");
    }
    for name in ["ab", "Zhang", "1abc", "a b c", "张三", "", &"a".repeat(33)] {
        assert!(!is_username(name), "{name}");
    }
}
