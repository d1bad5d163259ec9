//! `trendgate show --diff`: what changed between two versions.

use crate::exit::Exit;
use crate::printed::Printed;
use crate::text::{self, count, plural};
use trendgate::answers::DiffAnswer;
use trendgate::{Result, Site};

/// Shows what changed at a site from version `from` to version `to`.
pub(super) fn diff(site: &Site, [from, to]: [u64; 2], json: bool) -> Result<Exit> {
    let diff = site.diff(from, to)?;
    if json {
        text::print_json(&Printed::Diff(Box::new(diff)));
    } else {
        text::print(&as_text(&diff));
    }
    Ok(Exit::Good)
}

fn as_text(diff: &DiffAnswer) -> String {
    let [from, to] = diff.versions;
    let mut lines = vec![format!(
        "{} from version {from} to version {to}",
        diff.site_id
    )];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    let [was, is] = diff.rows;
    row("rows", changed(count(is), count(was)));
    let range = |place: usize| {
        let range = diff.time_range[place];
        range.map_or_else(
            || "none".to_owned(),
            |r| format!("{} .. {}", r.first, r.last),
        )
    };
    row("range", range(1));
    if diff.time_range[0] != diff.time_range[1] {
        row("", format!("was {}", range(0)));
    }
    match &diff.bins {
        Some(bins) => {
            let counts = [bins.added, bins.removed, bins.changed].map(count);
            let [added, removed, changed] = counts;
            row(
                "bins",
                format!("{added} added, {removed} removed, {changed} changed"),
            );
            if let Some(range) = bins.range {
                row("", format!("{} .. {}", range.first, range.last));
            }
        }
        None => row(
            "bins",
            "not known: parts of an expired version are gone".to_owned(),
        ),
    }
    if diff.quality_flags.is_empty() {
        row("flags", "as many rows as before".to_owned());
    }
    for (nth, (flag, [was, is])) in diff.quality_flags.iter().enumerate() {
        let name = if nth == 0 { "flags" } else { "" };
        row(
            name,
            format!("{} {}", flag.name(), changed(count(*is), count(*was))),
        );
    }
    points(diff, &mut row);
    let kept = count(diff.parts_kept as u64);
    let [added, removed] = [&diff.parts_added, &diff.parts_removed].map(|parts| parts.len() as u64);
    row(
        "parts",
        format!(
            "{} added, {} removed, {kept} kept",
            count(added),
            count(removed)
        ),
    );
    row(
        "files",
        format!(
            "{} taken, {} rejected",
            count(diff.files_taken as u64),
            count(diff.files_rejected as u64)
        ),
    );
    if diff.superseded + diff.retracted > 0 {
        let [superseded, retracted] = [diff.superseded, diff.retracted];
        let superseded = plural(superseded, "report");
        row(
            "withdrawn",
            format!(
                "{superseded} superseded, {} retracted",
                count(retracted as u64)
            ),
        );
    }
    listed("config", &diff.configuration, "as it was", &mut row);
    lines.join("\n") + "\n"
}

/// The points that came, went or are described in another way.
fn points(diff: &DiffAnswer, row: &mut impl FnMut(&str, String)) {
    let named = |sign: char| move |name: &String| format!("{sign} {name}");
    let changes = diff.points_changed.iter().map(|change| {
        let differences = change.differences.join("; ");
        format!("~ {}: {differences}", change.column)
    });
    let added = diff.points_added.iter().map(named('+'));
    let removed = diff.points_removed.iter().map(named('-'));
    let all: Vec<String> = added.chain(removed).chain(changes).collect();
    listed("points", &all, "as they were", row);
}

/// Lines of one name; `none` where there are none.
fn listed(name: &str, all: &[String], none: &str, row: &mut impl FnMut(&str, String)) {
    if all.is_empty() {
        row(name, none.to_owned());
    }
    for (nth, line) in all.iter().enumerate() {
        row(if nth == 0 { name } else { "" }, text::safe(line));
    }
}

/// What is, and what was where that is something else.
fn changed(is: String, was: String) -> String {
    match is == was {
        true => format!("{is}, as before"),
        false => format!("{is}, was {was}"),
    }
}
