//! Where the rows of frames wait for the commit.
//!
//! Enters: conforming batches, in the order of the frames. Leaves: [`Piece`]s of a few thousand rows that can be read again in any
//! order. What is held in memory are the caller's own arrays, not copies; once they are more than a batch may hold, all of them are
//! written to one file in the attempt's folder and let go.

use crate::contract::Conforming;
use crate::error::{Error, ErrorKind, Result};
use crate::model::FlagSet;
use crate::store;
use crate::time::{Extent, Instant};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// About how many cells a piece has: 2 MiB.
const PIECE_CELLS: usize = 1 << 18;
/// No batch holds more than this in memory, however much it may.
const MOST_HELD: u64 = 64 << 20;
/// A batch holds this share of the memory limit.
const SHARE: u64 = 8;

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
    place: PiecePlace,
}

#[derive(Debug)]
enum PiecePlace {
    Held {
        times: Vec<Instant>,
        flags: Vec<FlagSet>,
        points: Vec<ArrayRef>,
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
}

/// All rows that were added.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    path: PathBuf,
    file: Option<Spill>,
    held: u64,
    most_held: u64,
    /// Whether a write failed: what is in the file is not known then, and nothing more is read or written.
    spent: bool,
}

#[derive(Debug)]
struct Spill {
    to: File,
    from: File,
    bytes: u64,
}

/// Where the pieces stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl Pieces {
    /// None yet; `folder` takes what does not fit into `memory_limit`.
    pub(super) fn new(folder: &Path, memory_limit: u64) -> Self {
        Self {
            pieces: Vec::new(),
            path: folder.join("frames.spill"),
            file: None,
            held: 0,
            most_held: (memory_limit / SHARE).min(MOST_HELD),
            spent: false,
        }
    }

    /// Has the rows beyond so many bytes written to a file of the test's own, which cannot take them: nothing is read back.
    #[cfg(test)]
    pub(super) fn spill_to_for_test(&mut self, path: &Path, most_held: u64) {
        self.most_held = most_held;
        self.file = Some(Spill {
            to: store::open_append(path).unwrap(),
            from: store::create_unnamed(&std::env::temp_dir()).unwrap(),
            bytes: 0,
        });
    }

    /// Has all rows written to a file.
    #[cfg(test)]
    pub(super) fn hold_nothing_for_test(&mut self) {
        self.most_held = 0;
    }

    /// Takes rows of a frame, whose points are `columns`.
    pub(super) fn take(
        &mut self,
        frame: usize,
        columns: Arc<[String]>,
        rows: Conforming,
    ) -> Result<()> {
        self.refuse_spent()?;
        let size = (PIECE_CELLS / columns.len().max(1)).clamp(64, 4096);
        let mut from = 0;
        while from < rows.rows() {
            let to = (from + size).min(rows.rows());
            self.pieces.push(Piece {
                frame,
                range: Extent::new(rows.times()[from], rows.times()[to - 1]),
                columns: Arc::clone(&columns),
                rows: to - from,
                place: PiecePlace::Held {
                    times: rows.times()[from..to].to_vec(),
                    flags: rows.flags()[from..to].to_vec(),
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
            let spilled = self.spill();
            self.spent = spilled.is_err();
            spilled?;
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
                self.held = self
                    .held
                    .saturating_sub(bytes(piece.rows, piece.columns.len()));
            }
        }
    }

    /// All of them, in the order of adding.
    pub(super) fn all(&self) -> &[Piece] {
        &self.pieces
    }

    /// The rows of a piece.
    pub(super) fn read(&mut self, piece: usize) -> Result<PieceRows> {
        self.refuse_spent()?;
        let piece = &self.pieces[piece];
        match &piece.place {
            PiecePlace::Held {
                times,
                flags,
                points,
            } => Ok(PieceRows {
                times: times.clone(),
                flags: flags.clone(),
                points: points.iter().map(numbers).collect(),
            }),
            PiecePlace::Spilled { at } => {
                let Some(spill) = &mut self.file else {
                    return Err(Error::bug("rows were spilled to no file"));
                };
                let mut bytes = vec![0; length(piece.rows, piece.columns.len())];
                spill
                    .from
                    .seek(SeekFrom::Start(*at))
                    .and_then(|_| spill.from.read_exact(&mut bytes))
                    .map_err(|e| Error::storage("cannot read", &self.path, e))?;
                Ok(decode(&bytes, piece.rows))
            }
        }
    }

    fn refuse_spent(&self) -> Result<()> {
        if self.spent {
            let message = "an earlier frame of the batch could not be written to staging";
            return Err(Error::new(ErrorKind::Storage, message)
                .at(&self.path)
                .hint("nothing was committed; make room, and begin another batch"));
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let path = &self.path;
        let spill = match &mut self.file {
            Some(spill) => spill,
            None => self.file.insert(Spill {
                to: store::create_new(path)?,
                from: store::open(path)?,
                bytes: 0,
            }),
        };
        let mut bytes = Vec::new();
        for piece in &mut self.pieces {
            let PiecePlace::Held {
                times,
                flags,
                points,
            } = &piece.place
            else {
                continue;
            };
            bytes.clear();
            encode(times, flags, points, &mut bytes);
            spill
                .to
                .write_all(&bytes)
                .map_err(|e| Error::storage("cannot write", path, e))?;
            piece.place = PiecePlace::Spilled { at: spill.bytes };
            spill.bytes += bytes.len() as u64;
        }
        self.held = 0;
        Ok(())
    }
}

fn length(rows: usize, columns: usize) -> usize {
    rows * (9 + 8 * columns)
}

fn bytes(rows: usize, columns: usize) -> u64 {
    length(rows, columns) as u64
}

/// The times, then the flags, then each point; little-endian.
fn encode(times: &[Instant], flags: &[FlagSet], points: &[ArrayRef], bytes: &mut Vec<u8>) {
    times
        .iter()
        .for_each(|time| bytes.extend_from_slice(&time.nanos().to_le_bytes()));
    bytes.extend(flags.iter().map(|set| set.bits()));
    for column in points {
        for value in numbers(column) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
}

fn decode(bytes: &[u8], rows: usize) -> PieceRows {
    let eight = |chunk: &[u8]| {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        eight
    };
    let (times, rest) = bytes.split_at(8 * rows);
    let (flags, points) = rest.split_at(rows);
    let times = times
        .chunks_exact(8)
        .map(|time| Instant::from_nanos(i64::from_le_bytes(eight(time))));
    let columns = points.chunks_exact(8 * rows);
    let values = |column: &[u8]| {
        let cells = column.chunks_exact(8);
        cells.map(|cell| f64::from_le_bytes(eight(cell))).collect()
    };
    PieceRows {
        times: times.collect(),
        flags: flags.iter().map(|bits| FlagSet::from_bits(*bits)).collect(),
        points: columns.map(values).collect(),
    }
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
    use arrow::array::Float64Array;

    #[test]
    fn spilled_rows_come_back_as_they_were() {
        let times = [-1, 0, i64::MAX].map(Instant::from_nanos);
        let flags = [0, 31, 8].map(FlagSet::from_bits);
        let cells = vec![Some(-0.0), None, Some(9.9e19)];
        let points: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(cells))];
        let mut bytes = Vec::new();
        encode(&times, &flags, &points, &mut bytes);
        assert_eq!(bytes.len(), length(3, 1));
        let block = decode(&bytes, 3);
        assert_eq!(
            (block.times.as_slice(), block.flags.as_slice()),
            (&times[..], &flags[..])
        );
        let bits: Vec<u64> = block.points[0].iter().map(|cell| cell.to_bits()).collect();
        assert_eq!(bits, [-0.0, f64::NAN, 9.9e19].map(f64::to_bits));
    }
}
