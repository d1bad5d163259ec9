//! What is kept of files that reports were read from → what of it may go.
//!
//! Enters: a history, and what is in the folder of kept sources. Leaves: the files that may go, with the versions that name them, and what
//! stays. By the last version's `keep_sources`, nothing goes where that is `all`; where it is `auto`, what is older than the retention,
//! unless a text of the dataset has nothing else: its file has another content by now, or it is a frame and never had one. What is kept of texts that left the dataset goes the
//! retention after they did. Whether a file still has its content is asked of the log, then of the file: one that cannot be read is taken to
//! have another.

use super::{Collection, Reason, Removal, removal, walk};
use crate::error::Result;
use crate::kept_source::{self, SourceId};
use crate::publish::log::History;
use crate::publish::log::base::{BaseRecord, TakenFrom};
use crate::publish::{Dirs, InputStatus, KeepSources, KeptSource, KnownSource, Origin};
use crate::store::{self, Stamp, What};
use crate::text_id::TextId;
use crate::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct KeptSum {
    /// Of how many files.
    pub files: u64,
    /// What they take, compressed.
    pub bytes: u64,
}

impl KeptSum {
    /// Adds a file.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What is found of kept sources.
#[derive(Debug, Default)]
pub(super) struct KeptFiles {
    /// The files that may go.
    pub(super) removed: Vec<Removal>,
    /// The versions that name them.
    pub(super) versions: BTreeSet<u64>,
    /// Those that some version names, and that stay.
    pub(super) kept: KeptSum,
}

/// What the log says of kept sources.
#[derive(Default)]
pub(super) struct SourcesLog<'a> {
    /// The versions that name each, in their order; those that were compacted as the last of them.
    named: BTreeMap<SourceId, Vec<u64>>,
    /// What they say of each.
    kept: BTreeMap<SourceId, KeptSource>,
    /// The texts of the dataset that each has.
    texts: BTreeMap<SourceId, Vec<&'a KnownSource>>,
    /// The last version in which a text of each left the dataset.
    left: BTreeMap<SourceId, u64>,
    /// The contents that were taken from each place, each with the first version that took it after another one.
    taken: BTreeMap<PathBuf, Vec<(u64, TextId)>>,
    /// When each version was made, as far as the clock never went back.
    times: BTreeMap<u64, Instant>,
}

/// Whether a file is one of kept sources, by its name.
pub(super) fn is_source(name: &str) -> bool {
    SourceId::of_file_name(name).is_some()
}

/// The paths that versions name.
pub(super) fn named<'a>(dirs: &'a Dirs, history: &'a History) -> impl Iterator<Item = PathBuf> {
    let inputs = history
        .versions()
        .iter()
        .flat_map(|version| &version.manifest.inputs);
    let kept = inputs.filter_map(|input| input.kept);
    let compacted = history.base().into_iter();
    let kept = kept.chain(compacted.flat_map(BaseRecord::kept_sources));
    kept.map(|kept| dirs.source(history.site(), kept.digest))
}

impl Collection {
    /// What there is to do about kept sources.
    pub(super) fn sources(&self, dirs: &Dirs, history: &History) -> Result<KeptFiles> {
        let mut files = Vec::new();
        walk(&dirs.sources.join(history.site()), &is_source, &mut files)?;
        let files: BTreeMap<PathBuf, Stamp> = files.into_iter().collect();
        let log = SourcesLog::of(history);
        let mut goes = self.past_retention(&log, history);
        let mut found = KeptFiles::default();
        for (id, versions) in &log.named {
            let path = dirs.source(history.site(), *id);
            let Some(stamp) = files.get(&path) else {
                continue;
            };
            match goes.remove(id) {
                Some(reason) => {
                    found.removed.push(removal(&path, *stamp, reason));
                    found.versions.extend(versions);
                }
                None => found.kept.add(stamp.bytes),
            }
        }
        Ok(found)
    }

    /// The sources that may go, each with its reason.
    fn past_retention(
        &self,
        log: &SourcesLog<'_>,
        history: &History,
    ) -> BTreeMap<SourceId, Reason> {
        let head = history.head();
        let mode = head.map_or_else(KeepSources::default, |head| head.manifest.keep_sources);
        let of_frames = history.origin() == Some(Origin::Frames);
        let mut goes = BTreeMap::new();
        if mode == KeepSources::All {
            return goes;
        }
        for (id, versions) in &log.named {
            let texts = log.texts.get(id).map_or(&[][..], Vec::as_slice);
            let last = versions.last().copied().unwrap_or_default();
            let left = log
                .left
                .get(id)
                .copied()
                .filter(|by| texts.is_empty() && *by > last);
            // Of versions that were compacted only the time of the last one is known.
            let at = |version: u64| {
                let known = log.times.get(&version.max(history.compacted()));
                known.copied().unwrap_or(Instant::MAX)
            };
            let reason = match left {
                Some(by) => Reason::Replaced { by, at: at(by) },
                None => Reason::PastRetention {
                    version: last,
                    at: at(last),
                },
            };
            let since = at(left.unwrap_or(last));
            let has_nothing_else = |text: &&KnownSource| {
                of_frames
                    || log.is_replaced(text)
                    || has_another_content(&text.path, text.bytes, *id)
            };
            let is_needed = || mode == KeepSources::Auto && texts.iter().any(has_nothing_else);
            if since <= self.now && self.now.since(since) >= self.retention && !is_needed() {
                goes.insert(*id, reason);
            }
        }
        goes
    }
}

impl<'a> SourcesLog<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut log = Self::default();
        let mut latest = Instant::MIN;
        if let Some(base) = history.base() {
            latest = base.created_at;
            log.times.insert(base.version, latest);
            for kept in base.kept_sources() {
                log.named.insert(kept.digest, vec![base.version]);
                log.kept.insert(kept.digest, kept);
            }
            for taken in &base.taken {
                let contents = taken.contents.clone();
                log.taken.insert(taken.path.clone(), contents);
            }
        }
        for version in history.versions() {
            // A clock that once went back must not make what is young look old.
            latest = latest.max(version.manifest.created_at);
            log.times.insert(version.number, latest);
            for input in &version.manifest.inputs {
                if let Some(kept) = input.kept {
                    let named = log.named.entry(kept.digest).or_default();
                    named.push(version.number);
                    log.kept.insert(kept.digest, kept);
                }
                if input.status == InputStatus::Accepted {
                    let content = input.digest.read_as(None);
                    let taken = log.taken.entry(input.place()).or_default();
                    // A rebuild states once more what was taken, and keeps none of it anew.
                    let is_new =
                        input.kept.is_some() || taken.iter().all(|(_, other)| *other != content);
                    if is_new {
                        taken.push((version.number, content));
                    }
                }
            }
        }
        for (version, id) in history.left() {
            let by = log.left.entry(id).or_default();
            *by = version.max(*by);
        }
        for (_, source) in history.sources() {
            if let Some(kept) = source.kept {
                log.texts.entry(kept.digest).or_default().push(source);
            }
        }
        log
    }

    /// What is kept of files, by the word of the last version that names each.
    pub(super) fn kept(&self) -> impl Iterator<Item = KeptSource> {
        self.kept.values().copied()
    }

    /// The contents that were taken from each place.
    pub(super) fn into_taken(self) -> Vec<TakenFrom> {
        let taken = self.taken.into_iter();
        taken
            .map(|(path, contents)| TakenFrom { path, contents })
            .collect()
    }

    /// Whether a later version took another content from the place of a text.
    fn is_replaced(&self, text: &KnownSource) -> bool {
        let taken = self.taken.get(&text.path).into_iter().flatten();
        taken
            .last()
            .is_some_and(|(version, _)| *version > text.version)
    }
}

/// Whether a file has other bytes than those that are known by `id`, which are so many. One that is gone has none.
fn has_another_content(path: &Path, bytes: u64, id: SourceId) -> bool {
    match store::what_is(path) {
        Ok(None) => false,
        Ok(Some(What::File)) => {
            let same_size = Stamp::at(path).is_ok_and(|stamp| stamp.bytes == bytes);
            let same = || kept_source::identify(path).is_ok_and(|(found, _)| found == id);
            !(same_size && same())
        }
        _ => true,
    }
}
