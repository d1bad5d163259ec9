//! Frames of a cleaner of the caller's own → a committed version.
//!
//! ```text
//! frame ─ describe (columns, units) ─ contract ─ digest ─ pieces (in memory, or spilled to staging) ┐
//! committed months within reach ────────────────────────────────────────────────────────────────────┼ merge ─┐
//!    ┌───────────────────────────────────────────────────────────────────────────────────────────────────────┘
//!    └ window by window: first wins, flags unite ─ contract (missing bins) ─ partition ─ read back ─ commit ─▶ Run
//! ```
//!
//! What enters is record batches in the shape of the dataset: `timestamp`, `quality_flags`, and any points. What leaves is the site's
//! next version, or nothing. What is refused: a frame that breaks the contract (the batch goes on without it), a dataset that is made
//! of reports, and another configuration than that of the dataset.
//!
//! **First wins.** Of two numbers for one cell that of the frame added first stands, and what is committed goes before all frames; the
//! flags of a row are those of all frames that have it. So frames added one batch after the other make the dataset that one batch of
//! them all makes, and a frame that is known adds nothing. Rows that the contract inserted into gaps give way to any row of a frame.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
//! use trendgate::{Config, Overrides, Settings};
//! use trendgate::cleaner::flag_lists;
//! use trendgate::cleaner::FlagSet;
//! use trendgate::Batch;
//! use trendgate::Run;
//! use trendgate::Watch;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! let config = Config::parse("cleaner: {site_id: S, timezone: UTC, resample_interval: 5m}")?;
//! let overrides = Overrides { data_dir: Some(folder.path().join("data")), ..Overrides::default() };
//! let times = TimestampNanosecondArray::from(vec![0, 300_000_000_000]).with_timezone("UTC");
//! let frame = RecordBatch::try_from_iter([
//!     ("timestamp", Arc::new(times) as ArrayRef),
//!     ("quality_flags", flag_lists(&[FlagSet::CLEAN; 2])),
//!     ("chst", Arc::new(Float64Array::from(vec![7.1, 7.2])) as ArrayRef),
//! ]).unwrap();
//!
//! let mut batch = Batch::begin(Settings::new(&config, &overrides)?, Watch::unwatched())?;
//! batch.add("a.csv", &frame.schema(), [Ok(frame.clone())], Watch::unwatched())?;
//! let Run::Committed(done) = batch.commit(Watch::unwatched())? else { panic!() };
//! assert_eq!(done.committed.manifest.statistics.total_rows, 2);
//! assert_eq!(done.committed.manifest.inputs[0].path, "a.csv");
//! # Ok::<(), trendgate::Error>(())
//! ```

mod check;
mod coerce;
mod committed;
mod content;
mod frame;
mod lost;
mod merge;
mod pieces;
mod raw;
mod roster;
mod series;
mod version;

use super::last_run;
use super::survey::FailedInput;
use super::version::{
    Ground, Landed, Made, MadeFiles, VersionIdentity, commit, committed_months, keep_errors,
};
use super::{NothingNew, Run, Summary, public_copy, reencode, same_config, turn};
use super::{tell_end, upkeep};
use crate::contract::{ContractRules, FUTURE_TOLERANCE, Violations};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{TimestampUnit, in_nanoseconds};
use crate::pipeline::Settings;
use crate::progress::Watch;
use crate::publish::{Attempt, History, KeptSum, Origin, Redigested, SiteLock, batch_id};
use crate::text_id::TextId;
use crate::time::{self, Instant, Stopwatch};
use crate::verify::WithoutKnownAt;
use crate::warning::Warning;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
pub use check::{FrameCheck, check_frame};
use coerce::CoercedFrame;
pub use coerce::{Coercion, CoercionKind};
use frame::FrameSummary;
use lost::Lost;
use pieces::Pieces;
pub use raw::{CleanedFrame, RawFrame, clean_frame};
use roster::Roster;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// What became of a frame that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Its rows.
    pub rows: u64,
    /// The digest of its content: of what it says, however it is cut into batches and its columns are ordered.
    pub digest: TextId,
    /// What it is to the batch.
    pub status: Status,
    /// Its numbers that differ from committed ones of the same cells: those stand, so these change nothing.
    pub conflicts: u64,
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
}

/// Why a frame was not added.
#[derive(Debug)]
pub enum Refusal {
    /// It breaks the contract. The batch stands as it stood before.
    Contract(Violations),
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
            Refusal::Failed(error) => error,
        }
    }
}

/// A batch that frames are being added to. It holds the site: dropped, it leaves nothing.
#[derive(Debug)]
pub struct Batch {
    settings: Settings,
    history: History,
    attempt: Attempt,
    roster: Roster,
    pieces: Pieces,
    frames: Vec<FrameSummary>,
    contents: BTreeSet<TextId>,
    duplicates: Vec<FrameSummary>,
    /// The known ones that an earlier program knew by another digest.
    redigested: BTreeMap<TextId, Redigested>,
    refused: Vec<FailedInput>,
    known: usize,
    /// What was said of the frames that were accepted.
    warnings: Vec<Warning>,
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
        same_ground(&settings, &history)?;
        let (history, _) = reencode::in_the_unit(&settings, history, baseline, watch)?;
        let attempt = Attempt::begin(&settings.dirs, settings.site.as_str(), history.version())?;
        Ok(Self {
            roster: Roster::of(&settings, &history)?,
            pieces: Pieces::new(attempt.dir(), settings.memory_limit),
            settings,
            history,
            attempt,
            frames: Vec::new(),
            contents: BTreeSet::new(),
            duplicates: Vec::new(),
            redigested: BTreeMap::new(),
            refused: Vec::new(),
            known: 0,
            warnings: Vec::new(),
            lost: Vec::new(),
            baseline,
            lock: Arc::new(lock),
        })
    }

    /// What the batch works by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Adds the rows of one frame, batch by batch, all of `schema`. `source` names it in the manifest and in messages.
    ///
    /// Its arrays are taken as they are, and written to staging once more is held than a batch may hold. Where the dataset has rows
    /// of the same time they are compared: numbers that differ from committed ones change nothing, and are warned of.
    ///
    /// # Errors
    /// [`Refusal::Failed`] with [`Usage`](ErrorKind::Usage) in a fork of the process that began the batch. [`Refusal::Contract`] for a frame that breaks the contract: nothing of it is taken, and others can follow.
    /// [`Refusal::Failed`] with what one of `rows` is, with [`Storage`](ErrorKind::Storage), or with [`Stopped`](ErrorKind::Stopped).
    pub fn add(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.attempt.require_own_process()?;
        let _of_site = super::span(&self.settings).entered();
        let mark = self.pieces.mark();
        let taken = self.take(source, schema, rows, watch);
        if !matches!(&taken, Ok(added) if added.status == Status::Accepted) {
            self.pieces.back_to(mark);
        }
        if let Err(Refusal::Contract(violations)) = &taken {
            self.refuse(source, violations);
        }
        taken
    }

    /// As [`add`](Self::add), of a frame whose columns may be changed into what the contract wants: its times into nanoseconds in UTC, its
    /// numbers into float64, its rows into the order of time, its names into those of columns. [`Added::coerced`] says what was.
    ///
    /// # Errors
    /// As [`add`](Self::add); [`Refusal::Contract`], too, for what would lose a bit.
    pub fn add_coerced(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        coercion: &Coercion,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.attempt.require_own_process()?;
        let coerced = CoercedFrame::take(schema, rows, coercion, Some(self.settings.points()));
        if let Err(Refusal::Contract(violations)) = &coerced {
            self.refuse(source, violations);
        }
        let coerced = coerced?;
        let added = self.add(source, coerced.schema(), coerced.rows(), watch)?;
        Ok(Added {
            coerced: coerced.counts().0.clone(),
            ..added
        })
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
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        // A frame without a batch has columns, too.
        let columns = self.counted(RecordBatch::new_empty(Arc::new(schema.clone())))?;
        let described = self.roster.describe(&columns.schema())?;
        let (rules, digests) = (self.contract_rules(), self.history.digests());
        let mut frame = frame::Frame::new(source, described, rules, digests)?;
        let place = self.frames.len();
        let first = self.pieces.all().len();
        frame.take(&columns);
        for batch in rows {
            watch.go_on("while taking a frame")?;
            for conforming in frame.take(&self.counted(batch?)?) {
                self.pieces.take(place, frame.columns(), conforming)?;
            }
        }
        let (facts, columns) = frame.finish().map_err(Refusal::Contract)?;
        let status = self.status(&facts);
        let lost = match status {
            Status::Accepted => self.hold_against_committed(first)?,
            Status::Known | Status::Duplicate => Lost::none(),
        };
        let warnings: Vec<Warning> = facts.warnings().chain(lost.warning(source)).collect();
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
            coerced: BTreeMap::new(),
        };
        self.file(facts, columns, &added);
        Ok(added)
    }

    /// Rows as they are in memory: where files count microseconds, so may frames.
    fn counted(&self, rows: RecordBatch) -> Result<RecordBatch> {
        match self.settings.timestamp_unit {
            TimestampUnit::Ns => Ok(rows),
            TimestampUnit::Us => in_nanoseconds(rows)
                .map_err(|error| Error::contract(format!("an instant is too far away: {error}"))),
        }
    }

    /// The numbers of the frame whose pieces begin at `first` that differ from committed ones.
    fn hold_against_committed(&self, first: usize) -> Result<Lost> {
        let of = first..self.pieces.all().len();
        let processed = &self.settings.dirs.processed;
        Lost::find(&self.pieces, of, &self.history, processed)
    }

    fn status(&self, facts: &FrameSummary) -> Status {
        if facts.id.each().any(|id| self.history.is_accepted(&id)) {
            Status::Known
        } else if self.contents.contains(&facts.id.text) {
            Status::Duplicate
        } else {
            Status::Accepted
        }
    }

    /// A known frame that an earlier program knew by another digest.
    fn redigested(&self, facts: &FrameSummary) -> Option<(TextId, Redigested)> {
        let earlier = facts.id.earlier?.text;
        let is_news =
            self.history.is_accepted(&earlier) && self.history.current_id(earlier) == earlier;
        is_news.then_some((
            earlier,
            Redigested {
                earlier,
                digest: facts.id.text,
                text_bytes: None,
            },
        ))
    }

    /// Puts an admitted frame where it belongs.
    fn file(&mut self, facts: FrameSummary, columns: Vec<crate::model::Column>, added: &Added) {
        match added.status {
            Status::Known => {
                self.known += 1;
                self.redigested.extend(self.redigested(&facts));
            }
            Status::Duplicate => self.duplicates.push(facts),
            Status::Accepted => {
                self.roster.add(columns);
                self.contents.insert(facts.id.text);
                self.frames.push(facts);
                self.lost.push(added.conflicts);
            }
        }
    }

    /// Commits what was added as the site's next version; without a new row there is none.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) where no row was added and nothing is committed, and in a fork of the process that began the batch;
    /// [`Input`](ErrorKind::Input) for a repeated cell
    /// where the configuration forbids it; [`Stopped`](ErrorKind::Stopped) where the watch said so in time; otherwise as
    /// [`Site::run`](crate::Site::run). Nothing is left behind then.
    pub fn commit(self, watch: Watch<'_>) -> Result<Run> {
        self.attempt.require_own_process()?;
        let since = Stopwatch::start();
        let settings = self.settings.clone();
        let of_site = super::span(&settings);
        of_site.record("attempt", self.attempt.id());
        let _of_site = of_site.entered();
        let lock = Arc::clone(&self.lock);
        let result = self.publish(watch);
        upkeep::after_run(&settings, &lock, &result, watch);
        tell_end(&result, since, watch);
        // A batch without a row is the caller's mistake, and answered on the spot.
        if !matches!(&result, Err(error) if error.kind() == ErrorKind::Usage) {
            keep_errors(&settings, &result, watch);
            last_run::keep(&settings, &result, since);
        }
        result
    }

    fn publish(mut self, watch: Watch<'_>) -> Result<Run> {
        if self.frames.iter().all(|frame| frame.rows == 0) {
            return self.nothing_new();
        }
        let months = series::make(&mut self, watch)?;
        self.tell_conflicts(&months.lost, watch);
        let digests = self.frames.iter().map(|frame| frame.id.text);
        let identity = VersionIdentity {
            batch_id: batch_id(self.settings.site.as_str(), self.settings.digest(), digests),
            origin: Origin::Frames,
            baseline: self.baseline,
        };
        let columns = months.schema.columns();
        let accounts = version::accounts(&self.frames, columns, months.counts)?;
        let ground = Ground {
            settings: &self.settings,
            history: &self.history,
            schema: &months.schema,
            without_known_at: WithoutKnownAt::Same,
        };
        let committed = committed_months(ground, &months.months);
        let site = self.settings.site.as_str();
        let files = MadeFiles {
            compared: committed.compare(site, &months.parts, &months.evidence),
            committed,
            parts: months.parts,
            evidence: months.evidence,
            stretches: months.stretches,
        };
        let made = Made {
            ground,
            attempt: self.attempt,
            identity,
            months: &months.months,
            files,
            accounts: &accounts,
            failed: &self.refused,
        };
        let maker = version::FrameBatchMade {
            frames: &self.frames,
            duplicates: &self.duplicates,
            redigested: &self.redigested,
            warnings: &self.warnings,
            interval: self.settings.resample_interval,
        };
        match commit(made, &maker, watch)? {
            Landed::Committed(mut committed) | Landed::Already(mut committed) => {
                committed.manifest.inputs = maker.inputs().collect();
                Ok(Run::Committed(Box::new(Summary {
                    committed: *committed,
                    failed: self.refused,
                    known: self.known,
                    known_rejects: 0,
                    withdrawn: 0,
                    ignored: 0,
                    warnings: self.warnings,
                    bytes: self.frames.iter().map(FrameSummary::bytes).sum(),
                    kept: KeptSum::default(),
                })))
            }
            Landed::Overtaken(version) => Err(Error::new(
                ErrorKind::Locked,
                format!("another run committed version {version} in the meantime"),
            )
            .hint("nothing was committed; add the frames to a new batch")),
        }
    }

    /// Says which frames have numbers that differ from those of frames that were added before them.
    fn tell_conflicts(&mut self, lost: &[u64], watch: Watch<'_>) {
        for ((frame, lost), committed) in self.frames.iter().zip(lost).zip(&self.lost) {
            let cells = lost - committed.min(lost);
            if cells > 0 {
                let source = frame.source.clone();
                let warning = Warning::FrameConflicts { source, cells };
                watch.warn(&warning);
                self.warnings.push(warning);
            }
        }
    }

    fn nothing_new(self) -> Result<Run> {
        if self.history.head().is_none() {
            return Err(
                Error::usage("no row was added, and nothing is committed yet")
                    .hint("add at least one frame with rows"),
            );
        }
        self.history
            .acknowledge(&self.settings.dirs, public_copy(&self.settings))?;
        Ok(Run::NothingNew(Box::new(NothingNew {
            version: self.history.version(),
            known: self.known,
            known_rejects: 0,
            withdrawn: 0,
            ignored: 0,
            warnings: self.warnings,
            failed: self.refused,
        })))
    }

    fn contract_rules(&self) -> ContractRules {
        ContractRules {
            interval: Some(self.settings.resample_interval),
            max_gap: self.settings.max_gap,
            not_after: self.baseline + FUTURE_TOLERANCE,
        }
    }
}

fn same_ground(settings: &Settings, history: &History) -> Result<()> {
    if history.origin() == Some(Origin::Reports) {
        return Err(Error::usage(format!(
            "the dataset of {} is made of reports",
            settings.site
        ))
        .hint("give the frames a site (or a data_dir) of their own: a later run would make months of both again without them"));
    }
    let remedy = "use the configuration of the earlier batches; or give the frames, cleaned anew, another data_dir";
    same_config(settings, history, remedy)
}
