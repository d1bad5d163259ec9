//! What is typed behind the commands that read reports.

use super::WaitArgs;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use trendgate::details::Gone;
use trendgate::{Retracted, RunOptions, Scope, Trust};

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
    #[command(flatten)]
    wanted: WantedArgs,
    /// Have the tasks done by processes of their own, so many at a time, instead of by threads: one that is killed fails the run, and takes nothing
    /// else with it
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "dry_run"])]
    pub(crate) processes: Option<std::num::NonZeroUsize>,
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
    force: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// What `run --rebuild` would do: all months made again whose reports exist
    #[arg(long)]
    rebuild: bool,
}

/// What is wanted of a run beyond taking what is new.
#[derive(Debug, Args)]
pub(crate) struct WantedArgs {
    /// Make all months again whose reports exist: what a configuration needs that changes results
    #[arg(long)]
    rebuild: bool,
    /// Take reports again that were retracted
    #[arg(long)]
    take_retracted: bool,
    /// Let a report leave months in which another one is gone: their bins stay as they are where that one has a share
    #[arg(long)]
    force: bool,
    /// Digest every file that may be known, however unchanged the file system says that it is
    #[arg(long)]
    paranoid: bool,
}

impl WantedArgs {
    /// As the library takes it.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            scope: scope(self.rebuild),
            retracted: match self.take_retracted {
                true => Retracted::Take,
                false => Retracted::PassOver,
            },
            gone: gone(self.force),
            trust: match self.paranoid {
                true => Trust::Nothing,
                false => Trust::Stamps,
            },
        }
    }
}

impl RunArgs {
    /// What is wanted of the run.
    pub(crate) fn options(&self) -> RunOptions {
        self.wanted.options()
    }
}

impl PlanArgs {
    /// What would be wanted of the run.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            scope: scope(self.rebuild),
            ..RunOptions::default()
        }
    }
}

impl RetractArgs {
    /// What is wanted of the retraction.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            gone: gone(self.force),
            ..RunOptions::default()
        }
    }
}

fn scope(rebuild: bool) -> Scope {
    match rebuild {
        true => Scope::Everything,
        false => Scope::Changed,
    }
}

fn gone(force: bool) -> Gone {
    match force {
        true => Gone::Accept,
        false => Gone::Refuse,
    }
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
