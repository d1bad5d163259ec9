//! What is committed and what is new → what the next version is made of.
//!
//! ```text
//! new reports ─┬─ which known reports they supersede ─┐
//! history ─────┴─ frames before and after ────────────┼─ months to make again ─ known reports to read again ─▶ Layout
//! retraction ─────────────────────────────────────────┘
//! ```
//!
//! The dataset after the version is to be what one run over all its reports would make, so a month is made again if rows within
//! the cleaner's look of it come or go, or if a point in it is judged by other rules than before. Nothing is written here; known
//! reports are looked at (head and tail). What is refused: to take a report out of bins in which one that is gone has a share.

mod found;
mod gone;

use super::namesake;
use super::sources::{ReportKey, SourceReport, Sources, covers, gone, needed, present};
use super::survey::{Locations, Survey, TextLocation};
use crate::acquire::{Report, ReportPoint, TimeRule};
use crate::clean::{Cleaner, Look};
use crate::error::{Error, Result};
use crate::model::{KnownKindId, PointId, PointSpec, Term};
use crate::pipeline::{Gone, Scope, Settings};
use crate::plan::{
    self, DatasetPoints, Input, Inputs, Kept, Months, Plan, Shape, Standing, months_around,
};
use crate::progress::Watch;
use crate::publish::{History, KnownReport, KnownSource, SourceRef};
use crate::store::{self, What};
use crate::text_id::TextId;
use crate::time::Month;
use crate::warning::{Warning, WarningEntry};
use gone::refuse_half_read;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The dataset that is built upon, and what is wanted of it.
pub(super) struct Base<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cleaner: &'a dyn Cleaner,
    pub(super) time: &'a TimeRule,
    pub(super) history: &'a History,
    /// Who may say that it is not wanted any more.
    pub(super) watch: Watch<'a>,
    /// Contents that are to leave the dataset.
    pub(super) retracted: BTreeSet<TextId>,
    pub(super) scope: Scope,
    pub(super) gone: Gone,
}

/// What is known of committed reports that are read again; `None` for those that are gone.
pub(super) type Looked = BTreeMap<ReportKey, Option<Report>>;

/// What the next version is made of.
pub(super) struct BatchLayout {
    pub(super) plan: Plan,
    pub(super) months: Months,
    /// Known reports that new ones take the place of.
    pub(super) superseded: Vec<SourceRef>,
    /// Known reports that leave because somebody said so.
    pub(super) retracted: Vec<SourceRef>,
    /// The columns that the settings require, dead or not.
    pub(super) required: BTreeSet<String>,
    /// Those of them that have a number in a known report that stays and is not read to its end.
    pub(super) alive: BTreeSet<String>,
    /// What a person should know, and is not told yet.
    pub(super) warnings: Vec<Warning>,
    /// What a person was told.
    pub(super) told: Vec<WarningEntry>,
}

/// The months that are made again.
struct ToMake<'a> {
    months: Months,
    /// The known reports that have a share in them.
    known: Vec<SourceReport<'a>>,
    /// What stands in for those of them that are gone.
    kept: Vec<Kept>,
    warnings: Vec<Warning>,
}

impl Base<'_> {
    /// Whether there is something to do although no report is new.
    pub(super) fn goes_without_new(&self) -> bool {
        !self.retracted.is_empty() || self.scope == Scope::Everything
    }

    /// For a site without a version: which other one knows its points, if one does.
    pub(super) fn namesake(&self, plan: &Plan) -> Result<Option<Warning>> {
        if self.history.version() > 0 {
            return Ok(None);
        }
        let points = plan.roster.iter().map(|spec| spec.id.to_string()).collect();
        namesake::find(self.settings, &points)
    }

    /// Lays out the version that takes `new`. `dead` are the columns that are required and found to be without a number; `None`
    /// before anything is read.
    pub(super) fn lay_out(
        &self,
        new: &mut Inputs,
        survey: &mut Survey,
        looked: &mut Looked,
        dead: Option<&BTreeSet<String>>,
    ) -> Result<BatchLayout> {
        new.settle(|_| Ok(()), |_| ())?;
        let superseded = self.superseded(new, survey)?;
        let leaving = superseded.union(&self.retracted).copied().collect();
        let sources = Sources::of(self.history, leaving, &self.settings.stated)?;
        let read_as_before = self.read_as_before(&sources);
        let nobody = BTreeSet::new();
        let whole = DatasetPoints::new(
            &self.shapes(new, &sources),
            self.settings.description(),
            &nobody,
        );
        let whole = whole.map_err(|error| self.with_files(error, new, &sources))?;
        let required = whole.required();
        let (alive, assumed) = match self.scope {
            // All are read again, by rules that the manifests need not have known.
            Scope::Everything => (BTreeSet::new(), BTreeSet::new()),
            Scope::Changed => {
                let alive = sources.alive(sources.staying(), &whole, &required);
                let assumed = self.assumed_dead(&sources, &required, &alive)?;
                (alive, assumed)
            }
        };
        let dead = dead.unwrap_or(&assumed);
        let after = DatasetPoints::new(
            &self.shapes(new, &sources),
            self.settings.description(),
            dead,
        )?;
        let look = after.look(self.cleaner);
        let mut made = self.to_make(new, &sources, &after, &survey.at_hand, looked)?;
        let known = present(&made.known, looked);
        let mut inputs = std::mem::take(new);
        for (digest, report) in known {
            inputs.push(Input {
                report: report.clone(),
                digest: survey.current_id(digest),
                known_by: Some(digest),
                standing: Standing::Committed,
            })?;
        }
        survey.settle_ties(&mut inputs, self.settings.stop_on_error, self.watch.cancel)?;
        let bytes = inputs.ids().map(|input| inputs.bytes(input)).sum();
        let tasks = self.settings.tasks(bytes);
        let mut plan = plan::plan(inputs, after, look, &made.months, tasks)?;
        plan.schema = plan.schema.counting(self.settings.timestamp_unit);
        plan.stand_in(std::mem::take(&mut made.kept));
        let reference = |digest: &TextId| {
            // They come by content.
            let place = sources.all.binary_search_by_key(digest, |known| known.text);
            let known = place.ok().map(|place| &sources.all[place]);
            known.map(|known| {
                let source = known.source;
                SourceRef::new(&source.path, known.text).of_member(source.member.as_deref())
            })
        };
        Ok(BatchLayout {
            plan,
            months: made.months,
            superseded: superseded.iter().filter_map(reference).collect(),
            retracted: self.retracted.iter().filter_map(reference).collect(),
            required,
            alive,
            warnings: made.warnings.into_iter().chain(read_as_before).collect(),
            told: Vec::new(),
        })
    }

    /// The months to make again, and what is needed for that.
    fn to_make<'s>(
        &self,
        new: &Inputs,
        sources: &Sources<'s>,
        after: &DatasetPoints,
        at_hand: &BTreeMap<TextId, TextLocation>,
        looked: &mut Looked,
    ) -> Result<ToMake<'s>> {
        let look = after.look(self.cleaner);
        let mut warnings = Vec::new();
        let (months, known, kept) = match self.scope {
            Scope::Changed => {
                let mut months = self.months(new, sources, after, look)?;
                self.add_months_that_lose_columns(&mut months, sources, after, at_hand, looked)?;
                let needed = needed(sources, &months, look);
                self.again(&needed, at_hand, looked)?;
                self.refuse_guessing(sources, &needed, looked, look)?;
                let kept = self.kept(sources, &needed, looked, after, &mut warnings)?;
                (months, needed, kept)
            }
            Scope::Everything => {
                let staying: Vec<SourceReport<'_>> = sources.staying().copied().collect();
                self.again(&staying, at_hand, looked)?;
                let gone = gone(&staying, looked);
                let there = present(&staying, looked).map(|(_, report)| report.range);
                let extents = there.chain(new.extents());
                let months = self.all_months(extents, &gone, look, &mut warnings)?;
                refuse_half_read(new, &months, &gone)?;
                let needed = needed(sources, &months, look);
                (months, needed, Vec::new())
            }
        };
        Ok(ToMake {
            months,
            known,
            kept,
            warnings,
        })
    }

    /// The shapes of all reports of the dataset to be, the new ones first.
    fn shapes<'s>(&self, new: &'s Inputs, sources: &'s Sources<'_>) -> Vec<Shape<'s>> {
        let shapes = new.shapes().into_iter();
        shapes.chain(sources.shapes(sources.staying())).collect()
    }

    /// Where `error` is about points whose columns cannot be: the same with a file of each.
    fn with_files(&self, error: Error, new: &Inputs, sources: &Sources<'_>) -> Error {
        let shapes = self.shapes(new, sources);
        let points = shapes.iter().flat_map(|shape| shape.points);
        let ids: BTreeSet<PointId> = points.map(|point| point.id.clone()).collect();
        let Some(clash) = self.settings.points().clash(ids) else {
            return error;
        };
        clash.error(|id| {
            let has = |points: &[ReportPoint]| points.iter().any(|point| point.id == *id);
            let mut new = new.iter().filter_map(Result::ok).map(|input| input.report);
            let mut known = sources.staying();
            new.find(|report| has(&report.points))
                .map(|report| report.shown().display().to_string())
                .or_else(|| {
                    let known = known.find(|known| has(sources.shape(known.kind).points));
                    known.map(|known| known.source.shown().display().to_string())
                })
        })
    }

    /// The known texts whose file has a new content that covers theirs, each report in time and in points by one of its own, or is read in
    /// another way than it was. A content that some file still has is not superseded.
    fn superseded(&self, new: &Inputs, survey: &Survey) -> Result<BTreeSet<TextId>> {
        if self.history.version() == 0 {
            return Ok(BTreeSet::new());
        }
        let at_hand = |digest: &TextId| survey.at_hand.contains_key(digest);
        let old = || {
            self.history
                .sources()
                .filter(|(digest, _)| !at_hand(digest))
        };
        let places: BTreeSet<&Path> = old().map(|(_, source)| source.path.as_path()).collect();
        let mut locations = Locations::default();
        let mut at: BTreeMap<&Path, Vec<Input>> = BTreeMap::new();
        let mut restated = BTreeSet::new();
        for input in new.iter() {
            let input = input?;
            restated.extend(input.digest);
            if let Some(place) = places.get(locations.of(&input.report.path).as_path()) {
                at.entry(place).or_default().push(input);
            }
        }
        let kinds = self.history.kinds();
        let leaves = |old: TextId, source: &KnownSource| {
            let by = at.get(source.path.as_path()).map_or(&[][..], Vec::as_slice);
            // The same bytes, read in another way: at the same place, or where they were moved to.
            let bytes = survey.current_id(old).unwrap_or(old);
            let is_same = |new: &TextId| bytes.readings().contains(new);
            let is_here = by
                .iter()
                .any(|new| new.digest.is_some_and(|new| is_same(&new)));
            let is_moved = || {
                let gone = !matches!(store::what_is(&source.path), Ok(Some(What::File)));
                gone && restated.range(bytes.readings()).next().is_some()
            };
            let is_covered = |old: &KnownReport| {
                let points = old.kind.and_then(|kind| kinds.get(kind.index()));
                points.is_some_and(|kind| by.iter().any(|new| covers(&new.report, old, kind)))
            };
            is_here || is_moved() || source.reports.iter().all(is_covered)
        };
        let superseded = old().filter(|(digest, source)| leaves(*digest, source));
        Ok(superseded.map(|(digest, _)| digest).collect())
    }

    /// The known reports of which something else is stated by now, and that are not in this run.
    fn read_as_before(&self, sources: &Sources<'_>) -> Option<Warning> {
        let stated = &self.settings.stated;
        let mut others = sources.staying().filter(|known| {
            let source = known.source;
            stated.read_otherwise(&source.path, source.member.as_deref(), &source.reading)
        });
        let example = others.next()?.source.shown().display().to_string();
        Some(Warning::ReadAsBefore {
            reports: 1 + others.count(),
            example,
        })
    }

    /// Before anything is read, a required point is taken to be as dead as it was; one that is new to the dataset is not.
    fn assumed_dead(
        &self,
        sources: &Sources<'_>,
        required: &BTreeSet<String>,
        alive: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>> {
        let nobody = BTreeSet::new();
        let before = DatasetPoints::new(
            &sources.shapes(sources.all.iter()),
            self.settings.description(),
            &nobody,
        )?;
        let old = before.required();
        let dead = required
            .iter()
            .filter(|column| old.contains(*column) && !alive.contains(*column));
        Ok(dead.cloned().collect())
    }

    fn months(
        &self,
        new: &Inputs,
        sources: &Sources<'_>,
        after: &DatasetPoints,
        look: Look,
    ) -> Result<Months> {
        if self.history.version() == 0 {
            return Ok(Months::All);
        }
        let nobody = BTreeSet::new();
        let shapes = sources.shapes(sources.all.iter());
        let whole = DatasetPoints::new(&shapes, self.settings.description(), &nobody)?;
        let required = whole.required();
        let alive = sources.alive(sources.all.iter(), &whole, &required);
        let dead = required.difference(&alive).cloned().collect();
        let before = DatasetPoints::new(&shapes, self.settings.description(), &dead)?;
        let old = before.look(self.cleaner);
        let look = Look {
            before: look.before.max(old.before),
            after: look.after.max(old.after),
        };
        let mut changed = before.judged_differently(after);
        changed.extend(self.committed_unheld(after));
        // A required point flags every row without it, wherever that is; any other rule needs a value of its point.
        let all = before.required() != after.required();
        let concerned = |kind: KnownKindId| {
            let mut points = sources.shape(kind).points.iter();
            all || points.any(|point| changed.contains(&point.id))
        };
        let old = sources
            .all
            .iter()
            .filter(|known| sources.leaving.contains(&known.text) || concerned(known.kind));
        let extents = old.filter_map(|known| known.report.time_range);
        let extents = extents.chain(new.extents());
        let bin = self.settings.resample_interval;
        Ok(Months::Only(months_around(extents, look, bin)))
    }

    /// The points whose values hold, and that a program made bins of that did not know it.
    fn committed_unheld(&self, after: &DatasetPoints) -> Vec<PointId> {
        let committed = self.history.columns();
        let is_other = |spec: &&PointSpec| {
            let place = committed.binary_search_by(|column| column.name.cmp(&spec.column));
            place.is_ok_and(|place| {
                let by = committed[place].aggregation.as_ref();
                by.map(Term::name) != Some(spec.aggregation.name())
            })
        };
        let held = after.roster.iter().filter(|spec| spec.hold.is_some());
        held.filter(is_other).map(|spec| spec.id.clone()).collect()
    }

    /// Months far from all that changes whose parts have a column of which the last report leaves. One with a share of a report that is
    /// gone is not made again for that: its flags would be judged with less than is known of it now.
    fn add_months_that_lose_columns(
        &self,
        months: &mut Months,
        sources: &Sources<'_>,
        after: &DatasetPoints,
        at_hand: &BTreeMap<TextId, TextLocation>,
        looked: &mut Looked,
    ) -> Result<()> {
        let Months::Only(months) = months else {
            return Ok(());
        };
        let columns = after.roster.iter().map(|spec| spec.column.as_str());
        let look = after.look(self.cleaner);
        for part in self.history.parts_beyond(&columns.collect()) {
            let month = Month::of(part.entry.time_range.first);
            let there = needed(sources, &Months::Only(BTreeSet::from([month])), look);
            self.again(&there, at_hand, looked)?;
            if gone(&there, looked).is_empty() {
                months.insert(month);
            }
        }
        Ok(())
    }
}
