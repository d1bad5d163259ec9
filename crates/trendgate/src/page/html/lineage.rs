//! What changed since the version before, and what the dataset was made of.

use super::cells::{minute, number, stretch, table};
use crate::answer::DiffAnswer;
use crate::page::facts::PageFacts;
use crate::wording::{bytes, count, plural};
use maud::{Markup, html};

/// How many versions, and how many input files, are listed.
const MOST_VERSIONS: usize = 40;
const MOST_INPUTS: usize = 60;

pub(super) fn section(facts: &PageFacts) -> Markup {
    html! {
        section #changed {
            h2 { "Changes" }
            @match &facts.changed {
                Some(diff) => (changes(facts, diff)),
                None if facts.compacted > 0 => p.lead { "The version before it was compacted: what changed since then cannot be told." },
                None => p.lead { "This is the first version." },
            }
        }
        section #lineage {
            h2 { "Lineage" }
            (origin(facts))
            (versions(facts))
            (inputs(facts))
            (parts(facts))
        }
    }
}

fn changes(facts: &PageFacts, diff: &DiffAnswer) -> Markup {
    let [from, to] = diff.versions;
    let row = |name: &str, was: String, is: String| html! { tr { th scope="row" { (name) } td.n { (was) } td.n { (is) } } };
    let [was, is] = diff.rows.map(count);
    let rows = html! {
        (row("rows", was, is))
        @for (flag, [was, is]) in &diff.quality_flags { (row(&format!("rows with {}", flag.name()), count(*was), count(*is))) }
        @if let Some(bins) = &diff.bins {
            (row("bins added", String::new(), count(bins.added)))
            (row("bins removed", String::new(), count(bins.removed)))
            (row("bins changed", String::new(), count(bins.changed)))
        }
        (row("files taken", String::new(), count(diff.files_taken as u64)))
        (row("files rejected", String::new(), count(diff.files_rejected as u64)))
        (row("reports superseded", String::new(), count(diff.superseded as u64)))
        (row("reports retracted", String::new(), count(diff.retracted as u64)))
    };
    let (was, is) = (format!("version {from}"), format!("version {to}"));
    let list = |name: &str, all: &[String]| {
        html! {
            @if !all.is_empty() { p { b { (name) ": " } (all.join(", ")) } }
        }
    };
    html! {
        p.lead { "From version " (from) " to version " (to) "."
            @match diff.bins { None => { " How the rows differ is not known: parts of an expired version are gone." } Some(bins) => { @if let Some(range) = bins.range { " The bins that differ: " (stretch(facts, range)) "." } } } }
        (table("What changed", &[("", false), (&was, true), (&is, true)], &rows))
        (list("points added", &diff.points_added))
        (list("points removed", &diff.points_removed))
        @for change in &diff.points_changed { p { b { (change.column) } ": " (change.differences.join("; ")) } }
        (list("configuration", &diff.configuration))
    }
}

/// What made the last version.
fn origin(facts: &PageFacts) -> Markup {
    let head = &facts.head;
    let rules = head.config.get("rules_version").map(ToString::to_string);
    html! {
        dl.words {
            dt { "version" } dd { span data-fact="version" data-value=(head.version) { (head.version) } " of " (minute(facts, head.created_at)) }
            dt { "batch" } dd { code { (head.batch_id) } }
            dt { "program" } dd { "Trendgate " (head.trendgate_version) @if let Some(rules) = rules { ", rules " (rules) } }
            dt { "configuration" } dd { code { (head.config_digest) } }
            dt { "schema" } dd { code { (head.schema_hash) } }
            dt { "manifest" } dd { code { (head.checksum) } }
        }
    }
}

fn versions(facts: &PageFacts) -> Markup {
    let heads = [
        ("version", true),
        ("made", false),
        ("for", false),
        ("files", true),
        ("rejected", true),
        ("rows", true),
        ("range", false),
        ("live months", true),
    ];
    let rows = html! {
        @for line in facts.versions.iter().take(MOST_VERSIONS) {
            tr data-version=(line.number) {
                th scope="row" class="n" { (line.number) }
                td data-v=(line.created_at.nanos()) { (minute(facts, line.created_at)) }
                td { (line.occasion.name()) }
                (number("files", line.files[0] as u64))
                (number("rejected", line.files[1] as u64))
                (number("rows", line.rows))
                td data-v=[line.time_range.map(|range| range.first.nanos())] { @if let Some(range) = line.time_range { (stretch(facts, range)) } }
                (number("live months", line.live_months as u64))
            }
        }
    };
    let more = facts.versions.len().saturating_sub(MOST_VERSIONS);
    html! {
        h3 { "Versions" }
        @match facts.compacted {
            0 => {}
            1 => p.lead { "Version 1 is a base record, and not listed." }
            compacted => p.lead { "Those up to version " (compacted) " are one base record, and not listed." }
        }
        (table("Versions", &heads, &rows))
        @if more > 0 { p.dim { (count(more as u64)) " earlier ones: `trendgate log` lists them all." } }
    }
}

fn inputs(facts: &PageFacts) -> Markup {
    let inputs = &facts.head.inputs;
    let rows = html! {
        @for input in inputs.iter().take(MOST_INPUTS) {
            tr {
                th scope="row" { span.path { (input.path) } }
                (number("rows", input.rows))
                (number("rejected rows", input.rejected_rows))
                td.n data-v=(input.bytes) { (bytes(input.bytes)) }
                td data-v=[input.time_range.map(|range| range.first.nanos())] { @if let Some(range) = input.time_range { (stretch(facts, range)) } }
                td { @if !input.complete { "cut short " } @for problem in &input.problems { (problem) " " } }
            }
        }
    };
    let more = inputs.len().saturating_sub(MOST_INPUTS);
    html! {
        h3 { "Files of the last version" }
        (table("Files of the last version", &[("file", false), ("rows", true), ("rejected rows", true), ("size", true), ("range", false), ("remarks", false)], &rows))
        @if more > 0 { p.dim { (plural(more as u64, "file")) " more: `trendgate show " (facts.head.version) "` lists them all." } }
    }
}

fn parts(facts: &PageFacts) -> Markup {
    let rows = html! {
        @for part in &facts.snapshot.parts {
            tr data-part=(part.entry.path.as_str()) {
                th scope="row" { span.path { (part.entry.path.as_str()) } span.sub.path { (part.entry.sha256) } }
                (number("version", part.version))
                (number("rows", part.entry.rows))
                td.n data-v=(part.entry.bytes) { (bytes(part.entry.bytes)) }
            }
        }
    };
    html! {
        details {
            summary { "The " (plural(facts.snapshot.parts.len() as u64, "part")) " that a reader opens" }
            (table("Parts", &[("part", false), ("version", true), ("rows", true), ("size", true)], &rows))
        }
    }
}
