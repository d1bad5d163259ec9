//! What is typed on the command line.

use crate::version::version;
use clap::parser::ValueSource;
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;
use trendgate::publish::WhenLocked;
use trendgate::time::Span;
use trendgate::{Error, Result};

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
    /// Shows every site of a data dir: how its last run ended, how fresh it is, its flags, what lasts
    ///
    /// Also of sites whose first run failed. A run that was killed, or that could not read its configuration, leaves no word: the age of the last one shows it.
    #[command(after_long_help = examples(&[
        "trendgate status --data-dir data",
        "trendgate status --data-dir data --json",
    ]))]
    Status(StatusArgs),
    /// Prints what is known of every site of a data dir as metrics, in the text format of Prometheus
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
        let mut command = Self::command().color(match color(&words) {
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
            Self::Init(_)
            | Self::Metrics(_)
            | Self::Completions { .. }
            | Self::Man(_)
            | Self::Report(_)
            | Self::Schema(_) => false,
        }
    }
}

/// What says which reports are read, and how.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Report files, or folders that are searched for them [default: the `paths` of the configuration]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// All sites that the configuration has under `sites`, several at a time; each reads its own `paths`
    #[arg(long, conflicts_with_all = ["paths", "site", "timezone", "resample"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What says which dataset is written, and how.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// The configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "TRENDGATE_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// The site's id
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// The IANA time zone of the reports' clock, such as Asia/Taipei
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
    /// The length of a bin, such as 15m
    #[arg(long, value_name = "SPAN")]
    pub(crate) resample: Option<String>,
    /// The folder of the dataset: processed/, manifests/ and .staging/ stand in it, by the names that its trendgate.json gives them
    #[arg(
        long,
        value_name = "DIR",
        env = "TRENDGATE_DATA_DIR",
        hide_env_values = true
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// How many threads work [default: one a core]
    #[arg(
        long,
        value_name = "N",
        env = "TRENDGATE_THREADS",
        hide_env_values = true
    )]
    pub(crate) threads: Option<usize>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Stop after the plan
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    /// Make all months again whose reports exist: what a configuration needs that changes results
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// Take reports again that were retracted; let a report leave months in which another one is gone
    #[arg(long)]
    pub(crate) force: bool,
    /// Digest every file that may be known, however unchanged the file system says that it is
    #[arg(long)]
    pub(crate) paranoid: bool,
    /// Leave the site's metrics in this file, which ends in .prom, for a textfile collector of Prometheus: also where the run fails; not
    /// where the site is locked, whose metrics are the other run's. That it cannot be written is said, and is no failure of the run
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) metrics_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RetractArgs {
    /// The report's file; the digest of its content (blake3:…); or the version that took it, with all others of that version
    #[arg(value_name = "FILE|VERSION")]
    pub(crate) what: OsString,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Say what would leave and what would be made again, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let it leave months in which another report is gone: their bins stay as they are where that one has a share
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// What `run --rebuild` would do: all months made again whose reports exist
    #[arg(long)]
    pub(crate) rebuild: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The report
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The IANA time zone of the report's clock; without it, that of the configuration, or times are shown as the report states them
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
    /// The configuration file that says how the report is read (cleaner.sources, date_order, clock, decimal, encoding); of several
    /// sites, the section counts whose `paths` the report is in
    #[arg(
        long,
        value_name = "FILE",
        env = "TRENDGATE_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Report files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The site's id; without it, it is left to be filled in
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// The IANA time zone of the reports' clock, such as Asia/Taipei; without it, it is left to be filled in
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// A Parquet file or a manifest
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// From row to row, such as 15m, for a file that does not state it
    #[arg(long, value_name = "SPAN")]
    pub(crate) interval: Option<Span>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A manifest, or the folder of a dataset; without one, the dataset that --data-dir or --config names
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// All sites that the configuration has under `sites`
    #[arg(long, conflicts_with_all = ["path", "site"])]
    pub(crate) all: bool,
    /// Make the public names of the manifests anew from the log, and nothing else; what stands in their way is moved aside
    #[arg(long)]
    pub(crate) repair: bool,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Undo attempts of other machines, too: only where it is certain that nothing runs there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GcArgs {
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
    /// All sites that the configuration has under `sites`
    #[arg(long, conflicts_with = "site")]
    pub(crate) all: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave files that no version refers to alone until they are so old: a run elsewhere may be about to commit them
    #[arg(long, value_name = "SPAN", default_value = "3d")]
    pub(crate) grace: String,
    /// Keep what a version refers to for so long after a later one took its place
    ///
    /// Without it, batch.retention of the configuration, 7d where that says nothing.
    #[arg(long, value_name = "SPAN")]
    pub(crate) retention: Option<String>,
    /// Put one base record in place of the records of all versions that another one followed longer ago than the retention: they cannot be asked for any
    /// more, and their public manifests go
    #[arg(long)]
    pub(crate) compact: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// What is done at a site that another command holds.
#[derive(Debug, Clone, Args)]
pub(crate) struct WaitArgs {
    /// Wait for the site's lock instead of failing with 75, for so long at the most where a time is given; batch.wait of the configuration says it
    /// for all commands
    #[arg(long, value_name = "SPAN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    wait: Option<String>,
}

impl WaitArgs {
    /// What was typed; else what the configuration says.
    pub(crate) fn or(&self, configured: WhenLocked) -> Result<WhenLocked> {
        match self.wait.as_deref() {
            None => Ok(configured),
            Some("") => Ok(WhenLocked::Wait),
            Some(text) => {
                let most = text.parse::<Span>();
                let most = most.map_err(|error| Error::usage(format!("--wait: {error}")))?;
                Ok(WhenLocked::WaitFor(most))
            }
        }
    }
}

/// The arguments, with a time behind `--wait` made its value: a path can stand there, too.
pub(crate) fn with_waits(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut options = true;
    for argument in arguments {
        let is_time = || argument.to_str()?.parse::<Span>().ok();
        match joined.last_mut() {
            Some(last) if options && last == "--wait" && is_time().is_some() => {
                last.push("=");
                last.push(&argument);
            }
            _ => {
                options &= argument != "--";
                joined.push(argument);
            }
        }
    }
    joined
}

/// Which dataset is looked at.
#[derive(Debug, Args)]
pub(crate) struct DatasetArgs {
    /// The folder of the dataset [default: that of the configuration, or data]
    #[arg(
        long,
        value_name = "DIR",
        env = "TRENDGATE_DATA_DIR",
        hide_env_values = true
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file that says where the dataset is; what writes takes batch.wait from it, and gc batch.retention; else nothing is
    #[arg(
        long,
        value_name = "FILE",
        env = "TRENDGATE_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// One site only
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A version number, a batch id (or its first digits), or a manifest file; without one, the dataset is shown
    #[arg(value_name = "BATCH")]
    pub(crate) batch: Option<String>,
    /// The dataset as of this version
    #[arg(long, value_name = "N", conflicts_with = "batch")]
    pub(crate) at_version: Option<u64>,
    /// The dataset as it was at this time, such as 2026-02-01T06:00 (UTC): up to the last version created by then
    #[arg(long, value_name = "TIME", conflicts_with_all = ["batch", "at_version"])]
    pub(crate) as_of: Option<String>,
    /// What changed since this earlier version: rows, flags, points, parts, configuration
    #[arg(long, value_name = "N")]
    pub(crate) diff: Option<u64>,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

/// As of when a dataset is looked at.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// The dataset as of this version
    #[arg(long, value_name = "N")]
    pub(crate) at_version: Option<u64>,
    /// The dataset as it was at this time, such as 2026-02-01T06:00 (UTC): up to the last version created by then
    #[arg(long, value_name = "TIME", conflicts_with = "at_version")]
    pub(crate) as_of: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PointsArgs {
    #[command(flatten)]
    pub(crate) version: VersionArgs,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MetricsArgs {
    /// The folder of the dataset [default: that of --config, or data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file that says where the dataset is; nothing else is taken from it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One site only
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// Write them to this file, which ends in .prom, instead of standard output; it is replaced whole
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    #[command(flatten)]
    pub(crate) version: VersionArgs,
    /// End each path with a zero byte instead of a line end
    #[arg(short = '0', long, conflicts_with = "json")]
    pub(crate) null: bool,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The time of the row, such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00
    #[arg(long, value_name = "TIME")]
    pub(crate) at: String,
    /// One column only, by its name or its point's, with what the rules said of it in the whole batch
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Option<String>,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of the program and of each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// From this time on, such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// All sites, as files in the folder that --out names
    #[arg(long, requires = "out", conflicts_with = "site")]
    pub(crate) all: bool,
    /// The folder for --all; pages of the same names in it are replaced
    #[arg(long, value_name = "DIR", requires = "all")]
    pub(crate) out: Option<PathBuf>,
    /// The folder of the dataset [default: that of --config, or data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file that says where the dataset is; nothing else is taken from it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The site, where the dataset has several
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
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
