//! What a history answers from the sum of its versions.

use super::super::super::manifest::{FileEntry, GapEntry, Origin, PartEntry, ReportKind};
use super::super::History;
use super::contents::{ContentVerdict, Known, KnownContent, KnownSource};
use crate::digest::Digest;
use crate::kept_source::SourceId;
use crate::model::SchemaColumn;
use crate::text_id::{Digests, TextId};
use crate::time::Month;
use std::collections::BTreeSet;

/// A part that belongs to the dataset: added by one version, replaced by none since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivePart<'a> {
    /// The version that added it.
    pub(crate) version: u64,
    /// What the manifest says of it.
    pub entry: &'a PartEntry,
}

/// An evidence file that belongs to the dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveEvidence<'a> {
    /// The version that added it.
    pub(crate) version: u64,
    /// What the manifest says of it.
    pub entry: &'a FileEntry,
}

impl History {
    /// The parts of the dataset, in the order of time.
    #[must_use]
    pub(crate) fn live_parts(&self) -> Vec<LivePart<'_>> {
        self.fold.files.live_parts()
    }

    /// Those parts of the dataset that have the column of a point which is not among `columns`.
    #[must_use]
    pub(crate) fn parts_beyond(&self, columns: &BTreeSet<&str>) -> Vec<LivePart<'_>> {
        self.fold.files.parts_beyond(columns)
    }

    /// The evidence files of the dataset, in the order of their months.
    #[must_use]
    pub(crate) fn live_evidence(&self) -> Vec<LiveEvidence<'_>> {
        self.fold.files.live_evidence()
    }

    /// The texts whose rows are in the dataset, by their content.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (TextId, &KnownSource)> {
        let contents = self.fold.contents.iter();
        contents.filter_map(|(digest, content)| match content {
            KnownContent::Accepted(source) => Some((*digest, source)),
            _ => None,
        })
    }

    /// The text of this content, if its rows are in the dataset.
    #[must_use]
    pub(crate) fn source(&self, content: &TextId) -> Option<&KnownSource> {
        match self.fold.contents.get(content) {
            Some(KnownContent::Accepted(source)) => Some(source),
            _ => None,
        }
    }

    /// Since which version each text that has left the dataset is not in it, with what is kept of its file.
    pub(in crate::publish) fn left(&self) -> impl Iterator<Item = (u64, SourceId)> {
        let contents = self.fold.contents.values();
        contents.filter_map(|content| match content {
            KnownContent::Superseded(source) | KnownContent::Retracted(source) => {
                Some((source.version, source.kept?.digest))
            }
            _ => None,
        })
    }

    /// The kinds of report that the dataset was made of.
    #[must_use]
    pub(crate) fn kinds(&self) -> &[ReportKind] {
        &self.fold.kinds
    }

    /// What is known of a content.
    #[must_use]
    pub(crate) fn known(&self, content: &TextId) -> Option<Known> {
        let found = self.fold.contents.get(&self.current_id(*content))?;
        Some(self.fold.known(found))
    }

    /// What a content is known by that versions of earlier programs may have listed under another digest.
    #[must_use]
    pub(crate) fn current_id(&self, content: TextId) -> TextId {
        self.fold.current_id(content)
    }

    /// The contents of these bytes whose rows are in the dataset, however they were read.
    pub(crate) fn accepted_readings(&self, content: TextId) -> impl Iterator<Item = TextId> {
        let readings = self
            .fold
            .contents
            .range(self.current_id(content).readings());
        readings
            .filter_map(|(id, content)| matches!(content, KnownContent::Accepted(_)).then_some(*id))
    }

    /// Whether a person withdrew these bytes, however they were read.
    #[must_use]
    pub(crate) fn was_retracted(&self, content: TextId) -> bool {
        let mut readings = self.fold.contents.range(content.readings());
        readings.any(|(_, content)| matches!(content, KnownContent::Retracted(_)))
    }

    /// Whether some content is known by a digest of earlier programs alone: a compressed file may have it.
    fn knows_earlier(&self) -> bool {
        // Digests of earlier programs are sorted behind all others.
        let last = self.fold.contents.last_key_value();
        last.is_some_and(|(content, _)| content.is_earlier())
    }

    /// Which digests tell whether a text is known, in whatever file it comes.
    #[must_use]
    pub(crate) fn digests(&self) -> Digests {
        match self.knows_earlier() {
            true => Digests::AndEarlier,
            false => Digests::Today,
        }
    }

    /// Whether some content of this size is.
    #[must_use]
    pub(crate) fn knows_earlier_size(&self, bytes: u64) -> bool {
        self.earlier_sizes.contains(&bytes)
    }

    /// Whether some known content has this size: if not, a file of this size is new, and need not be digested to tell.
    #[must_use]
    pub(crate) fn knows_size(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }

    /// Whether the rows of this content are in the dataset.
    #[must_use]
    pub(crate) fn is_accepted(&self, content: &TextId) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == ContentVerdict::Accepted)
    }

    /// Whether this content was rejected under the configuration of the last version by this very program, for a reason
    /// that does not pass.
    #[must_use]
    pub(crate) fn is_rejected(&self, content: &TextId) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == ContentVerdict::Rejected)
    }

    /// The digest of the configuration of the last version.
    #[must_use]
    pub(crate) fn config_digest(&self) -> Option<Digest> {
        self.fold.config
    }

    /// What that is the digest of; null where the version does not say it.
    #[must_use]
    pub(crate) fn config(&self) -> &serde_json::Value {
        &self.fold.config_fields
    }

    /// The length of a bin of the last version, such as `15m`.
    #[must_use]
    pub(crate) fn resample_interval(&self) -> Option<&str> {
        self.fold.files.interval.as_deref()
    }

    /// What the last version was made of; `None` where there is none.
    #[must_use]
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.fold.origin
    }

    /// How many frames the dataset was given: the ordinal of the last one.
    #[must_use]
    pub(crate) fn last_ordinal(&self) -> u64 {
        self.fold.last_ordinal
    }

    /// The columns of the parts that do not begin in one of these months, sorted by name.
    #[must_use]
    pub(crate) fn columns_beside(&self, months: &BTreeSet<Month>) -> Vec<SchemaColumn> {
        let is_beside = |part: &PartEntry| !months.contains(&Month::of(part.time_range.first));
        self.fold.files.columns_where(is_beside)
    }

    /// The gaps of the dataset: those that a version lists and that no later one changed.
    #[must_use]
    pub(crate) fn gaps(&self) -> Vec<GapEntry> {
        self.fold.files.gaps()
    }

    /// The columns of all parts, sorted by name; of a column that versions describe differently, the last word.
    #[must_use]
    pub(crate) fn columns(&self) -> Vec<SchemaColumn> {
        self.fold.files.columns()
    }

    /// From the first to the last row of the dataset.
    #[cfg(test)]
    pub(crate) fn time_range(&self) -> Option<crate::time::Extent> {
        crate::time::Extent::around(self.live_parts().iter().map(|part| part.entry.time_range))
    }
}
