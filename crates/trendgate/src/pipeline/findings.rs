//! What a person should know of a batch: its plan and its books → [`Warning`]s for the terminal and the manifest.
//!
//! Nothing is told here, and nothing fails but the look-up of an input.

mod doubts;
mod losses;
mod trips;

pub use trips::OnTrip;

use super::account::Books;
use super::batch::dead_columns;
use super::growth::{Base, BatchLayout};
use super::settle::Settled;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{NotJudged, Rule, RuleCounts};
use crate::pipeline::Settings;
use crate::publish::{History, StandingCondition, Trip};
use crate::warning::{EXAMPLES, Warning};
use crate::workers::Plan;
use std::collections::BTreeMap;

/// What is found when everything was read.
pub(super) struct BatchFindings {
    pub(super) warnings: Vec<Warning>,
    pub(super) trips: Vec<Trip>,
    pub(super) standing: Vec<StandingCondition>,
}

impl BatchFindings {
    pub(super) fn of(
        base: &Base<'_>,
        layout: &BatchLayout,
        books: &Books,
        settled: &Settled,
    ) -> Result<Self> {
        let (plan, written) = (&layout.plan, &settled.written);
        let mut warnings = losses::losses(base.settings, plan, books)?;
        let trips = trips::trips(base.settings, plan, books, written);
        warnings.extend(trips.iter().filter_map(trips::of_site));
        warnings.extend(trips::of_points(
            plan,
            &trips,
            &books.values(&plan.schema, written),
        ));
        warnings.extend(doubts::doubts(plan, books)?);
        warnings.extend(mute_checks(plan, &books.verdicts(written)));
        let (standing, news) = standing(base.history, conditions(layout, books));
        warnings.extend(news);
        Ok(Self {
            warnings,
            trips,
            standing,
        })
    }

    /// Why the batch fails, if a rule that flags too much of all points is to fail it.
    pub(super) fn refused(&self, on_trip: OnTrip) -> Option<Error> {
        let tripped = self.trips.iter().find_map(trips::of_site);
        let tripped = tripped.filter(|_| on_trip == OnTrip::Fail)?;
        Some(Error::new(ErrorKind::Contract, tripped.message()).hint(
            "nothing was committed; cleaner.on_trip: mark commits it all the same, with the evidence to look at",
        ))
    }
}

/// What lasts: the required points that no report has a number of.
fn conditions(layout: &BatchLayout, books: &Books) -> Vec<Warning> {
    let dead = dead_columns(layout, books).into_iter();
    dead.map(|column| {
        let spec = layout.plan.roster.iter().find(|spec| spec.column == column);
        let point = spec.map_or_else(|| column.clone(), |spec| spec.id.to_string());
        Warning::DeadRequiredPoint { point, column }
    })
    .collect()
}

/// Conditions as they stand in the manifest: one that the last version has is carried on, and is no news.
fn standing(history: &History, conditions: Vec<Warning>) -> (Vec<StandingCondition>, Vec<Warning>) {
    let known = history.head().map(|head| &head.manifest.standing[..]);
    let (mut standing, mut news) = (Vec::new(), Vec::new());
    for warning in conditions {
        let (kind, subject) = (warning.kind(), warning.subject());
        let same = |known: &&StandingCondition| known.kind == kind && known.subject == subject;
        if let Some(known) = known.unwrap_or_default().iter().find(same) {
            standing.push(known.clone());
        } else {
            standing.push(StandingCondition {
                kind: kind.to_owned(),
                subject,
                version: history.version() + 1,
                message: warning.message(),
            });
            news.push(warning);
        }
    }
    (standing, news)
}

/// What is known before anything is read.
pub(super) fn of_plan(settings: &Settings, plan: &Plan) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    let unmapped = plan.roster.iter().filter(|spec| !spec.mapped).count();
    if unmapped > 0 {
        let points = plan.roster.len();
        warnings.push(Warning::UnmappedPoints { unmapped, points });
    }
    let unmatched = settings.points().unmatched(&plan.roster);
    warnings.extend(unmatched.into_iter().map(|name| Warning::UnmatchedPoint {
        name: name.to_owned(),
    }));
    if plan.equipment.checks.is_empty() && plan.equipment.off.is_empty() {
        warnings.push(Warning::NothingToCheck);
    }
    warnings.extend(plan.equipment.off.iter().map(|off| Warning::CheckOff {
        equipment: off.equipment.clone(),
        missing: off.missing.clone(),
    }));
    warnings.extend(cut_short(plan)?);
    Ok(warnings)
}

fn cut_short(plan: &Plan) -> Result<Option<Warning>> {
    let (mut reports, mut examples) = (0, Vec::new());
    for input in plan.inputs.cut_short() {
        if examples.len() < EXAMPLES {
            examples.push(input?.report.path);
        }
        reports += 1;
    }
    Ok((reports > 0).then_some(Warning::CutShort { reports, examples }))
}

/// The checks of equipment that have judged nothing, for a reason that a mistake in the configuration would give, too.
fn mute_checks(
    plan: &Plan,
    verdicts: &[BTreeMap<Rule, RuleCounts>],
) -> impl Iterator<Item = Warning> {
    plan.equipment.checks.iter().filter_map(|check| {
        let counts = verdicts.get(check.column.index())?.get(&check.rule())?;
        let (reason, because) = counts.not_judged.iter().max_by_key(|(_, bins)| **bins)?;
        let usual = matches!(reason, NotJudged::AtRest | NotJudged::NoValue);
        (counts.judged() == 0 && !usual).then(|| Warning::MuteCheck {
            rule: check.rule().name(),
            equipment: check.equipment.clone(),
            bins: counts.bins(),
            because: *because,
            reason: reason.words(),
        })
    })
}
