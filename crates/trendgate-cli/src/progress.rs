//! Progress: a bar with real totals on a terminal, plain lines elsewhere; of several sites, a bar of the sites, and lines with their names.
//! Nothing where the log is JSON or nobody wants to see it.

use crate::{logging, terminal, text};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use trendgate::time::Stopwatch;
use trendgate::{Event, Progress, Stage};

/// Shows a person how far a run is.
pub(crate) struct Terminal {
    bar: ProgressBar,
    form: Form,
    plain: Mutex<Plain>,
}

/// How it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bar,
    Lines,
    Nothing,
}

impl Form {
    /// The one that is wanted.
    fn of_now() -> Self {
        match (logging::shows_progress(), std::io::stderr().is_terminal()) {
            (false, _) => Self::Nothing,
            (true, true) => Self::Bar,
            (true, false) => Self::Lines,
        }
    }
}

/// The bar that is on the terminal.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Does `write`, which writes whole lines to standard error, with the bar out of the way.
pub(crate) fn beside(write: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

fn show(bar: Option<ProgressBar>) {
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

struct Plain {
    since: Stopwatch,
    read: u64,
    total: u64,
}

/// So many columns have room for a bar beside its numbers.
const WIDE: usize = 72;
/// Seconds between plain lines.
const PLAIN_EVERY: u64 = 10;

impl Terminal {
    pub(crate) fn new() -> Self {
        let form = Form::of_now();
        let target = match form {
            Form::Bar => ProgressDrawTarget::stderr(),
            Form::Lines | Form::Nothing => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        show((form == Form::Bar).then(|| bar.clone()));
        Self {
            bar,
            form,
            plain: Mutex::new(Plain {
                since: Stopwatch::start(),
                read: 0,
                total: 0,
            }),
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        show(None);
    }
}

impl Terminal {
    fn begin(&self, stage: Stage) {
        match stage {
            Stage::Looking { files } => {
                self.style("{spinner} looking at {pos}/{len} files");
                self.bar.set_length(files as u64);
                self.bar.set_position(0);
                if self.form == Form::Lines {
                    text::note(&format!("looking at {}", text::plural(files, "file")));
                }
            }
            Stage::Checking => {
                self.style("{spinner} comparing with what is committed");
                self.bar.tick();
            }
            Stage::Committing => {
                self.style("{spinner} committing");
                self.bar.tick();
            }
            _ => {}
        }
    }

    fn planned(&self, reports: usize, tasks: usize, total: u64) {
        self.style(match terminal::columns(&std::io::stderr()) {
            Some(..WIDE) => "{decimal_bytes}/{decimal_total_bytes} eta {eta}",
            _ => "reading [{wide_bar}] {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} eta {eta}",
        });
        self.bar.reset();
        self.bar.set_length(total);
        if let Ok(mut plain) = self.plain.lock() {
            *plain = Plain {
                since: Stopwatch::start(),
                read: 0,
                total,
            };
        }
        if self.form == Form::Lines {
            text::note(&format!(
                "reading {} ({}) in {}",
                text::plural(reports, "report"),
                text::bytes(total),
                text::plural(tasks, "task"),
            ));
        }
    }

    fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.form != Form::Lines {
            return;
        }
        if let Ok(mut plain) = self.plain.lock() {
            plain.read += bytes;
            if plain.since.elapsed().as_secs() >= PLAIN_EVERY {
                plain.since = Stopwatch::start();
                text::note(&format!(
                    "read {} of {}",
                    text::bytes(plain.read),
                    text::bytes(plain.total)
                ));
            }
        }
    }
}

impl Progress for Terminal {
    fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Began(stage) => self.begin(stage),
            Event::LookedAt => self.bar.inc(1),
            Event::Planned {
                reports,
                tasks,
                bytes,
            } => self.planned(reports, tasks, bytes),
            Event::Read { bytes } => self.read(bytes),
            Event::Warned(warning) => text::warn(None, warning),
            // How a run ends is told as its result.
            _ => {}
        }
    }
}

/// Shows a person how far the work at several sites is.
pub(crate) struct SitesProgress {
    bar: ProgressBar,
    form: Form,
    sites: Mutex<SitesSeen>,
}

/// How far each site is. One that has ended may begin again: where it was locked, or has the memory of all others then.
#[derive(Default)]
struct SitesSeen {
    at_work: BTreeSet<String>,
    ended: BTreeSet<String>,
}

/// One of several sites that are worked at; when it is dropped, its work has ended.
pub(crate) struct SiteProgress<'a> {
    all: &'a SitesProgress,
    site: &'a str,
}

impl SitesProgress {
    pub(crate) fn new(sites: usize) -> Self {
        let form = Form::of_now();
        let bar = match form {
            Form::Bar => {
                ProgressBar::with_draw_target(Some(sites as u64), ProgressDrawTarget::stderr())
            }
            Form::Lines | Form::Nothing => ProgressBar::hidden(),
        };
        show((form == Form::Bar).then(|| bar.clone()));
        if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos}/{len} sites  {wide_msg}")
        {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self {
            bar,
            form,
            sites: Mutex::default(),
        }
    }

    /// Work at a site begins.
    pub(crate) fn of<'a>(&'a self, site: &'a str) -> SiteProgress<'a> {
        self.change(|sites| {
            sites.ended.remove(site);
            sites.at_work.insert(site.to_owned());
        });
        SiteProgress { all: self, site }
    }

    fn change(&self, change: impl FnOnce(&mut SitesSeen)) {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut sites);
        let names: Vec<&str> = sites.at_work.iter().map(String::as_str).collect();
        self.bar.set_message(names.join(", "));
        self.bar.set_position(sites.ended.len() as u64);
    }
}

impl Drop for SitesProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        show(None);
    }
}

impl Drop for SiteProgress<'_> {
    fn drop(&mut self) {
        self.all.change(|sites| {
            sites.at_work.remove(self.site);
            sites.ended.insert(self.site.to_owned());
        });
    }
}

impl Progress for SiteProgress<'_> {
    fn event(&self, event: &Event<'_>) {
        let (site, has_lines) = (self.site, self.all.form == Form::Lines);
        match *event {
            Event::Began(Stage::Looking { files }) if has_lines => {
                let files = text::plural(files, "file");
                text::note(&format!("{site}: looking at {files}"));
            }
            Event::Planned { reports, bytes, .. } if has_lines => {
                let (reports, bytes) = (text::plural(reports, "report"), text::bytes(bytes));
                text::note(&format!("{site}: reading {reports} ({bytes})"));
            }
            Event::Warned(warning) => text::warn(Some(site), warning),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_that_is_run_again_is_counted_once() {
        let progress = SitesProgress::new(2);
        drop(progress.of("EAST"));
        drop(progress.of("WEST"));
        assert_eq!(progress.bar.position(), 2);
        let again = progress.of("EAST");
        assert_eq!(progress.bar.position(), 1);
        drop(again);
        assert_eq!(progress.bar.position(), 2);
    }
}
