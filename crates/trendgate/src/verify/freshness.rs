//! How fresh a dataset is, by what delivers it.
//!
//! ```text
//! texts ─┬─ of an entry with a name ─▶ that name ─────────────────────────┐
//!        └─ of any other ─▶ what reads them, and the first folder ────────┴─▶ sources ─ those that another took over ─▶ awaited
//! ```
//!
//! Enters: a history. Leaves: each source that rows are still waited for from, with the time of its newest row. A source is the entry of
//! `cleaner.sources` that has a name; of texts without one, what one dialect (or described table) reads in one *first folder*: the first
//! below the folder that all files of the site have in common. One whose points another source has all delivered later is retired, and no
//! longer waited for: folders of days and months pass, and an entry may be given a name at any time.
//!
//! A row counts from its acceptance, whether its cells are numbers or not: points that deliver rows without numbers are silent, which
//! `metrics` counts.

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
#[non_exhaustive]
pub struct SourceFreshness {
    /// What it is called, in the metrics, too, and by no other source of the site: its name; without one, its `form`, with the last part of
    /// its `folder` behind a slash where others have that form.
    pub source: String,
    /// The name of its entry in `cleaner.sources`, if that has one.
    pub name: Option<String>,
    /// What reads it: a dialect, or `described` for a table that the configuration describes; `frames` for frames, `unknown` where
    /// an earlier program did not say it. Of a named source that several read, the first of these.
    pub form: String,
    /// The folder that its files stand in, or below.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub folder: PathBuf,
    /// How many points it delivers.
    pub points: usize,
    /// The time of its newest row.
    pub last: Instant,
}

impl SourceFreshness {
    /// What it is, in words: its name, if it has one, and what reads it where.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let fresh = site.history()?.freshness();
    /// assert!(fresh[0].words().starts_with("described in "));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn words(&self) -> String {
        let named = self.name.as_ref();
        let named = named.map_or_else(String::new, |name| format!("{name}: "));
        format!("{named}{} in {}", self.form, self.folder.display())
    }
}

/// What makes texts those of one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SourceKey {
    /// The name of their entry.
    Named(String),
    /// What reads them, and their first folder.
    Unnamed(String, PathBuf),
}

/// What is known of a source, report by report.
struct Delivered {
    form: String,
    folder: PathBuf,
    kinds: BTreeSet<KnownKindId>,
    last: Option<Instant>,
}

impl History {
    /// The sources that rows are still waited for from, the freshest first.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let fresh = site.history()?.freshness();
    /// assert_eq!(fresh[0].last.to_string(), "2026-02-01T00:45:00Z");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn freshness(&self) -> Vec<SourceFreshness> {
        freshness(self)
    }
}

/// The sources that rows are still waited for from, the freshest first.
#[must_use]
pub(crate) fn freshness(history: &History) -> Vec<SourceFreshness> {
    let sources = delivered(history).into_iter();
    let mut sources: Vec<_> = sources
        .filter_map(|(key, delivered)| Some((delivered.last?, key, delivered)))
        .collect();
    sources.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let mut awaited: Vec<(SourceFreshness, BTreeSet<Point<'_>>)> = Vec::new();
    for (last, key, delivered) in sources {
        let points = points(history, &delivered.kinds);
        let later = |others: &BTreeSet<Point<'_>>| points.is_subset(others);
        if points.is_empty() || !awaited.iter().any(|(_, others)| later(others)) {
            let source = SourceFreshness {
                source: String::new(),
                name: match key {
                    SourceKey::Named(name) => Some(name),
                    SourceKey::Unnamed(..) => None,
                },
                form: delivered.form,
                folder: delivered.folder,
                points: points.len(),
                last,
            };
            awaited.push((source, points));
        }
    }
    called(awaited.into_iter().map(|(source, _)| source).collect())
}

/// What each source delivered.
fn delivered(history: &History) -> BTreeMap<SourceKey, Delivered> {
    let above = common_folder(history.sources().map(|(_, source)| folder(source)));
    let mut sources: BTreeMap<SourceKey, Delivered> = BTreeMap::new();
    for (_, source) in history.sources() {
        let first = first_folder(&above, folder(source));
        for report in &source.reports {
            let form = form(history, source, report.kind);
            let key = match &source.reading.source {
                Some(name) => SourceKey::Named(name.clone()),
                None => SourceKey::Unnamed(form.clone(), first.clone()),
            };
            let delivered = sources.entry(key).or_insert_with(|| Delivered {
                form: form.clone(),
                folder: first.clone(),
                kinds: BTreeSet::new(),
                last: None,
            });
            delivered.form = form.min(std::mem::take(&mut delivered.form));
            if delivered.folder != first {
                delivered.folder = above.clone();
            }
            delivered.kinds.extend(report.kind);
            let last = report.time_range.map(|range| range.last);
            delivered.last = delivered.last.max(last);
        }
    }
    sources
}

/// Says what each of the sources is called.
fn called(mut sources: Vec<SourceFreshness>) -> Vec<SourceFreshness> {
    let mut taken: BTreeSet<String> = sources.iter().filter_map(|it| it.name.clone()).collect();
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.name.is_none()) {
        *forms.entry(source.form.clone()).or_default() += 1;
    }
    for source in &mut sources {
        source.source = match &source.name {
            Some(name) => name.clone(),
            None => {
                let alone = forms.get(&source.form) == Some(&1);
                let name = source.folder.file_name().filter(|_| !alone);
                let name = name.map(|name| format!("/{}", name.to_string_lossy()));
                let mut called = format!("{}{}", source.form, name.unwrap_or_default());
                // A name of the configuration, or of a folder that is no text, may say the same.
                while !taken.insert(called.clone()) {
                    called.push('\'');
                }
                called
            }
        };
    }
    sources
}

/// The folder of a text's file.
fn folder(source: &KnownSource) -> &Path {
    source.path.parent().unwrap_or(Path::new(""))
}

/// The last folder that all these stand in, or are.
fn common_folder<'a>(mut folders: impl Iterator<Item = &'a Path>) -> PathBuf {
    let Some(first) = folders.next() else {
        return PathBuf::new();
    };
    folders.fold(first.to_owned(), |common, folder| {
        let both = common.components().zip(folder.components());
        both.take_while(|(one, other)| one == other)
            .map(|(one, _)| one)
            .collect()
    })
}

/// The first folder below `above` on the way to `folder`; `above` where that is itself.
fn first_folder(above: &Path, folder: &Path) -> PathBuf {
    let below = folder.strip_prefix(above).unwrap_or(Path::new(""));
    below
        .components()
        .next()
        .map_or_else(|| above.to_owned(), |first| above.join(first))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: Option<&str>, form: &str, folder: &str) -> SourceFreshness {
        SourceFreshness {
            source: String::new(),
            name: name.map(str::to_owned),
            form: form.to_owned(),
            folder: folder.into(),
            points: 1,
            last: Instant::EPOCH,
        }
    }

    #[test]
    fn a_source_without_a_name_is_called_after_its_form_and_its_folder_only_where_others_have_that_form()
     {
        let sources = called(vec![
            source(Some("chillers"), "described", "/in/a"),
            source(None, "described", "/in/b"),
            source(None, "zinc", "/in/c"),
            source(None, "zinc", "/in/d"),
            source(Some("zinc/d"), "zinc", "/in"),
        ]);
        let called: Vec<&str> = sources.iter().map(|source| &*source.source).collect();
        assert_eq!(
            called,
            ["chillers", "described", "zinc/c", "zinc/d'", "zinc/d"]
        );
    }

    #[test]
    fn the_first_folder_is_the_first_below_what_all_files_have_in_common() {
        let folders = ["/in/2026/03/01", "/in/2026/03/02", "/in/2026/04/01"].map(Path::new);
        let above = common_folder(folders.into_iter());
        assert_eq!(above, Path::new("/in/2026"));
        assert_eq!(first_folder(&above, folders[1]), Path::new("/in/2026/03"));
        let above = common_folder([folders[0], folders[0]].into_iter());
        assert_eq!(first_folder(&above, folders[0]), folders[0]);
        assert_eq!(common_folder([].into_iter()), Path::new(""));
    }
}
