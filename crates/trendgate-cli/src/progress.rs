//! Progress: a bar with real totals on a terminal, plain lines elsewhere.

use crate::signals::Signals;
use crate::text;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use trendgate::Warning;
use trendgate::clock::Stopwatch;
use trendgate::pipeline::{Observer, Stage};
use trendgate::workers::Plan;

/// Shows a person how far a run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    terminal: bool,
    plain: Mutex<Plain>,
    signals: Option<Signals>,
}

struct Plain {
    since: Stopwatch,
    read: u64,
    total: u64,
}

/// Seconds between plain lines.
const PLAIN_EVERY: u64 = 10;

impl Progress {
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bar: ProgressBar::with_draw_target(None, target),
            terminal,
            plain: Mutex::new(Plain {
                since: Stopwatch::start(),
                read: 0,
                total: 0,
            }),
            signals: None,
        }
    }

    /// What it is shown for stops when a signal comes, where it would otherwise end on the spot.
    pub(crate) fn stopped_by(mut self, signals: Signals) -> Self {
        self.signals = Some(signals);
        self
    }

    fn say(&self, line: &str) {
        if self.terminal {
            self.bar.suspend(|| text::note(line));
        } else {
            text::note(line);
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn stage(&self, stage: Stage) {
        match stage {
            Stage::Looking { files } => {
                self.style("{spinner} looking at {pos}/{len} files");
                self.bar.set_length(files as u64);
                self.bar.set_position(0);
                if !self.terminal {
                    text::note(&format!("looking at {}", text::plural(files, "file")));
                }
            }
            Stage::Checking => {
                self.style("{spinner} checking the written parts");
                self.bar.tick();
            }
            Stage::Committing => {
                self.style("{spinner} committing");
                self.bar.tick();
            }
        }
    }

    fn looked_at(&self) {
        self.bar.inc(1);
    }

    fn planned(&self, plan: &Plan) {
        let total = plan.bytes_to_read();
        self.style("reading [{bar:40}] {bytes}/{total_bytes} {bytes_per_sec} eta {eta}");
        self.bar.reset();
        self.bar.set_length(total);
        if let Ok(mut plain) = self.plain.lock() {
            *plain = Plain {
                since: Stopwatch::start(),
                read: 0,
                total,
            };
        }
        if !self.terminal {
            text::note(&format!(
                "reading {} ({}) in {}",
                text::plural(plan.inputs.len(), "report"),
                text::bytes(total),
                text::plural(plan.tasks.len(), "task"),
            ));
        }
    }

    fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.terminal {
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

    fn stops(&self) -> bool {
        self.signals
            .as_ref()
            .is_some_and(|signals| signals.caught().is_some())
    }

    fn warning(&self, warning: &Warning) {
        self.say(&text::warning_text(warning));
    }
}
