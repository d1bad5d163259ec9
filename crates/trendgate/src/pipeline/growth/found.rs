//! Known reports that are needed → where they are found: among the files of the run, in what the dataset keeps of their files, or where they
//! were read last.
//!
//! Enters: the needed ones. Leaves: for each the report, or that it is gone. What is refused: a file, or what is kept of one, that is there and
//! cannot be read.

use super::{Base, Looked};
use crate::acquire::Report;
use crate::error::Result;
use crate::parallel;
use crate::pipeline::sources::{SourcePlace, SourceReport, find};
use crate::pipeline::survey::TextLocation;
use crate::publish::KnownSource;
use crate::store;
use crate::text_id::TextId;
use std::collections::BTreeMap;
use std::path::PathBuf;

impl Base<'_> {
    /// Looks for the known reports that are needed and were not looked for yet: for all of a text at once.
    pub(super) fn again(
        &self,
        needed: &[SourceReport<'_>],
        at_hand: &BTreeMap<TextId, TextLocation>,
        looked: &mut Looked,
    ) -> Result<()> {
        let unknown: Vec<SourceReport<'_>> = needed
            .iter()
            .filter(|known| !looked.contains_key(&known.key()))
            .copied()
            .collect();
        let texts = unknown.chunk_by(|one, other| one.text == other.text);
        let texts: Vec<&[SourceReport<'_>]> = texts.collect();
        let look = |text: &[SourceReport<'_>]| self.find_text(text, at_hand);
        let found = parallel::map(texts, self.settings.threads, look)?;
        looked.extend(found.into_iter().flatten());
        Ok(())
    }

    /// Where the file of a text is kept, if it still is.
    fn kept_at(&self, source: &KnownSource) -> Result<Option<PathBuf>> {
        let Some(kept) = source.kept else {
            return Ok(None);
        };
        let place = (self.settings.dirs).source(self.settings.site.as_str(), kept.digest);
        let is_there = store::named(&place)?.is_some();
        Ok(is_there.then_some(place))
    }

    /// Whether a text of the dataset that was found changed at its place can be read from what is kept of its file.
    pub(in crate::pipeline) fn is_kept(&self, text: &TextId) -> Result<bool> {
        let source = self.history.source(text);
        let kept = source.map_or(Ok(None), |source| self.kept_at(source))?;
        Ok(kept.is_some())
    }

    /// Looks for some reports of one text.
    fn find_text(
        &self,
        reports: &[SourceReport<'_>],
        at_hand: &BTreeMap<TextId, TextLocation>,
    ) -> Result<Looked> {
        let nowhere = || reports.iter().map(|known| (known.key(), None)).collect();
        let Some(SourceReport { text, source, .. }) = reports.first() else {
            return Ok(nowhere());
        };
        // A file of this run was identified, and may have the text although its size is another. So may one that was packed anew.
        let at_hand = at_hand.get(text).map(|at| (at, None));
        let bytes = source.text_bytes.is_none().then_some(source.bytes);
        let last = TextLocation {
            path: source.path.clone(),
            member: source.member.clone(),
        };
        let kept = self.kept_at(source)?;
        // What is kept has the text for certain; the file at its place may have another by now.
        let places = [
            at_hand.map(|(at, bytes)| (at, SourcePlace::Path(bytes))),
            (kept.as_deref()).map(|kept| (&last, SourcePlace::Kept(kept, source.bytes))),
            Some((&last, SourcePlace::Path(bytes))),
        ];
        for (at, place) in places.into_iter().flatten() {
            let count = source.reports.len();
            if let Some(found) = find(
                at,
                place,
                count,
                self.time,
                &source.reading,
                self.watch.cancel,
            )? {
                let is_other = |report: &Report| {
                    let section = report.section.as_ref();
                    let found = section.map_or(*text, |section| section.text.text);
                    // Also where a point has the name of the file, and that had another one when it was read.
                    found.read_as(report.reading()) != *text
                };
                if found.iter().any(is_other) {
                    continue;
                }
                let mut found = found.into_iter().map(Some).collect::<Vec<_>>();
                let mut take = |known: &SourceReport<'_>| {
                    let place = usize::try_from(known.ordinal).unwrap_or(usize::MAX);
                    found.get_mut(place).and_then(Option::take)
                };
                return Ok(reports
                    .iter()
                    .map(|known| (known.key(), take(known)))
                    .collect());
            }
        }
        Ok(nowhere())
    }
}
