//! Many trials on a few threads, and what came of them.

use super::budget::Clock;
use crate::Result;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// One trial that broke a promise.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What `--only` takes.
    pub(super) replay: String,
    pub(super) message: String,
}

/// What came of one mode in one scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) mode: String,
    pub(super) scenario: String,
    pub(super) points: usize,
    pub(super) tried: usize,
    pub(super) failures: Vec<Failure>,
    pub(super) elapsed: Duration,
    /// What there is to say beside the numbers.
    pub(super) note: String,
}

impl Tally {
    /// One that could not be done here, and why.
    pub(super) fn skipped(mode: &str, reason: &str) -> Self {
        Self {
            mode: mode.to_owned(),
            scenario: "-".to_owned(),
            note: format!("SKIPPED: {reason}"),
            ..Self::default()
        }
    }

    /// Shows its line of the table, if there is something to say.
    pub(super) fn shown(mut self) -> Self {
        if self.points > 0 && self.tried == 0 {
            self.note = format!("NOT TRIED: no time was left; {}", self.note);
        }
        if self.points > 0 || !self.note.is_empty() {
            println!("{}", self.line());
        }
        self
    }

    fn line(&self) -> String {
        format!(
            "{:<10} {:<13} {:>7} {:>7} {:>7} {:>8.1}  {}",
            self.mode,
            self.scenario,
            self.points,
            self.tried,
            self.failures.len(),
            self.elapsed.as_secs_f64(),
            self.note
        )
    }
}

/// The head of the table.
pub(super) fn head() -> String {
    let words = ["mode", "scenario", "points", "tried", "failed", "seconds"];
    let [mode, scenario, points, tried, failed, seconds] = words;
    format!("{mode:<10} {scenario:<13} {points:>7} {tried:>7} {failed:>7} {seconds:>8}")
}

/// Tries items on `jobs` threads until all are tried or the time is up; `attempt` gets the number of its thread, too.
pub(super) fn each<T: Sync>(
    items: &[(String, T)],
    jobs: usize,
    clock: &Clock,
    attempt: impl Fn(usize, &T) -> Result + Sync,
) -> (usize, Vec<Failure>) {
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    let work = |job: usize| {
        while !clock.is_over() {
            let Some((replay, item)) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let result = attempt(job, item);
            tried.fetch_add(1, Ordering::Relaxed);
            if let Err(message) = result {
                let replay = replay.clone();
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push(Failure { replay, message });
            }
        }
    };
    std::thread::scope(|scope| {
        for job in 0..jobs {
            scope.spawn(move || work(job));
        }
    });
    let mut failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    failures.sort_by(|one, two| one.replay.cmp(&two.replay));
    (tried.into_inner(), failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_tried_once_and_the_failures_are_named() {
        let items: Vec<(String, u32)> = (0..20).map(|n| (format!("{n:02}"), n)).collect();
        let seen = Mutex::new(Vec::new());
        let (tried, failures) = each(&items, 3, &Clock::endless(), |_, n| {
            seen.lock().unwrap().push(*n);
            if n % 10 == 3 {
                Err("odd".to_owned())
            } else {
                Ok(())
            }
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!((tried, seen), (20, (0..20).collect()));
        let names: Vec<&str> = failures.iter().map(|f| f.replay.as_str()).collect();
        assert_eq!(names, ["03", "13"]);
    }

    #[test]
    fn nothing_is_tried_when_the_time_is_up() {
        let items = [(String::new(), ())];
        let clock = Clock::for_time(Duration::ZERO);
        assert_eq!(each(&items, 1, &clock, |_, ()| Ok(())).0, 0);
    }
}
