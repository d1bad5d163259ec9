//! What a run works by: the configuration and the command line together, checked.

use super::{OnTrip, Share};
use crate::acquire::{Choice, PathPatterns, StatedReadings};
use crate::digest::Digest;
use crate::model::{SiteId, TimestampUnit};
use crate::partition::{Footer, PartRules};
use crate::plan::MemoryAction;
use crate::publish::{CollectWhen, Dirs, KeepSources, WhenLocked};
use crate::roster::{Description, EquipmentConfig, MeterConfig, PointTable};
use crate::time::{CalendarDay, Span};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Before this day no trend was logged, unless a configuration says so.
pub(crate) const NOT_BEFORE: CalendarDay = CalendarDay::new(2001, 1, 1);

/// About so many bytes of reports are one task where others do the tasks: about a second of work, so that sending a task over the network costs
/// little beside it.
const TASK_BYTES: u64 = 64_000_000;

/// Into how many tasks a batch is cut. The dataset does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As many as there are threads.
    ByThreads,
    /// As many as the reports are large.
    BySize {
        /// So many at least, where there are as many months.
        at_least: usize,
    },
}

/// What a run works by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site.
    pub(crate) site: SiteId,
    /// The sites of a configuration of several: none of them is a misspelt id of another.
    pub(crate) named_sites: BTreeSet<String>,
    /// The zone of the reports' wall clock.
    pub(crate) zone: TimeZone,
    /// Its IANA name.
    pub(crate) timezone: String,
    /// The length of a bin.
    pub(crate) resample_interval: Span,
    /// The share of a bin that an active kind has to cover.
    pub(crate) min_coverage: f64,
    /// The longest stretch without rows that is filled.
    pub(crate) max_gap: Span,
    /// For how long a value of a point that logs its changes holds at the most.
    pub(crate) max_hold: Span,
    /// Whether bins may be finer than the finest reports.
    pub(crate) allow_upsample: bool,
    /// Rows of earlier days are faults of a clock.
    pub(crate) not_before: CalendarDay,
    /// Which instant a local time that happens twice is.
    pub(crate) ambiguous_time: Choice,
    /// Which instant a local time that never happens is taken for.
    pub(crate) nonexistent_time: Choice,
    /// The share of a month's judged cells that a rule may flag.
    pub(crate) trip_share: f64,
    /// What happens when it flags more.
    pub(crate) on_trip: OnTrip,
    /// The share of a report's rows that may be rejected without a word.
    pub(crate) loss_share: f64,
    /// Which files are passed over.
    pub(crate) ignore: PathPatterns,
    /// What is stated of how reports are read.
    pub(crate) stated: StatedReadings,
    /// The directories.
    pub(crate) dirs: Dirs,
    /// Whether manifests get a public name.
    pub(crate) manifest_enabled: bool,
    /// Of which files that are read the bytes are kept.
    pub(crate) keep_sources: KeepSources,
    /// Which files of a folder are reports.
    pub(crate) input_pattern: Option<String>,
    /// When parts are closed.
    pub(crate) parts: PartRules,
    /// The memory that a run may take, in bytes.
    pub(crate) memory_limit: u64,
    /// Among how many sites that run at the same time that memory is shared.
    pub(crate) sites_at_once: usize,
    /// What happens beyond that.
    pub(crate) memory_action: MemoryAction,
    /// How many threads work.
    pub threads: usize,
    /// Into how many tasks a batch is cut.
    pub(crate) cut: Cut,
    /// What happens at a site that another run holds; `--wait` on the command line goes before it.
    pub(crate) when_locked: WhenLocked,
    /// How long what versions refer to stays after a later one took its place.
    pub(crate) retention: Span,
    /// When what is past it is removed.
    pub(crate) collect: CollectWhen,
    /// Whether the first bad file fails the batch.
    pub(crate) stop_on_error: bool,
    /// How often a file that changes, or that the operating system cannot read for a moment, is tried again.
    pub(crate) max_retry_per_file: u32,
    /// Whether repeated cells are merged.
    pub(crate) deduplicate_timestamps: bool,
    pub(crate) points: PointTable,
    pub(crate) equipment: EquipmentConfig,
    pub(crate) meters: BTreeMap<String, MeterConfig>,
    /// What timestamps in the files count.
    pub(crate) timestamp_unit: TimestampUnit,
    /// What in the configuration decides what the dataset says.
    pub(crate) deciding: serde_json::Value,
    /// The digest of that.
    pub(crate) digest: Digest,
    /// That of the same configuration with the other [`TimestampUnit`].
    pub(crate) digest_of_other_unit: Digest,
}

/// What tests and benches of this repository set and ask beyond the public methods.
#[cfg(feature = "internals")]
#[doc(hidden)]
#[allow(missing_docs, reason = "each is named after what it sets or gives")]
impl Settings {
    #[must_use]
    pub fn dirs(&self) -> &Dirs {
        &self.dirs
    }

    #[must_use]
    pub fn stated(&self) -> &StatedReadings {
        &self.stated
    }

    #[must_use]
    pub fn described(&self) -> Description<'_> {
        self.description()
    }

    pub fn set_keep_sources(&mut self, keep_sources: KeepSources) {
        self.keep_sources = keep_sources;
    }

    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads;
    }

    pub fn set_memory_limit(&mut self, memory_limit: u64) {
        self.memory_limit = memory_limit;
    }
}

impl Settings {
    /// What happens at a site that another run holds.
    ///
    /// ```
    /// use trendgate::{Config, Overrides, Settings, WhenLocked};
    ///
    /// let config = Config::parse("cleaner: {site_id: PLANT, timezone: Asia/Taipei}")?;
    /// let settings = Settings::new(&config, &Overrides::default())?;
    /// assert_eq!(settings.when_locked(), WhenLocked::Fail);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn when_locked(&self) -> WhenLocked {
        self.when_locked
    }

    /// These, with another answer to the question what happens at a site that another run holds.
    ///
    /// ```
    /// use trendgate::{Config, Overrides, Settings, WhenLocked};
    ///
    /// let config = Config::parse("cleaner: {site_id: PLANT, timezone: Asia/Taipei}")?;
    /// let settings = Settings::new(&config, &Overrides::default())?;
    /// let settings = settings.waiting(WhenLocked::Wait);
    /// assert_eq!(settings.when_locked(), WhenLocked::Wait);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn waiting(self, when_locked: WhenLocked) -> Self {
        Self {
            when_locked,
            ..self
        }
    }

    /// These, for one of several sites that are worked at together.
    ///
    /// ```
    /// use trendgate::{Config, Overrides, RunOptions, Settings, Site, Watch, at_sites};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let all = [settings];
    /// let ended = at_sites(all.len(), 4, 1_000_000_000, |nth, share| {
    ///     let settings = all[nth].clone().in_share(share);
    ///     Site::of(&settings).run(&settings, &[reports.clone()], RunOptions::default(), Watch::unwatched())
    /// });
    /// assert!(ended[0].is_ok());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn in_share(self, share: Share) -> Self {
        Self {
            threads: share.threads,
            sites_at_once: share.sites_at_once,
            ..self
        }
    }

    /// What is said of points.
    #[must_use]
    pub(crate) fn points(&self) -> &PointTable {
        &self.points
    }

    /// In about how many tasks so many bytes of reports are read.
    pub(super) fn tasks(&self, bytes: u64) -> usize {
        match self.cut {
            Cut::ByThreads => self.threads,
            Cut::BySize { at_least } => {
                let by_size = usize::try_from(bytes.div_ceil(TASK_BYTES)).unwrap_or(usize::MAX);
                by_size.max(at_least)
            }
        }
    }

    /// The memory that is planned for the site, in bytes.
    pub(super) fn memory_share(&self) -> u64 {
        self.memory_limit / self.sites_at_once.max(1) as u64
    }

    /// What the roster of the site follows from.
    #[must_use]
    pub(crate) fn description(&self) -> Description<'_> {
        Description {
            points: &self.points,
            equipment: &self.equipment,
            meters: &self.meters,
            resample_interval: self.resample_interval,
            allow_upsample: self.allow_upsample,
            max_hold: self.max_hold,
        }
    }

    /// What parts say of themselves.
    pub(super) fn footer(&self) -> Footer<'_> {
        Footer {
            site: &self.site,
            timezone: &self.timezone,
            resample_interval: self.resample_interval,
            max_gap: self.max_gap,
        }
    }

    /// The digest of everything that decides what the dataset says, and of [`RULES_VERSION`](crate::clean::RULES_VERSION). How parts are
    /// cut, where they stand, and how many threads work is not in it.
    #[must_use]
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// That, and the digest of the same configuration with the other unit: reports are read alike under both.
    pub(super) fn digests(&self) -> [Digest; 2] {
        [self.digest, self.digest_of_other_unit]
    }
}
