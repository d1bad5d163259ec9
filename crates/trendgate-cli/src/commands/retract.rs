//! `trendgate retract`: an import is withdrawn.

use crate::args::RetractArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::signals;
use crate::text::{self, plural};
use trendgate::answers::RetractionAnswer;
use trendgate::time::Stopwatch;
use trendgate::{Result, Retraction, RunOptions, Settings, Site, Watch};

/// Runs the command.
pub(crate) fn retract(args: &RetractArgs) -> Result<Exit> {
    let settings = super::settings(&args.settings)?;
    let when_locked = args.wait.or(settings.when_locked())?;
    let settings = settings.waiting(when_locked);
    let what = Retraction::named(&args.what);
    let options = args.options();
    if args.dry_run {
        return look(&settings, &what, options, args.settings.json);
    }
    let site = Site::of(&settings);
    let since = Stopwatch::start();
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let outcome = site.retract(&settings, &what, options, watch)?;
    drop(terminal);
    Ok(super::run::tell(&site, &outcome, since, args.settings.json))
}

/// Says what the retraction would do.
fn look(settings: &Settings, what: &Retraction, options: RunOptions, json: bool) -> Result<Exit> {
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let answer = Site::of(settings).plan_retraction(settings, what, options, watch)?;
    drop(terminal);
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
