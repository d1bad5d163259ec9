//! Folders → what all their reports hold: one report at a time, and of a point only what [`Values`] keeps.

use super::clues::Clues;
use super::judge::LoggedEvery;
use super::orders;
use super::same_names::SameNames;
use super::steps::RowSteps;
use super::tables::{OpenFiles, ProposedSource, ProposedSources, stated};
use super::values::Values;
use super::yaml::plural;
use crate::acquire::{self, Chunk, DESCRIPTION, PointTally, Report, TimeRule};
use crate::acquire::{
    EntryTable, Mend, StatedOrder, StatedReading, StatedReadings, StatedTexts,
    country_has_month_first,
};
use crate::config::BatchConfig;
use crate::error::{Error, Result};
use crate::inspect::{Whole, WholeReports};
use crate::model::PointId;
use crate::progress::{Event, Stage, Watch};
use crate::text_id::TextId;
use crate::time::Span;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the reports of a site hold.
#[derive(Debug, Default)]
pub(super) struct SiteReading {
    /// The kinds of report, in the order in which they were met.
    pub(super) kinds: Vec<ReadKind>,
    /// The points.
    pub(super) points: BTreeMap<PointId, Point>,
    /// Accepted reports.
    pub(super) reports: usize,
    /// Their rows.
    pub(super) rows: u64,
    /// What they say of their dates and clocks.
    pub(super) clues: Clues,
    /// Files that cannot be used, and why.
    pub(super) failed: Vec<(PathBuf, Error)>,
    /// How many files are no reports, and have not the names of any.
    pub(super) passed_over: usize,
    /// How files that no dialect knows are read.
    pub(super) sources: ProposedSources,
    /// Numbers of the file that is read that nothing decides.
    pub(super) ambiguous: u64,
    /// How many rows of the file that is read have the time of the row before them, and how many have one before them.
    pub(super) repeated: (u64, u64),
    /// Their texts, and which reports of these they are: one that is there twice counts once.
    pub(super) known: BTreeSet<(TextId, u32)>,
    /// Points that stand alone in their files.
    pub(super) same_names: SameNames,
}

/// A set of points and a stated interval.
#[derive(Debug)]
pub(super) struct ReadKind {
    /// The points.
    pub(super) points: BTreeSet<PointId>,
    /// The stated interval.
    pub(super) interval: Option<Span>,
    /// Its reports.
    pub(super) files: Vec<PathBuf>,
    /// How far their rows are from each other.
    pub(super) steps: RowSteps,
}

/// What was seen of a report.
#[derive(Debug, Default)]
struct SeenReport {
    values: Vec<Values>,
    steps: RowSteps,
}

/// What was seen of a point in all reports.
#[derive(Debug, Default)]
pub(super) struct Point {
    /// Its trend definitions as written.
    pub(super) definitions: BTreeSet<String>,
    /// Whether one of them says that it logs its changes of value only.
    pub(super) change_of_value: bool,
    /// Whether a table that has it has a row a day.
    pub(super) is_of_days: bool,
    /// How often it is logged, as its reports say.
    pub(super) intervals: BTreeSet<Option<Span>>,
    /// Its numbers.
    pub(super) values: Values,
    /// What became of its cells.
    pub(super) tally: PointTally,
}

impl SiteReading {
    /// How often a point is logged: as all its reports say, or, where none says anything, as nearly all their rows show.
    pub(super) fn logged_every(&self, id: &PointId) -> Option<LoggedEvery> {
        let mut said = self.points.get(id)?.intervals.iter();
        let (one, None) = (said.next()?, said.next()) else {
            return None;
        };
        if let Some(span) = *one {
            let is_stated = true;
            return Some(LoggedEvery { span, is_stated });
        }
        let kinds = self.kinds.iter().filter(|kind| kind.points.contains(id));
        let mut steps = kinds.map(|kind| kind.steps.usual().map(|usual| usual.step));
        let span = steps.next()??;
        let is_stated = false;
        (steps.all(|step| step == Some(span))).then_some(LoggedEvery { span, is_stated })
    }
}

/// Reads every report that `paths` lead to.
///
/// # Errors
/// As [`acquire::discover_until`]; [`Input`](crate::ErrorKind::Input) where there is no file that may be a report.
pub(super) fn read(
    paths: &[PathBuf],
    (time, zone): (&TimeRule, Option<&TimeZone>),
    watch: Watch<'_>,
) -> Result<SiteReading> {
    let pattern = BatchConfig::default().input_pattern;
    let mut files = acquire::discover_until(paths, pattern.as_deref(), &[], watch.cancel)?;
    watch.begin(Stage::Looking { files: files.len() });
    let mut site = SiteReading {
        failed: files.take_lost(),
        ..SiteReading::default()
    };
    let (mut open, mut others, mut undated) = (Vec::new(), Vec::new(), Vec::new());
    for path in files.iter() {
        watch.cancel.check("while looking at the files")?;
        match site.read(&path, time, &StatedReading::default()) {
            Err(error) if error.is_decided_by(DESCRIPTION) => open.push((path, error)),
            Err(error) => {
                match error.is_decided_by("date_order") {
                    true => {
                        site.read_in_likely_order(&path, time, zone);
                        undated.push(path.clone());
                    }
                    false => others.push(path.clone()),
                }
                site.failed.push((path, error));
            }
            Ok(()) => others.push(path),
        }
        watch.tell(&Event::LookedAt);
    }
    let not_undated = others.len();
    others.extend(undated.iter().cloned());
    let all_open: Vec<PathBuf> = open.iter().map(|(path, _)| path.clone()).collect();
    let open = OpenFiles {
        open,
        others: &others,
        given: paths,
    };
    let prefixed = site.same_names.entries();
    if !prefixed.is_empty() {
        site.read_apart(&prefixed, (&others, paths), (time, zone), watch)?;
    }
    let (mut sources, left) = ProposedSources::of(open, time, zone, watch.cancel)?;
    sources.entries.splice(0..0, prefixed);
    site.sources = sources;
    for (path, error) in left {
        match error.is_foreign() && passes_over(&path, paths) {
            true => site.passed_over += 1,
            false => site.failed.push((path, error)),
        }
    }
    site.read_described(paths, time, watch)?;
    others.truncate(not_undated);
    others.extend(all_open);
    let orders = (&site.clues, likely_order(zone));
    let order = orders::entry(undated, (&others, paths), orders, time);
    site.sources.entries.extend(order);
    site.failed.sort_by(|(one, _), (other, _)| one.cmp(other));
    if site.reports > 0 || !site.failed.is_empty() {
        return Ok(site);
    }
    Err(Error::input(match site.passed_over {
        0 => "no reports found: there is no file".to_owned(),
        files => format!("no reports found: none of the {files} files is one"),
    })
    .hint("check the path"))
}

/// One row in so many may have the time of the row before it.
const MANY_REPEATED: u64 = 20;

/// The order in which people write dates in the country of a zone.
fn likely_order(zone: Option<&TimeZone>) -> StatedOrder {
    match country_has_month_first(zone) {
        Some((false, _)) => StatedOrder::DayMonthYear,
        Some((true, _)) | None => StatedOrder::MonthDayYear,
    }
}

/// Whether a file that is no report is passed over, as a run does.
fn passes_over(path: &Path, paths: &[PathBuf]) -> bool {
    !acquire::is_export_name(path) && !paths.iter().any(|given| given == path)
}

impl SiteReading {
    /// Reads all files of dialects anew, by the entries that tell points of one name apart.
    fn read_apart(
        &mut self,
        entries: &[ProposedSource],
        (files, paths): (&[PathBuf], &[PathBuf]),
        (time, zone): (&TimeRule, Option<&TimeZone>),
        watch: Watch<'_>,
    ) -> Result<()> {
        let stated = stated(entries.iter().flat_map(|entry| &entry.lines))?;
        let failed = std::mem::take(&mut self.failed);
        *self = Self::default();
        for path in files {
            watch.cancel.check("while looking at the files")?;
            match failed.iter().find(|(known, _)| known == path) {
                None => self.read(path, time, &stated.file(path, paths))?,
                Some((_, error)) if error.is_decided_by("date_order") => {
                    self.read_in_likely_order(path, time, zone)
                }
                Some(_) => {}
            }
        }
        self.failed = failed;
        Ok(())
    }

    /// Reads the files that are described, as they are.
    fn read_described(
        &mut self,
        paths: &[PathBuf],
        time: &TimeRule,
        watch: Watch<'_>,
    ) -> Result<()> {
        let stated = self.sources.stated()?;
        for path in self.sources.files.clone() {
            watch.cancel.check("while looking at the files")?;
            (self.ambiguous, self.repeated) = (0, (0, 0));
            if let Err(error) = self.read(&path, time, &stated.file(&path, paths)) {
                let decided =
                    self.read_as_a_person_may_decide(&path, (&stated, paths), time, &error);
                if let Err(refusal) = decided {
                    let why = refusal.unwrap_or_else(|| error.message().to_owned());
                    if self.sources.refuse(&path, &why, paths) {
                        self.failed.push((path, error));
                        continue;
                    }
                }
                self.failed
                    .push((path.clone(), stated.blamed(error, &path, paths)));
            }
            let (repeated, rows) = self.repeated;
            if repeated * MANY_REPEATED > rows {
                self.sources.note(&path, &format!("CHECK: {repeated} of {rows} rows have the time of the row before them, and of one time one number of a point counts: the rest of the time, or what tells points apart, may stand in a column that is not read"));
            }
            if self.ambiguous > 0 {
                let shown = plural(self.ambiguous, "number");
                self.sources.note(&path, &format!("CHECK: {shown} with a lone group of three digits behind a comma, and nothing proves whether it is decimal; until it is stated they are null:"));
                self.sources.note(&path, "decimal: \",\"");
            }
        }
        Ok(())
    }

    /// Reads a file that is refused until a person says the order of its dates, in the order that is likely: points are proposed by it. It
    /// proves nothing of the order of others.
    fn read_in_likely_order(&mut self, path: &Path, time: &TimeRule, zone: Option<&TimeZone>) {
        let likely = StatedReading {
            date_order: Some(likely_order(zone)),
            ..StatedReading::default()
        };
        let clues = std::mem::take(&mut self.clues);
        // What is wrong with it besides is said when it is read by what a person decided.
        drop(self.read(path, time, &likely));
        self.clues = clues;
    }

    /// Reads a file that is refused until a person decides something, as that is likely to be decided: points are proposed by it. What is to be
    /// decided stands as a comment in its entry. Where there is nothing to decide, or it is refused even so, why that is.
    fn read_as_a_person_may_decide(
        &mut self,
        path: &PathBuf,
        (stated, paths): (&StatedReadings, &[PathBuf]),
        time: &TimeRule,
        error: &Error,
    ) -> std::result::Result<(), Option<String>> {
        let mut likely = stated.clone();
        if error.is_decided_by("encoding")
            && let Some(encoding) = self.sources.likely_encoding(path)
        {
            self.sources.note(path, "CHECK: nothing proves how the names are encoded, and a run leaves the file out until it is stated. They would be, in each; the likeliest is the last line:");
            for names in error.excerpt_lines() {
                self.sources.note(path, names);
            }
            self.sources
                .note(path, &format!("encoding: {}", encoding.name()));
            let all = likely.sources.iter_mut();
            all.for_each(|source| source.stated.encoding = Some(encoding));
        } else if self.sources.may_be_exchanged(path) {
            let tables = likely
                .sources
                .iter_mut()
                .filter_map(|source| source.stated.table.as_mut());
            tables.for_each(|table| table.mend = Some(Mend::ExchangedDayMonth));
        } else {
            return Err(None);
        }
        self.read(path, time, &likely.file(path, paths))
            .map_err(|error| Some(error.message().to_owned()))
    }

    /// Reads the reports of a file to their ends, as is stated of it.
    fn read(&mut self, path: &Path, time: &TimeRule, stated: &dyn StatedTexts) -> Result<()> {
        let mut reports = WholeReports::of(path, time, stated)?;
        while let Some(whole) = self.next(&mut reports)? {
            self.take(whole);
        }
        Ok(())
    }

    /// Reads the next report to its end, onto what is known of its points.
    fn next(&self, reports: &mut WholeReports<'_>) -> Result<Option<Whole<SeenReport>>> {
        let known = |id: &PointId| {
            let point = self.points.get(id);
            point.map_or_else(Values::default, |point| point.values.clone())
        };
        let start = |report: &Report| SeenReport {
            values: report.points.iter().map(|point| known(&point.id)).collect(),
            steps: RowSteps::default(),
        };
        reports.next(start, add)
    }

    fn take(&mut self, whole: Whole<SeenReport>) {
        let text = whole.outcome.id.text;
        if !self.known.insert((text, whole.report.ordinal)) {
            return;
        }
        let (report, tally) = (whole.report, whole.outcome.tally);
        self.reports += 1;
        self.rows += tally.rows;
        self.ambiguous += tally
            .points
            .iter()
            .map(|point| point.ambiguous_numbers)
            .sum::<u64>();
        self.clues.add(&report, &tally);
        self.same_names.add(&report);
        let (repeated, rows) = whole.seen.steps.repeated();
        self.repeated.0 += repeated;
        self.repeated.1 += rows;
        let table = report.stated.table.as_deref();
        let entries = table.and_then(|table| table.entries.as_ref());
        let is_of_days = matches!(entries, Some(EntryTable::Day(_)));
        for ((declared, values), cells) in report
            .points
            .iter()
            .zip(whole.seen.values)
            .zip(&tally.points)
        {
            let point = self.points.entry(declared.id.clone()).or_default();
            point.values = values;
            point.values.end_report();
            point.tally.merge(cells);
            point.change_of_value |= declared.trend.changes_only();
            point.is_of_days |= is_of_days;
            let interval = declared.trend.interval.max(report.interval);
            point.intervals.insert(interval);
            point.definitions.insert(declared.definition.clone());
        }
        let points: BTreeSet<PointId> =
            report.points.iter().map(|point| point.id.clone()).collect();
        let same = |kind: &&mut ReadKind| kind.points == points && kind.interval == report.interval;
        match self.kinds.iter_mut().find(same) {
            Some(kind) => {
                kind.files.push(report.shown());
                kind.steps.merge(whole.seen.steps);
            }
            None => self.kinds.push(ReadKind {
                points,
                interval: report.interval,
                files: vec![report.shown()],
                steps: whole.seen.steps,
            }),
        }
    }
}

fn add(seen: &mut SeenReport, chunk: Chunk) {
    seen.steps.add(&chunk.times);
    for (values, column) in seen.values.iter_mut().zip(chunk.columns) {
        let cells = chunk.times.iter().zip(column);
        let numbers = cells.filter(|(_, value)| !value.is_nan());
        numbers.for_each(|(time, value)| values.add(*time, value));
    }
}
