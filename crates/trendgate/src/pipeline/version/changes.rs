//! The months that were made → those of them that differ from what is committed, and what the version says of that.
//!
//! Enters: parts and evidence in staging, and the history. Leaves: [`Changes`]. A month that came out as it was is left as it
//! is: its new files stay behind in staging. Reads committed parts; writes nothing.

use crate::contract::Gap;
use crate::dataset_path::DatasetPath;
use crate::execute::{CommittedMonth, CommittedMonths, ComparedMonths, TaskOutcome};
use crate::model::DatasetSchema;
use crate::partition::{EvidenceFile, Part};
use crate::pipeline::Settings;
use crate::plan::Months;
use crate::publish::{GapEntry, History, touches};
use crate::time::{Extent, Instant, Month, TimeRange};
use crate::verify::WithoutKnownAt;
use std::collections::{BTreeMap, BTreeSet};

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
pub(in crate::pipeline) struct VersionContext<'a> {
    pub(in crate::pipeline) settings: &'a Settings,
    pub(in crate::pipeline) history: &'a History,
    pub(in crate::pipeline) schema: &'a DatasetSchema,
    /// Evidence of earlier programs does not say from when on it is certain: whether a month is written for that alone.
    pub(in crate::pipeline) without_known_at: WithoutKnownAt,
}

/// The axis as the tasks made it: for each its first and last bin, and the gaps between.
pub(in crate::pipeline) struct Stretches(pub(in crate::pipeline) Vec<(Extent, Vec<Gap>)>);

impl Stretches {
    pub(in crate::pipeline) fn of(results: &[TaskOutcome]) -> Self {
        let made = results
            .iter()
            .filter_map(|result| Some((result.written.range?, result.written.gaps.clone())));
        Self(made.collect())
    }
}

/// What was made, and how it compares with what is committed.
pub(in crate::pipeline) struct MadeFiles {
    pub(in crate::pipeline) parts: Vec<Part>,
    pub(in crate::pipeline) evidence: Vec<EvidenceFile>,
    pub(in crate::pipeline) stretches: Stretches,
    /// What is committed of the months that were made again.
    pub(in crate::pipeline) committed: CommittedMonths,
    /// Which of the months that have rows now differ from that.
    pub(in crate::pipeline) compared: ComparedMonths,
}

/// Finds out what the version changes.
pub(super) fn find(context: VersionContext<'_>, months: &Months, made: MadeFiles) -> Changes {
    let site = context.settings.site.as_str();
    let mut changes = Changes {
        parts: Vec::new(),
        evidence: Vec::new(),
        replaces: Vec::new(),
        replaces_evidence: Vec::new(),
        changed: None,
        gaps: Vec::new(),
        written: ChangedMonths::default(),
    };
    for part in context.history.live_parts() {
        let month = Month::of(part.entry.time_range.first);
        changes.written.others.insert(month);
    }
    // A month that has no row any more changes from its first row to its last.
    let gone = made.committed.months.iter();
    let gone = gone.filter(|(month, _)| !made.compared.contains_key(month));
    let gone = gone.map(|(month, old)| (*month, old.range));
    let compared: ComparedMonths = made
        .compared
        .iter()
        .map(|(m, r)| (*m, *r))
        .chain(gone)
        .collect();
    let mut folders = BTreeSet::new();
    for (month, range) in compared {
        let Some(range) = range else {
            continue;
        };
        folders.insert(month.folder(site));
        changes.written.months.insert(month);
        changes.written.others.remove(&month);
        changes.changed = Some(Extent::joined(changes.changed, range));
        if let Some(old) = made.committed.months.get(&month) {
            changes.replaces.extend(old.parts.iter().cloned());
            changes
                .replaces_evidence
                .extend(old.evidence.iter().cloned());
        }
    }
    let is_written = |path: &DatasetPath| folders.contains(path.folder());
    let parts = made.parts.into_iter();
    changes.parts = parts.filter(|part| is_written(&part.relative)).collect();
    let evidence = made.evidence.into_iter();
    changes.evidence = evidence.filter(|file| is_written(&file.relative)).collect();
    if is_on_another_grid(context) {
        // Every gap is told anew: one that is known is in bins that are no more.
        let committed = context.history.live_parts().into_iter();
        let committed = committed.map(|part| part.entry.time_range);
        changes.changed = Extent::around(changes.changed.into_iter().chain(committed));
    }
    changes.gaps = gaps(context, months, made.stretches, changes.changed);
    changes
}

/// Whether the committed bins are of another length.
fn is_on_another_grid(context: VersionContext<'_>) -> bool {
    let bin = context.settings.resample_interval.to_string();
    let committed = context.history.resample_interval();
    committed.is_some_and(|committed| committed != bin)
}

/// What is committed of the months that are made; of all months nothing is.
pub(in crate::pipeline) fn committed_months(
    context: VersionContext<'_>,
    months: &Months,
) -> CommittedMonths {
    let mut found = CommittedMonths {
        processed: context.settings.dirs.processed.clone(),
        evidence: context.settings.dirs.evidence.clone(),
        without_known_at: context.without_known_at,
        months: BTreeMap::new(),
    };
    let Months::Only(months) = months else {
        return found;
    };
    let site = context.settings.site.as_str();
    let folders: BTreeMap<String, Month> = months
        .iter()
        .map(|month| (month.folder(site), *month))
        .collect();
    let columns = context.schema.columns().iter();
    let columns = columns.map(|column| column.name.as_str()).collect();
    let beyond = context.history.parts_beyond(&columns).into_iter();
    let beyond: BTreeSet<&str> = beyond.map(|part| part.entry.path.as_str()).collect();
    let mut of = |path: &DatasetPath, take: &dyn Fn(&mut CommittedMonth)| {
        if let Some(month) = folders.get(path.folder()) {
            take(found.months.entry(*month).or_default());
        }
    };
    for part in context.history.live_parts() {
        let path = &part.entry.path;
        of(path, &|month| {
            month.range = Some(Extent::joined(month.range, part.entry.time_range));
            month.loses_columns |= beyond.contains(path.as_str());
            month.parts.push(path.clone());
        });
    }
    for file in context.history.live_evidence() {
        let path = &file.entry.path;
        of(path, &|month| month.evidence.push(path.clone()));
    }
    found
}

/// The gaps of the whole axis that the change can have begun, ended, made or filled.
fn gaps(
    context: VersionContext<'_>,
    months: &Months,
    Stretches(made): Stretches,
    changed: Option<Extent>,
) -> Vec<GapEntry> {
    let interval = context.settings.resample_interval;
    let max_gap = context.settings.max_gap;
    let known = context.history.gaps();
    let mut stretches = made;
    for part in context.history.live_parts() {
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
