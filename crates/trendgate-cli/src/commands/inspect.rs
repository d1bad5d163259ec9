//! `trendgate inspect`: what is in a report.

use crate::args::InspectArgs;
use crate::exit::Exit;
use crate::printed::{InspectAnswer, Printed, now};
use crate::table;
use crate::text::{self, bytes, count};
use trendgate::details::PointInspection;
use trendgate::time::{Extent, Instant};
use trendgate::vocabulary::FieldSeparator;
use trendgate::{Inspection, Result};

/// Runs the command.
pub(crate) fn inspect(args: &InspectArgs) -> Result<Exit> {
    super::exists(&args.file)?;
    let config = super::configured::config(args.config.as_deref())?.of_report(&args.file);
    let zone = args.timezone.as_deref();
    let zone = zone.or(config.timezone());
    let inspection = Inspection::of_any(&args.file, &config, zone)?;
    if args.json {
        text::print_json(&Printed::Inspect(InspectAnswer {
            time: now(),
            inspection,
        }));
    } else {
        let reports = std::iter::once(&inspection).chain(&inspection.more);
        let reports = reports.map(|report| as_text(report, &inspection, zone));
        text::print(&reports.collect::<Vec<_>>().join("\n"));
    }
    Ok(Exit::Good)
}

/// One report of a file.
fn as_text(inspection: &Inspection, file: &Inspection, zone: Option<&str>) -> String {
    let path = text::path(&inspection.path);
    let path = match &inspection.member {
        Some(name) => format!("{path}!{}", text::safe(name)),
        None => path,
    };
    let mut lines = vec![match file.more.is_empty() {
        true => path,
        false => format!("{path}:{}", inspection.line),
    }];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<10} {value}"));
    row("dialect", inspection.dialect.to_owned());
    let packed = match inspection.container {
        "gzip" => ", compressed with gzip",
        "zip" => ", in a zip archive",
        "xlsx" | "xls" | "ods" => ", in a workbook",
        _ => "",
    };
    let separated = match inspection.separator {
        FieldSeparator::Comma => String::new(),
        other => format!(", fields separated by a {other}"),
    };
    let (encoding, size) = (&inspection.encoding, bytes(inspection.bytes));
    row("encoding", format!("{encoding}{separated}{packed}, {size}"));
    row("title", inspection.title.clone());
    let range = inspection.date_range.as_deref().unwrap_or("-");
    let order = &inspection.date_order;
    row("dates", format!("{order}, stated range {range}"));
    let [stated, observed] = [inspection.stated_interval, inspection.observed_interval]
        .map(|interval| interval.map_or_else(|| "-".to_owned(), |interval| interval.to_string()));
    row("interval", format!("stated {stated}, observed {observed}"));
    if let Some(range) = inspection.time_range {
        row("rows", rows(inspection.rows, range, zone));
    }
    let dead = inspection.points.iter().filter(|point| point.dead).count();
    let (points, cells) = (inspection.points.len(), count(inspection.cells));
    row("points", format!("{points} ({dead} dead), {cells} cells"));
    lines.push(String::new());
    lines.extend(points_table(&inspection.points));
    lines.extend(as_described(inspection));
    lines.push(String::new());
    if inspection.problems.is_empty() {
        lines.push("no problems".to_owned());
    } else {
        lines.push("problems".to_owned());
        let problems = inspection.problems.iter();
        lines.extend(problems.map(|problem| format!("  {problem}")));
    }
    lines.iter().map(|line| text::safe(line) + "\n").collect()
}

/// The entry of sources that `init` writes for the file, and the first rows as it reads them.
fn as_described(inspection: &Inspection) -> Vec<String> {
    /// More points are not shown.
    const POINTS: usize = 8;
    if inspection.entry.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        "no dialect knows it; read by this entry of cleaner.sources, which init writes:".to_owned(),
    ];
    lines.extend(
        inspection
            .entry
            .iter()
            .map(|line| line.strip_prefix("  ").unwrap_or(line).to_owned()),
    );
    lines.extend([
        String::new(),
        "first rows as they are read (UTC)".to_owned(),
    ]);
    lines.extend(inspection.first_rows.iter().map(|row| {
        let number =
            |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let values: Vec<String> = row.values.iter().take(POINTS).map(number).collect();
        let more = if row.values.len() > POINTS {
            " …"
        } else {
            ""
        };
        format!("  {}  {}{more}", row.time, values.join("  "))
    }));
    lines
}

/// How many rows there are, and from when to when. Without a zone, times are as the report has them.
fn rows(rows: u64, range: Extent, zone: Option<&str>) -> String {
    let clock = zone.map_or_else(
        || "on the report's own clock".to_owned(),
        |zone| format!("UTC, read as {zone}"),
    );
    let show = |time: Instant| match zone {
        Some(_) => time.to_string(),
        // "UTC" is only how the wall clock was read.
        None => time.to_string().trim_end_matches('Z').replace('T', " "),
    };
    let [first, last] = [range.first, range.last].map(show);
    format!("{}, {first} .. {last} ({clock})", count(rows))
}

fn points_table(points: &[PointInspection]) -> Vec<String> {
    let mut rows =
        vec![["point", "column", "definition", "first values", "missing"].map(ToOwned::to_owned)];
    rows.extend(points.iter().map(|point| {
        let values: Vec<String> = point.first_values.iter().map(ToString::to_string).collect();
        let values = if point.dead {
            "dead".to_owned()
        } else {
            values.join(" ")
        };
        [
            point.point.clone(),
            point.column.clone(),
            point.definition.clone(),
            values,
            missing(point),
        ]
        .map(|cell| text::safe(&cell))
    }));
    table::lines(rows)
}

fn missing(point: &PointInspection) -> String {
    let mut shares: Vec<String> = point
        .missing
        .iter()
        .map(|(token, share)| format!("{token} {:.1}%", share * 100.0))
        .collect();
    if point.unrecognised > 0 {
        shares.push(format!(
            "{} unrecognised ({})",
            point.unrecognised,
            point.examples.join(", ")
        ));
    }
    shares.join(", ")
}
