//! `trendgate status`: every site of a data dir or of a configuration, how its last run ended and how fresh it is.

use super::AtSites;
use crate::args::StatusArgs;
use crate::exit::Exit;
use crate::printed::{Printed, SiteStatus, StatusAnswer, now};
use crate::text::{self, age, count, percent, plural};
use trendgate::time::{Instant, SECOND};
use trendgate::{Dataset, LastRun, Result, RunOutcome, Site};

/// Runs the command.
pub(crate) fn status(args: &StatusArgs) -> Result<Exit> {
    let sites = super::places(&args.dataset.place, Dataset::known_sites)?;
    let at = AtSites::each(sites, |_, site| site_status(site));
    let time = now();
    if args.dataset.json {
        let sites = at.each_site(|_, status| status.clone());
        text::print_json(&Printed::Status(StatusAnswer { time, sites }));
    } else if at.done.is_empty() && at.failed.is_empty() {
        text::print("no run of any site is known\n");
    } else {
        let texts = at.done.iter().map(|(_, status)| as_text(status, time));
        text::print(&texts.collect::<Vec<_>>().join("\n"));
    }
    Ok(at.end(Exit::Good))
}

fn site_status(site: &Site) -> Result<SiteStatus> {
    let last_run = site.last_run()?;
    let history = site.recent_history()?;
    let head = history.head().map(|head| &head.manifest);
    let snapshot = site.snapshot_of(&history);
    Ok(SiteStatus {
        site_id: site.id().to_owned(),
        exit: (last_run.as_ref())
            .and_then(|run| Exit::of_outcome(&run.outcome))
            .map(|exit| exit as u8),
        last_run,
        version: history.version(),
        created_at: head.map(|head| head.created_at),
        fingerprint: head.map(|_| snapshot.fingerprint),
        rows: snapshot.rows(),
        time_range: snapshot.time_range(),
        sources: history.freshness(),
        quality_flags: snapshot.flags(),
        warnings: head.map_or(0, |head| head.warnings.len()),
        standing: snapshot.standing,
    })
}

fn as_text(status: &SiteStatus, now: Instant) -> String {
    let mut lines = vec![status.site_id.clone()];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    match &status.last_run {
        Some(run) => {
            let ago = age(now.since(run.ended));
            row(
                "last run",
                format!(
                    "{} ({ago} ago), {}",
                    run.ended.floor(SECOND),
                    ended(run, status.exit)
                ),
            );
            if let RunOutcome::Failed(failure) = &run.outcome {
                let file = failure.file.as_deref();
                let file = file.map_or_else(String::new, |file| format!("{file}: "));
                row("", text::safe(&format!("{file}{}", failure.error)));
                if let Some(hint) = &failure.hint {
                    row("", format!("help: {}", text::safe(hint)));
                }
            }
        }
        None => row("last run", "not known".to_owned()),
    }
    let Some(created_at) = status.created_at else {
        row("dataset", "nothing is committed yet".to_owned());
        return lines.join("\n") + "\n";
    };
    let (version, rows) = (status.version, plural(status.rows, "row"));
    row(
        "dataset",
        format!("version {version} of {created_at}, {rows}"),
    );
    if let Some(range) = status.time_range {
        row("", format!("{} .. {}", range.first, range.last));
    }
    for (nth, source) in status.sources.iter().enumerate() {
        let name = if nth == 0 { "newest" } else { "" };
        let ago = age(now.since(source.last));
        row(
            name,
            format!(
                "{} ({ago} ago), {}",
                source.last,
                plural(source.points, "point")
            ),
        );
        row("", text::safe(&source.words()));
    }
    let mut flags = status.quality_flags.iter().peekable();
    if flags.peek().is_none() {
        row("flags", "none".to_owned());
    }
    for (nth, (flag, rows)) in flags.enumerate() {
        let name = if nth == 0 { "flags" } else { "" };
        let share = percent(share(*rows, status.rows));
        row(name, format!("{} {share} ({})", flag.name(), count(*rows)));
    }
    if status.warnings > 0 {
        let warnings = plural(status.warnings, "warning");
        row(
            "warnings",
            format!("{warnings} in version {version}: `trendgate show {version}`"),
        );
    }
    for (nth, condition) in status.standing.iter().enumerate() {
        let name = if nth == 0 { "standing" } else { "" };
        let message = text::safe(&condition.message);
        row(
            name,
            format!("{message} (since version {})", condition.version),
        );
    }
    lines.join("\n") + "\n"
}

/// How a run ended, in words.
fn ended(run: &LastRun, exit: Option<u8>) -> String {
    let exit = exit.map_or_else(String::new, |exit| format!(", exit {exit}"));
    run.outcome.words() + &exit
}

#[allow(clippy::cast_precision_loss, reason = "rows are far fewer than 2^53")]
fn share(rows: u64, of: u64) -> f64 {
    rows as f64 / of.max(1) as f64
}
