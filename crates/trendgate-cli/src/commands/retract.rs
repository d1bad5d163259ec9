//! `trendgate retract`: an import is withdrawn.

use crate::args::RetractArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::signals;
use crate::text::{self, plural};
use trendgate::Result;
use trendgate::answer::RetractionAnswer;
use trendgate::config::Settings;
use trendgate::pipeline::{self, Retraction, RunOptions};
use trendgate::progress::Watch;
use trendgate::time::Stopwatch;

/// Runs the command.
pub(crate) fn retract(args: &RetractArgs) -> Result<Exit> {
    let mut settings = super::settings(&args.settings)?;
    settings.when_locked = args.wait.or(settings.when_locked)?;
    let what = Retraction::named(&args.what);
    let options = args.options();
    if args.dry_run {
        return look(&settings, &what, options, args.settings.json);
    }
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

/// Says what the retraction would do.
fn look(settings: &Settings, what: &Retraction, options: RunOptions, json: bool) -> Result<Exit> {
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let prospect = pipeline::prospect_retraction(settings, what, options, watch)?;
    drop(terminal);
    let answer = RetractionAnswer::new(settings.site.as_str(), &prospect);
    if json {
        text::print_json(&Printed::Retraction(answer));
    } else {
        text::print(&as_text(&answer));
    }
    Ok(Exit::Good)
}

fn as_text(answer: &RetractionAnswer) -> String {
    let leaving = plural(answer.leaving.len(), "report");
    let mut text = format!("would retract {leaving} of {}\n", answer.site_id);
    for report in &answer.leaving {
        let member = report.member.as_deref();
        let member = member.map_or_else(String::new, |name| format!("!{name}"));
        let path = text::safe(&format!("{}{member}", report.path.path));
        text += &format!("  {path}\n    taken by version {}", report.taken_by);
        if let Some(range) = report.time_range {
            text += &format!(", {} .. {}", range.first, range.last);
        }
        text.push('\n');
    }
    text + &format!(
        "would make {} again, of {}; now {} in {}\n",
        plural(answer.months.len(), "month"),
        plural(answer.read_again, "other report"),
        plural(answer.rows, "row"),
        plural(answer.parts.len(), "part"),
    )
}
