//! What is committed of the months that are made again: the first source of the merge.
//!
//! Enters: the parts and the evidence of these months. Leaves: their rows in the order of time, the times of the rows that were
//! inserted into gaps (their evidence is `no_sample`), and what callers stated of the others. Of months that are made from frames alone
//! nothing is taken, and of those beside them no row that was inserted into a gap whose both ends are made again. What is refused: a part
//! that is not what its manifest says.

use crate::contract::{Conforming, Contract, ContractRules};
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, Rule, StatedEvidence, StatedReason};
use crate::partition::{EvidenceEntry, EvidenceRow, evidence_entries, read_part};
use crate::pipeline::version::is_as_stated;
use crate::publish::{History, LivePart};
use crate::time::{Extent, Instant, Month, Span};
use arrow::array::RecordBatch;
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;

use super::Batch;
use super::merge::Bin;

/// The committed rows, read once from the first to the last.
pub(super) struct CommittedRows {
    parts: VecDeque<(Instant, PathBuf)>,
    rules: ContractRules,
    reading: Option<PartReading>,
    /// Read, and not yet merged to the end.
    pub(super) ahead: VecDeque<Conforming>,
    /// The times of rows that stand for nothing.
    inserted: BTreeSet<Instant>,
    /// Those of them that are not taken: the gaps that they are in are found again.
    passed: BTreeSet<Instant>,
    /// What was stated of rows that were not merged yet, in the order of time.
    stated: VecDeque<StatedEvidence<String>>,
    interval: Span,
}

struct PartReading {
    path: PathBuf,
    batches: Box<dyn Iterator<Item = Result<RecordBatch>>>,
    contract: Contract,
}

impl CommittedRows {
    /// What `batch` has to make again: the months that its rows are in, all of each, and those up to which a gap next to them is to be
    /// filled.
    pub(super) fn within_reach(batch: &Batch) -> Result<Self> {
        let far = batch.settings.max_gap + batch.settings.resample_interval;
        let whole = |first: Month, last: Month| {
            Extent::new(first.start(), last.end() - Span::from_nanos(1))
        };
        let again = &batch.again.months;
        let reaches = match again.is_empty() {
            true => {
                let pieces = batch.pieces.all().iter();
                let reaches = pieces.map(|piece| {
                    let Extent { first, last } = piece.range;
                    let months = whole(Month::of(first), Month::of(last));
                    months.and(piece.range.widened(far, far))
                });
                reaches.collect()
            }
            false => {
                let months = again.iter();
                months
                    .map(|month| whole(*month, *month).widened(far, far))
                    .collect()
            }
        };
        let reaches = joined(reaches);
        let live = batch.history.live_parts();
        let within = live.iter().filter(|part| touches(&reaches, part));
        let months: BTreeSet<Month> = within.map(month_of).collect();
        let months = &months - again;
        let found = CommittedEvidence::of(&batch.history, batch, &months)?;
        let passed = match again.is_empty() {
            true => BTreeSet::new(),
            false => found.between(&months.union(again).copied().collect(), batch),
        };
        let mut committed = Self {
            parts: VecDeque::new(),
            rules: ContractRules {
                max_gap: Span::ZERO,
                ..batch.contract_rules()
            },
            reading: None,
            ahead: VecDeque::new(),
            inserted: &found.inserted - &passed,
            passed,
            stated: found.stated.into(),
            interval: batch.settings.resample_interval,
        };
        for part in &live {
            if months.contains(&month_of(part)) {
                let path = batch.settings.dirs.processed.join(&part.entry.path);
                is_as_stated(&path, part.entry.sha256)?;
                let first = part.entry.time_range.first;
                committed.parts.push_back((first, path));
            }
        }
        Ok(committed)
    }

    /// What its row of this time is.
    pub(super) fn what_is(&self, time: Instant) -> Bin {
        match (self.inserted.contains(&time), self.passed.contains(&time)) {
            (true, _) => Bin::Inserted,
            (_, true) => Bin::Empty,
            _ => Bin::Row,
        }
    }

    /// Takes out what was stated of rows before `end`.
    pub(super) fn stated_until(&mut self, end: Instant) -> Vec<StatedEvidence<String>> {
        let before = self.stated.partition_point(|row| row.time < end);
        self.stated.drain(..before).collect()
    }

    /// The months that it has parts of, by their first instants.
    pub(super) fn months(&self) -> BTreeSet<Month> {
        let firsts = self.parts.iter().map(|(first, _)| *first);
        firsts.map(Month::of).collect()
    }

    /// The time of its next row.
    pub(super) fn next(&self) -> Option<Instant> {
        let ahead = self.ahead.front().and_then(|rows| rows.times().first());
        ahead
            .copied()
            .or_else(|| self.parts.front().map(|(first, _)| *first))
    }

    /// The first committed row after an inserted one that is none itself, as it was before this batch.
    pub(super) fn row_after(&self, inserted: Instant) -> Instant {
        let mut next = inserted + self.interval;
        while self.inserted.contains(&next) {
            next += self.interval;
        }
        next
    }

    /// Reads on until every row before `end` is ahead.
    pub(super) fn read_until(&mut self, end: Instant) -> Result<()> {
        while self
            .ahead
            .back()
            .is_none_or(|rows| rows.times().last() < Some(&end))
        {
            if !self.read_some(end)? {
                break;
            }
        }
        Ok(())
    }

    /// Lets go of what lies before `end` altogether, and of the rows before it of what does not.
    pub(super) fn forget_until(&mut self, end: Instant) {
        while let Some(rows) = self.ahead.pop_front() {
            let merged = rows.times().partition_point(|time| *time < end);
            if merged < rows.rows() {
                self.ahead.push_front(rows.skip(merged));
                break;
            }
        }
    }

    fn read_some(&mut self, end: Instant) -> Result<bool> {
        if let Some(reading) = &mut self.reading {
            match reading.batches.next() {
                Some(batch) => {
                    let rows = reading.contract.admit(&batch?).map_err(|violations| {
                        Error::damaged(format!("a part breaks the contract: {violations}"))
                            .at(&reading.path)
                    })?;
                    self.ahead.extend(rows);
                    return Ok(true);
                }
                None => self.reading = None,
            }
        }
        let Some((_, path)) = self.parts.pop_front_if(|(first, _)| *first < end) else {
            return Ok(false);
        };
        let mut batches = read_part(&path)?.peekable();
        let Some(Ok(first)) = batches.peek() else {
            return Err(Error::damaged("expected rows in a part, found none").at(path));
        };
        let schema = DatasetSchema::from_arrow(&first.schema())?;
        self.reading = Some(PartReading {
            contract: Contract::new(schema, self.rules)?,
            batches: Box::new(batches),
            path,
        });
        Ok(true)
    }
}

/// Stretches that meet or overlap as one.
fn joined(mut stretches: Vec<Extent>) -> Vec<Extent> {
    stretches.sort_unstable();
    let mut joined: Vec<Extent> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(before) if before.touches(stretch) => *before = before.and(stretch),
            _ => joined.push(stretch),
        }
    }
    joined
}

fn touches(stretches: &[Extent], part: &LivePart<'_>) -> bool {
    let range = part.entry.time_range;
    let after = stretches.partition_point(|stretch| stretch.last < range.first);
    stretches
        .get(after)
        .is_some_and(|stretch| stretch.touches(range))
}

fn month_of(part: &LivePart<'_>) -> Month {
    Month::of(part.entry.time_range.first)
}

/// What evidence says of committed rows.
#[derive(Default)]
struct CommittedEvidence {
    /// The times of the rows that were inserted.
    inserted: BTreeSet<Instant>,
    stated: Vec<StatedEvidence<String>>,
}

impl CommittedEvidence {
    /// That of `months`, and the inserted rows that go on behind them without another row in between.
    fn of(history: &History, batch: &Batch, months: &BTreeSet<Month>) -> Result<Self> {
        let site = batch.settings.site.as_str();
        let evidence = history.live_evidence();
        let mut found = Self::default();
        let mut wanted: Vec<Month> = months.iter().copied().collect();
        while let Some(month) = wanted.pop() {
            let folder = month.folder(site);
            let files = evidence.iter();
            for file in files.filter(|file| file.entry.path.folder() == folder) {
                let path = batch.settings.dirs.evidence.join(&file.entry.path);
                for rows in read_part(&path)? {
                    let rows = evidence_entries(&rows?).map_err(|error| error.at(&path))?;
                    found.extend(rows, months.contains(&month));
                }
            }
            let last = month.end() - batch.settings.resample_interval;
            let goes_on = found.inserted.contains(&last) && !months.contains(&month.next());
            wanted.extend(goes_on.then(|| month.next()));
        }
        found.stated.sort_by_key(|row| row.time);
        Ok(found)
    }

    fn extend(&mut self, rows: Vec<EvidenceEntry>, with_stated: bool) {
        for row in rows {
            match row {
                EvidenceEntry::Found(row) if row.rule == Rule::NoSample => {
                    self.inserted.insert(row.time);
                }
                EvidenceEntry::Stated(row) if with_stated => self.stated.push(row),
                // Of a raw frame: it goes where its row goes, as what a caller stated does.
                EvidenceEntry::Found(row) if with_stated => self.stated.push(as_stated(row)),
                EvidenceEntry::Found(_) | EvidenceEntry::Stated(_) => {}
            }
        }
    }

    /// The inserted rows of gaps whose both ends are in `months`.
    fn between(&self, months: &BTreeSet<Month>, batch: &Batch) -> BTreeSet<Instant> {
        let bin = batch.settings.resample_interval;
        let mut between = BTreeSet::new();
        let mut gap: Vec<Instant> = Vec::new();
        let mut take = |gap: &mut Vec<Instant>| {
            let ends = [
                gap.first().map(|first| *first - bin),
                gap.last().map(|last| *last + bin),
            ];
            let made =
                |end: &Option<Instant>| end.is_some_and(|end| months.contains(&Month::of(end)));
            match ends.iter().all(made) {
                true => between.extend(gap.drain(..)),
                false => gap.clear(),
            }
        };
        for time in &self.inserted {
            if gap.last().is_some_and(|last| *last + bin != *time) {
                take(&mut gap);
            }
            gap.push(*time);
        }
        take(&mut gap);
        between
    }
}

/// What a rule of ours found of a raw frame, as what is stated of a frame.
fn as_stated(row: EvidenceRow) -> StatedEvidence<String> {
    let number = |number: Option<f64>| number.unwrap_or(f64::NAN);
    StatedEvidence {
        time: row.time,
        column: row.column,
        reason: StatedReason {
            rule: row.rule.name().to_owned(),
            flag: row.rule.flag(),
            value: number(row.value),
            low: number(row.low),
            high: number(row.high),
            // Files without it are of programs that kept none of frames.
            known_at: row.known_at.unwrap_or(Instant::MAX),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_meet_become_one() {
        let of = |(first, last)| {
            let [first, last] = [first, last].map(Instant::from_nanos);
            Extent::new(first, last)
        };
        let stretches = [(5, 9), (0, 3), (3, 4), (8, 12), (20, 21)].map(of);
        let expected = [(0, 4), (5, 12), (20, 21)].map(of);
        assert_eq!(joined(stretches.to_vec()), expected);
    }
}
