//! The chunks of a raw frame → rows of the dataset, as they become certain.

use super::super::Refusal;
use super::RawGround;
use super::points::RawPoints;
use super::source::{FrameSource, RawTally};
use crate::clean::{Cleaner, Cleaning, Merger, Repeats, Stop};
use crate::contract::{Conforming, Contract, ContractRules, ViolationKind, Violations};
use crate::error::{Error, Result};
use crate::model::{Evidence, PointSpec, TIMESTAMP};
use crate::progress::Watch;
use crate::time::{Instant, TimeRange};
use arrow::array::RecordBatch;
use std::cell::RefCell;
use std::iter::{Once, once};
use std::rc::Rc;

/// About how many cells are merged at a time.
const BATCH_CELLS: usize = 1 << 15;

/// A raw frame that is being cleaned.
pub(super) struct CleanRows<'a, I: Iterator<Item = Result<RecordBatch>>> {
    merger: Merger<Once<FrameSource<'a, I>>>,
    cleaning: Box<dyn Cleaning + 'a>,
    contract: Contract,
    evidence: Vec<Evidence>,
    tally: Rc<RefCell<RawTally>>,
    watch: Watch<'a>,
    ended: bool,
}

/// What came of a frame beside its rows.
pub(super) struct FoundInFrame {
    pub(super) evidence: Vec<Evidence>,
    /// What became of its cells.
    pub(super) tally: RawTally,
}

impl<'a, I: Iterator<Item = Result<RecordBatch>>> CleanRows<'a, I> {
    pub(super) fn new(
        points: &'a RawPoints,
        cleaner: &'a dyn Cleaner,
        ground: RawGround<'a>,
        batches: I,
    ) -> Result<Self> {
        let settings = ground.settings;
        let roster = &points.of.roster;
        let repeats = match settings.deduplicate_timestamps {
            true => Repeats::FirstWins,
            false => Repeats::Refuse,
        };
        let all = TimeRange::new(Instant::MIN, Instant::MAX);
        let rows = (BATCH_CELLS / roster.len().max(1)).clamp(1, 8192);
        let tally = Rc::new(RefCell::new(RawTally::default()));
        let source = FrameSource::new(points, batches, ground.not_after, Rc::clone(&tally));
        let states = roster.iter().map(PointSpec::is_state).collect();
        let rules = ContractRules {
            interval: Some(settings.resample_interval),
            max_gap: settings.max_gap,
            not_after: ground.not_after,
        };
        Ok(Self {
            merger: Merger::new(once(source), roster.len(), rows, all, repeats)
                .with_states(states)
                .with_points(roster, &points.of.kinds),
            cleaning: cleaner.begin(points.stretch())?,
            contract: Contract::new(points.schema.clone(), rules)?,
            evidence: Vec::new(),
            tally,
            watch: ground.watch,
            ended: false,
        })
    }

    /// The next rows that are certain; `None` at the end.
    pub(super) fn next_rows(&mut self) -> std::result::Result<Option<Vec<Conforming>>, Refusal> {
        while !self.ended {
            self.watch.go_on("while cleaning a frame")?;
            let merged = match self.merger.next_rows() {
                Ok(merged) => merged,
                Err((_, stop)) => return Err(self.refusal(stop)),
            };
            let made = match merged {
                Some(rows) => self.cleaning.push(rows)?,
                None => {
                    self.ended = true;
                    self.cleaning.finish()?
                }
            };
            self.evidence.append(&mut self.cleaning.evidence());
            if let Some(rows) = made {
                let admitted = self.contract.admit(&rows);
                return Ok(Some(admitted.map_err(|violations| broken(&violations))?));
            }
        }
        Ok(None)
    }

    /// What came of the frame, once there is no further row.
    pub(super) fn finish(self) -> FoundInFrame {
        FoundInFrame {
            evidence: self.evidence,
            tally: std::mem::take(&mut *self.tally.borrow_mut()),
        }
    }

    /// Why the merge stopped at the frame.
    fn refusal(&self, stop: Stop) -> Refusal {
        let mut found = std::mem::take(&mut self.tally.borrow_mut().violations);
        if let Stop::Repeated { time, .. } = stop {
            let expected = "one row a time, as batch.deduplicate_timestamps is false";
            found.add_column(
                ViolationKind::Duplicate,
                TIMESTAMP,
                expected,
                time.to_string(),
            );
        }
        if !found.is_empty() {
            return Refusal::Contract(found);
        }
        match stop {
            Stop::Failed(error) | Stop::Broken(error) => error.into(),
            Stop::NeedsWhole | Stop::Repeated { .. } => {
                Error::bug("the merge stopped at a frame without a reason").into()
            }
        }
    }
}

fn broken(violations: &Violations) -> Error {
    Error::bug(format!("the cleaner broke the contract: {violations}"))
}
