//! 演示城市的数据: who is in the city, which cases it has, and the words they are told in. Compiled in.
//!
//! The files lie in `regulations/guilin/demo`. Reading them is proven by the test that lays the city out, so a fault
//! in them is a fault of the build and answered as one.

use std::collections::BTreeMap;

use domain::application::form::{Audience, Construction, Mode, ServerRole, SystemCategory};
use domain::calendar::Date;
use domain::org::{Level, Office, OrgKind, Role};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::AppError;

const ORGS: &str = include_str!("../../../../regulations/guilin/demo/orgs.csv");
const PEOPLE: &str = include_str!("../../../../regulations/guilin/demo/people.csv");
const CASES: &str = include_str!("../../../../regulations/guilin/demo/cases.csv");
const PLANS: &str = include_str!("../../../../regulations/guilin/demo/plans.csv");
const WORDS: &str = include_str!("../../../../regulations/guilin/demo/words.toml");

/// Everything the files say.
pub(super) struct City {
    pub orgs: Vec<OrgLine>,
    pub people: Vec<PersonLine>,
    pub cases: Vec<CaseLine>,
    pub plans: Vec<PlanLine>,
    pub words: Words,
}

/// 机构. Superiors stand before those below them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrgLine {
    pub key: String,
    pub name: String,
    pub short_name: String,
    pub kind: OrgKind,
    pub level: Level,
    pub office: Office,
    pub county: Option<String>,
    pub parent: Option<String>,
    pub address: String,
}

/// 人员.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonLine {
    pub username: String,
    pub name: String,
    pub org: String,
    #[serde(deserialize_with = "each")]
    pub roles: Vec<Role>,
}

/// 办件: one case, how far it came and by when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseLine {
    pub key: String,
    pub agency: String,
    pub system: String,
    /// Begins the host names.
    pub short: String,
    pub category: SystemCategory,
    pub audience: Audience,
    #[serde(deserialize_with = "each")]
    pub servers: Vec<Ask>,
    pub construction: Construction,
    pub mode: Mode,
    /// State the way to production stops in.
    pub until: String,
    /// By this day it got there.
    pub on: Date,
    /// What did not go smoothly on the way.
    #[serde(deserialize_with = "each")]
    pub twists: Vec<String>,
    /// Changes and terminations that came after.
    #[serde(deserialize_with = "each")]
    pub then: Vec<Afterwards>,
}

impl CaseLine {
    /// Whether the way had this twist.
    pub fn has(&self, twist: &str) -> bool {
        self.twists.iter().any(|word| word == twist)
    }
}

/// One word of the servers' column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// `app:2x8c16g+500`: two servers of 8 vCPU and 16 GiB with a data disk of 500 GiB each.
    Servers { role: ServerRole, count: u16, vcpu: u16, memory_gib: u16, data_gib: u16 },
    /// `bw:20`: Mbps to the internet, at the first row.
    Bandwidth(u16),
}

impl std::str::FromStr for Ask {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("{text} does not read as servers");
        let number = |text: &str| text.parse::<u16>().map_err(|_| fault());
        let (role, size) = text.split_once(':').ok_or_else(fault)?;
        if role == "bw" {
            return Ok(Self::Bandwidth(number(size)?));
        }
        let role = if role == "db" { Ok(ServerRole::Database) } else { role.parse().map_err(|_| fault()) }?;
        let (size, data) = size.split_once('+').unwrap_or((size, "0"));
        let (count, size) = size.split_once('x').ok_or_else(fault)?;
        let (vcpu, memory) = size.strip_suffix('g').and_then(|size| size.split_once('c')).ok_or_else(fault)?;
        let (count, vcpu) = (number(count)?, number(vcpu)?);
        Ok(Self::Servers { role, count, vcpu, memory_gib: number(memory)?, data_gib: number(data)? })
    }
}

/// One word of the column of what came after: `up:submitted@2026-02-26`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Afterwards {
    pub what: What,
    /// State it stops in; `done` or `closed` where nothing was said.
    pub until: String,
    pub on: Date,
}

/// 变更 up or down, or 终止.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Up,
    Down,
    End,
}

impl std::str::FromStr for Afterwards {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("{text} does not read as what came after");
        let (what, on) = text.split_once('@').ok_or_else(fault)?;
        let (what, until) = what.split_once(':').unwrap_or((what, ""));
        let (what, end) = match what {
            "up" => (What::Up, "done"),
            "down" => (What::Down, "done"),
            "end" => (What::End, "closed"),
            _ => return Err(fault()),
        };
        let until = if until.is_empty() { end } else { until };
        Ok(Self { what, until: until.to_owned(), on: on.parse().map_err(|_| fault())? })
    }
}

/// 使用计划: which applications it takes follows from their days.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanLine {
    pub key: String,
    pub year: i16,
    pub mode: Mode,
    /// Day applications are listed.
    pub add: Date,
    pub report: Option<Date>,
    /// Day the ratification is entered.
    pub enter: Option<Date>,
    pub verify: Option<Date>,
    pub document: String,
}

/// 用语.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub surnames: String,
    pub given: Vec<String>,
    pub developers: Vec<String>,
    overview: BTreeMap<String, String>,
    words: BTreeMap<String, Vec<String>>,
    pub estimate: BTreeMap<String, String>,
}

impl Words {
    /// The `turn`-th way of saying it.
    pub fn say(&self, what: &str, turn: usize) -> Result<&str, AppError> {
        let ways = self.words.get(what).ok_or_else(|| AppError::fault(format!("no words for {what}")))?;
        Ok(&ways[turn % ways.len()])
    }

    /// What a system of this category is for.
    pub fn overview(&self, category: SystemCategory) -> &str {
        self.overview.get(category.code()).map_or("", String::as_str)
    }
}

/// Reads the files.
pub(super) fn read() -> Result<City, AppError> {
    Ok(City {
        orgs: table(ORGS)?,
        people: table(PEOPLE)?,
        cases: table(CASES)?,
        plans: table(PLANS)?,
        words: toml::from_str(WORDS).map_err(AppError::fault)?,
    })
}

fn table<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, AppError> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().map_err(AppError::fault)
}

/// Words of one cell, separated by blanks.
fn each<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<Vec<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(from)?;
    text.split_whitespace().map(|word| word.parse().map_err(serde::de::Error::custom)).collect()
}
