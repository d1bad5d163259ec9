//! The configuration file and the command line together, checked → [`Settings`].

mod deciding;

use super::file::{BatchConfig, CleanerConfig, Config};
use super::load::nearest;
use crate::acquire::{PathPatterns, StatedReading, StatedReadings, StatedSource};
use crate::error::{Error, Result};
use crate::model::SiteId;
use crate::partition::PartRules;
use crate::pipeline::{Cut, LEAST_MEMORY, Settings};
use crate::publish::{Dirs, FolderNames, WhenLocked};
use crate::roster::PointTable;
use crate::time::{DAY, HOUR, Span};
use deciding::{deciding, digest};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

/// What the command line says; it goes before the configuration file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// The value of `--site`.
    pub site: Option<String>,
    /// The value of `--timezone`.
    pub timezone: Option<String>,
    /// The value of `--resample`.
    pub resample: Option<String>,
    /// The value of `--data-dir`: the parent of the three directories.
    pub data_dir: Option<PathBuf>,
    /// The value of `--threads`.
    pub threads: Option<usize>,
}

impl Settings {
    /// What `config` and `overrides` mean together.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for what is missing, out of range or contradictory; [`Usage`](crate::ErrorKind::Usage) where the
    /// configuration has several sites, and not the one that is named, or none is.
    ///
    /// ```
    /// use trendgate::{Config, ErrorKind, Overrides, Settings};
    ///
    /// let nothing = Settings::new(&Config::default(), &Overrides::default());
    /// assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Config);
    /// ```
    pub fn new(config: &Config, overrides: &Overrides) -> Result<Self> {
        if !config.sites.is_empty() {
            let site = overrides.site.as_ref().ok_or_else(|| config.which_site())?;
            let settings = Self::new(&config.of_site(site)?, overrides);
            let settings = settings.map(|settings| Self {
                named_sites: config.sites.keys().cloned().collect(),
                ..settings
            });
            return settings.map_err(|error| error.of_section(site, config.section_line(site)));
        }
        let cleaner = &config.cleaner;
        let batch = &config.batch;
        let site = site(config, overrides)?;
        let timezone = timezone(config, overrides)?;
        let resample_interval = resample_interval(config, overrides)?;
        check_cleaner(cleaner, resample_interval)?;
        check_batch(batch)?;
        let threads = threads(batch, overrides)?;
        cleaner.equipment.check()?;
        let deciding = |unit| deciding(config, unit, timezone, resample_interval);
        Ok(Self {
            site: SiteId::new(site)?,
            named_sites: BTreeSet::new(),
            zone: zone(timezone)?,
            timezone: timezone.clone(),
            resample_interval,
            min_coverage: cleaner.min_coverage,
            max_gap: cleaner.max_gap,
            max_hold: cleaner.max_hold.unwrap_or(cleaner.max_gap),
            allow_upsample: cleaner.allow_upsample,
            not_before: cleaner.not_before,
            ambiguous_time: cleaner.ambiguous_time,
            nonexistent_time: cleaner.nonexistent_time,
            trip_share: cleaner.trip_share,
            on_trip: cleaner.on_trip,
            loss_share: cleaner.loss_share,
            ignore: PathPatterns::new("cleaner.ignore", &cleaner.ignore)?,
            stated: cleaner.stated()?,
            dirs: config.dirs(overrides.data_dir.as_deref())?,
            manifest_enabled: batch.manifest_enabled,
            keep_sources: batch.keep_sources,
            input_pattern: batch.input_pattern.clone(),
            parts: PartRules {
                max_rows: batch.max_rows_per_file,
                max_span: batch.max_time_span_per_file,
                target_bytes: batch.target_file_size_mb.saturating_mul(1_000_000),
                compression: batch.compression,
            },
            memory_limit: batch.memory_limit_mb.saturating_mul(1_000_000),
            memory_action: batch.memory_action,
            threads,
            sites_at_once: 1,
            cut: Cut::ByThreads,
            stop_on_error: batch.stop_on_error,
            when_locked: batch.when_locked(),
            retention: batch.retention,
            collect: batch.gc,
            max_retry_per_file: batch.max_retry_per_file,
            deduplicate_timestamps: batch.deduplicate_timestamps,
            points: PointTable::new(
                &cleaner.points,
                &config.shared_patterns,
                cleaner.unit_system,
            )?,
            equipment: cleaner.equipment.clone(),
            meters: cleaner.meters.clone(),
            timestamp_unit: batch.timestamp_unit,
            digest: digest(&deciding(batch.timestamp_unit)),
            digest_of_other_unit: digest(&deciding(batch.timestamp_unit.other())),
            deciding: deciding(batch.timestamp_unit),
        })
    }
}

impl Config {
    /// The threads, and the memory in bytes, of all its sites together.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where one of them is out of range.
    ///
    /// ```
    /// use trendgate::{Config, Overrides};
    ///
    /// let config = Config::parse("batch: {threads: 3, memory_limit_mb: 500}")?;
    /// assert_eq!(config.budget(&Overrides::default())?, (3, 500_000_000));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn budget(&self, overrides: &Overrides) -> Result<(usize, u64)> {
        check_batch(&self.batch)?;
        let memory = self.batch.memory_limit_mb.saturating_mul(1_000_000);
        Ok((threads(&self.batch, overrides)?, memory))
    }
}

fn site<'a>(config: &'a Config, overrides: &'a Overrides) -> Result<&'a String> {
    let given = overrides.site.as_ref().or(config.cleaner.site_id.as_ref());
    given.ok_or_else(|| {
        Error::config("the site is not given")
            .hint("add --site ID, or cleaner.site_id to the configuration")
    })
}

fn timezone<'a>(config: &'a Config, overrides: &'a Overrides) -> Result<&'a String> {
    let given = overrides
        .timezone
        .as_ref()
        .or(config.cleaner.timezone.as_ref());
    given.ok_or_else(|| {
        Error::config("the time zone of the reports is not given")
            .hint("add --timezone Asia/Taipei (or another IANA zone), or cleaner.timezone to the configuration")
    })
}

/// An option goes before the file, so also before its `time_resolution`.
fn resample_interval(config: &Config, overrides: &Overrides) -> Result<Span> {
    match &overrides.resample {
        Some(text) => {
            let interval = text
                .parse()
                .map_err(|error| Error::config(format!("--resample: {error}")))?;
            check_interval(interval, None)
        }
        None => check_interval(
            config.cleaner.resample_interval,
            config.batch.time_resolution,
        ),
    }
}

/// The interval, which has to divide a day and be the resolution that is asked for.
fn check_interval(interval: Span, resolution: Option<Span>) -> Result<Span> {
    in_range(
        "cleaner.resample_interval",
        DAY % interval == Span::ZERO,
        "a length that divides 24 h, such as 1m, 5m, 15m or 1h",
    )?;
    match resolution {
        Some(resolution) if resolution != interval => Err(Error::config(format!(
            "batch.time_resolution is {resolution}, but cleaner.resample_interval is {interval}"
        ))
        .hint("make them equal, or leave batch.time_resolution out")),
        _ => Ok(interval),
    }
}

fn check_cleaner(cleaner: &CleanerConfig, resample_interval: Span) -> Result<()> {
    in_range(
        "cleaner.min_coverage",
        cleaner.min_coverage > 0.0 && cleaner.min_coverage <= 1.0,
        "above 0 and at most 1",
    )?;
    in_range(
        "cleaner.trip_share",
        (0.0..=1.0).contains(&cleaner.trip_share),
        "0 to 1",
    )?;
    in_range(
        "cleaner.loss_share",
        (0.0..=1.0).contains(&cleaner.loss_share),
        "0 to 1",
    )?;
    in_range(
        "cleaner.max_gap",
        cleaner.max_gap >= resample_interval && cleaner.max_gap <= 3660 * DAY,
        "at least cleaner.resample_interval and at most 3660d",
    )?;
    in_range(
        "cleaner.max_hold",
        cleaner.max_hold.is_none_or(|hold| hold <= 3660 * DAY),
        "at most 3660d",
    )
}

fn check_batch(batch: &BatchConfig) -> Result<()> {
    in_range(
        "batch.max_rows_per_file",
        batch.max_rows_per_file > 0,
        "at least 1",
    )?;
    in_range(
        "batch.target_file_size_mb",
        batch.target_file_size_mb > 0,
        "at least 1",
    )?;
    in_range(
        "batch.memory_limit_mb",
        batch.memory_limit_mb.saturating_mul(1_000_000) >= LEAST_MEMORY,
        "at least 64",
    )?;
    let span = batch.max_time_span_per_file;
    in_range(
        "batch.max_time_span_per_file",
        span.is_none_or(|span| DAY % span == Span::ZERO || span % DAY == Span::ZERO),
        "a part of a day that divides it, or whole days",
    )
}

fn threads(batch: &BatchConfig, overrides: &Overrides) -> Result<usize> {
    let threads = overrides
        .threads
        .or(batch.threads)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    in_range(
        "--threads (batch.threads)",
        (1..=1024).contains(&threads),
        "1 to 1024",
    )?;
    Ok(threads)
}

fn in_range(field: &str, good: bool, expected: &str) -> Result<()> {
    if good {
        Ok(())
    } else {
        Err(Error::config(format!("{field}: expected {expected}")))
    }
}

/// Short names of times of the day that are met instead of zones, each with zones that have one.
const ABBREVIATIONS: [(&str, &str); 8] = [
    ("CST", "Asia/Taipei, Asia/Shanghai or America/Chicago"),
    ("IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
    ("BST", "Europe/London or Asia/Dhaka"),
    ("AST", "America/Halifax or Asia/Riyadh"),
    ("PST", "America/Los_Angeles or Asia/Manila"),
    ("SST", "Asia/Singapore or Pacific/Pago_Pago"),
    ("ECT", "America/Guayaquil or Europe/Paris"),
    ("GST", "Asia/Dubai or Pacific/Guam"),
];

fn zone(name: &str) -> Result<TimeZone> {
    crate::time::zone(name).ok_or_else(|| {
        let known: Vec<String> = jiff::tz::db()
            .available()
            .map(|zone| zone.as_str().to_owned())
            .collect();
        let error = Error::config(format!("{name:?} is not an IANA time zone"));
        if let Some((_, zones)) = ABBREVIATIONS.iter().find(|(short, _)| *short == name) {
            return error.hint(format!(
                "{name} is short for several: name the site's own, such as {zones}"
            ));
        }
        let city = |zone: &&String| {
            zone.rsplit('/')
                .next()
                .is_some_and(|city| city.eq_ignore_ascii_case(name))
        };
        if let Some(zone) = known.iter().find(city) {
            return error.hint(format!("did you mean {zone:?}?"));
        }
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near:?}?")),
            None => {
                error.hint("zones are called like Asia/Taipei, Europe/Berlin or America/New_York")
            }
        }
    })
}

impl CleanerConfig {
    /// What is stated of how reports are read.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an entry of `sources` that says nothing that can be.
    pub(crate) fn stated(&self) -> Result<StatedReadings> {
        let mut sources = Vec::with_capacity(self.sources.len());
        for (place, source) in self.sources.iter().enumerate() {
            sources.push(source.stated(&format!("cleaner.sources[{place}]"))?);
        }
        refuse_shared_names(&sources)?;
        Ok(StatedReadings {
            site: StatedReading {
                date_order: self.date_order,
                clock: self.clock,
                decimal: self.decimal,
                encoding: self.encoding,
                table: None,
                added: None,
                source: None,
            },
            sources,
        })
    }
}

/// Refuses two entries of `sources` of one name.
fn refuse_shared_names(sources: &[StatedSource]) -> Result<()> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, source) in sources.iter().enumerate() {
        let Some(name) = source.stated.source.as_deref() else {
            continue;
        };
        if let Some(first) = places.insert(name, place) {
            let error = Error::config(format!(
                "cleaner.sources[{place}].name: {name:?} is the name of cleaner.sources[{first}], too"
            ))
            .hint("give each source a name of its own, such as chillers-2");
            return Err(match source.line {
                0 => error,
                line => error.line(line),
            });
        }
    }
    Ok(())
}

impl Config {
    /// The directories of the dataset: those in `data_dir` (`--data-dir`), or those that are stated, or those in `data`. How they are
    /// called is what their `trendgate.json` says; where there is no dataset yet, what is stated. Of several sites, those of all.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where several sites have different ones;
    /// [`Config`](crate::ErrorKind::Config) where the stated directories do not share a parent, or are not called as those of the dataset
    /// are; [`Damaged`](crate::ErrorKind::Damaged) and [`Storage`](crate::ErrorKind::Storage) as [`Dirs::find`].
    pub(crate) fn dirs(&self, data_dir: Option<&Path>) -> Result<Dirs> {
        if !self.sites.is_empty() {
            return self.dirs_of_all(data_dir);
        }
        let folder = &self.folder;
        match (data_dir, self.batch.stated()?) {
            (Some(root), Some((_, names))) => Dirs::moved(root, &names),
            (None, Some((root, names))) => Dirs::stated(&folder.join(root), &names),
            (Some(root), None) => Dirs::find(root),
            (None, None) => Dirs::find(&folder.join("data")),
        }
    }

    /// The directories that all of its sites have in common.
    fn dirs_of_all(&self, data_dir: Option<&Path>) -> Result<Dirs> {
        let of_one = |site| self.of_site(site)?.dirs(data_dir);
        let all = self.site_ids().map(of_one).collect::<Result<Vec<_>>>()?;
        match all.split_first() {
            Some((first, others)) if others.iter().all(|dirs| dirs == first) => Ok(first.clone()),
            _ => Err(self.which_site()),
        }
    }
}

impl BatchConfig {
    /// What is done at a site that another run holds.
    #[must_use]
    pub(crate) fn when_locked(&self) -> WhenLocked {
        self.wait.map_or(WhenLocked::Fail, WhenLocked::WaitFor)
    }

    /// The parent of the three directories and their names, where any is stated.
    fn stated(&self) -> Result<Option<(PathBuf, FolderNames)>> {
        let stated = [&self.output_base_dir, &self.staging_dir, &self.manifest_dir];
        if stated.iter().all(|dir| dir.is_none()) {
            return Ok(None);
        }
        let usual = ["data/processed", "data/.staging", "data/manifests"].map(PathBuf::from);
        let dir = |place: usize| normal(stated[place].as_ref().unwrap_or(&usual[place]));
        let [processed, staging, manifests] = [dir(0), dir(1), dir(2)];
        let root = processed.parent().map(Path::to_owned).unwrap_or_default();
        if staging.parent() != processed.parent() || manifests.parent() != processed.parent() {
            return Err(Error::config(format!(
                "batch.output_base_dir ({}), staging_dir ({}) and manifest_dir ({}) must share a parent",
                processed.display(),
                staging.display(),
                manifests.display()
            ))
            .hint("parts are moved from one to the other, which must be one step"));
        }
        let name = |dir: &Path| {
            dir.file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("")
                .to_owned()
        };
        let names = FolderNames::new(&name(&processed), &name(&manifests), &name(&staging));
        let names = names.map_err(|error| {
            let fields = "batch.output_base_dir, manifest_dir and staging_dir";
            Error::config(format!("{fields}: {}", error.message()))
        })?;
        Ok(Some((root, names)))
    }
}

/// A path without `.`, unless it is that alone, and without slashes at its end.
pub(super) fn normal(path: &Path) -> PathBuf {
    let parts = path.components();
    let normal: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
    match normal.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => normal,
    }
}

const _: () = assert!(DAY.nanos() == HOUR.times(24).nanos());
#[cfg(test)]
mod tests;
