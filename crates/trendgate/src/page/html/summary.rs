//! The head of a page: the site in one line, how it is in words, the figures in one view, the sources.

use super::cells::{minute, number, stretch, table};
use crate::page::facts::PageFacts;
use crate::page::state::{LATE, Urgency};
use crate::wording::{age, count, percent, plural};
use maud::{Markup, html};

/// The site in one line, and its state in words.
pub(super) fn header(facts: &PageFacts) -> Markup {
    let state = &facts.state;
    html! {
        header {
            p.kicker { "Data quality of one site" }
            h1 { (facts.snapshot.site) " " span class={ "state " (class(state.urgency)) } data-fact="state" data-value=(class(state.urgency)) { (state.urgency.name()) } }
            p.line { (line(facts)) }
            @if state.reasons.is_empty() {
                p { "The last run went well, every source is fresh, nothing lasts that should be mended." }
            } @else {
                ul.reasons {
                    @for (urgency, reason) in &state.reasons {
                        li class=(class(*urgency)) { b { (urgency.name()) ":" } " " (reason) }
                    }
                }
            }
        }
    }
}

/// The name of an urgency in the style.
pub(super) const fn class(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Good => "good",
        Urgency::Look => "look",
        Urgency::Act => "act",
    }
}

fn line(facts: &PageFacts) -> Markup {
    let points = &facts.findings.points;
    let alive = points.points.len() - points.dead();
    html! {
        (plural(points.rows, "row")) " of " (facts.interval)
        @if let Some(range) = points.time_range { ", " (stretch(facts, range)) }
        "; " (count(alive as u64)) " of " (plural(points.points.len() as u64, "point")) " have values; version " (facts.snapshot.version)
        " of " (minute(facts, facts.head.created_at)) ". All times are local: " b { (facts.clock.zone) } "."
        @if facts.range.is_some() { " The page is about a part of the dataset: what was asked for with --from and --to." }
    }
}

/// The figures in one view.
pub(super) fn tiles(facts: &PageFacts) -> Markup {
    let points = &facts.findings.points;
    let alive = (points.points.len() - points.dead()) as u64;
    let values: u64 = points.points.iter().map(|point| point.values).sum();
    let of = alive * points.rows;
    let fact = |name: &str, data: &str, value: String, below: String| {
        html! {
            div { dt { @for piece in name.split_inclusive('_') { (piece) wbr; } } dd data-fact=(name) data-value=(data) { (value) } dd.dim { (below) } }
        }
    };
    let newest = facts.sources.first().map(|source| source.last);
    let flags = facts.snapshot.flags();
    html! {
        dl.tiles {
            (fact("rows", &points.rows.to_string(), count(points.rows), format!("one every {}", facts.interval)))
            (fact("points", &points.points.len().to_string(), count(points.points.len() as u64), format!("{} without any value", count(points.dead() as u64))))
            (fact("coverage", &ratio(values, of).to_string(), percent(ratio(values, of)), "of the bins of points with values".to_owned()))
            @if let Some(newest) = newest {
                (fact("newest row", &newest.to_string(), age(facts.now - newest), format!("ago: {}", facts.clock.minute(newest))))
            }
            @if let Some(run) = &facts.last_run {
                (fact("last run", &run.ended.to_string(), age(facts.now - run.ended), format!("ago: {}", run.outcome.words())))
            }
            (fact("warnings", &facts.head.warnings.len().to_string(), count(facts.head.warnings.len() as u64), format!("in version {}", facts.head.version)))
            @if facts.range.is_none() {
                @for (flag, rows) in &flags {
                    (fact(flag.name(), &rows.to_string(), percent(ratio(*rows, points.rows)), format!("of rows ({})", count(*rows))))
                }
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// How fresh each source is.
pub(super) fn sources(facts: &PageFacts) -> Markup {
    let rows = html! {
        @for source in &facts.sources {
            @let late = facts.now - source.last > LATE;
            tr {
                th scope="row" { (source.words()) }
                td data-v=(source.last.nanos()) { (minute(facts, source.last)) }
                td.n data-v=((facts.now - source.last).nanos()) { (age(facts.now - source.last)) }
                (number("points", source.points as u64))
                td { @if late { b.act { "late" } } @else { "fresh" } }
            }
        }
    };
    html! {
        section #sources {
            h2 { "Sources" }
            p.lead { "What each source delivered last. A source is an entry of the configuration that has a name, or else what one form of export, or one described table, reads below one folder; it is late when its newest row is older than " (age(LATE)) "." }
            (table("Freshness by source", &[("source", false), ("newest row", false), ("age", true), ("points", true), ("", false)], &rows))
        }
    }
}
