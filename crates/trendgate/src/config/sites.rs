//! `sites:` of the configuration file: many sites in one file → the configuration of one of them.
//!
//! Enters: the file as it is written; what stands beside `sites:` is shared, what stands in a section is of that site alone. Leaves: for
//! each site the configuration that a file of its own would be, so that all behind it knows nothing of sections. What a section does not
//! write is what is shared: a field that it writes goes before the shared one, also where it writes the default; entries of maps (`points`,
//! `meters`, `equipment`) are put together by their names, and the site's own goes before the shared one as a whole; of lists (`sources`,
//! `ignore`) the site's entries come first, and the shared ones behind them. A name of a point goes before patterns, and the patterns of the
//! site before the shared ones. Refused, with the line: two sites whose ids differ in capital letters alone; two sites that would take the
//! same reports; an id, paths or a budget where they cannot be meant.
//!
//! Proof: a site of many has the digest of a file of its own with the same words, and what other sections say does not change it.

use super::file::{BatchConfig, CleanerConfig, Config, empty_is_default};
use crate::acquire::is_taken;
use crate::error::{Error, Missing, Result};
use crate::model::SiteId;
use crate::roster::{is_pattern, whole_name};
use crate::store;
use schemars::JsonSchema;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// One of several sites. What its section does not write is as it stands beside `sites`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SiteConfig {
    /// Its report files, or folders that are searched for them, where the command line names none; relative to the folder of this file. No
    /// other site may take them, too, unless both have a batch.input_pattern of their own.
    pub paths: Vec<PathBuf>,
    /// What its dataset holds: all fields but site_id. A field that is written here goes before the shared one. Entries of points, meters and
    /// equipment are added to the shared ones; one of the same name takes the place of the shared one as a whole. Entries of sources and
    /// ignore come before the shared ones. Where a pattern of points here and a shared one both fit a point, the one here counts.
    #[serde(deserialize_with = "empty_is_default")]
    pub cleaner: CleanerConfig,
    /// Where its dataset stands, and how its runs behave: all fields but threads, memory_limit_mb and memory_action, which are those of all
    /// sites together. A field that is written here goes before the shared one.
    #[serde(deserialize_with = "empty_is_default")]
    pub batch: BatchConfig,
    #[serde(skip)]
    written: Written,
}

/// Which fields a section writes, and in which lines: a default that is written is no field that is left out.
#[derive(Debug, Clone, Default, PartialEq)]
struct Written {
    line: u64,
    cleaner: BTreeMap<String, u64>,
    batch: BTreeMap<String, u64>,
}

/// What is of all sites together.
const OF_ALL: [&str; 3] = ["threads", "memory_limit_mb", "memory_action"];

/// Takes the place of each shared field that the section writes.
macro_rules! written_over {
    ($all:ident, $written:expr, $($field:ident),+) => {
        $(if $written.contains_key(stringify!($field)) { $all.$field = $field; })+
    };
}

impl Config {
    /// The ids of the sites that the configuration has sections of, sorted.
    ///
    /// ```
    /// let config = trendgate::Config::parse("sites: {A: {paths: [a]}, B: {paths: [b]}}")?;
    /// assert!(config.site_ids().eq(["A", "B"]));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn site_ids(&self) -> impl Iterator<Item = &str> {
        self.sites.keys().map(String::as_str)
    }

    /// The error of what is about one site, where the configuration has several and none is named.
    ///
    /// ```
    /// let config = trendgate::Config::parse("sites: {A: {paths: [a]}, B: {paths: [b]}}")?;
    /// assert_eq!(config.which_site().message(), "the configuration has 2 sites");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn which_site(&self) -> Error {
        let ids: Vec<&str> = self.site_ids().collect();
        Error::usage(format!("the configuration has {} sites", ids.len()))
            .hint(format!(
                "name one with --site: {}; `run`, `plan`, `verify`, `gc` and `report` take all of them with --all",
                ids.join(", ")
            ))
    }

    /// The configuration of one of its sites: what a file of its own would say.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where it has no section of that site.
    ///
    /// ```
    /// let config = trendgate::Config::parse("sites: {A: {paths: [a]}, B: {paths: [b]}}")?;
    /// assert_eq!(config.of_site("B")?.site_id(), Some("B"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn of_site(&self, site: &str) -> Result<Self> {
        let Some(own) = self.sites.get(site) else {
            let ids: Vec<&str> = self.site_ids().collect();
            return Err(Error::missing(
                Missing::Site,
                format!("the configuration has no site {site:?}"),
            )
            .hint(format!("it has {}", ids.join(", "))));
        };
        let names: BTreeSet<String> = own.cleaner.points.keys().map(|p| whole_name(p)).collect();
        let mut shared = self.cleaner.clone();
        shared
            .points
            .retain(|name, _| !names.contains(&whole_name(name)));
        let patterns = shared.points.keys().filter(|name| is_pattern(name));
        let shared_patterns = patterns.cloned().collect();
        Ok(Self {
            paths: own.paths.clone(),
            cleaner: CleanerConfig {
                site_id: Some(site.to_owned()),
                ..own.cleaner_over(shared)
            },
            batch: own.batch_over(self.batch.clone()),
            sites: BTreeMap::new(),
            folder: self.folder.clone(),
            shared_patterns,
        })
    }

    /// The line in which the section of a site begins; 0 where that is not known.
    pub(super) fn section_line(&self, site: &str) -> u64 {
        self.sites.get(site).map_or(0, |site| site.written.line)
    }

    /// The configuration of the site that takes a file for a report; where none does, what all sites share.
    ///
    /// ```
    /// let config = trendgate::Config::parse("sites: {A: {paths: [a]}, B: {paths: [b]}}")?;
    /// assert!(!config.of_report("elsewhere.csv".as_ref()).is_of_several());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn of_report(&self, file: &Path) -> Self {
        let file = store::canonical(file).unwrap_or_else(|_| file.to_owned());
        let holds =
            |path: &PathBuf| store::canonical(path).is_ok_and(|path| file.starts_with(path));
        let near = self
            .sites
            .iter()
            .filter(|(_, site)| site.paths.iter().any(holds));
        let mut near = near.filter_map(|(id, _)| self.of_site(id).ok());
        let own = near.find(|site| is_taken(&file, site.batch.input_pattern.as_deref()));
        own.unwrap_or_else(|| Self {
            sites: BTreeMap::new(),
            ..self.clone()
        })
    }

    /// Notes which fields the sections write, and refuses what cannot be meant; `text` is what it was read from.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), with the line.
    pub(super) fn take_sites(&mut self, text: &str) -> Result<()> {
        if self.sites.is_empty() {
            return Ok(());
        }
        let whole: SitesIn = serde_saphyr::from_str(text)
            .map_err(|error| Error::bug(format!("the sections cannot be read again: {error}")))?;
        for (id, section) in whole.sites.unwrap_or_default().0 {
            if let Some(site) = self.sites.get_mut(&id.value) {
                site.written = Written {
                    line: id.defined.line(),
                    cleaner: lines_of(section.cleaner),
                    batch: lines_of(section.batch),
                };
            }
        }
        let shared = lines_of(whole.cleaner);
        if self.cleaner.site_id.is_some() {
            return Err(Error::config("cleaner.site_id stands beside `sites`")
                .line(shared.get("site_id").copied().unwrap_or(1))
                .hint("leave it out: each section of `sites` has the id of its site for a name"));
        }
        if !self.paths.is_empty() {
            return Err(Error::config("`paths` stands beside `sites`")
                .line(whole.paths.map_or(1, |paths| paths.defined.line()))
                .hint("reports are those of one site: give each section of `sites` its own"));
        }
        for (id, site) in &self.sites {
            site.check(id)?;
        }
        self.check_ids()
    }

    fn check_ids(&self) -> Result<()> {
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for (id, site) in &self.sites {
            if let Some(other) = known.insert(id.to_lowercase(), id) {
                return Err(Error::config(format!(
                    "sites.{id}: there is a site {other:?}, too, which differs in capital letters alone"
                ))
                .line(site.written.line)
                .hint("make them one, or give one of them another id"));
            }
        }
        Ok(())
    }

    /// Refuses two sites that would take the same reports.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), with the line of the second.
    pub(super) fn check_paths(&self) -> Result<()> {
        // However they are written.
        let real = |path: &PathBuf| {
            let real = store::canonical(path).ok();
            let whole = || std::path::absolute(path).unwrap_or_else(|_| path.clone());
            real.unwrap_or_else(whole)
        };
        let mut taken: Vec<(&str, PathBuf, Option<&str>)> = Vec::new();
        for (id, site) in &self.sites {
            let pattern = site.batch.input_pattern.as_deref();
            for path in &site.paths.iter().map(real).collect::<Vec<_>>() {
                let other = taken.iter().find(|(other, others, apart)| {
                    let is_apart = pattern.is_some() && apart.is_some() && pattern != *apart;
                    let meet = path.starts_with(others) || others.starts_with(path);
                    *other != id && meet && !is_apart
                });
                if let Some((other, others, _)) = other {
                    return Err(Error::config(format!(
                        "sites.{id}.paths: {} and {} of the site {other:?} would be reports of both",
                        path.display(),
                        others.display()
                    ))
                    .line(site.written.line)
                    .hint("give each site a folder of its own, or each a batch.input_pattern of its own"));
                }
            }
            taken.extend(site.paths.iter().map(|path| (&**id, real(path), pattern)));
        }
        Ok(())
    }
}

impl SiteConfig {
    fn check(&self, id: &str) -> Result<()> {
        let written = &self.written;
        SiteId::new(id).map_err(|error| {
            Error::config(format!("sites: {}", error.message())).line(written.line)
        })?;
        if let Some(line) = written.cleaner.get("site_id") {
            return Err(Error::config(format!(
                "sites.{id}.cleaner.site_id: the section has the id of the site for a name"
            ))
            .line(*line)
            .hint("leave it out"));
        }
        match OF_ALL
            .iter()
            .find_map(|field| written.batch.get_key_value(*field))
        {
            Some((field, line)) => Err(Error::config(format!(
                "sites.{id}.batch.{field}: threads and memory are those of all sites together"
            ))
            .line(*line)
            .hint(format!(
                "state batch.{field} beside `sites`, or leave it out"
            ))),
            None => Ok(()),
        }
    }

    /// What is shared, where this section writes nothing else. Each field has to be named here: one that is left out does not compile.
    fn cleaner_over(&self, shared: CleanerConfig) -> CleanerConfig {
        let mut all = shared;
        let CleanerConfig {
            site_id: _,
            timezone,
            resample_interval,
            min_coverage,
            max_gap,
            max_hold,
            allow_upsample,
            not_before,
            ambiguous_time,
            nonexistent_time,
            unit_system,
            trip_share,
            on_trip,
            loss_share,
            ignore,
            date_order,
            clock,
            decimal,
            encoding,
            sources,
            points,
            equipment,
            meters,
        } = self.cleaner.clone();
        written_over!(
            all,
            self.written.cleaner,
            timezone,
            resample_interval,
            min_coverage,
            max_gap,
            max_hold,
            allow_upsample,
            not_before,
            ambiguous_time,
            nonexistent_time,
            unit_system,
            trip_share,
            on_trip,
            loss_share,
            date_order,
            clock,
            decimal,
            encoding
        );
        all.ignore.splice(..0, ignore);
        all.sources.splice(..0, sources);
        all.points.extend(points);
        all.equipment.chillers.extend(equipment.chillers);
        all.equipment.pumps.extend(equipment.pumps);
        all.equipment.fans.extend(equipment.fans);
        all.meters.extend(meters);
        all
    }

    /// As [`cleaner_over`](Self::cleaner_over).
    fn batch_over(&self, shared: BatchConfig) -> BatchConfig {
        let mut all = shared;
        let BatchConfig {
            input_pattern,
            output_base_dir,
            staging_dir,
            manifest_dir,
            manifest_enabled,
            max_rows_per_file,
            max_time_span_per_file,
            target_file_size_mb,
            output_format,
            compression,
            timestamp_unit,
            time_resolution,
            memory_limit_mb: _,
            memory_action: _,
            keep_sources,
            threads: _,
            stop_on_error,
            max_retry_per_file,
            deduplicate_timestamps,
            retention,
            gc,
            wait,
        } = self.batch.clone();
        written_over!(
            all,
            self.written.batch,
            input_pattern,
            output_base_dir,
            staging_dir,
            manifest_dir,
            manifest_enabled,
            max_rows_per_file,
            max_time_span_per_file,
            target_file_size_mb,
            output_format,
            compression,
            timestamp_unit,
            time_resolution,
            keep_sources,
            stop_on_error,
            max_retry_per_file,
            deduplicate_timestamps,
            retention,
            gc,
            wait
        );
        all
    }
}

/// The file once more, for the names of what the sections write.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SitesIn {
    paths: Option<Spanned<IgnoredAny>>,
    cleaner: Fields,
    sites: Option<Sections>,
}

#[derive(Default)]
struct Sections(Vec<(Spanned<String>, WrittenSection)>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenSection {
    cleaner: Fields,
    batch: Fields,
}

type Fields = Option<BTreeMap<String, Spanned<IgnoredAny>>>;

fn lines_of(fields: Fields) -> BTreeMap<String, u64> {
    let fields = fields.unwrap_or_default().into_iter();
    let lines = fields.map(|(name, value)| (name, value.defined.line()));
    lines.collect()
}

impl<'de> Deserialize<'de> for Sections {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Sections;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("sections by the ids of sites")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Sections, A::Error> {
                let mut sections = Vec::new();
                while let Some(section) =
                    map.next_entry::<Spanned<String>, Option<WrittenSection>>()?
                {
                    sections.push((section.0, section.1.unwrap_or_default()));
                }
                Ok(Sections(sections))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests;
