//! A dataset at rest × one changed byte: `verify` has to notice, wherever it is.

use super::bench::Bench;
use super::program::{Ending, Program, Step};
use super::scenario::Ready;
use super::tree::{self, Item};
use crate::prng::mix;
use crate::{Result, at};
use std::fs;
use std::path::{Path, PathBuf};

/// How many bytes of each file are changed, one at a time.
const PLACES: u64 = 64;

/// One byte of one file.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    path: String,
    byte: u64,
}

/// A dataset at rest, and the spots of its files.
pub(super) struct Specimen {
    rest: PathBuf,
    scenario: &'static str,
    spots: Vec<Spot>,
}

impl Specimen {
    /// What the scenario comes to, with the spots that the seed gives.
    ///
    /// # Errors
    /// Where it cannot be made, or is not in order by itself.
    pub(super) fn new(bench: &Bench, ready: &Ready, seed: u64) -> Result<Self> {
        let rest = bench.folder(&format!("specimen-{}", ready.scenario.name));
        tree::restore(&ready.start, &rest)?;
        super::scenario::steps(&bench.program, ready.scenario.after, &rest)?;
        let outcome = bench.program.go(Step::Verify, &rest)?;
        if !outcome.is_good() {
            return Err(format!("verify, of what nobody touched: {}", outcome.said));
        }
        let mut spots = Vec::new();
        for (path, item) in tree::list(&rest)? {
            let Item::File { bytes, .. } = item else {
                continue;
            };
            if bytes == 0 || path.ends_with("/lock") {
                continue;
            }
            spots.extend((0..PLACES.min(bytes)).map(|place| Spot {
                path: path.clone(),
                byte: (mix(seed ^ place) ^ place) % bytes,
            }));
        }
        Ok(Self {
            rest,
            scenario: ready.scenario.name,
            spots,
        })
    }

    /// The trials, by the name that `--only` takes.
    pub(super) fn trials(&self) -> impl Iterator<Item = (String, (&Self, &Spot))> {
        self.spots.iter().enumerate().map(move |(number, spot)| {
            let name = format!("{}:tamper:{number}", self.scenario);
            (name, (self, spot))
        })
    }

    /// One trial in the folder of a thread.
    ///
    /// # Errors
    /// Where the change is not noticed.
    pub(super) fn once(&self, program: &Program, data: &Path, spot: &Spot) -> Result {
        tree::restore(&self.rest, data)?;
        change(&data.join(&spot.path), spot.byte)?;
        let outcome = program.go(Step::Verify, data)?;
        match outcome.ending {
            Ending::Exit(1) => Ok(()),
            other => Err(format!(
                "{}: byte {} was changed, and verify ended with {other:?}",
                spot.path, spot.byte
            )),
        }
    }
}

/// Changes a byte of the file of this name alone: another name of the file keeps what it had.
fn change(path: &Path, byte: u64) -> Result {
    let mut bytes = fs::read(path).map_err(at(path))?;
    let place = usize::try_from(byte).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(place) {
        // A digit stays a digit and a letter a letter: what can still be read is the harder case.
        *byte ^= 1;
    }
    fs::remove_file(path).map_err(at(path))?;
    fs::write(path, bytes).map_err(at(path))
}
