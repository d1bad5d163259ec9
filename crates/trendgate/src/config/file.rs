//! The configuration file as it is written. Every field is optional; the documentation of each is that of the JSON Schema.

use super::sites::SiteConfig;
use super::sources::SourceConfig;
use crate::acquire::{Choice, ClockOffset, DecimalSign, Encoding, StatedOrder};
use crate::model::{TimestampUnit, UnitSystem};
use crate::partition::Compression;
use crate::pipeline::{NOT_BEFORE, OnTrip};
use crate::plan::MemoryAction;
use crate::publish::{CollectWhen, KeepSources, RETENTION};
use crate::roster::{EquipmentConfig, MeterConfig, PointConfig};
use crate::time::{CalendarDay, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The configuration of Trendgate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Report files, or folders that are searched for them, where the command line names none; relative to the folder of this file.
    pub(crate) paths: Vec<PathBuf>,
    /// What the dataset holds.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) cleaner: CleanerConfig,
    /// Where it stands, and how a run behaves.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) batch: BatchConfig,
    /// Several sites, by their ids: `--site` chooses one, `--all` is all of them. What stands beside it, under cleaner and batch, is shared by
    /// all; each section goes before that for its own site. Relative paths are relative to the folder of this file, then.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) sites: BTreeMap<String, SiteConfig>,
    /// The folder that the paths of directories are relative to; empty for the working directory.
    #[serde(skip)]
    pub(super) folder: PathBuf,
    /// Patterns of cleaner.points that count where no other one fits.
    #[serde(skip)]
    pub(super) shared_patterns: BTreeSet<String>,
}

/// A section whose lines are all commented out is empty, which YAML calls null.
pub(super) fn empty_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What the dataset holds. Changing a field here changes the dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CleanerConfig {
    /// The site's id: letters, digits, `.`, `_` and `-`, beginning with a letter or digit. Required, here or as --site.
    pub(crate) site_id: Option<String>,
    /// The IANA zone of the reports' wall clock, such as Asia/Taipei. Required, here or as --timezone.
    pub(crate) timezone: Option<String>,
    /// The length of a bin; divides 24 h. Longer bins make a smaller dataset and flatten short events; an interval finer
    /// than that of the finest reports is refused.
    pub(crate) resample_interval: Span,
    /// The share of a bin (0 to 1) that the samples of an active report kind must cover. Higher flags more bins as
    /// INSUFFICIENT_DATA.
    pub(crate) min_coverage: f64,
    /// The longest stretch without any row that is filled with empty bins. Longer ones are left out and listed in the
    /// manifest. Every task reads that much before and after its own stretch.
    pub(crate) max_gap: Span,
    /// For how long a value of a point that logs its changes of value holds where no other one follows; unset: max_gap. Longer fills more of
    /// what a logger that stopped leaves open. Every task reads that much more before its own stretch where there are such points.
    pub(crate) max_hold: Option<Span>,
    /// Accept a resample interval finer than that of the finest reports.
    pub(crate) allow_upsample: bool,
    /// Rows before this day (in the reports' zone) have the time of a clock that was wrong, and are rejected.
    pub(crate) not_before: CalendarDay,
    /// Which instant a local time that happens twice is, where the order of the rows does not tell.
    pub(crate) ambiguous_time: Choice,
    /// Which instant a local time that never happens is taken for: later is the time that a clock left alone would show.
    pub(crate) nonexistent_time: Choice,
    /// The units of plain numbers of points that have a physical type and state no unit.
    pub(crate) unit_system: UnitSystem,
    /// The share (0 to 1) of the cells that a rule judged in a month from which on its flags are not believed without a look: the
    /// circuit breaker trips.
    pub(crate) trip_share: f64,
    /// What happens then.
    pub(crate) on_trip: OnTrip,
    /// The share (0 to 1) of a report's rows that may be rejected without a warning and exit code 3. Of a point's cells in a report 5 %
    /// may be unrecognised or of a unit that does not fit.
    pub(crate) loss_share: f64,
    /// Files that are known to be no use: they are passed over and counted. Patterns as in a .gitignore (`*`, `?`, `**`), without regard
    /// to case: of a file's or a folder's name, or, with a slash, of the path below the folder that was given.
    pub(crate) ignore: Vec<String>,
    /// The order of day, month and year (mdy, dmy or ymd) in reports whose dates can be read in several ways. A report that proves another
    /// one is refused; one whose dates begin with a year of four digits is not concerned.
    pub(crate) date_order: Option<StatedOrder>,
    /// How far from UTC the clock is that wrote the reports, such as "+01:00", where it does not keep the daylight saving time of the zone.
    pub(crate) clock: Option<ClockOffset>,
    /// The decimal sign ("." or ",") of numbers of which a report does not prove it. A report that proves the other one is refused.
    pub(crate) decimal: Option<DecimalSign>,
    /// The encoding (utf-8, windows-1252, big5, gbk, shift_jis, …) of texts that do not prove another one.
    pub(crate) encoding: Option<Encoding>,
    /// The same for the reports at some paths; the first entry whose pattern matches a path counts, and goes before what is said of all. After
    /// a change here or in the four fields above, the reports that it concerns are read anew.
    pub(crate) sources: Vec<SourceConfig>,
    /// The points, by name or pattern (`*` and `?`), in any script. A name goes before a pattern.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) points: BTreeMap<String, PointConfig>,
    /// The machines, and which points measure them.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) equipment: EquipmentConfig,
    /// Meters of which the power and the counter of energy are both logged, by name: each is held against the other, day by day.
    #[serde(deserialize_with = "empty_is_default")]
    pub(crate) meters: BTreeMap<String, MeterConfig>,
}

impl Default for CleanerConfig {
    fn default() -> Self {
        Self {
            site_id: None,
            timezone: None,
            resample_interval: 5 * crate::time::MINUTE,
            min_coverage: 0.5,
            max_gap: 7 * crate::time::DAY,
            max_hold: None,
            allow_upsample: false,
            not_before: NOT_BEFORE,
            ambiguous_time: Choice::Earlier,
            nonexistent_time: Choice::Later,
            unit_system: UnitSystem::Metric,
            trip_share: 0.5,
            on_trip: OnTrip::Mark,
            loss_share: 0.01,
            ignore: Vec::new(),
            date_order: None,
            clock: None,
            decimal: None,
            encoding: None,
            sources: Vec::new(),
            points: BTreeMap::new(),
            equipment: EquipmentConfig::default(),
            meters: BTreeMap::new(),
        }
    }
}

/// Where the dataset stands, and how a run behaves. Nothing here changes what the dataset says, but
/// deduplicate_timestamps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BatchConfig {
    /// Which files of a folder are reports; without regard to case, with or without .gz. Unset: every file is looked at, and what is no report and
    /// has not the name of an export (csv, tsv, dat, xls, xlsx, zinc) is passed over, counted and named.
    pub(crate) input_pattern: Option<String>,
    /// Where the parts stand. Without any of the three directories, they are those of the dataset in data/: data/processed/, data/.staging/
    /// and data/manifests/, if its trendgate.json names no others. With one, the others are these where they are left out.
    pub(crate) output_base_dir: Option<PathBuf>,
    /// Where they are written before the commit; under the same parent.
    pub(crate) staging_dir: Option<PathBuf>,
    /// Where the manifests stand; under the same parent.
    pub(crate) manifest_dir: Option<PathBuf>,
    /// Whether manifests get a public name beside the log.
    pub(crate) manifest_enabled: bool,
    /// The most rows of a part. More makes fewer and larger files.
    pub(crate) max_rows_per_file: usize,
    /// The longest stretch of time in a part, counted from the start of the month; unset: the month.
    pub(crate) max_time_span_per_file: Option<Span>,
    /// The size in MB (10^6 bytes) from which on a part is closed.
    pub(crate) target_file_size_mb: u64,
    /// The format of the parts.
    pub(crate) output_format: OutputFormat,
    /// How parts are compressed: snappy is faster, zstd smaller.
    pub(crate) compression: Compression,
    /// What timestamps in the files count: ns or, for Spark and Iceberg, us.
    pub(crate) timestamp_unit: TimestampUnit,
    /// Must equal cleaner.resample_interval where it is set.
    pub(crate) time_resolution: Option<Span>,
    /// The memory in MB (10^6 bytes) that a run may take; at least 64. Less means that less is done at a time.
    pub(crate) memory_limit_mb: u64,
    /// What happens beyond that.
    pub(crate) memory_action: MemoryAction,
    /// Of which files that reports are read from the bytes are kept in the dataset, compressed: so that months can be made again when a file
    /// is gone or has another content. auto: of every new one for the retention of `trendgate gc`, and for good once its file got another content;
    /// all: for good; none. It takes about a twelfth of the bytes of text reports.
    pub(crate) keep_sources: KeepSources,
    /// How long what versions refer to stays after a later one took its place, and with it the bytes that are kept of files and the lines of
    /// the error log; `trendgate gc` goes by it.
    pub(crate) retention: Span,
    /// When what is past the retention is removed: by_hand, by `trendgate gc`; or after_run, at the end of every run that succeeds.
    pub(crate) gc: CollectWhen,
    /// For how long a command waits where another one holds the site, before it fails; unset: not at all.
    pub(crate) wait: Option<Span>,
    /// How many threads work; unset: one a core.
    pub(crate) threads: Option<usize>,
    /// Whether the first file that cannot be used fails the batch.
    pub(crate) stop_on_error: bool,
    /// How often a file that changes while it is read is tried again.
    pub(crate) max_retry_per_file: u32,
    /// Whether a cell that two reports give is merged (the first wins); otherwise it is an error of the later report.
    pub(crate) deduplicate_timestamps: bool,
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self {
            input_pattern: None,
            output_base_dir: None,
            staging_dir: None,
            manifest_dir: None,
            manifest_enabled: true,
            max_rows_per_file: 100_000,
            max_time_span_per_file: None,
            target_file_size_mb: 512,
            output_format: OutputFormat::Parquet,
            compression: Compression::Snappy,
            timestamp_unit: TimestampUnit::Ns,
            time_resolution: None,
            memory_limit_mb: 4096,
            memory_action: MemoryAction::Throttle,
            keep_sources: KeepSources::Auto,
            retention: RETENTION,
            gc: CollectWhen::ByHand,
            wait: None,
            threads: None,
            stop_on_error: false,
            max_retry_per_file: 3,
            deduplicate_timestamps: true,
        }
    }
}

/// The format of the parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutputFormat {
    /// Apache Parquet.
    #[default]
    Parquet,
}
