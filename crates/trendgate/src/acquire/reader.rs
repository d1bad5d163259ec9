//! A report → chunks in time order.
//!
//! ```text
//! file ─ container ─ encoding ─▶ text ─ decoder of the report's dialect ─▶ chunks ─┬──────────────────────────▶ chunks in time order
//!                                                                                  └ sort, if they are not in order ┘
//! ```
//!
//! What no decoder has to know is here: whether the file is still the one that was looked at, and the order of time.

use super::ask::{Ask, CellRule, ReadOptions, TimeRule, Window};
use super::chunk::{Chunk, chunk_rows};
use super::dialects::{DecodeStep, Decoded, Decoder, TextEnd};
use super::entries::{EntryRows, sorted_decoder};
use super::file_bytes::{FileBytes, Handle};
use super::lines::read_error;
use super::report::{Report, RowOrder};
use super::sort::{Ordering, sort_by_time};
use super::tally::{RangeOutcome, ReadOutcome};
use super::text::{Finished, Text};
use super::text_range::TextRange;
use super::unpacked::UnpackedText;
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::SpillFile;
use crate::store::{self, Stamp};
use crate::text_id::{Digests, FileId};
use std::io::{Read as _, Take};
use std::sync::Arc;

/// What a reader gives.
#[derive(Debug)]
pub enum ReadStep {
    /// The next rows.
    Rows(Chunk),
    /// There are no more.
    End,
    /// The report has to be read whole before any of it can be: its head and tail did not tell what its rows show. They are not in time
    /// order, and the report was not marked as such, there are rows before its first or after its last time, or the head of another report
    /// stands below. See [`read_whole`](super::read_whole).
    NeedsWhole,
}

/// Reads one report once, from the first byte to the last.
pub struct Reader {
    report: Arc<Report>,
    decoding: Decoding,
    /// Whether the bytes come from the report's path, where they may change.
    on_disk: bool,
    /// Whether a range of the report is read, and not all of it.
    is_range: bool,
    /// What the text is known by, where it is read from scratch.
    known: Option<FileId>,
    /// About how many cells a chunk has.
    chunk_cells: usize,
    /// About how many cells are held in memory of a report whose rows are not in order.
    held_cells: usize,
    scratch: Arc<SpillFile>,
}

/// What is read of a report, and how it comes into the order of time.
enum Decoding {
    Rows(Ordering<Chunk>),
    Entries(Box<EntryRows>),
}

impl Decoding {
    /// What a decoder gives in this order, of so many points, in chunks of about so many cells.
    fn of(decoder: Decoder, order: RowOrder, (points, chunk_cells): (usize, usize)) -> Self {
        match decoder {
            Decoder::Rows(decoder) => Self::Rows(Ordering::of(decoder, order)),
            Decoder::Entries(decoder) => {
                let order = Ordering::of(decoder, order);
                Self::Entries(Box::new(EntryRows::new(order, points, chunk_cells)))
            }
        }
    }

    fn finish(self) -> Decoded {
        match self {
            Self::Rows(order) => order.decoder.finish(),
            Self::Entries(entries) => entries.into_decoder().finish(),
        }
    }
}

impl Reader {
    /// Opens `report` to read the rows of `window`; `cells` says how each of its points is read.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it cannot be read, [`Changing`](ErrorKind::Changing) where it is not the file
    /// that was sniffed any more.
    pub fn open(
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        if report.kept.is_some() {
            let kept = FileBytes::of(&report).open_as_stamped()?;
            return Self::over(kept, report, window, time, cells, options);
        }
        let (file, stamp) = store::open_stamped(&report.path)?;
        if !stamp.is_still(&report.stamp) {
            return Err(changing(&report));
        }
        let file: Handle = Box::new(file);
        // If the file has grown since, its stamp shows that at the end.
        let bytes = file.take(report.stamp.bytes);
        let mut reader = Self::over(bytes, report, window, time, cells, options)?;
        reader.on_disk = true;
        Ok(reader)
    }

    /// As [`open`](Self::open), to read `range` alone. [`NeedsWhole`](ReadStep::NeedsWhole) says then, too, that a part does not tell what is
    /// wrong with the report.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_range(
        report: Report,
        range: &TextRange,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let (file, stamp) = store::open_stamped(&report.path)?;
        if !stamp.is_still(&report.stamp) {
            return Err(changing(&report));
        }
        let file = Box::new(file);
        let mut reader = Self::over_range(file, range, report, window, time, cells, options)?;
        reader.on_disk = true;
        Ok(reader)
    }

    /// As [`open`](Self::open), of a report whose text is in scratch; all of it, or `range` alone as [`open_range`](Self::open_range) does.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_unpacked(
        report: Report,
        (unpacked, range): (&UnpackedText, Option<&TextRange>),
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let on_disk = report.kept.is_none();
        if on_disk && !Stamp::at(&report.path)?.is_still(&report.stamp) {
            return Err(changing(&report));
        }
        let text = match range {
            Some(range) => Ok(Text::of_range(unpacked.open(), range)),
            None => unpacked.text(),
        };
        let text = text.map_err(|error| read_error(&report.path, error))?;
        let mut reader = Self::of_text(text, report, (window, range), time, cells, options)?;
        reader.on_disk = on_disk;
        reader.known = Some(unpacked.id);
        Ok(reader)
    }

    /// As [`open`](Self::open), of a report whose entries may have been sorted in `entries` when it was planned.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Storage`](ErrorKind::Storage) where what was sorted cannot be read.
    pub(crate) fn open_planned(
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
        entries: &Arc<SpillFile>,
    ) -> Result<Self> {
        match Self::of_sorted(&report, (window, &cells), options, entries)? {
            Some(reader) if Stamp::at(&report.path)?.is_still(&report.stamp) => Ok(Self {
                on_disk: true,
                ..reader
            }),
            Some(_) => Err(changing(&report)),
            None => Self::open(report, window, time, cells, options),
        }
    }

    /// One of what was sorted of a report in `entries`; `None` where that is nothing, or does not do.
    pub(super) fn of_sorted(
        report: &Report,
        ask: (Window, &[CellRule]),
        options: &ReadOptions,
        entries: &Arc<SpillFile>,
    ) -> Result<Option<Self>> {
        if options.digests == Digests::AndEarlier {
            return Ok(None);
        }
        let Some(decoder) = sorted_decoder(report, ask, options, entries)? else {
            return Ok(None);
        };
        let of = (report.points.len(), options.chunk_cells);
        Ok(Some(Self {
            report: Arc::new(report.clone()),
            decoding: Decoding::of(decoder, RowOrder::Ascending, of),
            on_disk: false,
            is_range: false,
            known: None,
            chunk_cells: options.chunk_cells,
            held_cells: options.held_cells,
            scratch: Arc::default(),
        }))
    }

    /// As [`open`](Self::open), of a report whose file is open at its first byte.
    pub(super) fn over(
        file: Take<Handle>,
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let text = match &report.section {
            None => Text::new(file, &report.text, report.form, options.digests),
            Some(section) => Text::of_section(file, &report.text, report.form, section),
        };
        let text = text.map_err(|error| read_error(&report.path, error))?;
        Self::of_text(text, report, (window, None), time, cells, options)
    }

    /// As [`open`](Self::open), of a range of a report of a file that is open at its first byte.
    pub(super) fn over_range(
        file: Handle,
        range: &TextRange,
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let text = Text::of_range(file, range);
        Self::of_text(text, report, (window, Some(range)), time, cells, options)
    }

    fn of_text(
        text: Text,
        report: Report,
        (window, range): (Window, Option<&TextRange>),
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let points = report.points.len();
        if cells.len() != points {
            return Err(Error::bug(format!(
                "{points} points, but {} rules for their cells",
                cells.len()
            )));
        }
        // A small report needs no large block; unless it unpacks to more, and then the block is filled more than once.
        let section = report.section.as_ref().map(|section| section.size());
        let size = range.map(TextRange::size).or(section);
        let size = size.unwrap_or(report.stamp.bytes);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let ask = Ask {
            window,
            range,
            time,
            cells,
            looks_beyond: options.looks_beyond,
            chunk_cells: options.chunk_cells,
            block_bytes: options.block_bytes.min(size.saturating_add(1)),
            cells_at_a_time: options.cells_at_a_time,
        };
        let report = Arc::new(report);
        Ok(Self {
            decoding: {
                let decoder = report.dialect.decoder(text, &report, ask)?;
                Decoding::of(decoder, report.order, (points, options.chunk_cells))
            },
            on_disk: false,
            is_range: range.is_some(),
            known: None,
            chunk_cells: options.chunk_cells,
            held_cells: options.held_cells,
            scratch: Arc::default(),
            report,
        })
    }

    /// What it reads.
    #[must_use]
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// Makes the next chunks of about `cells` cells.
    pub(crate) fn hold_at_most(&mut self, cells: usize) {
        self.chunk_cells = cells;
        match &mut self.decoding {
            Decoding::Rows(order) => order.decoder.hold_at_most(cells),
            Decoding::Entries(entries) => entries.hold_at_most(cells),
        }
    }

    /// Bytes of the file read so far.
    pub(crate) fn bytes_read(&mut self) -> u64 {
        let read = match &self.decoding {
            Decoding::Rows(order) => order.decoder.bytes_read(),
            Decoding::Entries(entries) => entries.decoder().bytes_read(),
        };
        // Of a text in scratch, as many bytes of the file as those of the text stand for.
        match self.known.and_then(|known| known.text_bytes) {
            Some(text) if text > 0 => {
                let read = u128::from(read) * u128::from(self.report.bytes()) / u128::from(text);
                u64::try_from(read).unwrap_or(u64::MAX)
            }
            _ => read,
        }
    }

    /// Spills rows that are too many to be held to `scratch`; without it they stay in memory.
    #[must_use]
    pub(crate) fn spilling_to(mut self, scratch: &Arc<SpillFile>) -> Self {
        self.scratch = Arc::clone(scratch);
        self
    }

    /// The next rows; there may be none in a chunk while a report that is not in order is read.
    ///
    /// # Errors
    /// [`Future`](ErrorKind::Future) for a row in the future, [`Input`](ErrorKind::Input) for days and months that have changed places;
    /// [`Storage`](ErrorKind::Storage) where the file, or what was spilled of it, cannot be read.
    pub fn next_chunk(&mut self) -> Result<ReadStep> {
        match self.next_step() {
            Err(error) if self.is_range && is_of_whole(&error) => Ok(ReadStep::NeedsWhole),
            step => step.map_err(|error| self.report.blamed(error)),
        }
    }

    fn next_step(&mut self) -> Result<ReadStep> {
        let points = self.report.points.len();
        match &mut self.decoding {
            Decoding::Rows(order) => {
                let sort = || sort_by_time(Arc::clone(&self.scratch), points, self.held_cells);
                let rows = chunk_rows(self.chunk_cells, points);
                order.next(sort, rows).map(Into::into)
            }
            Decoding::Entries(entries) => entries.next(&self.scratch, self.held_cells),
        }
    }

    /// Ends the reading; what the report was found to hold.
    ///
    /// # Errors
    /// [`Changing`](ErrorKind::Changing) where the file was written to in the meantime.
    pub fn finish(mut self) -> Result<ReadOutcome> {
        while !matches!(self.next_chunk()?, ReadStep::End) {}
        let Decoded {
            tally,
            rows_seen,
            lines: _,
            undecided,
            complete,
            text,
        } = self.decoding.finish();
        let (report, path) = (&*self.report, &self.report.path);
        let text = self.known.map_or(text, TextEnd::Known);
        let finished = text.finish().map_err(|error| read_error(path, error))?;
        let Finished {
            id,
            file_bytes,
            same,
        } = finished;
        let same = same && (!self.on_disk || Stamp::at(path)?.is_still(&report.stamp));
        if !same || file_bytes.is_some_and(|bytes| bytes != report.stamp.bytes) {
            return Err(changing(report));
        }
        Ok(ReadOutcome {
            tally,
            id: id.read_as(report.reading()),
            rows_seen,
            undecided,
            complete,
        })
    }

    /// As [`finish`](Self::finish), of a reading of a range.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn finish_range(mut self) -> Result<RangeOutcome> {
        while !matches!(self.next_chunk()?, ReadStep::End) {}
        let decoded = self.decoding.finish();
        let (report, path) = (&*self.report, &self.report.path);
        let pieces = decoded.text.finish_range();
        let pieces = pieces.map_err(|error| read_error(path, error))?;
        let same = !self.on_disk || Stamp::at(path)?.is_still(&report.stamp);
        Ok(RangeOutcome {
            tally: decoded.tally,
            rows_seen: decoded.rows_seen,
            lines: decoded.lines,
            undecided: decoded.undecided,
            complete: decoded.complete,
            known: self.known.map(|known| known.read_as(report.reading())),
            pieces: pieces.filter(|_| same).ok_or_else(|| changing(report))?,
        })
    }
}

/// Whether an error is about a report, and so to be said of the whole of it: a part knows neither its lines by their numbers, nor what came
/// before.
fn is_of_whole(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Input | ErrorKind::Future)
}

impl From<DecodeStep<Chunk>> for ReadStep {
    fn from(step: DecodeStep<Chunk>) -> Self {
        match step {
            DecodeStep::Rows(chunk) => Self::Rows(chunk),
            DecodeStep::End => Self::End,
            DecodeStep::NeedsWhole => Self::NeedsWhole,
        }
    }
}

pub(super) fn changing(report: &Report) -> Error {
    Error::new(ErrorKind::Changing, "the report changed while it was read")
        .at(&report.path)
        .hint("run again when its writer has finished")
}
