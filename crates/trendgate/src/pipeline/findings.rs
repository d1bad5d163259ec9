//! What a person should know of a batch: its plan and its accounts → [`Warning`]s for the terminal and the manifest.
//!
//! Nothing is told here, and nothing fails but the look-up of an input.

mod clocks;
mod conflicts;
mod doubts;
mod losses;
mod meters;
mod words;

use clocks::Clocks;
pub(super) use clocks::is_uneven;
use doubts::Doubts;
use losses::Losses;
pub(crate) use losses::loses;
use words::Words;

use super::batch::dead_columns;
use super::growth::{Base, BatchLayout};
use super::report_accounts::ReportAccounts;
use super::version::{BatchFindings, Changes, warning_of_points, warning_of_site};
use crate::error::Result;
use crate::model::{Equipment, NotJudged, PointSpec, Rule, RuleCounts};
use crate::pipeline::Settings;
use crate::plan::{Input, Plan, Standing};
use crate::publish::{History, StandingCondition, Trip};
use crate::warning::{EXAMPLES, Warning};
use std::collections::{BTreeMap, BTreeSet};

/// What is found when everything was read.
pub(super) fn of_batch(
    base: &Base<'_>,
    layout: &BatchLayout,
    accounts: &ReportAccounts,
    changes: &Changes,
    trips: &[Trip],
) -> Result<BatchFindings> {
    let (plan, written) = (&layout.plan, &changes.written);
    let of_reports = OfReports::new(base.settings, plan, accounts)?;
    let mut warnings: Vec<Warning> = unmapped(plan, accounts).into_iter().collect();
    warnings.extend(of_reports.losses.warnings(plan));
    warnings.extend(conflicts::warning(plan, accounts)?);
    warnings.extend(trips.iter().filter_map(warning_of_site));
    let values = accounts.all.values(&plan.schema, written);
    warnings.extend(warning_of_points(plan, trips, &values));
    warnings.extend(of_reports.doubts.warnings(plan));
    warnings.extend(of_reports.clocks.warnings(base.settings));
    warnings.extend(of_reports.words.warnings(plan, accounts, &values)?);
    warnings.extend(mute_checks(plan, &accounts.all.verdicts(written)));
    warnings.extend(meters::disagreeing(plan, accounts, written));
    let (standing, news) = standing(base.history, conditions(layout, accounts));
    warnings.extend(news);
    Ok(BatchFindings { warnings, standing })
}

/// What there is to say of new reports. Known ones that are read again are left out: of them it was said when they came.
#[derive(Default)]
struct OfReports {
    losses: Losses,
    doubts: Doubts,
    clocks: Clocks,
    words: Words,
}

impl OfReports {
    fn new(settings: &Settings, plan: &Plan, accounts: &ReportAccounts) -> Result<Self> {
        let mut all = Self::default();
        for read in accounts.inputs(plan) {
            let (input, read) = read?;
            if input.standing() == Standing::New && read.is_odd() {
                let report = plan.inputs.of(&input)?.report;
                all.losses.add(settings, &report, &read);
                all.doubts.add(&report, &read);
                all.clocks.add(settings, &report, &read);
                all.words.add(&report, &read);
            }
        }
        Ok(all)
    }
}

/// The points with numbers in these reports that the configuration does not describe: the dead need no description.
fn unmapped(plan: &Plan, accounts: &ReportAccounts) -> Option<Warning> {
    let alive: BTreeSet<&str> = accounts.alive().collect();
    let mut points = 0;
    let mut unmapped = Vec::new();
    for spec in plan
        .roster
        .iter()
        .filter(|spec| alive.contains(&*spec.column))
    {
        points += 1;
        if !spec.mapped {
            unmapped.push(spec.id.to_string());
        }
    }
    (!unmapped.is_empty()).then(|| Warning::UnmappedPoints {
        unmapped: unmapped.len(),
        points,
        examples: unmapped.into_iter().take(EXAMPLES).collect(),
    })
}

/// What lasts: the required points that no report has a number of.
fn conditions(layout: &BatchLayout, accounts: &ReportAccounts) -> Vec<Warning> {
    let dead = dead_columns(layout, accounts).into_iter();
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
    let mut warnings = of_points(settings, &plan.roster, &plan.equipment);
    warnings.extend(cut_short(plan)?);
    warnings.extend(assumed_encodings(plan)?);
    Ok(warnings)
}

/// What the points that there are leave of the configuration.
pub(super) fn of_points(
    settings: &Settings,
    roster: &[PointSpec],
    equipment: &Equipment,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let unmatched = settings.points().unmatched(roster);
    warnings.extend(unmatched.into_iter().map(|name| Warning::UnmatchedPoint {
        name: name.to_owned(),
    }));
    let mut checks = equipment.checks.iter();
    if checks.all(|check| check.rule() == Rule::Meter) && equipment.off.is_empty() {
        warnings.push(Warning::NothingToCheck);
    }
    warnings.extend(equipment.off.iter().map(|off| Warning::CheckOff {
        equipment: off.equipment.clone(),
        missing: off.missing.clone(),
    }));
    warnings
}

fn cut_short(plan: &Plan) -> Result<Option<Warning>> {
    let (mut reports, mut examples) = (0, Vec::new());
    for input in plan.inputs.cut_short() {
        if examples.len() < EXAMPLES {
            let path = input?.report.shown();
            // A file may hold several.
            if !examples.contains(&path) {
                examples.push(path);
            }
        }
        reports += 1;
    }
    Ok((reports > 0).then_some(Warning::CutShort { reports, examples }))
}

/// The new reports whose encoding is assumed.
fn assumed_encodings(plan: &Plan) -> Result<Option<Warning>> {
    if !plan.inputs.assume_encodings() {
        return Ok(None);
    }
    let (mut reports, mut examples) = (0, Vec::new());
    for input in plan.inputs.iter() {
        let Input {
            report, standing, ..
        } = input?;
        let Some(encoding) = report.assumed_encoding() else {
            continue;
        };
        if standing == Standing::New {
            reports += 1;
            if examples.len() < EXAMPLES {
                examples.push((report.shown(), encoding.to_string()));
            }
        }
    }
    Ok((reports > 0).then_some(Warning::AssumedEncoding { reports, examples }))
}

/// The checks of equipment that have judged nothing, for a reason that a mistake in the configuration would give, too.
fn mute_checks(
    plan: &Plan,
    verdicts: &[BTreeMap<Rule, RuleCounts>],
) -> impl Iterator<Item = Warning> {
    plan.equipment.checks.iter().filter_map(|check| {
        let counts = verdicts.get(check.column.index())?.get(&check.rule())?;
        // A day is judged in one bin, so what keeps it from that stands beside all its other bins.
        let reasons = counts.not_judged.iter();
        let reasons = reasons.filter(|(reason, _)| **reason != NotJudged::WithinDay);
        let (reason, because) = reasons.max_by_key(|(_, bins)| **bins)?;
        let usual = matches!(
            reason,
            NotJudged::AtRest | NotJudged::NoValue | NotJudged::TooShort
        );
        (counts.judged() == 0 && !usual).then(|| Warning::MuteCheck {
            rule: check.rule().name(),
            equipment: check.equipment.clone(),
            bins: counts.bins(),
            because: *because,
            reason: reason.words(),
        })
    })
}
