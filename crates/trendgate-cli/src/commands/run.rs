//! `trendgate run`: the main job, and its summary.

use super::metrics::{MetricsFile, word};
use super::processes::carry;
use crate::args::RunArgs;
use crate::exit::Exit;
use crate::logging::{self, About};
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::signals;
use crate::text::{self, bytes, count, plural};
use trendgate::details::{FailedInput, Summary};
use trendgate::manifest::{Cells, Trip};
use trendgate::tasks::Carry;
use trendgate::time::Stopwatch;
use trendgate::{Manifest, NothingNew, Result, Run, Site, Watch};

/// Runs the command.
pub(crate) fn run(args: &RunArgs) -> Result<Exit> {
    let options = args.options();
    if args.dry_run {
        return super::plan::look(&args.input, options);
    }
    let begun = Stopwatch::start();
    let metrics = MetricsFile::of(args.metrics_file.as_deref())?;
    if args.input.all {
        return super::all::run(&args.input.settings, options, &args.wait, metrics);
    }
    let asked = super::configured::settings_and_paths(&args.input);
    if let (Some(file), Err(error)) = (metrics, &asked) {
        file.after_refusal(&args.input.settings, error, begun);
    }
    let (settings, paths) = asked?;
    let when_locked = args.wait.or(settings.when_locked())?;
    let settings = settings.waiting(when_locked);
    let site = Site::of(&settings);
    let since = Stopwatch::start();
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let outcome = match args.processes {
        None => site.run(&settings, &paths, options, watch),
        Some(at_once) => {
            let carry = |task: &[u8]| carry(task, signals.cancel());
            let carried = (at_once.get(), &carry as Carry<'_>);
            site.run_carried(&settings, &paths, options, carried, watch)
        }
    };
    drop(terminal);
    let metrics = metrics.map(|file| (file, word(&site, &outcome, begun)));
    let json = args.input.settings.json;
    let ended = outcome.map(|outcome| tell(&site, &outcome, since, json));
    if let Some((file, word)) = metrics {
        file.after_run(&site, word, &ended);
    }
    ended
}

/// Says how a run ended.
pub(super) fn tell(site: &Site, outcome: &Run, since: Stopwatch, json: bool) -> Exit {
    let seconds = since.elapsed().as_secs_f64();
    let _of_site = logging::of_site(Some(site.id()));
    tell_rejected("rejected", outcome.failed());
    match outcome {
        _ if json => text::print_json(&Printed::Run(site.answer(outcome, seconds))),
        Run::Committed(summary) => text::print(&committed_text(summary, seconds)),
        Run::NothingNew(nothing) => text::print(&nothing_text(nothing)),
        _ => {}
    }
    if let Run::Committed(summary) = outcome
        && text::unprinted().is_some()
    {
        let manifest = &summary.committed.manifest;
        let (version, site) = (manifest.version, &manifest.site_id);
        text::note(&format!("version {version} of {site} is committed"));
    }
    exit(outcome)
}

/// Rejects that are known are no news; those that are tried again in every run are among `failed` each time.
pub(super) fn exit(outcome: &Run) -> Exit {
    match outcome.is_partly() {
        true => Exit::Partly,
        false => Exit::Good,
    }
}

/// So many rejected files are named; all of them are in the manifest and in what `--json` prints.
const NAMED_REJECTS: usize = 20;

/// Names the files that were rejected; `word` says that they were.
pub(super) fn tell_rejected(word: &str, failed: &[FailedInput]) {
    for failed in failed.iter().take(NAMED_REJECTS) {
        text::tell(About::Rejected, word, &failed.error);
    }
    let more = failed.len().saturating_sub(NAMED_REJECTS);
    if more > 0 {
        text::note(&format!(
            "{word}: and {} more; --json lists them all",
            count(more as u64)
        ));
    }
}

fn committed_text(summary: &Summary, seconds: f64) -> String {
    let committed = &summary.committed;
    let manifest = &committed.manifest;
    let mut lines = vec![format!(
        "committed {} version {} (batch {})",
        manifest.site_id, manifest.version, manifest.batch_id
    )];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    row("files", files(summary));
    if let Some(text) = grown(manifest) {
        row("growth", text);
    }
    match manifest.files.is_empty() && manifest.replaces.is_empty() {
        true => row(
            "rows",
            "no month came out in another way than it was".to_owned(),
        ),
        false => row("rows", rows(manifest)),
    }
    row("columns", columns(manifest));
    row("cells", cells(&manifest.cells));
    row("flags", flags(manifest));
    for trip in &manifest.trips {
        row("tripped", tripped(trip));
    }
    if !manifest.gaps.is_empty() {
        let bins: u64 = manifest.gaps.iter().map(|gap| gap.bins).sum();
        let gaps = count(manifest.gaps.len() as u64);
        row("gaps", format!("{gaps} left out, {}", plural(bins, "bin")));
    }
    let size = manifest.files.iter().map(|part| part.bytes).sum();
    let parts = plural(manifest.files.len(), "file");
    row("parts", format!("{parts}, {}", bytes(size)));
    if summary.kept.files > 0 {
        let kept = plural(summary.kept.files, "file");
        row("kept", format!("{kept}, {}", bytes(summary.kept.bytes)));
    }
    let speed = megabytes(summary.bytes) / seconds.max(1e-9);
    row("time", format!("{seconds:.2} s, {speed:.0} MB/s"));
    let path = committed.public.as_ref().unwrap_or(&committed.record);
    row("manifest", text::path(path));
    lines.join("\n") + "\n"
}

fn files(summary: &Summary) -> String {
    let manifest = &summary.committed.manifest;
    format!(
        "{} read, {} rejected, {} known, {} twice{}",
        count(manifest.input_files_count),
        count(summary.failed.len() as u64),
        count(summary.known as u64),
        count(summary.committed.inputs - manifest.input_files_count),
        passed_over(summary.known_rejects, summary.ignored),
    )
}

fn rows(manifest: &Manifest) -> String {
    let statistics = &manifest.statistics;
    let range = statistics.time_range.map_or_else(String::new, |range| {
        format!(", {} .. {}", range.first, range.last)
    });
    format!(
        "{}{range}, every {}",
        count(statistics.total_rows),
        manifest.resample_interval
    )
}

fn columns(manifest: &Manifest) -> String {
    let points = &manifest.statistics.points;
    let dead = points.values().filter(|point| point.dead).count();
    format!("{} ({dead} dead)", count(points.len() as u64))
}

fn cells(cells: &Cells) -> String {
    let fates = cells.fates();
    let fates = fates.map(|fate| format!("{} {}", count(fate.cells), fate.words));
    format!("{} = {}", count(cells.input), fates.join(" + "))
}

fn flags(manifest: &Manifest) -> String {
    let flags = manifest.statistics.quality_flags_distribution.iter();
    let flags: Vec<String> = flags
        .filter(|(_, rows)| **rows > 0)
        .map(|(flag, rows)| format!("{} {}", flag.name(), count(*rows)))
        .collect();
    match flags.is_empty() {
        true => "none".to_owned(),
        false => flags.join(", "),
    }
}

fn tripped(trip: &Trip) -> String {
    let column = trip.column.as_deref();
    format!(
        "{}{} in {}: {} of {} judged cells",
        trip.rule.name(),
        column.map_or_else(String::new, |column| format!(" of {column}")),
        trip.month,
        count(trip.flagged),
        count(trip.judged)
    )
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
            "known report",
            "read again",
        ),
        (manifest.replaces.len() as u64, "part", "replaced"),
        (manifest.superseded.len() as u64, "report", "superseded"),
        (manifest.retracted.len() as u64, "report", "retracted"),
        (
            manifest.approximate_bins,
            "bin",
            "kept as before, because the reports are gone",
        ),
    ];
    let said = counts.iter().filter(|(number, ..)| *number > 0);
    let said: Vec<String> = said
        .map(|(number, noun, what)| format!("{} {what}", plural(*number, noun)))
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
        text += &format!(", {} superseded or retracted", count(withdrawn as u64));
    }
    if ignored > 0 {
        text += &format!(", {} ignored", count(ignored as u64));
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
        count(nothing.failed.len() as u64)
    )
}
