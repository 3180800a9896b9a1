//! 测试城市的机构与人员: who is in the city, and how they are put into the database quickly.
//!
//! Put there by `store` and not by the use cases: thirty people with real password hashes would cost every test a
//! second. Everything else about them is as the officers would have entered it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use app::App;
use app::secrecy::mask_mobile;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use domain::identifiers::is_credit_code;
use domain::org::{Level, Office, OrgKind, Role};
use jiff_sqlx::ToSqlx;
use store::org::SaveOrg;
use store::person::{NewPerson, Sealed};
use totp_rs::{Algorithm as TotpAlgorithm, Builder, Secret};
use uuid::Uuid;

/// The password of everyone in a [`crate::City`].
pub const PASSWORD: &str = "Tk7mwp2Rxd-yugan";

/// 机构: key, name, kind, level and office, county.
type OrgLine = (&'static str, &'static str, OrgKind, Level, Office, Option<&'static str>);

/// The county of the county agency: 阳朔县.
const COUNTY: Option<&str> = Some("450321");

/// Superiors before those below them.
const ORGS: &[OrgLine] = &[
    ("center", "桂林市信息中心", OrgKind::Institution, Level::City, Office::InfoCenter, None),
    ("authority", "桂林市工业和信息化局", OrgKind::Government, Level::City, Office::Authority, None),
    ("government", "桂林市人民政府办公室", OrgKind::Government, Level::City, Office::CityGovernment, None),
    ("finance", "桂林市财政局", OrgKind::Government, Level::City, Office::CityFinance, None),
    ("cyberspace", "中共桂林市委网络安全和信息化委员会办公室", OrgKind::Party, Level::City, Office::Cyberspace, None),
    ("secrecy", "中共桂林市委保密委员会办公室", OrgKind::Party, Level::City, Office::Secrecy, None),
    ("police", "桂林市公安局", OrgKind::Government, Level::City, Office::Police, None),
    ("supervision", "桂林市审计局", OrgKind::Government, Level::City, Office::Supervision, None),
    ("education", "桂林市教育局", OrgKind::Government, Level::City, Office::Agency, None),
    ("institute", "桂林市科技情报研究所", OrgKind::Institution, Level::City, Office::Agency, None),
    ("county_government", "阳朔县人民政府", OrgKind::Government, Level::County, Office::CountyGovernment, COUNTY),
    ("county_data", "阳朔县大数据发展局", OrgKind::Government, Level::County, Office::CountyData, COUNTY),
    ("county_finance", "阳朔县财政局", OrgKind::Government, Level::County, Office::CountyFinance, COUNTY),
    ("county_agency", "阳朔县水利局", OrgKind::Government, Level::County, Office::Agency, COUNTY),
    ("supplier", "漓江云计算有限公司", OrgKind::Company, Level::City, Office::Supplier, None),
    ("third_party", "桂北测评有限公司", OrgKind::Company, Level::City, Office::ThirdParty, None),
];

/// 人员: organisation's key, name, role. The user name is the role's code, with `county_` before an agency role held in
/// the county, so that everybody can be named without looking here.
const PEOPLE: &[(&str, &str, Role)] = &[
    ("center", "蒋明远", Role::CenterAcceptor),
    ("center", "唐静仪", Role::CenterReviewer),
    ("center", "莫志强", Role::CenterResources),
    ("center", "秦卫国", Role::CenterLead),
    ("center", "刘德安", Role::SystemAdmin),
    ("center", "周慎之", Role::SecurityAdmin),
    ("center", "吕审言", Role::AuditAdmin),
    ("authority", "廖建平", Role::AuthorityOfficer),
    ("authority", "韦国栋", Role::AuthorityLead),
    ("government", "梁致和", Role::Government),
    ("finance", "钟算清", Role::Finance),
    ("cyberspace", "黄安澜", Role::CyberspaceOffice),
    ("secrecy", "谢守密", Role::SecrecyOffice),
    ("police", "陈警惕", Role::Police),
    ("supervision", "石正言", Role::Auditor),
    ("education", "陆文清", Role::AgencyHandler),
    ("education", "秦岚", Role::AgencyLeader),
    ("education", "覃工", Role::AgencySysadmin),
    ("education", "邓安", Role::AgencySecurity),
    ("education", "阳审", Role::AgencyAuditor),
    ("education", "全汇", Role::Consolidator),
    ("institute", "罗专", Role::Expert),
    ("county_government", "容县办", Role::CountyGovernment),
    ("county_data", "毛数", Role::CountyData),
    ("county_finance", "龙财", Role::CountyFinance),
    ("county_agency", "白水生", Role::AgencyHandler),
    ("county_agency", "江河清", Role::AgencyLeader),
    ("supplier", "莫辰", Role::SupplierManager),
    ("supplier", "贺运", Role::SupplierEngineer),
    ("supplier", "甘护", Role::SupplierSecurity),
    ("supplier", "苏结", Role::SupplierFinance),
    ("third_party", "易测", Role::ThirdParty),
];

/// Ids by key and by user name.
pub(crate) struct Entered {
    pub orgs: BTreeMap<&'static str, Uuid>,
    pub people: BTreeMap<String, Uuid>,
}

/// Puts everyone into an empty database.
pub(crate) async fn enter(app: &App) -> Entered {
    let mut tx = app.store.begin().await.expect("a transaction");
    let now = app.clock.now().to_sqlx();
    let mut entered = Entered { orgs: BTreeMap::new(), people: BTreeMap::new() };
    for (serial, line) in ORGS.iter().enumerate() {
        let (key, id) = (line.0, Uuid::now_v7());
        let code = credit_code(line.2, line.5, serial);
        store::org::insert(&mut tx, &saved(line, id, &code, &[id]), now).await.expect(key);
        entered.orgs.insert(key, id);
    }
    for (serial, (org, name, role)) in PEOPLE.iter().enumerate() {
        let prefix = if *org == "county_agency" { "county_" } else { "" };
        let username = format!("{prefix}{}", role.code());
        let id = add_person(app, &mut tx, entered.orgs[org], &username, (name, serial), &[*role]).await;
        entered.people.insert(username, id);
    }
    tx.commit().await.expect("committed");
    entered
}

fn saved<'a>(line: &OrgLine, id: Uuid, code: &'a str, path: &'a [Uuid]) -> SaveOrg<'a> {
    let (_, name, kind, level, office, county) = *line;
    SaveOrg {
        id,
        name,
        short_name: "",
        kind: kind.code(),
        level: level.code(),
        office: office.code(),
        credit_code: code,
        county,
        parent_id: None,
        path,
        budget_code: "",
        address: "",
    }
}

/// One active person with [`PASSWORD`] and no second factor yet.
pub(crate) async fn add_person(
    app: &App,
    tx: &mut store::Tx,
    org: Uuid,
    username: &str,
    (name, serial): (&str, usize),
    roles: &[Role],
) -> Uuid {
    let (id, now) = (Uuid::now_v7(), app.clock.now().to_sqlx());
    let keys = app.keys().expect("the keys of this test");
    let mobile = format!("1390773{serial:04}");
    let sealed = keys.seal_text(&app::person::mobile_context(id), &mobile).expect("sealed");
    let mask = mask_mobile(&mobile);
    let new = NewPerson {
        id,
        org_id: org,
        username,
        name,
        mobile: Sealed { bytes: Some(&sealed), mask: &mask },
        id_number: Sealed::default(),
        email: "",
        state: "active",
        created_by: None,
        activated_by: None,
    };
    store::person::insert(tx, &new, now).await.expect("a person");
    let hash = keys.seal_text(&app::session::credential_context(id), password_hash()).expect("sealed");
    let changed = (app.clock.today().to_sqlx(), false);
    store::session::set_password(tx, id, &hash, changed, now).await.expect("a password");
    for role in roles {
        store::person::grant(tx, (id, role.code(), org), None, now).await.expect("a role");
    }
    id
}

/// [`PASSWORD`] hashed with the least work Argon2 allows: checking takes the parameters from the hash.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let least = Params::new(8, 1, 1, None).expect("parameters");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
        argon.hash_password(PASSWORD.as_bytes()).expect("a hash").to_string()
    })
}

/// A credit code that passes its checks: the two check characters are found by trying.
fn credit_code(kind: OrgKind, county: Option<&str>, serial: usize) -> String {
    let class = match kind {
        OrgKind::Institution => "12",
        OrgKind::Company => "91",
        _ => "11",
    };
    let body = format!("{class}{}{:08}", county.unwrap_or("450300"), 1000 + serial);
    let alphabet = || "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let all = alphabet().flat_map(|a| alphabet().map(move |b| (a, b)));
    all.map(|(a, b)| format!("{body}{a}{b}")).find(|code| is_credit_code(code)).expect("one fits")
}

/// The code an authenticator application shows at `unix_seconds` for a secret as the enrolment page prints it.
pub fn totp_code(secret: &str, unix_seconds: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    let builder = Builder::new().with_algorithm(TotpAlgorithm::SHA1).with_digits(6).with_step_duration(30);
    let totp = builder.with_secret(secret).build().expect("a secret of 20 bytes");
    totp.generate(u64::try_from(unix_seconds).expect("after 1970")).to_string()
}
