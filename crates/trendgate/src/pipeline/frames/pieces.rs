//! Where the rows of frames wait for the commit.
//!
//! Enters: conforming batches, in the order of the frames. Leaves: [`Piece`]s of a few thousand rows that can be read again in any
//! order. What is held in memory are the caller's own arrays, not copies; once they are more than a batch may hold, all of them are
//! spilled to a file in the attempt's folder and let go.

use super::evidence::StatedFrame;
use crate::contract::Conforming;
use crate::error::Result;
use crate::model::{ColumnId, FlagSet, StatedEvidence};
use crate::scratch::SpillFile;
use crate::time::{Extent, Instant};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use std::path::Path;
use std::sync::Arc;

/// About how many cells a piece has: 2 MiB.
const PIECE_CELLS: usize = 1 << 18;
/// No batch holds more than this in memory, however much it may.
const MOST_HELD: u64 = 64 << 20;
/// A batch holds this share of the memory limit.
const SHARE: u64 = 8;
/// About how many bytes a reason takes.
const REASON: usize = 128;

/// Some rows of one frame, in order.
#[derive(Debug)]
pub(super) struct Piece {
    /// The place of its frame in the order of adding.
    pub(super) frame: usize,
    /// Its first and its last time.
    pub(super) range: Extent,
    /// Its points.
    pub(super) columns: Arc<[String]>,
    rows: usize,
    /// How many reasons were stated of them.
    pub(super) reasons: usize,
    place: PiecePlace,
}

#[derive(Debug)]
enum PiecePlace {
    Held {
        times: Vec<Instant>,
        flags: Vec<FlagSet>,
        points: Vec<ArrayRef>,
        evidence: Vec<StatedEvidence<ColumnId>>,
    },
    Spilled {
        at: u64,
    },
}

/// The rows of a piece, for merging; NaN where a cell is null.
#[derive(Debug, Default, PartialEq)]
pub(super) struct PieceRows {
    pub(super) times: Vec<Instant>,
    pub(super) flags: Vec<FlagSet>,
    pub(super) points: Vec<Vec<f64>>,
    /// What was stated of them; columns by their places in the piece.
    pub(super) evidence: Vec<StatedEvidence<ColumnId>>,
}

/// All rows that were added.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    spill: SpillFile,
    /// Bytes that are held in memory, and the most that may be.
    held: u64,
    most_held: u64,
}

/// The rows of a piece as they are spilled: their times, the bits of their flags, their points, NaN where a cell is null, and what was
/// stated of them.
type SpilledRows = (
    Vec<Instant>,
    Vec<u8>,
    Vec<Vec<f64>>,
    Vec<StatedEvidence<ColumnId>>,
);

/// Where the pieces stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl Pieces {
    /// None yet; `folder` takes what does not fit into `memory_limit`.
    pub(super) fn new(folder: &Path, memory_limit: u64) -> Self {
        Self {
            pieces: Vec::new(),
            spill: SpillFile::new(Some(folder)),
            held: 0,
            most_held: (memory_limit / SHARE).min(MOST_HELD),
        }
    }

    /// Has the rows beyond so many bytes written to a file of the test's own, which cannot take them.
    #[cfg(test)]
    pub(super) fn spill_to_for_test(&mut self, path: &Path, most_held: u64) {
        self.most_held = most_held;
        let file = crate::store::open_append(path).unwrap();
        self.spill = SpillFile::over_for_test(path, file);
    }

    /// Has all rows written to a file.
    #[cfg(test)]
    pub(super) fn hold_nothing_for_test(&mut self) {
        self.most_held = 0;
    }

    /// How many pieces are spilled.
    #[cfg(test)]
    pub(super) fn spilled_for_test(&self) -> usize {
        let spilled = |piece: &&Piece| matches!(piece.place, PiecePlace::Spilled { .. });
        self.pieces.iter().filter(spilled).count()
    }

    /// Takes rows of a frame, whose points are `columns`, with what was `stated` of it.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(super) fn take(
        &mut self,
        frame: usize,
        columns: Arc<[String]>,
        rows: Conforming,
        stated: &mut StatedFrame,
    ) -> Result<()> {
        self.spill.require_written()?;
        let size = (PIECE_CELLS / columns.len().max(1)).clamp(64, 4096);
        let mut from = 0;
        while from < rows.rows() {
            let to = (from + size).min(rows.rows());
            let (times, flags) = (&rows.times()[from..to], &rows.flags()[from..to]);
            let evidence = stated.of_rows(&rows, from..to, &columns);
            self.held += (evidence.len() * REASON) as u64;
            self.pieces.push(Piece {
                frame,
                range: Extent::new(rows.times()[from], rows.times()[to - 1]),
                columns: Arc::clone(&columns),
                rows: to - from,
                reasons: evidence.len(),
                place: PiecePlace::Held {
                    evidence,
                    times: times.to_vec(),
                    flags: flags.to_vec(),
                    points: rows.batch().columns()[2..]
                        .iter()
                        .map(|column| column.slice(from, to - from))
                        .collect(),
                },
            });
            from = to;
        }
        self.held += bytes(rows.rows(), columns.len());
        if self.held > self.most_held {
            self.spill_all()?;
        }
        Ok(())
    }

    /// Where the pieces stand.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.pieces.len())
    }

    /// Forgets what came after.
    pub(super) fn back_to(&mut self, mark: Mark) {
        for piece in self.pieces.drain(mark.0..) {
            if matches!(piece.place, PiecePlace::Held { .. }) {
                let bytes =
                    bytes(piece.rows, piece.columns.len()) + (piece.reasons * REASON) as u64;
                self.held = self.held.saturating_sub(bytes);
            }
        }
    }

    /// All of them, in the order of adding.
    pub(super) fn all(&self) -> &[Piece] {
        &self.pieces
    }

    /// The rows of a piece.
    ///
    /// # Errors
    /// As [`SpillFile::get`]; once a write has failed, for those that are held, too.
    pub(super) fn read(&self, piece: usize) -> Result<PieceRows> {
        self.spill.require_written()?;
        let piece = &self.pieces[piece];
        match &piece.place {
            PiecePlace::Held {
                times,
                flags,
                points,
                evidence,
            } => Ok(PieceRows {
                evidence: evidence.clone(),
                times: times.clone(),
                flags: flags.clone(),
                points: points.iter().map(numbers).collect(),
            }),
            PiecePlace::Spilled { at } => {
                let (times, flags, points, evidence): SpilledRows = self.spill.get(*at)?;
                Ok(PieceRows {
                    evidence,
                    times,
                    flags: flags.into_iter().map(FlagSet::from_bits).collect(),
                    points,
                })
            }
        }
    }

    fn spill_all(&mut self) -> Result<()> {
        for piece in &mut self.pieces {
            if let PiecePlace::Held {
                times,
                flags,
                points,
                evidence,
            } = &piece.place
            {
                let flags: Vec<u8> = flags.iter().map(|set| set.bits()).collect();
                let points: Vec<Vec<f64>> = points.iter().map(numbers).collect();
                let at = self.spill.put(&(times, flags, points, evidence))?;
                piece.place = PiecePlace::Spilled { at };
            }
        }
        self.held = 0;
        Ok(())
    }
}

/// About how many bytes so many rows take.
fn bytes(rows: usize, columns: usize) -> u64 {
    (rows * (9 + 8 * columns)) as u64
}

/// The numbers of a column, NaN for null.
pub(super) fn numbers(column: &ArrayRef) -> Vec<f64> {
    let column = column.as_primitive::<Float64Type>();
    if column.null_count() == 0 {
        return column.values().to_vec();
    }
    column.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Flag, StatedReason};
    use arrow::array::Float64Array;

    #[test]
    fn spilled_rows_come_back_as_they_were() {
        let folder = crate::store::test_folder();
        let times = [-1, 0, i64::MAX].map(Instant::from_nanos).to_vec();
        let flags = [0, 31, 8].map(FlagSet::from_bits).to_vec();
        let cells = vec![Some(-0.0), None, Some(9.9e19)];
        let points: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(cells))];
        let evidence = vec![StatedEvidence {
            time: times[1],
            column: Some(ColumnId::new(0)),
            reason: StatedReason {
                rule: "SPIKE".to_owned(),
                flag: Some(Flag::Outlier),
                value: 7.5,
                low: -0.0,
                high: 1.0,
                known_at: Instant::MAX,
            },
        }];
        let mut pieces = Pieces::new(folder.path(), 0);
        pieces.pieces.push(Piece {
            frame: 0,
            range: Extent::new(times[0], times[2]),
            columns: Arc::from(["a".to_owned()]),
            rows: 3,
            reasons: 1,
            place: PiecePlace::Held {
                evidence: evidence.clone(),
                times: times.clone(),
                flags: flags.clone(),
                points,
            },
        });
        let held = pieces.read(0).unwrap();
        pieces.spill_all().unwrap();
        assert_eq!(pieces.spilled_for_test(), 1);
        for rows in [held, pieces.read(0).unwrap()] {
            assert_eq!((&rows.times, &rows.flags), (&times, &flags));
            assert_eq!(rows.evidence, evidence);
            let bits = rows.points[0].iter().map(|cell| cell.to_bits());
            assert!(bits.eq([-0.0, f64::NAN, 9.9e19].map(f64::to_bits)));
        }
    }
}
