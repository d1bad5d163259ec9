//! `trendgate points`: what the points of a dataset are, and what is flagged of them.

use crate::args::PointsArgs;
use crate::exit::Exit;
use crate::printed::{PointsAnswer, Printed, now};
use crate::table;
use crate::text::{self, count, percent, plural};
use std::collections::BTreeMap;
use trendgate::Result;
use trendgate::details::SitePoints;
use trendgate::details::{FlaggedShare, PointSummary};
use trendgate::vocabulary::{Rule, Term};
use trendgate::wording::shown;

/// Runs the command.
pub(crate) fn points(args: &PointsArgs) -> Result<Exit> {
    let of = &args.version;
    let snapshots = super::snapshots(
        &args.dataset.place,
        of.at_version.as_deref(),
        of.as_of.as_deref(),
    )?;
    let sites = snapshots.iter().map(SitePoints::read);
    let sites = sites.collect::<Result<Vec<_>>>()?;
    if args.dataset.json {
        let time = now();
        text::print_json(&Printed::Points(PointsAnswer { time, sites }));
    } else {
        let texts: Vec<String> = sites.iter().map(as_text).collect();
        text::print(&texts.join("\n"));
    }
    Ok(Exit::Good)
}

fn as_text(site: &SitePoints) -> String {
    let mut text = format!(
        "{} version {}: {} ({} dead), {}\n",
        site.site_id,
        site.version,
        plural(site.points.len(), "point"),
        count(site.dead() as u64),
        plural(site.rows, "row"),
    );
    if let Some(range) = site.time_range {
        text += &format!("  {} .. {}\n", range.first, range.last);
    }
    for line in flagged("whole rows: ", &site.flagged_rows) {
        text += &format!("  {line}\n");
    }
    if !site.points.is_empty() {
        text.push('\n');
    }
    let heads = table::lines(site.points.iter().map(head).collect());
    for (head, point) in heads.iter().zip(&site.points) {
        text += &format!("{}\n", &head[2..]);
        text += &format!("  {}\n", below(point));
        for line in flagged("", &point.flagged) {
            text += &format!("  {line}\n");
        }
    }
    text
}

/// What stands in the first line of a point.
fn head(point: &PointSummary) -> [String; 5] {
    let column = &point.column;
    let or_dash = |name: Option<&str>| text::safe(name.unwrap_or("-"));
    let range = match (point.min, point.max) {
        (Some(min), Some(max)) => format!("{} .. {}", shown(min, ""), shown(max, "")),
        _ => "dead".to_owned(),
    };
    [
        text::safe(&column.name),
        or_dash(column.physical_type.as_ref().map(Term::name)),
        or_dash(column.unit.as_ref().map(Term::name)),
        or_dash(column.aggregation.as_ref().map(Term::name)),
        range,
    ]
}

/// What stands below it.
fn below(point: &PointSummary) -> String {
    let name = text::safe(point.column.point.as_deref().unwrap_or_default());
    match point.last_value {
        Some(last) => format!(
            "{name}, {}, the last at {last}",
            plural(point.values, "value")
        ),
        None => name,
    }
}

/// What is flagged, by rule, in lines of at most 76 characters: "frozen 1.2% (132), hampel 0.1% (11)".
fn flagged(of: &str, rules: &BTreeMap<Rule, FlaggedShare>) -> Vec<String> {
    const WIDTH: usize = 76;
    let mut lines: Vec<String> = Vec::new();
    for (rule, flagged) in rules {
        let word = format!(
            "{} {} ({})",
            rule.name(),
            percent(flagged.share),
            count(flagged.bins)
        );
        match lines.last_mut() {
            Some(line) if line.len() + 2 + word.len() < WIDTH => *line += &format!(", {word}"),
            Some(line) => {
                line.push(',');
                lines.push(word);
            }
            None => lines.push(format!("{of}{word}")),
        }
    }
    lines
}
