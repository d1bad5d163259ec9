//! The entries of a text that is read whole when it is planned, put in order then → the entries of its reports, without the text.
//!
//! ```text
//! lines ─ survey ─ EntrySorter ─▶ a grid of numbers in scratch, or sorted runs, and for each report where they stand    (when it is planned)
//! Report ─ GridDecoder, SortedDecoder ─▶ rows, or entries, in order of time                                             (when it is read)
//! ```
//!
//! That is so of texts in which every entry has a number at a time that is sure, and nothing beside it but its unit, the same for all of its
//! point. Such entries count alike wherever they stand, so that nothing is lost of what the text says where they are sorted at once. Texts
//! with anything else are read again when they are decoded.

use super::Entry;
use super::block::{Entries, EntryNote, entries_of};
use super::cell_reading::{CellReading, UnitBeside, number_of};
use super::grid::{EntryGrid, PlainEntry, SpilledGrid};
use super::grid_decoder::{GridDecoder, GridPoint, GridText};
use crate::acquire::cells::{self, Cell};
use crate::acquire::dialects::{Decode, DecodeStep, Decoded, Decoder, TextEnd};
use crate::acquire::local_clock::{Resolved, RowTime};
use crate::acquire::missing_words::MissingWords;
use crate::acquire::{CellRule, PointTally, ReadOptions, Report, Tally, Window};
use crate::error::Result;
use crate::model::EXTREME;
use crate::scratch::{ExternalSort, SortedBlocks, SpillFile, SpilledRuns};
use crate::text_id::FileId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// So many entries are given to the grid, or to the sort, at a time: those of a block are put one behind the other, so that the processor need not
/// wait for the cell of one before it looks for that of the next.
const BLOCK: usize = 1 << 10;
/// A first block may have so many where all are of one time.
const BLOCK_OF_ONE_TIME: usize = 1 << 16;
/// So many cells of a grid take as much memory as an entry that is sorted.
const CELLS_OF_ENTRY: usize = 6;
/// A text with more cells than these for a byte on disk, where it may be compressed, has hardly an entry in them.
const CELLS_OF_BYTE: u64 = 2;

/// Where entries are kept from the plan to the reading.
#[derive(Debug, Clone)]
pub(crate) struct EntryScratch {
    pub(crate) file: Arc<SpillFile>,
    /// So many entries of a text are held in memory.
    pub(crate) most: usize,
}

/// Where in it those of a report stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SortedPlace(u64);

/// The entries of a text.
#[derive(Clone, Serialize, Deserialize)]
enum SortedEntries {
    Grid(SpilledGrid),
    Runs(SpilledRuns),
}

/// What is kept of a report.
#[derive(Serialize, Deserialize)]
struct SortedReport {
    entries_of_text: SortedEntries,
    /// How many entries there are, of all reports of the text.
    entries: u64,
    /// For each series of the text which point of the report it is, and the unit beside its numbers.
    series: Vec<Option<(u32, String)>>,
    /// What the text is known by.
    id: FileId,
    complete: bool,
}

/// Sorts the entries of a text while it is surveyed.
pub(super) struct EntrySorter {
    file: Arc<SpillFile>,
    /// So many cells a grid may have, and entries a block.
    most_cells: usize,
    most_of_block: usize,
    /// All entries so far, as long as each has a cell of its own, from the first block on.
    grid: Option<EntryGrid>,
    sort: ExternalSort<Entries>,
    block: Vec<PlainEntry>,
    entries: u64,
    /// For each series the unit of its numbers, once it was met.
    units: Vec<Option<Vec<u8>>>,
}

/// Whether a text is one whose entries are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsPlain {
    Yes,
    No,
}

impl EntrySorter {
    /// That of a text that has so many bytes on disk.
    pub(super) fn new(scratch: &EntryScratch, bytes: u64) -> Self {
        let most_cells = scratch.most.saturating_mul(CELLS_OF_ENTRY);
        let cells_of_text = usize::try_from(bytes.saturating_mul(CELLS_OF_BYTE));
        Self {
            file: Arc::clone(&scratch.file),
            most_cells: cells_of_text.map_or(most_cells, |cells| cells.min(most_cells)),
            most_of_block: scratch.most.min(BLOCK),
            grid: None,
            sort: ExternalSort::new(Arc::clone(&scratch.file), scratch.most),
            block: Vec::new(),
            entries: 0,
            units: Vec::new(),
        }
    }

    /// Takes the next entry, which is of this series; `unit` is that of its point where none stands beside its value.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be spilled.
    pub(super) fn take(
        &mut self,
        series: usize,
        at: &RowTime,
        entry: &Entry<'_>,
        unit: &str,
    ) -> Result<IsPlain> {
        let Resolved::Sure(time) = at.utc else {
            return Ok(IsPlain::No);
        };
        let number = cells::short_decimal(entry.value)
            .filter(|(value, end)| *end == entry.value.len() && value.abs() < EXTREME);
        let Some((value, _)) = number.filter(|_| entry.status.is_none() && !entry.restarts) else {
            return Ok(IsPlain::No);
        };
        let unit = match entry.unit {
            [] => unit.as_bytes(),
            unit => unit,
        };
        if self.units.len() <= series {
            self.units.resize(series + 1, None);
        }
        match &mut self.units[series] {
            // Two empty units are the common case, and comparing them by their bytes takes longer than asking whether both are empty.
            Some(known) if known.is_empty() && unit.is_empty() || known == unit => {}
            Some(_) => return Ok(IsPlain::No),
            known @ None => *known = Some(unit.to_vec()),
        }
        let column = u32::try_from(series).unwrap_or(u32::MAX);
        self.entries += 1;
        self.block.push(PlainEntry {
            time,
            column,
            value,
        });
        if self.block.len() >= self.most_of_block {
            match self.shows_no_step() {
                true => self.most_of_block *= 2,
                false => self.end_block()?,
            }
        }
        Ok(IsPlain::Yes)
    }

    /// Whether all entries so far are of one time, as where a text goes by time and has many points, and not too many to wait for the next one.
    fn shows_no_step(&self) -> bool {
        let mut times = self.block.iter().map(|entry| entry.time);
        let first = times.next();
        let most = BLOCK_OF_ONE_TIME.min(self.most_cells);
        self.entries == self.block.len() as u64
            && self.block.len() < most
            && times.all(|time| Some(time) == first)
    }

    /// Puts the entries of the block into the grid; where one has no cell of its own there, all are sorted from then on.
    fn end_block(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.block);
        let taken = match &mut self.grid {
            _ if self.entries == block.len() as u64 => {
                self.grid = EntryGrid::of(&block, self.most_cells);
                if self.grid.is_some() { block.len() } else { 0 }
            }
            Some(grid) => grid.put_all(&block),
            None => 0,
        };
        if taken < block.len() {
            self.leave_grid()?;
            self.sort.push(block[taken..].iter().collect())?;
        }
        self.block = block;
        self.block.clear();
        self.most_of_block = self.most_of_block.min(BLOCK);
        Ok(())
    }

    fn leave_grid(&mut self) -> Result<()> {
        let blocks = self.grid.take().map(|grid| grid.into_blocks(BLOCK));
        for block in blocks.into_iter().flatten() {
            self.sort.push(block)?;
        }
        Ok(())
    }

    /// Ends the sort of a text that is known by `id`; for each report, the series of whose points are `series`, where its entries stand.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where they cannot be spilled.
    pub(super) fn finish(mut self, reports: &mut [(Report, Vec<usize>)], id: FileId) -> Result<()> {
        self.end_block()?;
        if (self.grid.as_ref()).is_some_and(|grid| grid.is_sparse(self.entries)) {
            self.leave_grid()?;
        }
        let sorted = match self.grid {
            Some(grid) => SortedEntries::Grid(grid.spill(&self.file)?),
            None => SortedEntries::Runs(self.sort.spill()?),
        };
        for (report, own) in reports {
            let layout = &mut report.layout;
            let faults = layout.clock_faults.as_ref();
            if faults.is_some_and(|faults| !faults.is_empty()) || !layout.doubled.is_empty() {
                continue;
            }
            let mut series = vec![None; self.units.len()];
            for (place, of) in (0..).zip(own) {
                if let Some(unit) = self.units.get(*of) {
                    let unit = cells::decode(unit.as_deref().unwrap_or_default());
                    series[*of] = Some((place, unit.into_owned()));
                }
            }
            let sorted = SortedReport {
                entries_of_text: sorted.clone(),
                entries: self.entries,
                series,
                id,
                complete: report.complete,
            };
            layout.sorted = Some(SortedPlace(self.file.put(&sorted)?));
        }
        Ok(())
    }
}

/// Gives the entries of one report, as they were sorted.
struct SortedDecoder {
    blocks: SortedBlocks<Entries>,
    /// For each series which point it is.
    columns: Vec<Option<u32>>,
    cells: Vec<CellReading>,
    /// For each point the unit beside its numbers, and as it is written.
    units: Vec<(UnitBeside, String)>,
    window: Window,
    tally: Tally,
    rows_seen: u64,
    given: u64,
    entries: u64,
    bytes: u64,
    id: FileId,
    complete: bool,
}

/// Begins to read `report` from what was sorted of it; `None` where nothing was, or where its numbers are not what they are by themselves.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(in crate::acquire) fn sorted_decoder(
    report: &Report,
    (window, rules): (Window, &[CellRule]),
    options: &ReadOptions,
    scratch: &Arc<SpillFile>,
) -> Result<Option<Decoder>> {
    let Some(SortedPlace(place)) = report.layout.sorted else {
        return Ok(None);
    };
    // Once there was no room, nothing is taken from there.
    if scratch.require_written().is_err() {
        return Ok(None);
    }
    let cells = CellReading::of_points(report, rules.to_vec());
    let missing = MissingWords::of(report.stated.missing(report.dialect));
    if missing.has_numbers() || cells.iter().any(|cell| !cell.is_plain) {
        return Ok(None);
    }
    let sorted: SortedReport = scratch.get(place)?;
    let tally = Tally {
        points: vec![PointTally::default(); cells.len()],
        ..Tally::default()
    };
    let runs = match sorted.entries_of_text {
        SortedEntries::Grid(grid) => {
            let text = GridText {
                bytes: report.bytes(),
                id: sorted.id,
                complete: sorted.complete,
            };
            let points = grid_points(cells, sorted.series);
            let grid = (scratch, grid);
            let decoder =
                GridDecoder::new(grid, points, window, (text, tally), options.chunk_cells);
            return Ok(Some(Decoder::Rows(Box::new(decoder))));
        }
        SortedEntries::Runs(runs) => runs,
    };
    let mut units = vec![(UnitBeside::None, String::new()); cells.len()];
    let mut columns = Vec::new();
    for series in sorted.series {
        columns.push(series.map(|(column, unit)| {
            units[column as usize] = (UnitBeside::of(&unit), unit);
            column
        }));
    }
    let rows = entries_of(options.chunk_cells);
    Ok(Some(Decoder::Entries(Box::new(SortedDecoder {
        blocks: SortedBlocks::of(Arc::clone(scratch), runs, rows)?,
        columns,
        units,
        window,
        tally,
        cells,
        rows_seen: 0,
        given: 0,
        entries: sorted.entries.max(1),
        bytes: report.bytes(),
        id: sorted.id,
        complete: sorted.complete,
    }))))
}

/// The points of a report, each with which series of the text it is and the unit beside its numbers; `series` says it of the series.
fn grid_points(cells: Vec<CellReading>, series: Vec<Option<(u32, String)>>) -> Vec<GridPoint> {
    let cells = cells.into_iter();
    let mut points: Vec<GridPoint> = cells
        .map(|cells| GridPoint {
            series: None,
            cells,
            unit: (UnitBeside::None, String::new()),
        })
        .collect();
    for (place, of) in series.into_iter().enumerate() {
        if let Some((column, unit)) = of {
            let point = &mut points[column as usize];
            point.series = Some(place);
            point.unit = (UnitBeside::of(&unit), unit);
        }
    }
    points
}

impl SortedDecoder {
    /// Those of a block that are wanted.
    fn take(&mut self, block: &Entries) -> Entries {
        let mut entries = Entries::with_room(block.len());
        for (row, series) in block.columns.iter().enumerate() {
            let Some(column) = self.columns[*series as usize] else {
                continue;
            };
            self.rows_seen += 1;
            let time = block.times[row];
            if self.window.read.contains(time) {
                self.entry(time, column, block.values[row], &mut entries);
            }
        }
        entries
    }

    #[inline]
    fn entry(&mut self, time: Instant, column: u32, value: f64, entries: &mut Entries) {
        let place = column as usize;
        let (unit, written) = &self.units[place];
        let cell = match unit {
            UnitBeside::Known(unit) => self.cells[place].converted(Cell::Number(value), *unit),
            UnitBeside::None | UnitBeside::Unknown => Cell::Number(value),
        };
        let (value, is_extreme) = number_of(cell);
        let note = EntryNote {
            is_extreme,
            ..EntryNote::default()
        };
        entries.push(time, column, value, note);
        if self.window.own.contains(time) {
            let tally = &mut self.tally;
            tally.rows += 1;
            tally.cells += 1;
            tally.extend_range(time);
            let point = &mut tally.points[place];
            // Of such a cell neither its line nor its text is told.
            point.add_cell(cell, 0, &[]);
            if *unit == UnitBeside::Unknown {
                point.add_unknown_unit(written);
            }
        }
    }
}

impl Decode<Entries> for SortedDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Entries>> {
        while let Some(block) = self.blocks.next()? {
            self.given += block.len() as u64;
            let entries = self.take(&block);
            if entries.len() > 0 {
                return Ok(DecodeStep::Rows(entries));
            }
        }
        self.given = self.entries;
        Ok(DecodeStep::End)
    }

    fn hold_at_most(&mut self, _: usize) {}

    fn bytes_read(&self) -> u64 {
        let share = u128::from(self.bytes) * u128::from(self.given) / u128::from(self.entries);
        u64::try_from(share).unwrap_or(self.bytes)
    }

    fn finish(self: Box<Self>) -> Decoded {
        Decoded {
            tally: self.tally,
            rows_seen: self.rows_seen,
            lines: 0,
            undecided: false,
            complete: self.complete,
            text: TextEnd::Known(self.id),
        }
    }
}
