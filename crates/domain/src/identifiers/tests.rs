use super::*;

const CREDIT_CODES: [&str; 6] = [
    "91350100M000100Y43",
    "114503000000010116",
    "1245030000000102XT",
    "11450321000001038B",
    "124503810000010460",
    "11450300MB1A2B3CX6",
];

#[test]
fn a_credit_code_satisfies_both_check_characters() {
    for code in CREDIT_CODES {
        assert!(is_credit_code(code), "{code}");
    }
    for code in [
        "",
        "91350100M000100Y4",
        "91350100M000100Y430",
        "91350100M000100Y44",
        "91350100m000100y43",
        "91350100M000100O43",
        "9135O100M000100Y43",
        "桂林350100M000100Y43",
        "91350100M000100Y4 ",
    ] {
        assert!(!is_credit_code(code), "{code}");
    }
}

#[test]
fn a_credit_code_with_one_wrong_character_is_refused_wherever_it_stands() {
    for code in CREDIT_CODES {
        for place in 0..18 {
            for other in CREDIT_ALPHABET {
                let mut wrong = code.as_bytes().to_vec();
                if wrong[place] == *other {
                    continue;
                }
                wrong[place] = *other;
                let wrong = String::from_utf8(wrong).expect("ASCII");
                assert!(!is_credit_code(&wrong), "{code} → {wrong}");
            }
        }
    }
}

#[test]
fn a_credit_code_right_in_the_outer_check_but_wrong_in_the_organisation_code_is_refused() {
    let mut wrong = *b"91350100M000100Y43";
    wrong[16] = b'5';
    wrong[17] = credit_check(&wrong[..17]).expect("in the alphabet");
    assert!(!is_credit_code(std::str::from_utf8(&wrong).expect("ASCII")));
}

#[test]
fn an_identity_number_has_a_real_birthday_and_its_check_character() {
    for number in ["11010519491231002X", "450302199001010010", "450302200002290012", "450302200002290020"] {
        let body = &number[..17];
        let valid = ID_CHECK.iter().map(|c| format!("{body}{}", *c as char)).filter(|n| is_id_number(n)).count();
        assert_eq!(valid, 1, "exactly one check character completes {body}");
    }
    assert!(is_id_number("11010519491231002X"));
    assert!(is_id_number("450302199001010010"), "the vector of the forms: check character 0");
    for number in [
        "11010519491231002x",
        "110105194912310021",
        "11010519490231002X",
        "1101051949123100",
        "110105189912310020",
        "45030219900101001",
        "a1010519491231002X",
        "011010519491231002",
    ] {
        assert!(!is_id_number(number), "{number}");
    }
    let no_leap_day: Vec<_> =
        ID_CHECK.iter().map(|c| format!("45030219000229001{}", *c as char)).filter(|n| is_id_number(n)).collect();
    assert!(no_leap_day.is_empty(), "1900 had no 29 February");
}

#[test]
fn telephone_numbers() {
    for (text, valid) in [
        ("13800000000", true),
        ("19912345678", true),
        ("12800000000", false),
        ("1380000000", false),
        ("138000000000", false),
        ("+8613800000", false),
        ("1380000000a", false),
    ] {
        assert_eq!(is_mobile(text), valid, "{text}");
    }
    for (text, valid) in [
        ("0773-2812345", true),
        ("07732812345", true),
        ("0773-28123456", true),
        ("0771-2812345", false),
        ("0773-281234", false),
        ("0773--2812345", false),
        ("2812345", false),
    ] {
        assert_eq!(is_landline(text, "0773"), valid, "{text}");
    }
    assert!(is_postcode("541001", "541") && !is_postcode("530001", "541") && !is_postcode("54100", "541"));
}

#[test]
fn annex_2_1_host_names() {
    for (text, valid) in [
        ("db", true),
        ("web-01", true),
        (&"a".repeat(63), true),
        (&"a".repeat(64), false),
        ("a", false),
        ("Web", false),
        ("web_1", false),
        ("-web", false),
        ("web-", false),
        ("主机", false),
        ("web.gov", false),
        ("", false),
    ] {
        assert_eq!(is_host_name(text), valid, "{text}");
    }
    for (text, valid) in [
        ("www.guilin.gov.cn", true),
        ("guilin", false),
        ("10.0.0.1", false),
        ("a..b", false),
        ("-a.cn", false),
        ("a.cn.", false),
    ] {
        assert_eq!(is_domain_name(text), valid, "{text}");
    }
    for (text, valid) in [
        ("zwy@guilin.gov.cn", true),
        ("a.b+c@x.cn", true),
        ("@x.cn", false),
        ("a@b", false),
        ("a b@x.cn", false),
        ("a@@x.cn", false),
        (".a@x.cn", false),
        ("李@x.cn", false),
    ] {
        assert_eq!(is_email(text), valid, "{text}");
    }
}

#[test]
fn annex_2_2_source_addresses() {
    for (text, valid) in [
        ("10.8.1.2", true),
        ("10.8.0.0/16", true),
        ("0.0.0.0/0", true),
        ("10.8.1.2/32", true),
        ("10.8.1.2/24", false),
        ("10.8.0.0/33", false),
        ("10.8.0.0/", false),
        ("10.8.0.0/016", false),
        ("10.8.0.0/+16", false),
        ("10.8.0/16", false),
        ("010.8.0.0/16", false),
        ("2001:db8::/32", true),
        ("2001:db8::1/128", true),
        ("2001:db8::1/32", false),
        ("::/0", true),
        ("", false),
        ("any", false),
    ] {
        assert_eq!(is_cidr(text), valid, "{text}");
    }
}

#[test]
fn a29_a_network_wider_than_any_office_is_the_internet() {
    for (text, open) in [
        ("0.0.0.0/0", true),
        ("128.0.0.0/1", true),
        ("10.0.0.0/7", true),
        ("10.0.0.0/8", false),
        ("10.8.1.2", false),
        ("203.0.113.7/32", false),
        ("::/0", true),
        ("2000::/3", true),
        ("fc00::/7", false),
        ("2001:db8::/32", false),
        ("any", false),
    ] {
        assert_eq!(is_open_network(text), open, "{text}");
    }
}

#[test]
fn document_numbers_are_written_as_official_letters_write_them() {
    assert_eq!(document_number("市工信函", 2025, 12), "市工信函〔2025〕12号");
    for (text, valid) in [
        ("市工信函〔2025〕12号", true),
        ("桂数发〔2020〕10号", true),
        ("市函〔2025〕99999号", true),
        ("市〔2025〕12号", false),
        ("市工信函[2025]12号", false),
        ("市工信函(2025)12号", false),
        ("市工信函〔25〕12号", false),
        ("市工信函〔1825〕12号", false),
        ("市工信函〔2025〕012号", false),
        ("市工信函〔2025〕第12号", false),
        ("市工信函〔2025〕100000号", false),
        ("市工信函〔2025〕0号", false),
        ("市工信函〔2025〕12", false),
        ("GXJ〔2025〕12号", false),
        ("市工信函〔2025〕〕12号", false),
        ("", false),
    ] {
        assert_eq!(is_document_number(text), valid, "{text}");
    }
}

#[test]
fn personal_numbers_are_masked_and_short_ones_wholly() {
    assert_eq!(mask_id_number("11010519491231002X"), "110***********002X");
    assert_eq!(mask_mobile("13812345678"), "138****5678");
    assert_eq!(mask_mobile("1234567"), "*******");
}

#[test]
fn made_up_numbers_pass_the_checks_they_were_made_for() {
    for serial in [0, 1, 16, 38, 99, 12_345_678] {
        let code = made_up_credit_code("11", "450300", serial).expect("parts of the right length");
        assert!(is_credit_code(&code), "{code}");
    }
    assert_eq!(made_up_credit_code("11", "4503", 1), None);
    assert_eq!(made_up_id_number("45030219900101001").as_deref(), Some("450302199001010010"));
    assert_eq!(made_up_id_number("4503021990010100X"), None);
}
