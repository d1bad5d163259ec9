//! What to look at first: points that failed together, then points by flagged share, then points that fell silent.

use super::cells::{goes_on, last_good, minute, plot_link, point, stretch, why};
use crate::clean::rule_entry;
use crate::model::Rule;
use crate::page::facts::PageFacts;
use crate::page::stretches::{Anomaly, AnomalyStretch, Together};
use crate::wording::{count, percent, plural, shown};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// How many groups that are flagged, and how many that are silent, are shown.
const GROUPS: [usize; 2] = [5, 4];
/// How many points of a group are shown by themselves.
const MEMBERS: usize = 8;
/// How many single points are shown.
const SINGLES: usize = 10;

pub(super) fn section(facts: &PageFacts) -> Markup {
    let groups = groups(facts);
    let shown: BTreeSet<(usize, Anomaly)> = (groups.iter())
        .flat_map(|group| &group.stretches)
        .filter_map(|stretch| Some((stretch.point?, stretch.anomaly)))
        .collect();
    let singles = singles(facts, &shown);
    html! {
        section #first {
            h2 { "Look at first" }
            @if groups.is_empty() && singles.is_empty() {
                p.lead {
                    @if facts.range.is_some() { "In the range that was asked for no rule flags any point, and no point fell silent that had a value in it before." }
                    @else { "No rule flags any point, and none fell silent." }
                }
            } @else {
                p.lead { "Points that failed at the same time, for the same reason, stand together: look for what they share (a controller, a line, a cabinet). Behind them, single points: those of which most is flagged." }
            }
            @for group in &groups { (together(facts, group)) }
            @if !singles.is_empty() {
                article.event {
                    h3 { "Single points" }
                    (rows(facts, &singles))
                }
            }
        }
    }
}

/// The groups that are shown: those that are flagged, then those that are silent; of either those of most points.
fn groups(facts: &PageFacts) -> Vec<&Together> {
    let [flagged, silent] = GROUPS;
    let of = |is_silent: bool| {
        let together = facts.findings.together.iter();
        together.filter(move |group| (group.anomaly == Anomaly::Silent) == is_silent)
    };
    of(false)
        .take(flagged)
        .chain(of(true).take(silent))
        .collect()
}

fn together(facts: &PageFacts, group: &Together) -> Markup {
    let members = &group.stretches;
    // Of points that fell silent together nothing but their names is to be said of each.
    let shown = match group.anomaly {
        Anomaly::Silent => 0,
        Anomaly::Found(_) => members.len().min(MEMBERS),
    };
    let shown_ones: Vec<&AnomalyStretch> = members[..shown].iter().collect();
    let others = &members[shown..];
    html! {
        article.event data-fact="together" data-value=(members.len()) data-rule=(group.anomaly.name()) {
            h3 {
                (plural(members.len() as u64, "point")) " " (phrase(group.anomaly)) " at the same time: "
                (stretch(facts, group.extent)) " "
                span.dim { (facts.clock.written(group.extent.first, "%A, %-d %B")) }
            }
            @if !shown_ones.is_empty() { (rows(facts, &shown_ones)) }
            @if let Some(first) = others.first() {
                p {
                    @if shown > 0 { "also: " }
                    @for (nth, other) in others.iter().enumerate() { @if nth > 0 { ", " } (point(facts, other.point)) }
                }
                @if shown == 0 {
                    p.why.dim { @if goes_on(facts, group.extent) { "To the last row. " } "The last good value of the first of them: " (last_good(facts, first)) "." }
                }
            }
        }
    }
}

/// The longest stretches of single points: those of most share, then those that are silent to the end.
fn singles<'f>(
    facts: &'f PageFacts,
    shown: &BTreeSet<(usize, Anomaly)>,
) -> Vec<&'f AnomalyStretch> {
    let mut by_share: Vec<(f64, &AnomalyStretch)> = Vec::new();
    for (place, point) in facts.flagged_points() {
        for (rule, flagged) in &point.flagged {
            let anomaly = Anomaly::Found(*rule);
            if *rule != Rule::Meter && !shown.contains(&(place, anomaly)) {
                let longest = facts.longest(Some(place), anomaly);
                by_share.extend(longest.map(|longest| (flagged.share, longest)));
            }
        }
    }
    by_share.sort_by(|a, b| b.0.total_cmp(&a.0));
    let silent = (0..facts.columns.len())
        .filter(|place| !shown.contains(&(*place, Anomaly::Silent)))
        .filter_map(|place| facts.longest(Some(place), Anomaly::Silent))
        .filter(|stretch| goes_on(facts, stretch.extent));
    let by_share = by_share.into_iter().map(|(_, stretch)| stretch);
    by_share.take(SINGLES).chain(silent.take(SINGLES)).collect()
}

/// Since when a stretch is; of one that the range cuts off, also what of it is in there.
fn since(facts: &PageFacts, one: &AnomalyStretch) -> Markup {
    html! {
        @if let Some(began) = facts.began_before(one) { " since " (minute(facts, began)) ", in the range " } @else { " since " }
        (stretch(facts, one.extent))
    }
}

/// What points do in an anomaly, behind "3 points".
fn phrase(anomaly: Anomaly) -> String {
    match anomaly {
        Anomaly::Silent => "without a value".to_owned(),
        Anomaly::Found(rule) => {
            let flag = rule.flag().map_or("recorded", |flag| flag.name());
            format!("flagged {flag} by the rule {}", rule.name())
        }
    }
}

fn rows(facts: &PageFacts, stretches: &[&AnomalyStretch]) -> Markup {
    html! {
        ol.cases {
            @for one in stretches {
                li data-point=[one.point.map(|point| facts.name(point))] data-rule=(one.anomaly.name()) {
                    p.case {
                        (point(facts, one.point)) ", " b { (one.anomaly.name()) } (since(facts, one))
                        @if goes_on(facts, one.extent) { @if facts.range.is_some() { ", to the end of what was asked for" } @else { ", to the last row" } }
                        " (" (plural(one.bins, "bin")) ")"
                        @if let Some(share) = share(facts, one) { ", " (share) }
                        "; last good value " (last_good(facts, one)) ". " (plot_link(facts, one))
                    }
                    p.why { (why(facts, one)) @if let Some(value) = of_stretch(facts, one) { (value) } @if let Some(limit) = limit(facts, one) { "; the limit: " (limit) } "." }
                }
            }
        }
    }
}

/// What the value of its worst bin says of a whole stretch.
fn of_stretch(facts: &PageFacts, stretch: &AnomalyStretch) -> Option<String> {
    let Anomaly::Found(rule) = stretch.anomaly else {
        return None;
    };
    let value = stretch.worst.as_ref()?.value?;
    let words = rule_entry(rule).words;
    words.of_stretch(&shown(value, facts.unit(stretch.point?)))
}

/// What the rule asks of the point, where the configuration says it.
fn limit(facts: &PageFacts, stretch: &AnomalyStretch) -> Option<String> {
    let Anomaly::Found(rule) = stretch.anomaly else {
        return None;
    };
    let column = stretch.point.and_then(|point| facts.columns.get(point));
    facts
        .limits
        .words(column.map(|column| column.name.as_str()), rule)
}

/// How much is flagged of the point by that rule, in all its stretches.
fn share(facts: &PageFacts, stretch: &AnomalyStretch) -> Option<String> {
    let Anomaly::Found(rule) = stretch.anomaly else {
        return None;
    };
    let flagged = facts
        .findings
        .points
        .points
        .get(stretch.point?)?
        .flagged
        .get(&rule)?;
    let stretches = facts
        .findings
        .stretches
        .get(&(stretch.point, stretch.anomaly))?;
    (stretches.count > 1).then(|| {
        format!(
            "one of {} stretches, together {} of its bins ({})",
            count(stretches.count),
            percent(flagged.share),
            count(flagged.bins)
        )
    })
}
