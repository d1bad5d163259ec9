//! Frames that wait → a version, or the conflicts for which there is none.

use super::kept;
use super::series;
use super::version::{FrameBatchMade, accounts, known_after};
use super::{Batch, FrameConflicts, FrameSummary};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Rule;
use crate::pipeline::version::{
    CommitEnd, Made, MadeFiles, VersionContext, VersionIdentity, commit, committed_months,
};
use crate::pipeline::{NothingNew, Run, Summary, public_copy};
use crate::progress::Watch;
use crate::publish::{KeptSum, Origin, batch_id};
use crate::time::Span;
use crate::verify::WithoutKnownAt;
use crate::warning::Warning;

impl Batch {
    /// Merges everything and commits it. Where that is refused for conflicts, they are in `conflicts`, too.
    pub(super) fn publish(
        mut self,
        conflicts: &mut FrameConflicts,
        watch: Watch<'_>,
    ) -> Result<Run> {
        if self.again.is_nothing() && self.frames.iter().all(|frame| frame.rows == 0) {
            return self.nothing_new();
        }
        let mut months = series::make(&mut self, watch)?;
        if months.conflicts.total > 0 {
            *conflicts = std::mem::take(&mut months.conflicts);
            return Err(conflicts.clone().into());
        }
        self.tell_conflicts(&months.lost, watch);
        let kept = match self.again.is_nothing() {
            true => kept::keep(&mut self, watch)?,
            false => KeptSum::default(),
        };
        let site = self.settings.site.as_str();
        let digests = self.frames.iter().map(|frame| frame.id.text);
        let identity = VersionIdentity {
            batch_id: match self.again.is_nothing() {
                true => batch_id(site, self.settings.digest(), digests),
                false => self
                    .again
                    .identity(site, self.settings.digest(), &self.history),
            },
            origin: Origin::Frames,
            baseline: self.baseline,
            after: self.history.last_made(),
        };
        let columns = months.schema.columns();
        let accounts = accounts(&self.frames, columns, months.counts)?;
        let context = VersionContext {
            settings: &self.settings,
            history: &self.history,
            schema: &months.schema,
            without_known_at: WithoutKnownAt::Same,
        };
        let committed = committed_months(context, &months.months);
        let files = MadeFiles {
            compared: committed.compare(site, &months.parts, &months.evidence),
            committed,
            parts: months.parts,
            evidence: months.evidence,
            stretches: months.stretches,
        };
        let made = Made {
            context,
            attempt: self.attempt,
            identity,
            months: &months.months,
            files,
            accounts: &accounts,
            failed: &self.refused,
        };
        let before = self.history.head().map(|head| &head.manifest.known_after);
        // The contract judges, too, where numbers are not finite.
        let extreme = |frame: &&FrameSummary| frame.warnings().next().is_some();
        let by_contract = self.frames.iter().find(extreme);
        let by_contract = by_contract.map(|_| (Rule::NotFinite, Span::ZERO));
        let known_after = known_after(before, self.known_after.into_iter().chain(by_contract));
        let maker = FrameBatchMade {
            frames: match self.again.is_nothing() {
                true => &self.frames,
                false => &[],
            },
            duplicates: &self.duplicates,
            redigested: &self.redigested,
            again: &self.again,
            warnings: &self.warnings,
            known_after,
            interval: self.settings.resample_interval,
        };
        match commit(made, &maker, watch)? {
            CommitEnd::Committed(mut committed) | CommitEnd::Already(mut committed) => {
                committed.manifest.inputs = maker.inputs().collect();
                Ok(Run::Committed(Box::new(Summary {
                    committed: *committed,
                    failed: self.refused,
                    known: self.known,
                    known_rejects: 0,
                    withdrawn: self.withdrawn,
                    ignored: 0,
                    warnings: self.warnings,
                    bytes: self.frames.iter().map(FrameSummary::bytes).sum(),
                    kept,
                })))
            }
            CommitEnd::Overtaken(version) => Err(Error::new(
                ErrorKind::Locked,
                format!("another run committed version {version} in the meantime"),
            )
            .hint("nothing was committed; add the frames to a new batch")),
        }
    }

    /// Says which frames have numbers that differ from those of frames that were added before them.
    fn tell_conflicts(&mut self, lost: &[u64], watch: Watch<'_>) {
        for ((frame, lost), committed) in self.frames.iter().zip(lost).zip(&self.lost) {
            let cells = lost - committed.min(lost);
            if cells > 0 {
                let source = frame.source.clone();
                let warning = Warning::FrameConflicts { source, cells };
                watch.warn(&warning);
                self.warnings.push(warning);
            }
        }
    }

    fn nothing_new(self) -> Result<Run> {
        if self.history.head().is_none() {
            return Err(
                Error::usage("no row was added, and nothing is committed yet")
                    .hint("add at least one frame with rows"),
            );
        }
        self.history
            .acknowledge(&self.settings.dirs, public_copy(&self.settings))?;
        Ok(Run::NothingNew(Box::new(NothingNew {
            version: self.history.version(),
            known: self.known,
            known_rejects: 0,
            withdrawn: self.withdrawn,
            ignored: 0,
            warnings: self.warnings,
            failed: self.refused,
        })))
    }
}
