//! What the versions of a site add up to: its parts and evidence, its columns, its gaps, the reports that it knows. Pure.
//!
//! Enters: one manifest after the other. Leaves: a [`Fold`], the same whether it was made from the first version on or goes on
//! from a checkpoint.

use super::super::manifest::{
    FileEntry, GapEntry, InputStatus, Manifest, Origin, PartEntry, Redigested, ReportKind, Retry,
    SourceRef,
};
use super::History;
use crate::dataset_path::{DatasetPath, FileKind};
use crate::digest::Digest;
use crate::model::{KnownKindId, SchemaColumn, TimestampUnit};
use crate::path_bytes::{PathBytes, as_json};
use crate::text_id::{Digests, TextId};
use crate::time::{Extent, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A part that belongs to the dataset: added by one version, replaced by none since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivePart<'a> {
    /// The version that added it.
    pub version: u64,
    /// What the manifest says of it.
    pub entry: &'a PartEntry,
}

/// An evidence file that belongs to the dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveEvidence<'a> {
    /// The version that added it.
    pub version: u64,
    /// What the manifest says of it.
    pub entry: &'a FileEntry,
}

/// A report whose rows are in the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSource {
    /// The version that took it.
    pub version: u64,
    /// Where it was read last: absolute.
    #[serde(with = "as_json")]
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The size of its text, where it is compressed.
    #[serde(default)]
    pub text_bytes: Option<u64>,
    /// First and last time of its accepted rows; `None` where it has none.
    pub time_range: Option<Extent>,
    /// The place of its kind in [`History::kinds`]; `None` where the manifest does not say.
    pub kind: Option<KnownKindId>,
    /// The columns of its required points that have no number in it.
    pub silent: Vec<String>,
}

/// A content that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The version whose batch saw it last.
    pub version: u64,
    /// Where it was then.
    pub path: PathBuf,
    /// What became of it.
    pub verdict: ContentVerdict,
}

/// What became of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentVerdict {
    /// Its rows are in the dataset.
    Accepted,
    /// Its file has another content now, which took its place.
    Superseded,
    /// A person withdrew it.
    Retracted,
    /// It could not be used, and cannot be until it, the configuration or the program changes.
    Rejected,
    /// It could not be used, and is to be tried again in every run.
    TryAgain,
}

/// What is kept of a content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KnownContent {
    Accepted(KnownSource),
    Superseded(KnownSource),
    Retracted(KnownSource),
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Failure {
    version: u64,
    #[serde(with = "as_json")]
    path: PathBuf,
    bytes: Option<u64>,
    retry: Retry,
    /// By which program and under which configuration.
    program: String,
    config: Digest,
}

/// A file of the dataset, with the version that added it and the place of that version's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Placed<T> {
    version: u64,
    columns: usize,
    entry: T,
}

/// The sum of the versions up to one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fold {
    parts: BTreeMap<DatasetPath, Placed<PartEntry>>,
    evidence: BTreeMap<DatasetPath, Placed<FileEntry>>,
    /// Every list of columns that a version had, once.
    schemas: Vec<Vec<SchemaColumn>>,
    gaps: Vec<GapEntry>,
    kinds: Vec<ReportKind>,
    contents: BTreeMap<TextId, KnownContent>,
    /// Those that versions of earlier programs know by other digests, by those: what they are known by now.
    #[serde(default)]
    redigested: BTreeMap<TextId, TextId>,
    /// The configuration of the last version.
    config: Option<Digest>,
    interval: Option<String>,
    #[serde(default)]
    origin: Option<Origin>,
    /// What timestamps count since the last version.
    #[serde(default)]
    unit: TimestampUnit,
}

impl Fold {
    /// Whether all its files are those of `site`.
    pub(super) fn is_of(&self, site: &str) -> bool {
        let is_of = |path: &DatasetPath, kind| path.is_of(kind, site);
        let parts = self.parts.values().map(|part| &part.entry.path);
        let evidence = self.evidence.values().map(|file| &file.entry.path);
        parts
            .chain(self.parts.keys())
            .all(|path| is_of(path, FileKind::Part))
            && evidence
                .chain(self.evidence.keys())
                .all(|path| is_of(path, FileKind::Evidence))
    }

    /// Adds the next version.
    pub(super) fn apply(&mut self, version: u64, manifest: &Manifest) {
        let unit = TimestampUnit::of(&manifest.schema);
        if self.unit != unit {
            self.go_on_rejecting(manifest.config_digest);
        }
        self.unit = unit;
        self.config = Some(manifest.config_digest);
        self.origin = Some(manifest.origin);
        self.interval = Some(manifest.resample_interval.clone());
        self.replace_files(version, manifest);
        self.replace_gaps(manifest);
        self.redigest(&manifest.redigested);
        self.fail(version, manifest);
        self.move_sources(&manifest.rebuilt_from);
        self.accept(version, manifest);
        for gone in &manifest.superseded {
            self.withdraw(version, gone, KnownContent::Superseded);
        }
        for gone in &manifest.retracted {
            self.withdraw(version, gone, KnownContent::Retracted);
        }
    }

    /// A change of unit is all that its version makes: what could not be read under the configuration before it cannot be under this.
    fn go_on_rejecting(&mut self, config: Digest) {
        for content in self.contents.values_mut() {
            if let KnownContent::Failed(failure) = content
                && Some(failure.config) == self.config
            {
                failure.config = config;
            }
        }
    }

    fn replace_files(&mut self, version: u64, manifest: &Manifest) {
        let columns = place_of(&mut self.schemas, &manifest.schema);
        for path in &manifest.replaces {
            self.parts.remove(path);
        }
        for path in &manifest.replaces_evidence {
            self.evidence.remove(path);
        }
        let placed = |path: &DatasetPath| (path.clone(), version, columns);
        for entry in &manifest.files {
            let (path, version, columns) = placed(&entry.path);
            let entry = entry.clone();
            self.parts.insert(
                path,
                Placed {
                    version,
                    columns,
                    entry,
                },
            );
        }
        for entry in &manifest.evidence_files {
            let (path, version, columns) = placed(&entry.path);
            let entry = entry.clone();
            self.evidence.insert(
                path,
                Placed {
                    version,
                    columns,
                    entry,
                },
            );
        }
    }

    fn replace_gaps(&mut self, manifest: &Manifest) {
        if let Some(changed) = manifest.changed_range {
            let interval = manifest.resample_interval.parse().unwrap_or_default();
            self.gaps.retain(|gap| !touches(gap, changed, interval));
        }
        self.gaps.extend(&manifest.gaps);
        self.gaps.sort_by_key(|gap| (gap.from, gap.to));
        self.gaps.dedup();
    }

    /// Knows contents by the digest of today; what the rest of the version says of them it says by that.
    fn redigest(&mut self, contents: &[Redigested]) {
        for Redigested {
            earlier,
            digest,
            text_bytes,
        } in contents
        {
            let Some(mut content) = self.contents.remove(earlier) else {
                continue;
            };
            if let KnownContent::Accepted(source)
            | KnownContent::Superseded(source)
            | KnownContent::Retracted(source) = &mut content
            {
                source.text_bytes = source.text_bytes.or(*text_bytes);
            }
            self.contents.entry(*digest).or_insert(content);
            self.redigested.insert(*earlier, *digest);
        }
    }

    /// What a content is known by that may be named by an earlier digest.
    fn current_id(&self, content: TextId) -> TextId {
        self.redigested.get(&content).copied().unwrap_or(content)
    }

    fn accept(&mut self, version: u64, manifest: &Manifest) {
        for input in &manifest.inputs {
            let path = input.place();
            if input.texts.is_empty() && input.status == InputStatus::Accepted {
                let source = KnownSource {
                    version,
                    path: path.clone(),
                    bytes: input.bytes,
                    text_bytes: input.text_bytes,
                    time_range: input.time_range,
                    kind: self.place_of_kind(manifest, input.kind),
                    silent: input.silent.clone(),
                };
                self.know(input.digest, source);
            }
            let texts = input.texts.iter();
            for text in texts.filter(|text| text.status == InputStatus::Accepted) {
                // Of a text of several reports no one kind can be said.
                let only = match text.reports.as_slice() {
                    [only] => Some(only),
                    _ => None,
                };
                let source = KnownSource {
                    version,
                    path: path.clone(),
                    bytes: input.bytes,
                    text_bytes: Some(text.bytes),
                    time_range: Extent::around(text.reports.iter().filter_map(|r| r.time_range)),
                    kind: only.and_then(|only| self.place_of_kind(manifest, only.kind)),
                    silent: only.map_or_else(Vec::new, |only| only.silent.clone()),
                };
                self.know(text.digest, source);
            }
        }
    }

    fn place_of_kind(&mut self, manifest: &Manifest, kind: Option<u64>) -> Option<KnownKindId> {
        let kind = manifest.kinds.get(usize::try_from(kind?).ok()?)?;
        Some(KnownKindId::new(place_of(&mut self.kinds, kind)))
    }

    /// Knows a content. One that is only read again by other rules came with the version that it came with.
    fn know(&mut self, content: TextId, source: KnownSource) {
        let version = match self.contents.get(&content) {
            Some(KnownContent::Accepted(known)) => known.version,
            _ => source.version,
        };
        let source = KnownSource { version, ..source };
        self.contents
            .insert(content, KnownContent::Accepted(source));
    }

    fn fail(&mut self, version: u64, manifest: &Manifest) {
        for failed in &manifest.failed_files {
            let Some(digest) = failed.digest else {
                continue;
            };
            let failure = Failure {
                version,
                path: PathBytes::join(&failed.file, failed.file_bytes.as_ref()),
                bytes: failed.bytes,
                retry: failed.retry,
                program: manifest.trendgate_version.clone(),
                config: manifest.config_digest,
            };
            self.contents.insert(digest, KnownContent::Failed(failure));
        }
    }

    /// Where known reports were read again is where they are now.
    fn move_sources(&mut self, read: &[SourceRef]) {
        for read in read {
            if let Some(KnownContent::Accepted(source)) = self.contents.get_mut(&read.digest) {
                source.path = read.place();
            }
        }
    }

    fn withdraw(&mut self, version: u64, gone: &SourceRef, how: fn(KnownSource) -> KnownContent) {
        let digest = self.current_id(gone.digest);
        if let Some(KnownContent::Accepted(source)) = self.contents.get(&digest) {
            let source = KnownSource {
                version,
                ..source.clone()
            };
            self.contents.insert(digest, how(source));
        }
    }

    /// What a content was found to be, seen from the last version.
    fn known(&self, content: &KnownContent) -> Known {
        let (version, path, verdict) = match content {
            KnownContent::Accepted(source) => {
                (source.version, &source.path, ContentVerdict::Accepted)
            }
            KnownContent::Superseded(source) => {
                (source.version, &source.path, ContentVerdict::Superseded)
            }
            KnownContent::Retracted(source) => {
                (source.version, &source.path, ContentVerdict::Retracted)
            }
            KnownContent::Failed(failure) => {
                (failure.version, &failure.path, self.verdict(failure))
            }
        };
        Known {
            version,
            path: path.clone(),
            verdict,
        }
    }

    /// Another configuration or another program may be able to read what failed.
    fn verdict(&self, failure: &Failure) -> ContentVerdict {
        let holds = failure.program == env!("CARGO_PKG_VERSION")
            && self.config.is_some_and(|config| config == failure.config);
        match failure.retry {
            Retry::WhenChanged if holds => ContentVerdict::Rejected,
            _ => ContentVerdict::TryAgain,
        }
    }

    /// The sizes of the contents that are known by such digests.
    pub(super) fn sizes(&self, of: impl Fn(TextId) -> bool) -> BTreeSet<u64> {
        let sizes = |content: &KnownContent| match content {
            KnownContent::Accepted(source)
            | KnownContent::Superseded(source)
            | KnownContent::Retracted(source) => [Some(source.bytes), source.text_bytes],
            KnownContent::Failed(failure) => [failure.bytes, None],
        };
        let contents = self.contents.iter().filter(|(digest, _)| of(**digest));
        let sizes = contents.flat_map(|(_, content)| sizes(content));
        sizes.flatten().collect()
    }
}

/// The place of `item` in `list`, to which it is added where it is new.
fn place_of<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T) -> usize {
    let known = list.iter().rposition(|known| known == item);
    known.unwrap_or_else(|| {
        list.push(item.clone());
        list.len() - 1
    })
}

/// Whether a change from the first to the last bin of `changed` can begin, end, fill or make this gap.
pub(crate) fn touches(gap: &GapEntry, changed: Extent, interval: Span) -> bool {
    gap.from <= changed.last + interval && changed.first <= gap.to
}

impl History {
    /// The parts of the dataset, in the order of time.
    #[must_use]
    pub fn live_parts(&self) -> Vec<LivePart<'_>> {
        let parts = self.fold.parts.values();
        let mut parts: Vec<LivePart<'_>> = parts
            .map(|part| LivePart {
                version: part.version,
                entry: &part.entry,
            })
            .collect();
        parts.sort_by_key(|part| (part.entry.time_range.first, part.entry.time_range.last));
        parts
    }

    /// Those parts of the dataset that have the column of a point which is not among `columns`.
    #[must_use]
    pub fn parts_beyond(&self, columns: &BTreeSet<&str>) -> Vec<LivePart<'_>> {
        let is_beyond = |column: &SchemaColumn| {
            column.point.is_some() && !columns.contains(column.name.as_str())
        };
        let schemas = self.fold.schemas.iter();
        let beyond: Vec<bool> = schemas.map(|schema| schema.iter().any(is_beyond)).collect();
        let parts = self.fold.parts.values();
        let parts = parts.filter(|part| beyond.get(part.columns) == Some(&true));
        parts
            .map(|part| LivePart {
                version: part.version,
                entry: &part.entry,
            })
            .collect()
    }

    /// The evidence files of the dataset, in the order of their months.
    #[must_use]
    pub fn live_evidence(&self) -> Vec<LiveEvidence<'_>> {
        let files = self.fold.evidence.values();
        files
            .map(|file| LiveEvidence {
                version: file.version,
                entry: &file.entry,
            })
            .collect()
    }

    /// The reports whose rows are in the dataset, by their content.
    pub fn sources(&self) -> impl Iterator<Item = (TextId, &KnownSource)> {
        let contents = self.fold.contents.iter();
        contents.filter_map(|(digest, content)| match content {
            KnownContent::Accepted(source) => Some((*digest, source)),
            _ => None,
        })
    }

    /// The kinds of report that the dataset was made of.
    #[must_use]
    pub fn kinds(&self) -> &[ReportKind] {
        &self.fold.kinds
    }

    /// What is known of a content.
    #[must_use]
    pub fn known(&self, content: &TextId) -> Option<Known> {
        let found = self.fold.contents.get(&self.current_id(*content))?;
        Some(self.fold.known(found))
    }

    /// What a content is known by that versions of earlier programs may have listed under another digest.
    #[must_use]
    pub fn current_id(&self, content: TextId) -> TextId {
        self.fold.current_id(content)
    }

    /// Whether some content is known by a digest of earlier programs alone: a compressed file may have it.
    fn knows_earlier(&self) -> bool {
        // Those come last.
        let last = self.fold.contents.last_key_value();
        last.is_some_and(|(content, _)| content.is_earlier())
    }

    /// Which digests tell whether a text is known, in whatever file it comes.
    #[must_use]
    pub fn digests(&self) -> Digests {
        match self.knows_earlier() {
            true => Digests::AndEarlier,
            false => Digests::Today,
        }
    }

    /// Whether some content of this size is.
    #[must_use]
    pub fn knows_earlier_size(&self, bytes: u64) -> bool {
        self.earlier_sizes.contains(&bytes)
    }

    /// Whether some known content has this size: if not, a file of this size is new, and need not be digested to tell.
    #[must_use]
    pub fn knows_size(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }

    /// Whether the rows of this content are in the dataset.
    #[must_use]
    pub fn is_accepted(&self, content: &TextId) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == ContentVerdict::Accepted)
    }

    /// Whether this content was rejected under the configuration of the last version by this very program, for a reason
    /// that does not pass.
    #[must_use]
    pub fn is_rejected(&self, content: &TextId) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == ContentVerdict::Rejected)
    }

    /// The digest of the configuration of the last version.
    #[must_use]
    pub fn config_digest(&self) -> Option<Digest> {
        self.fold.config
    }

    /// The length of a bin of the last version, such as `15m`.
    #[must_use]
    pub fn resample_interval(&self) -> Option<&str> {
        self.fold.interval.as_deref()
    }

    /// What the last version was made of; `None` where there is none.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.fold.origin
    }

    /// The gaps of the dataset: those that a version lists and that no later one changed.
    #[must_use]
    pub fn gaps(&self) -> Vec<GapEntry> {
        self.fold.gaps.clone()
    }

    /// The columns of all parts, sorted by name; of a column that versions describe differently, the last word.
    #[must_use]
    pub fn columns(&self) -> Vec<SchemaColumn> {
        let live: BTreeSet<(u64, usize)> = self
            .fold
            .parts
            .values()
            .map(|part| (part.version, part.columns))
            .collect();
        let all = live
            .into_iter()
            .filter_map(|(_, columns)| self.fold.schemas.get(columns))
            .flatten();
        let columns: BTreeMap<&str, &SchemaColumn> =
            all.map(|column| (column.name.as_str(), column)).collect();
        columns.into_values().cloned().collect()
    }

    /// From the first to the last row of the dataset.
    #[must_use]
    pub fn time_range(&self) -> Option<Extent> {
        Extent::around(self.live_parts().iter().map(|part| part.entry.time_range))
    }
}
