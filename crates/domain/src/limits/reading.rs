//! Reading a limits file: strict, since a misread number would bind people.

use serde::Deserialize;

use super::{Limit, LimitKind, LimitValue, Unit};
use crate::calendar::Date;
use crate::clause::Clause;

/// 限额表有误: which entry, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    #[error("limits file: {0}")]
    Syntax(String),
    #[error("limits.{0} is missing")]
    Missing(&'static str),
    #[error("limits.{0} is not a limit this program knows")]
    Unknown(String),
    #[error("limits.{name}: {reason}")]
    Entry { name: &'static str, reason: String },
}

/// 限额表文件: one table per limit.
pub(super) struct File(toml::Table);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    unit: String,
    clause: String,
    kind: String,
    timer: Option<String>,
    decision: Option<String>,
    /// 量词 where the unit's own word would read oddly: 1000 行, 3 类.
    measure: Option<String>,
    values: Vec<Dated>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dated {
    from: String,
    value: i64,
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, LimitsError> {
        text.parse::<toml::Table>().map(Self).map_err(|error| LimitsError::Syntax(error.to_string()))
    }

    /// Takes one entry out of the file, at the value in force on `day`.
    pub(super) fn take<T: LimitValue>(&mut self, name: &'static str, day: Date) -> Result<Limit<T>, LimitsError> {
        let entry = self.0.remove(name).ok_or(LimitsError::Missing(name))?;
        let refuse = |reason: String| LimitsError::Entry { name, reason };
        let entry: Entry = entry.try_into().map_err(|error: toml::de::Error| refuse(error.message().to_owned()))?;
        let unit: Unit = entry.unit.parse().map_err(refuse)?;
        if unit != T::UNIT {
            return Err(refuse(format!("unit must be {}, not {}", T::UNIT.code(), unit.code())));
        }
        let kind: LimitKind = entry.kind.parse().map_err(refuse)?;
        let decided = entry.decision.as_deref().is_some_and(|words| !words.trim().is_empty());
        if (kind == LimitKind::Internal) != decided {
            return Err(refuse("an internal limit states its decision, a statutory one has none".to_owned()));
        }
        let (from, number) = in_force(&entry.values, day).map_err(refuse)?;
        let value = T::from_number(number).ok_or_else(|| refuse(format!("{number} is out of range")))?;
        let clause: Clause = entry.clause.parse().map_err(refuse)?;
        let measure = entry.measure.unwrap_or_else(|| unit.zh().to_owned());
        Ok(Limit {
            value,
            unit,
            measure,
            clause,
            decision: entry.decision,
            from,
            kind,
            timer: entry.timer,
            zh: entry.zh,
        })
    }

    /// Refuses entries nobody took: a misspelt name must not pass for a limit.
    pub(super) fn finish(self) -> Result<(), LimitsError> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(LimitsError::Unknown(name)),
            None => Ok(()),
        }
    }
}

/// The value last begun on or before `day`; the dates must rise.
fn in_force(values: &[Dated], day: Date) -> Result<(Date, i64), String> {
    let mut present = None;
    let mut last = None;
    for dated in values {
        let from: Date = dated.from.parse().map_err(|_| format!("“{}” is not a date", dated.from))?;
        if last.is_some_and(|earlier| from <= earlier) {
            return Err("the values must be in the order of their first days".to_owned());
        }
        last = Some(from);
        if from <= day {
            present = Some((from, dated.value));
        }
    }
    present.ok_or_else(|| format!("no value is in force on {day}"))
}
