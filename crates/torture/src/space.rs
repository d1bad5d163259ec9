//! A disk that is too small: a tmpfs of every size and of every number of inodes, up to what the step needs.

use super::bench::Bench;
use super::judge::{self, Leftovers, paths_of};
use super::power::unmount;
use super::scenario::Ready;
use crate::{Result, at};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::programs::run;

/// What there is little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scarce {
    Bytes,
    Inodes,
}

impl Scarce {
    pub(super) const ALL: [(&str, Self); 2] = [("bytes", Self::Bytes), ("inodes", Self::Inodes)];

    /// The option of a mount that has `amount` pages or inodes.
    fn option(self, amount: u64) -> String {
        match self {
            // tmpfs gives whole pages.
            Self::Bytes => format!("size={},nr_inodes=4096", amount * 4096),
            Self::Inodes => format!("size=64m,nr_inodes={amount}"),
        }
    }
}

/// Whether a tmpfs can be mounted here.
///
/// # Errors
/// The reason why not.
pub(super) fn probe(folder: &Path) -> Result {
    Small::new(folder, Scarce::Bytes, 8).map(drop)
}

/// How much of it the step needs: from there on it succeeds.
///
/// # Errors
/// Where no amount is enough.
pub(super) fn enough(bench: &Bench, ready: &Ready, scarce: Scarce) -> Result<u64> {
    prepare(bench, ready)?;
    let (mut low, mut high) = (1_u64, 4096_u64);
    while low < high {
        let middle = u64::midpoint(low, high);
        match step_on(bench, ready, scarce, middle, &bench.folder("space"))? {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Ok(low)
}

/// Has the start state made for every folder that it will be copied into, while there is room.
fn prepare(bench: &Bench, ready: &Ready) -> Result {
    let jobs = (0..bench.jobs).map(|job| bench.folder(&format!("space-{job}")));
    for folder in jobs.chain([bench.folder("space")]) {
        let small = Small::new(&folder, Scarce::Inodes, 4096)?;
        ready.start.put(&small.place.join("data"))?;
    }
    Ok(())
}

fn step_on(
    bench: &Bench,
    ready: &Ready,
    scarce: Scarce,
    amount: u64,
    folder: &Path,
) -> Result<bool> {
    let small = Small::new(folder, scarce, amount)?;
    let data = small.place.join("data");
    if fs::create_dir(&data).is_err() || ready.start.fill(&data).is_err() {
        return Ok(false);
    }
    let step = ready.scenario.step;
    let outcome = bench.program.go(step, &data)?;
    Ok(step.is_good(&outcome))
}

/// One trial: the step with so much, judged, and brought to rest when there is more.
///
/// # Errors
/// The promise that was broken.
pub(super) fn once(
    bench: &Bench,
    job: usize,
    ready: &Ready,
    scarce: Scarce,
    amount: u64,
) -> Result {
    let folder = bench.folder(&format!("space-{job}"));
    let small = Small::new(&folder, scarce, amount)?;
    let data = small.place.join("data");
    if fs::create_dir(&data).is_err() || ready.start.fill(&data).is_err() {
        // Too little for the start state itself.
        return Ok(());
    }
    let (step, before) = (ready.scenario.step, paths_of(&data)?);
    let outcome = bench.program.go(step, &data)?;
    let left = Leftovers::of_failed(step, before);
    judge::at_once(&data, ready, &outcome, &left)?;
    small.grow()?;
    judge::at_rest(&data, ready, &bench.program)
}

/// A mounted tmpfs.
struct Small {
    place: PathBuf,
}

impl Small {
    fn new(folder: &Path, scarce: Scarce, amount: u64) -> Result<Self> {
        let place = folder.join("small");
        fs::create_dir_all(&place).map_err(at(&place))?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &scarce.option(amount), "tmpfs"]);
        run(mount.arg(&place))?;
        Ok(Self { place })
    }

    fn grow(&self) -> Result {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=64m,nr_inodes=4096"]);
        run(mount.arg(&self.place))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if let Err(error) = unmount(&self.place) {
            eprintln!("warning: {error}");
        }
    }
}
