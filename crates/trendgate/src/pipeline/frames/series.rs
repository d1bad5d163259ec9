//! All rows → parts in staging, window by window.
//!
//! Enters: the pieces of the frames, and what is committed within their reach. Leaves: [`MadeMonths`]: parts and evidence of whole months,
//! and what was counted on the way. What is held at any moment is one window, one piece, one row group, however many frames there are.

use super::committed::CommittedRows;
use super::evidence::NOT_STATED;
use super::merge::{Bin, FrameRows, MergeWindow, MergedFrameRows};
use super::pieces::{PieceRows, numbers};
use super::{Batch, FrameConflict, FrameConflicts, OnConflict};
use crate::clean::{CellPlace, FirstWins, MergeCounts, Repeats};
use crate::contract::{Conforming, Gap, Violations};
use crate::error::{Error, Result};
use crate::model::{ColumnId, DatasetSchema, Evidence, Flag, Rule, StatedEvidence};
use crate::partition::{
    ColumnStatistics, Destination, EvidenceFile, MonthWriter, Part, WrittenMonths,
};
use crate::pipeline::version::Stretches;
use crate::plan::Months;
use crate::progress::Watch;
use crate::time::{Extent, Instant, Month, Span};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use std::collections::{BTreeMap, BTreeSet};

/// About how many cells a window has: 32 MiB.
const WINDOW_CELLS: usize = 1 << 22;

/// The months that the version is made of.
pub(super) struct MadeMonths {
    pub(super) schema: DatasetSchema,
    pub(super) parts: Vec<Part>,
    pub(super) evidence: Vec<EvidenceFile>,
    pub(super) months: Months,
    pub(super) stretches: Stretches,
    pub(super) counts: MonthCounts,
    /// For each frame, its numbers that differ from those that stand.
    pub(super) lost: Vec<u64>,
    /// Those of frames that may not contradict.
    pub(super) conflicts: FrameConflicts,
}

/// What was counted on the way.
pub(super) struct MonthCounts {
    pub(super) values: Vec<(Month, Vec<ColumnStatistics>)>,
    pub(super) merged: MergeCounts,
    /// Committed numbers that were merged.
    pub(super) kept: u64,
}

/// Merges everything and writes it.
pub(super) fn make(batch: &mut Batch, watch: Watch<'_>) -> Result<MadeMonths> {
    let mut committed = CommittedRows::within_reach(batch)?;
    let schema = batch.roster.schema()?;
    let mut months = committed.months();
    let target = Destination {
        staging: batch.attempt.dir(),
        attempt: batch.attempt.id(),
        footer: batch.settings.footer(),
        contract: batch.contract_rules(),
        parts: batch.settings.parts,
    };
    let mut writer = MonthWriter::new(&schema, target)?;
    let mut merge = FrameMerge::new(batch, &schema);
    let mut waiting = Vec::new();
    while let Some(start) = merge.next(batch, &committed) {
        watch.go_on("while merging the frames")?;
        let rows = merge.window(batch, &mut committed, start)?;
        write(&mut writer, rows, &mut waiting, &committed)?;
    }
    explain(&mut writer, &mut waiting, None, &committed)?;
    let written = writer.finish()?;
    let stretches = Stretches(stretches(&written, batch.settings.resample_interval));
    let made = written.parts.iter().map(|part| Month::of(part.range.first));
    let live = batch.history.live_parts();
    let live = live.iter().map(|part| part.entry.time_range.first);
    let unread: BTreeSet<Month> = live.map(Month::of).collect();
    let unread = &(&unread - &months) - &batch.again.months;
    months.extend(made);
    months.extend(&batch.again.months);
    if !months.is_disjoint(&unread) {
        return Err(Error::bug(
            "a committed month was made again without its rows",
        ));
    }
    Ok(MadeMonths {
        schema,
        parts: written.parts,
        evidence: written.evidence,
        months: Months::Only(months),
        stretches,
        counts: MonthCounts {
            values: written.months,
            merged: merge.cells.into_counts(),
            kept: merge.kept,
        },
        lost: merge.lost,
        conflicts: merge.conflicts,
    })
}

/// How far the merge is.
struct FrameMerge {
    schema: DatasetSchema,
    places: BTreeMap<String, ColumnId>,
    interval: Span,
    bins: usize,
    /// Pieces by their first times, and how many of them have been begun.
    by_first: Vec<usize>,
    begun: usize,
    /// Pieces that were begun and have not ended.
    open: BTreeSet<usize>,
    done: Instant,
    cells: FirstWins,
    kept: u64,
    lost: Vec<u64>,
    conflicts: FrameConflicts,
}

impl FrameMerge {
    fn new(batch: &Batch, schema: &DatasetSchema) -> Self {
        let pieces = batch.pieces.all();
        let mut by_first: Vec<usize> = (0..pieces.len()).collect();
        by_first.sort_by_key(|place| pieces[*place].range.first);
        let names = schema.columns().iter().enumerate();
        let width = schema.columns().len().max(1);
        Self {
            places: names
                .map(|(place, c)| (c.name.clone(), ColumnId::new(place)))
                .collect(),
            schema: schema.clone(),
            interval: batch.settings.resample_interval,
            bins: (WINDOW_CELLS / width).clamp(256, 1 << 16),
            by_first,
            begun: 0,
            open: BTreeSet::new(),
            done: Instant::MIN,
            // Of frames that are known nothing is refused any more.
            cells: FirstWins::new(
                match batch.settings.deduplicate_timestamps || !batch.again.is_nothing() {
                    true => Repeats::FirstWins,
                    false => Repeats::Refuse,
                },
            )
            .exact(),
            kept: 0,
            lost: vec![0; batch.frames.len()],
            conflicts: FrameConflicts::default(),
        }
    }

    /// Where the next window begins; `None` where there is no further row.
    fn next(&mut self, batch: &Batch, committed: &CommittedRows) -> Option<Instant> {
        let pieces = batch.pieces.all();
        self.open
            .retain(|place| pieces[*place].range.last >= self.done);
        if !self.open.is_empty() {
            return Some(self.done);
        }
        let next = self
            .by_first
            .get(self.begun)
            .map(|place| pieces[*place].range.first);
        next.into_iter().chain(committed.next()).min()
    }

    fn window(
        &mut self,
        batch: &mut Batch,
        committed: &mut CommittedRows,
        start: Instant,
    ) -> Result<MergedFrameRows> {
        let mut window = MergeWindow::new(start, self.interval, self.bins, self.places.len());
        let end = window.end();
        self.cells.forget();
        committed.read_until(end)?;
        self.take_committed(&mut window, committed, batch)?;
        while let Some(place) = self.by_first.get(self.begun) {
            if batch.pieces.all()[*place].range.first >= end {
                break;
            }
            self.open.insert(*place);
            self.begun += 1;
        }
        for place in self.open.clone() {
            let block = batch.pieces.read(place)?;
            self.take_piece(&mut window, batch, place, block)?;
        }
        committed.forget_until(end);
        self.done = end;
        let unknown = [Flag::InsufficientData].into_iter().collect();
        window.rows(&self.schema.arrow(), unknown)
    }

    fn take_committed(
        &mut self,
        window: &mut MergeWindow,
        committed: &mut CommittedRows,
        batch: &Batch,
    ) -> Result<()> {
        let before = self.cells.counts().used;
        for rows in &committed.ahead {
            let columns: Vec<(ColumnId, Vec<f64>)> = points(rows, &self.places);
            let rows = FrameRows {
                times: rows.times(),
                flags: rows.flags(),
                points: columns
                    .iter()
                    .map(|(place, cells)| (*place, &cells[..]))
                    .collect(),
                evidence: Vec::new(),
            };
            let row = |time| committed.what_is(time);
            window
                .complete(&rows, &row, &mut self.cells, &mut |_, _, _| {})
                .map_err(|repeated| self.refused(&repeated, batch.settings.site.as_str()))?;
        }
        self.kept += self.cells.counts().used - before;
        let stated = committed.stated_until(window.end()).into_iter();
        let evidence = stated.filter_map(|row| {
            let column = match &row.column {
                Some(name) => Some(*self.places.get(name)?),
                None => None,
            };
            Some(StatedEvidence {
                time: row.time,
                column,
                reason: row.reason,
            })
        });
        window.explain(&evidence.collect::<Vec<_>>());
        Ok(())
    }

    fn take_piece(
        &mut self,
        window: &mut MergeWindow,
        batch: &Batch,
        place: usize,
        block: PieceRows,
    ) -> Result<()> {
        let piece = &batch.pieces.all()[place];
        let frame = &batch.frames[piece.frame];
        let places = piece
            .columns
            .iter()
            .map(|name| self.places.get(name).copied());
        let places = places.collect::<Option<Vec<ColumnId>>>();
        let places = places.ok_or_else(|| Error::bug("a frame with a column of no dataset"))?;
        let evidence = block.evidence.into_iter().map(|mut row| {
            row.column = row.column.map(|column| places[column.index()]);
            if row.reason.known_at == NOT_STATED {
                row.reason.known_at = frame.known_at;
            }
            row
        });
        let rows = FrameRows {
            times: &block.times,
            flags: &block.flags,
            points: places
                .iter()
                .zip(&block.points)
                .map(|(place, cells)| (*place, &cells[..]))
                .collect(),
            evidence: evidence.collect(),
        };
        let before = self.cells.counts().conflict_losers;
        if frame.on_conflict == OnConflict::Replace {
            window.replace(&rows, &mut self.cells);
        } else {
            let (conflicts, columns) = (&mut self.conflicts, self.schema.columns());
            let mut differs = |place: CellPlace, committed, found| {
                if frame.on_conflict == OnConflict::Raise {
                    conflicts.add(|| FrameConflict {
                        source: frame.source.clone(),
                        timestamp: place.time,
                        column: columns[place.column].name.clone(),
                        committed,
                        found,
                    });
                }
            };
            let taken = window.complete(&rows, &|_| Bin::Row, &mut self.cells, &mut differs);
            taken.map_err(|repeated| self.refused(&repeated, &frame.source))?;
            self.lost[piece.frame] += self.cells.counts().conflict_losers - before;
        }
        Ok(())
    }

    fn refused(&self, repeated: &CellPlace, source: &str) -> Error {
        Error::input(format!(
            "the cell at {} was given by an earlier frame already, and batch.deduplicate_timestamps is false",
            repeated.time
        ))
        .at(source)
        .point(self.schema.columns()[repeated.column].name.clone())
        .hint("leave one of the overlapping frames out, or set batch.deduplicate_timestamps: true")
    }
}

fn points(rows: &Conforming, places: &BTreeMap<String, ColumnId>) -> Vec<(ColumnId, Vec<f64>)> {
    let schema = rows.batch().schema();
    let fields = schema.fields().iter().zip(rows.batch().columns()).skip(2);
    fields
        .filter_map(|(field, column)| Some((*places.get(field.name())?, numbers(column))))
        .collect()
}

/// Writes merged rows, with evidence for those that were inserted. Those whose next row is not among them are left `waiting` for it.
fn write(
    writer: &mut MonthWriter,
    rows: MergedFrameRows,
    waiting: &mut Vec<Instant>,
    committed: &CommittedRows,
) -> Result<()> {
    let MergedFrameRows {
        batch,
        inserted,
        evidence,
    } = rows;
    let merged: BTreeSet<Instant> = times_of(&batch);
    let blame = |violations: &Violations| {
        Error::bug(format!("merged rows break the contract: {violations}"))
    };
    let mut times = Vec::with_capacity(merged.len());
    writer.push(&batch, blame, &mut |rows| times.extend(rows.times()))?;
    let mut evidence = evidence.as_slice();
    for time in times {
        if inserted.contains(&time) || !merged.contains(&time) {
            waiting.push(time);
        } else {
            explain(writer, waiting, Some(time), committed)?;
            let here = evidence.partition_point(|row| row.time <= time);
            writer.explain_stated(&evidence[..here])?;
            evidence = &evidence[here..];
        }
    }
    match evidence {
        [] => Ok(()),
        [first, ..] => Err(Error::bug(format!("evidence of {} has no row", first.time))),
    }
}

/// Writes the evidence of inserted rows: that they are there is known by the next row. Where that is not in the months that are made, it
/// is the committed one.
fn explain(
    writer: &mut MonthWriter,
    waiting: &mut Vec<Instant>,
    next: Option<Instant>,
    committed: &CommittedRows,
) -> Result<()> {
    let Some(last) = waiting.last() else {
        return Ok(());
    };
    let after = committed.row_after(*last);
    let known_at = next.map_or(after, |next| next.min(after));
    let rows = waiting.drain(..);
    let evidence: Vec<Evidence> = rows.map(|time| no_sample(time, known_at)).collect();
    writer.explain(&evidence)
}

/// The axis, cut at the gaps that are not filled: what lies in them may be months that were not made again.
fn stretches(written: &WrittenMonths, interval: Span) -> Vec<(Extent, Vec<Gap>)> {
    let Some(Extent { mut first, last }) = written.range else {
        return Vec::new();
    };
    let mut stretches = Vec::new();
    for gap in &written.gaps {
        stretches.push((Extent::new(first, gap.from - interval), Vec::new()));
        first = gap.to;
    }
    stretches.push((Extent::new(first, last), Vec::new()));
    stretches
}

fn times_of(rows: &RecordBatch) -> BTreeSet<Instant> {
    let times = rows.column(0).as_primitive::<TimestampNanosecondType>();
    let times = times.values().iter().copied();
    times.map(Instant::from_nanos).collect()
}

fn no_sample(time: Instant, known_at: Instant) -> Evidence {
    Evidence {
        time,
        column: None,
        rule: Rule::NoSample,
        value: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
        known_at,
    }
}
