//! The auditor's file: its exact shape. Unknown fields, loose dates and fractional fen are refused.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calendar::Date;
use crate::catalog::BillingBasis;
use crate::finding::Finding;
use crate::money::Fen;

/// 计费文件: one subscription with all it takes to compute its year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub prices: Vec<PriceInput>,
    pub subscription: Subscription,
    #[serde(default)]
    pub changes: Option<Vec<Change>>,
    /// Last day of service, where it ends before its year.
    #[serde(default, with = "optional_day")]
    #[schema(value_type = Option<String>, format = "date")]
    pub terminated_on: Option<Date>,
    #[serde(default)]
    pub termination_policy: Option<TerminationPolicy>,
    #[serde(default)]
    pub sharing: Option<Sharing>,
}

/// 价格行.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceInput {
    pub version: String,
    #[serde(with = "day")]
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    /// Last day, included.
    #[serde(with = "day")]
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    pub sku: String,
    pub fen_per_year: Fen,
    /// `unit_year` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_basis: Option<BillingBasis>,
}

/// 开通.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    #[serde(with = "day")]
    #[schema(value_type = String, format = "date")]
    pub opened_on: Date,
    pub lines: Vec<OpeningLine>,
    /// 调配受益 from the opening on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefits: Option<Vec<Benefit>>,
}

/// 开通的一行; at least one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningLine {
    pub line: String,
    pub sku: String,
    pub quantity: i64,
}

/// 变更 of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(with = "day")]
    #[schema(value_type = String, format = "date")]
    pub effective_on: Date,
    pub lines: Vec<LineChange>,
    /// 调配受益 from the effective day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefits: Option<Vec<Benefit>>,
}

/// 调配受益 (D10): so much of a line costs nothing from the day of the act up to and including `until`, for
/// somebody else has paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChargeBenefit)]
pub struct Benefit {
    /// 调配单号, given once in a file.
    pub allocation: String,
    pub line: String,
    pub quantity: i64,
    /// Last day, included. One after the year counts to the end of the year.
    #[serde(with = "day")]
    #[schema(value_type = String, format = "date")]
    pub until: Date,
}

/// 变更的一行: what the line is from that day on. Quantity 0 removes it, and then `sku` may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineChange {
    pub line: String,
    #[serde(default)]
    pub sku: Option<String>,
    pub quantity: i64,
}

/// 提前终止的处理 (D10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TerminationPolicy {
    /// 不退费,统筹调配.
    #[default]
    NoRefundReallocate,
    /// 按日退费.
    Prorate,
}

/// 分担方案 (第九条(六)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// 业主单位: one of the payers; takes the remainder.
    pub owner: String,
    pub parts: Vec<Part>,
}

/// 一方的比例: a decimal string in percent, at most two decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub payer: String,
    pub percent: String,
}

impl Input {
    /// Reads a file; the finding's field is the JSON path of what does not fit (`$` is the file itself).
    pub fn read(json: &str) -> Result<Self, Vec<Finding>> {
        let mut reader = serde_json::Deserializer::from_str(json.trim_start_matches('\u{feff}'));
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let message = error.inner().to_string();
            vec![malformed(path_of(&error.path().to_string(), &message), &message)]
        })?;
        reader.end().map_err(|error| vec![malformed("$".to_owned(), &error.to_string())])?;
        Ok(read)
    }

    /// The changes as listed.
    pub fn changes(&self) -> &[Change] {
        self.changes.as_deref().unwrap_or_default()
    }

    /// Every benefit with the JSON path of its list, in the order of the file.
    pub fn benefits(&self) -> impl Iterator<Item = (String, &Benefit)> {
        let opening = self.subscription.benefits.iter().map(|list| ("subscription".to_owned(), list));
        let later = self.changes().iter().enumerate();
        let later = later.filter_map(|(at, change)| Some((format!("changes[{at}]"), change.benefits.as_ref()?)));
        opening.chain(later).flat_map(|(path, list)| {
            list.iter().enumerate().map(move |(at, benefit)| (format!("{path}.benefits[{at}]"), benefit))
        })
    }

    /// 不退费 where the file says nothing.
    pub fn policy(&self) -> TerminationPolicy {
        self.termination_policy.unwrap_or_default()
    }
}

fn malformed(path: String, message: &str) -> Finding {
    Finding::error(path, "charge.malformed", format!("内容不符合计费文件的格式:{message}"), message)
}

/// A missing or doubled field is blamed by its own path, not by that of the object around it.
fn path_of(path: &str, message: &str) -> String {
    let path = if path == "." || path == "?" { "" } else { path };
    let named = message.strip_prefix("missing field `").or_else(|| message.strip_prefix("duplicate field `"));
    let missing = named.and_then(|rest| rest.split('`').next());
    match (path, missing) {
        ("", None) => "$".to_owned(),
        ("", Some(field)) => field.to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(field)) => format!("{path}.{field}"),
    }
}

/// Days are `YYYY-MM-DD` and nothing else: a time or a short form would be read differently elsewhere.
mod day {
    use super::*;

    pub fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        strict(&text).ok_or_else(|| serde::de::Error::custom(format!("“{text}” is not a day written YYYY-MM-DD")))
    }

    pub fn strict(text: &str) -> Option<Date> {
        text.parse::<Date>().ok().filter(|day| text.len() == 10 && day.to_string() == text)
    }
}

mod optional_day {
    use super::*;

    pub fn serialize<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => serializer.collect_str(day),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let read = super::day::strict(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("“{text}” is not a day written YYYY-MM-DD")))?;
        Ok(Some(read))
    }
}
