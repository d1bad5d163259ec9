//! `trendgate run`: the main job, and its summary.

use crate::args::RunArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::signals;
use crate::text::{self, bytes, count, plural};
use trendgate::answer::RunAnswer;
use trendgate::config::Settings;
use trendgate::pipeline::{self, FailedInput, NothingNew, Options, Run, Summary};
use trendgate::progress::Watch;
use trendgate::publish::{Manifest, WhenLocked};
use trendgate::time::Stopwatch;
use trendgate::{Result, Warning};

/// Runs the command.
pub(crate) fn run(args: &RunArgs) -> Result<Exit> {
    let options = Options {
        rebuild: args.rebuild,
        force: args.force,
        paranoid: args.paranoid,
    };
    if args.dry_run {
        return super::plan::plan(&args.input, options);
    }
    let mut settings = super::settings(&args.input.settings)?;
    if args.wait {
        settings.when_locked = WhenLocked::Wait;
    }
    let paths = &args.input.paths;
    let cleaner = pipeline::own_cleaner(&settings);
    let since = Stopwatch::start();
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let outcome = pipeline::run_with(&settings, paths, options, &cleaner, watch)?;
    drop(terminal);
    Ok(tell(&settings, &outcome, since, args.input.settings.json))
}

/// Says how a run ended.
pub(super) fn tell(settings: &Settings, outcome: &Run, since: Stopwatch, json: bool) -> Exit {
    let seconds = since.elapsed().as_secs_f64();
    let answer = || Printed::Run(RunAnswer::new(settings, outcome, seconds));
    match outcome {
        Run::Committed(summary) => {
            tell_rejected(&summary.failed);
            if json {
                text::print_json(&answer());
            } else {
                text::print(&committed_text(summary, seconds));
            }
            if text::unprinted().is_some() {
                let manifest = &summary.committed.manifest;
                let (version, site) = (manifest.version, &manifest.site_id);
                text::note(&format!("version {version} of {site} is committed"));
            }
            exit(&summary.failed, &summary.warnings)
        }
        Run::NothingNew(nothing) => {
            tell_rejected(&nothing.failed);
            if json {
                text::print_json(&answer());
            } else {
                text::print(&nothing_text(nothing));
            }
            exit(&nothing.failed, &nothing.warnings)
        }
    }
}

/// Rejects that are known are no news; those that are tried again in every run are among `failed` each time.
fn exit(failed: &[FailedInput], warnings: &[Warning]) -> Exit {
    if failed.is_empty() && !warnings.iter().any(Warning::is_loss) {
        Exit::Good
    } else {
        Exit::Partly
    }
}

fn tell_rejected(failed: &[FailedInput]) {
    for failed in failed {
        text::note(&text::error_text("rejected", &failed.error));
    }
}

fn committed_text(summary: &Summary, seconds: f64) -> String {
    let manifest = &summary.committed.manifest;
    let cells = &manifest.cells;
    let dead = manifest
        .statistics
        .points
        .values()
        .filter(|point| point.dead)
        .count();
    let mut lines = vec![format!(
        "committed {} version {} (batch {})",
        manifest.site_id, manifest.version, manifest.batch_id
    )];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    row(
        "files",
        format!(
            "{} read, {} rejected, {} known, {} twice{}",
            count(manifest.input_files_count),
            count(summary.failed.len() as u64),
            count(summary.known as u64),
            count(summary.committed.inputs - manifest.input_files_count),
            passed_over(summary.known_rejects, summary.ignored),
        ),
    );
    if let Some(text) = grown(manifest) {
        row("growth", text);
    }
    let range = manifest
        .statistics
        .time_range
        .map_or_else(String::new, |range| {
            format!(", {} .. {}", range.first, range.last)
        });
    row(
        "rows",
        format!(
            "{}{range}, every {}",
            count(manifest.statistics.total_rows),
            manifest.resample_interval
        ),
    );
    row(
        "columns",
        format!(
            "{} ({} dead)",
            count(manifest.statistics.points.len() as u64),
            dead
        ),
    );
    let fates = cells.fates();
    let fates = fates.map(|(cells, fate)| format!("{} {fate}", count(cells)));
    row(
        "cells",
        format!("{} = {}", count(cells.input), fates.join(" + ")),
    );
    let flags = &manifest.statistics.quality_flags_distribution;
    let flags: Vec<String> = flags
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(flag, rows)| format!("{} {}", flag.name(), count(*rows)))
        .collect();
    row(
        "flags",
        if flags.is_empty() {
            "none".to_owned()
        } else {
            flags.join(", ")
        },
    );
    for trip in &manifest.trips {
        let of = trip.column.as_deref();
        row(
            "tripped",
            format!(
                "{}{} in {}: {} of {} judged cells",
                trip.rule.name(),
                of.map_or_else(String::new, |column| format!(" of {column}")),
                trip.month,
                count(trip.flagged),
                count(trip.judged)
            ),
        );
    }
    if !manifest.gaps.is_empty() {
        let bins = manifest.gaps.iter().map(|gap| gap.bins).sum();
        row(
            "gaps",
            format!("{} left out, {} bins", manifest.gaps.len(), count(bins)),
        );
    }
    let size = manifest.files.iter().map(|part| part.bytes).sum();
    row(
        "parts",
        format!("{}, {}", plural(manifest.files.len(), "file"), bytes(size)),
    );
    row(
        "time",
        format!(
            "{seconds:.2} s, {:.0} MB/s",
            megabytes(summary.bytes) / seconds.max(1e-9)
        ),
    );
    row(
        "manifest",
        text::path(
            summary
                .committed
                .public
                .as_ref()
                .unwrap_or(&summary.committed.record),
        ),
    );
    lines.join("\n") + "\n"
}

/// The files that were not tried, where there are some.
fn passed_over(known_rejects: usize, ignored: usize) -> String {
    let mut text = String::new();
    if known_rejects > 0 {
        text += &format!(", {}", plural(known_rejects, "known reject"));
    }
    if ignored > 0 {
        text += &format!(", {} ignored", count(ignored as u64));
    }
    text
}

/// What the version does to what was committed before.
fn grown(manifest: &Manifest) -> Option<String> {
    let counts = [
        (
            manifest.rebuilt_from.len() as u64,
            "known reports read again",
        ),
        (manifest.replaces.len() as u64, "parts replaced"),
        (manifest.superseded.len() as u64, "reports superseded"),
        (manifest.retracted.len() as u64, "reports retracted"),
        (
            manifest.approximate_bins,
            "bins kept as they were, because their reports are gone",
        ),
    ];
    let said = counts.iter().filter(|(number, _)| *number > 0);
    let said: Vec<String> = said
        .map(|(number, what)| format!("{} {what}", count(*number)))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

#[allow(clippy::cast_precision_loss, reason = "shown without decimals")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The files that are passed over for what is known of them, where there are some.
pub(super) fn left_aside(withdrawn: usize, ignored: usize) -> String {
    let mut text = String::new();
    if withdrawn > 0 {
        text += &format!(", {withdrawn} superseded or retracted");
    }
    if ignored > 0 {
        text += &format!(", {ignored} ignored");
    }
    text
}

fn nothing_text(nothing: &NothingNew) -> String {
    let version = nothing.version;
    let aside = left_aside(nothing.withdrawn, nothing.ignored);
    format!(
        "nothing new since version {version}: {} known, {}, {} rejected{aside}\n",
        plural(nothing.known, "file"),
        plural(nothing.known_rejects, "known reject"),
        nothing.failed.len()
    )
}
