//! Reports → a commented starter configuration: what `trendgate init` prints.
//!
//! ```text
//! paths ─ reading (one report at a time; tables as `tables` describes them) ─▶ points and their values ┐
//!                          names ─ words ─ names (table of hints) ──┴─ judge ─▶ verdicts ─ yaml ─▶ text
//! ```
//!
//! What enters is paths; what leaves is the text of a configuration that [`Config`](crate::config::Config) accepts, in which
//! every guess says why it was made and everything unknown is a comment. What is refused: folders without a file that may be a report, and
//! reports that a run would refuse to take together.
//!
//! A guess is made by name *and* values. `words` says how names are cut, `hints` has the table of them and `names` how it is
//! read, `judge` how a name is held against the values, `unit` where a unit comes from, `quantity` the ranges that tell
//! units apart, `stretches` how long a point stands on one reading, and
//! `meters` which points are of one meter. Only `init` calls any of it: a run takes
//! the configuration as it stands.

mod clues;
mod hints;
mod judge;
mod meters;
mod names;
mod orders;
mod quantity;
mod reading;
mod same_names;
mod steps;
mod stretches;
mod tables;
mod unit;
mod values;
mod words;
mod yaml;

use crate::acquire::{DESCRIPTION, StatedTexts, TextName, TimeRule};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::inspect::{Inspection, WholeReports, how_read, inspect_rows, time_rule};
use crate::model::{PointId, RESERVED, SiteId, column_key, column_name};
use crate::progress::{Cancel, Watch};
use crate::time::{DAY, Span};
use judge::{PointVerdict, SeenPoint, judge};
use names::{Beside, Meaning, equipment, meaning};
use reading::{SiteReading, read};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tables::{OpenFiles, ProposedSources};
use unit::SiteUnits;
use words::PointWords;
use yaml::ProposedPoints;

/// What no report says and a person may.
#[derive(Debug, Clone, Default)]
pub struct SiteWishes {
    /// The site's id.
    pub site: Option<String>,
    /// The IANA zone of the reports' clock.
    pub timezone: Option<String>,
}

/// A starter configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Proposal {
    /// Its text.
    pub yaml: String,
    /// What is in it.
    pub counts: ProposalCounts,
    /// Files that cannot be used, and why.
    pub failed: Vec<(PathBuf, Error)>,
}

/// How many points a proposal has, by what it says of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProposalCounts {
    /// Reports read.
    pub reports: usize,
    /// Points for which something is proposed.
    pub proposed: usize,
    /// Of those, points marked `CHECK`.
    pub check: usize,
    /// Points with values that are left unmapped.
    pub unmapped: usize,
    /// Points without a number.
    pub dead: usize,
    /// Points whose column has another name than the one that follows from theirs.
    pub renamed: usize,
    /// Lines of sources, states, clocks and columns that are marked `CHECK`.
    pub check_elsewhere: usize,
}

/// Reads the reports at `paths` and proposes a configuration for them.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a path that does not exist, [`Config`](crate::ErrorKind::Config) for a site or a zone
/// that is none and for a report that has one point twice, [`Input`](crate::ErrorKind::Input) where there is no file that may be a report.
///
/// ```
/// use trendgate::{SiteWishes, Watch, propose};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (_, reports) = trendgate::internals::example(folder.path());
/// let proposal = propose(&[reports], &SiteWishes::default(), Watch::unwatched())?;
/// assert!(proposal.yaml.contains("CH1.CHWS"));
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn propose(paths: &[PathBuf], wanted: &SiteWishes, watch: Watch<'_>) -> Result<Proposal> {
    if let Some(site) = &wanted.site {
        SiteId::new(site)?;
    }
    let mut time = time_rule(wanted.timezone.as_deref().unwrap_or("UTC"))?;
    if wanted.timezone.is_none() {
        // Wall clocks east of Greenwich are ahead of UTC.
        time.not_after += DAY;
    }
    let zone = wanted.timezone.as_ref().map(|_| time.zone.clone());
    Ok(proposal(
        read(paths, (&time, zone.as_ref()), watch)?,
        wanted,
    ))
}

impl Inspection {
    /// As [`Inspection::of`]; a table that nothing describes is read by the entry of `cleaner.sources` that [`propose`] writes for it.
    ///
    /// # Errors
    /// As [`Inspection::of`].
    ///
    /// ```
    /// use trendgate::{Config, Inspection};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let file = folder.path().join("power.csv");
    /// std::fs::write(&file, "Time,CH1.KW\n2026-02-01 00:00,120\n2026-02-01 00:15,121\n").unwrap();
    /// let inspection = Inspection::of_any(&file, &Config::default(), None)?;
    /// assert!(!inspection.entry.is_empty());
    /// assert_eq!(inspection.first_rows[0].values, [Some(120.0)]);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn of_any(path: &Path, config: &Config, timezone: Option<&str>) -> Result<Self> {
        let (time, sources) = how_read(config, timezone)?;
        let has_zone = timezone.or(config.timezone()).is_some();
        let given = [path];
        let stated = sources.file(path, &given);
        match inspect_described(path, &time, has_zone, &stated)? {
            Some(described) => Ok(described),
            None => Self::of(path, config, timezone),
        }
    }
}

/// What is in the file at `path`, of which this is `stated`, read by the entry of `cleaner.sources` that [`propose`] writes for it; `None` where a dialect knows it, or it is
/// no table that can be described.
///
/// # Errors
/// As [`inspect`](crate::inspect::inspect).
fn inspect_described(
    path: &Path,
    time: &TimeRule,
    has_zone: bool,
    stated: &dyn StatedTexts,
) -> Result<Option<Inspection>> {
    let refusal = match WholeReports::of(path, time, stated) {
        Err(error) if error.is_decided_by(DESCRIPTION) => error,
        _ => return Ok(None),
    };
    if stated.of_text(TextName::Whole).table.is_some() {
        return Ok(None);
    }
    let open = OpenFiles {
        open: vec![(path.to_owned(), refusal)],
        others: &[],
        given: &[],
    };
    let zone = has_zone.then_some(&time.zone);
    let (sources, _) = ProposedSources::of(open, time, zone, &Cancel::default())?;
    if sources.entries.is_empty() {
        return Ok(None);
    }
    let readings = sources.stated()?;
    let mut inspection = inspect_rows(path, time, &readings.file(path, &[path]))?;
    let entries = sources.entries.into_iter();
    inspection.entry = entries.flat_map(|entry| entry.lines).collect();
    Ok(Some(inspection))
}

fn proposal(site: SiteReading, wanted: &SiteWishes) -> Proposal {
    let verdicts = ProposedPoints {
        of: verdicts(&site),
        renamed: renamed(site.points.keys()),
        unwritable: unwritable(site.points.keys()),
        words: site.sources.words.clone(),
    };
    let mut counts = counts(&site, &verdicts);
    let yaml = yaml::write(&site, &verdicts, wanted, &counts);
    let marked = |line: &&str| line.trim_start().starts_with("# CHECK");
    counts.check_elsewhere = yaml.lines().filter(marked).count();
    Proposal {
        yaml,
        counts,
        failed: site.failed,
    }
}

fn verdicts(site: &SiteReading) -> BTreeMap<PointId, PointVerdict> {
    let meanings = meanings(site);
    let bin = yaml::resample_interval(&site.kinds);
    let judged = |units: SiteUnits| {
        let judged = site.points.iter().map(|(id, point)| {
            let logged = site.logged_every(id);
            let seen = SeenPoint {
                values: &point.values,
                tally: &point.tally,
                change_of_value: point.change_of_value,
                is_of_days: point.is_of_days,
                every_in_bins: logged.filter(|every| bin % every.span == Span::ZERO),
                step: logged.map(|every| every.span),
            };
            (id.clone(), judge(meanings.get(id), &seen, units))
        });
        judged.collect::<BTreeMap<_, _>>()
    };
    // What is certain of some points helps with the units of the others.
    let mut units = SiteUnits::default();
    for (id, verdict) in judged(units) {
        // Cells with a unit of their own say nothing of the plain numbers of others.
        let plain = |point: &reading::Point| point.tally.units.is_empty();
        if site.points.get(&id).is_some_and(plain) {
            units.add(&verdict);
        }
    }
    judged(units)
}

fn meanings(site: &SiteReading) -> BTreeMap<&PointId, Meaning> {
    let mut beside: BTreeMap<String, Beside> = BTreeMap::new();
    let parted = |id: &PointId| equipment(&id.to_string());
    for (of, last) in site.points.keys().filter_map(parted) {
        beside.entry(of).or_default().insert(last);
    }
    let nobody = Beside::new();
    let said = |id| {
        let others = parted(id)
            .and_then(|(of, _)| beside.get(&of))
            .unwrap_or(&nobody);
        Some((id, meaning(&PointWords::cut(&id.to_string()), others)?))
    };
    site.points.keys().filter_map(said).collect()
}

/// Points that no line of a configuration can describe, and why.
fn unwritable<'a>(
    ids: impl Iterator<Item = &'a PointId> + Clone,
) -> BTreeMap<PointId, &'static str> {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for id in ids.clone() {
        *written.entry(id.to_string()).or_default() += 1;
    }
    let why = |id: &PointId| {
        let name = id.to_string();
        if name.contains(['*', '?']) {
            Some(
                "its * or ? would be taken for a pattern: describe it by a pattern that only it matches",
            )
        } else if written.get(&name).is_some_and(|points| *points > 1) {
            Some("a name with a colon and a name with a suffix are both written so")
        } else if yaml::is_too_long_a_key(&name) {
            Some("a name that is so long is no key of YAML")
        } else {
            None
        }
    };
    let mut unwritable: BTreeMap<PointId, &'static str> = ids
        .clone()
        .filter_map(|id| Some((id.clone(), why(id)?)))
        .collect();
    // A line of a bare name describes every suffix that has no line of its own.
    let hidden: BTreeSet<String> = unwritable
        .keys()
        .filter(|id| !id.suffix.is_empty())
        .map(|id| id.name.clone())
        .collect();
    let bare = ids.filter(|id| id.suffix.is_empty() && hidden.contains(&id.name));
    for id in bare {
        unwritable.entry(id.clone()).or_insert(
            "its line would describe a point with a suffix too, which can have none of its own",
        );
    }
    unwritable
}

/// Columns for the points that cannot have the one that follows from their name, and why not.
fn renamed<'a>(
    ids: impl Iterator<Item = &'a PointId> + Clone,
) -> BTreeMap<PointId, (String, String)> {
    let natural = |id: &PointId| column_name(&format!("{} {}", id.name, id.suffix));
    let mut taken: BTreeSet<String> = ids
        .clone()
        .map(|id| column_key(&natural(id)))
        .chain(RESERVED.map(str::to_owned))
        .collect();
    let mut owner: BTreeMap<String, &PointId> = BTreeMap::new();
    let mut renamed = BTreeMap::new();
    // What cannot be described cannot be given another column, so it keeps its own.
    let unwritable = unwritable(ids.clone());
    let (stuck, free): (Vec<_>, Vec<_>) = ids.partition(|id| unwritable.contains_key(*id));
    for id in stuck.into_iter().chain(free) {
        let column = natural(id);
        let key = column_key(&column);
        let why = if column.is_empty() {
            "its name has no letter or digit".to_owned()
        } else if RESERVED.contains(&key.as_str()) {
            format!("the column {column} is reserved")
        } else if let Some(other) = owner.get(&key) {
            format!("{:?} gives the column {column} too", other.to_string())
        } else {
            owner.insert(key, id);
            continue;
        };
        let stem = if column.is_empty() {
            "point"
        } else {
            column.as_str()
        };
        let free = (2_u64..)
            .map(|number| format!("{stem}_{number}"))
            .find(|name| !taken.contains(&column_key(name)));
        if let Some(free) = free {
            taken.insert(column_key(&free));
            renamed.insert(id.clone(), (free, why));
        }
    }
    renamed
}

fn counts(site: &SiteReading, verdicts: &ProposedPoints) -> ProposalCounts {
    let mut counts = ProposalCounts {
        reports: site.reports,
        renamed: verdicts.renamed.len(),
        ..ProposalCounts::default()
    };
    for (id, verdict) in &verdicts.of {
        match verdict {
            // Its line is only a comment.
            PointVerdict::Proposed(_) if verdicts.unwritable.contains_key(id) => {
                counts.unmapped += 1
            }
            _ if site
                .points
                .get(id)
                .is_some_and(|point| yaml::has_known_states(id, point, verdicts)) =>
            {
                counts.proposed += 1
            }
            PointVerdict::Proposed(proposed) => {
                counts.proposed += 1;
                counts.check += usize::from(proposed.check.is_some());
            }
            PointVerdict::Unmapped(_) | PointVerdict::WithoutUnit(..) => counts.unmapped += 1,
            PointVerdict::Dead(_) => counts.dead += 1,
        }
    }
    counts
}

#[cfg(test)]
mod tests;
