//! What is kept of a report that a task has read.
//!
//! Enters what its reader knows; leaves what the manifest says of the report, while what became of each point's cells is added
//! to the sums over all reports: a batch can have more reports than would fit with a tally for every point of each. What is kept is
//! spilled until the manifest is written. Nothing is refused.

use super::number_notes::NumberNotes;
use crate::acquire::{
    ClockTally, OutsideRange, PointTally, RangeOutcome, ReadOutcome, Report, Tally, TextExamples,
};
use crate::error::{Error, Result};
use crate::model::{ColumnId, InputId};
use crate::scratch::SpillFile;
use crate::text_id::TextId;
use crate::text_pieces::{self, TextPiece};
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use std::collections::BTreeMap;
use std::path::Path;

/// One report, as far as one task or more of them read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Read {
    /// What is known of its text.
    pub text: ReadText,
    /// Rows met in the whole file, whatever the stretch; of a range, those that are counted with it.
    pub rows_seen: u64,
    /// Whether its trailer was met.
    pub complete: bool,
    /// How many points it has.
    pub points: usize,
    /// The columns, in ascending order, for which it has no number.
    pub silent: Vec<ColumnId>,
    /// What became of its rows; without its points.
    pub tally: Tally,
    /// Its points that lost cells, by column; few do.
    pub losing: BTreeMap<ColumnId, PointLoss>,
    /// Its points with words beside their numbers, by column; few have any.
    pub words: BTreeMap<ColumnId, NumberNotes>,
    /// What became of the cells of all its points, but for the numbers and what was said in them: those are counted by the column.
    pub cells: PointTally,
}

/// What a reading knows of the text of its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ReadText {
    /// The text was read whole.
    Known {
        /// What it is known by.
        digest: TextId,
        /// Its size, where that is not the size of its file.
        bytes: Option<u64>,
    },
    /// A range of it was read; all of them tell the rest.
    Range {
        /// The lines that are counted with the range.
        lines: u64,
        /// What the text is known by, and its size, where that was known before.
        known: Option<(TextId, Option<u64>)>,
        /// The digests of what was read, where it was not.
        pieces: Vec<TextPiece>,
    },
}

/// Cells of a point that were there and could not be read, or not be kept beside others of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PointLoss {
    /// Texts of no known kind.
    pub unrecognised: u64,
    /// Of those, numbers of which nothing tells whether a comma or point is the decimal sign or sets thousands apart.
    pub ambiguous_numbers: u64,
    /// Numbers with a unit that does not fit the point's.
    pub unit_mismatch: u64,
    /// Numbers of times of which the report has another number before.
    pub repeated: u64,
    /// The first few of those texts.
    pub examples: TextExamples,
}

impl PointLoss {
    /// What `point` lost, if it lost anything.
    pub(crate) fn of(point: &PointTally) -> Option<Self> {
        let loss = Self {
            unrecognised: point.unrecognised,
            ambiguous_numbers: point.ambiguous_numbers,
            unit_mismatch: point.unit_mismatch,
            repeated: 0,
            examples: point.unrecognised_examples.clone(),
        };
        (loss.cells() > 0).then_some(loss)
    }

    /// How many cells.
    #[must_use]
    pub(crate) fn cells(&self) -> u64 {
        self.unrecognised + self.unit_mismatch + self.repeated
    }

    /// Adds what other rows of the same report lost.
    fn merge(&mut self, other: &Self) {
        self.count(other);
        self.examples.merge(&other.examples);
    }

    /// Adds what another report lost.
    pub(crate) fn append(&mut self, other: &Self) {
        self.count(other);
        self.examples.append(&other.examples);
    }

    fn count(&mut self, other: &Self) {
        self.unrecognised += other.unrecognised;
        self.ambiguous_numbers += other.ambiguous_numbers;
        self.unit_mismatch += other.unit_mismatch;
        self.repeated += other.repeated;
    }
}

impl Read {
    /// What is kept of an outcome; its points, which have the columns `places`, are added to `columns`.
    pub(super) fn of(
        outcome: ReadOutcome,
        places: &[ColumnId],
        columns: &mut [PointTally],
    ) -> Self {
        let text = ReadText::Known {
            digest: outcome.id.text,
            bytes: outcome.id.text_bytes,
        };
        let ReadOutcome {
            rows_seen,
            complete,
            ..
        } = outcome;
        Self::counted(text, (rows_seen, complete), outcome.tally, places, columns)
    }

    /// As [`of`](Self::of), of a range.
    pub(super) fn of_range(
        outcome: RangeOutcome,
        places: &[ColumnId],
        columns: &mut [PointTally],
    ) -> Self {
        let text = ReadText::Range {
            lines: outcome.lines,
            known: outcome.known.map(|known| (known.text, known.text_bytes)),
            pieces: outcome.pieces,
        };
        let RangeOutcome {
            rows_seen,
            complete,
            ..
        } = outcome;
        Self::counted(text, (rows_seen, complete), outcome.tally, places, columns)
    }

    fn counted(
        text: ReadText,
        (rows_seen, complete): (u64, bool),
        mut tally: Tally,
        places: &[ColumnId],
        columns: &mut [PointTally],
    ) -> Self {
        let points = std::mem::take(&mut tally.points);
        let mut cells = PointTally::default();
        let (mut silent, mut losing, mut words) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for (point, column) in points.iter().zip(places) {
            columns[*column].merge(point);
            cells.merge(point);
            if let Some(loss) = PointLoss::of(point) {
                losing.insert(*column, loss);
            }
            if let Some(said) = NumberNotes::of(point) {
                words.insert(*column, said);
            }
            if point.numbers == 0 {
                silent.push(*column);
            }
        }
        silent.sort_unstable();
        // Those are counted by the column; no reader asks them of a report.
        (cells.numbers, cells.states) = (0, 0);
        cells.units.clear();
        cells.unknown_units.clear();
        cells.statuses.clear();
        cells.unrecognised_examples = TextExamples::default();
        Self {
            text,
            rows_seen,
            complete,
            points: points.len(),
            silent,
            losing,
            words,
            tally,
            cells,
        }
    }

    /// Adds for some columns the numbers of times of which the report has another number before.
    pub(super) fn add_repeats(&mut self, repeats: &BTreeMap<ColumnId, u64>) {
        for (column, repeated) in repeats {
            self.losing.entry(*column).or_default().repeated += repeated;
        }
    }

    /// Whether there is anything to say of it beside its counts.
    pub(crate) fn is_odd(&self) -> bool {
        let tally = &self.tally;
        tally.rejected_rows > 0
            || tally.outside_range.is_some()
            || !tally.left_out.is_empty()
            || tally.mended > 0
            || tally.clock != ClockTally::default()
            || !self.losing.is_empty()
            || !self.words.is_empty()
    }

    /// What its text is known by.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) for a range.
    pub(crate) fn digest(&self) -> Result<TextId> {
        match &self.text {
            ReadText::Known { digest, .. } => Ok(*digest),
            ReadText::Range { .. } => Err(Error::bug("the ranges of a report are not joined")),
        }
    }

    /// The size of its text, where that is not the size of its file.
    #[must_use]
    pub(crate) fn text_bytes(&self) -> Option<u64> {
        match &self.text {
            ReadText::Known { bytes, .. } => *bytes,
            ReadText::Range { .. } => None,
        }
    }

    /// Adds what another task read of the same report: all of it, or the range behind this one, in a text with `head_lines` lines above its
    /// rows. `false` where it read another text.
    pub(crate) fn join(&mut self, mut other: Self, head_lines: u64) -> bool {
        match (&mut self.text, &mut other.text) {
            (own @ ReadText::Known { .. }, read) if own == read => self.merge(&other),
            (
                ReadText::Range {
                    lines,
                    pieces,
                    known,
                },
                ReadText::Range {
                    lines: more,
                    pieces: others,
                    known: also,
                },
            ) if known == also => {
                let before = *lines;
                *lines += *more;
                pieces.append(others);
                // A range that does not begin with the text counts from its head on.
                other.move_lines(before.saturating_sub(head_lines));
                self.rows_seen += other.rows_seen;
                self.complete |= other.complete;
                let outside = [self.tally.outside_range, other.tally.outside_range];
                self.merge(&other);
                let outside = outside.into_iter().flatten();
                self.tally.outside_range = outside.reduce(OutsideRange::and);
            }
            _ => return false,
        }
        true
    }

    /// Takes the ranges of `report` for all of its text. `false` where they are of more than one.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) where they are not all of it.
    pub(crate) fn settle(&mut self, report: &Report) -> Result<bool> {
        if let ReadText::Range { pieces, known, .. } = &mut self.text {
            let (digest, bytes) = match *known {
                Some(known) => known,
                None => {
                    let pieces = std::mem::take(pieces);
                    let Some(text) = text_pieces::joined(pieces, report.stamp.bytes)? else {
                        return Ok(false);
                    };
                    (text.read_as(report.reading()), None)
                }
            };
            self.text = ReadText::Known { digest, bytes };
        }
        Ok(true)
    }

    /// The same, where so many more lines stand before those that were counted.
    fn move_lines(&mut self, by: u64) {
        self.tally.move_lines(by);
        for loss in self.losing.values_mut() {
            loss.examples.move_lines(by);
        }
    }

    /// Adds what another task read of the same report.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.cells.merge(&other.cells);
        for (column, loss) in &other.losing {
            self.losing.entry(*column).or_default().merge(loss);
        }
        for (column, words) in &other.words {
            self.words.entry(*column).or_default().merge(words);
        }
        let silent = |column: &ColumnId| other.silent.binary_search(column).is_ok();
        self.silent.retain(silent);
    }
}

/// What is kept of the reports that one task has read, in the order in which they came to their ends.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    file: SpillFile,
    count: usize,
}

impl Reads {
    /// None yet; a file in `folder`, if there is one, takes what does not fit into memory.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        Self {
            file: SpillFile::new(folder),
            count: 0,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds what is kept of an input.
    pub(super) fn put(&mut self, input: InputId, read: &Read) -> Result<()> {
        self.file.put(&(input, read))?;
        self.count += 1;
        Ok(())
    }

    /// What is kept, to be asked for in the order of the inputs.
    pub(crate) fn again(&self) -> Again<'_> {
        Again {
            rest: Box::new(self.file.iter()),
            early: BTreeMap::new(),
        }
    }
}

/// What is kept of the reports of a task, input by input. Those that came to their ends before their turn wait: no more than were open
/// at a time.
pub(crate) struct Again<'a> {
    rest: Box<dyn Iterator<Item = Result<(InputId, Read)>> + 'a>,
    early: BTreeMap<InputId, Read>,
}

impl Again<'_> {
    /// What is kept of an input, which is later than all that were asked for; `None` where there is nothing.
    pub(crate) fn of(&mut self, input: InputId) -> Result<Option<Read>> {
        if let Some(read) = self.early.remove(&input) {
            return Ok(Some(read));
        }
        for next in &mut self.rest {
            let (other, read) = next?;
            if other == input {
                return Ok(Some(read));
            }
            self.early.insert(other, read);
        }
        Ok(None)
    }
}

/// As a value, they are all in it.
impl Serialize for Reads {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let mut all = to.serialize_seq(Some(self.count))?;
        for read in self.file.iter::<(InputId, Read)>() {
            all.serialize_element(&read.map_err(ser::Error::custom)?)?;
        }
        all.end()
    }
}

impl<'de> Deserialize<'de> for Reads {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let all = Vec::<(InputId, Read)>::deserialize(from)?;
        let mut reads = Self::default();
        for (input, read) in &all {
            reads.put(*input, read).map_err(de::Error::custom)?;
        }
        Ok(reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Extent, Instant};

    #[test]
    fn reads_come_back_in_the_order_of_the_inputs() {
        let folder = crate::store::test_folder();
        let mut reads = Reads::new(Some(folder.path()));
        let missing = [("Data Loss", 7), ("(empty)", 1)];
        let read = |n: u64| Read {
            text: ReadText::Known {
                digest: TextId::of(&n.to_le_bytes()),
                bytes: None,
            },
            rows_seen: n,
            complete: n.is_multiple_of(2),
            points: 3,
            silent: [1, 400].map(ColumnId::new).to_vec(),
            losing: BTreeMap::new(),
            words: BTreeMap::new(),
            tally: Tally {
                rows: n,
                time_range: Some(Extent::new(Instant::from_nanos(-5), Instant::MAX)),
                ..Tally::default()
            },
            cells: PointTally {
                missing: missing.into(),
                ..PointTally::default()
            },
        };
        for n in [3, 2, 7, 5, 8] {
            reads
                .put(InputId::new(usize::try_from(n).unwrap()), &read(n))
                .unwrap();
        }
        let mut again = reads.again();
        for n in [2, 3, 5, 7, 8] {
            let found = again.of(InputId::new(usize::try_from(n).unwrap())).unwrap();
            assert_eq!(found, Some(read(n)));
        }
        assert_eq!(again.of(InputId::new(9)).unwrap(), None);
    }
}
