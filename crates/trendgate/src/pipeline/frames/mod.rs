//! Frames of a cleaner of the caller's own → a committed version.
//!
//! ```text
//! frame ─ describe (columns, units) ─ contract ─ digest ─ pieces (in memory, or spilled to staging) ┐
//! committed months within reach ────────────────────────────────────────────────────────────────────┼ merge ─┐
//!    ┌───────────────────────────────────────────────────────────────────────────────────────────────────────┘
//!    └ window by window: first wins, flags unite ─ contract (missing bins) ─ partition ─ read back ─ commit ─▶ Run
//! ```
//!
//! What enters is record batches in the shape of the dataset: `timestamp`, `quality_flags`, and any points; and, beside a frame, what its
//! caller states of its cells. What leaves is the site's next version, or nothing. What is refused: a frame that breaks the contract (the
//! batch goes on without it), a dataset that is made of reports, another configuration than that of the dataset (but for points that are
//! new to both), and, where that is not wanted, a number that contradicts another one.
//!
//! **One after the other.** The dataset is what its frames make in the order of adding. A frame completes: of two numbers for one cell that
//! of the frame added first stands, and the flags of a row are those of all frames that have it. Or it replaces: its cells, nulls among
//! them, take the place of those that stand, and so do the flags of its rows. So frames added one batch after the other make the dataset
//! that one batch of them all makes, a frame that is known adds nothing, and months can be made again from what is kept of frames. Rows that
//! the contract inserted into gaps give way to any row of a frame.

mod again;
mod check;
mod coerce;
mod commit;
mod committed;
mod conflicts;
mod content;
mod evidence;
mod form;
mod frame;
mod kept;
mod lost;
mod merge;
mod other_forms;
mod pieces;
mod raw;
mod roster;
mod same_dataset;
mod series;
mod status;
mod version;

use again::MadeAgain;
pub(super) use again::{prospect, rebuild, retract};
pub use conflicts::{FrameConflict, FrameConflicts, OnConflict};

use super::survey::FailedInput;
use super::{Run, reencode, turn};
use super::{last_run, tell_end, upkeep};
use crate::contract::{ContractRules, FUTURE_TOLERANCE, Violations};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Column, DatasetSchema, Rule};
use crate::pipeline::Settings;
use crate::progress::Watch;
use crate::publish::{Attempt, History, Redigested, SiteLock};
use crate::text_id::TextId;
use crate::time::{self, Instant, Span, Stopwatch};
use crate::warning::Warning;
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
pub use check::{FrameCheck, check_frame};
use coerce::in_memory;
pub use coerce::{Coercion, CoercionKind};
use evidence::{EvidenceRules, RuleNames, StatedFrame};
use form::{FrameForm, refuse_index};
use frame::FrameSummary;
use lost::Lost;
use pieces::Pieces;
pub use raw::{CleanedFrame, RawFrame, clean_frame};
use roster::Roster;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// What became of a frame that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Added {
    /// Its rows.
    pub rows: u64,
    /// What it is known by: the digest of what it says, however it is cut into batches and its columns are ordered; of a frame that
    /// replaces, with a digest of its place among all frames behind it.
    pub digest: TextId,
    /// What it is to the batch.
    pub status: Status,
    /// Its numbers that differ from committed ones of the same cells. What becomes of them is as [`OnConflict`] says.
    pub conflicts: u64,
    /// The reasons that were stated of it.
    pub reasons: u64,
    /// What of it was changed so that the contract takes it, where that was asked for.
    pub coerced: BTreeMap<CoercionKind, u64>,
}

/// What a frame is to the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its rows go into the version.
    Accepted,
    /// The dataset has this very content already.
    Known,
    /// An earlier frame of the batch has this very content.
    Duplicate,
    /// This very content was retracted: it is passed over, unless it comes to replace.
    Withdrawn,
}

/// What goes with a frame.
#[derive(Debug, Clone, Default)]
pub struct FrameOptions {
    /// What becomes of its numbers for cells that have others; as the batch says, where this does not.
    pub on_conflict: Option<OnConflict>,
    /// What the caller states of its cells, in the columns of an evidence file (docs/format.md): `timestamp`, `column` and `rule`, and any
    /// of the others.
    pub evidence: Vec<RecordBatch>,
}

/// Why a frame was not added, or a batch not committed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// It breaks the contract. The batch stands as it stood before.
    Contract(Violations),
    /// Frames contradict what stands: nothing was committed.
    Conflicts(FrameConflicts),
    /// Something else failed.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Contract(violations) => violations.into(),
            Refusal::Conflicts(conflicts) => conflicts.into(),
            Refusal::Failed(error) => error,
        }
    }
}

/// A batch that frames are being added to. It holds the site: dropped, it leaves nothing.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
/// use trendgate::cleaner::{FlagSet, flag_lists};
/// use trendgate::{Batch, Config, Overrides, Run, Settings, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let config = Config::parse("cleaner: {site_id: S, timezone: UTC, resample_interval: 5m}")?;
/// let overrides = Overrides { data_dir: Some(folder.path().join("data")), ..Overrides::default() };
/// let times = TimestampNanosecondArray::from(vec![0, 300_000_000_000]).with_timezone("UTC");
/// let frame = RecordBatch::try_from_iter([
///     ("timestamp", Arc::new(times) as ArrayRef),
///     ("quality_flags", flag_lists(&[FlagSet::CLEAN; 2])),
///     ("chst", Arc::new(Float64Array::from(vec![7.1, 7.2])) as ArrayRef),
/// ]).unwrap();
///
/// let mut batch = Batch::begin(Settings::new(&config, &overrides)?, Watch::unwatched())?;
/// assert_eq!(Site::of(batch.settings()).id(), "S");
/// batch.add("a.csv", &frame.schema(), [Ok(frame.clone())], Watch::unwatched())?;
/// let Run::Committed(done) = batch.commit(Watch::unwatched())? else { panic!() };
/// assert_eq!(done.committed.manifest.statistics.total_rows, 2);
/// assert_eq!(done.committed.manifest.inputs[0].path, "a.csv");
/// # Ok::<(), trendgate::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch {
    settings: Settings,
    history: History,
    attempt: Attempt,
    roster: Roster,
    pieces: Pieces,
    /// What becomes of numbers that contradict, where a frame does not say it.
    on_conflict: OnConflict,
    frames: Vec<FrameSummary>,
    /// The columns that frames were stated to have, each list once.
    stated: Vec<SchemaRef>,
    duplicates: Vec<FrameSummary>,
    /// The known ones that an earlier program knew by another digest.
    redigested: BTreeMap<TextId, Redigested>,
    refused: Vec<FailedInput>,
    known: usize,
    withdrawn: usize,
    /// What is made again from frames that are known; nothing in a batch of new ones.
    again: MadeAgain,
    /// What was said of the frames that were accepted.
    warnings: Vec<Warning>,
    /// How long after a bin the rules know that have judged frames, at the latest.
    known_after: BTreeMap<Rule, Span>,
    /// For each frame, its numbers that differ from committed ones.
    lost: Vec<u64>,
    /// The one clock reading.
    baseline: Instant,
    // Last, so that the site is held until everything is undone.
    lock: Arc<SiteLock>,
}

impl Batch {
    /// Takes the site, and recovers what an earlier run left. Its clock is read once, here. Where the settings differ from the dataset in the unit
    /// of timestamps alone, what is committed is written once more in that unit, as a version of its own, before this returns.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked) where another run holds the site, [`Config`](ErrorKind::Config) where the dataset has another
    /// configuration, [`Usage`](ErrorKind::Usage) where it is made of reports; [`Storage`](ErrorKind::Storage) and
    /// [`Damaged`](ErrorKind::Damaged) as they say. Nothing is left behind.
    pub fn begin(settings: Settings, watch: Watch<'_>) -> Result<Self> {
        let _of_site = super::span(&settings).entered();
        tracing::info!(name: "run_began", operation = "frames", "begins");
        let baseline = time::now();
        let lock = turn::take(&settings, watch)?;
        let history = History::resume(&settings.dirs, settings.site.as_str())?;
        same_dataset::require(&settings, &history)?;
        let (history, _) = reencode::in_the_unit(&settings, history, baseline, watch)?;
        let roster = Roster::of(&settings, history.columns().iter())?;
        Self::on(settings, history, roster, (lock, baseline))
    }

    fn on(
        settings: Settings,
        history: History,
        roster: Roster,
        (lock, baseline): (SiteLock, Instant),
    ) -> Result<Self> {
        let attempt = Attempt::begin(&settings.dirs, settings.site.as_str(), history.version())?;
        Ok(Self {
            roster,
            pieces: Pieces::new(attempt.dir(), settings.memory_limit),
            settings,
            history,
            attempt,
            on_conflict: OnConflict::default(),
            frames: Vec::new(),
            stated: Vec::new(),
            duplicates: Vec::new(),
            redigested: BTreeMap::new(),
            refused: Vec::new(),
            known: 0,
            withdrawn: 0,
            again: MadeAgain::default(),
            warnings: Vec::new(),
            known_after: BTreeMap::new(),
            lost: Vec::new(),
            baseline,
            lock: Arc::new(lock),
        })
    }

    /// What becomes of numbers of frames for cells that have others, where a frame does not say it.
    #[must_use]
    pub fn on_conflict(self, on_conflict: OnConflict) -> Self {
        Self {
            on_conflict,
            ..self
        }
    }

    /// What the batch works by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// As [`add_with`](Self::add_with), with nothing beside the rows.
    ///
    /// # Errors
    /// As [`add_with`](Self::add_with).
    pub fn add(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.add_with(source, schema, rows, &FrameOptions::default(), watch)
    }

    /// Adds the rows of one frame, batch by batch, all of `schema`. `source` names it in the manifest and in messages.
    ///
    /// Its arrays are taken as they are, and written to staging once more is held than a batch may hold. Where the dataset has rows
    /// of the same time they are compared: numbers that differ from committed ones are counted.
    ///
    /// # Errors
    /// [`Refusal::Failed`] with [`Usage`](ErrorKind::Usage) in a fork of the process that began the batch. [`Refusal::Contract`] for a frame that breaks the contract, or
    /// evidence that does not fit it: nothing of it is taken, and others can follow.
    /// [`Refusal::Failed`] with what one of `rows` is, with [`Storage`](ErrorKind::Storage), or with [`Stopped`](ErrorKind::Stopped).
    pub fn add_with(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        options: &FrameOptions,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.add_form(source, schema, rows, (options, FrameForm::default()), watch)
    }

    /// As [`add_with`](Self::add_with), of a frame that may have had another form.
    fn add_form(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        options: (&FrameOptions, FrameForm<'_>),
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.attempt.require_own_process()?;
        let _of_site = super::span(&self.settings).entered();
        let mark = self.pieces.mark();
        let taken = self.take(source, schema, rows, options, watch);
        if !matches!(&taken, Ok(added) if added.status == Status::Accepted) {
            self.pieces.back_to(mark);
        }
        if let Err(Refusal::Contract(violations)) = &taken {
            self.refuse(source, violations);
        }
        taken
    }

    fn refuse(&mut self, source: &str, violations: &Violations) {
        let mut error = Error::contract(violations.to_string());
        if let Some(remedy) = violations.remedy() {
            error = error.hint(remedy);
        }
        self.refused
            .push(FailedInput::unread(PathBuf::from(source), error));
    }

    fn take(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        (options, form): (&FrameOptions, FrameForm<'_>),
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        refuse_index(schema)?;
        let first = self.pieces.all().len();
        let on_conflict = options.on_conflict.unwrap_or(self.on_conflict);
        let read = self.read(
            source,
            schema,
            rows,
            (on_conflict, &options.evidence, form),
            watch,
        )?;
        let (mut facts, columns) = read;
        let status = self.status(&mut facts);
        let lost = match status {
            Status::Accepted => self.hold_against_committed(first)?,
            Status::Known | Status::Duplicate | Status::Withdrawn => Lost::none(),
        };
        let says_lost = on_conflict == OnConflict::Keep;
        let lost_warning = lost.warning(source).filter(|_| says_lost);
        let warnings: Vec<Warning> = facts.warnings().chain(lost_warning).collect();
        for warning in &warnings {
            watch.warn(warning);
        }
        if status == Status::Accepted {
            self.warnings.extend(warnings);
        }
        let added = Added {
            rows: facts.rows,
            digest: facts.id.text,
            status,
            conflicts: lost.cells(),
            reasons: facts.reasons,
            coerced: BTreeMap::new(),
        };
        self.file(facts, columns, &added);
        Ok(added)
    }

    /// Reads a frame into the pieces.
    fn read(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        (on_conflict, evidence, form): (OnConflict, &[RecordBatch], FrameForm<'_>),
        watch: Watch<'_>,
    ) -> std::result::Result<(FrameSummary, Vec<Column>), Refusal> {
        // A frame without a batch has columns, too.
        let unit = self.settings.timestamp_unit;
        let columns = RecordBatch::new_empty(Arc::new(schema.clone()));
        let columns = in_memory(columns, 0, unit).map_err(Refusal::Contract)?;
        let joining = self.roster.joining(&columns.schema())?;
        let columns = joining.join(columns)?;
        let described = self.roster.describe(&columns.schema())?;
        let stated = DatasetSchema::expected_of(&columns.schema())?;
        let (rules, digests) = (self.contract_rules(), self.history.digests());
        let mut frame = frame::Frame::new(source, (stated, described), rules, digests)?;
        let names = frame.columns();
        let rules = EvidenceRules {
            columns: &names,
            joining: &joining,
            points: form.renamed.then(|| self.settings.points()),
            coercion: form.coercion,
            interval: self.settings.resample_interval,
            unit,
        };
        let evidence = evidence.iter().map(|rows| (RuleNames::OfCaller, rows));
        let of_rules = form.of_rules.iter().map(|rows| (RuleNames::Any, rows));
        let stated = StatedFrame::of(evidence.chain(of_rules), rules);
        let mut stated = stated.map_err(Refusal::Contract)?;
        let place = self.frames.len();
        frame.take(&columns);
        let (mut seen, mut too_far) = (0, Violations::default());
        for batch in rows {
            watch.go_on("while taking a frame")?;
            let batch = batch?;
            let first = seen;
            seen += batch.num_rows() as u64;
            let batch = match in_memory(batch, first, unit) {
                Ok(batch) => joining.join(batch)?,
                Err(violations) => {
                    too_far = violations;
                    break;
                }
            };
            for conforming in frame.take(&batch) {
                self.pieces
                    .take(place, Arc::clone(&names), conforming, &mut stated)?;
            }
        }
        let finished = match too_far.is_empty() {
            true => frame.finish(on_conflict, stated),
            // Of rows that were not taken there may be evidence.
            false => {
                let nothing = StatedFrame::of_nothing(self.settings.resample_interval);
                let mut found = frame.finish(on_conflict, nothing).err().unwrap_or_default();
                found.append(too_far);
                Err(found)
            }
        };
        finished.map_err(|found| {
            Refusal::Contract(match form.coerced {
                Some(coerced) => found.numbered(|row| coerced.row_as_it_came(row)),
                None => found,
            })
        })
    }

    /// The numbers of the frame whose pieces begin at `first` that differ from committed ones.
    fn hold_against_committed(&self, first: usize) -> Result<Lost> {
        let of = first..self.pieces.all().len();
        let processed = &self.settings.dirs.processed;
        Lost::find(&self.pieces, of, &self.history, processed)
    }

    /// Commits what was added as the site's next version; without a new row there is none.
    ///
    /// # Errors
    /// [`Refusal::Conflicts`] where a frame that is to [raise](OnConflict::Raise) has another number for a cell than what is committed, or than a
    /// frame that was added before it. Else [`Refusal::Failed`] with:
    /// [`Usage`](ErrorKind::Usage) where no row was added and nothing is committed, and in a fork of the process that began the batch;
    /// [`Input`](ErrorKind::Input) for a repeated cell
    /// where the configuration forbids it; [`Stopped`](ErrorKind::Stopped) where the watch said so in time; otherwise as
    /// [`Site::run`](crate::Site::run). Nothing is left behind then.
    pub fn commit(self, watch: Watch<'_>) -> std::result::Result<Run, Refusal> {
        self.attempt.require_own_process()?;
        let since = Stopwatch::start();
        let settings = self.settings.clone();
        let of_site = super::span(&settings);
        of_site.record("attempt", self.attempt.id());
        let _of_site = of_site.entered();
        let lock = Arc::clone(&self.lock);
        let mut conflicts = FrameConflicts::default();
        let result = self.publish(&mut conflicts, watch);
        upkeep::after_run(&settings, &lock, &result, watch);
        tell_end(&result, since, watch);
        // A batch without a row is the caller's mistake, and answered on the spot.
        if !matches!(&result, Err(error) if error.kind() == ErrorKind::Usage) {
            super::version::keep_errors(&settings, &result, watch);
            last_run::keep(&settings, &result, since);
        }
        result.map_err(|error| match conflicts.total {
            0 => Refusal::Failed(error),
            _ => Refusal::Conflicts(conflicts),
        })
    }

    fn contract_rules(&self) -> ContractRules {
        ContractRules {
            interval: Some(self.settings.resample_interval),
            max_gap: self.settings.max_gap,
            not_after: self.baseline + FUTURE_TOLERANCE,
        }
    }
}
