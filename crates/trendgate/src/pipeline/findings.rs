//! What a person should know of a batch: its plan and its books → [`Warning`]s for the terminal and the manifest.
//!
//! Nothing is told here, and nothing fails but the look-up of an input.

mod doubts;

use crate::clean::{NotJudged, Rule, RuleCounts};
use crate::config::Settings;
use crate::error::Result;
use crate::publish::Trip;
use crate::warning::{EXAMPLES, Warning};
use crate::workers::Plan;
pub(super) use doubts::doubts;
use std::collections::BTreeMap;

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
pub(super) fn mute_checks(
    plan: &Plan,
    verdicts: &[BTreeMap<Rule, RuleCounts>],
) -> impl Iterator<Item = Warning> {
    plan.equipment.checks.iter().filter_map(|check| {
        let counts = verdicts.get(check.column)?.get(&check.rule())?;
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

/// What is said of a rule that flags too much of a month.
pub(super) fn tripped(trip: &Trip) -> Warning {
    Warning::RuleTripped {
        rule: trip.rule.name(),
        month: trip.month.clone(),
        flagged: trip.flagged,
        judged: trip.judged,
        limit: trip.limit,
    }
}
