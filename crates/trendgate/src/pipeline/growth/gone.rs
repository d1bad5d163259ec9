//! Known reports whose files are gone: what of the dataset can still be made, what stands in for them, and what is refused.

use super::{Base, Looked};
use crate::clean::Look;
use crate::error::{Error, Result};
use crate::pipeline::Gone;
use crate::pipeline::sources::{SourceReport, Sources, gone, is_in, windows};
use crate::plan::{DatasetPoints, Inputs, Kept, Months, months_around, read_window};
use crate::store::{self, What};
use crate::time::{Extent, Span};
use crate::warning::{Warning, reports_are_gone};

impl Base<'_> {
    /// All months whose reports are there: with a new configuration, each of them comes out anew.
    pub(super) fn all_months(
        &self,
        extents: impl Iterator<Item = Extent>,
        gone: &[SourceReport<'_>],
        look: Look,
        warnings: &mut Vec<Warning>,
    ) -> Result<Months> {
        let settings = self.settings;
        let bin = settings.resample_interval;
        let parts = self.history.live_parts().into_iter();
        let parts = parts.map(|part| part.entry.time_range);
        let mut months = months_around(extents.chain(parts), look, bin);
        if gone.is_empty() {
            return Ok(Months::Only(months));
        }
        if self.history.resample_interval() != Some(bin.to_string().as_str()) {
            return Err(Error::usage(format!(
                "{}, and their months cannot be made again with bins of {bin}",
                reports_are_gone(gone.len())
            ))
            .at(gone[0].source.shown())
            .hint("put them back, or keep cleaner.resample_interval"));
        }
        let before = months.len();
        months.retain(|month| {
            let window = [read_window(*month, look)];
            !gone.iter().any(|known| is_in(&window, known.report))
        });
        warnings.push(Warning::MonthsKept {
            reports: gone.len(),
            example: gone[0].source.shown().display().to_string(),
            months: before - months.len(),
        });
        Ok(Months::Only(months))
    }

    /// A committed bin in which a report that is gone has a share cannot be freed from one that leaves.
    pub(super) fn refuse_guessing(
        &self,
        sources: &Sources<'_>,
        needed: &[SourceReport<'_>],
        looked: &Looked,
        look: Look,
    ) -> Result<()> {
        let left = sources
            .all
            .iter()
            .filter(|known| sources.leaving.contains(&known.text));
        let extents = left.filter_map(|known| known.report.time_range);
        let months = months_around(extents, look, self.settings.resample_interval);
        let windows = windows(&months, look);
        let gone = gone(needed, looked);
        let shared = gone.iter().find(|known| is_in(&windows, known.report));
        match shared {
            Some(known) if self.gone == Gone::Refuse => Err(Error::usage(
                "a report is to leave the dataset, and this one of the same time is gone: what each has a share in cannot be told apart",
            )
            .at(known.source.shown())
            .hint("put the file back; --force keeps the committed bins of that time as they are")),
            _ => Ok(()),
        }
    }

    /// What stands in for the reports that are needed and gone.
    pub(super) fn kept(
        &self,
        sources: &Sources<'_>,
        needed: &[SourceReport<'_>],
        looked: &Looked,
        points: &DatasetPoints,
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<Kept>> {
        let gone = gone(needed, looked);
        if let Some(known) = gone.first() {
            let is_there = |known: &&SourceReport<'_>| {
                matches!(store::what_is(&known.source.path), Ok(Some(What::File)))
            };
            warnings.push(Warning::ReportsGone {
                reports: gone.len(),
                changed: gone.iter().filter(is_there).count(),
                example: known.source.shown().display().to_string(),
            });
        }
        let live = self.history.live_parts();
        let kept = gone.iter().filter_map(|known| {
            let extent = known.report.time_range?;
            let shape = sources.shape(known.kind);
            let first = extent.first.floor(self.settings.resample_interval);
            let bins = Extent::new(first, extent.last + points.longest_hold(shape));
            let parts = live
                .iter()
                .filter(|part| part.entry.time_range.touches(bins));
            let parts = parts.map(|part| self.settings.dirs.processed.join(&part.entry.path));
            Some((shape, extent, parts.collect()))
        });
        kept.map(|(shape, extent, parts)| {
            let (kind, columns) = points
                .place(shape)
                .ok_or_else(|| Error::bug("a known report is of no known kind"))?;
            Ok(Kept {
                kind,
                columns,
                extent,
                parts,
                held_to: Vec::new(),
            })
        })
        .collect()
    }
}

/// A rebuild leaves the months of reports that are gone as they are, so it cannot take a new report with rows in one of them.
pub(super) fn refuse_half_read(
    new: &Inputs,
    months: &Months,
    gone: &[SourceReport<'_>],
) -> Result<()> {
    let (Months::Only(made), Some(missing)) = (months, gone.first()) else {
        return Ok(());
    };
    let found = format!(
        "{}, among them {}",
        reports_are_gone(gone.len()),
        missing.source.shown().display()
    );
    if made.is_empty() {
        return Err(Error::usage(format!(
            "no month can be made again: {found}, and each month has rows of theirs"
        ))
        .hint("put them back, or keep the configuration and run without --rebuild"));
    }
    let nothing = Look {
        before: Span::ZERO,
        after: Span::ZERO,
    };
    for input in new.iter() {
        let report = input?.report;
        let touched = months_around([report.range], nothing, Span::ZERO);
        if !touched.is_subset(made) {
            return Err(Error::usage(format!(
                "the report is new and has rows in a month that cannot be made again: {found}"
            ))
            .at(report.shown())
            .hint("put them back, or take the new report in by a run without --rebuild first"));
        }
    }
    Ok(())
}
