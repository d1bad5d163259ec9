//! What is known of a site → samples. Pure.
//!
//! Enters: a [`SiteState`], and the exit code of the last run, which only the program knows. Leaves: a [`MetricSample`] for each value that is
//! known. Nothing is made up: what is not known has no sample.

use super::Metric;
use super::definition::WINDOW;
use super::site::{BatchState, DatasetState, SiteState};
use crate::clean::RULES_VERSION;
use crate::pipeline::{LastRun, LastVerify};
use crate::publish::CellFate;
use crate::time::Instant;

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MetricSample {
    /// The metric.
    pub metric: &'static Metric,
    /// Its labels, the site first.
    pub labels: Vec<(&'static str, String)>,
    /// The value, in the metric's unit.
    pub value: f64,
}

/// Collects the samples of one site.
struct Samples {
    /// What tells the site: the first label of each sample.
    of: (&'static str, String),
    found: Vec<MetricSample>,
}

/// All samples of a site. `exit` is the code with which its last run ended, where that is known.
///
/// ```
/// use trendgate::{RunOptions, Site, Watch, metrics};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let (state, _) = site.state(None);
/// assert!(metrics::samples(&state, Some(0)).len() > 10);
/// # Ok::<(), trendgate::Error>(())
/// ```
#[must_use]
pub fn samples(state: &SiteState, exit: Option<u8>) -> Vec<MetricSample> {
    let mut samples = Samples::of(("site", state.site.clone()));
    if let Some(run) = &state.last_run {
        samples.run(run);
    }
    samples.exit(exit);
    let committed = state.dataset.as_ref().map(|dataset| dataset.created_at);
    let success = state.last_run.as_ref().and_then(LastRun::success);
    // Of earlier programs the word of a run that failed does not say it: the commit was a success.
    if let Some(success) = success.or(committed) {
        samples.put(&Metric::RUN_LAST_SUCCESS_TIMESTAMP, unix(success));
    }
    if let Some(dataset) = &state.dataset {
        samples.batch(&dataset.batch);
        samples.dataset(dataset);
    }
    if let Some(verify) = &state.last_verify {
        samples.verify(verify);
    }
    samples.found
}

/// The samples of a run that failed before it knew its site. The label that tells it from others is `file`: two such files in one folder
/// must not have a sample in common, or a collector refuses both.
///
/// ```
/// use trendgate::{Error, LastRun, metrics, time::Stopwatch};
///
/// let run = LastRun::failed(&Error::config("no such field"), Stopwatch::start(), None);
/// let samples = metrics::samples_of_failure("plant.yaml", 3, &run);
/// assert!(samples.iter().all(|sample| sample.labels[0] == ("file", "plant.yaml".to_owned())));
/// ```
#[must_use]
pub fn samples_of_failure(file: &str, exit: u8, run: &LastRun) -> Vec<MetricSample> {
    let mut samples = Samples::of(("file", file.to_owned()));
    samples.put(&Metric::RUN_LAST_TIMESTAMP, unix(run.ended));
    samples.exit(Some(exit));
    samples.put(&Metric::RUN_DURATION, run.seconds);
    samples.found
}

/// The samples of a site whose dataset cannot be looked at: how that ended stands where the end of its last run would.
///
/// ```
/// assert!(!trendgate::metrics::samples_of_unread("PLANT", 1).is_empty());
/// ```
#[must_use]
pub fn samples_of_unread(site: &str, exit: u8) -> Vec<MetricSample> {
    let mut samples = Samples::of(("site", site.to_owned()));
    samples.exit(Some(exit));
    samples.found
}

impl Samples {
    fn of(of: (&'static str, String)) -> Self {
        let mut samples = Self {
            of,
            found: Vec::new(),
        };
        let labels = [
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("rules_version", RULES_VERSION.to_string()),
        ];
        samples.put_with(&Metric::BUILD_INFO, labels, 1.0);
        samples
    }

    fn put(&mut self, metric: &'static Metric, value: f64) {
        self.put_with(metric, [], value);
    }

    fn put_with<const N: usize>(
        &mut self,
        metric: &'static Metric,
        labels: [(&'static str, String); N],
        value: f64,
    ) {
        let labels = std::iter::once(self.of.clone()).chain(labels).collect();
        self.found.push(MetricSample {
            metric,
            labels,
            value,
        });
    }

    fn exit(&mut self, exit: Option<u8>) {
        if let Some(exit) = exit {
            self.put(&Metric::RUN_EXIT_CODE, f64::from(exit));
        }
    }

    fn run(&mut self, run: &LastRun) {
        self.put(&Metric::RUN_LAST_TIMESTAMP, unix(run.ended));
        self.put(&Metric::RUN_DURATION, run.seconds);
        for (metric, bytes) in [
            (&Metric::RUN_PEAK_RESIDENT_BYTES, run.peak_resident_bytes),
            (&Metric::RUN_READ_BYTES, run.read_bytes),
        ] {
            if let Some(bytes) = bytes {
                self.put(metric, number(bytes));
            }
        }
    }

    fn batch(&mut self, batch: &BatchState) {
        self.put(&Metric::BATCH_ROWS_PROCESSED, number(batch.rows));
        for CellFate { name, cells, .. } in batch.cells.fates() {
            self.put_with(
                &Metric::BATCH_CELLS,
                [("fate", name.to_owned())],
                number(cells),
            );
        }
        for (outcome, files) in [
            ("accepted", batch.accepted),
            ("duplicate", batch.duplicates),
            ("rejected", batch.rejected),
        ] {
            let label = [("outcome", outcome.to_owned())];
            self.put_with(&Metric::BATCH_INPUT_FILES, label, number(files));
        }
        for (kind, warnings) in &batch.warnings {
            self.put_with(
                &Metric::BATCH_WARNINGS,
                [("kind", kind.clone())],
                number(*warnings),
            );
        }
        for (rule, trips) in &batch.trips {
            let label = [("rule", rule.name().to_owned())];
            self.put_with(&Metric::BATCH_TRIPS, label, number(*trips));
        }
        self.put(
            &Metric::DATASET_APPROXIMATE_BINS,
            number(batch.approximate_bins),
        );
    }

    fn dataset(&mut self, dataset: &DatasetState) {
        self.put(&Metric::DATASET_VERSION, number(dataset.version));
        self.put(&Metric::DATASET_ROWS, number(dataset.rows));
        for (kind, bytes) in [
            ("parts", dataset.parts_bytes),
            ("evidence", dataset.evidence_bytes),
            ("sources", dataset.sources_bytes),
            ("last_batch", dataset.batch.bytes),
        ] {
            self.put_with(
                &Metric::DATASET_BYTES,
                [("kind", kind.to_owned())],
                number(bytes),
            );
        }
        if let Some(bytes) = dataset.available_bytes {
            self.put(&Metric::DATASET_AVAILABLE_BYTES, number(bytes));
        }
        if let Some(range) = dataset.time_range {
            self.put(&Metric::DATASET_FIRST_ROW_TIMESTAMP, unix(range.first));
            self.put(&Metric::DATASET_LAST_ROW_TIMESTAMP, unix(range.last));
        }
        for source in &dataset.sources {
            let label = [("source", source.source.clone())];
            self.put_with(
                &Metric::DATASET_LAST_SAMPLE_TIMESTAMP,
                label,
                unix(source.last),
            );
        }
        let Some(recent) = &dataset.recent else {
            return;
        };
        for (state, points) in [
            ("alive", recent.points.alive),
            ("silent", recent.points.silent),
            ("dead", recent.points.dead),
            ("unmapped", recent.points.unmapped),
        ] {
            let label = [("state", state.to_owned())];
            self.put_with(&Metric::DATASET_POINTS, label, number(points));
        }
        for (flag, rows) in &recent.flagged {
            let labels = [
                ("flag", flag.name().to_owned()),
                ("window", WINDOW.to_owned()),
            ];
            let share = number(*rows) / number(recent.rows.max(1));
            self.put_with(&Metric::DATASET_FLAGGED_ROWS_RATIO, labels, share);
        }
    }

    fn verify(&mut self, verify: &LastVerify) {
        if let Some(success) = verify.last_success {
            self.put(&Metric::VERIFY_LAST_SUCCESS_TIMESTAMP, unix(success));
        }
        self.put(&Metric::VERIFY_FINDINGS, number(verify.findings as u64));
    }
}

/// Seconds since 1970, to the millisecond.
#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are far below 2^53"
)]
fn unix(time: Instant) -> f64 {
    time.millis() as f64 / 1000.0
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a metric is an f64; counts are far below 2^53"
)]
fn number(count: u64) -> f64 {
    count as f64
}
