//! 演示城市的单位与人员: set up, entered, activated and given their roles as an installation's would be.

use std::collections::BTreeMap;

use domain::identifiers::made_up_credit_code;
use domain::ids::{OrgId, PersonId};
use domain::org::{OrgForm, OrgKind, Role};

use super::form::mobile;
use super::play::Seat;
use super::tables::{City, OrgLine, PersonLine};
use super::timetable::luck;
use crate::actor::{Actor, Grant, Meta};
use crate::person::{self, GrantForm, PersonForm};
use crate::session::{OfficerForm, SetUp, SetUpOrg, Visit};
use crate::{App, AppError, org, session};

/// Who is in the city.
pub(super) struct Inhabitants {
    /// Organisations by key.
    pub seats: BTreeMap<String, Seat>,
    /// In the order of the table; the three officers first.
    pub people: Vec<Actor>,
}

/// Everyone, into an empty city.
pub(super) async fn enter(app: &App, city: &City, seed: u64) -> Result<Inhabitants, AppError> {
    let mut inhabitants = set_up(app, city, seed).await?;
    let admin = inhabitants.people[0].clone();
    enter_orgs(app, city, &admin, &mut inhabitants.seats).await?;
    enter_people(app, city, &mut inhabitants, seed).await?;
    Ok(inhabitants)
}

/// 初次设置 by the one-time link: the information centre and its officers, who can be chosen from the list only;
/// their first passwords are random and known to nobody.
async fn set_up(app: &App, city: &City, seed: u64) -> Result<Inhabitants, AppError> {
    let center = &city.orgs[0];
    let link = session::setup_link(app).await?.ok_or_else(|| AppError::fault("the city is not empty"))?;
    let token = link.rsplit('=').next().unwrap_or_default().to_owned();
    let officer = |at: usize| {
        let line = &city.people[at];
        Ok::<_, AppError>(OfficerForm {
            username: line.username.clone(),
            name: line.name.clone(),
            mobile: mobile(&mut luck(seed, &line.username)),
            password: session::generate_password()?,
        })
    };
    let credit_code = credit_code(center, 0)?;
    let organisation = SetUpOrg { name: center.name.clone(), credit_code: credit_code.clone() };
    let (system_admin, security_admin, audit_admin) = (officer(0)?, officer(1)?, officer(2)?);
    session::set_up(app, SetUp { token, organisation, system_admin, security_admin, audit_admin }, &Visit::default())
        .await?;
    let made = store::person::for_demo(&app.store.pool).await?;
    let mut people = Vec::new();
    let mut seats = BTreeMap::new();
    for line in &city.people[..Role::OFFICERS.len()] {
        let row = made.iter().find(|row| row.username == line.username);
        let id = row.ok_or_else(|| AppError::fault("an officer was not set up"))?.id;
        let org = OrgId(store::person::one(&app.store.pool, id).await?.org_id);
        let seat = Seat { id: org, name: center.name.clone(), county: None, credit_code: credit_code.clone() };
        people.push(actor(line, &seat, PersonId(id)));
        seats.insert(center.key.clone(), seat);
    }
    Ok(Inhabitants { seats, people })
}

/// 机构建档 by 系统管理员.
async fn enter_orgs(app: &App, city: &City, admin: &Actor, seats: &mut BTreeMap<String, Seat>) -> Result<(), AppError> {
    let meta = Meta::default();
    for (serial, line) in city.orgs.iter().enumerate().skip(1) {
        let parent_id = match &line.parent {
            Some(key) => Some(seat(seats, key)?.id),
            None => None,
        };
        let code = credit_code(line, serial)?;
        let form = OrgForm {
            name: line.name.clone(),
            short_name: line.short_name.clone(),
            kind: line.kind,
            level: line.level,
            office: line.office,
            credit_code: code.clone(),
            county: line.county.clone(),
            parent_id,
            budget_code: format!("{:06}", 103_001 + serial),
            address: line.address.clone(),
        };
        let made = org::create(app, admin, &meta, form).await?;
        let seat = Seat { id: OrgId(made.id), name: line.name.clone(), county: line.county.clone(), credit_code: code };
        seats.insert(line.key.clone(), seat);
    }
    Ok(())
}

fn seat<'a>(seats: &'a BTreeMap<String, Seat>, key: &str) -> Result<&'a Seat, AppError> {
    seats.get(key).ok_or_else(|| AppError::fault(format!("no organisation {key}")))
}

fn credit_code(line: &OrgLine, serial: usize) -> Result<String, AppError> {
    let category = match line.kind {
        OrgKind::Institution => "12",
        OrgKind::StateEnterprise | OrgKind::Company => "91",
        OrgKind::Association => "51",
        _ => "11",
    };
    let division = line.county.as_deref().unwrap_or("450300");
    let serial = u32::try_from(serial + 101).map_err(AppError::fault)?;
    made_up_credit_code(category, division, serial).ok_or_else(|| AppError::fault("the code has other parts"))
}

/// A person as the server would see them signed in.
fn actor(line: &PersonLine, seat: &Seat, id: PersonId) -> Actor {
    Actor {
        person: Some(id),
        name: line.name.clone(),
        org: Some(seat.id),
        org_name: seat.name.clone(),
        county: seat.county.clone(),
        grants: line.roles.iter().map(|role| Grant { role: *role, org: seat.id }).collect(),
        session: None,
        ip: None,
        terminal: Some("演示数据".to_owned()),
    }
}

/// 人员建档 by 系统管理员, activated and given their roles by 安全保密管理员.
async fn enter_people(app: &App, city: &City, inhabitants: &mut Inhabitants, seed: u64) -> Result<(), AppError> {
    for line in city.people.iter().skip(Role::OFFICERS.len()) {
        let seat = seat(&inhabitants.seats, &line.org)?.clone();
        let id = enter_person(app, (&inhabitants.people[0], &inhabitants.people[1]), line, (&seat, seed)).await?;
        inhabitants.people.push(actor(line, &seat, id));
    }
    Ok(())
}

/// One account: entered by the one officer, activated and given its roles by the other.
async fn enter_person(
    app: &App,
    (admin, security): (&Actor, &Actor),
    line: &PersonLine,
    (seat, seed): (&Seat, u64),
) -> Result<PersonId, AppError> {
    let meta = Meta::default();
    let form = PersonForm {
        username: line.username.clone(),
        name: line.name.clone(),
        org_id: Some(seat.id),
        mobile: mobile(&mut luck(seed, &line.username)),
        id_number: String::new(),
        email: String::new(),
    };
    let id = person::create(app, admin, &meta, form).await?.item.id;
    person::activate(app, security, &meta, id).await?;
    for role in &line.roles {
        person::grant(app, security, &meta, id, GrantForm { role: *role, org_id: seat.id }).await?;
    }
    Ok(id)
}
