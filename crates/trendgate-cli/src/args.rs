//! What is typed on the command line.

mod datasets;
mod reports;
mod tasks;
mod wait;

pub(crate) use datasets::{
    CheckArgs, ExplainArgs, FilesArgs, GcArgs, LogArgs, MetricsArgs, PlaceArgs, PointsArgs,
    RecoverArgs, ReportArgs, ShowArgs, StatusArgs, TagArgs, VerifyArgs,
};
pub(crate) use reports::{
    InitArgs, InputArgs, InspectArgs, PlanArgs, RetractArgs, RunArgs, SettingsArgs, WantedArgs,
};
pub(crate) use tasks::{TaskArgs, TaskCommitArgs, TaskPlanArgs, TaskRunArgs, TaskStep};
pub(crate) use wait::WaitArgs;
use wait::with_waits;

use crate::terminal;
use crate::version::version;
use clap::parser::ValueSource;
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

/// Turns folders of building-automation trend reports into a clean, contract-checked, partitioned Parquet dataset,
/// committed batch by batch.
///
/// Exit codes: 0 committed, or nothing new; 1 failed, nothing committed (also: no reports found, all rejected, findings of
/// check or verify; or standard output could not be written, and standard error says what is committed); 2 usage or configuration
/// error, or a path that does not exist; 3 input files were rejected for the first time, or lost more than they may, and all else
/// is committed; 4 commit state unknown (nothing was deleted; run `recover`); 75 the site is locked by another run; 130 and 143
/// stopped by SIGINT or SIGTERM before the commit (a run that is past it ends as if nothing had come). Of several sites it is the worst of
/// them, in this order: 4, 1, 2, 130 or 143, 75, 3, 0.
///
/// Without --config, the file trendgate.yaml in the working directory, or in the next folder above it that has one, is the configuration.
/// An option goes before its environment variable, and that before the configuration.
#[derive(Debug, Parser)]
#[command(name = "trendgate", version = version(), max_term_width = 120)]
#[command(after_long_help = examples(&[
    "trendgate init exports --site PLANT > plant.yaml    # what is there, and how it would be read",
    "trendgate run exports --config plant.yaml",
    "trendgate status                                    # how the sites are",
]))]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) log: crate::logging::LogOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Whether words of weight are in colours
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: ColorWhen,
}

/// What is said of colours, before it is known whether the words can be read: help and errors of the words are in colours, too.
fn color(words: &[OsString]) -> ColorWhen {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = || words.windows(2).find(|pair| pair[0] == "--color");
    let said = joined.or_else(|| apart().map(|pair| pair[1]));
    said.and_then(|said| ColorWhen::from_str(said, false).ok())
        .unwrap_or(ColorWhen::Auto)
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Nowhere
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads the new reports, cleans them, checks the contract and commits them as one batch
    #[command(after_long_help = examples(&[
        "trendgate run exports --config plant.yaml",
        "trendgate run exports --site PLANT --timezone Asia/Taipei --data-dir data",
        "trendgate run exports --config plant.yaml --rebuild    # after a change of the configuration",
        "trendgate run --all                                    # every site of the configuration",
    ]))]
    Run(RunArgs),
    /// Shows what a run would read, merge and write, without writing
    #[command(after_long_help = examples(&[
        "trendgate plan exports --config plant.yaml",
    ]))]
    Plan(PlanArgs),
    /// Shows what is in a report: dialect, encoding, points, interval, range, tokens, problems
    #[command(after_long_help = examples(&[
        "trendgate inspect exports/week.csv",
        "trendgate inspect exports/week.zip --config plant.yaml --json",
    ]))]
    Inspect(InspectArgs),
    /// Prints a commented starter configuration for a folder of reports
    ///
    /// Types and units are guessed from names and values, and a comment says of every guess why. What is not known stays a comment.
    /// A run takes the configuration as it stands and guesses nothing. Exit code 3 says that some files could not be read.
    #[command(after_long_help = examples(&[
        "trendgate init exports --site PLANT --timezone Europe/Berlin > plant.yaml",
    ]))]
    Init(InitArgs),
    /// Checks any Parquet file, or the parts of a manifest, against the contract
    #[command(after_long_help = examples(&[
        "trendgate check part.parquet --interval 15m",
        "trendgate check data/manifests/manifest-….json",
    ]))]
    Check(CheckArgs),
    /// Verifies checksums, schema, rows and order of a batch or of the whole dataset
    #[command(after_long_help = examples(&[
        "trendgate verify data",
        "trendgate verify --config plant.yaml --site PLANT",
    ]))]
    Verify(VerifyArgs),
    /// Finishes or undoes what a crash left, and says why
    ///
    /// Every run does this at its start for its own site. Safe to be ended at any point, and to be run again.
    #[command(after_long_help = examples(&[
        "trendgate recover --data-dir data --dry-run",
    ]))]
    Recover(RecoverArgs),
    /// Removes what no version refers to, and the replaced parts of versions that are past their retention
    ///
    /// Versions whose parts are removed are marked as expired first. Safe to be ended at any point, and to be run again.
    #[command(after_long_help = examples(&[
        "trendgate gc --data-dir data --dry-run",
        "trendgate gc --data-dir data --retention 30d",
    ]))]
    Gc(GcArgs),
    /// Gives a version a name, lists the names, or takes one away
    ///
    /// A name is of one version until it is taken away; another version is refused. What a version with a name refers to is not collected, and
    /// from it on no record is compacted. Without --site it is that of every site.
    #[command(after_long_help = examples(&[
        "trendgate tag train-2026-11 --data-dir data    # the last version",
        "trendgate tag train-2026-10 --at-version 12 --data-dir data --site PLANT",
        "trendgate tag --data-dir data",
        "trendgate tag train-2026-10 --remove --data-dir data",
    ]))]
    Tag(TagArgs),
    /// Lists the committed batches
    #[command(after_long_help = examples(&[
        "trendgate log --data-dir data --site PLANT",
    ]))]
    Log(LogArgs),
    /// Shows one committed batch; or, without one, the dataset: its parts, columns and gaps, now or as it was
    #[command(after_long_help = examples(&[
        "trendgate show --data-dir data",
        "trendgate show 12 --data-dir data",
        "trendgate show --diff 11 --data-dir data",
    ]))]
    Show(ShowArgs),
    /// Lists the files that a reader opens, one path a line: the live parts of the dataset, now or as it was
    #[command(after_long_help = examples(&[
        "trendgate files --data-dir data | head",
        "trendgate files --data-dir data --at-version 3 -0 | xargs -0 ls -l",
    ]))]
    Files(FilesArgs),
    /// Lists the points of the dataset, now or as it was: column, type, unit, aggregation, range, last value, share that is flagged by each rule
    #[command(after_long_help = examples(&[
        "trendgate points --data-dir data --site PLANT",
    ]))]
    Points(PointsArgs),
    /// Shows every site of a data dir, or of the configuration: how its last run ended, how fresh it is, its flags, what lasts
    ///
    /// Also of sites whose first run failed. A run that was killed, or that could not read its configuration, leaves no word: the age of the last one shows it.
    #[command(after_long_help = examples(&[
        "trendgate status --data-dir data",
        "trendgate status --data-dir data --json",
    ]))]
    Status(StatusArgs),
    /// Prints what is known of every site of a data dir, or of the configuration, as metrics, in the text format of Prometheus
    ///
    /// From what is committed and how the last runs ended; `run --metrics-file` leaves the same of its site after each run. docs/metrics.md says
    /// what each one is, and how they are collected and watched.
    #[command(after_long_help = examples(&[
        "trendgate metrics --data-dir data",
        "trendgate metrics --data-dir data --metrics-file /var/lib/prometheus/node-exporter/trendgate.prom",
    ]))]
    Metrics(MetricsArgs),
    /// Says why a row is flagged: which points, rules, values and limits
    #[command(after_long_help = examples(&[
        "trendgate explain --data-dir data --at 2026-02-01T11:00+08:00",
        "trendgate explain --data-dir data --at 2026-02-01T03:00 --column CH1.CHWS",
    ]))]
    Explain(ExplainArgs),
    /// Prints one page of HTML on the data quality of a site: its state, maps, flagged points with their series, losses, lineage
    ///
    /// The page asks no other computer for anything and needs no script. With --all, a folder is written with a page for each site and an
    /// index.html of all.
    #[command(after_long_help = examples(&[
        "trendgate report --data-dir data > report.html",
        "trendgate report --data-dir data --site PLANT --from 2026-02-01T00:00 > february.html",
        "trendgate report --data-dir data --all --out pages",
    ]))]
    Report(ReportArgs),
    /// Withdraws an import: the months of its reports are made again without them
    #[command(after_long_help = examples(&[
        "trendgate retract exports/week.csv --config plant.yaml --dry-run",
        "trendgate retract 12 --config plant.yaml",
    ]))]
    Retract(RetractArgs),
    /// Takes a run apart into tasks that others do: processes, machines of a cluster, jobs of a scheduler
    #[command(after_long_help = examples(&[
        "trendgate task plan exports --config plant.yaml --out tasks",
        "trendgate task run tasks/PLANT.….00000.task    # each, anywhere, in any order",
        "trendgate task commit tasks",
    ]))]
    Task(TaskArgs),
    /// Prints what completes commands and options in a shell
    #[command(after_long_help = examples(&[
        "trendgate completions bash > ~/.local/share/bash-completion/completions/trendgate",
        "trendgate completions fish > ~/.config/fish/completions/trendgate.fish",
    ]))]
    Completions {
        /// Of which shell
        shell: Shell,
    },
    /// Prints the manual page, for man
    #[command(after_long_help = examples(&[
        "trendgate man | man -l -",
        "trendgate man --out /usr/local/share/man/man1",
    ]))]
    Man(ManArgs),
    /// Prints a generated reference
    #[command(hide = true)]
    Schema(SchemaArgs),
}

/// Examples of a command, below its help.
fn examples(lines: &[&str]) -> String {
    format!("Examples:\n  {}", lines.join("\n  "))
}

impl Cli {
    /// What was typed, or what is to be said of it.
    pub(crate) fn typed() -> std::result::Result<Self, clap::Error> {
        Self::of(with_waits(std::env::args_os()))
    }

    fn of(words: impl IntoIterator<Item = OsString>) -> std::result::Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().collect();
        let color = color(&words);
        terminal::choose(color);
        let mut command = Self::command().color(match color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        });
        let matches = command.try_get_matches_from_mut(words)?;
        // What the environment says is no contradiction to a path that is typed, as an option is.
        if let Some(("verify", typed)) = matches.subcommand() {
            let is_typed = |id| typed.value_source(id) == Some(ValueSource::CommandLine);
            let others = [
                ("data_dir", "--data-dir <DIR>"),
                ("config", "--config <FILE>"),
            ];
            let other = others
                .iter()
                .find(|(id, _)| is_typed("path") && is_typed(id));
            if let Some((_, option)) = other {
                let message = format!("the argument '[PATH]' cannot be used with '{option}'");
                return Err(command.error(clap::error::ErrorKind::ArgumentConflict, message));
            }
        }
        Self::from_arg_matches(&matches)
    }
}

impl Command {
    /// Whether the result is wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Run(args) => args.input.settings.json,
            Self::Plan(args) => args.input.settings.json,
            Self::Inspect(args) => args.json,
            Self::Check(args) => args.json,
            Self::Verify(args) => args.dataset.json,
            Self::Recover(args) => args.dataset.json,
            Self::Gc(args) => args.dataset.json,
            Self::Log(args) => args.dataset.json,
            Self::Show(args) => args.dataset.json,
            Self::Files(args) => args.dataset.json,
            Self::Points(args) => args.dataset.json,
            Self::Status(args) => args.dataset.json,
            Self::Explain(args) => args.dataset.json,
            Self::Retract(args) => args.settings.json,
            Self::Tag(args) => args.dataset.json,
            Self::Task(args) => args.json(),
            Self::Init(_)
            | Self::Metrics(_)
            | Self::Completions { .. }
            | Self::Man(_)
            | Self::Report(_)
            | Self::Schema(_) => false,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of the program and of each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which
    pub(crate) what: Reference,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Reference {
    /// The JSON Schema of the manifest
    Manifest,
    /// The JSON Schema of what --json prints
    Answers,
    /// The JSON Schema of the configuration
    Config,
    /// The command-line reference, in Markdown
    Cli,
    /// The forms of export, and the fields of an entry of cleaner.sources, in Markdown
    Dialects,
    /// The physical types and the units, in Markdown
    Types,
    /// The metrics, how they are collected, and what to do about each alert, in Markdown
    Metrics,
    /// The alert rules of Prometheus
    Alerts,
    /// The tests of the alert rules, for promtool
    AlertTests,
    /// The dashboard of Grafana
    Dashboard,
    /// The names of the durable steps that this build can leave out
    #[cfg(feature = "mutations")]
    Mutations,
}
