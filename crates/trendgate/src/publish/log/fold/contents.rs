//! What is known of contents: which are in the dataset, which were withdrawn, which could not be used.
//!
//! Enters: the inputs, rejects and withdrawals of one manifest after the other. Leaves: for every content what the last version that named it
//! found it to be. A content is known by the digest that the program of today gives it, whichever the version named it by.

use super::super::super::manifest::{
    InputStatus, KeptSource, Manifest, Redigested, Retry, SourceRef,
};
use super::{Fold, place_of};
use crate::acquire::{StatedReading, text_path};
use crate::digest::Digest;
use crate::model::KnownKindId;
use crate::path_bytes::{PathBytes, as_json};
use crate::text_id::TextId;
use crate::time::Extent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A text whose rows are in the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSource {
    /// The version that took it.
    pub version: u64,
    /// Where it was read last: absolute.
    #[serde(with = "as_json")]
    pub path: PathBuf,
    /// The name of its text in the file, where that names its texts.
    #[serde(default)]
    pub(crate) member: Option<String>,
    /// Its size.
    pub(crate) bytes: u64,
    /// The size of its text, where it is compressed.
    #[serde(default)]
    pub(crate) text_bytes: Option<u64>,
    /// What was stated of how it is read.
    #[serde(default)]
    pub(crate) reading: StatedReading,
    /// What is kept of the bytes of its file, unless a collection removed it.
    #[serde(default)]
    pub(crate) kept: Option<KeptSource>,
    /// Of a frame, its place among all frames that the dataset was given.
    #[serde(default)]
    pub(crate) ordinal: Option<u64>,
    /// Whether it is a frame that replaces what earlier ones have.
    #[serde(default)]
    pub(crate) replaces: bool,
    /// Its reports, in their order.
    pub reports: Vec<KnownReport>,
}

impl KnownSource {
    /// From its first to its last row.
    pub(crate) fn time_range(&self) -> Option<Extent> {
        Extent::around(self.reports.iter().filter_map(|report| report.time_range))
    }

    /// Where it was read last, with its name in the file.
    #[must_use]
    pub(crate) fn shown(&self) -> PathBuf {
        text_path(&self.path, self.member.as_deref())
    }
}

/// A report whose rows are in the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownReport {
    /// First and last time of its accepted rows; `None` where it has none.
    pub(crate) time_range: Option<Extent>,
    /// The place of its kind in [`History::kinds`](crate::publish::History::kinds); `None` where the manifest does not say.
    pub(crate) kind: Option<KnownKindId>,
    /// The columns of its required points that have no number in it.
    pub(crate) silent: Vec<String>,
}

/// A content that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The version whose batch saw it last.
    pub version: u64,
    /// Where it was then.
    pub(crate) path: PathBuf,
    /// Its name in that file; of one that could not be used it is not kept.
    pub(crate) member: Option<String>,
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
pub(super) enum KnownContent {
    Accepted(KnownSource),
    Superseded(KnownSource),
    Retracted(KnownSource),
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Failure {
    version: u64,
    #[serde(with = "as_json")]
    path: PathBuf,
    bytes: Option<u64>,
    retry: Retry,
    /// By which program and under which configuration.
    program: String,
    config: Digest,
}

impl Fold {
    /// A change of unit is all that its version makes: what could not be read under the configuration before it cannot be under this.
    pub(super) fn go_on_rejecting(&mut self, config: Digest) {
        for content in self.contents.values_mut() {
            if let KnownContent::Failed(failure) = content
                && Some(failure.config) == self.config
            {
                failure.config = config;
            }
        }
    }

    /// Knows contents by the digest of today; what the rest of the version says of them it says by that.
    pub(super) fn redigest(&mut self, contents: &[Redigested]) {
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
    pub(super) fn current_id(&self, content: TextId) -> TextId {
        self.redigested.get(&content).copied().unwrap_or(content)
    }

    pub(super) fn accept(&mut self, version: u64, manifest: &Manifest) {
        for input in &manifest.inputs {
            let path = input.place();
            if input.texts.is_empty() && input.status == InputStatus::Accepted {
                let only = KnownReport {
                    time_range: input.time_range,
                    kind: self.place_of_kind(manifest, input.kind),
                    silent: input.silent.clone(),
                };
                let source = KnownSource {
                    version,
                    path: path.clone(),
                    member: None,
                    bytes: input.bytes,
                    text_bytes: input.text_bytes,
                    reports: vec![only],
                    reading: input.reading.clone().unwrap_or_default(),
                    kept: input.kept,
                    ordinal: input.ordinal,
                    replaces: input.replaces,
                };
                self.last_ordinal = self.last_ordinal.max(input.ordinal.unwrap_or(0));
                self.know(input.digest, source);
            }
            let texts = input.texts.iter();
            for text in texts.filter(|text| text.status == InputStatus::Accepted) {
                let reports = text.reports.iter().map(|report| KnownReport {
                    time_range: report.time_range,
                    kind: self.place_of_kind(manifest, report.kind),
                    silent: report.silent.clone(),
                });
                let source = KnownSource {
                    version,
                    path: path.clone(),
                    member: text.member.clone(),
                    bytes: input.bytes,
                    text_bytes: Some(text.bytes),
                    reports: reports.collect(),
                    reading: (text.reading.clone())
                        .or_else(|| input.reading.clone())
                        .unwrap_or_default(),
                    kept: input.kept,
                    ordinal: None,
                    replaces: false,
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
        let source = match self.contents.get(&content) {
            Some(KnownContent::Accepted(known)) => KnownSource {
                version: known.version,
                kept: source.kept.or(known.kept),
                ..source
            },
            _ => source,
        };
        self.contents
            .insert(content, KnownContent::Accepted(source));
    }

    pub(super) fn fail(&mut self, version: u64, manifest: &Manifest) {
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
    pub(super) fn move_sources(&mut self, read: &[SourceRef]) {
        for read in read {
            if let Some(KnownContent::Accepted(source)) = self.contents.get_mut(&read.digest) {
                source.path = read.place();
                source.member = read.member.clone();
            }
        }
    }

    pub(super) fn withdraw(
        &mut self,
        version: u64,
        gone: &SourceRef,
        how: fn(KnownSource) -> KnownContent,
    ) {
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
    pub(super) fn known(&self, content: &KnownContent) -> Known {
        let (source, verdict) = match content {
            KnownContent::Accepted(source) => (source, ContentVerdict::Accepted),
            KnownContent::Superseded(source) => (source, ContentVerdict::Superseded),
            KnownContent::Retracted(source) => (source, ContentVerdict::Retracted),
            KnownContent::Failed(failure) => {
                return Known {
                    version: failure.version,
                    path: failure.path.clone(),
                    member: None,
                    verdict: self.verdict(failure),
                };
            }
        };
        Known {
            version: source.version,
            path: source.path.clone(),
            member: source.member.clone(),
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
    pub(in super::super) fn sizes(&self, of: impl Fn(TextId) -> bool) -> BTreeSet<u64> {
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
