//! `trendgate retract`: an import is withdrawn.

use crate::args::RetractArgs;
use crate::exit::Exit;
use crate::progress::Terminal;
use crate::signals;
use trendgate::Result;
use trendgate::pipeline::{self, Options, Retraction};
use trendgate::progress::Watch;
use trendgate::publish::WhenLocked;
use trendgate::time::Stopwatch;

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
    let since = Stopwatch::start();
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let outcome = pipeline::retract(&settings, &what, options, &cleaner, watch)?;
    drop(terminal);
    Ok(super::run::tell(
        &settings,
        &outcome,
        since,
        args.settings.json,
    ))
}
