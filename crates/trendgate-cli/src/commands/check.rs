//! `trendgate check`: a Parquet file, or the parts of a manifest, against the contract.

use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::printed::{CheckAnswer, CheckedFile, Printed, now, shown};
use crate::text::{self, count, plural};
use std::path::{Path, PathBuf};
use trendgate::Result;
use trendgate::details::CheckReport;
use trendgate::files::{check_file, check_file_every, manifest_parts};

/// Runs the command.
pub(crate) fn check(args: &CheckArgs) -> Result<Exit> {
    super::exists(&args.file)?;
    let is_manifest = args
        .file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let files = if is_manifest {
        manifest_parts(&args.file)?
    } else {
        vec![args.file.clone()]
    };
    let mut reports: Vec<(PathBuf, CheckReport)> = Vec::with_capacity(files.len());
    for file in files {
        let report = match args.interval {
            None => check_file(&file)?,
            Some(interval) => check_file_every(&file, interval)?,
        };
        reports.push((file, report));
    }
    let broken: u64 = reports
        .iter()
        .map(|(_, report)| report.violations.total())
        .sum();
    if args.json {
        let files = reports.into_iter().map(|(path, report)| CheckedFile {
            path: shown(&path),
            site_id: report.metadata.get("site_id").cloned(),
            report,
        });
        text::print_json(&Printed::Check(CheckAnswer {
            time: now(),
            violations: broken,
            files: files.collect(),
        }));
    } else {
        for (path, report) in &reports {
            text::print(&as_text(path, report));
        }
    }
    Ok(if broken == 0 {
        Exit::Good
    } else {
        Exit::Failed
    })
}

fn as_text(path: &Path, report: &CheckReport) -> String {
    let findings = &report.findings;
    let range = findings.range.map_or_else(
        || "no rows".to_owned(),
        |range| format!("{} .. {}", range.first, range.last),
    );
    let mut text = format!(
        "{}: {}, {}, {range}\n",
        text::path(path),
        plural(findings.rows, "row"),
        plural(report.columns, "column")
    );
    if report.interval.is_none() {
        text.push_str(
            "  note: the file does not state its interval: spacing and gaps are not judged; --interval 15m would say it\n",
        );
    }
    let cells = [
        ("NaN", &findings.nans),
        ("infinite or at least 1e20 in size", &findings.extremes),
    ];
    for (what, columns) in cells {
        for (column, cells) in columns {
            let cells = count(*cells);
            text.push_str(&format!(
                "  warning: column {column:?}: {cells} cells are {what}\n"
            ));
        }
    }
    if findings.missing_bins > 0 {
        text.push_str(&format!(
            "  warning: {} bins are missing in stretches that should be filled\n",
            count(findings.missing_bins)
        ));
    }
    for gap in &findings.gaps {
        text.push_str(&format!("  gap: {} .. {}\n", gap.from, gap.to));
    }
    for violation in report.violations.examples() {
        text.push_str(&format!("  {}\n", text::safe(&violation.to_string())));
    }
    let more = report
        .violations
        .total()
        .saturating_sub(report.violations.examples().len() as u64);
    if more > 0 {
        text.push_str(&format!("  and {} more\n", count(more)));
    }
    text.push_str(if report.violations.is_empty() {
        "  conforms\n"
    } else {
        "  breaks the contract\n"
    });
    text
}
