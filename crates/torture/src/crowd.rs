//! Eight writers at four sites of one folder, killed at random, while readers look on: never a mix, a duplicate or a missing part.

use super::bench::Bench;
use super::budget::Clock;
use super::program::Step;
use super::reader::{self, Dataset};
use super::tally::{Failure, Tally};
use super::tree;
use crate::Result;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testkit::prng::{SplitMix64, mix};

const SITES: [&str; 4] = ["S1", "S2", "S3", "S4"];
const WRITERS: usize = 8;
const READERS: usize = 2;

/// The longest that a writer lives that is to be killed: about as long as a run takes.
const LIFE_MILLISECONDS: u64 = 25;

/// What happened, in numbers.
#[derive(Debug, Default)]
struct Counts {
    runs: AtomicUsize,
    kills: AtomicUsize,
    locked: AtomicUsize,
    reads: AtomicUsize,
    whole: AtomicUsize,
}

/// One round in a new folder.
struct Round<'a> {
    bench: &'a Bench,
    data: PathBuf,
    /// The states that a site may be in, in order: nothing, and what each step comes to.
    states: &'a [Dataset],
    steps: &'a [Step],
    over: AtomicBool,
    counts: &'a Counts,
}

/// Rounds until the time is up. `states[n]` is what a site says after the first `n` of the `steps`.
pub(super) fn rounds(
    bench: &Bench,
    steps: &[Step],
    states: &[Dataset],
    clock: &Clock,
    seed: u64,
) -> Tally {
    let begin = Instant::now();
    let counts = Counts::default();
    let mut tally = Tally {
        mode: "crowd".to_owned(),
        scenario: "8w x 4s".to_owned(),
        ..Tally::default()
    };
    while !clock.is_over() && tally.failures.is_empty() {
        let number = seed.wrapping_add(tally.tried as u64);
        let round = Round {
            bench,
            data: bench.folder("crowd"),
            states,
            steps,
            over: AtomicBool::new(false),
            counts: &counts,
        };
        tally.tried += 1;
        tally
            .failures
            .extend(round.go(number).err().map(|message| Failure {
                replay: format!("crowd:{number}"),
                message,
            }));
    }
    let [runs, kills, locked, reads, whole] = [
        &counts.runs,
        &counts.kills,
        &counts.locked,
        &counts.reads,
        &counts.whole,
    ]
    .map(|n| n.load(Ordering::Relaxed));
    tally.points = tally.tried;
    tally.elapsed = begin.elapsed();
    tally.note = format!(
        "rounds; {runs} runs, {kills} killed, {locked} locked out, {reads} reads, {whole} of a version"
    );
    tally
}

impl Round<'_> {
    fn go(&self, seed: u64) -> Result {
        tree::remove(&self.data)?;
        let results = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(|| self.read())).collect();
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| scope.spawn(move || self.write(writer, mix(seed) ^ writer as u64)))
                .collect();
            let mut results: Vec<_> = writers.into_iter().map(|w| w.join()).collect();
            self.over.store(true, Ordering::Relaxed);
            results.extend(readers.into_iter().map(|r| r.join()));
            results
        });
        for result in results {
            result.map_err(|_| "a thread of the crowd panicked".to_owned())??;
        }
        SITES.iter().try_for_each(|site| self.at_rest(site))?;
        nothing_left(&self.data)
    }

    /// One writer: every step until it is done, however often it is killed.
    fn write(&self, writer: usize, seed: u64) -> Result {
        let site = SITES[writer % SITES.len()];
        let mut random = SplitMix64::new(seed);
        for step in self.steps {
            let words = self.bench.program.words(*step, site, &self.data);
            loop {
                let life = (random.below(3) == 0).then(|| random.below(LIFE_MILLISECONDS));
                match self.run(&words, life.map(Duration::from_millis))? {
                    Some(0 | 3) => break,
                    Some(75) => {
                        self.counts.locked.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(random.below(10)));
                    }
                    None => {
                        self.counts.kills.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(code) => return Err(format!("a writer at {site} ended with {code}")),
                }
            }
        }
        Ok(())
    }

    /// Runs the program, for at most so long; its code, or none where it was killed.
    fn run(&self, words: &[OsString], life: Option<Duration>) -> Result<Option<i32>> {
        self.counts.runs.fetch_add(1, Ordering::Relaxed);
        let failed = |error: std::io::Error| format!("a writer: {error}");
        let (program, rest) = words.split_first().ok_or("no words")?;
        let mut child = Command::new(program)
            .args(rest)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        if let Some(life) = life {
            std::thread::sleep(life);
            child.kill().map_err(failed)?;
        }
        child.wait().map(|status| status.code()).map_err(failed)
    }

    /// One reader: every site again and again, each time whole and never older than the last time.
    fn read(&self) -> Result {
        let mut last = [0; SITES.len()];
        while !self.over.load(Ordering::Relaxed) {
            for (site, last) in SITES.iter().zip(&mut last) {
                let state = self.state(site)?;
                if state < *last {
                    return Err(format!("{site} went back from state {last} to {state}"));
                }
                *last = state;
                self.counts.reads.fetch_add(1, Ordering::Relaxed);
                self.counts
                    .whole
                    .fetch_add(usize::from(state > 0), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Which of the states the site is in.
    fn state(&self, site: &str) -> Result<usize> {
        let found = reader::read(&self.data, site)
            .map_err(|error| format!("a reader of {site}: {error}"))?;
        let place = self.states.iter().position(|state| *state == found.dataset);
        place.ok_or_else(|| {
            let rows = found.dataset.rows();
            format!(
                "a reader of {site} found version {} with {rows} rows, which is no state of it",
                found.version
            )
        })
    }

    fn at_rest(&self, site: &str) -> Result {
        for step in self.steps {
            let words = self.bench.program.words(*step, site, &self.data);
            self.run(&words, None)?;
        }
        let last = self.states.len() - 1;
        match self.state(site)? {
            state if state == last => Ok(()),
            state => Err(format!("{site} came to rest in state {state} of {last}")),
        }
    }
}

/// What is left in staging, and files that no version of any site names.
///
/// # Errors
/// Where something is.
fn nothing_left(data: &Path) -> Result {
    let mut named = std::collections::BTreeSet::new();
    for site in SITES {
        named.extend(reader::read(data, site)?.named);
    }
    let left: Vec<String> = tree::list(data)?
        .into_iter()
        .filter(|(path, item)| super::judge::is_orphan(path, item, &named))
        .map(|(path, _)| path)
        .collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("left for good: {left:?}")),
    }
}
