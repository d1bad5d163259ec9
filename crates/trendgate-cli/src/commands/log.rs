//! `trendgate log` and `show`: committed batches, and one of them.

use super::AtSites;
use super::diff::diff;
use super::several_sites;
use crate::args::{LogArgs, ShowArgs};
use crate::exit::Exit;
use crate::logging::About;
use crate::printed::{DatasetAnswer, LoggedBatch, Printed, now};
use crate::text::{self, bytes, count, plural};
use std::path::Path;
use trendgate::files::read_manifest;
use trendgate::manifest::{GapEntry, Occasion, StandingCondition};
use trendgate::time::Instant;
use trendgate::{Dataset, Error, Manifest, Result, Site, Snapshot};

/// The log of a site.
struct SiteLog {
    listed: Vec<Listed>,
    /// So many of the first versions are one base record.
    compacted: u64,
    /// What of it cannot be read.
    damage: Option<Error>,
}

impl SiteLog {
    fn of(site: &Site) -> Result<Self> {
        let (history, damage) = site.salvaged_history()?;
        let compacted = history.compacted();
        let mut before = history.manifest_of(compacted);
        let mut listed = Vec::new();
        for version in history.versions() {
            listed.push(Listed::of(site, &version.manifest, before)?);
            before = Some(&version.manifest);
        }
        Ok(Self {
            listed,
            compacted,
            damage,
        })
    }
}

/// Runs `trendgate log`.
pub(crate) fn log(args: &LogArgs) -> Result<Exit> {
    let sites = super::places(&args.dataset.place, Dataset::committed_sites)?;
    let at = AtSites::each(sites, |_, site| SiteLog::of(site));
    let listed = || at.done.iter().flat_map(|(_, log)| &log.listed);
    if args.dataset.json {
        text::print_json(&Printed::Log(listed().map(brief).collect()));
    } else {
        for (site, log) in at.done.iter().filter(|(_, log)| log.compacted > 0) {
            text::print(&compacted_text(site, log.compacted));
        }
        listed().for_each(|one| text::print(&line(one)));
    }
    let damage = at.done.iter().flat_map(|(_, log)| &log.damage);
    let is_whole = damage.clone().next().is_none();
    damage.for_each(text::print_error);
    Ok(at.end(if is_whole { Exit::Good } else { Exit::Failed }))
}

/// What stands in the place of the first versions of a site.
fn compacted_text(site: &str, versions: u64) -> String {
    match versions {
        1 => format!("{site}: the first version is a base record\n"),
        _ => format!(
            "{site}: the first {} are one base record\n",
            plural(versions, "version")
        ),
    }
}

/// Runs `trendgate show`.
pub(crate) fn show(args: &ShowArgs) -> Result<Exit> {
    let Some(batch) = &args.batch else {
        return match args.diff.as_deref() {
            Some(from) => diff_dataset(args, from),
            None => show_dataset(args),
        };
    };
    let (manifest, site) = find(args, batch)?;
    if let Some(from) = &args.diff {
        let versions = [site.version_of(from)?, manifest.version];
        return diff(&site, versions, args.dataset.json);
    }
    let before = site.record(manifest.version.saturating_sub(1))?;
    let listed = Listed::of(&site, &manifest, before.as_ref())?;
    if args.dataset.json {
        text::print_json(&Printed::Manifest(Box::new(manifest.clone())));
    } else {
        text::print(&as_text(&listed));
    }
    // Also beside JSON: that is the manifest as it was committed.
    if let Err(error) = site.refuse_expired(manifest.version) {
        text::tell(About::Warning, "warning", &error);
    }
    Ok(Exit::Good)
}

/// What changed in the dataset since version `from`.
fn diff_dataset(args: &ShowArgs, from: &str) -> Result<Exit> {
    let snapshots = super::snapshots(
        &args.dataset.place,
        args.at_version.as_deref(),
        args.as_of.as_deref(),
    )?;
    let [snapshot] = snapshots.as_slice() else {
        let sites = snapshots.iter().map(|snapshot| snapshot.site.as_str());
        return Err(several_sites(&sites.collect::<Vec<_>>()));
    };
    let dataset = super::dataset(&args.dataset.place)?;
    let site = dataset.site(&snapshot.site)?;
    let versions = [site.version_of(from)?, snapshot.version];
    diff(&site, versions, args.dataset.json)
}

/// A committed batch, what it was made for, and since when its version has expired, if it has.
struct Listed {
    manifest: Manifest,
    occasion: Occasion,
    expired: Option<Instant>,
}

impl Listed {
    fn of(site: &Site, manifest: &Manifest, before: Option<&Manifest>) -> Result<Self> {
        Ok(Self {
            occasion: manifest.occasion(before),
            expired: site.expired_since(manifest.version)?,
            manifest: manifest.clone(),
        })
    }
}

/// The dataset of each site, as of a version or a time.
fn show_dataset(args: &ShowArgs) -> Result<Exit> {
    let snapshots = super::snapshots(
        &args.dataset.place,
        args.at_version.as_deref(),
        args.as_of.as_deref(),
    )?;
    if args.dataset.json {
        let datasets = snapshots.into_iter().map(|snapshot| DatasetAnswer {
            time: now(),
            snapshot,
        });
        text::print_json(&Printed::Datasets(datasets.collect()));
    } else {
        for snapshot in &snapshots {
            text::print(&snapshot_text(snapshot));
        }
    }
    Ok(Exit::Good)
}

fn snapshot_text(snapshot: &Snapshot) -> String {
    let range = snapshot.time_range();
    let range = range.map_or_else(
        || "no rows".to_owned(),
        |range| format!("{} .. {}", range.first, range.last),
    );
    let parts = snapshot.parts.iter().map(|part| {
        format!(
            "{}  version {}  {}  {}",
            text::path(&part.file),
            part.version,
            plural(part.entry.rows, "row"),
            bytes(part.entry.bytes)
        )
    });
    let head = format!(
        "{} version {}: {}, {range}, {}, {}\n",
        snapshot.site,
        snapshot.version,
        plural(snapshot.rows(), "row"),
        plural(snapshot.columns.len(), "column"),
        plural(snapshot.parts.len(), "part"),
    );
    head + &section("parts", parts)
        + &gaps_text(&snapshot.gaps)
        + &standing_text(&snapshot.standing)
}

/// The gaps, where there are some.
fn gaps_text(gaps: &[GapEntry]) -> String {
    if gaps.is_empty() {
        return String::new();
    }
    let gaps = gaps.iter();
    let lines = gaps.map(|gap| format!("{} .. {}  {}", gap.from, gap.to, plural(gap.bins, "bin")));
    section("gaps", lines)
}

/// The standing conditions, where there are some.
fn standing_text(standing: &[StandingCondition]) -> String {
    if standing.is_empty() {
        return String::new();
    }
    let lines = standing.iter().map(|condition| {
        let message = text::safe(&condition.message);
        format!("{message} (since version {})", condition.version)
    });
    section("standing", lines)
}

/// The batch, and the site that it is of.
fn find(args: &ShowArgs, batch: &str) -> Result<(Manifest, Site)> {
    let path = Path::new(batch);
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        super::exists(path)?;
        let manifest = read_manifest(path)?;
        let site = Dataset::of_manifest(path)?.site(&manifest.site_id)?;
        return Ok((manifest, site));
    }
    let dataset = super::dataset(&args.dataset.place)?;
    let (mut found, mut compacted) = (Vec::new(), None);
    for site in super::sites(&args.dataset.place, &dataset)? {
        let site = dataset.site(&site)?;
        let (history, _) = site.salvaged_history()?;
        if let Ok(version) = batch.parse() {
            compacted = history.refuse_compacted(version).err().or(compacted);
        }
        let is_it = |manifest: &&Manifest| {
            batch.parse() == Ok(manifest.version)
                || (batch.len() >= 4 && manifest.batch_id.to_string().starts_with(batch))
        };
        found.extend(
            history
                .versions()
                .iter()
                .map(|version| &version.manifest)
                .filter(is_it)
                .map(|manifest| (manifest.clone(), site.clone())),
        );
    }
    let count = found.len();
    match (found.pop(), count) {
        (Some((manifest, site)), 1) => Ok((site.with_details(manifest)?, site)),
        (None, _) => Err(compacted.unwrap_or_else(|| {
            Error::usage(format!("no committed batch {batch:?}")).hint("`trendgate log` lists them")
        })),
        (Some(_), several) => Err(
            Error::usage(format!("{several} batches are called {batch:?}"))
                .hint("add --site, or use the batch id"),
        ),
    }
}

fn brief(listed: &Listed) -> LoggedBatch {
    let manifest = &listed.manifest;
    LoggedBatch {
        occasion: listed.occasion,
        retracted: manifest.retracted.len(),
        read_again: manifest.rebuilt_from.len(),
        site_id: manifest.site_id.clone(),
        version: manifest.version,
        batch_id: manifest.batch_id.to_string(),
        created_at: manifest.created_at,
        input_files_count: manifest.input_files_count,
        failed_files: manifest.failed_files.len(),
        parts: manifest.files.len(),
        rows: manifest.statistics.total_rows,
        time_range: manifest.statistics.time_range,
        warnings: manifest.warnings.len(),
        standing: manifest.standing.clone(),
        expired: listed.expired,
    }
}

fn line(listed: &Listed) -> String {
    let manifest = &listed.manifest;
    let range = manifest.statistics.time_range;
    let range = range.map_or_else(
        || "no rows".to_owned(),
        |range| format!("{} .. {}", range.first, range.last),
    );
    let expired = listed.expired;
    let expired = expired.map_or_else(String::new, |at| format!("  EXPIRED {at}"));
    format!(
        "{} {}  {}  {}  {}  {}  {range}{}{expired}\n",
        manifest.site_id,
        manifest.version,
        manifest.created_at,
        &manifest.batch_id.to_string()[..8],
        plural(manifest.input_files_count, "file"),
        plural(manifest.statistics.total_rows, "row"),
        made_for(listed),
    )
}

/// What a version that is no import was made for.
fn made_for(listed: &Listed) -> String {
    let manifest = &listed.manifest;
    match listed.occasion {
        Occasion::Retraction => {
            let reports = plural(manifest.retracted.len(), "report");
            format!("  RETRACTION of {reports}")
        }
        Occasion::Rebuild => {
            let reports = plural(manifest.rebuilt_from.len(), "report");
            format!("  REBUILD of {reports}")
        }
        Occasion::Reencoding => "  REENCODING of timestamps".to_owned(),
        _ => String::new(),
    }
}

fn as_text(listed: &Listed) -> String {
    let manifest = &listed.manifest;
    let flags = manifest.statistics.quality_flags_distribution.iter();
    let flags = flags.map(|(flag, rows)| format!("{:<20} {}", flag.name(), count(*rows)));
    let parts = manifest.files.iter().map(|part| {
        format!(
            "{}  {}  {}",
            part.path,
            plural(part.rows, "row"),
            bytes(part.bytes)
        )
    });
    let warnings = manifest.warnings.iter();
    let warnings = warnings.map(|warning| text::safe(&warning.message));
    let mut text = line(listed);
    text += &format!("batch {}\n", manifest.batch_id);
    text += &format!(
        "every {}, {}, schema {}\n",
        manifest.resample_interval,
        plural(manifest.schema.len(), "column"),
        manifest.schema_hash
    );
    text += &section("flags", flags);
    text += &section("parts", parts);
    text += &section("inputs", inputs(manifest));
    if !manifest.warnings.is_empty() {
        text += &section("warnings", warnings);
    }
    text + &standing_text(&manifest.standing) + &gaps_text(&manifest.gaps)
}

/// What was read, and what could not be used.
fn inputs(manifest: &Manifest) -> impl Iterator<Item = String> {
    let cut = |complete: bool| if complete { "" } else { "  cut short" };
    let read = manifest.inputs.iter().flat_map(move |input| {
        let file = format!(
            "{}  {}  {}  {} rejected{}",
            text::safe(&input.path),
            plural(input.rows, "row"),
            bytes(input.bytes),
            count(input.rejected_rows),
            cut(input.complete),
        );
        let texts = input.texts.iter();
        let reports = texts.flat_map(|text| text.reports.iter().map(move |report| (text, report)));
        let reports = reports.map(move |(text, report)| {
            let name = match &text.member {
                Some(name) => format!("!{}, ", text::safe(name)),
                None => String::new(),
            };
            format!(
                "  {name}the report of line {}  {}  {} rejected{}",
                report.line,
                plural(report.rows, "row"),
                count(report.rejected_rows),
                cut(report.complete),
            )
        });
        std::iter::once(file).chain(reports)
    });
    let failed = manifest.failed_files.iter().map(|failed| {
        let member = failed.member.as_deref();
        let member = member.map_or_else(String::new, |name| format!("!{name}"));
        format!(
            "rejected: {}: {}",
            text::safe(&(failed.file.clone() + &member)),
            text::safe(&failed.error)
        )
    });
    read.chain(failed)
}

/// A heading, and the lines below it.
fn section(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.map(|line| format!("  {line}\n")).collect();
    format!("\n{heading}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_and_several_are_a_base_record() {
        let [one, two] = [1, 2].map(|versions| compacted_text("S", versions));
        assert_eq!(one, "S: the first version is a base record\n");
        assert_eq!(two, "S: the first 2 versions are one base record\n");
    }
}
