//! Every metric: name, help, labels, and of when its value is. The only place where they are defined.
//!
//! All are gauges in base units, with the label `site`, and without a label that has a value a point. Documentation, alert rules, the tests
//! of these and the dashboard are generated from here.

/// A metric.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, which ends in its unit where it has one.
    pub name: &'static str,
    /// What it is, in one line.
    pub help: &'static str,
    /// Its labels beside `site`.
    pub labels: &'static [MetricLabel],
    /// When it is written, and what it is of.
    pub written: &'static str,
}

/// A label of a metric, beside `site`.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricLabel {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub values: &'static str,
}

macro_rules! metrics {
    ($($constant:ident $name:literal, $help:literal, [$($label:ident $values:literal),*], $written:expr;)*) => {
        impl Metric {
            $(
                #[doc = $help]
                pub const $constant: Self = Self {
                    name: $name,
                    help: $help,
                    labels: &[$(MetricLabel { name: stringify!($label), values: $values }),*],
                    written: $written,
                };
            )*

            /// Every metric, in the order in which they are written.
            pub const ALL: &'static [&'static Self] = &[$(&Self::$constant),*];
        }
    };
}

const RUN: &str = "after every run and retraction of a known site, also one that fails";
const SUCCESS: &str = "from the first run on that did not fail";
const BATCH: &str = "of the last committed batch, whatever runs came after it";
const DATASET: &str = "of what is committed, also after a run that fails";
const VERIFY: &str = "from the first `verify` on of a dataset in which a run has left its word; by the run or `metrics` after it";

metrics! {
    BUILD_INFO "trendgate_build_info",
        "Always 1; the program that wrote the metrics and the version of its cleaning rules are its labels.",
        [version "of the program", rules_version "of the cleaning rules"], "always";
    RUN_LAST_TIMESTAMP "trendgate_run_last_timestamp_seconds",
        "When the last run ended.", [], RUN;
    RUN_LAST_SUCCESS_TIMESTAMP "trendgate_run_last_success_timestamp_seconds",
        "When a run last ended that did not fail: it committed, or found nothing new.", [], SUCCESS;
    RUN_EXIT_CODE "trendgate_run_exit_code",
        "The exit code of the last run: 0 good, 1 failed, 2 usage or configuration, 3 files rejected or much lost, 4 commit state unknown, 130 or 143 stopped by a signal.",
        [], "after every run, also one that knows no site; `metrics` leaves it out after a run that a signal stopped, because it does not know which signal, and has its own exit code for a site whose dataset it cannot look at";
    RUN_DURATION "trendgate_run_duration_seconds",
        "How long the last run took.", [], RUN;
    RUN_PEAK_RESIDENT_BYTES "trendgate_run_peak_resident_bytes",
        "The most memory that the process of the last run had resident.", [], RUN;
    RUN_READ_BYTES "trendgate_run_read_bytes",
        "Bytes of the reports that the last run read.", [], "after a run that did not fail";
    BATCH_ROWS_PROCESSED "trendgate_batch_rows_processed",
        "Rows that the last committed batch wrote.", [], BATCH;
    BATCH_CELLS "trendgate_batch_cells",
        "Cells of the reports that the last committed batch read, by what became of them.",
        [fate "`used`, `missing`, `equal_duplicates`, `conflict_losers`, `unrecognised`, `unit_mismatch`, `not_finite`, `rejected`, `gave_way`, `moved_lost`, as `cells` of the manifest"], BATCH;
    BATCH_INPUT_FILES "trendgate_batch_input_files",
        "Files that the last committed batch met for the first time, or read again, by what became of them.",
        [outcome "`accepted`, `duplicate`, `rejected`"], BATCH;
    BATCH_WARNINGS "trendgate_batch_warnings",
        "Warnings of the last committed batch, by kind.",
        [kind "of the warning, as in the manifest; kinds without one are absent"], BATCH;
    BATCH_TRIPS "trendgate_batch_trips",
        "Circuit breakers that tripped in the last committed batch, by rule: each is a month, or a point in a month, of which the rule flags more than `cleaner.trip_share`.",
        [rule "as in the manifest; rules without a trip are absent"], BATCH;
    DATASET_VERSION "trendgate_dataset_version",
        "The last committed version.", [], DATASET;
    DATASET_ROWS "trendgate_dataset_rows",
        "Rows of the dataset.", [], DATASET;
    DATASET_BYTES "trendgate_dataset_bytes",
        "Bytes of the files of the dataset, by what they are.",
        [kind "`parts`, `evidence`, `sources` (kept bytes of reports), all of what is live; `last_batch`: parts and evidence that the last batch wrote"], DATASET;
    DATASET_AVAILABLE_BYTES "trendgate_dataset_available_bytes",
        "Bytes that the file system of the dataset had left for the program.", [], "with the metrics of the dataset";
    DATASET_FIRST_ROW_TIMESTAMP "trendgate_dataset_first_row_timestamp_seconds",
        "The first row of the dataset.", [], DATASET;
    DATASET_LAST_ROW_TIMESTAMP "trendgate_dataset_last_row_timestamp_seconds",
        "The last row of the dataset.", [], DATASET;
    DATASET_LAST_SAMPLE_TIMESTAMP "trendgate_dataset_last_sample_timestamp_seconds",
        "The newest row that each source has delivered. A source that another one took over is retired, and absent.",
        [source "the `name` of an entry of `cleaner.sources`; else what reads it, with the first folder where several have that form"], DATASET;
    DATASET_POINTS "trendgate_dataset_points",
        "Points of the dataset by state: alive, silent and dead add up to all; unmapped ones are among these.",
        [state "`alive`: has a value on the last day of the dataset; `silent`: has none there, but has earlier ones; `dead`: has no value at all; `unmapped`: no configuration says its physical type"], DATASET;
    DATASET_FLAGGED_ROWS_RATIO "trendgate_dataset_flagged_rows_ratio",
        "The share of the rows of the last seven days of the dataset that have the flag.",
        [flag "every quality flag", window "`7d`"], DATASET;
    DATASET_APPROXIMATE_BINS "trendgate_dataset_approximate_bins",
        "Bins that the last committed batch left as they were, because a report behind them is gone and not kept.", [], BATCH;
    VERIFY_LAST_SUCCESS_TIMESTAMP "trendgate_verify_last_success_timestamp_seconds",
        "When `verify` last found nothing wrong.", [], VERIFY;
    VERIFY_FINDINGS "trendgate_verify_findings",
        "How many things the last `verify` found that are not as they were committed.", [], VERIFY;
}

/// The window of [`DATASET_FLAGGED_ROWS_RATIO`], as its label says it.
pub(super) const WINDOW: &str = "7d";
