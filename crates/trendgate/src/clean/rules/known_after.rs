//! How long after the end of a bin a flag of it can become known.
//!
//! Enters: points, kinds of report, equipment and how the series is made. Leaves: for each rule that judges anything of them, the longest time
//! from the end of a bin to the [`known_at`](crate::model::Evidence::known_at) of evidence for it. Where it hangs on a point, the longest of all
//! points is given.

use super::entry::Judges;
use super::panel::LongestHold;
use super::{RULES, RuleEntry, entry};
use crate::clean::EvenRules;
use crate::model::{Aggregation, ColumnId, Equipment, PointSpec, Rule};
use crate::time::Span;
use std::collections::BTreeMap;

/// For each rule that judges these points or machines, how long after the end of a bin its evidence is known at the latest.
pub(in crate::clean) fn known_after(
    points: &[PointSpec],
    equipment: &Equipment,
    rules: EvenRules,
) -> BTreeMap<Rule, Span> {
    let mut longest = BTreeMap::new();
    let mut add = |rule: Rule, span: Span| {
        let known: &mut Span = longest.entry(rule).or_default();
        *known = span.max(*known);
    };
    for entry in &RULES {
        of_points(entry, points, rules).for_each(|span| add(entry.rule, span));
    }
    for check in &equipment.checks {
        if let Some(look) = entry(check.rule()).check_reach(check, rules) {
            let looks_at = check.inputs();
            let hold = LongestHold::of(looks_at.values().map(|column| &points[*column]));
            add(check.rule(), held(look.after, hold, rules));
        }
    }
    let hold = LongestHold::of(points.iter()).span().unwrap_or_default();
    // By then the next row has come, or there is a gap and no bin; and by then it is known whether a value held.
    let next_row = rules.max_gap.max(hold);
    add(Rule::NotFinite, Span::ZERO);
    add(Rule::NoSample, next_row);
    add(Rule::Coverage, rules.max_gap);
    if points
        .iter()
        .any(|point| point.aggregation == Aggregation::Sum)
    {
        add(Rule::PartialSum, Span::ZERO);
    }
    if points.iter().any(|point| point.required) {
        add(Rule::Required, next_row);
    }
    longest
}

/// That of the rule for each point that it judges.
fn of_points(
    entry: &'static RuleEntry,
    points: &[PointSpec],
    rules: EvenRules,
) -> impl Iterator<Item = Span> {
    let judges_points = matches!(entry.judges, Judges::Points { .. });
    let columns = (0..points.len()).map(ColumnId::new);
    columns
        .filter(move |column| {
            judges_points
                && entry
                    .begin_point(*column, &points[*column], rules)
                    .is_some()
        })
        .map(move |column| {
            let reach = entry.point_reach(&points[column], rules);
            let hold = LongestHold::of_point(column, points);
            held(reach.unwrap_or_default(), hold, rules)
        })
}

/// From the end of a bin to the end of the last one that starts at most `reach` behind it, and on to where it is known whether values held there.
fn held(reach: Span, hold: LongestHold, rules: EvenRules) -> Span {
    let last = rules.interval * (reach / rules.interval);
    match hold.span() {
        Some(hold) => last + hold.max(rules.max_gap + rules.interval),
        None => last,
    }
}
