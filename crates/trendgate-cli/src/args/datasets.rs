//! What is typed behind the commands that look at a dataset, or keep it in order.

use super::WaitArgs;
use clap::Args;
use std::path::PathBuf;
use trendgate::details::Others;
use trendgate::time::Span;

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
    other_machines: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl RecoverArgs {
    /// What is done with attempts of other machines.
    pub(crate) fn others(&self) -> Others {
        match self.other_machines {
            true => Others::Undo,
            false => Others::Spare,
        }
    }
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

/// Where a dataset is.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
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
}

/// Which dataset is looked at, and how it is answered.
#[derive(Debug, Args)]
pub(crate) struct DatasetArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
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
    /// The dataset as of this version: its number, or its tag
    #[arg(long, value_name = "VERSION", conflicts_with = "batch")]
    pub(crate) at_version: Option<String>,
    /// The dataset as it was at this time, such as 2026-02-01T06:00 (UTC): up to the last version created by then
    #[arg(long, value_name = "TIME", conflicts_with_all = ["batch", "at_version"])]
    pub(crate) as_of: Option<String>,
    /// What changed since this earlier version (its number, or its tag): rows, flags, points, parts, configuration
    #[arg(long, value_name = "VERSION")]
    pub(crate) diff: Option<String>,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TagArgs {
    /// The name: letters, digits, '.', '_' and '-', not digits alone; without one, the tags are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The number of the version that is called so [default: the last one]
    #[arg(long, value_name = "N", requires = "name")]
    pub(crate) at_version: Option<u64>,
    /// Take the name away
    #[arg(long, requires = "name", conflicts_with = "at_version")]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) dataset: DatasetArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// As of when a dataset is looked at.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// The dataset as of this version: its number, or its tag
    #[arg(long, value_name = "VERSION")]
    pub(crate) at_version: Option<String>,
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
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
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
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}
