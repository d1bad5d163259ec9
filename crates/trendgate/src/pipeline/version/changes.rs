//! The months that were made → those of them that differ from what is committed, and what the version says of that.
//!
//! Enters: parts and evidence in staging, and the history. Leaves: [`Changes`]. A month that came out as it was is left as it
//! is: its new files stay behind in staging. Reads committed parts; writes nothing.

use crate::contract::Gap;
use crate::dataset_path::DatasetPath;
use crate::error::Result;
use crate::execute::TaskResult;
use crate::model::DatasetSchema;
use crate::partition::{EvidenceFile, Part};
use crate::pipeline::Settings;
use crate::plan::Months;
use crate::progress::Watch;
use crate::publish::{GapEntry, History, touches};
use crate::time::{Extent, Instant, Month, TimeRange};
use crate::verify::{WithoutKnownAt, changed_evidence, changed_rows};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What the version adds, replaces and changes.
pub(in crate::pipeline) struct Changes {
    pub(in crate::pipeline) parts: Vec<Part>,
    pub(in crate::pipeline) evidence: Vec<EvidenceFile>,
    pub(in crate::pipeline) replaces: Vec<DatasetPath>,
    pub(in crate::pipeline) replaces_evidence: Vec<DatasetPath>,
    pub(in crate::pipeline) changed: Option<Extent>,
    pub(in crate::pipeline) gaps: Vec<GapEntry>,
    pub(in crate::pipeline) written: ChangedMonths,
}

/// The months that the version writes, among all that the dataset has.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct ChangedMonths {
    months: BTreeSet<Month>,
    /// Months that stay as they are.
    others: BTreeSet<Month>,
}

impl ChangedMonths {
    pub(in crate::pipeline) fn has(&self, month: Month) -> bool {
        self.months.contains(&month)
    }

    /// How many there are.
    pub(in crate::pipeline) fn count(&self) -> usize {
        self.months.len()
    }

    /// Whether the dataset has a month between these times that the version does not write.
    pub(in crate::pipeline) fn is_interrupted(&self, between: TimeRange) -> bool {
        let mut others = self.others.iter();
        others.any(|month| between.contains(month.start()))
    }
}

/// What a version is made on: the settings, what is committed, and the columns that its parts have.
#[derive(Debug, Clone, Copy)]
pub(in crate::pipeline) struct Ground<'a> {
    pub(in crate::pipeline) settings: &'a Settings,
    pub(in crate::pipeline) history: &'a History,
    pub(in crate::pipeline) schema: &'a DatasetSchema,
    /// Evidence of earlier programs does not say from when on it is certain: whether a month is written for that alone.
    pub(in crate::pipeline) without_known_at: WithoutKnownAt,
}

/// The axis as the tasks made it: for each its first and last bin, and the gaps between.
pub(in crate::pipeline) struct Stretches(pub(in crate::pipeline) Vec<(Extent, Vec<Gap>)>);

impl Stretches {
    pub(in crate::pipeline) fn of(results: &[TaskResult]) -> Self {
        let made = results
            .iter()
            .filter_map(|result| Some((result.written.range?, result.written.gaps.clone())));
        Self(made.collect())
    }
}

/// The files of one month, committed and new.
#[derive(Default)]
struct MonthFiles {
    old_parts: Vec<DatasetPath>,
    old_evidence: Vec<DatasetPath>,
    parts: Vec<Part>,
    evidence: Vec<EvidenceFile>,
    /// Around the rows of all of them.
    range: Option<Extent>,
    /// Whether the committed ones have a column that the dataset loses.
    loses_columns: bool,
}

impl MonthFiles {
    fn reach(&mut self, range: Extent) {
        self.range = Some(Extent::joined(self.range, range));
    }
}

/// Finds out what the version changes.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where the watch said so.
pub(super) fn find(
    ground: Ground<'_>,
    months: &Months,
    parts: Vec<Part>,
    evidence: Vec<EvidenceFile>,
    stretches: Stretches,
    watch: Watch<'_>,
) -> Result<Changes> {
    let mut files = committed(ground, months);
    for part in parts {
        let month = files.entry(Month::of(part.range.first)).or_default();
        month.reach(part.range);
        month.parts.push(part);
    }
    let site = ground.settings.site.as_str();
    let months_of: BTreeMap<String, Month> = files
        .keys()
        .map(|month| (month.folder(site), *month))
        .collect();
    for file in evidence {
        let month = months_of.get(file.relative.folder());
        if let Some(month) = month.and_then(|month| files.get_mut(month)) {
            month.evidence.push(file);
        }
    }
    let mut changes = Changes {
        parts: Vec::new(),
        evidence: Vec::new(),
        replaces: Vec::new(),
        replaces_evidence: Vec::new(),
        changed: None,
        gaps: Vec::new(),
        written: ChangedMonths::default(),
    };
    for part in ground.history.live_parts() {
        let month = Month::of(part.entry.time_range.first);
        changes.written.others.insert(month);
    }
    for (month, files) in files {
        watch.go_on("while comparing with what is committed")?;
        let Some(range) = changed(ground, &files) else {
            continue;
        };
        changes.written.months.insert(month);
        changes.written.others.remove(&month);
        changes.changed = Some(Extent::joined(changes.changed, range));
        changes.parts.extend(files.parts);
        changes.evidence.extend(files.evidence);
        changes.replaces.extend(files.old_parts);
        changes.replaces_evidence.extend(files.old_evidence);
    }
    if is_on_another_grid(ground) {
        // Every gap is told anew: one that is known is in bins that are no more.
        let committed = ground.history.live_parts().into_iter();
        let committed = committed.map(|part| part.entry.time_range);
        changes.changed = Extent::around(changes.changed.into_iter().chain(committed));
    }
    changes.gaps = gaps(ground, months, stretches, changes.changed);
    Ok(changes)
}

/// Whether the committed bins are of another length.
fn is_on_another_grid(ground: Ground<'_>) -> bool {
    let bin = ground.settings.resample_interval.to_string();
    let committed = ground.history.resample_interval();
    committed.is_some_and(|committed| committed != bin)
}

/// What is committed of the months that were made.
fn committed(ground: Ground<'_>, months: &Months) -> BTreeMap<Month, MonthFiles> {
    let Months::Only(months) = months else {
        return BTreeMap::new();
    };
    let site = ground.settings.site.as_str();
    let folders: BTreeMap<String, Month> = months
        .iter()
        .map(|month| (month.folder(site), *month))
        .collect();
    let columns = ground.schema.columns().iter();
    let columns = columns.map(|column| column.name.as_str()).collect();
    let beyond = ground.history.parts_beyond(&columns).into_iter();
    let beyond: BTreeSet<&str> = beyond.map(|part| part.entry.path.as_str()).collect();
    let mut files: BTreeMap<Month, MonthFiles> = BTreeMap::new();
    for part in ground.history.live_parts() {
        if let Some(month) = folders.get(part.entry.path.folder()) {
            let month = files.entry(*month).or_default();
            month.reach(part.entry.time_range);
            month.loses_columns |= beyond.contains(part.entry.path.as_str());
            month.old_parts.push(part.entry.path.clone());
        }
    }
    for file in ground.history.live_evidence() {
        if let Some(month) = folders.get(file.entry.path.folder()) {
            let month = files.entry(*month).or_default();
            month.old_evidence.push(file.entry.path.clone());
        }
    }
    files
}

/// From where to where a month differs from what is committed of it. What cannot be read is replaced, and so is what has a column that
/// the dataset loses: a reader finds the columns of all parts.
fn changed(ground: Ground<'_>, month: &MonthFiles) -> Option<Extent> {
    let dirs = &ground.settings.dirs;
    if month.old_parts.is_empty() || month.loses_columns {
        return month.range;
    }
    let old = |root: &PathBuf, files: &[DatasetPath]| -> Vec<PathBuf> {
        files.iter().map(|file| root.join(file)).collect()
    };
    let parts: Vec<PathBuf> = month.parts.iter().map(|part| part.staged.clone()).collect();
    let evidence: Vec<PathBuf> = month
        .evidence
        .iter()
        .map(|file| file.staged.clone())
        .collect();
    let compare = || -> Result<Option<Extent>> {
        let rows = changed_rows(&old(&dirs.processed, &month.old_parts), &parts)?;
        let old_evidence = old(&dirs.evidence, &month.old_evidence);
        let why = changed_evidence(&old_evidence, &evidence, ground.without_known_at)?;
        Ok(Extent::around(rows.into_iter().chain(why)))
    };
    compare().unwrap_or(month.range)
}

/// The gaps of the whole axis that the change can have begun, ended, made or filled.
fn gaps(
    ground: Ground<'_>,
    months: &Months,
    Stretches(made): Stretches,
    changed: Option<Extent>,
) -> Vec<GapEntry> {
    let interval = ground.settings.resample_interval;
    let max_gap = ground.settings.max_gap;
    let known = ground.history.gaps();
    let mut stretches = made;
    for part in ground.history.live_parts() {
        let range = part.entry.time_range;
        let month = Month::of(range.first);
        if matches!(months, Months::Only(months) if months.contains(&month)) {
            continue;
        }
        let inside = known
            .iter()
            .filter(|gap| range.first < gap.from && gap.to <= range.last);
        let inside = inside.map(|gap| Gap {
            from: gap.from,
            to: gap.to,
        });
        stretches.push((range, inside.collect()));
    }
    stretches.sort_by_key(|(range, _)| *range);
    let mut gaps = Vec::new();
    let mut end: Option<Instant> = None;
    for (Extent { first, last }, inside) in stretches {
        let between = end.and_then(|end| Gap::between(end, first, interval));
        gaps.extend(between.filter(|gap| gap.length() > max_gap));
        gaps.extend(inside);
        end = Some(last);
    }
    let entries = gaps.into_iter().map(|gap| GapEntry {
        from: gap.from,
        to: gap.to,
        bins: u64::try_from(gap.length() / interval).unwrap_or(0),
    });
    let near = |gap: &GapEntry| changed.is_some_and(|changed| touches(gap, changed, interval));
    entries.filter(near).collect()
}
