//! Points by flagged share: rule, limit, worst stretches, the series around them.

use super::cells::{last_good, number, plot_link, share, stretch, table, why};
use super::plot;
use crate::model::Rule;
use crate::page::facts::PageFacts;
use crate::page::stretches::{Anomaly, AnomalyStretch};
use crate::verify::FlaggedShare;
use crate::wording::{count, shown};
use maud::{Markup, html};

/// The most lines of the table.
const MOST_LINES: usize = 500;

/// What one rule flags of one point, or of whole rows.
struct FlaggedLine<'f> {
    place: Option<usize>,
    rule: Rule,
    flagged: FlaggedShare,
    longest: &'f [AnomalyStretch],
    stretches: u64,
}

pub(super) fn section(facts: &PageFacts) -> Markup {
    let lines = lines(facts);
    let heads = [
        ("point", false),
        ("rule", false),
        ("bins", true),
        ("share", true),
        ("limit", false),
        ("longest stretches, and how the first is known", false),
        ("last good value before", false),
    ];
    let rows = html! { @for line in lines.iter().take(MOST_LINES) { (row(facts, line)) } };
    html! {
        section #points {
            h2 { "Flagged points" }
            p.lead { "What each rule flags or records, the largest share first: of the point's bins that the rule can speak of, or, of whole rows, of all rows." }
            @if lines.is_empty() { p { "No rule flags anything." } } @else { (table("Points by flagged share", &heads, &rows)) }
            @if lines.len() > MOST_LINES {
                p.dim { (count((lines.len() - MOST_LINES) as u64)) " more are not shown: `trendgate points` lists them all." }
            }
            @if !facts.plots.is_empty() {
                h3 { "The series around them" }
                p.lead { "Each plot has a stretch of a point and rule in its middle: one that is told above, or else the longest; the bins that the rule flags are marked." }
                div.plots { @for (place, one) in facts.plots.iter().enumerate() { (plot::figure(facts, place, one)) } }
            }
            (rules(&lines))
        }
    }
}

/// All lines, those with the largest share first.
fn lines(facts: &PageFacts) -> Vec<FlaggedLine<'_>> {
    let points = &facts.findings.points;
    let of_rows = points
        .flagged_rows
        .iter()
        .map(|(rule, flagged)| (None, *rule, *flagged));
    let of_points = points.points.iter().enumerate().flat_map(|(place, point)| {
        let flagged = point.flagged.iter();
        flagged.map(move |(rule, flagged)| (Some(place), *rule, *flagged))
    });
    let lines = of_rows.chain(of_points).map(|(place, rule, flagged)| {
        let stretches = facts.findings.stretches.get(&(place, Anomaly::Found(rule)));
        FlaggedLine {
            place,
            rule,
            flagged,
            longest: stretches.map_or(&[], |stretches| &stretches.longest),
            stretches: stretches.map_or(0, |stretches| stretches.count),
        }
    });
    let mut lines: Vec<FlaggedLine<'_>> = lines.collect();
    lines.sort_by(|a, b| b.flagged.share.total_cmp(&a.flagged.share));
    lines
}

fn row(facts: &PageFacts, line: &FlaggedLine<'_>) -> Markup {
    let column = line.place.and_then(|place| facts.columns.get(place));
    let name = column.map(|column| column.name.as_str());
    let first = line.longest.first();
    html! {
        tr data-column=[name] data-rule=(line.rule.name()) {
            th scope="row" {
                (super::cells::point(facts, line.place))
                @if let Some(place) = line.place { span.sub { (kind(facts, place)) } }
            }
            td { (line.rule.name()) span.sub { (line.rule.flag().map_or("recorded", |flag| flag.name())) } }
            (number("bins", line.flagged.bins))
            (share(line.flagged.share))
            td { (facts.limits.words(name, line.rule).unwrap_or_else(|| of_bins(facts, first))) }
            td data-v=[first.map(|first| first.extent.first.nanos())] {
                @for one in line.longest { span.sub.strong { (stretch(facts, one.extent)) " (" (count(one.bins)) ")" } }
                @if line.stretches > line.longest.len() as u64 { span.sub { "of " (count(line.stretches)) " stretches" } }
                @if let Some(first) = first { span.sub { (why(facts, first)) " " (plot_link(facts, first)) } }
            }
            td.good-value { @if let Some(first) = first { (last_good(facts, first)) } }
        }
    }
}

/// What a point is: its column, type, unit and range.
fn kind(facts: &PageFacts, place: usize) -> String {
    let column = &facts.columns[place];
    let kind = column.physical_type.as_ref().map(|kind| kind.name());
    let point = &facts.findings.points.points[place];
    let range = match (point.min, point.max) {
        (Some(min), Some(max)) => Some(format!(
            "{} to {}",
            shown(min, ""),
            shown(max, facts.unit(place))
        )),
        _ => None,
    };
    let parts = [Some(column.name.as_str()), kind, range.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The limits of the worst bin, where the rule has others for each.
fn of_bins(facts: &PageFacts, stretch: Option<&AnomalyStretch>) -> String {
    let unit = stretch.and_then(|stretch| stretch.point);
    let unit = unit.map_or("", |point| facts.unit(point));
    let worst = stretch.and_then(|stretch| stretch.worst.as_ref());
    match worst.map(|worst| (worst.low, worst.high)) {
        Some((Some(low), Some(high))) => {
            format!("{} to {} there", shown(low, ""), shown(high, unit))
        }
        Some((Some(low), None)) => format!("at least {} there", shown(low, unit)),
        Some((None, Some(high))) => format!("at most {} there", shown(high, unit)),
        _ => String::new(),
    }
}

/// What the rules that stand in the table are.
fn rules(lines: &[FlaggedLine<'_>]) -> Markup {
    let named = Rule::ALL
        .iter()
        .filter(|rule| lines.iter().any(|line| line.rule == **rule));
    html! {
        dl.words { @for rule in named { dt { (rule.name()) } dd { (rule.description().replace('`', "")) } } }
    }
}
