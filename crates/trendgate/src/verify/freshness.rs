//! How fresh a dataset is, by what delivers it.
//!
//! Enters: a history. Leaves: for each source the time of its newest row. A source is what one dialect (or described table) reads in one
//! folder. One whose points another source has all delivered later is no longer waited for: folders of days and months pass, what they
//! deliver goes on.

use crate::acquire::DialectId;
use crate::model::KnownKindId;
use crate::path_bytes::as_text;
use crate::publish::{History, KnownSource, Origin};
use crate::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How fresh a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceFreshness {
    /// What reads it: a dialect, or `described` for a table that the configuration describes; `frames` for frames, `unknown` where
    /// an earlier program did not say it.
    pub form: String,
    /// The folder that its files stand in.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub folder: PathBuf,
    /// How many points it delivers.
    pub points: usize,
    /// The time of its newest row.
    pub last: Instant,
}

/// What is known of a source, report by report.
#[derive(Default)]
struct Delivered {
    kinds: BTreeSet<KnownKindId>,
    last: Option<Instant>,
}

/// The sources that rows are still waited for from, the freshest first.
#[must_use]
pub fn freshness(history: &History) -> Vec<SourceFreshness> {
    let mut sources: BTreeMap<(String, PathBuf), Delivered> = BTreeMap::new();
    for (_, source) in history.sources() {
        let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
        for report in &source.reports {
            let place = (form(history, source, report.kind), folder.clone());
            let delivered = sources.entry(place).or_default();
            delivered.kinds.extend(report.kind);
            let last = report.time_range.map(|range| range.last);
            delivered.last = delivered.last.max(last);
        }
    }
    let sources = sources.into_iter();
    let mut sources: Vec<_> = sources
        .filter_map(|(place, delivered)| Some((delivered.last?, place, delivered.kinds)))
        .collect();
    sources.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let mut awaited: Vec<(SourceFreshness, BTreeSet<Point<'_>>)> = Vec::new();
    for (last, (form, folder), kinds) in sources {
        let points = points(history, &kinds);
        let later = |others: &BTreeSet<Point<'_>>| points.is_subset(others);
        if points.is_empty() || !awaited.iter().any(|(_, others)| later(others)) {
            let source = SourceFreshness {
                form,
                folder,
                points: points.len(),
                last,
            };
            awaited.push((source, points));
        }
    }
    awaited.into_iter().map(|(source, _)| source).collect()
}

/// A point by its name and suffix.
type Point<'h> = (&'h str, &'h str);

fn points<'h>(history: &'h History, kinds: &BTreeSet<KnownKindId>) -> BTreeSet<Point<'h>> {
    let kinds = (kinds.iter()).filter_map(|kind| history.kinds().get(kind.index()));
    let points = kinds.flat_map(|kind| &kind.points);
    points
        .map(|point| (point.name.as_str(), point.suffix.as_str()))
        .collect()
}

/// What reads a source.
fn form(history: &History, source: &KnownSource, kind: Option<KnownKindId>) -> String {
    let kind = kind.and_then(|kind| history.kinds().get(kind.index()));
    match kind {
        None if history.origin() == Some(Origin::Frames) => "frames".to_owned(),
        None => "unknown".to_owned(),
        Some(_) if source.reading.table.is_some() => "described".to_owned(),
        Some(kind) => DialectId::as_str(kind.dialect).to_owned(),
    }
}
