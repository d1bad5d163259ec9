//! The program under test: one step of a scenario → how it ended.

use super::driver::{self, TASKS};
use super::durable::Promise;
use super::reports::IN_MICROS;
use crate::Result;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use testkit::programs::works;

/// A step takes milliseconds; one that takes this long hangs.
const PATIENCE_SECONDS: &str = "60";

/// What says that all is well.
const ACKNOWLEDGED: [&str; 3] = ["\"committed\"", "\"nothing_new\"", "\"already_committed\""];

/// The site of every scenario.
pub(super) const SITE: &str = "T";

/// One call of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// `run` over one of the folders of reports.
    Run(&'static str),
    /// `run` over the first of them, with timestamps in microseconds.
    InMicros,
    /// `verify` of the whole dataset.
    Verify,
    /// `recover`.
    Recover,
    /// `gc` that spares nothing for its youth.
    Collect,
    /// The same, and then one base record takes the place of all records but the last one.
    Compact,
    /// `task plan` over one of the folders of reports, on so many threads and for as many tasks at least.
    Plan(&'static str, usize),
    /// `task run` of the task with this number.
    Task(usize),
    /// `task run` of each task that has no outcome.
    Tasks,
    /// `task commit`.
    Commit(Waits),
    /// All that a driver does: a plan, its tasks, the commit, and all of it again where that is said.
    Drive(&'static str),
}

/// Whether `task commit` should find that an attempt waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waits {
    /// It does: it is committed, or was.
    Still,
    /// It does not, or is not to be committed: that is said, and nothing is.
    NoMore,
    /// Either, as a crash had it.
    Either,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Exit(i32),
    Signal(i32),
    Hung,
}

/// What a call left behind, but for the disk.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) ending: Ending,
    /// Whether it told whoever started it that all is well.
    pub(super) acknowledged: bool,
    /// What it told them.
    pub(super) told: String,
    /// What it said, for the report of a failure.
    pub(super) said: String,
}

impl Outcome {
    /// Whether it ended as a step should that nothing disturbs.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.ending, Ending::Exit(0 | 3))
    }
}

/// Where the program and its reports are.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) reports: PathBuf,
    /// The step that it is told to leave out; only a build with the feature `mutations` listens.
    pub(super) mutation: Option<String>,
    /// Whether few inputs and versions are many to it; likewise.
    pub(super) small: bool,
}

impl Step {
    /// What it promises at its good end.
    pub(super) const fn promise(self) -> Promise {
        match self {
            Self::Run(_)
            | Self::InMicros
            | Self::Verify
            | Self::Commit(Waits::Still | Waits::Either)
            | Self::Drive(_) => Promise::Version,
            Self::Plan(..) | Self::Task(_) | Self::Tasks | Self::Commit(Waits::NoMore) => {
                Promise::Work
            }
            Self::Recover | Self::Collect | Self::Compact => Promise::Name,
        }
    }

    /// The command.
    pub(super) const fn command(self) -> &'static str {
        match self {
            Self::Run(_) | Self::InMicros => "run",
            Self::Verify => "verify",
            Self::Recover => "recover",
            Self::Collect | Self::Compact => "gc",
            Self::Plan(..) => "task plan",
            Self::Task(_) | Self::Tasks => "task run",
            Self::Commit(_) | Self::Drive(_) => "task commit",
        }
    }

    /// Whether it ended as it should where nothing disturbs it.
    pub(super) fn is_good(self, outcome: &Outcome) -> bool {
        let is_over = outcome.ending == Ending::Exit(75) && !outcome.acknowledged;
        match self {
            Self::Commit(Waits::NoMore) => is_over,
            Self::Commit(Waits::Either) => is_over || outcome.is_good(),
            _ => outcome.is_good(),
        }
    }

    /// Whether what it leaves, or needs, has tasks that are done apart.
    pub(super) const fn has_tasks(self) -> bool {
        matches!(
            self,
            Self::Plan(..) | Self::Task(_) | Self::Tasks | Self::Commit(_) | Self::Drive(_)
        )
    }
}

impl Program {
    /// Whether the program knows the command of a step.
    pub(super) fn knows(&self, step: Step) -> bool {
        let mut words: Vec<&str> = step.command().split(' ').collect();
        // Growth came with this option.
        words.extend((step == Step::Run("all")).then_some("--rebuild"));
        words.extend((step == Step::Compact).then_some("--compact"));
        words.push("--help");
        works(Command::new(&self.path).args(words))
    }

    /// The words of a step.
    pub(super) fn words(&self, step: Step, site: &str, data: &Path) -> Vec<OsString> {
        let mut words = self.itself();
        match step {
            Step::Verify => words.push("verify".into()),
            Step::Recover => words.push("recover".into()),
            Step::Collect | Step::Compact => {
                words.extend(["gc", "--grace", "0s", "--retention", "0s"].map(OsString::from));
                words.extend((step == Step::Compact).then(|| "--compact".into()));
            }
            Step::Run(folder) => words.extend(self.over(&["run"], folder, 1)),
            Step::InMicros => {
                words.extend(self.over(&["run"], "first", 1));
                words.extend(["--config".into(), self.reports.join(IN_MICROS).into()]);
            }
            Step::Plan(folder, threads) => {
                words.extend(self.over(&["task", "plan"], folder, threads));
                words.extend(["--out".into(), data.join(TASKS).into()]);
            }
            Step::Task(number) => return self.of_task(&driver::task(data, number)),
            Step::Tasks => return self.of_task(&data.join(TASKS)),
            Step::Commit(_) | Step::Drive(_) => {
                words.extend(["task", "commit", "--json"].map(OsString::from));
                words.push(data.join(TASKS).into());
                return words;
            }
        }
        words.extend(["--json", "--site", site, "--data-dir"].map(OsString::from));
        words.push(data.into());
        words
    }

    /// The words by which it is called, with what it is to leave out.
    fn itself(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        if self.mutation.is_some() || self.small {
            words.push("env".into());
        }
        let mutation = self.mutation.iter();
        words.extend(mutation.map(|name| format!("TRENDGATE_MUTATE={name}").into()));
        words.extend(self.small.then(|| "TRENDGATE_SMALL=1".into()));
        words.push(self.path.clone().into());
        words
    }

    fn over(&self, command: &[&str], folder: &str, threads: usize) -> Vec<OsString> {
        let mut words: Vec<OsString> = command.iter().map(OsString::from).collect();
        words.push(self.reports.join(folder).into());
        let options = [
            "--timezone",
            "Asia/Taipei",
            "--resample",
            "15m",
            "--threads",
        ];
        words.extend(options.map(OsString::from));
        words.push(threads.to_string().into());
        words
    }

    /// The words that do the task in this file.
    pub(super) fn of_task(&self, task: &Path) -> Vec<OsString> {
        let mut words = self.itself();
        words.extend(["task", "run"].map(OsString::from));
        words.push(task.into());
        words
    }

    /// Does a step to its end, undisturbed.
    ///
    /// # Errors
    /// Where it cannot be started; and of several commands, where they contradict each other.
    pub(super) fn go(&self, step: Step, data: &Path) -> Result<Outcome> {
        match step {
            Step::Drive(folder) => driver::drive(self, folder, data),
            Step::Tasks => driver::all_tasks(self, data)?.ok_or_else(|| "no task".to_owned()),
            _ => finish(&self.words(step, SITE, data)),
        }
    }
}

/// Runs words to their end, with patience.
///
/// # Errors
/// Where the first is no program.
pub(super) fn finish(words: &[OsString]) -> Result<Outcome> {
    let output = Command::new("timeout")
        .args(["--kill-after=1", PATIENCE_SECONDS])
        .args(words)
        .env_remove("RUST_LOG")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start timeout: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let ending = match (output.status.code(), output.status.signal()) {
        (Some(124), _) => Ending::Hung,
        // What a shell, and timeout, make of a child that was killed.
        (Some(code), _) if code > 128 => Ending::Signal(code - 128),
        (Some(code), _) => Ending::Exit(code),
        (None, signal) => Ending::Signal(signal.unwrap_or_default()),
    };
    let told = text(&output.stdout);
    Ok(Outcome {
        ending,
        acknowledged: ACKNOWLEDGED.iter().any(|status| told.contains(status)),
        told,
        said: text(&output.stderr),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Outcome {
        finish(&["sh", "-c", script].map(OsString::from)).unwrap()
    }

    #[test]
    fn an_ending_is_an_exit_or_a_signal() {
        assert_eq!(shell("exit 3").ending, Ending::Exit(3));
        assert_eq!(shell("kill -9 $$").ending, Ending::Signal(9));
        assert!(!shell("exit 4").is_good());
    }

    #[test]
    fn what_is_told_on_standard_output_is_an_acknowledgement() {
        let told = shell("echo '{\"status\": \"committed\"}'; kill -9 $$");
        assert!(told.acknowledged && !told.is_good());
        assert!(!shell("echo '{\"status\": \"committed\"}' >&2").acknowledged);
    }
}
