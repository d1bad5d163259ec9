//! What did not reach the dataset, and what a person should know: cells, gaps, conflicts, rejected files, standing conditions, warnings.

use super::cells::{minute, number, stretch, table};
use crate::page::facts::PageFacts;
use crate::page::losses::lost;
use crate::publish::{CellFate, Cells};
use crate::time::{DAY, Extent, SECOND};
use crate::wording::{count, percent, plural, shown};
use maud::{Markup, html};

/// How many gaps are listed.
const MOST_GAPS: usize = 60;

pub(super) fn section(facts: &PageFacts) -> Markup {
    html! {
        section #losses {
            h2 { "Losses" }
            (cells(&facts.head.cells, facts.head.version))
            @if facts.head.approximate_bins > 0 {
                p { span data-fact="approximate bins" data-value=(facts.head.approximate_bins) { (plural(facts.head.approximate_bins, "bin")) } " of version " (facts.head.version) " kept what was committed, because a report behind them is gone: put the file back and run --rebuild." }
            }
            (points(facts))
            (gaps(facts))
            (conflicts(facts))
            (rejected(facts))
        }
        section #warnings {
            h2 { "Warnings" }
            (standing(facts))
            (warnings(facts))
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "cells are far fewer than 2^53")]
fn cells(cells: &Cells, version: u64) -> Markup {
    let fates = cells.fates();
    let share = |count: u64| percent(count as f64 / cells.input.max(1) as f64);
    let rows = html! {
        @for CellFate { words, cells, .. } in fates.iter().filter(|fate| fate.cells > 0) {
            tr { th scope="row" { (words) } (number(&format!("cells {words}"), *cells)) td.n { (share(*cells)) } }
        }
    };
    html! {
        h3 { "Every cell of the reports" }
        p.lead { "What became of the " span data-fact="cells input" data-value=(cells.input) { (plural(cells.input, "cell")) } " that version " (version) " read. Each is in exactly one count." }
        (table("What became of the cells", &[("fate", false), ("cells", true), ("share", true)], &rows))
    }
}

/// Points of which cells were lost.
fn points(facts: &PageFacts) -> Markup {
    let rows = html! {
        @for (column, point) in &facts.losses.points {
            tr data-column=(column) {
                th scope="row" { b.point { (point.point) } span.sub { (column) } }
                (number("cells", point.cells))
                (number("lost", lost(point)))
                (number("unrecognised", point.unrecognised))
                (number("unit mismatch", point.unit_mismatch))
                (number("not finite", point.not_finite))
                td { @for text in &point.unrecognised_examples { code { (text) } " " } }
            }
        }
    };
    let heads = [
        ("point", false),
        ("cells", true),
        ("lost", true),
        ("unrecognised", true),
        ("unit mismatch", true),
        ("not finite", true),
        ("such as", false),
    ];
    html! {
        h3 { "Points that lost cells" }
        @if facts.losses.points.is_empty() { p.lead { "No point lost a cell that was not a missing token." } } @else {
            p.lead { "Counted by the versions that wrote the months which are live; a month that was made again is counted again." }
            (table("Points that lost cells", &heads, &rows))
        }
    }
}

fn gaps(facts: &PageFacts) -> Markup {
    let gaps = &facts.snapshot.gaps;
    let rows = html! {
        @for gap in gaps.iter().take(MOST_GAPS) {
            tr {
                th scope="row" { (stretch(facts, Extent::new(gap.from, gap.to - SECOND))) }
                (number("bins", gap.bins))
                td.n { (format!("{:.1}", (gap.to - gap.from).seconds() / DAY.seconds())) }
            }
        }
    };
    html! {
        h3 { "Gaps" }
        @if gaps.is_empty() { p.lead { "No stretch without rows is longer than the longest that is filled." } } @else {
            p.lead { "Stretches without rows: put the missing reports into a run, and they are filled." }
            (table("Gaps", &[("no rows", false), ("bins", true), ("days", true)], &rows))
            @if gaps.len() > MOST_GAPS { p.dim { (count((gaps.len() - MOST_GAPS) as u64)) " more are not shown: `trendgate show` lists them all." } }
        }
    }
}

fn conflicts(facts: &PageFacts) -> Markup {
    let conflicts = &facts.head.conflicts;
    let rows = html! {
        @for (version, conflict) in &facts.losses.conflicts {
            tr {
                th scope="row" { code { (conflict.column) } }
                td data-v=(conflict.timestamp.nanos()) { (minute(facts, conflict.timestamp)) }
                td.n { (shown(conflict.kept, "")) }
                td.n { (shown(conflict.lost, "")) }
                td.n { (version) }
            }
        }
    };
    html! {
        h3 { "Conflicts" }
        p.lead {
            "Cells for which two reports have different numbers; the first stays. In version " (facts.head.version) ": "
            span data-fact="conflicts" data-value=(conflicts.cells) { (count(conflicts.cells)) } " lost, and " (count(conflicts.equal_duplicates)) " were equal."
        }
        @if !facts.losses.conflicts.is_empty() {
            (table("Conflicts", &[("column", false), ("time", false), ("kept", true), ("lost", true), ("version", true)], &rows))
        }
    }
}

fn rejected(facts: &PageFacts) -> Markup {
    let rejected = &facts.losses.rejected;
    let rows = html! {
        @for (version, failed) in &rejected.first {
            tr {
                th scope="row" { span.path { (failed.file) @if let Some(member) = &failed.member { "!" (member) } } }
                td.n { (version) }
                td { (failed.error) @if let Some(line) = failed.line { " (line " (line) ")" } }
                td { (failed.hint.as_deref().unwrap_or_default()) }
            }
        }
    };
    html! {
        h3 { "Rejected files" }
        @if rejected.first.is_empty() { p.lead { "No file that was met" (since_compaction(facts)) " is left out." } } @else {
            (table("Rejected files", &[("file", false), ("version", true), ("what is wrong", false), ("what to do", false)], &rows))
            @if rejected.more > 0 { p.dim { "and " (count(rejected.more as u64)) " more" } }
        }
    }
}

/// From when on all is known, where earlier versions were compacted.
fn since_compaction(facts: &PageFacts) -> String {
    match facts.compacted {
        0 => String::new(),
        last => format!(
            " since version {} (of those before it, which are compacted, as far as it is known)",
            last + 1
        ),
    }
}

fn standing(facts: &PageFacts) -> Markup {
    let standing = &facts.snapshot.standing;
    html! {
        h3 { "What lasts" }
        @if standing.is_empty() { p.lead { "Nothing lasts that a person should mend." } }
        ul.said {
            @for condition in standing {
                @let remedy = facts.losses.warnings.first.iter().find(|(_, warning)| warning.kind == condition.kind && warning.column.as_deref() == Some(&condition.subject));
                li data-kind=(condition.kind) {
                    (condition.message) span.dim { " (since version " (condition.version) ")" }
                    @if let Some(remedy) = remedy.and_then(|(_, warning)| warning.remedy.as_ref()) { p.remedy { (remedy) } }
                }
            }
        }
    }
}

fn warnings(facts: &PageFacts) -> Markup {
    let warnings = &facts.losses.warnings;
    html! {
        h3 { "What was said" }
        @if warnings.first.is_empty() { p.lead { "No version" (since_compaction(facts)) " had a warning." } }
        ul.said {
            @for (version, warning) in &warnings.first {
                li data-kind=(warning.kind) data-version=(version) {
                    (warning.message) span.dim { " (version " (version) ")" }
                    @if !warning.examples.is_empty() { ul { @for example in &warning.examples { li { code { (example) } } } } }
                    @if let Some(remedy) = &warning.remedy { p.remedy { (remedy) } }
                }
            }
        }
        @if warnings.more > 0 { p.dim { (count(warnings.more as u64)) " more are in the manifests: `trendgate show VERSION`." } }
    }
}
