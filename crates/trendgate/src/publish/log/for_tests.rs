//! What the tests of this repository ask a history, beside what is public.

use super::fold::{Known, KnownSource, LiveEvidence, LivePart};
use super::{History, TextId};
use crate::error::Result;
use crate::model::SchemaColumn;
use crate::publish::ReportKind;
use crate::text_id::Digests;

/// Questions that only tests ask; each is answered by the method of the same name.
#[allow(missing_docs, reason = "each is documented where it is defined")]
pub trait HistoryQueries: Sized {
    fn live_parts(&self) -> Vec<LivePart<'_>>;
    fn live_evidence(&self) -> Vec<LiveEvidence<'_>>;
    fn sources(&self) -> impl Iterator<Item = (TextId, &KnownSource)>;
    fn kinds(&self) -> &[ReportKind];
    fn known(&self, content: &TextId) -> Option<Known>;
    fn digests(&self) -> Digests;
    fn is_accepted(&self, content: &TextId) -> bool;
    fn is_rejected(&self, content: &TextId) -> bool;
    fn columns(&self) -> Vec<SchemaColumn>;
    fn until(&self, version: u64) -> Result<Self>;
}

impl HistoryQueries for History {
    fn live_parts(&self) -> Vec<LivePart<'_>> {
        self.live_parts()
    }

    fn live_evidence(&self) -> Vec<LiveEvidence<'_>> {
        self.live_evidence()
    }

    fn sources(&self) -> impl Iterator<Item = (TextId, &KnownSource)> {
        self.sources()
    }

    fn kinds(&self) -> &[ReportKind] {
        self.kinds()
    }

    fn known(&self, content: &TextId) -> Option<Known> {
        self.known(content)
    }

    fn digests(&self) -> Digests {
        self.digests()
    }

    fn is_accepted(&self, content: &TextId) -> bool {
        self.is_accepted(content)
    }

    fn is_rejected(&self, content: &TextId) -> bool {
        self.is_rejected(content)
    }

    fn columns(&self) -> Vec<SchemaColumn> {
        self.columns()
    }

    fn until(&self, version: u64) -> Result<Self> {
        self.until(version)
    }
}
