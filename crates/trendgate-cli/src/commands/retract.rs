//! `trendgate retract`: an import is withdrawn.

use crate::args::RetractArgs;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::signals;
use trendgate::Result;
use trendgate::clock::Stopwatch;
use trendgate::pipeline::{self, Options, Retraction};
use trendgate::publish::WhenLocked;

/// Runs the command.
pub(crate) fn retract(args: &RetractArgs) -> Result<Exit> {
    let mut settings = super::settings(&args.settings)?;
    if args.wait {
        settings.when_locked = WhenLocked::Wait;
    }
    let what = Retraction::named(&args.what);
    let options = Options {
        force: args.force,
        ..Options::default()
    };
    let cleaner = pipeline::own_cleaner(&settings);
    let watch = Stopwatch::start();
    let progress = Progress::new().stopped_by(signals::listen());
    let outcome = pipeline::retract(&settings, &what, options, &cleaner, &progress)?;
    drop(progress);
    Ok(super::run::tell(
        &settings,
        &outcome,
        watch,
        args.settings.json,
    ))
}
