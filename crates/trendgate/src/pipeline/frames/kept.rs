//! Frames ⇄ what the dataset keeps of them, so that months can be made again from them.
//!
//! Enters: the pieces of the frames that were accepted. Leaves: files in the attempt's folder, each of a frame as it conforms: two Arrow IPC
//! streams one behind the other, of what was stated of it and of its rows, packed and named as what is kept of reports is. From there they
//! come back in the same form. A frame is written and read a piece at a time. Refused: bytes that are not those that their name says.

use super::evidence::{NOT_STATED, SCHEMA};
use super::pieces::{PieceRows, Pieces};
use super::{Batch, FrameSummary};
use crate::error::{Error, Result};
use crate::kept_source::{self, Durable, Packer, UnpackedFile};
use crate::model::{ColumnId, Flag, StatedEvidence, flag_lists};
use crate::parallel;
use crate::pipeline::keep::{MOST_ONE_BY_ONE, place};
use crate::progress::Watch;
use crate::publish::{KeepSources, KeptSource, KeptSum};
use crate::store::FileSystem;
use crate::time::Instant;
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Keeps the frames of a batch, as far as its settings say so.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where they cannot be written, [`Stopped`](crate::ErrorKind::Stopped).
pub(super) fn keep(batch: &mut Batch, watch: Watch<'_>) -> Result<KeptSum> {
    let mut sum = KeptSum::default();
    if batch.settings.keep_sources == KeepSources::None {
        return Ok(sum);
    }
    let is_together = batch.frames.len() > MOST_ONE_BY_ONE;
    let packer = Packer::new(match is_together {
        true => Durable::Together,
        false => Durable::Each,
    });
    let frames: Vec<usize> = (0..batch.frames.len()).collect();
    let this = &*batch;
    let kept = parallel::map(frames, this.settings.threads, |frame| {
        watch.go_on("while keeping the frames")?;
        keep_one(this, frame, &packer)
    })?;
    if is_together {
        FileSystem::of(batch.attempt.dir())?.fsync()?;
    }
    for (frame, kept) in batch.frames.iter_mut().zip(kept) {
        sum.add(kept.bytes);
        frame.kept = Some(kept);
    }
    Ok(sum)
}

fn keep_one(batch: &Batch, place_of: usize, packer: &Packer) -> Result<KeptSource> {
    let frame = &batch.frames[place_of];
    let draft = batch.attempt.source_draft(place_of);
    let mut bytes = FrameBytes::of(&batch.pieces, place_of, frame);
    let packed = packer.pack(&mut bytes, None, &draft)?;
    match (packed, bytes.failed) {
        (Ok(packed), None) => place(&batch.settings, &batch.attempt, &draft, packed),
        (_, Some(error)) => Err(error),
        (Err(error), None) => Err(Error::bug(format!("a frame cannot be kept: {error}"))),
    }
}

/// A frame as bytes.
struct FrameBytes<'a> {
    pieces: &'a Pieces,
    schema: SchemaRef,
    columns: Vec<String>,
    /// The pieces that are to be written to the stream that is written.
    left: Range<usize>,
    of: Range<usize>,
    stream: Option<StreamWriter<Vec<u8>>>,
    /// Whether that is the one of rows, which is the last one.
    of_rows: bool,
    written: io::Cursor<Vec<u8>>,
    failed: Option<Error>,
}

impl<'a> FrameBytes<'a> {
    fn of(pieces: &'a Pieces, place: usize, frame: &FrameSummary) -> Self {
        let first = pieces.all().partition_point(|piece| piece.frame < place);
        let end = pieces.all().partition_point(|piece| piece.frame <= place);
        let columns = frame.stated.fields().iter().skip(2);
        Self {
            pieces,
            schema: Arc::clone(&frame.stated),
            columns: columns.map(|column| column.name().clone()).collect(),
            left: first..end,
            of: first..end,
            stream: None,
            of_rows: false,
            written: io::Cursor::default(),
            failed: None,
        }
    }

    /// The next bytes; `None` behind the last ones.
    fn more(&mut self) -> Result<Option<Vec<u8>>> {
        let wrong = |error| Error::bug(format!("a frame does not fit a stream: {error}"));
        let schema = match self.of_rows {
            true => &self.schema,
            false => &*SCHEMA,
        };
        let stream = match (&mut self.stream, self.of_rows && self.left.is_empty()) {
            (Some(stream), _) => stream,
            // The streams have ended.
            (None, true) => return Ok(None),
            (None, false) => self
                .stream
                .insert(StreamWriter::try_new(Vec::new(), schema).map_err(wrong)?),
        };
        for piece in self.left.by_ref() {
            if !self.of_rows && self.pieces.all()[piece].reasons == 0 {
                continue;
            }
            let rows = self.pieces.read(piece)?;
            let batch = match self.of_rows {
                true => row_batch(rows, &self.schema),
                false => evidence_batch(&rows.evidence, &self.columns),
            };
            batch
                .and_then(|batch| stream.write(&batch))
                .map_err(wrong)?;
            return Ok(Some(std::mem::take(stream.get_mut())));
        }
        stream.finish().map_err(wrong)?;
        let bytes = std::mem::take(stream.get_mut());
        self.stream = None;
        if !self.of_rows {
            (self.of_rows, self.left) = (true, self.of.clone());
            if self.left.is_empty() {
                // A frame without rows has a stream of them, too.
                let mut empty = StreamWriter::try_new(bytes, &self.schema).map_err(wrong)?;
                empty.finish().map_err(wrong)?;
                return Ok(Some(std::mem::take(empty.get_mut())));
            }
        }
        Ok(Some(bytes))
    }
}

impl Read for FrameBytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.written.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.more() {
                Ok(Some(bytes)) => self.written = io::Cursor::new(bytes),
                Ok(None) => return Ok(0),
                Err(error) => {
                    self.failed = Some(error);
                    return Err(io::Error::other("a frame cannot be read again"));
                }
            }
        }
    }
}

/// Rows as a batch of this schema.
pub(super) fn row_batch(
    rows: PieceRows,
    schema: &SchemaRef,
) -> std::result::Result<RecordBatch, ArrowError> {
    let times = rows.times.iter().map(|time| time.nanos());
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let mut columns: Vec<ArrayRef> = vec![Arc::new(times), flag_lists(&rows.flags)];
    columns.extend(
        rows.points
            .into_iter()
            .map(|point| numbers(point.into_iter())),
    );
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn evidence_batch(
    rows: &[StatedEvidence<ColumnId>],
    columns: &[String],
) -> std::result::Result<RecordBatch, ArrowError> {
    let known = rows.iter().map(|row| row.reason.known_at);
    let known = known.map(|time| {
        Some(time)
            .filter(|time| *time != NOT_STATED)
            .map(Instant::nanos)
    });
    let times = rows.iter().map(|row| row.time.nanos());
    let names = rows
        .iter()
        .map(|row| row.column.map(|column| columns[column.index()].as_str()));
    let rules = rows.iter().map(|row| row.reason.rule.as_str());
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC")),
        Arc::new(names.collect::<StringArray>()),
        Arc::new(
            rows.iter()
                .map(|row| row.reason.flag.map(Flag::name))
                .collect::<StringArray>(),
        ),
        Arc::new(StringArray::from_iter_values(rules)),
        numbers(rows.iter().map(|row| row.reason.value)),
        numbers(rows.iter().map(|row| row.reason.low)),
        numbers(rows.iter().map(|row| row.reason.high)),
        Arc::new(TimestampNanosecondArray::from_iter(known).with_timezone("UTC")),
    ];
    RecordBatch::try_new(Arc::clone(&SCHEMA), arrays)
}

fn numbers(values: impl Iterator<Item = f64>) -> ArrayRef {
    let values = values.map(|value| Some(value).filter(|value| !value.is_nan()));
    Arc::new(values.collect::<Float64Array>())
}

/// What is kept of a frame, as it comes back.
pub(super) struct KeptFrame {
    /// What was stated of it.
    pub(super) evidence: Vec<RecordBatch>,
    /// Its rows.
    pub(super) rows: StreamReader<UnpackedFile>,
}

impl KeptFrame {
    /// Opens what is `kept` at `path`, once it is shown to be that.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where it is not; [`Storage`](crate::ErrorKind::Storage) where it is not there or cannot be read.
    pub(super) fn open(path: &Path, kept: KeptSource) -> Result<Self> {
        let size = kept_source::prove(path, kept.digest)?;
        let mut bytes = UnpackedFile::open(path, size)?;
        let evidence = StreamReader::try_new(&mut bytes, None)
            .and_then(|evidence| evidence.collect::<std::result::Result<Vec<_>, _>>());
        Ok(Self {
            evidence: evidence.map_err(|error| not_a_frame(path, &error))?,
            rows: StreamReader::try_new(bytes, None).map_err(|error| not_a_frame(path, &error))?,
        })
    }
}

/// The error where what is kept is no frame, or stops being one.
pub(super) fn not_a_frame(path: &Path, error: &ArrowError) -> Error {
    Error::damaged(format!("expected what is kept of a frame: {error}")).at(path)
}
