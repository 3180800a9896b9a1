//! 演示城市的调配: what the cases of the table left is given to others, on the days the table says.

use domain::allocation::{Command, StateKind};
use domain::calendar::Date;
use domain::ids::{AllocationId, PoolItemId};
use domain::org::Role;
use uuid::Uuid;

use super::play::Play;
use super::tables::AllocationLine;
use crate::allocation::{self, Candidate, ItemFilter, PoolItem, Request};
use crate::{AppError, actor::Actor};

/// Remainders looked at.
const ITEMS: u16 = 1_000;

impl Play<'_> {
    /// The day's allocations, each by the centre.
    pub(super) async fn play_allocations(&self, day: Date) -> Result<(), AppError> {
        for (turn, line) in self.city.allocations.iter().enumerate() {
            if line.on == day {
                self.give(turn, line).await?;
            }
            if line.release_on == Some(day) {
                self.take_back(turn, line).await?;
            }
        }
        Ok(())
    }

    /// Of what the one left, that which saves the other most; nothing where none of it is of use to the other.
    async fn give(&self, turn: usize, line: &AllocationLine) -> Result<(), AppError> {
        let centre = self.holder(Role::CenterResources, None, turn)?;
        let (from, to) = (self.case_named(&line.from)?, self.case_named(&line.to)?);
        let pool = allocation::pool(self.app, &centre, ItemFilter::default(), None, ITEMS).await?;
        let mut best: Option<(PoolItem, Candidate)> = None;
        for item in pool.items.into_iter().filter(|item| item.from_case_id == from && item.left > 0) {
            for candidate in self.lines_for(&centre, &item, to).await? {
                let saves = candidate.quote.benefit_fen;
                if best.as_ref().is_none_or(|(_, other)| other.quote.benefit_fen < saves) {
                    best = Some((item.clone(), candidate));
                }
            }
        }
        let Some((item, candidate)) = best else { return Ok(()) };
        let request = Request {
            case_id: candidate.case_id,
            change_id: candidate.change_id,
            line: candidate.line,
            quantity: candidate.most,
            opinion: self.words("allocate", turn)?,
        };
        allocation::reserve(self.app, &centre, &self.meta, PoolItemId(item.id), request).await.map(drop)
    }

    async fn lines_for(&self, centre: &Actor, item: &PoolItem, case: Uuid) -> Result<Vec<Candidate>, AppError> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = allocation::candidates(self.app, centre, PoolItemId(item.id), cursor.as_deref()).await?;
            found.extend(page.items.into_iter().filter(|candidate| candidate.case_id.0 == case));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    async fn take_back(&self, turn: usize, line: &AllocationLine) -> Result<(), AppError> {
        let centre = self.holder(Role::CenterResources, None, turn)?;
        let case = self.case_named(&line.to)?;
        for row in store::allocation::of_case(&self.app.store.pool, case).await? {
            if row.state["state"] == StateKind::Reserved.code() {
                let release = Command::Release { opinion: self.words("release", turn)? };
                let id = AllocationId(row.id);
                allocation::execute(self.app, &centre, &self.meta, id, row.version, release).await?;
            }
        }
        Ok(())
    }

    fn case_named(&self, key: &str) -> Result<Uuid, AppError> {
        let index = self.city.cases.iter().position(|case| case.key == key);
        self.case(index.ok_or_else(|| AppError::fault(format!("no case {key}")))?)
    }
}
