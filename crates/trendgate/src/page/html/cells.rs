//! The small parts that all sections are made of: times, values, shares, tables.

use crate::page::facts::PageFacts;
use crate::page::stretches::{Anomaly, AnomalyStretch};
use crate::time::{Extent, Instant};
use crate::wording::{count, percent, shown};
use maud::{Markup, html};

/// A time on the site's clock, with the instant for programs.
pub(super) fn minute(facts: &PageFacts, at: Instant) -> Markup {
    html! { time datetime=(at) { (facts.clock.minute(at)) } }
}

/// A stretch of time on the site's clock.
pub(super) fn stretch(facts: &PageFacts, extent: Extent) -> Markup {
    html! {
        span data-from=(extent.first) data-to=(extent.last) { (facts.clock.stretch(extent)) }
    }
}

/// A cell with a count.
pub(super) fn number(name: &str, value: u64) -> Markup {
    html! { td.n data-fact=(name) data-value=(value) { (count(value)) } }
}

/// A cell with a share, and a bar of its length.
pub(super) fn share(value: f64) -> Markup {
    html! {
        td.n.share data-fact="share" data-value=(value) {
            span.bar aria-hidden="true" { i style={ "width:" (format!("{:.1}", value.clamp(0.0, 1.0) * 100.0)) "%" } {} }
            (percent(value))
        }
    }
}

/// A table that can be sorted and filtered, under a caption that screens leave out and readers do not.
pub(super) fn table(caption: &str, heads: &[(&str, bool)], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.sort {
                caption { (caption) }
                thead { tr {
                    @for (head, is_number) in heads { th scope="col" class=[is_number.then_some("n")] { (head) } }
                } }
                tbody { (rows) }
            }
        }
    }
}

/// A point by the name that the reports give it.
pub(super) fn point(facts: &PageFacts, place: Option<usize>) -> Markup {
    html! {
        @match place {
            Some(place) => b.point { (facts.name(place)) },
            None => b.point { "whole rows" },
        }
    }
}

/// The last good value before a stretch, and when that was.
pub(super) fn last_good(facts: &PageFacts, stretch: &AnomalyStretch) -> Markup {
    html! {
        @match (stretch.last_good, stretch.point) {
            (Some((at, value)), Some(point)) => {
                span data-fact="last-good" data-value=(value) { (shown(value, facts.unit(point))) } " at " (minute(facts, at))
            }
            _ => span.dim { @if facts.range.is_some() { "none in the range" } @else { "none" } },
        }
    }
}

/// How a stretch is known, as a sentence: that of `explain` for its worst bin.
pub(super) fn why(facts: &PageFacts, stretch: &AnomalyStretch) -> String {
    let unit = stretch.point.map_or("", |point| facts.unit(point));
    match (&stretch.worst, stretch.anomaly) {
        (Some(worst), _) => {
            let ends =
                || [stretch.extent.first, stretch.extent.last].map(|at| facts.clock.minute(at));
            worst.words(unit, ends)
        }
        (None, Anomaly::Silent) => "no bin of it has a value, and bins before it have".to_owned(),
        (None, Anomaly::Found(rule)) => rule.description().to_owned(),
    }
}

/// Whether a stretch goes on to the last row.
pub(super) fn goes_on(facts: &PageFacts, extent: Extent) -> bool {
    facts.last_bin() == Some(extent.last)
}

/// The link to the plot of a stretch, where it is drawn.
pub(super) fn plot_link(facts: &PageFacts, stretch: &AnomalyStretch) -> Markup {
    html! {
        @if let Some(plot) = facts.plot_of(stretch) { a href={ "#plot-" (plot + 1) } { "plot\u{a0}" (plot + 1) } }
    }
}
