//! Where one part ends and the next begins.
//!
//! A part ends with its month, with its span, with its row limit, or with the row group that takes it over its target
//! size. All of these are counted from rows and instants, and a row group has a number of rows that follows from the
//! schema: so the same rows make the same parts, in whatever batches they come.

use super::PartRules;
use super::encode::{Encoder, Part, PartFacts};
use crate::contract::{Conforming, count_flags};
use crate::dataset_path::DatasetPath;
use crate::error::{Error, Result};
use crate::model::DatasetSchema;
use crate::time::{Extent, Instant, Month};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// The size of a row group before compression: large enough to compress and scan well, small enough to hold.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Below this many rows the headers of the columns outweigh what is in them.
const ROW_GROUP_MIN_ROWS: usize = 256;

/// Cuts the rows of one site into parts.
///
/// Holds one open file and at most one row group, however many parts there are.
pub struct Partitioner {
    staging: PathBuf,
    site: String,
    attempt: String,
    schema: DatasetSchema,
    rules: PartRules,
    /// What every footer states.
    stated: Vec<(String, String)>,
    pub(super) row_group_rows: usize,
    state: PartitionState,
    closed: Vec<Part>,
    last: Option<Instant>,
    numbered: (Option<Month>, u32),
}

/// What the partitioner is about. Every step leaves it `Failed` until it has succeeded, so that an error that a caller
/// passes over cannot end in parts that lack rows.
enum PartitionState {
    Idle,
    Writing(Box<CurrentPart>),
    Failed,
}

/// The part that rows are being written to.
struct CurrentPart {
    encoder: Encoder,
    facts: PartFacts,
    end: Instant,
    in_row_group: usize,
}

impl Partitioner {
    /// A partitioner that writes files `part-{attempt}-{yyyymm}-{nnnnn}.parquet` into `staging`, a folder that exists.
    ///
    /// `attempt` makes the names unique in the dataset; `nnnnn` counts the parts of a month from 0, in the order of time.
    ///
    /// # Errors
    /// [`Config`](crate::error::ErrorKind::Config) where a limit in `rules` is not positive.
    pub fn new(
        staging: PathBuf,
        site: &str,
        attempt: &str,
        schema: &DatasetSchema,
        rules: PartRules,
    ) -> Result<Self> {
        rules.check()?;
        Ok(Self {
            stated: Vec::new(),
            staging,
            site: site.to_owned(),
            attempt: attempt.to_owned(),
            schema: schema.clone(),
            row_group_rows: row_group_rows(schema, &rules),
            rules,
            state: PartitionState::Idle,
            closed: Vec::new(),
            last: None,
            numbered: (None, 0),
        })
    }

    /// Has the metadata of every part state these keys with these values.
    #[must_use]
    pub(crate) fn stating(mut self, stated: Vec<(String, String)>) -> Self {
        self.stated = stated;
        self
    }

    /// Takes the next rows, later than all before them.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system refused to write, and the attempt is over then;
    /// [`Bug`](crate::error::ErrorKind::Bug) where the rows are not later than those before, or of another schema.
    pub fn push(&mut self, rows: Conforming) -> Result<()> {
        self.refuse_misfit(&rows)?;
        let mut next = 0;
        while next < rows.rows() {
            next = self.push_some(&rows, next)?;
        }
        Ok(())
    }

    /// The parts that have ended since the last call, in the order of time.
    pub(super) fn ended(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.closed)
    }

    /// Ends the last part; all parts that were not given out before, in the order of time.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system refused to write.
    pub fn finish(mut self) -> Result<Vec<Part>> {
        self.close()?;
        Ok(self.closed)
    }

    fn refuse_misfit(&mut self, rows: &Conforming) -> Result<()> {
        if rows.batch().schema() != self.schema.arrow() {
            return Err(Error::bug(
                "rows of another schema were pushed to a partitioner",
            ));
        }
        let Some(Extent { first, last }) = rows.range() else {
            return Ok(());
        };
        if let Some(before) = self.last.replace(last).filter(|before| *before >= first) {
            let message = format!("expected rows later than {before}, found {first}");
            return Err(Error::bug(message));
        }
        Ok(())
    }

    /// Writes the rows from `start` on that go into one row group of one part; where the next ones start.
    fn push_some(&mut self, rows: &Conforming, start: usize) -> Result<usize> {
        let mut part = self.part_for(rows.times()[start])?;
        let room = self.room(&part);
        let within = rows.times()[start..].partition_point(|time| *time < part.end);
        let taken = start..start + within.min(room);
        let next = taken.end;
        part.take(rows, taken)?;
        let full = part.facts.rows == self.rules.max_rows;
        let large = part.in_row_group == self.row_group_rows
            && part.end_row_group()? >= self.rules.target_bytes;
        self.state = PartitionState::Writing(part);
        if full || large {
            self.close()?;
        }
        Ok(next)
    }

    /// The part that a row at `time` goes into, taken out of the state.
    fn part_for(&mut self, time: Instant) -> Result<Box<CurrentPart>> {
        if matches!(&self.state, PartitionState::Writing(part) if part.end <= time) {
            self.close()?;
        }
        match std::mem::replace(&mut self.state, PartitionState::Failed) {
            PartitionState::Writing(part) => Ok(part),
            PartitionState::Idle => self.open(time).map(Box::new),
            PartitionState::Failed => Err(failed_before()),
        }
    }

    fn room(&self, part: &CurrentPart) -> usize {
        let in_row_group = self.row_group_rows - part.in_row_group;
        in_row_group.min(self.rules.max_rows - part.facts.rows)
    }

    fn open(&mut self, first: Instant) -> Result<CurrentPart> {
        let month = Month::of(first);
        let name = self.next_name(month);
        let path = self.staging.join(&name);
        let end = self
            .rules
            .max_span
            .map_or(month.end(), |span| month.span_end(first, span));
        Ok(CurrentPart {
            encoder: Encoder::create(path, &self.schema, &self.rules, &self.stated)?,
            facts: PartFacts {
                relative: DatasetPath::in_month(&self.site, month, &name)?,
                month,
                rows: 0,
                range: first.into(),
                flags: BTreeMap::new(),
            },
            end,
            in_row_group: 0,
        })
    }

    fn next_name(&mut self, month: Month) -> String {
        let number = match self.numbered {
            (Some(last), number) if last == month => number + 1,
            _ => 0,
        };
        self.numbered = (Some(month), number);
        let (year, month) = (month.year(), month.month());
        format!(
            "part-{}-{year:04}{month:02}-{number:05}.parquet",
            self.attempt
        )
    }

    fn close(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.state, PartitionState::Failed) {
            PartitionState::Writing(part) => {
                let closed = part.encoder.close(part.facts)?;
                self.closed.push(closed);
            }
            PartitionState::Idle => {}
            PartitionState::Failed => return Err(failed_before()),
        }
        self.state = PartitionState::Idle;
        Ok(())
    }
}

fn failed_before() -> Error {
    Error::bug("a partitioner was used after it had failed")
}

impl CurrentPart {
    fn take(&mut self, rows: &Conforming, taken: Range<usize>) -> Result<()> {
        let slice = rows.batch().slice(taken.start, taken.len());
        self.encoder.write(&slice)?;
        self.facts.rows += taken.len();
        self.in_row_group += taken.len();
        count_flags(&mut self.facts.flags, &rows.flags()[taken.clone()]);
        if let Some(last) = rows.times()[taken].last() {
            self.facts.range.last = *last;
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<u64> {
        self.in_row_group = 0;
        self.encoder.end_row_group()
    }
}

/// The rows of a row group of `schema`: before compression no more than a part is to have, so that small parts are as small as they are to be.
pub(crate) fn row_group_rows(schema: &DatasetSchema, parts: &PartRules) -> usize {
    let row_bytes = (schema.columns().len() + 2) * size_of::<f64>();
    let target = usize::try_from(parts.target_bytes).unwrap_or(usize::MAX);
    (ROW_GROUP_BYTES.min(target) / row_bytes)
        .max(ROW_GROUP_MIN_ROWS)
        .min(parts.max_rows)
}
