//! One file a command: what was meant → a call of the library → what a person (or a program) reads.

pub(crate) mod check;
pub(crate) mod inspect;
pub(crate) mod log;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod verify;

use crate::args::InputArgs;
use trendgate::Result;
use trendgate::config::{Config, Overrides, Settings};

/// The settings that the options and the configuration file together mean.
fn settings(args: &InputArgs) -> Result<Settings> {
    let config = match &args.config {
        Some(path) => Config::load(path)?,
        None => Config::default(),
    };
    Settings::new(
        &config,
        &Overrides {
            site: args.site.clone(),
            timezone: args.timezone.clone(),
            resample: args.resample.clone(),
            data_dir: args.data_dir.clone(),
            threads: args.threads,
        },
    )
}
