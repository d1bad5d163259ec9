//! The circuit breaker: rules that flag more of a month than they may, over all points and of each point.
//!
//! A rule of one point alone is only told of, whatever `cleaner.on_trip` says, and only where it judged enough bins.

use super::accounting::Accounts;
use super::changes::ChangedMonths;
use crate::clean::rule_entry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ColumnId, PointSpec, Rule, RuleCounts};
use crate::partition::ColumnStatistics;
use crate::plan::Plan;
use crate::publish::Trip;
use crate::time::Month;
use crate::warning::{EXAMPLES, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens when a rule flags too much of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnTrip {
    /// The manifest says so, and no row changes.
    #[default]
    Mark,
    /// The batch fails, and leaves nothing.
    Fail,
}

/// So many bins of a point have to be judged: a day of 15 minutes.
const LEAST_BINS: u64 = 96;

/// The rules that flag more of a month than `limit`: first those of all points, then those of each.
pub(super) fn trips(limit: f64, accounts: &Accounts, written: &ChangedMonths) -> Vec<Trip> {
    let all = accounts.monthly(written).into_iter();
    let all = all.filter(|((rule, _), counts)| is_tripped(*rule, counts, limit));
    let all = all.map(|((rule, month), counts)| trip(rule, month, None, &counts, limit));
    let each = accounts.monthly_by_point(written);
    let each = each.filter(|(_, rule, _, counts)| {
        counts.judged() >= LEAST_BINS && is_tripped(*rule, counts, limit)
    });
    let each = each.map(|(point, rule, month, counts)| {
        trip(rule, month, Some(point.column.clone()), counts, limit)
    });
    all.chain(each).collect()
}

/// Refuses a batch in which a rule flags too much of all points, where that is to fail it.
///
/// # Errors
/// [`Contract`](crate::ErrorKind::Contract).
pub(super) fn refuse(trips: &[Trip], on_trip: OnTrip) -> Result<()> {
    let tripped = trips.iter().find_map(of_site);
    match tripped.filter(|_| on_trip == OnTrip::Fail) {
        Some(tripped) => Err(Error::new(ErrorKind::Contract, tripped.message()).hint(
            "nothing was committed; cleaner.on_trip: mark commits it all the same, with the evidence to look at",
        )),
        None => Ok(()),
    }
}

/// What raises no flag cannot flag too much.
fn is_tripped(rule: Rule, counts: &RuleCounts, limit: f64) -> bool {
    rule.flag().is_some() && counts.flags_more_than(limit)
}

fn trip(rule: Rule, month: Month, column: Option<String>, counts: &RuleCounts, limit: f64) -> Trip {
    Trip {
        rule,
        month: format!("{:04}-{:02}", month.year(), month.month()),
        column,
        judged: counts.judged(),
        flagged: counts.flagged,
        limit,
    }
}

/// What is said of a rule that flags too much of all points.
pub(in crate::pipeline) fn of_site(trip: &Trip) -> Option<Warning> {
    trip.column.is_none().then(|| Warning::RuleTripped {
        rule: trip.rule.name(),
        month: trip.month.clone(),
        flagged: trip.flagged,
        judged: trip.judged,
        limit: trip.limit,
    })
}

/// What is said of the points of which a rule flags too much: one warning a rule and month.
pub(in crate::pipeline) fn of_points(
    plan: &Plan,
    trips: &[Trip],
    values: &[ColumnStatistics],
) -> impl Iterator<Item = Warning> {
    let mut groups: BTreeMap<(Rule, &str), Vec<(&Trip, ColumnId)>> = BTreeMap::new();
    for trip in trips {
        let place =
            (plan.roster.iter()).position(|spec| Some(&spec.column) == trip.column.as_ref());
        if let Some(place) = place {
            let group = groups.entry((trip.rule, trip.month.as_str())).or_default();
            group.push((trip, ColumnId::new(place)));
        }
    }
    let groups: Vec<Warning> = groups
        .into_iter()
        .map(|((rule, month), group)| {
            let first = &plan.roster[group[0].1];
            let examples = group.iter().take(EXAMPLES).map(|(trip, place)| {
                example(&plan.roster[*place], rule, trip, values.get(place.index()))
            });
            Warning::PointsTripped {
                rule: rule.name(),
                month: month.to_owned(),
                points: group.len() as u64,
                flagged: group.iter().map(|(trip, _)| trip.flagged).sum(),
                judged: group.iter().map(|(trip, _)| trip.judged).sum(),
                limit: group[0].0.limit,
                point: first.id.to_string(),
                column: first.column.clone(),
                examples: examples.collect(),
                remedy: rule_entry(rule).words.remedy(first),
            }
        })
        .collect();
    groups.into_iter()
}

/// The point, what was expected and what was found.
fn example(spec: &PointSpec, rule: Rule, trip: &Trip, values: Option<&ColumnStatistics>) -> String {
    let mut text = format!("{} ({} of {} bins", spec.id, trip.flagged, trip.judged);
    if let Some((low, high)) = rule_entry(rule).words.expected(spec) {
        let unit = spec.dataset_unit().map_or("", |unit| unit.symbol());
        text += &format!("; expected {low} .. {high} {unit}");
        if let Some(values) = values.filter(|values| values.count > 0) {
            text += &format!(", found {} .. {}", short(values.min), short(values.max));
        }
    }
    text + ")"
}

/// A number for a person.
fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
